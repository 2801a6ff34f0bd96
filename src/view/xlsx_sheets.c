/* The sheets of the workbook. Layer: view. */
#include "xlsx_sheets.h"

#include <math.h>
#include <string.h>

/* Columns of the ledger sheet. Sums look for the numbers of option and month: a name such as ">5" or "a*"
 * would be a condition, "api" and "API" the same, and "2027-01" a date. */
enum {
    L_OPTION,
    L_MONTH,
    L_INDEX,
    L_CATEGORY,
    L_ACCOUNT,
    L_DRIVER,
    L_QUANTITY,
    L_UNIT,
    L_PRICE,
    L_AMOUNT,
    L_SHIFT,
    L_FACTOR,
    L_PRESENT,
    L_SOURCE,
    L_NUMBER
};

/* Printed on as many pages as it takes, none of them cut at the right. */
static void print_whole_width(lxw_worksheet *sheet)
{
    const uint16_t any_height = 0;
    worksheet_set_landscape(sheet);
    worksheet_fit_to_pages(sheet, 1, any_height);
}

static lxw_worksheet *add_sheet(Book *book, const char *name, const char *const *heads, int n_heads,
                                int head_row)
{
    lxw_worksheet *sheet = workbook_add_worksheet(book->workbook, name);
    for (int i = 0; i < n_heads; i++)
        worksheet_write_string(sheet, (lxw_row_t)head_row, (lxw_col_t)i, heads[i], book->head);
    worksheet_freeze_panes(sheet, (lxw_row_t)head_row + 1, 0);
    worksheet_repeat_rows(sheet, (lxw_row_t)head_row, (lxw_row_t)head_row);
    print_whole_width(sheet);
    return sheet;
}

static void write_text(lxw_worksheet *sheet, int row, int column, const char *text, lxw_format *format)
{
    worksheet_write_string(sheet, (lxw_row_t)row, (lxw_col_t)column, text, format);
}

static void write_number(lxw_worksheet *sheet, int row, int column, double number, lxw_format *format)
{
    worksheet_write_number(sheet, (lxw_row_t)row, (lxw_col_t)column, number, format);
}

/* ---- assumptions ---- */

static void write_field(Book *book, lxw_worksheet *sheet, int row, const FieldRef *ref, const char *scope)
{
    const Resolved *resolved = book->request->answer->resolved;
    const FieldRow *field = field_ref_row(ref);
    const void *values = inputs_group_const(book->inputs, ref->group, ref->index);
    char pointer[256], text[FIELD_TEXT_BYTES + 32];
    field_ref_format(ref, pointer, sizeof pointer);
    const Origin *origin = resolved_origin(resolved, ref);
    bool is_number = field->type == FIELD_NUM || field->type == FIELD_INT || field->type == FIELD_OPT;
    write_text(sheet, row, 0, scope, NULL);
    write_text(sheet, row, 1, field->name, NULL);
    if (is_number) {
        write_number(sheet, row, 2, field_get(field, values), book->input);
        write_text(sheet, row, 3, field->unit, book->faint);
    } else {
        field_format(field, values, text, sizeof text);
        write_text(sheet, row, 2, text, book->input);
    }
    write_text(sheet, row, 4, origin != NULL && origin->text != NULL ? origin->text : "default", book->faint);
    write_text(sheet, row, 5, field->doc, book->faint);
    write_text(sheet, row, 6, pointer, book->faint);
}

/* All given fields of a group; returns the next free row. */
static int write_group(Book *book, lxw_worksheet *sheet, int row, GroupId group, int index, const char *scope)
{
    const void *values = inputs_group_const(book->inputs, group, index);
    for (size_t i = 0; i < input_groups[group].n_rows; i++) {
        if (!field_is_given(&input_groups[group].rows[i], values)) continue;
        FieldRef ref = {index, group, (int)i};
        if (group == GROUP_SCENARIO && strcmp(input_groups[group].rows[i].name, "discount_per_year") == 0) {
            char cell[64];
            snprintf(cell, sizeof cell, "=Assumptions!$C$%d", row + 1);
            workbook_define_name(book->workbook, "discount_per_year", cell);
        }
        write_field(book, sheet, row++, &ref, scope);
    }
    return row;
}

