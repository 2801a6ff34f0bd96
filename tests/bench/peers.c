/* Our kernels beside OpenBLAS, BLIS and oneDNN: same shapes, same threads, same run, turn by turn.
 *
 * Each turn times ours and then the peer, so that a drift of the machine meets both; the ratio is that of the turn. Peers
 * run at their best: thread counts set, oneDNN with weights packed ahead in the layout that it asks for. Limits (peak
 * arithmetic, read bandwidth) are measured in the same turns. BENCH_JSON=FILE also writes the rows as JSON.
 */
#include "bench/dispatch.h"
#include "bench/formats.h"
#include "bench/limits.h"
#include "bench/timing.h"
#include "bench/topology.h"

#include <dlfcn.h>
#include <dnnl.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { WIDTH = 4096, TURNS = 7, M_MAX = 512, ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 };

typedef void (*SgemmFn)(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);
typedef void (*SetThreadsFn)(int);
typedef void (*SetThreadsLongFn)(long);

typedef struct Peers {
    SgemmFn openblas, blis;
    SetThreadsFn openblas_threads, omp_threads;
    SetThreadsLongFn blis_threads;
    dnnl_engine_t engine;
    dnnl_stream_t stream;
} Peers;

/* One product that is ready to run, ours or a peer's. */
typedef struct Product {
    int m, threads;
    WeightFormat format;
    float *x, *w, *c; /* [M_MAX][WIDTH], [WIDTH][WIDTH], [M_MAX][WIDTH] */
    PackedWeights packed;
    PackedRows rows;
    KernelSet set;
    dnnl_primitive_t primitive;
    dnnl_exec_arg_t arguments[3];
    SgemmFn sgemm;
} Product;

static void *symbol(void *library, const char *name) {
    void *found = library ? dlsym(library, name) : NULL;
    if (!found) {
        (void)fprintf(stderr, "bench-peers: %s is missing; make bench-peers installs the libraries\n", name);
        exit(66);
    }
    return found;
}

#define LOAD(field, library, name) *(void **)&(field) = symbol(library, name)

static void peers_open(Peers *peers) {
    void *openblas = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    void *blis = dlopen("libblis.so.4", RTLD_NOW | RTLD_LOCAL);
    LOAD(peers->openblas, openblas, "cblas_sgemm");
    LOAD(peers->openblas_threads, openblas, "openblas_set_num_threads");
    LOAD(peers->blis, blis, "cblas_sgemm");
    LOAD(peers->blis_threads, blis, "bli_thread_set_num_threads");
    LOAD(peers->omp_threads, dlopen("libgomp.so.1", RTLD_NOW | RTLD_GLOBAL), "omp_set_num_threads");
    dnnl_engine_create(&peers->engine, dnnl_cpu, 0);
    dnnl_stream_create(&peers->stream, peers->engine, dnnl_stream_default_flags);
}

static void peers_threads(const Peers *peers, int n) {
    peers->openblas_threads(n);
    peers->blis_threads(n);
    peers->omp_threads(n);
}

/* ---- ours ---- */

static void run_ours(void *context, Pool *pool, int thread) {
    Product *p = context;
    const FormatOps *ops = &p->set.formats[p->format];
    int from, to;
    (void)thread;
    while (pool_take(pool, p->rows.n_tiles, 1, &from, &to)) {
        ops->pack_rows(&ops->layout, p->format, p->x, WIDTH, &p->rows, from, to);
    }
    pool_wait(pool);
    while (pool_take(pool, p->packed.n_panels, 4, &from, &to)) ops->gemm(&p->rows, &p->packed, from, to, p->c, WIDTH, false);
}

static double time_ours(Product *p, Pool *pool) {
    double best = 1e9;
    for (int i = 0; i < 3; i++) {
        double start = clock_s();
        pool_run(pool, run_ours, p);
        double took = clock_s() - start;
        if (took < best) best = took;
    }
    return best;
}

static void ours_prepare(Product *p) {
    const FormatOps *ops = &p->set.formats[p->format];
    weights_plan(p->format, &ops->layout, WIDTH, WIDTH, &p->packed);
    p->packed.panels = aligned_alloc(4096, (weights_bytes(&p->packed) + 4095) / 4096 * 4096);
    p->packed.scales = malloc(WIDTH * sizeof(float));
    weights_fill_random(&p->packed, 7);
    rows_plan(p->format, &ops->layout, p->m, WIDTH, &p->rows);
    p->rows.values = aligned_alloc(KERNEL_ALIGN, rows_value_bytes(&p->rows) + KERNEL_ALIGN);
    p->rows.scales = malloc(rows_scale_bytes(&p->rows) + 1);
    p->rows.corrections = malloc(rows_scale_bytes(&p->rows) + 1);
}

static void ours_free(Product *p) {
    free(p->packed.panels), free(p->packed.scales), free(p->rows.values), free(p->rows.scales), free(p->rows.corrections);
}

