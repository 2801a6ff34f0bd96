/* What the files of the NEON sets share: the dense register tile, and the exponential.
 *
 * Layer: bench (private to *_neon.c, *_dotprod.c and *_i8mm.c). 32 registers of four lanes hold up to 24
 * sums, the weights of one step and a broadcast activation.
 */
#ifndef TOKENTCO_BENCH_TILE_NEON_H
#define TOKENTCO_BENCH_TILE_NEON_H

#include "kernel.h"

#include <arm_neon.h>

#define INLINE static inline __attribute__((always_inline))

enum {
    VECTOR = 4,
    TILE_SUMS = 24,
    CHAINED_SUMS = 16, /* four multiply-add pipes of latency four are busy with sixteen independent sums */
    DENSE_ROWS = 6,
    DENSE_VECTORS = 4,
    DENSE_COLUMNS = DENSE_VECTORS * VECTOR,
    INTEGER_ROWS = 4,
    INTEGER_VECTORS = 2,
    INTEGER_COLUMNS = INTEGER_VECTORS * VECTOR
};

/* What a step along k multiplies: one f32 by f32, f16 or bf16 widened, or a pair of bf16. */
typedef enum TileKind { TILE_F32, TILE_F16, TILE_BF16, TILE_BF16_PAIR } TileKind;

INLINE size_t tile_vector_bytes(TileKind kind)
{
    return kind == TILE_F16 || kind == TILE_BF16 ? VECTOR * sizeof(uint16_t) : VECTOR * sizeof(float);
}

INLINE float32x4_t tile_load(TileKind kind, const uint8_t *at)
{
    if (kind == TILE_F16) return vcvt_f32_f16(vld1_f16((const float16_t *)(const void *)at));
    if (kind == TILE_BF16)
        return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16((const uint16_t *)(const void *)at), 16));
    return vld1q_f32((const float *)(const void *)at);
}

INLINE float32x4_t tile_multiply(TileKind kind, float32x4_t sum, float32x4_t weights, float32x4_t value)
{
#ifdef __ARM_FEATURE_BF16_VECTOR_ARITHMETIC
    if (kind == TILE_BF16_PAIR)
        return vbfdotq_f32(sum, vreinterpretq_bf16_f32(weights), vreinterpretq_bf16_f32(value));
#else
    (void)kind;
#endif
    return vfmaq_f32(sum, weights, value);
}

/* sum[r * n_vectors + v] += over `steps`: a[r * row_stride + step * step_stride] times vector v of that step,
 * whose weights lie b_step bytes after those of the step before. Strides are in 32-bit units. Small tiles run
 * neighbouring steps in sums of their own, so that latency does not bound them. */
INLINE void tile_run(TileKind kind, int n_rows, int n_vectors, long row_stride, long step_stride, long steps,
                     const float *a, const uint8_t *b, size_t b_step, float32x4_t *sum)
{
    const int n_sums = n_rows * n_vectors;
    const int n_chains = n_sums * 4 <= CHAINED_SUMS ? 4 : n_sums * 2 <= CHAINED_SUMS ? 2 : 1;
    float32x4_t chain[TILE_SUMS];
    long s = 0;
#pragma GCC unroll 24
    for (int i = 0; i < n_chains * n_sums; i++) chain[i] = i < n_sums ? sum[i] : vdupq_n_f32(0.0f);
    for (; s + n_chains <= steps; s += n_chains) {
#pragma GCC unroll 4
        for (int u = 0; u < n_chains; u++) {
            float32x4_t weights[DENSE_VECTORS * 2];
#pragma GCC unroll 8
            for (int v = 0; v < n_vectors; v++)
                weights[v] = tile_load(kind, b + (size_t)v * tile_vector_bytes(kind));
#pragma GCC unroll 12
            for (int r = 0; r < n_rows; r++) {
                float32x4_t value = vld1q_dup_f32(a + r * row_stride);
#pragma GCC unroll 8
                for (int v = 0; v < n_vectors; v++) {
                    float32x4_t *to = &chain[u * n_sums + r * n_vectors + v];
                    *to = tile_multiply(kind, *to, weights[v], value);
                }
            }
            a += step_stride;
            b += b_step;
        }
    }
    for (; s < steps; s++, a += step_stride, b += b_step) {
#pragma GCC unroll 24
        for (int i = 0; i < n_sums; i++) {
            float32x4_t weights = tile_load(kind, b + (size_t)(i % n_vectors) * tile_vector_bytes(kind));
            chain[i] = tile_multiply(kind, chain[i], weights, vld1q_dup_f32(a + i / n_vectors * row_stride));
        }
    }
#pragma GCC unroll 24
    for (int i = 0; i < n_sums; i++) {
        sum[i] = chain[i];
#pragma GCC unroll 4
        for (int u = 1; u < n_chains; u++) sum[i] = vaddq_f32(sum[i], chain[u * n_sums + i]);
    }
}

