/* Inputs of the cost model: the validated whole that the evaluator reads.
 *
 * Layer: model. The groups of fields stand in four headers, fields_*.h. `Inputs` is plain data: it is filled
 * by feed, checked, and not changed afterwards; what-if copies change one number of a copy.
 */
#ifndef TOKENTCO_INPUTS_H
#define TOKENTCO_INPUTS_H

#include "tokentco/fields_agreed.h"
#include "tokentco/fields_demand.h"
#include "tokentco/fields_running.h"
#include "tokentco/fields_serving.h"
#include "tokentco/parse.h"
#include "tokentco/step.h"

typedef enum OptionKind {
    OPTION_RENT,
    OPTION_OWN,
    OPTION_API,
    OPTION_HYBRID,
    OPTION_BILL,
    OPTION_CASCADE,
    OPTION_PLAN,
    N_OPTION_KINDS
} OptionKind;
enum {
    KIND_RENT = 1 << OPTION_RENT,
    KIND_OWN = 1 << OPTION_OWN,
    KIND_API = 1 << OPTION_API,
    KIND_HYBRID = 1 << OPTION_HYBRID,
    KIND_BILL = 1 << OPTION_BILL,
    KIND_CASCADE = 1 << OPTION_CASCADE,
    KIND_PLAN = 1 << OPTION_PLAN
};
/* Kinds with a fleet of their own, kinds that buy tokens, and kinds whose cost is computed from the workload.
 */
enum { KIND_SELF = KIND_RENT | KIND_OWN | KIND_HYBRID, KIND_BUYS = KIND_API | KIND_HYBRID };
enum { KIND_SERVES = KIND_SELF | KIND_API, KIND_COMPOSED = KIND_CASCADE | KIND_PLAN };
enum { KIND_ALL = KIND_SERVES | KIND_BILL | KIND_COMPOSED };

const char *option_kind_name(OptionKind kind);

/* Price series that events and forecasts move. A path is a factor for each month on the base price. */
typedef enum PriceSeries {
    SERIES_GPU_RENT,
    SERIES_API,
    SERIES_SERVER,
    SERIES_WAGE,
    SERIES_API_INPUT, /* these three on top of SERIES_API */
    SERIES_API_CACHED,
    SERIES_API_OUTPUT,
    SERIES_ENERGY,
    N_PRICE_SERIES
} PriceSeries;

/* What an event sets a figure to: it takes the place of the base figure from month `since` on, and declines
 * and growth count from there. */
typedef struct Level {
    bool is_set;
    int since;
    double value;
} Level;

/* Where the tokens per second come from, best first. */
typedef enum Basis {
    BASIS_MEASURED,
    BASIS_IMPORTED,
    BASIS_CALIBRATED,
    BASIS_PROJECTED,
    BASIS_STATED,
    N_BASES
} Basis;
const char *basis_name(Basis basis);

typedef struct ThroughputBasis {
    Basis basis;
    char source[128]; /* record, table or file it rests on */
    bool has_band;
    double band_p10, band_p90; /* factors on the request rate */
} ThroughputBasis;

enum { OPTION_PARTS_MAX = 3 };

/* One way of serving the workloads. Groups that its kind does not use keep their defaults. */
typedef struct OptionInputs {
    char name[FIELD_TEXT_BYTES];
    OptionKind kind;
    bool is_part; /* only a part of others: no candidate when options are compared */
    int n_parts;  /* options that this one is composed of; filled by inputs_finish */
    int parts[OPTION_PARTS_MAX];
    bool is_blocked; /* a needed figure is missing: infeasible, with the reason */
    char blocked[256];
    ModelShape shape;
    AccelSpec accelerator;
    Efficiency efficiency;
    ServingSetup serving;
    Engine engine;
    Fleet fleet;
    Rent rent;
    Own own;
    Api api;
    Hybrid hybrid;
    Staff staff;
    Network network;
    Operations operations;
    Extras extras;
    Licence licence;
    Contract contract;
    Standby standby;
    Cascade cascade;
    Plan plan;
    Bill bill;
    ThroughputBasis basis;
    /* Borrowed, horizon_months factors each; NULL: 1 in every month. */
    const double *price_path[N_PRICE_SERIES];
    /* Borrowed, horizon_months each; NULL: never set. A path is a factor on it. */
    const Level *price_level[N_PRICE_SERIES];
} OptionInputs;

