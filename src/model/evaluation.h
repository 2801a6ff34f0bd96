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
    /* Of the last part that ran, NPV: what a hybrid pays for its API, and what of the rest may fall when the
     * fleet grows: hiring, and contracts with whose bills the sum does not rise. */
    double api_usd, swing_usd;
} Evaluation;

/* An option of inputs for which the workspace was prepared. */
void evaluate_prepared(const Inputs *inputs, int o, Workspace *workspace, const Sink *sink);

/* Empties the result and its months. */
void result_clear(Evaluation *run);

/* Adds a part to the months of the option; its NPV. False when it is infeasible: the reason is in the result.
 * A part without months is nothing. */
bool part_run(Evaluation *run, const Part *part, const Sink *sink, double *npv_usd);

/* NPV of one part alone, HUGE_VAL when it is infeasible. Writes over the months of the option. */
double part_npv_usd(Evaluation *run, const Part *part);

/* Of the part that ran last, a hybrid. */
typedef struct HybridSides {
    bool uses_fleet;  /* its fleet serves something */
    bool leaves_rest; /* a larger one would serve more */
    bool has_rest;    /* the API serves a rest: the same, but for a bound (FarCorner) */
} HybridSides;
HybridSides hybrid_sides(const Inputs *inputs, const Workspace *workspace);

/* ---- the size of a hybrid (E68), cap.c ---- */

/* What is asked of a fleet. */
typedef struct CapQuery {
    int least;        /* number of replicas to begin with: 0 or 1 */
    bool needs_both;  /* at least one replica, and something left to the API; else the fleet or the API alone
                         will do as well */
    double limit_usd; /* of no interest above; HUGE_VAL: none */
    double
        far_volume; /* 0: costs. Else bounds of costs up (or down) to this factor on the volume (FarCorner) */
    long n_runs;    /* out: parts that were evaluated */
} CapQuery;

/* Does the option leave its fleet to be found? */
bool seeks_fleet(const OptionInputs *option);

bool inputs_have_batch(const Inputs *inputs);

/* The cheapest fleet: degree and number of replicas, the least number of those that cost the same; its NPV in
 * `npv_usd`. When that is above the limit, only that much is true of it. False when no fleet will do. Writes
 * over the months of the option. */
bool cap_find(Evaluation *run, Part *part, CapQuery *query, double *npv_usd);

/* The same for an option of the scenario that asks for it. */
void part_find_cap(Evaluation *run, Part *part, double limit_usd);

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

/* The parts of a plan that moves in these months; NULL: in those that are given. Returns their number. */
int plan_stages(const Inputs *inputs, int o, const PlanMonths *moves, Part out[PARTS_MAX]);

/* Are the months that it finds the cheapest? With three stages over a long horizon they are sought in steps.
 */
bool plan_is_exact(const Inputs *inputs, int o);

/* The parts of a plan with the months that are given or found; 0 when a part is missing. */
int plan_parts(Evaluation *run, Part out[PARTS_MAX], PlanMonths *moves);

/* The cost of each move, and the moves in the result. */
void plan_pay_moves(Evaluation *run, const PlanMonths *moves, const Sink *sink);

#endif
