/* The report as one HTML page: verdict, curves, where the money goes, assumptions with their sources. Layer:
 * view.
 *
 * Self-contained: no script, no font, no request to anywhere; charts are SVG. Prints on A4 and Letter. The
 * same scenario gives the same bytes.
 */
#include "export_formats.h"

#include "tokentco/chart.h"
#include "tokentco/cost_report.h"
#include "tokentco/move.h"
#include "tokentco/needs.h"
#include "tokentco/report.h"

#include <stdlib.h>
#include <string.h>

enum { CHART_WIDTH = 900, CHART_HEIGHT = 400, MONTHS_PER_YEAR = 12 };

static const char PAGE_STYLE[] =
    "body{font:16px/1.5 system-ui,sans-serif;color:#222;background:#fff;max-width:60rem;margin:2.5rem "
    "auto;padding:0 1.2rem}\n"
    "h1{font-size:1.7rem;margin:0 0 .2rem}h2{font-size:1.15rem;margin:2.4rem 0 .6rem;border-bottom:1px solid "
    "#ddd}\n"
    ".faint{color:#666}.verdict{font-size:1.2rem;margin:1.2rem "
    "0}.figures{display:flex;flex-wrap:wrap;margin:1rem 0}.figures>*{margin-right:2.5rem}\n"
    ".figures b{display:block;font-size:1.6rem}table{border-collapse:collapse;width:100%;font-size:.9rem}\n"
    "th,td{padding:.25rem .6rem .25rem 0;text-align:left;vertical-align:top;border-bottom:1px solid #eee}\n"
    "th{color:#666;font-weight:600}.n{text-align:right;font-variant-numeric:tabular-nums}tr.best "
    "td{font-weight:600}\n"
    "svg{width:100%;height:auto}svg text{font:12px "
    "system-ui,sans-serif}.grid{stroke:#e6e6e6}.tick{fill:#666}\n"
    ".label{font-weight:600}.remark{fill:#222}.mark{fill:#fff;stroke:#222;stroke-width:1.5}\n"
    ".bar{display:flex;height:1.3rem;margin:.15rem 0}.bar i{display:block}\n"
    ".item{white-space:nowrap}.key{display:inline-block;width:.8rem;height:.8rem;margin:0 .3rem 0 "
    "1rem;vertical-align:-.05rem}\n"
    "details{margin:1rem 0}summary{cursor:pointer}\n"
    "@media "
    "print{body{margin:0;max-width:none;font-size:11pt}h2{break-after:avoid}svg,table,.bar{break-inside:"
    "avoid}\n"
    "details::details-content{content-visibility:visible}}\n"
    "@page{margin:18mm}\n";

/* One tint a category; neighbours in the ledger's order differ in hue. */
static const char *const category_tints[N_CATEGORIES] = {
    [CATEGORY_COMPUTE_RENT] = "#0f8b8d",  [CATEGORY_COMPUTE_CAPEX] = "#c9740a",
    [CATEGORY_RESIDUAL] = "#999999",      [CATEGORY_COLO_POWER] = "#d9b23a",
    [CATEGORY_MAINTENANCE] = "#8a6a3b",   [CATEGORY_API_TOKENS] = "#9b4f96",
    [CATEGORY_NETWORK] = "#4a78b5",       [CATEGORY_STORAGE] = "#7fb0d8",
    [CATEGORY_OBSERVABILITY] = "#35506e", [CATEGORY_EVALUATION] = "#3f8f3f",
    [CATEGORY_STAFFING] = "#c2403a",      [CATEGORY_SECURITY] = "#e08e86",
    [CATEGORY_LICENCE] = "#5b3a8e",       [CATEGORY_SWITCHING] = "#b58bd0",
    [CATEGORY_OPTIONALITY] = "#8fbf7f",   [CATEGORY_SETUP] = "#6b6b6b",
};

static const char *money(double usd, char out[FORMAT_BYTES])
{
    format_grouped(usd, out);
    return out;
}

/* ---- verdict ---- */

static const Duel *duel_of_best(const Answer *answer)
{
    for (int d = 0; d < answer->n_duels; d++)
        if (answer->duels[d].has_crossings && answer->duels[d].crossings.n > 0) return &answer->duels[d];
    return NULL;
}

