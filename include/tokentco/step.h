/* Step time: shapes, accelerator figures, efficiencies, and the time that one prefill and one decode step
 * take.
 *
 * Layer: step (a leaf that bench fits and model predicts with). Equations E4 to E10 of the method;
 * src/step/README.md writes them out. All times in seconds, memory in bytes, rates per second. Pure
 * functions, no allocation.
 */
#ifndef TOKENTCO_STEP_H
#define TOKENTCO_STEP_H

#include "tokentco/field.h"

/* The architecture of a model. Symbols: P_tot, P_act, P_exp, layers, hidden, heads, d_head, kv_values,
 * kv_shards, s = experts / experts_active. A dense model has experts = 0 and params_routed = 0. */
#define SHAPE_FIELDS(_)                                                                                      \
    _(NUM, params_total, "model.p_tot", "count", 1e6, 1e14, 70.55e9, 1.1, FIELD_FIXED, "parameters in all")  \
    _(NUM, params_active, "model.p_act", "count", 1e6, 1e14, 70.55e9, 1.1, FIELD_FIXED,                      \
      "parameters that one token passes through")                                                            \
    _(NUM, params_routed, "model.p_exp", "count", 0, 1e14, 0, 1.1, FIELD_FIXED,                              \
      "parameters in routed experts; 0 for a dense model")                                                   \
    _(INT, layers, "model.layers", "count", 1, 2000, 80, 1, FIELD_FIXED, "transformer layers")               \
    _(INT, hidden, "model.hidden", "count", 1, 1000000, 8192, 1, FIELD_FIXED,                                \
      "width of the residual stream")                                                                        \
    _(INT, heads, "model.heads", "count", 1, 100000, 64, 1, FIELD_FIXED, "query heads")                      \
    _(INT, head_dim, "model.d_head", "count", 1, 100000, 128, 1, FIELD_FIXED, "width of one head")           \
    _(NUM, kv_values_per_layer, "model.kv_values", "count", 1, 1e7, 2048, 1.1, FIELD_FIXED,                  \
      "cache values per token and layer: 2 x KV heads x head width, or latent plus rope width")              \
    _(INT, kv_shards, "model.kv_shards", "count", 1, 100000, 8, 1, FIELD_FIXED,                              \
      "GPUs over which the cache can be split: the number of KV heads, 1 for latent attention")              \
    _(INT, experts, "model.experts", "count", 0, 100000, 0, 1, FIELD_FIXED,                                  \
      "routed experts per layer; 0: dense")                                                                  \
    _(INT, experts_active, "model.experts_active", "count", 0, 100000, 0, 1, FIELD_FIXED,                    \
      "routed experts that a token uses")                                                                    \
    _(INT, sliding_window_tok, "", "tok", 0, 100000000, 0, 1, FIELD_FIXED,                                   \
      "window of the layers with sliding attention; 0: none")                                                \
    _(NUM, sliding_layer_frac, "", "frac", 0, 1, 0, 0.1, FIELD_FIXED,                                        \
      "share of the layers with sliding attention")

typedef struct ModelShape {
    SHAPE_FIELDS(FIELD_DECLARE)
} ModelShape;

/* One accelerator. Dense peaks, never sparse; the link is one direction. */
#define ACCELERATOR_FIELDS(_)                                                                                \
    _(NUM, memory_bytes, "gpu.mem", "B", 1e6, 1e15, 80e9, 1.1, FIELD_FIXED, "memory of one GPU")             \
    _(NUM, bandwidth_bytes_s, "gpu.bw", "B/s", 1e6, 1e18, 3.35e12, 1.05, FIELD_PLAIN,                        \
      "memory bandwidth of one GPU")                                                                         \
    _(NUM, link_bytes_s, "gpu.link", "B/s", 1e3, 1e18, 450e9, 1.05, FIELD_PLAIN,                             \
      "bandwidth between GPUs of a replica, one direction")                                                  \
    _(NUM, flops_16bit, "gpu.f16", "FLOP/s", 1e6, 1e20, 989e12, 1.05, FIELD_PLAIN, "dense 16-bit peak")      \
    _(NUM, flops_8bit, "gpu.f8", "FLOP/s", 1e6, 1e20, 1979e12, 1.05, FIELD_PLAIN, "dense 8-bit peak")        \
    _(OPT, flops_4bit, "gpu.f4", "FLOP/s", 1e6, 1e20, 0, 1.05, FIELD_PLAIN,                                  \
      "dense 4-bit peak; absent: 4-bit weights compute at the 8-bit peak")

