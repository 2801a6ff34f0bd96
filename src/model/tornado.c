/* One input at a time around the scenario as it is: tornado, elasticities, flips (E51). Layer: model.
 *
 * Only options that feel an input are evaluated again.
 */
#include "tokentco/sensitivity.h"

#include <math.h>
#include <string.h>

/* Relative step of the elasticities. */
static const double STEP = 0.01;

/* Results of all options. */
typedef struct Costs {
    double usd[INPUT_OPTIONS_MAX];
    bool has[INPUT_OPTIONS_MAX];
} Costs;

typedef struct Bench {
    const Uncertainty *uncertainty;
    Trial *trial;
    Workspace *workspace;
    int n_options;
    unsigned candidates;
    Costs base;
} Bench;

static void evaluate_some(Bench *bench, unsigned options, Costs *out)
{
    *out = bench->base;
    for (int o = 0; o < bench->n_options; o++) {
        if ((options >> o & 1U) == 0) continue;
        evaluate_option(trial_inputs(bench->trial), o, bench->workspace, NULL);
        const OptionResult *result = workspace_result(bench->workspace, o);
        out->has[o] = result->is_feasible;
        out->usd[o] = result->is_feasible ? result->npv_usd : 0.0;
    }
}

/* All options with one item at a value, the others as they are. */
static void costs_at(Bench *bench, int item, double value, Costs *out)
{
    trial_set(bench->trial, item, value);
    evaluate_some(bench, bench->uncertainty->items[item].options, out);
    trial_reset(bench->trial, item);
}

static int cheapest(const Bench *bench, const Costs *costs)
{
    int best = -1;
    for (int o = 0; o < bench->n_options; o++)
        if ((bench->candidates >> o & 1U) != 0 && costs->has[o] &&
            (best < 0 || costs->usd[o] < costs->usd[best]))
            best = o;
    return best;
}

static bool bench_open(const Inputs *inputs, const Uncertainty *uncertainty, Bench *out)
{
    *out = (Bench){
        .uncertainty = uncertainty, .n_options = inputs->n_options, .candidates = inputs_candidates(inputs)};
    out->trial = trial_new(inputs, uncertainty);
    out->workspace = workspace_new(inputs->horizon_months, inputs->n_options);
    if (out->trial == NULL || out->workspace == NULL) return false;
    evaluate_some(out, (1U << inputs->n_options) - 1U, &out->base);
    return true;
}

static void bench_close(Bench *bench)
{
    trial_free(bench->trial);
    workspace_free(bench->workspace);
}

/* ---- tornado ---- */

static double quantile_at(const Uncertain *item, double prob)
{
    return distribution_quantile(&item->dist, prob, normal_quantile(prob));
}

/* Does a step of one per cent around the base stay within what can be drawn? Only then is there a slope to
 * speak of. */
static bool has_slope(const Uncertain *item)
{
    double least, most;
    distribution_range(&item->dist, &least, &most);
    double step = STEP * fabs(item->base);
    bool is_smooth = !item->dist.is_whole && item->spec.kind != DIST_DISCRETE;
    return is_smooth && step > 0.0 && item->base - step >= least && item->base + step <= most;
}

static void fill_elasticity(Bench *bench, int i, TornadoBar *bar)
{
    const Uncertain *item = &bench->uncertainty->items[i];
    Costs below, above;
    if (!has_slope(item)) return;
    costs_at(bench, i, item->base * (1.0 - STEP), &below);
    costs_at(bench, i, item->base * (1.0 + STEP), &above);
    for (int o = 0; o < bench->n_options; o++) {
        bool is_known = below.has[o] && above.has[o] && bench->base.has[o] && bench->base.usd[o] != 0.0;
        bar->has_elasticity[o] = is_known;
        if (is_known) bar->elasticity[o] = (above.usd[o] - below.usd[o]) / (2.0 * STEP * bench->base.usd[o]);
    }
}

static void fill_bar(Bench *bench, int i, TornadoBar *bar)
{
    const Uncertain *item = &bench->uncertainty->items[i];
    Costs low, high;
    *bar = (TornadoBar){.low = quantile_at(item, 0.05), .base = item->base, .high = quantile_at(item, 0.95)};
    costs_at(bench, i, bar->low, &low);
    costs_at(bench, i, bar->high, &high);
    memcpy(bar->low_usd, low.usd, sizeof low.usd);
    memcpy(bar->has_low, low.has, sizeof low.has);
    memcpy(bar->high_usd, high.usd, sizeof high.usd);
    memcpy(bar->has_high, high.has, sizeof high.has);
    bar->best_low = cheapest(bench, &low);
    bar->best_high = cheapest(bench, &high);
    fill_elasticity(bench, i, bar);
}

