/* The cheapest fleet of a hybrid: GPUs of a replica, and replicas (E68). Layer: model.
 *
 * At one degree, more replicas never make the fleet cheaper, nor the API dearer. So no number between a and b
 * costs less than the fleet of a and the API of b, and what cannot be cheaper than the best so far is left
 * out: the numbers are doubled until the API has nothing left or the fleet alone costs more, and halved
 * between. Where the two do not part so (batch work fills what the peaks leave, contracts look at both
 * bills), the fleet of a is run beside the rest of b (FarCorner).
 */
#include "model/evaluation.h"

#include <math.h>

/* A number of replicas, evaluated. */
typedef struct CapPoint {
    int cap;
    bool is_feasible, leaves_rest;
    double usd, fleet_usd, api_usd; /* NPV: of all, and of each side but for what may fall when fleets grow */
} CapPoint;

typedef struct CapSearch {
    Evaluation *run;
    Part *part;
    CapQuery *query;
    bool is_apart; /* each side has a cost of its own */
    bool has_best;
    int best, best_degree;
    double best_usd;
} CapSearch;

bool inputs_have_batch(const Inputs *inputs)
{
    for (int k = 0; k < inputs->n_workloads; k++)
        if (inputs->workloads[k].batch_frac > 0.0) return true;
    return false;
}

/* Traffic of the API comes after the fleet's in the tiers: it gets cheaper by that where prices do not rise.
 */
static bool has_rising_egress(const Network *network)
{
    const FieldArray *price = &network->egress_tier_usd_per_gb;
    for (int i = 1; i < price->n; i++)
        if (price->values[i] > price->values[i - 1]) return true;
    return false;
}

/* Do the two sides part, so that each goes one way when the number of replicas rises? Not where batch work
 * fills what the peaks leave, nor where a contract or a tier looks at both. */
static bool sides_part(const Inputs *inputs, const OptionInputs *option)
{
    return !contract_is_set(&option->contract) && !inputs_have_batch(inputs) &&
           !has_rising_egress(&option->network);
}

static bool uses_api(const Evaluation *run)
{
    for (int m = 0; m < run->inputs->horizon_months; m++)
        if (run->result->months[m].api_attempts > 0.0) return true;
    return false;
}

/* NPV of so many replicas beside the rest that `far_cap` leave; HUGE_VAL when infeasible. */
static double run_cap(CapSearch *search, int cap, int far_cap)
{
    bool is_itself = far_cap == cap && search->query->far_volume == 0.0;
    FarCorner far = {search->query->far_volume > 0.0 ? search->query->far_volume : 1.0, far_cap};
    search->part->replicas_cap = cap;
    search->part->far = is_itself ? NULL : &far;
    search->query->n_runs++;
    double usd = part_npv_usd(search->run, search->part);
    search->part->far = NULL;
    return usd;
}

static CapPoint try_cap(CapSearch *search, int cap)
{
    const Evaluation *run = search->run;
    double usd = run_cap(search, cap, cap);
    CapPoint point = {.cap = cap, .is_feasible = usd < HUGE_VAL, .usd = usd};
    if (!point.is_feasible) return point;
    point.leaves_rest = hybrid_sides(run->inputs, run->workspace).leaves_rest;
    point.api_usd = run->api_usd;
    point.fleet_usd = usd - run->api_usd - run->swing_usd;
    bool will_do = !search->query->needs_both || (cap > 0 && uses_api(run));
    bool is_better =
        !search->has_best || usd < search->best_usd || (usd == search->best_usd && cap < search->best);
    if (!will_do || !is_better) return point;
    search->has_best = true;
    search->best = cap;
    search->best_degree = search->part->degree;
    search->best_usd = usd;
    return point;
}

/* No number of replicas from a on, and beyond b none (NULL: any), costs less. */
static double least_usd(CapSearch *search, const CapPoint *a, const CapPoint *b)
{
    if (search->is_apart) return a->fleet_usd + (b != NULL ? b->api_usd : 0.0);
    double usd = run_cap(search, a->cap, b != NULL ? b->cap : REPLICAS_LIMIT);
    return usd - search->run->swing_usd;
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
    if (b->cap - a->cap <= 1 || is_hopeless(search, least_usd(search, a, b))) return;
    CapPoint middle = try_cap(search, a->cap + (b->cap - a->cap) / 2);
    if (!middle.is_feasible) return;
    bool is_left_first = a->usd <= b->usd;
    if (is_left_first) look_between(search, a, &middle);
    look_between(search, &middle, b);
    if (!is_left_first) look_between(search, a, &middle);
}

/* All numbers of replicas at one degree. */
static void find_at_degree(CapSearch *search)
{
    CapPoint doubled[64]; /* more than an int can be doubled */
    int n = 0, step = 1;
    for (; n < 64; n++, step *= 2) {
        doubled[n] = try_cap(search, step);
        if (!doubled[n].is_feasible) break;
        bool is_last = !doubled[n].leaves_rest || step > REPLICAS_LIMIT ||
                       is_hopeless(search, least_usd(search, &doubled[n], NULL));
        if (!is_last) continue;
        n++;
        break;
    }
    for (int i = 0; i + 1 < n; i++) look_between(search, &doubled[i], &doubled[i + 1]);
}

/* The demand stays the same while fleets of one degree are tried: its weeks are kept. A reservation that is
 * searched for asks for its own. */
static void keep_weeks(const CapSearch *search)
{
    const Evaluation *run = search->run;
    Workspace *workspace = run->workspace;
    workspace->has_sums = run->inputs->n_workloads == 1 && !inputs_have_batch(run->inputs) &&
                          !run->inputs->options[search->part->option].rent.reserve_best;
    for (int m = 0; workspace->has_sums && m < run->inputs->horizon_months; m++)
        workspace->sums[m].is_set = false;
}

bool cap_find(Evaluation *run, Part *part, CapQuery *query, double *npv_usd)
{
    const OptionInputs *option = &run->inputs->options[part->option];
    bool has_batch = inputs_have_batch(run->inputs);
    CapSearch search = {.run = run, .part = part, .query = query};
    search.is_apart = sides_part(run->inputs, option);
    query->n_runs = 0;
    for (int i = 0; i < degree_count(option); i++) {
        part->degree = degree_at(option, i);
        keep_weeks(&search);
        /* An API alone costs the same beside any fleet, unless batch work stays on the fleet. */
        bool is_new = i == 0 || has_batch || !search.has_best;
        if (is_new && !query->needs_both && query->least == 0) try_cap(&search, 0);
        find_at_degree(&search);
    }
    run->workspace->has_sums = false;
    part->replicas_cap = search.best;
    part->degree = search.best_degree;
    *npv_usd = search.best_usd;
    return search.has_best;
}

bool seeks_fleet(const OptionInputs *option)
{
    return option->kind == OPTION_HYBRID && option->hybrid.split != SPLIT_SHARE && option->hybrid.split_best;
}

void part_find_cap(Evaluation *run, Part *part, double limit_usd)
{
    const OptionInputs *option = &run->inputs->options[part->option];
    bool is_asked = seeks_fleet(option) && !option->is_blocked && part->from < part->until;
    CapQuery query = {.limit_usd = limit_usd};
    double npv_usd;
    if (is_asked) cap_find(run, part, &query, &npv_usd);
}
