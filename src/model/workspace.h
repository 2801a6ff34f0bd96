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

/* A fleet's request rate changes with a licence migration and with the next generation of GPUs. */
enum { ERA_MIGRATED = 1, ERA_NEXT_GENERATION = 2, N_ERAS = 4 };

typedef struct OptionCache {
    GrowthFactors wage;
    WeekShape shape;
    Thresholds thresholds[INPUT_DEGREES_MAX][N_ERAS];
} OptionCache;

/* The far corner of a range of volumes and of fleet sizes, for a bound instead of a cost. What could turn a
 * cost the other way is taken from there: the room that a fleet leaves to batch work, what it leaves to an
 * API, the people of the month before. A part run with the least of both, and the most of both in the far
 * corner, costs no more than any in the range; the other way round, no less. Both corners have replicas, or
 * neither. */
typedef struct FarCorner {
    double volume_factor; /* relative to the volume of the inputs */
    int replicas_cap;
} FarCorner;

/* Options are written part by part: a part serves a share of the requests in the months [from, until). */
typedef struct Part {
    int option; /* whose figures count */
    int from, until;
    double share_frac;
    int replicas_cap;     /* of a hybrid split by peak */
    int degree;           /* GPUs of a replica; 0: the degree that bills the fewest hours (E11) */
    const FarCorner *far; /* borrowed; NULL: the cost itself */
} Part;

/* What the degrees of a fleet would bill over its months: GPUs x hours of a week, summed. */
typedef struct DegreeHours {
    int n; /* degrees that can serve the mix */
    struct {
        int degree;
        bool is_bound;   /* that many at least: it could not be the one with the fewest */
        long long hours; /* LLONG_MAX: beyond any fleet */
    } items[INPUT_DEGREES_MAX];
} DegreeHours;

/* What the fleet of a part sees of a workload when a hybrid sends its longest requests to the API. */
typedef struct LengthCut {
    double below_frac; /* requests that stay; 1 without a cut */
    double below_tok, below_cv, above_tok;
} LengthCut;

/* Requests cut at an input length, lognormal lengths with this mean and spread. */
LengthCut length_cut(double mean_tok, double cv, double threshold_tok);

struct Workspace {
    int n_months, n_options;
    MonthShared *shared;   /* [n_months] */
    OptionResult *results; /* [n_options] */
    OptionCache *caches;   /* [n_options] */
    MonthCapacity *fleet;  /* [n_months], of the option at hand */
    MonthCapacity *trial;  /* [n_months], of a degree that is tried */
    int n_discounts;       /* months whose discount factors are those of discount_per_year */
    double discount_per_year;
    DegreeHours degrees;      /* of the fleet that was planned last */
    long effort;              /* months of parts that were run, for those who count what a search takes */
    unsigned paid_categories; /* of the option at hand: bit c, something was paid in category c */
    /* The part at hand. */
    Part part;
    const MonthShared *demand; /* [n_months]: `shared`, or `scaled` for a part of the requests */
    MonthShared *scaled;       /* [n_months] */
    LengthCut cuts[INPUT_WORKLOADS_MAX];
    WeekSums *sums;       /* [n_months]: while many fleets are tried of one degree at one volume */
    bool has_sums;        /* they hold now */
    HourRuns *runs;       /* [n_months]: the weeks of the fleet while a reservation is weighed */
    double *financed_usd; /* [n_months]: purchases that loans pay */
    double *stage_usd; /* [2 * (n_months + 1)]: plan search, NPV of the first and the last stage by month */
};

/* Demand, tokens and discount factors of every month. */
void workspace_prepare(const Inputs *inputs, Workspace *workspace);

/* Makes a part the one at hand: its demand, what its fleet sees of it. */
void workspace_begin_part(const Inputs *inputs, Workspace *workspace, const Part *part);

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

/* E11 for the part at hand: fills workspace->fleet and the plan; the reason when no degree serves. */
FleetPlan fleet_plan_build(const Inputs *inputs, Workspace *workspace, char *reason, size_t size);

/* E68: takes from the demand of a month what a hybrid sends to its API; `cap` replicas at most when split by
 * peak. `shape` and `thresholds` are those of the option's week and of the month's replica; `room` is the one
 * that the demand points to where there are several workloads. */
void hybrid_split(const Hybrid *hybrid, int cap, const WeekShape *shape, Thresholds *thresholds,
                  MonthDemand *demand, HourRoom *room);

/* Of several workloads, the share of workload k's interactive attempts that the split left to the fleet: an
 * hour's overflow has the mix of the hour. */
double hybrid_now_kept_frac(const Inputs *inputs, const Hybrid *hybrid, const MonthDemand *demand, int k);

/* The degrees that an option may try, ascending order not assumed. */
int degree_count(const OptionInputs *option);
int degree_at(const OptionInputs *option, int i);

/* How a hybrid splits what the length cut left, in the order of the choice names. */
enum { SPLIT_SHARE, SPLIT_PEAK, SPLIT_BOTH };

/* E38: see FleetPlan.licence_month. */
int licence_month_find(const OptionInputs *option, int from, int until);

/* E20 to E23, E33. `from`: the month in which the option began to serve. */
double price_on_demand(const OptionInputs *option, int m);
double price_reserved(const OptionInputs *option, int m, int from);
double price_spot(const OptionInputs *option, int m);
double price_server(const OptionInputs *option, int m);
double price_energy(const OptionInputs *option, int m);
double price_salary(const OptionInputs *option, int m, const double *wage_growth);
double price_api_factor(const OptionInputs *option, int m, int from);
bool is_retirement_month(const Api *api, int m, int from);
bool is_next_generation(const Fleet *fleet, int m);

typedef struct TokenPrices {
    double input_usd_per_mtok, cached_usd_per_mtok, output_usd_per_mtok;
} TokenPrices;
TokenPrices price_tokens(const OptionInputs *option, int m, int from);

/* Policies of a licence, in the order of its choice names. */
enum { LICENCE_NONE, LICENCE_CONTINUOUS, LICENCE_RELEASE };
enum { POLICY_FEE, POLICY_MIGRATE, POLICY_FREEZE };

/* Is a checkpoint upgraded in the month that is `age` months after the option began (E35)? */
bool is_upgrade_month(const OptionInputs *option, int age);

/* The mix of the part's requests over its months (E67) and the rule of its queue, but for the rate. */
void fleet_mix(const Inputs *inputs, const Workspace *workspace, MixSet *out);

/* Demand of the part on its fleet in month m, which points into `room`. */
MonthDemand month_demand(const Inputs *inputs, const Workspace *workspace, int m, HourRoom *room);
QueueRule queue_rule(const Inputs *inputs, const MixSet *mix, const OptionInputs *option,
                     const Replica *replica, int era);

#endif
