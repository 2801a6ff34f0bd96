/* Throughput of a served model on rented or owned accelerators: what a configuration delivers at a batch, a
 * concurrency, or as much as it can take.
 *
 * Layer: model. The step is a sum of physical terms (equations E4 to E10, with the additions that
 * src/model/README.md lists); how much of each limit an engine reaches is in ThroughputParams, which the
 * calibration fills. Pure functions, no allocation, no clock. Speculative decoding and prefill/decode
 * disaggregation are outside the model.
 */
#ifndef TOKENTCO_THROUGHPUT_H
#define TOKENTCO_THROUGHPUT_H

#include "tokentco/err.h"
#include "tokentco/step.h"

#include <stdbool.h>

enum { THROUGHPUT_NAME_BYTES = 48 };

/* Parameters of the step: id, name, value before any calibration, spread of the global value around it (of
 * its natural log), unit, meaning. Values are positive; exponents are carried as their exponential so that
 * all are. */
#define THROUGHPUT_PARAMS(_)                                                                                 \
    _(E_W, "e_w", 0.85, 0.2, "frac", "share of memory bandwidth reached on weights")                         \
    _(E_KV, "e_kv", 0.80, 0.3, "frac", "share of memory bandwidth reached on the cache")                     \
    _(E_FL, "e_fl", 0.60, 0.3, "frac", "share of peak arithmetic reached in decode")                         \
    _(E_PF, "e_pf", 0.55, 0.3, "frac", "share of peak arithmetic reached in prefill")                        \
    _(E_LINK, "e_link", 0.45, 0.4, "frac", "share of link bandwidth reached")                                \
    _(MOE_W, "moe_e_w", 0.85, 0.2, "frac", "factor on e_w for routed experts")                               \
    _(MOE_FL, "moe_e_fl", 0.70, 0.3, "frac", "factor on e_fl and e_pf for routed experts")                   \
    _(T_LAYER, "t_layer", 40e-6, 0.5, "s", "overhead per layer and step on an accelerator of 2 TB/s")        \
    _(T_MOE, "moe_t_layer", 25e-6, 0.5, "s", "added overhead per layer and step for expert models")          \
    _(T_LATENT, "latent_t_layer", 15e-6, 0.5, "s", "added overhead per layer and step for latent attention") \
    _(T_FIX, "t_fix", 0.5e-3, 0.7, "s", "time of a step that nothing else explains")                         \
    _(T_SEQ, "t_seq", 10e-6, 0.5, "s", "overhead per sequence and step")                                     \
    _(T_AR, "t_ar", 8e-6, 0.5, "s", "latency of one all-reduce")                                             \
    _(T_PF_LAYER, "t_pf_layer", 60e-6, 0.5, "s", "overhead per layer of a prefill pass")                     \
    _(T_PF_TOK, "t_pf_tok", 0.5e-6, 0.7, "s", "overhead per prompt token")                                   \
    _(SCORE_BYTES, "score_bytes", 2.0, 0.7, "B", "memory traffic per attention score in prefill")            \
    _(MIX, "mix", 0.9, 0.2, "frac", "share of a prefill that running sequences feel")                        \
    _(BATCH_CAP, "batch_cap", 2048, 0.3, "count", "most sequences of a saturated server")                    \
    _(KV_USE, "kv_use", 0.95, 0.1, "frac", "share of free memory that holds cache")                          \
    _(T_STAGE, "t_stage", 1e-3, 0.7, "s", "latency per added pipeline stage")                                \
    _(UNPACK, "unpack", 1.0, 0.5, "frac",                                                                    \
      "cost of unpacking weights on a CPU, relative to two operations a weight")                             \
    _(PF_SCALING, "prefill_scaling", 1.0, 0.15, "exp",                                                       \
      "exponential of the exponent on (peak / 500 TFLOP/s), prefill")                                        \
    _(BW_SCALING, "bandwidth_scaling", 1.05, 0.05, "exp",                                                    \
      "exponential of the exponent on (bandwidth / 2 TB/s)")                                                 \
    _(LAYER_SCALING, "layer_scaling", 1.4, 0.05, "exp",                                                      \
      "exponential of how fast t_layer falls with bandwidth")                                                \
    _(POWER_SCALING, "power_scaling", 1.2, 0.2, "exp",                                                       \
      "exponential of how fast the share of peak arithmetic falls with peak per watt")                       \
    _(EXPERT_SCALING, "expert_scaling", 1.3, 0.2, "exp",                                                     \
      "exponential of the exponent on (weights of an expert / 40 M), arithmetic of experts")                 \
    _(SPREAD_W, "spread_w", 1.05, 0.1, "frac",                                                               \
      "reading routed experts takes so much longer per doubling of the expert parallel degree")              \
    _(SPREAD_FL, "spread_fl", 1.05, 0.1, "frac",                                                             \
      "arithmetic of routed experts takes so much longer per doubling of the expert parallel degree")        \
    _(SPREAD_T, "spread_t", 1.05, 0.15, "frac",                                                              \
      "overhead of expert layers grows so much per doubling of the expert parallel degree")                  \
    _(ALL, "all", 1.0, 1e-4, "frac", "what is left: factor on every time")

