/* Prices: the price book as of the scenario's date. Layer: tui (no curses). */
#include "tui/find.h"
#include "tui/pick.h"
#include "tui/screens.h"

#include "tokentco/format.h"
#include "tokentco/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROWS_MAX = 20000, COLUMN_WIDTH_MAX = 26 };

static bool row_matches(PriceKind kind, const PriceRow *row, const char *part)
{
    for (int c = 0; c < price_tables[kind].n_columns; c++)
        if (price_tables[kind].columns[c].type == COLUMN_TEXT && text_holds(row->cells[c].text, part))
            return true;
    return part[0] == '\0';
}

/* Rows that hold on the scenario's date and pass the filter. The caller frees. */
static const PriceRow **rows_listed(App *app, const PricesState *state, int *n)
{
    PriceKind kind = (PriceKind)state->kind;
    ErrList errors;
    err_list_init(&errors);
    *n = 0;
    const PriceRow **rows = calloc(ROWS_MAX, sizeof(const PriceRow *));
    if (rows != NULL && pricebook_need(&app->session->book, kind, &errors)) {
        int n_all = pricebook_list(&app->session->book, kind, NULL, 0, app->session->now->resolved.as_of,
                                   rows, ROWS_MAX);
        if (n_all > ROWS_MAX) n_all = ROWS_MAX;
        for (int i = 0; i < n_all; i++)
            if (row_matches(kind, rows[i], state->filter)) rows[(*n)++] = rows[i];
    }
    err_list_free(&errors);
    return rows;
}

static void cell_text(const PriceColumn *column, const PriceCell *cell, char *out, size_t size)
{
    if (!cell->has)
        snprintf(out, size, "-");
    else if (column->type == COLUMN_TEXT)
        snprintf(out, size, "%s", cell->text);
    else if (column->type == COLUMN_NUMBER)
        number_format(cell->number, out, size);
    else {
        char date[16];
        date_format((Date)cell->number, date);
        snprintf(out, size, "%s", date);
    }
}

static void draw_row(App *app, PriceKind kind, const PriceRow *row, Rect rect, const int *widths,
                     bool is_here)
{
    int x = rect.x + 1;
    canvas_text(app->canvas, rect.x, rect.y, LOOK_KEY, is_here ? "▸" : " ");
    for (int c = 0; c < price_tables[kind].n_columns && x < rect.x + rect.width; c++) {
        const PriceColumn *column = &price_tables[kind].columns[c];
        char text[256];
        if (row != NULL)
            cell_text(column, &row->cells[c], text, sizeof text);
        else
            snprintf(text, sizeof text, "%s", column->name);
        Look look = row == NULL ? LOOK_DIM : is_here ? LOOK_BOLD : LOOK_PLAIN;
        bool is_number = column->type == COLUMN_NUMBER;
        if (is_number)
            canvas_text_right(app->canvas, x, rect.y, widths[c], look, text);
        else
            canvas_text_fit(app->canvas, x, rect.y, widths[c], look, text);
        x += widths[c] + 1;
    }
}

/* The names of the tables; where not all fit, from the one that is shown on. */
static void draw_kinds(App *app, int shown, Rect rect)
{
    int total = 0, x = rect.x + 1;
    for (int k = 0; k < N_PRICE_KINDS; k++) total += text_columns(price_tables[k].name) + 2;
    int first = total < rect.width ? 0 : shown > 1 ? shown - 1 : 0;
    for (int k = first; k < N_PRICE_KINDS && x < rect.x + rect.width; k++)
        x += canvas_textf(app->canvas, x, rect.y, k == shown ? LOOK_SELECTED : LOOK_DIM,
                          k == shown ? "[%s]" : " %s ", price_tables[k].name);
}

/* The plan that p would put a row into. */
static void draw_plan_wanted(App *app, Rect row)
{
    const OptionInputs *option = &session_inputs(app->session)->options[app->option];
    char text[FIELD_TEXT_BYTES + 32];
    snprintf(text, sizeof text, "p: into %d %s", app->option + 1, option->name);
    canvas_text_right(app->canvas, row.x, row.y, row.width - 1, LOOK_DIM, text);
}