void xlsx_add_assumptions(Book *book)
{
    static const char *const heads[] = {"scope", "field", "value", "unit", "origin", "meaning", "pointer"};
    lxw_worksheet *sheet = add_sheet(book, "Assumptions", heads, 7, 0);
    int row = write_group(book, sheet, 1, GROUP_SCENARIO, 0, "scenario");
    for (int i = 0; i < book->inputs->n_workloads; i++)
        row = write_group(book, sheet, row, GROUP_WORKLOAD, i, "workload");
    for (int o = 0; o < book->inputs->n_options; o++) {
        const OptionInputs *option = &book->inputs->options[o];
        for (int g = 0; g < N_GROUPS; g++)
            if (input_groups[g].scope == SCOPE_OPTION && (input_groups[g].kinds & (1u << option->kind)) != 0)
                row = write_group(book, sheet, row, (GroupId)g, o, option->name);
    }
    worksheet_autofilter(sheet, 0, 0, (lxw_row_t)row - 1, 6);
    worksheet_set_column(sheet, 0, 1, 28, NULL);
    worksheet_set_column(sheet, 2, 3, 14, NULL);
    worksheet_set_column(sheet, 4, 6, 44, NULL);
}

/* ---- ledger ---- */

static double timing_shift(const Posting *posting)
{
    static const double shifts[] = {[TIMING_START] = 0.0, [TIMING_MIDDLE] = 0.5, [TIMING_END] = 1.0};
    return shifts[cost_drivers[posting->driver].timing];
}

double xlsx_discount_factor(const Inputs *inputs, const Posting *posting)
{
    return pow(1.0 + inputs->discount_per_year, -(posting->month + timing_shift(posting)) / 12.0);
}

static void write_posting(Book *book, lxw_worksheet *sheet, int row, const Posting *posting)
{
    const CategoryRow *category = &cost_categories[cost_drivers[posting->driver].category];
    char month[16];
    month_format(book->inputs->start + posting->month, month);
    double amount = (double)posting->amount.micro_usd / MICROS_PER_USD;
    double factor = xlsx_discount_factor(book->inputs, posting);
    int line = row + 1;
    write_text(sheet, row, L_OPTION, book->inputs->options[posting->option].name, NULL);
    write_text(sheet, row, L_MONTH, month, NULL);
    write_number(sheet, row, L_INDEX, posting->month, NULL);
    write_text(sheet, row, L_CATEGORY, category->name, NULL);
    write_text(sheet, row, L_ACCOUNT, category->account, NULL);
    write_text(sheet, row, L_DRIVER, cost_drivers[posting->driver].name, NULL);
    write_number(sheet, row, L_QUANTITY, posting->quantity, book->input);
    write_text(sheet, row, L_UNIT, cost_drivers[posting->driver].unit, NULL);
    write_number(sheet, row, L_PRICE, posting->unit_price_usd, book->input);
    xlsx_formula(sheet, (lxw_row_t)row, L_AMOUNT, book->micro, amount, "=ROUND(G%d*I%d,6)", line, line);
    write_number(sheet, row, L_SHIFT, timing_shift(posting), NULL);
    xlsx_formula(sheet, (lxw_row_t)row, L_FACTOR, NULL, factor, "=(1+discount_per_year)^(-(C%d+K%d)/12)",
                 line, line);
    xlsx_formula(sheet, (lxw_row_t)row, L_PRESENT, book->micro, amount * factor, "=J%d*L%d", line, line);
    write_text(sheet, row, L_SOURCE, posting_source(book->request->postings, posting), book->faint);
    write_number(sheet, row, L_NUMBER, posting->option + 1, NULL);
}

void xlsx_add_ledger(Book *book)
{
    static const char *const heads[] = {"option",        "month",      "month index",  "category",
                                        "account",       "driver",     "quantity",     "unit",
                                        "unit price",    "amount",     "timing",       "discount factor",
                                        "present value", "price from", "option number"};
    const Postings *postings = book->request->postings;
    lxw_worksheet *sheet = add_sheet(book, "Ledger", heads, (int)(sizeof heads / sizeof *heads), 0);
    for (int i = 0; i < postings->n; i++)
        write_posting(book, sheet, LEDGER_FIRST_ROW + i, &postings->items[i]);
    book->n_written = postings->n;
    worksheet_autofilter(sheet, 0, 0, (lxw_row_t)(postings->n > 0 ? postings->n : 1), L_NUMBER);
    worksheet_set_column(sheet, L_OPTION, L_OPTION, 30, NULL);
    worksheet_set_column(sheet, L_MONTH, L_NUMBER, 14, NULL);
}

/* ---- months ---- */

/* Sum of an option's postings of a category (-1: any) in a month (-1: any). */
static double sum_postings(const Postings *postings, int option, int category, int month)
{
    int64_t sum = 0;
    for (int i = 0; i < postings->n; i++) {
        const Posting *posting = &postings->items[i];
        bool is_in = posting->option == option && (month < 0 || posting->month == month) &&
                     (category < 0 || (int)cost_drivers[posting->driver].category == category);
        if (is_in) sum += posting->amount.micro_usd;
    }
    return (double)sum / MICROS_PER_USD;
}

static int last_ledger_line(const Book *book)
{
    return LEDGER_FIRST_ROW + (book->n_written > 0 ? book->n_written : 1);
}

