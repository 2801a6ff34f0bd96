/* The report on a terminal. Layer: view. */
#include "tokentco/report.h"

#include "tokentco/chart.h"
#include "tokentco/cost_report.h"
#include "tokentco/move.h"

#include <math.h>
#include <string.h>

enum { INDENT = 2, LABEL_COLUMN = 15, CHART_HEIGHT = 13, SHARES_SHOWN = 5 };

static void add_label(const char *label, const Style *style, Text *out)
{
    text_add_char(out, ' ', INDENT);
    style_begin(style, out, INK_FAINT);
    width_add(out, label, LABEL_COLUMN, ALIGN_LEFT, style->is_utf8);
    style_end(style, out, INK_FAINT);
}

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
    text_addf(&rest, " %s %d months from %s %s prices as of %s %s %s, %s a year", dot, inputs->horizon_months,
              start, dot, as_of, dot, inputs->currency, rate);
    const char *version = "tokentco " TOKENTCO_VERSION;
    int room = style->width - width_of(inputs->name) - width_of(version);
    style_add(style, out, INK_STRONG, inputs->name);
    if (width_of(text_str(&rest)) >= room) {
        version = "";
        room = width_of(text_str(&rest));
    }
    width_add(out, text_str(&rest), room, ALIGN_LEFT, style->is_utf8);
    style_add(style, out, INK_FAINT, version);
    text_add(out, "\n\n");
    text_free(&rest);
}

/* Amounts in another currency say their rate. */
static void add_rate(const Resolved *resolved, const Style *style, Text *out)
{
    if (resolved->fx.text == NULL) return;
    text_add_char(out, ' ', INDENT);
    Text line;
    text_init(&line);
    text_addf(&line, "amounts in %s: ", resolved->inputs.currency);
    answer_add_rate(resolved, &line);
    width_add(out, text_str(&line), style->width - INDENT, ALIGN_LEFT, style->is_utf8);
    text_add(out, "\n");
    text_free(&line);
}

static void add_workload(const Workload *workload, const Style *style, Text *out)
{
    const char *at_most = style->is_utf8 ? "≤" : "<=";
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
    text_addf(&line, ", %s in / %s out tokens, %s cached", input, output, cached);
    Text limits;
    text_init(&limits);
    text_addf(&limits, "TTFT %s %g s, TPOT %s %g ms", at_most, workload->slo_ttft_s, at_most,
              1000.0 * workload->slo_tpot_s);
    bool is_one_line = width_of(text_str(&line)) + width_of(text_str(&limits)) + 3 <= style->width - INDENT;
    text_add_char(out, ' ', INDENT);
    text_addn(out, text_str(&line), width_fit(text_str(&line), style->width - INDENT));
    if (is_one_line) {
        text_addf(out, " %s %s\n", style->is_utf8 ? "·" : "|", text_str(&limits));
    } else {
        text_addf(out, "\n%*s%s\n", 2 * INDENT, "", text_str(&limits));
    }
    text_free(&line);
    text_free(&limits);
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

/* Categories of an option from the greatest on, as shares of the undiscounted total, as many as fit. */
static void add_shares(const OptionResult *result, int columns, Text *out)
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
        columns -= width_of(cost_categories[next].name) + width_of(share) + 3;
        if (columns < 0) return;
        text_addf(out, "%s%s %s", k > 0 ? "  " : "", cost_categories[next].name, share);
    }
}

static void add_money(const Answer *answer, const Style *style, Text *out)
{
    const char *label = "money goes to";
    for (int i = 0; i < answer->resolved->inputs.n_options; i++) {
        const OptionResult *result = workspace_result(answer->workspace, i);
        if (!result->is_feasible || !(result->total_usd > 0.0)) continue;
        add_label(label, style, out);
        char number[16];
        snprintf(number, sizeof number, "%d", i + 1);
        style_add(style, out, INK_SERIES + i, number);
        text_add(out, "  ");
        add_shares(result, style->width - INDENT - LABEL_COLUMN - 3, out);
        text_add(out, "\n");
        label = "";
    }
}

static const char *volume_word(double volume, char out[FORMAT_BYTES])
{
    format_si(volume, out);
    return out;
}

/* The plan that is cheaper wherever both can serve; -1 when they cross or never meet. */
static int winner_everywhere(const Duel *duel)
{
    const Crossings *crossings = &duel->crossings;
    if (!duel->has_crossings || crossings->n > 0) return -1;
    if (crossings->is_feasible_high) return crossings->cheaper_high;
    return crossings->is_feasible_low ? crossings->cheaper_low : -1;
}

/* Costs rise in steps, so two plans may cross many times before one stays ahead: said is from where on it
 * does. */
