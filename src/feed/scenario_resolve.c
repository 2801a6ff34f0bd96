/* From a scenario document to inputs: its own values, options, workloads. Layer: feed. */
#include "feed/scenario_doc.h"

#include "feed/scenario_uncertain.h"

#include "tokentco/text.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

const MemberRow scenario_members[] = {
    {"schema", "integer", "version of this format: 1"},
    {"name", "string", "short name"},
    {"title", "string", "one line for people"},
    {"notes", "string", "free text"},
    {"start", "string", "first month, YYYY-MM"},
    {"as_of", "string", "day whose prices are used, YYYY-MM-DD"},
    {"currency", "string", "currency of all results, ISO 4217; USD when left out; inputs stay in USD"},
    {"fx", "object", "your own exchange rate instead of fx.csv: {units_per_usd, date, source}"},
    {"accept_defaults", "array", "needed figures whose default is accepted, as group/field; or true for all"},
    {"workloads", "array", "what the requests are"},
    {"options", "array", "ways of serving them"},
    {"events", "array", "changes in a month: {month, target, factor or value, note}"},
    {"uncertain", "object", "what is not known for sure: a distribution, or \"LOW to HIGH\", by field"},
    {"correlations", "array", "how uncertain inputs go together: {between, rank, note}"},
};
const int n_scenario_members = (int)(sizeof scenario_members / sizeof scenario_members[0]);

const MemberRow option_members[] = {
    {"name", "string", "short name, unique in the scenario"},
    {"kind", "string", "rent, own, api, hybrid, bill, cascade or plan"},
    {"part", "boolean", "only a part of a cascade or a plan: not compared with the others"},
    {"notes", "string", "free text"},
};
const int n_option_members = (int)(sizeof option_members / sizeof option_members[0]);

void resolve_fault(Resolving *r, const char *pointer, const char *format, ...)
{
    Err err = {.code = ERR_DATA};
    snprintf(err.file, sizeof err.file, "%.*s", (int)sizeof err.file - 1, r->scenario->path);
    snprintf(err.place, sizeof err.place, "%.*s", (int)sizeof err.place - 1, pointer);
    va_list args;
    va_start(args, format);
    vsnprintf(err.text, sizeof err.text, format, args);
    va_end(args);
    err_list_add(r->errors, &err);
}

static int shared_count(void)
{
    return (int)input_groups[GROUP_SCENARIO].n_rows +
           INPUT_WORKLOADS_MAX * (int)input_groups[GROUP_WORKLOAD].n_rows;
}

Origin *origin_slot(Resolved *out, GroupId group, int index, int row)
{
    switch (input_groups[group].scope) {
    case SCOPE_SCENARIO:
        return &out->shared_origins[row];
    case SCOPE_WORKLOAD:
        return &out->shared_origins[(int)input_groups[GROUP_SCENARIO].n_rows +
                                    index * (int)input_groups[GROUP_WORKLOAD].n_rows + row];
    case SCOPE_OPTION:
        break;
    }
    return &out->option_origins[index * option_field_count() + option_field_index(group, row)];
}

const Origin *resolved_origin(const Resolved *resolved, const FieldRef *ref)
{
    switch (input_groups[ref->group].scope) {
    case SCOPE_SCENARIO:
        return &resolved->shared_origins[ref->row];
    case SCOPE_WORKLOAD:
        return &resolved->shared_origins[(int)input_groups[GROUP_SCENARIO].n_rows +
                                         ref->index * (int)input_groups[GROUP_WORKLOAD].n_rows + ref->row];
    case SCOPE_OPTION:
        break;
    }
    return &resolved->option_origins[ref->index * option_field_count() +
                                     option_field_index(ref->group, ref->row)];
}

/* ---- one value ---- */

static bool read_array(const FieldRow *row, void *group, const json_t *list, Err *err)
{
    size_t n = json_array_size(list);
    if (n > FIELD_ARRAY_MAX)
        return err_set(err, ERR_DATA, "has %zu values; at most %d fit", n, FIELD_ARRAY_MAX);
    double values[FIELD_ARRAY_MAX];
    for (size_t i = 0; i < n; i++)
        if (!json_in_number(json_array_get(list, i), &values[i], err)) return false;
    return field_set_array(row, group, values, n, err);
}

