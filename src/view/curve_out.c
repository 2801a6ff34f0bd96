/* Curves as text, SVG, CSV and JSON. Layer: view. */
#include "tokentco/curve.h"

#include "json_build.h"
#include "tokentco/format.h"

#include <string.h>

enum { INDENT = 2, HEIGHT = 18, SVG_WIDTH = 900, SVG_HEIGHT = 460, LABEL_BYTES = 16 };

/* The chart borrows from the set and from `labels`. Bands are drawn where one option is shown alone. */
static void make_chart(const CurveSet *set, char labels[CURVE_SERIES_MAX][LABEL_BYTES], char *title,
                       size_t size, Chart *chart)
{
    bool is_time = set->request.over == CURVE_TIME, is_positive = set->request.show != CURVE_BY_CATEGORY;
    Scale scale = is_time ? SCALE_LINEAR : SCALE_LOG;
    const char *by = is_time ? "month" : axes[set->request.over].title;
    const char *scales = is_time ? "" : is_positive ? " (log scales)" : " (log)";
    snprintf(title, size, "%s, by %s%s", set->y_title, by, scales);
    *chart =
        (Chart){.title = title,
                .x = {.scale = scale,
                      .has_range = true,
                      .min = set->x[0],
                      .max = set->x[set->n - 1],
                      .title = set->x_title},
                .y = {.scale = is_time || !is_positive ? SCALE_LINEAR : SCALE_LOG, .title = set->y_title}};
    if (set->n == 1) chart->x.max = chart->x.min + 1.0;
    for (int l = 0; l < set->n_lines; l++) {
        const CurveLine *line = &set->lines[l];
        bool is_any = false;
        for (int i = 0; i < set->n; i++) is_any = is_any || line->has[i];
        snprintf(labels[l], LABEL_BYTES, "%d",
                 set->request.show == CURVE_BY_CATEGORY ? l + 1 : line->option + 1);
        if (!is_any) continue;
        chart->series[chart->n_series++] =
            (ChartSeries){line->name, labels[l], line->slot, set->n, set->x, line->y, line->has};
        if (!line->has_band || set->request.option < 0) continue;
        chart->series[chart->n_series++] = (ChartSeries){
            "slow: p10 of the speed", "p10", line->slot + 1, set->n, set->x, line->y_slow, line->has_slow};
        chart->series[chart->n_series++] = (ChartSeries){
            "fast: p90 of the speed", "p90", line->slot + 2, set->n, set->x, line->y_fast, line->has_fast};
    }
}

/* "3 llama-70b on rented H100   speed calibrated, p10/p90 -21/+33 %" */
static void add_legend(const CurveSet *set, const Style *style, Text *out)
{
    const Inputs *inputs = &set->answer->resolved->inputs;
    for (int l = 0; l < set->n_lines; l++) {
        const CurveLine *line = &set->lines[l];
        const OptionInputs *option = &inputs->options[line->option];
        const OptionResult *result = workspace_result(set->answer->workspace, line->option);
        char number[16];
        snprintf(number, sizeof number, "%d",
                 set->request.show == CURVE_BY_CATEGORY ? l + 1 : line->option + 1);
        text_add_char(out, ' ', INDENT);
        style_add(style, out, INK_SERIES + line->slot, number);
        text_addf(out, "  %s", line->name);
        if (set->request.show != CURVE_BY_CATEGORY && (1u << option->kind & KIND_SELF) != 0 &&
            !option->is_blocked) {
            text_addf(out, "   speed %s", basis_name(option->basis.basis));
            if (option->basis.has_band)
                text_addf(out, ", p10/p90 %+.0f/%+.0f %%", 100.0 * (option->basis.band_p10 - 1.0),
                          100.0 * (option->basis.band_p90 - 1.0));
        }
        if (!result->is_feasible) text_addf(out, "   as it is: %.60s", result->reason);
        text_add(out, "\n");
    }
}

void curve_add_text(const CurveSet *set, const Style *style, Text *out)
{
    char labels[CURVE_SERIES_MAX][LABEL_BYTES], title[160];
    Chart chart;
    make_chart(set, labels, title, sizeof title, &chart);
    style_add(style, out, INK_STRONG, set->answer->resolved->inputs.name);
    text_add(out, "\n\n");
    if (chart.n_series > 0) {
        chart_add_text(&chart, style, INDENT, HEIGHT, out);
    } else {
        text_add(out, "  no option can serve any of it\n");
    }
    text_add(out, "\n");
    add_legend(set, style, out);
}

