/* The search itself: blocks of the space on several threads (E11, E46, E68). Layer: model.
 *
 * A block is looked at in three steps: what its replica does at each latency level; which constraints each
 * offer breaks, which only counts; and the cost of those that break none, or one that can be relaxed. The
 * last is where the time goes, so a plan is evaluated only while some table has a use for it: offers that
 * differ in price alone are taken in rising order, and the least that any offer of the block can cost is
 * found first.
 */
#include "model/search_plan.h"

#include "tokentco/parallel.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct Search {
    SearchSpace space;
    char scenario[FIELD_TEXT_BYTES], scenario_sha256[65];
    int top, shard, n_shards;
    int n_threads;
    SearchWorker *workers[PARALLEL_THREADS_MAX]; /* owned; made when first needed */
    Finds finds[PARALLEL_THREADS_MAX];
    long n_done; /* blocks of this shard */
    long first;  /* of the pieces at hand */
};

/* The configuration at hand at one latency level. */
typedef struct LevelWork {
    SearchWorker *worker;
    Finds *finds;
    long block;
    SearchLevel level;
    const SpaceModel *model;
    const SpaceGpu *gpu;
    unsigned violated; /* by the model and the level */
    int degree;
    Candidate candidate; /* with everything but cost, place and group */
} LevelWork;

static unsigned offer_violated(const LevelWork *work, const SpaceOffer *offer)
{
    return work->violated | offer->violated | (work->degree > offer->degree_max ? SEARCH_BIT(NODE) : 0u);
}

static bool is_offered(const SpaceModel *model, const SpaceOffer *offer)
{
    return offer->kind != OFFER_HYBRID || model->cheapest_api >= 0;
}

/* ---- counting ---- */

static void count_offers(const LevelWork *work)
{
    for (int g = 0; g < work->gpu->n_groups; g++) {
        const OfferGroup *group = &work->gpu->groups[g];
        const SpaceOffer *first = &work->gpu->offers[group->first];
        if (is_offered(work->model, first))
            work->finds->by_set[offer_violated(work, first)] += (uint64_t)group->n;
    }
}

/* ---- cost ---- */

static bool wants_at(const LevelWork *work, unsigned violated, double npv_usd)
{
    Candidate least = work->candidate;
    least.violated = violated;
    least.npv_usd = npv_usd;
    return finds_want(work->finds, &least);
}

static bool is_group_worth(const LevelWork *work, const OfferGroup *group, double floor_usd,
                           double hybrid_floor_usd)
{
    const SpaceOffer *first = &work->gpu->offers[group->first];
    unsigned violated = offer_violated(work, first);
    if (!is_offered(work->model, first) || !set_is_costed(violated)) return false;
    switch (first->kind) {
    case OFFER_HYBRID:
        return wants_at(work, violated, hybrid_floor_usd);
    case OFFER_RESERVED:
        return !work->worker->space->prices_fall || wants_at(work, violated, floor_usd);
    case OFFER_PLAIN:
    case OFFER_HELD:
    case OFFER_SPOT:
        return wants_at(work, violated, floor_usd);
    case OFFER_OWN:
        return true;
    }
    return true;
}

static void cost_group(const LevelWork *work, const OfferGroup *group)
{
    const SearchSpace *space = work->worker->space;
    for (int i = group->first; i < group->first + group->n; i++) {
        const SpaceOffer *offer = &work->gpu->offers[i];
        Candidate candidate = work->candidate;
        candidate.violated = offer_violated(work, offer);
        candidate.place = search_place(space, work->block, work->level, i);
        candidate.group =
            (uint64_t)offer->number * (uint64_t)space->n_models + (uint64_t)(work->model - space->models);
        double limit_usd = finds_limit_usd(work->finds, &candidate);
        bool is_wanted =
            search_worker_cost(work->worker, work->model, offer, limit_usd, &candidate.npv_usd) &&
            finds_want(work->finds, &candidate);
        if (is_wanted) {
            finds_add(work->finds, &candidate);
        } else if (group->is_sorted) {
            return;
        }
    }
}

