/* Filling inputs with a plan of the search, and what the evaluator says of it. Layer: model. */
#include "model/search_plan.h"

#include "model/evaluation.h"
#include "tokentco/calibration_serving.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { AUTOSCALE_STATIC = 0 };

/* Latency limits of a level, as factors on the asked ones; HUGE_VAL: none. */
static const struct {
    double tpot, ttft;
} level_factors[N_SEARCH_LEVELS] = {
    [LEVEL_ASKED] = {1.0, 1.0},        [LEVEL_HALF] = {0.5, 1.0},         [LEVEL_QUARTER] = {0.25, 1.0},
    [LEVEL_NO_TPOT] = {HUGE_VAL, 1.0}, [LEVEL_NO_TTFT] = {1.0, HUGE_VAL},
};
#define LATENCY_UNLIMITED_S 1e6

static double limited(double asked_s, double factor)
{
    return isfinite(factor) ? asked_s * factor : LATENCY_UNLIMITED_S;
}

static bool is_self(OptionKind kind)
{
    return (KIND_SELF & (1u << kind)) != 0;
}

/* ---- making ---- */

/* What the search sets itself must not come from the scenario's options. */
static void clear_choices(OptionInputs *option)
{
    option->is_blocked = false;
    option->engine.has_measured_prefill_tok_s = option->engine.has_measured_decode_tok_s = false;
    option->rent.reserved_replicas = 0;
    option->rent.reserve_best = false;
    option->rent.spot_share_frac = 0.0;
    option->hybrid.split = SPLIT_PEAK;
    option->hybrid.split_best = false;
}

/* The demand that is put aside while nobody asks anything. */
typedef struct AsideDemand {
    double requests_per_month[INPUT_WORKLOADS_MAX];
    int n_table[INPUT_WORKLOADS_MAX];
} AsideDemand;

static AsideDemand demand_stop(Inputs *inputs)
{
    AsideDemand aside = {0};
    for (int k = 0; k < inputs->n_workloads; k++) {
        Workload *w = &inputs->workloads[k];
        aside.requests_per_month[k] = w->requests_per_month;
        aside.n_table[k] = w->requests_table.n;
        w->requests_per_month = 0.0;
        w->requests_table.n = 0;
    }
    return aside;
}

static void demand_resume(Inputs *inputs, const AsideDemand *aside)
{
    for (int k = 0; k < inputs->n_workloads; k++) {
        inputs->workloads[k].requests_per_month = aside->requests_per_month[k];
        inputs->workloads[k].requests_table.n = aside->n_table[k];
    }
}

static bool npv_of(SearchWorker *worker, int option, double *npv_usd)
{
    worker->n_evaluations++;
    evaluate_option(worker->inputs, option, worker->workspace, NULL);
    const OptionResult *result = workspace_result(worker->workspace, option);
    *npv_usd = result->npv_usd;
    return result->is_feasible;
}

/* An API that nobody asks anything, and that costs nothing that a fleet beside it pays as well. */
static double idle_api_usd(SearchWorker *worker)
{
    OptionInputs *api = &worker->inputs->options[worker->space->api];
    OptionInputs kept = *api;
    double usd;
    AsideDemand aside = demand_stop(worker->inputs);
    api->operations.optionality_setup_usd = api->operations.optionality_usd_per_month = 0.0;
    bool is_feasible = npv_of(worker, worker->space->api, &usd);
    demand_resume(worker->inputs, &aside);
    *api = kept;
    return is_feasible ? usd : 0.0;
}

SearchWorker *search_worker_new(const SearchSpace *space)
{
    SearchWorker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) return NULL;
    worker->space = space;
    worker->config = (SpaceConfig){.model = -1};
    worker->inputs = malloc(sizeof *worker->inputs);
    worker->workspace = workspace_new(space->base->horizon_months, space->base->n_options);
    if (worker->inputs == NULL || worker->workspace == NULL) {
        search_worker_free(worker);
        return NULL;
    }
    *worker->inputs = *space->base;
    for (int o = 0; o < worker->inputs->n_options; o++) clear_choices(&worker->inputs->options[o]);
    workspace_prepare(worker->inputs, worker->workspace);
    workspace_begin_part(worker->inputs, worker->workspace,
                         &(Part){.until = worker->inputs->horizon_months, .share_frac = 1.0});
    for (int l = 0; l < N_SEARCH_LEVELS; l++) {
        search_worker_set_level(worker, (SearchLevel)l);
        fleet_mix(worker->inputs, worker->workspace, &worker->mixes[l]);
    }
    search_worker_set_level(worker, LEVEL_ASKED);
    worker->api_floor_usd = idle_api_usd(worker);
    return worker;
}