static int second_best(const Answer *answer)
{
    const Inputs *inputs = &answer->resolved->inputs;
    return workspace_cheapest(answer->workspace, inputs, inputs_candidates(inputs) & ~(1u << answer->best));
}

static void add_verdict(const Answer *answer, Text *out)
{
    const Inputs *inputs = &answer->resolved->inputs;
    text_add(out, "<p class=\"verdict\">");
    if (answer->best < 0) {
        text_add(out, "No option can serve this workload within its limits.</p>\n");
        return;
    }
    const OptionResult *best = workspace_result(answer->workspace, answer->best);
    char usd[FORMAT_BYTES];
    text_add(out, "<b>");
    xml_add(out, inputs->options[answer->best].name);
    text_addf(out, "</b> costs the least over %d months: %s %s at present value", inputs->horizon_months,
              money(best->npv_usd, usd), inputs->currency);
    int second = second_best(answer);
    if (second >= 0) {
        double more = workspace_result(answer->workspace, second)->npv_usd / best->npv_usd - 1.0;
        format_percent(more, usd);
        text_addf(out, "; the next, ");
        xml_add(out, inputs->options[second].name);
        text_addf(out, ", costs %s more", usd);
    }
    text_add(out, ".</p>\n<div class=\"figures\">\n");
    text_addf(out, "<div><b>%s</b>%s, net present value</div>\n", money(best->npv_usd, usd),
              inputs->currency);
    if (best->has_levelised) {
        format_price(best->levelised_usd_per_mtok, usd);
        text_addf(out, "<div><b>%s</b>%s per million tokens</div>\n", usd, inputs->currency);
    }
    const Duel *duel = duel_of_best(answer);
    if (duel != NULL) {
        const Crossings *crossings = &duel->crossings;
        format_si(crossings->items[crossings->n - 1].requests_per_month, usd);
        text_addf(out, "<div><b>%s</b>requests a month: break-even of plans %d and %d</div>\n", usd,
                  duel->a + 1, duel->b + 1);
    }
    text_add(out, "</div>\n");
}

/* ---- tables ---- */

static void add_table(const Table *table, int best, Text *out)
{
    text_add(out, "<table><thead><tr>");
    for (int c = 0; c < table->n_columns; c++) {
        text_addf(out, "<th%s title=\"", table->columns[c].align == ALIGN_RIGHT ? " class=\"n\"" : "");
        xml_add(out, table->columns[c].doc);
        text_add(out, "\">");
        xml_add(out, table->columns[c].title);
        text_add(out, "</th>");
    }
    text_add(out, "</tr></thead><tbody>\n");
    Text cell_text;
    text_init(&cell_text);
    for (int row = 0; row < table->n_rows; row++) {
        text_add(out, row == best ? "<tr class=\"best\">" : "<tr>");
        for (int c = 0; c < table->n_columns; c++) {
            Cell cell = {0};
            table->columns[c].get(table->context, row, &cell);
            text_clear(&cell_text);
            cell_format(&table->columns[c], &cell, &cell_text);
            text_add(out, table->columns[c].align == ALIGN_RIGHT ? "<td class=\"n\">" : "<td>");
            xml_add(out, text_str(&cell_text));
            text_add(out, "</td>");
        }
        text_add(out, "</tr>\n");
    }
    text_free(&cell_text);
    text_add(out, "</tbody></table>\n");
}

/* Amounts in another currency say their rate. */
static void add_rate(const Resolved *resolved, Text *out)
{
    if (resolved->fx.text == NULL) return;
    Text rate;
    text_init(&rate);
    answer_add_rate(resolved, &rate);
    text_addf(out, "<p class=\"faint\">amounts in %s: ", resolved->inputs.currency);
    xml_add(out, text_str(&rate));
    text_add(out, "; prices are in USD</p>\n");
    text_free(&rate);
}

