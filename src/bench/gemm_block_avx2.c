/* Products with Q8_0 and Q4_0 weights on AVX2: one scale a block.
 *
 * Layer: bench. Nothing can be added in 16 bits to a pair of signed bytes' products; nibbles leave room: a
 * whole block of 32 products of at most 15 x 127 each is eight pairs a lane, 30480, so Q4_0 widens to 32 bits
 * once a block; the offset of 8 is taken out there.
 */
#include "block_rows.h"
#include "integer_avx2.h"

enum { QUADS = 8 };

/* Panels that are taken side by side: more rows compute too long for streams to matter. */
INLINE int panels_for(int n_rows)
{
    return n_rows == 1 ? READ_STREAMS : 1;
}

/* Sums of one Q8_0 block of each panel, all rows. */
INLINE void dot_block_q8(int n_panels, int n_rows, const int8_t *a, const uint8_t *values, size_t panel_bytes,
                         __m256i dot[SUMS_MAX])
{
#pragma GCC unroll 8
    for (int i = 0; i < n_panels * n_rows; i++) dot[i] = _mm256_setzero_si256();
#pragma GCC unroll 8
    for (int q = 0; q < QUADS; q++) {
#pragma GCC unroll 4
        for (int p = 0; p < n_panels; p++) {
            __m256i w = load_integers(values + (size_t)p * panel_bytes + 32 * q),
                    magnitude = _mm256_abs_epi8(w);
#pragma GCC unroll 6
            for (int r = 0; r < n_rows; r++) {
                __m256i *to = &dot[p * n_rows + r];
                *to = dot_signed(*to, w, magnitude, a + r * BLOCK_VALUES + q * QUAD_VALUES);
            }
        }
    }
}

/* The same of Q4_0: the low nibbles are the first half of the block, the high ones the second. */
INLINE void dot_block_q4(int n_panels, int n_rows, const int8_t *a, const int32_t *corrections,
                         const uint8_t *values, size_t panel_bytes, __m256i dot[SUMS_MAX])
{
    const __m256i low = _mm256_set1_epi8(0x0f);
    __m256i pairs[SUMS_MAX];
#pragma GCC unroll 8
    for (int i = 0; i < n_panels * n_rows; i++) pairs[i] = _mm256_setzero_si256();
#pragma GCC unroll 4
    for (int q = 0; q < QUADS / 2; q++) {
#pragma GCC unroll 4
        for (int p = 0; p < n_panels; p++) {
            __m256i both = load_integers(values + (size_t)p * panel_bytes + 32 * q),
                    first = _mm256_and_si256(both, low),
                    second = _mm256_and_si256(_mm256_srli_epi16(both, 4), low);
#pragma GCC unroll 6
            for (int r = 0; r < n_rows; r++) {
                const int8_t *at = a + r * BLOCK_VALUES + q * QUAD_VALUES;
                __m256i *to = &pairs[p * n_rows + r];
                *to = _mm256_add_epi16(*to, _mm256_maddubs_epi16(first, quad_of(at)));
                *to = _mm256_add_epi16(*to, _mm256_maddubs_epi16(second, quad_of(at + BLOCK_VALUES / 2)));
            }
        }
    }
#pragma GCC unroll 8
    for (int i = 0; i < n_panels * n_rows; i++)
        dot[i] = _mm256_add_epi32(add_pairs(pairs[i]), _mm256_set1_epi32(corrections[i % n_rows]));
}

INLINE void block_tile(WeightFormat format, int n_panels, int n_rows, const TileRows *rows,
                       const uint8_t *panel, size_t panel_bytes, const TileOut *out)
{
    const size_t value_bytes = format == WEIGHT_Q8_0 ? 256 : 128, scale_bytes = VECTOR * sizeof(uint16_t);
    const int8_t *a = rows->values;
    const float *scales = rows->scales;
    const int32_t *corrections = rows->corrections;
    __m256 sum[SUMS_MAX];
#pragma GCC unroll 8
    for (int i = 0; i < n_panels * n_rows; i++) sum[i] = _mm256_setzero_ps();
    for (int pair = 0; pair < rows->n_blocks / 2; pair++) {
#pragma GCC unroll 2
        for (int half = 0; half < 2; half++) {
            const uint8_t *values = panel + 2 * scale_bytes + (size_t)half * value_bytes;
            __m256i dot[SUMS_MAX];
            fetch_panels(n_panels, values, value_bytes, panel_bytes);
            if (format == WEIGHT_Q8_0) {
                dot_block_q8(n_panels, n_rows, a, values, panel_bytes, dot);
            } else {
                dot_block_q4(n_panels, n_rows, a, corrections, values, panel_bytes, dot);
            }
#pragma GCC unroll 8
            for (int i = 0; i < n_panels * n_rows; i++) {
                const uint8_t *at = panel + (size_t)(i / n_rows) * panel_bytes + (size_t)half * scale_bytes;
                __m256 w_scale = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)at));
                __m256 scale = _mm256_mul_ps(w_scale, _mm256_broadcast_ss(scales + i % n_rows));
                sum[i] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot[i]), scale, sum[i]);
            }
            a += n_rows * BLOCK_VALUES;
            scales += n_rows;
            corrections += n_rows;
        }
        panel += 2 * (scale_bytes + value_bytes);
    }
#pragma GCC unroll 8
    for (int i = 0; i < n_panels * n_rows; i++) store_sums(out, i / n_rows, i % n_rows, sum[i]);
}

#define DEFINE_BLOCK_TILE(format, rows)                                                                      \
    static void tile_##format##_##rows(const PackedWeights *w, int panel, bool is_alone,                     \
                                       const TileRows *tile, const TileOut *out)                             \
    {                                                                                                        \
        const uint8_t *at = w->panels + (size_t)panel * w->panel_bytes;                                      \
        if (panels_for(rows) == 1 || is_alone)                                                               \
            block_tile(WEIGHT_##format, 1, rows, tile, at, w->panel_bytes, out);                             \
        else                                                                                                 \
            block_tile(WEIGHT_##format, panels_for(rows), rows, tile, at, w->panel_bytes, out);              \
    }
#define BLOCK_ROW_COUNTS(_) _(1) _(2) _(3) _(4) _(5) _(6)
DEFINE_BLOCK_TABLES(IntegerTileFn)

void gemm_q8_0_avx2(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                    size_t ldc, bool is_added)
{
    if (rows->m >= MANY) {
        gemm_signed_avx2(rows, w, panel_from, panel_to, c, ldc, is_added);
        return;
    }
    gemm_integer(tiles_q8, panels_for(rows->m), rows, w, panel_from, panel_to, c, ldc, is_added);
}

void gemm_q4_0_avx2(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                    size_t ldc, bool is_added)
{
    gemm_integer(tiles_q4, panels_for(rows->m), rows, w, panel_from, panel_to, c, ldc, is_added);
}
