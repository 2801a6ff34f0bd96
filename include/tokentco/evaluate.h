/* The evaluator: Inputs in, a month-by-month cost array out.
 *
 * Layer: model. Pure: no I/O, no clock, no globals, no allocation. It is the only place where money is
 * computed; every figure that a person sees is a view of its results or of the driver lines that it emits.
 */
#ifndef TOKENTCO_EVALUATE_H
#define TOKENTCO_EVALUATE_H

#include "tokentco/inputs.h"

/* When in its month an amount flows; the discount factor follows (E41). */
typedef enum Timing { TIMING_START, TIMING_MIDDLE, TIMING_END } Timing;

/* Cost categories in their fixed order: id, account, FOCUS service category, colour slot, doc. */
#define COST_CATEGORIES(_)                                                                                   \
    _(COMPUTE_RENT, "compute_rent", "6010", "AI and Machine Learning", "rented GPUs")                        \
    _(COMPUTE_CAPEX, "compute_capex", "1610", "Compute", "purchased servers")                                \
    _(RESIDUAL, "residual", "1690", "Compute", "resale value of servers at the end")                         \
    _(COLO_POWER, "colo_power", "6020", "Other", "colocation and electricity")                               \
    _(MAINTENANCE, "maintenance", "6030", "Compute", "maintenance of servers")                               \
    _(API_TOKENS, "api_tokens", "6040", "AI and Machine Learning", "tokens bought from an API")              \
    _(NETWORK, "network", "6050", "Networking", "egress, traffic between zones, NAT, load balancer")         \
    _(STORAGE, "storage", "6060", "Storage", "logs kept and weights")                                        \
    _(OBSERVABILITY, "observability", "6070", "Management and Governance",                                   \
      "taking in logs, monitoring hosts")                                                                    \
    _(EVALUATION, "evaluation", "6080", "AI and Machine Learning",                                           \
      "evaluation runs, upgrades and migrations")                                                            \
    _(STAFFING, "staffing", "6110", "Other", "people")                                                       \
    _(SECURITY, "security", "6120", "Security", "security and compliance")                                   \
    _(LICENCE, "licence", "6130", "Other", "licence fees and quality debt")                                  \
    _(SWITCHING, "switching", "6140", "Other",                                                               \
      "moves: after a licence crossing, to new GPUs, to another option")                                     \
    _(OPTIONALITY, "optionality", "6150", "Other", "a second model family kept ready")                       \
    _(SETUP, "setup", "6160", "Other", "set-up")

typedef enum CategoryId {
#define CATEGORY_ENUM(id, name, account, service, doc) CATEGORY_##id,
    COST_CATEGORIES(CATEGORY_ENUM)
#undef CATEGORY_ENUM
        N_CATEGORIES
} CategoryId;

typedef struct CategoryRow {
    const char *name, *account, *focus_service, *doc;
} CategoryRow;
extern const CategoryRow cost_categories[N_CATEGORIES];

/* Drivers: what moves money. id, name, category, timing, unit of the quantity, formula with its equation.
 * Amount = quantity x unit price x factor. */
