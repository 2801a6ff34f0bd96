/* Reference kernels: plain loops that define what every other set must compute.
 *
 * Layer: bench. Sums run in f32 in the order of k, except that integer products are exact inside their block.
 */
#include "kernel.h"

#include <float.h>
#include <math.h>
#include <string.h>

enum { REF_NR = 8, REF_MR = 4 };

/* Scale = largest magnitude / 127, values rounded to nearest even, correction = -offset * sum of the values.
 */
static void quantise_run(const float *x, int n_inside, int n, int offset, int8_t *q, float *scale,
                         int32_t *correction)
{
    float largest = 0.0f;
    for (int i = 0; i < n_inside; i++) largest = fmaxf(largest, fabsf(x[i]));
    float inverse = largest > 0.0f ? 127.0f / largest : 0.0f;
    int32_t sum = 0;
    for (int i = 0; i < n; i++) {
        q[i] = (int8_t)(i < n_inside ? lrintf(x[i] * inverse) : 0);
        sum += q[i];
    }
    *scale = largest / 127.0f;
    *correction = -offset * sum;
}

static void pack_row_integers(const PanelLayout *layout, WeightFormat format, const float *x, PackedRows *out,
                              int first, int n_rows, int r)
{
    int run = format == WEIGHT_INT8 ? out->k_padded : BLOCK_VALUES;
    int8_t *values = (int8_t *)out->values + (size_t)first * (size_t)out->k_padded;
    for (int b = 0; b < out->n_blocks; b++) {
        int inside = out->k - b * run;
        inside = inside < 0 ? 0 : inside > run ? run : inside;
        size_t meta = (size_t)first * (size_t)out->n_blocks + (size_t)(b * n_rows + r);
        if (format != WEIGHT_INT8) {
            quantise_run(x + b * run, inside, run, layout->offset,
                         values + (size_t)(b * n_rows + r) * BLOCK_VALUES, &out->scales[meta],
                         &out->corrections[meta]);
            continue;
        }
        float largest = 0.0f;
        int32_t sum = 0;
        for (int k = 0; k < out->k; k++) largest = fmaxf(largest, fabsf(x[k]));
        for (int k = 0; k < run; k++) {
            long q = k < out->k && largest > 0.0f ? lrintf(x[k] * (127.0f / largest)) : 0;
            values[(size_t)((k / layout->kg * n_rows + r) * layout->kg + k % layout->kg)] = (int8_t)q;
            sum += (int32_t)q;
        }
        out->scales[meta] = largest / 127.0f;
        out->corrections[meta] = -layout->offset * sum;
    }
}

void pack_rows_ref(const PanelLayout *layout, WeightFormat format, const float *x, size_t ldx,
                   PackedRows *out, int tile_from, int tile_to)
{
    int kg = layout->kg;
    for (int t = tile_from; t < tile_to; t++) {
        int first = tile_row(out, t), n_rows = tile_row(out, t + 1) - first;
        for (int r = 0; r < n_rows; r++) {
            const float *row = x + (size_t)(first + r) * ldx;
            if (out->n_blocks > 0) {
                pack_row_integers(layout, format, row, out, first, n_rows, r);
                continue;
            }
            size_t base = (size_t)first * (size_t)out->k_padded;
            for (int k = 0; k < out->k_padded; k++) {
                size_t at = base + (size_t)((k / kg * n_rows + r) * kg + k % kg);
                float value = k < out->k ? row[k] : 0.0f;
                if (format == WEIGHT_BF16 && kg == 2) {
                    ((uint16_t *)out->values)[at] = f32_to_bf16(value);
                } else {
                    ((float *)out->values)[at] =
                        format == WEIGHT_BF16 ? bf16_to_f32(f32_to_bf16(value)) : value;
                }
            }
        }
    }
}

static float dense_value(const PackedWeights *w, const uint8_t *panel, int column, int k)
{
    size_t at = (size_t)((k / w->layout.kg * w->layout.nr + column) * w->layout.kg + k % w->layout.kg);
    if (w->format == WEIGHT_F32) return ((const float *)(const void *)panel)[at];
    uint16_t bits = ((const uint16_t *)(const void *)panel)[at];
    return w->format == WEIGHT_F16 ? f16_to_f32(bits) : bf16_to_f32(bits);
}

