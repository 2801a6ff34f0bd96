/* One option that is being evaluated: its parts and what is searched for them. Layer: model, private. */
#ifndef MODEL_EVALUATION_H
#define MODEL_EVALUATION_H

#include "model/ledger.h"

/* A plan of three cascades. */
enum { PARTS_MAX = 2 * OPTION_PARTS_MAX };

typedef struct Evaluation {
    const Inputs *inputs;
    Workspace *workspace;
    int o; /* option that is written */
    OptionResult *result;
} Evaluation;

/* Empties the result and its months. */
void result_clear(Evaluation *run);

/* Adds a part to the months of the option; its NPV. False when it is infeasible: the reason is in the result.
 * A part without months is nothing. */
bool part_run(Evaluation *run, const Part *part, const Sink *sink, double *npv_usd);

/* NPV of one part alone, HUGE_VAL when it is infeasible. Writes over the months of the option. */
double part_npv_usd(Evaluation *run, const Part *part);

/* E68: the cheapest number of replicas of a hybrid that looks for it, from none to as many as leave nothing
 * to the API. One by one up to 64, beyond that in steps that are narrowed down. Writes over the months of the
 * option. */
void part_find_cap(Evaluation *run, Part *part);

/* The parts of an option that is no plan: itself, or the two of a cascade. */
int option_parts(const Inputs *inputs, int o, double share_frac, int from, int until, Part out[PARTS_MAX]);

/* ---- plans ---- */

/* Months in which a plan moves on, in order; horizon_months: never. */
typedef struct PlanMonths {
    int n;
    int at[OPTION_PARTS_MAX - 1];
} PlanMonths;

/* Is the i-th move made? Not in month 0, not at the horizon, not when its stage is skipped. */
bool plan_is_move(const PlanMonths *moves, int i, int horizon);

/* The parts of a plan with the months that are given or found; 0 when a part is missing. */
int plan_parts(Evaluation *run, Part out[PARTS_MAX], PlanMonths *moves);

/* The cost of each move, and the moves in the result. */
void plan_pay_moves(Evaluation *run, const PlanMonths *moves, const Sink *sink);

#endif