/* Up to four floats; nothing beyond them is read or written. Lanes left out are zero. */
INLINE float32x4_t load_some(const float *x, int left)
{
    float lanes[VECTOR] = {0};
    if (left >= VECTOR) return vld1q_f32(x);
    for (int i = 0; i < left; i++) lanes[i] = x[i];
    return vld1q_f32(lanes);
}

INLINE void store_some(float *x, float32x4_t value, int left)
{
    float lanes[VECTOR];
    if (left >= VECTOR) {
        vst1q_f32(x, value);
        return;
    }
    vst1q_f32(lanes, value);
    for (int i = 0; i < left; i++) x[i] = lanes[i];
}

/* Columns beyond n are computed on zero weights and not stored. */
INLINE void store_columns(float *out, float32x4_t value, int n_columns, bool is_added)
{
    if (n_columns <= 0) return;
    store_some(out, is_added ? vaddq_f32(value, load_some(out, n_columns)) : value, n_columns);
}

/* One tile of a product with floating-point weights, and one whole call. */
INLINE void dense_tile(TileKind kind, int n_rows, const PackedRows *rows, int first, const uint8_t *panel,
                       float *c, size_t ldc, int n_columns, bool is_added)
{
    float32x4_t sum[TILE_SUMS];
    long units = kind == TILE_BF16_PAIR ? rows->k_padded / 2 : rows->k_padded;
    const float *a = (const float *)rows->values + (long)first * units;
#pragma GCC unroll 24
    for (int i = 0; i < n_rows * DENSE_VECTORS; i++) sum[i] = vdupq_n_f32(0.0f);
    tile_run(kind, n_rows, DENSE_VECTORS, 1, n_rows, units, a, panel, DENSE_VECTORS * tile_vector_bytes(kind),
             sum);
#pragma GCC unroll 24
    for (int i = 0; i < n_rows * DENSE_VECTORS; i++) {
        int column = i % DENSE_VECTORS * VECTOR;
        store_columns(c + (size_t)(i / DENSE_VECTORS) * ldc + column, sum[i], n_columns - column, is_added);
    }
}

/* The number of rows is a constant in each case, so that the sums live in registers. */
INLINE void dense_gemm(TileKind kind, const PackedRows *rows, const PackedWeights *w, int panel_from,
                       int panel_to, float *c, size_t ldc, bool is_added)
{
    for (int p = panel_from; p < panel_to; p++) {
        const uint8_t *panel = w->panels + (size_t)p * w->panel_bytes;
        for (int t = 0; t < rows->n_tiles; t++) {
            int first = tile_row(rows, t), left = w->n - p * DENSE_COLUMNS;
            float *out = c + (size_t)first * ldc + (size_t)p * DENSE_COLUMNS;
            switch (tile_row(rows, t + 1) - first) {
            case 1:
                dense_tile(kind, 1, rows, first, panel, out, ldc, left, is_added);
                break;
            case 2:
                dense_tile(kind, 2, rows, first, panel, out, ldc, left, is_added);
                break;
            case 3:
                dense_tile(kind, 3, rows, first, panel, out, ldc, left, is_added);
                break;
            case 4:
                dense_tile(kind, 4, rows, first, panel, out, ldc, left, is_added);
                break;
            case 5:
                dense_tile(kind, 5, rows, first, panel, out, ldc, left, is_added);
                break;
            default:
                dense_tile(kind, DENSE_ROWS, rows, first, panel, out, ldc, left, is_added);
                break;
            }
        }
    }
}

