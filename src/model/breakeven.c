/* Break-even over volume, time and prices (E43 to E45). Layer: model.
 *
 * Over volume the costs are staircases, so sign changes on a grid may miss a pair of crossings. Instead the
 * range is split until the difference of the two costs cannot reach zero inside a piece: at a fixed degree
 * neither cost falls when the volume rises, so on [low, high] the difference a - b lies between a(low) -
 * b(high) and a(high) - b(low). A change of degree and batch work can let a cost fall; there pieces are split
 * to a fixed width before the bounds are believed.
 */
#include "tokentco/breakeven.h"

#include "model/evaluation.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A piece this narrow holds at most one crossing. */
#define NARROW_RELATIVE 1e-12
/* Pieces wider than this are split where a cost may fall with volume: crossings closer together than this may
 * be lost. */
#define UNSURE_RELATIVE 0.02
/* An evaluation that searches (the split of a hybrid, the months of a plan) is some hundred ones. */
enum { EVALUATIONS_MAX = 20000, SEARCHES_MAX = 640, STACK_MAX = 256, PIECES_PER_DECADE = 8 };
/* Longer horizons are dearer: their pieces are wider by as much. */
enum { UNSURE_MONTHS = 60 };
/* A jump below this share of the costs is rounding. */
#define JUMP_RELATIVE 1e-9

typedef struct VolumePoint {
    double volume, a_usd, b_usd;
    int a_degree, b_degree;
    bool is_feasible;
} VolumePoint;

typedef struct VolumeSearch {
    const Inputs *base;
    Inputs *scaled; /* owned copy */
    int a, b;
    Workspace *workspace;
    double blind_frac; /* pieces this wide are split whatever the bounds say; 0: no cost falls */
    int n_evaluations;
    int allowed; /* evaluations up to the end of this piece: where curves lie on each other there is no end to
                    splitting, and what is left out there is said */
    Crossings *out;
} VolumeSearch;

/* Scales every workload so that the first month has `volume` requests in all. */
static void scale_volume(const Inputs *base, Inputs *scaled, double volume)
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

static VolumePoint point_at(VolumeSearch *search, double volume)
{
    scale_volume(search->base, search->scaled, volume);
    evaluate_option(search->scaled, search->a, search->workspace, NULL);
    evaluate_option(search->scaled, search->b, search->workspace, NULL);
    const OptionResult *a = workspace_result(search->workspace, search->a);
    const OptionResult *b = workspace_result(search->workspace, search->b);
    search->n_evaluations++;
    return (VolumePoint){.volume = volume,
                         .a_usd = a->npv_usd,
                         .b_usd = b->npv_usd,
                         .a_degree = a->replica.degree,
                         .b_degree = b->replica.degree,
                         .is_feasible = a->is_feasible && b->is_feasible};
}

static bool a_is_cheaper(const VolumePoint *p)
{
    return p->a_usd < p->b_usd;
}

/* GPU-hours and peak replicas by month of one option. */
static void note_fleet(const VolumeSearch *search, int option, double *gpu_hours, int *replicas)
{
    const OptionResult *result = workspace_result(search->workspace, option);
    for (int m = 0; m < search->base->horizon_months; m++) {
        gpu_hours[m] = result->months[m].gpu_hours;
        replicas[m] = result->months[m].replicas_peak;
    }
}

