/* Products of signed bytes on AVX2 for many rows: INT8 and Q8_0.
 *
 * Layer: bench. maddubs wants unsigned by signed bytes. Where a weight w is negative, the activation a
 * becomes ~a = -a - 1, so that |w| * ~a = w * a - |w|: an exclusive-or, which all four vector units of Zen 3
 * can do, in place of a sign, which two of them can move. What is left out, the sum of |w| over negative
 * weights, is the same for all rows. So two panels' magnitudes, masks and these sums are laid open once for a
 * sliver that the first-level cache holds while all row tiles pass, and the next sliver is fetched meanwhile.
 * No pair leaves 16 bits: 2 x 128 x 127 = 32512, and 2 x 128 x -128 = -32768.
 */
#include "integer_avx2.h"

enum { QUADS = BLOCK_VALUES / QUAD_VALUES, SLIVER_BLOCKS = 16, SLIVER_QUADS = SLIVER_BLOCKS * QUADS };
enum { VALUE_BYTES = QUADS * sizeof(__m256i), SCALE_BYTES = VECTOR * sizeof(uint16_t) }; /* of a block */
enum { WIDE = 2 }; /* panels side by side */

/* Four weights of each output: magnitudes, and masks that are all ones where the weight is negative. */
typedef struct OpenQuad {
    __m256i magnitude[WIDE], mask[WIDE];
} OpenQuad;

/* Two panels' sliver laid open. INT8 has one scale and one missing sum, the first. */
typedef struct Sliver {
    OpenQuad quads[SLIVER_QUADS];
    __m256i missing[SLIVER_BLOCKS][WIDE]; /* sums of |w| over negative weights */
    __m256 scales[SLIVER_BLOCKS][WIDE];
    int n_quads;
    const uint8_t *next[WIDE]; /* what follows in memory */
    size_t quad_bytes;
} Sliver;

/* ---- laying open ---- */

/* At most a block of one panel; returns what the exclusive-or leaves out. */
INLINE __m256i open_quads(const uint8_t *values, int n_quads, int side, OpenQuad *to)
{
    const __m256i zero = _mm256_setzero_si256();
    __m256i pairs = zero;
#pragma GCC unroll 8
    for (int q = 0; q < n_quads; q++) {
        __m256i w = load_integers(values + (size_t)q * sizeof(__m256i)), magnitude = _mm256_abs_epi8(w),
                mask = _mm256_cmpgt_epi8(zero, w);
        to[q].magnitude[side] = magnitude;
        to[q].mask[side] = mask;
        pairs = _mm256_sub_epi16(pairs, _mm256_maddubs_epi16(magnitude, mask));
    }
    return add_pairs(pairs);
}

static void open_int8(const uint8_t *values, const float *column_scales, int side, Sliver *to)
{
    const int whole = to->n_quads / QUADS * QUADS;
    __m256i missing =
        open_quads(values + (size_t)whole * sizeof(__m256i), to->n_quads - whole, side, to->quads + whole);
    for (int q = 0; q < whole; q += QUADS)
        missing = _mm256_add_epi32(
            missing, open_quads(values + (size_t)q * sizeof(__m256i), QUADS, side, to->quads + q));
    to->missing[0][side] = missing;
    to->scales[0][side] = _mm256_loadu_ps(column_scales);
}

static void open_q8_0(const uint8_t *pairs, int side, Sliver *to)
{
    for (int b = 0; b < to->n_quads / QUADS; b++) {
        const uint8_t *pair = pairs + (size_t)(b / 2) * 2 * (SCALE_BYTES + VALUE_BYTES),
                      *scales = pair + b % 2 * SCALE_BYTES,
                      *values = pair + 2 * SCALE_BYTES + b % 2 * VALUE_BYTES;
        to->missing[b][side] = open_quads(values, QUADS, side, to->quads + b * QUADS);
        to->scales[b][side] = _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)scales));
    }
}

/* ---- tiles ---- */

