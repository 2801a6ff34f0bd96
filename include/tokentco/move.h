/* Moving away from the present bill: what an option saves against it, when that pays, at which return (E70).
 *
 * Layer: view. Read from results; nothing is evaluated. An option of kind bill is the present: what is paid
 * now, or a quote.
 */
#ifndef TOKENTCO_MOVE_H
#define TOKENTCO_MOVE_H

#include "tokentco/breakeven.h"
#include "tokentco/text.h"

typedef struct Move {
    int present, option;
    double saved_npv_usd; /* NPV of the bill less that of the option */
    bool has_payback;
    int payback_month;     /* first month from which the option stays ahead to the end */
    double payback_months; /* the same from the start, with the share of that month (linear within it) */
    int n_rates;
    double irr_per_year[RETURNS_MAX];
} Move;

/* The option that is the present bill; -1 when there is none. */
int present_find(const Inputs *inputs);

/* False when there is no bill, for the bill itself, and when either is infeasible. */
bool move_build(const Inputs *inputs, const Workspace *workspace, int option, Move *out);

/* "saves 1,234,567, pays back after 2.3 months, return 85 % a year": behind the option's name. */
void move_format(const Move *move, Text *out);

/* Months from the start after which a's cumulative NPV stays below b's; purchases at the start of a month
 * count before what it saves. False when it does not within the horizon. */
bool payback_find(const Inputs *inputs, const Workspace *workspace, int a, int b, double *months);

#endif