void search_worker_free(SearchWorker *worker)
{
    if (worker == NULL) return;
    workspace_free(worker->workspace);
    free(worker->inputs);
    free(worker);
}

void search_worker_set_level(SearchWorker *worker, SearchLevel level)
{
    const SearchSpace *space = worker->space;
    worker->level = level;
    for (int k = 0; k < worker->inputs->n_workloads; k++) {
        Workload *w = &worker->inputs->workloads[k];
        double tpot_s = space->has_tpot ? space->tpot_s : space->base->workloads[k].slo_tpot_s;
        double ttft_s = space->has_ttft ? space->ttft_s : space->base->workloads[k].slo_ttft_s;
        w->slo_tpot_s = limited(tpot_s, level_factors[level].tpot);
        w->slo_ttft_s = limited(ttft_s, level_factors[level].ttft);
    }
}

/* ---- one configuration ---- */

/* Speeds of the configuration: found once for its model, accelerator, weights and engine. */
static void find_efficiency(SearchWorker *worker, const SpaceConfig *config)
{
    const SearchSpace *space = worker->space;
    const OptionInputs *base = &space->base->options[space->rent];
    ServingSetup serving = base->serving;
    serving.weight_bytes = space->weights[config->weights].bytes;
    worker->efficiency = base->efficiency;
    worker->band = (ThroughputBand){0};
    bool is_calibrated =
        calibration_serving_find(space->table, &space->models[config->model].facts,
                                 &space->gpus[config->gpu].facts, space->engines[config->engine], &serving,
                                 &space->base->workloads[0], &worker->efficiency, &worker->band);
    worker->basis = is_calibrated ? BASIS_CALIBRATED : BASIS_PROJECTED;
}

void search_worker_set_config(SearchWorker *worker, const SpaceConfig *config)
{
    const SearchSpace *space = worker->space;
    bool is_same = worker->config.model == config->model && worker->config.gpu == config->gpu &&
                   worker->config.weights == config->weights && worker->config.engine == config->engine;
    if (!is_same) find_efficiency(worker, config);
    for (int o = 0; o < worker->inputs->n_options; o++) {
        OptionInputs *option = &worker->inputs->options[o];
        if (!is_self(option->kind)) continue;
        option->engine.degrees.n = 1;
        option->engine.degrees.values[0] = config->degree;
        if (is_same) continue;
        option->shape = space->models[config->model].shape;
        option->accelerator = space->gpus[config->gpu].facts.spec;
        option->serving.weight_bytes = space->weights[config->weights].bytes;
        option->efficiency = worker->efficiency;
    }
    worker->config = *config;
}

Replica search_worker_replica(SearchWorker *worker, SearchLevel level)
{
    const OptionInputs *option = &worker->inputs->options[worker->space->rent];
    return replica_build(&option->shape, &option->accelerator, &option->efficiency, &option->serving, NULL,
                         &worker->mixes[level], worker->config.degree);
}

/* ---- cost ---- */

/* The offer's price and how it is paid, in an option that rents. */
static void set_offer(const SearchWorker *worker, OptionInputs *option, const SpaceOffer *offer)
{
    const OptionInputs *base = &worker->space->base->options[option - worker->inputs->options];
    double saved = offer->hourly_usd > 0.0 ? fmax(0.0, 1.0 - offer->usd / offer->hourly_usd) : 0.0;
    option->rent.on_demand_usd_per_gpu_h = offer->hourly_usd;
    option->rent.reserve_best = offer->kind == OFFER_RESERVED;
    option->rent.reserved_discount_frac = offer->kind == OFFER_RESERVED ? saved : 0.0;
    if (offer->kind == OFFER_RESERVED) option->rent.reserved_term_months = offer->term_months;
    option->rent.spot_share_frac = offer->kind == OFFER_SPOT ? 1.0 : 0.0;
    option->rent.spot_discount_frac = offer->kind == OFFER_SPOT ? saved : 0.0;
    option->fleet.instance_gpus = offer->instance_gpus;
    option->fleet.autoscale = offer->kind == OFFER_HELD ? AUTOSCALE_STATIC : base->fleet.autoscale;
}

/* Below any offer's cost even when the two were summed in another order. */
static double safely_below(double usd)
{
    const double rounding = 1e-9;
    return usd - rounding * fabs(usd);
}

