/* What-if questions of a session: curves by volume, the assumptions that matter, goal seek.
 *
 * Layer: tui (no curses). Figures are tried on a copy of the inputs, never on the document.
 */
#include "tui/session.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A lever's effect is measured for a move of this share, or of this many steps where the value is 0. */
static const double lever_move = 0.1;

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
    workspace_free(session->trial_workspace);
    session->trial_workspace = workspace_new(inputs->horizon_months, inputs->n_options);
}

static int cheapest_at(const Curves *curves, int n_options, int point)
{
    int best = -1;
    for (int i = 0; i < n_options; i++) {
        int at = i * TREND_POINTS + point;
        if (curves->has[at] && (best < 0 || curves->npv_usd[at] < curves->npv_usd[best * TREND_POINTS + point]))
            best = i;
    }
    return best;
}

/* Between two points the cheapest changes from a to b; where exactly is asked of the model. */
static void add_crossings(Session *session, int a, int b, int point)
{
    Curves *curves = &session->curves;
    Crossings found;
    if (!breakeven_volume(session_inputs(session), a, b, curves->volumes[point], curves->volumes[point + 1],
                          session->trial_workspace, &found, NULL))
        return;
    /* Steps may cross to and fro within one cell: the last crossing is the one after which b stays cheaper. */
    for (int i = found.n - 1; i >= 0 && curves->n_crossings < CURVE_CROSSINGS_MAX; i--) {
        if (found.items[i].cheaper_above != b) continue;
        double share = (found.items[i].requests_per_month - curves->volumes[point]) /
                       (curves->volumes[point + 1] - curves->volumes[point]);
        double below = curves->npv_usd[a * TREND_POINTS + point];
        double above = curves->npv_usd[a * TREND_POINTS + point + 1];
        int n = curves->n_crossings++;
        curves->crossings[n].from = a;
        curves->crossings[n].to = b;
        curves->crossings[n].requests_per_month = found.items[i].requests_per_month;
        curves->crossings[n].npv_usd = below + share * (above - below);
        return;
    }
}

const Curves *session_curves(Session *session)
{
    Curves *curves = &session->curves;
    if (session->has_curves && session->curves_revision == session->revision && session->curves_zoom == session->zoom)
        return curves;
    const Inputs *inputs = session_inputs(session);
    int n_options = inputs->n_options;
    ready_trial(session);
    double middle = volume_now(inputs);
    if (middle <= 0.0) middle = 1e6;
    for (int i = 0; i < TREND_POINTS; i++)
        curves->volumes[i] = middle * pow(10.0, session->zoom * (2.0 * i / (TREND_POINTS - 1) - 1.0));
    double *npv = malloc((size_t)TREND_POINTS * INPUT_OPTIONS_MAX * sizeof *npv);
    bool *has = malloc((size_t)TREND_POINTS * INPUT_OPTIONS_MAX * sizeof *has);
    curves->n_crossings = 0;
    if (npv != NULL && has != NULL) {
        curve_by_volume(inputs, curves->volumes, TREND_POINTS, session->trial_workspace, npv, has);
        for (int p = 0; p < TREND_POINTS; p++) {
            for (int i = 0; i < n_options; i++) {
                curves->npv_usd[i * TREND_POINTS + p] = npv[p * n_options + i];
                curves->has[i * TREND_POINTS + p] = has[p * n_options + i];
            }
        }
        for (int p = 0; p + 1 < TREND_POINTS; p++) {
            int a = cheapest_at(curves, n_options, p), b = cheapest_at(curves, n_options, p + 1);
            if (a >= 0 && b >= 0 && a != b) add_crossings(session, a, b, p);
        }
    }
    free(npv);
    free(has);
    session->has_curves = true;
    session->curves_revision = session->revision;
    session->curves_zoom = session->zoom;
    return curves;
}

double field_step_value(const FieldRow *row, double value, int n)
{
    bool is_factor = row->step > 1.0 && row->min >= 0.0 && row->type != FIELD_INT && row->type != FIELD_CHOICE;
    double out = is_factor && value > 0.0 ? value * pow(row->step, n) : value + n * row->step;
    /* Steps written in tenths and hundredths must not leave 0.30000000000000004 behind. */
    double unit = pow(10.0, floor(log10(fmax(fabs(out), row->step))) - 9.0);
    out = round(out / unit) * unit;
    char text[40];
    number_format(round(out * 1e12) / 1e12, text, sizeof text);
    if (fabs(out) > 1e-3 && fabs(out) < 1e6) out = strtod(text, NULL);
    double lowest = (row->flags & FIELD_OPEN_MIN) != 0 ? row->min + fmin(row->step, 1.0) * 1e-3 : row->min;
    if (out < lowest) out = value < lowest ? value : lowest;
    if (out > row->max) out = row->max;
    return row->type == FIELD_INT || row->type == FIELD_CHOICE ? round(out) : out;
}

/* Does the option take this field from the place that a shared edit writes? */
static bool is_shared_in(const Session *session, const FieldRef *ref)
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
        if (!is_shared_in(session, &other)) continue;
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
        if (before->is_feasible && after->is_feasible) effect = fmax(effect, fabs(after->npv_usd - before->npv_usd));
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
        int n = group->scope == SCOPE_SCENARIO ? 1 : group->scope == SCOPE_WORKLOAD ? inputs->n_workloads
                                                                                   : inputs->n_options;
        for (int r = 0; r < (int)group->n_rows; r++) {
            if (!is_variable(&group->rows[r])) continue;
            bool is_shared_done = false;
            for (int i = 0; i < n; i++) {
                FieldRef ref = {i, (GroupId)g, r};
                bool is_option = group->scope == SCOPE_OPTION;
                if (is_option && (group->kinds & (1u << inputs->options[i].kind)) == 0) continue;
                bool is_shared = is_option && is_shared_in(session, &ref);
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
    if (!put_trial(seek->session, seek->ref, seek->is_shared, value)) return NAN;
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

bool session_seek(Session *session, const FieldRef *ref, bool is_shared, int option, double target_usd, double low,
                  double high, double *out, Err *err)
{
    const FieldRow *row = field_ref_row(ref);
    if (row->type != FIELD_NUM) return err_set(err, ERR_DATA, "%s moves in whole steps; choose a number", row->name);
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
    if (!is_found) return err_set(err, ERR_NO, "no %s between %g and %g gives that NPV", row->name, low, high);
    return true;
}