static void add_crossings(const Duel *duel, Text *out)
{
    const Crossings *crossings = &duel->crossings;
    const Crossing *last = &crossings->items[crossings->n - 1];
    char from[FORMAT_BYTES], to[FORMAT_BYTES];
    format_si(crossings->items[0].requests_per_month, from);
    format_si(last->requests_per_month, to);
    text_addf(out, "%d beats %d above %s requests/month", last->cheaper_above + 1,
              (last->cheaper_above == duel->a ? duel->b : duel->a) + 1, to);
    if (crossings->n == 1) return;
    if (strcmp(from, to) == 0) {
        text_addf(out, " (%d crossings close together)", crossings->n);
    } else {
        text_addf(out, " (%d crossings from %s on)", crossings->n, from);
    }
}

static bool duel_is_proven(const Duel *duel)
{
    return duel->has_crossings && !duel->crossings.is_truncated && !(duel->crossings.blind_frac > 0.0);
}

/* What may be missed, where it is not proven that nothing is. */
static void add_doubt(const Duel *duel, Text *out)
{
    char share[FORMAT_BYTES];
    if (!duel->has_crossings || duel_is_proven(duel)) return;
    if (duel->crossings.is_truncated) {
        text_add(out, "; not searched to the end: there may be more");
        return;
    }
    format_percent(duel->crossings.blind_frac, share);
    text_addf(out, "; two crossings within %s of each other may be missed", share);
}

static void add_outcome(const Answer *answer, const Duel *duel, Text *out)
{
    char low[FORMAT_BYTES], high[FORMAT_BYTES];
    int winner = winner_everywhere(duel);
    if (!duel->has_crossings) {
        text_addf(out, "%d against %d: %s", duel->a + 1, duel->b + 1, duel->fault.text);
    } else if (duel->crossings.n > 0) {
        add_crossings(duel, out);
    } else if (winner >= 0) {
        text_addf(out, "%d beats %d at every volume from %s to %s", winner + 1,
                  (winner == duel->a ? duel->b : duel->a) + 1, volume_word(answer->volumes[0], low),
                  volume_word(answer->volumes[CURVE_POINTS - 1], high));
    } else {
        text_addf(out, "%d and %d cannot both serve any volume shown", duel->a + 1, duel->b + 1);
    }
}

void duel_format(const Answer *answer, const Duel *duel, Text *out)
{
    add_outcome(answer, duel, out);
    add_doubt(duel, out);
}

const char *crossings_proof(const Answer *answer)
{
    int n_proven = 0;
    for (int d = 0; d < answer->n_duels; d++) {
        if (!answer->duels[d].has_crossings) continue;
        if (!duel_is_proven(&answer->duels[d])) return "";
        n_proven++;
    }
    return n_proven > 0 ? "no crossing is missed: costs are bounded between volumes" : "";
}

/* What may be missed is said with each crossing; here of pairs without one, or that nothing is. */
static void add_proof(const Answer *answer, const Style *style, Text *out)
{
    for (int d = 0; d < answer->n_duels; d++) {
        const Duel *duel = &answer->duels[d];
        if (winner_everywhere(duel) < 0 || duel_is_proven(duel)) continue;
        add_label("", style, out);
        text_addf(out, "%d against %d", duel->a + 1, duel->b + 1);
        add_doubt(duel, out);
        text_add(out, "\n");
    }
    if (crossings_proof(answer)[0] == '\0') return;
    add_label("", style, out);
    text_addf(out, "%s\n", crossings_proof(answer));
}

/* Plans that one plan beats everywhere share a line; each crossing has its own. */
static void add_break_even(const Answer *answer, const Style *style, Text *out)
{
    const char *label = "break-even";
    char low[FORMAT_BYTES], high[FORMAT_BYTES];
    for (int d = 0; d < answer->n_duels; d++) {
        if (answer->duels[d].has_crossings && answer->duels[d].crossings.n == 0) continue;
        add_label(label, style, out);
        duel_format(answer, &answer->duels[d], out);
        text_add(out, "\n");
        label = "";
    }
    for (int option = 0; option < answer->resolved->inputs.n_options; option++) {
        int n_beaten = 0;
        for (int d = 0; d < answer->n_duels; d++) {
            const Duel *duel = &answer->duels[d];
            if (winner_everywhere(duel) != option) continue;
            if (n_beaten++ == 0) {
                add_label(label, style, out);
                text_addf(out, "%d beats ", option + 1);
            } else {
                text_add(out, ", ");
            }
            text_addf(out, "%d", (duel->a == option ? duel->b : duel->a) + 1);
        }
        if (n_beaten == 0) continue;
        label = "";
        text_addf(out, " at every volume from %s to %s\n", volume_word(answer->volumes[0], low),
                  volume_word(answer->volumes[CURVE_POINTS - 1], high));
    }
    add_proof(answer, style, out);
}