/* Which fleet grows between two neighbouring volumes, and when first. */
static void find_step(VolumeSearch *search, double low, double high, Crossing *out)
{
    double hours[2][INPUT_MONTHS_MAX];
    int replicas[2][INPUT_MONTHS_MAX];
    const int pair[] = {search->a, search->b};
    for (int i = 0; i < 2 && !out->has_step; i++) {
        point_at(search, low);
        note_fleet(search, pair[i], hours[0], replicas[0]);
        point_at(search, high);
        note_fleet(search, pair[i], hours[1], replicas[1]);
        for (int m = 0; m < search->base->horizon_months && !out->has_step; m++) {
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
    double jump = (high->a_usd - high->b_usd) - (low->a_usd - low->b_usd);
    double scale = fabs(high->a_usd) + fabs(high->b_usd);
    bool is_smooth = fabs(jump) <= JUMP_RELATIVE * scale;
    out->items[out->n++] = (Crossing){.requests_per_month = high->volume,
                                      .cheaper_above = a_is_cheaper(high) ? search->a : search->b,
                                      .jump_usd = is_smooth ? 0.0 : jump};
    if (!is_smooth) find_step(search, low->volume, high->volume, &out->items[out->n - 1]);
}

static bool may_cross(const VolumeSearch *search, const VolumePoint *low, const VolumePoint *high)
{
    /* Ends that differ prove a crossing, whatever the bounds say. */
    if (a_is_cheaper(low) != a_is_cheaper(high)) return true;
    bool has_changed = low->a_degree != high->a_degree || low->b_degree != high->b_degree;
    double unsure = has_changed ? UNSURE_RELATIVE : search->blind_frac;
    if (unsure > 0.0 && high->volume / low->volume - 1.0 > unsure) return true;
    return low->a_usd - high->b_usd <= 0.0 && high->a_usd - low->b_usd >= 0.0;
}

/* All crossings between two points, from low to high. */
static void split(VolumeSearch *search, VolumePoint first, VolumePoint last)
{
    VolumePoint stack[STACK_MAX];
    int n = 0;
    stack[n++] = last;
    VolumePoint low = first;
    while (n > 0) {
        VolumePoint high = stack[n - 1];
        double width = high.volume / low.volume - 1.0;
        bool is_tired = search->n_evaluations > search->allowed || n == STACK_MAX;
        bool differs = a_is_cheaper(&low) != a_is_cheaper(&high);
        double middle = sqrt(low.volume * high.volume);
        /* A crossing is followed to neighbouring doubles, so that a step is found where it is. */
        bool is_last = (!differs && width < NARROW_RELATIVE) || middle <= low.volume ||
                       middle >= high.volume || (is_tired && !differs);
        search->out->is_truncated = search->out->is_truncated || is_tired;
        if (!may_cross(search, &low, &high) || is_last) {
            if (differs) add_crossing(search, &low, &high);
            low = high;
            n--;
            continue;
        }
        stack[n++] = point_at(search, middle);
        if (is_tired && n == STACK_MAX) return;
    }
}

/* A larger fleet buys servers sooner. That costs less where they become dearer, or where their resale counts
 * for more than their price. */
static bool is_sooner_cheaper(const Inputs *inputs, const OptionInputs *option)
{
    if (inputs->discount_per_year < 0.0 || option->own.residual_decay_per_year < 0.0) return true;
    for (int m = 1; m < inputs->horizon_months; m++)
        if (price_server(option, m) > price_server(option, m - 1)) return true;
    return option->fleet.generation_month > 0;
}

/* At one degree a cost falls with volume only where batch work finds new gaps, in options whose parts have
 * degrees of their own, where a contract or hiring counts on months before, and where servers had better be
 * bought early. With several degrees another one may serve somewhere inside a piece; the cheapest fleet of a
 * hybrid is the least of costs that each rise, and rises too. */
static bool may_fall_with_volume(const Inputs *inputs, int option)
{
    const OptionInputs *o = &inputs->options[option];
    if (o->kind == OPTION_BILL) return false;
    if (!contract_rises(inputs, o)) return true;
    if (o->kind == OPTION_API) return false;
    if (inputs_have_batch(inputs) || o->staff.hiring_cost_frac > 0.0) return true;
    if ((KIND_COMPOSED & 1u << o->kind) != 0) return true;
    if (o->engine.degrees.n != 1 && !seeks_fleet(o)) return true;
    return o->kind == OPTION_OWN && is_sooner_cheaper(inputs, o);
}

static double blind_frac_of(const Inputs *inputs, int option)
{
    if (!may_fall_with_volume(inputs, option)) return 0.0;
    return UNSURE_RELATIVE * fmax(1.0, inputs->horizon_months / (double)UNSURE_MONTHS);
}

static bool searches_inside(const Inputs *inputs, int option)
{
    const OptionInputs *o = &inputs->options[option];
    return seeks_fleet(o) || (KIND_COMPOSED & 1u << o->kind) != 0;
}

bool breakeven_volume(const Inputs *inputs, int a, int b, double low, double high, Workspace *workspace,
                      Crossings *out, Err *err)
{
    memset(out, 0, sizeof *out);
    if (!(low > 0.0) || !(high > low))
        return err_set(err, ERR_DATA, "the range of volumes must be positive and rise");
    VolumeSearch search = {.base = inputs, .a = a, .b = b, .workspace = workspace, .out = out};
    search.scaled = malloc(sizeof *search.scaled);
    if (search.scaled == NULL) return err_set(err, ERR_BUG, "out of memory");
    *search.scaled = *inputs;
    search.blind_frac = fmax(blind_frac_of(inputs, a), blind_frac_of(inputs, b));
    int most = searches_inside(inputs, a) || searches_inside(inputs, b) ? SEARCHES_MAX : EVALUATIONS_MAX;
    out->low = low;
    out->high = high;
    out->blind_frac = search.blind_frac;
    int n_pieces = (int)ceil(log10(high / low) * PIECES_PER_DECADE);
    VolumePoint before = point_at(&search, low);
    out->is_feasible_low = before.is_feasible;
    out->cheaper_low = a_is_cheaper(&before) ? a : b;
    for (int i = 1; i <= n_pieces; i++) {
        double volume = i == n_pieces ? high : low * pow(10.0, (double)i / PIECES_PER_DECADE);
        VolumePoint next = point_at(&search, volume);
        search.allowed = (int)((long long)most * i / n_pieces);
        if (before.is_feasible && next.is_feasible) split(&search, before, next);
        before = next;
    }
    out->is_feasible_high = before.is_feasible;
    out->cheaper_high = a_is_cheaper(&before) ? a : b;
    free(search.scaled);
    return true;
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
        searches_inside(inputs, self))
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
            scale_volume(inputs, scaled, volumes[i]);
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