#define COST_DRIVERS(_)                                                                                      \
    _(RENT_RESERVED, "rent_reserved", COMPUTE_RENT, MIDDLE, "GPU-h",                                         \
      "E24, E21: reserved replicas x GPUs x 730 h x (1 - discount) x on-demand price at signing")            \
    _(RENT_ON_DEMAND, "rent_on_demand", COMPUTE_RENT, MIDDLE, "GPU-h",                                       \
      "E24, E20: billed hours beyond the reserved x (1 - spot share) x on-demand price")                     \
    _(RENT_SPOT, "rent_spot", COMPUTE_RENT, MIDDLE, "GPU-h",                                                 \
      "E24, E22: billed hours beyond the reserved x spot share x effective spot price")                      \
    _(SERVER_PURCHASE, "server_purchase", COMPUTE_CAPEX, START, "servers",                                   \
      "E25: servers bought x price x (1 - decline)^(m/12)")                                                  \
    _(SERVER_SETUP, "server_setup", COMPUTE_CAPEX, START, "servers",                                         \
      "E25: servers bought x set-up of a server")                                                            \
    _(LOAN_PAYMENT, "loan_payment", COMPUTE_CAPEX, END, "USD",                                               \
      "E69: financed purchases x i / (1 - (1 + i)^-n), i the monthly rate")                                  \
    _(LOAN_BALANCE, "loan_balance", COMPUTE_CAPEX, END, "USD",                                               \
      "E69: what is still owed at the end of the horizon")                                                   \
    _(EDGE_PURCHASE, "edge_purchase", COMPUTE_CAPEX, START, "sites", "E73: edge sites x price of a box")     \
    _(RESIDUAL_VALUE, "residual_value", RESIDUAL, END, "USD", "E28: - sum of purchases x exp(-decay x age)") \
    _(COLOCATION, "colocation", COLO_POWER, MIDDLE, "kW", "E26: servers x kW x colocation price")            \
    _(ELECTRICITY, "electricity", COLO_POWER, MIDDLE, "kWh",                                                 \
      "E26: servers x kW x load x PUE x 730 h x price")                                                      \
    _(EDGE_POWER, "edge_power", COLO_POWER, MIDDLE, "kWh", "E73: edge sites x kW x 730 h x price")           \
    _(SERVER_MAINTENANCE, "server_maintenance", MAINTENANCE, MIDDLE, "USD",                                  \
      "E27: purchases so far x rate / 12")                                                                   \
    _(EDGE_VISITS, "edge_visits", MAINTENANCE, MIDDLE, "visits",                                             \
      "E73: edge sites x visits a year / 12 x price")                                                        \
    _(API_USAGE, "api_usage", API_TOKENS, MIDDLE, "req",                                                     \
      "E36: interactive requests with retries x cost of an attempt")                                         \
    _(API_BATCH, "api_batch", API_TOKENS, MIDDLE, "req",                                                     \
      "E36: batch requests with retries x cost of an attempt x (1 - batch discount)")                        \
    _(API_LONG_CONTEXT, "api_long_context", API_TOKENS, MIDDLE, "req",                                       \
      "E68: requests above the token threshold of a hybrid x cost of an attempt of their length")            \
    _(API_FALLBACK, "api_fallback", API_TOKENS, MIDDLE, "req",                                               \
      "E68: requests that the fleet served and the API must serve again x cost of an attempt")               \
    _(API_COMMIT, "api_commit", API_TOKENS, MIDDLE, "USD",                                                   \
      "E37: what is missing to the least bill of the month")                                                 \
    _(API_TIER, "api_tier_discount", API_TOKENS, MIDDLE, "USD",                                              \
      "contract: - part of the bill in a tier x discount of the tier (E72)")                                 \
    _(GPU_TIER, "gpu_tier_discount", COMPUTE_RENT, MIDDLE, "USD",                                            \
      "contract: - part of the bill in a tier x discount of the tier (E72)")                                 \
    _(API_COMMIT_DISCOUNT, "api_commit_discount", API_TOKENS, MIDDLE, "USD",                                 \
      "contract: - bill after tiers x discount that the commitment buys")                                    \
    _(GPU_COMMIT_DISCOUNT, "gpu_commit_discount", COMPUTE_RENT, MIDDLE, "USD",                               \
      "contract: - bill after tiers x discount that the commitment buys")                                    \
    _(API_CREDIT, "api_credit", API_TOKENS, MIDDLE, "USD", "contract: - credits used, those that end first") \
    _(GPU_CREDIT, "gpu_credit", COMPUTE_RENT, MIDDLE, "USD",                                                 \
      "contract: - credits used, those that end first")                                                      \
    _(API_SHORTFALL, "api_shortfall", API_TOKENS, END, "USD",                                                \
      "contract: commitment of the term - spend of the term, at its end")                                    \
    _(GPU_SHORTFALL, "gpu_shortfall", COMPUTE_RENT, END, "USD",                                              \
      "contract: commitment of the term - spend of the term, at its end")                                    \
    _(PRESENT_API_BILL, "present_api_bill", API_TOKENS, MIDDLE, "mo",                                        \
      "E70: the bill as it is paid now, for an API")                                                         \
    _(PRESENT_GPU_BILL, "present_gpu_bill", COMPUTE_RENT, MIDDLE, "mo",                                      \
      "E70: the bill as it is paid now, for GPUs")                                                           \
    _(EGRESS, "egress", NETWORK, MIDDLE, "GB",                                                               \
      "E29, E30: output GB (self-hosted), input and output GB (API) x egress price; E72: each tier's GB at " \
      "its price")                                                                                           \
    _(INTER_ZONE, "inter_zone", NETWORK, MIDDLE, "GB", "E29: GB in and out x share across zones x price")    \
    _(NAT, "nat", NETWORK, MIDDLE, "GB", "E30: input GB x NAT price")                                        \
    _(BALANCER, "balancer", NETWORK, MIDDLE, "mo", "E29: load balancer")                                     \
    _(LOG_STORAGE, "log_storage", STORAGE, MIDDLE, "GB-mo", "E31: log GB x months kept so far x price")      \
    _(WEIGHT_STORAGE, "weight_storage", STORAGE, MIDDLE, "GB-mo", "E31: weights GB x copies x price")        \
    _(REGISTRY, "registry", STORAGE, MIDDLE, "mo", "E73: registry of images and weights")                    \
    _(LOG_INGEST, "log_ingest", OBSERVABILITY, MIDDLE, "GB", "E34: log GB x price")                          \
    _(HOST_MONITORING, "host_monitoring", OBSERVABILITY, MIDDLE, "hosts",                                    \
      "E34: hosts of eight GPUs x price")                                                                    \
    _(DRIFT_MONITORING, "drift_monitoring", OBSERVABILITY, MIDDLE, "Mtok",                                   \
      "E73: tokens x sampled share x price")                                                                 \
    _(EVALUATION_RUNS, "evaluation_runs", EVALUATION, MIDDLE, "mo", "E35: evaluation a month")               \
    _(UPGRADE_WORK, "upgrade_work", EVALUATION, MIDDLE, "upgrades",                                          \
      "E35: checkpoint upgrade, every so many months")                                                       \
    _(AB_CAPACITY, "ab_capacity", EVALUATION, MIDDLE, "GPU-h",                                               \
      "E35: peak GPUs x share x days x 24 h x on-demand price")                                              \
    _(API_MIGRATION, "api_migration", EVALUATION, MIDDLE, "migrations",                                      \
      "E35: migration to the vendor's next model")                                                           \
    _(FINE_TUNING, "fine_tuning", EVALUATION, MIDDLE, "GPU-h", "E73: GPU-hours a quarter x on-demand price") \
    _(STAFF_COST, "staff", STAFFING, MIDDLE, "FTE", "E32, E33, E71: people x loaded monthly wage")           \
    _(HIRING, "hiring", STAFFING, START, "FTE", "E71: people added x yearly salary x share")                 \
    _(SECURITY_COST, "security", SECURITY, MIDDLE, "mo", "security and compliance a month")                  \
    _(GUARDRAIL, "guardrail", SECURITY, MIDDLE, "Mtok", "E73: tokens x guardrail price")                     \
    _(LICENCE_FEE, "licence_fee", LICENCE, MIDDLE, "mo", "E38: fee after a crossing")                        \
    _(QUALITY_DEBT, "quality_debt", LICENCE, MIDDLE, "mo", "E38: monthly cost of frozen upgrades")           \
    _(MODEL_SWITCH, "model_switch", SWITCHING, START, "moves", "E38: one-off move after a crossing")         \
    _(API_RETIREMENT, "api_retirement", SWITCHING, START, "moves",                                           \
      "forced move when the vendor retires the model")                                                       \
    _(GENERATION_SWITCH, "generation_switch", SWITCHING, START, "moves", "move to the next GPU generation")  \
    _(PLAN_SWITCH, "plan_switch", SWITCHING, START, "moves", "plan: move from one option to the next")       \
    _(OPTIONALITY_SETUP, "optionality_setup", OPTIONALITY, START, "once", "second model family made ready")  \
    _(OPTIONALITY_UPKEEP, "optionality_upkeep", OPTIONALITY, MIDDLE, "mo", "second model family kept ready") \
    _(STANDBY_SETUP, "standby_setup", OPTIONALITY, START, "once", "standby: second family made ready")       \
    _(STANDBY_WEIGHTS, "standby_weights", OPTIONALITY, MIDDLE, "GB-mo", "standby: weights GB x storage")     \
    _(STANDBY_EVALUATION, "standby_evaluation", OPTIONALITY, MIDDLE, "mo", "standby: evaluation a month")    \
    _(STANDBY_PEOPLE, "standby_people", OPTIONALITY, MIDDLE, "FTE", "standby: people x loaded monthly wage") \
    _(STANDBY_DRILL, "standby_drill", OPTIONALITY, MIDDLE, "drills", "standby: exercise of the switch")      \
    _(STANDBY_GPUS, "standby_gpus", OPTIONALITY, MIDDLE, "GPU-h", "standby, warm: GPUs x 730 h x price")     \
    _(SETUP_COST, "setup", SETUP, START, "once", "set-up in the first month")