typedef struct Inputs {
    char name[FIELD_TEXT_BYTES];
    Month start;
    /* Prices are in USD; the evaluator writes every amount in the scenario's currency, at this rate. */
    char currency[CURRENCY_BYTES]; /* ISO 4217 */
    double currency_per_usd;       /* 1 for USD */
    SCENARIO_FIELDS(FIELD_DECLARE)
    int n_workloads;
    Workload workloads[INPUT_WORKLOADS_MAX];
    /* Borrowed, horizon_months factors each on the volume of a workload; NULL: 1 in every month. */
    const double *volume_path[INPUT_WORKLOADS_MAX];
    /* Borrowed, horizon_months each; NULL: never set. `volume_level_scale` is a factor on all of them. */
    const Level *volume_level[INPUT_WORKLOADS_MAX];
    double volume_level_scale;
    /* The week of each workload by hour, mean exactly 1 (E3). Filled by inputs_finish. */
    double week[INPUT_WORKLOADS_MAX][HOURS_PER_WEEK];
    int n_options;
    OptionInputs options[INPUT_OPTIONS_MAX];
} Inputs;

/* ---- the group table: one row a group ---- */

typedef enum GroupScope { SCOPE_SCENARIO, SCOPE_WORKLOAD, SCOPE_OPTION } GroupScope;

typedef enum GroupId {
    GROUP_SCENARIO,
    GROUP_WORKLOAD,
    GROUP_SHAPE,
    GROUP_ACCELERATOR,
    GROUP_EFFICIENCY,
    GROUP_SERVING,
    GROUP_ENGINE,
    GROUP_FLEET,
    GROUP_RENT,
    GROUP_OWN,
    GROUP_API,
    GROUP_HYBRID,
    GROUP_STAFF,
    GROUP_NETWORK,
    GROUP_OPERATIONS,
    GROUP_EXTRAS,
    GROUP_LICENCE,
    GROUP_CONTRACT,
    GROUP_STANDBY,
    GROUP_CASCADE,
    GROUP_PLAN,
    GROUP_BILL,
    N_GROUPS
} GroupId;

typedef struct GroupRow {
    const char *name;  /* JSON key; "" for the scenario's own fields */
    const char *title; /* for people */
    GroupScope scope;
    unsigned kinds; /* option kinds that read it (KIND_ bits) */
    size_t offset;  /* in Inputs, Workload's element or OptionInputs */
    const FieldRow *rows;
    size_t n_rows;
} GroupRow;

extern const GroupRow input_groups[N_GROUPS];

/* A field's address in the whole: scope index (workload or option), group, row. */
typedef struct FieldRef {
    int index; /* workload or option; 0 for the scenario */
    GroupId group;
    int row;
} FieldRef;

/* Total number of option-scope fields, and the flat position of one of them: for tables that run beside
 * Inputs. */
int option_field_count(void);
int option_field_index(GroupId group, int row);

/* The group struct that holds a field. */
void *inputs_group(Inputs *inputs, GroupId group, int index);
const void *inputs_group_const(const Inputs *inputs, GroupId group, int index);

/* "/options/1/rent/on_demand_usd_per_gpu_h", "/workloads/0/input_tok", "/discount_per_year". */
bool field_ref_parse(const char *pointer, FieldRef *out, Err *err);
void field_ref_format(const FieldRef *ref, char *out, size_t size);
const FieldRow *field_ref_row(const FieldRef *ref);

/* Everything at its default: one workload, no option. */
void inputs_init(Inputs *inputs);

/* Appends an option of this kind with all defaults and returns it; NULL when INPUT_OPTIONS_MAX is reached. */
OptionInputs *inputs_add_option(Inputs *inputs, const char *name, OptionKind kind);

/* Is anything agreed with a seller: tiers, credits, a commitment? Then a bill is not proportional to its
 * prices. */
bool contract_is_set(const Contract *contract);

/* Is any option composed of others? Then options may not be evaluated apart from their neighbours. */
bool inputs_are_composed(const Inputs *inputs);

/* Bit o: option o is a candidate of its own, and no mere part of others. */
unsigned inputs_candidates(const Inputs *inputs);

/* Of the options whose bits are set, and those that are composed of them: who feels what moves the former. */
unsigned inputs_with_composed(const Inputs *inputs, unsigned options);

/* Shapes of the week from pricing/profiles.csv, by hour from the first of the week; any scale. */
typedef struct Profiles {
    double conversation[HOURS_PER_WEEK], coding[HOURS_PER_WEEK];
} Profiles;

/* Checks what one row cannot see (a custom week of 168 hours, active <= total parameters, both measured rates
 * or none,
 * ...) and fills the derived members. `profiles` may be NULL when no workload uses a named one. Every fault
 * goes to the list with its pointer. */
bool inputs_finish(Inputs *inputs, const Profiles *profiles, ErrList *errors);

/* E1, E66, and what events make of it: requests of a workload in month m. */
double workload_requests(const Inputs *inputs, int workload, int m);

#endif
