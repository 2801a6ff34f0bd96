/* One distribution as a scenario writes it: an object of members, or a range. Layer: feed. */
#include "feed/scenario_uncertain.h"

#include "tokentco/csv_in.h"

#include <string.h>

const MemberRow uncertain_members[] = {
    {"dist", "string", "kind; left out: lognormal or normal, from p5 and p95"},
    {"p5", "number", "value that one draw in twenty is below"},
    {"p95", "number", "value that one draw in twenty is above"},
    {"p10", "number", "value that one draw in ten is below, instead of p5"},
    {"p90", "number", "value that one draw in ten is above, instead of p95"},
    {"min", "number", "least value; lognormal and normal are cut there"},
    {"mode", "number", "likeliest value"},
    {"max", "number", "greatest value; lognormal and normal are cut there"},
    {"values", "array", "values of a discrete distribution"},
    {"weights", "array", "their weights, of any sum; all alike when left out"},
    {"file", "string", "CSV file with a header, relative to the scenario's folder"},
    {"column", "string", "its column; not needed when there is only one"},
    {"relative", "boolean", "the draw is a factor on the scenario's own value"},
    {"source", "string", "who says so"},
    {"note", "string", "free text"},
};
const int n_uncertain_members = (int)(sizeof uncertain_members / sizeof uncertain_members[0]);

static const char *const common_members[] = {"dist", "relative", "source", "note"};
static const char *const normal_members[] = {"p10", "p90", "min", "max"};
static const char *const optional_members[] = {"weights", "column"};

static bool is_in(const char *const *names, size_t n, const char *name)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

#define IS_IN(names, name) is_in(names, sizeof names / sizeof *names, name)

/* Is `name` one of the words of `list`? */
static bool is_word(const char *list, const char *name)
{
    size_t n = strlen(name);
    for (const char *at = strstr(list, name); at != NULL; at = strstr(at + 1, name))
        if ((at == list || at[-1] == ' ') && (at[n] == ' ' || at[n] == '\0')) return true;
    return false;
}

static bool number_of(Resolving *r, const json_t *object, const char *place, const char *name, double *out)
{
    const json_t *value = json_object_get(object, name);
    Err err = {0};
    if (value == NULL) return false;
    if (json_in_number(value, out, &err)) return true;
    resolve_fault(r, place, "%s %s", name, err.text);
    return false;
}

static void read_numbers(Resolving *r, const json_t *list, const char *place, const char *name, int *n,
                         const double **out)
{
    size_t count = json_array_size(list);
    if (!json_is_array(list) || count == 0) {
        resolve_fault(r, place, "%s must be a list of numbers", name);
        return;
    }
    double *values = arena_array(&r->out->arena, count, sizeof *values);
    for (size_t i = 0; i < count; i++) {
        Err err = {0};
        if (!json_in_number(json_array_get(list, i), &values[i], &err))
            resolve_fault(r, place, "%s/%zu %s", name, i, err.text);
    }
    *n = (int)count;
    *out = values;
}

/* A column of numbers while it is read. */
typedef struct ColumnReader {
    Resolving *r;
    const char *place, *wanted;
    int column; /* -1 until the header is read */
    int n, capacity;
    double *values;
} ColumnReader;

static bool visit_value(void *context, const CsvRecord *record, bool is_header)
{
    ColumnReader *reader = context;
    Err err = {0};
    if (is_header) {
        for (int c = 0; c < record->n_fields; c++)
            if (reader->wanted == NULL ? record->n_fields == 1
                                       : strcmp(record->fields[c], reader->wanted) == 0)
                reader->column = c;
        if (reader->column < 0)
            resolve_fault(reader->r, reader->place, "%s has no column '%.60s'", record->file,
                          reader->wanted != NULL ? reader->wanted : "(name one of several with `column`)");
        return reader->column >= 0;
    }
    if (reader->n == reader->capacity) {
        int wider = reader->capacity == 0 ? 256 : 2 * reader->capacity;
        double *grown = arena_array(&reader->r->out->arena, (size_t)wider, sizeof *grown);
        if (reader->n > 0) memcpy(grown, reader->values, (size_t)reader->n * sizeof *grown);
        reader->values = grown;
        reader->capacity = wider;
    }
    if (!parse_number(record->fields[reader->column], &reader->values[reader->n], &err)) {
        resolve_fault(reader->r, reader->place, "%s:%d: %s", record->file, record->line, err.text);
        return false;
    }
    reader->n++;
    return true;
}

static void read_file(Resolving *r, const json_t *object, const char *place, DistSpec *spec)
{
    const char *file = json_string_value(json_object_get(object, "file"));
    ColumnReader reader = {
        .r = r, .place = place, .wanted = json_string_value(json_object_get(object, "column")), .column = -1};
    if (file == NULL) {
        resolve_fault(r, place, "file must be text");
        return;
    }
    char path[1200];
    const char *slash = strrchr(r->scenario->path, '/');
    int folder = file[0] == '/' || slash == NULL ? 0 : (int)(slash + 1 - r->scenario->path);
    snprintf(path, sizeof path, "%.*s%s", folder, r->scenario->path, file);
    ErrList faults;
    err_list_init(&faults);
    csv_read_file(path, NULL, visit_value, &reader, &faults);
    for (size_t i = 0; i < faults.n_items; i++) {
        char text[512];
        err_format(&faults.items[i], text, sizeof text);
        resolve_fault(r, place, "%s", text);
    }
    err_list_free(&faults);
    spec->n = reader.n;
    spec->values = reader.values;
}

