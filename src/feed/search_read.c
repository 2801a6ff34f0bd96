/* Reading a search file, as `search --json` writes it. Layer: feed. */
#include "tokentco/search_input.h"

#include "feed/json_in.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct SearchReader {
    const char *path;
    ErrList *errors;
    SearchResult *out;
} SearchReader;

static bool fault(const SearchReader *reader, const char *pointer, const char *text)
{
    return err_list_addf(reader->errors, ERR_DATA, reader->path, 0, 0, pointer, "%s", text);
}

static bool read_field(const FieldRow *row, SearchPlan *plan, const json_t *value, Err *err)
{
    if (value == NULL || json_is_null(value)) return true;
    if (json_is_string(value)) return field_set_text(row, plan, json_string_value(value), err);
    double number;
    return json_in_number(value, &number, err) && field_set(row, plan, number, err);
}

static bool read_plan(const SearchReader *reader, const char *pointer, const json_t *object, SearchPlan *plan)
{
    *plan = (SearchPlan){0};
    if (!json_is_object(object)) return fault(reader, pointer, "must be a plan");
    for (int i = 0; i < n_search_plan_rows; i++) {
        const FieldRow *row = &search_plan_rows[i];
        Err err = {0};
        if (read_field(row, plan, json_object_get(object, row->name), &err)) continue;
        err_list_addf(reader->errors, ERR_DATA, reader->path, 0, 0, pointer, "%s: %s", row->name, err.text);
        return false;
    }
    return true;
}

static bool read_plans(const SearchReader *reader, const json_t *root, const char *key, SearchPlans *out)
{
    const json_t *list = json_object_get(root, key);
    char pointer[64];
    snprintf(pointer, sizeof pointer, "/%s", key);
    if (!json_is_array(list)) return fault(reader, pointer, "must be a list of plans");
    size_t n = json_array_size(list);
    out->items = calloc(n + 1, sizeof *out->items);
    if (out->items == NULL) return fault(reader, pointer, "out of memory");
    for (; out->n < (int)n; out->n++) {
        snprintf(pointer, sizeof pointer, "/%s/%d", key, out->n);
        if (!read_plan(reader, pointer, json_array_get(list, (size_t)out->n), &out->items[out->n]))
            return false;
    }
    return true;
}

/* Sets are written as the names of their constraints, joined by +; the empty one is "feasible". */
static bool set_of_name(const char *name, unsigned *set)
{
    *set = 0;
    if (strcmp(name, "feasible") == 0) return true;
    for (const char *at = name; *at != '\0';) {
        size_t n = strcspn(at, "+");
        int c = 0;
        while (c < N_SEARCH_CONSTRAINTS &&
               (strlen(search_constraints[c].name) != n || strncmp(search_constraints[c].name, at, n) != 0))
            c++;
        if (c == N_SEARCH_CONSTRAINTS) return false;
        *set |= 1u << c;
        at += n;
        if (*at == '+') at++;
    }
    return *set != 0;
}

static bool read_sets(const SearchReader *reader, const json_t *object)
{
    if (!json_is_object(object)) return fault(reader, "/by_set", "must be an object");
    void *iterator = json_object_iter((json_t *)(uintptr_t)object);
    for (; iterator != NULL; iterator = json_object_iter_next((json_t *)(uintptr_t)object, iterator)) {
        unsigned set;
        const json_t *value = json_object_iter_value(iterator);
        if (!set_of_name(json_object_iter_key(iterator), &set) || !json_is_integer(value) ||
            json_integer_value(value) < 0)
            return fault(reader, "/by_set", "must count combinations by the constraints that they break");
        reader->out->by_set[set] = (uint64_t)json_integer_value(value);
    }
    return true;
}

/* Objects from a name (of a constraint, of a class) to a plan. */
typedef const char *(*NameOf)(int index);

static const char *constraint_name(int index)
{
    return search_constraints[index].name;
}

static const char *class_name(int index)
{
    return search_classes[index].name;
}

static bool read_slots(const SearchReader *reader, const json_t *root, const char *key, NameOf name_of, int n,
                       bool *has, SearchPlan *plans)
{
    const json_t *object = json_object_get(root, key);
    char pointer[64];
    snprintf(pointer, sizeof pointer, "/%s", key);
    if (!json_is_object(object)) return fault(reader, pointer, "must be an object of plans");
    for (int i = 0; i < n; i++) {
        const json_t *plan = json_object_get(object, name_of(i));
        has[i] = plan != NULL && !json_is_null(plan);
        if (has[i] && !read_plan(reader, pointer, plan, &plans[i])) return false;
    }
    return true;
}