/* Adds an open quad's products; `a` holds four activations of each row, `stride` bytes apart. */
INLINE void add_quad(int n_rows, const OpenQuad *quad, const int8_t *a, int stride,
                     __m256i dot[MANY_ROWS][WIDE])
{
    const __m256i magnitude[WIDE] = {quad->magnitude[0], quad->magnitude[1]};
#pragma GCC unroll 5
    for (int r = 0; r < n_rows; r++) {
        const __m256i values = quad_of(a + r * stride);
#pragma GCC unroll 2
        for (int j = 0; j < WIDE; j++) {
            /* From memory: the compiler would load both masks into registers, which the sums need. */
            __m256i moved;
            __asm__("vpxor %2, %1, %0" : "=x"(moved) : "x"(values), "m"(quad->mask[j]));
            dot[r][j] = _mm256_add_epi32(dot[r][j], add_pairs(_mm256_maddubs_epi16(magnitude[j], moved)));
        }
    }
}

INLINE void fetch_next(const Sliver *s, int quad, bool is_first)
{
    const size_t at = (size_t)quad * (is_first ? s->quad_bytes : 0);
    for (int j = 0; j < WIDE; j++) _mm_prefetch((const char *)s->next[j] + at, _MM_HINT_T1);
}

INLINE void start_sums(int n_rows, const __m256i missing[WIDE], __m256i dot[MANY_ROWS][WIDE])
{
#pragma GCC unroll 5
    for (int r = 0; r < n_rows; r++) dot[r][0] = missing[0], dot[r][1] = missing[1];
}

INLINE void int8_tile(int n_rows, const Sliver *s, bool is_first, const int8_t *a, const float *row_scales,
                      const TileOut *out)
{
    __m256i dot[MANY_ROWS][WIDE];
    start_sums(n_rows, s->missing[0], dot);
    for (int q = 0; q < s->n_quads; q++, a += n_rows * QUAD_VALUES) {
        fetch_next(s, q, is_first);
        add_quad(n_rows, &s->quads[q], a, QUAD_VALUES, dot);
    }
#pragma GCC unroll 5
    for (int r = 0; r < n_rows; r++) {
#pragma GCC unroll 2
        for (int j = 0; j < WIDE; j++) {
            __m256 scale = _mm256_mul_ps(s->scales[0][j], _mm256_broadcast_ss(row_scales + r));
            store_sums(out, j, r, _mm256_mul_ps(_mm256_cvtepi32_ps(dot[r][j]), scale));
        }
    }
}

INLINE void q8_0_tile(int n_rows, const Sliver *s, bool is_first, const int8_t *a, const float *row_scales,
                      const TileOut *out)
{
    __m256 sum[MANY_ROWS][WIDE];
#pragma GCC unroll 5
    for (int r = 0; r < n_rows; r++) sum[r][0] = sum[r][1] = _mm256_setzero_ps();
    for (int b = 0; b < s->n_quads / QUADS; b++, a += n_rows * BLOCK_VALUES, row_scales += n_rows) {
        __m256i dot[MANY_ROWS][WIDE];
        start_sums(n_rows, s->missing[b], dot);
        for (int q = 0; q < QUADS; q++) {
            fetch_next(s, b * QUADS + q, is_first);
            add_quad(n_rows, &s->quads[b * QUADS + q], a + q * QUAD_VALUES, BLOCK_VALUES, dot);
        }
#pragma GCC unroll 5
        for (int r = 0; r < n_rows; r++) {
#pragma GCC unroll 2
            for (int j = 0; j < WIDE; j++) {
                __m256 scale = _mm256_mul_ps(s->scales[b][j], _mm256_broadcast_ss(row_scales + r));
                sum[r][j] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot[r][j]), scale, sum[r][j]);
            }
        }
    }
#pragma GCC unroll 5
    for (int r = 0; r < n_rows; r++) store_sums(out, 0, r, sum[r][0]), store_sums(out, 1, r, sum[r][1]);
}

