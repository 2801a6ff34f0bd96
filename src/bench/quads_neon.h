/* Tiles of INT8, Q8_0 and Q4_0 weights, where one instruction or a few meet four k of four outputs.
 *
 * Layer: bench (private to kernels_neon.c and kernels_dotprod.c). The file that includes this defines
 * dot_quads: four sums, each of four products of signed bytes. Stored nibbles carry an offset of 8, which the
 * corrections that start each sum take out again.
 */
#ifndef TOKENTCO_BENCH_QUADS_NEON_H
#define TOKENTCO_BENCH_QUADS_NEON_H

#include "integer_neon.h"

enum { QUADS = 8, INTEGER_SUMS = INTEGER_ROWS * INTEGER_VECTORS };

INLINE int32x4_t dot_quads(int32x4_t sum, int8x16_t weights, int8x16_t values);

INLINE int8x16_t broadcast4(const int8_t *at)
{
    return vreinterpretq_s8_s32(vld1q_dup_s32((const int32_t *)(const void *)at));
}

/* Both vectors of outputs of one quad. */
INLINE void add_quad(int n_rows, int8x16_t low, int8x16_t high, const int8_t *a, int32x4_t *dot)
{
#pragma GCC unroll 4
    for (int r = 0; r < n_rows; r++) {
        int8x16_t value = broadcast4(a + r * BLOCK_VALUES);
        dot[r * INTEGER_VECTORS] = dot_quads(dot[r * INTEGER_VECTORS], low, value);
        dot[r * INTEGER_VECTORS + 1] = dot_quads(dot[r * INTEGER_VECTORS + 1], high, value);
    }
}

/* One block: all of its quads, of which nibbles hold q low and q + 4 high. The loops stay loops: unrolled,
 * gcc 12 loads so far ahead that the sums are spilled. */
INLINE void add_block(WeightFormat format, int n_rows, const uint8_t *values, const int8_t *a, int32x4_t *dot)
{
    const uint8x16_t low_nibble = vdupq_n_u8(0x0f);
    const int n_stored = format == WEIGHT_Q4_0 ? QUADS / 2 : QUADS;
#pragma GCC unroll 1
    for (int q = 0; q < n_stored; q++, values += INTEGER_VECTORS * 16, a += 4) {
        uint8x16_t left = vld1q_u8(values), right = vld1q_u8(values + 16);
        if (format == WEIGHT_Q8_0) {
            add_quad(n_rows, vreinterpretq_s8_u8(left), vreinterpretq_s8_u8(right), a, dot);
            continue;
        }
        add_quad(n_rows, vreinterpretq_s8_u8(vandq_u8(left, low_nibble)),
                 vreinterpretq_s8_u8(vandq_u8(right, low_nibble)), a, dot);
        add_quad(n_rows, vreinterpretq_s8_u8(vshrq_n_u8(left, 4)), vreinterpretq_s8_u8(vshrq_n_u8(right, 4)),
                 a + BLOCK_VALUES / 2, dot);
    }
}

INLINE void block_tile(WeightFormat format, int n_rows, const PackedRows *rows, int first,
                       const uint8_t *panel, float *c, size_t ldc, int n_columns, bool is_added)
{
    const size_t value_bytes = (format == WEIGHT_Q8_0 ? BLOCK_VALUES : BLOCK_VALUES / 2) * INTEGER_COLUMNS,
                 scale_bytes = INTEGER_COLUMNS * sizeof(uint16_t);
    const int8_t *a = (const int8_t *)rows->values + (size_t)first * (size_t)rows->k_padded;
    size_t meta = (size_t)first * (size_t)rows->n_blocks;
    const int n_sums = n_rows * INTEGER_VECTORS;
    float32x4_t sum[INTEGER_SUMS];
#pragma GCC unroll 8
    for (int i = 0; i < n_sums; i++) sum[i] = vdupq_n_f32(0.0f);
    for (int b = 0; b < rows->n_blocks; b++) {
        const uint8_t *pair = panel + (size_t)(b / 2) * 2 * (scale_bytes + value_bytes);
        const uint8_t *values = pair + 2 * scale_bytes + (size_t)(b % 2) * value_bytes;
        int32x4_t dot[INTEGER_SUMS];
#pragma GCC unroll 8
        for (int i = 0; i < n_sums; i++)
            dot[i] = vdupq_n_s32(rows->corrections[meta + (size_t)(i / INTEGER_VECTORS)]);
        add_block(format, n_rows, values, a, dot);
#pragma GCC unroll 8
        for (int i = 0; i < n_sums; i++) {
            float32x4_t scale = tile_load(TILE_F16, pair + (size_t)(b % 2) * scale_bytes +
                                                        (size_t)(i % INTEGER_VECTORS) * VECTOR * 2);
            scale = vmulq_n_f32(scale, rows->scales[meta + (size_t)(i / INTEGER_VECTORS)]);
            sum[i] = vfmaq_f32(sum[i], vcvtq_f32_s32(dot[i]), scale);
        }
        a += n_rows * BLOCK_VALUES;
        meta += (size_t)n_rows;
    }
#pragma GCC unroll 8
    for (int i = 0; i < n_sums; i++) {
        int column = i % INTEGER_VECTORS * VECTOR;
        store_columns(c + (size_t)(i / INTEGER_VECTORS) * ldc + column, sum[i], n_columns - column, is_added);
    }
}

INLINE void int8_tile(int n_rows, const PackedRows *rows, const float *column_scales, int first,
                      const uint8_t *panel, float *c, size_t ldc, int n_columns, bool is_added)
{
    /* A single row runs four neighbouring steps in sums of their own, against latency. */
    const int n_sums = n_rows * INTEGER_VECTORS, n_chains = n_rows == 1 ? 4 : 1;
    const int8_t *a = (const int8_t *)rows->values + (size_t)first * (size_t)rows->k_padded;
    const uint8_t *end = panel + (size_t)rows->k_padded * INTEGER_COLUMNS;
    int32x4_t sum[INTEGER_SUMS];
#pragma GCC unroll 8
    for (int i = 0; i < n_chains * n_sums; i++) sum[i] = vdupq_n_s32(0);
    while (panel < end) {
#pragma GCC unroll 4
        for (int u = 0; u < n_chains && panel < end; u++, a += 4 * n_rows, panel += 4 * INTEGER_COLUMNS) {
#pragma GCC unroll 8
            for (int i = 0; i < n_sums; i++) {
                int8x16_t w = vreinterpretq_s8_u8(vld1q_u8(panel + (size_t)(i % INTEGER_VECTORS) * 16));
                int32x4_t *to = &sum[u * n_sums + i];
                *to = dot_quads(*to, w, broadcast4(a + i / INTEGER_VECTORS * 4));
            }
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < n_sums; i++) {
        int column = i % INTEGER_VECTORS * VECTOR, r = i / INTEGER_VECTORS;
#pragma GCC unroll 4
        for (int u = 1; u < n_chains; u++) sum[i] = vaddq_s32(sum[i], sum[u * n_sums + i]);
        float32x4_t scale = vmulq_n_f32(vld1q_f32(column_scales + column), rows->scales[first + r]);
        store_columns(c + (size_t)r * ldc + column, vmulq_f32(vcvtq_f32_s32(sum[i]), scale),
                      n_columns - column, is_added);
    }
}

#endif