typedef struct AccelSpec {
    ACCELERATOR_FIELDS(FIELD_DECLARE)
} AccelSpec;

/* Shares of peak and overheads that a serving engine reaches. Defaults: fit to 3,757 published serving
 * points. */
#define EFFICIENCY_FIELDS(_)                                                                                 \
    _(NUM, e_w, "engine.e_w", "frac", 0, 2, 0.95, 0.02, FIELD_OPEN_MIN,                                      \
      "share of memory bandwidth reached on weights")                                                        \
    _(NUM, e_kv, "engine.e_kv", "frac", 0, 2, 0.90, 0.02, FIELD_OPEN_MIN,                                    \
      "share of memory bandwidth reached on the cache")                                                      \
    _(NUM, e_pf, "engine.e_pf", "frac", 0, 2, 0.60, 0.02, FIELD_OPEN_MIN,                                    \
      "share of peak arithmetic reached in prefill")                                                         \
    _(NUM, e_fl, "engine.e_fl", "frac", 0, 2, 0.80, 0.02, FIELD_OPEN_MIN,                                    \
      "share of peak arithmetic reached in decode")                                                          \
    _(NUM, e_link, "engine.e_link", "frac", 0, 2, 0.45, 0.02, FIELD_OPEN_MIN,                                \
      "share of link bandwidth reached")                                                                     \
    _(NUM, moe_e_w, "engine.moe_e_w", "frac", 0, 2, 0.83, 0.02, FIELD_OPEN_MIN,                              \
      "factor on e_w for expert models")                                                                     \
    _(NUM, moe_e_fl, "engine.moe_e_fl", "frac", 0, 2, 0.77, 0.02, FIELD_OPEN_MIN,                            \
      "factor on e_pf and e_fl for expert models")                                                           \
    _(NUM, t_fix_s, "engine.t_fix", "s", 0, 10, 0, 0.001, FIELD_PLAIN,                                       \
      "time of a step that nothing else explains")                                                           \
    _(NUM, t_layer_s, "engine.t_layer", "s", 0, 1, 60e-6, 5e-6, FIELD_PLAIN, "overhead per layer and step")  \
    _(NUM, t_seq_s, "engine.t_seq", "s", 0, 1, 10e-6, 1e-6, FIELD_PLAIN, "overhead per sequence and step")   \
    _(NUM, t_ar_s, "engine.t_ar", "s", 0, 1, 5e-6, 1e-6, FIELD_PLAIN, "latency of one all-reduce")           \
    _(NUM, moe_t_layer_s, "engine.moe_t_layer", "s", 0, 1, 25e-6, 5e-6, FIELD_PLAIN,                         \
      "added overhead per layer and step for expert models")

typedef struct Efficiency {
    EFFICIENCY_FIELDS(FIELD_DECLARE)
} Efficiency;

/* What a replica runs: precisions and memory policy. */
#define SERVING_FIELDS(_)                                                                                    \
    _(NUM, weight_bytes, "engine.bytes_w", "B", 0, 8, 1.0, 0.5, FIELD_OPEN_MIN,                              \
      "bytes per weight: 2, 1 (8 bit), 0.5 (4 bit)")                                                         \
    _(NUM, kv_bytes, "engine.bytes_kv", "B", 0, 8, 2.0, 0.5, FIELD_OPEN_MIN, "bytes per cache value")        \
    _(NUM, memory_use_frac, "engine.u_mem", "frac", 0, 1, 0.90, 0.01, FIELD_OPEN_MIN,                        \
      "share of GPU memory that the engine takes")                                                           \
    _(NUM, reserve_bytes, "engine.reserve", "B", 0, 1e12, 2e9, 1.1, FIELD_PLAIN,                             \
      "memory per GPU for activations and graphs")                                                           \
    _(NUM, kv_use_frac, "engine.eta_kv", "frac", 0, 1, 0.96, 0.01, FIELD_OPEN_MIN,                           \
      "share of the cache pages that hold tokens")                                                           \
    _(INT, batch_max, "engine.b_max", "count", 1, 1000000, 256, 1, FIELD_PLAIN,                              \
      "most sequences that a replica runs at once")

typedef struct ServingSetup {
    SERVING_FIELDS(FIELD_DECLARE)
} ServingSetup;

