/* What-if questions of a session: curves by volume, the assumptions that matter, goal seek.
 *
 * Layer: tui (no curses). Figures are tried on a copy of the inputs, never on the document.
 */
#include "tui/session.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A lever's effect is measured for a move of this share, or of this many steps where the value is 0. */
static const double lever_move = 0.1;

enum { CROSSING_STEPS = 18 };

static double volume_now(const Inputs *inputs)
{
    double total = 0.0;
    for (int i = 0; i < inputs->n_workloads; i++) total += inputs->workloads[i].requests_per_month;
    return total;
}

static void ready_trial(Session *session)
{
    const Inputs *inputs = session_inputs(session);
    *session->trial = *inputs;
    bool fits = session->trial_workspace != NULL && session->trial_months >= inputs->horizon_months &&
                session->trial_options >= inputs->n_options;
    if (fits) return;
    workspace_free(session->trial_workspace);
    session->trial_workspace = workspace_new(inputs->horizon_months, inputs->n_options);
    session->trial_months = inputs->horizon_months;
    session->trial_options = inputs->n_options;
}

static int cheapest_at(const Curves *curves, const Inputs *inputs, int point)
{
    int best = -1;
    for (int i = 0; i < inputs->n_options; i++) {
        int at = i * TREND_POINTS + point;
        if (curves->has[at] && !inputs->options[i].is_part &&
            (best < 0 || curves->npv_usd[at] < curves->npv_usd[best * TREND_POINTS + point]))
            best = i;
    }
    return best;
}

static double npv_at(Session *session, int option, double volume)
{
    const Inputs *inputs = session_inputs(session);
    double now = volume_now(inputs);
    for (int k = 0; k < inputs->n_workloads && now > 0.0; k++)
        session->trial->workloads[k].requests_per_month =
            inputs->workloads[k].requests_per_month * volume / now;
    evaluate_option(session->trial, option, session->trial_workspace, NULL);
    return workspace_result(session->trial_workspace, option)->npv_usd;
}

/* Between two points the cheapest changes from a to b. Bisection keeps a frame short; steps that cross to and
 * fro within one cell show as one crossing here, and `tokentco run` lists them all. */
static void add_crossing(Session *session, int a, int b, int point)
{
    Curves *curves = &session->curves;
    if (curves->n_crossings == CURVE_CROSSINGS_MAX) return;
    double low = curves->volumes[point], high = curves->volumes[point + 1], npv = 0.0;
    for (int i = 0; i < CROSSING_STEPS; i++) {
        double middle = sqrt(low * high);
        npv = npv_at(session, b, middle);
        if (npv < npv_at(session, a, middle))
            high = middle;
        else
            low = middle;
    }
    int n = curves->n_crossings++;
    curves->crossings[n].from = a;
    curves->crossings[n].to = b;
    curves->crossings[n].requests_per_month = high;
    curves->crossings[n].npv_usd = npv;
}

/* Is all that the curve of an option rests on as it was when the curves were drawn last? Paths are not looked
 * into: an option that has one is drawn again. */
static bool load_is_same(const Inputs *a, const Inputs *b)
{
    /* Curves of some options are drawn without the others, which parts of an option would miss. */
    bool has_path = inputs_are_composed(a);
    for (int k = 0; k < a->n_workloads; k++) {
        has_path = has_path || a->volume_path[k] != NULL || b->volume_path[k] != NULL;
        has_path = has_path || a->volume_level[k] != NULL || b->volume_level[k] != NULL;
    }
    return !has_path && a->n_workloads == b->n_workloads && a->n_options == b->n_options &&
           a->start == b->start && a->horizon_months == b->horizon_months &&
           a->discount_per_year == b->discount_per_year &&
           memcmp(a->workloads, b->workloads, (size_t)a->n_workloads * sizeof *a->workloads) == 0 &&
           memcmp(a->week, b->week, (size_t)a->n_workloads * sizeof *a->week) == 0;
}

