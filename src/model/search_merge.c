/* Joining the parts of a search. Layer: model.
 *
 * Every table of a part holds the first of an order that is the same for all parts, so the first of all parts
 * is the first of the whole: the parts' plans are put through the same tables again.
 */
#include "model/search_finds.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* All ranked and front plans of all parts, to find them again by place. */
typedef struct Pool {
    int n;
    const SearchPlan **plans; /* owned list of borrowed plans */
} Pool;

static bool is_same_group(const SearchPlan *a, const SearchPlan *b)
{
    return a->kind == b->kind && a->instance_gpus == b->instance_gpus && strcmp(a->model, b->model) == 0 &&
           strcmp(a->provider, b->provider) == 0 && strcmp(a->region, b->region) == 0 &&
           strcmp(a->term, b->term) == 0 && strcmp(a->gpu, b->gpu) == 0;
}

static void pool_add(Pool *pool, const SearchPlans *plans)
{
    for (int i = 0; i < plans->n; i++) pool->plans[pool->n++] = &plans->items[i];
}

static bool pool_fill(Pool *pool, const SearchResult *parts, int n_parts)
{
    size_t n = 1;
    for (int p = 0; p < n_parts; p++)
        n += (size_t)(parts[p].ranked.n + parts[p].by_latency.n + parts[p].by_quality.n);
    pool->n = 0;
    pool->plans = calloc(n, sizeof *pool->plans);
    if (pool->plans == NULL) return false;
    for (int p = 0; p < n_parts; p++) {
        pool_add(pool, &parts[p].ranked);
        pool_add(pool, &parts[p].by_latency);
        pool_add(pool, &parts[p].by_quality);
    }
    return true;
}

static uint64_t group_of(const Pool *pool, int i)
{
    int first = 0;
    while (!is_same_group(pool->plans[first], pool->plans[i])) first++;
    return (uint64_t)first;
}

static void pool_show(const Pool *pool, Finds *finds)
{
    for (int i = 0; i < pool->n; i++) {
        const SearchPlan *plan = pool->plans[i];
        Candidate candidate = {.npv_usd = plan->npv_usd,
                               .place = (uint64_t)plan->place,
                               .group = group_of(pool, i),
                               .has_tpot = plan->has_tpot_s,
                               .tpot_s = plan->tpot_s,
                               .has_quality = plan->has_quality,
                               .quality = plan->quality,
                               .size = SEARCH_CLASS_NONE};
        finds_add(finds, &candidate);
    }
}

static const SearchPlan *plan_at(const Pool *pool, uint64_t place)
{
    for (int i = 0; i < pool->n; i++)
        if ((uint64_t)pool->plans[i]->place == place) return pool->plans[i];
    return NULL;
}

static bool take_list(const Pool *pool, const CandidateList *list, SearchPlans *out)
{
    out->items = calloc((size_t)list->n + 1, sizeof *out->items);
    if (out->items == NULL) return false;
    for (int i = 0; i < list->n; i++) {
        const SearchPlan *plan = plan_at(pool, list->items[i].place);
        if (plan != NULL) out->items[out->n++] = *plan;
    }
    return true;
}

static void take_first(bool *has, SearchPlan *slot, bool has_other, const SearchPlan *other)
{
    if (!has_other || (*has && !search_plan_is_before(other, slot))) return;
    *has = true;
    *slot = *other;
}

static bool is_same_search(const SearchResult *a, const SearchResult *b)
{
    return strcmp(a->scenario, b->scenario) == 0 && strcmp(a->scenario_sha256, b->scenario_sha256) == 0 &&
           strcmp(a->query, b->query) == 0 && a->as_of == b->as_of && a->n_models == b->n_models &&
           a->n_gpus == b->n_gpus && a->n_offers == b->n_offers && a->n_apis == b->n_apis &&
           a->n_unchecked == b->n_unchecked && a->price_sum == b->price_sum &&
           a->n_combinations == b->n_combinations && a->n_shards == b->n_shards && a->top == b->top;
}

static bool check_parts(const SearchResult *parts, int n_parts, Err *err)
{
    for (int p = 0; p < n_parts; p++)
        if (search_is_partial(&parts[p]))
            return err_set(err, ERR_DATA, "part %d was stopped at %ld of %ld blocks; run it again", p + 1,
                           parts[p].n_blocks_done, parts[p].n_blocks);
    for (int p = 1; p < n_parts; p++)
        if (!is_same_search(&parts[0], &parts[p]))
            return err_set(
                err, ERR_DATA,
                "parts 1 and %d are of different searches: scenario and its text, query, day, price book, "
                "--top and number of shards must be the same",
                p + 1);
    for (int s = 0; s < parts[0].n_shards; s++) {
        int n = 0;
        for (int p = 0; p < n_parts; p++) n += parts[p].shard == s ? 1 : 0;
        if (n != 1)
            return err_set(err, ERR_DATA,
                           n == 0 ? "shard %d of %d is missing" : "shard %d of %d is there more than once",
                           s + 1, parts[0].n_shards);
    }
    return true;
}

/* A search of one part and the joined one say the same, but for the lists. */
static void join_rest(const SearchResult *parts, int n_parts, SearchResult *out)
{
    for (int p = 0; p < n_parts; p++) {
        const SearchResult *part = &parts[p];
        for (int set = 0; set < SEARCH_SETS; set++) out->by_set[set] += part->by_set[set];
        for (int c = 0; c < N_SEARCH_CONSTRAINTS; c++)
            take_first(&out->has_relaxed[c], &out->relaxed[c], part->has_relaxed[c], &part->relaxed[c]);
        for (int k = 0; k < N_SEARCH_CLASSES; k++)
            take_first(&out->has_class[k], &out->classes[k], part->has_class[k], &part->classes[k]);
    }
}

bool search_merge(const SearchResult *parts, int n_parts, SearchResult *out, Err *err)
{
    *out = (SearchResult){0};
    if (n_parts < 1) return err_set(err, ERR_USAGE, "there is no part to join");
    if (!check_parts(parts, n_parts, err)) return false;
    Pool pool;
    Finds finds;
    finds_init(&finds, parts[0].top);
    bool is_ok = pool_fill(&pool, parts, n_parts);
    if (is_ok) {
        *out = parts[0];
        memset(out->by_set, 0, sizeof out->by_set);
        memset(out->has_relaxed, 0, sizeof out->has_relaxed);
        memset(out->has_class, 0, sizeof out->has_class);
        out->ranked = out->by_latency = out->by_quality = (SearchPlans){0};
        out->shard = 0;
        out->n_shards = 1;
        for (int p = 1; p < n_parts; p++) out->n_blocks += parts[p].n_blocks;
        out->n_blocks_done = out->n_blocks;
        pool_show(&pool, &finds);
        is_ok = !finds.is_out_of_memory && take_list(&pool, &finds.ranked, &out->ranked) &&
                take_list(&pool, &finds.by_latency, &out->by_latency) &&
                take_list(&pool, &finds.by_quality, &out->by_quality);
        join_rest(parts, n_parts, out);
    }
    free(pool.plans);
    finds_free(&finds);
    if (is_ok) return true;
    search_result_free(out);
    return err_set(err, ERR_BUG, "out of memory");
}

void search_result_free(SearchResult *result)
{
    free(result->ranked.items);
    free(result->by_latency.items);
    free(result->by_quality.items);
    *result = (SearchResult){0};
}