/* ---- peers ---- */

static dnnl_memory_t dnnl_take(const Peers *peers, const dnnl_memory_desc_t *description) {
    dnnl_memory_t memory = NULL;
    void *data = NULL;
    dnnl_memory_create(&memory, description, peers->engine, DNNL_MEMORY_ALLOCATE);
    dnnl_memory_get_data_handle(memory, &data);
    /* 0x3c repeated is a small positive number in all of the types; its mix of bits is what random operands have. */
    memset(data, 0x3c, dnnl_memory_desc_get_size(description));
    return memory;
}

static bool dnnl_prepare(const Peers *peers, Product *p) {
    static const dnnl_data_type_t left[N_WEIGHT_FORMATS] = {[WEIGHT_F32] = dnnl_f32, [WEIGHT_BF16] = dnnl_bf16, [WEIGHT_INT8] = dnnl_u8};
    static const dnnl_data_type_t right[N_WEIGHT_FORMATS] = {[WEIGHT_F32] = dnnl_f32, [WEIGHT_BF16] = dnnl_bf16, [WEIGHT_INT8] = dnnl_s8};
    if (left[p->format] == dnnl_data_type_undef) return false;
    const dnnl_dims_t a = {p->m, WIDTH}, b = {WIDTH, WIDTH};
    dnnl_memory_desc_t rows, weights, result;
    dnnl_matmul_desc_t description;
    dnnl_primitive_desc_t primitive = NULL;
    dnnl_memory_desc_init_by_tag(&rows, 2, a, left[p->format], dnnl_ab);
    dnnl_memory_desc_init_by_tag(&weights, 2, b, right[p->format], dnnl_format_tag_any);
    dnnl_memory_desc_init_by_tag(&result, 2, a, dnnl_f32, dnnl_ab);
    if (dnnl_matmul_desc_init(&description, &rows, &weights, NULL, &result) != dnnl_success) return false;
    if (dnnl_primitive_desc_create(&primitive, &description, NULL, peers->engine, NULL) != dnnl_success) return false;
    dnnl_primitive_create(&p->primitive, primitive);
    p->arguments[0] = (dnnl_exec_arg_t){DNNL_ARG_SRC, dnnl_take(peers, &rows)};
    p->arguments[1] = (dnnl_exec_arg_t){DNNL_ARG_WEIGHTS, dnnl_take(peers, dnnl_primitive_desc_query_md(primitive, dnnl_query_weights_md, 0))};
    p->arguments[2] = (dnnl_exec_arg_t){DNNL_ARG_DST, dnnl_take(peers, &result)};
    dnnl_primitive_desc_destroy(primitive);
    return true;
}

static void dnnl_release(Product *p) {
    for (int i = 0; i < 3; i++) dnnl_memory_destroy(p->arguments[i].memory);
    dnnl_primitive_destroy(p->primitive);
}

static double time_peer(const Peers *peers, Product *p) {
    double best = 1e9;
    for (int i = 0; i < 3; i++) {
        double start = clock_s();
        if (p->sgemm) {
            p->sgemm(ROW_MAJOR, NO_TRANS, TRANS, p->m, WIDTH, WIDTH, 1.0f, p->x, WIDTH, p->w, WIDTH, 0.0f, p->c, WIDTH);
        } else {
            dnnl_primitive_execute(p->primitive, peers->stream, 3, p->arguments);
            dnnl_stream_wait(peers->stream);
        }
        double took = clock_s() - start;
        if (took < best) best = took;
    }
    return best;
}

/* ---- rows ---- */

static void report(json_t *rows, Product *p, const char *peer, const Samples *ours, const Samples *theirs,
                   const Samples *ratio, const Samples *limit) {
    double ops = 2.0 * p->m * WIDTH * WIDTH, bytes = (double)p->packed.n_panels * (double)p->packed.panel_bytes;
    bool is_gemv = p->m == 1;
    double scale = is_gemv ? bytes : ops, own = scale / samples_quantile(ours, 0.5), bound = samples_quantile(limit, 0.5);
    double other = theirs->n ? scale / samples_quantile(theirs, 0.5) : 0.0;
    char name[64];
    (void)snprintf(name, sizeof name, "%s_%s_m%d", is_gemv ? "gemv" : "gemm", weight_format_name(p->format), p->m);
    printf("%-16s %2d  %8.1f  %-9s %8.1f  %6.2f %6.2f %6.2f  %8.1f  %5.2f\n", name, p->threads, own / 1e9,
           theirs->n ? peer : "-", other / 1e9, samples_quantile(ratio, 0.5), samples_quantile(ratio, 0.0),
           samples_quantile(ratio, 1.0), bound / 1e9, own / bound);
    (void)fflush(stdout);
    bool has_peer = theirs->n > 0;
    json_t *row = json_pack("{s:s, s:i, s:f, s:o, s:o, s:f, s:s}", "name", name, "threads", p->threads, "ours", own, "peer",
                            has_peer ? json_real(other) : json_null(), "peer_name", has_peer ? json_string(peer) : json_null(),
                            "limit", bound, "unit", is_gemv ? "B/s" : "OP/s");
    /* Without a peer the ratio is that to the limit. */
    json_object_set_new(row, "ratio", json_real(has_peer ? samples_quantile(ratio, 0.5) : own / bound));
    json_object_set_new(row, "ratio_min", json_real(has_peer ? samples_quantile(ratio, 0.0) : own / bound));
    json_object_set_new(row, "ratio_max", json_real(has_peer ? samples_quantile(ratio, 1.0) : own / bound));
    json_array_append_new(rows, row);
}

