/* Unit costs, lenses and budgets. Layer: view. */
#include "tokentco/cost_report.h"

#include "json_build.h"

#include <string.h>

enum { INDENT = 2, LABEL_COLUMN = 15, YEAR_COLUMN = 13 };

bool cost_report_build(const Answer *answer, CostReport *out, Err *err)
{
    const Inputs *inputs = &answer->resolved->inputs;
    *out = (CostReport){.answer = answer};
    bool is_ok = true;
    for (int o = 0; o < inputs->n_options && is_ok; o++)
        is_ok = unit_costs_build(answer, o, &out->costs[o], err);
    is_ok = is_ok && postings_build(answer->resolved, answer->workspace, &out->views[LENS_CASH], err);
    for (int l = LENS_CASH + 1; l < N_LENSES && is_ok; l++)
        is_ok = postings_view(&out->views[LENS_CASH], answer->workspace, (Lens)l, &out->views[l], err);
    if (!is_ok) cost_report_free(out);
    return is_ok;
}

void cost_report_free(CostReport *report)
{
    for (int l = 0; l < N_LENSES; l++) postings_free(&report->views[l]);
    *report = (CostReport){0};
}

const char *unit_name(const Inputs *inputs)
{
    return inputs->unit_name[0] != '\0' ? inputs->unit_name : "unit";
}

/* ---- the table ---- */

static const UnitCosts *costs_at(const void *context, int row)
{
    return &((const CostReport *)context)->costs[row];
}

static void get_number(const void *context, int row, Cell *out)
{
    (void)context;
    cell_set_number(out, row + 1);
}
static void get_name(const void *context, int row, Cell *out)
{
    cell_set_text(out, ((const CostReport *)context)->answer->resolved->inputs.options[row].name);
}
static void get_request(const void *context, int row, Cell *out)
{
    if (costs_at(context, row)->has) cell_set_number(out, costs_at(context, row)->request_usd);
}
static void get_user(const void *context, int row, Cell *out)
{
    if (costs_at(context, row)->has_user) cell_set_number(out, costs_at(context, row)->user_month_usd);
}
static void get_unit(const void *context, int row, Cell *out)
{
    if (costs_at(context, row)->has_unit) cell_set_number(out, costs_at(context, row)->unit_usd);
}
static void get_mtok(const void *context, int row, Cell *out)
{
    if (costs_at(context, row)->has) cell_set_number(out, costs_at(context, row)->mtok_usd);
}
static void get_marginal(const void *context, int row, Cell *out)
{
    if (costs_at(context, row)->has) cell_set_number(out, costs_at(context, row)->marginal_mtok_usd);
}
static void get_next(const void *context, int row, Cell *out)
{
    if (costs_at(context, row)->has_next) cell_set_number(out, costs_at(context, row)->next_mtok_usd);
}
static void get_reservation(const void *context, int row, Cell *out)
{
    if (costs_at(context, row)->has_fleet) cell_set_number(out, costs_at(context, row)->reservation_mtok_usd);
}
static void get_usage(const void *context, int row, Cell *out)
{
    if (costs_at(context, row)->has_fleet) cell_set_number(out, costs_at(context, row)->usage_mtok_usd);
}

static const Column columns[] = {
    {"number", "", "", "number of the option", ALIGN_RIGHT, SHOW_SHORTEST, 0, get_number},
    {"name", "option", "", "name of the option", ALIGN_LEFT, SHOW_SHORTEST, 26, get_name},
    {"usd_per_request", "$/request", "USD/req", "all costs over all requests, discounted", ALIGN_RIGHT,
     SHOW_PRICE, 0, get_request},
    {"usd_per_user_month", "$/user-mo", "USD/user-mo", "all costs over active users by month", ALIGN_RIGHT,
     SHOW_PRICE, 0, get_user},
    {"usd_per_unit", "$/unit", "USD", "all costs over business units", ALIGN_RIGHT, SHOW_PRICE, 0, get_unit},
    {"loaded_usd_per_mtok", "$/Mtok", "USD/Mtok", "fully loaded: all costs over useful tokens", ALIGN_RIGHT,
     SHOW_PRICE, 0, get_mtok},
    {"marginal_usd_per_mtok", "marginal", "USD/Mtok", "only what follows the traffic and ends with it",
     ALIGN_RIGHT, SHOW_PRICE, 0, get_marginal},
    {"next_usd_per_mtok", "next 10 %", "USD/Mtok", "what a tenth more requests costs, over their tokens",
     ALIGN_RIGHT, SHOW_PRICE, 0, get_next},
    {"reservation_usd_per_mtok", "fleet", "USD/Mtok", "what the fleet costs, over useful tokens", ALIGN_RIGHT,
     SHOW_PRICE, 0, get_reservation},
    {"usage_usd_per_mtok", "in use", "USD/Mtok", "of that, what the GPU-hours that did work cost",
     ALIGN_RIGHT, SHOW_PRICE, 0, get_usage},
};