/* Twelve months a page, each with option and category. */
static void print_by_years(lxw_worksheet *sheet, int n_months)
{
    enum { PERCENT_OF_SIZE = 42, BREAKS_MAX = 64 };
    lxw_col_t breaks[BREAKS_MAX + 1] = {0};
    int n = 0;
    for (int m = 12; m < n_months && n < BREAKS_MAX; m += 12)
        breaks[n++] = (lxw_col_t)(MONTHS_FIRST_COLUMN + m);
    worksheet_set_print_scale(sheet, PERCENT_OF_SIZE); /* in place of the fit to one page */
    worksheet_set_v_pagebreaks(sheet, breaks);
    worksheet_repeat_columns(sheet, 0, MONTHS_FIRST_COLUMN - 1);
}

void xlsx_add_months(Book *book)
{
    const Postings *postings = book->request->postings;
    static const char *const heads[] = {"option", "category"};
    lxw_worksheet *sheet = add_sheet(book, "Months", heads, 2, 0);
    int n_months = book->inputs->horizon_months, last = last_ledger_line(book), row = 1;
    for (int m = 0; m < n_months; m++) {
        char month[16];
        month_format(book->inputs->start + m, month);
        write_text(sheet, 0, MONTHS_FIRST_COLUMN + m, month, book->head);
    }
    for (int o = 0; o < book->inputs->n_options; o++) {
        for (int c = 0; c < N_CATEGORIES; c++) {
            if (sum_postings(postings, o, c, -1) == 0.0) continue;
            write_text(sheet, row, 0, book->inputs->options[o].name, NULL);
            write_text(sheet, row, 1, cost_categories[c].name, NULL);
            for (int m = 0; m < n_months; m++) {
                xlsx_formula(sheet, (lxw_row_t)row, (lxw_col_t)(MONTHS_FIRST_COLUMN + m), book->money,
                             sum_postings(postings, o, c, m),
                             "=SUMIFS(Ledger!$J$2:$J$%d,Ledger!$O$2:$O$%d,%d,Ledger!$D$2:$D$%d,$B%d,Ledger!"
                             "$C$2:$C$%d,%d)",
                             last, last, o + 1, last, row + 1, last, m);
            }
            row++;
        }
    }
    print_by_years(sheet, n_months);
    worksheet_freeze_panes(sheet, 1, MONTHS_FIRST_COLUMN);
    worksheet_set_column(sheet, 0, 0, 30, NULL);
    worksheet_set_column(sheet, 1, (lxw_col_t)(MONTHS_FIRST_COLUMN + n_months), 13, NULL);
}

/* ---- summary ---- */

static double present_value(const Book *book, int option)
{
    const Postings *postings = book->request->postings;
    double sum = 0.0;
    for (int i = 0; i < postings->n; i++) {
        const Posting *posting = &postings->items[i];
        if (posting->option != option) continue;
        sum +=
            (double)posting->amount.micro_usd / MICROS_PER_USD * xlsx_discount_factor(book->inputs, posting);
    }
    return sum;
}

enum { SUMMARY_HEAD_ROW = 4 };

static void write_summary_row(Book *book, lxw_worksheet *sheet, int row, int o)
{
    const OptionResult *result = workspace_result(book->request->answer->workspace, o);
    int last = last_ledger_line(book);
    write_text(sheet, row, 0, book->inputs->options[o].name, NULL);
    write_text(sheet, row, 1, option_kind_name(book->inputs->options[o].kind), NULL);
    if (!result->is_feasible) {
        char text[300];
        snprintf(text, sizeof text, "not feasible: %s", result->reason);
        write_text(sheet, row, 2, text, book->faint);
        return;
    }
    double present = present_value(book, o);
    xlsx_formula(sheet, (lxw_row_t)row, 2, book->money, present,
                 "=SUMIFS(Ledger!$M$2:$M$%d,Ledger!$O$2:$O$%d,%d)", last, last, o + 1);
    xlsx_formula(sheet, (lxw_row_t)row, 3, book->money, sum_postings(book->request->postings, o, -1, -1),
                 "=SUMIFS(Ledger!$J$2:$J$%d,Ledger!$O$2:$O$%d,%d)", last, last, o + 1);
    write_number(sheet, row, 4, result->discounted_mtok, book->rate);
    if (result->has_levelised)
        xlsx_formula(sheet, (lxw_row_t)row, 5, book->rate, present / result->discounted_mtok, "=C%d/E%d",
                     row + 1, row + 1);
}

