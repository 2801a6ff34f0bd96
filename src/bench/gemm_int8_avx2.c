/* Products with INT8 weights on AVX2: integers over all of k, scaled once at the end.
 *
 * Layer: bench.
 */
#include "integer_avx2.h"

/* Panels that are taken side by side, as measured. */
INLINE int panels_for(int n_rows)
{
    enum { FEW_ROWS = 3 };
    if (n_rows == 1) return READ_STREAMS;
    return n_rows <= FEW_ROWS ? 2 : 1;
}

INLINE void int8_tile(int n_panels, int n_rows, long steps, const TileRows *rows, const uint8_t *panel,
                      size_t panel_bytes, const float *column_scales, const TileOut *out)
{
    const int8_t *a = rows->values;
    __m256i sum[SUMS_MAX];
#pragma GCC unroll 8
    for (int i = 0; i < n_panels * n_rows; i++) sum[i] = _mm256_setzero_si256();
    for (long s = 0; s < steps; s++) {
        fetch_panels(n_panels, panel, sizeof(__m256i), panel_bytes);
#pragma GCC unroll 4
        for (int p = 0; p < n_panels; p++) {
            __m256i w = load_integers(panel + (size_t)p * panel_bytes), magnitude = _mm256_abs_epi8(w);
#pragma GCC unroll 8
            for (int r = 0; r < n_rows; r++) {
                __m256i *to = &sum[p * n_rows + r];
                *to = dot_signed(*to, w, magnitude, a + r * QUAD_VALUES);
            }
        }
        a += n_rows * QUAD_VALUES;
        panel += sizeof(__m256i);
    }
#pragma GCC unroll 8
    for (int i = 0; i < n_panels * n_rows; i++) {
        __m256 scale = _mm256_mul_ps(_mm256_loadu_ps(column_scales + i / n_rows * VECTOR),
                                     _mm256_set1_ps(rows->scales[i % n_rows]));
        store_sums(out, i / n_rows, i % n_rows, _mm256_mul_ps(_mm256_cvtepi32_ps(sum[i]), scale));
    }
}

#define DEFINE_INT8(rows)                                                                                    \
    static void tile_INT8_##rows(const PackedWeights *w, int panel, bool is_alone, const TileRows *tile,     \
                                 const TileOut *out)                                                         \
    {                                                                                                        \
        const uint8_t *at = w->panels + (size_t)panel * w->panel_bytes;                                      \
        const float *scales = w->scales + (size_t)panel * VECTOR;                                            \
        long steps = w->k_padded / QUAD_VALUES;                                                              \
        if (panels_for(rows) == 1 || is_alone)                                                               \
            int8_tile(1, rows, steps, tile, at, w->panel_bytes, scales, out);                                \
        else                                                                                                 \
            int8_tile(panels_for(rows), rows, steps, tile, at, w->panel_bytes, scales, out);                 \
    }
#define ROW_COUNTS(_) _(1) _(2) _(3) _(4) _(5) _(6) _(7) _(8)
ROW_COUNTS(DEFINE_INT8)
#define ENTRY_INT8(rows) [rows] = tile_INT8_##rows,
static const IntegerTileFn tiles_int8[INT8_ROWS + 1] = {ROW_COUNTS(ENTRY_INT8)};

void gemm_int8_avx2(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                    size_t ldc, bool is_added)
{
    if (rows->m >= MANY) {
        gemm_signed_avx2(rows, w, panel_from, panel_to, c, ldc, is_added);
        return;
    }
    gemm_integer(tiles_int8, panels_for(rows->m), rows, w, panel_from, panel_to, c, ldc, is_added);
}
