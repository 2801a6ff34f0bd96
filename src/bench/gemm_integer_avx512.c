/* Products with INT8, Q8_0 and Q4_0 weights on AVX-512 VNNI.
 *
 * Layer: bench. vpdpbusd multiplies unsigned by signed bytes, so stored weights carry an offset (128 or 8);
 * the sum of the activations times minus the offset, computed when rows are packed, starts each accumulator
 * and takes it out again. Block formats hold one block of 16 outputs in eight registers and pass up to 16
 * rows over it: eight dot products, one conversion and two multiplications a row and block, so at most 0.8 of
 * the integer peak.
 */
#include "block_rows.h"
#include "tile_avx512.h"

enum { BLOCK_ROWS = 16, QUADS = 8, PANELS_AT_ONCE = 4 };

/* Both in assembler, because gcc 12 copies the accumulators of its builtin at every step, and spills them.
 * Where AVX-512 is emulated (tests/cross) it is the intrinsic all the same. Unsigned weights times signed
 * activations, four products a lane. */
INLINE __m512i dot_bytes(__m512i sum, __m512i w, __m512i a)
{
#ifdef __AVX512VNNI__
    __asm__("vpdpbusd %2, %1, %0" : "+v"(sum) : "v"(w), "v"(a));
    return sum;
#else
    return _mm512_dpbusd_epi32(sum, w, a);
#endif
}

/* The same with four activations for all lanes. */
INLINE __m512i dot_broadcast(__m512i sum, __m512i w, const int8_t *a)
{
#ifdef __AVX512VNNI__
    __asm__("vpdpbusd %2%{1to16%}, %1, %0" : "+v"(sum) : "v"(w), "m"(*(const int32_t *)(const void *)a));
    return sum;
#else
    return dot_bytes(sum, w, _mm512_set1_epi32(*(const int32_t *)(const void *)a));
#endif
}

/* The sixteen outputs of a block as eight vectors of four k each. */
INLINE void load_block(WeightFormat format, const uint8_t *values, __m512i w[QUADS])
{
    const __m512i low = _mm512_set1_epi8(0x0f);
    if (format == WEIGHT_Q8_0) {
#pragma GCC unroll 8
        for (int q = 0; q < QUADS; q++) w[q] = _mm512_loadu_si512(values + 64 * q);
        return;
    }
#pragma GCC unroll 4
    for (int q = 0; q < QUADS / 2; q++) {
        __m512i both = _mm512_loadu_si512(values + 64 * q);
        w[q] = _mm512_and_si512(both, low);
        w[q + QUADS / 2] = _mm512_and_si512(_mm512_srli_epi16(both, 4), low);
    }
}

/* Brings a half of a later pair of blocks nearer. Measured: one row of Q8_0, whose loads keep up with memory,
 * is served by one fetch into the first-level cache; few rows else by one into the second-level cache that
 * stays near; more rows need lines to be under way longer than the first-level cache can wait for them. */
INLINE void fetch_half(WeightFormat format, int n_rows, const uint8_t *pair, int half, size_t value_bytes)
{
    enum { FEW_ROWS_Q8 = 4, FEW_ROWS_Q4 = 2, FEW_AHEAD = 1152, ROW_AHEAD = 4608, STEP_AHEAD = 2176 };
    int few_rows = format == WEIGHT_Q8_0 ? FEW_ROWS_Q8 : FEW_ROWS_Q4;
    size_t half_bytes = LINE_BYTES + value_bytes, from = (size_t)half * half_bytes,
           to = half ? 2 * value_bytes + LINE_BYTES : half_bytes;
    for (size_t line = from; line < to; line += LINE_BYTES) {
        if (format == WEIGHT_Q8_0 && n_rows == 1) {
            _mm_prefetch((const char *)pair + ROW_AHEAD + line, _MM_HINT_T0);
        } else if (n_rows <= few_rows) {
            _mm_prefetch((const char *)pair + FEW_AHEAD + line, _MM_HINT_T1);
        } else {
            _mm_prefetch((const char *)pair + FETCH_FAR + line, _MM_HINT_T1);
            _mm_prefetch((const char *)pair + STEP_AHEAD + line, _MM_HINT_T0);
        }
    }
}

