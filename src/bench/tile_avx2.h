/* What the AVX2 kernels share: vectors of eight outputs, stores, fetching ahead.
 *
 * Layer: bench (private to *_avx2.c).
 */
#ifndef TOKENTCO_BENCH_TILE_AVX2_H
#define TOKENTCO_BENCH_TILE_AVX2_H

#include "kernel.h"
#include "lanes_avx2.h"

/* Dense tiles are six rows by two vectors: twelve sums, two weight vectors and a broadcast fit the 16
 * registers. Integer tiles are one vector wide; from MANY rows on, signed ones are MANY_ROWS by two. */
enum { TILE_ROWS = 6, TILE_COLUMNS = 16, INT8_ROWS = 8, BLOCK_ROWS = 6, LINE_BYTES = 64 };
enum { MANY = 24, MANY_ROWS = 5 };

/* Columns beyond n are computed on zero weights and not stored. */
INLINE void store_columns(__m256 value, float *out, int n_columns, bool is_added)
{
    float lanes[VECTOR];
    if (n_columns >= VECTOR) {
        _mm256_storeu_ps(out, is_added ? _mm256_add_ps(value, _mm256_loadu_ps(out)) : value);
        return;
    }
    _mm256_storeu_ps(lanes, value);
    for (int i = 0; i < n_columns; i++) out[i] = is_added ? out[i] + lanes[i] : lanes[i];
}

/* What the files of this set give to its table. */
void pack_rows_avx2(const PanelLayout *layout, WeightFormat format, const float *x, size_t ldx,
                    PackedRows *out, int tile_from, int tile_to);
void gemm_f32_avx2(const PackedRows *, const PackedWeights *, int, int, float *, size_t, bool);
void gemm_f16_avx2(const PackedRows *, const PackedWeights *, int, int, float *, size_t, bool);
void gemm_bf16_avx2(const PackedRows *, const PackedWeights *, int, int, float *, size_t, bool);
void gemm_int8_avx2(const PackedRows *, const PackedWeights *, int, int, float *, size_t, bool);
void gemm_q8_0_avx2(const PackedRows *, const PackedWeights *, int, int, float *, size_t, bool);
void gemm_q4_0_avx2(const PackedRows *, const PackedWeights *, int, int, float *, size_t, bool);
void gemm_signed_avx2(const PackedRows *, const PackedWeights *, int, int, float *, size_t, bool);

#endif