static void cost_level(const LevelWork *work, double floor_usd)
{
    double hybrid_floor_usd = search_worker_hybrid_floor(work->worker, work->gpu);
    for (int g = 0; g < work->gpu->n_groups; g++)
        if (is_group_worth(work, &work->gpu->groups[g], floor_usd, hybrid_floor_usd))
            cost_group(work, &work->gpu->groups[g]);
}

/* ---- blocks ---- */

/* What breaks the whole configuration, whatever the offer. */
static unsigned config_bits(const SearchSpace *space, const SpaceModel *model, int degree)
{
    unsigned bits = 0;
    for (int k = 0; k < space->base->n_workloads; k++)
        if (space->base->workloads[k].max_context_tok > model->context_tok) bits |= SEARCH_BIT(MEMORY);
    if (model->shape.heads % degree != 0) bits |= SEARCH_BIT(NODE);
    return bits;
}

static bool is_memory_fault(ReplicaFault fault)
{
    return fault == REPLICA_NO_MEMORY || fault == REPLICA_NO_BATCH;
}

/* Which latency limits stand in the way of a replica that cannot keep both. */
static unsigned latency_bits(const Replica replicas[N_SEARCH_LEVELS])
{
    if (replicas[LEVEL_ASKED].fault == REPLICA_OK) return 0;
    bool without_tpot = replicas[LEVEL_NO_TPOT].fault == REPLICA_OK;
    bool without_ttft = replicas[LEVEL_NO_TTFT].fault == REPLICA_OK;
    if (without_tpot == without_ttft)
        return without_tpot ? (replicas[LEVEL_ASKED].fault == REPLICA_TPOT_TOO_SLOW ? SEARCH_BIT(TPOT)
                                                                                    : SEARCH_BIT(TTFT))
                            : SEARCH_BIT(TPOT) | SEARCH_BIT(TTFT);
    return without_tpot ? SEARCH_BIT(TPOT) : SEARCH_BIT(TTFT);
}

/* What a plan of a level breaks; false when the level adds nothing to the asked one. */
static bool level_bits(const SearchSpace *space, SearchLevel level, const Replica *replica, unsigned *bits)
{
    if (replica->fault != REPLICA_OK) return false;
    *bits = 0;
    if (replica->tpot_s > space->tpot_s) *bits |= SEARCH_BIT(TPOT);
    if (replica->prefill_s + replica->step_s > space->ttft_s) *bits |= SEARCH_BIT(TTFT);
    return *bits != 0 || level < LEVEL_NO_TPOT;
}

static void look_at_levels(LevelWork *work, const Replica replicas[N_SEARCH_LEVELS], unsigned fixed)
{
    for (int l = 0; l < N_SEARCH_LEVELS; l++) {
        const Replica *replica = &replicas[l];
        unsigned bits;
        if (!level_bits(work->worker->space, (SearchLevel)l, replica, &bits)) continue;
        work->level = (SearchLevel)l;
        work->violated = fixed | bits;
        work->candidate.has_tpot = true;
        work->candidate.tpot_s = replica->tpot_s;
        search_worker_set_level(work->worker, (SearchLevel)l);
        double floor_usd = 0.0;
        bool is_possible = search_worker_floor(work->worker, work->gpu, &floor_usd);
        if (l == LEVEL_ASKED) {
            if (!is_possible) work->violated |= SEARCH_BIT(FLEET);
            count_offers(work);
        }
        if (is_possible) cost_level(work, floor_usd);
    }
}