static bool read_value(const FieldRow *row, void *group, const json_t *value, Err *err)
{
    if (json_is_string(value)) return field_set_text(row, group, json_string_value(value), err);
    if (json_is_array(value)) return read_array(row, group, value, err);
    if (row->type == FIELD_FLAG && !json_is_boolean(value))
        return err_set(err, ERR_DATA, "must be true or false, not %s", json_in_type_name(value));
    if (json_is_boolean(value)) {
        if (row->type != FIELD_FLAG) return err_set(err, ERR_DATA, "must not be true or false");
        return field_set(row, group, json_is_true(value), err);
    }
    double number;
    if (row->type == FIELD_CHOICE || row->type == FIELD_TEXT)
        return err_set(err, ERR_DATA, "must be text, not %s", json_in_type_name(value));
    return json_in_number(value, &number, err) && field_set(row, group, number, err);
}

static bool is_listed(const char *const *names, const char *name)
{
    for (int i = 0; names != NULL && names[i] != NULL; i++)
        if (strcmp(names[i], name) == 0) return true;
    return false;
}

void resolve_group(Resolving *r, const json_t *object, const char *pointer, GroupId group, int index,
                   OriginKind kind, const char *const *skip)
{
    const GroupRow *g = &input_groups[group];
    void *target = inputs_group(&r->out->inputs, group, index);
    const char *key;
    json_t *value;
    if (!json_is_object(object)) {
        resolve_fault(r, pointer, "must be an object, not %s", json_in_type_name(object));
        return;
    }
    void *iterator = json_object_iter((json_t *)(uintptr_t)object);
    for (; iterator != NULL; iterator = json_object_iter_next((json_t *)(uintptr_t)object, iterator)) {
        key = json_object_iter_key(iterator);
        value = json_object_iter_value(iterator);
        if (is_listed(skip, key)) continue;
        char place[POINTER_BYTES];
        snprintf(place, sizeof place, "%s", pointer);
        json_in_pointer_add(place, sizeof place, key);
        const FieldRow *row = field_find(g->rows, g->n_rows, key);
        if (row == NULL) {
            const FieldRow *near = field_nearest(g->rows, g->n_rows, key);
            resolve_fault(r, place, "unknown key%s%s%s", near != NULL ? "; did you mean '" : "",
                          near != NULL ? near->name : "", near != NULL ? "'?" : "");
            continue;
        }
        Err err = {0};
        if (!read_value(row, target, value, &err)) {
            resolve_fault(r, place, "%s", err.text);
            continue;
        }
        const char *slash = strrchr(r->scenario->path, '/');
        *origin_slot(r->out, group, index, (int)(row - g->rows)) =
            (Origin){.kind = kind,
                     .text = arena_strdup(&r->out->arena, slash != NULL ? slash + 1 : r->scenario->path)};
    }
}

/* ---- workloads and options ---- */

static void read_workloads(Resolving *r, const json_t *list)
{
    Inputs *inputs = &r->out->inputs;
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n == 0 || n > INPUT_WORKLOADS_MAX) {
        resolve_fault(r, "/workloads", "must be a list of 1 to %d workloads", INPUT_WORKLOADS_MAX);
        return;
    }
    inputs->n_workloads = (int)n;
    for (int i = 0; i < (int)n; i++) {
        char pointer[POINTER_BYTES];
        snprintf(pointer, sizeof pointer, "/workloads/%d", i);
        resolve_group(r, json_array_get(list, (size_t)i), pointer, GROUP_WORKLOAD, i, ORIGIN_OPTION, NULL);
    }
}

static GroupId option_group_find(const char *name)
{
    for (int g = 0; g < N_GROUPS; g++)
        if (input_groups[g].scope == SCOPE_OPTION && strcmp(input_groups[g].name, name) == 0)
            return (GroupId)g;
    return N_GROUPS;
}

