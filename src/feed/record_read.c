/* Reading a measurement record, strictly: every fault with its JSON pointer. Layer: feed. */
#include "tokentco/record.h"

#include "feed/input.h"
#include "feed/json_in.h"
#include "feed/record_table.h"

#include <stdlib.h>
#include <string.h>

enum { POINTER_BYTES = 192, ITEMS_MAX = 1000000, TEXT_MAX_BYTES = 65536 };
#define NUMBER_MAX 1e300
#define COUNT_MAX  2000000000L

/* Members of the record that neither table holds. */
static const char *const other_keys[] = {"schema", "id", "seed", "shape", "fit"};

typedef struct Reader {
    const char *file;
    Arena *arena;
    ErrList *errors;
    char pointer[POINTER_BYTES];
} Reader;

static void fault(Reader *r, const char *text)
{
    err_list_addf(r->errors, ERR_DATA, r->file, 0, 0, r->pointer, "%s", text);
}

/* Steps into a member or item; returns where to cut the pointer when stepping out. */
static size_t enter(Reader *r, const char *key)
{
    size_t used = strlen(r->pointer);
    json_in_pointer_add(r->pointer, sizeof r->pointer, key);
    return used;
}
static size_t enter_item(Reader *r, size_t i)
{
    char key[24];
    snprintf(key, sizeof key, "%zu", i);
    return enter(r, key);
}
static void leave(Reader *r, size_t used)
{
    r->pointer[used] = '\0';
}

static bool read_number(Reader *r, const json_t *value, double min, bool is_open, double *out)
{
    Err err = {0};
    bool is_ok = json_in_number(value, out, &err);
    if (is_ok && (*out < min || (is_open && *out <= min) || *out > NUMBER_MAX))
        is_ok = err_set(&err, ERR_DATA, "%g is out of range: must be %s %g", *out,
                        is_open ? "above" : "at least", min);
    if (!is_ok) fault(r, err.text);
    return is_ok;
}

static const char *read_text(Reader *r, const json_t *value)
{
    Err err = {0};
    const char *text = "";
    if (!json_in_string(value, &text, &err)) {
        fault(r, err.text);
    } else if (json_string_length(value) > TEXT_MAX_BYTES) {
        fault(r, "text too long");
    } else {
        return arena_strdup(r->arena, text);
    }
    return "";
}

static const double *read_numbers(Reader *r, const json_t *value, int *n)
{
    size_t n_items = json_array_size(value);
    if (!json_is_array(value) || n_items > ITEMS_MAX) {
        fault(r, "must be a list of numbers");
        return NULL;
    }
    double *numbers = arena_array(r->arena, n_items, sizeof *numbers);
    for (size_t i = 0; i < n_items; i++) {
        size_t used = enter_item(r, i);
        read_number(r, json_array_get(value, i), 0.0, true, &numbers[i]);
        leave(r, used);
    }
    *n = (int)n_items;
    return numbers;
}

static unsigned read_word(Reader *r, const json_t *value, const char *(*word)(int i))
{
    char names[128] = "";
    const char *text = json_string_value(value);
    for (int i = 0; word(i) != NULL; i++) {
        if (text != NULL && strcmp(text, word(i)) == 0) return (unsigned)i;
        snprintf(names + strlen(names), sizeof names - strlen(names), "%s'%s'", i > 0 ? ", " : "", word(i));
    }
    char line[160];
    snprintf(line, sizeof line, "must be one of %s", names);
    fault(r, line);
    return 0;
}

static void read_member(Reader *r, const Member *member, const json_t *value, char *base)
{
    void *at = base + member->offset;
    Err err = {0};
    long count = 0;
    switch (member->kind) {
    case MEMBER_TEXT:
        *(const char **)at = read_text(r, value);
        break;
    case MEMBER_NUMBER:
        read_number(r, value, 0.0, false, at);
        break;
    case MEMBER_POSITIVE:
        read_number(r, value, 0.0, true, at);
        break;
    case MEMBER_OPTIONAL:
        *(bool *)(base + member->beside) = !json_is_null(value) && read_number(r, value, 0.0, true, at);
        break;
    case MEMBER_COUNT:
        if (!json_in_integer(value, 0, COUNT_MAX, &count, &err)) fault(r, err.text);
        *(int *)at = (int)count;
        break;
    case MEMBER_FLAG:
        if (!json_is_boolean(value)) fault(r, "must be true or false");
        *(bool *)at = json_is_true(value);
        break;
    case MEMBER_WORD:
        *(unsigned *)at = read_word(r, value, member->word);
        break;
    case MEMBER_NUMBERS:
    case MEMBER_LATER:
        *(const double **)at = read_numbers(r, value, (int *)(void *)(base + member->beside));
        break;
    }
}

