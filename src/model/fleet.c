/* The fleet of one option: degree, licence month, billed replicas, reservation (E11, E38, E46). Layer: model.
 */
#include "model/workspace.h"

#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const int default_degrees[] = {1, 2, 4, 8};

bool is_upgrade_month(const OptionInputs *option, int m)
{
    return m > 0 && m % option->operations.upgrade_every_months == 0;
}

int licence_month_find(const OptionInputs *option, int n_months)
{
    const Licence *licence = &option->licence;
    if (licence->mode == LICENCE_NONE) return n_months;
    for (int m = 0; m < n_months; m++) {
        double users_before = licence->users * pow(1.0 + licence->user_growth_per_month, m - 1);
        bool is_looked_at = licence->mode == LICENCE_CONTINUOUS || is_upgrade_month(option, m);
        if (is_looked_at && users_before > licence->threshold_users) return m;
    }
    return n_months;
}

static int degree_at(const OptionInputs *option, int i)
{
    return option->engine.degrees.n > 0 ? (int)option->engine.degrees.values[i] : default_degrees[i];
}

/* Number of degrees, ascending order not assumed. */
static int degree_count(const OptionInputs *option)
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
static long long degree_hours(const Inputs *inputs, int o, Workspace *workspace, const MixSet *mix,
                              const Replica *replica, int index, int licence_month, int reserved,
                              MonthCapacity *out)
{
    const OptionInputs *option = &inputs->options[o];
    OptionCache *cache = &workspace->caches[o];
    bool migrates = option->licence.policy == POLICY_MIGRATE;
    double hours[HOURS_PER_WEEK], peaks[HOURS_PER_WEEK];
    long long sum = 0;
    Billing billing = {replica->degree, option->fleet.instance_gpus, reserved};
    for (int after = 0; after < 2; after++) {
        QueueRule rule = queue_rule(inputs, mix, option, replica, after == 1);
        thresholds_set(&cache->thresholds[index][after], &rule);
    }
    for (int m = 0; m < inputs->horizon_months; m++) {
        MonthDemand demand = month_demand(inputs, workspace, m, hours, peaks);
        Thresholds *thresholds = &cache->thresholds[index][migrates && m >= licence_month];
        if (option->kind == OPTION_HYBRID)
            hybrid_split(inputs, option, workspace->hybrid_cap, thresholds, &demand, hours, peaks);
        capacity_month(&option->fleet, &demand, &cache->shape, thresholds, &billing, &out[m]);
        sum += out[m].gpu_hours_week;
    }
    return sum;
}

/* A degree cannot bill fewer than this: the least fleet in every month with requests. */
static long long hours_bound(const Inputs *inputs, const Workspace *workspace, const Fleet *fleet, int degree)
{
    long long sum = 0;
    Billing billing = {degree, fleet->instance_gpus, 0};
    int least = fleet->replicas_min + spares_for(fleet, degree, fleet->replicas_min);
    for (int m = 0; m < inputs->horizon_months; m++) {
        bool is_empty = !(workspace->shared[m].requests > 0.0);
        if (is_empty && fleet->scale_to_zero) continue;
        sum += billed_gpus(&billing, least) * HOURS_PER_WEEK;
    }
    return sum;
}

/* E46: reserve the r-th replica as long as its reservation costs less than its hours. */
static int best_reservation(const Inputs *inputs, int o, const Workspace *workspace, int degree_index,
                            int degree)
{
    const OptionInputs *option = &inputs->options[o];
    const Rent *rent = &option->rent;
    int most = 0;
    for (int m = 0; m < inputs->horizon_months; m++)
        if (workspace->fleet[m].peak > most) most = workspace->fleet[m].peak;
    double hours[HOURS_PER_WEEK], peaks[HOURS_PER_WEEK];
    int licence_month = licence_month_find(option, inputs->horizon_months);
    for (int r = 1; r <= most; r++) {
        double reserved_usd = 0.0, hourly_usd = 0.0;
        for (int m = 0; m < inputs->horizon_months; m++) {
            MonthCapacity beyond, before;
            MonthDemand demand = month_demand(inputs, workspace, m, hours, peaks);
            OptionCache *cache = &workspace->caches[o];
            Thresholds *thresholds =
                &cache->thresholds[degree_index]
                                  [option->licence.policy == POLICY_MIGRATE && m >= licence_month];
            /* Hours with at least r replicas: what lies beyond r - 1 less what lies beyond r. */
            if (option->kind == OPTION_HYBRID)
                hybrid_split(inputs, option, workspace->hybrid_cap, thresholds, &demand, hours, peaks);
            Billing less = {degree, 0, r - 1}, more = {degree, 0, r};
            capacity_month(&option->fleet, &demand, &cache->shape, thresholds, &less, &before);
            capacity_month(&option->fleet, &demand, &cache->shape, thresholds, &more, &beyond);
            double n_hours = (double)(before.above_reserved_week - beyond.above_reserved_week) / degree;
            double mixed = (1.0 - rent->spot_share_frac) * price_on_demand(option, m);
            if (rent->spot_share_frac > 0.0) mixed += rent->spot_share_frac * price_spot(option, m);
            double discount = workspace->shared[m].discount[TIMING_MIDDLE];
            reserved_usd += discount * HOURS_PER_MONTH * price_reserved(option, m);
            hourly_usd += discount * HOURS_PER_MONTH / HOURS_PER_WEEK * n_hours * mixed;
        }
        if (!(reserved_usd < hourly_usd)) return r - 1;
    }
    return most;
}