/* The pool spins while it is idle, and so do the peers' threads for a while: each gets the machine to itself. */
static void compare(const Peers *peers, Product *p, const char *peer, json_t *rows) {
    Samples ours = {0}, theirs = {0}, ratio = {0}, limit = {0};
    bool has_peer = peer != NULL;
    for (int turn = 0; turn < TURNS; turn++) {
        Pool *pool = pool_new(p->threads, NULL);
        if (!pool) exit(70);
        double own = time_ours(p, pool);
        limit.values[limit.n++] = p->m == 1 ? limit_read(pool, &p->set, (size_t)64 << 20) : limit_peak(pool, &p->set, limit_peak_of(p->format));
        pool_free(pool);
        ours.values[ours.n++] = own;
        if (!has_peer) continue;
        double other = time_peer(peers, p);
        (void)usleep(5000);
        theirs.values[theirs.n++] = other;
        ratio.values[ratio.n++] = other / own;
    }
    report(rows, p, peer, &ours, &theirs, &ratio, &limit);
}

static void compare_format(const Peers *peers, Product *p, json_t *rows) {
    ours_prepare(p);
    bool any = false;
    if (p->format == WEIGHT_F32) {
        const struct {
            const char *name;
            SgemmFn sgemm;
        } libraries[] = {{"openblas", peers->openblas}, {"blis", peers->blis}};
        for (int i = 0; i < 2; i++) {
            p->sgemm = libraries[i].sgemm;
            compare(peers, p, libraries[i].name, rows);
        }
        p->sgemm = NULL;
    }
    if (dnnl_prepare(peers, p)) {
        compare(peers, p, "onednn", rows);
        dnnl_release(p);
        any = true;
    }
    if (!any) compare(peers, p, NULL, rows);
    ours_free(p);
}

static bool is_wanted(const char *list, const char *name) {
    return !list || strstr(list, name) != NULL;
}

/* Words on the command line limit the formats ("f32 q4_0"); none: all. */
int main(int argc, char **argv) {
    static const int row_counts[] = {1, 2, 8, 16, 32, 64, 128, 512};
    Peers peers;
    Product p = {0};
    Err err = {0};
    json_t *rows = json_array();
    peers_open(&peers);
    if (!kernels_choose_default(&p.set, &err)) {
        err_print(&err, stderr);
        return (int)err.code;
    }
    p.x = malloc((size_t)M_MAX * WIDTH * sizeof(float));
    p.w = malloc((size_t)WIDTH * WIDTH * sizeof(float));
    p.c = calloc((size_t)M_MAX * WIDTH, sizeof(float));
    for (size_t i = 0; i < (size_t)M_MAX * WIDTH; i++) p.x[i] = (float)(rand() % 2001 - 1000) / 1000.0f;
    for (size_t i = 0; i < (size_t)WIDTH * WIDTH; i++) p.w[i] = (float)(rand() % 2001 - 1000) / 1000.0f;
    printf("N = K = %d, weights packed ahead; G of the unit: weight bytes/s for gemv, operations/s for gemm\n", WIDTH);
    printf("name             th      ours  peer          peer   ratio    min    max     limit  share\n");
    for (int f = 0; f < N_WEIGHT_FORMATS; f++) {
        p.format = (WeightFormat)f;
        if (!is_wanted(argc > 1 ? argv[1] : NULL, weight_format_name(p.format))) continue;
        for (size_t i = 0; i < sizeof row_counts / sizeof *row_counts; i++) {
            for (p.threads = 1; p.threads <= topology_default_threads(); p.threads *= 2) {
                p.m = row_counts[i];
                peers_threads(&peers, p.threads);
                compare_format(&peers, &p, rows);
            }
        }
    }
    const char *path = getenv("BENCH_JSON");
    bool is_written = !path || json_dump_file(rows, path, JSON_INDENT(2)) == 0;
    if (!is_written) (void)fprintf(stderr, "bench-peers: cannot write %s\n", path);
    json_decref(rows);
    free(p.x), free(p.w), free(p.c);
    return is_written ? 0 : 74;
}