static bool is_member(const Member *members, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(members[i].key, key) == 0) return true;
    return false;
}

/* Reads every member of the table; with `is_whole` the object may hold nothing else. */
static void read_members(Reader *r, json_t *object, const Member *members, size_t n, void *base,
                         bool is_whole)
{
    if (!json_is_object(object)) {
        fault(r, "must be an object");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_object_get(object, members[i].key);
        size_t used = enter(r, members[i].key);
        if (value != NULL) {
            read_member(r, &members[i], value, base);
        } else if (members[i].kind != MEMBER_LATER) {
            fault(r, "is missing");
        }
        leave(r, used);
    }
    const char *key;
    json_t *value;
    json_object_foreach(object, key, value)
    {
        if (!is_whole || is_member(members, n, key)) continue;
        size_t used = enter(r, key);
        fault(r, "unknown member");
        leave(r, used);
    }
}

static void read_list(Reader *r, const json_t *root, const ListRow *row, Measurement *record)
{
    const json_t *list = json_object_get(root, row->key);
    size_t used = enter(r, row->key), n = json_array_size(list);
    if (!json_is_array(list) || n > ITEMS_MAX) {
        fault(r, list == NULL ? "is missing" : "must be a list");
        n = 0;
    }
    char *base = (char *)record, *items = arena_array(r->arena, n, row->item_bytes);
    for (size_t i = 0; i < n; i++) {
        size_t item_used = enter_item(r, i);
        read_members(r, json_array_get(list, i), row->members, row->n_members, items + i * row->item_bytes,
                     true);
        leave(r, item_used);
    }
    *(int *)(void *)(base + row->count_offset) = (int)n;
    *(char **)(void *)(base + row->items_offset) = items;
    leave(r, used);
}

static void read_shape(Reader *r, const json_t *value, Measurement *record)
{
    if (json_is_null(value)) return;
    size_t used = enter(r, "shape");
    size_t n_rows;
    const FieldRow *shape_rows = record_shape_rows(&n_rows);
    record->has_shape = json_is_object(value);
    if (!record->has_shape) fault(r, "must be an object or null");
    for (size_t i = 0; i < n_rows && record->has_shape; i++) {
        size_t row_used = enter(r, shape_rows[i].name);
        double number = 0.0;
        Err err = {0};
        if (!json_in_number(json_object_get(value, shape_rows[i].name), &number, &err) ||
            !field_set(&shape_rows[i], &record->shape, number, &err))
            fault(r, err.text);
        leave(r, row_used);
    }
    if (record->has_shape && json_object_size(value) > n_rows) fault(r, "has members that no shape has");
    leave(r, used);
}

/* One list of `n` finite numbers of any sign. */
static void read_row(Reader *r, const json_t *list, int n, double *out)
{
    if (json_array_size(list) != (size_t)n) fault(r, "must hold as many numbers as there are names");
    for (size_t i = 0; i < (size_t)n && i < json_array_size(list); i++)
        read_number(r, json_array_get(list, i), -NUMBER_MAX, false, &out[i]);
}

static void read_fit(Reader *r, json_t *value, Measurement *record)
{
    if (json_is_null(value)) return;
    size_t used = enter(r, "fit");
    const json_t *names = json_object_get(value, "names"), *rows = json_object_get(value, "covariance");
    MeasureFit *fit = &record->fit;
    size_t n = json_array_size(names);
    if (n < 1 || n > MEASURE_COEFFICIENTS_MAX || json_array_size(rows) != n || json_object_size(value) != 5) {
        char text[128];
        (void)snprintf(text, sizeof text,
                       "must hold names, values, covariance and the two errors, for 1 to %d coefficients",
                       MEASURE_COEFFICIENTS_MAX);
        fault(r, text);
    } else {
        record->has_fit = true;
        fit->n = (int)n;
        read_members(r, value, record_fit_members, N_FIT_MEMBERS, fit, false);
        read_row(r, json_object_get(value, "values"), fit->n, fit->values);
        for (size_t i = 0; i < n; i++) {
            fit->names[i] = read_text(r, json_array_get(names, i));
            read_row(r, json_array_get(rows, i), fit->n, fit->covariance[i]);
        }
    }
    leave(r, used);
}

static bool is_known_key(const char *key)
{
    for (size_t i = 0; i < sizeof other_keys / sizeof other_keys[0]; i++)
        if (strcmp(other_keys[i], key) == 0) return true;
    for (size_t i = 0; i < (size_t)N_RECORD_LISTS; i++)
        if (strcmp(record_lists[i].key, key) == 0) return true;
    for (size_t i = 1; i < (size_t)N_RECORD_SECTIONS; i++)
        if (strcmp(record_sections[i].key, key) == 0) return true;
    return is_member(record_sections[0].members, record_sections[0].n_members, key);
}