static bool is_beyond_any_fleet(const Inputs *inputs, const MonthCapacity *months)
{
    for (int m = 0; m < inputs->horizon_months; m++)
        if (months[m].peak >= REPLICAS_LIMIT) return true;
    return false;
}

FleetPlan fleet_plan_build(const Inputs *inputs, int o, Workspace *workspace, char *reason, size_t size)
{
    enum { STATIC = 0 };
    const OptionInputs *option = &inputs->options[o];
    MeasuredRates measured = measured_rates(&option->engine);
    MixSet mix;
    fleet_mix(inputs, workspace, &mix);
    FleetPlan plan = {.licence_month = licence_month_find(option, inputs->horizon_months)};
    if (option->kind != OPTION_OWN) plan.reserved = option->rent.reserved_replicas;
    int window = option->fleet.autoscale == STATIC ? HOURS_PER_WEEK : 1 + option->fleet.lookahead_h;
    week_shape_set(&workspace->caches[o].shape, inputs->week[0], window);
    long long best = LLONG_MAX;
    int widest = 0;
    for (int i = 0; i < degree_count(option); i++) {
        Replica replica = replica_build(&option->shape, &option->accelerator, &option->efficiency,
                                        &option->serving, &measured, &mix, degree_at(option, i));
        if (replica.fault != REPLICA_OK) {
            RequestMix all = mix_combine(&mix);
            if (replica.degree >= widest) replica_fault_format(&replica, &all, reason, size);
            if (replica.degree >= widest) widest = replica.degree;
            if (!plan.is_feasible) plan.replica = replica;
            continue;
        }
        if (plan.is_feasible && hours_bound(inputs, workspace, &option->fleet, replica.degree) > best)
            continue;
        long long hours = degree_hours(inputs, o, workspace, &mix, &replica, i, plan.licence_month,
                                       plan.reserved, workspace->trial);
        if (is_beyond_any_fleet(inputs, workspace->trial)) {
            snprintf(reason, size, "needs %d replicas or more; check the volume and the speed",
                     REPLICAS_LIMIT);
            if (!plan.is_feasible) plan.replica = replica;
            continue;
        }
        bool is_better = hours < best || (hours == best && replica.degree < plan.replica.degree);
        if (plan.is_feasible && !is_better) continue;
        best = hours;
        plan.is_feasible = true;
        plan.replica = replica;
        plan.degree_index = i;
        memcpy(workspace->fleet, workspace->trial, (size_t)inputs->horizon_months * sizeof *workspace->fleet);
    }
    if (plan.is_feasible && option->kind != OPTION_OWN && option->rent.reserve_best) {
        plan.reserved = best_reservation(inputs, o, workspace, plan.degree_index, plan.replica.degree);
        degree_hours(inputs, o, workspace, &mix, &plan.replica, plan.degree_index, plan.licence_month,
                     plan.reserved, workspace->fleet);
    }
    return plan;
}

void capacity_week(const Inputs *inputs, int o, int month, Workspace *workspace, int out[HOURS_PER_WEEK])
{
    const OptionInputs *option = &inputs->options[o];
    memset(out, 0, HOURS_PER_WEEK * sizeof *out);
    workspace_prepare(inputs, workspace);
    char reason[256];
    if ((KIND_SELF & 1u << option->kind) == 0 || option->is_blocked) return;
    workspace->hybrid_cap = option->hybrid.replicas_cap;
    FleetPlan plan = fleet_plan_build(inputs, o, workspace, reason, sizeof reason);
    if (!plan.is_feasible) return;
    MixSet mix;
    fleet_mix(inputs, workspace, &mix);
    double hours[HOURS_PER_WEEK], peaks[HOURS_PER_WEEK];
    bool is_migrated = option->licence.policy == POLICY_MIGRATE && month >= plan.licence_month;
    QueueRule rule = queue_rule(inputs, &mix, option, &plan.replica, is_migrated);
    MonthDemand demand = month_demand(inputs, workspace, month, hours, peaks);
    Thresholds *thresholds = &workspace->caches[o].thresholds[plan.degree_index][is_migrated];
    if (option->kind == OPTION_HYBRID)
        hybrid_split(inputs, option, workspace->hybrid_cap, thresholds, &demand, hours, peaks);
    capacity_hours(&option->fleet, &demand, inputs->week[0], &rule, plan.replica.degree, out);
}
