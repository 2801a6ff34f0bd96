/* Break-even: over volume, over time, in prices.
 *
 * Layer: model. Pure; calls the evaluator. Costs are step functions of volume, so there may be several
 * crossings: all are found and each carries its jump (method, section 6; E43 to E45).
 */
#ifndef TOKENTCO_BREAKEVEN_H
#define TOKENTCO_BREAKEVEN_H

#include "tokentco/evaluate.h"

enum { CROSSINGS_MAX = 256 };

/* At `requests_per_month` in the first month option b becomes cheaper than a, or the reverse. */
typedef struct Crossing {
    double requests_per_month;
    int cheaper_above; /* the option that is cheaper just above */
    double jump_usd;   /* NPV difference just above less just below; 0 at a smooth crossing */
    /* The step behind a jump: the first month in which a fleet grows there. */
    bool has_step;
    int step_option, step_month, step_replicas; /* replicas at the peak of the week, just above */
} Crossing;

typedef struct Crossings {
    int n;
    Crossing items[CROSSINGS_MAX];
    double low, high;  /* the range that was looked at */
    bool is_truncated; /* there are more crossings than fit, or the search was given up before the end */
    /* 0: no crossing is missed, which is proven by bounds. Else two crossings closer together than this share
     * of the volume may be: where the cost of an option has no bounds (a commitment beside credits, contracts
     * on GPUs whose reservation is searched for, servers that had better be bought early, plans of three
     * stages that search for their months), and where both options cost the same over a range. */
    double blind_frac;
    bool is_feasible_low, is_feasible_high; /* both options at the ends of the range */
    int cheaper_low, cheaper_high; /* option at the ends of the range; where both cost the same, the one
                                      that leaves nothing to be found */
} Crossings;

/* Costs of options over volume: each is evaluated once a volume, however many pairs are compared. The inputs
 * are borrowed. NULL when memory is out. */
typedef struct CostCurves CostCurves;
CostCurves *cost_curves_new(const Inputs *inputs);
void cost_curves_free(CostCurves *curves);

/* NPV with so many requests in the first month, every workload scaled alike; false when infeasible. */
bool cost_curves_npv(CostCurves *curves, int option, double requests_per_month, double *npv_usd);

/* All crossings of options a and b for total first-month volumes from the first to the last of `n` rising
 * ones, two at least, which are where the search begins. */
bool breakeven_on_grid(CostCurves *curves, int a, int b, const double *volumes, int n, Crossings *out,
                       Err *err);

/* The same in [low, high], for one pair alone. */
bool breakeven_volume(const Inputs *inputs, int a, int b, double low, double high, Crossings *out, Err *err);

/* E43: first month from which the cumulative NPV of a stays below that of b to the end; -1 never. Uses
 * results. */
int breakeven_month(const Workspace *workspace, int a, int b, int n_months);

/* E44: factor on the API's token prices at which a self-hosted option and the API cost the same. Refused
 * where the bill is not linear in the prices: contracts, a least bill. axis_need finds those by search. */
bool breakeven_api_price(const Workspace *workspace, const Inputs *inputs, int self, int api, double *factor,
                         Err *err);

/* E45: on-demand GPU price at which they cost the same. Refused where the cost is not linear in it:
 * contracts, reservations or hybrid fleets that are searched for. */
bool breakeven_gpu_price(const Inputs *inputs, int self, int api, Workspace *workspace, double *usd_per_gpu_h,
                         Err *err);

/* E70: the yearly rates of return of moving from option `present` to `option`: discount rates at which both
 * cost the same, rising. Returns how many there are, at most RETURNS_MAX; 0 when what is saved never changes
 * sign. */
enum { RETURNS_MAX = 8 };
int breakeven_returns(const Workspace *workspace, int present, int option, int n_months,
                      double per_year[RETURNS_MAX]);

/* NPV of every option at each of `n` volumes: out[i * n_options + option], NAN-free: has[i * n_options +
 * option] tells. */
void curve_by_volume(const Inputs *inputs, const double *volumes, int n, Workspace *workspace,
                     double *npv_usd, bool *has);

#endif
