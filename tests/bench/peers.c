/* Our kernels beside OpenBLAS, BLIS and oneDNN: same shapes, same threads, same run, turn by turn.
 *
 * Each turn times ours, the limit, and then each peer, so that a drift of the machine meets all of them; a ratio is
 * that of one turn, the best run of each. Ours take f32 rows and quantise them inside the time, as an engine must;
 * peers get rows in their own type. Up to STREAM_ROWS_MAX rows the weights rotate through copies that no cache holds,
 * as they do in decoding; more rows use one copy again and again. The limit is the larger of arithmetic and reading
 * the weights. BENCH_JSON=FILE also writes the rows as JSON.
 */
#include "peer_libraries.h"

#include "bench/dispatch.h"
#include "bench/formats.h"
#include "bench/limits.h"
#include "bench/timing.h"
#include "bench/topology.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 4096, TURNS = 7, M_MAX = 512, STREAM_ROWS_MAX = 32, COPIES_MAX = 48, PIECE_PANELS = 4, RUNS = 3 };
static const size_t stream_bytes = (size_t)320 << 20;
static const double turn_s = 0.06; /* of one kernel; at least one run */

typedef struct Ours {
    KernelSet set;
    WeightFormat format;
    int m, threads, n_copies, next;
    float *x, *c; /* [M_MAX][WIDTH] */
    PackedWeights copies[COPIES_MAX];
    PackedRows rows;
    ReadPattern pattern, best_pattern;
    float keep;
} Ours;

static void *take(size_t n_bytes) {
    void *memory = topology_memory_take(n_bytes);
    if (memory) return memory;
    (void)fprintf(stderr, "bench-peers: no memory for %zu bytes\n", n_bytes);
    exit(70);
}

/* ---- ours ---- */

static void run_ours(void *context, Pool *pool, int thread) {
    Ours *o = context;
    const FormatOps *ops = &o->set.formats[o->format];
    const PackedWeights *w = &o->copies[o->next % o->n_copies];
    int from, to;
    (void)thread;
    while (pool_take(pool, o->rows.n_tiles, 1, &from, &to)) {
        ops->pack_rows(&ops->layout, o->format, o->x, WIDTH, &o->rows, from, to);
    }
    pool_wait(pool);
    while (pool_take(pool, w->n_panels, PIECE_PANELS, &from, &to)) ops->gemm(&o->rows, w, from, to, o->c, WIDTH, false);
}

/* Reads another copy of the weights in the same pieces. */
static void run_read(void *context, Pool *pool, int thread) {
    Ours *o = context;
    const PackedWeights *w = &o->copies[o->next % o->n_copies];
    float sum = 0.0f;
    int from, to;
    while (pool_take(pool, w->n_panels, PIECE_PANELS, &from, &to)) {
        sum += o->set.read_bytes(w->panels + (size_t)from * w->panel_bytes, (size_t)(to - from) * w->panel_bytes,
                                 o->pattern);
    }
    if (thread == 0) o->keep += sum;
}

static double time_pool(Ours *o, Pool *pool, PoolFn fn) {
    double best = 1e9, start = clock_s();
    for (int i = 0; i < RUNS && (i == 0 || clock_s() - start < turn_s); i++) {
        o->next++;
        double before = clock_s();
        pool_run(pool, fn, o);
        double took = clock_s() - before;
        if (took < best) best = took;
    }
    return best;
}

static void weights_prepare(Ours *o) {
    PackedWeights w;
    weights_plan(o->format, &o->set.formats[o->format].layout, WIDTH, WIDTH, &w);
    o->n_copies = (int)(stream_bytes / weights_bytes(&w)) + 1;
    for (int i = 0; i < o->n_copies; i++) {
        o->copies[i] = w;
        o->copies[i].panels = take(weights_bytes(&w));
        o->copies[i].scales = take(WIDTH * sizeof(float));
        if (i == 0) {
            weights_fill_random(&o->copies[i], 7);
        } else {
            memcpy(o->copies[i].panels, o->copies[0].panels, weights_bytes(&w));
            memcpy(o->copies[i].scales, o->copies[0].scales, WIDTH * sizeof(float));
        }
    }
}

static void weights_give(Ours *o) {
    for (int i = 0; i < o->n_copies; i++) {
        topology_memory_give(o->copies[i].panels, weights_bytes(&o->copies[i]));
        topology_memory_give(o->copies[i].scales, WIDTH * sizeof(float));
    }
}

