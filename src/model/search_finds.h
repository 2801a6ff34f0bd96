/* What a search has found so far, in a form that can be joined in any order. Layer: model, private.
 *
 * All members depend only on the set of plans that were shown: candidates are ordered by cost and then by
 * place, and every table keeps the first of that order that it has a use for.
 */
#ifndef MODEL_SEARCH_FINDS_H
#define MODEL_SEARCH_FINDS_H

#include "tokentco/search.h"

/* A plan as the search sees it; the rest is made from its place when it is shown. */
typedef struct Candidate {
    double npv_usd;
    uint64_t place;
    uint64_t group;    /* way, model and price row: of each group the ranking shows the best */
    unsigned violated; /* bits of constraints */
    bool has_tpot, has_quality;
    double tpot_s, quality;
    SearchClass size;
} Candidate;

typedef struct CandidateList {
    int n, capacity;
    Candidate *items; /* owned */
} CandidateList;

typedef struct Finds {
    uint64_t by_set[SEARCH_SETS];
    int top;
    CandidateList ranked, by_latency, by_quality;
    bool has_relaxed[N_SEARCH_CONSTRAINTS], has_class[N_SEARCH_CLASSES];
    Candidate relaxed[N_SEARCH_CONSTRAINTS], classes[N_SEARCH_CLASSES];
    bool is_out_of_memory;
} Finds;

void finds_init(Finds *finds, int top);
void finds_free(Finds *finds);

/* Does a table have a use for this plan? When not, it has none for any that costs as much or more and is
 * otherwise the same, with a later place. */
bool finds_want(const Finds *finds, const Candidate *candidate);

/* No table has a use for the plan at a higher cost than this; its own cost does not matter. */
double finds_limit_usd(const Finds *finds, const Candidate *candidate);
void finds_add(Finds *finds, const Candidate *candidate);

/* Adds what another has found. */
void finds_join(Finds *finds, const Finds *other);

/* Plans that break no more than one constraint, and only one that can be relaxed, are worth their cost. */
bool set_is_costed(unsigned violated);

#endif