typedef void (*SignedTileFn)(const Sliver *s, bool is_first, const int8_t *a, const float *row_scales,
                             const TileOut *out);

#define ROW_COUNTS(_) _(1) _(2) _(3) _(4) _(5)
#define DEFINE_TILES(rows)                                                                                   \
    static void tile_int8_##rows(const Sliver *s, bool is_first, const int8_t *a, const float *row_scales,   \
                                 const TileOut *out)                                                         \
    {                                                                                                        \
        int8_tile(rows, s, is_first, a, row_scales, out);                                                    \
    }                                                                                                        \
    static void tile_q8_0_##rows(const Sliver *s, bool is_first, const int8_t *a, const float *row_scales,   \
                                 const TileOut *out)                                                         \
    {                                                                                                        \
        q8_0_tile(rows, s, is_first, a, row_scales, out);                                                    \
    }
ROW_COUNTS(DEFINE_TILES)
#define ENTRY_INT8(rows) [rows] = tile_int8_##rows,
#define ENTRY_Q8_0(rows) [rows] = tile_q8_0_##rows,
static const SignedTileFn tiles_int8[MANY_ROWS + 1] = {ROW_COUNTS(ENTRY_INT8)},
                                                 tiles_q8_0[MANY_ROWS + 1] = {ROW_COUNTS(ENTRY_Q8_0)};

/* ---- the walk ---- */

/* Lays quads [from, ...) of `panel` and the next open; a panel that is alone stands on both sides. */
static void open_sliver(const PackedWeights *w, int panel, bool is_alone, int from, Sliver *to)
{
    const int left = w->k_padded / QUAD_VALUES - from;
    to->n_quads = left < SLIVER_QUADS ? left : SLIVER_QUADS;
    to->quad_bytes = (w->format == WEIGHT_Q8_0 ? VALUE_BYTES + SCALE_BYTES : VALUE_BYTES) / QUADS;
    for (int side = 0; side < WIDE; side++) {
        int p = is_alone ? panel : panel + side;
        const uint8_t *at = w->panels + (size_t)p * w->panel_bytes + (size_t)from * to->quad_bytes;
        if (w->format == WEIGHT_Q8_0) {
            open_q8_0(at, side, to);
        } else {
            open_int8(at, w->scales + (size_t)p * VECTOR, side, to);
        }
        to->next[side] = at + (size_t)to->n_quads * to->quad_bytes;
    }
}

static void run_tiles(const PackedRows *rows, bool is_block, int from, const Sliver *sliver, TileOut out)
{
    const SignedTileFn *tiles = is_block ? tiles_q8_0 : tiles_int8;
    float *c = out.c;
    for (int t = 0; t < rows->n_tiles; t++) {
        size_t first = (size_t)tile_row(rows, t), n_rows = (size_t)tile_row(rows, t + 1) - first;
        const int8_t *a = (const int8_t *)rows->values + first * (size_t)rows->k_padded +
                          (size_t)from * QUAD_VALUES * n_rows;
        const float *scales = rows->scales + first * (size_t)rows->n_blocks;
        if (is_block) scales += (size_t)(from / QUADS) * n_rows;
        out.c = c + first * out.ldc;
        tiles[n_rows](sliver, t == 0, a, scales, &out);
    }
}

void gemm_signed_avx2(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                      size_t ldc, bool is_added)
{
    Sliver sliver;
    for (int p = panel_from; p < panel_to; p += WIDE) {
        bool is_alone = p + 1 == panel_to;
        TileOut out = {c + (size_t)p * VECTOR, ldc, w->n - p * VECTOR, is_added};
        if (is_alone && out.n_columns > VECTOR) out.n_columns = VECTOR;
        for (int from = 0; from < w->k_padded / QUAD_VALUES; from += SLIVER_QUADS) {
            open_sliver(w, p, is_alone, from, &sliver);
            out.is_added = is_added || from > 0;
            run_tiles(rows, w->format == WEIGHT_Q8_0, from, &sliver, out);
        }
    }
}
