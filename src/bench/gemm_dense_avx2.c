/* Products with f32, f16 and bf16 weights on AVX2.
 *
 * Layer: bench. A panel, or as much of it as half of a second-level cache of 512 KiB holds, stays near while
 * all row tiles pass over it; 16-bit weights are widened as they are loaded, which costs nothing beside the
 * multiply-adds of several rows. The first tile draws the weights from memory, through four streams: one
 * thread gets a third more that way than through one (Zen 3), because the hardware stops fetching ahead at
 * each 4 KiB page.
 */
#include "tile_avx2.h"

enum { SLIVER_BYTES = 256 << 10, CHAINS_MAX = 4, FEW_ROWS = 3, STREAM_AHEAD = 512 };

typedef void (*DenseTileFn)(long steps, const float *a, const uint8_t *b, bool is_far, float *c, size_t ldc,
                            int n_columns, bool is_added);

/* Independent sums of each output where a single one would wait for the multiply-add latency. */
INLINE int chains_for(int n_rows, int n_streams)
{
    if (n_streams == 1 || n_rows > FEW_ROWS) return 1;
    return n_rows == 1 ? CHAINS_MAX : 2;
}

INLINE size_t vector_bytes(WeightFormat format)
{
    return VECTOR * (format == WEIGHT_F32 ? sizeof(float) : sizeof(uint16_t));
}

INLINE __m256 load_dense(WeightFormat format, const uint8_t *at)
{
    if (format == WEIGHT_F16) return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)at));
    if (format == WEIGHT_BF16) {
        __m128i half = _mm_loadu_si128((const __m128i *)(const void *)at);
        return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16));
    }
    return _mm256_loadu_ps((const float *)(const void *)at);
}

/* sum[chain][r][j] += over `steps`: the activation of a row times the two vectors of that step, at each of
 * `n_streams` places that lie `steps` apart. Few rows leave fetching ahead to the hardware, which software
 * only hinders; more of them would starve it of loads in flight. */
INLINE void run_steps(WeightFormat format, int n_rows, int n_streams, long steps, const float *a,
                      const uint8_t *b, __m256 sum[][TILE_ROWS][2])
{
    const size_t bytes = vector_bytes(format);
    const int n_chains = chains_for(n_rows, n_streams);
    for (long s = 0; s < steps; s++) {
#pragma GCC unroll 4
        for (int i = 0; i < n_streams; i++) {
            const uint8_t *at = b + (size_t)(i * steps + s) * 2 * bytes;
            const float *values = a + (i * steps + s) * n_rows;
            __m256 b0 = load_dense(format, at), b1 = load_dense(format, at + bytes);
            if (n_streams > 1 && n_rows > FEW_ROWS)
                _mm_prefetch((const char *)at + STREAM_AHEAD, _MM_HINT_T0);
#pragma GCC unroll 6
            for (int r = 0; r < n_rows; r++) {
                __m256 value = _mm256_broadcast_ss(values + r), *to = sum[i % n_chains][r];
                to[0] = _mm256_fmadd_ps(value, b0, to[0]);
                to[1] = _mm256_fmadd_ps(value, b1, to[1]);
            }
        }
    }
}

INLINE void dense_tile(WeightFormat format, int n_rows, long steps, const float *a, const uint8_t *b,
                       bool is_far, float *c, size_t ldc, int n_columns, bool is_added)
{
    const int n_chains = chains_for(n_rows, READ_STREAMS);
    __m256 sum[CHAINS_MAX][TILE_ROWS][2];
#pragma GCC unroll 4
    for (int i = 0; i < n_chains; i++) {
#pragma GCC unroll 6
        for (int r = 0; r < n_rows; r++) sum[i][r][0] = sum[i][r][1] = _mm256_setzero_ps();
    }
    long each = is_far ? steps / READ_STREAMS : 0, done = each * READ_STREAMS;
    run_steps(format, n_rows, READ_STREAMS, each, a, b, sum);
    run_steps(format, n_rows, 1, steps - done, a + done * n_rows, b + (size_t)done * 2 * vector_bytes(format),
              sum);
#pragma GCC unroll 6
    for (int r = 0; r < n_rows; r++) {
#pragma GCC unroll 2
        for (int j = 0; j < 2; j++) {
            __m256 value = sum[0][r][j];
#pragma GCC unroll 4
            for (int i = 1; i < n_chains; i++) value = _mm256_add_ps(value, sum[i][r][j]);
            if (n_columns > j * VECTOR)
                store_columns(value, c + (size_t)r * ldc + j * VECTOR, n_columns - j * VECTOR, is_added);
        }
    }
}

