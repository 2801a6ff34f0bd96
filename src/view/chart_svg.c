/* Charts as SVG. Layer: view.
 *
 * The bytes depend on nothing but the chart. Colours are those of the terminal; text takes the page's colour.
 */
#include "chart_map.h"

#include "tokentco/format.h"

#include <string.h>

enum { TOP = 28, BOTTOM = 44, LEFT = 58, RIGHT = 216, LABEL_HEIGHT = 15, CHARACTER_WIDTH = 7, TICKS = 9 };

void xml_add(Text *out, const char *text)
{
    for (; *text != '\0'; text++) {
        switch (*text) {
        case '&':
            text_add(out, "&amp;");
            break;
        case '<':
            text_add(out, "&lt;");
            break;
        case '>':
            text_add(out, "&gt;");
            break;
        case '"':
            text_add(out, "&quot;");
            break;
        case '\'':
            text_add(out, "&#39;");
            break;
        default:
            text_add_char(out, (unsigned char)*text < ' ' ? ' ' : *text, 1);
        }
    }
}

typedef struct Frame {
    const Chart *chart;
    Text *out;
    double left, top, width, height; /* of the plot */
} Frame;

static double to_x(const Frame *frame, double place)
{
    return frame->left + place * frame->width;
}

static double to_y(const Frame *frame, double place)
{
    return frame->top + (1.0 - place) * frame->height;
}

static void add_text(const Frame *frame, double x, double y, const char *anchor, const char *class,
                     const char *text)
{
    text_addf(frame->out, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" class=\"%s\">", x, y, anchor,
              class);
    xml_add(frame->out, text);
    text_add(frame->out, "</text>\n");
}

/* The looks stand here too: a chart on its own has no page whose style would give them. */
static void add_grid_line(const Frame *frame, double x1, double y1, double x2, double y2)
{
    text_addf(frame->out,
              "<line class=\"grid\" stroke=\"#e6e6e6\" x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\"/>\n",
              x1, x2, y1, y2);
}

static void add_axes(const Frame *frame)
{
    double ticks[CHART_TICKS_MAX], place;
    char label[FORMAT_BYTES];
    int n = chart_ticks(&frame->chart->y, TICKS, ticks);
    for (int i = 0; i < n; i++) {
        if (!chart_place(&frame->chart->y, ticks[i], &place)) continue;
        double y = to_y(frame, place);
        add_grid_line(frame, frame->left, y, frame->left + frame->width, y);
        format_si(ticks[i], label);
        add_text(frame, frame->left - 8, y + 4, "end", "tick", label);
    }
    n = chart_ticks(&frame->chart->x, TICKS, ticks);
    double bottom = frame->top + frame->height;
    for (int i = 0; i < n; i++) {
        if (!chart_place(&frame->chart->x, ticks[i], &place)) continue;
        double x = to_x(frame, place);
        add_grid_line(frame, x, frame->top, x, bottom);
        format_si(ticks[i], label);
        add_text(frame, x, bottom + 18, "middle", "tick", label);
    }
    add_text(frame, frame->left + frame->width, bottom + 36, "end", "tick", frame->chart->x.title);
    add_text(frame, frame->left - LEFT + 4, frame->top - 14, "start", "tick", frame->chart->y.title);
}

static void add_series(const Frame *frame, const ChartSeries *series)
{
    const SeriesStyle *look = series_style(series->slot);
    text_addf(frame->out, "<path fill=\"none\" stroke=\"%s\" stroke-width=\"%s\"", look->hex,
              look->is_thick ? "3.2" : "2");
    if (look->dash[0] != '\0') text_addf(frame->out, " stroke-dasharray=\"%s\"", look->dash);
    text_add(frame->out, " d=\"");
    bool is_down = false;
    for (int i = 0; i < series->n; i++) {
        double x, y;
        bool is_in = chart_place_point(frame->chart, series, i, &x, &y) && x >= 0.0 && x <= 1.0 && y >= 0.0 &&
                     y <= 1.0;
        if (is_in) text_addf(frame->out, "%s%.1f %.1f", is_down ? "L" : "M", to_x(frame, x), to_y(frame, y));
        is_down = is_in;
    }
    text_add(frame->out, "\"><title>");
    xml_add(frame->out, series->name);
    text_add(frame->out, "</title></path>\n");
}

typedef struct EndLabel {
    double y;
    const ChartSeries *series;
} EndLabel;

