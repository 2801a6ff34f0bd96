/* Pictures of uncertainty as characters. Layer: view, private. */
#ifndef VIEW_RISK_CHARTS_H
#define VIEW_RISK_CHARTS_H

#include "tokentco/risk_report.h"

/* One line of RISK_BINS characters. */
void risk_histogram_add(const RiskHistogram *histogram, const Style *style, Text *out);

/* The first of them as bars below a title, one a line; nothing when none moves it. */
void risk_tornado_add(const RiskView *view, const char *title, int n_shown, int indent, const Style *style,
                      Text *out);

#endif