#define ROW_COUNTS(_) _(1) _(2) _(3) _(4) _(5) _(6)
#define DEFINE_TILE(format, rows)                                                                            \
    static void tile_##format##_##rows(long steps, const float *a, const uint8_t *b, bool is_far, float *c,  \
                                       size_t ldc, int n_columns, bool is_added)                             \
    {                                                                                                        \
        dense_tile(WEIGHT_##format, rows, steps, a, b, is_far, c, ldc, n_columns, is_added);                 \
    }
#define DEFINE_F32(rows)  DEFINE_TILE(F32, rows)
#define DEFINE_F16(rows)  DEFINE_TILE(F16, rows)
#define DEFINE_BF16(rows) DEFINE_TILE(BF16, rows)
ROW_COUNTS(DEFINE_F32)
ROW_COUNTS(DEFINE_F16)
ROW_COUNTS(DEFINE_BF16)
#define ENTRY_F32(rows)  [rows] = tile_F32_##rows,
#define ENTRY_F16(rows)  [rows] = tile_F16_##rows,
#define ENTRY_BF16(rows) [rows] = tile_BF16_##rows,
static const DenseTileFn tiles_f32[TILE_ROWS + 1] = {ROW_COUNTS(ENTRY_F32)};
static const DenseTileFn tiles_f16[TILE_ROWS + 1] = {ROW_COUNTS(ENTRY_F16)};
static const DenseTileFn tiles_bf16[TILE_ROWS + 1] = {ROW_COUNTS(ENTRY_BF16)};

/* All row tiles over steps [from, from + steps) of a panel, which begin at `b`. */
static void run_tiles(const DenseTileFn *tiles, const PackedRows *rows, const uint8_t *b, long from,
                      long steps, float *c, size_t ldc, int n_columns, bool is_added)
{
    for (int t = 0; t < rows->n_tiles; t++) {
        int first = tile_row(rows, t), n_rows = tile_row(rows, t + 1) - first;
        const float *a = (const float *)rows->values + (size_t)first * (size_t)rows->k_padded + n_rows * from;
        tiles[n_rows](steps, a, b, t == 0, c + (size_t)first * ldc, ldc, n_columns, is_added || from > 0);
    }
}

static void gemm_dense(const DenseTileFn *tiles, const PackedRows *rows, const PackedWeights *w,
                       int panel_from, int panel_to, float *c, size_t ldc, bool is_added)
{
    const size_t step_bytes = 2 * vector_bytes(w->format);
    long all_steps = w->k_padded, sliver = all_steps;
    if (rows->n_tiles > 1 && (size_t)sliver * step_bytes > SLIVER_BYTES)
        sliver = SLIVER_BYTES / (long)step_bytes;
    for (int p = panel_from; p < panel_to; p++) {
        const uint8_t *panel = w->panels + (size_t)p * w->panel_bytes;
        for (long from = 0; from < all_steps; from += sliver) {
            long steps = all_steps - from < sliver ? all_steps - from : sliver;
            run_tiles(tiles, rows, panel + (size_t)from * step_bytes, from, steps,
                      c + (size_t)p * TILE_COLUMNS, ldc, w->n - p * TILE_COLUMNS, is_added);
        }
    }
}

void gemm_f32_avx2(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                   size_t ldc, bool is_added)
{
    gemm_dense(tiles_f32, rows, w, panel_from, panel_to, c, ldc, is_added);
}

void gemm_f16_avx2(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                   size_t ldc, bool is_added)
{
    gemm_dense(tiles_f16, rows, w, panel_from, panel_to, c, ldc, is_added);
}

void gemm_bf16_avx2(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                    size_t ldc, bool is_added)
{
    gemm_dense(tiles_bf16, rows, w, panel_from, panel_to, c, ldc, is_added);
}
