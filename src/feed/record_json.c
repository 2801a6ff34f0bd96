/* A measurement record as JSON, schema 1, in both directions from one table of members. Layer: feed. */
#include "tokentco/record.h"

#include "feed/input.h"
#include "feed/json_in.h"
#include "tokentco/field.h"

#include <math.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

enum { ID_DIGITS = 64, POINTER_BYTES = 192, ITEMS_MAX = 1000000, TEXT_MAX_BYTES = 65536 };
#define NUMBER_MAX 1e300
#define COUNT_MAX  2000000000L

/* ---- members ---- */

typedef enum MemberKind {
    MEMBER_TEXT,     /* const char * */
    MEMBER_NUMBER,   /* double, 0 or more */
    MEMBER_POSITIVE, /* double above 0 */
    MEMBER_OPTIONAL, /* double above 0 with a bool beside it; null when absent */
    MEMBER_COUNT,    /* int, 0 or more */
    MEMBER_FLAG,     /* bool */
    MEMBER_WORD,     /* enum, by name */
    MEMBER_NUMBERS   /* const double * with an int count beside it */
} MemberKind;

typedef struct Member {
    const char *key;
    MemberKind kind;
    size_t offset;
    size_t beside;               /* of the bool or the count */
    const char *(*word)(int i);  /* MEMBER_WORD: i-th name, NULL after the last */
} Member;

static const char *origin_word(int i)
{
    static const char *const words[] = {[MEASURED_HERE] = "measured here", [MEASURED_IMPORTED] = "imported"};
    return i < 2 ? words[i] : NULL;
}
static const char *phase_word(int i)
{
    return i <= PHASE_SERVING ? measure_phase_name((MeasurePhase)i) : NULL;
}
static const char *counts_word(int i)
{
    return i <= RATE_TOTAL ? measure_counts_name((RateCounts)i) : NULL;
}
static const char *noise_word(int i)
{
    return i <= NOISE_NOISY ? measure_noise_name((NoiseVerdict)i) : NULL;
}

#define MEMBER(type, kind, key, member)             {key, kind, offsetof(type, member), 0, NULL}
#define MEMBER_WITH(type, kind, key, member, other) {key, kind, offsetof(type, member), offsetof(type, other), NULL}
#define MEMBER_OF(type, key, member, words)         {key, MEMBER_WORD, offsetof(type, member), 0, words}
#define COUNT_OF(array)                             (sizeof(array) / sizeof(array)[0])

