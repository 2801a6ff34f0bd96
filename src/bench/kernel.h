/* The contract of the kernels: packed operands, and one table of functions per instruction set.
 *
 * Layer: bench (private). Kernel files (suffix _ref, _avx2, _avx512, _neon, _dotprod, _i8mm) include this
 * header, those that stand on it alone, and the intrinsics header, nothing else; the suffix gives their
 * compiler flags. kernels_ref.c defines what is correct.
 *
 * Product: C[m][n] = sum over k of X[m][k] * W[n][k], X activations in f32, W weights of one format, C in
 * f32.
 *
 * Weights are packed once, ahead of time, into panels of `nr` outputs. Inside a panel the inner index runs
 * over groups of `kg` neighbouring k, so that one vector load brings `nr` outputs and one 32-bit broadcast of
 * an activation meets them: value (n, k) of a dense format lies at [n / nr][k / kg][n % nr][k % kg]. The
 * block formats store pairs of blocks: [n / nr][k / 64] { f16 scale [2][nr]; values [2][...][nr][kg] }, so
 * that a panel is one sequential stream with aligned vectors and costs what the file format costs: 34 bytes
 * (Q8_0) and 18 bytes (Q4_0) for 32 weights.
 *
 * Activations are packed before each product into tiles of at most `mr` rows, in the same inner order, and
 * are quantised there for the integer formats: Q8_0 and Q4_0 per block of 32 (as the field does), INT8 per
 * row.
 */
#ifndef TOKENTCO_BENCH_KERNEL_H
#define TOKENTCO_BENCH_KERNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* id, name, bytes per weight with scales */
#define WEIGHT_FORMATS(_)                                                                                    \
    _(F32, "f32", 4.0)                                                                                       \
    _(F16, "f16", 2.0)                                                                                       \
    _(BF16, "bf16", 2.0)                                                                                     \
    _(INT8, "int8", 1.0)                                                                                     \
    _(Q8_0, "q8_0", 34.0 / 32.0)                                                                             \
    _(Q4_0, "q4_0", 18.0 / 32.0)

typedef enum WeightFormat {
#define WEIGHT_FORMAT_ENUM(id, name, bytes) WEIGHT_##id,
    WEIGHT_FORMATS(WEIGHT_FORMAT_ENUM)
#undef WEIGHT_FORMAT_ENUM
        N_WEIGHT_FORMATS
} WeightFormat;

enum { BLOCK_VALUES = 32, PAIR_VALUES = 2 * BLOCK_VALUES, KERNEL_ALIGN = 64 };
/* Longest sum of products of an unsigned and a signed byte that an int32 holds. */
enum { INT8_K_MAX = 65536 };

/* The field's block layouts, as in GGUF files: value = scale * q, and scale * (nibble - 8), with the low
 * nibbles holding the first half of the block. Scales are IEEE half floats. */
typedef struct BlockQ8 {
    uint16_t scale;
    int8_t q[BLOCK_VALUES];
} BlockQ8;
typedef struct BlockQ4 {
    uint16_t scale;
    uint8_t q[BLOCK_VALUES / 2];
} BlockQ4;

/* How one set wants one format. */
typedef struct PanelLayout {
    int nr;     /* outputs of a panel */
    int mr;     /* most rows of a tile */
    int kg;     /* neighbouring k that lie together */
    int offset; /* added to stored integer weights, so that unsigned-by-signed instructions fit */
    int many;   /* from as many rows on, tiles are of at most mr_many; 0: never */
    int mr_many;
} PanelLayout;

typedef struct PackedWeights {
    WeightFormat format;
    PanelLayout layout;
    int n, k;
    int k_padded;       /* zeros beyond k */
    int n_panels;       /* ceil(n / nr); columns beyond n are zero */
    size_t panel_bytes; /* a multiple of KERNEL_ALIGN */
    uint8_t *panels;    /* borrowed: n_panels * panel_bytes, aligned, and KERNEL_READ_AHEAD bytes more */
    float *scales;      /* borrowed: [n_panels * nr], INT8 only */
} PackedWeights;

/* Kernels prefetch, but never read, this far beyond a panel. */
enum { KERNEL_READ_AHEAD = 4096 };

typedef struct PackedRows {
    int m, k, k_padded;
    int n_tiles;          /* tile t holds rows t * m / n_tiles up to those of t + 1 */
    int n_blocks;         /* scales per row: k_padded / 32, 1 (INT8), 0 (floating point) */
    void *values;         /* borrowed, aligned: float, bf16 pairs or int8 */
    float *scales;        /* borrowed: [tile][block][row] */
    int32_t *corrections; /* borrowed: [tile][block][row], -offset * sum of the quantised values */
} PackedRows;

/* Quantises or converts rows of `x` (row stride `ldx`) into tiles [tile_from, tile_to) of `out`. */
typedef void (*PackRowsFn)(const PanelLayout *layout, WeightFormat format, const float *x, size_t ldx,
                           PackedRows *out, int tile_from, int tile_to);
/* All rows times panels [panel_from, panel_to): writes, or adds to, their columns of c (row stride ldc
 * floats). */
typedef void (*GemmFn)(const PackedRows *rows, const PackedWeights *weights, int panel_from, int panel_to,
                       float *c, size_t ldc, bool is_added);

typedef struct FormatOps {
    unsigned features; /* CpuFeature bits that this format needs beyond those of its set */
    PanelLayout layout;
    PackRowsFn pack_rows;
    GemmFn gemm;
} FormatOps;

/* A cache of keys and values of one sequence, one layer and one key-value head, in 16-bit panels: keys
 * [token / nr][head_dim][nr], values [head_dim / nr][token capacity][nr]. */
