/* The fleet of one option: degree, licence month, billed replicas, reservation (E11, E38, E46). Layer: model.
 */
#include "model/workspace.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const int default_degrees[] = {1, 2, 4, 8};

bool is_upgrade_month(const OptionInputs *option, int age)
{
    return age > 0 && age % option->operations.upgrade_every_months == 0;
}

int licence_month_find(const OptionInputs *option, int from, int until)
{
    const Licence *licence = &option->licence;
    if (licence->mode == LICENCE_NONE) return until;
    for (int m = from; m < until; m++) {
        double users_before = licence->users * pow(1.0 + licence->user_growth_per_month, m - 1);
        bool is_looked_at = licence->mode == LICENCE_CONTINUOUS || is_upgrade_month(option, m - from);
        if (is_looked_at && users_before > licence->threshold_users) return m;
    }
    return until;
}

/* Which request rate holds in a month. */
static int era_of(const OptionInputs *option, int m, int licence_month)
{
    int era = option->licence.policy == POLICY_MIGRATE && m >= licence_month ? ERA_MIGRATED : 0;
    return is_next_generation(&option->fleet, m) ? era | ERA_NEXT_GENERATION : era;
}

static void scale_demand(double factor, MonthDemand *demand, HourRoom *room)
{
    demand->rate_req_s *= factor;
    demand->batch_requests *= factor;
    demand->attempts *= factor;
    for (int h = 0; demand->hours_req_s != NULL && h < HOURS_PER_WEEK; h++) {
        room->hours_req_s[h] *= factor;
        room->peaks_req_s[h] *= factor;
    }
}

/* Demand of a month on the fleet, without what a hybrid sends to its API. */
static MonthDemand fleet_demand(const Inputs *inputs, const Workspace *workspace, int m,
                                const FarCorner *corner, Thresholds *thresholds, HourRoom *room)
{
    const OptionInputs *option = &inputs->options[workspace->part.option];
    MonthDemand demand = month_demand(inputs, workspace, m, room);
    if (corner->volume_factor != 1.0) scale_demand(corner->volume_factor, &demand, room);
    if (option->kind == OPTION_HYBRID)
        hybrid_split(&option->hybrid, corner->replicas_cap, &workspace->caches[workspace->part.option].shape,
                     thresholds, &demand, room);
    return demand;
}

/* One of many caps on the same demand. */
static void capped_month(const Inputs *inputs, Workspace *workspace, int m, const Billing *billing,
                         Thresholds *thresholds, const MonthDemand *capped, MonthCapacity *out)
{
    const OptionInputs *option = &inputs->options[workspace->part.option];
    const WeekShape *shape = &workspace->caches[workspace->part.option].shape;
    WeekSums *sums = &workspace->sums[m];
    if (!sums->is_set) {
        MonthDemand whole = *capped;
        whole.is_capped = false;
        week_sums_set(sums, &option->fleet, &whole, shape, thresholds, billing);
    }
    capacity_capped(sums, &option->fleet, capped, shape, thresholds, billing, out);
}

/* What the split of a hybrid left to the fleet of each of several workloads. */
static void set_kept(const Inputs *inputs, const OptionInputs *option, const MonthDemand *demand,
                     double kept_frac[INPUT_WORKLOADS_MAX])
{
    if (option->kind != OPTION_HYBRID || inputs->n_workloads == 1) return;
    for (int k = 0; k < inputs->n_workloads; k++)
        kept_frac[k] = hybrid_now_kept_frac(inputs, &option->hybrid, demand, k);
}