static int block_value(const PackedWeights *w, const uint8_t *values, int block, int j, int column)
{
    int nr = w->layout.nr, kg = w->layout.kg, half = BLOCK_VALUES / 2;
    if (w->format == WEIGHT_Q8_0) {
        return (int8_t)values[block * BLOCK_VALUES * nr + (j / kg * nr + column) * kg + j % kg];
    }
    uint8_t byte = values[block * half * nr + (j % half / kg * nr + column) * kg + j % kg];
    return j < half ? byte & 0xf : byte >> 4;
}

static float dot_blocks(const PackedRows *rows, const PackedWeights *w, const uint8_t *panel, int column,
                        int first, int n_rows, int r)
{
    size_t nr = (size_t)w->layout.nr;
    size_t value_bytes = w->format == WEIGHT_Q8_0 ? BLOCK_VALUES : BLOCK_VALUES / 2;
    size_t pair_bytes = 2 * nr * (sizeof(uint16_t) + value_bytes);
    float total = 0.0f;
    for (int b = 0; b < rows->n_blocks; b++) {
        const uint8_t *pair = panel + (size_t)(b / 2) * pair_bytes;
        const uint16_t *scales = (const uint16_t *)(const void *)pair;
        const int8_t *q = (const int8_t *)rows->values + (size_t)first * (size_t)rows->k_padded +
                          (size_t)(b * n_rows + r) * BLOCK_VALUES;
        int32_t sum = 0;
        for (int j = 0; j < BLOCK_VALUES; j++) {
            sum += q[j] *
                   (block_value(w, pair + 2 * nr * sizeof(uint16_t), b % 2, j, column) - w->layout.offset);
        }
        float scale = f16_to_f32(scales[(size_t)(b % 2) * nr + (size_t)column]);
        total += (float)sum * scale *
                 rows->scales[(size_t)first * (size_t)rows->n_blocks + (size_t)(b * n_rows + r)];
    }
    return total;
}

static float dot_dense(const PackedRows *rows, const PackedWeights *w, const uint8_t *panel, int column,
                       int first, int n_rows, int r)
{
    int kg = w->layout.kg;
    size_t base = (size_t)first * (size_t)rows->k_padded;
    float total = 0.0f;
    for (int k = 0; k < rows->k; k++) {
        size_t at = base + (size_t)((k / kg * n_rows + r) * kg + k % kg);
        total += ((const float *)rows->values)[at] * dense_value(w, panel, column, k);
    }
    return total;
}

static float dot_int8(const PackedRows *rows, const PackedWeights *w, const uint8_t *panel, int column,
                      int first, int n_rows, int r)
{
    int kg = w->layout.kg, nr = w->layout.nr;
    const int8_t *q = (const int8_t *)rows->values + (size_t)first * (size_t)rows->k_padded;
    int32_t sum = 0;
    for (int k = 0; k < rows->k_padded; k++) {
        int stored = (int8_t)panel[(k / kg * nr + column) * kg + k % kg];
        sum += stored * q[(k / kg * n_rows + r) * kg + k % kg];
    }
    return (float)sum * rows->scales[first + r];
}

static void gemm_ref(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                     size_t ldc, bool is_added)
{
    for (int t = 0; t < rows->n_tiles; t++) {
        int first = tile_row(rows, t), n_rows = tile_row(rows, t + 1) - first;
        for (int n = panel_from * w->layout.nr; n < panel_to * w->layout.nr && n < w->n; n++) {
            const uint8_t *panel = w->panels + (size_t)(n / w->layout.nr) * w->panel_bytes;
            int column = n % w->layout.nr;
            for (int r = 0; r < n_rows; r++) {
                float value;
                if (w->format == WEIGHT_INT8) {
                    value = dot_int8(rows, w, panel, column, first, n_rows, r) * w->scales[n];
                } else if (rows->n_blocks > 0) {
                    value = dot_blocks(rows, w, panel, column, first, n_rows, r);
                } else {
                    value = dot_dense(rows, w, panel, column, first, n_rows, r);
                }
                float *out = &c[(size_t)(first + r) * ldc + (size_t)n];
                *out = is_added ? *out + value : value;
            }
        }
    }
}

static void softmax_ref(float *x, int n)
{
    float peak = -FLT_MAX, sum = 0.0f;
    for (int i = 0; i < n; i++) peak = fmaxf(peak, x[i]);
    for (int i = 0; i < n; i++) sum += x[i] = expf(x[i] - peak);
    for (int i = 0; i < n; i++) x[i] /= sum;
}

