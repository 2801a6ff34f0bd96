/* What is not known for sure: distributions on inputs, and how they go together.
 *
 * Layer: model. An Uncertainty is made by feed from a scenario (`uncertain`, `correlations`, the bands of its
 * throughputs) and is not changed afterwards. A draw gives each of its items one value, which is written into
 * a copy of the inputs at every target of the item.
 *
 * Quantiles: E47 (lognormal from 5/95), E48 (triangular, PERT); correlations: E49, E50.
 */
#ifndef TOKENTCO_UNCERTAIN_H
#define TOKENTCO_UNCERTAIN_H

#include "tokentco/arena.h"
#include "tokentco/inputs.h"
#include "tokentco/price_path.h"

/* Kinds: id, name, the members that they need, doc. The loader, the schema and `tokentco fields` read this.
 */
#define DISTRIBUTIONS(_)                                                                                     \
    _(LOGNORMAL, "lognormal", "p5 p95", "skewed and above 0; from two quantiles (E47)")                      \
    _(NORMAL, "normal", "p5 p95", "from two quantiles")                                                      \
    _(TRIANGULAR, "triangular", "min mode max", "straight from least to likeliest to most (E48)")            \
    _(PERT, "pert", "min mode max", "as triangular, with thinner ends (E48)")                                \
    _(UNIFORM, "uniform", "min max", "all values alike")                                                     \
    _(DISCRETE, "discrete", "values weights", "a few values with their weights")                             \
    _(EMPIRICAL, "empirical", "file column", "as often as in a column of a CSV file, straight between")      \
    _(FORECAST, "forecast", "", "the price's path as its history forecasts it, month by month")

typedef enum DistKind {
#define DIST_ENUM(id, name, members, doc) DIST_##id,
    DISTRIBUTIONS(DIST_ENUM)
#undef DIST_ENUM
        N_DIST_KINDS
} DistKind;

typedef struct DistRow {
    const char *name, *members, *doc;
} DistRow;
extern const DistRow dist_rows[N_DIST_KINDS];

/* What a scenario may write of a distribution. Members that a kind does not use are ignored by the model and
 * refused by the loader. */
typedef struct DistSpec {
    DistKind kind;
    double low, high;      /* lognormal, normal: the quantiles `prob` and 1 - prob */
    double prob;           /* 0.05, or 0.10 for a band */
    bool has_min, has_max; /* ends of triangular, PERT and uniform; lognormal and normal are cut there */
    double min, mode, max;
    int n;                 /* discrete, empirical: number of values */
    const double *values;  /* borrowed; any order */
    const double *weights; /* borrowed; discrete only; NULL: all alike */
    bool is_whole;         /* draws are rounded to whole numbers */
} DistSpec;

typedef struct Distribution {
    DistKind kind;
    double location, scale; /* of the normal behind a lognormal or normal */
    double min, mode, max;
    double u_low, u_high; /* what a cut leaves of the unit interval */
    bool is_cut, is_whole;
    double shape_a, shape_b; /* of the beta behind a PERT */
    int n;
    const double *values, *cumulative; /* in the arena; sorted values, running weights */
    const double *table;               /* PERT: quantiles at even steps and their slopes, in the arena */
} Distribution;

/* Checks the numbers and prepares the quantiles. The fault says what is impossible. */
bool distribution_build(const DistSpec *spec, Arena *arena, Distribution *out, Err *err);

/* The quantile at `u` in (0, 1); `z` is the same point on the normal scale (both are at hand in a draw). */
double distribution_quantile(const Distribution *dist, double u, double z);

/* The least and the greatest value that a draw can give. */
void distribution_range(const Distribution *dist, double *least, double *most);

/* z of u and back (E50; Wichura's AS241). */
double normal_quantile(double u);
double normal_cdf(double z);

/* ---- items ---- */

enum { UNCERTAIN_MAX = 32 };

/* Where a value is written. */
typedef struct UncertainTarget {
    bool is_series; /* a price series of an option; else a field */
    FieldRef field; /* the field; for a series only `index`, the option */
    PriceSeries series;
    double base; /* the scenario's own value; 1 for a series */
} UncertainTarget;

typedef struct Uncertain {
    const char *pointer; /* as written in the scenario, or of the field that a band moves */
    const char *label; /* short, for tables: "rent/decline_per_year", with its option where only one has it */
    const char *unit;  /* of the value that is drawn */
    const char *source; /* who says so; "" when nobody */
    DistSpec spec;
    Distribution dist;
    bool is_relative; /* the value is a factor on each target's base */
    bool is_band;     /* the band of a throughput, entered by itself */
    double base;      /* the value without uncertainty */
    unsigned options; /* bit o: option o feels it */
    int n_targets;
    UncertainTarget *targets; /* in the arena */
    const PricePaths *paths;  /* forecast; else NULL. The value is the quantile that chooses the path */
} Uncertain;

typedef struct Correlation {
    int a, b;    /* items */
    double rank; /* Spearman */
} Correlation;

typedef struct Uncertainty {
    int n;
    Uncertain *items; /* in the arena of the scenario */
    int n_correlations;
    Correlation *correlations;
    bool is_correlated[UNCERTAIN_MAX]; /* item i takes part in a correlation */
    double *cholesky;                  /* [n * n], lower; NULL when nothing is correlated */
} Uncertainty;

/* E49, E50: fills `cholesky`. False when the correlations contradict each other; `*pair` then is one of them
 * whose removal mends it, or the strongest of those involved. */
bool uncertainty_correlate(Uncertainty *uncertainty, Arena *arena, int *pair);

/* A point of the unit cube as values of the items; `u` comes back as the quantile of each value (correlations
 * move it). */
void uncertainty_values(const Uncertainty *uncertainty, double *u, double *values);

/* ---- writing draws into inputs ---- */

typedef struct Trial Trial;

/* Reserved replicas and the size of a hybrid's fleet that are to be found: they are found on the inputs as
 * they are, and stay. A plan is made before its draws are known. False when memory is out. */
bool choices_settle(Inputs *inputs);

/* A copy of the inputs, its choices settled, to be written to. Both arguments are borrowed. NULL when memory
 * is out. */
Trial *trial_new(const Inputs *inputs, const Uncertainty *uncertainty);
void trial_free(Trial *trial);
const Inputs *trial_inputs(const Trial *trial);
/* One value of an item, as a tornado or an index asks for it: a forecast's path is smooth. */
void trial_set(Trial *trial, int item, double value);
/* The same as a draw: a forecast's path goes up and down month by month. */
void trial_draw(Trial *trial, int item, double value);
void trial_reset(Trial *trial, int item); /* back to the scenario's own value */

#endif
