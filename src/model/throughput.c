/* The step-time model of served throughput.
 *
 * Layer: model. A decode step is a sum of terms, not a maximum: overheads, reading weights, reading the
 * cache, arithmetic, links (E8). TPOT adds the prefill of the others (E10). Added to the equations: the
 * output layer and the embedding are counted apart (the embedding is not read, the output layer stays at 16
 * bits in 8 and 4 bit models); arithmetic of attention in decode; memory traffic of attention scores in
 * prefill; data parallel attention; experts spread over GPUs, of which the fullest is waited for; pipelines,
 * which serve batch / stages at a time; llama.cpp's split by layers, whose only gain is to overlap pieces of
 * 512 prompt tokens; its sums in 16 bits, for which GeForce cards have twice the rate; power caps (a card
 * with more peak per watt reaches less of it); experts, whose products are the less efficient the smaller
 * they are; CPUs, whose arithmetic is threads x a thread's rate; a batch that memory, the engine's cap and
 * the number of requests limit softly.
 */
#include "tokentco/throughput.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#define THROUGHPUT_PARAM_ROW(id, name, value, sd, unit, doc) {name, value, sd, unit, doc},
const ThroughputParamRow throughput_params[N_THROUGHPUT_PARAMS] = {THROUGHPUT_PARAMS(THROUGHPUT_PARAM_ROW)};

#define THROUGHPUT_TERM_NAME(id, name) name,
static const char *const term_names[N_THROUGHPUT_TERMS] = {THROUGHPUT_TERMS(THROUGHPUT_TERM_NAME)};

/* Memory that no engine gets: a 80 "GB" card has 80 GiB less about 1.5 %; contexts, graphs and activations.
 */
static const double GIB_PER_GB = 1.073741824;
static const double VISIBLE_FRAC = 0.985;
static const double RESERVE_BYTES = 1.5e9;
static const double LEAST_FREE_FRAC =
    0.004; /* engines squeeze this much out of a card that is full of weights */

/* Where the scaling exponents have no effect. */
static const double REF_BANDWIDTH = 2e12, REF_PEAK = 5e14, REF_FLOP_J = 1.4e12, REF_EXPERT_WEIGHTS = 4e7;
static const double THREAD_FLOP_S = 2.5e11; /* 8-bit or 16-bit products of one CPU core */
static const int DEFAULT_THREADS = 16;
static const double SPLIT_CHUNK_TOK = 512, SPLIT_CHUNKS = 4; /* llama.cpp: ubatch 512 in a batch of 2048 */
static const double LATENT_DECODE_WIDTH = 544,
                    LATENT_PREFILL_WIDTH = 160; /* (576 + 512) / 2; (192 + 128) / 2 */
static const double ACTIVATION_BYTES = 2, WIDE_WEIGHT_BYTES = 2;
static const double MOST_EXPERT_TOK = 512; /* a longer prompt touches every expert anyway */

ThroughputParams throughput_params_default(void)
{
    ThroughputParams p;
    for (int i = 0; i < N_THROUGHPUT_PARAMS; i++) {
        p.v[i] = throughput_params[i].value;
    }
    return p;
}

const char *throughput_term_name(ThroughputTerm term)
{
    return term_names[term];
}

/* Sizes and rates that all terms share. */
typedef struct Plan {
    double attention_gpus, stage_gpus; /* over which attention and experts of a stage are split */
    double stages, groups;
    double embedding; /* weights of the embedding, and of the output layer */
    double dense_bytes, expert_bytes;
    double dense_active, expert_active; /* weights that a token passes through */
    double cache_values;                /* per token, all layers */
    double shards;
    ThroughputScales scales;
    double bandwidth, peak, peak_16;  /* per GPU */
    double expert_share, expert_read; /* products of routed experts and their reading over others */
    double expert_layer_s;
    bool is_moe, is_split, is_cpu;
} Plan;

