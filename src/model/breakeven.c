/* Break-even over volume, time and prices (E43 to E45). Layer: model.
 *
 * Over volume the costs are staircases, so sign changes on a grid may miss a pair of crossings. Instead the
 * range is split until the difference of the two costs cannot change its sign inside a piece: what each
 * option may cost between two volumes is bounded (curves.h). Where an option has no such bounds, pieces are
 * split to a fixed width before its costs are taken to rise.
 */
#include "tokentco/breakeven.h"

#include "model/curves.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A piece this narrow holds at most one crossing. */
#define NARROW_RELATIVE 1e-12
/* Pieces wider than this are split where there are no bounds, and where both options cost the same at both
 * ends: crossings closer together than this may be lost. */
#define UNSURE_RELATIVE 0.02
/* Costs that differ by less are the same in another order of sums. */
#define SAME_RELATIVE 1e-13
/* Months of parts that are run for one pair of options (curves_effort); a fraction of a second. */
#define EFFORT_MAX 1500000L
enum { STACK_MAX = 256, PIECES_PER_DECADE = 8 };

/* A jump below this share of the costs is rounding. */
#define JUMP_RELATIVE 1e-9

/* Both options at a volume. */
typedef struct VolumePoint {
    CurvePoint *a, *b;
    bool is_feasible;
    int cheaper; /* option */
} VolumePoint;

typedef struct VolumeSearch {
    CostCurves *curves;
    int a, b;             /* options */
    int a_curve, b_curve; /* what is followed of them */
    int plain;            /* option that is meant where both cost the same */
    bool is_proven;
    double unsure_frac; /* pieces this wide are split whatever the bounds say; 0: none */
    long allowed; /* effort up to the end of this piece: where curves lie on each other there is no end to
                     splitting, and what is left out there is said */
    Crossings *out;
} VolumeSearch;

static double same_usd(const VolumePoint *p)
{
    return SAME_RELATIVE * (fabs(p->a->npv_usd) + fabs(p->b->npv_usd));
}

static bool point_at(VolumeSearch *search, double volume, VolumePoint *out)
{
    *out = (VolumePoint){.a = curve_point(search->curves, search->a_curve, volume),
                         .b = curve_point(search->curves, search->b_curve, volume),
                         .cheaper = search->plain};
    if (out->a == NULL || out->b == NULL) return false;
    out->is_feasible = out->a->is_feasible && out->b->is_feasible;
    double more_usd = out->a->npv_usd - out->b->npv_usd;
    if (fabs(more_usd) > same_usd(out)) out->cheaper = more_usd < 0.0 ? search->a : search->b;
    return true;
}

/* GPU-hours and peak replicas by month of one option. */
static void note_fleet(const VolumeSearch *search, int option, double volume, double *gpu_hours,
                       int *replicas)
{
    const OptionResult *result = curve_result(search->curves, option, volume);
    for (int m = 0; m < curves_inputs(search->curves)->horizon_months; m++) {
        gpu_hours[m] = result->months[m].gpu_hours;
        replicas[m] = result->months[m].replicas_peak;
    }
}

/* Which fleet grows between two neighbouring volumes, and when first. */
static void find_step(const VolumeSearch *search, double low, double high, Crossing *out)
{
    double hours[2][INPUT_MONTHS_MAX];
    int replicas[2][INPUT_MONTHS_MAX];
    const int pair[] = {search->a, search->b};
    for (int i = 0; i < 2 && !out->has_step; i++) {
        note_fleet(search, pair[i], low, hours[0], replicas[0]);
        note_fleet(search, pair[i], high, hours[1], replicas[1]);
        for (int m = 0; m < curves_inputs(search->curves)->horizon_months && !out->has_step; m++) {
            if (hours[0][m] == hours[1][m]) continue;
            out->has_step = true;
            out->step_option = pair[i];
            out->step_month = m;
            out->step_replicas = replicas[1][m];
        }
    }
}

