/* Ledger: one plan's cost by category and month, and what a figure is made of. Layer: tui (no curses). */
#include "tui/screens.h"

#include "tokentco/explain.h"
#include "tokentco/format.h"
#include "tokentco/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { CATEGORY_COLUMNS = 16, AMOUNT_COLUMNS = 12 };

/* Categories in the order shown; the line after them is the total. */
static int categories_listed(const App *app, const LedgerState *state, int out[N_CATEGORIES])
{
    const OptionResult *result = session_result(app->session, app->option);
    int n = 0;
    for (int c = 0; c < N_CATEGORIES; c++) {
        if (result->category_usd[c] == 0.0) continue;
        int at = n++;
        if (state->order == 1)
            while (at > 0 && fabs(result->category_usd[out[at - 1]]) < fabs(result->category_usd[c])) {
                out[at] = out[at - 1];
                at--;
            }
        out[at] = c;
    }
    return n;
}

/* Column 0 is the total of all months; line `n` of the list is the total of all categories. */
static double amount_at(const OptionResult *result, int category, int column)
{
    if (category < 0) return column == 0 ? result->total_usd : result->months[column - 1].total_usd;
    return column == 0 ? result->category_usd[category] : result->months[column - 1].category_usd[category];
}

static void column_title(const Inputs *inputs, int column, char *out, size_t size)
{
    char month[16];
    if (column == 0) {
        snprintf(out, size, "total");
        return;
    }
    month_format(inputs->start + column - 1, month);
    snprintf(out, size, "%s", month);
}

/* Keeps the cursor's column on the screen; the first column, the total, always is. */
static void scroll_columns(LedgerState *state, int n_columns, int shown)
{
    if (state->column >= n_columns) state->column = n_columns - 1;
    if (state->first_column < 1) state->first_column = 1;
    if (state->column > 0 && state->column < state->first_column) state->first_column = state->column;
    if (state->column >= state->first_column + shown) state->first_column = state->column - shown + 1;
}

/* The cells of one line: a category's amounts, the totals (CATEGORY_TOTAL), or the titles (CATEGORY_TITLES).
 */
enum { CATEGORY_TOTAL = -1, CATEGORY_TITLES = -2 };
static void draw_amounts(App *app, const LedgerState *state, int x, int y, int category, int shown,
                         bool is_cursor)
{
    const Inputs *inputs = session_inputs(app->session);
    const OptionResult *result = session_result(app->session, app->option);
    for (int s = -1; s < shown; s++) {
        int column = s < 0 ? 0 : state->first_column + s;
        if (column > inputs->horizon_months) break;
        char text[FORMAT_BYTES];
        Look look = column == 0 || category < 0 ? LOOK_BOLD : LOOK_PLAIN;
        if (category == CATEGORY_TITLES) {
            column_title(inputs, column, text, sizeof text);
            look = LOOK_DIM;
        } else {
            double amount = amount_at(result, category, column);
            format_grouped(amount, text);
            if (amount == 0.0) snprintf(text, sizeof text, "·");
        }
        if (is_cursor && column == state->column) look = LOOK_SELECTED;
        canvas_text_right(app->canvas, x + (s + 1) * AMOUNT_COLUMNS, y, AMOUNT_COLUMNS, look, text);
    }
}

/* What the cell under the cursor is, and how far it is from the baseline's. */
static void draw_cell_line(App *app, const LedgerState *state, Rect rect, int category)
{
    const OptionResult *base = session_base_result(app->session, app->option);
    char title[128], delta[48] = "=", line[256];
    column_title(session_inputs(app->session), state->column, title, sizeof title);
    if (base != NULL && state->column <= app->session->base->resolved.inputs.horizon_months)
        format_delta(amount_at(session_result(app->session, app->option), category, state->column) -
                         amount_at(base, category, state->column),
                     delta);
    snprintf(line, sizeof line, "Δ baseline %s  %.20s, %.120s", delta, title,
             category < 0 ? "all categories" : cost_categories[category].doc);
    canvas_text_fit(app->canvas, rect.x + 1, rect.y + rect.height - 1, rect.width - 2, LOOK_DIM, line);
}

void ledger_draw(App *app, void *at, Rect rect)
{
    LedgerState *state = at;
    Canvas *canvas = app->canvas;
    const Inputs *inputs = session_inputs(app->session);
    const OptionResult *result = session_result(app->session, app->option);
    char head[64];
    snprintf(head, sizeof head, "%s by category and month, not discounted", inputs->currency);
    draw_plan_head(app, rect, head);
    if (!result->is_feasible) {
        canvas_text(canvas, rect.x + 1, rect.y + 2, LOOK_BAD, "not feasible:");
        canvas_text_fit(canvas, rect.x + 15, rect.y + 2, rect.width - 16, LOOK_PLAIN, result->reason);
        return;
    }
    int listed[N_CATEGORIES];
    int n = categories_listed(app, state, listed);
    int shown = (rect.width - CATEGORY_COLUMNS - AMOUNT_COLUMNS - 3) / AMOUNT_COLUMNS;
    scroll_columns(state, inputs->horizon_months + 1, shown);
    int page = rect.height - 4, top = list_top(&state->list, n + 1, page);
    int x = rect.x + 1 + CATEGORY_COLUMNS, y = rect.y + 2;
    draw_amounts(app, state, x, y++, CATEGORY_TITLES, shown, false);
    for (int row = top; row <= n && row < top + page; row++, y++) {
        int category = row == n ? CATEGORY_TOTAL : listed[row];
        bool is_cursor = row == state->list.cursor;
        canvas_text(canvas, rect.x, y, LOOK_KEY, is_cursor ? "▸" : " ");
        canvas_text_fit(canvas, rect.x + 1, y, CATEGORY_COLUMNS, category < 0 ? LOOK_BOLD : LOOK_PLAIN,
                        category < 0 ? "total" : cost_categories[category].name);
        draw_amounts(app, state, x, y, category, shown, is_cursor);
        app_zone_row(app, (Rect){rect.x, y, rect.width, 1}, 0, row);
    }
    int cursor = state->list.cursor;
    draw_cell_line(app, state, rect, cursor >= n ? CATEGORY_TOTAL : listed[cursor]);
}

