/* Laying out the space of a search: models, offers, APIs, and what each breaks by itself. Layer: model. */
#include "model/search_space.h"

#include "model/workspace.h"
#include "tokentco/throughput_facts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define BIT(constraint) (1u << SEARCH_##constraint)

static const SpaceWeights all_weights[] = {{"bf16", 2.0}, {"fp8", 1.0}, {"fp4", 0.5}};
static const char *const serving_engines[] = {"vllm", "sglang", "tensorrt-llm"};
static const int all_degrees[] = {1, 2, 4, 8};

/* ---- lists of patterns ---- */

/* Does one of the comma-separated patterns fit? An empty list fits everything. */
static bool list_fits(const char *list, const char *name)
{
    if (list == NULL || list[0] == '\0') return true;
    for (const char *at = list; *at != '\0';) {
        size_t n = strcspn(at, ",");
        bool is_prefix = n > 0 && at[n - 1] == '*';
        size_t n_letters = is_prefix ? n - 1 : n;
        if (strncasecmp(at, name, n_letters) == 0 && (is_prefix || strlen(name) == n_letters)) return true;
        at += n;
        if (*at == ',') at++;
    }
    return false;
}

/* The same with what a name stands for: a pattern may be an alias. */
static bool list_fits_alias(const PriceBook *book, const char *kind, const char *list, const char *id)
{
    if (list_fits(list, id)) return true;
    char one[FIELD_TEXT_BYTES];
    for (const char *at = list; *at != '\0';) {
        size_t n = strcspn(at, ",");
        snprintf(one, sizeof one, "%.*s", (int)n, at);
        if (strcasecmp(pricebook_resolve(book, kind, one), id) == 0) return true;
        at += n;
        if (*at == ',') at++;
    }
    return false;
}

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
    return query->has_min_quality && !(has_quality && quality >= query->min_quality) ? BIT(QUALITY) : 0u;
}

static void add_model(SearchSpace *space, const SearchQuery *query, const PriceRow *row)
{
    const char *id = row->cells[MODEL_ID].text;
    bool is_worked_example = strncmp(id, "ref-", 4) == 0;
    if (is_worked_example ||
        !list_fits_alias(space->book, "model", query->models != NULL ? query->models : "", id))
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
    if (licence == LICENCE_FORBIDS) model->violated |= BIT(LICENCE);
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

static void lay_out_models(SearchSpace *space, const SearchQuery *query)
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
        if (space->models[i].size < space->min_class) space->models[i].violated |= BIT(SIZE);
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
    SpaceApi api = {.is_plan = !asks_for_gpus && list_fits(query->providers, row->cells[APIP_PROVIDER].text),
                    .row = row,
                    .model = find_model(space, name),
                    .size = SEARCH_CLASS_NONE};
    if (api.model < 0 && !list_fits(query->models, name)) return;
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
    if (query->privacy != PRIVACY_ANY) api.violated |= BIT(PRIVACY);
    if (query->regions != NULL && query->regions[0] != '\0') api.violated |= BIT(REGION);
    bool is_large_enough = space->min_class == SEARCH_CLASS_NONE ||
                           (api.model >= 0 && api.size >= space->min_class) || is_named(space, name);
    if (!is_large_enough) api.violated |= BIT(SIZE);
    if (api.is_plan) space->n_api_plans++;
    space->price_sum += row->cells[APIP_INPUT].number + row->cells[APIP_OUTPUT].number;
    space->apis[space->n_apis++] = api;
}

static void lay_out_apis(SearchSpace *space, const SearchQuery *query)
{
    const char *keys[] = {NULL, NULL, "base"};
    int n = pricebook_list(space->book, PRICE_API, keys, 3, space->as_of, NULL, 0);
    const PriceRow **rows = arena_array(&space->arena, (size_t)n + 1, sizeof *rows);
    space->apis = arena_array(&space->arena, (size_t)n + 1, sizeof *space->apis);
    pricebook_list(space->book, PRICE_API, keys, 3, space->as_of, rows, n);
    for (int i = 0; i < n; i++) add_api(space, query, rows[i]);
}

/* ---- offers ---- */

static bool text_is(const PriceCell *cell, const char *text)
{
    return strcmp(cell->text, text) == 0;
}