/* Mean lengths that a replica sees, and its latency limits. */
typedef struct RequestMix {
    double input_tok, input_cv;   /* L_i, c_i */
    double output_tok, output_cv; /* L_o >= 1, c_o */
    double resident_tok;          /* E5: L_i + L_o (1 + c_o^2) / 2 */
    double cache_hit_frac;        /* share of input tokens already in the cache */
    double max_context_tok;
    double slo_tpot_s, slo_ttft_s;
    double slo_miss_frac; /* share that may wait longer than slo_ttft_s */
    bool is_deferrable;   /* every request of it can wait for a quiet hour */
} RequestMix;

/* The measured override: unmixed rates of a benchmark at its batch (method, after E11). */
typedef struct MeasuredRates {
    bool is_given;
    double prefill_tok_s, decode_tok_s;
    int batch;
} MeasuredRates;

/* The terms of one decode step, for `explain`. Their sum is the step time, in this order. */
typedef struct StepTerms {
    double fix_s, layer_s, seq_s, allreduce_latency_s, weights_s, kv_s, compute_s, link_s;
} StepTerms;

typedef enum ReplicaFault {
    REPLICA_OK,
    REPLICA_NO_MEMORY,     /* weights leave less cache than one longest context */
    REPLICA_NO_BATCH,      /* not even one sequence of the mean length fits */
    REPLICA_TPOT_TOO_SLOW, /* one sequence alone exceeds the TPOT limit */
    REPLICA_TTFT_TOO_SLOW  /* prefill and one step exceed the TTFT limit */
} ReplicaFault;

/* One replica at its planning batch (E6 to E10). Only `fault`, `kv_tokens` and `batch_memory` hold when not
 * OK. */
typedef struct Replica {
    ReplicaFault fault;
    int degree;          /* G, GPUs of the replica */
    double kv_tokens;    /* E6; 0 with a measured override */
    double batch_memory; /* B_mem */
    int batch;           /* B* */
    double prefill_s;    /* E7 */
    double step_s;       /* E8 at B* */
    double tpot_s;       /* E10 at B* */
    double rate_req_s;   /* E9 at B*: mu */
    double slack_s;      /* TTFT limit less prefill and one step */
} Replica;

/* E4: cache bytes per token. */
double step_kv_bytes_per_token(const ModelShape *shape, double kv_bytes);

/* E5. */
double step_resident_tok(double input_tok, double output_tok, double output_cv);

/* E6: cache tokens that one replica of `degree` GPUs holds; negative when the weights alone do not fit. */
double step_kv_tokens(const ModelShape *shape, const AccelSpec *gpu, const ServingSetup *setup, int degree);

/* Dense peak for weights of this width: 4-bit falls back to 8-bit; more than 1 byte is 16-bit. */
double step_peak_flops(const AccelSpec *gpu, double weight_bytes);

/* E7: time to prefill one request of the mix alone. */
double step_prefill_s(const ModelShape *shape, const AccelSpec *gpu, const Efficiency *eff,
                      const ServingSetup *setup, const RequestMix *mix, int degree);

/* E8: time of one decode step with `batch` running sequences (real-valued: the load fixed point uses
 * fractions). */
double step_decode_s(const ModelShape *shape, const AccelSpec *gpu, const Efficiency *eff,
                     const ServingSetup *setup, const RequestMix *mix, int degree, double batch,
                     StepTerms *terms);

/* Several kinds of request on one replica (E67): their shares of the requests sum to 1. */
enum { MIX_KINDS_MAX = 8 };
typedef struct MixSet {
    int n;
    RequestMix kinds[MIX_KINDS_MAX];
    double share[MIX_KINDS_MAX];
} MixSet;

/* The one kind of request that stands for the set: mean lengths, resident context weighted by output, spread
 * of the output length over all requests, the longest context and the tightest interactive limits: those of a
 * kind that can all wait bind only where every kind can. Kinds without a share count for nothing. A set of
 * one is returned as it is. */
RequestMix mix_combine(const MixSet *set);

/* E6 to E10 and the zero-load check: the planning batch of a replica by integer bisection. `measured` may be
 * NULL. */
Replica replica_build(const ModelShape *shape, const AccelSpec *gpu, const Efficiency *eff,
                      const ServingSetup *setup, const MeasuredRates *measured, const MixSet *mix,
                      int degree);

/* A sentence without a full stop: why the replica cannot serve. */
void replica_fault_format(const Replica *replica, const RequestMix *mix, char *out, size_t size);

#endif
