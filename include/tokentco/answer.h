/* The answer to a scenario: the plans' results, who is cheapest, the curves over volume and where they cross.
 *
 * Layer: view. It asks the evaluator and keeps what several views show; it computes no cost of its own.
 */
#ifndef TOKENTCO_ANSWER_H
#define TOKENTCO_ANSWER_H

#include "tokentco/breakeven.h"
#include "tokentco/evaluate.h"
#include "tokentco/scenario.h"
#include "tokentco/text.h"

/* Points of the curves: 32 a decade over four decades, ends included. */
enum { CURVE_POINTS = 129 };
/* The curves reach this factor below and above the scenario's own volume. */
#define CURVE_REACH 100.0

/* Break-even between two plans: the cheapest one against every other, and the cheapest self-hosted one
 * against every API, which is the question that most people come with. */
typedef struct Duel {
    int a, b;           /* option numbers */
    bool has_crossings; /* false: it could not be computed, see `fault` */
    Err fault;
    Crossings crossings;
    int payback_month; /* first month from which a stays ahead of b to the end, at the scenario's volume; -1
                          never */
} Duel;
enum { DUELS_MAX = 2 * INPUT_OPTIONS_MAX };

typedef struct Answer {
    const Resolved *resolved; /* borrowed */
    Workspace *workspace;     /* owned: results of the scenario as it is */
    int best;                 /* feasible option of least NPV; -1 none */
    double volume;            /* requests in the first month, all workloads */
    double volumes[CURVE_POINTS];
    double *npv_usd; /* owned: [point * n_options + option] */
    bool *has_npv;   /* owned, the same order */
    int n_duels;
    Duel duels[DUELS_MAX];
} Answer;

/* Evaluates the options only. */
/* The rate of amounts in another currency, its day, how far that is from the day of the prices, and its
 * source: "0.8684 for one USD, 2026-06-01 (114 days before the prices), fx.csv:..."; nothing for USD. */
void answer_add_rate(const Resolved *resolved, Text *out);

bool answer_build(const Resolved *resolved, Answer *out, Err *err);
/* Adds curves and break-even; a few hundred evaluations. */
bool answer_add_curves(Answer *answer, Err *err);
void answer_free(Answer *answer);

/* Requests in the first month, all workloads. */
double inputs_volume(const Inputs *inputs);

#endif