static void look_at_config(Search *search, int thread, long block)
{
    SearchWorker *worker = search->workers[thread];
    const SearchSpace *space = &search->space;
    SpaceConfig config = search_space_config(space, block);
    const SpaceModel *model = &space->models[config.model];
    LevelWork work = {.worker = worker,
                      .finds = &search->finds[thread],
                      .block = block,
                      .model = model,
                      .gpu = &space->gpus[config.gpu],
                      .degree = config.degree};
    work.candidate =
        (Candidate){.has_quality = model->has_quality, .quality = model->quality, .size = model->size};
    Replica replicas[N_SEARCH_LEVELS];
    search_worker_set_config(worker, &config);
    unsigned fixed = model->violated | config_bits(space, model, config.degree);
    for (int l = 0; l < N_SEARCH_LEVELS; l++) replicas[l] = search_worker_replica(worker, (SearchLevel)l);
    bool is_too_large = is_memory_fault(replicas[LEVEL_NO_TPOT].fault);
    unsigned asked = fixed | (is_too_large ? SEARCH_BIT(MEMORY) : latency_bits(replicas));
    bool is_costed = !is_too_large && set_is_costed(fixed);
    if (!is_costed || replicas[LEVEL_ASKED].fault != REPLICA_OK) {
        work.violated = asked;
        count_offers(&work);
    }
    if (is_costed) look_at_levels(&work, replicas, fixed);
}

static void look_at_apis(Search *search, int thread)
{
    SearchWorker *worker = search->workers[thread];
    Finds *finds = &search->finds[thread];
    const SearchSpace *space = &search->space;
    for (int i = 0; i < space->n_apis; i++) {
        const SpaceApi *api = &space->apis[i];
        if (!api->is_plan) continue;
        Candidate candidate = {.place = search_place(space, 0, LEVEL_ASKED, i),
                               .violated = api->violated,
                               .has_quality = api->has_quality,
                               .quality = api->quality,
                               .size = api->size};
        candidate.group = (uint64_t)space->n_offers * (uint64_t)space->n_models + (uint64_t)i;
        finds->by_set[api->violated]++;
        if (set_is_costed(api->violated) && search_worker_api_cost(worker, api, &candidate.npv_usd))
            finds_add(finds, &candidate);
    }
}

static bool look_at_block(void *context, int thread, long piece)
{
    Search *search = context;
    long block = search->shard + (search->first + piece) * search->n_shards;
    if (block == 0) {
        look_at_apis(search, thread);
    } else {
        look_at_config(search, thread, block);
    }
    return true;
}

/* ---- the outside ---- */

Search *search_new(const SearchQuery *query, const Inputs *base, const PriceBook *book,
                   const CalibrationTable *calibration, Date as_of, Err *err)
{
    Search *search = calloc(1, sizeof *search);
    if (search == NULL) {
        err_set(err, ERR_BUG, "out of memory");
        return NULL;
    }
    if (!search_space_build(query, base, book, calibration, as_of, &search->space, err)) {
        free(search);
        return NULL;
    }
    memcpy(search->scenario, base->name, sizeof search->scenario);
    if (query->scenario_sha256 != NULL)
        snprintf(search->scenario_sha256, sizeof search->scenario_sha256, "%s", query->scenario_sha256);
    search->top = query->top;
    search->shard = query->shard;
    search->n_shards = query->n_shards;
    return search;
}

void search_free(Search *search)
{
    if (search == NULL) return;
    for (int t = 0; t < search->n_threads; t++) {
        search_worker_free(search->workers[t]);
        finds_free(&search->finds[t]);
    }
    search_space_free(&search->space);
    free(search);
}

long search_blocks(const Search *search)
{
    long rest = search->space.n_blocks - search->shard;
    return rest <= 0 ? 0 : (rest + search->n_shards - 1) / search->n_shards;
}

long search_blocks_done(const Search *search)
{
    return search->n_done;
}

uint64_t search_combinations(const Search *search)
{
    return search->space.n_combinations;
}

uint64_t search_evaluations(const Search *search)
{
    uint64_t sum = 0;
    for (int t = 0; t < search->n_threads; t++) sum += search->workers[t]->n_evaluations;
    return sum;
}