/* "2026-11-25T16:02:09Z", or "" for an imported record. */
static bool is_time(const char *text)
{
    static const char shape[] = "dddd-dd-ddTdd:dd:ddZ";
    if (strlen(text) != sizeof shape - 1) return false;
    for (size_t i = 0; shape[i] != '\0'; i++)
        if (shape[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != shape[i]) return false;
    return true;
}

/* What no single member shows. */
static void check_whole(Reader *r, const Measurement *record)
{
    if (!is_time(record->when) && !(record->when[0] == '\0' && record->origin == MEASURED_IMPORTED))
        err_list_addf(r->errors, ERR_DATA, r->file, 0, 0, "/when",
                      "must be a UTC time like 2026-11-25T16:02:09Z");
    for (int i = 0; i < record->n_points; i++) {
        const MeasurePoint *p = &record->points[i];
        if (p->rate_p10_tok_s <= p->rate_tok_s && p->rate_tok_s <= p->rate_p90_tok_s) continue;
        char place[32];
        snprintf(place, sizeof place, "/points/%d", i);
        err_list_addf(r->errors, ERR_DATA, r->file, 0, 0, place, "the rate must lie between its p10 and p90");
    }
}

static void check_id(Reader *r, const json_t *root, Measurement *out)
{
    const char *claimed = json_string_value(json_object_get(root, "id"));
    Err err = {0};
    if (!record_seal(out, &err)) {
        err_list_add(r->errors, &err);
    } else if (claimed == NULL || strcmp(claimed, out->id) != 0) {
        err_list_addf(r->errors, ERR_DATA, r->file, 0, 0, "/id",
                      "does not belong to this content: the record was changed after it was measured");
    }
}

static void read_root(Reader *r, json_t *root, Measurement *out)
{
    long schema = 0;
    if (!json_in_integer(json_object_get(root, "schema"), 1, COUNT_MAX, &schema, NULL) ||
        schema != MEASURE_SCHEMA) {
        err_list_addf(r->errors, ERR_DATA, r->file, 0, 0, "/schema",
                      "must be %d: not a measurement record that this version reads", MEASURE_SCHEMA);
        return;
    }
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value)
    {
        if (is_known_key(key)) continue;
        size_t used = enter(r, key);
        fault(r, "unknown member");
        leave(r, used);
    }
    for (size_t s = 0; s < (size_t)N_RECORD_SECTIONS; s++) {
        bool is_head = record_sections[s].key[0] == '\0';
        size_t used = is_head ? 0 : enter(r, record_sections[s].key);
        read_members(r, is_head ? root : json_object_get(root, record_sections[s].key),
                     record_sections[s].members, record_sections[s].n_members, out, !is_head);
        leave(r, used);
    }
    const char *seed = json_string_value(json_object_get(root, "seed"));
    char *end = NULL;
    if (seed != NULL) out->seed = strtoull(seed, &end, 10);
    if (seed == NULL || seed[0] == '\0' || *end != '\0')
        err_list_addf(r->errors, ERR_DATA, r->file, 0, 0, "/seed", "must be a whole number as text");
    read_shape(r, json_object_get(root, "shape"), out);
    read_fit(r, json_object_get(root, "fit"), out);
    for (size_t l = 0; l < (size_t)N_RECORD_LISTS; l++) read_list(r, root, &record_lists[l], out);
}

bool record_parse(const char *file, const char *text, size_t n_bytes, Arena *arena, Measurement *out,
                  ErrList *errors)
{
    Err err = {0};
    Reader reader = {.file = file, .arena = arena, .errors = errors};
    size_t n_before = errors->n_items + errors->n_dropped;
    *out = (Measurement){0};
    json_t *root = json_in_text(file, text, n_bytes, JSON_IN_STRICT, &err);
    if (root == NULL) {
        err_list_add(errors, &err);
        return false;
    }
    read_root(&reader, root, out);
    bool is_ok = errors->n_items + errors->n_dropped == n_before;
    if (is_ok) {
        check_whole(&reader, out);
        check_id(&reader, root, out);
        is_ok = errors->n_items + errors->n_dropped == n_before;
    }
    json_decref(root);
    return is_ok;
}

bool record_load(const char *path, Arena *arena, Measurement *out, ErrList *errors)
{
    char *text;
    size_t n_bytes;
    Err err = {0};
    if (!input_read(path, &text, &n_bytes, &err)) {
        err_list_add(errors, &err);
        return false;
    }
    bool is_ok = record_parse(path, text, n_bytes, arena, out, errors);
    free(text);
    return is_ok;
}

bool record_is_file(const char *path)
{
    json_t *root = json_in_file(path, JSON_IN_STRICT, NULL);
    bool is_record = json_in_member(root, "points") != NULL && json_in_member(root, "hardware") != NULL;
    json_decref(root);
    return is_record;
}