static bool option_is_same(const OptionInputs *a, const OptionInputs *b)
{
    for (int s = 0; s < N_PRICE_SERIES; s++)
        if (a->price_path[s] != NULL || b->price_path[s] != NULL || a->price_level[s] != NULL ||
            b->price_level[s] != NULL)
            return false;
    /* NOLINTNEXTLINE(bugprone-suspicious-memory-comparison): padding only draws anew */
    return memcmp(a, b, sizeof *a) == 0;
}

static void place_points(Session *session)
{
    double middle = volume_now(session_inputs(session));
    if (middle <= 0.0) middle = 1e6;
    for (int i = 0; i < TREND_POINTS; i++)
        session->curves.volumes[i] = middle * pow(10.0, session->zoom * (2.0 * i / (TREND_POINTS - 1) - 1.0));
}

/* Draws the curves of the options that changed since the last time. */
static void trace_changed(Session *session)
{
    static double npv[TREND_POINTS * INPUT_OPTIONS_MAX];
    static bool has[TREND_POINTS * INPUT_OPTIONS_MAX];
    const Inputs *inputs = session_inputs(session);
    Curves *curves = &session->curves;
    bool keeps =
        session->has_curves && session->curves_zoom == session->zoom && load_is_same(inputs, session->traced);
    int changed[INPUT_OPTIONS_MAX], n = 0;
    for (int i = 0; i < inputs->n_options; i++) {
        if (keeps && option_is_same(&inputs->options[i], &session->traced->options[i])) continue;
        session->trial->options[n] = inputs->options[i];
        changed[n++] = i;
    }
    session->trial->n_options = n;
    if (!keeps) place_points(session);
    if (n > 0)
        curve_by_volume(session->trial, curves->volumes, TREND_POINTS, session->trial_workspace, npv, has);
    for (int p = 0; p < TREND_POINTS; p++) {
        for (int i = 0; i < n; i++) {
            curves->npv_usd[changed[i] * TREND_POINTS + p] = npv[p * n + i];
            curves->has[changed[i] * TREND_POINTS + p] = has[p * n + i];
        }
    }
    *session->traced = *inputs;
}

const Curves *session_curves(Session *session)
{
    Curves *curves = &session->curves;
    if (session->has_curves && session->curves_revision == session->revision &&
        session->curves_zoom == session->zoom)
        return curves;
    const Inputs *inputs = session_inputs(session);
    ready_trial(session);
    trace_changed(session);
    ready_trial(session);
    curves->n_crossings = 0;
    for (int p = 0; p + 1 < TREND_POINTS; p++) {
        int a = cheapest_at(curves, inputs, p), b = cheapest_at(curves, inputs, p + 1);
        if (a >= 0 && b >= 0 && a != b) add_crossing(session, a, b, p);
    }
    session->has_curves = true;
    session->curves_revision = session->revision;
    session->curves_zoom = session->zoom;
    return curves;
}

double field_step_value(const FieldRow *row, double value, int n)
{
    bool is_factor =
        row->step > 1.0 && row->min >= 0.0 && row->type != FIELD_INT && row->type != FIELD_CHOICE;
    double out = is_factor && value > 0.0 ? value * pow(row->step, n) : value + n * row->step;
    /* Steps written in tenths and hundredths must not leave 0.30000000000000004 behind. */
    char text[40];
    snprintf(text, sizeof text, is_factor ? "%.6g" : "%.9g", out);
    out = strtod(text, NULL);
    double lowest = (row->flags & FIELD_OPEN_MIN) != 0 ? row->min + fmin(row->step, 1.0) * 1e-3 : row->min;
    if (out < lowest) out = value < lowest ? value : lowest;
    if (out > row->max) out = row->max;
    return row->type == FIELD_INT || row->type == FIELD_CHOICE ? round(out) : out;
}

