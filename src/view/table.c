/* Tables for people. Layer: view. */
#include "tokentco/table.h"

#include "tokentco/arena.h"
#include "tokentco/field.h"

#include <stdarg.h>
#include <string.h>

enum { COLUMN_GAP = 2, CUT_MIN_WIDTH = 12 };

void cell_set_text(Cell *cell, const char *text)
{
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): cells are never NULL */
    cell->kind = text != NULL && text[0] != '\0' ? CELL_TEXT : CELL_NONE;
    cell->text = text;
}

void cell_set_number(Cell *cell, double number)
{
    cell->kind = CELL_NUMBER;
    cell->number = number;
}

void cell_set_flag(Cell *cell, bool flag)
{
    cell->kind = CELL_FLAG;
    cell->number = flag ? 1.0 : 0.0;
}

void cell_printf(Cell *cell, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(cell->buffer, sizeof cell->buffer, format, args);
    va_end(args);
    cell_set_text(cell, cell->buffer);
}

Table table_in_currency(Table table, const char *currency, CurrencyColumns *room)
{
    if (strcmp(currency, "USD") == 0 || table.n_columns > CURRENCY_COLUMNS_MAX) return table;
    for (int c = 0; c < table.n_columns; c++) {
        room->columns[c] = table.columns[c];
        format_currency_name(table.columns[c].name, currency, room->names[c][0]);
        format_currency_name(table.columns[c].title, currency, room->names[c][1]);
        room->columns[c].name = room->names[c][0];
        room->columns[c].title = room->names[c][1];
    }
    table.columns = room->columns;
    return table;
}

static void format_number(CellFormat format, double number, char out[FORMAT_BYTES])
{
    switch (format) {
    case SHOW_SHORTEST:
    case SHOW_TEXT:
        number_format(number, out, FORMAT_BYTES);
        return;
    case SHOW_DIGITS:
        snprintf(out, FORMAT_BYTES, "%.6g", number);
        return;
    case SHOW_GROUPED:
        format_grouped(number, out);
        return;
    case SHOW_PRICE:
        format_price(number, out);
        return;
    case SHOW_SI:
        format_si(number, out);
        return;
    case SHOW_PERCENT:
        format_percent(number, out);
        return;
    }
}

void cell_format(const Column *column, const Cell *cell, Text *out)
{
    char number[FORMAT_BYTES];
    switch (cell->kind) {
    case CELL_NONE:
        text_add(out, "-");
        return;
    case CELL_TEXT:
        text_add(out, cell->text);
        return;
    case CELL_FLAG:
        text_add(out, cell->number != 0.0 ? "yes" : "no");
        return;
    case CELL_NUMBER:
        format_number(column->format, cell->number, number);
        text_add(out, number);
        return;
    }
}

/* All cells as text, row by row, header first. */
static const char **format_cells(const Table *table, Arena *arena)
{
    size_t n_columns = (size_t)table->n_columns;
    const char **cells = arena_array(arena, ((size_t)table->n_rows + 1) * n_columns, sizeof *cells);
    Text text;
    text_init(&text);
    for (size_t c = 0; c < n_columns; c++) {
        cells[c] = table->columns[c].title;
        for (int row = 0; row < table->n_rows; row++) {
            Cell cell = {0};
            table->columns[c].get(table->context, row, &cell);
            text_clear(&text);
            cell_format(&table->columns[c], &cell, &text);
            cells[((size_t)row + 1) * n_columns + c] = arena_strdup(arena, text_str(&text));
        }
    }
    text_free(&text);
    return cells;
}

static int *measure_columns(const Table *table, const char *const *cells, int room, Arena *arena)
{
    int *widths = arena_array(arena, (size_t)table->n_columns, sizeof *widths);
    int total = COLUMN_GAP * (table->n_columns - 1);
    for (int c = 0; c < table->n_columns; c++) {
        for (int row = 0; row <= table->n_rows; row++) {
            int width = width_of(cells[row * table->n_columns + c]);
            if (width > widths[c]) widths[c] = width;
        }
        int most = table->columns[c].max_width;
        if (most > 0 && widths[c] > most) widths[c] = most;
        total += widths[c];
    }
    while (total > room) {
        int widest = 0;
        for (int c = 1; c < table->n_columns; c++)
            if (table->columns[c].align == ALIGN_LEFT && widths[c] > widths[widest]) widest = c;
        if (widths[widest] <= CUT_MIN_WIDTH) break;
        widths[widest]--;
        total--;
    }
    return widths;
}

static void trim_line(Text *out)
{
    while (out->n_bytes > 0 && out->data[out->n_bytes - 1] == ' ') out->data[--out->n_bytes] = '\0';
}

void table_add_text(const Table *table, const Style *style, int indent, Text *out)
{
    Arena arena;
    arena_init(&arena);
    const char **cells = format_cells(table, &arena);
    int *widths = measure_columns(table, cells, style->width - indent, &arena);
    for (int row = 0; row <= table->n_rows; row++) {
        text_add_char(out, ' ', (size_t)indent);
        for (int c = 0; c < table->n_columns; c++) {
            int ink = row == 0             ? INK_FAINT
                      : table->ink != NULL ? table->ink(table->context, row - 1, c)
                                           : INK_PLAIN;
            style_begin(style, out, ink);
            width_add(out, cells[row * table->n_columns + c], widths[c], table->columns[c].align,
                      style->is_utf8);
            if (c == table->n_columns - 1) trim_line(out);
            style_end(style, out, ink);
            if (c < table->n_columns - 1) text_add_char(out, ' ', COLUMN_GAP);
        }
        trim_line(out);
        text_add(out, "\n");
    }
    arena_free(&arena);
}