/* The price by the hour beside a contract or a spot price: same seller, region, accelerator, instance. */
static const PriceRow *hourly_beside(const SearchSpace *space, const PriceRow *row)
{
    char gpus[32];
    number_format(row->cells[RENTAL_GPUS].number, gpus, sizeof gpus);
    const char *keys[] = {row->cells[RENTAL_PROVIDER].text, row->cells[RENTAL_REGION].text,
                          row->cells[RENTAL_GPU].text, row->cells[RENTAL_GPUS].text, "on_demand"};
    return pricebook_find(space->book, PRICE_GPU_RENTAL, keys, 5, space->as_of, -1, NULL);
}

/* Where the region or the count says nothing, a replica may use a whole node. */
static int degree_max(const PriceRow *row, const PriceRow *accelerator)
{
    int gpus = (int)row->cells[RENTAL_GPUS].number;
    bool is_any = text_is(&row->cells[RENTAL_REGION], "any");
    if (gpus > 1 || !is_any) return gpus;
    return accelerator->cells[ACC_GPUS_PER_NODE].has ? (int)accelerator->cells[ACC_GPUS_PER_NODE].number : 1;
}

static unsigned offer_bits(const SearchQuery *query, const SpaceOffer *offer)
{
    unsigned bits = 0;
    bool is_own = offer->kind == OFFER_OWN;
    if (query->regions != NULL && query->regions[0] != '\0' && !is_own &&
        (offer->kind == OFFER_HYBRID || !list_fits(query->regions, offer->row->cells[RENTAL_REGION].text)))
        bits |= BIT(REGION);
    bool is_strangers =
        !is_own && (offer->kind == OFFER_HYBRID || text_is(&offer->row->cells[RENTAL_TERM], "marketplace"));
    if ((query->privacy == PRIVACY_OWNED && !is_own) || (query->privacy == PRIVACY_RENTED && is_strangers))
        bits |= BIT(PRIVACY);
    return bits;
}

static SpaceOffer rented_offer(const SearchSpace *space, const PriceRow *row, const PriceRow *accelerator)
{
    SpaceOffer offer = {.row = row, .usd = row->cells[RENTAL_USD_PER_GPU_H].number};
    const char *term = row->cells[RENTAL_TERM].text;
    int months = 0;
    offer.hourly_usd = offer.usd;
    offer.instance_gpus = (int)row->cells[RENTAL_GPUS].number;
    offer.degree_max = degree_max(row, accelerator);
    if (strcmp(term, "on_demand") == 0 || strcmp(term, "marketplace") == 0) return offer;
    const PriceRow *hourly = hourly_beside(space, row);
    if (hourly != NULL) offer.hourly_usd = hourly->cells[RENTAL_USD_PER_GPU_H].number;
    if (strcmp(term, "spot") == 0) {
        offer.kind = OFFER_SPOT;
    } else if (hourly != NULL && sscanf(term, "reserved_%dmo", &months) == 1 && months > 0) {
        offer.kind = OFFER_RESERVED;
        offer.term_months = months;
    } else {
        offer.kind = OFFER_HELD;
    }
    return offer;
}

static int compare_offers(const void *a, const void *b)
{
    const SpaceOffer *x = a, *y = b;
    if (x->kind != y->kind) return x->kind < y->kind ? -1 : 1;
    if (x->violated != y->violated) return x->violated < y->violated ? -1 : 1;
    if (x->instance_gpus != y->instance_gpus) return x->instance_gpus < y->instance_gpus ? -1 : 1;
    if (x->degree_max != y->degree_max) return x->degree_max < y->degree_max ? -1 : 1;
    if (x->usd != y->usd) return x->usd < y->usd ? -1 : 1;
    return x->number < y->number ? -1 : 1;
}

static bool is_same_group(const SpaceOffer *a, const SpaceOffer *b)
{
    return a->kind == b->kind && a->violated == b->violated && a->instance_gpus == b->instance_gpus &&
           a->degree_max == b->degree_max;
}

