/* Dimensions of a transformer: checks, and the parameters that follow from them. Layer: step. */
#include "tokentco/arch.h"

#include <string.h>

/* Gate, up and down. */
enum { GATED_PRODUCTS = 3, BLOCK = 32 };

typedef struct Range {
    const char *name;
    int value, min, max;
} Range;

static bool check_ranges(const ArchShape *a, const Range *ranges, int n, Err *err)
{
    for (int i = 0; i < n; i++) {
        const Range *r = &ranges[i];
        if (r->value >= r->min && r->value <= r->max) continue;
        return err_set(err, ERR_DATA, "%s: %s is %d, outside %d to %d", a->name, r->name, r->value, r->min,
                       r->max);
    }
    return true;
}

static bool check_experts(const ArchShape *a, Err *err)
{
    const Range ranges[] = {
        {"experts_active", a->experts_active, 1, a->experts},
        {"dense_layers", a->dense_layers, 0, a->layers - 1},
        {"expert_intermediate", a->expert_intermediate, 1, 65536 * 4},
        {"shared_intermediate", a->shared_intermediate, 0, 65536 * 4},
    };
    if (a->experts == 0) return true;
    if (!check_ranges(a, ranges, (int)(sizeof ranges / sizeof *ranges), err)) return false;
    if (a->expert_intermediate % BLOCK == 0 && a->shared_intermediate % BLOCK == 0) return true;
    return err_set(err, ERR_DATA, "%s: widths of experts must be multiples of %d (%d, %d)", a->name, BLOCK,
                   a->expert_intermediate, a->shared_intermediate);
}

bool arch_check(const ArchShape *a, Err *err)
{
    bool has_dense = arch_layers_of(a, LAYER_DENSE) > 0;
    const Range ranges[] = {
        {"layers", a->layers, 1, 2000},
        {"hidden", a->hidden, 1, 65536},
        {"intermediate", a->intermediate, has_dense ? 1 : 0, 65536 * 4},
        {"heads", a->heads, 1, 1024},
        {"kv_heads", a->kv_heads, 1, 1024},
        {"head_dim", a->head_dim, 1, 512},
        {"vocab", a->vocab, 1, 4000000},
        {"experts", a->experts, 0, 1024},
    };
    if (!check_ranges(a, ranges, (int)(sizeof ranges / sizeof *ranges), err)) return false;
    if (a->heads % a->kv_heads != 0) {
        return err_set(err, ERR_DATA, "%s: %d heads are no multiple of %d key-value heads", a->name, a->heads,
                       a->kv_heads);
    }
    if (a->hidden % BLOCK || (has_dense && a->intermediate % BLOCK) || a->heads * a->head_dim % BLOCK ||
        a->head_dim % 2) {
        return err_set(err, ERR_DATA, "%s: widths must be multiples of %d (%d, %d)", a->name, BLOCK,
                       a->hidden, a->intermediate);
    }
    return check_experts(a, err);
}

bool arch_is_ungated_family(const char *family)
{
    static const char *const families[] = {"bloom",   "codegen",  "falcon",  "gpt2",      "gpt_bigcode",
                                           "gpt_neo", "gpt_neox", "gptneox", "gptj",      "mpt",
                                           "opt",     "phi",      "phi2",    "starcoder", "starcoder2"};
    for (size_t i = 0; i < sizeof families / sizeof *families; i++)
        if (strcmp(family, families[i]) == 0) return true;
    return false;
}

int arch_layers_of(const ArchShape *a, LayerKind kind)
{
    int dense = a->experts > 0 ? a->dense_layers : a->layers;
    return kind == LAYER_DENSE ? dense : a->layers - dense;
}

double arch_layer_params(const ArchShape *a, LayerKind kind)
{
    double inner = (double)a->heads * a->head_dim, kv = (double)a->kv_heads * a->head_dim;
    bool is_dense = kind == LAYER_DENSE;
    double block = is_dense ? a->intermediate : a->shared_intermediate, router = is_dense ? 0 : a->experts;
    return (2.0 * inner + 2.0 * kv + GATED_PRODUCTS * block + router) * a->hidden;
}

double arch_expert_params(const ArchShape *a)
{
    return a->experts > 0 ? (double)GATED_PRODUCTS * a->expert_intermediate * a->hidden : 0.0;
}

double arch_head_params(const ArchShape *a)
{
    return (double)a->vocab * a->hidden;
}

static double params_with(const ArchShape *a, int experts)
{
    double dense = arch_layers_of(a, LAYER_DENSE) * arch_layer_params(a, LAYER_DENSE);
    double expert_layer = arch_layer_params(a, LAYER_EXPERTS) + experts * arch_expert_params(a);
    return dense + arch_layers_of(a, LAYER_EXPERTS) * expert_layer +
           arch_head_params(a) * (a->is_head_tied ? 1.0 : 2.0);
}

double arch_params(const ArchShape *a)
{
    return params_with(a, a->experts);
}

ModelShape arch_model_shape(const ArchShape *a)
{
    return (ModelShape){.params_total = arch_params(a),
                        .params_active = params_with(a, a->experts_active),
                        .params_routed =
                            (double)arch_layers_of(a, LAYER_EXPERTS) * a->experts * arch_expert_params(a),
                        .layers = a->layers,
                        .hidden = a->hidden,
                        .heads = a->heads,
                        .head_dim = a->head_dim,
                        .kv_values_per_layer = 2.0 * a->kv_heads * a->head_dim,
                        .kv_shards = a->kv_heads,
                        .experts = a->experts,
                        .experts_active = a->experts_active};
}
