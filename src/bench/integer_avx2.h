/* What the AVX2 kernels of the integer formats share: products of signed bytes, tiles, the walk over panels.
 *
 * Layer: bench (private to gemm_int8_avx2.c and gemm_block_avx2.c). maddubs multiplies unsigned by signed
 * bytes and adds two products in 16 bits. Signed weights go in as magnitudes, with their sign moved to the
 * activation, which keeps every pair within 2 x 127 x 127. An offset instead of the sign would save one
 * operation in four and saturate.
 *
 * Tiles are one vector of eight outputs by several rows. A single tile of few rows takes several panels side
 * by side: one thread draws a third more from memory through four streams than through one (Zen 3).
 */
#ifndef TOKENTCO_BENCH_INTEGER_AVX2_H
#define TOKENTCO_BENCH_INTEGER_AVX2_H

#include "tile_avx2.h"

enum { QUAD_VALUES = 4, SUMS_MAX = 8, FETCH_AHEAD = 2048, PAIR_AHEAD = 512 };

INLINE __m256i load_integers(const uint8_t *at)
{
    return _mm256_loadu_si256((const __m256i *)(const void *)at);
}

/* Four activations for all lanes. */
INLINE __m256i quad_of(const int8_t *a)
{
    return _mm256_set1_epi32(*(const int32_t *)(const void *)a);
}

/* Two neighbouring 16-bit sums of each lane as one of 32 bits. */
INLINE __m256i add_pairs(__m256i pairs)
{
    return _mm256_madd_epi16(pairs, _mm256_set1_epi16(1));
}

/* Eight outputs' sums of four products each, of signed weights and their magnitudes. */
INLINE __m256i dot_signed(__m256i sum, __m256i w, __m256i magnitude, const int8_t *a)
{
    __m256i pairs = _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(quad_of(a), w));
    return _mm256_add_epi32(sum, add_pairs(pairs));
}

/* Brings what lies a little later in each panel nearer; four streams leave that to the hardware. */
INLINE void fetch_panels(int n_panels, const uint8_t *values, size_t n_bytes, size_t panel_bytes)
{
    const size_t ahead = n_panels == 1 ? FETCH_AHEAD : PAIR_AHEAD;
    if (n_panels == READ_STREAMS) return;
    for (int p = 0; p < n_panels; p++) {
        for (size_t line = 0; line < n_bytes; line += LINE_BYTES)
            _mm_prefetch((const char *)values + (size_t)p * panel_bytes + ahead + line, _MM_HINT_T0);
    }
}

/* Where a tile's columns go: those of panel p begin at c + p * VECTOR. */
typedef struct TileOut {
    float *c;
    size_t ldc;
    int n_columns; /* from the first panel's first to the matrix's last */
    bool is_added;
} TileOut;

INLINE void store_sums(const TileOut *out, int panel, int row, __m256 value)
{
    if (out->n_columns > panel * VECTOR)
        store_columns(value, out->c + (size_t)row * out->ldc + panel * VECTOR,
                      out->n_columns - panel * VECTOR, out->is_added);
}

/* The rows of one tile, as kernel.h lays them out. */
typedef struct TileRows {
    const int8_t *values;
    const float *scales;
    const int32_t *corrections;
    int n_blocks;
} TileRows;

/* One tile times `panel` alone, or times those that are taken side by side. */
typedef void (*IntegerTileFn)(const PackedWeights *w, int panel, bool is_alone, const TileRows *rows,
                              const TileOut *out);

/* All rows times panels [panel_from, panel_to); `side_by_side` of them at once where there is but one tile.
 */
INLINE void gemm_integer(const IntegerTileFn *tiles, int side_by_side, const PackedRows *rows,
                         const PackedWeights *w, int panel_from, int panel_to, float *c, size_t ldc,
                         bool is_added)
{
    int together = rows->n_tiles == 1 ? side_by_side : 1;
    for (int p = panel_from, next; p < panel_to; p = next) {
        bool is_alone = together == 1 || panel_to - p < together;
        next = p + (is_alone ? 1 : together);
        for (int t = 0; t < rows->n_tiles; t++) {
            int first = tile_row(rows, t), n_rows = tile_row(rows, t + 1) - first;
            size_t meta = (size_t)first * (size_t)rows->n_blocks;
            const TileRows tile = {(const int8_t *)rows->values + (size_t)first * (size_t)rows->k_padded,
                                   rows->scales + meta, rows->corrections + meta, rows->n_blocks};
            const TileOut out = {c + (size_t)first * ldc + (size_t)p * VECTOR, ldc, w->n - p * VECTOR,
                                 is_added};
            tiles[n_rows](w, p, is_alone, &tile, &out);
        }
    }
}

#endif