static int ink_of(const void *context, int row, int column)
{
    const CostReport *report = context;
    if (column == 0) return INK_SERIES + row;
    return row == report->answer->best ? INK_STRONG : INK_PLAIN;
}

Table unit_costs_table(const CostReport *report)
{
    return (Table){columns, (int)(sizeof columns / sizeof *columns),
                   report->answer->resolved->inputs.n_options, report, ink_of};
}

/* ---- text ---- */

static void add_label(const char *label, const Style *style, Text *out)
{
    text_add_char(out, ' ', INDENT);
    style_begin(style, out, INK_FAINT);
    width_add(out, label, LABEL_COLUMN, ALIGN_LEFT, style->is_utf8);
    style_end(style, out, INK_FAINT);
}

void budget_format(const Inputs *inputs, const UnitCosts *costs, Text *out)
{
    char amount[FORMAT_BYTES], month[16];
    if (inputs->has_budget_usd_per_month) {
        format_grouped(inputs->budget_usd_per_month * inputs->currency_per_usd, amount);
        if (costs->over_month >= 0) {
            month_format(inputs->start + costs->over_month, month);
            text_addf(out, "above %s a month in %s", amount, month);
        } else {
            text_addf(out, "never above %s a month", amount);
        }
    }
    if (!inputs->has_budget_usd) return;
    if (inputs->has_budget_usd_per_month) text_add(out, "; ");
    format_grouped(inputs->budget_usd * inputs->currency_per_usd, amount);
    if (costs->spent_month >= 0) {
        month_format(inputs->start + costs->spent_month, month);
        text_addf(out, "%s used up in %s", amount, month);
    } else {
        text_addf(out, "%s lasts to the end", amount);
    }
}

static void add_budgets(const CostReport *report, const Style *style, Text *out)
{
    const Inputs *inputs = &report->answer->resolved->inputs;
    const char *label = "budget";
    if (!inputs->has_budget_usd_per_month && !inputs->has_budget_usd) return;
    text_add(out, "\n");
    for (int o = 0; o < inputs->n_options; o++) {
        if (!workspace_result(report->answer->workspace, o)->is_feasible) continue;
        char number[16];
        snprintf(number, sizeof number, "%d", o + 1);
        add_label(label, style, out);
        style_add(style, out, INK_SERIES + o, number);
        text_add(out, "  ");
        budget_format(inputs, &report->costs[o], out);
        text_add(out, "\n");
        label = "";
    }
}

static void add_year_line(const CostReport *report, int option, Lens lens, const Style *style, Text *out)
{
    Micros years[YEARS_MAX];
    int n_years = postings_by_year(&report->views[lens], option, years);
    int n_shown = n_years < 4 ? n_years : 4; /* what fits the page; --json has all */
    double total = (double)report->views[lens].option_totals[option].micro_usd / MICROS_PER_USD;
    char number[16] = "", amount[FORMAT_BYTES];
    if (lens == LENS_CASH) snprintf(number, sizeof number, "%d", option + 1);
    text_add_char(out, ' ', INDENT);
    style_begin(style, out, INK_SERIES + option);
    width_add(out, number, 3, ALIGN_LEFT, style->is_utf8);
    style_end(style, out, INK_SERIES + option);
    width_add(out, cost_lenses[lens].name, LABEL_COLUMN - 3, ALIGN_LEFT, style->is_utf8);
    for (int y = 0; y < n_shown; y++) {
        format_grouped((double)years[y].micro_usd / MICROS_PER_USD, amount);
        width_add(out, amount, YEAR_COLUMN, ALIGN_RIGHT, style->is_utf8);
    }
    format_grouped(total, amount);
    width_add(out, amount, YEAR_COLUMN, ALIGN_RIGHT, style->is_utf8);
    text_add(out, "\n");
}

static void add_years(const CostReport *report, const Style *style, Text *out)
{
    const Inputs *inputs = &report->answer->resolved->inputs;
    int n_years = (inputs->horizon_months + 11) / 12;
    char title[32];
    text_add(out, "\n");
    snprintf(title, sizeof title, "%s by year", inputs->currency);
    add_label(title, style, out);
    for (int y = 0; y < n_years && y < 4; y++) {
        snprintf(title, sizeof title, "year %d", y + 1);
        width_add(out, title, YEAR_COLUMN, ALIGN_RIGHT, style->is_utf8);
    }
    width_add(out, n_years > 4 ? "all years" : "total", YEAR_COLUMN, ALIGN_RIGHT, style->is_utf8);
    text_add(out, "\n");
    for (int o = 0; o < inputs->n_options; o++)
        for (int l = 0; l < N_LENSES; l++)
            if (workspace_result(report->answer->workspace, o)->is_feasible)
                add_year_line(report, o, (Lens)l, style, out);
}