/* Sorts the offers of an accelerator and cuts them into groups. */
static void group_offers(SearchSpace *space, SpaceGpu *gpu)
{
    qsort(gpu->offers, (size_t)gpu->n_offers, sizeof *gpu->offers, compare_offers);
    gpu->groups = arena_array(&space->arena, (size_t)gpu->n_offers + 1, sizeof *gpu->groups);
    gpu->floor_usd = HUGE_VAL;
    for (int i = 0; i < gpu->n_offers; i++) {
        const SpaceOffer *offer = &gpu->offers[i];
        bool begins = i == 0 || !is_same_group(&gpu->offers[i - 1], offer);
        if (begins)
            gpu->groups[gpu->n_groups++] =
                (OfferGroup){.first = i,
                             .is_sorted = offer->kind != OFFER_RESERVED && offer->kind != OFFER_SPOT &&
                                          offer->kind != OFFER_OWN};
        gpu->groups[gpu->n_groups - 1].n++;
        if (offer->kind == OFFER_OWN) continue;
        gpu->has_rented = true;
        gpu->floor_usd = fmin(gpu->floor_usd, fmin(offer->usd, offer->hourly_usd));
    }
    if (gpu->n_offers > space->offers_max) space->offers_max = gpu->n_offers;
}

static void add_offer(SearchSpace *space, const SearchQuery *query, SpaceGpu *gpu, SpaceOffer offer)
{
    offer.violated = offer_bits(query, &offer);
    offer.number = space->n_offers++;
    gpu->offers[gpu->n_offers++] = offer;
}

/* Averages over sellers are trends; nobody sells at them. */
static bool is_index(const PriceRow *row)
{
    return strncmp(row->cells[RENTAL_PROVIDER].text, "index-", 6) == 0;
}

static void add_rented(SearchSpace *space, const SearchQuery *query, SpaceGpu *gpu, const PriceRow *row)
{
    if (is_index(row) || !list_fits(query->providers, row->cells[RENTAL_PROVIDER].text) ||
        !list_fits(query->terms, row->cells[RENTAL_TERM].text))
        return;
    SpaceOffer offer = rented_offer(space, row, gpu->row);
    space->price_sum += offer.usd;
    add_offer(space, query, gpu, offer);
    if (offer.kind != OFFER_PLAIN) return;
    offer.kind = OFFER_HYBRID;
    add_offer(space, query, gpu, offer);
}

static void add_owned(SearchSpace *space, const SearchQuery *query, SpaceGpu *gpu)
{
    bool asks_for_rows = query->providers != NULL || query->terms != NULL;
    for (int o = 0; o < space->base->n_options && !asks_for_rows; o++) {
        const OptionInputs *option = &space->base->options[o];
        bool is_measured = option->engine.record[0] != '\0' || option->engine.has_measured_decode_tok_s;
        if (option->kind != OPTION_OWN || option->is_blocked || is_measured ||
            strcmp(pricebook_resolve(space->book, "gpu", option->engine.gpu), gpu->facts.id) != 0)
            continue;
        add_offer(space, query, gpu,
                  (SpaceOffer){.kind = OFFER_OWN,
                               .own = o,
                               .instance_gpus = option->own.server_gpus,
                               .degree_max = option->own.server_gpus});
    }
}

static void lay_out_offers(SearchSpace *space, const SearchQuery *query)
{
    int n = pricebook_list(space->book, PRICE_ACCELERATORS, NULL, 0, space->as_of, NULL, 0);
    int n_rows = pricebook_list(space->book, PRICE_GPU_RENTAL, NULL, 0, space->as_of, NULL, 0);
    const PriceRow **chips = arena_array(&space->arena, (size_t)n + 1, sizeof *chips);
    const PriceRow **rows = arena_array(&space->arena, (size_t)n_rows + 1, sizeof *rows);
    space->gpus = arena_array(&space->arena, (size_t)n + 1, sizeof *space->gpus);
    pricebook_list(space->book, PRICE_ACCELERATORS, NULL, 0, space->as_of, chips, n);
    pricebook_list(space->book, PRICE_GPU_RENTAL, NULL, 0, space->as_of, rows, n_rows);
    for (int i = 0; i < n; i++) {
        SpaceGpu gpu = {.row = chips[i]};
        const char *id = chips[i]->cells[ACC_GPU].text;
        if (!list_fits_alias(space->book, "gpu", query->gpus != NULL ? query->gpus : "", id) ||
            !throughput_gpu_find(space->book, id, space->as_of, &gpu.facts, NULL) || gpu.facts.is_cpu)
            continue;
        size_t most = 2 * (size_t)n_rows + INPUT_OPTIONS_MAX;
        gpu.offers = calloc(most, sizeof *gpu.offers);
        if (gpu.offers == NULL) return;
        for (int r = 0; r < n_rows; r++)
            if (strcmp(rows[r]->cells[RENTAL_GPU].text, id) == 0) add_rented(space, query, &gpu, rows[r]);
        add_owned(space, query, &gpu);
        SpaceOffer *kept = arena_array(&space->arena, (size_t)gpu.n_offers + 1, sizeof *kept);
        memcpy(kept, gpu.offers, (size_t)gpu.n_offers * sizeof *kept);
        free(gpu.offers);
        gpu.offers = kept;
        group_offers(space, &gpu);
        if (gpu.n_offers > 0) space->gpus[space->n_gpus++] = gpu;
    }
}

