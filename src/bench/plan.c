/* How much of a model is built. Layer: bench. */
#include "plan.h"

#include "formats.h"

#include <math.h>

/* Shares of the memory that can be taken: of the layers, and of what is read to find the bandwidth. Spare:
 * what the program itself takes while it runs. */
static const double mib = 0x1p20, layers_share = 0.7, reading_share = 0.25, spare_bytes = 16 * 0x1p20,
                    least_reading_bytes = 16 * 0x1p20;

double plan_weight_bytes(const ArchShape *shape, WeightFormat format, const TransformerPlan *plan)
{
    return transformer_head_bytes(shape, format) + transformer_layers_bytes(shape, plan, format);
}

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

/* Bytes that one layer more takes, its part of the cache included. */
static double one_more_bytes(const ArchShape *shape, WeightFormat format, LayerKind kind,
                             const PlanRoom *room, const TransformerPlan *plan)
{
    TransformerPlan more = *plan;
    more.n_layers[kind]++;
    return transformer_bytes(shape, format, &more, room->set, room->n_threads) -
           transformer_bytes(shape, format, plan, room->set, room->n_threads);
}

/* Layers while weights and memory allow; `bytes` is what the plan takes so far. */
static void add_layers(const ArchShape *shape, WeightFormat format, const PlanRoom *room, double bytes,
                       TransformerPlan *plan)
{
    const double most_bytes = room->memory.bytes * layers_share;
    double weights = plan_weight_bytes(shape, format, plan), layer_bytes[N_LAYER_KINDS];
    for (LayerKind kind = LAYER_DENSE; kind < N_LAYER_KINDS; kind++)
        layer_bytes[kind] = plan->n_layers[kind] ? one_more_bytes(shape, format, kind, room, plan) : 0.0;
    for (LayerKind next; (next = kind_behind(shape, plan)) != N_LAYER_KINDS; plan->n_layers[next]++) {
        weights += transformer_layer_bytes(shape, next, format);
        bytes += layer_bytes[next];
        if (weights > room->most_weight_bytes || bytes > most_bytes) break;
    }
}

bool plan_transformer(const ArchShape *shape, WeightFormat format, const Case *cases, int n_cases,
                      const PlanRoom *room, TransformerPlan *plan, double *reading_bytes, Err *err)
{
    find_extent(cases, n_cases, plan);
    for (LayerKind kind = LAYER_DENSE; kind < N_LAYER_KINDS; kind++)
        plan->n_layers[kind] = arch_layers_of(shape, kind) > 0;
    double bytes = transformer_bytes(shape, format, plan, room->set, room->n_threads),
           left = room->memory.bytes - bytes - spare_bytes;
    if (left < least_reading_bytes)
        return err_set(err, ERR_NO,
                       "%s in %s needs %.0f MiB for one layer and the head, and %.0f MiB to measure with; %s "
                       "leaves %.0f MiB",
                       shape->name, weight_format_name(format), ceil(bytes / mib),
                       (least_reading_bytes + spare_bytes) / mib, room->memory.limit,
                       floor(room->memory.bytes / mib));
    *reading_bytes = fmin(left, room->memory.bytes * reading_share);
    add_layers(shape, format, room, bytes, plan);
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
    double rest = plan_weight_bytes(shape, format, plan) - transformer_layer_bytes(shape, before, format);
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