bool search_worker_floor(SearchWorker *worker, const SpaceGpu *gpu, double *npv_usd)
{
    OptionInputs *option = &worker->inputs->options[worker->space->rent];
    double usd = gpu->has_rented ? gpu->floor_usd : 0.0;
    SpaceOffer floor = {.kind = OFFER_PLAIN, .usd = usd, .hourly_usd = usd};
    set_offer(worker, option, &floor);
    bool is_possible = npv_of(worker, worker->space->rent, npv_usd);
    *npv_usd = safely_below(*npv_usd);
    return is_possible;
}

double search_worker_hybrid_floor(SearchWorker *worker, const SpaceGpu *gpu)
{
    double fleet_usd;
    AsideDemand aside = demand_stop(worker->inputs);
    bool is_possible = search_worker_floor(worker, gpu, &fleet_usd);
    demand_resume(worker->inputs, &aside);
    return is_possible ? fleet_usd + safely_below(worker->api_floor_usd) : HUGE_VAL;
}

/* List prices of an API row; what it does not publish costs what the input costs, and batches have no
 * discount. */
static void set_api(OptionInputs *option, const PriceRow *row)
{
    const PriceCell *cells = row->cells;
    double input = cells[APIP_INPUT].number;
    bool has_batch = cells[APIP_BATCH_INPUT].has && cells[APIP_BATCH_INPUT].number <= input && input > 0.0;
    option->api.input_usd_per_mtok = input;
    option->api.output_usd_per_mtok = cells[APIP_OUTPUT].number;
    option->api.cached_usd_per_mtok = cells[APIP_CACHED].has ? cells[APIP_CACHED].number : input;
    option->api.batch_discount_frac = has_batch ? 1.0 - cells[APIP_BATCH_INPUT].number / input : 0.0;
}

/* E68: the cheapest number of replicas among those that leave something to the API; 0 none up to the limit.
 */
static int best_cap(SearchWorker *worker, double limit_usd)
{
    int o = worker->space->hybrid;
    Evaluation run = {.inputs = worker->inputs,
                      .workspace = worker->workspace,
                      .o = o,
                      .result = &worker->workspace->results[o]};
    Part part = {.option = o, .until = worker->inputs->horizon_months, .share_frac = 1.0};
    CapQuery query = {.needs_both = true, .limit_usd = limit_usd};
    double usd;
    workspace_prepare(worker->inputs, worker->workspace);
    bool is_found = cap_find(&run, &part, &query, &usd);
    worker->n_evaluations += (uint64_t)query.n_runs;
    return is_found && safely_below(usd) <= limit_usd ? part.replicas_cap : 0;
}

bool search_worker_cost(SearchWorker *worker, const SpaceModel *model, const SpaceOffer *offer,
                        double limit_usd, double *npv_usd)
{
    const SearchSpace *space = worker->space;
    if (offer->kind == OFFER_OWN) return npv_of(worker, offer->own, npv_usd);
    int o = offer->kind == OFFER_HYBRID ? space->hybrid : space->rent;
    OptionInputs *option = &worker->inputs->options[o];
    set_offer(worker, option, offer);
    if (offer->kind != OFFER_HYBRID) return npv_of(worker, o, npv_usd);
    set_api(option, space->apis[model->cheapest_api].row);
    option->hybrid.replicas_cap = best_cap(worker, limit_usd);
    return option->hybrid.replicas_cap > 0 && npv_of(worker, o, npv_usd);
}

bool search_worker_api_cost(SearchWorker *worker, const SpaceApi *api, double *npv_usd)
{
    set_api(&worker->inputs->options[worker->space->api], api->row);
    return npv_of(worker, worker->space->api, npv_usd);
}

/* ---- the whole plan ---- */

static void set_text(char out[FIELD_TEXT_BYTES], const char *text)
{
    snprintf(out, FIELD_TEXT_BYTES, "%.*s", FIELD_TEXT_BYTES - 1, text);
}

static void set_source(SearchPlan *plan, const PriceRow *row)
{
    const char *slash = strrchr(row->file, '/');
    snprintf(plan->source, sizeof plan->source, "%.60s:%d", slash != NULL ? slash + 1 : row->file, row->line);
}

