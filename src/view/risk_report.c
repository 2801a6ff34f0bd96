/* The pages of `risk` and `sensitivity`. Layer: view. */
#include "view/risk_charts.h"

#include <math.h>
#include <string.h>

enum { INDENT = 2, LABEL_COLUMN = 15, FAN_HEIGHT = 11, BARS_SHOWN = 8, WORTH_SHOWN = 5 };

static void add_label(const char *label, const Style *style, Text *out)
{
    text_add_char(out, ' ', INDENT);
    style_begin(style, out, INK_FAINT);
    width_add(out, label, LABEL_COLUMN, ALIGN_LEFT, style->is_utf8);
    style_end(style, out, INK_FAINT);
}

static const char *name_of(const RiskView *view, int option)
{
    return view->resolved->inputs.options[option].name;
}

/* The rest of a line that has begun at `column`, broken at blanks; its further lines begin at `indent`. */
static void add_wrapped(const char *text, int column, int indent, const Style *style, Text *out)
{
    int at = column;
    for (bool is_first = true; *text != '\0'; is_first = false) {
        size_t n = strcspn(text, " ");
        char word[256];
        snprintf(word, sizeof word, "%.*s", (int)n, text);
        if (!is_first && at + 1 + width_of(word) > style->width) {
            text_add(out, "\n");
            text_add_char(out, ' ', (size_t)indent);
            at = indent;
        } else if (!is_first) {
            text_add(out, " ");
            at++;
        }
        text_add(out, word);
        at += width_of(word);
        text += n + (text[n] == ' ');
    }
    text_add(out, "\n");
}

static const char *currency_of(const RiskView *view)
{
    return view->resolved->inputs.currency;
}

static void add_header(const RiskView *view, const char *what, const Style *style, Text *out)
{
    const Inputs *inputs = &view->resolved->inputs;
    const char *dot = style->is_utf8 ? "·" : "|";
    char as_of[16], rate[FORMAT_BYTES];
    date_format(view->resolved->as_of, as_of);
    format_percent(inputs->discount_per_year, rate);
    style_add(style, out, INK_STRONG, inputs->name);
    text_addf(out, " %s %s %s %d months %s prices as of %s %s %s, %s a year\n\n", dot, what, dot,
              inputs->horizon_months, dot, as_of, dot, inputs->currency, rate);
}

/* ---- risk ---- */

static void add_reasons(const RiskView *view, const Style *style, Text *out)
{
    for (int o = 0; o < view->risk->n_options; o++) {
        const RiskOption *option = &view->risk->options[o];
        if (option->has_figures) continue;
        char text[64 + sizeof option->reason];
        snprintf(text, sizeof text, "%d cannot serve in any draw: %s", o + 1, option->reason);
        text_add_char(out, ' ', INDENT);
        add_wrapped(text, INDENT, 2 * INDENT, style, out);
    }
}

static void add_histograms(const RiskView *view, const Style *style, Text *out)
{
    const char *label = "NPV";
    for (int o = 0; o < view->risk->n_options; o++) {
        const RiskOption *option = &view->risk->options[o];
        if (!option->has_figures) continue;
        char low[FORMAT_BYTES], high[FORMAT_BYTES], number[16];
        format_si(option->histogram.low, low);
        format_si(option->histogram.high, high);
        add_label(label, style, out);
        snprintf(number, sizeof number, "%d", o + 1);
        style_add(style, out, INK_SERIES + o, number);
        text_addf(out, "  %8s ", low);
        risk_histogram_add(&option->histogram, style, out);
        text_addf(out, " %s\n", high);
        label = "";
    }
}

static void add_choice(const RiskView *view, const Style *style, Text *out)
{
    const RiskResult *risk = view->risk;
    if (risk->best >= 0) {
        char share[FORMAT_BYTES], error[FORMAT_BYTES], evpi[FORMAT_BYTES], evpi_error[FORMAT_BYTES];
        const RiskOption *best = &risk->options[risk->best];
        format_percent(best->best_frac.value, share);
        format_percent(best->best_frac.error, error);
        format_si(risk->evpi.value, evpi);
        format_si(risk->evpi.error, evpi_error);
        add_label("choice", style, out);
        text_addf(out, "%d %s: least mean cost; cheapest in %s of the draws (standard error %s)\n",
                  risk->best + 1, name_of(view, risk->best), share, error);
        add_label("", style, out);
        text_addf(out, "knowing everything before choosing is worth %s %s (standard error %s)\n", evpi,
                  currency_of(view), evpi_error);
    }
    Text advice;
    text_init(&advice);
    risk_advice_format(view, &advice);
    add_label("measure first", style, out);
    add_wrapped(text_str(&advice), INDENT + LABEL_COLUMN, INDENT + LABEL_COLUMN, style, out);
    text_free(&advice);
}

static void add_worth(const RiskView *view, const Style *style, Text *out)
{
    bool is_shown[UNCERTAIN_MAX] = {false};
    const char *label = "worth knowing";
    for (int k = 0; k < WORTH_SHOWN; k++) {
        int next = -1;
        for (int i = 0; i < view->risk->n_items; i++) {
            double worth = view->risk->items[i].evppi.value;
            if (is_shown[i] || !(worth > 0.0)) continue;
            if (next < 0 || worth > view->risk->items[next].evppi.value) next = i;
        }
        if (next < 0) return;
        is_shown[next] = true;
        char worth[FORMAT_BYTES], error[FORMAT_BYTES];
        format_si(view->risk->items[next].evppi.value, worth);
        format_si(view->risk->items[next].evppi.error, error);
        add_label(label, style, out);
        width_add(out, view->resolved->uncertainty.items[next].label, 36, ALIGN_LEFT, style->is_utf8);
        text_addf(out, "%8s %s  (standard error %s)\n", worth, currency_of(view), error);
        label = "";
    }
}

