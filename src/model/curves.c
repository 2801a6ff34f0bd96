/* Costs of options over volume. Layer: model.
 *
 * An option is a sum of parts; a plan that looks for its months is the least of such sums, one for each
 * month.
 */
#include "model/curve_parts.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A plan with more parts is not bounded. */
enum { PIECES_MAX = 160, SLOTS_FIRST = 256 };
/* A double that is rounded in another order differs by less. */
#define SAME_RELATIVE 1e-13

/* ---- volume ---- */

void inputs_scale_volume(const Inputs *base, Inputs *scaled, double volume)
{
    double now = 0.0;
    for (int k = 0; k < base->n_workloads; k++) now += workload_requests(base, k, 0);
    for (int k = 0; k < base->n_workloads; k++) {
        const Workload *from = &base->workloads[k];
        Workload *to = &scaled->workloads[k];
        if (now > 0.0) {
            to->requests_per_month = from->requests_per_month * volume / now;
            scaled->volume_level_scale = base->volume_level_scale * volume / now;
            for (int i = 0; i < from->requests_table.n; i++)
                to->requests_table.values[i] = from->requests_table.values[i] * volume / now;
        } else {
            to->requests_per_month = volume / base->n_workloads;
            to->requests_table.n = 0;
        }
    }
}

static void prepare(CostCurves *curves, double volume)
{
    if (curves->volume == volume) return;
    inputs_scale_volume(curves->inputs, curves->scaled, volume);
    workspace_prepare(curves->scaled, curves->workspace);
    curves->volume = volume;
}

/* ---- what kind of curve ---- */

/* A larger fleet buys servers sooner. That costs less where they become dearer, or where their resale counts
 * for more than their price. A new generation is bought anew. */
static bool is_sooner_cheaper(const Inputs *inputs, const OptionInputs *option)
{
    if (inputs->discount_per_year < 0.0 || option->own.residual_decay_per_year < 0.0) return true;
    for (int m = 1; m < inputs->horizon_months; m++)
        if (m != option->fleet.generation_month && price_server(option, m) > price_server(option, m - 1))
            return true;
    return false;
}

static bool is_steady(const Inputs *inputs, const OptionInputs *option)
{
    if (!contract_rises(inputs, option)) return false;
    if (option->kind == OPTION_OWN) return !is_sooner_cheaper(inputs, option);
    /* People follow reservations, and those of the month before are not bounded. */
    return option->kind == OPTION_API || !option->rent.reserve_best ||
           !(option->staff.hiring_cost_frac > 0.0);
}

static bool has_fleet(const OptionInputs *option)
{
    return (KIND_SELF & 1u << option->kind) != 0;
}

bool curve_needs_far(const Inputs *inputs, const OptionInputs *option)
{
    return has_fleet(option) && (inputs_have_batch(inputs) || option->staff.hiring_cost_frac > 0.0);
}

bool curve_never_falls(const Inputs *inputs, const OptionInputs *option)
{
    if (!has_fleet(option)) return true;
    return !curve_needs_far(inputs, option) && (seeks_fleet(option) || degree_count(option) == 1);
}

/* Parts at most; a plan of cascades has two for each. */
static int piece_count(const Inputs *inputs, int o)
{
    const OptionInputs *option = &inputs->options[o];
    int n = 0;
    if (option->kind == OPTION_CASCADE) return option->n_parts > 0 ? option->n_parts : 1;
    for (int i = 0; option->kind == OPTION_PLAN && i < option->n_parts; i++)
        n += piece_count(inputs, option->parts[i]);
    return n > 0 ? n : 1;
}

/* The parts of every alternative. Two stages with months to be found: one alternative for each month of the
 * move, as plan.c tries them. */
static bool lay_out(const Inputs *inputs, Curve *curve)
{
    const OptionInputs *option = &inputs->options[curve->option];
    bool is_sought = option->kind == OPTION_PLAN && option->plan.find_months;
    int horizon = inputs->horizon_months;
    curve->n_alternatives = is_sought && option->n_parts == 2 ? horizon + 1 : 1;
    curve->n_pieces = piece_count(inputs, curve->option);
    curve->pieces = calloc((size_t)(curve->n_alternatives * curve->n_pieces), sizeof *curve->pieces);
    if (curve->pieces == NULL) return false;
    for (int i = 0; i < curve->n_alternatives; i++) {
        PlanMonths moves = {.n = option->n_parts - 1, .at = {i, horizon}};
        Part *out = curve->pieces + (size_t)(i * curve->n_pieces);
        if (option->kind != OPTION_PLAN) {
            option_parts(inputs, curve->option, 1.0, 0, horizon, out);
        } else if (option->n_parts > 1) {
            plan_stages(inputs, curve->option, is_sought ? &moves : NULL, out);
        }
    }
    return true;
}