static bool read_text(const SearchReader *reader, const json_t *root, const char *key, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(root, key));
    if (text == NULL || strlen(text) >= size) return fault(reader, key, "must be a text");
    memcpy(out, text, strlen(text) + 1);
    return true;
}

static bool read_number(const SearchReader *reader, const json_t *root, const char *key, double *out)
{
    const json_t *value = json_object_get(root, key);
    *out = HUGE_VAL; /* null: no limit */
    if (json_is_null(value)) return true;
    return json_in_number(value, out, NULL) ? true : fault(reader, key, "must be a number");
}

static bool read_count(const SearchReader *reader, const json_t *root, const char *key, long least, int *out)
{
    long value;
    if (!json_in_integer(json_object_get(root, key), least, 1L << 30, &value, NULL))
        return fault(reader, key, "must be a whole number");
    *out = (int)value;
    return true;
}

static bool read_head(const SearchReader *reader, const json_t *root)
{
    SearchResult *out = reader->out;
    char date[32], size[64];
    double combinations;
    int shard, n_blocks, n_blocks_done;
    Err err = {0};
    bool is_ok =
        read_text(reader, root, "scenario", out->scenario, sizeof out->scenario) &&
        read_text(reader, root, "scenario_sha256", out->scenario_sha256, sizeof out->scenario_sha256) &&
        read_text(reader, root, "query", out->query, sizeof out->query) &&
        read_text(reader, root, "as_of", date, sizeof date) &&
        read_text(reader, root, "min_size", size, sizeof size) &&
        read_number(reader, root, "tpot_s", &out->tpot_s) &&
        read_number(reader, root, "ttft_s", &out->ttft_s) &&
        read_number(reader, root, "price_sum", &out->price_sum) &&
        read_number(reader, root, "combinations", &combinations) &&
        read_count(reader, root, "models", 0, &out->n_models) &&
        read_count(reader, root, "gpus", 0, &out->n_gpus) &&
        read_count(reader, root, "offers", 0, &out->n_offers) &&
        read_count(reader, root, "apis", 0, &out->n_apis) &&
        read_count(reader, root, "licence_unchecked", 0, &out->n_unchecked) &&
        read_count(reader, root, "shard", 1, &shard) &&
        read_count(reader, root, "shards", 1, &out->n_shards) &&
        read_count(reader, root, "blocks", 0, &n_blocks) &&
        read_count(reader, root, "blocks_done", 0, &n_blocks_done) &&
        read_count(reader, root, "top", 1, &out->top);
    if (!is_ok) return false;
    if (!parse_date(date, &out->as_of, &err)) return fault(reader, "as_of", err.text);
    if (shard > out->n_shards) return fault(reader, "shard", "is beyond the number of shards");
    if (!(combinations >= 0.0 && combinations < 0x1p53))
        return fault(reader, "combinations", "must be a count");
    out->n_blocks = n_blocks;
    out->n_blocks_done = n_blocks_done;
    out->shard = shard - 1;
    out->n_combinations = (uint64_t)combinations;
    out->min_class = SEARCH_CLASS_NONE;
    for (int k = 0; k < N_SEARCH_CLASSES; k++)
        if (strcmp(search_classes[k].name, size) == 0) out->min_class = (SearchClass)k;
    return true;
}

bool search_result_load(const char *path, SearchResult *out, ErrList *errors)
{
    Err err = {0};
    *out = (SearchResult){0};
    SearchReader reader = {path, errors, out};
    json_t *root = json_in_file(path, JSON_IN_STRICT, &err);
    if (root == NULL) {
        err_list_add(errors, &err);
        return false;
    }
    const char *schema = json_string_value(json_object_get(root, "schema"));
    bool is_ok =
        schema != NULL && strcmp(schema, "tokentco/search/1") == 0
            ? true
            : fault(&reader, "/schema", "must be \"tokentco/search/1\": is this what `search --json` wrote?");
    is_ok = is_ok && read_head(&reader, root) && read_sets(&reader, json_object_get(root, "by_set")) &&
            read_plans(&reader, root, "plans", &out->ranked) &&
            read_plans(&reader, root, "front_latency", &out->by_latency) &&
            read_plans(&reader, root, "front_quality", &out->by_quality) &&
            read_slots(&reader, root, "relaxed", constraint_name, N_SEARCH_CONSTRAINTS, out->has_relaxed,
                       out->relaxed) &&
            read_slots(&reader, root, "classes", class_name, N_SEARCH_CLASSES, out->has_class, out->classes);
    json_decref(root);
    if (!is_ok) search_result_free(out);
    return is_ok;
}