static void add_crossing(VolumeSearch *search, const VolumePoint *low, const VolumePoint *high)
{
    Crossings *out = search->out;
    if (out->n == CROSSINGS_MAX) {
        out->is_truncated = true;
        return;
    }
    double a_usd[2], b_usd[2];
    const double volumes[] = {low->a->volume, high->a->volume};
    for (int i = 0; i < 2; i++) {
        cost_curves_npv(search->curves, search->a, volumes[i], &a_usd[i]);
        cost_curves_npv(search->curves, search->b, volumes[i], &b_usd[i]);
    }
    double jump = (a_usd[1] - b_usd[1]) - (a_usd[0] - b_usd[0]), scale = fabs(a_usd[1]) + fabs(b_usd[1]);
    bool is_smooth = fabs(jump) <= JUMP_RELATIVE * scale;
    out->items[out->n++] = (Crossing){.requests_per_month = high->a->volume,
                                      .cheaper_above = high->cheaper,
                                      .jump_usd = is_smooth ? 0.0 : jump};
    if (!is_smooth) find_step(search, low->a->volume, high->a->volume, &out->items[out->n - 1]);
}

/* ---- the search ---- */

/* May the dearer option become the cheaper one inside the piece, both ends being alike? First as if no cost
 * fell: where that much cannot be excluded, there is no need for bounds. */
static bool may_cross(VolumeSearch *search, const VolumePoint *low, const VolumePoint *high)
{
    bool is_a = low->cheaper == search->a;
    CurvePoint *dear_low = is_a ? low->b : low->a, *dear_high = is_a ? high->b : high->a;
    CurvePoint *cheap_low = is_a ? low->a : low->b, *cheap_high = is_a ? high->a : high->b;
    double room_usd = dear_low->npv_usd - cheap_high->npv_usd;
    /* The plain option stays the cheaper one where both cost the same. */
    double least_usd = low->cheaper == search->plain ? -same_usd(high) : same_usd(high);
    if (room_usd <= least_usd) return true;
    double fall_usd, rise_usd, other_usd;
    int dear = is_a ? search->b_curve : search->a_curve, cheap = is_a ? search->a_curve : search->b_curve;
    bool is_known = curve_bounds(search->curves, dear, dear_low, dear_high, &fall_usd, &other_usd) &&
                    curve_bounds(search->curves, cheap, cheap_low, cheap_high, &other_usd, &rise_usd);
    return !is_known || room_usd - fall_usd - rise_usd <= least_usd;
}

static bool are_same(const VolumePoint *p)
{
    return fabs(p->a->npv_usd - p->b->npv_usd) <= same_usd(p);
}

typedef enum PieceVerdict { PIECE_DONE, PIECE_CROSSES, PIECE_SPLIT } PieceVerdict;

static PieceVerdict judge_piece(VolumeSearch *search, const VolumePoint *low, const VolumePoint *high,
                                bool is_tired)
{
    double width = high->a->volume / low->a->volume - 1.0;
    double middle = sqrt(low->a->volume * high->a->volume);
    bool is_last = middle <= low->a->volume || middle >= high->a->volume;
    /* A crossing is followed to neighbouring doubles, so that a step is found where it is. */
    if (low->cheaper != high->cheaper) return is_last ? PIECE_CROSSES : PIECE_SPLIT;
    if (is_last || width < NARROW_RELATIVE) return PIECE_DONE;
    if (are_same(low) && are_same(high) && width <= UNSURE_RELATIVE) {
        search->out->blind_frac = fmax(search->out->blind_frac, UNSURE_RELATIVE);
        return PIECE_DONE;
    }
    if (is_tired) {
        search->out->is_truncated = true;
        return PIECE_DONE;
    }
    bool is_unsure = search->unsure_frac > 0.0 && width > search->unsure_frac;
    return is_unsure || may_cross(search, low, high) ? PIECE_SPLIT : PIECE_DONE;
}