/* A month of a bound: see FarCorner. */
static void bound_month(const Inputs *inputs, Workspace *workspace, int m, const Billing *billing,
                        Thresholds *thresholds, MonthDemand *near, MonthCapacity *out)
{
    const Part *part = &workspace->part;
    const OptionInputs *option = &inputs->options[part->option];
    const WeekShape *shape = &workspace->caches[part->option].shape;
    HourRoom room[2];
    MonthDemand far = fleet_demand(inputs, workspace, m, part->far, thresholds, &room[0]);
    MonthCapacity other;
    if (workspace->has_sums) {
        capped_month(inputs, workspace, m, billing, thresholds, near, out);
    } else {
        near->room = &far;
        capacity_month(&option->fleet, near, shape, thresholds, billing, out);
        near->room = NULL;
    }
    if (option->staff.hiring_cost_frac > 0.0) {
        far.room = near;
        capacity_month(&option->fleet, &far, shape, thresholds, billing, &other);
        out->peak_before = other.peak;
    }
    set_kept(inputs, option, near, out->rest_kept_frac);
    if (part->far->replicas_cap == part->replicas_cap) return;
    FarCorner beside = {1.0, part->far->replicas_cap};
    MonthDemand rest = fleet_demand(inputs, workspace, m, &beside, thresholds, &room[1]);
    out->rest_attempts = rest.attempts;
    set_kept(inputs, option, &rest, out->rest_kept_frac);
}

int degree_at(const OptionInputs *option, int i)
{
    return option->engine.degrees.n > 0 ? (int)option->engine.degrees.values[i] : default_degrees[i];
}

int degree_count(const OptionInputs *option)
{
    int n = option->engine.degrees.n;
    if (n == 0) return (int)(sizeof default_degrees / sizeof default_degrees[0]);
    return n;
}

static MeasuredRates measured_rates(const Engine *engine)
{
    return (MeasuredRates){.is_given =
                               engine->has_measured_prefill_tok_s && engine->has_measured_decode_tok_s,
                           .prefill_tok_s = engine->measured_prefill_tok_s,
                           .decode_tok_s = engine->measured_decode_tok_s,
                           .batch = engine->measured_batch};
}

/* Billed GPUs x hours of the week, summed over the months, when a degree serves the demand; months into
 * `out`. */
static long long degree_hours(const Inputs *inputs, Workspace *workspace, const MixSet *mix,
                              const Replica *replica, int index, int licence_month, int reserved,
                              MonthCapacity *out)
{
    const Part *part = &workspace->part;
    const OptionInputs *option = &inputs->options[part->option];
    OptionCache *cache = &workspace->caches[part->option];
    HourRoom room;
    long long sum = 0;
    int seen = -1;
    Billing billing = {replica->degree, option->fleet.instance_gpus, reserved};
    FarCorner here = {1.0, part->replicas_cap};
    for (int m = part->from; m < part->until; m++) {
        int era = era_of(option, m, licence_month);
        Thresholds *thresholds = &cache->thresholds[index][era];
        if (era != seen) {
            QueueRule rule = queue_rule(inputs, mix, option, replica, era);
            thresholds_set(thresholds, &rule);
            seen = era;
        }
        MonthDemand demand = fleet_demand(inputs, workspace, m, &here, thresholds, &room);
        if (part->far != NULL) {
            bound_month(inputs, workspace, m, &billing, thresholds, &demand, &out[m]);
        } else if (workspace->has_sums) {
            capped_month(inputs, workspace, m, &billing, thresholds, &demand, &out[m]);
        } else {
            capacity_month(&option->fleet, &demand, &cache->shape, thresholds, &billing, &out[m]);
        }
        set_kept(inputs, option, &demand, out[m].now_kept_frac);
        if (part->far == NULL) set_kept(inputs, option, &demand, out[m].rest_kept_frac);
        sum += out[m].gpu_hours_week;
    }
    return sum;
}

/* A degree cannot bill fewer than this: the least fleet in every month with requests. */
static long long hours_bound(const Workspace *workspace, const Fleet *fleet, int degree)
{
    long long sum = 0;
    Billing billing = {degree, fleet->instance_gpus, 0};
    int least = fleet->replicas_min + spares_for(fleet, degree, fleet->replicas_min);
    for (int m = workspace->part.from; m < workspace->part.until; m++) {
        bool is_empty = !(workspace->demand[m].requests > 0.0);
        if (is_empty && fleet->scale_to_zero) continue;
        sum += billed_gpus(&billing, least) * HOURS_PER_WEEK;
    }
    return sum;
}