static bool is_member(const MemberRow *rows, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(rows[i].name, name) == 0) return true;
    return false;
}

static bool read_kind(Resolving *r, const json_t *object, const char *pointer, OptionKind *kind)
{
    const char *name = json_string_value(json_object_get(object, "kind"));
    char place[POINTER_BYTES + 8];
    snprintf(place, sizeof place, "%s/kind", pointer);
    for (int k = 0; name != NULL && k < N_OPTION_KINDS; k++) {
        if (strcmp(option_kind_name((OptionKind)k), name) != 0) continue;
        *kind = (OptionKind)k;
        return true;
    }
    resolve_fault(r, place, "must be rent, own, api, hybrid, bill, cascade or plan");
    return false;
}

/* A group that this kind of option never reads would be ignored in silence: it is refused. */
static void read_option_groups(Resolving *r, const json_t *object, const char *pointer, int index,
                               OptionKind kind)
{
    void *iterator = json_object_iter((json_t *)(uintptr_t)object);
    for (; iterator != NULL; iterator = json_object_iter_next((json_t *)(uintptr_t)object, iterator)) {
        const char *key = json_object_iter_key(iterator);
        if (is_member(option_members, n_option_members, key)) continue;
        char place[POINTER_BYTES];
        snprintf(place, sizeof place, "%s", pointer);
        json_in_pointer_add(place, sizeof place, key);
        GroupId group = option_group_find(key);
        if (group == N_GROUPS) {
            resolve_fault(r, place, "unknown key; `tokentco fields` lists the groups");
        } else if ((input_groups[group].kinds & (1U << kind)) == 0) {
            resolve_fault(r, place, "an option of kind %s does not read this group", option_kind_name(kind));
        } else {
            resolve_group(r, json_object_iter_value(iterator), place, group, index, ORIGIN_OPTION, NULL);
        }
    }
}

/* Groups at the top level hold for every option that reads them. */
static void read_shared_groups(Resolving *r, int index, unsigned kinds)
{
    for (int g = 0; g < N_GROUPS; g++) {
        if (input_groups[g].scope != SCOPE_OPTION || (input_groups[g].kinds & kinds) == 0) continue;
        const json_t *object = json_object_get(r->scenario->root, input_groups[g].name);
        char pointer[POINTER_BYTES];
        snprintf(pointer, sizeof pointer, "/%s", input_groups[g].name);
        if (object != NULL) resolve_group(r, object, pointer, (GroupId)g, index, ORIGIN_SHARED, NULL);
    }
}

/* The faults of shared groups are said once, also of groups that no option reads. The first option's place
 * serves as scratch: it is made anew when that option is added. */
static void check_shared_groups(Resolving *r)
{
    read_shared_groups(r, 0, KIND_ALL);
    for (int i = 0; i < option_field_count(); i++) r->out->option_origins[i] = (Origin){.text = "default"};
}

static void read_option(Resolving *r, const json_t *object, int index)
{
    Inputs *inputs = &r->out->inputs;
    char pointer[POINTER_BYTES];
    snprintf(pointer, sizeof pointer, "/options/%d", index);
    OptionKind kind = OPTION_RENT;
    if (!json_is_object(object)) {
        resolve_fault(r, pointer, "must be an object, not %s", json_in_type_name(object));
        return;
    }
    bool has_kind = read_kind(r, object, pointer, &kind);
    const char *name = json_string_value(json_object_get(object, "name"));
    if (name == NULL || name[0] == '\0' || strlen(name) >= FIELD_TEXT_BYTES || !text_is_plain(name)) {
        resolve_fault(r, pointer, "needs a name of at most %d bytes, without control characters",
                      FIELD_TEXT_BYTES - 1);
        name = "?";
    }
    for (int o = 0; o < inputs->n_options; o++)
        if (strcmp(inputs->options[o].name, name) == 0)
            resolve_fault(r, pointer, "is named '%s' as option %d is; names must differ", name, o);
    OptionInputs *option = inputs_add_option(inputs, name, kind);
    if (option == NULL || !has_kind) return;
    const json_t *part = json_object_get(object, "part");
    if (part != NULL && !json_is_boolean(part)) resolve_fault(r, pointer, "part must be true or false");
    option->is_part = json_is_true(part);
    ErrList said, *errors = r->errors;
    err_list_init(&said);
    r->errors = &said;
    read_shared_groups(r, index, 1U << kind);
    r->errors = errors;
    err_list_free(&said);
    read_option_groups(r, object, pointer, index, kind);
}

