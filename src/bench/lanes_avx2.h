/* Vectors of eight floats of which only the first count, on AVX2: loads, stores, the largest.
 *
 * Layer: bench (private to *_avx2.c). Masked stores take dozens of cycles on Zen 3, so whole vectors go
 * without.
 */
#ifndef TOKENTCO_BENCH_LANES_AVX2_H
#define TOKENTCO_BENCH_LANES_AVX2_H

#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))

enum { VECTOR = 8 };

/* All ones in the first `left` lanes. */
INLINE __m256i lanes_left(int left)
{
    return _mm256_cmpgt_epi32(_mm256_set1_epi32(left), _mm256_setr_epi32(0, 1, 2, 3, 4, 5, 6, 7));
}

/* Zeros beyond `left` values, which are not read. */
INLINE __m256 load_left(const float *x, int left)
{
    return left >= VECTOR ? _mm256_loadu_ps(x) : _mm256_maskload_ps(x, lanes_left(left));
}

/* What lies beyond `left` values stays. */
INLINE void store_left(float *x, int left, __m256 value)
{
    if (left >= VECTOR)
        _mm256_storeu_ps(x, value);
    else
        _mm256_maskstore_ps(x, lanes_left(left), value);
}

INLINE float reduce_max(__m256 x)
{
    __m128 half = _mm_max_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    half = _mm_max_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_max_ss(half, _mm_movehdup_ps(half)));
}

#endif