/* One tile: 16 outputs by n_rows rows over all of k. */
INLINE void block_tile(WeightFormat format, int n_rows, int n_blocks, const int8_t *a, const float *scales,
                       const int32_t *corrections, const uint8_t *panel, float *c, size_t ldc, __mmask16 mask,
                       bool is_added)
{
    const size_t value_bytes = format == WEIGHT_Q8_0 ? 512 : 256;
    __m512 sum[BLOCK_ROWS];
#pragma GCC unroll 16
    for (int r = 0; r < n_rows; r++) sum[r] = _mm512_setzero_ps();
    for (int pair = 0; pair < n_blocks / 2; pair++) {
#pragma GCC unroll 2
        for (int half = 0; half < 2; half++) {
            __m512i w[QUADS];
            const uint8_t *values = panel + 64 + (size_t)half * value_bytes;
            fetch_half(format, n_rows, panel, half, value_bytes);
            load_block(format, values, w);
            __m512 w_scale =
                _mm512_cvtph_ps(_mm256_loadu_si256((const __m256i *)(const void *)(panel + 32 * half)));
#pragma GCC unroll 16
            for (int r = 0; r < n_rows; r++) {
                __m512i dot = _mm512_set1_epi32(corrections[r]);
#pragma GCC unroll 8
                for (int q = 0; q < QUADS; q++) {
                    dot = dot_broadcast(dot, w[q], a + r * BLOCK_VALUES + 4 * q);
                }
                __m512 scale = _mm512_mul_ps(w_scale, _mm512_set1_ps(scales[r]));
                sum[r] = _mm512_fmadd_ps(_mm512_cvtepi32_ps(dot), scale, sum[r]);
            }
            a += n_rows * BLOCK_VALUES;
            scales += n_rows;
            corrections += n_rows;
        }
        panel += 64 + 2 * value_bytes;
    }
#pragma GCC unroll 16
    for (int r = 0; r < n_rows; r++) {
        float *out = c + (size_t)r * ldc;
        __m512 value = sum[r];
        if (is_added) value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(mask, out));
        _mm512_mask_storeu_ps(out, mask, value);
    }
}

typedef void (*BlockTileFn)(int n_blocks, const int8_t *a, const float *scales, const int32_t *corrections,
                            const uint8_t *panel, float *c, size_t ldc, __mmask16 mask, bool is_added);

#define BLOCK_ROW_COUNTS(_)                                                                                  \
    _(1) _(2) _(3) _(4) _(5) _(6) _(7) _(8) _(9) _(10) _(11) _(12) _(13) _(14) _(15) _(16)
#define DEFINE_BLOCK_TILE(format, rows)                                                                      \
    static void tile_##format##_##rows(int n_blocks, const int8_t *a, const float *scales,                   \
                                       const int32_t *corrections, const uint8_t *panel, float *c,           \
                                       size_t ldc, __mmask16 mask, bool is_added)                            \
    {                                                                                                        \
        block_tile(WEIGHT_##format, rows, n_blocks, a, scales, corrections, panel, c, ldc, mask, is_added);  \
    }
DEFINE_BLOCK_TABLES(BlockTileFn)

static void gemm_blocks(const BlockTileFn *tiles, const PackedRows *rows, const PackedWeights *w,
                        int panel_from, int panel_to, float *c, size_t ldc, bool is_added)
{
    for (int p = panel_from; p < panel_to; p++) {
        int left = w->n - p * VECTOR;
        __mmask16 mask = (__mmask16)(left >= VECTOR ? 0xffff : (1 << left) - 1);
        for (int t = 0; t < rows->n_tiles; t++) {
            int first = tile_row(rows, t), n_rows = tile_row(rows, t + 1) - first;
            size_t meta = (size_t)first * (size_t)rows->n_blocks;
            tiles[n_rows](
                rows->n_blocks, (const int8_t *)rows->values + (size_t)first * (size_t)rows->k_padded,
                rows->scales + meta, rows->corrections + meta, w->panels + (size_t)p * w->panel_bytes,
                c + (size_t)first * ldc + (size_t)p * VECTOR, ldc, mask, is_added);
        }
    }
}

void gemm_q8_0_avx512(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                      size_t ldc, bool is_added)
{
    gemm_blocks(tiles_q8, rows, w, panel_from, panel_to, c, ldc, is_added);
}

void gemm_q4_0_avx512(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                      size_t ldc, bool is_added)
{
    gemm_blocks(tiles_q4, rows, w, panel_from, panel_to, c, ldc, is_added);
}

/* INT8: the tile of 12 rows by 32 outputs, integers over all of k, scaled once at the end. `fetch` as in
 * tile_run. */
INLINE void int8_steps(int n_rows, long steps, const int32_t *a, const uint8_t *b, Fetch fetch,
                       __m512i sum[TILE_ROWS][2])
{
    for (long s = 0; s < steps; s++) {
        __m512i b0 = _mm512_loadu_si512(b), b1 = _mm512_loadu_si512(b + LINE_BYTES);
        if (fetch.at) {
            fetch_lines(&fetch);
            fetch.at += 2 * LINE_BYTES;
        }
#pragma GCC unroll 12
        for (int r = 0; r < n_rows; r++) {
            __m512i value = _mm512_set1_epi32(a[r]);
            sum[r][0] = dot_bytes(sum[r][0], b0, value);
            sum[r][1] = dot_bytes(sum[r][1], b1, value);
        }
        a += n_rows;
        b += 2 * LINE_BYTES;
    }
}

INLINE void int8_tile(int n_rows, long steps, const int32_t *a, const uint8_t *b, Fetch fetch,
                      const float *row_scales, const int32_t *corrections, const float *column_scales,
                      float *c, size_t ldc, int n_columns, bool is_added)
{
    __m512i sum[TILE_ROWS][2];
#pragma GCC unroll 12
    for (int r = 0; r < n_rows; r++) sum[r][0] = sum[r][1] = _mm512_set1_epi32(corrections[r]);
    if (fetch.at) {
        int8_steps(n_rows, steps, a, b, fetch, sum);
    } else {
        int8_steps(n_rows, steps, a, b, (Fetch){NULL, 0}, sum);
    }
    for (int j = 0; j < 2; j++) {
        int left = n_columns - j * VECTOR;
        __mmask16 mask = (__mmask16)(left >= VECTOR ? 0xffff : left <= 0 ? 0 : (1 << left) - 1);
        __m512 scale = _mm512_loadu_ps(column_scales + j * VECTOR);
#pragma GCC unroll 12
        for (int r = 0; r < n_rows; r++) {
            float *out = c + (size_t)r * ldc + j * VECTOR;
            __m512 value = _mm512_mul_ps(_mm512_cvtepi32_ps(sum[r][j]),
                                         _mm512_mul_ps(scale, _mm512_set1_ps(row_scales[r])));
            if (is_added) value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(mask, out));
            _mm512_mask_storeu_ps(out, mask, value);
        }
    }
}