/* All crossings between two points, from low to high. */
static bool split(VolumeSearch *search, VolumePoint first, VolumePoint last)
{
    VolumePoint stack[STACK_MAX];
    int n = 0;
    stack[n++] = last;
    VolumePoint low = first;
    while (n > 0) {
        VolumePoint high = stack[n - 1];
        bool is_tired = curves_effort(search->curves) > search->allowed || n == STACK_MAX;
        PieceVerdict verdict = judge_piece(search, &low, &high, is_tired);
        if (verdict == PIECE_SPLIT && n < STACK_MAX) {
            if (!point_at(search, sqrt(low.a->volume * high.a->volume), &stack[n])) return false;
            if (stack[n].is_feasible) {
                n++;
                continue;
            }
        }
        if (verdict != PIECE_DONE) add_crossing(search, &low, &high);
        low = high;
        n--;
    }
    return true;
}

/* Where both cost the same, the one is meant that leaves nothing to be found. */
static int plain_of(const Inputs *inputs, int a, int b)
{
    const OptionInputs *y = &inputs->options[b];
    bool is_sought = seeks_fleet(y) || (KIND_COMPOSED & 1u << y->kind) != 0;
    return is_sought ? a : b;
}

static void search_begin(VolumeSearch *search, double low, double high)
{
    CostCurves *curves = search->curves;
    const Inputs *inputs = curves_inputs(curves);
    search->plain = plain_of(inputs, search->a, search->b);
    search->a_curve = search->a;
    search->b_curve = search->b;
    /* A hybrid is cheaper than its own API where it is with a fleet: so much can be told apart. */
    if (curve_is_twin(curves, search->b, search->a, low, high)) search->a_curve += inputs->n_options;
    if (curve_is_twin(curves, search->a, search->b, low, high)) search->b_curve += inputs->n_options;
    search->is_proven = curve_is_proven(curves, search->a_curve) && curve_is_proven(curves, search->b_curve);
    search->unsure_frac = search->is_proven ? 0.0 : UNSURE_RELATIVE;
    *search->out = (Crossings){.low = low, .high = high, .blind_frac = search->unsure_frac};
}

bool breakeven_on_grid(CostCurves *curves, int a, int b, const double *volumes, int n, Crossings *out,
                       Err *err)
{
    VolumeSearch search = {.curves = curves, .a = a, .b = b, .out = out};
    search_begin(&search, volumes[0], volumes[n - 1]);
    long before_effort = curves_effort(curves);
    VolumePoint before, next;
    bool is_ok = point_at(&search, volumes[0], &before);
    out->is_feasible_low = is_ok && before.is_feasible;
    out->cheaper_low = before.cheaper;
    for (int i = 1; is_ok && i < n; i++) {
        is_ok = point_at(&search, volumes[i], &next);
        search.allowed = before_effort + EFFORT_MAX / (n - 1) * i;
        if (is_ok && before.is_feasible && next.is_feasible) is_ok = split(&search, before, next);
        before = next;
    }
    out->is_feasible_high = is_ok && before.is_feasible;
    out->cheaper_high = before.cheaper;
    return is_ok || err_set(err, ERR_BUG, "out of memory");
}

bool breakeven_volume(const Inputs *inputs, int a, int b, double low, double high, Crossings *out, Err *err)
{
    if (!(low > 0.0) || !(high > low))
        return err_set(err, ERR_DATA, "the range of volumes must be positive and rise");
    int n = 1 + (int)ceil(log10(high / low) * PIECES_PER_DECADE);
    CostCurves *curves = cost_curves_new(inputs);
    double *volumes = malloc((size_t)n * sizeof *volumes);
    bool is_ok = curves != NULL && volumes != NULL;
    for (int i = 0; is_ok && i < n; i++)
        volumes[i] = i + 1 == n ? high : low * pow(10.0, (double)i / PIECES_PER_DECADE);
    is_ok = is_ok ? breakeven_on_grid(curves, a, b, volumes, n, out, err)
                  : err_set(err, ERR_BUG, "out of memory");
    free(volumes);
    cost_curves_free(curves);
    return is_ok;
}