static void add_convergence(const RiskView *view, const Style *style, Text *out)
{
    const char *label = "convergence";
    for (int i = 0; i < view->risk->n_levels; i++) {
        const RiskLevel *level = &view->risk->levels[i];
        char mean[FORMAT_BYTES], error[FORMAT_BYTES], share[FORMAT_BYTES], evpi[FORMAT_BYTES];
        bool is_last_few = i >= view->risk->n_levels - 4;
        if (!is_last_few) continue;
        format_grouped(level->mean.value, mean);
        format_grouped(level->mean.error, error);
        format_percent(level->best_frac.value, share);
        format_si(level->evpi.value, evpi);
        add_label(label, style, out);
        text_addf(out, "%9ld draws  mean of %d %s +- %s  cheapest in %s  EVPI %s\n", level->n_draws,
                  view->risk->best + 1, mean, error, share, evpi);
        label = "";
    }
}

void risk_report_add(const RiskView *view, const Style *style, Text *out)
{
    char what[96];
    snprintf(what, sizeof what, "%ld draws of %d uncertain inputs", view->risk->n_draws, view->risk->n_items);
    add_header(view, what, style, out);
    CurrencyColumns room;
    Table table = table_in_currency(risk_table(view, true), currency_of(view), &room);
    table_add_text(&table, style, INDENT, out);
    add_reasons(view, style, out);
    text_add(out, "\n");
    add_choice(view, style, out);
    add_worth(view, style, out);
    text_add(out, "\n");
    add_histograms(view, style, out);
    RiskFan fan;
    int shown = view->risk->best >= 0 ? view->risk->best : 0;
    if (risk_fan_build(view, shown, FAN_CUMULATIVE_USD, &fan)) {
        text_addf(out, "\n%*s%d %s\n", INDENT, "", shown + 1, name_of(view, shown));
        chart_add_text(fan.chart, style, INDENT, FAN_HEIGHT, out);
        risk_fan_free(&fan);
    }
    text_add(out, "\n");
    if (view->tornado != NULL && view->tornado->best >= 0) {
        char title[96];
        snprintf(title, sizeof title, "What moves the NPV of %d, alone, from its p5 to its p95",
                 view->tornado->best + 1);
        risk_tornado_add(view, title, BARS_SHOWN, INDENT, style, out);
    }
    add_convergence(view, style, out);
}

/* ---- sensitivity ---- */

static void add_indices(const RiskView *view, const Style *style, Text *out)
{
    const Indices *indices = view->indices;
    int o = view->tornado->best, w = indices->n_outputs, margin = w - 1;
    if (o < 0) return;
    text_addf(out,
              "\n%*sShares of the variance, %ld x %d evaluations, inputs independent; +- is half a 90 %% "
              "interval\n",
              INDENT, "", indices->n, indices->n_items + 2);
    text_add_char(out, ' ', INDENT);
    width_add(out, "input", 34, ALIGN_LEFT, style->is_utf8);
    text_addf(out, "  NPV of %d: first        total     margin: first        total    Morris mu*\n", o + 1);
    for (int i = 0; i < indices->n_items; i++) {
        const SobolRow *npv = &indices->sobol[i * w + o], *gap = &indices->sobol[i * w + margin];
        char effect[FORMAT_BYTES];
        format_si(indices->morris[i * w + o].mean_abs, effect);
        text_add_char(out, ' ', INDENT);
        width_add(out, view->resolved->uncertainty.items[i].label, 34, ALIGN_LEFT, style->is_utf8);
        text_addf(out, "  %6.3f +- %.3f  %6.3f +- %.3f   %6.3f +- %.3f  %6.3f +- %.3f  %8s\n",
                  npv->first.value, SOBOL_T90 * npv->first.error, npv->total.value,
                  SOBOL_T90 * npv->total.error, gap->first.value, SOBOL_T90 * gap->first.error,
                  gap->total.value, SOBOL_T90 * gap->total.error, effect);
    }
    if (view->resolved->inputs.n_options > 1)
        text_addf(out, "%*smargin: what %d costs over the cheapest other; it decides who wins\n", INDENT, "",
                  o + 1);
}

void sensitivity_report_add(const RiskView *view, const Style *style, Text *out)
{
    char what[96];
    snprintf(what, sizeof what, "sensitivity to %d inputs", view->tornado->n_items);
    add_header(view, what, style, out);
    if (view->tornado->best < 0) {
        text_add(out, "  no option can serve this scenario as it is; `tokentco run` says why\n");
        return;
    }
    char title[64 + FIELD_TEXT_BYTES];
    snprintf(title, sizeof title, "NPV of %d %s, one input alone from its p5 to its p95",
             view->tornado->best + 1, name_of(view, view->tornado->best));
    risk_tornado_add(view, title, UNCERTAIN_MAX, INDENT, style, out);
    CurrencyColumns room;
    Table table = table_in_currency(sensitivity_table(view, true), currency_of(view), &room);
    table_add_text(&table, style, INDENT, out);
    if (view->indices != NULL) add_indices(view, style, out);
}
