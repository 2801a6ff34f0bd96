/* The register tile of the dense AVX-512 kernels: up to 12 rows by two vectors of 16 outputs.
 *
 * Layer: bench (private to *_avx512.c). 24 accumulators, two weight vectors and a broadcast fit the 32
 * registers; the multiply-add units are busy when one vector load and half a broadcast come with each of 24
 * multiply-adds.
 */
#ifndef TOKENTCO_BENCH_TILE_AVX512_H
#define TOKENTCO_BENCH_TILE_AVX512_H

#include "kernel.h"

#include <immintrin.h>

#ifndef INLINE /* already where AVX-512 is emulated (tests/cross) */
#define INLINE static inline __attribute__((always_inline))
#endif

enum { TILE_ROWS = 12, TILE_COLUMNS = 32, VECTOR = 16 };

/* What a step along k multiplies: one f32 by f32, f16 or bf16 widened, or a pair of bf16. */
typedef enum TileKind { TILE_F32, TILE_F16, TILE_BF16, TILE_BF16_PAIR } TileKind;

INLINE __m512 tile_load(TileKind kind, const uint8_t *at)
{
    if (kind == TILE_F16) return _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)at));
    if (kind == TILE_BF16) {
        __m256i half = _mm256_loadu_si256((const __m256i *)(const void *)at);
        return _mm512_castsi512_ps(_mm512_slli_epi32(_mm512_cvtepu16_epi32(half), 16));
    }
    return _mm512_loadu_ps(at);
}

INLINE __m512 tile_multiply(TileKind kind, __m512 sum, __m512 a, __m512 b)
{
    if (kind == TILE_BF16_PAIR) return _mm512_dpbf16_ps(sum, (__m512bh)a, (__m512bh)b);
    return _mm512_fmadd_ps(a, b, sum);
}

INLINE size_t tile_vector_bytes(TileKind kind)
{
    return kind == TILE_F16 || kind == TILE_BF16 ? 32 : 64;
}

/* What a tile brings into the second-level cache while it runs: at each step the line at `at` and the one
 * `twin` bytes on, then `at` moves as far as the weights do. NULL: nothing. */
typedef struct Fetch {
    const uint8_t *at;
    long twin;
} Fetch;

enum { LINE_BYTES = 64 };

INLINE void fetch_lines(const Fetch *fetch)
{
    _mm_prefetch((const char *)fetch->at, _MM_HINT_T1);
    _mm_prefetch((const char *)fetch->at + fetch->twin, _MM_HINT_T1);
}

/* The first two tiles bring half of the next sliver each: every other line. */
INLINE Fetch fetch_shared(int tile, const uint8_t *next)
{
    return (Fetch){tile < 2 ? next + tile * LINE_BYTES : NULL, 0};
}

/* sum[r][j] += over `steps`: a[r * row_stride + step * step_stride] times the two vectors of that step.
 * Strides are in 32-bit units. */
INLINE void tile_run(TileKind kind, int n_rows, long row_stride, long step_stride, long steps, const float *a,
                     const uint8_t *b, Fetch fetch, __m512 sum[TILE_ROWS][2])
{
    size_t bytes = tile_vector_bytes(kind);
    for (long s = 0; s < steps; s++) {
        __m512 b0 = tile_load(kind, b), b1 = tile_load(kind, b + bytes);
        if (fetch.at) {
            fetch_lines(&fetch);
            fetch.at += 2 * bytes;
        }
#pragma GCC unroll 12
        for (int r = 0; r < n_rows; r++) {
            __m512 value = _mm512_set1_ps(a[r * row_stride]);
            sum[r][0] = tile_multiply(kind, sum[r][0], value, b0);
            sum[r][1] = tile_multiply(kind, sum[r][1], value, b1);
        }
        a += step_stride;
        b += 2 * bytes;
    }
}

/* How far ahead of its loads a single tile fetches the panel that it streams from memory. Measured: few rows
 * outrun fetches into the second-level cache that go far (at 2048 bytes already three rows of int8 lose a
 * fifth, and four do on some runs), many rows leave them the time that they need. */
enum { FETCH_NEAR = 1024, FETCH_FAR = 8192 };

/* What the files of this set give to its table. */
void pack_rows_avx512(const PanelLayout *layout, WeightFormat format, const float *x, size_t ldx,
                      PackedRows *out, int tile_from, int tile_to);
void gemm_f32_avx512(const PackedRows *, const PackedWeights *, int, int, float *, size_t, bool);
void gemm_f16_avx512(const PackedRows *, const PackedWeights *, int, int, float *, size_t, bool);
void gemm_bf16_avx512(const PackedRows *, const PackedWeights *, int, int, float *, size_t, bool);
void gemm_int8_avx512(const PackedRows *, const PackedWeights *, int, int, float *, size_t, bool);
void gemm_q8_0_avx512(const PackedRows *, const PackedWeights *, int, int, float *, size_t, bool);
void gemm_q4_0_avx512(const PackedRows *, const PackedWeights *, int, int, float *, size_t, bool);
void attention_avx512(AttentionTask *task);
void rms_norm_avx512(const float *x, const float *weight, int n, float eps, float *out);
void rope_avx512(float *x, const float *cosines, const float *sines, int n);
void swiglu_avx512(float *gate, const float *up, int n);
void softmax_avx512(float *x, int n);

#endif
