/* Axes of curves and of decisions. Layer: model. Pure: works on copies of inputs. */
#include "tokentco/axis.h"

#include <math.h>

#define AXIS_ROW(id, name, unit, title, low, high, most, doc)                                                \
    [AXIS_##id] = {name, unit, title, low, high, most, doc},
const AxisRow axes[N_AXES] = {AXES(AXIS_ROW)};

/* Of closing in on a change of sign. */
enum { BISECTIONS = 60 };

static bool has_kind(const Inputs *inputs, int option, unsigned kinds)
{
    return (1u << inputs->options[option].kind & kinds) != 0;
}

static double first_requests(const Inputs *inputs)
{
    double sum = 0.0;
    for (int k = 0; k < inputs->n_workloads; k++) sum += workload_requests(inputs, k, 0);
    return sum;
}

/* Over all requests of the first month; over the workloads where there is none. */
static double mean_input(const Inputs *inputs)
{
    double sum = 0.0, all = first_requests(inputs);
    for (int k = 0; k < inputs->n_workloads; k++)
        sum += inputs->workloads[k].input_tok *
               (all > 0.0 ? workload_requests(inputs, k, 0) / all : 1.0 / inputs->n_workloads);
    return sum;
}

bool axis_get(const Inputs *inputs, int option, AxisId axis, double *value)
{
    const OptionInputs *o = &inputs->options[option];
    switch (axis) {
    case AXIS_VOLUME:
        *value = first_requests(inputs);
        return o->kind != OPTION_BILL;
    case AXIS_CONTEXT:
        *value = mean_input(inputs);
        return o->kind != OPTION_BILL;
    case AXIS_GPU_PRICE:
        *value = o->kind == OPTION_OWN ? o->own.server_usd : o->rent.on_demand_usd_per_gpu_h;
        return has_kind(inputs, option, KIND_SELF);
    case AXIS_API_PRICE:
        *value = 1.0;
        return has_kind(inputs, option, KIND_BUYS);
    case AXIS_UTILISATION:
        *value = o->fleet.utilisation_max_frac;
        return has_kind(inputs, option, KIND_SELF);
    case AXIS_STAFF:
        *value = 1.0;
        return has_kind(inputs, option, KIND_SERVES);
    case AXIS_ESCALATION:
        *value = o->cascade.escalate_frac;
        return o->kind == OPTION_CASCADE;
    case N_AXES:
        break;
    }
    return false;
}

static void set_volume(const Inputs *base, Inputs *inputs, double requests)
{
    double now = first_requests(base);
    for (int k = 0; k < base->n_workloads; k++) {
        const Workload *from = &base->workloads[k];
        Workload *to = &inputs->workloads[k];
        double factor = now > 0.0 ? requests / now : 1.0;
        to->requests_per_month = now > 0.0 ? from->requests_per_month * factor : requests / base->n_workloads;
        for (int i = 0; i < from->requests_table.n; i++)
            to->requests_table.values[i] = from->requests_table.values[i] * factor;
    }
}

/* Longer prompts need the room: the longest context grows with the mean where it has to. */
static void set_context(const Inputs *base, Inputs *inputs, double input_tok)
{
    double factor = input_tok / mean_input(base);
    for (int k = 0; k < base->n_workloads; k++) {
        Workload *w = &inputs->workloads[k];
        w->input_tok = base->workloads[k].input_tok * factor;
        double least = ceil(w->input_tok + w->output_tok);
        w->max_context_tok = base->workloads[k].max_context_tok;
        if (w->max_context_tok < least) w->max_context_tok = (int)least;
    }
}

static void set_api(const Api *from, Api *to, double factor)
{
    to->input_usd_per_mtok = from->input_usd_per_mtok * factor;
    to->cached_usd_per_mtok = from->cached_usd_per_mtok * factor;
    to->output_usd_per_mtok = from->output_usd_per_mtok * factor;
}

static void set_staff(const Staff *from, Staff *to, double factor)
{
    to->self_base_fte = from->self_base_fte * factor;
    to->step_fte = from->step_fte * factor;
    to->own_extra_fte = from->own_extra_fte * factor;
    to->oncall_pool = from->oncall_pool * factor;
    to->min_fte = from->min_fte * factor;
    to->api_fte = from->api_fte * factor;
}

void axis_set(const Inputs *base, Inputs *inputs, int option, AxisId axis, double value)
{
    const OptionInputs *from = &base->options[option];
    OptionInputs *to = &inputs->options[option];
    switch (axis) {
    case AXIS_VOLUME:
        set_volume(base, inputs, value);
        return;
    case AXIS_CONTEXT:
        set_context(base, inputs, value);
        return;
    case AXIS_GPU_PRICE:
        if (from->kind == OPTION_OWN) {
            to->own.server_usd = value;
        } else {
            to->rent.on_demand_usd_per_gpu_h = value;
        }
        return;
    case AXIS_API_PRICE:
        set_api(&from->api, &to->api, value);
        return;
    case AXIS_UTILISATION:
        to->fleet.utilisation_max_frac = value;
        return;
    case AXIS_STAFF:
        set_staff(&from->staff, &to->staff, value);
        return;
    case AXIS_ESCALATION:
        to->cascade.escalate_frac = value;
        return;
    case N_AXES:
        return;
    }
}

/* What the option costs more than the winner at a value of the axis; false when either cannot serve there. */
typedef struct Search {
    const Inputs *inputs;
    Inputs *scratch;
    Workspace *workspace;
    int option, winner, owner;
    AxisId axis;
} Search;

static bool excess_at(const Search *search, double value, double *usd)
{
    *search->scratch = *search->inputs;
    axis_set(search->inputs, search->scratch, search->owner, search->axis, value);
    evaluate_option(search->scratch, search->option, search->workspace, NULL);
    evaluate_option(search->scratch, search->winner, search->workspace, NULL);
    const OptionResult *a = workspace_result(search->workspace, search->option),
                       *b = workspace_result(search->workspace, search->winner);
    *usd = a->npv_usd - b->npv_usd;
    return a->is_feasible && b->is_feasible;
}

static double close_in(const Search *search, double dear, double cheap)
{
    for (int i = 0; i < BISECTIONS; i++) {
        double middle = sqrt(dear * cheap), usd;
        if (excess_at(search, middle, &usd) && usd <= 0.0) {
            cheap = middle;
        } else {
            dear = middle;
        }
    }
    return cheap;
}

AxisNeed axis_need(const Inputs *inputs, int option, int winner, AxisId axis, Workspace *workspace,
                   Inputs *scratch)
{
    AxisNeed need = {.owner = option};
    need.applies = axis_get(inputs, option, axis, &need.present);
    if (!need.applies) {
        need.owner = winner;
        need.applies = axis_get(inputs, winner, axis, &need.present);
    }
    /* Where there is none now, the search starts in the middle of what is usual. */
    static const double usual[N_AXES] = {[AXIS_VOLUME] = 1e6, [AXIS_ESCALATION] = 0.2};
    double from = need.present > 0.0 ? need.present : usual[axis];
    if (!need.applies || !(from > 0.0)) {
        need.applies = false;
        return need;
    }
    need.low = from * axes[axis].low;
    need.high = from * axes[axis].high;
    if (axes[axis].most > 0.0 && need.high > axes[axis].most) need.high = axes[axis].most;
    Search search = {inputs, scratch, workspace, option, winner, need.owner, axis};
    double before[2] = {from, from}, ends[2] = {need.low, need.high};
    for (int i = 1; i <= AXIS_SEARCH_STEPS && !need.is_found; i++) {
        for (int side = 0; side < 2 && !need.is_found; side++) {
            double value = from * pow(ends[side] / from, (double)i / AXIS_SEARCH_STEPS), usd;
            if (excess_at(&search, value, &usd) && usd <= 0.0) {
                need.value = close_in(&search, before[side], value);
                need.is_found = true;
            }
            before[side] = value;
        }
    }
    return need;
}
