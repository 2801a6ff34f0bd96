/* Axes: ranges and round ticks. Layer: view. */
#include "tokentco/chart.h"

#include <math.h>

static bool is_drawable(const ChartAxis *axis, double value)
{
    return isfinite(value) && (axis->scale == SCALE_LINEAR || value > 0.0);
}

/* The smallest of 1, 2, 5 x 10^k that is at least `raw`. */
static double nice_step(double raw)
{
    double power = pow(10.0, floor(log10(raw)));
    static const double steps[] = {1.0, 2.0, 5.0, 10.0};
    for (int i = 0; i < 4; i++)
        if (steps[i] * power >= raw * (1.0 - 1e-9)) return steps[i] * power;
    return 10.0 * power;
}

static int linear_ticks(const ChartAxis *axis, int n_max, double *out)
{
    double span = axis->max - axis->min;
    if (!(span > 0.0) || n_max < 2) return 0;
    double step = nice_step(span / n_max);
    int n = 0;
    for (double k = ceil(axis->min / step - 1e-9); k * step <= axis->max + 1e-9 * span && n < n_max; k += 1.0)
        out[n++] = k == 0.0 ? 0.0 : k * step;
    return n;
}

/* All `factors` x 10^k inside the range; their number may exceed what `out` holds, then only the count is
 * right. */
static int decade_ticks(const ChartAxis *axis, const double *factors, int n_factors, int every, int n_max,
                        double *out)
{
    int n = 0;
    int first = (int)floor(log10(axis->min)), last = (int)ceil(log10(axis->max));
    for (int decade = first; decade <= last; decade++) {
        if (every > 1 && decade % every != 0) continue;
        for (int i = 0; i < n_factors; i++) {
            double tick = factors[i] * pow(10.0, decade);
            if (tick < axis->min * (1.0 - 1e-9) || tick > axis->max * (1.0 + 1e-9)) continue;
            if (n < n_max) out[n] = tick;
            n++;
        }
    }
    return n;
}

int chart_ticks(const ChartAxis *axis, int n_max, double *out)
{
    if (n_max > CHART_TICKS_MAX) n_max = CHART_TICKS_MAX;
    if (axis->scale == SCALE_LINEAR) return linear_ticks(axis, n_max, out);
    if (!(axis->min > 0.0) || !(axis->max > axis->min)) return 0;
    static const struct {
        double factors[3];
        int n, every;
    } series[] = {
        {{1, 2, 5}, 3, 1}, {{1, 3, 0}, 2, 1}, {{1, 0, 0}, 1, 1}, {{1, 0, 0}, 1, 2}, {{1, 0, 0}, 1, 3}};
    for (int i = 0; i < 5; i++) {
        int n = decade_ticks(axis, series[i].factors, series[i].n, series[i].every, n_max, out);
        if (n <= n_max) return n;
    }
    return 0;
}

static void include(ChartAxis *axis, double value, bool *is_begun)
{
    if (!is_drawable(axis, value)) return;
    if (!*is_begun || value < axis->min) axis->min = value;
    if (!*is_begun || value > axis->max) axis->max = value;
    *is_begun = true;
}

/* Rounds a range found in the data outwards, so that lines do not run along the frame. */
static void round_range(ChartAxis *axis)
{
    if (axis->scale == SCALE_LOG) {
        static const double factors[] = {1.0, 3.0, 10.0};
        double low = pow(10.0, floor(log10(axis->min) + 1e-9)),
               high = pow(10.0, ceil(log10(axis->max) - 1e-9));
        axis->min = axis->min >= factors[1] * low ? factors[1] * low : low;
        axis->max = axis->max <= factors[1] * high / factors[2] ? factors[1] * high / factors[2] : high;
        if (axis->max <= axis->min) axis->max = 10.0 * axis->min;
        return;
    }
    if (axis->min > 0.0 && axis->min < 0.5 * axis->max) axis->min = 0.0;
    double span = axis->max - axis->min;
    if (!(span > 0.0)) span = fabs(axis->max) > 0.0 ? fabs(axis->max) : 1.0;
    double step = nice_step(span / 5.0);
    axis->min = floor(axis->min / step + 1e-9) * step;
    axis->max = ceil(axis->max / step - 1e-9) * step;
    if (axis->max <= axis->min) axis->max = axis->min + step;
}

bool chart_set_ranges(Chart *chart)
{
    bool has_x = chart->x.has_range, has_y = chart->y.has_range, is_any = false;
    for (int s = 0; s < chart->n_series; s++) {
        const ChartSeries *series = &chart->series[s];
        for (int i = 0; i < series->n; i++) {
            if (series->has != NULL && !series->has[i]) continue;
            if (!is_drawable(&chart->x, series->x[i]) || !is_drawable(&chart->y, series->y[i])) continue;
            is_any = true;
            if (!chart->x.has_range) include(&chart->x, series->x[i], &has_x);
            if (!chart->y.has_range) include(&chart->y, series->y[i], &has_y);
        }
    }
    if (!is_any) return false;
    for (int i = 0; i < chart->n_marks; i++) {
        if (!chart->x.has_range) include(&chart->x, chart->marks[i].x, &has_x);
        if (!chart->y.has_range) include(&chart->y, chart->marks[i].y, &has_y);
    }
    if (!chart->x.has_range && chart->x.scale == SCALE_LOG) round_range(&chart->x);
    if (!chart->x.has_range && !(chart->x.max > chart->x.min)) round_range(&chart->x);
    if (!chart->y.has_range) round_range(&chart->y);
    chart->x.has_range = chart->y.has_range = true;
    return true;
}