static void add_comparison(const Answer *answer, Text *out)
{
    const Inputs *inputs = &answer->resolved->inputs;
    CurrencyColumns room;
    Table table = table_in_currency(comparison_table(answer), answer->resolved->inputs.currency, &room);
    text_add(out, "<h2>The plans</h2>\n");
    add_table(&table, answer->best, out);
    for (int i = 0; i < inputs->n_options; i++) {
        const OptionResult *result = workspace_result(answer->workspace, i);
        if (result->is_feasible) continue;
        text_add(out, "<p class=\"faint\">");
        xml_add(out, inputs->options[i].name);
        text_add(out, " cannot serve this: ");
        xml_add(out, result->reason);
        text_add(out, "</p>\n");
    }
}

/* Cost by category and year of the horizon; columns of years, categories that cost nothing left out. */
static void add_years(const Answer *answer, int option, Text *out)
{
    const Inputs *inputs = &answer->resolved->inputs;
    const OptionResult *result = workspace_result(answer->workspace, option);
    int n_years = (inputs->horizon_months + MONTHS_PER_YEAR - 1) / MONTHS_PER_YEAR;
    char usd[FORMAT_BYTES];
    text_add(out, "<details><summary>");
    xml_add(out, inputs->options[option].name);
    text_addf(out, ": %s %s by year</summary>\n<table><thead><tr><th>category</th>",
              money(result->total_usd, usd), inputs->currency);
    for (int y = 0; y < n_years; y++) text_addf(out, "<th class=\"n\">year %d</th>", y + 1);
    text_add(out, "<th class=\"n\">total</th></tr></thead><tbody>\n");
    for (int c = 0; c < N_CATEGORIES; c++) {
        if (result->category_usd[c] == 0.0) continue;
        text_addf(out, "<tr><td>%s</td>", cost_categories[c].doc);
        for (int y = 0; y < n_years; y++) {
            double sum = 0.0;
            for (int m = y * MONTHS_PER_YEAR; m < (y + 1) * MONTHS_PER_YEAR && m < inputs->horizon_months;
                 m++)
                sum += result->months[m].category_usd[c];
            text_addf(out, "<td class=\"n\">%s</td>", money(sum, usd));
        }
        text_addf(out, "<td class=\"n\">%s</td></tr>\n", money(result->category_usd[c], usd));
    }
    text_add(out, "</tbody></table></details>\n");
}

/* Bars on one scale: the longest is the dearest plan. */
static void add_money(const Answer *answer, Text *out)
{
    const Inputs *inputs = &answer->resolved->inputs;
    double most = 0.0;
    bool is_used[N_CATEGORIES] = {false};
    for (int i = 0; i < inputs->n_options; i++) {
        const OptionResult *result = workspace_result(answer->workspace, i);
        double sum = 0.0;
        for (int c = 0; result->is_feasible && c < N_CATEGORIES; c++) {
            if (result->category_usd[c] <= 0.0) continue;
            sum += result->category_usd[c];
            is_used[c] = true;
        }
        if (sum > most) most = sum;
    }
    if (!(most > 0.0)) return;
    text_add(out, "<h2>Where the money goes</h2>\n<p class=\"faint\">undiscounted, resale value not shown");
    for (int c = 0; c < N_CATEGORIES; c++)
        if (is_used[c])
            text_addf(out,
                      " <span class=\"item\"><span class=\"key\" style=\"background:%s\"></span>%s</span>",
                      category_tints[c], cost_categories[c].doc);
    text_add(out, "</p>\n");
    for (int i = 0; i < inputs->n_options; i++) {
        const OptionResult *result = workspace_result(answer->workspace, i);
        if (!result->is_feasible) continue;
        xml_add(out, inputs->options[i].name);
        text_add(out, "<div class=\"bar\">");
        for (int c = 0; c < N_CATEGORIES; c++) {
            if (result->category_usd[c] <= 0.0) continue;
            char usd[FORMAT_BYTES];
            text_addf(out, "<i style=\"width:%.2f%%;background:%s\" title=\"%s: %s %s\"></i>",
                      100.0 * result->category_usd[c] / most, category_tints[c], cost_categories[c].doc,
                      money(result->category_usd[c], usd), inputs->currency);
        }
        text_add(out, "</div>\n");
    }
    for (int i = 0; i < inputs->n_options; i++)
        if (workspace_result(answer->workspace, i)->is_feasible) add_years(answer, i, out);
}

/* ---- charts ---- */

