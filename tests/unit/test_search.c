/* The search: against every plan evaluated one by one, at any number of threads, in steps and in shards; and
 * one plan against the scenario that a person would write for it. */
#include "model/search_plan.h"
#include "test.h"
#include "tokentco/calibration_table.h"
#include "tokentco/search_input.h"
#include "tokentco/search_report.h"

#include <stdlib.h>

#define BIT(constraint) (1u << SEARCH_##constraint)

static PriceBook book;
static CalibrationTable calibration;
static Scenario *scenario;
static Resolved base;

static int open_all(void **state)
{
    (void)state;
    ErrList errors;
    err_list_init(&errors);
    bool is_ok = pricebook_open(&book, NULL, &errors) && pricebook_need_all(&book, &errors) &&
                 calibration_table_find(book.folder, "", &book.arena, &calibration, &errors);
    ResolveSources sources = {.book = &book, .calibration = &calibration};
    scenario = scenario_load("support-chat", &errors);
    is_ok = is_ok && scenario != NULL && search_base_resolve(scenario, &sources, &base, &errors);
    err_list_print(&errors, stderr);
    err_list_free(&errors);
    return is_ok ? 0 : -1;
}

static int close_all(void **state)
{
    (void)state;
    resolved_free(&base);
    scenario_free(scenario);
    pricebook_close(&book);
    return 0;
}

/* A corner of the space that holds every kind of offer: contracts, spot, marketplaces, owned servers,
 * hybrids. */
static SearchQuery small_query(void)
{
    static const SearchScore scores[] = {
        {"llama-3.3-70b", 71.5}, {"llama-3.1-8b", 48.25}, {"claude-haiku-4-5", 77.75}};
    SearchQuery query;
    search_query_init(&query);
    query.gpus = "H100,L40S";
    query.models = "llama-3.3-70b,llama-3.1-8b,qwen3-0.6b,mistral-large-2407,claude-haiku-4-5";
    query.regions = "any,us-east-*";
    query.privacy = PRIVACY_RENTED;
    query.scores = scores;
    query.n_scores = 3;
    return query;
}

static Search *search_of(const SearchQuery *query)
{
    Err err = {0};
    Search *search = search_new(query, &base.inputs, &book, &calibration, base.as_of, &err);
    if (search == NULL) fail_msg("%s", err.text);
    return search;
}

static char *dump(const SearchResult *result)
{
    Text text;
    text_init(&text);
    search_json_add(result, &text);
    return text.data;
}

static char *dump_search(const SearchQuery *query, int n_threads, long step)
{
    Search *search = search_of(query);
    SearchResult result;
    if (step > 0) {
        while (search_advance(search, step, n_threads)) continue;
    } else {
        assert_true(search_run(search, n_threads, NULL));
    }
    assert_int_equal(search_blocks_done(search), search_blocks(search));
    assert_true(search_result(search, &result));
    char *text = dump(&result);
    search_result_free(&result);
    search_free(search);
    return text;
}

/* ---- every plan, none left out ---- */

static void count(const SearchSpace *space, const SpaceConfig *config, unsigned violated, Finds *finds)
{
    const SpaceGpu *gpu = &space->gpus[config->gpu];
    for (int i = 0; i < gpu->n_offers; i++) {
        const SpaceOffer *offer = &gpu->offers[i];
        if (offer->kind == OFFER_HYBRID && space->models[config->model].cheapest_api < 0) continue;
        finds->by_set[violated | offer->violated | (config->degree > offer->degree_max ? BIT(NODE) : 0u)]++;
    }
}

