/* Monte Carlo: the options under many draws of what is not known (E47 to E50, E58 to E60).
 *
 * Layer: model. Draw j is point j / 8 of one of eight separately scrambled Sobol sequences (or of plain
 * random numbers), so that eight means of their own tell the standard error. Every option sees the same
 * draws. Nothing depends on the number of threads or on the steps in which draws are added: the same seed
 * gives the same bits.
 *
 * Memory: 8 bytes a draw and option, 1 byte a draw and item, and a fixed part for the monthly fans.
 */
#ifndef TOKENTCO_MONTECARLO_H
#define TOKENTCO_MONTECARLO_H

#include "tokentco/evaluate.h"
#include "tokentco/uncertain.h"

enum {
    RISK_DRAWS_MIN = 64,
    RISK_DRAWS_MAX = 1 << 22, /* powers of two between the two */
    RISK_FIRST_DRAWS = 512,   /* enough for a first picture */
    RISK_DRAWS_DEFAULT = 4096,
    RISK_BINS = 48,      /* of a histogram */
    RISK_LEVELS_MAX = 24 /* lines of the convergence table */
};

typedef struct RiskSettings {
    bool is_random; /* plain random numbers instead of scrambled Sobol */
    unsigned long long seed;
    int n_threads; /* 0: all that may be used */
} RiskSettings;

/* Called from the calling thread now and then. False cancels. */
typedef struct RiskProgress {
    bool (*report)(void *context, long done, long all);
    void *context;
} RiskProgress;

typedef enum RiskQuantile { RISK_P5, RISK_P25, RISK_P50, RISK_P75, RISK_P95, N_RISK_QUANTILES } RiskQuantile;
extern const double risk_probs[N_RISK_QUANTILES];

/* A figure with the standard error of its estimate. */
typedef struct Estimate {
    double value, error;
} Estimate;

/* What a fan shows by month. */
typedef enum FanKind { FAN_CUMULATIVE_USD, FAN_USD_PER_MTOK, N_FAN_KINDS } FanKind;

typedef struct RiskHistogram {
    double low, high; /* edges; draws outside are counted in the end bins */
    long counts[RISK_BINS];
} RiskHistogram;

/* One option. Figures of NPV are over the draws in which it can serve; `has_figures` is false when there is
 * none. */
typedef struct RiskOption {
    double feasible_frac;
    bool has_figures;
    Estimate mean, quantiles[N_RISK_QUANTILES], cvar95; /* USD; cvar95: mean of the dearest twentieth */
    double deviation;                                   /* standard deviation, USD */
    Estimate best_frac;                                 /* share of the draws in which it costs the least */
    double mean_regret_usd, max_regret_usd;             /* over the cheapest of the draw */
    RiskHistogram histogram;
    double *fan[N_FAN_KINDS];   /* [month * N_RISK_QUANTILES + quantile], owned by the Risk */
    bool *has_fan[N_FAN_KINDS]; /* [month]: some draw has a value; USD per Mtok has none without tokens */
    char reason[256];           /* never feasible: why not, in the last draw */
} RiskOption;

typedef struct RiskItem {
    Estimate evppi; /* USD that knowing this item exactly is worth */
} RiskItem;

/* The estimate as it was after so many draws. */
typedef struct RiskLevel {
    long n_draws;
    Estimate mean, best_frac, evpi; /* of the option that is best in the end */
} RiskLevel;

typedef struct RiskResult {
    long n_draws;
    int n_options, n_items, n_months;
    RiskOption options[INPUT_OPTIONS_MAX];
    int best;      /* least mean among the options that can serve in every draw; -1: there is none */
    Estimate evpi; /* of the choice among those options; 0 without any */
    RiskItem items[UNCERTAIN_MAX];
    int measure_first; /* item whose knowledge is worth most; -1: none is worth anything */
    int n_levels;
    RiskLevel levels[RISK_LEVELS_MAX];
} RiskResult;

typedef struct Risk Risk;

/* `inputs` and `uncertainty` are borrowed. NULL when memory is out. */
Risk *risk_new(const Inputs *inputs, const Uncertainty *uncertainty, const RiskSettings *settings);
void risk_free(Risk *risk);

/* Adds draws until there are `n_draws` (a power of two between the limits) and makes the results anew. False
 * when cancelled: the results stay those from before. `progress` may be NULL. */
bool risk_advance(Risk *risk, long n_draws, const RiskProgress *progress);

/* Valid until the next call of risk_advance; n_draws is 0 before the first. */
const RiskResult *risk_result(const Risk *risk);

/* Draw j again: the value of each item; and the NPV of an option, false when it could not serve. */
void risk_draw_values(const Risk *risk, long draw, double *values);
bool risk_draw_npv(const Risk *risk, long draw, int option, double *npv_usd);

#endif