/* ---- the other axes ---- */

static void add_engine(SearchSpace *space, const SearchQuery *query, const char *name)
{
    char engine[THROUGHPUT_NAME_BYTES];
    throughput_engine_normalise(name, "", false, engine);
    if (!list_fits(query->engines, engine) || space->n_engines == SPACE_ENGINES_MAX) return;
    for (int i = 0; i < space->n_engines; i++)
        if (strcmp(space->engines[i], engine) == 0) return;
    snprintf(space->engines[space->n_engines++], THROUGHPUT_NAME_BYTES, "%s", engine);
}

/* The serving engines, those that the scenario names, and those that the query names without a pattern. */
static void lay_out_engines(SearchSpace *space, const SearchQuery *query)
{
    for (size_t i = 0; i < sizeof serving_engines / sizeof serving_engines[0]; i++)
        add_engine(space, query, serving_engines[i]);
    for (int o = 0; o < space->base->n_options; o++)
        if (space->base->options[o].engine.software[0] != '\0')
            add_engine(space, query, space->base->options[o].engine.software);
    char one[FIELD_TEXT_BYTES];
    for (const char *at = query->engines != NULL ? query->engines : ""; *at != '\0';) {
        size_t n = strcspn(at, ",");
        snprintf(one, sizeof one, "%.*s", (int)n, at);
        if (strchr(one, '*') == NULL) add_engine(space, query, one);
        at += n;
        if (*at == ',') at++;
    }
}

static void lay_out_configurations(SearchSpace *space, const SearchQuery *query)
{
    for (size_t i = 0; i < sizeof all_weights / sizeof all_weights[0]; i++)
        if (list_fits(query->weights, all_weights[i].name))
            space->weights[space->n_weights++] = all_weights[i];
    lay_out_engines(space, query);
    const FieldArray *degrees = &space->base->options[space->rent].engine.degrees;
    space->n_degrees = degrees->n > 0 ? degrees->n : (int)(sizeof all_degrees / sizeof all_degrees[0]);
    for (int i = 0; i < space->n_degrees; i++)
        space->degrees[i] = degrees->n > 0 ? (int)degrees->values[i] : all_degrees[i];
}

/* ---- the whole ---- */

static int first_option(const Inputs *base, OptionKind kind)
{
    for (int o = 0; o < base->n_options; o++)
        if (base->options[o].kind == kind) return o;
    return -1;
}

static bool prices_fall(const Inputs *base, int rent)
{
    const OptionInputs *option = &base->options[rent];
    for (int m = 1; m < base->horizon_months; m++)
        if (price_on_demand(option, m) > price_on_demand(option, m - 1)) return false;
    return true;
}

static void set_limits(SearchSpace *space, const SearchQuery *query)
{
    space->tpot_s = space->ttft_s = HUGE_VAL;
    for (int k = 0; k < space->base->n_workloads; k++) {
        space->tpot_s = fmin(space->tpot_s, space->base->workloads[k].slo_tpot_s);
        space->ttft_s = fmin(space->ttft_s, space->base->workloads[k].slo_ttft_s);
    }
    space->has_tpot = query->has_tpot;
    space->has_ttft = query->has_ttft;
    if (query->has_tpot) space->tpot_s = query->tpot_s;
    if (query->has_ttft) space->ttft_s = query->ttft_s;
}

static void add_word(SearchSpace *space, const char *name, const char *value)
{
    size_t n = strlen(space->query);
    if (value == NULL || value[0] == '\0') return;
    snprintf(space->query + n, sizeof space->query - n, "%s%s=%s", n > 0 ? " " : "", name, value);
}

static void add_figure(SearchSpace *space, const char *name, double value)
{
    char text[FIELD_TEXT_BYTES];
    number_format(value, text, sizeof text);
    add_word(space, name, text);
}