/* ---- the explanation behind a cell ---- */

/* What a whole column, or a whole row, is the sum of. */
typedef struct DriverSums {
    int option, month, category; /* month or category -1: all */
    double usd[N_DRIVERS];
} DriverSums;

static void add_driver_line(void *context, const DriverLine *line)
{
    DriverSums *sums = context;
    bool is_month = sums->month < 0 || sums->month == line->month;
    bool is_category = sums->category < 0 || sums->category == (int)cost_drivers[line->driver].category;
    if (line->option == sums->option && is_month && is_category)
        sums->usd[line->driver] += driver_line_usd(line);
}

static void explain_sums(App *app, int category, int month)
{
    DriverSums sums = {.option = app->option, .month = month, .category = category};
    Sink sink = {add_driver_line, NULL, &sums};
    evaluate_option(session_inputs(app->session), app->option, app->session->now->workspace, &sink);
    for (int d = 0; d < N_DRIVERS; d++) {
        if (sums.usd[d] == 0.0) continue;
        char amount[FORMAT_BYTES];
        format_grouped(sums.usd[d], amount);
        text_addf(&app->popup, "%-20s %14s %s\n  %s\n", cost_drivers[d].name, amount,
                  session_inputs(app->session)->currency, cost_drivers[d].formula);
    }
}

static void explain(App *app, const LedgerState *state)
{
    const Inputs *inputs = session_inputs(app->session);
    if (!session_result(app->session, app->option)->is_feasible) return;
    int listed[N_CATEGORIES];
    int n = categories_listed(app, state, listed);
    int category = state->list.cursor >= n ? -1 : listed[state->list.cursor];
    text_clear(&app->popup);
    Answer answer = {.resolved = &app->session->now->resolved, .workspace = app->session->now->workspace};
    Style style = {.is_utf8 = !app->canvas->is_ascii, .width = app->canvas->width - 8};
    if (category < 0 || state->column == 0) {
        explain_sums(app, category, state->column - 1);
    } else {
        ExplainRequest request = {.answer = &answer,
                                  .option = app->option,
                                  .category = (CategoryId)category,
                                  .month = state->column - 1};
        explain_add_text(&request, &style, &app->popup);
    }
    if (app->popup.n_bytes == 0) text_add(&app->popup, "nothing flows here\n");
    char month[32], title[96];
    column_title(inputs, state->column, month, sizeof month);
    snprintf(title, sizeof title, "%s, %s", category < 0 ? "total" : cost_categories[category].name, month);
    app_popup(app, title);
}

bool ledger_handle(App *app, void *at, ActionId action)
{
    LedgerState *state = at;
    int listed[N_CATEGORIES];
    int n = categories_listed(app, state, listed);
    int last = session_inputs(app->session)->horizon_months;
    if (action == ACTION_LEFT)
        state->column -= state->column > 0;
    else if (action == ACTION_RIGHT)
        state->column += state->column < last;
    else if (action == ACTION_SORT)
        state->order = 1 - state->order;
    else if (action == ACTION_OPEN)
        explain(app, state);
    else
        return handle_plan_choice(app, action) ||
               list_handle(&state->list, action, n + 1, app->canvas->height - 8);
    return true;
}

void ledger_click(App *app, void *at, int pane, int row)
{
    (void)app;
    (void)pane;
    ((LedgerState *)at)->list.cursor = row;
}

void ledger_export(App *app, void *at, Text *out)
{
    LedgerState *state = at;
    const Inputs *inputs = session_inputs(app->session);
    const OptionResult *result = session_result(app->session, app->option);
    if (!result->is_feasible) return;
    int listed[N_CATEGORIES];
    int n = categories_listed(app, state, listed);
    CsvOut csv;
    csv_out_init(&csv, out, CSV_RFC4180);
    csv_out_text(&csv, "category");
    for (int column = 0; column <= inputs->horizon_months; column++) {
        char text[32];
        column_title(inputs, column, text, sizeof text);
        csv_out_text(&csv, text);
    }
    csv_out_end_line(&csv);
    for (int i = 0; i <= n; i++) {
        csv_out_text(&csv, i == n ? "total" : cost_categories[listed[i]].name);
        for (int column = 0; column <= inputs->horizon_months; column++)
            csv_out_number(&csv, amount_at(result, i == n ? -1 : listed[i], column));
        csv_out_end_line(&csv);
    }
}
