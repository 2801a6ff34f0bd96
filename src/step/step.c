/* Step time of a replica: memory, prefill and one decode step (E4 to E8). Layer: step.
 *
 * The step time is a sum of its terms, not their maximum: a sum fits published serving points better.
 */
#include "tokentco/step.h"

#include <math.h>

/* Two ring all-reduces a layer over activations of 2 bytes. */
#define ALLREDUCES_PER_LAYER 2.0
#define ACTIVATION_BYTES     2.0
/* A multiply and an add for each weight. */
#define FLOPS_PER_WEIGHT 2.0

double step_kv_bytes_per_token(const ModelShape *shape, double kv_bytes)
{
    return shape->layers * shape->kv_values_per_layer * kv_bytes;
}

double step_resident_tok(double input_tok, double output_tok, double output_cv)
{
    return input_tok + 0.5 * output_tok * (1.0 + output_cv * output_cv);
}

/* GPUs over which the cache is split; beyond its shards it is replicated. */
static double cache_shards(const ModelShape *shape, int degree)
{
    return degree < shape->kv_shards ? degree : shape->kv_shards;
}

static bool is_expert_model(const ModelShape *shape)
{
    return shape->experts > 0 && shape->experts_active > 0;
}

double step_kv_tokens(const ModelShape *shape, const AccelSpec *gpu, const ServingSetup *setup, int degree)
{
    double free_bytes = gpu->memory_bytes * setup->memory_use_frac - setup->reserve_bytes -
                        shape->params_total * setup->weight_bytes / degree;
    return free_bytes * cache_shards(shape, degree) / step_kv_bytes_per_token(shape, setup->kv_bytes);
}

double step_peak_flops(const AccelSpec *gpu, double weight_bytes)
{
    if (weight_bytes > 1.0) return gpu->flops_16bit;
    if (weight_bytes <= 0.5 && gpu->has_flops_4bit) return gpu->flops_4bit;
    return gpu->flops_8bit;
}

/* T_ar: time on the link for the activations of n tokens. */
static double allreduce_s(const ModelShape *shape, const AccelSpec *gpu, const Efficiency *eff, int degree,
                          double n_tok)
{
    if (degree <= 1) return 0.0;
    double bytes = ALLREDUCES_PER_LAYER * shape->layers * shape->hidden * ACTIVATION_BYTES * n_tok;
    return bytes * 2.0 * (degree - 1) / degree / (gpu->link_bytes_s * eff->e_link);
}

double step_prefill_s(const ModelShape *shape, const AccelSpec *gpu, const Efficiency *eff,
                      const ServingSetup *setup, const RequestMix *mix, int degree)
{
    double miss = 1.0 - mix->cache_hit_frac;
    double tokens = miss * mix->input_tok;
    double factor = is_expert_model(shape) ? eff->moe_e_fl : 1.0;
    double weights_s = FLOPS_PER_WEIGHT * shape->params_active * tokens /
                       (degree * step_peak_flops(gpu, setup->weight_bytes) * eff->e_pf * factor);
    double hit2 = 1.0 - mix->cache_hit_frac * mix->cache_hit_frac;
    double attention_flops = 2.0 * shape->layers * shape->heads * shape->head_dim * mix->input_tok *
                             mix->input_tok * (1.0 + mix->input_cv * mix->input_cv) * hit2;
    double attention_s = attention_flops / (degree * gpu->flops_16bit * eff->e_pf);
    return weights_s + attention_s + allreduce_s(shape, gpu, eff, degree, tokens);
}

/* W(B): bytes of weights that one step reads. Experts are read when at least one of the B tokens was routed
 * to them. */
static double weight_bytes_read(const ModelShape *shape, double bytes_per_weight, double batch)
{
    double dense = shape->params_total - shape->params_routed;
    if (!is_expert_model(shape)) return bytes_per_weight * shape->params_total;
    double s = (double)shape->experts / shape->experts_active;
    return bytes_per_weight * (dense + shape->params_routed * (1.0 - pow(1.0 - 1.0 / s, batch)));
}

double step_decode_s(const ModelShape *shape, const AccelSpec *gpu, const Efficiency *eff,
                     const ServingSetup *setup, const RequestMix *mix, int degree, double batch,
                     StepTerms *terms)
{
    bool is_moe = is_expert_model(shape);
    double bandwidth = gpu->bandwidth_bytes_s;
    StepTerms t;
    t.fix_s = eff->t_fix_s;
    t.layer_s = shape->layers * (eff->t_layer_s + (is_moe ? eff->moe_t_layer_s : 0.0));
    t.seq_s = batch * eff->t_seq_s;
    t.allreduce_latency_s = degree > 1 ? ALLREDUCES_PER_LAYER * shape->layers * eff->t_ar_s : 0.0;
    t.weights_s = weight_bytes_read(shape, setup->weight_bytes, batch) /
                  (degree * bandwidth * eff->e_w * (is_moe ? eff->moe_e_w : 1.0));
    t.kv_s = batch * mix->resident_tok * step_kv_bytes_per_token(shape, setup->kv_bytes) /
             (cache_shards(shape, degree) * bandwidth * eff->e_kv);
    t.compute_s =
        FLOPS_PER_WEIGHT * shape->params_active * batch /
        (degree * step_peak_flops(gpu, setup->weight_bytes) * eff->e_fl * (is_moe ? eff->moe_e_fl : 1.0));
    t.link_s = allreduce_s(shape, gpu, eff, degree, batch);
    if (terms != NULL) *terms = t;
    return t.fix_s + t.layer_s + t.seq_s + t.allreduce_latency_s + t.weights_s + t.kv_s + t.compute_s +
           t.link_s;
}
