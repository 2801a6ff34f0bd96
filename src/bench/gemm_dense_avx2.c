/* Products with f32, f16 and bf16 weights on AVX2; 16-bit weights are widened as they are loaded, which costs
 * nothing beside the multiply-adds of several rows.
 *
 * Layer: bench. Rows that fit one tile draw whole panels from memory through four streams: one thread gets a
 * third more that way than through one (Zen 3), because the hardware stops fetching ahead at each 4 KiB page.
 * More rows pass over slivers of a panel that the second-level cache holds beside theirs; meanwhile the next
 * sliver comes from memory and the next tile's rows come near, so that arithmetic and memory overlap.
 */
#include "tile_avx2.h"

enum { SLIVER_STEPS = 1024, FETCH_TILES = 4, CHAINS_MAX = 4, FEW_ROWS = 3, STREAM_AHEAD = 512 };

/* Where a tile's products go. */
typedef struct TileOut {
    float *c;
    size_t ldc;
    int n_columns; /* of them, the tile's first to the matrix's last */
    bool is_added;
} TileOut;

/* What is fetched while a tile is computed: at each step as many bytes later. */
typedef struct Ahead {
    const char *rows, *weights;
    size_t rows_step_bytes, weights_step_bytes;
} Ahead;

/* The tile that is alone over its panel, and one of several. */
typedef void (*LoneTileFn)(long steps, const float *a, const uint8_t *b, const TileOut *out);
typedef void (*NearTileFn)(long steps, const float *a, const uint8_t *b, const Ahead *ahead,
                           const TileOut *out);

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

INLINE void store_row(const TileOut *out, int row, int j, __m256 value)
{
    if (out->n_columns > j * VECTOR)
        store_columns(value, out->c + (size_t)row * out->ldc + j * VECTOR, out->n_columns - j * VECTOR,
                      out->is_added);
}

INLINE void lone_tile(WeightFormat format, int n_rows, long steps, const float *a, const uint8_t *b,
                      const TileOut *out)
{
    const int n_chains = chains_for(n_rows, READ_STREAMS);
    __m256 sum[CHAINS_MAX][TILE_ROWS][2];
#pragma GCC unroll 4
    for (int i = 0; i < n_chains; i++) {
#pragma GCC unroll 6
        for (int r = 0; r < n_rows; r++) sum[i][r][0] = sum[i][r][1] = _mm256_setzero_ps();
    }
    long each = steps / READ_STREAMS, done = each * READ_STREAMS;
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
            store_row(out, r, j, value);
        }
    }
}

INLINE void near_tile(WeightFormat format, int n_rows, long steps, const float *a, const uint8_t *b,
                      const Ahead *ahead, const TileOut *out)
{
    const size_t bytes = vector_bytes(format);
    const char *rows = ahead->rows, *weights = ahead->weights;
    __m256 sum[TILE_ROWS][2];
#pragma GCC unroll 6
    for (int r = 0; r < n_rows; r++) sum[r][0] = sum[r][1] = _mm256_setzero_ps();
    for (long s = 0; s < steps; s++) {
        __m256 b0 = load_dense(format, b), b1 = load_dense(format, b + bytes);
        _mm_prefetch(rows, _MM_HINT_T0);
        _mm_prefetch(weights, _MM_HINT_T1);
#pragma GCC unroll 6
        for (int r = 0; r < n_rows; r++) {
            __m256 value = _mm256_broadcast_ss(a + r);
            sum[r][0] = _mm256_fmadd_ps(value, b0, sum[r][0]);
            sum[r][1] = _mm256_fmadd_ps(value, b1, sum[r][1]);
        }
        a += n_rows;
        b += 2 * bytes;
        rows += ahead->rows_step_bytes;
        weights += ahead->weights_step_bytes;
    }
#pragma GCC unroll 6
    for (int r = 0; r < n_rows; r++) store_row(out, r, 0, sum[r][0]), store_row(out, r, 1, sum[r][1]);
}