/* Names at the line ends, from the top down, pushed apart where they would touch. */
static void add_end_labels(const Frame *frame)
{
    EndLabel labels[CHART_SERIES_MAX];
    int n = 0;
    for (int s = 0; s < frame->chart->n_series; s++) {
        const ChartSeries *series = &frame->chart->series[s];
        double x, y = 0.0;
        int i = series->n - 1;
        while (i >= 0 && !(chart_place_point(frame->chart, series, i, &x, &y) && y >= 0.0 && y <= 1.0)) i--;
        if (i < 0) continue;
        int at = n++;
        for (; at > 0 && labels[at - 1].y > to_y(frame, y); at--) labels[at] = labels[at - 1];
        labels[at] = (EndLabel){to_y(frame, y), series};
    }
    for (int i = 1; i < n; i++)
        if (labels[i].y < labels[i - 1].y + LABEL_HEIGHT) labels[i].y = labels[i - 1].y + LABEL_HEIGHT;
    for (int i = 0; i < n; i++) {
        const ChartSeries *series = labels[i].series;
        double x = frame->left + frame->width + 8;
        text_addf(frame->out, "<text x=\"%.1f\" y=\"%.1f\" class=\"label\" fill=\"%s\">", x, labels[i].y + 4,
                  series_style(series->slot)->hex);
        Text name;
        text_init(&name);
        text_addf(&name, "%s%s%s", series->label, series->label[0] != '\0' ? " " : "", series->name);
        Text cut;
        text_init(&cut);
        int columns = (RIGHT - 10) / CHARACTER_WIDTH;
        width_add(&cut, text_str(&name),
                  width_of(text_str(&name)) < columns ? width_of(text_str(&name)) : columns, ALIGN_LEFT, 1);
        xml_add(frame->out, text_str(&cut));
        text_add(frame->out, "</text>\n");
        text_free(&cut);
        text_free(&name);
    }
}

/* Where a remark may stand beside its point, tried in this order. */
typedef struct RemarkPlace {
    double dx, dy;
    bool is_left;
} RemarkPlace;

static const RemarkPlace remark_places[] = {{-8, -10, true}, {8, 18, false}, {-8, -26, true},
                                            {8, 34, false},  {-8, 18, true}, {8, -10, false},
                                            {-8, -42, true}, {8, 50, false}};
enum { N_REMARK_PLACES = sizeof remark_places / sizeof *remark_places, REMARK_HEIGHT = 13 };

typedef struct Box {
    double left, right, baseline;
} Box;

static Box remark_box(const RemarkPlace *place, double x, double y, int columns)
{
    double width = columns * CHARACTER_WIDTH, start = x + place->dx - (place->is_left ? width : 0.0);
    return (Box){start, start + width, y + place->dy};
}

static bool is_free(const Box *box, const Box *taken, int n)
{
    for (int i = 0; i < n; i++)
        if (box->left < taken[i].right && box->right > taken[i].left &&
            fabs(box->baseline - taken[i].baseline) < REMARK_HEIGHT)
            return false;
    return true;
}

static void add_marks(const Frame *frame)
{
    Box taken[CHART_MARKS_MAX];
    int n_taken = 0;
    for (int i = 0; i < frame->chart->n_marks; i++) {
        const ChartMark *mark = &frame->chart->marks[i];
        double place_x, place_y;
        if (!chart_place(&frame->chart->x, mark->x, &place_x) ||
            !chart_place(&frame->chart->y, mark->y, &place_y))
            continue;
        if (place_x < 0.0 || place_x > 1.0 || place_y < 0.0 || place_y > 1.0) continue;
        double x = to_x(frame, place_x), y = to_y(frame, place_y);
        int p = 0;
        Box box = remark_box(&remark_places[0], x, y, width_of(mark->label));
        while (!is_free(&box, taken, n_taken) && ++p < N_REMARK_PLACES)
            box = remark_box(&remark_places[p], x, y, width_of(mark->label));
        text_addf(frame->out,
                  "<circle class=\"mark\" fill=\"#fff\" stroke=\"#222\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>\n",
                  x, y);
        if (p == N_REMARK_PLACES) continue;
        taken[n_taken++] = box;
        bool is_left = remark_places[p].is_left;
        add_text(frame, is_left ? box.right : box.left, box.baseline, is_left ? "end" : "start", "remark",
                 mark->label);
    }
}

void chart_add_svg(Chart *chart, const char *id, int width, int height, Text *out)
{
    text_addf(out,
              "<svg viewBox=\"0 0 %d %d\" font-family=\"system-ui,sans-serif\" font-size=\"12\" role=\"img\" "
              "aria-labelledby=\"%s-title %s-desc\" xmlns=\"http://www.w3.org/2000/svg\">\n",
              width, height, id, id);
    text_addf(out, "<title id=\"%s-title\">", id);
    xml_add(out, chart->title);
    text_addf(out, "</title>\n<desc id=\"%s-desc\">", id);
    for (int s = 0; s < chart->n_series; s++) {
        if (s > 0) text_add(out, ", ");
        xml_add(out, chart->series[s].name);
    }
    text_add(out, "</desc>\n");
    Frame frame = {chart, out, LEFT, TOP, width - LEFT - RIGHT, height - TOP - BOTTOM};
    if (chart_set_ranges(chart)) {
        add_axes(&frame);
        for (int s = 0; s < chart->n_series; s++) add_series(&frame, &chart->series[s]);
        add_end_labels(&frame);
        add_marks(&frame);
    } else {
        add_text(&frame, width / 2.0, height / 2.0, "middle", "tick", "nothing to draw");
    }
    text_add(out, "</svg>\n");
}
