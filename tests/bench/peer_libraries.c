/* OpenBLAS, BLIS and oneDNN. Both BLAS libraries export the same names, so they are loaded side by side. */
#include "peer_libraries.h"

#include "bench/topology.h"

#include <dlfcn.h>
#include <dnnl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_MAJOR = 101, NO_TRANS = 111, TRANS = 112 };

typedef void (*SgemmFn)(int, int, int, int, int, int, float, const float *, int, const float *, int, float, float *, int);
typedef void (*SgemvFn)(int, int, int, int, float, const float *, int, const float *, int, float, float *, int);

static struct {
    SgemmFn sgemm[PEER_ONEDNN];
    SgemvFn sgemv[PEER_ONEDNN];
    void (*openblas_threads)(int);
    void (*blis_threads)(long);
    void (*omp_threads)(int);
    dnnl_engine_t engine;
    dnnl_stream_t stream;
} libraries;

struct PeerProduct {
    PeerId id;
    int m, n, k, n_copies;
    /* OpenBLAS and BLIS */
    float *x, *w, *y;
    /* oneDNN */
    dnnl_primitive_t primitive;
    dnnl_memory_t rows, result, *weights;
};

const char *peer_name(PeerId id) {
    static const char *const names[N_PEERS] = {"openblas", "blis", "onednn"};
    return names[id];
}

/* OpenBLAS yields in a loop for 2^26 cycles, OpenMP's threads for a few milliseconds. */
unsigned peer_settle_us(PeerId id) {
    return id == PEER_OPENBLAS ? 30000 : 6000;
}

static void *symbol(void *library, const char *name) {
    void *found = library ? dlsym(library, name) : NULL;
    if (!found) {
        (void)fprintf(stderr, "bench-peers: %s is missing; make bench-peers installs the libraries\n", name);
        exit(66);
    }
    return found;
}

#define LOAD(field, library, name) *(void **)&(field) = symbol(library, name)

void peers_open(void) {
    void *openblas = dlopen("libopenblas.so.0", RTLD_NOW | RTLD_LOCAL);
    void *blis = dlopen("libblis.so.4", RTLD_NOW | RTLD_LOCAL);
    LOAD(libraries.sgemm[PEER_OPENBLAS], openblas, "cblas_sgemm");
    LOAD(libraries.sgemv[PEER_OPENBLAS], openblas, "cblas_sgemv");
    LOAD(libraries.openblas_threads, openblas, "openblas_set_num_threads");
    LOAD(libraries.sgemm[PEER_BLIS], blis, "cblas_sgemm");
    LOAD(libraries.sgemv[PEER_BLIS], blis, "cblas_sgemv");
    LOAD(libraries.blis_threads, blis, "bli_thread_set_num_threads");
    LOAD(libraries.omp_threads, dlopen("libgomp.so.1", RTLD_NOW | RTLD_GLOBAL), "omp_set_num_threads");
    dnnl_engine_create(&libraries.engine, dnnl_cpu, 0);
    dnnl_stream_create(&libraries.stream, libraries.engine, dnnl_stream_default_flags);
}

void peers_set_threads(int n) {
    libraries.openblas_threads(n);
    libraries.blis_threads(n);
    libraries.omp_threads(n);
}

/* Random bits that are small finite numbers in the type; zeros or constants would run cooler and faster. */
static void fill_random(void *data, size_t n_bytes, dnnl_data_type_t type) {
    uint32_t state = 2463534242u, *words = data;
    const uint32_t keep = type == dnnl_f32 ? 0x807fffffu : type == dnnl_bf16 ? 0x807f807fu : 0xffffffffu;
    const uint32_t set = type == dnnl_f32 ? 0x3c000000u : type == dnnl_bf16 ? 0x3c003c00u : 0u;
    for (size_t i = 0; i < n_bytes / sizeof *words; i++) {
        state ^= state << 13, state ^= state >> 17, state ^= state << 5;
        words[i] = (state & keep) | set;
    }
}

static void *take(size_t n_bytes) {
    void *memory = topology_memory_take(n_bytes);
    if (!memory) {
        (void)fprintf(stderr, "bench-peers: no memory for %zu bytes\n", n_bytes);
        exit(70);
    }
    return memory;
}

static dnnl_memory_t take_memory(const dnnl_memory_desc_t *description) {
    dnnl_memory_t memory = NULL;
    dnnl_memory_create(&memory, description, libraries.engine, take(dnnl_memory_desc_get_size(description)));
    return memory;
}

static void *data_of(dnnl_memory_t memory, size_t *n_bytes) {
    void *data = NULL;
    const dnnl_memory_desc_t *description = NULL;
    dnnl_memory_get_data_handle(memory, &data);
    dnnl_memory_get_memory_desc(memory, &description);
    *n_bytes = dnnl_memory_desc_get_size(description);
    return data;
}

static void give_memory(dnnl_memory_t memory) {
    size_t n_bytes;
    void *data = data_of(memory, &n_bytes);
    dnnl_memory_destroy(memory);
    topology_memory_give(data, n_bytes);
}