/* exp by 2^n times a polynomial of degree 6 on [-ln2/2, ln2/2]; relative error below 3e-7, smallest result
 * 1.2e-38. */
INLINE float32x4_t exp_vector(float32x4_t x)
{
    const float32x4_t log2e = vdupq_n_f32(1.44269504f), ln2_high = vdupq_n_f32(0.693359375f),
                      ln2_low = vdupq_n_f32(-2.12194440e-4f);
    x = vmaxq_f32(vminq_f32(x, vdupq_n_f32(88.0f)), vdupq_n_f32(-87.3f));
    float32x4_t n = vrndnq_f32(vmulq_f32(x, log2e));
    float32x4_t r = vfmsq_f32(vfmsq_f32(x, n, ln2_high), n, ln2_low);
    float32x4_t p = vdupq_n_f32(1.0f / 720.0f);
    p = vfmaq_f32(vdupq_n_f32(1.0f / 120.0f), p, r);
    p = vfmaq_f32(vdupq_n_f32(1.0f / 24.0f), p, r);
    p = vfmaq_f32(vdupq_n_f32(1.0f / 6.0f), p, r);
    p = vfmaq_f32(vdupq_n_f32(0.5f), p, r);
    p = vfmaq_f32(vdupq_n_f32(1.0f), p, r);
    p = vfmaq_f32(vdupq_n_f32(1.0f), p, r);
    int32x4_t exponent = vaddq_s32(vcvtq_s32_f32(n), vdupq_n_s32(127));
    return vmulq_f32(p, vreinterpretq_f32_s32(vshlq_n_s32(exponent, 23)));
}

/* What the files of these sets give to their tables. */
void pack_rows_neon(const PanelLayout *layout, WeightFormat format, const float *x, size_t ldx,
                    PackedRows *out, int tile_from, int tile_to);
void attention_neon(AttentionTask *task);
void rms_norm_neon(const float *x, const float *weight, int n, float eps, float *out);
void rope_neon(float *x, const float *cosines, const float *sines, int n);
void swiglu_neon(float *gate, const float *up, int n);
void softmax_neon(float *x, int n);

/* Rates: independent sums of one instruction in registers. The empty statement makes each operand opaque, or
 * the compiler would hoist repeated products out of the loop. */
enum { PEAK_CHAINS = 20, PEAK_ROUNDS = 8 };
#define OPAQUE(x) __asm__ volatile("" : "+w"(x))
#define DEFINE_PEAK(name, sum_type, type, zero, one, step, first, ops_per_step)                              \
    static float name(long n, double *n_ops)                                                                 \
    {                                                                                                        \
        sum_type sum[PEAK_CHAINS];                                                                           \
        type a = one, b = one;                                                                               \
        OPAQUE(a);                                                                                           \
        OPAQUE(b);                                                                                           \
        _Pragma("GCC unroll 20") for (int c = 0; c < PEAK_CHAINS; c++) sum[c] = zero;                        \
        for (long i = 0; i < n; i++) {                                                                       \
            _Pragma("GCC unroll 8") for (int round = 0; round < PEAK_ROUNDS; round++)                        \
            {                                                                                                \
                _Pragma("GCC unroll 20") for (int c = 0; c < PEAK_CHAINS; c++)                               \
                {                                                                                            \
                    sum[c] = step(sum[c], a, b);                                                             \
                    OPAQUE(sum[c]);                                                                          \
                }                                                                                            \
            }                                                                                                \
        }                                                                                                    \
        float all = 0.0f;                                                                                    \
        _Pragma("GCC unroll 20") for (int c = 0; c < PEAK_CHAINS; c++) all += (float)first(sum[c], 0);       \
        *n_ops = (double)n * PEAK_ROUNDS * PEAK_CHAINS * (ops_per_step);                                     \
        return all;                                                                                          \
    }

#endif
