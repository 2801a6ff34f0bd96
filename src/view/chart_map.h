/* Private to the charts: from data to the unit square. Layer: view. */
#ifndef TOKENTCO_CHART_MAP_H
#define TOKENTCO_CHART_MAP_H

#include "tokentco/chart.h"

#include <math.h>

/* 0 at the axis's minimum, 1 at its maximum; false when the value cannot be placed. */
static inline bool chart_place(const ChartAxis *axis, double value, double *out)
{
    if (!isfinite(value)) return false;
    if (axis->scale == SCALE_LINEAR) {
        *out = (value - axis->min) / (axis->max - axis->min);
        return true;
    }
    if (value <= 0.0) return false;
    *out = log(value / axis->min) / log(axis->max / axis->min);
    return true;
}

static inline bool chart_place_point(const Chart *chart, const ChartSeries *series, int i, double *x,
                                     double *y)
{
    return (series->has == NULL || series->has[i]) && chart_place(&chart->x, series->x[i], x) &&
           chart_place(&chart->y, series->y[i], y);
}

#endif