static bool curve_set(const Inputs *inputs, Curve *curve, int option, int least_cap)
{
    const OptionInputs *o = &inputs->options[option];
    bool is_sought = o->kind == OPTION_PLAN && o->plan.find_months;
    *curve = (Curve){.option = option, .least_cap = least_cap, .is_proven = true, .never_falls = true};
    if (!lay_out(inputs, curve)) return false;
    int n = 0;
    for (int i = 0; i < curve->n_alternatives * curve->n_pieces; i++) {
        const Part *part = &curve->pieces[i];
        if (part->from >= part->until) continue;
        const OptionInputs *of = &inputs->options[part->option];
        curve->is_proven = curve->is_proven && is_steady(inputs, of);
        curve->never_falls = curve->never_falls && curve_never_falls(inputs, of);
        n++;
    }
    /* Of three stages the months are found in steps where there are many. */
    bool is_beyond = is_sought && o->n_parts > 2;
    if (is_beyond && (!plan_is_exact(inputs, option) || !curve->never_falls)) curve->is_proven = false;
    if (n > PIECES_MAX && !curve->never_falls) curve->is_proven = false;
    if (!curve->is_proven) curve->never_falls = true;
    return true;
}

/* ---- making ---- */

CostCurves *cost_curves_new(const Inputs *inputs)
{
    CostCurves *curves = calloc(1, sizeof *curves);
    if (curves == NULL) return NULL;
    curves->inputs = inputs;
    curves->scaled = malloc(sizeof *curves->scaled);
    curves->workspace = workspace_new(inputs->horizon_months, inputs->n_options);
    bool is_ok = curves->scaled != NULL && curves->workspace != NULL;
    if (is_ok) *curves->scaled = *inputs;
    for (int o = 0; is_ok && o < 2 * inputs->n_options; o++)
        is_ok = curve_set(inputs, &curves->curves[o], o % inputs->n_options, o / inputs->n_options);
    if (is_ok) return curves;
    cost_curves_free(curves);
    return NULL;
}

static void point_free(CurvePoint *point)
{
    if (point != NULL && point->known != NULL) free(point->known->degrees);
    if (point != NULL) free(point->known);
    free(point);
}

void cost_curves_free(CostCurves *curves)
{
    if (curves == NULL) return;
    for (int o = 0; o < 2 * INPUT_OPTIONS_MAX; o++) {
        Curve *curve = &curves->curves[o];
        for (int i = 0; i < curve->n_slots; i++) point_free(curve->slots[i]);
        free(curve->slots);
        free(curve->pieces);
    }
    workspace_free(curves->workspace);
    free(curves->scaled);
    free(curves);
}

const Inputs *curves_inputs(const CostCurves *curves)
{
    return curves->inputs;
}

long curves_effort(const CostCurves *curves)
{
    return curves->workspace->effort;
}

bool curve_is_proven(const CostCurves *curves, int curve)
{
    return curves->curves[curve].is_proven;
}

/* ---- running parts ---- */

double curve_run_part(CostCurves *curves, const Curve *curve, Part part, double volume, const FarCorner *far)
{
    Evaluation run = {.inputs = curves->scaled,
                      .workspace = curves->workspace,
                      .o = curve->option,
                      .result = &curves->workspace->results[curve->option]};
    prepare(curves, volume);
    part.far = far;
    return part_npv_usd(&run, &part);
}

double curve_run_search(CostCurves *curves, const Curve *curve, Part *part, double volume, CapQuery *query)
{
    Evaluation run = {.inputs = curves->scaled,
                      .workspace = curves->workspace,
                      .o = curve->option,
                      .result = &curves->workspace->results[curve->option]};
    double npv_usd;
    prepare(curves, volume);
    return cap_find(&run, part, query, &npv_usd) ? npv_usd : HUGE_VAL;
}

/* ---- points ---- */

static size_t slot_of(const Curve *curve, double volume)
{
    unsigned long long bits;
    memcpy(&bits, &volume, sizeof bits);
    const unsigned long long spread = 0x9E3779B97F4A7C15ULL;
    size_t at = (size_t)(bits * spread >> 32) % (size_t)curve->n_slots;
    while (curve->slots[at] != NULL && curve->slots[at]->volume != volume)
        at = (at + 1) % (size_t)curve->n_slots;
    return at;
}

