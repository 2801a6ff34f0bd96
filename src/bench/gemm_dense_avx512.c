/* Products with f32, f16 and bf16 weights on AVX-512.
 *
 * Layer: bench. Goto's scheme with the roles of a small M: a sliver of one weight panel (32 outputs by up to
 * SLIVER_STEPS steps, at most 64 KiB) stays in the second-level cache while all row tiles pass over it; the
 * next sliver is fetched meanwhile. Weights therefore leave memory once, whatever M is.
 */
#include "tile_avx512.h"

enum { SLIVER_STEPS = 512, ALONE_AHEAD = 2048 };

/* Prefetching distance when a single tile reads the panel, else the sliver that comes next. */
typedef void (*DenseTileFn)(long steps, const float *a, const uint8_t *b, long ahead, float *c, size_t ldc,
                            int n_columns, bool is_added);

INLINE void store_tile(int n_rows, __m512 sum[TILE_ROWS][2], float *c, size_t ldc, int n_columns,
                       bool is_added)
{
    __mmask16 mask[2];
    for (int j = 0; j < 2; j++) {
        int left = n_columns - j * VECTOR;
        mask[j] = (__mmask16)(left >= VECTOR ? 0xffff : left <= 0 ? 0 : (1 << left) - 1);
    }
#pragma GCC unroll 12
    for (int r = 0; r < n_rows; r++) {
        for (int j = 0; j < 2; j++) {
            float *out = c + (size_t)r * ldc + j * VECTOR;
            __m512 value = sum[r][j];
            if (is_added) value = _mm512_add_ps(value, _mm512_maskz_loadu_ps(mask[j], out));
            _mm512_mask_storeu_ps(out, mask[j], value);
        }
    }
}

INLINE void dense_tile(TileKind kind, int n_rows, long steps, const float *a, const uint8_t *b, long ahead,
                       float *c, size_t ldc, int n_columns, bool is_added)
{
    __m512 sum[TILE_ROWS][2];
#pragma GCC unroll 12
    for (int r = 0; r < n_rows; r++) sum[r][0] = sum[r][1] = _mm512_setzero_ps();
    if (ahead) {
        tile_run(kind, n_rows, 1, n_rows, steps, a, b, ahead, sum);
    } else {
        tile_run(kind, n_rows, 1, n_rows, steps, a, b, 0, sum);
    }
    store_tile(n_rows, sum, c, ldc, n_columns, is_added);
}

/* One row: four independent sums a vector, because a single chain would wait for the multiply-add latency. */
INLINE void dense_row(TileKind kind, long steps, const float *a, const uint8_t *b, float *c, int n_columns,
                      bool is_added)
{
    enum { CHAINS = 4 };
    size_t bytes = tile_vector_bytes(kind);
    __m512 chain[CHAINS][2], sum[TILE_ROWS][2];
#pragma GCC unroll 4
    for (int i = 0; i < CHAINS; i++) chain[i][0] = chain[i][1] = _mm512_setzero_ps();
    long s = 0;
    for (; s + CHAINS <= steps; s += CHAINS) {
#pragma GCC unroll 4
        for (int i = 0; i < CHAINS; i++) {
            __m512 value = _mm512_set1_ps(a[s + i]);
            _mm_prefetch((const char *)b + ALONE_AHEAD, _MM_HINT_T0);
            if (bytes == 64) _mm_prefetch((const char *)b + ALONE_AHEAD + 64, _MM_HINT_T0);
            chain[i][0] = tile_multiply(kind, chain[i][0], value, tile_load(kind, b));
            chain[i][1] = tile_multiply(kind, chain[i][1], value, tile_load(kind, b + bytes));
            b += 2 * bytes;
        }
    }
    for (int j = 0; j < 2; j++) {
        sum[0][j] =
            _mm512_add_ps(_mm512_add_ps(chain[0][j], chain[1][j]), _mm512_add_ps(chain[2][j], chain[3][j]));
    }
    tile_run(kind, 1, 1, 1, steps - s, a + s, b, 0, sum);
    store_tile(1, sum, c, 0, n_columns, is_added);
}

#define ROW_COUNTS(_) _(2) _(3) _(4) _(5) _(6) _(7) _(8) _(9) _(10) _(11) _(12)

