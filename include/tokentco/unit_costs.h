/* What one request, one user, one business unit costs; what the next request costs; when a budget is
 * breached.
 *
 * Layer: view. Costs of one are levelised: present value of the costs over the discounted number, as $/Mtok
 * is (E42). Users and units grow with the requests. All amounts are in the scenario's currency.
 */
#ifndef TOKENTCO_UNIT_COSTS_H
#define TOKENTCO_UNIT_COSTS_H

#include "tokentco/answer.h"
#include "tokentco/postings.h"

typedef struct UnitCosts {
    bool has; /* false: infeasible, or no request at all */
    double request_usd, mtok_usd;
    bool has_user, has_unit;
    double user_month_usd, unit_usd;
    double marginal_mtok_usd; /* only what follows the traffic (driver_is_marginal) */
    bool has_next;
    double next_mtok_usd; /* what a tenth more requests costs, over their tokens; a step may make it dear */
    bool has_fleet;       /* self-hosted GPUs */
    double reservation_mtok_usd; /* what the fleet costs, over the tokens that it serves: rent, or purchase
                                    less resale; space, power, upkeep */
    double usage_mtok_usd;       /* of that, the share of the GPU-hours paid that did work */
    int over_month;              /* first month above the monthly budget; -1 none */
    int spent_month;             /* month in which the budget of the horizon is used up; -1 never */
} UnitCosts;

/* Evaluates the option at a tenth more requests in a workspace of its own. */
bool unit_costs_build(const Answer *answer, int option, UnitCosts *out, Err *err);

/* Users or units in month m, from their number in the first: in proportion to the requests. */
double grown_with_requests(const OptionResult *result, double in_first_month, int m);

/* Sums of one option by block of twelve months from the start. Returns the number of years. */
enum { YEARS_MAX = INPUT_MONTHS_MAX / 12 };
int postings_by_year(const Postings *postings, int option, Micros out[YEARS_MAX]);

#endif