typedef enum DriverId {
#define DRIVER_ENUM(id, name, category, timing, unit, formula) DRIVER_##id,
    COST_DRIVERS(DRIVER_ENUM)
#undef DRIVER_ENUM
        N_DRIVERS
} DriverId;

typedef struct DriverRow {
    const char *name;
    CategoryId category;
    Timing timing;
    const char *unit;
    const char *formula;
} DriverRow;
extern const DriverRow cost_drivers[N_DRIVERS];

/* One flow of money, in the scenario's currency (Inputs.currency_per_usd), as all amounts of results are.
 * Lines come option by option, month by month, in a fixed order; lines of amount 0 are
 * left out. */
typedef struct DriverLine {
    int option, month;
    int part; /* the option whose inputs it was computed from: `option` itself, or a part of it */
    DriverId driver;
    double quantity, unit_price_usd, factor;
} DriverLine;

static inline double driver_line_usd(const DriverLine *line)
{
    return line->quantity * line->unit_price_usd * line->factor;
}

/* A named number behind a line: "peak_gpus", "wage_usd_per_month", ... Emitted only when `term` is set. */
typedef struct DriverTerm {
    int option, month;
    int part;        /* as in DriverLine */
    DriverId driver; /* N_DRIVERS: a figure of the part behind several drivers: "requests", "peak_replicas" */
    const char *name; /* borrowed, static */
    const char *unit;
    double value;
} DriverTerm;

