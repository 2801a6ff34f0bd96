/* How sure, and what matters: pages and documents of Monte Carlo and sensitivity.
 *
 * Layer: view. Results come from tokentco/montecarlo.h and tokentco/sensitivity.h; nothing is computed here.
 */
#ifndef TOKENTCO_RISK_REPORT_H
#define TOKENTCO_RISK_REPORT_H

#include "tokentco/chart.h"
#include "tokentco/scenario.h"
#include "tokentco/sensitivity.h"
#include "tokentco/table.h"

/* What the pages are about; everything is borrowed. */
typedef struct RiskView {
    const Resolved *resolved;
    const RiskResult *risk;
    const Tornado *tornado; /* with flips; NULL: left out */
    const Indices *indices; /* NULL: left out */
    bool is_random;         /* plain random draws, not Sobol */
    unsigned long long seed;
} RiskView;

/* The page of `tokentco risk`. */
void risk_report_add(const RiskView *view, const Style *style, Text *out);
/* The page of `tokentco sensitivity`; `risk` may be NULL. */
void sensitivity_report_add(const RiskView *view, const Style *style, Text *out);

/* Documents "tokentco/risk/1" and "tokentco/sensitivity/1". */
void risk_json_add(const RiskView *view, Text *out);
void sensitivity_json_add(const RiskView *view, Text *out);

/* One row an option: NPV and its spread. One row an item: what it does. A page has the first columns, a file
 * all. They borrow the view. */
Table risk_table(const RiskView *view, bool is_page);
Table sensitivity_table(const RiskView *view, bool is_page);

/* Items by how much they move the best option's NPV, the greatest first; returns how many there are. */
int risk_tornado_order(const Tornado *tornado, int order[UNCERTAIN_MAX]);

/* "Measure ... before anything else: ..." or why nothing is worth measuring; one sentence. */
void risk_advice_format(const RiskView *view, Text *out);

/* The fan of an option as lines by month: 5, 25, 50, 75 and 95 %. False when it has none, or memory is out.
 * The caller frees it with risk_fan_free after drawing. */
typedef struct RiskFan {
    Chart *chart;   /* owned */
    double *months; /* owned */
    double *lines;  /* owned, [quantile][month] */
} RiskFan;
bool risk_fan_build(const RiskView *view, int option, FanKind kind, RiskFan *out);
void risk_fan_free(RiskFan *fan);

#endif
