/* Charts of the overview: NPV by volume, cost by month. Layer: tui (no curses). */
#include "tui/risk_panels.h"
#include "tui/screens.h"

#include "tokentco/answer.h"

#include <stdio.h>
#include <stdlib.h>

static char series_labels[INPUT_OPTIONS_MAX][4] = {"1", "2",  "3",  "4",  "5",  "6",  "7",  "8",
                                                   "9", "10", "11", "12", "13", "14", "15", "16"};

static void volume_read_out(const App *app, const Curves *curves, int point, char *out, size_t size)
{
    const Inputs *inputs = session_inputs(app->session);
    char number[FORMAT_BYTES];
    format_si(curves->volumes[point], number);
    int used = snprintf(out, size, "%s req/mo:", number);
    for (int i = 0; i < inputs->n_options && used > 0 && (size_t)used < size; i++) {
        if (!curves->has[i * TREND_POINTS + point]) continue;
        format_si(curves->npv_usd[i * TREND_POINTS + point], number);
        used += snprintf(out + used, size - (size_t)used, " %d=%s", i + 1, number);
    }
}

static void crossing_read_out(const Curves *curves, char *out, size_t size)
{
    char number[FORMAT_BYTES];
    if (curves->n_crossings == 0) {
        snprintf(out, size, "no break-even in this range");
        return;
    }
    int used = snprintf(out, size, "break-even");
    for (int i = 0; i < curves->n_crossings && used > 0 && (size_t)used < size; i++) {
        format_si(curves->crossings[i].requests_per_month, number);
        used += snprintf(out + used, size - (size_t)used, "%s %s: %d beats %d", i > 0 ? "," : "", number,
                         curves->crossings[i].to + 1, curves->crossings[i].from + 1);
    }
}

static void draw_bottom_text(App *app, Rect rect, const char *text)
{
    int room = rect.width - 4;
    canvas_text(app->canvas, rect.x + 1, rect.y + rect.height - 1, LOOK_DIM, " ");
    canvas_text_fit(app->canvas, rect.x + 2, rect.y + rect.height - 1, room, LOOK_PLAIN, text);
    int columns = text_columns(text);
    canvas_text(app->canvas, rect.x + 2 + (columns < room ? columns : room), rect.y + rect.height - 1,
                LOOK_DIM, " ");
}

void draw_volume_chart(App *app, const OverviewState *state, Rect rect)
{
    const Inputs *inputs = session_inputs(app->session);
    const Curves *curves = session_curves(app->session);
    Scale scale = state->is_linear ? SCALE_LINEAR : SCALE_LOG;
    Chart chart = {.x = {.scale = scale, .title = "requests/month"},
                   .y = {.scale = scale, .title = inputs->currency}};
    for (int i = 0; i < inputs->n_options; i++) {
        chart.series[chart.n_series++] = (ChartSeries){inputs->options[i].name,
                                                       series_labels[i],
                                                       i,
                                                       TREND_POINTS,
                                                       curves->volumes,
                                                       &curves->npv_usd[i * TREND_POINTS],
                                                       &curves->has[i * TREND_POINTS]};
    }
    for (int i = 0; i < curves->n_crossings; i++)
        chart.marks[chart.n_marks++] =
            (ChartMark){curves->crossings[i].requests_per_month, curves->crossings[i].npv_usd, ""};
    int best = session_best_option(app->session);
    int point = state->pane == OVERVIEW_CHART ? state->point : 0;
    int at = point > 0 ? point - 1 : TREND_POINTS / 2;
    double y = point > 0 && curves->has[app->option * TREND_POINTS + at]
                   ? curves->npv_usd[app->option * TREND_POINTS + at]
               : best >= 0 ? session_result(app->session, best)->npv_usd
                           : 0.0;
    if (y > 0.0 && inputs_volume(inputs) > 0.0)
        chart.marks[chart.n_marks++] = (ChartMark){point > 0 ? curves->volumes[at] : inputs_volume(inputs), y,
                                                   point > 0 ? "here" : "now"};
    bool is_focus = state->pane == OVERVIEW_CHART;
    canvas_box(app->canvas, rect, is_focus ? LOOK_KEY : LOOK_DIM, "NPV by volume");
    draw_chart(app->canvas, rect_inset(rect, 1, 1), &chart);
    char text[256];
    if (point > 0)
        volume_read_out(app, curves, at, text, sizeof text);
    else
        crossing_read_out(curves, text, sizeof text);
    draw_bottom_text(app, rect, text);
}