/* Over time, at the scenario's own volume: when what was paid at first has been earned back. */
static void add_paybacks(const Answer *answer, const Style *style, Text *out)
{
    const char *label = "over time";
    for (int d = 0; d < answer->n_duels; d++) {
        const Duel *duel = &answer->duels[d];
        double months;
        if (duel->payback_month < 0 ||
            !payback_find(&answer->resolved->inputs, answer->workspace, duel->a, duel->b, &months) ||
            !(months > 0.0))
            continue;
        add_label(label, style, out);
        text_addf(out, "%d is ahead of %d for good after %.1f months\n", duel->a + 1, duel->b + 1, months);
        label = "";
    }
}

/* Begins a line about one option. */
static void add_option_label(const char *label, int option, const Style *style, Text *out)
{
    char number[16];
    add_label(label, style, out);
    snprintf(number, sizeof number, "%d", option + 1);
    style_add(style, out, INK_SERIES + option, number);
    text_add(out, "  ");
}

/* What each option saves against the present bill, when there is one. */
static void add_moves(const Answer *answer, const Style *style, Text *out)
{
    const Inputs *inputs = &answer->resolved->inputs;
    char label[32];
    snprintf(label, sizeof label, "leaving %d", present_find(inputs) + 1);
    for (int i = 0; i < inputs->n_options; i++) {
        Move move;
        if (!move_build(inputs, answer->workspace, i, &move)) continue;
        add_option_label(label, i, style, out);
        move_format(&move, out);
        text_add(out, "\n");
        label[0] = '\0';
    }
}

static void add_costs_of_one(const Inputs *inputs, const UnitCosts *costs, Text *out)
{
    char each[FORMAT_BYTES];
    format_price(costs->request_usd, each);
    text_addf(out, "request %s", each);
    if (costs->has_user) {
        format_price(costs->user_month_usd, each);
        text_addf(out, "  user and month %s", each);
    }
    if (costs->has_unit) {
        format_price(costs->unit_usd, each);
        text_addf(out, "  %.24s %s", unit_name(inputs), each);
    }
    text_add(out, "\n");
}

/* What the business counts, and its budgets, when the scenario gives them. */
static void add_unit_costs(const Answer *answer, const Style *style, Text *out)
{
    const Inputs *inputs = &answer->resolved->inputs;
    bool has_budget = inputs->has_budget_usd_per_month || inputs->has_budget_usd;
    bool has_units = inputs->has_units_per_month || inputs->has_users;
    UnitCosts costs;
    const char *label = "costs of one";
    for (int i = 0; has_units && i < inputs->n_options; i++) {
        if (!unit_costs_build(answer, i, &costs, NULL) || !costs.has) continue;
        add_option_label(label, i, style, out);
        add_costs_of_one(inputs, &costs, out);
        label = "";
    }
    label = "budget";
    for (int i = 0; has_budget && i < inputs->n_options; i++) {
        if (!workspace_result(answer->workspace, i)->is_feasible ||
            !unit_costs_build(answer, i, &costs, NULL))
            continue;
        add_option_label(label, i, style, out);
        budget_format(inputs, &costs, out);
        text_add(out, "\n");
        label = "";
    }
}

static int greatest_category(const OptionResult *result)
{
    int greatest = 0;
    for (int c = 1; c < N_CATEGORIES; c++)
        if (result->category_usd[c] > result->category_usd[greatest]) greatest = c;
    return greatest;
}

static void add_next(const Answer *answer, const char *name, const Style *style, Text *out)
{
    add_label("next", style, out);
    if (answer->best < 0) {
        text_add(out, "no option can serve this: relax a limit, or change a plan (tokentco fields slo)\n");
        return;
    }
    const OptionResult *result = workspace_result(answer->workspace, answer->best);
    text_addf(out, "tokentco tui %s   tokentco explain %s %d %s\n", name, name, answer->best + 1,
              cost_categories[greatest_category(result)].name);
}

void report_add(const Answer *answer, const char *name, const Style *style, Text *out)
{
    const Inputs *inputs = &answer->resolved->inputs;
    add_header(answer, style, out);
    add_rate(answer->resolved, style, out);
    for (int i = 0; i < inputs->n_workloads; i++) add_workload(&inputs->workloads[i], style, out);
    text_add(out, "\n");
    CurrencyColumns room;
    Table table = table_in_currency(comparison_table(answer), inputs->currency, &room);
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
    add_unit_costs(answer, style, out);
    add_moves(answer, style, out);
    add_break_even(answer, style, out);
    add_paybacks(answer, style, out);
    add_next(answer, name, style, out);
}
