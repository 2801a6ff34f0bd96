/* The answer to a scenario. Layer: view. */
#include "tokentco/answer.h"

#include "tokentco/format.h"

#include <math.h>
#include <stdlib.h>

double inputs_volume(const Inputs *inputs)
{
    double volume = 0.0;
    for (int i = 0; i < inputs->n_workloads; i++) {
        const Workload *workload = &inputs->workloads[i];
        volume += workload->requests_table.n > 0 ? workload->requests_table.values[0]
                                                 : workload->requests_per_month;
    }
    return volume;
}

/* The cheapest candidate of these kinds; -1 none. */
static int find_best(const Inputs *inputs, const Workspace *workspace, unsigned kinds)
{
    unsigned options = inputs_candidates(inputs);
    for (int o = 0; o < inputs->n_options; o++)
        if ((1u << inputs->options[o].kind & kinds) == 0) options &= ~(1u << o);
    return workspace_cheapest(workspace, inputs, options);
}

bool answer_build(const Resolved *resolved, Answer *out, Err *err)
{
    const Inputs *inputs = &resolved->inputs;
    *out = (Answer){.resolved = resolved, .best = -1, .volume = inputs_volume(inputs)};
    out->workspace = workspace_new(inputs->horizon_months, inputs->n_options);
    if (out->workspace == NULL) return err_set(err, ERR_BUG, "out of memory");
    evaluate(inputs, out->workspace, NULL);
    out->best = find_best(inputs, out->workspace, KIND_ALL);
    return true;
}

/* Around the scenario's own volume, from round numbers to round numbers. */
static void make_volumes(double volume, double out[CURVE_POINTS])
{
    const double fallback = 1e6;
    double middle = pow(10.0, round(log10(volume > 0.0 ? volume : fallback)));
    double low = middle / CURVE_REACH, high = middle * CURVE_REACH;
    for (int i = 0; i < CURVE_POINTS; i++) out[i] = low * pow(high / low, (double)i / (CURVE_POINTS - 1));
}

static void add_duel(Answer *answer, int a, int b, CostCurves *curves)
{
    const Inputs *inputs = &answer->resolved->inputs;
    if (a == b || inputs->options[a].is_blocked || inputs->options[b].is_blocked) return;
    if (inputs->options[a].is_part || inputs->options[b].is_part) return;
    for (int i = 0; i < answer->n_duels; i++)
        if (answer->duels[i].a == a && answer->duels[i].b == b) return;
    Duel *duel = &answer->duels[answer->n_duels++];
    *duel = (Duel){.a = a, .b = b, .payback_month = -1};
    if (workspace_result(answer->workspace, a)->is_feasible &&
        workspace_result(answer->workspace, b)->is_feasible)
        duel->payback_month = breakeven_month(answer->workspace, a, b, inputs->horizon_months);
    duel->has_crossings =
        breakeven_on_grid(curves, a, b, answer->volumes, CURVE_POINTS, &duel->crossings, &duel->fault);
}

static void add_duels(Answer *answer, CostCurves *curves)
{
    const Inputs *inputs = &answer->resolved->inputs;
    int self = find_best(inputs, answer->workspace, KIND_SELF);
    answer->n_duels = 0;
    if (answer->best < 0) return;
    for (int i = 0; i < inputs->n_options; i++) add_duel(answer, answer->best, i, curves);
    if (self < 0 || self == answer->best) return;
    for (int i = 0; i < inputs->n_options; i++)
        if (i != answer->best && inputs->options[i].kind == OPTION_API) add_duel(answer, self, i, curves);
}

bool answer_add_curves(Answer *answer, Err *err)
{
    const Inputs *inputs = &answer->resolved->inputs;
    size_t n = (size_t)CURVE_POINTS * (size_t)(inputs->n_options > 0 ? inputs->n_options : 1);
    answer->npv_usd = calloc(n, sizeof *answer->npv_usd);
    answer->has_npv = calloc(n, sizeof *answer->has_npv);
    CostCurves *curves = cost_curves_new(inputs);
    bool is_ok = answer->npv_usd != NULL && answer->has_npv != NULL && curves != NULL;
    if (!is_ok) {
        err_set(err, ERR_BUG, "out of memory");
    } else {
        make_volumes(answer->volume, answer->volumes);
        for (int i = 0; i < CURVE_POINTS; i++)
            for (int o = 0; o < inputs->n_options; o++) {
                int at = i * inputs->n_options + o;
                answer->has_npv[at] = cost_curves_npv(curves, o, answer->volumes[i], &answer->npv_usd[at]);
            }
        add_duels(answer, curves);
    }
    cost_curves_free(curves);
    return is_ok;
}

void answer_free(Answer *answer)
{
    workspace_free(answer->workspace);
    free(answer->npv_usd);
    free(answer->has_npv);
    *answer = (Answer){0};
}

void answer_add_rate(const Resolved *resolved, Text *out)
{
    char day[16], rate[FORMAT_BYTES];
    if (resolved->fx.text == NULL) return;
    date_format(resolved->fx_date, day);
    number_format(resolved->inputs.currency_per_usd, rate, sizeof rate);
    text_addf(out, "%s for one USD, %s", rate, day);
    int n_days = resolved->as_of - resolved->fx_date;
    if (n_days != 0) text_addf(out, " (%d days %s the prices)", abs(n_days), n_days > 0 ? "before" : "after");
    text_addf(out, ", %s", resolved->fx.text);
}