static void rows_prepare(Ours *o) {
    rows_plan(o->format, &o->set.formats[o->format].layout, o->m, WIDTH, &o->rows);
    o->rows.values = take(rows_value_bytes(&o->rows));
    o->rows.scales = take(rows_scale_bytes(&o->rows) + KERNEL_ALIGN);
    o->rows.corrections = take(rows_scale_bytes(&o->rows) + KERNEL_ALIGN);
}

static void rows_give(Ours *o) {
    topology_memory_give(o->rows.values, rows_value_bytes(&o->rows));
    topology_memory_give(o->rows.scales, rows_scale_bytes(&o->rows) + KERNEL_ALIGN);
    topology_memory_give(o->rows.corrections, rows_scale_bytes(&o->rows) + KERNEL_ALIGN);
}

/* ---- peers ---- */

static double time_peer(PeerProduct *peer, PeerId id, int *next) {
    double best = 1e9, start = 0.0;
    peer_product_run(peer, ++*next); /* wakes its threads */
    start = clock_s();
    for (int i = 0; i < RUNS && (i == 0 || clock_s() - start < turn_s); i++) {
        double before = clock_s();
        peer_product_run(peer, ++*next);
        double took = clock_s() - before;
        if (took < best) best = took;
    }
    (void)usleep(peer_settle_us(id));
    return best;
}

/* ---- rows ---- */

static void report(json_t *rows, const Ours *o, const char *peer, double own_s, double peer_s, double limit_s,
                   const Samples *ratio) {
    bool is_gemv = o->m == 1;
    double amount =
        is_gemv ? (double)o->copies[0].n_panels * (double)o->copies[0].panel_bytes : 2.0 * o->m * WIDTH * WIDTH;
    char name[64];
    (void)snprintf(name, sizeof name, "%s_%s_m%d", is_gemv ? "gemv" : "gemm", weight_format_name(o->format), o->m);
    printf("%-15s %2d %8.1f  %-9s", name, o->threads, amount / own_s / 1e9, peer ? peer : "limit");
    printf("%8.1f  %5.2f %5.2f %5.2f  %8.1f  %5.2f\n", amount / peer_s / 1e9, samples_quantile(ratio, 0.5),
           samples_quantile(ratio, 0.0), samples_quantile(ratio, 1.0), amount / limit_s / 1e9, limit_s / own_s);
    (void)fflush(stdout);
    json_array_append_new(
        rows, json_pack("{s:s, s:i, s:f, s:o, s:o, s:f, s:s, s:f, s:f, s:f}", "name", name, "threads", o->threads, "ours",
                        amount / own_s, "peer", peer ? json_real(amount / peer_s) : json_null(), "peer_name",
                        peer ? json_string(peer) : json_null(), "limit", amount / limit_s, "unit",
                        is_gemv ? "B/s" : "OP/s", "ratio", samples_quantile(ratio, 0.5), "ratio_min",
                        samples_quantile(ratio, 0.0), "ratio_max", samples_quantile(ratio, 1.0)));
}

/* The pattern in which these threads read the weights fastest, by the median of all turns. */
static void choose_pattern(Ours *o) {
    double best_s = 0.0;
    for (int p = 0; p < N_READ_PATTERNS; p++) {
        Samples took = {0};
        o->pattern = (ReadPattern)p;
        for (int turn = 0; turn < TURNS; turn++) {
            Pool *pool = pool_new(o->threads, NULL);
            if (!pool) exit(70);
            took.values[took.n++] = time_pool(o, pool, run_read);
            pool_free(pool);
        }
        double median_s = samples_quantile(&took, 0.5);
        if (p == 0 || median_s < best_s) best_s = median_s, o->best_pattern = o->pattern;
    }
}

/* The limit of one product: arithmetic at the peak, or reading the weights where they come from memory, as often as
 * ours runs. */
static double limit_of(Ours *o, Pool *pool) {
    double peak_s = 2.0 * o->m * WIDTH * WIDTH / limit_peak(pool, &o->set, limit_peak_of(o->format)), read_s = 0.0;
    o->pattern = o->best_pattern;
    if (o->m <= STREAM_ROWS_MAX) read_s = time_pool(o, pool, run_read);
    return peak_s > read_s ? peak_s : read_s;
}