#define ROW_COUNTS(_) _(1) _(2) _(3) _(4) _(5) _(6)
#define DEFINE_TILES(format, rows)                                                                           \
    static void lone_##format##_##rows(long steps, const float *a, const uint8_t *b, const TileOut *out)     \
    {                                                                                                        \
        lone_tile(WEIGHT_##format, rows, steps, a, b, out);                                                  \
    }                                                                                                        \
    static void near_##format##_##rows(long steps, const float *a, const uint8_t *b, const Ahead *ahead,     \
                                       const TileOut *out)                                                   \
    {                                                                                                        \
        near_tile(WEIGHT_##format, rows, steps, a, b, ahead, out);                                           \
    }
#define DEFINE_F32(rows)  DEFINE_TILES(F32, rows)
#define DEFINE_F16(rows)  DEFINE_TILES(F16, rows)
#define DEFINE_BF16(rows) DEFINE_TILES(BF16, rows)
ROW_COUNTS(DEFINE_F32)
ROW_COUNTS(DEFINE_F16)
ROW_COUNTS(DEFINE_BF16)

typedef struct DenseTiles {
    LoneTileFn lone[TILE_ROWS + 1];
    NearTileFn near[TILE_ROWS + 1];
} DenseTiles;
#define LONE_F32(rows)  [rows] = lone_F32_##rows,
#define LONE_F16(rows)  [rows] = lone_F16_##rows,
#define LONE_BF16(rows) [rows] = lone_BF16_##rows,
#define NEAR_F32(rows)  [rows] = near_F32_##rows,
#define NEAR_F16(rows)  [rows] = near_F16_##rows,
#define NEAR_BF16(rows) [rows] = near_BF16_##rows,
static const DenseTiles tiles_f32 = {{ROW_COUNTS(LONE_F32)}, {ROW_COUNTS(NEAR_F32)}},
                        tiles_f16 = {{ROW_COUNTS(LONE_F16)}, {ROW_COUNTS(NEAR_F16)}},
                        tiles_bf16 = {{ROW_COUNTS(LONE_BF16)}, {ROW_COUNTS(NEAR_BF16)}};

/* Steps [from, from + steps) of a panel. */
typedef struct Sliver {
    const uint8_t *values;
    long from, steps;
    size_t n_bytes;
} Sliver;

INLINE const float *tile_at(const PackedRows *rows, int tile, long step)
{
    int first = tile_row(rows, tile), n_rows = tile_row(rows, tile + 1) - first;
    return (const float *)rows->values + (size_t)first * (size_t)rows->k_padded + n_rows * step;
}

/* While tile t passes: the next tile's rows, and the first tiles' share of the sliver that follows in memory.
 */
INLINE Ahead ahead_of(const PackedRows *rows, int t, const Sliver *sliver)
{
    int n_shares = rows->n_tiles < FETCH_TILES ? rows->n_tiles : FETCH_TILES;
    size_t share = sliver->n_bytes / (size_t)n_shares;
    const uint8_t *next = sliver->values + sliver->n_bytes;
    Ahead ahead = {(const char *)next, (const char *)next, 0, 0};
    if (t + 1 < rows->n_tiles) {
        ahead.rows = (const char *)tile_at(rows, t + 1, sliver->from);
        ahead.rows_step_bytes = (size_t)(tile_row(rows, t + 2) - tile_row(rows, t + 1)) * sizeof(float);
    }
    if (t < n_shares) {
        ahead.weights += (size_t)t * share;
        ahead.weights_step_bytes = share / (size_t)sliver->steps;
    }
    return ahead;
}

static void run_near_tiles(const NearTileFn *tiles, const PackedRows *rows, const Sliver *sliver, TileOut out)
{
    float *c = out.c;
    for (int t = 0; t < rows->n_tiles; t++) {
        int first = tile_row(rows, t), n_rows = tile_row(rows, t + 1) - first;
        const Ahead ahead = ahead_of(rows, t, sliver);
        out.c = c + (size_t)first * out.ldc;
        tiles[n_rows](sliver->steps, tile_at(rows, t, sliver->from), sliver->values, &ahead, &out);
    }
}

static void gemm_dense(const DenseTiles *tiles, const PackedRows *rows, const PackedWeights *w,
                       int panel_from, int panel_to, float *c, size_t ldc, bool is_added)
{
    const size_t step_bytes = 2 * vector_bytes(w->format);
    const long all_steps = w->k_padded;
    for (int p = panel_from; p < panel_to; p++) {
        const uint8_t *panel = w->panels + (size_t)p * w->panel_bytes;
        TileOut out = {c + (size_t)p * TILE_COLUMNS, ldc, w->n - p * TILE_COLUMNS, is_added};
        if (rows->n_tiles == 1) {
            tiles->lone[rows->m](all_steps, rows->values, panel, &out);
            continue;
        }
        for (long from = 0; from < all_steps; from += SLIVER_STEPS) {
            long steps = all_steps - from < SLIVER_STEPS ? all_steps - from : SLIVER_STEPS;
            const Sliver sliver = {panel + (size_t)from * step_bytes, from, steps,
                                   (size_t)steps * step_bytes};
            out.is_added = is_added || from > 0;
            run_near_tiles(tiles->near, rows, &sliver, out);
        }
    }
}

void gemm_f32_avx2(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                   size_t ldc, bool is_added)
{
    gemm_dense(&tiles_f32, rows, w, panel_from, panel_to, c, ldc, is_added);
}

void gemm_f16_avx2(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                   size_t ldc, bool is_added)
{
    gemm_dense(&tiles_f16, rows, w, panel_from, panel_to, c, ldc, is_added);
}

void gemm_bf16_avx2(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                    size_t ldc, bool is_added)
{
    gemm_dense(&tiles_bf16, rows, w, panel_from, panel_to, c, ldc, is_added);
}
