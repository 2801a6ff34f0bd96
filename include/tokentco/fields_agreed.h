/* What was agreed and what is composed of other options: contract, second model family, cascade, plan,
 * present bill.
 *
 * Layer: model. A list is the one place where its fields are written (tokentco/field.h says how); symbols are
 * the names of the method, such as "rent.p_od".
 */
#ifndef TOKENTCO_FIELDS_AGREED_H
#define TOKENTCO_FIELDS_AGREED_H

#include "tokentco/fields_demand.h"

/* What was agreed with the seller: discounts by volume, a commitment, credits. They count on the month's
 * bills for GPUs and tokens, in this order: tiers, commitment, credits. Nothing by default. */
#define CONTRACT_FIELDS(_)                                                                                   \
    _(TEXT, provider, "", "", 0, 0, 0, 0, FIELD_FIXED,                                                       \
      "seller whose rows of pricing/contracts.csv fill what is not written here")                            \
    _(TEXT, customer, "", "", 0, 0, 0, 0, FIELD_FIXED, "customer of these rows; empty: any")                 \
    _(CHOICE, covers, "contract.covers", "both|api|gpus", 0, 2, 0, 1, FIELD_FIXED,                           \
      "bills that the contract is about: tokens, rented GPUs, or both together")                             \
    _(ARRAY, tier_from_usd, "contract.tier_from", "USD/mo", 0, 1e12, 0, 1, FIELD_PRICE | FIELD_FIXED,        \
      "monthly bill from which each tier of the discount holds, rising from 0")                              \
    _(ARRAY, tier_discount_frac, "contract.tier_disc", "frac", 0, 1, 0, 0.05, FIELD_FIXED,                   \
      "discount of each tier, on the part of the bill that lies in it")                                      \
    _(NUM, commit_usd, "contract.commit", "USD", 0, 1e13, 0, 1000, FIELD_PRICE,                              \
      "spend that is committed for each term; what is missing at its end is paid")                           \
    _(INT, commit_months, "contract.commit_term", "mo", 1, INPUT_MONTHS_MAX, 12, 1, FIELD_PLAIN,             \
      "length of a term")                                                                                    \
    _(NUM, commit_discount_frac, "contract.commit_disc", "frac", 0, 1, 0, 0.02, FIELD_PLAIN,                 \
      "discount that the commitment buys")                                                                   \
    _(ARRAY, credit_usd, "contract.credit", "USD", 0, 1e12, 0, 1, FIELD_PRICE | FIELD_FIXED,                 \
      "credits that pay bills; those that end first are used first")                                         \
    _(ARRAY, credit_last_month, "contract.credit_end", "mo", 0, INPUT_MONTHS_MAX, 0, 1, FIELD_FIXED,         \
      "last month in which each credit counts, in the order of credit_usd, not falling")

typedef struct Contract {
    CONTRACT_FIELDS(FIELD_DECLARE)
} Contract;

/* A second model family kept ready to take over: cold (stored, tested) or warm (running as well). */
#define STANDBY_FIELDS(_)                                                                                    \
    _(CHOICE, state, "standby.state", "none|cold|warm", 0, 2, 0, 1, FIELD_FIXED,                             \
      "whether a second model family is kept, and how")                                                      \
    _(NUM, setup_usd, "standby.setup", "USD", 0, 1e10, 15000, 1.1, FIELD_PRICE,                              \
      "making it ready: prompts, evaluation sets, deployment")                                               \
    _(NUM, weights_gb, "standby.weights", "GB", 0, 1e6, 140, 10, FIELD_PLAIN, "its stored weights")          \
    _(NUM, evaluation_usd_per_month, "standby.eval", "USD/mo", 0, 1e9, 250, 10, FIELD_PRICE,                 \
      "evaluation runs that keep it usable")                                                                 \
    _(NUM, fte, "standby.fte", "FTE", 0, 1e5, 0.05, 0.05, FIELD_PLAIN, "people who keep it usable")          \
    _(INT, drill_every_months, "standby.drill_every", "mo", 1, INPUT_MONTHS_MAX, 6, 1, FIELD_PLAIN,          \
      "months between exercises of the switch")                                                              \
    _(NUM, drill_usd, "standby.drill", "USD", 0, 1e9, 2000, 1.1, FIELD_PRICE, "one exercise")                \
    _(INT, warm_gpus, "standby.gpus", "count", 0, 1000000, 2, 1, FIELD_PLAIN,                                \
      "GPUs that run it when it is warm")                                                                    \
    _(OPT, usd_per_gpu_h, "standby.gpu_h", "USD/GPU-h", 0, 1e6, 0, 1.05, FIELD_PRICE,                        \
      "price of those GPUs; without it the option's own on-demand price")

