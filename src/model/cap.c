/* The cheapest number of replicas of a hybrid (E68). Layer: model.
 *
 * More replicas never make the fleet cheaper, nor the API dearer. So no number between a and b costs less
 * than the fleet of a and the API of b, and what cannot be cheaper than the best so far is left out: the
 * numbers are doubled until the API has nothing left or the fleet alone costs more, and halved between. Where
 * the two do not part so (batch work fills what the peaks leave, contracts look at both bills), numbers are
 * tried one by one, then in strides that are narrowed down.
 */
#include "model/evaluation.h"

#include <math.h>

/* A number of replicas, evaluated. */
typedef struct CapPoint {
    int cap;
    bool is_feasible, leaves_rest;
    double fleet_usd, api_usd; /* NPV of each side */
} CapPoint;

typedef struct CapSearch {
    Evaluation *run;
    Part *part;
    CapQuery *query;
    bool has_best;
    int best;
    double best_usd;
} CapSearch;

static bool uses_api(const Evaluation *run)
{
    for (int m = 0; m < run->inputs->horizon_months; m++)
        if (run->result->months[m].api_attempts > 0.0) return true;
    return false;
}

static CapPoint try_cap(CapSearch *search, int cap)
{
    Evaluation *run = search->run;
    bool uses_self;
    search->part->replicas_cap = cap;
    search->query->n_runs++;
    double usd = part_npv_usd(run, search->part);
    CapPoint point = {.cap = cap, .is_feasible = usd < HUGE_VAL};
    if (!point.is_feasible) return point;
    hybrid_parts(run->inputs, run->workspace, &uses_self, &point.leaves_rest);
    point.api_usd = run->api_usd;
    point.fleet_usd = usd - run->api_usd;
    bool will_do = !search->query->needs_both || (cap > 0 && uses_api(run));
    bool is_better =
        !search->has_best || usd < search->best_usd || (usd == search->best_usd && cap < search->best);
    if (!will_do || !is_better) return point;
    search->has_best = true;
    search->best = cap;
    search->best_usd = usd;
    return point;
}

/* ---- with bounds ---- */

/* Do the two sides part, so that each goes one way when the number of replicas rises? */
bool cap_is_exact(const Inputs *inputs, const OptionInputs *option)
{
    bool has_batch = false;
    for (int k = 0; k < inputs->n_workloads; k++)
        has_batch = has_batch || inputs->workloads[k].batch_frac > 0.0;
    return !contract_is_set(&option->contract) && !has_batch && option->engine.degrees.n == 1 &&
           option->network.egress_from_gb.n == 0 && !(option->staff.hiring_cost_frac > 0.0) &&
           !option->rent.reserve_best;
}

/* Below any sum of the same amounts in another order. */
static double safely_below(double usd)
{
    const double rounding = 1e-9;
    return usd - rounding * fabs(usd);
}

static bool is_hopeless(const CapSearch *search, double least_usd)
{
    double limit_usd = search->query->limit_usd;
    return safely_below(least_usd) > (search->has_best ? fmin(limit_usd, search->best_usd) : limit_usd);
}

static void look_between(CapSearch *search, const CapPoint *a, const CapPoint *b)
{
    if (b->cap - a->cap <= 1 || is_hopeless(search, a->fleet_usd + b->api_usd)) return;
    CapPoint middle = try_cap(search, a->cap + (b->cap - a->cap) / 2);
    if (!middle.is_feasible) return;
    bool is_left_first = a->fleet_usd + middle.api_usd <= middle.fleet_usd + b->api_usd;
    if (is_left_first) look_between(search, a, &middle);
    look_between(search, &middle, b);
    if (!is_left_first) look_between(search, a, &middle);
}

static void find_bounded(CapSearch *search)
{
    CapPoint doubled[64]; /* more than an int can be doubled */
    int n = 0, step = 1;
    for (; n < 64; n++, step *= 2) {
        doubled[n] = try_cap(search, step);
        if (!doubled[n].is_feasible) break;
        bool is_last =
            !doubled[n].leaves_rest || is_hopeless(search, doubled[n].fleet_usd) || step > REPLICAS_LIMIT;
        if (!is_last) continue;
        n++;
        break;
    }
    for (int i = 0; i + 1 < n; i++) look_between(search, &doubled[i], &doubled[i + 1]);
}

/* ---- without ---- */

/* What the fleet of the part just run costs at the least. No larger one can be cheaper than a whole plan that
 * is cheaper than this. */
static double fleet_floor_usd(const Evaluation *run)
{
    static const CategoryId fleet[] = {CATEGORY_COMPUTE_RENT, CATEGORY_COMPUTE_CAPEX, CATEGORY_RESIDUAL,
                                       CATEGORY_COLO_POWER, CATEGORY_MAINTENANCE};
    double floor_usd = 0.0;
    for (int m = 0; m < run->inputs->horizon_months; m++) {
        const double *discount = run->workspace->shared[m].discount;
        for (size_t i = 0; i < sizeof fleet / sizeof fleet[0]; i++) {
            double usd = run->result->months[m].category_usd[fleet[i]];
            floor_usd += usd * discount[usd > 0.0 ? TIMING_END : TIMING_START];
        }
    }
    return floor_usd;
}

static void find_in_strides(CapSearch *search)
{
    enum { ONE_BY_ONE = 64, STRIDES_A_DOUBLING = 8 };
    int around = 0, step = 1;
    CapPoint at = {.leaves_rest = true};
    for (int cap = 1; at.leaves_rest && cap <= REPLICAS_LIMIT; cap += step) {
        step = cap < ONE_BY_ONE ? 1 : cap / STRIDES_A_DOUBLING;
        at = try_cap(search, cap);
        if (search->has_best && search->best == cap) {
            around = step;
        } else if (at.is_feasible && is_hopeless(search, fleet_floor_usd(search->run))) {
            break;
        }
    }
    for (; around > 1; around = (around + 1) / 2) {
        int centre = search->best;
        for (int side = -1; side <= 1; side += 2) try_cap(search, centre + side * around / 2);
    }
}

/* ---- both ---- */

bool cap_find(Evaluation *run, Part *part, CapQuery *query, double *npv_usd)
{
    CapSearch search = {.run = run, .part = part, .query = query};
    query->n_runs = 0;
    if (!query->needs_both) try_cap(&search, 0);
    if (cap_is_exact(run->inputs, &run->inputs->options[part->option])) {
        find_bounded(&search);
    } else {
        find_in_strides(&search);
    }
    part->replicas_cap = search.best;
    *npv_usd = search.best_usd;
    return search.has_best;
}

void part_find_cap(Evaluation *run, Part *part)
{
    const OptionInputs *option = &run->inputs->options[part->option];
    bool is_asked = option->kind == OPTION_HYBRID && option->hybrid.split != SPLIT_SHARE &&
                    option->hybrid.split_best && !option->is_blocked && part->from < part->until;
    CapQuery query = {.limit_usd = HUGE_VAL};
    double npv_usd;
    if (is_asked) cap_find(run, part, &query, &npv_usd);
}
