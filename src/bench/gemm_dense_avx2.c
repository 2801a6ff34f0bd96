/* Products with f32, f16 and bf16 weights on AVX2; 16-bit weights are widened as they are loaded, which costs
 * nothing beside the multiply-adds of several rows.
 *
 * Layer: bench. A panel, or as much of it as half of a second-level cache of 512 KiB holds, stays near while
 * all row tiles pass over it. The first tile draws it from memory, through four streams: one thread gets a
 * third more that way than through one (Zen 3), because the hardware stops fetching ahead at each 4 KiB page.
 * Where tiles are few, arithmetic would wait for memory and then memory for arithmetic: there slivers are
 * short, and each tile fetches its share of the next.
 */
#include "tile_avx2.h"

/* Slivers of many tiles; tiles that are few, and the steps of their slivers, as measured. */
enum { SLIVER_BYTES = 256 << 10, FEW_TILES = 6, FEW_STEPS = 1024 };
/* Steps that share their fetching; rows up to which sums are split; how far the streams of more are fetched
 * ahead. */
enum { FETCH_STEPS = 4, FEW_ROWS = 3, CHAINS_MAX = 4, STREAM_AHEAD = 512 };

/* Where a tile's products go. */
typedef struct TileOut {
    float *c;
    size_t ldc;
    int n_columns; /* of them, the tile's first to the matrix's last */
    bool is_added;
} TileOut;

/* What is fetched while a tile is computed: so many bytes at each FETCH_STEPS. Two lines are the most that
 * this comes to: f32 weights, shared by two tiles. */
typedef struct Fetch {
    const char *at;
    size_t n_bytes;
} Fetch;

