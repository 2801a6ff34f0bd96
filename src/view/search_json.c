/* A search as JSON and CSV. Layer: view. The fields of a plan are written from their table. */
#include "tokentco/search_report.h"

#include "view/json_build.h"

#include <stdlib.h>
#include <string.h>

static json_t *json_of_field(const FieldRow *row, const SearchPlan *plan)
{
    char name[FIELD_TEXT_BYTES];
    if (!field_is_given(row, plan)) return json_null();
    switch (row->type) {
    case FIELD_TEXT:
        return json_text_or_null((const char *)plan + row->offset);
    case FIELD_CHOICE:
        field_choice_name(row, (int)field_get(row, plan), name, sizeof name);
        return json_string(name);
    case FIELD_INT:
        return json_integer((json_int_t)field_get(row, plan));
    case FIELD_FLAG:
        return json_boolean(field_get(row, plan) != 0.0);
    case FIELD_NUM:
    case FIELD_OPT:
    case FIELD_ARRAY:
        break;
    }
    return json_number_or_null(field_get(row, plan));
}

static json_t *json_of_plan(const SearchPlan *plan)
{
    json_t *object = json_object();
    for (int i = 0; i < n_search_plan_rows; i++)
        json_object_set_new(object, search_plan_rows[i].name, json_of_field(&search_plan_rows[i], plan));
    return object;
}

static json_t *json_of_plans(const SearchPlans *plans)
{
    json_t *list = json_array();
    for (int i = 0; i < plans->n; i++) json_array_append_new(list, json_of_plan(&plans->items[i]));
    return list;
}

/* "memory+tpot"; "feasible" for the empty set. */
static void name_set(unsigned set, char *out, size_t size)
{
    size_t n = 0;
    snprintf(out, size, "feasible");
    for (int c = 0; c < N_SEARCH_CONSTRAINTS; c++)
        if ((set >> c & 1) != 0 && n < size)
            n += (size_t)snprintf(out + n, size - n, "%s%s", n > 0 ? "+" : "", search_constraints[c].name);
}

static json_t *json_of_sets(const SearchResult *result)
{
    json_t *object = json_object();
    for (unsigned set = 0; set < SEARCH_SETS; set++) {
        char name[256];
        if (result->by_set[set] == 0) continue;
        name_set(set, name, sizeof name);
        json_object_set_new(object, name, json_integer((json_int_t)result->by_set[set]));
    }
    return object;
}

static json_t *json_of_relaxed(const SearchResult *result)
{
    json_t *object = json_object();
    for (int c = 0; c < N_SEARCH_CONSTRAINTS; c++)
        if (result->has_relaxed[c])
            json_object_set_new(object, search_constraints[c].name, json_of_plan(&result->relaxed[c]));
    return object;
}

static json_t *json_of_classes(const SearchResult *result)
{
    json_t *object = json_object();
    for (int k = 0; k < N_SEARCH_CLASSES; k++)
        if (result->has_class[k])
            json_object_set_new(object, search_classes[k].name, json_of_plan(&result->classes[k]));
    return object;
}

void search_json_add(const SearchResult *result, Text *out)
{
    char date[16];
    date_format(result->as_of, date);
    json_t *root = json_object();
    json_object_set_new(root, "schema", json_string("tokentco/search/1"));
    json_object_set_new(root, "scenario", json_string(result->scenario));
    json_object_set_new(root, "scenario_sha256", json_string(result->scenario_sha256));
    json_object_set_new(root, "as_of", json_string(date));
    json_object_set_new(root, "query", json_string(result->query));
    json_object_set_new(
        root, "min_size",
        json_string(result->min_class < N_SEARCH_CLASSES ? search_classes[result->min_class].name : "any"));
    json_object_set_new(root, "tpot_s", json_number_or_null(result->tpot_s));
    json_object_set_new(root, "ttft_s", json_number_or_null(result->ttft_s));
    json_object_set_new(root, "models", json_integer(result->n_models));
    json_object_set_new(root, "gpus", json_integer(result->n_gpus));
    json_object_set_new(root, "offers", json_integer(result->n_offers));
    json_object_set_new(root, "apis", json_integer(result->n_apis));
    json_object_set_new(root, "licence_unchecked", json_integer(result->n_unchecked));
    json_object_set_new(root, "price_sum", json_number_or_null(result->price_sum));
    json_object_set_new(root, "combinations", json_integer((json_int_t)result->n_combinations));
    json_object_set_new(root, "shard", json_integer(result->shard + 1));
    json_object_set_new(root, "shards", json_integer(result->n_shards));
    json_object_set_new(root, "blocks", json_integer(result->n_blocks));
    json_object_set_new(root, "blocks_done", json_integer(result->n_blocks_done));
    json_object_set_new(root, "partial", json_boolean(search_is_partial(result)));
    json_object_set_new(root, "top", json_integer(result->top));
    json_object_set_new(root, "by_set", json_of_sets(result));
    json_object_set_new(root, "plans", json_of_plans(&result->ranked));
    json_object_set_new(root, "front_latency", json_of_plans(&result->by_latency));
    json_object_set_new(root, "front_quality", json_of_plans(&result->by_quality));
    json_object_set_new(root, "relaxed", json_of_relaxed(result));
    json_object_set_new(root, "classes", json_of_classes(result));
    json_add_document(root, out);
}

static void csv_field(CsvOut *csv, const FieldRow *row, const SearchPlan *plan)
{
    char name[FIELD_TEXT_BYTES];
    if (!field_is_given(row, plan)) {
        csv_out_null(csv);
    } else if (row->type == FIELD_TEXT) {
        csv_out_text(csv, (const char *)plan + row->offset);
    } else if (row->type == FIELD_CHOICE) {
        field_choice_name(row, (int)field_get(row, plan), name, sizeof name);
        csv_out_text(csv, name);
    } else {
        csv_out_number(csv, field_get(row, plan));
    }
}

void search_csv_add(const SearchResult *result, CsvDialect dialect, Text *out)
{
    CsvOut csv;
    csv_out_init(&csv, out, dialect);
    for (int i = 0; i < n_search_plan_rows; i++) csv_out_text(&csv, search_plan_rows[i].name);
    csv_out_end_line(&csv);
    for (int p = 0; p < result->ranked.n; p++) {
        for (int i = 0; i < n_search_plan_rows; i++)
            csv_field(&csv, &search_plan_rows[i], &result->ranked.items[p]);
        csv_out_end_line(&csv);
    }
}