static const Member head_members[] = {
    MEMBER(Measurement, MEMBER_TEXT, "when", when),
    MEMBER_OF(Measurement, "origin", origin, origin_word),
    MEMBER(Measurement, MEMBER_TEXT, "note", note),
};
static const Member tool_members[] = {
    MEMBER(Measurement, MEMBER_TEXT, "name", tool),
    MEMBER(Measurement, MEMBER_TEXT, "version", tool_version),
    MEMBER(Measurement, MEMBER_TEXT, "file_sha256", file_hash),
};
static const Member hardware_members[] = {
    MEMBER(Measurement, MEMBER_TEXT, "name", hardware),
    MEMBER(Measurement, MEMBER_FLAG, "is_cpu", is_cpu),
    MEMBER(Measurement, MEMBER_COUNT, "n_devices", n_devices),
    MEMBER(Measurement, MEMBER_COUNT, "n_cores", n_cores),
    MEMBER(Measurement, MEMBER_COUNT, "n_threads", n_threads),
    MEMBER(Measurement, MEMBER_NUMBER, "memory_bytes", memory_bytes),
    MEMBER(Measurement, MEMBER_NUMBER, "cpu_quota", cpu_quota),
    MEMBER(Measurement, MEMBER_TEXT, "topology", topology),
    MEMBER(Measurement, MEMBER_TEXT, "isa", isa),
    MEMBER(Measurement, MEMBER_TEXT, "governor", governor),
};
static const Member software_members[] = {
    MEMBER(Measurement, MEMBER_TEXT, "engine", engine),
    MEMBER(Measurement, MEMBER_TEXT, "engine_version", engine_version),
    MEMBER(Measurement, MEMBER_TEXT, "compiler", compiler),
    MEMBER(Measurement, MEMBER_TEXT, "flags", flags),
};
static const Member model_members[] = {
    MEMBER(Measurement, MEMBER_TEXT, "name", model),
    MEMBER(Measurement, MEMBER_TEXT, "weight_format", weight_format),
    MEMBER(Measurement, MEMBER_TEXT, "kv_format", kv_format),
    MEMBER(Measurement, MEMBER_NUMBER, "weight_bytes", weight_bytes),
    MEMBER(Measurement, MEMBER_NUMBER, "kv_bytes", kv_bytes),
    MEMBER(Measurement, MEMBER_COUNT, "tensor_parallel", tensor_parallel),
    MEMBER(Measurement, MEMBER_COUNT, "pipeline_parallel", pipeline_parallel),
    MEMBER(Measurement, MEMBER_COUNT, "layers_run", layers_run),
};
static const Member noise_members[] = {
    MEMBER_OF(Measurement, "verdict", noise, noise_word),
    MEMBER(Measurement, MEMBER_TEXT, "note", noise_note),
};
static const Member point_members[] = {
    MEMBER_OF(MeasurePoint, "phase", phase, phase_word),
    MEMBER_OF(MeasurePoint, "counts", counts, counts_word),
    MEMBER(MeasurePoint, MEMBER_COUNT, "threads", threads),
    MEMBER(MeasurePoint, MEMBER_COUNT, "prompt_tok", prompt_tok),
    MEMBER(MeasurePoint, MEMBER_COUNT, "output_tok", output_tok),
    MEMBER(MeasurePoint, MEMBER_COUNT, "depth_tok", depth_tok),
    MEMBER(MeasurePoint, MEMBER_NUMBER, "batch", batch),
    MEMBER_WITH(MeasurePoint, MEMBER_OPTIONAL, "arrival_req_s", arrival_req_s, has_arrival),
    MEMBER(MeasurePoint, MEMBER_POSITIVE, "rate_tok_s", rate_tok_s),
    MEMBER(MeasurePoint, MEMBER_POSITIVE, "rate_p10_tok_s", rate_p10_tok_s),
    MEMBER(MeasurePoint, MEMBER_POSITIVE, "rate_p90_tok_s", rate_p90_tok_s),
    MEMBER_WITH(MeasurePoint, MEMBER_OPTIONAL, "ttft_s", ttft_s, has_ttft),
    MEMBER_WITH(MeasurePoint, MEMBER_OPTIONAL, "tpot_s", tpot_s, has_tpot),
    MEMBER_WITH(MeasurePoint, MEMBER_NUMBERS, "samples_tok_s", samples_tok_s, n_samples),
    MEMBER_OF(MeasurePoint, "noise", noise, noise_word),
    MEMBER(MeasurePoint, MEMBER_TEXT, "note", note),
};
static const Member limit_members[] = {
    MEMBER(MeasureLimit, MEMBER_TEXT, "name", name),
    MEMBER(MeasureLimit, MEMBER_TEXT, "unit", unit),
    MEMBER(MeasureLimit, MEMBER_COUNT, "threads", threads),
    MEMBER(MeasureLimit, MEMBER_POSITIVE, "value", value),
};
static const Member kernel_members[] = {
    MEMBER(MeasureKernel, MEMBER_TEXT, "name", name),
    MEMBER(MeasureKernel, MEMBER_COUNT, "m", m),
    MEMBER(MeasureKernel, MEMBER_COUNT, "n", n),
    MEMBER(MeasureKernel, MEMBER_COUNT, "k", k),
    MEMBER(MeasureKernel, MEMBER_COUNT, "threads", threads),
    MEMBER(MeasureKernel, MEMBER_POSITIVE, "value", value),
    MEMBER(MeasureKernel, MEMBER_NUMBER, "limit", limit),
    MEMBER(MeasureKernel, MEMBER_TEXT, "limit_name", limit_name),
    MEMBER(MeasureKernel, MEMBER_NUMBER, "share_frac", share_frac),
};
static const Member share_members[] = {
    MEMBER(EngineShare, MEMBER_TEXT, "engine", engine),
    MEMBER(EngineShare, MEMBER_TEXT, "engine_version", engine_version),
    MEMBER_OF(EngineShare, "phase", phase, phase_word),
    MEMBER(EngineShare, MEMBER_TEXT, "weight_format", weight_format),
    MEMBER(EngineShare, MEMBER_POSITIVE, "share_frac", share_frac),
    MEMBER(EngineShare, MEMBER_POSITIVE, "share_p10", share_p10),
    MEMBER(EngineShare, MEMBER_POSITIVE, "share_p90", share_p90),
    MEMBER(EngineShare, MEMBER_TEXT, "source", source),
};
static const Member fit_members[] = {
    MEMBER(MeasureFit, MEMBER_NUMBER, "median_error_frac", median_error_frac),
    MEMBER(MeasureFit, MEMBER_NUMBER, "worst_error_frac", worst_error_frac),
};

