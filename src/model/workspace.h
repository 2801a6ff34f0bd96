/* The evaluator's scratch and results. Layer: model, private. */
#ifndef MODEL_WORKSPACE_H
#define MODEL_WORKSPACE_H

#include "model/capacity.h"
#include "tokentco/evaluate.h"

/* What all options share in a month. */
typedef struct MonthShared {
    double discount[3]; /* by Timing (E41) */
    double requests, attempts, tokens;
    double input_tok, output_tok; /* of all attempts */
    double by_workload[INPUT_WORKLOADS_MAX];
} MonthShared;

/* (1 + rate)^(m / 12) by month: found once and kept while the rate is the same to the last bit. */
typedef struct GrowthFactors {
    int n; /* months found */
    double per_year;
    double by_month[INPUT_MONTHS_MAX];
} GrowthFactors;

typedef struct OptionCache {
    GrowthFactors wage;
    WeekShape shape;
    Thresholds thresholds[INPUT_DEGREES_MAX][2]; /* before and after a licence migration */
} OptionCache;

struct Workspace {
    int n_months, n_options;
    MonthShared *shared;   /* [n_months] */
    OptionResult *results; /* [n_options] */
    OptionCache *caches;   /* [n_options] */
    MonthCapacity *fleet;  /* [n_months], of the option at hand */
    MonthCapacity *trial;  /* [n_months], of a degree that is tried */
    int n_discounts;       /* months whose discount factors are those of discount_per_year */
    double discount_per_year;
    int hybrid_cap; /* replicas of the hybrid at hand */
};

/* Demand, tokens and discount factors of every month. */
void workspace_prepare(const Inputs *inputs, Workspace *workspace);

/* Keeps what was found at the same rate. */
void growth_factors_set(GrowthFactors *factors, double per_year, int n_months);

/* ---- the fleet of one option over the horizon ---- */

typedef struct FleetPlan {
    bool is_feasible;
    Replica replica;
    int degree_index;  /* in the option's list of degrees */
    int licence_month; /* first month in which the licence bites; n_months when never */
    int reserved;      /* replicas */
} FleetPlan;

/* E11: fills workspace->fleet and the plan; the reason when no degree serves. */
FleetPlan fleet_plan_build(const Inputs *inputs, int option, Workspace *workspace, char *reason, size_t size);

/* E68: takes from the demand of a month what a hybrid sends to its API; `cap` replicas at most when split by
 * peak. `thresholds` are those of the month's replica. */
void hybrid_split(const Inputs *inputs, const OptionInputs *option, int cap, Thresholds *thresholds,
                  MonthDemand *demand, double *hours, double *peaks);

/* E38: see FleetPlan.licence_month. */
int licence_month_find(const OptionInputs *option, int n_months);

/* E20, E21, E22, E23 */
double price_on_demand(const OptionInputs *option, int m);
double price_reserved(const OptionInputs *option, int m);
double price_spot(const OptionInputs *option, int m);
double price_api_factor(const OptionInputs *option, int m);

/* Policies of a licence, in the order of its choice names. */
enum { LICENCE_NONE, LICENCE_CONTINUOUS, LICENCE_RELEASE };
enum { POLICY_FEE, POLICY_MIGRATE, POLICY_FREEZE };

/* Is a checkpoint upgraded in this month (E35)? */
bool is_upgrade_month(const OptionInputs *option, int m);

/* The mix of requests over the horizon (E67) and the rule of its queue, but for the rate. */
void fleet_mix(const Inputs *inputs, const Workspace *workspace, MixSet *out);

/* Demand of month m; `hours` and `peaks` are room for 168 values each. */
MonthDemand month_demand(const Inputs *inputs, const Workspace *workspace, int m, double *hours,
                         double *peaks);
QueueRule queue_rule(const Inputs *inputs, const MixSet *mix, const OptionInputs *option,
                     const Replica *replica, bool is_migrated);

#endif