int breakeven_month(const Workspace *workspace, int a, int b, int n_months)
{
    const OptionResult *x = workspace_result(workspace, a), *y = workspace_result(workspace, b);
    int first = -1;
    if (!x->is_feasible || !y->is_feasible) return -1;
    for (int m = n_months - 1; m >= 0; m--) {
        if (!(x->months[m].cumulative_npv_usd < y->months[m].cumulative_npv_usd)) break;
        first = m;
    }
    return first;
}

bool breakeven_api_price(const Workspace *workspace, const Inputs *inputs, int self, int api, double *factor,
                         Err *err)
{
    const OptionResult *x = workspace_result(workspace, self), *y = workspace_result(workspace, api);
    if (!x->is_feasible || !y->is_feasible)
        return err_set(err, ERR_NO, "one of the two options is infeasible");
    if (contract_is_set(&inputs->options[api].contract) ||
        inputs->options[api].api.min_commit_usd_per_month > 0.0)
        return err_set(err, ERR_NO,
                       "with a contract or a least bill the cost is not linear in the API's prices");
    double tokens_usd = 0.0;
    for (int m = 0; m < inputs->horizon_months; m++)
        tokens_usd += y->months[m].category_usd[CATEGORY_API_TOKENS] * y->months[m].discount_middle;
    if (!(tokens_usd > 0.0)) return err_set(err, ERR_NO, "the API is not paid for any token");
    *factor = (x->npv_usd - y->npv_usd + tokens_usd) / tokens_usd;
    return true;
}

bool breakeven_gpu_price(const Inputs *inputs, int self, int api, Workspace *workspace, double *usd_per_gpu_h,
                         Err *err)
{
    double price = inputs->options[self].rent.on_demand_usd_per_gpu_h;
    if (!(price > 0.0)) return err_set(err, ERR_NO, "the option has no rental price to vary");
    if (contract_is_set(&inputs->options[self].contract) || inputs->options[self].rent.reserve_best ||
        seeks_fleet(&inputs->options[self]) || (KIND_COMPOSED & 1u << inputs->options[self].kind) != 0)
        return err_set(err, ERR_NO,
                       "with a contract or a fleet that is searched for the cost is not linear in the price");
    Inputs *free_of_rent = malloc(sizeof *free_of_rent);
    if (free_of_rent == NULL) return err_set(err, ERR_BUG, "out of memory");
    *free_of_rent = *inputs;
    free_of_rent->options[self].rent.on_demand_usd_per_gpu_h = 0.0;
    evaluate_option(free_of_rent, self, workspace, NULL);
    double at_zero = workspace_result(workspace, self)->npv_usd;
    free(free_of_rent);
    evaluate_option(inputs, self, workspace, NULL);
    evaluate_option(inputs, api, workspace, NULL);
    const OptionResult *x = workspace_result(workspace, self), *y = workspace_result(workspace, api);
    if (!x->is_feasible || !y->is_feasible)
        return err_set(err, ERR_NO, "one of the two options is infeasible");
    double slope = (x->npv_usd - at_zero) / price;
    if (!(slope > 0.0))
        return err_set(err, ERR_NO, "the cost of the option does not depend on the rental price");
    *usd_per_gpu_h = (y->npv_usd - at_zero) / slope;
    return true;
}

void curve_by_volume(const Inputs *inputs, const double *volumes, int n, Workspace *workspace,
                     double *npv_usd, bool *has)
{
    Inputs *scaled = malloc(sizeof *scaled);
    for (int i = 0; i < n; i++) {
        if (scaled != NULL) {
            *scaled = *inputs;
            inputs_scale_volume(inputs, scaled, volumes[i]);
            evaluate(scaled, workspace, NULL);
        }
        for (int o = 0; o < inputs->n_options; o++) {
            const OptionResult *result = workspace_result(workspace, o);
            has[i * inputs->n_options + o] = scaled != NULL && result->is_feasible;
            npv_usd[i * inputs->n_options + o] = result->npv_usd;
        }
    }
    free(scaled);
}