/* Two quantiles: 5 and 95, or 10 and 90. */
static void read_quantiles(Resolving *r, const json_t *object, const char *place, DistSpec *spec)
{
    bool is_tenth = json_object_get(object, "p10") != NULL || json_object_get(object, "p90") != NULL;
    const char *low = is_tenth ? "p10" : "p5", *high = is_tenth ? "p90" : "p95";
    if (is_tenth && (json_object_get(object, "p5") != NULL || json_object_get(object, "p95") != NULL))
        resolve_fault(r, place, "has p5 or p95 and p10 or p90; give one pair");
    if (json_object_get(object, low) == NULL || json_object_get(object, high) == NULL) {
        resolve_fault(r, place, "needs %s and %s", low, high);
        return;
    }
    spec->prob = is_tenth ? 0.10 : 0.05;
    number_of(r, object, place, low, &spec->low);
    number_of(r, object, place, high, &spec->high);
}

static bool find_kind(Resolving *r, const json_t *object, const char *place, DistKind *out)
{
    const char *name = json_string_value(json_object_get(object, "dist"));
    for (int k = 0; name != NULL && k < N_DIST_KINDS; k++) {
        if (strcmp(dist_rows[k].name, name) != 0) continue;
        *out = (DistKind)k;
        return true;
    }
    if (json_object_get(object, "dist") != NULL) {
        char names[256] = "";
        for (int k = 0; k < N_DIST_KINDS; k++) {
            strcat(names, k > 0 ? ", " : "");
            strcat(names, dist_rows[k].name);
        }
        resolve_fault(r, place, "dist must be one of %s", names);
        return false;
    }
    /* The shorthand: two quantiles alone. A lognormal where both are above 0, as most prices and volumes are.
     */
    const json_t *low = json_object_get(object, json_object_get(object, "p10") != NULL ? "p10" : "p5");
    if (low == NULL) {
        resolve_fault(r, place, "needs p5 and p95, or dist and what that takes (tokentco help risk)");
        return false;
    }
    *out = json_number_value(low) > 0.0 ? DIST_LOGNORMAL : DIST_NORMAL;
    return true;
}

/* Members that the kind does not take would be ignored in silence: they are refused. */
static void check_members(Resolving *r, const json_t *object, const char *place, DistKind kind)
{
    bool is_normal = kind == DIST_LOGNORMAL || kind == DIST_NORMAL;
    void *iterator = json_object_iter((json_t *)(uintptr_t)object);
    for (; iterator != NULL; iterator = json_object_iter_next((json_t *)(uintptr_t)object, iterator)) {
        const char *key = json_object_iter_key(iterator);
        bool is_known = IS_IN(common_members, key) || is_word(dist_rows[kind].members, key) ||
                        (is_normal && IS_IN(normal_members, key));
        if (!is_known) resolve_fault(r, place, "%s is no member of %s", key, dist_rows[kind].name);
    }
    for (int i = 0; i < n_uncertain_members && !is_normal; i++) {
        const char *name = uncertain_members[i].name;
        bool is_needed = is_word(dist_rows[kind].members, name) && !IS_IN(optional_members, name);
        if (is_needed && json_object_get(object, name) == NULL)
            resolve_fault(r, place, "%s needs %s", dist_rows[kind].name, name);
    }
}

bool uncertain_read_spec(Resolving *r, const json_t *object, const char *place, DistSpec *spec)
{
    size_t n_before = r->errors->n_items + r->errors->n_dropped;
    if (!find_kind(r, object, place, &spec->kind)) return false;
    check_members(r, object, place, spec->kind);
    if (spec->kind == DIST_LOGNORMAL || spec->kind == DIST_NORMAL) read_quantiles(r, object, place, spec);
    spec->has_min = number_of(r, object, place, "min", &spec->min);
    spec->has_max = number_of(r, object, place, "max", &spec->max);
    number_of(r, object, place, "mode", &spec->mode);
    int n_weights = 0;
    if (json_object_get(object, "values") != NULL)
        read_numbers(r, json_object_get(object, "values"), place, "values", &spec->n, &spec->values);
    if (json_object_get(object, "weights") != NULL)
        read_numbers(r, json_object_get(object, "weights"), place, "weights", &n_weights, &spec->weights);
    if (spec->weights != NULL && n_weights != spec->n)
        resolve_fault(r, place, "has %d weights for %d values", n_weights, spec->n);
    if (spec->kind == DIST_EMPIRICAL && json_object_get(object, "file") != NULL)
        read_file(r, object, place, spec);
    return r->errors->n_items + r->errors->n_dropped == n_before;
}

bool uncertain_read_range(Resolving *r, const char *text, const char *unit, const char *place, DistSpec *spec)
{
    Err err = {0};
    if (!parse_range(text, unit, &spec->low, &spec->high, &err)) {
        resolve_fault(r, place, "%s", err.text);
        return false;
    }
    spec->prob = 0.05;
    spec->kind = spec->low > 0.0 ? DIST_LOGNORMAL : DIST_NORMAL;
    return true;
}
