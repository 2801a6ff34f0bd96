/* Unit costs, lenses and budgets as text and JSON: `tokentco costs`, and the lines of the report about them.
 *
 * Layer: view.
 */
#ifndef TOKENTCO_COST_REPORT_H
#define TOKENTCO_COST_REPORT_H

#include "tokentco/table.h"
#include "tokentco/unit_costs.h"

typedef struct CostReport {
    const Answer *answer; /* borrowed */
    UnitCosts costs[INPUT_OPTIONS_MAX];
    Postings views[N_LENSES]; /* owned */
} CostReport;

bool cost_report_build(const Answer *answer, CostReport *out, Err *err);
void cost_report_free(CostReport *report);

void cost_report_add_text(const CostReport *report, const Style *style, Text *out);
void cost_report_add_json(const CostReport *report, Text *out);

/* One row an option: what one of each costs, fully loaded and marginal, the fleet's tokens. */
Table unit_costs_table(const CostReport *report);

/* "above 20,000 a month from 2027-04; 400,000 used up in 2028-03"; nothing without a budget. */
void budget_format(const Inputs *inputs, const UnitCosts *costs, Text *out);

/* What businesses count: "ticket", or "unit" when the scenario gives no name. */
const char *unit_name(const Inputs *inputs);

#endif
