/* One part of an option that is being written: the ledger that the parts of the evaluator share. Layer:
 * model, private.
 */
#ifndef MODEL_LEDGER_H
#define MODEL_LEDGER_H

#include "model/workspace.h"

#define BYTES_PER_GB  1e9
#define TOK_PER_MTOK  1e6
#define GPUS_PER_HOST 8.0
#define HOURS_PER_DAY 24.0

/* What a contract is about. */
typedef enum Covered { COVERED_API, COVERED_GPUS, N_COVERED } Covered;

typedef struct Ledger {
    const Inputs *inputs;
    const OptionInputs *option; /* whose figures are paid: the part's */
    Workspace *workspace;
    MonthCapacity *fleet; /* [horizon_months], the workspace's */
    const Sink *sink;
    OptionResult *result;
    int o, part;               /* option that is written, option whose figures are paid */
    int from, until;           /* months in which the part serves */
    int m, age;                /* month at hand, and counted from `from` */
    bool is_owned;             /* the fleet is bought */
    const MonthShared *demand; /* of the part in the month */
    MonthResult *month;
    const double *wage_growth;          /* by month (E33) */
    double npv_usd;                     /* of the part so far */
    double api_npv_usd;                 /* the API's part of it in a hybrid */
    double swing_npv_usd;               /* what of it may fall when the fleet grows */
    double egress_gb;                   /* of the month so far: where its next GB falls in the tiers */
    double fte, fte_before;             /* people of the part in this month and in the one before */
    double fte_far;                     /* how many more in this month at the far corner of a bound */
    double residual_usd, purchases_usd; /* owned servers so far: resale value at the end, prices paid */
    /* Who serves what in the month (E68). */
    bool uses_api; /* in any month */
    bool is_split; /* the fleet leaves something: the same but for a bound */
    /* Shares that an API serves of the attempts within the cut: interactive ones by workload, batch ones. */
    double api_now_frac[INPUT_WORKLOADS_MAX], api_later_frac;
    double fallback_frac; /* share of what the fleet served that the API serves again */
    double self_input_tok, self_output_tok, api_input_tok, api_output_tok;
    /* Contract. */
    double bill_usd[N_COVERED];       /* of the month, at list prices */
    double term_spend_usd[N_COVERED]; /* of the commitment's term so far */
    int credit_at;                    /* first credit with something left */
    double credit_used_usd;           /* of that credit */
} Ledger;

/* Writes one driver line and adds it to the month; an amount of 0 is left out. */
void ledger_pay(Ledger *ledger, DriverId driver, double quantity, double unit_price_usd, double factor);

/* A term for `explain`: nothing is computed from it. */
void ledger_term(const Ledger *ledger, DriverId driver, const char *name, const char *unit, double value);

/* Does anybody listen to terms? */
bool ledger_tells(const Ledger *ledger);

/* The figures of the month behind many lines: what is asked of the part, and its fleet. */
void tell_demand(const Ledger *ledger);
void tell_fleet(const Ledger *ledger, const FleetPlan *plan, const MonthCapacity *fleet, int servers);

/* Yearly salary in the month at hand, not loaded (E33), and a month of one loaded FTE. */
double ledger_salary_usd(const Ledger *ledger);
double ledger_wage_usd(const Ledger *ledger);

/* ---- months of a part ---- */

void month_begin(Ledger *ledger, int m);
void month_end(Ledger *ledger);

/* Every month of a fleet, of an API, of a present bill. */
void self_months(Ledger *ledger, const FleetPlan *plan);
void api_months(Ledger *ledger);
void bill_months(Ledger *ledger);

/* ---- groups of lines of the month at hand ---- */

void pay_people(Ledger *ledger, double fte);
void pay_logs(Ledger *ledger);

/* What an API costs, whether it serves everything or the rest of a hybrid. */
void pay_api_service(Ledger *ledger);

/* A second model family: lump sums, and the parts of `standby`. */
void pay_optionality(Ledger *ledger);

/* Egress of `gb` more in the month, by tier where there are tiers (E72). */
void pay_egress(Ledger *ledger, double gb);

/* E69: payments on the loans of this and earlier months; in the last month also what is still owed. */
void pay_loans(Ledger *ledger);

/* E71: one-off cost of the people that were added since the month before. */
void pay_hiring(Ledger *ledger);

/* E73. */
void pay_extras(Ledger *ledger);

/* Tiers, commitment and credits on the bills of the month. After all bills. */
void pay_contract(Ledger *ledger);

/* Does a sum of months never fall when a bill rises? Not where a dollar spent on credit spares a shortfall,
 * nor where reservations that are chosen anew move the bills of GPUs between months. */
bool contract_rises(const Inputs *inputs, const OptionInputs *option);

#endif
