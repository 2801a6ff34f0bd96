/* Search: every way of serving the workloads that the price book offers, and the cheapest of them.
 *
 * Layer: model. The space is every rental price row x open model x weight format x engine x GPUs a replica,
 * with the number of reserved replicas (E46) and the split of a hybrid (E68) found for each; the scenario's
 * own servers; and every API price. Staff, network, operations and the like are those of the scenario. A
 * combination is one of these at the asked latency; the same at tighter latency, and without a latency limit,
 * is looked at besides, for the front and for what the limits cost.
 *
 * The result is exact and does not depend on the number of threads, on the steps in which the search is
 * advanced, or on how it was cut into shards: plans are ordered by cost and then by their place in the space,
 * and a plan is left unevaluated only when a cheaper one of its kind shows that it can be in no table.
 */
#ifndef TOKENTCO_SEARCH_H
#define TOKENTCO_SEARCH_H

#include "tokentco/calibration.h"
#include "tokentco/evaluate.h"
#include "tokentco/pricebook.h"

#include <stdint.h>

/* Constraints: id, name, can it be relaxed, what it asks. */
#define SEARCH_CONSTRAINTS(_)                                                                                \
    _(MEMORY, "memory", false, "weights and the longest context fit into the GPUs of a replica")             \
    _(NODE, "node", false, "a replica is inside one instance, and the model's heads divide among its GPUs")  \
    _(FLEET, "fleet", false, "the demand can be met by a fleet of a size that means something")              \
    _(TPOT, "tpot", true, "time per output token within the limit; an API states none and passes")           \
    _(TTFT, "ttft", true, "time to first token within the limit; an API states none and passes")             \
    _(REGION, "region", true, "in an allowed region; a price that names no region is outside")               \
    _(PRIVACY, "privacy", true, "prompts stay as close as asked: any, rented, owned")                        \
    _(LICENCE, "licence", true,                                                                              \
      "the model's licence allows the use, and the users and the revenue as far as they are given")          \
    _(QUALITY, "quality", true, "the user's own score of the model reaches the minimum")                     \
    _(SIZE, "size", true, "the model is at least of the asked size class, or named by the scenario")

typedef enum SearchConstraint {
#define SEARCH_CONSTRAINT_ID(id, name, is_soft, doc) SEARCH_##id,
    SEARCH_CONSTRAINTS(SEARCH_CONSTRAINT_ID)
#undef SEARCH_CONSTRAINT_ID
        N_SEARCH_CONSTRAINTS
} SearchConstraint;

typedef struct SearchConstraintRow {
    const char *name;
    bool is_soft;
    const char *doc;
} SearchConstraintRow;
extern const SearchConstraintRow search_constraints[N_SEARCH_CONSTRAINTS];

/* The bit of a constraint in a set of them. */
#define SEARCH_BIT(constraint) (1u << SEARCH_##constraint)

/* Size classes by total parameters: id, name, largest of the class. */
#define SEARCH_CLASSES(_)                                                                                    \
    _(TINY, "up to 2B", 2e9)                                                                                 \
    _(SMALL, "2B to 10B", 10e9)                                                                              \
    _(MEDIUM, "10B to 20B", 20e9)                                                                            \
    _(LARGE, "20B to 50B", 50e9)                                                                             \
    _(XLARGE, "50B to 150B", 150e9)                                                                          \
    _(HUGE, "150B to 500B", 500e9)                                                                           \
    _(GIANT, "over 500B", 1e18)

typedef enum SearchClass {
#define SEARCH_CLASS_ID(id, name, params) SEARCH_CLASS_##id,
    SEARCH_CLASSES(SEARCH_CLASS_ID)
#undef SEARCH_CLASS_ID
        N_SEARCH_CLASSES,
    SEARCH_CLASS_NONE = N_SEARCH_CLASSES, /* no limit; of a plan: unknown */
    SEARCH_CLASS_AUTO                     /* that of the scenario's largest model */
} SearchClass;

typedef struct SearchClassRow {
    const char *name;
    double params_max;
} SearchClassRow;
extern const SearchClassRow search_classes[N_SEARCH_CLASSES];

/* Who may see prompts: anybody; only machines that are rented as one's own (no API, nobody's marketplace);
 * only owned ones. And what a licence must allow: nothing, commercial use, hosting for others. In the order
 * of their names. */
typedef enum SearchPrivacy { PRIVACY_ANY, PRIVACY_RENTED, PRIVACY_OWNED, N_SEARCH_PRIVACIES } SearchPrivacy;
typedef enum SearchLicence { USE_ANY, USE_COMMERCIAL, USE_HOSTING, N_SEARCH_LICENCES } SearchLicence;
extern const char *const search_privacy_names[N_SEARCH_PRIVACIES]; /* "any", "rented", "owned" */
extern const char *const search_licence_names[N_SEARCH_LICENCES];  /* "any", "commercial", "hosting" */