/* The week of every month in which the plan's degree serves; the most replicas of an hour. */
static int find_runs(const Inputs *inputs, Workspace *workspace, const FleetPlan *plan)
{
    const Part *part = &workspace->part;
    const OptionInputs *option = &inputs->options[part->option];
    OptionCache *cache = &workspace->caches[part->option];
    HourRoom room[2];
    FarCorner here = {1.0, part->replicas_cap};
    int most = 0;
    for (int m = part->from; m < part->until; m++) {
        Thresholds *thresholds =
            &cache->thresholds[plan->degree_index][era_of(option, m, plan->licence_month)];
        MonthDemand far, demand = fleet_demand(inputs, workspace, m, &here, thresholds, &room[0]);
        if (part->far != NULL) {
            far = fleet_demand(inputs, workspace, m, part->far, thresholds, &room[1]);
            demand.room = &far;
        }
        capacity_runs(&option->fleet, &demand, &cache->shape, thresholds, plan->replica.degree,
                      &workspace->runs[m]);
        if (workspace->fleet[m].peak > most) most = workspace->fleet[m].peak;
    }
    return most;
}

/* Does the r-th replica cost less under reservation than by the hours in which it is billed? */
static bool pays_reserved(const Inputs *inputs, const Workspace *workspace, int r)
{
    const Part *part = &workspace->part;
    const OptionInputs *option = &inputs->options[part->option];
    double spot = option->rent.spot_share_frac, reserved_usd = 0.0, hourly_usd = 0.0;
    for (int m = part->from; m < part->until; m++) {
        double mixed = (1.0 - spot) * price_on_demand(option, m);
        if (spot > 0.0) mixed += spot * price_spot(option, m);
        double discount = workspace->shared[m].discount[TIMING_MIDDLE];
        double n_hours = runs_hours_from(&workspace->runs[m], r);
        reserved_usd += discount * HOURS_PER_MONTH * price_reserved(option, m, part->from);
        hourly_usd += discount * HOURS_PER_MONTH / HOURS_PER_WEEK * n_hours * mixed;
    }
    return reserved_usd < hourly_usd;
}

/* E46: reserve the r-th replica as long as its reservation costs less than its hours. No replica is billed in
 * more hours than the one before, so the last that pays is found by halving. */
static int best_reservation(const Inputs *inputs, Workspace *workspace, const FleetPlan *plan)
{
    int pays = 0, pays_not = find_runs(inputs, workspace, plan) + 1;
    while (pays_not - pays > 1) {
        int middle = pays + (pays_not - pays) / 2;
        if (pays_reserved(inputs, workspace, middle)) {
            pays = middle;
        } else {
            pays_not = middle;
        }
    }
    return pays;
}

static void note_hours(Workspace *workspace, int degree, long long hours, bool is_bound)
{
    DegreeHours *all = &workspace->degrees;
    all->items[all->n].degree = degree;
    all->items[all->n].is_bound = is_bound;
    all->items[all->n++].hours = hours;
}

static bool is_beyond_any_fleet(const Part *part, const MonthCapacity *months)
{
    for (int m = part->from; m < part->until; m++)
        if (months[m].peak >= REPLICAS_LIMIT) return true;
    return false;
}

