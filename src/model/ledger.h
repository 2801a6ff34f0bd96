/* One option that is being written: the ledger that the parts of the evaluator share. Layer: model, private.
 */
#ifndef MODEL_LEDGER_H
#define MODEL_LEDGER_H

#include "model/workspace.h"

#define BYTES_PER_GB  1e9
#define TOK_PER_MTOK  1e6
#define GPUS_PER_HOST 8.0
#define HOURS_PER_DAY 24.0

typedef struct Ledger {
    const Inputs *inputs;
    const OptionInputs *option;
    const Workspace *workspace;
    MonthCapacity *fleet; /* [horizon_months], the workspace's */
    const Sink *sink;
    OptionResult *result;
    int o, m;
    const MonthShared *shared;
    MonthResult *month;
    const double *wage_growth; /* by month (E33) */
    double month_npv_usd;
    unsigned paid_categories; /* of the month: bit c, something was paid in category c */
    double egress_gb;                   /* of the month so far: where its next GB falls in the tiers */
    double residual_usd, purchases_usd; /* owned servers so far: resale value at the end, prices paid */
    double api_now_frac,
        api_later_frac; /* shares of the interactive and the batch attempts that an API serves */
    double self_frac;   /* share of all attempts that the own fleet serves */
    bool uses_api;      /* in any month */
} Ledger;

/* Writes one driver line and adds it to the month; an amount of 0 is left out. */
void ledger_pay(Ledger *ledger, DriverId driver, double quantity, double unit_price_usd, double factor);

/* A term for `explain`: nothing is computed from it. */
void ledger_term(const Ledger *ledger, DriverId driver, const char *name, const char *unit, double value);

/* Yearly salary in the month at hand, not loaded (E33). */
double ledger_salary_usd(const Ledger *ledger);

/* Egress of `gb` more in the month, by tier where there are tiers (E72). */
void pay_egress(Ledger *ledger, double gb);

/* E69: payments on the loans of this and earlier months; in the last month also what is still owed. */
void pay_loans(Ledger *ledger);

/* E71: one-off cost of the people that were added since the month before. Last of the month. */
void pay_hiring(Ledger *ledger);

/* E73. */
void pay_extras(Ledger *ledger);

#endif
