/* Pictures of uncertainty as characters. Layer: view, private. */
#ifndef VIEW_RISK_CHARTS_H
#define VIEW_RISK_CHARTS_H

#include "tokentco/risk_report.h"

/* One line of RISK_BINS characters. */
void risk_histogram_add(const RiskHistogram *histogram, const Style *style, Text *out);

/* The first of them as bars, one a line. */
void risk_tornado_add(const RiskView *view, int n_shown, int indent, const Style *style, Text *out);

#endif
