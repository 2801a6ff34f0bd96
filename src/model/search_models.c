/* The models and the APIs of a search, and what each breaks by itself. Layer: model. */
#include "model/search_space.h"

#include "tokentco/throughput_facts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

/* ---- models ---- */

static SearchClass class_of(double params)
{
    int c = 0;
    while (c < N_SEARCH_CLASSES - 1 && params > search_classes[c].params_max) c++;
    return (SearchClass)c;
}

static bool find_score(const SearchQuery *query, const PriceBook *book, const char *name, double *score)
{
    for (int i = 0; i < query->n_scores; i++) {
        const char *scored = query->scores[i].model;
        if (strcasecmp(scored, name) != 0 && strcasecmp(pricebook_resolve(book, "model", scored), name) != 0)
            continue;
        *score = query->scores[i].score;
        return true;
    }
    return false;
}

static unsigned quality_bits(const SearchQuery *query, bool has_quality, double quality)
{
    return query->has_min_quality && !(has_quality && quality >= query->min_quality) ? SEARCH_BIT(QUALITY)
                                                                                     : 0u;
}

static void add_model(SearchSpace *space, const SearchQuery *query, const PriceRow *row)
{
    const char *id = row->cells[MODEL_ID].text;
    bool is_worked_example = strncmp(id, "ref-", 4) == 0;
    if (is_worked_example ||
        !search_list_fits_alias(space->book, "model", query->models != NULL ? query->models : "", id))
        return;
    SpaceModel *model = &space->models[space->n_models];
    *model = (SpaceModel){.row = row, .cheapest_api = -1};
    if (!throughput_model_find(space->book, id, space->as_of, &model->facts, NULL) ||
        !pricebook_shape(space->book, id, space->as_of, &model->shape, NULL, NULL))
        return;
    model->size = class_of(model->facts.shape.params_total);
    model->context_tok = row->cells[MODEL_CONTEXT].has ? row->cells[MODEL_CONTEXT].number : HUGE_VAL;
    model->has_quality = find_score(query, space->book, id, &model->quality);
    model->violated = quality_bits(query, model->has_quality, model->quality);
    LicenceAnswer licence = search_licence(space, query->licence, row->cells[MODEL_LICENCE].text);
    if (licence == LICENCE_FORBIDS) model->violated |= SEARCH_BIT(LICENCE);
    if (licence == LICENCE_UNCHECKED) space->n_unchecked++;
    space->n_models++;
}

/* The model of the catalogue that a seller's name stands for; -1 none. */
static int find_model(const SearchSpace *space, const char *name)
{
    const char *id = pricebook_resolve(space->book, "model", name);
    for (int i = 0; i < space->n_models; i++)
        if (strcasecmp(space->models[i].row->cells[MODEL_ID].text, id) == 0) return i;
    return -1;
}

/* The class of the largest model that the scenario itself names; NONE when it names none that is known. */
static SearchClass scenario_class(const SearchSpace *space)
{
    SearchClass largest = SEARCH_CLASS_NONE;
    for (int o = 0; o < space->base->n_options; o++) {
        const OptionInputs *option = &space->base->options[o];
        const char *names[] = {option->engine.model, option->api.model};
        for (int i = 0; i < 2; i++) {
            ModelFacts facts;
            if (names[i][0] == '\0' ||
                !throughput_model_find(space->book, names[i], space->as_of, &facts, NULL))
                continue;
            SearchClass size = class_of(facts.shape.params_total);
            if (largest == SEARCH_CLASS_NONE || size > largest) largest = size;
        }
    }
    return largest;
}

/* A model that the scenario names stands for the others, whatever its size: that is its author's judgement.
 */
static bool is_named(const SearchSpace *space, const char *name)
{
    for (int o = 0; o < space->base->n_options; o++) {
        const OptionInputs *option = &space->base->options[o];
        if (strcasecmp(option->api.model, name) == 0) return true;
    }
    return false;
}

