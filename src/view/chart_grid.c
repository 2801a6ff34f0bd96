/* Charts as characters. Layer: view.
 *
 * Lines are drawn as dots, 2 x 4 to a character, which become a braille pattern (U+2800 plus one bit a dot),
 * or the series' own character without UTF-8.
 */
#include "chart_map.h"

#include "tokentco/arena.h"
#include "tokentco/format.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    DOTS_X = 2,
    DOTS_Y = 4,
    LABEL_GUTTER = 3,
    MIN_AXES_WIDTH = 30,
    MIN_AXES_HEIGHT = 6,
    ROWS_PER_Y_TICK = 2,
    COLUMNS_PER_X_TICK = 9
};

/* The part of the cells that the lines are in, and the dots of each of its characters. */
typedef struct Canvas {
    ChartCell *cells;
    int width, height; /* of the whole */
    int left, top;     /* of the plot */
    int plot_width, plot_height;
    unsigned char *dots; /* plot_width x plot_height */
    bool is_utf8;
} Canvas;

static ChartCell *cell_at(Canvas *canvas, int x, int y)
{
    return &canvas->cells[y * canvas->width + x];
}

static void put(Canvas *canvas, int x, int y, const char *text, int ink)
{
    if (x < 0 || y < 0 || x >= canvas->width || y >= canvas->height) return;
    ChartCell *cell = cell_at(canvas, x, y);
    snprintf(cell->text, sizeof cell->text, "%s", text);
    cell->ink = ink;
}

/* One cluster of text to a cell. */
static void put_text(Canvas *canvas, int x, int y, const char *text, int ink)
{
    for (; *text != '\0'; x++) {
        size_t n = width_fit(text, 1);
        if (n == 0 || n >= sizeof((ChartCell *)0)->text) return;
        char part[8];
        memcpy(part, text, n);
        part[n] = '\0';
        put(canvas, x, y, part, ink);
        text += n;
    }
}

static void set_dot(Canvas *canvas, int x, int y, int slot)
{
    if (x < 0 || y < 0 || x >= canvas->plot_width * DOTS_X || y >= canvas->plot_height * DOTS_Y) return;
    static const unsigned char bits[DOTS_Y][DOTS_X] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    int column = x / DOTS_X, row = y / DOTS_Y;
    unsigned char *dots = &canvas->dots[row * canvas->plot_width + column];
    *dots = (unsigned char)(*dots | bits[y % DOTS_Y][x % DOTS_X]);
    char text[8];
    if (canvas->is_utf8) {
        unsigned point = 0x2800u + *dots;
        snprintf(text, sizeof text, "%c%c%c", (char)(0xE0u | point >> 12),
                 (char)(0x80u | (point >> 6 & 0x3Fu)), (char)(0x80u | (point & 0x3Fu)));
    } else {
        snprintf(text, sizeof text, "%c", series_style(slot)->ascii);
    }
    put(canvas, canvas->left + column, canvas->top + row, text, INK_SERIES + slot);
}

typedef struct Pen {
    int slot;
    int n_drawn; /* dots along the line so far, for the dashes */
} Pen;

static void draw_segment(Canvas *canvas, Pen *pen, const double from[2], const double to[2])
{
    const SeriesStyle *look = series_style(pen->slot);
    double dx = to[0] - from[0], dy = to[1] - from[1];
    int n_steps = (int)ceil(fmax(fabs(dx), fabs(dy)));
    if (n_steps < 1) n_steps = 1;
    for (int i = 0; i < n_steps; i++) {
        double t = (double)i / n_steps;
        bool is_on = pen->n_drawn++ % (look->dots_on + look->dots_off) < look->dots_on;
        if (!is_on) continue;
        int x = (int)lround(from[0] + t * dx), y = (int)lround(from[1] + t * dy);
        set_dot(canvas, x, y, pen->slot);
        if (look->is_thick) set_dot(canvas, x, y + 1, pen->slot);
    }
}

/* Dot coordinates of a point; far outside points are pulled near so that the walk along the line stays short.
 */
static void to_dots(const Canvas *canvas, double x, double y, double out[2])
{
    x = fmin(fmax(x, -1.0), 2.0);
    y = fmin(fmax(y, -1.0), 2.0);
    out[0] = x * (canvas->plot_width * DOTS_X - 1);
    out[1] = (1.0 - y) * (canvas->plot_height * DOTS_Y - 1);
}