/* The user's own score of a model (any scale, more is better). */
typedef struct SearchScore {
    const char *model; /* name, alias, or an API's own name */
    double score;
} SearchScore;

enum { SEARCH_TOP_DEFAULT = 20, SEARCH_TOP_MAX = 10000 };

/* What to look at and what to ask. Lists are comma-separated patterns, `x*` fits every name that starts with
 * x; NULL or "" is everything. All borrowed. */
typedef struct SearchQuery {
    const char *providers, *gpus, *models, *terms, *engines, *weights; /* what is looked at at all */
    const char *regions;                                               /* constraints from here */
    SearchPrivacy privacy;
    SearchLicence licence;
    SearchClass min_class;
    bool has_min_quality;
    double min_quality;
    bool has_tpot, has_ttft; /* instead of the workloads' own limits */
    double tpot_s, ttft_s;
    const SearchScore *scores;
    int n_scores;
    int top;                     /* plans of the ranking */
    int shard, n_shards;         /* 0 of 1: everything */
    const char *scenario_sha256; /* of the scenario's document; NULL: not known. For search_merge only */
} SearchQuery;
void search_query_init(SearchQuery *query);

/* One plan. The members are fields, so that the writers and the reader of search files need no list of their
 * own. */
#define SEARCH_PLAN_FIELDS(_)                                                                                \
    _(NUM, place, "", "", 0, 9e15, 0, 1, FIELD_FIXED, "place in the space: what ties are broken by")         \
    _(CHOICE, kind, "", "rent|own|api|hybrid|bill", 0, 4, 0, 1, FIELD_FIXED, "way of serving")               \
    _(TEXT, model, "", "", 0, 0, 0, 0, FIELD_FIXED, "model")                                                 \
    _(TEXT, provider, "", "", 0, 0, 0, 0, FIELD_FIXED, "seller of the GPUs or of the API; own option")       \
    _(TEXT, region, "", "", 0, 0, 0, 0, FIELD_FIXED, "region of the price")                                  \
    _(TEXT, term, "", "", 0, 0, 0, 0, FIELD_FIXED, "term of the price")                                      \
    _(TEXT, gpu, "", "", 0, 0, 0, 0, FIELD_FIXED, "accelerator")                                             \
    _(TEXT, weights, "", "", 0, 0, 0, 0, FIELD_FIXED, "weight format")                                       \
    _(TEXT, engine, "", "", 0, 0, 0, 0, FIELD_FIXED, "serving engine")                                       \
    _(TEXT, api, "", "", 0, 0, 0, 0, FIELD_FIXED, "API that a hybrid sends the rest to")                     \
    _(INT, degree, "", "count", 0, 100000, 0, 1, FIELD_FIXED, "GPUs of a replica; 0: none")                  \
    _(INT, instance_gpus, "", "count", 0, 100000, 0, 1, FIELD_FIXED, "GPUs that are rented together")        \
    _(INT, gpus, "", "count", 0, 1000000000, 0, 1, FIELD_FIXED, "most GPUs that stand by in the horizon")    \
    _(INT, reserved, "", "count", 0, 100000000, 0, 1, FIELD_FIXED, "replicas under reservation")             \
    _(INT, cap, "", "count", 0, 100000000, 0, 1, FIELD_FIXED, "hybrid: replicas, spares not counted")        \
    _(OPT, unit_usd, "", "USD/GPU-h", 0, 1e9, 0, 1, FIELD_FIXED, "listed price of a GPU-hour")               \
    _(NUM, npv_usd, "", "USD", -1e300, 1e300, 0, 1, FIELD_FIXED, "net present value of all costs")           \
    _(OPT, usd_per_mtok, "", "USD/Mtok", -1e300, 1e300, 0, 1, FIELD_FIXED, "NPV over discounted tokens")     \
    _(NUM, first_month_usd, "", "USD", -1e300, 1e300, 0, 1, FIELD_FIXED, "cost of the first month")          \
    _(OPT, tpot_s, "", "s", 0, 1e9, 0, 1, FIELD_FIXED, "time per output token at the planned batch")         \
    _(OPT, ttft_s, "", "s", 0, 1e9, 0, 1, FIELD_FIXED,                                                       \
      "prefill and one step: time to first token without a wait")                                            \
    _(OPT, quality, "", "", -1e300, 1e300, 0, 1, FIELD_FIXED, "the user's score of the model")               \
    _(OPT, params, "", "count", 0, 1e18, 0, 1, FIELD_FIXED, "parameters of the model")                       \
    _(TEXT, basis, "", "", 0, 0, 0, 0, FIELD_FIXED, "where the throughput comes from")                       \
    _(OPT, band_p10, "", "x", 0, 1e9, 0, 1, FIELD_FIXED, "10th percentile of the throughput, relative")      \
    _(OPT, band_p90, "", "x", 0, 1e9, 0, 1, FIELD_FIXED, "90th percentile of the throughput, relative")      \
    _(TEXT, source, "", "", 0, 0, 0, 0, FIELD_FIXED, "row of the price book")