typedef void (*TileFn)(long steps, const float *a, const uint8_t *b, const TileOut *out);
typedef void (*FetchingTileFn)(long steps, const float *a, const uint8_t *b, const Fetch *fetch,
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

INLINE void first_tile(WeightFormat format, int n_rows, long steps, const float *a, const uint8_t *b,
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

INLINE void near_step(WeightFormat format, int n_rows, const float *a, const uint8_t *b, __m256 sum[][2])
{
    __m256 b0 = load_dense(format, b), b1 = load_dense(format, b + vector_bytes(format));
#pragma GCC unroll 6
    for (int r = 0; r < n_rows; r++) {
        __m256 value = _mm256_broadcast_ss(a + r);
        sum[r][0] = _mm256_fmadd_ps(value, b0, sum[r][0]);
        sum[r][1] = _mm256_fmadd_ps(value, b1, sum[r][1]);
    }
}

INLINE void store_tile(int n_rows, __m256 sum[][2], const TileOut *out)
{
#pragma GCC unroll 6
    for (int r = 0; r < n_rows; r++) store_row(out, r, 0, sum[r][0]), store_row(out, r, 1, sum[r][1]);
}

INLINE void later_tile(WeightFormat format, int n_rows, long steps, const float *a, const uint8_t *b,
                       const TileOut *out)
{
    __m256 sum[TILE_ROWS][2];
#pragma GCC unroll 6
    for (int r = 0; r < n_rows; r++) sum[r][0] = sum[r][1] = _mm256_setzero_ps();
    for (long s = 0; s < steps; s++)
        near_step(format, n_rows, a + s * n_rows, b + (size_t)s * 2 * vector_bytes(format), sum);
    store_tile(n_rows, sum, out);
}

INLINE void fetching_tile(WeightFormat format, int n_rows, long steps, const float *a, const uint8_t *b,
                          const Fetch *fetch, const TileOut *out)
{
    const size_t step_bytes = 2 * vector_bytes(format);
    const char *next = fetch->at;
    __m256 sum[TILE_ROWS][2];
    long s = 0;
#pragma GCC unroll 6
    for (int r = 0; r < n_rows; r++) sum[r][0] = sum[r][1] = _mm256_setzero_ps();
    for (; s + FETCH_STEPS <= steps; s += FETCH_STEPS) {
        _mm_prefetch(next, _MM_HINT_T1);
        _mm_prefetch(next + fetch->n_bytes / 2, _MM_HINT_T1);
#pragma GCC unroll 4
        for (int i = 0; i < FETCH_STEPS; i++)
            near_step(format, n_rows, a + i * n_rows, b + (size_t)i * step_bytes, sum);
        a += FETCH_STEPS * n_rows;
        b += FETCH_STEPS * step_bytes;
        next += fetch->n_bytes;
    }
    for (; s < steps; s++, a += n_rows, b += step_bytes) near_step(format, n_rows, a, b, sum);
    store_tile(n_rows, sum, out);
}

#define ROW_COUNTS(_) _(1) _(2) _(3) _(4) _(5) _(6)
#define DEFINE_TILES(format, rows)                                                                           \
    static void first_##format##_##rows(long steps, const float *a, const uint8_t *b, const TileOut *out)    \
    {                                                                                                        \
        first_tile(WEIGHT_##format, rows, steps, a, b, out);                                                 \
    }                                                                                                        \
    static void later_##format##_##rows(long steps, const float *a, const uint8_t *b, const TileOut *out)    \
    {                                                                                                        \
        later_tile(WEIGHT_##format, rows, steps, a, b, out);                                                 \
    }                                                                                                        \
    static void fetching_##format##_##rows(long steps, const float *a, const uint8_t *b, const Fetch *fetch, \
                                           const TileOut *out)                                               \
    {                                                                                                        \
        fetching_tile(WEIGHT_##format, rows, steps, a, b, fetch, out);                                       \
    }
#define DEFINE_F32(rows)  DEFINE_TILES(F32, rows)
#define DEFINE_F16(rows)  DEFINE_TILES(F16, rows)
#define DEFINE_BF16(rows) DEFINE_TILES(BF16, rows)
ROW_COUNTS(DEFINE_F32)
ROW_COUNTS(DEFINE_F16)
ROW_COUNTS(DEFINE_BF16)

/* By the number of rows. */
typedef struct DenseTiles {
    TileFn first[TILE_ROWS + 1], later[TILE_ROWS + 1];
    FetchingTileFn fetching[TILE_ROWS + 1];
} DenseTiles;
#define FIRST_F32(rows)     [rows] = first_F32_##rows,
#define FIRST_F16(rows)     [rows] = first_F16_##rows,
#define FIRST_BF16(rows)    [rows] = first_BF16_##rows,
#define LATER_F32(rows)     [rows] = later_F32_##rows,
#define LATER_F16(rows)     [rows] = later_F16_##rows,
#define LATER_BF16(rows)    [rows] = later_BF16_##rows,
#define FETCHING_F32(rows)  [rows] = fetching_F32_##rows,
#define FETCHING_F16(rows)  [rows] = fetching_F16_##rows,
#define FETCHING_BF16(rows) [rows] = fetching_BF16_##rows,
static const DenseTiles
    tiles_f32 = {{ROW_COUNTS(FIRST_F32)}, {ROW_COUNTS(LATER_F32)}, {ROW_COUNTS(FETCHING_F32)}},
    tiles_f16 = {{ROW_COUNTS(FIRST_F16)}, {ROW_COUNTS(LATER_F16)}, {ROW_COUNTS(FETCHING_F16)}},
    tiles_bf16 = {{ROW_COUNTS(FIRST_BF16)}, {ROW_COUNTS(LATER_BF16)}, {ROW_COUNTS(FETCHING_BF16)}};

/* Steps [from, from + steps) of a panel. */
typedef struct Sliver {
    const uint8_t *values, *next; /* that which follows, where tiles fetch it */
    long from, steps;
    size_t n_bytes;
} Sliver;

static void run_tiles(const DenseTiles *tiles, bool is_few, const PackedRows *rows, const Sliver *sliver,
                      TileOut out)
{
    const size_t share = sliver->n_bytes / (size_t)rows->n_tiles;
    float *c = out.c;
    for (int t = 0; t < rows->n_tiles; t++) {
        int first = tile_row(rows, t), n_rows = tile_row(rows, t + 1) - first;
        const float *a =
            (const float *)rows->values + (size_t)first * (size_t)rows->k_padded + n_rows * sliver->from;
        out.c = c + (size_t)first * out.ldc;
        if (is_few) {
            const Fetch fetch = {(const char *)sliver->next + (size_t)t * share,
                                 share * FETCH_STEPS / (size_t)sliver->steps};
            tiles->fetching[n_rows](sliver->steps, a, sliver->values, &fetch, &out);
        } else {
            (t == 0 ? tiles->first : tiles->later)[n_rows](sliver->steps, a, sliver->values, &out);
        }
    }
}

/* Rows of few tiles: all panels of a sliver's steps, then the next steps. */
static void gemm_few(const DenseTiles *tiles, const PackedRows *rows, const PackedWeights *w, int panel_from,
                     int panel_to, TileOut out)
{
    const size_t step_bytes = 2 * vector_bytes(w->format);
    float *c = out.c;
    for (long from = 0, steps; from < w->k_padded; from += steps) {
        steps = w->k_padded - from < FEW_STEPS ? w->k_padded - from : FEW_STEPS;
        for (int p = panel_from; p < panel_to; p++) {
            const uint8_t *at = w->panels + (size_t)p * w->panel_bytes + (size_t)from * step_bytes;
            bool is_last = p + 1 == panel_to;
            Sliver sliver = {at, at + w->panel_bytes, from, steps, (size_t)steps * step_bytes};
            if (is_last)
                sliver.next =
                    w->panels + (size_t)panel_from * w->panel_bytes + (size_t)(from + steps) * step_bytes;
            out.c = c + p * TILE_COLUMNS;
            out.n_columns = w->n - p * TILE_COLUMNS;
            run_tiles(tiles, true, rows, &sliver, out);
        }
        out.is_added = true;
    }
}

static void gemm_dense(const DenseTiles *tiles, const PackedRows *rows, const PackedWeights *w,
                       int panel_from, int panel_to, float *c, size_t ldc, bool is_added)
{
    const size_t step_bytes = 2 * vector_bytes(w->format);
    const long all_steps = w->k_padded,
               most = rows->n_tiles == 1 ? all_steps : SLIVER_BYTES / (long)step_bytes;
    if (rows->n_tiles > 1 && rows->n_tiles <= FEW_TILES) {
        gemm_few(tiles, rows, w, panel_from, panel_to, (TileOut){.c = c, .ldc = ldc, .is_added = is_added});
        return;
    }
    for (int p = panel_from; p < panel_to; p++) {
        const uint8_t *panel = w->panels + (size_t)p * w->panel_bytes;
        for (long from = 0; from < all_steps; from += most) {
            long steps = all_steps - from < most ? all_steps - from : most;
            const Sliver sliver = {panel + (size_t)from * step_bytes, NULL, from, steps,
                                   (size_t)steps * step_bytes};
            const TileOut out = {c + (size_t)p * TILE_COLUMNS, ldc, w->n - p * TILE_COLUMNS,
                                 is_added || from > 0};
            run_tiles(tiles, false, rows, &sliver, out);
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
