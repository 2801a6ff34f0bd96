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

/* ---- slow kernels ---- */

static double layer_weights(const ArchShape *shape, const TransformerPlan *plan)
{
    double sum = 0.0;
    for (LayerKind kind = LAYER_DENSE; kind < N_LAYER_KINDS; kind++) {
        double active = kind == LAYER_EXPERTS ? shape->experts_active * arch_expert_params(shape) : 0.0;
        sum += plan->n_layers[kind] * (arch_layer_params(shape, kind) + active);
    }
    return sum;
}

static double weight_s(const PlanPace *pace, int rows)
{
    return fmax(pace->pass_s, rows * pace->row_s);
}

static double cases_s(const ArchShape *shape, const PlanPace *pace, const Case *cases, int n_cases,
                      const TransformerPlan *plan)
{
    double sum = 0.0;
    for (int i = 0; i < n_cases; i++) {
        int sequences = cases[i].n_sequences;
        sum += layer_weights(shape, plan) * weight_s(pace, sequences * cases[i].n_tokens) +
               arch_head_params(shape) * weight_s(pace, sequences);
    }
    return sum * pace->n_runs;
}

static double built_bytes(const ArchShape *shape, WeightFormat format, const TransformerPlan *plan)
{
    double bytes = transformer_head_bytes(shape, format);
    for (LayerKind kind = LAYER_DENSE; kind < N_LAYER_KINDS; kind++)
        bytes += plan->n_layers[kind] * transformer_layer_bytes(shape, kind, format);
    return bytes;
}

/* One layer less, of the kind that is furthest before its share; false when that would leave too little. */
static bool drop_layer(const ArchShape *shape, WeightFormat format, double least_bytes, TransformerPlan *plan)
{
    LayerKind before = N_LAYER_KINDS;
    double most = 0.0;
    for (LayerKind kind = LAYER_DENSE; kind < N_LAYER_KINDS; kind++) {
        double share = plan->n_layers[kind] / fmax(1.0, arch_layers_of(shape, kind));
        if (plan->n_layers[kind] < 2 || share <= most) continue;
        most = share;
        before = kind;
    }
    if (before == N_LAYER_KINDS) return false;
    double rest = built_bytes(shape, format, plan) - transformer_layer_bytes(shape, before, format);
    if (rest < least_bytes) return false;
    plan->n_layers[before]--;
    return true;
}

/* Half the longest prompt, or the widest batch left out; false when neither can be. */
static bool ease_cases(Case *cases, int *n_cases)
{
    enum { PROMPT_MIN = 8 };
    Case *longest = NULL, *widest = NULL;
    for (int i = 0; i < *n_cases; i++) {
        Case *c = &cases[i];
        if (c->n_tokens >= 2 * PROMPT_MIN && (!longest || c->n_tokens > longest->n_tokens)) longest = c;
        if (c->n_sequences > 1 && (!widest || c->n_sequences > widest->n_sequences)) widest = c;
    }
    if (longest) {
        longest->n_tokens /= 2;
    } else if (widest) {
        for (Case *c = widest; c + 1 < cases + *n_cases; c++) *c = c[1];
        --*n_cases;
    }
    return longest || widest;
}

int plan_cut(const ArchShape *shape, WeightFormat format, const PlanPace *pace, Case *cases, int n_cases,
             TransformerPlan *plan)
{
    bool is_cut = true;
    while (is_cut && cases_s(shape, pace, cases, n_cases, plan) > pace->seconds) {
        is_cut = drop_layer(shape, format, pace->least_weight_bytes, plan) ||
                 (pace->may_cut_cases && ease_cases(cases, &n_cases));
    }
    return n_cases;
}