#define THROUGHPUT_PARAM_ID(id, name, value, sd, unit, doc) PARAM_##id,
typedef enum ThroughputParam { THROUGHPUT_PARAMS(THROUGHPUT_PARAM_ID) N_THROUGHPUT_PARAMS } ThroughputParam;

typedef struct ThroughputParamRow {
    const char *name;
    double value; /* before calibration */
    double sd;    /* of the log of the global value */
    const char *unit, *doc;
} ThroughputParamRow;
extern const ThroughputParamRow throughput_params[N_THROUGHPUT_PARAMS];

typedef struct ThroughputParams {
    double v[N_THROUGHPUT_PARAMS];
} ThroughputParams;

/* The values before calibration. */
ThroughputParams throughput_params_default(void);

/* What the step needs to know of a model beyond its shape. */
typedef struct ModelFacts {
    char id[THROUGHPUT_NAME_BYTES]; /* as in pricing/models.csv */
    ModelShape shape;
    double vocab;            /* rows of the embedding; 0: unknown */
    double cache_layer_frac; /* share of the layers that keep a cache growing with the context */
    double expert_weights;   /* of one routed expert in one layer; 0: unknown, or none */
    bool is_latent;          /* latent attention */
} ModelFacts;

typedef struct GpuFacts {
    char id[THROUGHPUT_NAME_BYTES]; /* as in pricing/accelerators.csv */
    AccelSpec spec;
    double tdp_w;           /* 0: unknown */
    double narrow_sum_gain; /* 16-bit rate with 16-bit sums over that with 32-bit sums; 0 counts as 1 */
    bool is_cpu;
} GpuFacts;

/* How the load is put on. */
typedef enum LoadKind {
    LOAD_BATCH,       /* a static batch: all start together, prefill counted */
    LOAD_CONCURRENCY, /* a server with so many requests always in flight */
    LOAD_SATURATED,   /* a server with more requests than fit */
    LOAD_DECODE,      /* one stream, decode alone */
    LOAD_PREFILL      /* one prompt, prefill alone */
} LoadKind;

/* How weights are stored and multiplied. Integer blocks (GGUF, GPTQ, AWQ) are unpacked to 16 bits before they
 * are multiplied; 8-bit and 4-bit floats are not, and leave the output layer at 16 bits. */
typedef enum WeightClass { WEIGHTS_16, WEIGHTS_FLOAT_8, WEIGHTS_FLOAT_4, WEIGHTS_BLOCKS } WeightClass;

typedef struct ThroughputCase {
    ModelFacts model;
    GpuFacts gpu;
    char engine[THROUGHPUT_NAME_BYTES];  /* normalised by throughput_engine_normalise */
    char version[THROUGHPUT_NAME_BYTES]; /* "" unknown */
    char format[THROUGHPUT_NAME_BYTES];  /* weight format, the short name of throughput_format_set */
    WeightClass weights;
    double weight_bytes;  /* per weight, scales included */
    double file_bytes;    /* size of the weight file; 0: unknown */
    double kv_bytes;      /* per cache value */
    int gpus;             /* in all: tensor x pipeline x attention data parallel */
    int pipeline;         /* stages */
    int attention_groups; /* replicas of the attention (data parallel attention); 1: none */
    int expert_groups; /* expert parallel degree: whole experts are spread over so many GPUs; 0 or 1: none */
    int threads;       /* CPU only; 0: unknown */
    LoadKind load;
    double batch;                 /* sequences; ignored when saturated, decode or prefill */
    double input_tok, output_tok; /* means as they ran */
    double hit_frac;              /* share of input tokens already in the cache */
    double n_requests;            /* of the whole benchmark; 0: endless */
    bool is_end_to_end;           /* per-user rate counts the prefill */
} ThroughputCase;

/* What chip and model bring to the parameters above, as factors: 1 at 2 TB/s, 500 TFLOP/s, 1.4 TFLOP/s per
 * watt, 40 M weights an expert, and where a figure is unknown. */
