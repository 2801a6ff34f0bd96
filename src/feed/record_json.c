/* A measurement record as JSON text, schema 1, and its id. Layer: feed. */
#include "tokentco/record.h"

#include "feed/record_table.h"

#include <jansson.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

enum { ID_DIGITS = 64 };

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
    case MEMBER_TEXT:
        return text_of(*(const char *const *)at);
    case MEMBER_NUMBER:
    case MEMBER_POSITIVE:
        return json_real(*(const double *)at);
    case MEMBER_OPTIONAL:
        return *(const bool *)(base + member->beside) ? json_real(*(const double *)at) : json_null();
    case MEMBER_COUNT:
        return json_integer(*(const int *)at);
    case MEMBER_FLAG:
        return json_boolean(*(const bool *)at);
    case MEMBER_WORD:
        return json_string(member->word((int)*(const unsigned *)at));
    case MEMBER_NUMBERS:
    case MEMBER_LATER:
        return numbers_of(*(const double *const *)at, *(const int *)(const void *)(base + member->beside));
    }
    return NULL;
}

static bool is_absent(const Member *member, const char *base)
{
    return member->kind == MEMBER_LATER && *(const int *)(const void *)(base + member->beside) == 0;
}

static bool put_members(json_t *object, const Member *members, size_t n, const void *base, Err *err)
{
    bool is_ok = object != NULL;
    for (size_t i = 0; i < n && is_ok; i++)
        is_ok =
            is_absent(&members[i], base) || put(object, members[i].key, member_value(&members[i], base), err);
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
    size_t n_rows;
    const FieldRow *shape_rows = record_shape_rows(&n_rows);
    json_t *object = json_object();
    for (size_t i = 0; i < n_rows; i++) {
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
    is_ok = put_members(object, record_fit_members, N_FIT_MEMBERS, fit, err) && is_ok;
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
    for (size_t s = 0; s < (size_t)N_RECORD_SECTIONS && is_ok; s++) {
        json_t *object = record_sections[s].key[0] == '\0' ? json_incref(root) : json_object();
        is_ok = put_members(object, record_sections[s].members, record_sections[s].n_members, record, err);
        if (record_sections[s].key[0] != '\0')
            is_ok = put(root, record_sections[s].key, json_incref(object), err) && is_ok;
        json_decref(object);
    }
    /* As text: a seed has 64 bits, and readers in other languages keep 53 of a number. */
    snprintf(seed, sizeof seed, "%llu", record->seed);
    is_ok = is_ok && put(root, "seed", json_string(seed), err);
    is_ok = is_ok && put(root, "shape", record->has_shape ? shape_value(&record->shape) : json_null(), err);
    is_ok = is_ok && put(root, "fit", record->has_fit ? fit_value(&record->fit, err) : json_null(), err);
    for (size_t l = 0; l < (size_t)N_RECORD_LISTS && is_ok; l++)
        is_ok = put_list(root, &record_lists[l], record, err);
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
