/* A scenario at two days' prices: what moved, what that does to each option, and whether the decision flips.
 *
 * Layer: view. The decision is the cheapest feasible option. How far it is from flipping is told as a
 * multiple of one option's own prices (rental, server or tokens), everything else as it is.
 */
#ifndef TOKENTCO_RERUN_H
#define TOKENTCO_RERUN_H

#include "tokentco/answer.h"

enum { PRICE_MOVES_MAX = 256 };

/* A price of an option that differs between the days. */
typedef struct InputMove {
    int option;
    const char *group;   /* "rent" */
    const FieldRow *row; /* on_demand_usd_per_gpu_h */
    double before, after;
    const Origin *origin; /* of the later one */
} InputMove;

typedef struct OptionChange {
    int rank_before, rank_after; /* from 1; 0 infeasible */
    bool has_flip;               /* some multiple of its own prices changes the decision of the later day */
    double flip_factor;          /* above 1 for the cheapest option, below 1 for the others */
} OptionChange;

typedef struct Rerun {
    const Resolved *before, *after;             /* borrowed */
    const Answer *answer_before, *answer_after; /* borrowed */
    int n_moves;
    InputMove moves[PRICE_MOVES_MAX];
    OptionChange options[INPUT_OPTIONS_MAX];
    bool is_flipped; /* another option is the cheapest, or there is none any more, or one at last */
    int runner_up;   /* second cheapest on the later day; -1 none */
} Rerun;

/* Compares two answers of one scenario; both must have the same options. */
bool rerun_build(const Answer *before, const Answer *after, Rerun *out, Err *err);

/* The break-even of two options in an answer with curves, whichever of them is named first; NULL none. */
const Duel *answer_find_duel(const Answer *answer, int a, int b);

/* The last day on which a price that the scenario uses changed, up to its as_of; false when it uses no price
 * book row. */
bool rerun_last_change(const Resolved *resolved, Date *out);

#endif
