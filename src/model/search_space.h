/* The space of a search: axes laid out from the price book, and where a plan lies in it. Layer: model,
 * private.
 *
 * A block is one self-hosted configuration (model, accelerator, weight format, engine, GPUs of a replica);
 * its plans are the offers of that accelerator at each latency level. Block 0 is different: all API prices.
 */
#ifndef MODEL_SEARCH_SPACE_H
#define MODEL_SEARCH_SPACE_H

#include "tokentco/search.h"
#include "tokentco/throughput.h"

/* Latency levels: as asked, tighter ones for the front, and without one of the limits. */
typedef enum SearchLevel {
    LEVEL_ASKED,
    LEVEL_HALF,
    LEVEL_QUARTER,
    LEVEL_NO_TPOT,
    LEVEL_NO_TTFT,
    N_SEARCH_LEVELS
} SearchLevel;

typedef struct SpaceModel {
    const PriceRow *row;
    ModelShape shape; /* as the cost model wants it */
    ModelFacts facts; /* as the calibration wants it */
    SearchClass size;
    double context_tok;
    unsigned violated; /* bits of constraints that the model alone breaks */
    bool has_quality;
    double quality;
    int cheapest_api; /* of the APIs that sell it, for hybrids; -1 none */
} SpaceModel;

/* How an offer is paid. */
typedef enum OfferKind {
    OFFER_PLAIN, /* by the hour */
    OFFER_HELD, /* by the hour, the whole fleet around the clock: a contract without an hourly price beside it
                 */
    OFFER_RESERVED, /* some replicas under contract, the others by the hour (E46) */
    OFFER_SPOT,     /* interruptible, by the hour where there is none (E22) */
    OFFER_OWN,      /* the scenario's own servers */
    OFFER_HYBRID    /* by the hour up to a number of replicas, the rest to an API (E68) */
} OfferKind;

typedef struct SpaceOffer {
    OfferKind kind;
    const PriceRow *row; /* NULL: own */
    double usd;          /* listed, per GPU-hour */
    double hourly_usd;   /* by the hour beside it; the same for plain offers */
    int term_months;     /* reserved */
    int instance_gpus;   /* rented together; 1: one by one */
    int degree_max;      /* GPUs that a replica can have inside one instance */
    int own;             /* option number in the base, own */
    unsigned violated;   /* bits of constraints that the offer alone breaks */
    int number;          /* in the space */
} SpaceOffer;

/* Offers that differ in price alone, cheapest first: once one is too dear, so are the others. Reserved and
 * spot offers have two prices; they are grouped without an order. */
typedef struct OfferGroup {
    int first, n; /* in the accelerator's offers */
    bool is_sorted;
} OfferGroup;

typedef struct SpaceGpu {
    const PriceRow *row;
    GpuFacts facts;
    int n_offers, n_groups;
    SpaceOffer *offers;
    OfferGroup *groups;
    double floor_usd; /* least price that any rented offer pays */
    bool has_rented;
} SpaceGpu;

typedef struct SpaceApi {
    const PriceRow *row;
    int model;    /* in the space's models, -1: not of the catalogue */
    bool is_plan; /* else only what a hybrid may buy from */
    unsigned violated;
    bool has_quality;
    double quality;
    SearchClass size;
    double params; /* 0 unknown */
} SpaceApi;

typedef struct SpaceWeights {
    const char *name;
    double bytes;
} SpaceWeights;

enum { SPACE_WEIGHTS_MAX = 3, SPACE_ENGINES_MAX = 8 };

typedef struct SearchSpace {
    Arena arena;
    const PriceBook *book;         /* borrowed */
    const CalibrationTable *table; /* borrowed */
    const Inputs *base;            /* borrowed */
    Date as_of;
    char query[SEARCH_QUERY_BYTES];
    bool has_tpot, has_ttft; /* the query's limits stand for the workloads' own */
    double tpot_s, ttft_s;   /* asked; the tightest of the workloads */
    SearchClass min_class;
    bool prices_fall; /* rents never rise in the horizon: then a contract never undercuts today's price of it
                       */
    int n_unchecked;  /* models whose licence has a threshold on what the scenario does not give */
    int n_models, n_gpus, n_apis, n_api_plans, n_weights, n_engines, n_degrees;
    SpaceModel *models;
    SpaceGpu *gpus;
    SpaceApi *apis;
    SpaceWeights weights[SPACE_WEIGHTS_MAX];
    char engines[SPACE_ENGINES_MAX][THROUGHPUT_NAME_BYTES];
    int degrees[INPUT_DEGREES_MAX];
    int rent, hybrid, api; /* options of the base that stand for their kind */
    int offers_max;        /* most offers of one accelerator: the stride of places */
    int n_offers;          /* of all accelerators */
    double price_sum;
    long n_blocks;
    uint64_t n_combinations;
} SearchSpace;

/* Does a licence allow the use? What licences.csv does not say is not allowed. Unchecked: it would, but for a
 * threshold on a figure that the scenario does not give (users, revenue). */
typedef enum LicenceAnswer { LICENCE_ALLOWS, LICENCE_FORBIDS, LICENCE_UNCHECKED } LicenceAnswer;
LicenceAnswer search_licence(const SearchSpace *space, SearchLicence use, const char *name);

/* Does one of the comma-separated patterns fit the name? `*` ends a pattern that is a prefix; an empty list
 * fits everything. The second knows what a name stands for: a pattern may be an alias of the book's `kind`.
 */
bool search_list_fits(const char *list, const char *name);
bool search_list_fits_alias(const PriceBook *book, const char *kind, const char *list, const char *id);

/* The axes that come from tables of the book; the APIs after the models, which they refer to. */
void search_lay_out_models(SearchSpace *space, const SearchQuery *query);
void search_lay_out_apis(SearchSpace *space, const SearchQuery *query);
void search_lay_out_offers(SearchSpace *space, const SearchQuery *query);

bool search_space_build(const SearchQuery *query, const Inputs *base, const PriceBook *book,
                        const CalibrationTable *table, Date as_of, SearchSpace *out, Err *err);
void search_space_free(SearchSpace *space);

/* A block by number, from 1 on. */
typedef struct SpaceConfig {
    int model, gpu, weights, engine, degree; /* degree: GPUs, the others are numbers in the space */
} SpaceConfig;
SpaceConfig search_space_config(const SearchSpace *space, long block);

/* Where a plan lies: block, level and offer, as one number that orders them. */
uint64_t search_place(const SearchSpace *space, long block, SearchLevel level, int offer);
void search_place_split(const SearchSpace *space, uint64_t place, long *block, SearchLevel *level,
                        int *offer);

#endif