static void add_summary_chart(Book *book, lxw_worksheet *sheet, int first, int last)
{
    lxw_chart *chart = workbook_add_chart(book->workbook, LXW_CHART_BAR);
    lxw_chart_series *series = chart_add_series(chart, NULL, NULL);
    chart_series_set_categories(series, "Summary", (lxw_row_t)first, 0, (lxw_row_t)last, 0);
    chart_series_set_values(series, "Summary", (lxw_row_t)first, 2, (lxw_row_t)last, 2);
    char title[64];
    snprintf(title, sizeof title, "NPV, %s", book->inputs->currency);
    chart_series_set_name(series, title);
    snprintf(title, sizeof title, "Net present value of all costs, %s", book->inputs->currency);
    chart_title_set_name(chart, title);
    chart_legend_set_position(chart, LXW_CHART_LEGEND_NONE);
    chart_axis_set_reverse(chart->y_axis);
    worksheet_insert_chart(sheet, (lxw_row_t)last + 3, 0, chart);
}

void xlsx_add_summary(Book *book, lxw_worksheet *sheet)
{
    static const char *const heads[] = {"option",          "kind",    "NPV, USD", "total, USD",
                                        "discounted Mtok", "USD/Mtok"};
    const Resolved *resolved = book->request->answer->resolved;
    char line[320], start[16], as_of[16];
    month_format(book->inputs->start, start);
    date_format(resolved->as_of, as_of);
    print_whole_width(sheet);
    write_text(sheet, 0, 0, book->inputs->name, book->title);
    snprintf(line, sizeof line,
             "%d months from %s; prices as of %s; nominal %s before tax; a forecast, not a bill",
             book->inputs->horizon_months, start, as_of, book->inputs->currency);
    write_text(sheet, 1, 0, line, book->faint);
    if (resolved->fx.text != NULL) {
        Text rate;
        text_init(&rate);
        text_addf(&rate, "amounts in %s: ", book->inputs->currency);
        answer_add_rate(resolved, &rate);
        text_add(&rate, "; assumptions are in USD");
        write_text(sheet, 3, 0, text_str(&rate), book->faint);
        text_free(&rate);
    }
    write_text(sheet, 2, 0, "Blue figures are inputs. The discount rate is on the sheet Assumptions.",
               book->faint);
    for (int i = 0; i < 6; i++) {
        char head[CURRENCY_NAME_BYTES];
        format_currency_name(heads[i], book->inputs->currency, head);
        write_text(sheet, SUMMARY_HEAD_ROW, i, head, book->head);
    }
    for (int o = 0; o < book->inputs->n_options; o++)
        write_summary_row(book, sheet, SUMMARY_HEAD_ROW + 1 + o, o);
    if (book->inputs->n_options > 0)
        add_summary_chart(book, sheet, SUMMARY_HEAD_ROW + 1, SUMMARY_HEAD_ROW + book->inputs->n_options);
    worksheet_set_column(sheet, 0, 0, 32, NULL);
    worksheet_set_column(sheet, 1, 5, 16, NULL);
}

/* ---- checks ---- */

/* Rounding to millionths moves a sum by at most half a millionth a posting. */
static const double ROUNDING_USD = 0.5e-6;

void xlsx_add_checks(Book *book)
{
    static const char *const heads[] = {"option", "check", "workbook", "program", "tolerance", "verdict"};
    lxw_worksheet *sheet = add_sheet(book, "Checks", heads, 6, 0);
    double tolerance = ROUNDING_USD * (book->n_written + 1) + 1e-6;
    int row = 1;
    for (int o = 0; o < book->inputs->n_options; o++) {
        const OptionResult *result = workspace_result(book->request->answer->workspace, o);
        if (!result->is_feasible) continue;
        for (int which = 0; which < 2; which++, row++) {
            double program = which == 0 ? result->npv_usd : result->total_usd;
            double here =
                which == 0 ? present_value(book, o) : sum_postings(book->request->postings, o, -1, -1);
            write_text(sheet, row, 0, book->inputs->options[o].name, NULL);
            write_text(sheet, row, 1, which == 0 ? "NPV" : "total", NULL);
            xlsx_formula(sheet, (lxw_row_t)row, 2, book->micro, here, "=Summary!%s%d", which == 0 ? "C" : "D",
                         SUMMARY_HEAD_ROW + 2 + o);
            write_number(sheet, row, 3, program, book->micro);
            write_number(sheet, row, 4, tolerance, book->number);
            bool is_equal = fabs(here - program) <= tolerance;
            char formula[80];
            snprintf(formula, sizeof formula, "=IF(ABS(C%d-D%d)<=E%d,\"ok\",\"changed\")", row + 1, row + 1,
                     row + 1);
            worksheet_write_formula_str(sheet, (lxw_row_t)row, 5, formula, NULL, is_equal ? "ok" : "changed");
        }
    }
    worksheet_set_column(sheet, 0, 0, 32, NULL);
    worksheet_set_column(sheet, 1, 5, 18, NULL);
}