typedef void (*Int8TileFn)(long steps, const int32_t *a, const uint8_t *b, Fetch fetch,
                           const float *row_scales, const int32_t *corrections, const float *column_scales,
                           float *c, size_t ldc, int n_columns, bool is_added);

#define INT8_ROW_COUNTS(_) _(1) _(2) _(3) _(4) _(5) _(6) _(7) _(8) _(9) _(10) _(11) _(12)
#define DEFINE_INT8(rows)                                                                                    \
    static void tile_int8_##rows(long steps, const int32_t *a, const uint8_t *b, Fetch fetch,                \
                                 const float *row_scales, const int32_t *corrections,                        \
                                 const float *column_scales, float *c, size_t ldc, int n_columns,            \
                                 bool is_added)                                                              \
    {                                                                                                        \
        int8_tile(rows, steps, a, b, fetch, row_scales, corrections, column_scales, c, ldc, n_columns,       \
                  is_added);                                                                                 \
    }
INT8_ROW_COUNTS(DEFINE_INT8)
#define ENTRY_INT8(rows) [rows] = tile_int8_##rows,
static const Int8TileFn tiles_int8[TILE_ROWS + 1] = {INT8_ROW_COUNTS(ENTRY_INT8)};

/* A few panels at once pass by each tile of rows while it is in the first-level cache. */
static void int8_panels(const PackedRows *rows, const PackedWeights *w, int panel, int n_panels, float *c,
                        size_t ldc, bool is_added)
{
    enum { FEW_ROWS = 4 };
    long steps = w->k_padded / w->layout.kg;
    for (int t = 0; t < rows->n_tiles; t++) {
        int first = tile_row(rows, t), n_rows = tile_row(rows, t + 1) - first;
        const int32_t *a = (const int32_t *)rows->values + (size_t)first * (size_t)steps;
        for (int p = panel; p < panel + n_panels; p++) {
            const uint8_t *b = w->panels + (size_t)p * w->panel_bytes;
            Fetch fetch = fetch_shared(t, b + (size_t)n_panels * w->panel_bytes);
            if (rows->n_tiles == 1)
                fetch = (Fetch){b + (n_rows <= FEW_ROWS ? FETCH_NEAR : FETCH_FAR), LINE_BYTES};
            tiles_int8[n_rows](steps, a, b, fetch, rows->scales + first, rows->corrections + first,
                               w->scales + (size_t)p * TILE_COLUMNS,
                               c + (size_t)first * ldc + (size_t)p * TILE_COLUMNS, ldc,
                               w->n - p * TILE_COLUMNS, is_added);
        }
    }
}

void gemm_int8_avx512(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                      size_t ldc, bool is_added)
{
    int at_once = rows->n_tiles > 1 ? PANELS_AT_ONCE : 1;
    for (int p = panel_from; p < panel_to; p += at_once)
        int8_panels(rows, w, p, panel_to - p < at_once ? panel_to - p : at_once, c, ldc, is_added);
}