static void payback_read_out(const App *app, char *out, size_t size)
{
    const Inputs *inputs = session_inputs(app->session);
    int best = session_best_option(app->session);
    snprintf(out, size, "no plan is feasible");
    if (best < 0) return;
    int first = 0;
    for (int i = 0; i < inputs->n_options; i++) {
        if (i == best || !session_result(app->session, i)->is_feasible) continue;
        int month = breakeven_month(app->session->now->workspace, best, i, inputs->horizon_months);
        if (month > first) first = month;
    }
    if (first == 0)
        snprintf(out, size, "%d is the cheapest from the first month on", best + 1);
    else
        snprintf(out, size, "%d stays the cheapest from month %d on", best + 1, first + 1);
}

/* The band of the plan under view, as far as it was drawn for what is shown. Returns the number of draws. */
static long add_fan(const App *app, Chart *chart, const double *x, double *room)
{
    const RiskStudy *risk = app_risk_study(app);
    const Inputs *inputs = session_inputs(app->session);
    int n = inputs->horizon_months;
    if (risk == NULL || risk->result.n_items == 0 || risk->result.n_months != n ||
        chart->n_series + 2 > CHART_SERIES_MAX)
        return 0;
    const RiskOption *option = &risk->result.options[app->option];
    if (!option->has_figures || option->fan[FAN_CUMULATIVE_USD] == NULL) return 0;
    static const struct {
        RiskQuantile quantile;
        const char *label;
    } edges[] = {{RISK_P5, "p5"}, {RISK_P95, "p95"}};
    for (int e = 0; e < 2; e++) {
        double *y = room + e * n;
        for (int m = 0; m < n; m++)
            y[m] = option->fan[FAN_CUMULATIVE_USD][m * N_RISK_QUANTILES + (int)edges[e].quantile];
        chart->series[chart->n_series++] =
            (ChartSeries){"", edges[e].label, app->option, n, x, y, option->has_fan[FAN_CUMULATIVE_USD]};
    }
    return risk->result.n_draws;
}

void draw_month_chart(App *app, const OverviewState *state, Rect rect)
{
    const Inputs *inputs = session_inputs(app->session);
    int n = inputs->horizon_months;
    double *x = calloc((size_t)n * (INPUT_OPTIONS_MAX + 3), sizeof *x);
    if (x == NULL) return;
    for (int m = 0; m < n; m++) x[m] = m + 1;
    Chart chart = {.x = {.scale = SCALE_LINEAR, .title = "month"},
                   .y = {.scale = SCALE_LINEAR, .title = inputs->currency}};
    for (int i = 0; i < inputs->n_options; i++) {
        const OptionResult *result = session_result(app->session, i);
        if (!result->is_feasible) continue;
        double *y = x + (size_t)n * (size_t)(i + 1);
        for (int m = 0; m < n; m++) y[m] = result->months[m].cumulative_npv_usd;
        chart.series[chart.n_series++] =
            (ChartSeries){inputs->options[i].name, series_labels[i], i, n, x, y, NULL};
    }
    long n_draws = add_fan(app, &chart, x, x + (size_t)n * (INPUT_OPTIONS_MAX + 1));
    char title[96], draws[FORMAT_BYTES];
    format_grouped((double)n_draws, draws);
    snprintf(title, sizeof title, "Cumulative cost; p5, p95 of %d (%s draws)", app->option + 1, draws);
    canvas_box(app->canvas, rect, state->pane == OVERVIEW_CHART ? LOOK_KEY : LOOK_DIM,
               n_draws > 0 ? title : "Cumulative cost, discounted");
    draw_chart(app->canvas, rect_inset(rect, 1, 1), &chart);
    char text[128];
    payback_read_out(app, text, sizeof text);
    draw_bottom_text(app, rect, text);
    free(x);
}
