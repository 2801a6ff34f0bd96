/* Scenario documents: loading, editing by pointer, saving. Layer: feed. */
#include "feed/scenario_doc.h"

#include "feed/input.h"
#include "tokentco/file.h"

#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

/* Figures that people write read back from 15 digits; 17 hold any double. */
enum { DUMP_INDENT = 2, SHORT_DIGITS = 15, DUMP_DIGITS = 17 };

static void sha256_hex(const char *text, size_t n_bytes, char out[65])
{
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&context);
    sha256_update(&context, n_bytes, (const uint8_t *)text);
    sha256_digest(&context, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

/* A path as given, else a shipped scenario of that name. */
static bool find_path(const char *name, char *out, size_t size, Err *err)
{
    if (strcmp(name, "-") == 0 || file_exists(name)) {
        snprintf(out, size, "%s", name);
        return true;
    }
    char folder[900];
    Err ignored = {0};
    if (shipped_folder_find("scenarios", folder, sizeof folder, &ignored)) {
        snprintf(out, size, "%s/%s.json", folder, name);
        if (file_exists(out)) return true;
    }
    err_set(err, ERR_NO_INPUT, "neither a file nor a shipped scenario");
    return err_at(err, name, 0, 0);
}

Scenario *scenario_parse(const char *file, const char *text, size_t n_bytes, ErrList *errors)
{
    Err err = {0};
    json_t *root = json_in_text(file, text, n_bytes, JSON_IN_STRICT, &err);
    if (root == NULL) {
        err_list_add(errors, &err);
        return NULL;
    }
    if (!json_is_object(root)) {
        err_list_addf(errors, ERR_DATA, file, 1, 1, NULL, "a scenario is an object, not %s",
                      json_in_type_name(root));
        json_decref(root);
        return NULL;
    }
    Scenario *scenario = calloc(1, sizeof *scenario);
    if (scenario == NULL) {
        json_decref(root);
        err_list_addf(errors, ERR_BUG, file, 0, 0, NULL, "out of memory");
        return NULL;
    }
    scenario->root = root;
    snprintf(scenario->path, sizeof scenario->path, "%s", file);
    sha256_hex(text, n_bytes, scenario->sha256);
    return scenario;
}

Scenario *scenario_load(const char *name, ErrList *errors)
{
    char path[1024];
    char *text;
    size_t n_bytes;
    Err err = {0};
    if (!find_path(name, path, sizeof path, &err) || !input_read(path, &text, &n_bytes, &err)) {
        err_list_add(errors, &err);
        return NULL;
    }
    Scenario *scenario = scenario_parse(path, text, n_bytes, errors);
    free(text);
    return scenario;
}

void scenario_free(Scenario *scenario)
{
    if (scenario == NULL) return;
    json_decref(scenario->root);
    free(scenario);
}

const char *scenario_path(const Scenario *scenario)
{
    return scenario->path;
}

Scenario *scenario_copy(const Scenario *scenario)
{
    Scenario *copy = malloc(sizeof *copy);
    if (copy == NULL) return NULL;
    *copy = *scenario;
    copy->root = json_deep_copy(scenario->root);
    if (copy->root != NULL) return copy;
    free(copy);
    return NULL;
}

/* The document with few digits when that says the same, else with all. NULL when memory is out. */
static char *dump_exactly(const json_t *root)
{
    char *text = json_dumps(root, JSON_INDENT(DUMP_INDENT) | JSON_REAL_PRECISION(SHORT_DIGITS));
    json_t *back = text != NULL ? json_loads(text, 0, NULL) : NULL;
    bool is_same = json_equal(back, root) == 1;
    json_decref(back);
    if (is_same) return text;
    free(text);
    return json_dumps(root, JSON_INDENT(DUMP_INDENT) | JSON_REAL_PRECISION(DUMP_DIGITS));
}

char *scenario_dump(const Scenario *scenario)
{
    char *text = dump_exactly(scenario->root);
    if (text == NULL) return NULL;
    size_t n = strlen(text);
    char *line = realloc(text, n + 2);
    if (line == NULL) {
        free(text);
        return NULL;
    }
    line[n] = '\n';
    line[n + 1] = '\0';
    return line;
}

bool scenario_save(const Scenario *scenario, const char *path, Err *err)
{
    char *text = scenario_dump(scenario);
    if (text == NULL) return err_set(err, ERR_BUG, "out of memory");
    bool is_ok = file_write_atomic(path, text, strlen(text), err);
    free(text);
    return is_ok;
}

/* ---- pointers ---- */

/* Takes the next part of a pointer into `key`; NULL at the end. */
static const char *next_part(const char *pointer, char *key, size_t size)
{
    if (*pointer != '/') return NULL;
    pointer++;
    size_t n = 0;
    for (; *pointer != '\0' && *pointer != '/'; pointer++) {
        char c = *pointer;
        if (c == '~' && (pointer[1] == '0' || pointer[1] == '1')) c = *++pointer == '0' ? '~' : '/';
        if (n + 1 < size) key[n++] = c;
    }
    key[n] = '\0';
    return pointer;
}

static json_t *child(json_t *parent, const char *key)
{
    if (json_is_object(parent)) return json_object_get(parent, key);
    if (!json_is_array(parent) || key[0] < '0' || key[0] > '9') return NULL;
    return json_array_get(parent, strtoul(key, NULL, 10));
}

/* The parent of what the pointer names, and the last key; objects on the way are made when `makes`. */
static json_t *find_parent(json_t *root, const char *pointer, bool makes, char *last, size_t size)
{
    json_t *at = root;
    const char *rest = next_part(pointer, last, size);
    if (rest == NULL) return NULL;
    while (*rest != '\0') {
        json_t *next = child(at, last);
        if (next == NULL && makes && json_is_object(at)) {
            next = json_object();
            if (json_object_set_new(at, last, next) != 0) return NULL;
        }
        if (next == NULL) return NULL;
        at = next;
        rest = next_part(rest, last, size);
        if (rest == NULL) return NULL;
    }
    return at;
}

static bool put(Scenario *scenario, const char *pointer, json_t *value, Err *err)
{
    char last[128];
    json_t *parent = find_parent(scenario->root, pointer, true, last, sizeof last);
    int status = -1;
    if (value != NULL && json_is_object(parent)) status = json_object_set(parent, last, value);
    if (value != NULL && json_is_array(parent) && last[0] >= '0' && last[0] <= '9')
        status = json_array_set(parent, strtoul(last, NULL, 10), value);
    json_decref(value);
    return status == 0 ? true : err_set(err, ERR_DATA, "there is no '%.120s' in the scenario", pointer);
}

/* The row that a pointer edits: a field of a workload, an option, the scenario, or a shared group. */
static const FieldRow *row_of_pointer(const char *pointer, Err *err)
{
    FieldRef ref;
    if (field_ref_parse(pointer, &ref, NULL)) return field_ref_row(&ref);
    for (int g = 0; g < N_GROUPS; g++) {
        const GroupRow *group = &input_groups[g];
        size_t n = strlen(group->name);
        if (group->scope != SCOPE_OPTION || strncmp(pointer + 1, group->name, n) != 0 ||
            pointer[n + 1] != '/')
            continue;
        const FieldRow *row = field_find(group->rows, group->n_rows, pointer + n + 2);
        if (row != NULL) return row;
    }
    err_set(err, ERR_DATA, "'%.120s' is not a field; `tokentco fields` lists them", pointer);
    return NULL;
}

bool scenario_set_number(Scenario *scenario, const char *pointer, double value, Err *err)
{
    const FieldRow *row = row_of_pointer(pointer, err);
    if (row == NULL || !field_check(row, value, err)) return err_place(err, "%s", pointer);
    json_t *json;
    char name[FIELD_TEXT_BYTES];
    if (row->type == FIELD_FLAG) {
        json = json_boolean(value != 0.0);
    } else if (row->type == FIELD_CHOICE) {
        field_choice_name(row, (int)value, name, sizeof name);
        json = json_string(name);
    } else if (row->type == FIELD_INT) {
        json = json_integer((json_int_t)value);
    } else {
        json = json_real(value);
    }
    return put(scenario, pointer, json, err);
}

bool scenario_set_text(Scenario *scenario, const char *pointer, const char *value, Err *err)
{
    const FieldRow *row = row_of_pointer(pointer, err);
    if (row == NULL) return err_place(err, "%s", pointer);
    if (row->type != FIELD_TEXT && row->type != FIELD_CHOICE)
        return err_set(err, ERR_DATA, "%s takes a number, not text", pointer);
    if (row->type == FIELD_CHOICE) {
        char name[FIELD_TEXT_BYTES];
        bool is_found = false;
        for (int i = 0; !is_found && field_choice_name(row, i, name, sizeof name); i++)
            is_found = strcmp(name, value) == 0;
        if (!is_found) return err_set(err, ERR_DATA, "'%.40s' is not one of %s", value, row->unit);
    }
    json_t *json = json_string(value);
    if (json == NULL) return err_set(err, ERR_DATA, "is not UTF-8");
    return put(scenario, pointer, json, err);
}

bool scenario_unset(Scenario *scenario, const char *pointer, Err *err)
{
    char last[128];
    json_t *parent = find_parent(scenario->root, pointer, false, last, sizeof last);
    if (parent == NULL || (json_is_object(parent) && json_object_get(parent, last) == NULL)) return true;
    if (json_is_object(parent) && json_object_del(parent, last) == 0) return true;
    return err_set(err, ERR_DATA, "'%.120s' cannot be taken out", pointer);
}

char *scenario_get_raw(const Scenario *scenario, const char *pointer)
{
    char last[128];
    json_t *value = NULL;
    json_t *parent = find_parent(scenario->root, pointer, false, last, sizeof last);
    if (parent != NULL) value = child(parent, last);
    char *text =
        value != NULL ? json_dumps(value, JSON_ENCODE_ANY | JSON_REAL_PRECISION(DUMP_DIGITS)) : calloc(1, 1);
    return text;
}

bool scenario_set_raw(Scenario *scenario, const char *pointer, const char *json, Err *err)
{
    if (json[0] == '\0') return scenario_unset(scenario, pointer, err);
    json_error_t fault;
    json_t *value = json_loads(json, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, &fault);
    if (value == NULL) return err_set(err, ERR_DATA, "not valid JSON: %s", fault.text);
    return put(scenario, pointer, value, err);
}