/* Where lines go. Each callback may be NULL. */
typedef struct Sink {
    void (*line)(void *context, const DriverLine *line);
    void (*term)(void *context, const DriverTerm *term);
    void *context;
} Sink;

typedef struct MonthResult {
    double category_usd[N_CATEGORIES];
    double total_usd;
    double npv_usd; /* of this month's flows */
    double cumulative_npv_usd;
    double requests;
    double tokens;          /* useful: no retries */
    double discount_middle; /* DF of a mid-month flow */
    /* self-hosted only */
    double gpu_hours;        /* billed by need, reservations not counted */
    double api_attempts;     /* hybrid: requests with retries that go to the API */
    double utilisation_frac; /* work over billed capacity; 0 when nothing is billed */
    double fte;
    double financed_usd;                /* purchases of the month that a loan pays */
    double flow_usd[3];                 /* the total by when it flows: start, middle, end of the month */
    int replicas_peak, replicas_trough; /* billed replicas over the week, spares included */
    int reserved_replicas;
    int servers;
    double staffed_gpus;  /* that people look after: held or reserved, in whole instances or servers (E32) */
    double replica_req_s; /* rate of a replica in this month: own factor, guardrail, licence move and the next
                             generation in it; of the last part */
} MonthResult;            /* of an option with parts: sums over its parts */

typedef struct OptionResult {
    bool is_feasible;
    char reason[256]; /* infeasible: one sentence */
    double npv_usd, total_usd;
    double category_usd[N_CATEGORIES]; /* undiscounted sums */
    double tokens, discounted_mtok;
    bool has_levelised; /* false at zero volume */
    double levelised_usd_per_mtok;
    Replica replica;                      /* self-hosted; degree 0 otherwise */
    double gpu_hours;                     /* over the horizon */
    int replicas_cap;                     /* hybrid split by peak: replicas of the fleet, found or given */
    int n_moves;                          /* plan: moves to the second and the third option, found or given */
    int move_month[OPTION_PARTS_MAX - 1]; /* horizon_months: never */
    MonthResult *months;                  /* horizon_months of them; owned by the workspace */
} OptionResult;

typedef struct Workspace Workspace;

/* Scratch and results for inputs of up to this horizon and number of options. NULL when memory is out. */
Workspace *workspace_new(int n_months, int n_options);
void workspace_free(Workspace *workspace);

/* Results of the last evaluation; valid until the next one. */
const OptionResult *workspace_result(const Workspace *workspace, int option);

/* The feasible option of least NPV among those of the mask (bit o: option o); -1 none. inputs_candidates
 * leaves out what is only a part of others. */
int workspace_cheapest(const Workspace *workspace, const Inputs *inputs, unsigned options);

/* Evaluates every option. `sink` may be NULL (results only). Inputs must have passed inputs_finish. */
void evaluate(const Inputs *inputs, Workspace *workspace, const Sink *sink);

/* One option only; the results of the others are left as they were. */
void evaluate_option(const Inputs *inputs, int option, Workspace *workspace, const Sink *sink);

/* Billed replicas for each hour of the week in a month, of the fleet that the last evaluation found (for the
 * capacity heat map); zeros for an API and for what is infeasible. */
void capacity_week(const Inputs *inputs, int option, int month, Workspace *workspace,
                   int out[HOURS_PER_WEEK]);

#endif
