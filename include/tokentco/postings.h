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
    DriverId driver;
    double quantity;
    double unit_price_usd; /* the line's factor included: quantity x price is the amount before rounding */
    Micros amount;
} Posting;

typedef struct Postings {
    const Resolved *resolved; /* borrowed */
    Posting *items;           /* owned; option by option, month by month, in driver order */
    int n;
    Micros option_totals[INPUT_OPTIONS_MAX];
} Postings;

/* Evaluates and keeps every line whose amount is not zero after rounding. Infeasible options have none. */
bool postings_build(const Resolved *resolved, Workspace *workspace, Postings *out, Err *err);
void postings_free(Postings *postings);

/* The field that a driver's price comes from, and where its value is from ("gpu_rental.csv:812 (...)"). */
const char *posting_source(const Postings *postings, const Posting *posting);

#endif