/* Does the option take this field from the place that a shared edit writes? */
bool session_is_shared_in(const Session *session, const FieldRef *ref)
{
    OriginKind kind = resolved_origin(&session->now->resolved, ref)->kind;
    return kind == ORIGIN_SHARED || kind == ORIGIN_DEFAULT;
}

static bool put_trial(Session *session, const FieldRef *ref, bool is_shared, double value)
{
    const FieldRow *row = field_ref_row(ref);
    if (!is_shared) return field_set(row, inputs_group(session->trial, ref->group, ref->index), value, NULL);
    for (int i = 0; i < session->trial->n_options; i++) {
        FieldRef other = {i, ref->group, ref->row};
        if (!session_is_shared_in(session, &other)) continue;
        if (!field_set(row, inputs_group(session->trial, ref->group, i), value, NULL)) return false;
    }
    return true;
}

static bool is_variable(const FieldRow *row)
{
    return (row->type == FIELD_NUM || row->type == FIELD_INT) && (row->flags & FIELD_FIXED) == 0;
}

/* Largest change of an option's NPV between the value and a tenth more. */
static double measure_effect(Session *session, const FieldRef *ref, bool is_shared)
{
    const FieldRow *row = field_ref_row(ref);
    double value = field_get(row, inputs_group_const(session_inputs(session), ref->group, ref->index));
    double moved = value != 0.0 ? value * (1.0 + lever_move) : row->step > 1.0 ? 0.0 : row->step;
    if (row->type == FIELD_INT) moved = fmax(value + 1.0, round(moved));
    if (moved > row->max) moved = value * (1.0 - lever_move);
    if (moved == value || !put_trial(session, ref, is_shared, moved)) return 0.0;
    double effect = 0.0;
    for (int i = 0; i < session->trial->n_options; i++) {
        if (input_groups[ref->group].scope == SCOPE_OPTION && !is_shared && i != ref->index) continue;
        const OptionResult *before = session_result(session, i);
        evaluate_option(session->trial, i, session->trial_workspace, NULL);
        const OptionResult *after = workspace_result(session->trial_workspace, i);
        if (before->is_feasible && after->is_feasible)
            effect = fmax(effect, fabs(after->npv_usd - before->npv_usd));
    }
    put_trial(session, ref, is_shared, value);
    /* A count moves by whole steps; its effect is brought to the same tenth. */
    bool is_coarse = row->type == FIELD_INT && value != 0.0;
    return is_coarse ? effect * fabs(lever_move * value / (moved - value)) : effect;
}

static void lever_insert(Session *session, const Lever *lever)
{
    int at = session->n_levers;
    while (at > 0 && session->levers[at - 1].effect_usd < lever->effect_usd) at--;
    if (at >= LEVERS_MAX) return;
    int n_kept = session->n_levers < LEVERS_MAX ? session->n_levers : LEVERS_MAX - 1;
    memmove(&session->levers[at + 1], &session->levers[at], (size_t)(n_kept - at) * sizeof *session->levers);
    session->levers[at] = *lever;
    session->n_levers = n_kept + 1;
}

static void consider(Session *session, const FieldRef *ref, bool is_shared)
{
    double effect = measure_effect(session, ref, is_shared);
    if (!(effect > 0.0)) return;
    const FieldRow *row = field_ref_row(ref);
    double value = field_get(row, inputs_group_const(session_inputs(session), ref->group, ref->index));
    lever_insert(session, &(Lever){*ref, is_shared, effect, value});
}