typedef struct ThroughputScales {
    double bandwidth; /* on bandwidth */
    double layer;     /* on the overhead per layer */
    double peak;      /* on peak arithmetic, decode and prefill */
    double prefill;   /* on peak arithmetic, prefill alone */
    double experts;   /* on peak arithmetic, routed experts */
} ThroughputScales;
ThroughputScales throughput_scales(const ThroughputCase *c, const ThroughputParams *params);

/* Parts of one decode step, in this order; their sum is step_s. */
#define THROUGHPUT_TERMS(_)                                                                                  \
    _(fix, "fixed")                                                                                          \
    _(layer, "per layer")                                                                                    \
    _(seq, "per sequence")                                                                                   \
    _(allreduce, "all-reduce latency")                                                                       \
    _(weights, "reading weights")                                                                            \
    _(cache, "reading the cache")                                                                            \
    _(compute, "arithmetic")                                                                                 \
    _(link, "link bandwidth")                                                                                \
    _(stage, "pipeline stages")

#define THROUGHPUT_TERM_MEMBER(id, name) double id##_s;
#define THROUGHPUT_TERM_ID(id, name)     TERM_##id,
typedef enum ThroughputTerm { THROUGHPUT_TERMS(THROUGHPUT_TERM_ID) N_THROUGHPUT_TERMS } ThroughputTerm;
typedef union ThroughputTerms {
    struct {
        THROUGHPUT_TERMS(THROUGHPUT_TERM_MEMBER)
    };
    double v[N_THROUGHPUT_TERMS];
} ThroughputTerms;
const char *throughput_term_name(ThroughputTerm term);

/* Memory of one accelerator, in bytes. */
typedef struct ThroughputMemory {
    double total, weights, reserve,
        cache;              /* cache: what is left for it; negative when the weights do not fit */
    double cache_per_token; /* on one accelerator */
    double cache_tokens;    /* of the whole replica */
    double batch_max;       /* sequences of full length that fit */
} ThroughputMemory;

typedef struct ThroughputPrediction {
    double batch;           /* sequences running */
    double step_s;          /* one decode step at that batch */
    double prefill_s;       /* device time of one request's prefill among others */
    double prefill_alone_s; /* of a prefill with the machine to itself */
    double tpot_s;          /* between tokens, prefill interference included */
    double out_tok_s;       /* of the whole replica */
    double per_user_tok_s;
    double prefill_tok_s; /* input_tok / prefill_alone_s */
    ThroughputTerms terms;
    ThroughputMemory memory;
} ThroughputPrediction;

/* "TensorRT-LLM", "trtllm" and "tensorrt_llm" are one engine, and so on; engines of before 2024 count as
 * their own. */
void throughput_engine_normalise(const char *engine, const char *version, bool is_cpu,
                                 char out[THROUGHPUT_NAME_BYTES]);

/* Is this an engine that calibrations know? With the nearest name when not; predictions work for any name. */
bool throughput_engine_check(const char *engine, Err *err);

/* Sets format, weights and weight_bytes of a case from a format's name ("fp8", "nvfp4", "q4_k_m",
 * "IQ3_S - 3.4375 bpw", ...), case ignored. False with the nearest name when there is no such format. */
bool throughput_format_set(ThroughputCase *c, const char *format, Err *err);

/* Sets them from the format that a model's name ends in ("Llama-3.1-8B-Instruct-FP8-dynamic",
 * "Qwen2.5-7B-Instruct-AWQ"). False, and nothing set, when it names none. */
bool throughput_format_of_name(ThroughputCase *c, const char *model_name);

/* Can this be run at all: lengths, degrees against heads and layers, precision, memory? */
bool throughput_check(const ThroughputCase *c, const ThroughputParams *params, Err *err);

ThroughputMemory throughput_memory(const ThroughputCase *c, const ThroughputParams *params);

/* Time of one decode step with `batch` sequences; `terms` may be NULL. */
double throughput_step(const ThroughputCase *c, const ThroughputParams *params, double batch,
                       ThroughputTerms *terms);
/* Device time of one request's prefill among others, and alone. */
double throughput_prefill(const ThroughputCase *c, const ThroughputParams *params, double *alone_s);

ThroughputPrediction throughput_predict(const ThroughputCase *c, const ThroughputParams *params);

/* The one figure that a measurement of this kind reports. */
typedef enum ThroughputMetric {
    METRIC_OUT_TOK_S,
    METRIC_PER_USER_TOK_S,
    METRIC_DECODE_TOK_S,
    METRIC_PREFILL_TOK_S,
    N_THROUGHPUT_METRICS
} ThroughputMetric;
double throughput_metric(const ThroughputPrediction *p, ThroughputMetric metric);
const char *throughput_metric_name(ThroughputMetric metric);

#endif
