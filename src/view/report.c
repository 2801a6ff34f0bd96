/* The report on a terminal. Layer: view. */
#include "tokentco/report.h"

#include "tokentco/chart.h"

#include <math.h>
#include <string.h>

enum { INDENT = 2, LABEL_COLUMN = 15, CHART_HEIGHT = 13, SHARES_SHOWN = 5 };

static void add_header(const Answer *answer, const Style *style, Text *out)
{
    const Inputs *inputs = &answer->resolved->inputs;
    const char *dot = style->is_utf8 ? "·" : "|";
    char start[16], as_of[16], rate[FORMAT_BYTES];
    month_format(inputs->start, start);
    date_format(answer->resolved->as_of, as_of);
    format_percent(inputs->discount_per_year, rate);
    Text rest;
    text_init(&rest);
    text_addf(&rest, " %s %d months from %s %s prices as of %s %s USD, %s a year", dot,
              inputs->horizon_months, start, dot, as_of, dot, rate);
    int used = width_of(inputs->name) + width_of(text_str(&rest));
    style_add(style, out, INK_STRONG, inputs->name);
    width_add(out, text_str(&rest),
              style->width - width_of(inputs->name) - (int)strlen("tokentco " TOKENTCO_VERSION), ALIGN_LEFT,
              style->is_utf8);
    if (used < style->width) style_add(style, out, INK_FAINT, "tokentco " TOKENTCO_VERSION);
    text_add(out, "\n\n");
    text_free(&rest);
}

static void add_workload(const Workload *workload, const Style *style, Text *out)
{
    const char *dot = style->is_utf8 ? "·" : "|", *at_most = style->is_utf8 ? "≤" : "<=";
    char volume[FORMAT_BYTES], growth[FORMAT_BYTES], cached[FORMAT_BYTES], input[FORMAT_BYTES],
        output[FORMAT_BYTES];
    bool is_table = workload->requests_table.n > 0;
    format_si(is_table ? workload->requests_table.values[0] : workload->requests_per_month, volume);
    format_percent(workload->growth_per_month, growth);
    format_percent(workload->cache_hit_frac, cached);
    format_grouped(workload->input_tok, input);
    format_grouped(workload->output_tok, output);
    Text line;
    text_init(&line);
    if (workload->name[0] != '\0') text_addf(&line, "%s: ", workload->name);
    text_addf(&line, "%s requests/month", volume);
    if (is_table) {
        text_add(&line, " by a table");
    } else if (workload->growth_per_month != 0.0) {
        text_addf(&line, " %s%s/month", workload->growth_per_month > 0.0 ? "+" : "", growth);
    }
    text_addf(&line, ", %s in / %s out tokens, %s cached %s TTFT %s %g s, TPOT %s %g ms", input, output, cached, dot, at_most,
              workload->slo_ttft_s, at_most, 1000.0 * workload->slo_tpot_s);
    text_add_char(out, ' ', INDENT);
    text_addn(out, text_str(&line), width_fit(text_str(&line), style->width - INDENT));
    text_add(out, "\n");
    text_free(&line);
}

/* Why an option is out: one sentence a line, below the table. */
static void add_reasons(const Answer *answer, const Style *style, Text *out)
{
    for (int i = 0; i < answer->resolved->inputs.n_options; i++) {
        const OptionResult *result = workspace_result(answer->workspace, i);
        if (result->is_feasible) continue;
        char number[16];
        snprintf(number, sizeof number, "%d", i + 1);
        text_add_char(out, ' ', INDENT);
        style_add(style, out, INK_SERIES + i, number);
        text_add(out, " cannot serve this: ");
        text_addn(out, result->reason, width_fit(result->reason, style->width - INDENT - 22));
        text_add(out, "\n");
    }
}

/* Categories of an option from the greatest on, as shares of the undiscounted total. */
static void add_shares(const OptionResult *result, Text *out)
{
    bool is_shown[N_CATEGORIES] = {false};
    for (int k = 0; k < SHARES_SHOWN; k++) {
        int next = -1;
        for (int c = 0; c < N_CATEGORIES; c++)
            if (!is_shown[c] && result->category_usd[c] > 0.0 &&
                (next < 0 || result->category_usd[c] > result->category_usd[next]))
                next = c;
        if (next < 0) return;
        is_shown[next] = true;
        char share[FORMAT_BYTES];
        format_percent(result->category_usd[next] / result->total_usd, share);
        text_addf(out, "%s%s %s", k > 0 ? "  " : "", cost_categories[next].name, share);
    }
}