static void read_options(Resolving *r, const json_t *list)
{
    size_t n = json_array_size(list);
    if (!json_is_array(list) || n == 0 || n > INPUT_OPTIONS_MAX) {
        resolve_fault(r, "/options", "must be a list of 1 to %d options", INPUT_OPTIONS_MAX);
        return;
    }
    for (size_t i = 0; i < n; i++) read_option(r, json_array_get(list, i), (int)i);
}

/* ---- the top level ---- */

const char *resolve_text(Resolving *r, const char *key, const char *fallback)
{
    const json_t *value = json_object_get(r->scenario->root, key);
    char pointer[POINTER_BYTES];
    snprintf(pointer, sizeof pointer, "/%s", key);
    if (value == NULL) return fallback;
    if (json_is_string(value)) return arena_strdup(&r->out->arena, json_string_value(value));
    resolve_fault(r, pointer, "must be text, not %s", json_in_type_name(value));
    return fallback;
}

/* The scenario's own name: as written, else the file's. */
static void read_name(Resolving *r)
{
    char stem[FIELD_TEXT_BYTES];
    const char *slash = strrchr(r->scenario->path, '/');
    snprintf(stem, sizeof stem, "%.*s", FIELD_TEXT_BYTES - 1, slash != NULL ? slash + 1 : r->scenario->path);
    char *dot = strrchr(stem, '.');
    if (dot != NULL && dot != stem) *dot = '\0';
    const char *name = resolve_text(r, "name", stem);
    json_t *text = json_string(name); /* NULL: the file's name is not UTF-8 */
    if (text == NULL || strlen(name) >= FIELD_TEXT_BYTES || !text_is_plain(name))
        resolve_fault(r, "/name", "must be text of at most %d bytes, without control characters",
                      FIELD_TEXT_BYTES - 1);
    json_decref(text);
    snprintf(r->out->inputs.name, sizeof r->out->inputs.name, "%.*s", FIELD_TEXT_BYTES - 1, name);
}

static void read_dates(Resolving *r)
{
    Err err = {0};
    const char *as_of = resolve_text(r, "as_of", NULL), *start = resolve_text(r, "start", NULL);
    r->out->as_of = date_today();
    if (as_of != NULL && !parse_date(as_of, &r->out->as_of, &err)) resolve_fault(r, "/as_of", "%s", err.text);
    if (r->sources->has_as_of) r->out->as_of = r->sources->as_of;
    /* Without a start, the month after the prices. */
    r->out->inputs.start = month_of_date(r->out->as_of) + 1;
    Err other = {0};
    if (start != NULL && !parse_month(start, &r->out->inputs.start, &other))
        resolve_fault(r, "/start", "%s", other.text);
}

static void read_accepted(Resolving *r)
{
    const json_t *list = json_object_get(r->scenario->root, "accept_defaults");
    if (list == NULL) return;
    r->is_accepted_all = json_is_true(list);
    if (r->is_accepted_all) return;
    if (!json_is_array(list)) {
        resolve_fault(r, "/accept_defaults", "must be a list of group/field, or true");
        return;
    }
    r->accepted = list;
    for (size_t i = 0; i < json_array_size(list); i++) {
        const char *text = json_string_value(json_array_get(list, i));
        char pointer[POINTER_BYTES], place[64];
        snprintf(pointer, sizeof pointer, "/options/0/%s", text != NULL ? text : "");
        snprintf(place, sizeof place, "/accept_defaults/%zu", i);
        FieldRef ref;
        if (!field_ref_parse(pointer, &ref, NULL))
            resolve_fault(r, place,
                          "is no option field; write group/field, as in rent/on_demand_usd_per_gpu_h");
    }
}