static void draw_series(Canvas *canvas, const Chart *chart, const ChartSeries *series)
{
    Pen pen = {.slot = series->slot};
    double last[2] = {0};
    bool has_last = false;
    for (int i = 0; i < series->n; i++) {
        double x, y, here[2];
        if (!chart_place_point(chart, series, i, &x, &y)) {
            has_last = false;
            continue;
        }
        to_dots(canvas, x, y, here);
        if (has_last) draw_segment(canvas, &pen, last, here);
        memcpy(last, here, sizeof last);
        has_last = true;
    }
    if (has_last) draw_segment(canvas, &pen, last, last);
}

/* Labels stand where the lines end, side by side when they end in the same row. */
static void draw_end_labels(Canvas *canvas, const Chart *chart)
{
    for (int s = 0; s < chart->n_series; s++) {
        const ChartSeries *series = &chart->series[s];
        double x = 0.0, y = 0.0;
        int i = series->n - 1;
        while (i >= 0 && !chart_place_point(chart, series, i, &x, &y)) i--;
        if (i < 0 || y < 0.0 || y > 1.0 || x < 0.0 || x > 1.0) continue;
        double at[2];
        to_dots(canvas, x, y, at);
        int row = canvas->top + (int)lround(at[1]) / DOTS_Y,
            column = canvas->left + (int)lround(at[0]) / DOTS_X + 1;
        while (column < canvas->width && cell_at(canvas, column, row)->text[0] != ' ') column++;
        put_text(canvas, column, row, series->label, INK_SERIES + series->slot);
    }
}

static bool is_blank(Canvas *canvas, int x, int y, int n)
{
    if (x < canvas->left || y < canvas->top || y >= canvas->top + canvas->plot_height ||
        x + n > canvas->left + canvas->plot_width)
        return false;
    for (int i = 0; i < n; i++)
        if (cell_at(canvas, x + i, y)->text[0] != ' ') return false;
    return true;
}

/* The pointer goes under or over its point, the remark beside it wherever nothing is covered. */
static void draw_mark(Canvas *canvas, const Chart *chart, const ChartMark *mark)
{
    double x, y, at[2];
    if (!chart_place(&chart->x, mark->x, &x) || !chart_place(&chart->y, mark->y, &y)) return;
    if (x < 0.0 || x > 1.0 || y < 0.0 || y > 1.0) return;
    to_dots(canvas, x, y, at);
    int column = canvas->left + (int)lround(at[0]) / DOTS_X, row = canvas->top + (int)lround(at[1]) / DOTS_Y;
    const char *up = canvas->is_utf8 ? "▲" : "^", *down = canvas->is_utf8 ? "▼" : "v";
    int width = width_of(mark->label);
    for (int distance = 1; distance < canvas->plot_height; distance++) {
        for (int side = 1; side >= -1; side -= 2) {
            int line = row + side * distance;
            int before = column - width - 1, after = column + 2;
            bool is_after = is_blank(canvas, column, line, width + 3),
                 is_before = is_blank(canvas, before, line, width + 2);
            if (!is_after && !is_before) continue;
            put_text(canvas, column, line, side > 0 ? up : down, INK_STRONG);
            put_text(canvas, is_after ? after : before, line, mark->label, INK_STRONG);
            return;
        }
    }
    put_text(canvas, column, row, canvas->is_utf8 ? "◆" : "@", INK_STRONG);
}

static int y_label_width(const Chart *chart, const double *ticks, int n_ticks)
{
    (void)chart;
    int widest = 0;
    for (int i = 0; i < n_ticks; i++) {
        char label[FORMAT_BYTES];
        format_si(ticks[i], label);
        if (width_of(label) > widest) widest = width_of(label);
    }
    return widest;
}

static void draw_y_axis(Canvas *canvas, const Chart *chart, const double *ticks, int n_ticks)
{
    for (int y = 0; y < canvas->plot_height; y++)
        put(canvas, canvas->left - 1, canvas->top + y, canvas->is_utf8 ? "│" : "|", INK_FAINT);
    for (int i = 0; i < n_ticks; i++) {
        double place, at[2];
        if (!chart_place(&chart->y, ticks[i], &place)) continue;
        to_dots(canvas, 0.0, place, at);
        int row = canvas->top + (int)lround(at[1]) / DOTS_Y;
        char label[FORMAT_BYTES];
        format_si(ticks[i], label);
        put_text(canvas, canvas->left - 2 - width_of(label), row, label, INK_FAINT);
        put(canvas, canvas->left - 1, row, canvas->is_utf8 ? "┤" : "+", INK_FAINT);
    }
}

