/* How much of a model is built. Layer: bench. */
#include "plan.h"

#include "formats.h"

#include <math.h>

/* The largest step of all cases. */
static void find_extent(const Case *cases, int n_cases, TransformerPlan *plan)
{
    for (int i = 0; i < n_cases; i++) {
        const Case *c = &cases[i];
        int rows = c->n_sequences * c->n_tokens, context = c->depth + c->n_tokens;
        if (rows > plan->max_rows) plan->max_rows = rows;
        if (c->n_sequences > plan->max_sequences) plan->max_sequences = c->n_sequences;
        if (context > plan->max_context) plan->max_context = context;
    }
}

static double buffer_bytes(const ArchShape *s, const TransformerPlan *plan)
{
    return 4.0 * plan->max_rows * (6.0 * s->hidden + 3.0 * s->intermediate) +
           4.0 * plan->max_sequences * s->vocab;
}

/* The kind that is furthest behind its share of the model's layers; N_LAYER_KINDS when all are there. */
static LayerKind kind_behind(const ArchShape *shape, const TransformerPlan *plan)
{
    LayerKind behind = N_LAYER_KINDS;
    double least = 1.0;
    for (LayerKind kind = LAYER_DENSE; kind < N_LAYER_KINDS; kind++) {
        int all = arch_layers_of(shape, kind);
        if (all == 0 || (double)plan->n_layers[kind] / all >= least) continue;
        least = (double)plan->n_layers[kind] / all;
        behind = kind;
    }
    return behind;
}

bool plan_transformer(const ArchShape *shape, WeightFormat format, const Case *cases, int n_cases,
                      const PlanRoom *room, TransformerPlan *plan, Err *err)
{
    double layer_weights[N_LAYER_KINDS], weights = transformer_head_bytes(shape, format);
    find_extent(cases, n_cases, plan);
    double kv_tokens = (double)(plan->max_context + KV_PANEL) * plan->max_sequences;
    double layer_kv = transformer_kv_bytes(shape, 1) * kv_tokens, bytes = buffer_bytes(shape, plan) + weights;
    for (LayerKind kind = LAYER_DENSE; kind < N_LAYER_KINDS; kind++) {
        layer_weights[kind] = transformer_layer_bytes(shape, kind, format);
        plan->n_layers[kind] = arch_layers_of(shape, kind) > 0;
        weights += plan->n_layers[kind] * layer_weights[kind];
        bytes += plan->n_layers[kind] * (layer_weights[kind] + layer_kv);
    }
    if (bytes > room->free_bytes)
        return err_set(err, ERR_NO, "%s in %s needs %.1f GiB for one layer and the head, %.1f GiB are free",
                       shape->name, weight_format_name(format), bytes / 0x1p30, room->free_bytes / 0x1p30);
    for (LayerKind next; (next = kind_behind(shape, plan)) != N_LAYER_KINDS; plan->n_layers[next]++) {
        weights += layer_weights[next];
        bytes += layer_weights[next] + layer_kv;
        if (weights > room->most_weight_bytes || bytes > room->free_bytes) break;
    }
    return true;
}