static void set_result(const SearchWorker *worker, int option, SearchPlan *plan)
{
    const OptionResult *result = workspace_result(worker->workspace, option);
    const OptionInputs *inputs = &worker->inputs->options[option];
    plan->npv_usd = result->npv_usd;
    plan->has_usd_per_mtok = result->has_levelised;
    plan->usd_per_mtok = result->levelised_usd_per_mtok;
    plan->first_month_usd = result->months[0].total_usd;
    plan->degree = result->replica.degree;
    for (int m = 0; m < worker->inputs->horizon_months; m++) {
        const MonthResult *month = &result->months[m];
        int replicas =
            month->replicas_peak > month->reserved_replicas ? month->replicas_peak : month->reserved_replicas;
        int gpus =
            inputs->kind == OPTION_OWN ? month->servers * inputs->own.server_gpus : replicas * plan->degree;
        if (gpus > plan->gpus) plan->gpus = gpus;
        if (month->reserved_replicas > plan->reserved) plan->reserved = month->reserved_replicas;
    }
}

static void set_self(const SearchWorker *worker, const SpaceModel *model, const SpaceOffer *offer,
                     SearchPlan *plan)
{
    const SearchSpace *space = worker->space;
    const SpaceConfig *config = &worker->config;
    set_text(plan->model, model->facts.id);
    set_text(plan->gpu, space->gpus[config->gpu].facts.id);
    set_text(plan->weights, space->weights[config->weights].name);
    set_text(plan->engine, space->engines[config->engine]);
    set_text(plan->basis, basis_name(worker->basis));
    plan->instance_gpus = offer->instance_gpus;
    plan->has_band_p10 = plan->has_band_p90 = worker->band.n_rows > 0;
    plan->band_p10 = worker->band.p10;
    plan->band_p90 = worker->band.p90;
    if (offer->kind == OFFER_OWN) {
        set_text(plan->provider, space->base->options[offer->own].name);
        return;
    }
    set_text(plan->provider, offer->row->cells[RENTAL_PROVIDER].text);
    set_text(plan->region, offer->row->cells[RENTAL_REGION].text);
    set_text(plan->term, offer->row->cells[RENTAL_TERM].text);
    plan->has_unit_usd = true;
    plan->unit_usd = offer->usd;
    set_source(plan, offer->row);
}

static void build_self(SearchWorker *worker, long block, SearchLevel level, int offer_number,
                       SearchPlan *plan)
{
    const SearchSpace *space = worker->space;
    SpaceConfig config = search_space_config(space, block);
    const SpaceModel *model = &space->models[config.model];
    const SpaceOffer *offer = &space->gpus[config.gpu].offers[offer_number];
    int option = offer->kind == OFFER_OWN      ? offer->own
                 : offer->kind == OFFER_HYBRID ? space->hybrid
                                               : space->rent;
    double npv_usd;
    search_worker_set_config(worker, &config);
    search_worker_set_level(worker, level);
    search_worker_cost(worker, model, offer, HUGE_VAL, &npv_usd);
    if (offer->kind == OFFER_HYBRID) {
        plan->cap = worker->inputs->options[option].hybrid.replicas_cap;
        snprintf(plan->api, sizeof plan->api, "%.40s/%.50s",
                 space->apis[model->cheapest_api].row->cells[APIP_PROVIDER].text,
                 space->apis[model->cheapest_api].row->cells[APIP_MODEL].text);
    }
    plan->kind = (int)worker->inputs->options[option].kind;
    set_self(worker, model, offer, plan);
    set_result(worker, option, plan);
    const Replica *replica = &workspace_result(worker->workspace, option)->replica;
    plan->has_tpot_s = plan->has_ttft_s = true;
    plan->tpot_s = replica->tpot_s;
    plan->ttft_s = replica->prefill_s + replica->step_s;
    plan->has_params = true;
    plan->params = model->shape.params_total;
}

static void build_api(SearchWorker *worker, int number, SearchPlan *plan)
{
    const SpaceApi *api = &worker->space->apis[number];
    double npv_usd;
    search_worker_set_level(worker, LEVEL_ASKED);
    search_worker_api_cost(worker, api, &npv_usd);
    plan->kind = OPTION_API;
    set_text(plan->model, api->row->cells[APIP_MODEL].text);
    set_text(plan->provider, api->row->cells[APIP_PROVIDER].text);
    set_source(plan, api->row);
    set_result(worker, worker->space->api, plan);
    plan->has_params = api->params > 0.0;
    plan->params = api->params;
}

void search_plan_build(SearchWorker *worker, const Candidate *candidate, SearchPlan *out)
{
    long block;
    SearchLevel level;
    int offer;
    *out = (SearchPlan){.place = (double)candidate->place,
                        .has_quality = candidate->has_quality,
                        .quality = candidate->quality};
    search_place_split(worker->space, candidate->place, &block, &level, &offer);
    if (block == 0) {
        build_api(worker, offer, out);
    } else {
        build_self(worker, block, level, offer, out);
    }
}
