/* Pieces that several screens draw. Layer: tui (no curses). */
#include "tui/app.h"

#include "tokentco/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool list_handle(ListView *list, ActionId action, int n_rows, int page)
{
    int step = 0;
    if (action == ACTION_UP)
        step = -1;
    else if (action == ACTION_DOWN)
        step = 1;
    else if (action == ACTION_PAGE_UP)
        step = -page;
    else if (action == ACTION_PAGE_DOWN)
        step = page;
    else if (action == ACTION_TOP)
        step = -n_rows;
    else if (action == ACTION_BOTTOM)
        step = n_rows;
    else
        return false;
    list->cursor += step;
    if (list->cursor >= n_rows) list->cursor = n_rows - 1;
    if (list->cursor < 0) list->cursor = 0;
    return true;
}

int list_top(ListView *list, int n_rows, int page)
{
    if (page < 1) page = 1;
    if (list->cursor >= n_rows) list->cursor = n_rows > 0 ? n_rows - 1 : 0;
    if (list->top > n_rows - page) list->top = n_rows - page;
    if (list->cursor < list->top) list->top = list->cursor;
    if (list->cursor >= list->top + page) list->top = list->cursor - page + 1;
    if (list->top < 0) list->top = 0;
    return list->top;
}

void draw_scrollbar(Canvas *canvas, Rect rect, int top, int n_rows)
{
    if (n_rows <= rect.height || rect.height < 2) return;
    int size = rect.height * rect.height / n_rows;
    if (size < 1) size = 1;
    int at = (rect.height - size) * top / (n_rows - rect.height);
    for (int i = 0; i < size; i++) canvas_text(canvas, rect.x, rect.y + at + i, LOOK_KEY, "█");
}

void draw_gauge(Canvas *canvas, int x, int y, int width, double share)
{
    int full = (int)(share * width + 0.5);
    for (int i = 0; i < width; i++)
        canvas_text(canvas, x + i, y, i < full ? LOOK_SERIES_2 : LOOK_DIM, i < full ? "█" : "·");
}

static Look look_of_ink(int ink)
{
    switch (ink) {
    case INK_STRONG:
        return LOOK_BOLD;
    case INK_FAINT:
        return LOOK_DIM;
    case INK_GOOD:
        return LOOK_GOOD;
    case INK_BAD:
        return LOOK_BAD;
    default:
        return ink >= INK_SERIES ? look_of_series(ink - INK_SERIES) : LOOK_PLAIN;
    }
}

void draw_chart(Canvas *canvas, Rect rect, Chart *chart)
{
    if (rect.width < 8 || rect.height < 3) return;
    if (!chart_set_ranges(chart)) {
        canvas_text(canvas, rect.x + 1, rect.y, LOOK_DIM, "nothing to draw");
        return;
    }
    ChartCell *cells = calloc((size_t)rect.width * (size_t)rect.height, sizeof *cells);
    if (cells == NULL) return;
    chart_draw(chart, !canvas->is_ascii, rect.width, rect.height, cells);
    for (int y = 0; y < rect.height; y++) {
        for (int x = 0; x < rect.width; x++) {
            const ChartCell *cell = &cells[y * rect.width + x];
            if (cell->text[0] != '\0' && strcmp(cell->text, " ") != 0)
                canvas_text(canvas, rect.x + x, rect.y + y, look_of_ink(cell->ink), cell->text);
        }
    }
    free(cells);
}

void slider_range(const FieldRow *row, double start, double *low, double *high, bool *is_log)
{
    *is_log = row->step > 1.0 && row->min >= 0.0 && start > 0.0 && row->type == FIELD_NUM;
    if (*is_log) {
        *low = start / 10.0;
        *high = start * 10.0;
    } else if (strcmp(row->unit, "frac") == 0 && row->max <= 1.0) {
        *low = 0.0;
        *high = 1.0;
    } else {
        double reach = fmax(fabs(start), 10.0 * row->step);
        *low = start - reach;
        *high = start + reach;
    }
    if (*low < row->min) *low = row->min;
    if (*high > row->max) *high = row->max;
}

static int slider_column(int width, double low, double high, bool is_log, double value)
{
    double share = is_log ? log(fmax(value, low) / low) / log(high / low) : (value - low) / (high - low);
    if (!(share > 0.0)) share = 0.0;
    if (share > 1.0) share = 1.0;
    return (int)lround(share * (width - 1));
}

void draw_slider(Canvas *canvas, int x, int y, int width, double low, double high, bool is_log, double start,
                 double value)
{
    if (width < 5 || !(high > low)) return;
    for (int i = 1; i + 1 < width; i++) canvas_text(canvas, x + i, y, LOOK_DIM, "─");
    canvas_text(canvas, x, y, LOOK_DIM, "├");
    canvas_text(canvas, x + width - 1, y, LOOK_DIM, "┤");
    canvas_text(canvas, x + slider_column(width, low, high, is_log, start), y, LOOK_DIM, "┼");
    canvas_text(canvas, x + slider_column(width, low, high, is_log, value), y, LOOK_KEY, "●");
}

void format_field(const Session *session, const FieldAt *field, char *out, size_t size)
{
    const FieldRow *row = field_ref_row(&field->ref);
    const void *group = inputs_group_const(session_inputs(session), field->ref.group, field->ref.index);
    double value = field_get(row, group);
    char number[FORMAT_BYTES];
    bool is_number = row->type == FIELD_NUM || row->type == FIELD_INT || row->type == FIELD_OPT;
    if (!is_number || !field_is_given(row, group)) {
        field_format(row, group, out, size);
        return;
    }
    bool is_share =
        strcmp(row->unit, "frac") == 0 || strcmp(row->unit, "/yr") == 0 || strcmp(row->unit, "/mo") == 0;
    if (is_share) {
        char digits[32];
        snprintf(digits, sizeof digits, "%.6g", value * 100.0);
        snprintf(out, size, "%s %%%s", digits, row->unit[0] == '/' ? row->unit : "");
        return;
    }
    if (fabs(value) >= 1e4 || (value != 0.0 && fabs(value) < 1e-3)) {
        snprintf(number, sizeof number, "%.6g", value);
        if (fabs(value) >= 1e4) format_si(value, number);
        /* Rounded for the eye only when nothing is lost; else all digits. */
    } else {
        snprintf(number, sizeof number, "%.6g", value);
    }
    bool has_unit = row->unit[0] != '\0' && strcmp(row->unit, "count") != 0;
    snprintf(out, size, "%s%s%s", number, has_unit ? " " : "", has_unit ? row->unit : "");
}

void draw_value(App *app, const FieldAt *field, int x, int y, int width, Look look)
{
    if (app_is_editing(app, field)) {
        editor_draw(&app->editor, app->canvas, x, y, width);
        return;
    }
    char text[FIELD_TEXT_BYTES + 32];
    format_field(app->session, field, text, sizeof text);
    canvas_text_fit(app->canvas, x, y, width, look, text);
}

void format_delta(double usd, char out[FORMAT_BYTES])
{
    char digits[FORMAT_BYTES];
    format_grouped(usd, digits);
    if (strcmp(digits, "0") == 0 || strcmp(digits, "-0") == 0) snprintf(digits, sizeof digits, "=");
    bool has_plus = usd > 0.0 && digits[0] != '=';
    snprintf(out, FORMAT_BYTES, "%s%.40s", has_plus ? "+" : "", digits);
}