static bool engine_splits_layers(const char *engine)
{
    return strncmp(engine, "llama.cpp", 9) == 0 || strncmp(engine, "ik_llama.cpp", 12) == 0;
}

static double weight_bytes_body(const ThroughputCase *c, const Plan *p)
{
    bool is_float = c->weights == WEIGHTS_FLOAT_8 || c->weights == WEIGHTS_FLOAT_4;
    double wide = is_float ? WIDE_WEIGHT_BYTES : c->weight_bytes;
    if (c->file_bytes > 0) {
        return c->file_bytes * (1 - p->embedding / c->model.shape.params_total);
    }
    double body = c->model.shape.params_total - c->model.shape.params_routed - 2 * p->embedding;
    return body * c->weight_bytes + p->embedding * wide;
}

/* (value / reference) to the power whose exponential the parameter is; 1 where the value is unknown. */
static double scaled(double value, double reference, double exponential)
{
    return value > 0 ? pow(value / reference, log(exponential)) : 1;
}

ThroughputScales throughput_scales(const ThroughputCase *c, const ThroughputParams *params)
{
    const double *v = params->v;
    const AccelSpec *chip = &c->gpu.spec;
    ThroughputScales s = {.peak = 1, .prefill = 1};
    s.bandwidth = scaled(chip->bandwidth_bytes_s, REF_BANDWIDTH, v[PARAM_BW_SCALING]);
    s.layer = 1 / scaled(chip->bandwidth_bytes_s, REF_BANDWIDTH, v[PARAM_LAYER_SCALING]);
    s.experts = scaled(c->model.expert_weights, REF_EXPERT_WEIGHTS, v[PARAM_EXPERT_SCALING]);
    if (c->gpu.is_cpu) {
        return s;
    }
    s.prefill = scaled(chip->flops_16bit, REF_PEAK, v[PARAM_PF_SCALING]);
    if (c->gpu.tdp_w > 0) {
        s.peak = 1 / scaled(chip->flops_16bit / c->gpu.tdp_w, REF_FLOP_J, v[PARAM_POWER_SCALING]);
    }
    if (engine_splits_layers(c->engine) && c->gpu.narrow_sum_gain > 1) {
        s.peak *= c->gpu.narrow_sum_gain;
        s.prefill = scaled(chip->flops_16bit * c->gpu.narrow_sum_gain, REF_PEAK, v[PARAM_PF_SCALING]);
    }
    return s;
}

static double peak_of(const ThroughputCase *c)
{
    if (c->gpu.is_cpu) {
        return THREAD_FLOP_S * (c->threads > 0 ? c->threads : DEFAULT_THREADS);
    }
    switch (c->weights) {
    case WEIGHTS_FLOAT_8:
        return c->gpu.spec.flops_8bit;
    case WEIGHTS_FLOAT_4:
        return c->gpu.spec.has_flops_4bit ? c->gpu.spec.flops_4bit : c->gpu.spec.flops_8bit;
    case WEIGHTS_16:
    case WEIGHTS_BLOCKS:
        break;
    }
    return c->gpu.spec.flops_16bit;
}

