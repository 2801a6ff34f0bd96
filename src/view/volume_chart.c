/* NPV over volume: curves of all plans, break-even points, the scenario's own volume. Layer: view. */
#include "tokentco/report.h"

#include "tokentco/chart.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static double curve_at(const Answer *answer, int option, double volume, bool *has)
{
    int n = answer->resolved->inputs.n_options;
    double span = log(answer->volumes[CURVE_POINTS - 1] / answer->volumes[0]);
    int i = (int)lround(log(volume / answer->volumes[0]) / span * (CURVE_POINTS - 1));
    *has = i >= 0 && i < CURVE_POINTS && answer->has_npv[i * n + option];
    return *has ? answer->npv_usd[i * n + option] : 0.0;
}

static void add_mark(VolumeChart *out, const Answer *answer, int option, double volume, const char *label)
{
    Chart *chart = out->chart;
    bool has = false;
    double y = curve_at(answer, option, volume, &has);
    if (!has || chart->n_marks == CHART_MARKS_MAX) return;
    snprintf(out->marks[chart->n_marks], sizeof *out->marks, "%s", label);
    chart->marks[chart->n_marks] = (ChartMark){volume, y, out->marks[chart->n_marks]};
    chart->n_marks++;
}

/* The last crossing of each duel: from there on one stays ahead. */
static void add_crossings(VolumeChart *out, const Answer *answer)
{
    for (int d = 0; d < answer->n_duels; d++) {
        const Duel *duel = &answer->duels[d];
        if (!duel->has_crossings || duel->crossings.n == 0) continue;
        const Crossing *crossing = &duel->crossings.items[duel->crossings.n - 1];
        char volume[FORMAT_BYTES], label[96];
        format_si(crossing->requests_per_month, volume);
        int loser = crossing->cheaper_above == duel->a ? duel->b : duel->a;
        snprintf(label, sizeof label, "%s: %d beats %d", volume, crossing->cheaper_above + 1, loser + 1);
        add_mark(out, answer, crossing->cheaper_above, crossing->requests_per_month, label);
    }
}

bool volume_chart_build(const Answer *answer, VolumeChart *out)
{
    const Inputs *inputs = &answer->resolved->inputs;
    size_t n = (size_t)inputs->n_options * CURVE_POINTS;
    *out = (VolumeChart){calloc(1, sizeof *out->chart),
                         calloc(n + 1, sizeof *out->y),
                         calloc(n + 1, sizeof *out->has),
                         calloc(INPUT_OPTIONS_MAX, sizeof *out->labels),
                         calloc(CHART_MARKS_MAX, sizeof *out->marks),
                         {""}};
    if (out->chart == NULL || out->y == NULL || out->has == NULL || out->labels == NULL ||
        out->marks == NULL) {
        volume_chart_free(out);
        return false;
    }
    snprintf(out->titles[0], sizeof out->titles[0], "NPV by volume, %s, both axes logarithmic",
             inputs->currency);
    snprintf(out->titles[1], sizeof out->titles[1], "NPV, %s", inputs->currency);
    *out->chart = (Chart){
        .title = out->titles[0],
        .x = {.scale = SCALE_LOG,
              .has_range = true,
              .min = answer->volumes[0],
              .max = answer->volumes[CURVE_POINTS - 1],
              .title = "requests/month"},
        .y = {.scale = SCALE_LOG, .title = out->titles[1]},
    };
    for (int option = 0; option < inputs->n_options; option++) {
        double *y = out->y + option * CURVE_POINTS;
        bool *has = out->has + option * CURVE_POINTS, is_any = false;
        for (int i = 0; i < CURVE_POINTS; i++) {
            y[i] = answer->npv_usd[i * inputs->n_options + option];
            has[i] = answer->has_npv[i * inputs->n_options + option];
            is_any = is_any || has[i];
        }
        if (!is_any) continue;
        snprintf(out->labels[option], sizeof *out->labels, "%d", option + 1);
        out->chart->series[out->chart->n_series++] = (ChartSeries){
            inputs->options[option].name, out->labels[option], option, CURVE_POINTS, answer->volumes, y, has};
    }
    if (answer->best >= 0 && answer->volume > 0.0) add_mark(out, answer, answer->best, answer->volume, "now");
    add_crossings(out, answer);
    return true;
}

void volume_chart_free(VolumeChart *chart)
{
    free(chart->chart);
    free(chart->y);
    free(chart->has);
    free(chart->labels);
    free(chart->marks);
    *chart = (VolumeChart){0};
}