static void add_volume_chart(const Answer *answer, Text *out)
{
    VolumeChart volumes;
    if (answer->best < 0 || !volume_chart_build(answer, &volumes)) return;
    text_add(out, "<h2>Cost by volume</h2>\n");
    chart_add_svg(volumes.chart, "volume", CHART_WIDTH, CHART_HEIGHT, out);
    volume_chart_free(&volumes);
    text_add(out, "<ul>\n");
    for (int d = 0; d < answer->n_duels; d++) {
        Text sentence;
        text_init(&sentence);
        duel_format(answer, &answer->duels[d], &sentence);
        text_add(out, "<li>");
        xml_add(out, text_str(&sentence));
        text_add(out, "</li>\n");
        text_free(&sentence);
    }
    text_add(out, "</ul>\n");
    if (crossings_proof(answer)[0] != '\0') text_addf(out, "<p>%s</p>\n", crossings_proof(answer));
}

/* What each option saves against the present bill, when there is one. */
static void add_moves(const Answer *answer, Text *out)
{
    const Inputs *inputs = &answer->resolved->inputs;
    int present = present_find(inputs);
    if (present < 0) return;
    text_add(out, "<h2>Leaving ");
    xml_add(out, inputs->options[present].name);
    text_add(out, "</h2>\n<ul>\n");
    for (int i = 0; i < inputs->n_options; i++) {
        Move move;
        if (!move_build(inputs, answer->workspace, i, &move)) continue;
        Text sentence;
        text_init(&sentence);
        move_format(&move, &sentence);
        text_add(out, "<li>");
        xml_add(out, inputs->options[i].name);
        text_add(out, " ");
        xml_add(out, text_str(&sentence));
        text_add(out, "</li>\n");
        text_free(&sentence);
    }
    text_add(out, "</ul>\n");
}

/* Cost of one of each, and what would turn the decision. */
static void add_unit_costs(const Answer *answer, Text *out)
{
    CostReport report;
    CurrencyColumns room;
    if (!cost_report_build(answer, &report, NULL)) return;
    Table table = table_in_currency(unit_costs_table(&report), answer->resolved->inputs.currency, &room);
    text_add(out, "<h2>Cost of one</h2>\n<p class=\"faint\">present value over discounted numbers");
    if (answer->resolved->inputs.has_units_per_month) {
        text_add(out, "; a unit is a ");
        xml_add(out, unit_name(&answer->resolved->inputs));
    }
    text_add(out, "</p>\n");
    add_table(&table, answer->best, out);
    cost_report_free(&report);
}

static void add_needs(const Answer *answer, Text *out)
{
    Needs *needs = malloc(sizeof *needs);
    if (needs != NULL && needs_build(answer, needs, NULL) && needs->n > 0) {
        Table table = needs_table(needs);
        text_add(
            out,
            "<h2>What would have to be true</h2>\n<p class=\"faint\">for each plan to cost as little as the "
            "cheapest, if one thing alone were; prices in USD; * a figure of the cheapest; none: at none of "
            "the values that were looked at</p>\n");
        add_table(&table, -1, out);
    }
    free(needs);
}

static void add_time_chart(const Answer *answer, Text *out)
{
    const Inputs *inputs = &answer->resolved->inputs;
    size_t n_months = (size_t)inputs->horizon_months;
    double *months = calloc(n_months, sizeof *months), *y = calloc(n_months * INPUT_OPTIONS_MAX, sizeof *y);
    char labels[INPUT_OPTIONS_MAX][16];
    if (months != NULL && y != NULL && answer->best >= 0) {
        Chart chart = {.title = "Cumulative cost at present value",
                       .x = {.title = "month"},
                       .y = {.title = inputs->currency}};
        for (size_t m = 0; m < n_months; m++) months[m] = (double)m + 1.0;
        for (int i = 0; i < inputs->n_options; i++) {
            const OptionResult *result = workspace_result(answer->workspace, i);
            if (!result->is_feasible) continue;
            double *values = y + (size_t)i * n_months;
            for (size_t m = 0; m < n_months; m++) values[m] = result->months[m].cumulative_npv_usd;
            snprintf(labels[i], sizeof labels[i], "%d", i + 1);
            chart.series[chart.n_series++] = (ChartSeries){
                inputs->options[i].name, labels[i], i, inputs->horizon_months, months, values, NULL};
        }
        text_addf(out, "<h2>Cost over time</h2>\n<p class=\"faint\">cumulative, at present value, %s</p>\n",
                  inputs->currency);
        chart_add_svg(&chart, "time", CHART_WIDTH, CHART_HEIGHT, out);
    }
    free(months);
    free(y);
}

