/* What a search reads: the scenario with an option of every kind, quality scores. Layer: feed. */
#include "tokentco/search_input.h"

#include "feed/scenario_doc.h"
#include "tokentco/csv_in.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

static bool has_kind(const json_t *options, const char *kind)
{
    for (size_t i = 0; i < json_array_size(options); i++) {
        const char *text = json_string_value(json_object_get(json_array_get(options, i), "kind"));
        if (text != NULL && strcmp(text, kind) == 0) return true;
    }
    return false;
}

/* An option that says nothing of its own: the groups at the top level of the scenario reach it. */
static void add_bare_option(json_t *options, const char *kind)
{
    json_t *option = json_object();
    json_object_set_new(option, "name", json_sprintf("search: %s", kind));
    json_object_set_new(option, "kind", json_string(kind));
    json_array_append_new(options, option);
}

bool search_base_resolve(const Scenario *scenario, const ResolveSources *sources, Resolved *out,
                         ErrList *errors)
{
    static const char *const kinds[] = {"rent", "api", "hybrid"};
    static const PriceKind tables[] = {PRICE_ALIASES,  PRICE_MODELS,     PRICE_ACCELERATORS,
                                       PRICE_LICENCES, PRICE_GPU_RENTAL, PRICE_API};
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        if (sources->book == NULL || !pricebook_need(sources->book, tables[i], errors)) return false;
    Scenario *copy = scenario_copy(scenario);
    if (copy == NULL) return err_list_addf(errors, ERR_BUG, NULL, 0, 0, NULL, "out of memory");
    json_t *options = json_object_get(copy->root, "options");
    for (size_t k = 0; json_is_array(options) && k < sizeof kinds / sizeof kinds[0]; k++)
        if (!has_kind(options, kinds[k])) add_bare_option(options, kinds[k]);
    bool is_ok = true;
    if (json_array_size(options) > INPUT_OPTIONS_MAX)
        is_ok = err_list_addf(
            errors, ERR_DATA, scenario->path, 0, 0, "/options",
            "has too many options: a search adds one of each kind that is missing, and %d fit in all",
            INPUT_OPTIONS_MAX);
    is_ok = is_ok && scenario_resolve(copy, sources, out, errors);
    scenario_free(copy);
    return is_ok;
}

/* ---- scores ---- */

typedef struct ScoreReader {
    Arena *arena;
    ErrList *errors;
    int model, score; /* columns; -1: not found */
    SearchScore *items;
    int n, capacity;
} ScoreReader;

static bool read_header(ScoreReader *reader, const CsvRecord *record)
{
    reader->model = reader->score = -1;
    for (int i = 0; i < record->n_fields; i++) {
        if (strcasecmp(record->fields[i], "model") == 0) reader->model = i;
        if (strcasecmp(record->fields[i], "score") == 0) reader->score = i;
    }
    if (reader->model >= 0 && reader->score >= 0) return true;
    return err_list_addf(reader->errors, ERR_DATA, record->file, record->line, 0, NULL,
                         "needs the columns model and score");
}

static bool visit_score(void *context, const CsvRecord *record, bool is_header)
{
    ScoreReader *reader = context;
    if (is_header) return read_header(reader, record);
    Err err = {0};
    double score;
    if (!parse_number(record->fields[reader->score], &score, &err)) {
        err_at(&err, record->file, record->line, 0);
        err_place(&err, "score");
        err_list_add(reader->errors, &err);
        return true;
    }
    for (int i = 0; i < reader->n; i++)
        if (strcasecmp(reader->items[i].model, record->fields[reader->model]) == 0) {
            err_list_addf(reader->errors, ERR_DATA, record->file, record->line, 0, "model",
                          "'%.60s' has a score already", record->fields[reader->model]);
            return true;
        }
    if (reader->n == reader->capacity) {
        int capacity = reader->capacity == 0 ? 64 : 2 * reader->capacity;
        SearchScore *items = arena_array(reader->arena, (size_t)capacity, sizeof *items);
        if (reader->n > 0) memcpy(items, reader->items, (size_t)reader->n * sizeof *items);
        reader->items = items;
        reader->capacity = capacity;
    }
    reader->items[reader->n++] =
        (SearchScore){arena_strdup(reader->arena, record->fields[reader->model]), score};
    return true;
}

bool search_scores_load(const char *path, Arena *arena, const SearchScore **scores, int *n, ErrList *errors)
{
    size_t n_before = errors->n_items + errors->n_dropped;
    ScoreReader reader = {.arena = arena, .errors = errors};
    bool is_ok = csv_read_file(path, NULL, visit_score, &reader, errors);
    *scores = reader.items;
    *n = reader.n;
    return is_ok && errors->n_items + errors->n_dropped == n_before;
}