typedef struct SearchPlan {
    SEARCH_PLAN_FIELDS(FIELD_DECLARE)
} SearchPlan;
extern const FieldRow search_plan_rows[];
extern const int n_search_plan_rows;

/* Plans in their order: cheaper first, then by place. */
bool search_plan_is_before(const SearchPlan *a, const SearchPlan *b);

typedef struct SearchPlans {
    int n;
    SearchPlan *items; /* owned by the result */
} SearchPlans;

enum { SEARCH_SETS = 1 << N_SEARCH_CONSTRAINTS, SEARCH_QUERY_BYTES = 1024 };

/* What a search found, or a part of one: plain data, also what a search file holds. */
typedef struct SearchResult {
    char scenario[FIELD_TEXT_BYTES];
    char scenario_sha256[65];       /* "" not known */
    char query[SEARCH_QUERY_BYTES]; /* what was asked, in one form: parts of one search agree in it */
    Date as_of;
    double tpot_s, ttft_s; /* the asked limits, the tightest over the workloads */
    SearchClass min_class; /* as used: never AUTO */
    int n_models, n_gpus, n_offers, n_apis;
    int n_unchecked; /* models whose licence has a threshold on users or revenue that are not given: they pass
                      */
    double price_sum;             /* of all offers: parts of one search agree in it */
    uint64_t n_combinations;      /* of the whole space */
    uint64_t by_set[SEARCH_SETS]; /* combinations looked at, by the set of constraints that they break */
    int shard, n_shards;          /* 0 of 1: everything */
    long n_blocks, n_blocks_done; /* pieces of work; fewer done: the search was stopped, and this is a part */
    int top;
    SearchPlans ranked;     /* feasible, the best for each way, model and price row; at most `top` */
    SearchPlans by_latency; /* feasible, front of cost against time per token: rising cost, falling time */
    SearchPlans by_quality; /* feasible, front of cost against score: rising cost, rising score */
    bool has_relaxed[N_SEARCH_CONSTRAINTS]; /* cheapest of those that break this constraint alone */
    SearchPlan relaxed[N_SEARCH_CONSTRAINTS];
    bool has_class[N_SEARCH_CLASSES]; /* cheapest of the class, if only the size is in its way */
    SearchPlan classes[N_SEARCH_CLASSES];
} SearchResult;

/* Was it stopped before its end? Then the rest may hold better plans. */
bool search_is_partial(const SearchResult *result);

/* Sums over `by_set`. */
uint64_t search_n_here(const SearchResult *result);
uint64_t search_n_feasible(const SearchResult *result);
uint64_t search_n_breaking(const SearchResult *result, SearchConstraint constraint); /* and maybe others */
uint64_t search_n_breaking_alone(const SearchResult *result, SearchConstraint constraint);

typedef struct Search Search;

/* Called from the calling thread now and then. False cancels. */
typedef struct SearchProgress {
    bool (*report)(void *context, long done, long all);
    void *context;
} SearchProgress;

/* Lays out the space. `base` is the scenario with at least one option of the kinds rent, api and hybrid
 * (search_base_resolve in search_input.h makes it); what a plan does not say itself comes from the first
 * option of its kind. All arguments but the query are borrowed until search_free and must not change; the
 * tables of models, accelerators, aliases, licences, rentals and API prices must be loaded. NULL: nothing
 * fits the query, or memory is out. */
Search *search_new(const SearchQuery *query, const Inputs *base, const PriceBook *book,
                   const CalibrationTable *calibration, Date as_of, Err *err);
void search_free(Search *search);

/* Work in equal pieces, of this shard: all of it, and what is done. */
long search_blocks(const Search *search);
long search_blocks_done(const Search *search);
uint64_t search_combinations(const Search *search);

/* Plans and bounds that were evaluated so far; unlike what was found, it depends on the number of threads. */
uint64_t search_evaluations(const Search *search);

/* Looks at the next `n_blocks` on `n_threads` threads (0: all processors) and returns; false when nothing is
 * left. For a screen that draws between the calls. */
bool search_advance(Search *search, long n_blocks, int n_threads);

/* All that is left, with progress (may be NULL). False when it was cancelled: what was found so far stays. */
bool search_run(Search *search, int n_threads, const SearchProgress *progress);

/* What was found so far; search_result_free it. False when memory is out. */
bool search_result(const Search *search, SearchResult *out);
void search_result_free(SearchResult *result);

/* Joins parts of one search; the same result as without shards when all parts are there. Parts of different
 * searches or scenarios, one that is there twice, missing, or was stopped, are faults. */
bool search_merge(const SearchResult *parts, int n_parts, SearchResult *out, Err *err);

#endif