/* The members that are neither known nor groups are refused; the scenario's own fields are read. */
static void read_top_level(Resolving *r)
{
    const char *skip[64];
    int n = 0;
    for (int i = 0; i < n_scenario_members; i++) skip[n++] = scenario_members[i].name;
    for (int g = 0; g < N_GROUPS; g++)
        if (input_groups[g].scope == SCOPE_OPTION) skip[n++] = input_groups[g].name;
    skip[n] = NULL;
    resolve_group(r, r->scenario->root, "", GROUP_SCENARIO, 0, ORIGIN_OPTION, skip);
    const json_t *schema = json_object_get(r->scenario->root, "schema");
    if (json_is_integer(schema) && json_integer_value(schema) != SCENARIO_SCHEMA)
        resolve_fault(r, "/schema", "is %" JSON_INTEGER_FORMAT "; this program reads version %d",
                      json_integer_value(schema), SCENARIO_SCHEMA);
    if (!json_is_integer(schema))
        resolve_fault(r, "/schema", "must be %d, the version of this format", SCENARIO_SCHEMA);
    read_name(r);
    r->out->title = resolve_text(r, "title", "");
    r->out->notes = resolve_text(r, "notes", "");
}

static bool load_profiles(Resolving *r, Profiles *out)
{
    PriceBook *book = r->sources->book;
    if (book == NULL || !pricebook_need(book, PRICE_PROFILES, r->errors)) return false;
    const PriceTable *table = &book->tables[PRICE_PROFILES];
    if (table->n_rows != HOURS_PER_WEEK) return false;
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        out->conversation[h] = table->rows[h].cells[PROFILE_CONVERSATION].number;
        out->coding[h] = table->rows[h].cells[PROFILE_CODING].number;
    }
    return true;
}

bool scenario_resolve(const Scenario *scenario, const ResolveSources *sources, Resolved *out, ErrList *errors)
{
    size_t n_before = errors->n_items + errors->n_dropped;
    memset(out, 0, sizeof *out);
    arena_init(&out->arena);
    Resolving r = {.scenario = scenario, .sources = sources, .out = out, .errors = errors};
    size_t n_origins = (size_t)(INPUT_OPTIONS_MAX * option_field_count());
    out->option_origins = arena_array(&out->arena, n_origins, sizeof(Origin));
    out->shared_origins = arena_array(&out->arena, (size_t)shared_count(), sizeof(Origin));
    for (size_t i = 0; i < n_origins; i++) out->option_origins[i].text = "default";
    for (int i = 0; i < shared_count(); i++) out->shared_origins[i].text = "default";
    memcpy(out->sha256, scenario->sha256, sizeof out->sha256);
    inputs_init(&out->inputs);
    read_top_level(&r);
    read_dates(&r);
    resolve_currency(&r);
    read_accepted(&r);
    read_workloads(&r, json_object_get(scenario->root, "workloads"));
    check_shared_groups(&r);
    read_options(&r, json_object_get(scenario->root, "options"));
    resolve_events(&r, json_object_get(scenario->root, "events"));
    Profiles profiles;
    bool has_profiles = load_profiles(&r, &profiles);
    resolve_references(&r);
    size_t n_faults = errors->n_items;
    inputs_finish(&out->inputs, has_profiles ? &profiles : NULL, errors);
    for (size_t i = n_faults; i < errors->n_items; i++) err_at(&errors->items[i], scenario->path, 0, 0);
    /* After the parts of options are known: what moves a part moves what is composed of it. */
    resolve_uncertain(&r, json_object_get(scenario->root, "uncertain"),
                      json_object_get(scenario->root, "correlations"));
    if (errors->n_items + errors->n_dropped == n_before) return true;
    resolved_free(out);
    return false;
}

void resolved_free(Resolved *resolved)
{
    arena_free(&resolved->arena);
    memset(resolved, 0, sizeof *resolved);
}