void curve_add_svg(const CurveSet *set, Text *out)
{
    char labels[CURVE_SERIES_MAX][LABEL_BYTES], title[160];
    Chart chart;
    make_chart(set, labels, title, sizeof title, &chart);
    text_add(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    chart_add_svg(&chart, "curve", SVG_WIDTH, SVG_HEIGHT, out);
    text_add(out, "\n");
}

static void put_number(CsvOut *csv, bool has, double value)
{
    if (has) {
        csv_out_number(csv, value);
    } else {
        csv_out_null(csv);
    }
}

static const char *axis_name(const CurveSet *set)
{
    return set->request.over == CURVE_TIME ? "month" : axes[set->request.over].name;
}

void curve_add_csv(const CurveSet *set, Text *out)
{
    const Inputs *inputs = &set->answer->resolved->inputs;
    static const char *const rest[] = {"show", "currency", "value", "value_slow", "value_fast", "basis"};
    CsvOut csv;
    csv_out_init(&csv, out, CSV_RFC4180);
    csv_out_text(&csv, "option");
    csv_out_text(&csv, axis_name(set));
    for (size_t i = 0; i < sizeof rest / sizeof *rest; i++) csv_out_text(&csv, rest[i]);
    csv_out_end_line(&csv);
    for (int l = 0; l < set->n_lines; l++) {
        const CurveLine *line = &set->lines[l];
        const OptionInputs *option = &inputs->options[line->option];
        bool is_self = (1u << option->kind & KIND_SELF) != 0;
        for (int i = 0; i < set->n; i++) {
            csv_out_text(&csv, option->name);
            csv_out_number(&csv, set->x[i]);
            csv_out_text(&csv, set->request.show == CURVE_BY_CATEGORY
                                   ? line->name
                                   : curve_show_name((int)set->request.show));
            csv_out_text(&csv, inputs->currency);
            put_number(&csv, line->has[i], line->y[i]);
            put_number(&csv, line->has_band && line->has_slow[i], line->y_slow[i]);
            put_number(&csv, line->has_band && line->has_fast[i], line->y_fast[i]);
            if (is_self) {
                csv_out_text(&csv, basis_name(option->basis.basis));
            } else {
                csv_out_null(&csv);
            }
            csv_out_end_line(&csv);
        }
    }
}

static json_t *values_json(const double *y, const bool *has, int n)
{
    json_t *list = json_array();
    for (int i = 0; i < n; i++) json_array_append_new(list, has[i] ? json_number_or_null(y[i]) : json_null());
    return list;
}

void curve_add_json(const CurveSet *set, Text *out)
{
    const Inputs *inputs = &set->answer->resolved->inputs;
    json_t *document = json_object(), *x = json_array(), *lines = json_array();
    json_object_set_new(document, "schema", json_string("tokentco/curve/1"));
    json_object_set_new(document, "scenario", json_string(inputs->name));
    json_object_set_new(document, "currency", json_string(inputs->currency));
    json_object_set_new(document, "over", json_string(axis_name(set)));
    json_object_set_new(document, "show", json_string(curve_show_name((int)set->request.show)));
    for (int i = 0; i < set->n; i++) json_array_append_new(x, json_real(set->x[i]));
    json_object_set_new(document, "x", x);
    for (int l = 0; l < set->n_lines; l++) {
        const CurveLine *line = &set->lines[l];
        const OptionInputs *option = &inputs->options[line->option];
        bool is_self = (1u << option->kind & KIND_SELF) != 0;
        json_t *object = json_object();
        json_object_set_new(object, "option", json_string(option->name));
        json_object_set_new(object, "name", json_string(line->name));
        json_object_set_new(object, "basis",
                            is_self ? json_string(basis_name(option->basis.basis)) : json_null());
        json_object_set_new(object, "y", values_json(line->y, line->has, set->n));
        json_object_set_new(object, "y_slow",
                            line->has_band ? values_json(line->y_slow, line->has_slow, set->n) : json_null());
        json_object_set_new(object, "y_fast",
                            line->has_band ? values_json(line->y_fast, line->has_fast, set->n) : json_null());
        json_array_append_new(lines, object);
    }
    json_object_set_new(document, "lines", lines);
    json_add_document(document, out);
}