static Plan plan_build(const ThroughputCase *c, const ThroughputParams *params)
{
    const ModelShape *s = &c->model.shape;
    const double *v = params->v;
    Plan p = {.stages = c->pipeline, .groups = c->attention_groups, .is_cpu = c->gpu.is_cpu};
    p.is_moe = s->experts > 0;
    p.is_split = engine_splits_layers(c->engine);
    p.stage_gpus = fmax(c->gpus / p.stages, 1);
    p.attention_gpus = fmax(p.stage_gpus / p.groups, 1);
    p.embedding = c->model.vocab * s->hidden;
    p.dense_bytes = weight_bytes_body(c, &p);
    p.expert_bytes = s->params_routed * c->weight_bytes;
    double share = p.is_moe ? (double)s->experts_active / s->experts : 0;
    p.expert_active = s->params_routed * share;
    p.dense_active = s->params_total - s->params_routed - p.embedding;
    p.cache_values = s->layers * c->model.cache_layer_frac * s->kv_values_per_layer;
    p.shards = fmin(p.attention_gpus, s->kv_shards);
    p.scales = throughput_scales(c, params);
    p.bandwidth = c->gpu.spec.bandwidth_bytes_s * p.scales.bandwidth;
    p.peak = peak_of(c) * p.scales.peak;
    p.peak_16 = p.is_cpu ? p.peak : c->gpu.spec.flops_16bit * p.scales.peak;
    double doublings = c->expert_groups > 1 ? log2(c->expert_groups) : 0;
    p.expert_share = v[PARAM_MOE_FL] * p.scales.experts * pow(v[PARAM_SPREAD_FL], -doublings);
    p.expert_read = v[PARAM_MOE_W] * pow(v[PARAM_SPREAD_W], -doublings);
    p.expert_layer_s = p.is_moe ? v[PARAM_T_MOE] * pow(v[PARAM_SPREAD_T], doublings) : 0;
    return p;
}

/* Tokens of a context that the layers look at: sliding layers see their window. */
static double tokens_seen(const ModelShape *s, double tokens)
{
    if (s->sliding_layer_frac <= 0) {
        return tokens;
    }
    return (1 - s->sliding_layer_frac) * tokens + s->sliding_layer_frac * fmin(tokens, s->sliding_window_tok);
}

/* Share of the routed experts that `tokens` tokens touch, each choosing its own. */
static double experts_touched(const ModelShape *s, double tokens)
{
    if (s->experts <= 0) {
        return 0;
    }
    return 1 - pow(1 - (double)s->experts_active / s->experts, tokens);
}

/* Two ring all-reduces a layer over the activations of `tokens` tokens. */
static double link_time(const ThroughputCase *c, const Plan *p, const ThroughputParams *params, double tokens)
{
    if (p->stage_gpus <= 1) {
        return 0;
    }
    const ModelShape *s = &c->model.shape;
    double bytes =
        2.0 * s->layers * s->hidden * ACTIVATION_BYTES * tokens * 2 * (p->stage_gpus - 1) / p->stage_gpus;
    return bytes / (c->gpu.spec.link_bytes_s * params->v[PARAM_E_LINK]);
}

static double weights_time(const ThroughputCase *c, const Plan *p, const ThroughputParams *params,
                           double tokens)
{
    double experts =
        p->is_moe ? p->expert_bytes * experts_touched(&c->model.shape, tokens) / p->expert_read : 0;
    return (p->dense_bytes / p->attention_gpus + experts / p->stage_gpus) /
           (p->bandwidth * params->v[PARAM_E_W]);
}

static double step_time(const ThroughputCase *c, const Plan *p, const ThroughputParams *params, double batch,
                        ThroughputTerms *t)
{
    const ModelShape *s = &c->model.shape;
    const double *v = params->v;
    double micro = fmax(batch / p->stages, 1); /* what one stage works on at a time */
    double group = fmax(micro / p->groups, 1);
    double resident = tokens_seen(s, c->input_tok + 0.5 * c->output_tok);
    double per_layer = v[PARAM_T_LAYER] + p->expert_layer_s + (c->model.is_latent ? v[PARAM_T_LATENT] : 0);
    double width = c->model.is_latent ? LATENT_DECODE_WIDTH : s->head_dim;
    double attention = 4.0 * s->heads * width * s->layers * c->model.cache_layer_frac * resident;
    double flops = 2 * p->dense_active * group / p->attention_gpus / p->peak;
    if (p->is_moe) {
        flops += 2 * p->expert_active * micro / p->stage_gpus / (p->peak * p->expert_share);
    }
    flops += attention * group / (p->attention_gpus * p->peak_16);
    t->fix_s = v[PARAM_T_FIX];
    t->layer_s = s->layers * p->scales.layer * per_layer;
    t->seq_s = group * v[PARAM_T_SEQ];
    t->allreduce_s = p->stage_gpus > 1 ? 2 * s->layers * v[PARAM_T_AR] : 0;
    t->weights_s = weights_time(c, p, params, micro);
    t->cache_s =
        group * resident * p->cache_values * c->kv_bytes / (p->shards * p->bandwidth * v[PARAM_E_KV]);
    t->compute_s = flops / v[PARAM_E_FL];
    if (p->is_cpu) {
        t->compute_s += 4 * s->params_total * v[PARAM_UNPACK] / p->peak;
    }
    t->link_s = link_time(c, p, params, micro);
    t->stage_s = (p->stages - 1) * v[PARAM_T_STAGE];
    double sum = 0;
    for (int i = 0; i < N_THROUGHPUT_TERMS; i++) {
        t->v[i] *= v[PARAM_ALL];
        sum += t->v[i];
    }
    return sum;
}

