/* Packing of activation rows on NEON: rounding and interleaving as kernel.h describes.
 *
 * Layer: bench.
 */
#include "tile_neon.h"

INLINE float row_largest(const float *x, int n)
{
    float32x4_t largest = vdupq_n_f32(0.0f);
    for (int i = 0; i < n; i += VECTOR) largest = vmaxq_f32(largest, vabsq_f32(load_some(x + i, n - i)));
    return vmaxvq_f32(largest);
}

/* Eight values to the nearest integers, even on ties; returns their sum. */
INLINE int32_t quantise_eight(const float *x, int left, float inverse, int8_t *q)
{
    int32x4_t low = vcvtnq_s32_f32(vmulq_n_f32(load_some(x, left), inverse));
    int32x4_t high = vcvtnq_s32_f32(vmulq_n_f32(load_some(x + VECTOR, left - VECTOR), inverse));
    int16x8_t both = vcombine_s16(vmovn_s32(low), vmovn_s32(high));
    vst1_s8(q, vmovn_s16(both));
    return vaddvq_s32(vaddq_s32(low, high));
}

static void pack_blocks(const PanelLayout *layout, const float *x, size_t ldx, PackedRows *out, int first,
                        int n_rows)
{
    int8_t *q = (int8_t *)out->values + (size_t)first * (size_t)out->k_padded;
    size_t meta = (size_t)first * (size_t)out->n_blocks;
    for (int b = 0; b < out->n_blocks; b++) {
        int left = out->k - b * BLOCK_VALUES, inside = left < BLOCK_VALUES ? left : BLOCK_VALUES;
        for (int r = 0; r < n_rows; r++, meta++, q += BLOCK_VALUES) {
            const float *from = x + (size_t)r * ldx + b * BLOCK_VALUES;
            float largest = row_largest(from, inside), inverse = largest > 0.0f ? 127.0f / largest : 0.0f;
            int32_t sum = 0;
            for (int i = 0; i < BLOCK_VALUES; i += 2 * VECTOR)
                sum += quantise_eight(from + i, inside - i, inverse, q + i);
            out->scales[meta] = largest / 127.0f;
            out->corrections[meta] = -layout->offset * sum;
        }
    }
}

static void pack_int8(const PanelLayout *layout, const float *x, size_t ldx, PackedRows *out, int first,
                      int n_rows)
{
    int kg = layout->kg;
    int8_t *values = (int8_t *)out->values + (size_t)first * (size_t)out->k_padded, q[2 * VECTOR];
    for (int r = 0; r < n_rows; r++) {
        const float *from = x + (size_t)r * ldx;
        float largest = row_largest(from, out->k), inverse = largest > 0.0f ? 127.0f / largest : 0.0f;
        int32_t sum = 0;
        for (int k = 0; k < out->k_padded; k += 2 * VECTOR) {
            sum += quantise_eight(from + k, out->k - k, inverse, q);
            for (int i = 0; i < 2 * VECTOR && k + i < out->k_padded; i += kg)
                for (int j = 0; j < kg; j++) values[((k + i) / kg * n_rows + r) * kg + j] = q[i + j];
        }
        out->scales[first + r] = largest / 127.0f;
        out->corrections[first + r] = -layout->offset * sum;
    }
}

static void pack_floats(const float *x, size_t ldx, PackedRows *out, int first, int n_rows)
{
    float *to = (float *)out->values + (size_t)first * (size_t)out->k_padded;
    for (int k = 0; k < out->k; k++) {
        for (int r = 0; r < n_rows; r++) *to++ = x[(size_t)r * ldx + (size_t)k];
    }
}

void pack_rows_neon(const PanelLayout *layout, WeightFormat format, const float *x, size_t ldx,
                    PackedRows *out, int tile_from, int tile_to)
{
    for (int t = tile_from; t < tile_to; t++) {
        int first = tile_row(out, t), n_rows = tile_row(out, t + 1) - first;
        const float *rows = x + (size_t)first * ldx;
        if (format == WEIGHT_Q8_0 || format == WEIGHT_Q4_0)
            pack_blocks(layout, rows, ldx, out, first, n_rows);
        if (format == WEIGHT_INT8) pack_int8(layout, rows, ldx, out, first, n_rows);
        if (format == WEIGHT_F32 || format == WEIGHT_F16) pack_floats(rows, ldx, out, first, n_rows);
        if (format == WEIGHT_BF16) pack_rows_ref(layout, format, x, ldx, out, t, t + 1);
    }
}