static void add_money(const Answer *answer, const Style *style, Text *out)
{
    const char *label = "money goes to";
    for (int i = 0; i < answer->resolved->inputs.n_options; i++) {
        const OptionResult *result = workspace_result(answer->workspace, i);
        if (!result->is_feasible || !(result->total_usd > 0.0)) continue;
        text_add_char(out, ' ', INDENT);
        style_begin(style, out, INK_FAINT);
        width_add(out, label, LABEL_COLUMN, ALIGN_LEFT, style->is_utf8);
        style_end(style, out, INK_FAINT);
        char number[16];
        snprintf(number, sizeof number, "%d", i + 1);
        style_add(style, out, INK_SERIES + i, number);
        text_add(out, "  ");
        Text shares;
        text_init(&shares);
        add_shares(result, &shares);
        text_addn(out, text_str(&shares),
                  width_fit(text_str(&shares), style->width - INDENT - LABEL_COLUMN - 3));
        text_free(&shares);
        text_add(out, "\n");
        label = "";
    }
}

static const char *volume_word(double volume, char out[FORMAT_BYTES])
{
    format_si(volume, out);
    return out;
}

void duel_format(const Answer *answer, const Duel *duel, Text *out)
{
    const Crossings *crossings = &duel->crossings;
    char volume[FORMAT_BYTES];
    int best = answer->best + 1, rival = duel->rival + 1;
    if (!duel->has_crossings) {
        text_addf(out, "%d against %d: %s", best, rival, duel->fault.text);
    } else if (crossings->n == 0) {
        bool is_open = crossings->is_feasible_low || crossings->is_feasible_high;
        int winner = crossings->is_feasible_high ? crossings->cheaper_high : crossings->cheaper_low;
        if (!is_open) {
            text_addf(out, "%d and %d are not both feasible at any volume shown", best, rival);
        } else {
            text_addf(out, "%d beats %d at every volume from %s", winner + 1,
                      winner == answer->best ? rival : best, volume_word(answer->volumes[0], volume));
            text_addf(out, " to %s", volume_word(answer->volumes[CURVE_POINTS - 1], volume));
        }
    } else {
        enum { CROSSINGS_SHOWN = 3 };
        for (int i = 0; i < crossings->n && i < CROSSINGS_SHOWN; i++) {
            int winner = crossings->items[i].cheaper_above;
            if (i == 0)
                text_addf(out, "%d beats %d", winner + 1, winner == answer->best ? rival : best);
            else
                text_addf(out, ", %d", winner + 1);
            text_addf(out, " above %s", volume_word(crossings->items[i].requests_per_month, volume));
        }
        text_add(out, " requests/month");
        if (crossings->n > CROSSINGS_SHOWN)
            text_addf(out, " and %d more crossings", crossings->n - CROSSINGS_SHOWN);
    }
}

static void add_break_even(const Answer *answer, const Style *style, Text *out)
{
    const char *label = "break-even";
    for (int d = 0; d < answer->n_duels; d++) {
        const Crossings *crossings = &answer->duels[d].crossings;
        /* Plans that cannot both serve any volume shown have no break-even; why is said above. */
        if (answer->duels[d].has_crossings && !crossings->is_feasible_low && !crossings->is_feasible_high)
            continue;
        text_add_char(out, ' ', INDENT);
        style_begin(style, out, INK_FAINT);
        width_add(out, label, LABEL_COLUMN, ALIGN_LEFT, style->is_utf8);
        style_end(style, out, INK_FAINT);
        duel_format(answer, &answer->duels[d], out);
        text_add(out, "\n");
        label = "";
    }
}

static void add_next(const Answer *answer, const char *name, const Style *style, Text *out)
{
    text_add_char(out, ' ', INDENT);
    style_begin(style, out, INK_FAINT);
    width_add(out, "next", LABEL_COLUMN, ALIGN_LEFT, style->is_utf8);
    style_end(style, out, INK_FAINT);
    if (answer->best < 0) {
        text_addf(out, "no option can serve this: relax a limit or change the plan; tokentco fields slo\n");
    } else {
        text_addf(out, "tokentco export %s -o costs.csv   tokentco explain %s %d staffing\n", name, name,
                  answer->best + 1);
    }
}

void report_add(const Answer *answer, const char *name, const Style *style, Text *out)
{
    const Inputs *inputs = &answer->resolved->inputs;
    add_header(answer, style, out);
    for (int i = 0; i < inputs->n_workloads; i++) add_workload(&inputs->workloads[i], style, out);
    text_add(out, "\n");
    Table table = comparison_table(answer);
    table_add_text(&table, style, INDENT, out);
    add_reasons(answer, style, out);
    text_add(out, "\n");
    add_money(answer, style, out);
    VolumeChart volumes;
    if (answer->best >= 0 && volume_chart_build(answer, &volumes)) {
        text_add(out, "\n");
        chart_add_text(volumes.chart, style, INDENT, CHART_HEIGHT, out);
        text_add(out, "\n");
        volume_chart_free(&volumes);
    }
    add_break_even(answer, style, out);
    add_next(answer, name, style, out);
}
