/* Model and accelerator facts out of the price book.
 *
 * Layer: model.
 */
#include "tokentco/throughput_facts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static double cell_or(const PriceRow *row, int column, double fallback)
{
    return row->cells[column].has ? row->cells[column].number : fallback;
}

bool throughput_model_find(const PriceBook *book, const char *name, Date as_of, ModelFacts *out, Err *err)
{
    const PriceRow *row = NULL;
    memset(out, 0, sizeof *out);
    if (!pricebook_shape(book, pricebook_resolve(book, "model", name), as_of, &out->shape, &row, err)) {
        return false;
    }
    snprintf(out->id, sizeof out->id, "%s", row->cells[MODEL_ID].text);
    out->vocab = cell_or(row, MODEL_VOCAB, 0);
    out->cache_layer_frac = cell_or(row, MODEL_KV_LAYER_FRAC, 1);
    /* The share of layers with a cache is a factor of its own here. */
    out->shape.kv_values_per_layer = cell_or(row, MODEL_KV_VALUES, out->shape.kv_values_per_layer);
    /* Three matrices an expert: gate, up and down. */
    out->expert_weights = 3.0 * out->shape.hidden * cell_or(row, MODEL_MOE_INTERMEDIATE, 0);
    double plain = 2 * cell_or(row, MODEL_KV_HEADS, 0) * cell_or(row, MODEL_HEAD_DIM, 0);
    out->is_latent = out->shape.kv_shards == 1 && fabs(plain - out->shape.kv_values_per_layer) > 0.5;
    return true;
}

/* GeForce cards are sold with half the rate of 32-bit sums (their datasheets state the 16-bit one), and an
 * engine that sums in 16 bits gets up to twice the rate. Which of its kernels do depends on format and
 * version, so half of that is taken, as a ratio: cards, models and sources that were left out are predicted
 * better so than with none of it (speed of one sequence) or all of it (prefill of a source left out). */
#define NARROW_SUM_GAIN 1.4142135623730951

bool throughput_gpu_find(const PriceBook *book, const char *name, Date as_of, GpuFacts *out, Err *err)
{
    const PriceRow *row = NULL;
    memset(out, 0, sizeof *out);
    if (!pricebook_accelerator(book, pricebook_resolve(book, "gpu", name), as_of, &out->spec, &row, err)) {
        return false;
    }
    snprintf(out->id, sizeof out->id, "%s", row->cells[ACC_GPU].text);
    out->tdp_w = cell_or(row, ACC_TDP_W, 0);
    out->narrow_sum_gain = strstr(row->cells[ACC_NAME].text, "GeForce RTX") != NULL ? NARROW_SUM_GAIN : 1;
    out->is_cpu = strstr(row->cells[ACC_NAME].text, "CPU") != NULL || strcmp(out->id, "CPU") == 0;
    return true;
}

/* Biases, norms, rounding of published counts. */
static const double UNEXPLAINED_FRAC = 0.03;

bool throughput_arch_find(const PriceBook *book, const char *name, Date as_of, ArchShape *out, Err *err)
{
    const PriceRow *row = NULL;
    ModelShape shape;
    if (!pricebook_shape(book, pricebook_resolve(book, "model", name), as_of, &shape, &row, err))
        return false;
    int expert_width = (int)cell_or(row, MODEL_MOE_INTERMEDIATE, 0);
    *out = (ArchShape){
        .name = row->cells[MODEL_ID].text,
        .layers = shape.layers,
        .hidden = shape.hidden,
        .intermediate = (int)cell_or(row, MODEL_INTERMEDIATE, 0),
        .heads = shape.heads,
        .kv_heads = (int)cell_or(row, MODEL_KV_HEADS, 0),
        .head_dim = shape.head_dim,
        .vocab = (int)cell_or(row, MODEL_VOCAB, 0),
        .is_head_tied = cell_or(row, MODEL_TIED, 0) > 0,
        .experts = shape.experts,
        .experts_active = shape.experts_active,
        .expert_intermediate = shape.experts > 0 ? expert_width : 0,
        .shared_intermediate = (int)cell_or(row, MODEL_SHARED_EXPERTS, 0) * expert_width,
    };
    /* What the routed parameters do not fill is dense layers. */
    double routed_a_layer = out->experts * arch_expert_params(out);
    if (routed_a_layer > 0.0)
        out->dense_layers = out->layers - (int)lround(shape.params_routed / routed_a_layer);
    if (!arch_check(out, err)) return false;
    if (fabs(2.0 * out->kv_heads * out->head_dim - cell_or(row, MODEL_KV_VALUES, 0)) > 0.5)
        return err_set(err, ERR_DATA, "%s: its attention is latent, which the benchmark does not run",
                       out->name);
    double wanted = shape.params_total;
    /* Where the table does not say whether the head is the embedding, the parameters do. */
    if (!row->cells[MODEL_TIED].has) out->is_head_tied = arch_params(out) / wanted - 1 > UNEXPLAINED_FRAC;
    double found = arch_params(out);
    if (fabs(found / wanted - 1) <= UNEXPLAINED_FRAC) return true;
    return err_set(err, ERR_DATA,
                   "%s: the dimensions in models.csv make %.3g of its %.3g parameters: it has parts that the "
                   "benchmark does not run",
                   out->name, found, wanted);
}