void search_lay_out_models(SearchSpace *space, const SearchQuery *query)
{
    int n = pricebook_list(space->book, PRICE_MODELS, NULL, 0, space->as_of, NULL, 0);
    const PriceRow **rows = arena_array(&space->arena, (size_t)n + 1, sizeof *rows);
    space->models = arena_array(&space->arena, (size_t)n + 1, sizeof *space->models);
    pricebook_list(space->book, PRICE_MODELS, NULL, 0, space->as_of, rows, n);
    for (int i = 0; i < n; i++) add_model(space, query, rows[i]);
    space->min_class = query->min_class != SEARCH_CLASS_AUTO ? query->min_class
                       : query->has_min_quality              ? SEARCH_CLASS_NONE
                                                             : scenario_class(space);
    for (int i = 0; i < space->n_models && space->min_class != SEARCH_CLASS_NONE; i++)
        if (space->models[i].size < space->min_class) space->models[i].violated |= SEARCH_BIT(SIZE);
}

/* ---- APIs ---- */

/* Cost of one mean request at list price: what orders the APIs of a hybrid. */
static double request_usd(const SearchSpace *space, const PriceRow *row)
{
    const Workload *w = &space->base->workloads[0];
    const Api *api = &space->base->options[space->api].api;
    double input = row->cells[APIP_INPUT].number;
    double cached = row->cells[APIP_CACHED].has ? row->cells[APIP_CACHED].number : input;
    return w->input_tok * ((1.0 - api->cache_hit_frac) * input + api->cache_hit_frac * cached) +
           w->output_tok * api->output_multiplier * row->cells[APIP_OUTPUT].number;
}

static void add_api(SearchSpace *space, const SearchQuery *query, const PriceRow *row)
{
    const char *name = row->cells[APIP_MODEL].text;
    if (!row->cells[APIP_INPUT].has || !row->cells[APIP_OUTPUT].has) return;
    /* A filter of what only GPUs have leaves no API as a plan of its own. */
    bool asks_for_gpus =
        query->gpus != NULL || query->terms != NULL || query->engines != NULL || query->weights != NULL;
    SpaceApi api = {.is_plan =
                        !asks_for_gpus && search_list_fits(query->providers, row->cells[APIP_PROVIDER].text),
                    .row = row,
                    .model = find_model(space, name),
                    .size = SEARCH_CLASS_NONE};
    if (api.model < 0 && !search_list_fits(query->models, name)) return;
    api.has_quality = find_score(query, space->book, name, &api.quality);
    if (api.model >= 0) {
        SpaceModel *model = &space->models[api.model];
        api.size = model->size;
        api.params = model->facts.shape.params_total;
        if (!api.has_quality && model->has_quality) {
            api.has_quality = true;
            api.quality = model->quality;
        }
        int best = model->cheapest_api;
        if (best < 0 || request_usd(space, row) < request_usd(space, space->apis[best].row))
            model->cheapest_api = space->n_apis;
    }
    api.violated = quality_bits(query, api.has_quality, api.quality);
    if (query->privacy != PRIVACY_ANY) api.violated |= SEARCH_BIT(PRIVACY);
    if (query->regions != NULL && query->regions[0] != '\0') api.violated |= SEARCH_BIT(REGION);
    bool is_large_enough = space->min_class == SEARCH_CLASS_NONE ||
                           (api.model >= 0 && api.size >= space->min_class) || is_named(space, name);
    if (!is_large_enough) api.violated |= SEARCH_BIT(SIZE);
    if (api.is_plan) space->n_api_plans++;
    space->price_sum += row->cells[APIP_INPUT].number + row->cells[APIP_OUTPUT].number;
    space->apis[space->n_apis++] = api;
}

void search_lay_out_apis(SearchSpace *space, const SearchQuery *query)
{
    const char *keys[] = {NULL, NULL, "base"};
    int n = pricebook_list(space->book, PRICE_API, keys, 3, space->as_of, NULL, 0);
    const PriceRow **rows = arena_array(&space->arena, (size_t)n + 1, sizeof *rows);
    space->apis = arena_array(&space->arena, (size_t)n + 1, sizeof *space->apis);
    pricebook_list(space->book, PRICE_API, keys, 3, space->as_of, rows, n);
    for (int i = 0; i < n; i++) add_api(space, query, rows[i]);
}
