/* Moving away from the present bill (E70). Layer: view. */
#include "tokentco/move.h"

#include "tokentco/format.h"

#include <math.h>

int present_find(const Inputs *inputs)
{
    for (int i = 0; i < inputs->n_options; i++)
        if (inputs->options[i].kind == OPTION_BILL) return i;
    return -1;
}

bool payback_find(const Inputs *inputs, const Workspace *workspace, int a, int b, double *months)
{
    int m = breakeven_month(workspace, a, b, inputs->horizon_months);
    if (m < 0) return false;
    const MonthResult *x = workspace_result(workspace, a)->months,
                      *y = workspace_result(workspace, b)->months;
    double discount = pow(1.0 + inputs->discount_per_year, -m / 12.0);
    double before = discount * (x[m].flow_usd[TIMING_START] - y[m].flow_usd[TIMING_START]);
    if (m > 0) before += x[m - 1].cumulative_npv_usd - y[m - 1].cumulative_npv_usd;
    double after = x[m].cumulative_npv_usd - y[m].cumulative_npv_usd;
    *months = m + (before > 0.0 ? before / (before - after) : 0.0);
    return true;
}

bool move_build(const Inputs *inputs, const Workspace *workspace, int option, Move *out)
{
    int present = present_find(inputs);
    if (present < 0 || present == option) return false;
    const OptionResult *now = workspace_result(workspace, present),
                       *then = workspace_result(workspace, option);
    if (!now->is_feasible || !then->is_feasible) return false;
    *out = (Move){.present = present, .option = option, .saved_npv_usd = now->npv_usd - then->npv_usd};
    out->payback_month = breakeven_month(workspace, option, present, inputs->horizon_months);
    out->has_payback = payback_find(inputs, workspace, option, present, &out->payback_months);
    out->n_rates = breakeven_returns(workspace, present, option, inputs->horizon_months, out->irr_per_year);
    return true;
}

void move_format(const Move *move, Text *out)
{
    char saved[FORMAT_BYTES], rate[FORMAT_BYTES];
    format_grouped(fabs(move->saved_npv_usd), saved);
    text_addf(out, "%s %s", move->saved_npv_usd >= 0.0 ? "saves" : "costs", saved);
    if (move->saved_npv_usd < 0.0) text_add(out, " more");
    if (!move->has_payback) {
        text_add(out, ", does not pay back");
    } else if (move->payback_months > 0.0) {
        text_addf(out, ", pays back after %.1f months", move->payback_months);
    } else {
        text_add(out, ", ahead from the first day");
    }
    for (int i = 0; i < move->n_rates; i++) {
        format_percent(move->irr_per_year[i], rate);
        text_addf(out, "%s %s", i == 0 ? ", return" : " or", rate);
    }
    if (move->n_rates > 0) text_add(out, " a year");
}