#define DEFINE_DENSE_TILE(kind, rows)                                                                        \
    static void tile_##kind##_##rows(long steps, const float *a, const uint8_t *b, long ahead, float *c,     \
                                     size_t ldc, int n_columns, bool is_added)                               \
    {                                                                                                        \
        dense_tile(kind, rows, steps, a, b, ahead, c, ldc, n_columns, is_added);                             \
    }
#define DEFINE_DENSE_ROW(kind)                                                                               \
    static void tile_##kind##_1(long steps, const float *a, const uint8_t *b, long ahead, float *c,          \
                                size_t ldc, int n_columns, bool is_added)                                    \
    {                                                                                                        \
        (void)ahead, (void)ldc;                                                                              \
        dense_row(kind, steps, a, b, c, n_columns, is_added);                                                \
    }
#define DENSE_ENTRY(kind, rows) [rows] = tile_##kind##_##rows,

#define DEFINE_F32(rows)        DEFINE_DENSE_TILE(TILE_F32, rows)
#define DEFINE_F16(rows)        DEFINE_DENSE_TILE(TILE_F16, rows)
#define DEFINE_PAIR(rows)       DEFINE_DENSE_TILE(TILE_BF16_PAIR, rows)
ROW_COUNTS(DEFINE_F32)
ROW_COUNTS(DEFINE_F16)
ROW_COUNTS(DEFINE_PAIR)
DEFINE_DENSE_ROW(TILE_F32)
DEFINE_DENSE_ROW(TILE_F16)
DEFINE_DENSE_ROW(TILE_BF16_PAIR)

#define ENTRY_F32(rows)  DENSE_ENTRY(TILE_F32, rows)
#define ENTRY_F16(rows)  DENSE_ENTRY(TILE_F16, rows)
#define ENTRY_PAIR(rows) DENSE_ENTRY(TILE_BF16_PAIR, rows)
static const DenseTileFn tiles_f32[TILE_ROWS + 1] = {ENTRY_F32(1) ROW_COUNTS(ENTRY_F32)};
static const DenseTileFn tiles_f16[TILE_ROWS + 1] = {ENTRY_F16(1) ROW_COUNTS(ENTRY_F16)};
static const DenseTileFn tiles_pair[TILE_ROWS + 1] = {ENTRY_PAIR(1) ROW_COUNTS(ENTRY_PAIR)};

static void gemm_dense(const DenseTileFn *tiles, size_t step_bytes, const PackedRows *rows,
                       const PackedWeights *w, int panel_from, int panel_to, float *c, size_t ldc,
                       bool is_added)
{
    long all_steps = w->k_padded / w->layout.kg, sliver = rows->n_tiles > 1 ? SLIVER_STEPS : all_steps;
    for (int p = panel_from; p < panel_to; p++) {
        const uint8_t *panel = w->panels + (size_t)p * w->panel_bytes;
        float *columns = c + (size_t)p * TILE_COLUMNS;
        int n_columns = w->n - p * TILE_COLUMNS;
        for (long from = 0; from < all_steps; from += sliver) {
            long steps = all_steps - from < sliver ? all_steps - from : sliver;
            for (int t = 0; t < rows->n_tiles; t++) {
                int first = tile_row(rows, t), n_rows = tile_row(rows, t + 1) - first;
                const float *a =
                    (const float *)rows->values + (size_t)first * (size_t)all_steps + n_rows * from;
                long ahead = rows->n_tiles == 1 ? ALONE_AHEAD : t == 0 ? sliver * (long)step_bytes : 0;
                tiles[n_rows](steps, a, panel + (size_t)from * step_bytes, ahead,
                              columns + (size_t)first * ldc, ldc, n_columns, is_added || from > 0);
            }
        }
    }
}

void gemm_f32_avx512(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                     size_t ldc, bool is_added)
{
    gemm_dense(tiles_f32, 128, rows, w, panel_from, panel_to, c, ldc, is_added);
}

void gemm_f16_avx512(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                     size_t ldc, bool is_added)
{
    gemm_dense(tiles_f16, 64, rows, w, panel_from, panel_to, c, ldc, is_added);
}

void gemm_bf16_avx512(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                      size_t ldc, bool is_added)
{
    gemm_dense(tiles_pair, 128, rows, w, panel_from, panel_to, c, ldc, is_added);
}