enum { KV_PANEL = 32 };
typedef struct KvHead {
    uint16_t *keys, *values; /* borrowed, aligned */
    int head_dim;            /* a multiple of KV_PANEL is fastest; any number is right */
    int capacity;            /* tokens, a multiple of KV_PANEL */
    bool is_bf16;            /* else f16 */
} KvHead;

enum { ATTENTION_ROWS_MAX = 12, HEAD_DIM_MAX = 512 };
/* Causal attention of up to ATTENTION_ROWS_MAX query rows over one cache head. Row r (head_dim floats at
 * q[r]) sees tokens [token_from, min(token_to, n_visible[r])). `out[r]` receives the weighted values, not yet
 * normalised; `peak` and `sum` the running softmax state, so that slices of a long cache can be merged. */
typedef struct AttentionTask {
    const KvHead *head;
    int n_rows, token_from, token_to;
    float scale; /* on the scores, usually 1 / sqrt(head_dim) */
    const float *q[ATTENTION_ROWS_MAX];
    float *out[ATTENTION_ROWS_MAX];
    int n_visible[ATTENTION_ROWS_MAX];
    float peak[ATTENTION_ROWS_MAX], sum[ATTENTION_ROWS_MAX];
    float *scratch; /* borrowed: ATTENTION_SCRATCH floats */
} AttentionTask;

/* How one thread reads memory: as one sequence, as one that software fetches ahead, or as READ_STREAMS
 * sequences side by side. Which is fastest differs between processors and is measured: in one sequence the
 * hardware stops fetching ahead at each 4 KiB page, several keep it busy, fetching by software helps some and
 * hinders others. */
typedef enum ReadPattern { READ_PLAIN, READ_FETCHED, READ_SIDE_BY_SIDE, N_READ_PATTERNS } ReadPattern;
enum { READ_STREAMS = 4 };

/* How a kernel file was compiled; the Makefile says so for each. */
#ifndef TOKENTCO_ISA_FLAGS
#define TOKENTCO_ISA_FLAGS ""
#endif

typedef struct KernelSet {
    const char *name;
    const char *flags; /* TOKENTCO_ISA_FLAGS of its file */
    unsigned features; /* CpuFeature bits without which nothing of the set runs */
    FormatOps formats[N_WEIGHT_FORMATS];
    void (*attention)(AttentionTask *task);
    /* out[i] = x[i] * weight[i] / sqrt(mean(x^2) + eps) */
    void (*rms_norm)(const float *x, const float *weight, int n, float eps, float *out);
    /* Rotates the pairs (x[i], x[i + n/2]) by the angles whose cosines and sines are given ([n/2] each). */
    void (*rope)(float *x, const float *cosines, const float *sines, int n);
    /* gate[i] = gate[i] / (1 + exp(-gate[i])) * up[i] */
    void (*swiglu)(float *gate, const float *up, int n);
    void (*softmax)(float *x, int n);
    /* Machine limits: multiply-adds of independent operands in registers, and a sum over memory. Each returns
     * a value that depends on all of its work. `n` is a number of inner rounds; operations done are written
     * to *n_ops. */
    float (*peak_f32)(long n, double *n_ops);
    float (*peak_bf16)(long n, double *n_ops);
    float (*peak_int8)(long n, double *n_ops);
    float (*read_bytes)(const void *memory, size_t n_bytes, ReadPattern pattern);
} KernelSet;

/* Features by name as the operating system shows them. */
#define CPU_FEATURES(_)                                                                                      \
    _(AVX2, "avx2")                                                                                          \
    _(FMA, "fma")                                                                                            \
    _(F16C, "f16c")                                                                                          \
    _(AVX512F, "avx512f")                                                                                    \
    _(AVX512BW, "avx512bw")                                                                                  \
    _(AVX512DQ, "avx512dq")                                                                                  \
    _(AVX512VL, "avx512vl")                                                                                  \
    _(AVX512VNNI, "avx512vnni")                                                                              \
    _(AVX512BF16, "avx512bf16")                                                                              \
    _(NEON, "asimd")                                                                                         \
    _(DOTPROD, "asimddp")                                                                                    \
    _(I8MM, "i8mm")                                                                                          \
    _(BF16, "bf16")

enum CpuFeatureIndex {
#define CPU_FEATURE_INDEX(id, name) CPU_INDEX_##id,
    CPU_FEATURES(CPU_FEATURE_INDEX)
#undef CPU_FEATURE_INDEX
        N_CPU_FEATURES
};
enum CpuFeature {
#define CPU_FEATURE_BIT(id, name) CPU_##id = 1 << CPU_INDEX_##id,
    CPU_FEATURES(CPU_FEATURE_BIT)
#undef CPU_FEATURE_BIT
};

extern const KernelSet kernels_ref, kernels_avx2, kernels_avx512, kernels_neon, kernels_dotprod, kernels_i8mm;

/* The plain row packer: any layout. Sets use it where they have no faster one. */
void pack_rows_ref(const PanelLayout *layout, WeightFormat format, const float *x, size_t ldx,
                   PackedRows *out, int tile_from, int tile_to);

/* Half precision, round to nearest even. */
float f16_to_f32(uint16_t half);
uint16_t f32_to_f16(float value);
float bf16_to_f32(uint16_t value);
uint16_t f32_to_bf16(float value);

/* First row of tile t. */
static inline int tile_row(const PackedRows *rows, int tile)
{
    return (int)((long)tile * rows->m / rows->n_tiles);
}

/* Tokens scored at a time; scratch is one row of them, and 16 more against cache conflicts, for each query
 * row. */
enum {
    ATTENTION_BLOCK = 256,
    ATTENTION_LD = ATTENTION_BLOCK + 16,
    ATTENTION_SCRATCH = ATTENTION_ROWS_MAX * ATTENTION_LD
};

#endif
