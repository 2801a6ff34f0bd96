/* Products with f32, f16 and bf16 weights on AVX-512.
 *
 * Layer: bench. Goto's scheme with the roles of a small M: slivers of a few weight panels (32 outputs by up
 * to SLIVER_STEPS steps each, at most 128 KiB) stay in the second-level cache while all row tiles pass over
 * them, each tile over all slivers while it is near; the next slivers are fetched meanwhile. Weights
 * therefore leave memory once, whatever M is. A single tile streams a whole panel. f16 slivers that several
 * tiles share are widened to f32 once.
 */
#include "tile_avx512.h"

enum { PANELS_AT_ONCE = 4, SLIVER_STEPS = 1024, WIDE_STEPS = 512, WIDE_TILES = 3, ROW_AHEAD = 6144 };

typedef void (*DenseTileFn)(long steps, const float *a, const uint8_t *b, Fetch fetch, float *c, size_t ldc,
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

INLINE void dense_tile(TileKind kind, int n_rows, long steps, const float *a, const uint8_t *b, Fetch fetch,
                       float *c, size_t ldc, int n_columns, bool is_added)
{
    __m512 sum[TILE_ROWS][2];
#pragma GCC unroll 12
    for (int r = 0; r < n_rows; r++) sum[r][0] = sum[r][1] = _mm512_setzero_ps();
    for (int r = 0; is_added && r < n_rows; r++) {
        _mm_prefetch((const char *)(c + (size_t)r * ldc), _MM_HINT_T0);
        _mm_prefetch((const char *)(c + (size_t)r * ldc + VECTOR), _MM_HINT_T0);
    }
    if (fetch.at) {
        tile_run(kind, n_rows, 1, n_rows, steps, a, b, fetch, sum);
    } else {
        tile_run(kind, n_rows, 1, n_rows, steps, a, b, (Fetch){NULL, 0}, sum);
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
            _mm_prefetch((const char *)b + ROW_AHEAD, _MM_HINT_T0);
            if (bytes == 64) _mm_prefetch((const char *)b + ROW_AHEAD + 64, _MM_HINT_T0);
            chain[i][0] = tile_multiply(kind, chain[i][0], value, tile_load(kind, b));
            chain[i][1] = tile_multiply(kind, chain[i][1], value, tile_load(kind, b + bytes));
            b += 2 * bytes;
        }
    }
    for (int j = 0; j < 2; j++) {
        sum[0][j] =
            _mm512_add_ps(_mm512_add_ps(chain[0][j], chain[1][j]), _mm512_add_ps(chain[2][j], chain[3][j]));
    }
    tile_run(kind, 1, 1, 1, steps - s, a + s, b, (Fetch){NULL, 0}, sum);
    store_tile(1, sum, c, 0, n_columns, is_added);
}

#define ROW_COUNTS(_) _(2) _(3) _(4) _(5) _(6) _(7) _(8) _(9) _(10) _(11) _(12)

#define DEFINE_DENSE_TILE(kind, rows)                                                                        \
    static void tile_##kind##_##rows(long steps, const float *a, const uint8_t *b, Fetch fetch, float *c,    \
                                     size_t ldc, int n_columns, bool is_added)                               \
    {                                                                                                        \
        dense_tile(kind, rows, steps, a, b, fetch, c, ldc, n_columns, is_added);                             \
    }