void price_screen_draw(App *app, void *at, Rect rect)
{
    PricesState *state = at;
    PriceKind kind = (PriceKind)state->kind;
    int n;
    const PriceRow **rows = rows_listed(app, state, &n);
    if (rows == NULL) return;
    char date[16];
    date_format(app->session->now->resolved.as_of, date);
    draw_kinds(app, state->kind, rect);
    Rect body = {rect.x, rect.y + 3, rect.width - 1, rect.height - 5};
    int top = list_top(&state->list, n, body.height);
    int widths[64];
    for (int c = 0; c < price_tables[kind].n_columns; c++) {
        widths[c] = text_columns(price_tables[kind].columns[c].name);
        for (int i = top; i < n && i < top + body.height; i++) {
            char text[256];
            cell_text(&price_tables[kind].columns[c], &rows[i]->cells[c], text, sizeof text);
            int columns = text_columns(text);
            if (columns > widths[c]) widths[c] = columns < COLUMN_WIDTH_MAX ? columns : COLUMN_WIDTH_MAX;
        }
    }
    int used =
        canvas_textf(app->canvas, rect.x + 1, rect.y + 1, state->filter[0] != '\0' ? LOOK_WARN : LOOK_DIM,
                     "%s: %d rows as of %s%s%s", price_tables[kind].title, n, date,
                     state->filter[0] != '\0' ? ", only " : "", state->filter);
    draw_plan_wanted(app, (Rect){rect.x + used + 3, rect.y + 1, rect.width - used - 3, 1});
    draw_row(app, kind, NULL, (Rect){rect.x, rect.y + 2, body.width, 1}, widths, false);
    for (int i = 0; i < body.height && top + i < n; i++) {
        Rect line = {body.x, body.y + i, body.width, 1};
        draw_row(app, kind, rows[top + i], line, widths, top + i == state->list.cursor);
        app_zone_row(app, line, 0, top + i);
    }
    draw_scrollbar(app->canvas, (Rect){body.x + body.width, body.y, 1, body.height}, top, n);
    if (n > 0) {
        const PriceRow *row = rows[state->list.cursor];
        char from[16], text[512];
        date_format(row->valid_from, from);
        snprintf(text, sizeof text, "from %s%s%s; %s:%d", from, row->source[0] != '\0' ? "; " : "",
                 row->source, row->file, row->line);
        canvas_text_fit(app->canvas, rect.x + 1, rect.y + rect.height - 1, rect.width - 2, LOOK_DIM, text);
    }
    free(rows);
}

static void explain_row(App *app, PriceKind kind, const PriceRow *row)
{
    Text *out = &app->popup;
    text_clear(out);
    for (int c = 0; c < price_tables[kind].n_columns; c++) {
        char text[256];
        cell_text(&price_tables[kind].columns[c], &row->cells[c], text, sizeof text);
        text_addf(out, "  %-22s %s\n", price_tables[kind].columns[c].name, text);
    }
    if (row->note[0] != '\0') text_addf(out, "  note                   %s\n", row->note);
    app_popup(app, price_tables[kind].title);
}

bool price_screen_handle(App *app, void *at, ActionId action)
{
    PricesState *state = at;
    if (action == ACTION_LEFT || action == ACTION_RIGHT) {
        state->kind = (state->kind + (action == ACTION_RIGHT ? 1 : N_PRICE_KINDS - 1)) % N_PRICE_KINDS;
        state->list = (ListView){0, 0};
        return true;
    }
    if (action == ACTION_BACK && state->filter[0] != '\0') {
        state->filter[0] = '\0';
        return true;
    }
    if (handle_plan_choice(app, action)) return true;
    int n;
    const PriceRow **rows = rows_listed(app, state, &n);
    bool is_handled = list_handle(&state->list, action, n, app->canvas->height - 8);
    if (!is_handled && action == ACTION_PICK) {
        if (state->list.cursor < n) pick_price(app, (PriceKind)state->kind, rows[state->list.cursor]);
        is_handled = true;
    }
    if (!is_handled && action == ACTION_OPEN) {
        if (state->list.cursor < n) explain_row(app, (PriceKind)state->kind, rows[state->list.cursor]);
        is_handled = true;
    }
    free(rows);
    return is_handled;
}

void price_screen_click(App *app, void *at, int pane, int row)
{
    (void)app;
    (void)pane;
    ((PricesState *)at)->list.cursor = row;
}

typedef struct PriceHunt {
    PriceKind kind;
    const PriceRow **rows;
    const char *needle;
} PriceHunt;

static bool hunt_fits(const void *context, int row)
{
    const PriceHunt *hunt = context;
    return row_matches(hunt->kind, hunt->rows[row], hunt->needle);
}

void price_screen_search(App *app, void *at, const char *needle, int direction)
{
    PricesState *state = at;
    int n;
    PriceHunt hunt = {(PriceKind)state->kind, rows_listed(app, state, &n), needle};
    int found = find_row(state->list.cursor, n, direction, hunt_fits, &hunt);
    if (found >= 0)
        state->list.cursor = found;
    else
        app_say(app, LOOK_WARN, "'%.60s' is not in this table", needle);
    free(hunt.rows);
}

void price_screen_filter(App *app, void *at, const char *needle)
{
    (void)app;
    PricesState *state = at;
    snprintf(state->filter, sizeof state->filter, "%s", needle);
    state->list = (ListView){0, 0};
}

void price_screen_export(App *app, void *at, Text *out)
{
    PricesState *state = at;
    PriceKind kind = (PriceKind)state->kind;
    int n;
    const PriceRow **rows = rows_listed(app, state, &n);
    CsvOut csv;
    csv_out_init(&csv, out, CSV_RFC4180);
    for (int c = 0; c < price_tables[kind].n_columns; c++)
        csv_out_text(&csv, price_tables[kind].columns[c].name);
    csv_out_end_line(&csv);
    for (int i = 0; i < n; i++) {
        for (int c = 0; c < price_tables[kind].n_columns; c++) {
            char text[256];
            const PriceCell *cell = &rows[i]->cells[c];
            cell_text(&price_tables[kind].columns[c], cell, text, sizeof text);
            if (!cell->has)
                csv_out_null(&csv);
            else if (price_tables[kind].columns[c].type == COLUMN_NUMBER)
                csv_out_number(&csv, cell->number);
            else
                csv_out_text(&csv, text);
        }
        csv_out_end_line(&csv);
    }
    free(rows);
}
