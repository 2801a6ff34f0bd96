/* Pictures of uncertainty: fans by month, histograms, tornado bars. Layer: view. */
#include "view/risk_charts.h"

#include <math.h>
#include <stdlib.h>

bool risk_fan_build(const RiskView *view, int option, FanKind kind, RiskFan *out)
{
    static const char *const names[N_RISK_QUANTILES] = {"5 %", "25 %", "median", "75 %", "95 %"};
    static const char *const labels[N_RISK_QUANTILES] = {"p5", "p25", "p50", "p75", "p95"};
    static const char *const titles[N_FAN_KINDS] = {
        [FAN_CUMULATIVE_USD] = "Cumulative cost by month, discounted",
        [FAN_USD_PER_MTOK] = "Cost of a month over its tokens, per million"};
    const RiskOption *result = &view->risk->options[option];
    int n = view->risk->n_months;
    *out = (RiskFan){calloc(1, sizeof *out->chart), calloc((size_t)n, sizeof *out->months),
                     calloc((size_t)n * N_RISK_QUANTILES, sizeof *out->lines)};
    if (!result->has_figures || out->chart == NULL || out->months == NULL || out->lines == NULL) {
        risk_fan_free(out);
        return false;
    }
    *out->chart = (Chart){
        .title = titles[kind], .x = {.title = "month"}, .y = {.title = view->resolved->inputs.currency}};
    for (int m = 0; m < n; m++) out->months[m] = m + 1;
    for (int q = 0; q < N_RISK_QUANTILES; q++) {
        double *line = &out->lines[q * n];
        for (int m = 0; m < n; m++) line[m] = result->fan[kind][m * N_RISK_QUANTILES + q];
        out->chart->series[out->chart->n_series++] =
            (ChartSeries){names[q], labels[q], q, n, out->months, line, result->has_fan[kind]};
    }
    return true;
}

void risk_fan_free(RiskFan *fan)
{
    free(fan->chart);
    free(fan->months);
    free(fan->lines);
    *fan = (RiskFan){0};
}

/* Eighths of a character; one letter without UTF-8. */
void risk_histogram_add(const RiskHistogram *histogram, const Style *style, Text *out)
{
    static const char *const eighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char ascii[] = " .:-=+*#@";
    enum { STEPS = 8 };
    long most = 1;
    for (int b = 0; b < RISK_BINS; b++)
        if (histogram->counts[b] > most) most = histogram->counts[b];
    for (int b = 0; b < RISK_BINS; b++) {
        long part = (histogram->counts[b] * STEPS + most - 1) / most;
        if (style->is_utf8) {
            text_add(out, eighths[part]);
        } else {
            text_add_char(out, ascii[part], 1);
        }
    }
}

/* One line of the tornado: from the change at p5 to that at p95, around a middle. */
static void add_bar(double low, double high, double reach, int half, const Style *style, Text *out)
{
    double left = fmin(fmin(low, high), 0.0), right = fmax(fmax(low, high), 0.0);
    int from = half + (int)lround(left / reach * half), to = half + (int)lround(right / reach * half);
    for (int c = 0; c <= 2 * half; c++) {
        bool is_inside = c >= from && c <= to;
        bool is_high_side = (c > half) == (high > low);
        if (c == half) {
            text_add(out, style->is_utf8 ? "│" : "|");
        } else if (!is_inside) {
            text_add(out, " ");
        } else if (is_high_side) {
            text_add(out, style->is_utf8 ? "█" : "#");
        } else {
            text_add(out, style->is_utf8 ? "░" : "-");
        }
    }
}

int risk_tornado_order(const Tornado *tornado, int order[UNCERTAIN_MAX])
{
    int n = 0, o = tornado->best;
    double width[UNCERTAIN_MAX];
    for (int i = 0; i < tornado->n_items && o >= 0; i++) {
        const TornadoBar *bar = &tornado->bars[i];
        if (!bar->has_low[o] || !bar->has_high[o]) continue;
        double here = fabs(bar->high_usd[o] - bar->low_usd[o]);
        int at = n++;
        while (at > 0 && width[at - 1] < here) {
            width[at] = width[at - 1];
            order[at] = order[at - 1];
            at--;
        }
        width[at] = here;
        order[at] = i;
    }
    return n;
}

void risk_tornado_add(const RiskView *view, const char *title, int n_shown, int indent, const Style *style,
                      Text *out)
{
    enum { LABEL = 34, HALF = 18 };
    const Tornado *tornado = view->tornado;
    int order[UNCERTAIN_MAX], n = risk_tornado_order(tornado, order), o = tornado->best;
    double reach = 0.0;
    for (int i = 0; i < n; i++) {
        const TornadoBar *bar = &tornado->bars[order[i]];
        reach = fmax(reach, fmax(fabs(bar->low_usd[o] - tornado->base_usd[o]),
                                 fabs(bar->high_usd[o] - tornado->base_usd[o])));
    }
    if (!(reach > 0.0)) return;
    text_addf(out, "%*s%s\n", indent, "", title);
    for (int i = 0; i < n && i < n_shown; i++) {
        const TornadoBar *bar = &tornado->bars[order[i]];
        const Uncertain *item = &view->resolved->uncertainty.items[order[i]];
        double low = bar->low_usd[o] - tornado->base_usd[o], high = bar->high_usd[o] - tornado->base_usd[o];
        char least[FORMAT_BYTES], most[FORMAT_BYTES], at_low[FORMAT_BYTES], at_high[FORMAT_BYTES];
        format_si(bar->low, least);
        format_si(bar->high, most);
        format_si(low, at_low);
        format_si(high, at_high);
        text_add_char(out, ' ', (size_t)indent);
        width_add(out, item->label, LABEL, ALIGN_LEFT, style->is_utf8);
        add_bar(low, high, reach, HALF, style, out);
        text_addf(out, "  %s to %s: %s%s to %s%s\n", least, most, low > 0.0 ? "+" : "", at_low,
                  high > 0.0 ? "+" : "", at_high);
    }
    text_add(out, "\n");
}
