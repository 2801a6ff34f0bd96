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
    double plain = 2 * cell_or(row, MODEL_KV_HEADS, 0) * cell_or(row, MODEL_HEAD_DIM, 0);
    out->is_latent = out->shape.kv_shards == 1 && fabs(plain - out->shape.kv_values_per_layer) > 0.5;
    return true;
}

bool throughput_gpu_find(const PriceBook *book, const char *name, Date as_of, GpuFacts *out, Err *err)
{
    const PriceRow *row = NULL;
    memset(out, 0, sizeof *out);
    if (!pricebook_accelerator(book, pricebook_resolve(book, "gpu", name), as_of, &out->spec, &row, err)) {
        return false;
    }
    snprintf(out->id, sizeof out->id, "%s", row->cells[ACC_GPU].text);
    out->is_cpu = strstr(row->cells[ACC_NAME].text, "CPU") != NULL || strcmp(out->id, "CPU") == 0;
    return true;
}