#define DEFINE_DENSE_ROW(kind)                                                                               \
    static void tile_##kind##_1(long steps, const float *a, const uint8_t *b, Fetch fetch, float *c,         \
                                size_t ldc, int n_columns, bool is_added)                                    \
    {                                                                                                        \
        (void)fetch, (void)ldc;                                                                              \
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

/* A kind of weights: its tiles by rows, the bytes of a step, and how many rows count as few for fetching. */
typedef struct DenseKind {
    const DenseTileFn *tiles;
    size_t step_bytes;
    int few_rows;
} DenseKind;

static const DenseKind kind_f32 = {tiles_f32, 128, 4}, kind_f16 = {tiles_f16, 64, 1},
                       kind_pair = {tiles_pair, 128, 4};

typedef struct DenseCall {
    const DenseKind *kind; /* of the weights in memory */
    const PackedRows *rows;
    const PackedWeights *w;
    float *c;
    size_t ldc;
    bool is_added;
} DenseCall;

static long steps_of(const DenseCall *call)
{
    return call->w->k_padded / call->w->layout.kg;
}

static const uint8_t *panel_at(const DenseCall *call, int panel, long step)
{
    return call->w->panels + (size_t)panel * call->w->panel_bytes + (size_t)step * call->kind->step_bytes;
}

/* A tile alone fetches ahead in what it streams. Steps of one line fetch alone, too: their lines are not
 * halved. */
static Fetch fetch_of(const DenseCall *call, int t, int n_rows, const uint8_t *b, const uint8_t *next)
{
    bool has_twin = call->kind->step_bytes > LINE_BYTES;
    if (call->rows->n_tiles == 1) {
        return (Fetch){b + (n_rows <= call->kind->few_rows ? FETCH_NEAR : FETCH_FAR),
                       has_twin ? LINE_BYTES : 0};
    }
    if (has_twin) return fetch_shared(t, next);
    return (Fetch){t == 0 ? next : NULL, 0};
}

/* All row tiles over steps [from, from + steps) of `n_panels` panels, which lie `stride` bytes apart at
 * `slivers` in the form that `tiles` reads. */
static void run_slivers(const DenseCall *call, const DenseTileFn *tiles, const uint8_t *slivers,
                        size_t stride, int panel, int n_panels, long from, long steps)
{
    const PackedRows *rows = call->rows;
    for (int t = 0; t < rows->n_tiles; t++) {
        int first = tile_row(rows, t), n_rows = tile_row(rows, t + 1) - first;
        const float *a = (const float *)rows->values + (size_t)first * (size_t)steps_of(call) + n_rows * from;
        for (int p = panel; p < panel + n_panels; p++) {
            const uint8_t *b = slivers + (size_t)(p - panel) * stride;
            Fetch fetch = fetch_of(call, t, n_rows, b, panel_at(call, p, from + steps));
            tiles[n_rows](steps, a, b, fetch, call->c + (size_t)first * call->ldc + (size_t)p * TILE_COLUMNS,
                          call->ldc, call->w->n - p * TILE_COLUMNS, call->is_added || from > 0);
        }
    }
}

static void gemm_dense(const DenseCall *call, int panel_from, int panel_to)
{
    long all_steps = steps_of(call), sliver = call->rows->n_tiles > 1 ? SLIVER_STEPS : all_steps;
    int at_once = call->rows->n_tiles > 1 ? PANELS_AT_ONCE : 1;
    for (int panel = panel_from; panel < panel_to; panel += at_once) {
        int n_panels = panel_to - panel < at_once ? panel_to - panel : at_once;
        for (long from = 0; from < all_steps; from += sliver) {
            long steps = all_steps - from < sliver ? all_steps - from : sliver;
            run_slivers(call, call->kind->tiles, panel_at(call, panel, from), call->w->panel_bytes, panel,
                        n_panels, from, steps);
        }
    }
}

/* The same for f16 weights and several tiles, through slivers of f32. */
static void gemm_widened(const DenseCall *call, int panel_from, int panel_to)
{
    _Alignas(KERNEL_ALIGN) float wide[PANELS_AT_ONCE][WIDE_STEPS * TILE_COLUMNS];
    long all_steps = steps_of(call);
    for (int panel = panel_from; panel < panel_to; panel += PANELS_AT_ONCE) {
        int n_panels = panel_to - panel < PANELS_AT_ONCE ? panel_to - panel : PANELS_AT_ONCE;
        for (long from = 0; from < all_steps; from += WIDE_STEPS) {
            long steps = all_steps - from < WIDE_STEPS ? all_steps - from : WIDE_STEPS;
            for (int p = 0; p < n_panels; p++) {
                const uint8_t *narrow = panel_at(call, panel + p, from);
                for (long i = 0; i < steps * TILE_COLUMNS; i += VECTOR)
                    _mm512_store_ps(&wide[p][i], tile_load(TILE_F16, narrow + (size_t)i * sizeof(uint16_t)));
            }
            run_slivers(call, tiles_f32, (const uint8_t *)wide, sizeof wide[0], panel, n_panels, from, steps);
        }
    }
}

void gemm_f32_avx512(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                     size_t ldc, bool is_added)
{
    gemm_dense(&(DenseCall){&kind_f32, rows, w, c, ldc, is_added}, panel_from, panel_to);
}

void gemm_f16_avx512(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                     size_t ldc, bool is_added)
{
    DenseCall call = {&kind_f16, rows, w, c, ldc, is_added};
    if (rows->n_tiles < WIDE_TILES)
        gemm_dense(&call, panel_from, panel_to);
    else
        gemm_widened(&call, panel_from, panel_to);
}

void gemm_bf16_avx512(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                      size_t ldc, bool is_added)
{
    gemm_dense(&(DenseCall){&kind_pair, rows, w, c, ldc, is_added}, panel_from, panel_to);
}