/* ---- assumptions ---- */

static void add_assumption(const Answer *answer, const FieldRef *ref, Text *out)
{
    const FieldRow *row = field_ref_row(ref);
    const void *values = inputs_group_const(&answer->resolved->inputs, ref->group, ref->index);
    if (!field_is_given(row, values)) return;
    const Origin *origin = resolved_origin(answer->resolved, ref);
    char value[FIELD_TEXT_BYTES + 32];
    field_format(row, values, value, sizeof value);
    text_add(out, "<tr><td>");
    xml_add(out, row->doc);
    text_add(out, "</td><td class=\"n\">");
    xml_add(out, value);
    text_add(out, "</td><td class=\"faint\">");
    xml_add(out, origin != NULL && origin->text != NULL ? origin->text : "default");
    text_add(out, "</td></tr>\n");
}

static void add_group(const Answer *answer, GroupId group, int index, Text *out)
{
    for (size_t i = 0; i < input_groups[group].n_rows; i++) {
        FieldRef ref = {index, group, (int)i};
        add_assumption(answer, &ref, out);
    }
}

static void begin_assumptions(const char *title, Text *out)
{
    text_add(out, "<details><summary>");
    xml_add(out, title);
    text_add(out, "</summary><table><thead><tr><th>assumption</th><th "
                  "class=\"n\">value</th><th>from</th></tr></thead><tbody>\n");
}

static void add_assumptions(const Answer *answer, Text *out)
{
    const Inputs *inputs = &answer->resolved->inputs;
    text_add(out, "<h2>Assumptions and where they come from</h2>\n");
    begin_assumptions("Scenario and workloads", out);
    add_group(answer, GROUP_SCENARIO, 0, out);
    for (int i = 0; i < inputs->n_workloads; i++) add_group(answer, GROUP_WORKLOAD, i, out);
    text_add(out, "</tbody></table></details>\n");
    for (int o = 0; o < inputs->n_options; o++) {
        begin_assumptions(inputs->options[o].name, out);
        for (int g = 0; g < N_GROUPS; g++)
            if (input_groups[g].scope == SCOPE_OPTION &&
                (input_groups[g].kinds & 1u << inputs->options[o].kind) != 0)
                add_group(answer, (GroupId)g, o, out);
        text_add(out, "</tbody></table></details>\n");
    }
}

bool export_html(ExportRequest *request, Text *out, Err *err)
{
    (void)err;
    const Answer *answer = request->answer;
    const Resolved *resolved = answer->resolved;
    const Inputs *inputs = &resolved->inputs;
    char start[16], as_of[16], rate[FORMAT_BYTES];
    month_format(inputs->start, start);
    date_format(resolved->as_of, as_of);
    format_percent(inputs->discount_per_year, rate);
    text_add(out, "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\n"
                  "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">\n<title>");
    xml_add(out, inputs->name);
    text_addf(out, "</title>\n<style>\n%s</style></head><body>\n<h1>", PAGE_STYLE);
    xml_add(out, resolved->title != NULL && resolved->title[0] != '\0' ? resolved->title : inputs->name);
    text_addf(out, "</h1>\n<p class=\"faint\">%d months from %s, prices as of %s, %s at %s a year</p>\n",
              inputs->horizon_months, start, as_of, inputs->currency, rate);
    add_rate(resolved, out);
    add_verdict(answer, out);
    add_comparison(answer, out);
    add_moves(answer, out);
    add_unit_costs(answer, out);
    add_needs(answer, out);
    add_volume_chart(answer, out);
    add_time_chart(answer, out);
    add_money(answer, out);
    add_assumptions(answer, out);
    text_addf(out,
              "<p class=\"faint\">tokentco " TOKENTCO_VERSION
              "; scenario %s. Costs are cash in nominal %s before tax, discounted "
              "by month. A forecast, not a bill.</p>\n</body></html>\n",
              resolved->sha256, inputs->currency);
    return true;
}
