/* Postings: the evaluator's driver lines as money, rounded once to millionths of a dollar.
 *
 * Layer: view. Every finance export writes these. A total is a sum of postings and therefore exact in the
 * export; against the model's own total it differs by at most half a millionth a posting.
 */
#ifndef TOKENTCO_POSTINGS_H
#define TOKENTCO_POSTINGS_H

#include "tokentco/evaluate.h"
#include "tokentco/scenario.h"

#include <stdint.h>

typedef struct Micros {
    int64_t micro_usd;
} Micros;

enum { MICROS_BYTES = 32, MICROS_PER_USD = 1000000 };

/* Rounds half to even; saturates at the ends of the range (nine million million dollars). */
Micros micros_of_usd(double usd);
/* "-1234.500000": exact, six decimals. */
void micros_format(Micros amount, char out[MICROS_BYTES]);

typedef struct Posting {
    int option, month;
    int part; /* as in DriverLine */
    DriverId driver;
    double quantity;
    double unit_price_usd; /* the line's factor included: quantity x price is the amount before rounding */
    Micros amount;
} Posting;

/* How costs are looked at. Accrual spreads purchases over their book life, puts interest in the place of loan
 * payments, and what is left of the book value against the resale; over the horizon it sums to the cash.
 * Marginal keeps what follows the traffic and ends with it: on-demand GPUs, tokens, power, traffic, logs;
 * people, commitments, purchases and fixed fees are left out. */
#define COST_LENSES(_)                                                                                       \
    _(CASH, "cash", "when money flows")                                                                      \
    _(ACCRUAL, "accrual", "purchases over their book life, interest instead of loan payments")               \
    _(MARGINAL, "marginal", "cash that follows the traffic and ends with it")

typedef enum Lens {
#define LENS_ENUM(id, name, doc) LENS_##id,
    COST_LENSES(LENS_ENUM)
#undef LENS_ENUM
        N_LENSES
} Lens;
typedef struct LensRow {
    const char *name, *doc;
} LensRow;
extern const LensRow cost_lenses[N_LENSES];
bool lens_parse(const char *name, Lens *out, Err *err);

/* Does the driver follow the traffic and end with it? */
bool driver_is_marginal(DriverId driver);

typedef struct Postings {
    Lens lens;
    const Resolved *resolved; /* borrowed */
    Posting *items;           /* owned; option by option, month by month, in driver order */
    int n;
    Micros option_totals[INPUT_OPTIONS_MAX];
} Postings;

/* Evaluates and keeps every line whose amount is not zero after rounding. Infeasible options have none. */
bool postings_build(const Resolved *resolved, Workspace *workspace, Postings *out, Err *err);
void postings_free(Postings *postings);

/* The same costs through another lens; `cash` are those of the workspace's last evaluation. */
bool postings_view(const Postings *cash, const Workspace *workspace, Lens lens, Postings *out, Err *err);

/* What of a price is used up by the end of the k-th of `life` months: exact, so that the parts sum to it. */
int64_t micros_used_up(Micros price, int k, int life);

/* The field that a driver's price comes from, and where its value is from ("gpu_rental.csv:812 (...)"). */
const char *posting_source(const Postings *postings, const Posting *posting);

#endif