static void draw_x_axis(Canvas *canvas, const Chart *chart)
{
    int row = canvas->top + canvas->plot_height;
    for (int x = 0; x < canvas->plot_width; x++)
        put(canvas, canvas->left + x, row, canvas->is_utf8 ? "─" : "-", INK_FAINT);
    put(canvas, canvas->left - 1, row, canvas->is_utf8 ? "└" : "+", INK_FAINT);
    double ticks[CHART_TICKS_MAX];
    int n_ticks = chart_ticks(&chart->x, canvas->plot_width / COLUMNS_PER_X_TICK, ticks);
    int free_from = 0, title_width = width_of(chart->x.title);
    int title_at = canvas->width - title_width;
    for (int i = 0; i < n_ticks; i++) {
        double place, at[2];
        if (!chart_place(&chart->x, ticks[i], &place)) continue;
        to_dots(canvas, place, 0.0, at);
        int column = canvas->left + (int)lround(at[0]) / DOTS_X;
        put(canvas, column, row, canvas->is_utf8 ? "┬" : "+", INK_FAINT);
        char label[FORMAT_BYTES];
        format_si(ticks[i], label);
        int start = column - width_of(label) / 2, end = start + width_of(label);
        if (start < free_from || end > title_at - 1) continue;
        put_text(canvas, start, row + 1, label, INK_FAINT);
        free_from = end + 2;
    }
    put_text(canvas, title_at, row + 1, chart->x.title, INK_FAINT);
}

void chart_draw(Chart *chart, bool is_utf8, int width, int height, ChartCell *cells)
{
    for (int i = 0; i < width * height; i++) cells[i] = (ChartCell){.text = " ", .ink = INK_PLAIN};
    if (width < 1 || height < 1) return;
    Canvas canvas = {.cells = cells, .width = width, .height = height, .is_utf8 = is_utf8};
    if (!chart_set_ranges(chart)) {
        put_text(&canvas, 0, height / 2, "nothing to draw", INK_FAINT);
        return;
    }
    bool has_axes = width >= MIN_AXES_WIDTH && height >= MIN_AXES_HEIGHT;
    double ticks[CHART_TICKS_MAX];
    int n_ticks = 0;
    canvas.plot_width = width;
    canvas.plot_height = height;
    if (has_axes) {
        canvas.plot_height = height - 2;
        n_ticks = chart_ticks(&chart->y, canvas.plot_height / ROWS_PER_Y_TICK + 1, ticks);
        canvas.left = y_label_width(chart, ticks, n_ticks) + 2;
        canvas.plot_width = width - canvas.left - LABEL_GUTTER;
    }
    Arena arena;
    arena_init(&arena);
    canvas.dots = arena_alloc(&arena, (size_t)(canvas.plot_width * canvas.plot_height));
    if (has_axes) {
        draw_y_axis(&canvas, chart, ticks, n_ticks);
        draw_x_axis(&canvas, chart);
    }
    for (int s = 0; s < chart->n_series; s++) draw_series(&canvas, chart, &chart->series[s]);
    if (has_axes) draw_end_labels(&canvas, chart);
    for (int i = 0; i < chart->n_marks; i++) draw_mark(&canvas, chart, &chart->marks[i]);
    arena_free(&arena);
}

static void add_legend(const Chart *chart, const Style *style, int indent, Text *out)
{
    Text legend;
    text_init(&legend);
    int width = 0;
    for (int s = 0; s < chart->n_series; s++) {
        const ChartSeries *series = &chart->series[s];
        const SeriesStyle *look = series_style(series->slot);
        char plain[3] = {look->ascii, look->ascii, '\0'};
        text_addf(&legend, "%s%s ", s > 0 ? "  " : "", series->label);
        style_add(style, &legend, INK_SERIES + series->slot, style->is_utf8 ? look->sample : plain);
        width += (s > 0 ? 2 : 0) + width_of(series->label) + 3;
    }
    text_add_char(out, ' ', (size_t)indent);
    style_begin(style, out, INK_FAINT);
    width_add(out, chart->title, style->width - indent - width, ALIGN_LEFT, style->is_utf8);
    style_end(style, out, INK_FAINT);
    text_add(out, text_str(&legend));
    text_add(out, "\n");
    text_free(&legend);
}

void chart_add_text(Chart *chart, const Style *style, int indent, int height, Text *out)
{
    int width = style->width - indent;
    ChartCell *cells = calloc((size_t)(width * height), sizeof *cells);
    if (cells == NULL) return;
    chart_draw(chart, style->is_utf8, width, height, cells);
    add_legend(chart, style, indent, out);
    for (int y = 0; y < height; y++) {
        int last = width - 1;
        while (last >= 0 && strcmp(cells[y * width + last].text, " ") == 0) last--;
        if (last >= 0) text_add_char(out, ' ', (size_t)indent);
        for (int x = 0; x <= last; x++)
            style_add(style, out, cells[y * width + x].ink, cells[y * width + x].text);
        text_add(out, "\n");
    }
    free(cells);
}