/* Prefill of one request. `alone`: one pass with its own reading of the weights; in a split by layers the
 * pieces of the prompt overlap over the stages. */
static double prefill_time(const ThroughputCase *c, const Plan *p, const ThroughputParams *params,
                           double *alone_s)
{
    const ModelShape *s = &c->model.shape;
    const double *v = params->v;
    double new_tok = c->input_tok * (1 - c->hit_frac);
    double seen = tokens_seen(s, c->input_tok) * (1 + c->hit_frac); /* of each new token, twice the mean */
    double width = c->model.is_latent ? LATENT_PREFILL_WIDTH : s->head_dim;
    double cache_layers = s->layers * c->model.cache_layer_frac;
    double flops = 2 * p->dense_active * new_tok / (p->attention_gpus * p->peak);
    if (p->is_moe) {
        flops += 2 * p->expert_active * new_tok / (p->stage_gpus * p->peak * p->expert_share);
    }
    flops += 2 * width * s->heads * cache_layers * new_tok * seen / (p->attention_gpus * p->peak_16);
    double scores = s->heads * cache_layers * new_tok * seen * v[PARAM_SCORE_BYTES];
    double time = flops / (v[PARAM_E_PF] * p->scales.prefill) +
                  scores / (p->attention_gpus * c->gpu.spec.bandwidth_bytes_s) +
                  link_time(c, p, params, new_tok) + new_tok * v[PARAM_T_PF_TOK];
    double passes = 1, overlap = 1;
    if (p->is_split) {
        passes = fmax(ceil(new_tok / SPLIT_CHUNK_TOK), 1);
        double together = fmin(passes, SPLIT_CHUNKS);
        overlap = p->stages > 1 ? together * p->stages / (together + p->stages - 1) : 1;
    }
    double pass =
        s->layers * v[PARAM_T_PF_LAYER] + weights_time(c, p, params, fmin(new_tok, MOST_EXPERT_TOK));
    *alone_s = (passes * pass + time) / overlap * v[PARAM_ALL];
    return time * v[PARAM_ALL];
}

double throughput_step(const ThroughputCase *c, const ThroughputParams *params, double batch,
                       ThroughputTerms *terms)
{
    Plan plan = plan_build(c, params);
    ThroughputTerms t;
    return step_time(c, &plan, params, batch, terms ? terms : &t);
}

double throughput_prefill(const ThroughputCase *c, const ThroughputParams *params, double *alone_s)
{
    Plan plan = plan_build(c, params);
    return prefill_time(c, &plan, params, alone_s);
}