static void show_level(SearchWorker *worker, long block, SearchLevel level, const Replica *replica,
                       unsigned fixed, Finds *finds)
{
    const SearchSpace *space = worker->space;
    SpaceConfig config = worker->config;
    const SpaceModel *model = &space->models[config.model];
    unsigned bits = fixed;
    if (replica->tpot_s > space->tpot_s) bits |= BIT(TPOT);
    if (replica->prefill_s + replica->step_s > space->ttft_s) bits |= BIT(TTFT);
    if (level >= LEVEL_NO_TPOT && bits == fixed) return;
    search_worker_set_level(worker, level);
    for (int i = 0; i < space->gpus[config.gpu].n_offers; i++) {
        const SpaceOffer *offer = &space->gpus[config.gpu].offers[i];
        Candidate candidate = {.place = search_place(space, block, level, i),
                               .group = (uint64_t)offer->number * 1000 + (uint64_t)config.model,
                               .violated = bits | offer->violated |
                                           (config.degree > offer->degree_max ? BIT(NODE) : 0u),
                               .has_tpot = true,
                               .tpot_s = replica->tpot_s,
                               .has_quality = model->has_quality,
                               .quality = model->quality,
                               .size = model->size};
        if (offer->kind == OFFER_HYBRID && model->cheapest_api < 0) continue;
        if (set_is_costed(candidate.violated) &&
            search_worker_cost(worker, model, offer, HUGE_VAL, &candidate.npv_usd))
            finds_add(finds, &candidate);
    }
}

static void show_config(SearchWorker *worker, long block, Finds *finds)
{
    const SearchSpace *space = worker->space;
    SpaceConfig config = search_space_config(space, block);
    const SpaceModel *model = &space->models[config.model];
    search_worker_set_config(worker, &config);
    Replica replicas[N_SEARCH_LEVELS];
    for (int l = 0; l < N_SEARCH_LEVELS; l++) replicas[l] = search_worker_replica(worker, (SearchLevel)l);
    unsigned fixed = model->violated;
    if (space->base->workloads[0].max_context_tok > model->context_tok) fixed |= BIT(MEMORY);
    if (model->shape.heads % config.degree != 0) fixed |= BIT(NODE);
    unsigned asked = fixed;
    bool ok_tpot = replicas[LEVEL_NO_TPOT].fault == REPLICA_OK,
         ok_ttft = replicas[LEVEL_NO_TTFT].fault == REPLICA_OK;
    ReplicaFault fault = replicas[LEVEL_ASKED].fault;
    if (fault == REPLICA_NO_MEMORY || fault == REPLICA_NO_BATCH) {
        asked |= BIT(MEMORY);
    } else if (fault != REPLICA_OK) {
        if (!ok_tpot && !ok_ttft) asked |= BIT(TPOT) | BIT(TTFT);
        if (ok_tpot && (!ok_ttft || fault == REPLICA_TPOT_TOO_SLOW)) asked |= BIT(TPOT);
        if (ok_ttft && (!ok_tpot || fault == REPLICA_TTFT_TOO_SLOW)) asked |= BIT(TTFT);
    }
    count(space, &config, asked, finds);
    for (int l = 0; l < N_SEARCH_LEVELS; l++)
        if (replicas[l].fault == REPLICA_OK)
            show_level(worker, block, (SearchLevel)l, &replicas[l], fixed, finds);
}

static void show_all(const SearchSpace *space, Finds *finds)
{
    SearchWorker *worker = search_worker_new(space);
    assert_non_null(worker);
    for (int i = 0; i < space->n_apis; i++) {
        const SpaceApi *api = &space->apis[i];
        if (!api->is_plan) continue;
        Candidate candidate = {.place = search_place(space, 0, LEVEL_ASKED, i),
                               .group = UINT64_MAX - (uint64_t)i,
                               .violated = api->violated,
                               .has_quality = api->has_quality,
                               .quality = api->quality,
                               .size = api->size};
        finds->by_set[api->violated]++;
        if (set_is_costed(api->violated) && search_worker_api_cost(worker, api, &candidate.npv_usd))
            finds_add(finds, &candidate);
    }
    for (long block = 1; block < space->n_blocks; block++) show_config(worker, block, finds);
    search_worker_free(worker);
}

static void same_plans(const CandidateList *want, const SearchPlans *got)
{
    assert_int_equal(got->n, want->n);
    for (int i = 0; i < got->n; i++) {
        assert_int_equal((uint64_t)got->items[i].place, want->items[i].place);
        assert_close(got->items[i].npv_usd, want->items[i].npv_usd, 0.0);
    }
}

