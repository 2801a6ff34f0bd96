/* One thread of a search: the inputs that it fills with a plan and evaluates. Layer: model, private. */
#ifndef MODEL_SEARCH_PLAN_H
#define MODEL_SEARCH_PLAN_H

#include "model/search_finds.h"
#include "model/search_space.h"

typedef struct SearchWorker SearchWorker;
struct SearchWorker {
    const SearchSpace *space; /* borrowed */
    Inputs *inputs;           /* owned: the base, with the plan at hand in the options of its kind */
    Workspace *workspace;     /* owned */
    MixSet mixes[N_SEARCH_LEVELS];
    SpaceConfig config;
    bool has_efficiency; /* of the configuration's model, accelerator, weights and engine */
    Efficiency efficiency;
    ThroughputBand band;
    Basis basis;
    SearchLevel level;
    uint64_t n_evaluations;
    double api_floor_usd; /* an API without a request: what a hybrid pays for its API at least */
};

/* NULL when memory is out. */
SearchWorker *search_worker_new(const SearchSpace *space);
void search_worker_free(SearchWorker *worker);

/* Model, accelerator, weights, engine and degree of every self-hosted option. */
void search_worker_set_config(SearchWorker *worker, const SpaceConfig *config);
Replica search_worker_replica(SearchWorker *worker, SearchLevel level);
void search_worker_set_level(SearchWorker *worker, SearchLevel level);

/* No rented offer of the accelerator costs less than this, in the configuration and level at hand. False when
 * no fleet of any offer serves the demand. */
bool search_worker_floor(SearchWorker *worker, const SpaceGpu *gpu, double *npv_usd);
/* The same for hybrids: an idle fleet beside an idle API. */
double search_worker_hybrid_floor(SearchWorker *worker, const SpaceGpu *gpu);

/* NPV of a plan in the configuration and level at hand; false when it serves nobody, or when it is a hybrid
 * that costs more than the limit whatever the size of its fleet. */
bool search_worker_cost(SearchWorker *worker, const SpaceModel *model, const SpaceOffer *offer,
                        double limit_usd, double *npv_usd);
bool search_worker_api_cost(SearchWorker *worker, const SpaceApi *api, double *npv_usd);

/* The whole plan behind a candidate: it is evaluated again. */
void search_plan_build(SearchWorker *worker, const Candidate *candidate, SearchPlan *out);

#endif
