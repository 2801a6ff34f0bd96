/* The evaluator: options as parts in months, and their results (E24 to E42, E64, E68). Layer: model.
 *
 * Most options are one part that serves everything in every month. A cascade is two parts, a plan one after
 * the other. The lines of a part are written into the months of the option that it belongs to; what has to be
 * found first (the cheapest fleet of a hybrid, the cheapest months of a plan) is found on the same months
 * before.
 */
#include "model/evaluation.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What a month whose hours are gone through takes, as against one whose hours are counted. */
#define WALKED 8L

/* Does the fleet of a hybrid serve a request as soon as there is one? */
static bool would_serve(const Inputs *inputs, const Workspace *workspace, const Hybrid *hybrid)
{
    bool is_offered = hybrid->split == SPLIT_PEAK || hybrid->api_share_frac < 1.0;
    bool has_room = hybrid->split == SPLIT_SHARE || workspace->part.replicas_cap > 0;
    bool has_short = false;
    for (int k = 0; k < inputs->n_workloads; k++)
        has_short = has_short || workspace->cuts[k].below_frac > 0.0;
    return is_offered && has_room && has_short;
}

/* A rest of the size of rounding is nothing. Without any request the sides are those of the first one to
 * come. */
HybridSides hybrid_sides(const Inputs *inputs, const Workspace *workspace)
{
    const double rounding = 1e-12;
    const Hybrid *hybrid = &inputs->options[workspace->part.option].hybrid;
    double offered = 1.0 - (hybrid->split == SPLIT_PEAK ? 0.0 : hybrid->api_share_frac);
    HybridSides sides = {false, false, false};
    bool has_requests = false;
    for (int m = workspace->part.from; m < workspace->part.until; m++) {
        const MonthCapacity *fleet = &workspace->fleet[m];
        double all = 0.0;
        has_requests = has_requests || workspace->demand[m].requests > 0.0;
        for (int k = 0; k < inputs->n_workloads; k++)
            all += workspace->demand[m].by_workload[k] * (1.0 + inputs->workloads[k].retry_frac) *
                   workspace->cuts[k].below_frac * offered;
        if (fleet->attempts > rounding * workspace->demand[m].attempts) sides.uses_fleet = true;
        if (all - fleet->attempts > rounding * all) sides.leaves_rest = true;
        if (all - fleet->rest_attempts > rounding * all) sides.has_rest = true;
    }
    if (has_requests) return sides;
    sides.uses_fleet = would_serve(inputs, workspace, hybrid);
    sides.leaves_rest = sides.has_rest = !sides.uses_fleet;
    return sides;
}

/* Do requests go to the API of a hybrid whatever the size of its fleet? */
static bool has_routes(const Inputs *inputs, const Workspace *workspace)
{
    const Hybrid *hybrid = &inputs->options[workspace->part.option].hybrid;
    bool has = hybrid->fallback_frac > 0.0 || (hybrid->split != SPLIT_PEAK && hybrid->api_share_frac > 0.0);
    for (int k = 0; k < inputs->n_workloads; k++) has = has || workspace->cuts[k].below_frac < 1.0;
    return has;
}

/* Why an option cannot be evaluated, before anything is computed; "" when it can. */
static const char *refusal(const OptionInputs *option)
{
    enum { WARM = 2 };
    if (option->is_blocked) return option->blocked;
    if (option->kind == OPTION_BILL && option->bill.usd_by_month.n == 0)
        return "bill/usd_by_month is missing: what is paid, month by month";
    bool needs_price = option->standby.state == WARM && option->standby.warm_gpus > 0 &&
                       !option->standby.has_usd_per_gpu_h && (KIND_SELF & 1u << option->kind) == 0;
    if (needs_price) return "standby/usd_per_gpu_h is missing: the price of the GPUs that are kept warm";
    return "";
}

static void set_reason(Evaluation *run, const OptionInputs *option, const char *text)
{
    char *reason = run->result->reason;
    size_t size = sizeof run->result->reason;
    if (option == &run->inputs->options[run->o]) {
        snprintf(reason, size, "%.255s", text);
    } else {
        snprintf(reason, size, "%.95s: %.155s", option->name, text);
    }
}

/* Hours of batch work and of several workloads are gone through one by one. */
static bool walks_weeks(const Inputs *inputs)
{
    return inputs->n_workloads > 1 || inputs_have_batch(inputs);
}

bool part_run(Evaluation *run, const Part *part, const Sink *sink, double *npv_usd)
{
    const Inputs *inputs = run->inputs;
    const OptionInputs *option = &inputs->options[part->option];
    Workspace *workspace = run->workspace;
    *npv_usd = 0.0;
    if (part->from >= part->until) return true;
    workspace->effort += (part->until - part->from) * (walks_weeks(inputs) ? WALKED : 1L);
    if (refusal(option)[0] != '\0') {
        set_reason(run, option, refusal(option));
        return false;
    }
    GrowthFactors *wage = &workspace->caches[part->option].wage;
    growth_factors_set(wage, option->staff.wage_growth_per_year, inputs->horizon_months);
    workspace_begin_part(inputs, workspace, part);
    Ledger ledger = {.inputs = inputs,
                     .option = option,
                     .workspace = workspace,
                     .fleet = workspace->fleet,
                     .sink = sink,
                     .result = run->result,
                     .o = run->o,
                     .part = part->option,
                     .from = part->from,
                     .until = part->until,
                     .is_owned = option->kind == OPTION_OWN,
                     .wage_growth = wage->by_month};
    if (option->kind == OPTION_BILL) {
        bill_months(&ledger);
    } else if (option->kind == OPTION_API) {
        api_months(&ledger);
    } else {
        char reason[sizeof run->result->reason] = "";
        HybridSides sides = {.uses_fleet = true};
        FleetPlan plan = fleet_plan_build(inputs, workspace, reason, sizeof reason);
        if (run->result->replica.degree == 0) run->result->replica = plan.replica;
        if (!plan.is_feasible) {
            set_reason(run, option, reason);
            return false;
        }
        if (option->kind == OPTION_HYBRID) {
            sides = hybrid_sides(inputs, workspace);
            ledger.uses_api = sides.has_rest || has_routes(inputs, workspace);
            ledger.is_split = sides.leaves_rest || has_routes(inputs, workspace);
            run->result->replicas_cap = part->replicas_cap;
        }
        if (sides.uses_fleet || !ledger.is_split) {
            self_months(&ledger, &plan);
        } else {
            ledger.uses_api = ledger.is_split = false; /* the API alone: no cut, nothing to fall back from */
            api_months(&ledger);
        }
    }
    *npv_usd = ledger.npv_usd;
    run->api_usd = ledger.api_npv_usd;
    run->swing_usd = ledger.swing_npv_usd;
    return true;
}

