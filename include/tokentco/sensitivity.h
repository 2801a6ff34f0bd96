/* What matters: tornado, elasticities, flip distances, Morris screening, Sobol indices (E51 to E54).
 *
 * Layer: model. The unit-cube methods take any function, so that they can be tested on one whose indices are
 * known.
 */
#ifndef TOKENTCO_SENSITIVITY_H
#define TOKENTCO_SENSITIVITY_H

#include "tokentco/montecarlo.h"

/* ---- one input at a time, around the scenario as it is ---- */

typedef struct TornadoBar {
    double low, base, high; /* values of the item: its 5 % and 95 % quantiles */
    /* NPV of each option at the low and the high value; false: it cannot serve there */
    double low_usd[INPUT_OPTIONS_MAX], high_usd[INPUT_OPTIONS_MAX];
    bool has_low[INPUT_OPTIONS_MAX], has_high[INPUT_OPTIONS_MAX];
    double elasticity[INPUT_OPTIONS_MAX]; /* per cent of NPV by per cent of the value, around the base */
    bool has_elasticity[INPUT_OPTIONS_MAX];
    int best_low, best_high; /* cheapest option at either end; -1 none */
} TornadoBar;

/* How far an item alone must move to change the winner. */
typedef struct Flip {
    bool has_flip;
    double value;   /* nearest value from which on another option is cheapest */
    int winner;     /* that option; -1: no option can serve there */
    bool is_inside; /* within the item's 5 to 95 % */
} Flip;

typedef struct Tornado {
    int n_items, n_options;
    int best; /* cheapest option of the scenario as it is; -1 none */
    double base_usd[INPUT_OPTIONS_MAX];
    bool has_base[INPUT_OPTIONS_MAX];
    TornadoBar bars[UNCERTAIN_MAX];
    Flip flips[UNCERTAIN_MAX];
} Tornado;

/* Two evaluations an item and two for its elasticity. False when memory is out. */
bool tornado_build(const Inputs *inputs, const Uncertainty *uncertainty, Tornado *out);

/* Adds the flips: some fifty evaluations an item. */
bool tornado_add_flips(const Inputs *inputs, const Uncertainty *uncertainty, Tornado *tornado);

/* ---- functions on the unit cube ---- */

/* `u` has n_items coordinates. When `changed` is an item, `out` holds the outputs of a point that differs
 * from this one in that item alone; -1: nothing is known. Not finite: no output. `thread` for scratch. */
typedef void (*CubeFunction)(void *context, int thread, const double *u, int changed, double *out);

typedef struct CubeProblem {
    int n_items, n_outputs;
    CubeFunction function;
    void *context;
    int n_threads;
    unsigned long long seed;
    const RiskProgress *progress; /* may be NULL */
} CubeProblem;

enum { SENSITIVITY_OUTPUTS_MAX = INPUT_OPTIONS_MAX + 1 };

typedef struct MorrisRow {
    double mean, mean_abs, deviation; /* mu, mu*, sigma of the elementary effects */
} MorrisRow;

/* E52: `n_paths` paths of n_items + 1 points on four levels. `out` is [item * n_outputs + output]. False when
 * cancelled. */
bool morris_build(const CubeProblem *problem, int n_paths, MorrisRow *out);

typedef struct SobolRow {
    Estimate first, total; /* S, ST; the errors are a jackknife's over sixteen groups */
} SobolRow;

/* E53, E54: n (n_items + 2) evaluations, n a power of two >= 64. False when cancelled. */
bool sobol_indices_build(const CubeProblem *problem, long n, SobolRow *out);

/* Half width of a 90 % interval in standard errors (Student's t, 15 degrees of freedom). */
#define SOBOL_T90 1.753

/* ---- the scenario as such a function ---- */

/* Outputs: NPV of each option, then what the best option of the scenario as it is costs over the cheapest
 * other (negative: it wins). Inputs are taken as independent. */
typedef struct Indices {
    int n_items, n_outputs;
    long n;
    SobolRow sobol[UNCERTAIN_MAX * SENSITIVITY_OUTPUTS_MAX]; /* [item * n_outputs + output] */
    MorrisRow morris[UNCERTAIN_MAX * SENSITIVITY_OUTPUTS_MAX];
} Indices;

bool indices_build(const Inputs *inputs, const Uncertainty *uncertainty, const RiskSettings *settings, long n,
                   int n_paths, const RiskProgress *progress, Indices *out);

#endif