void session_rank_levers(Session *session)
{
    if (session->has_levers) return;
    session->has_levers = true;
    session->n_levers = 0;
    const Inputs *inputs = session_inputs(session);
    ready_trial(session);
    for (int g = 0; g < N_GROUPS; g++) {
        const GroupRow *group = &input_groups[g];
        int n = group->scope == SCOPE_SCENARIO   ? 1
                : group->scope == SCOPE_WORKLOAD ? inputs->n_workloads
                                                 : inputs->n_options;
        for (int r = 0; r < (int)group->n_rows; r++) {
            if (!is_variable(&group->rows[r])) continue;
            bool is_shared_done = false;
            for (int i = 0; i < n; i++) {
                FieldRef ref = {i, (GroupId)g, r};
                bool is_option = group->scope == SCOPE_OPTION;
                if (is_option && (group->kinds & (1u << inputs->options[i].kind)) == 0) continue;
                bool is_shared = is_option && session_is_shared_in(session, &ref);
                if (is_shared && is_shared_done) continue;
                is_shared_done = is_shared_done || is_shared;
                consider(session, &ref, is_shared);
            }
        }
    }
}

double session_lever_value(const Session *session, const Lever *lever)
{
    return field_get(field_ref_row(&lever->ref),
                     inputs_group_const(session_inputs(session), lever->ref.group, lever->ref.index));
}

typedef struct Seek {
    Session *session;
    const FieldRef *ref;
    bool is_shared;
    int option;
    double target_usd;
} Seek;

static double seek_miss(double value, void *context)
{
    Seek *seek = context;
    if (!put_trial(seek->session, seek->ref, seek->is_shared, value)) return (double)NAN;
    evaluate_option(seek->session->trial, seek->option, seek->session->trial_workspace, NULL);
    const OptionResult *result = workspace_result(seek->session->trial_workspace, seek->option);
    return result->is_feasible ? result->npv_usd - seek->target_usd : (double)NAN;
}

enum { SEEK_CELLS = 48, SEEK_STEPS_MAX = 100 };

static bool seek_root(gsl_root_fsolver *solver, gsl_function *miss, double low, double high, double *out)
{
    if (gsl_root_fsolver_set(solver, miss, low, high) != GSL_SUCCESS) return false;
    for (int i = 0; i < SEEK_STEPS_MAX; i++) {
        if (gsl_root_fsolver_iterate(solver) != GSL_SUCCESS) return false;
        double a = gsl_root_fsolver_x_lower(solver), b = gsl_root_fsolver_x_upper(solver);
        if (gsl_root_test_interval(a, b, 0.0, 1e-9) == GSL_SUCCESS) break;
    }
    *out = gsl_root_fsolver_root(solver);
    return true;
}

bool session_seek(Session *session, const FieldRef *ref, bool is_shared, int option, double target_usd,
                  double low, double high, double *out, Err *err)
{
    const FieldRow *row = field_ref_row(ref);
    if (row->type != FIELD_NUM)
        return err_set(err, ERR_DATA, "%s moves in whole steps; choose a number", row->name);
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (solver == NULL) return err_set(err, ERR_BUG, "out of memory");
    ready_trial(session);
    Seek seek = {session, ref, is_shared, option, target_usd};
    gsl_function miss = {seek_miss, &seek};
    double value = field_get(row, inputs_group_const(session_inputs(session), ref->group, ref->index));
    bool is_log = low > 0.0 && high / low > 10.0;
    bool is_found = false;
    double nearest = HUGE_VAL, x_before = low, y_before = seek_miss(low, &seek);
    for (int i = 1; i <= SEEK_CELLS; i++) {
        double share = (double)i / SEEK_CELLS;
        double x = is_log ? low * pow(high / low, share) : low + share * (high - low);
        double y = seek_miss(x, &seek), root;
        bool is_bracket = isfinite(y) && isfinite(y_before) && (y <= 0.0) != (y_before <= 0.0);
        if (is_bracket && seek_root(solver, &miss, x_before, x, &root) && fabs(root - value) < nearest) {
            nearest = fabs(root - value);
            *out = root;
            is_found = true;
        }
        x_before = x;
        y_before = y;
    }
    gsl_root_fsolver_free(solver);
    if (!is_found)
        return err_set(err, ERR_NO, "no %s between %g and %g gives that NPV", row->name, low, high);
    return true;
}