static void compare(Ours *o, json_t *rows) {
    PeerProduct *peers[N_PEERS];
    Samples own = {0}, limit = {0}, share = {0}, theirs[N_PEERS] = {0}, ratio[N_PEERS] = {0};
    int next = 0, all_copies = o->n_copies;
    bool has_peer = false;
    if (o->m > STREAM_ROWS_MAX) o->n_copies = 1;
    int peer_copies = o->format == WEIGHT_F32 ? o->n_copies : all_copies;
    if (o->m > STREAM_ROWS_MAX) peer_copies = 1;
    for (int i = 0; i < N_PEERS; i++)
        peers[i] = peer_product_new((PeerId)i, o->format, o->m, WIDTH, WIDTH, peer_copies);
    rows_prepare(o);
    if (o->m <= STREAM_ROWS_MAX) choose_pattern(o);
    for (int turn = 0; turn < TURNS; turn++) {
        Pool *pool = pool_new(o->threads, NULL);
        if (!pool) exit(70);
        pool_run(pool, run_ours, o);
        double own_s = time_pool(o, pool, run_ours), limit_s = limit_of(o, pool);
        pool_free(pool);
        own.values[own.n++] = own_s;
        limit.values[limit.n++] = limit_s;
        share.values[share.n++] = limit_s / own_s;
        for (int i = 0; i < N_PEERS; i++) {
            if (!peers[i]) continue;
            double other = time_peer(peers[i], (PeerId)i, &next);
            theirs[i].values[theirs[i].n++] = other;
            ratio[i].values[ratio[i].n++] = other / own_s;
        }
    }
    double own_s = samples_quantile(&own, 0.5), limit_s = samples_quantile(&limit, 0.5);
    for (int i = 0; i < N_PEERS; i++) {
        if (!peers[i]) continue;
        has_peer = true;
        report(rows, o, peer_name((PeerId)i), own_s, samples_quantile(&theirs[i], 0.5), limit_s, &ratio[i]);
        peer_product_free(peers[i]);
    }
    if (!has_peer) report(rows, o, NULL, own_s, limit_s, limit_s, &share);
    rows_give(o);
    o->n_copies = all_copies;
}

static bool is_wanted(const char *list, const char *name) {
    return !list || strstr(list, name) != NULL;
}

/* Words on the command line limit the formats ("f32 q4_0"); none: all. */
int main(int argc, char **argv) {
    static const int row_counts[] = {1, 2, 4, 8, 16, 32, 64, 128, 512};
    static Ours o;
    Err err = {0};
    json_t *rows = json_array();
    const Topology *here = topology_get();
    const int most = threads_default(here->n_cores, here->quota_cores);
    peers_open();
    if (!kernels_choose_default(&o.set, &err)) {
        err_print(&err, stderr);
        return (int)err.code;
    }
    o.x = take((size_t)M_MAX * WIDTH * sizeof(float));
    o.c = take((size_t)M_MAX * WIDTH * sizeof(float));
    for (size_t i = 0; i < (size_t)M_MAX * WIDTH; i++) o.x[i] = (float)(rand() % 2001 - 1000) / 1000.0f;
    printf("N = K = %d, weights packed ahead by us and oneDNN, inside the call by OpenBLAS and BLIS.\n", WIDTH);
    printf("G of the unit: weight bytes/s for gemv, operations/s for gemm. Without a peer the ratio is to the limit.\n");
    printf("name            th     ours  peer         peer  ratio   min   max     limit  share\n");
    for (int f = 0; f < N_WEIGHT_FORMATS; f++) {
        o.format = (WeightFormat)f;
        if (!is_wanted(argc > 1 ? argv[1] : NULL, weight_format_name(o.format))) continue;
        weights_prepare(&o);
        for (size_t i = 0; i < sizeof row_counts / sizeof *row_counts; i++) {
            for (o.threads = 1; o.threads <= most; o.threads *= 2) {
                o.m = row_counts[i];
                peers_set_threads(o.threads);
                compare(&o, rows);
            }
        }
        weights_give(&o);
    }
    const char *path = getenv("BENCH_JSON");
    bool is_written = !path || json_dump_file(rows, path, JSON_INDENT(2)) == 0;
    if (!is_written) (void)fprintf(stderr, "bench-peers: cannot write %s\n", path);
    json_decref(rows);
    return is_written ? 0 : 74;
}