/* At most half of the slots are taken. */
static bool make_room(Curve *curve)
{
    if (2 * (curve->n_points + 1) <= curve->n_slots) return true;
    Curve wider = *curve;
    wider.n_slots = curve->n_slots > 0 ? 2 * curve->n_slots : SLOTS_FIRST;
    wider.slots = calloc((size_t)wider.n_slots, sizeof *wider.slots);
    if (wider.slots == NULL) return false;
    for (int i = 0; i < curve->n_slots; i++)
        if (curve->slots[i] != NULL) wider.slots[slot_of(&wider, curve->slots[i]->volume)] = curve->slots[i];
    free(curve->slots);
    *curve = wider;
    return true;
}

const OptionResult *curve_result(CostCurves *curves, int option, double volume)
{
    prepare(curves, volume);
    evaluate_prepared(curves->scaled, option, curves->workspace, NULL);
    return workspace_result(curves->workspace, option);
}

/* A hybrid with at least one replica: itself, when it has one; else dearer than its API alone, and how much
 * so is of no interest beyond a little. */
static void evaluate_with_fleet(CostCurves *curves, const Curve *curve, CurvePoint *point)
{
    const double little = 1.02;
    const CurvePoint *any = curve_point(curves, curve->option, point->volume);
    point->is_feasible = any != NULL && any->is_feasible;
    if (!point->is_feasible) return;
    point->npv_usd = any->npv_usd;
    if (any->replicas_cap > 0) return;
    Part part = curve->pieces[0];
    double most_usd = any->npv_usd * little;
    CapQuery query = {.least = 1, .limit_usd = most_usd};
    point->npv_usd = fmin(curve_run_search(curves, curve, &part, point->volume, &query), most_usd);
}

static void evaluate_point(CostCurves *curves, const Curve *curve, CurvePoint *point)
{
    if (curve->least_cap > 0) {
        evaluate_with_fleet(curves, curve, point);
        return;
    }
    const OptionResult *result = curve_result(curves, curve->option, point->volume);
    point->npv_usd = result->npv_usd;
    point->is_feasible = result->is_feasible;
    point->replicas_cap = result->replicas_cap;
    if (curve->n_alternatives > 1) point->alternative = result->move_month[0];
}

CurvePoint *curve_point(CostCurves *curves, int number, double volume)
{
    Curve *curve = &curves->curves[number];
    if (!make_room(curve)) return NULL;
    size_t at = slot_of(curve, volume);
    if (curve->slots[at] != NULL) return curve->slots[at];
    CurvePoint *point = calloc(1, sizeof *point);
    if (point == NULL) return NULL;
    point->volume = volume;
    evaluate_point(curves, curve, point);
    curve->slots[at] = point;
    curve->n_points++;
    return point;
}

bool cost_curves_npv(CostCurves *curves, int option, double requests_per_month, double *npv_usd)
{
    const CurvePoint *point = curve_point(curves, option, requests_per_month);
    *npv_usd = point != NULL ? point->npv_usd : 0.0;
    return point != NULL && point->is_feasible;
}

/* ---- a hybrid and its API ---- */

bool curve_is_twin(CostCurves *curves, int api, int hybrid, double low, double high)
{
    const Inputs *inputs = curves->inputs;
    const OptionInputs *x = &inputs->options[api], *y = &inputs->options[hybrid];
    if (x->kind != OPTION_API || !seeks_fleet(y) || inputs_have_batch(inputs)) return false;
    /* A straight line that agrees at two volumes agrees at all. */
    bool is_straight = !contract_is_set(&x->contract) && !contract_is_set(&y->contract) &&
                       !(x->api.min_commit_usd_per_month > 0.0) && !(y->api.min_commit_usd_per_month > 0.0) &&
                       x->network.egress_from_gb.n == 0 && y->network.egress_from_gb.n == 0;
    const double ends[] = {low, high};
    for (int i = 0; is_straight && i < 2; i++) {
        const CurvePoint *point = curve_point(curves, api, ends[i]);
        Part alone = curves->curves[hybrid].pieces[0];
        alone.replicas_cap = 0;
        double usd = curve_run_part(curves, &curves->curves[hybrid], alone, ends[i], NULL);
        is_straight = point != NULL && fabs(usd - point->npv_usd) <= SAME_RELATIVE * fabs(usd);
    }
    return is_straight;
}