/* Unsigned by signed bytes is the fastest that oneDNN has, and what our INT8 compares with. */
static bool dnnl_prepare(PeerProduct *p, WeightFormat format) {
    static const dnnl_data_type_t left[N_WEIGHT_FORMATS] = {[WEIGHT_F32] = dnnl_f32, [WEIGHT_F16] = dnnl_f16,
                                                            [WEIGHT_BF16] = dnnl_bf16, [WEIGHT_INT8] = dnnl_u8};
    static const dnnl_data_type_t right[N_WEIGHT_FORMATS] = {[WEIGHT_F32] = dnnl_f32, [WEIGHT_F16] = dnnl_f16,
                                                             [WEIGHT_BF16] = dnnl_bf16, [WEIGHT_INT8] = dnnl_s8};
    if (left[format] == dnnl_data_type_undef) return false;
    const dnnl_dims_t a = {p->m, p->k}, b = {p->k, p->n}, c = {p->m, p->n};
    dnnl_memory_desc_t rows, weights, result;
    dnnl_matmul_desc_t description;
    dnnl_primitive_desc_t primitive = NULL;
    dnnl_memory_desc_init_by_tag(&rows, 2, a, left[format], dnnl_ab);
    dnnl_memory_desc_init_by_tag(&weights, 2, b, right[format], dnnl_format_tag_any);
    dnnl_memory_desc_init_by_tag(&result, 2, c, dnnl_f32, dnnl_ab);
    if (dnnl_matmul_desc_init(&description, &rows, &weights, NULL, &result) != dnnl_success) return false;
    if (dnnl_primitive_desc_create(&primitive, &description, NULL, libraries.engine, NULL) != dnnl_success) return false;
    dnnl_primitive_create(&p->primitive, primitive);
    p->rows = take_memory(&rows);
    p->result = take_memory(&result);
    p->weights = calloc((size_t)p->n_copies, sizeof *p->weights);
    if (!p->weights) exit(70);
    size_t n_bytes;
    void *data = data_of(p->rows, &n_bytes), *first = NULL;
    fill_random(data, n_bytes, left[format]);
    for (int i = 0; i < p->n_copies; i++) {
        p->weights[i] = take_memory(dnnl_primitive_desc_query_md(primitive, dnnl_query_weights_md, 0));
        data = data_of(p->weights[i], &n_bytes);
        if (i == 0) {
            fill_random(first = data, n_bytes, right[format]);
        } else {
            memcpy(data, first, n_bytes);
        }
    }
    dnnl_primitive_desc_destroy(primitive);
    return true;
}

static size_t weight_floats(const PeerProduct *p) {
    return (size_t)p->n * (size_t)p->k;
}

static void blas_prepare(PeerProduct *p) {
    size_t each = weight_floats(p) * sizeof(float);
    p->x = take((size_t)p->m * (size_t)p->k * sizeof(float));
    p->y = take((size_t)p->m * (size_t)p->n * sizeof(float));
    p->w = take(each * (size_t)p->n_copies);
    fill_random(p->x, (size_t)p->m * (size_t)p->k * sizeof(float), dnnl_f32);
    fill_random(p->w, each, dnnl_f32);
    for (int i = 1; i < p->n_copies; i++) memcpy(p->w + (size_t)i * weight_floats(p), p->w, each);
}

PeerProduct *peer_product_new(PeerId id, WeightFormat format, int m, int n, int k, int n_copies) {
    PeerProduct *p = calloc(1, sizeof *p);
    if (!p) exit(70);
    *p = (PeerProduct){.id = id, .m = m, .n = n, .k = k, .n_copies = n_copies};
    if (id == PEER_ONEDNN ? dnnl_prepare(p, format) : format == WEIGHT_F32) {
        if (id != PEER_ONEDNN) blas_prepare(p);
        return p;
    }
    free(p);
    return NULL;
}

void peer_product_run(PeerProduct *p, int copy) {
    if (p->id == PEER_ONEDNN) {
        const dnnl_exec_arg_t arguments[] = {
            {DNNL_ARG_SRC, p->rows}, {DNNL_ARG_WEIGHTS, p->weights[copy % p->n_copies]}, {DNNL_ARG_DST, p->result}};
        dnnl_primitive_execute(p->primitive, libraries.stream, 3, arguments);
        dnnl_stream_wait(libraries.stream);
        return;
    }
    const float *w = p->w + (size_t)(copy % p->n_copies) * weight_floats(p);
    if (p->m == 1) {
        libraries.sgemv[p->id](ROW_MAJOR, NO_TRANS, p->n, p->k, 1.0f, w, p->k, p->x, 1, 0.0f, p->y, 1);
    } else {
        libraries.sgemm[p->id](ROW_MAJOR, NO_TRANS, TRANS, p->m, p->n, p->k, 1.0f, p->x, p->k, w, p->k, 0.0f, p->y, p->n);
    }
}

void peer_product_free(PeerProduct *p) {
    if (!p) return;
    if (p->id == PEER_ONEDNN) {
        give_memory(p->rows);
        give_memory(p->result);
        for (int i = 0; i < p->n_copies; i++) give_memory(p->weights[i]);
        free(p->weights);
        dnnl_primitive_destroy(p->primitive);
    } else {
        topology_memory_give(p->x, (size_t)p->m * (size_t)p->k * sizeof(float));
        topology_memory_give(p->y, (size_t)p->m * (size_t)p->n * sizeof(float));
        topology_memory_give(p->w, weight_floats(p) * sizeof(float) * (size_t)p->n_copies);
    }
    free(p);
}