bool tornado_build(const Inputs *inputs, const Uncertainty *uncertainty, Tornado *out)
{
    Bench bench;
    bool is_ok = bench_open(inputs, uncertainty, &bench);
    if (is_ok) {
        *out = (Tornado){.n_items = uncertainty->n, .n_options = inputs->n_options};
        memcpy(out->base_usd, bench.base.usd, sizeof out->base_usd);
        memcpy(out->has_base, bench.base.has, sizeof out->has_base);
        out->best = cheapest(&bench, &bench.base);
        for (int i = 0; i < uncertainty->n; i++) fill_bar(&bench, i, &out->bars[i]);
    }
    bench_close(&bench);
    return is_ok;
}

/* ---- flips ---- */

/* The search goes from the base towards each end of the field's range: in steps of this factor where values
 * are above 0, else in parts of the item's own spread. */
static const double FLIP_RATIO = 1.12, FLIP_PART = 0.25, FLIP_REACH = 1000.0;
enum { FLIP_STEPS = 64, FLIP_BISECTIONS = 40 };

/* What the item may be set to: the ranges of all fields that it is written to. */
static void allowed_range(const Uncertain *item, double *least, double *most)
{
    *least = -HUGE_VAL;
    *most = HUGE_VAL;
    if (item->spec.kind == DIST_FORECAST) {
        *least = 0.001;
        *most = 0.999;
        return;
    }
    for (int t = 0; t < item->n_targets; t++) {
        const UncertainTarget *target = &item->targets[t];
        double factor = item->is_relative ? target->base : 1.0;
        if (target->is_series) {
            *least = fmax(*least, 0.0);
            continue;
        }
        const FieldRow *row = field_ref_row(&target->field);
        if (!(factor > 0.0)) continue;
        *least = fmax(*least, row->min / factor);
        *most = fmin(*most, row->max / factor);
    }
}

static double next_step(const Uncertain *item, const TornadoBar *bar, double value, int direction, int step)
{
    double least, most;
    allowed_range(item, &least, &most);
    bool is_ratio = least >= 0.0 && item->base > 0.0 && item->spec.kind != DIST_FORECAST;
    double spread = fmax(bar->high - bar->low, fabs(item->base) * FLIP_PART);
    double next = is_ratio ? value * (direction > 0 ? FLIP_RATIO : 1.0 / FLIP_RATIO)
                           : value + direction * FLIP_PART * spread * (1 + step / 8);
    return fmin(fmax(next, least), most);
}

/* Between `same`, where the winner is as in the scenario, and `other`, where it is not. */
static double bisect(Bench *bench, int i, int best, double same, double other)
{
    Costs costs;
    for (int k = 0; k < FLIP_BISECTIONS; k++) {
        double middle = same + 0.5 * (other - same);
        if (bench->uncertainty->items[i].dist.is_whole) middle = round(middle);
        if (middle == same || middle == other) break;
        costs_at(bench, i, middle, &costs);
        if (cheapest(bench, &costs) == best) {
            same = middle;
        } else {
            other = middle;
        }
    }
    return other;
}

static bool walk(Bench *bench, int i, const Tornado *tornado, int direction, Flip *out)
{
    const Uncertain *item = &bench->uncertainty->items[i];
    const TornadoBar *bar = &tornado->bars[i];
    double same = item->base, spread = fmax(fabs(item->base), bar->high - bar->low);
    Costs costs;
    for (int step = 0; step < FLIP_STEPS; step++) {
        double next = next_step(item, bar, same, direction, step);
        if (item->dist.is_whole)
            next = direction > 0 ? fmax(same + 1, ceil(next)) : fmin(same - 1, floor(next));
        double least, most;
        allowed_range(item, &least, &most);
        if (next == same || next < least || next > most || fabs(next) > FLIP_REACH * spread) return false;
        costs_at(bench, i, next, &costs);
        if (cheapest(bench, &costs) == tornado->best) {
            same = next;
            continue;
        }
        *out = (Flip){.has_flip = true, .value = bisect(bench, i, tornado->best, same, next)};
        costs_at(bench, i, out->value, &costs);
        out->winner = cheapest(bench, &costs);
        out->is_inside = out->value >= bar->low && out->value <= bar->high;
        return true;
    }
    return false;
}

/* Distance on the scale of the walk: ratios above 0, differences otherwise. */
static double distance(const Uncertain *item, double value)
{
    return item->base > 0.0 && value > 0.0 ? fabs(log(value / item->base)) : fabs(value - item->base);
}

bool tornado_add_flips(const Inputs *inputs, const Uncertainty *uncertainty, Tornado *tornado)
{
    Bench bench;
    bool is_ok = bench_open(inputs, uncertainty, &bench);
    for (int i = 0; is_ok && i < uncertainty->n; i++) {
        Flip up = {0}, down = {0};
        tornado->flips[i] = (Flip){0};
        if (tornado->best < 0) continue;
        bool has_up = walk(&bench, i, tornado, 1, &up), has_down = walk(&bench, i, tornado, -1, &down);
        const Uncertain *item = &uncertainty->items[i];
        bool is_up = has_up && (!has_down || distance(item, up.value) <= distance(item, down.value));
        if (has_up || has_down) tornado->flips[i] = is_up ? up : down;
    }
    bench_close(&bench);
    return is_ok;
}
