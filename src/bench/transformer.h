/* A transformer with random weights: what one step of a real engine computes, and nothing that it does not.
 *
 * Layer: bench (private). Real layers of a real shape: RMSNorm, fused query-key-value product, RoPE,
 * attention over the cache, output product, RMSNorm, gate and up products with SwiGLU, down product (of the
 * experts that a router chooses, in a model of experts); then
 * final norm and output head for the last token of each sequence, as engines do. Every layer has weights of
 * its own.
 */
#ifndef TOKENTCO_BENCH_TRANSFORMER_H
#define TOKENTCO_BENCH_TRANSFORMER_H

#include "kernel.h"
#include "pool.h"
#include "tokentco/bench.h"

typedef struct Transformer Transformer;

/* How much is built: layers of each kind (fewer than the shape has are extrapolated), and the largest step.
 */
typedef struct TransformerPlan {
    int n_layers[N_LAYER_KINDS];
    int max_rows; /* tokens of one step, all sequences together */
    int max_sequences;
    int max_context; /* tokens of one sequence */
    bool is_kv_bf16; /* else f16 */
} TransformerPlan;

static inline int plan_layers(const TransformerPlan *plan)
{
    return plan->n_layers[LAYER_DENSE] + plan->n_layers[LAYER_EXPERTS];
}

double transformer_layer_bytes(const ArchShape *shape, LayerKind kind, WeightFormat format);
double transformer_head_bytes(const ArchShape *shape, WeightFormat format);
double transformer_layers_bytes(const ArchShape *shape, const TransformerPlan *plan, WeightFormat format);
/* All memory that transformer_new takes: weights, cache and buffers. */
double transformer_bytes(const ArchShape *shape, WeightFormat format, const TransformerPlan *plan,
                         const KernelSet *set, int n_threads);

/* Weights are written by the threads of the pool, which also places them. The pool and set are borrowed. NULL
 * where memory_room would not hold it: a control group ends a process that takes more than that. */
Transformer *transformer_new(const ArchShape *shape, WeightFormat format, const TransformerPlan *plan,
                             const KernelSet *set, Pool *pool, unsigned long long seed, Err *err);
void transformer_free(Transformer *model);

/* Where the time of a step went, for extrapolation to the whole model. */
typedef struct StepTime {
    double layers_s[N_LAYER_KINDS], head_s;
} StepTime;

static inline double step_layers_s(const StepTime *time)
{
    return time->layers_s[LAYER_DENSE] + time->layers_s[LAYER_EXPERTS];
}

/* One step: `n_sequences` sequences of `n_tokens` new tokens each, behind `depth` tokens already in the
 * cache. */
StepTime transformer_step(Transformer *model, int n_sequences, int n_tokens, int depth);

/* The same through a share of the layers of each kind, one at least; the times are told for all of them. */
StepTime transformer_step_part(Transformer *model, int n_sequences, int n_tokens, int depth, double share);

/* How many layers that share is, and the bytes of all that were built. */
int transformer_part_layers(const Transformer *model, double share);
double transformer_built_bytes(const Transformer *model);

#endif
