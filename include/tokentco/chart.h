/* Charts: series to a grid of dots, braille (2 x 4) or ASCII, and to SVG.
 *
 * Layer: view. A Chart borrows everything that it points to. Points whose x or y is unknown (`has` false),
 * not finite, or not positive on a logarithmic axis break the line.
 */
#ifndef TOKENTCO_CHART_H
#define TOKENTCO_CHART_H

#include "tokentco/style.h"

#include <stdbool.h>

typedef enum Scale { SCALE_LINEAR, SCALE_LOG } Scale;

typedef struct ChartAxis {
    Scale scale;
    bool has_range; /* else from the data */
    double min, max;
    const char *title;
} ChartAxis;

typedef struct ChartSeries {
    const char *name;  /* full, for SVG */
    const char *label; /* short, for the terminal: "1" */
    int slot;          /* look: series_style(slot) */
    int n;
    const double *x, *y;
    const bool *has; /* NULL: all known */
} ChartSeries;

/* A point worth a remark: a crossing, the present volume. */
typedef struct ChartMark {
    double x, y;
    const char *label;
} ChartMark;

enum { CHART_SERIES_MAX = 16, CHART_MARKS_MAX = 16, CHART_TICKS_MAX = 24 };

typedef struct Chart {
    const char *title;
    ChartAxis x, y;
    int n_series, n_marks;
    ChartSeries series[CHART_SERIES_MAX];
    ChartMark marks[CHART_MARKS_MAX];
} Chart;

/* Positions of an axis's ticks: round numbers, at most `n_max` (<= CHART_TICKS_MAX) of them, all inside [min,
 * max]. Log axes take decades, 1-3 or 1-2-5 series, as many as fit. Returns their number. */
int chart_ticks(const ChartAxis *axis, int n_max, double *out);

/* Fills in the ranges that are not given; round, and wide enough for all series and marks. False when there
 * is nothing to draw. */
bool chart_set_ranges(Chart *chart);

/* One character of the picture. `ink` as in style_add. */
typedef struct ChartCell {
    char text[8]; /* UTF-8, one column */
    int ink;
} ChartCell;

/* Draws the chart with axes, tick labels, marks and labels at the line ends into `cells` of width x height,
 * row by row. The series that was given last lies on top. Small sizes (under 30 x 6) leave the axes out. */
void chart_draw(Chart *chart, bool is_utf8, int width, int height, ChartCell *cells);

/* The same as lines of text behind `indent` blanks, with title and legend above. */
void chart_add_text(Chart *chart, const Style *style, int indent, int height, Text *out);

/* A self-contained <svg> element of this size in user units, with <title> and <desc>; plans as lines of their
 * own colour and dash with their names at the right end. `id` makes its ids unique in a page. */
void chart_add_svg(Chart *chart, const char *id, int width, int height, Text *out);

/* Text for XML and HTML, with the five special characters escaped; control characters become blanks. */
void xml_add(Text *out, const char *text);

#endif