static void compare_with_all(SearchQuery query, int relaxed_min, int fast_min, OptionKind kind)
{
    SearchSpace space;
    Err err = {0};
    assert_true(search_space_build(&query, &base.inputs, &book, &calibration, base.as_of, &space, &err));
    Finds all;
    finds_init(&all, query.top);
    show_all(&space, &all);
    Search *search = search_of(&query);
    SearchResult result;
    assert_true(search_run(search, 2, NULL));
    assert_true(search_result(search, &result));
    assert_memory_equal(result.by_set, all.by_set, sizeof all.by_set);
    assert_int_equal(search_n_here(&result), space.n_combinations);
    assert_true(result.by_latency.n >= fast_min);
    int n_of_kind = 0;
    for (int i = 0; i < result.ranked.n; i++) n_of_kind += result.ranked.items[i].kind == (int)kind ? 1 : 0;
    assert_true(n_of_kind > 0);
    same_plans(&all.ranked, &result.ranked);
    same_plans(&all.by_latency, &result.by_latency);
    same_plans(&all.by_quality, &result.by_quality);
    int n_relaxed = 0;
    for (int c = 0; c < N_SEARCH_CONSTRAINTS; c++) {
        assert_int_equal(result.has_relaxed[c], all.has_relaxed[c]);
        if (!all.has_relaxed[c]) continue;
        n_relaxed++;
        assert_int_equal((uint64_t)result.relaxed[c].place, all.relaxed[c].place);
    }
    assert_true(n_relaxed >= relaxed_min);
    for (int k = 0; k < N_SEARCH_CLASSES; k++)
        if (all.has_class[k]) assert_int_equal((uint64_t)result.classes[k].place, all.classes[k].place);
    search_result_free(&result);
    search_free(search);
    finds_free(&all);
    search_space_free(&space);
}

static void nothing_is_missed(void **state)
{
    (void)state;
    SearchQuery query = small_query();
    compare_with_all(query, 4, 3, OPTION_RENT);
    /* Prompts may leave: hybrids are plans then, and all of them are in a ranking that is long enough. */
    query.privacy = PRIVACY_ANY;
    query.regions = NULL;
    query.models = "llama-3.3-70b,gpt-oss-20b";
    query.gpus = "H100";
    query.engines = "vllm";
    query.top = 500;
    compare_with_all(query, 1, 3, OPTION_HYBRID);
    query = small_query();
    query.models = "claude-haiku-4-5,gpt-4.1*";
    query.gpus = NULL;
    query.regions = NULL;
    query.privacy = PRIVACY_ANY;
    compare_with_all(query, 1, 0, OPTION_API);
}

/* ---- the same from any side ---- */

static void threads_and_steps_do_not_matter(void **state)
{
    (void)state;
    SearchQuery query = small_query();
    char *one = dump_search(&query, 1, 0);
    const int threads[] = {2, 7};
    for (int i = 0; i < 2; i++) {
        char *other = dump_search(&query, threads[i], i == 0 ? 0 : 13);
        assert_string_equal(other, one);
        free(other);
    }
    free(one);
}

static void shards_join_to_the_whole(void **state)
{
    (void)state;
    enum { SHARDS = 5 };
    SearchQuery query = small_query();
    char *whole = dump_search(&query, 2, 0);
    SearchResult parts[SHARDS], joined;
    query.n_shards = SHARDS;
    for (int i = 0; i < SHARDS; i++) {
        query.shard = (i + 3) % SHARDS; /* in any order */
        Search *search = search_of(&query);
        assert_true(search_run(search, 1, NULL));
        assert_true(search_result(search, &parts[i]));
        search_free(search);
    }
    Err err = {0};
    assert_true(search_merge(parts, SHARDS, &joined, &err));
    char *text = dump(&joined);
    assert_string_equal(text, whole);
    free(text);
    free(whole);
    search_result_free(&joined);

    assert_false(search_merge(parts, SHARDS - 1, &joined, &err));
    assert_non_null(strstr(err.text, "shard 3 of 5 is missing"));
    err = (Err){0};
    parts[1].top++;
    assert_false(search_merge(parts, SHARDS, &joined, &err));
    assert_non_null(strstr(err.text, "different searches"));
    for (int i = 0; i < SHARDS; i++) search_result_free(&parts[i]);
}

static bool stop_at_once(void *context, long done, long all)
{
    int *n = context;
    (void)all;
    (*n)++;
    return done == 0;
}