/* The query in one form, what is not asked left out: two parts belong together when it is the same. */
static void write_query(SearchSpace *space, const SearchQuery *query)
{
    double scores = 0.0;
    for (int i = 0; i < query->n_scores; i++) scores += query->scores[i].score;
    add_word(space, "model", query->models);
    add_word(space, "gpu", query->gpus);
    add_word(space, "provider", query->providers);
    add_word(space, "term", query->terms);
    add_word(space, "engine", query->engines);
    add_word(space, "weights", query->weights);
    add_word(space, "region", query->regions);
    add_word(space, "privacy", search_privacy_names[query->privacy]);
    add_word(space, "licence", search_licence_names[query->licence]);
    if (space->min_class < N_SEARCH_CLASSES) add_word(space, "size", search_classes[space->min_class].name);
    add_figure(space, "tpot_s", space->tpot_s);
    add_figure(space, "ttft_s", space->ttft_s);
    if (query->has_min_quality) add_figure(space, "quality", query->min_quality);
    if (query->n_scores > 0) add_figure(space, "scores", query->n_scores);
    if (query->n_scores > 0) add_figure(space, "score_sum", scores);
}

/* Hybrids exist where the model has an API; the other offers always do. */
static uint64_t count_combinations(const SearchSpace *space)
{
    uint64_t sum = (uint64_t)space->n_api_plans,
             configs = (uint64_t)(space->n_weights * space->n_engines * space->n_degrees);
    for (int m = 0; m < space->n_models; m++)
        for (int g = 0; g < space->n_gpus; g++)
            for (int i = 0; i < space->gpus[g].n_offers; i++)
                if (space->gpus[g].offers[i].kind != OFFER_HYBRID || space->models[m].cheapest_api >= 0)
                    sum += configs;
    return sum;
}

bool search_space_build(const SearchQuery *query, const Inputs *base, const PriceBook *book,
                        const CalibrationTable *table, Date as_of, SearchSpace *out, Err *err)
{
    *out = (SearchSpace){.book = book, .table = table, .base = base, .as_of = as_of, .offers_max = 1};
    arena_init(&out->arena);
    out->rent = first_option(base, OPTION_RENT);
    out->hybrid = first_option(base, OPTION_HYBRID);
    out->api = first_option(base, OPTION_API);
    if (out->rent < 0 || out->hybrid < 0 || out->api < 0)
        return err_set(err, ERR_BUG, "a search needs an option of each kind that it fills");
    set_limits(out, query);
    out->prices_fall = prices_fall(base, out->rent);
    lay_out_models(out, query);
    lay_out_apis(out, query);
    lay_out_configurations(out, query);
    lay_out_offers(out, query);
    write_query(out, query);
    out->n_blocks = 1 + (long)out->n_models * out->n_gpus * out->n_weights * out->n_engines * out->n_degrees;
    out->n_combinations = count_combinations(out);
    if (out->n_combinations > 0) return true;
    err_set(err, ERR_DATA,
            "nothing in the price book fits: %d models, %d accelerators with offers, %d weight formats, "
            "%d engines, %d APIs are left by the filters",
            out->n_models, out->n_gpus, out->n_weights, out->n_engines, out->n_api_plans);
    search_space_free(out);
    return false;
}

void search_space_free(SearchSpace *space)
{
    arena_free(&space->arena);
}

/* Blocks in the order model, accelerator, weights, engine, degree; the last runs fastest. */
SpaceConfig search_space_config(const SearchSpace *space, long block)
{
    SpaceConfig config;
    long rest = block - 1;
    config.degree = space->degrees[rest % space->n_degrees];
    rest /= space->n_degrees;
    config.engine = (int)(rest % space->n_engines);
    rest /= space->n_engines;
    config.weights = (int)(rest % space->n_weights);
    rest /= space->n_weights;
    config.gpu = (int)(rest % space->n_gpus);
    config.model = (int)(rest / space->n_gpus);
    return config;
}

static uint64_t stride(const SearchSpace *space)
{
    return (uint64_t)(space->offers_max > space->n_apis ? space->offers_max : space->n_apis);
}

uint64_t search_place(const SearchSpace *space, long block, SearchLevel level, int offer)
{
    return ((uint64_t)block * N_SEARCH_LEVELS + (uint64_t)level) * stride(space) + (uint64_t)offer;
}

void search_place_split(const SearchSpace *space, uint64_t place, long *block, SearchLevel *level, int *offer)
{
    *offer = (int)(place % stride(space));
    place /= stride(space);
    *level = (SearchLevel)(place % N_SEARCH_LEVELS);
    *block = (long)(place / N_SEARCH_LEVELS);
}