void result_clear(Evaluation *run)
{
    MonthResult *months = run->result->months;
    *run->result = (OptionResult){.months = months};
    run->workspace->paid_categories = 0;
    for (int m = 0; m < run->inputs->horizon_months; m++) {
        const MonthShared *shared = &run->workspace->shared[m];
        months[m] = (MonthResult){.requests = shared->requests,
                                  .tokens = shared->tokens,
                                  .discount_middle = shared->discount[TIMING_MIDDLE]};
    }
}

/* Sums over categories and months. */
static void result_close(Evaluation *run)
{
    OptionResult *result = run->result;
    for (int m = 0; m < run->inputs->horizon_months; m++) {
        MonthResult *month = &result->months[m];
        for (unsigned rest = run->workspace->paid_categories; rest != 0; rest &= rest - 1) {
            int c = __builtin_ctz(rest);
            month->total_usd += month->category_usd[c];
            result->category_usd[c] += month->category_usd[c];
        }
        result->npv_usd += month->npv_usd;
        month->cumulative_npv_usd = result->npv_usd;
        result->tokens += month->tokens;
        result->discounted_mtok += month->tokens * month->discount_middle / TOK_PER_MTOK;
        result->gpu_hours += month->gpu_hours;
    }
    for (int c = 0; c < N_CATEGORIES; c++) result->total_usd += result->category_usd[c];
    if (!isfinite(result->npv_usd) || !isfinite(result->total_usd)) {
        result_clear(run);
        snprintf(result->reason, sizeof result->reason,
                 "the cost is larger than a number can hold; check growth, declines and events");
        return;
    }
    result->is_feasible = true;
    result->reason[0] = '\0';
    result->has_levelised = result->discounted_mtok > 0.0;
    if (result->has_levelised) result->levelised_usd_per_mtok = result->npv_usd / result->discounted_mtok;
}

double part_npv_usd(Evaluation *run, const Part *part)
{
    double npv_usd;
    result_clear(run);
    return part_run(run, part, NULL, &npv_usd) ? npv_usd : HUGE_VAL;
}

static Part part_of(const Inputs *inputs, int o, double share_frac, int from, int until)
{
    return (Part){.option = o,
                  .from = from,
                  .until = until,
                  .share_frac = share_frac,
                  .replicas_cap = inputs->options[o].hybrid.replicas_cap};
}

int option_parts(const Inputs *inputs, int o, double share_frac, int from, int until, Part out[PARTS_MAX])
{
    const OptionInputs *option = &inputs->options[o];
    if (option->kind != OPTION_CASCADE) {
        out[0] = part_of(inputs, o, share_frac, from, until);
        return 1;
    }
    for (int i = 0; i < option->n_parts; i++) {
        double share = i == 0 ? share_frac : share_frac * option->cascade.escalate_frac;
        out[i] = part_of(inputs, option->parts[i], share, from, until);
    }
    return option->n_parts;
}

void evaluate_prepared(const Inputs *inputs, int o, Workspace *workspace, const Sink *sink)
{
    const OptionInputs *option = &inputs->options[o];
    Evaluation run = {.inputs = inputs, .workspace = workspace, .o = o, .result = &workspace->results[o]};
    Part parts[PARTS_MAX];
    PlanMonths moves = {.n = 0};
    int n = 0;
    if (option->kind == OPTION_PLAN) {
        n = plan_parts(&run, parts, &moves);
    } else {
        n = option_parts(inputs, o, 1.0, 0, inputs->horizon_months, parts);
        for (int i = 0; i < n; i++) part_find_cap(&run, &parts[i], HUGE_VAL);
    }
    result_clear(&run);
    bool is_ok = !option->is_blocked && n > 0;
    if (!is_ok) set_reason(&run, option, option->is_blocked ? option->blocked : "the parts are missing");
    for (int i = 0; is_ok && i < n; i++) {
        double npv_usd;
        is_ok = part_run(&run, &parts[i], sink, &npv_usd);
    }
    if (!is_ok) return;
    plan_pay_moves(&run, &moves, sink);
    result_close(&run);
}

void evaluate_option(const Inputs *inputs, int option, Workspace *workspace, const Sink *sink)
{
    workspace_prepare(inputs, workspace);
    evaluate_prepared(inputs, option, workspace, sink);
}

void evaluate(const Inputs *inputs, Workspace *workspace, const Sink *sink)
{
    workspace_prepare(inputs, workspace);
    for (int o = 0; o < inputs->n_options; o++) evaluate_prepared(inputs, o, workspace, sink);
}