#define FIELD_GROUP ModelShape
static const FieldRow shape_rows[] = {SHAPE_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP

/* Groups of members of the record itself; the first has no key of its own. */
typedef struct Section {
    const char *key;
    const Member *members;
    size_t n_members;
} Section;
static const Section sections[] = {
    {"", head_members, COUNT_OF(head_members)},
    {"tool", tool_members, COUNT_OF(tool_members)},
    {"hardware", hardware_members, COUNT_OF(hardware_members)},
    {"software", software_members, COUNT_OF(software_members)},
    {"model", model_members, COUNT_OF(model_members)},
    {"noise", noise_members, COUNT_OF(noise_members)},
};

/* Lists of items of one kind. */
typedef struct ListRow {
    const char *key;
    const Member *members;
    size_t n_members, item_bytes, count_offset, items_offset;
} ListRow;
#define LIST_ROW(key, members, type, count, items)                                                            \
    {key, members, COUNT_OF(members), sizeof(type), offsetof(Measurement, count), offsetof(Measurement, items)}
static const ListRow lists[] = {
    LIST_ROW("points", point_members, MeasurePoint, n_points, points),
    LIST_ROW("limits", limit_members, MeasureLimit, n_limits, limits),
    LIST_ROW("kernels", kernel_members, MeasureKernel, n_kernels, kernels),
    LIST_ROW("engine_shares", share_members, EngineShare, n_shares, shares),
};

/* Members of the record that neither table holds. */
static const char *const other_keys[] = {"schema", "id", "seed", "shape", "fit"};

/* ---- writing ---- */

/* Adds `value`, stolen; a NULL value is one that JSON cannot say. */
static bool put(json_t *object, const char *key, json_t *value, Err *err)
{
    if (value != NULL && json_object_set_new(object, key, value) == 0) return true;
    return err_set(err, ERR_DATA, "'%s' cannot be written: not a finite number or not UTF-8", key);
}

static json_t *text_of(const char *text)
{
    return json_string(text != NULL ? text : "");
}

static json_t *numbers_of(const double *values, int n)
{
    json_t *list = json_array();
    for (int i = 0; list != NULL && i < n; i++) {
        if (json_array_append_new(list, json_real(values[i])) == 0) continue;
        json_decref(list);
        return NULL;
    }
    return list;
}

static json_t *member_value(const Member *member, const char *base)
{
    const void *at = base + member->offset;
    switch (member->kind) {
    case MEMBER_TEXT: return text_of(*(const char *const *)at);
    case MEMBER_NUMBER:
    case MEMBER_POSITIVE: return json_real(*(const double *)at);
    case MEMBER_OPTIONAL:
        return *(const bool *)(base + member->beside) ? json_real(*(const double *)at) : json_null();
    case MEMBER_COUNT: return json_integer(*(const int *)at);
    case MEMBER_FLAG: return json_boolean(*(const bool *)at);
    case MEMBER_WORD: return json_string(member->word((int)*(const unsigned *)at));
    case MEMBER_NUMBERS: return numbers_of(*(const double *const *)at, *(const int *)(const void *)(base + member->beside));
    }
    return NULL;
}

static bool put_members(json_t *object, const Member *members, size_t n, const void *base, Err *err)
{
    bool is_ok = object != NULL;
    for (size_t i = 0; i < n && is_ok; i++) is_ok = put(object, members[i].key, member_value(&members[i], base), err);
    return is_ok;
}

static bool put_list(json_t *root, const ListRow *row, const Measurement *record, Err *err)
{
    const char *base = (const char *)record;
    int n = *(const int *)(const void *)(base + row->count_offset);
    const char *items = *(const char *const *)(const void *)(base + row->items_offset);
    json_t *list = json_array();
    bool is_ok = put(root, row->key, list, err);
    for (int i = 0; i < n && is_ok; i++) {
        json_t *item = json_object();
        is_ok = put_members(item, row->members, row->n_members, items + (size_t)i * row->item_bytes, err) &&
                json_array_append(list, item) == 0;
        json_decref(item);
        if (!is_ok) err_place(err, "/%s/%d", row->key, i);
    }
    return is_ok;
}

static json_t *shape_value(const ModelShape *shape)
{
    json_t *object = json_object();
    for (size_t i = 0; i < COUNT_OF(shape_rows); i++) {
        double value = field_get(&shape_rows[i], shape);
        json_t *number = shape_rows[i].type == FIELD_INT ? json_integer((json_int_t)value) : json_real(value);
        if (json_object_set_new(object, shape_rows[i].name, number) == 0) continue;
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *fit_value(const MeasureFit *fit, Err *err)
{
    json_t *object = json_object(), *names = json_array(), *covariance = json_array();
    bool is_ok = true;
    for (int i = 0; i < fit->n && is_ok; i++)
        is_ok = json_array_append_new(names, text_of(fit->names[i])) == 0 &&
                json_array_append_new(covariance, numbers_of(fit->covariance[i], fit->n)) == 0;
    if (!is_ok) err_set(err, ERR_DATA, "the fit holds a number that is not finite");
    is_ok = put(object, "names", names, err) && is_ok;
    is_ok = put(object, "values", numbers_of(fit->values, fit->n), err) && is_ok;
    is_ok = put(object, "covariance", covariance, err) && is_ok;
    is_ok = put_members(object, fit_members, COUNT_OF(fit_members), fit, err) && is_ok;
    if (is_ok) return object;
    json_decref(object);
    return NULL;
}

/* The whole record; without the id when `with_id` is false. */
static json_t *record_value(const Measurement *record, bool with_id, Err *err)
{
    char seed[32];
    json_t *root = json_object();
    bool is_ok = put(root, "schema", json_integer(MEASURE_SCHEMA), err);
    if (with_id) is_ok = is_ok && put(root, "id", json_string(record->id), err);
    for (size_t s = 0; s < COUNT_OF(sections) && is_ok; s++) {
        json_t *object = sections[s].key[0] == '\0' ? json_incref(root) : json_object();
        is_ok = put_members(object, sections[s].members, sections[s].n_members, record, err);
        if (sections[s].key[0] != '\0') is_ok = put(root, sections[s].key, json_incref(object), err) && is_ok;
        json_decref(object);
    }
    /* As text: a seed has 64 bits, and readers in other languages keep 53 of a number. */
    snprintf(seed, sizeof seed, "%llu", record->seed);
    is_ok = is_ok && put(root, "seed", json_string(seed), err);
    is_ok = is_ok && put(root, "shape", record->has_shape ? shape_value(&record->shape) : json_null(), err);
    is_ok = is_ok && put(root, "fit", record->has_fit ? fit_value(&record->fit, err) : json_null(), err);
    for (size_t l = 0; l < COUNT_OF(lists) && is_ok; l++) is_ok = put_list(root, &lists[l], record, err);
    if (is_ok) return root;
    json_decref(root);
    return NULL;
}

static void hash_text(const char *text, char out[ID_DIGITS + 1])
{
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&context);
    sha256_update(&context, strlen(text), (const uint8_t *)text);
    sha256_digest(&context, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

bool record_seal(Measurement *record, Err *err)
{
    json_t *root = record_value(record, false, err);
    if (root == NULL) return false;
    char *text = json_dumps(root, JSON_COMPACT | JSON_REAL_PRECISION(17));
    json_decref(root);
    if (text == NULL) return err_set(err, ERR_BUG, "out of memory");
    hash_text(text, record->id);
    free(text);
    return true;
}

char *record_dump(const Measurement *record, Err *err)
{
    json_t *root = record_value(record, true, err);
    if (root == NULL) return NULL;
    char *text = json_dumps(root, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
    json_decref(root);
    if (text == NULL) err_set(err, ERR_BUG, "out of memory");
    return text;
}

/* ---- reading ---- */

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
        is_ok = err_set(&err, ERR_DATA, "%g is out of range: must be %s %g", *out, is_open ? "above" : "at least", min);
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
    case MEMBER_TEXT: *(const char **)at = read_text(r, value); break;
    case MEMBER_NUMBER: read_number(r, value, 0.0, false, at); break;
    case MEMBER_POSITIVE: read_number(r, value, 0.0, true, at); break;
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
    case MEMBER_WORD: *(unsigned *)at = read_word(r, value, member->word); break;
    case MEMBER_NUMBERS: *(const double **)at = read_numbers(r, value, (int *)(void *)(base + member->beside)); break;
    }
}

static bool is_member(const Member *members, size_t n, const char *key)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(members[i].key, key) == 0) return true;
    return false;
}

/* Reads every member of the table; with `is_whole` the object may hold nothing else. */
static void read_members(Reader *r, const json_t *object, const Member *members, size_t n, void *base, bool is_whole)
{
    if (!json_is_object(object)) {
        fault(r, "must be an object");
        return;
    }
    for (size_t i = 0; i < n; i++) {
        const json_t *value = json_object_get(object, members[i].key);
        size_t used = enter(r, members[i].key);
        if (value == NULL) {
            fault(r, "is missing");
        } else {
            read_member(r, &members[i], value, base);
        }
        leave(r, used);
    }
    const char *key;
    json_t *value;
    /* jansson's iterator wants a mutable object although it changes nothing. */
    json_t *mutable = json_incref((json_t *)(uintptr_t)object);
    json_object_foreach(mutable, key, value)
    {
        if (!is_whole || is_member(members, n, key)) continue;
        size_t used = enter(r, key);
        fault(r, "unknown member");
        leave(r, used);
    }
    json_decref(mutable);
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
        read_members(r, json_array_get(list, i), row->members, row->n_members, items + i * row->item_bytes, true);
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
    record->has_shape = json_is_object(value);
    if (!record->has_shape) fault(r, "must be an object or null");
    for (size_t i = 0; i < COUNT_OF(shape_rows) && record->has_shape; i++) {
        size_t row_used = enter(r, shape_rows[i].name);
        double number = 0.0;
        Err err = {0};
        if (!json_in_number(json_object_get(value, shape_rows[i].name), &number, &err) ||
            !field_set(&shape_rows[i], &record->shape, number, &err))
            fault(r, err.text);
        leave(r, row_used);
    }
    if (record->has_shape && json_object_size(value) > COUNT_OF(shape_rows)) fault(r, "has members that no shape has");
    leave(r, used);
}

/* One list of `n` finite numbers of any sign. */
static void read_row(Reader *r, const json_t *list, int n, double *out)
{
    if (json_array_size(list) != (size_t)n) fault(r, "must hold as many numbers as there are names");
    for (size_t i = 0; i < (size_t)n && i < json_array_size(list); i++)
        read_number(r, json_array_get(list, i), -NUMBER_MAX, false, &out[i]);
}

static void read_fit(Reader *r, const json_t *value, Measurement *record)
{
    if (json_is_null(value)) return;
    size_t used = enter(r, "fit");
    const json_t *names = json_object_get(value, "names"), *rows = json_object_get(value, "covariance");
    MeasureFit *fit = &record->fit;
    size_t n = json_array_size(names);
    if (n < 1 || n > MEASURE_COEFFICIENTS_MAX || json_array_size(rows) != n || json_object_size(value) != 5) {
        fault(r, "must hold names, values, covariance and the two errors, for 1 to 12 coefficients");
    } else {
        record->has_fit = true;
        fit->n = (int)n;
        read_members(r, value, fit_members, COUNT_OF(fit_members), fit, false);
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
    for (size_t i = 0; i < COUNT_OF(other_keys); i++)
        if (strcmp(other_keys[i], key) == 0) return true;
    for (size_t i = 0; i < COUNT_OF(lists); i++)
        if (strcmp(lists[i].key, key) == 0) return true;
    for (size_t i = 1; i < COUNT_OF(sections); i++)
        if (strcmp(sections[i].key, key) == 0) return true;
    return is_member(head_members, COUNT_OF(head_members), key);
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
        err_list_addf(r->errors, ERR_DATA, r->file, 0, 0, "/when", "must be a UTC time like 2026-11-25T16:02:09Z");
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
    if (!json_in_integer(json_object_get(root, "schema"), 1, COUNT_MAX, &schema, NULL) || schema != MEASURE_SCHEMA) {
        err_list_addf(r->errors, ERR_DATA, r->file, 0, 0, "/schema", "must be %d: not a measurement record that this version reads",
                      MEASURE_SCHEMA);
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
    for (size_t s = 0; s < COUNT_OF(sections); s++) {
        bool is_head = sections[s].key[0] == '\0';
        size_t used = is_head ? 0 : enter(r, sections[s].key);
        read_members(r, is_head ? root : json_object_get(root, sections[s].key), sections[s].members,
                     sections[s].n_members, out, !is_head);
        leave(r, used);
    }
    const char *seed = json_string_value(json_object_get(root, "seed"));
    char *end = NULL;
    if (seed != NULL) out->seed = strtoull(seed, &end, 10);
    if (seed == NULL || seed[0] == '\0' || *end != '\0')
        err_list_addf(r->errors, ERR_DATA, r->file, 0, 0, "/seed", "must be a whole number as text");
    read_shape(r, json_object_get(root, "shape"), out);
    read_fit(r, json_object_get(root, "fit"), out);
    for (size_t l = 0; l < COUNT_OF(lists); l++) read_list(r, root, &lists[l], out);
}

bool record_parse(const char *file, const char *text, size_t n_bytes, Arena *arena, Measurement *out, ErrList *errors)
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
