/* Laying out the space of a search: its axes, its limits, and where a plan lies in it. Layer: model. */
#include "model/search_space.h"

#include "model/workspace.h"

#include <math.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const SpaceWeights all_weights[] = {{"bf16", 2.0}, {"fp8", 1.0}, {"fp4", 0.5}};
static const char *const serving_engines[] = {"vllm", "sglang", "tensorrt-llm"};
static const int all_degrees[] = {1, 2, 4, 8};

/* ---- lists of patterns ---- */

/* Does one of the comma-separated patterns fit? An empty list fits everything. */
bool search_list_fits(const char *list, const char *name)
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
bool search_list_fits_alias(const PriceBook *book, const char *kind, const char *list, const char *id)
{
    if (search_list_fits(list, id)) return true;
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

/* ---- the other axes ---- */

static void add_engine(SearchSpace *space, const SearchQuery *query, const char *name)
{
    char engine[THROUGHPUT_NAME_BYTES];
    throughput_engine_normalise(name, "", false, engine);
    if (!search_list_fits(query->engines, engine) || space->n_engines == SPACE_ENGINES_MAX) return;
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
        if (search_list_fits(query->weights, all_weights[i].name))
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
    search_lay_out_models(out, query);
    search_lay_out_apis(out, query);
    lay_out_configurations(out, query);
    search_lay_out_offers(out, query);
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