static float kv_value(const KvHead *head, const uint16_t *panels, int extent, int outer, int inner)
{
    uint16_t bits =
        panels[(size_t)(outer / KV_PANEL * extent + inner) * KV_PANEL + (size_t)(outer % KV_PANEL)];
    return head->is_bf16 ? bf16_to_f32(bits) : f16_to_f32(bits);
}

static void attention_ref(AttentionTask *task)
{
    const KvHead *head = task->head;
    for (int r = 0; r < task->n_rows; r++) {
        int end = task->token_to < task->n_visible[r] ? task->token_to : task->n_visible[r];
        float peak = -FLT_MAX, sum = 0.0f;
        memset(task->out[r], 0, (size_t)head->head_dim * sizeof(float));
        for (int t = task->token_from; t < end; t++) {
            float score = 0.0f;
            for (int d = 0; d < head->head_dim; d++) {
                score += task->q[r][d] * kv_value(head, head->keys, head->head_dim, t, d);
            }
            score *= task->scale;
            float shrink = score > peak ? expf(peak - score) : 1.0f;
            peak = fmaxf(peak, score);
            float weight = expf(score - peak);
            sum = sum * shrink + weight;
            for (int d = 0; d < head->head_dim; d++) {
                float value = kv_value(head, head->values, head->capacity, d, t);
                task->out[r][d] = task->out[r][d] * shrink + weight * value;
            }
        }
        task->peak[r] = peak;
        task->sum[r] = sum;
    }
}

static void rms_norm_ref(const float *x, const float *weight, int n, float eps, float *out)
{
    double square = 0.0;
    for (int i = 0; i < n; i++) square += (double)x[i] * (double)x[i];
    float factor = (float)(1.0 / sqrt(square / n + (double)eps));
    for (int i = 0; i < n; i++) out[i] = x[i] * factor * weight[i];
}

static void rope_ref(float *x, const float *cosines, const float *sines, int n)
{
    int half = n / 2;
    for (int i = 0; i < half; i++) {
        float a = x[i], b = x[i + half];
        x[i] = a * cosines[i] - b * sines[i];
        x[i + half] = a * sines[i] + b * cosines[i];
    }
}

static void swiglu_ref(float *gate, const float *up, int n)
{
    for (int i = 0; i < n; i++) gate[i] = gate[i] / (1.0f + expf(-gate[i])) * up[i];
}

static float peak_ref(long n, double *n_ops)
{
    float sum[8] = {0};
    for (long i = 0; i < n; i++) {
        for (int j = 0; j < 8; j++) sum[j] = sum[j] * 0.999f + 1.0f;
    }
    *n_ops = 16.0 * (double)n;
    return sum[0] + sum[1] + sum[2] + sum[3] + sum[4] + sum[5] + sum[6] + sum[7];
}

static float read_ref(const void *memory, size_t n_bytes, ReadPattern pattern)
{
    (void)pattern;
    const uint64_t *words = memory;
    uint64_t sum[4] = {0};
    for (size_t i = 0; i + 4 <= n_bytes / sizeof *words; i += 4) {
        for (int j = 0; j < 4; j++) sum[j] ^= words[i + (size_t)j];
    }
    return (float)(sum[0] ^ sum[1] ^ sum[2] ^ sum[3]);
}

#define REF_OPS(group)                                                                                       \
    {                                                                                                        \
        0, {.nr = REF_NR, .mr = REF_MR, .kg = group, .offset = 0}, pack_rows_ref, gemm_ref                   \
    }

const KernelSet kernels_ref = {
    .name = "ref",
    .flags = TOKENTCO_ISA_FLAGS,
    .formats =
        {[WEIGHT_F32] = REF_OPS(1),
         [WEIGHT_F16] = REF_OPS(1),
         [WEIGHT_BF16] = REF_OPS(1),
         [WEIGHT_INT8] = REF_OPS(4),
         [WEIGHT_Q8_0] = REF_OPS(4),
         [WEIGHT_Q4_0] = {0, {.nr = REF_NR, .mr = REF_MR, .kg = 4, .offset = 8}, pack_rows_ref, gemm_ref}},
    .attention = attention_ref,
    .rms_norm = rms_norm_ref,
    .rope = rope_ref,
    .swiglu = swiglu_ref,
    .softmax = softmax_ref,
    .peak_f32 = peak_ref,
    .peak_bf16 = peak_ref,
    .peak_int8 = peak_ref,
    .read_bytes = read_ref,
};
