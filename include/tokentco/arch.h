/* Architecture: the dimensions of a transformer, as its config.json gives them.
 *
 * Layer: step (plain data that feed and model find, and bench runs). Layers of grouped-query attention and a
 * gated feed-forward block, dense or of routed experts. ModelShape is what the cost model needs of it.
 */
#ifndef TOKENTCO_ARCH_H
#define TOKENTCO_ARCH_H

#include "tokentco/err.h"
#include "tokentco/step.h"

#include <stdbool.h>

typedef struct ArchShape {
    const char *name; /* borrowed */
    int layers, hidden, intermediate, heads, kv_heads, head_dim, vocab;
    bool is_head_tied; /* the output head shares the embedding's parameters */
    /* 0 experts: dense. A token passes `experts_active` of them, and the shared block (width 0: none), which
     * stands for all shared experts together. */
    int experts, experts_active, expert_intermediate, shared_intermediate;
    int dense_layers; /* of a model of experts: so many of its layers are dense, `intermediate` wide */
} ArchShape;

/* A layer of one feed-forward block, or of experts that a router chooses. */
typedef enum LayerKind { LAYER_DENSE, LAYER_EXPERTS, N_LAYER_KINDS } LayerKind;

/* How many layers are of that kind. */
int arch_layers_of(const ArchShape *arch, LayerKind kind);

/* Do the feed-forward blocks of a family, as config.json ("gpt_neox") or GGUF ("gptneox") spells it, lack the
 * gate? */
bool arch_is_ungated_family(const char *family);

/* Can it be run: every dimension in its range, heads in whole groups, widths in whole blocks of 32? */
bool arch_check(const ArchShape *arch, Err *err);

/* Parameters of one layer that every token passes through (attention, router, dense or shared block), of one
 * expert, and of the output head. */
double arch_layer_params(const ArchShape *arch, LayerKind kind);
double arch_expert_params(const ArchShape *arch);
double arch_head_params(const ArchShape *arch);

/* All its parameters, embedding included, norms and biases left out. */
double arch_params(const ArchShape *arch);

ModelShape arch_model_shape(const ArchShape *arch);

#endif
