/* Pictures of uncertainty as characters. Layer: view, private. */
#ifndef VIEW_RISK_CHARTS_H
#define VIEW_RISK_CHARTS_H

#include "tokentco/risk_report.h"

/* One line of RISK_BINS characters. */
void risk_histogram_add(const RiskHistogram *histogram, const Style *style, Text *out);

/* Items by how much they move the best option's NPV, the greatest first; returns how many there are. */
int risk_tornado_order(const Tornado *tornado, int order[UNCERTAIN_MAX]);

/* The first of them as bars, one a line. */
void risk_tornado_add(const RiskView *view, int n_shown, int indent, const Style *style, Text *out);

#endif