void cost_report_add_text(const CostReport *report, const Style *style, Text *out)
{
    const Inputs *inputs = &report->answer->resolved->inputs;
    char count[FORMAT_BYTES];
    style_add(style, out, INK_STRONG, inputs->name);
    text_addf(out, " %s present value over discounted numbers, %s\n\n", style->is_utf8 ? "·" : "|",
              inputs->currency);
    CurrencyColumns room;
    Table table = table_in_currency(unit_costs_table(report), inputs->currency, &room);
    table_add_text(&table, style, INDENT, out);
    text_add(out, "\n");
    if (inputs->has_units_per_month) {
        format_si(inputs->units_per_month, count);
        text_addf(out, "  a unit is a %s: %s a month at first, growing with the requests\n",
                  unit_name(inputs), count);
    } else {
        text_add(out, "  cost of a business unit: give unit_name and units_per_month\n");
    }
    if (!inputs->has_users) text_add(out, "  cost of a user: give users\n");
    text_add(
        out,
        "  marginal is what follows the traffic and ends with it; next 10 % includes the steps of the fleet\n"
        "  fleet is what the GPUs cost whether used or not; in use is the share that did work\n"
        "  accrual spreads purchases over their book life; over the horizon it sums to the cash\n");
    add_budgets(report, style, out);
    add_years(report, style, out);
}

/* ---- JSON ---- */

static json_t *month_or_null(const Inputs *inputs, int month)
{
    char name[16];
    if (month < 0) return json_null();
    month_format(inputs->start + month, name);
    return json_string(name);
}

static json_t *lens_json(const Postings *postings, int option)
{
    int n_months = postings->resolved->inputs.horizon_months;
    json_t *object = json_object(), *months = json_array();
    for (int m = 0; m < n_months; m++) {
        int64_t sum = 0;
        for (int i = 0; i < postings->n; i++)
            if (postings->items[i].option == option && postings->items[i].month == m)
                sum += postings->items[i].amount.micro_usd;
        json_array_append_new(months, json_real((double)sum / MICROS_PER_USD));
    }
    double total = (double)postings->option_totals[option].micro_usd / MICROS_PER_USD;
    json_object_set_new(object, "total_usd", json_real(total));
    json_object_set_new(object, "months_usd", months);
    return object;
}

static json_t *option_json(const CostReport *report, const Table *table, int option)
{
    const Inputs *inputs = &report->answer->resolved->inputs;
    json_t *object = json_object(), *lenses = json_object();
    for (int c = 1; c < table->n_columns; c++) {
        Cell cell = {0};
        table->columns[c].get(table->context, option, &cell);
        json_t *value = cell.kind == CELL_TEXT     ? json_string(cell.text)
                        : cell.kind == CELL_NUMBER ? json_number_or_null(cell.number)
                                                   : json_null();
        json_object_set_new(object, table->columns[c].name, value);
    }
    json_object_set_new(object, "over_budget_month", month_or_null(inputs, report->costs[option].over_month));
    json_object_set_new(object, "budget_spent_month",
                        month_or_null(inputs, report->costs[option].spent_month));
    bool is_feasible = workspace_result(report->answer->workspace, option)->is_feasible;
    for (int l = 0; l < N_LENSES; l++)
        json_object_set_new(lenses, cost_lenses[l].name,
                            is_feasible ? lens_json(&report->views[l], option) : json_null());
    json_object_set_new(object, "lenses", lenses);
    return object;
}

void cost_report_add_json(const CostReport *report, Text *out)
{
    const Inputs *inputs = &report->answer->resolved->inputs;
    Table table = unit_costs_table(report);
    json_t *document = json_object(), *options = json_array();
    json_object_set_new(document, "schema", json_string("tokentco/costs/1"));
    json_object_set_new(document, "scenario", json_string(inputs->name));
    json_object_set_new(document, "currency", json_string(inputs->currency));
    json_object_set_new(document, "unit_name", json_text_or_null(inputs->unit_name));
    for (int o = 0; o < inputs->n_options; o++)
        json_array_append_new(options, option_json(report, &table, o));
    json_object_set_new(document, "options", options);
    json_add_document(json_name_currency(document, inputs->currency), out);
}