static void a_cancelled_search_keeps_what_it_found(void **state)
{
    (void)state;
    SearchQuery query = small_query();
    int n = 0;
    SearchProgress progress = {stop_at_once, &n};
    Search *search = search_of(&query);
    assert_false(search_run(search, 1, &progress));
    assert_int_equal(n, 2);
    assert_true(search_blocks_done(search) > 0);
    assert_true(search_blocks_done(search) < search_blocks(search));
    SearchResult result;
    assert_true(search_result(search, &result));
    assert_true(search_n_here(&result) > 0);
    search_result_free(&result);
    search_free(search);
}

/* ---- one plan by hand ---- */

/* What a person would write for the cheapest rented plan on H100 at Lambda must cost what the search says. */
static void a_plan_costs_what_its_scenario_costs(void **state)
{
    (void)state;
    SearchQuery query;
    search_query_init(&query);
    query.gpus = "H100";
    query.models = "llama-3.3-70b";
    query.providers = "lambda";
    query.terms = "on_demand";
    query.engines = "vllm";
    query.weights = "fp8";
    Search *search = search_of(&query);
    SearchResult result;
    assert_true(search_run(search, 1, NULL));
    assert_true(search_result(search, &result));
    assert_true(result.ranked.n >= 1);
    const SearchPlan *plan = NULL;
    for (int i = 0; i < result.ranked.n && plan == NULL; i++)
        if (result.ranked.items[i].kind == OPTION_RENT) plan = &result.ranked.items[i];
    assert_non_null(plan);
    char text[2048];
    snprintf(text, sizeof text,
             "{\"schema\": 1, \"start\": \"2026-12\", \"as_of\": \"2026-09-23\", \"horizon_months\": 36, "
             "\"discount_per_year\": 0.1,"
             "\"workloads\": [{\"requests_per_month\": 3000000, \"growth_per_month\": 0.02, \"input_tok\": "
             "1155, \"output_tok\": "
             "211, \"profile\": \"conversation\"}], \"options\": [{\"name\": \"it\", \"kind\": \"rent\", "
             "\"engine\": {\"model\": "
             "\"llama-3.3-70b\", \"gpu\": \"H100\", \"software\": \"vllm\", \"degrees\": [%d]}, \"serving\": "
             "{\"weight_bytes\": 1}, "
             "\"fleet\": {\"instance_gpus\": %d}, \"rent\": {\"on_demand_usd_per_gpu_h\": %.17g}}]}",
             plan->degree, plan->instance_gpus, plan->unit_usd);
    ErrList errors;
    err_list_init(&errors);
    static Resolved by_hand;
    ResolveSources sources = {.book = &book, .calibration = &calibration};
    Scenario *written = scenario_parse("hand.json", text, strlen(text), &errors);
    assert_non_null(written);
    assert_true(scenario_resolve(written, &sources, &by_hand, &errors));
    Workspace *workspace = workspace_new(36, 1);
    evaluate(&by_hand.inputs, workspace, NULL);
    assert_close(workspace_result(workspace, 0)->npv_usd, plan->npv_usd, 0.0);
    workspace_free(workspace);
    resolved_free(&by_hand);
    scenario_free(written);
    err_list_free(&errors);
    search_result_free(&result);
    search_free(search);
}

static void nothing_feasible_says_why(void **state)
{
    (void)state;
    SearchQuery query = small_query();
    query.regions = "mars-1";
    query.privacy = PRIVACY_RENTED;
    query.gpus = "L40S";
    Search *search = search_of(&query);
    SearchResult result;
    assert_true(search_run(search, 2, NULL));
    assert_true(search_result(search, &result));
    assert_int_equal(search_n_feasible(&result), 0);
    assert_int_equal(result.ranked.n, 0);
    assert_true(result.has_relaxed[SEARCH_REGION]);
    assert_int_equal(search_n_breaking(&result, SEARCH_REGION), search_n_here(&result));
    search_result_free(&result);
    search_free(search);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_is_missed),
        cmocka_unit_test(threads_and_steps_do_not_matter),
        cmocka_unit_test(shards_join_to_the_whole),
        cmocka_unit_test(a_cancelled_search_keeps_what_it_found),
        cmocka_unit_test(a_plan_costs_what_its_scenario_costs),
        cmocka_unit_test(nothing_feasible_says_why),
    };
    return cmocka_run_group_tests(tests, open_all, close_all);
}
