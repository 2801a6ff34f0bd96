/* Tables on the canvas. Layer: tui (no curses). */
#include "tui/grid.h"

#include "tui/find.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 32, GAP = 2 };

static void cell_text(const Table *table, int row, int column, Text *out)
{
    Cell cell = {0};
    text_clear(out);
    table->columns[column].get(table->context, row, &cell);
    cell_format(&table->columns[column], &cell, out);
}

static bool row_holds(const Table *table, int row, const char *needle)
{
    bool holds = needle[0] == '\0';
    Text text;
    text_init(&text);
    for (int c = 0; c < table->n_columns && !holds; c++) {
        cell_text(table, row, c, &text);
        holds = text_holds(text_str(&text), needle);
    }
    text_free(&text);
    return holds;
}

/* ---- order ---- */

static bool number_of(const Table *table, int row, int column, double *out)
{
    Cell cell = {0};
    table->columns[column].get(table->context, row, &cell);
    *out = cell.number;
    return cell.kind == CELL_NUMBER;
}

typedef struct Keyed {
    double key;
    int row;
    bool has_key;
} Keyed;

static int compare_keys(const void *a, const void *b)
{
    const Keyed *x = a, *y = b;
    if (x->has_key != y->has_key) return x->has_key ? -1 : 1;
    if (x->has_key && x->key != y->key) return x->key < y->key ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

int grid_order(const Table *table, const char *filter, int sort, bool is_falling, int *order)
{
    int n = 0;
    for (int row = 0; row < table->n_rows; row++)
        if (row_holds(table, row, filter)) order[n++] = row;
    if (sort < 0 || n == 0) return n;
    Keyed *keys = calloc((size_t)n, sizeof *keys);
    if (keys == NULL) return n;
    for (int i = 0; i < n; i++) {
        keys[i].row = order[i];
        keys[i].has_key = number_of(table, order[i], sort, &keys[i].key);
        if (is_falling) keys[i].key = -keys[i].key;
    }
    qsort(keys, (size_t)n, sizeof *keys, compare_keys);
    for (int i = 0; i < n; i++) order[i] = keys[i].row;
    free(keys);
    return n;
}

int grid_next_sort(const Table *table, int sort)
{
    double value;
    for (int c = sort + 1; c < table->n_columns; c++)
        for (int row = 0; row < table->n_rows; row++)
            if (number_of(table, row, c, &value)) return c;
    return -1;
}

typedef struct Hunt {
    const Table *table;
    const int *order;
    const char *needle;
} Hunt;

static bool hunt_fits(const void *context, int row)
{
    const Hunt *hunt = context;
    return row_holds(hunt->table, hunt->order[row], hunt->needle);
}

int grid_find(const Table *table, const int *order, int n, int cursor, int direction, const char *needle)
{
    Hunt hunt = {table, order, needle};
    return find_row(cursor, n, direction, hunt_fits, &hunt);
}

/* ---- drawing ---- */

/* Widths of what is shown; the widest texts give way until all fits or nothing more can be taken. */
static void fit_columns(const Table *table, const int *order, int first, int last, int room, int *widths)
{
    const int least_text = 14;
    int total = 0;
    Text text;
    text_init(&text);
    for (int c = 0; c < table->n_columns; c++) {
        widths[c] = text_columns(table->columns[c].title);
        for (int i = first; i < last; i++) {
            cell_text(table, order[i], c, &text);
            int columns = text_columns(text_str(&text));
            if (columns > widths[c]) widths[c] = columns;
        }
        total += widths[c] + GAP;
    }
    text_free(&text);
    while (total > room) {
        int widest = -1;
        for (int c = 0; c < table->n_columns; c++)
            if (table->columns[c].align == ALIGN_LEFT && (widest < 0 || widths[c] > widths[widest]))
                widest = c;
        if (widest < 0 || widths[widest] <= least_text) return;
        widths[widest]--;
        total--;
    }
}

static void draw_line(App *app, Rect line, const Table *table, int row, const int *widths, bool is_here,
                      int sort)
{
    Text text;
    text_init(&text);
    int x = line.x + 1;
    canvas_text(app->canvas, line.x, line.y, LOOK_KEY, is_here ? "▸" : " ");
    for (int c = 0; c < table->n_columns && x < line.x + line.width; c++) {
        Look look = row < 0 ? (c == sort ? LOOK_KEY : LOOK_DIM) : is_here ? LOOK_BOLD : LOOK_PLAIN;
        if (row < 0) {
            text_clear(&text);
            text_add(&text, table->columns[c].title);
        } else {
            cell_text(table, row, c, &text);
        }
        int room = line.x + line.width - x, width = widths[c] < room ? widths[c] : room;
        if (table->columns[c].align == ALIGN_RIGHT)
            canvas_text_right(app->canvas, x, line.y, width, look, text_str(&text));
        else
            canvas_text_fit(app->canvas, x, line.y, width, look, text_str(&text));
        x += widths[c] + GAP;
    }
    text_free(&text);
}

void draw_grid(App *app, Rect rect, const Table *table, const int *order, int n, ListView *list, int sort)
{
    int page = rect.height - 1, top = list_top(list, n, page), widths[COLUMNS_MAX];
    int last = top + page < n ? top + page : n;
    if (table->n_columns > COLUMNS_MAX) return;
    fit_columns(table, order, top, last, rect.width - 2, widths);
    draw_line(app, (Rect){rect.x, rect.y, rect.width - 1, 1}, table, -1, widths, false, sort);
    for (int i = top; i < last; i++) {
        Rect line = {rect.x, rect.y + 1 + i - top, rect.width - 1, 1};
        draw_line(app, line, table, order[i], widths, i == list->cursor, sort);
        app_zone_row(app, line, 0, i);
    }
    draw_scrollbar(app->canvas, (Rect){rect.x + rect.width - 1, rect.y + 1, 1, page}, top, n);
}