FleetPlan fleet_plan_build(const Inputs *inputs, Workspace *workspace, char *reason, size_t size)
{
    enum { STATIC = 0 };
    const Part *part = &workspace->part;
    const OptionInputs *option = &inputs->options[part->option];
    MeasuredRates measured = measured_rates(&option->engine);
    MixSet mix;
    fleet_mix(inputs, workspace, &mix);
    FleetPlan plan = {.licence_month = licence_month_find(option, part->from, part->until)};
    if (option->kind != OPTION_OWN) plan.reserved = option->rent.reserved_replicas;
    int window = option->fleet.autoscale == STATIC ? HOURS_PER_WEEK : 1 + option->fleet.lookahead_h;
    week_shape_set(&workspace->caches[part->option].shape, inputs->week[0], window);
    long long best = LLONG_MAX;
    int widest = 0;
    workspace->degrees.n = 0;
    for (int i = 0; i < degree_count(option); i++) {
        if (part->degree != 0 && degree_at(option, i) != part->degree) continue;
        Replica replica = replica_build(&option->shape, &option->accelerator, &option->efficiency,
                                        &option->serving, &measured, &mix, degree_at(option, i));
        if (replica.fault != REPLICA_OK) {
            RequestMix all = mix_combine(&mix);
            if (replica.degree >= widest) replica_fault_format(&replica, &all, reason, size);
            if (replica.degree >= widest) widest = replica.degree;
            if (!plan.is_feasible) plan.replica = replica;
            continue;
        }
        long long bound = plan.is_feasible ? hours_bound(workspace, &option->fleet, replica.degree) : 0;
        if (bound > best) {
            note_hours(workspace, replica.degree, bound, true);
            continue;
        }
        long long hours = degree_hours(inputs, workspace, &mix, &replica, i, plan.licence_month,
                                       plan.reserved, workspace->trial);
        if (is_beyond_any_fleet(part, workspace->trial)) {
            snprintf(reason, size, "needs %d replicas or more; check the volume and the speed",
                     REPLICAS_LIMIT);
            if (!plan.is_feasible) plan.replica = replica;
            note_hours(workspace, replica.degree, LLONG_MAX, false);
            continue;
        }
        note_hours(workspace, replica.degree, hours, false);
        bool is_better = hours < best || (hours == best && replica.degree < plan.replica.degree);
        if (plan.is_feasible && !is_better) continue;
        best = hours;
        plan.is_feasible = true;
        plan.replica = replica;
        plan.degree_index = i;
        memcpy(workspace->fleet + part->from, workspace->trial + part->from,
               (size_t)(part->until - part->from) * sizeof *workspace->fleet);
    }
    if (plan.is_feasible && option->kind != OPTION_OWN && option->rent.reserve_best) {
        plan.reserved = best_reservation(inputs, workspace, &plan);
        degree_hours(inputs, workspace, &mix, &plan.replica, plan.degree_index, plan.licence_month,
                     plan.reserved, workspace->fleet);
    }
    return plan;
}

void capacity_week(const Inputs *inputs, int o, int month, Workspace *workspace, int out[HOURS_PER_WEEK])
{
    const OptionInputs *option = &inputs->options[o];
    memset(out, 0, HOURS_PER_WEEK * sizeof *out);
    const OptionResult *result = workspace_result(workspace, o);
    if ((KIND_SELF & 1u << option->kind) == 0 || !result->is_feasible) return;
    workspace_prepare(inputs, workspace);
    char reason[256];
    Part whole = {.option = o,
                  .until = inputs->horizon_months,
                  .share_frac = 1.0,
                  .degree = result->replica.degree,
                  .replicas_cap = result->replicas_cap};
    workspace_begin_part(inputs, workspace, &whole);
    FleetPlan plan = fleet_plan_build(inputs, workspace, reason, sizeof reason);
    if (!plan.is_feasible) return;
    MixSet mix;
    fleet_mix(inputs, workspace, &mix);
    HourRoom room;
    int era = era_of(option, month, plan.licence_month);
    QueueRule rule = queue_rule(inputs, &mix, option, &plan.replica, era);
    Thresholds *thresholds = &workspace->caches[o].thresholds[plan.degree_index][era];
    FarCorner here = {1.0, whole.replicas_cap};
    MonthDemand demand = fleet_demand(inputs, workspace, month, &here, thresholds, &room);
    capacity_hours(&option->fleet, &demand, inputs->week[0], &rule, plan.replica.degree, out);
}