typedef struct Standby {
    STANDBY_FIELDS(FIELD_DECLARE)
} Standby;

/* A small model serves every request, and a share of them is asked again of a large one (E64). Both are
 * options of the scenario, with all their costs; mark them as `part` when they are no candidates of their
 * own. */
#define CASCADE_FIELDS(_)                                                                                    \
    _(TEXT, small, "", "", 0, 0, 0, 0, FIELD_FIXED, "option that serves every request first")                \
    _(TEXT, large, "", "", 0, 0, 0, 0, FIELD_FIXED, "option that the hard requests are passed on to")        \
    _(NUM, escalate_frac, "cascade.escalate", "frac", 0, 1, 0.2, 0.02, FIELD_PLAIN,                          \
      "share of the requests that is passed on")

typedef struct Cascade {
    CASCADE_FIELDS(FIELD_DECLARE)
} Cascade;

/* One option after another: a pilot on an API, then a fleet, then a hybrid. Set-up, purchases, reservations
 * and migrations of an option count from the month in which it begins. */
#define PLAN_FIELDS(_)                                                                                       \
    _(TEXT, first, "", "", 0, 0, 0, 0, FIELD_FIXED, "option to begin with")                                  \
    _(TEXT, second, "", "", 0, 0, 0, 0, FIELD_FIXED, "option to move to")                                    \
    _(TEXT, third, "", "", 0, 0, 0, 0, FIELD_FIXED, "option to move to after that; empty: none")             \
    _(INT, second_from_month, "plan.second_from", "mo", 0, INPUT_MONTHS_MAX, 12, 1, FIELD_PLAIN,             \
      "month from which the second option serves; at or beyond the horizon: never")                          \
    _(INT, third_from_month, "plan.third_from", "mo", 0, INPUT_MONTHS_MAX, 24, 1, FIELD_PLAIN,               \
      "month from which the third option serves; at or beyond the horizon: never")                           \
    _(FLAG, find_months, "plan.find", "", 0, 1, 0, 1, FIELD_FIXED,                                           \
      "find the cheapest months to move instead")                                                            \
    _(INT, overlap_months, "plan.overlap", "mo", 0, 60, 0, 1, FIELD_PLAIN,                                   \
      "months after a move in which the option that is left still runs in full")                             \
    _(NUM, switch_usd, "plan.switch", "USD", 0, 1e10, 0, 1000, FIELD_PRICE, "one-off cost of each move")

typedef struct Plan {
    PLAN_FIELDS(FIELD_DECLARE)
} Plan;

/* What is paid today, or a quote: an option of its own that the others are compared with (E70). */
#define BILL_FIELDS(_)                                                                                       \
    _(CHOICE, covers, "bill.covers", "api|gpus", 0, 1, 0, 1, FIELD_FIXED,                                    \
      "what the bill is for: tokens of an API, or GPUs")                                                     \
    _(ARRAY, usd_by_month, "bill.usd", "USD/mo", 0, 1e12, 0, 1, FIELD_PRICE | FIELD_FIXED,                   \
      "the bill month by month; the last value holds on")

typedef struct Bill {
    BILL_FIELDS(FIELD_DECLARE)
} Bill;

#endif
