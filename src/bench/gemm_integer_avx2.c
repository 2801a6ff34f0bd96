/* Products with INT8, Q8_0 and Q4_0 weights on AVX2.
 *
 * Layer: bench. maddubs multiplies unsigned by signed bytes and adds two products in 16 bits. Signed weights
 * go in as magnitudes, with their sign moved to the activation, which keeps every pair within 2 x 127 x 127:
 * it fits, but nothing can be added to it in 16 bits. Nibbles can: a whole block of 32 products of at most
 * 15 x 127 each is eight pairs a lane, 30480, so Q4_0 widens to 32 bits once a block; the offset of 8 is
 * taken out there.
 *
 * Tiles are one vector of eight outputs by several rows. A single tile of few rows takes several panels side
 * by side: one thread draws a third more from memory through four streams than through one (Zen 3).
 */
#include "tile_avx2.h"

enum { QUADS = 8, QUAD_VALUES = 4, SUMS_MAX = 8, FETCH_AHEAD = 2048, PAIR_AHEAD = 512 };

/* Panels that are taken side by side when there is but one tile: as measured. Blocks of more rows compute too
 * long for streams to matter. */
INLINE int panels_for(WeightFormat format, int n_rows)
{
    enum { FEW_ROWS_INT8 = 3 };
    if (n_rows == 1) return READ_STREAMS;
    return format == WEIGHT_INT8 && n_rows <= FEW_ROWS_INT8 ? 2 : 1;
}

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
    store_columns(value, out->c + (size_t)row * out->ldc + panel * VECTOR, out->n_columns - panel * VECTOR,
                  out->is_added);
}

/* The rows of one tile, as kernel.h lays them out. */
typedef struct TileRows {
    const int8_t *values;
    const float *scales;
    const int32_t *corrections;
    int n_blocks;
} TileRows;

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

/* INT8: integers over all of k, scaled once at the end. */
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

/* One tile times `panel` alone, or times as many as panels_for says. */
typedef void (*IntegerTileFn)(const PackedWeights *w, int panel, bool is_alone, const TileRows *rows,
                              const TileOut *out);

#define DEFINE_BLOCK_TILE(format, rows)                                                                      \
    static void tile_##format##_##rows(const PackedWeights *w, int panel, bool is_alone,                     \
                                       const TileRows *tile, const TileOut *out)                             \
    {                                                                                                        \
        const uint8_t *at = w->panels + (size_t)panel * w->panel_bytes;                                      \
        if (panels_for(WEIGHT_##format, rows) == 1 || is_alone)                                              \
            block_tile(WEIGHT_##format, 1, rows, tile, at, w->panel_bytes, out);                             \
        else                                                                                                 \
            block_tile(WEIGHT_##format, panels_for(WEIGHT_##format, rows), rows, tile, at, w->panel_bytes,   \
                       out);                                                                                 \
    }
#define DEFINE_INT8(rows)                                                                                    \
    static void tile_INT8_##rows(const PackedWeights *w, int panel, bool is_alone, const TileRows *tile,     \
                                 const TileOut *out)                                                         \
    {                                                                                                        \
        const uint8_t *at = w->panels + (size_t)panel * w->panel_bytes;                                      \
        const float *scales = w->scales + (size_t)panel * VECTOR;                                            \
        long steps = w->k_padded / QUAD_VALUES;                                                              \
        if (panels_for(WEIGHT_INT8, rows) == 1 || is_alone)                                                  \
            int8_tile(1, rows, steps, tile, at, w->panel_bytes, scales, out);                                \
        else                                                                                                 \
            int8_tile(panels_for(WEIGHT_INT8, rows), rows, steps, tile, at, w->panel_bytes, scales, out);    \
    }
#define BLOCK_ROW_COUNTS(_) _(1) _(2) _(3) _(4) _(5) _(6)
#define INT8_ROW_COUNTS(_)  BLOCK_ROW_COUNTS(_) _(7) _(8)
#define DEFINE_Q8(rows)     DEFINE_BLOCK_TILE(Q8_0, rows)
#define DEFINE_Q4(rows)     DEFINE_BLOCK_TILE(Q4_0, rows)
BLOCK_ROW_COUNTS(DEFINE_Q8)
BLOCK_ROW_COUNTS(DEFINE_Q4)
INT8_ROW_COUNTS(DEFINE_INT8)
#define ENTRY_Q8(rows)   [rows] = tile_Q8_0_##rows,
#define ENTRY_Q4(rows)   [rows] = tile_Q4_0_##rows,
#define ENTRY_INT8(rows) [rows] = tile_INT8_##rows,
static const IntegerTileFn tiles_q8[BLOCK_ROWS + 1] = {BLOCK_ROW_COUNTS(ENTRY_Q8)};
static const IntegerTileFn tiles_q4[BLOCK_ROWS + 1] = {BLOCK_ROW_COUNTS(ENTRY_Q4)};
static const IntegerTileFn tiles_int8[INT8_ROWS + 1] = {INT8_ROW_COUNTS(ENTRY_INT8)};

static void gemm_integer(const IntegerTileFn *tiles, const PackedRows *rows, const PackedWeights *w,
                         int panel_from, int panel_to, float *c, size_t ldc, bool is_added)
{
    int together = rows->n_tiles == 1 ? panels_for(w->format, rows->m) : 1;
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

void gemm_q8_0_avx2(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                    size_t ldc, bool is_added)
{
    gemm_integer(tiles_q8, rows, w, panel_from, panel_to, c, ldc, is_added);
}

void gemm_q4_0_avx2(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                    size_t ldc, bool is_added)
{
    gemm_integer(tiles_q4, rows, w, panel_from, panel_to, c, ldc, is_added);
}

void gemm_int8_avx2(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                    size_t ldc, bool is_added)
{
    gemm_integer(tiles_int8, rows, w, panel_from, panel_to, c, ldc, is_added);
}