/* Workers for so many threads; fewer when memory is out, at least one or false. */
static int need_workers(Search *search, int n_threads)
{
    int wanted = n_threads < PARALLEL_THREADS_MAX ? n_threads : PARALLEL_THREADS_MAX;
    while (search->n_threads < wanted) {
        SearchWorker *worker = search_worker_new(&search->space);
        if (worker == NULL) break;
        finds_init(&search->finds[search->n_threads], search->top);
        search->workers[search->n_threads++] = worker;
    }
    return search->n_threads < wanted ? search->n_threads : wanted;
}

bool search_advance(Search *search, long n_blocks, int n_threads)
{
    long left = search_blocks(search) - search->n_done, now = n_blocks < left ? n_blocks : left;
    int n = need_workers(search, n_threads > 0 ? n_threads : parallel_threads());
    if (n == 0 || now <= 0) return false;
    search->first = search->n_done;
    parallel_for(now, n, look_at_block, search);
    search->n_done += now;
    return now < left;
}

bool search_run(Search *search, int n_threads, const SearchProgress *progress)
{
    enum { PIECES = 200 };
    long all = search_blocks(search), piece = all / PIECES + 1;
    do {
        if (progress != NULL && !progress->report(progress->context, search->n_done, all)) return false;
    } while (search_advance(search, piece, n_threads));
    if (progress != NULL) progress->report(progress->context, search->n_done, all);
    return search->n_done == all;
}

/* ---- what was found ---- */

static bool plans_build(SearchWorker *worker, const CandidateList *list, SearchPlans *out)
{
    out->items = calloc((size_t)list->n + 1, sizeof *out->items);
    if (out->items == NULL) return false;
    out->n = list->n;
    for (int i = 0; i < list->n; i++) search_plan_build(worker, &list->items[i], &out->items[i]);
    return true;
}

static void describe(const Search *search, SearchResult *out)
{
    const SearchSpace *space = &search->space;
    memcpy(out->scenario, search->scenario, sizeof out->scenario);
    memcpy(out->scenario_sha256, search->scenario_sha256, sizeof out->scenario_sha256);
    memcpy(out->query, space->query, sizeof out->query);
    out->as_of = space->as_of;
    out->tpot_s = space->tpot_s;
    out->ttft_s = space->ttft_s;
    out->min_class = space->min_class;
    out->n_models = space->n_models;
    out->n_gpus = space->n_gpus;
    out->n_offers = space->n_offers;
    out->n_apis = space->n_api_plans;
    out->n_unchecked = space->n_unchecked;
    out->price_sum = space->price_sum;
    out->n_combinations = space->n_combinations;
    out->shard = search->shard;
    out->n_shards = search->n_shards;
    out->n_blocks = search_blocks(search);
    out->n_blocks_done = search->n_done;
    out->top = search->top;
}

bool search_result(const Search *search, SearchResult *out)
{
    *out = (SearchResult){0};
    Finds all;
    finds_init(&all, search->top);
    for (int t = 0; t < search->n_threads; t++) finds_join(&all, &search->finds[t]);
    SearchWorker *worker = search_worker_new(&search->space);
    bool is_ok = worker != NULL && !all.is_out_of_memory && plans_build(worker, &all.ranked, &out->ranked) &&
                 plans_build(worker, &all.by_latency, &out->by_latency) &&
                 plans_build(worker, &all.by_quality, &out->by_quality);
    if (is_ok) {
        describe(search, out);
        memcpy(out->by_set, all.by_set, sizeof out->by_set);
        for (int c = 0; c < N_SEARCH_CONSTRAINTS; c++)
            if ((out->has_relaxed[c] = all.has_relaxed[c]))
                search_plan_build(worker, &all.relaxed[c], &out->relaxed[c]);
        for (int k = 0; k < N_SEARCH_CLASSES; k++)
            if ((out->has_class[k] = all.has_class[k]))
                search_plan_build(worker, &all.classes[k], &out->classes[k]);
    } else {
        search_result_free(out);
    }
    search_worker_free(worker);
    finds_free(&all);
    return is_ok;
}