static ThroughputMemory memory_build(const ThroughputCase *c, const Plan *p, const ThroughputParams *params)
{
    const ModelShape *s = &c->model.shape;
    bool is_float = c->weights == WEIGHTS_FLOAT_8 || c->weights == WEIGHTS_FLOAT_4;
    double wide = is_float ? WIDE_WEIGHT_BYTES - c->weight_bytes : 0;
    double weights = s->params_total * c->weight_bytes + 2 * p->embedding * wide;
    ThroughputMemory m = {.total = c->gpu.spec.memory_bytes * GIB_PER_GB * VISIBLE_FRAC,
                          .reserve = RESERVE_BYTES};
    m.weights = (c->file_bytes > 0 ? c->file_bytes : weights) / c->gpus;
    m.cache = (m.total - m.weights - m.reserve) * params->v[PARAM_KV_USE];
    double per_token = p->cache_values * c->kv_bytes;
    m.cache_per_token = per_token / (p->shards * p->stages * p->groups);
    double usable = fmax(m.cache, m.total * LEAST_FREE_FRAC * params->v[PARAM_KV_USE]);
    m.cache_tokens = usable / m.cache_per_token;
    m.batch_max = fmax(m.cache_tokens / tokens_seen(s, c->input_tok + c->output_tok), 1);
    return m;
}

ThroughputMemory throughput_memory(const ThroughputCase *c, const ThroughputParams *params)
{
    Plan plan = plan_build(c, params);
    return memory_build(c, &plan, params);
}

/* The smaller of two limits, rounded off where they meet: a server near a limit is not at it all the time. */
static double soft_min(double a, double b, double sharpness)
{
    return pow(pow(a, -sharpness) + pow(b, -sharpness), -1 / sharpness);
}

static double batch_running(const ThroughputCase *c, const ThroughputParams *params, double batch_max)
{
    static const double SATURATED_SHARPNESS = 6, CONCURRENCY_SHARPNESS = 12, LAST_WAVE_FRAC = 0.9;
    switch (c->load) {
    case LOAD_SATURATED: {
        double cap = params->v[PARAM_BATCH_CAP];
        if (c->n_requests > 0) {
            cap = soft_min(cap, c->n_requests * LAST_WAVE_FRAC, SATURATED_SHARPNESS);
        }
        return soft_min(cap, batch_max, SATURATED_SHARPNESS);
    }
    case LOAD_CONCURRENCY:
    case LOAD_BATCH:
        return soft_min(fmax(c->batch, 1), batch_max, CONCURRENCY_SHARPNESS);
    case LOAD_DECODE:
    case LOAD_PREFILL:
        break;
    }
    return 1;
}

ThroughputPrediction throughput_predict(const ThroughputCase *c, const ThroughputParams *params)
{
    Plan plan = plan_build(c, params);
    ThroughputPrediction r = {.memory = memory_build(c, &plan, params)};
    double output = fmax(c->output_tok, 1);
    r.batch = batch_running(c, params, r.memory.batch_max);
    r.step_s = step_time(c, &plan, params, r.batch, &r.terms);
    r.prefill_s = prefill_time(c, &plan, params, &r.prefill_alone_s);
    double micro = fmax(r.batch / plan.stages, 1);
    r.tpot_s = r.step_s + micro * r.prefill_s / plan.groups * params->v[PARAM_MIX] / output;
    r.out_tok_s = r.batch / r.tpot_s;
    r.per_user_tok_s = 1 / r.tpot_s;
    if (c->is_end_to_end) {
        r.per_user_tok_s = output / (output * r.step_s + r.batch * r.prefill_s + r.prefill_alone_s);
    }
    r.prefill_tok_s = c->input_tok / r.prefill_alone_s;
    return r;
}

double throughput_metric(const ThroughputPrediction *p, ThroughputMetric metric)
{
    switch (metric) {
    case METRIC_OUT_TOK_S:
        return p->out_tok_s;
    case METRIC_PER_USER_TOK_S:
        return p->per_user_tok_s;
    case METRIC_DECODE_TOK_S:
        return 1 / p->step_s;
    case METRIC_PREFILL_TOK_S:
        return p->prefill_tok_s;
    case N_THROUGHPUT_METRICS:
        break;
    }
    return 0;
}

const char *throughput_metric_name(ThroughputMetric metric)
{
    static const char *const names[N_THROUGHPUT_METRICS] = {"offline_out_tok_s", "per_user_tok_s",
                                                            "decode_tok_s", "prefill_tok_s"};
    return names[metric];
}
