/* Events of a scenario: factors and levels of series by month, and moments that fields hold. Layer: feed. */
#include "feed/scenario_doc.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#define SERIES(path, series, doc)                                                                            \
    {                                                                                                        \
        path, false, series, doc, NULL, NULL, NULL                                                           \
    }

const EventTarget event_targets[] = {
    SERIES("rent/on_demand_usd_per_gpu_h", SERIES_GPU_RENT, "rental price of GPUs"),
    SERIES("api/prices", SERIES_API, "all token prices of an API together"),
    SERIES("api/input_usd_per_mtok", SERIES_API_INPUT, "price of an API's input tokens"),
    SERIES("api/cached_usd_per_mtok", SERIES_API_CACHED, "price of an API's cached input tokens"),
    SERIES("api/output_usd_per_mtok", SERIES_API_OUTPUT, "price of an API's output tokens"),
    SERIES("own/server_usd", SERIES_SERVER, "price of a server"),
    SERIES("own/energy_usd_per_kwh", SERIES_ENERGY, "price of electricity"),
    SERIES("staff/salary_usd_per_year", SERIES_WAGE, "wages"),
    {"requests_per_month", true, SERIES_GPU_RENT, "requests of a workload", NULL, NULL, NULL},
    {"begin", true, SERIES_GPU_RENT, "a workload begins", "from_month", NULL, NULL},
    {"end", true, SERIES_GPU_RENT, "a workload ends", "until_month", NULL, NULL},
    {"api/retirement", false, SERIES_API,
     "the vendor retires the model: value is the work of the move, factor the price of "
     "the next model over the old one",
     "retirement_month", "retirement_price_factor", "retirement_usd"},
    {"fleet/generation", false, SERIES_GPU_RENT,
     "the fleet moves to the next GPU generation: value is the work of the move, factor the rate of a "
     "replica over "
     "before",
     "generation_month", "generation_rate_factor", "generation_switch_usd"},
};
const int n_event_targets = (int)(sizeof event_targets / sizeof event_targets[0]);

/* All three token prices together. */
static const PriceSeries token_series[] = {SERIES_API_INPUT, SERIES_API_CACHED, SERIES_API_OUTPUT};
enum { N_TOKEN_SERIES = sizeof token_series / sizeof token_series[0] };

static const double factor_max = 1e6;

typedef struct Event {
    char pointer[POINTER_BYTES];
    const char *target;
    int month;
    bool has_factor, has_value;
    double factor, value;
} Event;

/* ---- series ---- */

/* The path of a series: ones at first. */
static double *path_of(Resolving *r, const double **slot)
{
    int n = r->out->inputs.horizon_months;
    double *path = arena_array(&r->out->arena, (size_t)n, sizeof *path);
    for (int m = 0; m < n; m++) path[m] = *slot != NULL ? (*slot)[m] : 1.0;
    *slot = path;
    return path;
}

static Level *levels_of(Resolving *r, const Level **slot)
{
    int n = r->out->inputs.horizon_months;
    Level *levels = arena_array(&r->out->arena, (size_t)n, sizeof *levels);
    if (*slot != NULL) memcpy(levels, *slot, (size_t)n * sizeof *levels);
    *slot = levels;
    return levels;
}

/* A value stands whatever moved the series before; factors that follow move it again. */
static void move_series(Resolving *r, const Event *event, const double **path_slot, const Level **level_slot)
{
    int n = r->out->inputs.horizon_months;
    if (event->month >= n) return;
    double *path = path_of(r, path_slot);
    for (int m = event->month; m < n; m++) path[m] = event->has_value ? 1.0 : path[m] * event->factor;
    if (!event->has_value) return;
    Level *levels = levels_of(r, level_slot);
    for (int m = event->month; m < n; m++) levels[m] = (Level){true, event->month, event->value};
}

static void move_option(Resolving *r, const Event *event, PriceSeries series, int index)
{
    OptionInputs *option = &r->out->inputs.options[index];
    move_series(r, event, &option->price_path[series], &option->price_level[series]);
}

static GroupId moment_group(const EventTarget *target)
{
    return target->is_workload ? GROUP_WORKLOAD : target->month_field[0] == 'r' ? GROUP_API : GROUP_FLEET;
}

/* The row of the figure that an event's value stands for; NULL when it takes none. */
static const FieldRow *value_row(const EventTarget *target)
{
    const char *slash = strchr(target->path, '/'), *name = target->path;
    GroupId group = GROUP_WORKLOAD;
    if (target->month_field != NULL) {
        group = moment_group(target);
        name = target->value_field;
    } else if (!target->is_workload) {
        size_t length = (size_t)(slash - target->path);
        for (int g = 0; g < N_GROUPS; g++)
            if (strlen(input_groups[g].name) == length &&
                strncmp(input_groups[g].name, target->path, length) == 0)
                group = (GroupId)g;
        name = slash + 1;
    }
    return name == NULL ? NULL : field_find(input_groups[group].rows, input_groups[group].n_rows, name);
}

static bool is_value_sound(Resolving *r, const Event *event, const EventTarget *target)
{
    const FieldRow *row = value_row(target);
    Err err = {0};
    if (row == NULL) {
        resolve_fault(r, event->pointer, "takes a factor, not a value: name one of the prices instead");
        return false;
    }
    if (field_check(row, event->value, &err)) return true;
    resolve_fault(r, event->pointer, "value %s", err.text);
    return false;
}

static bool is_series_event_sound(Resolving *r, const Event *event, const EventTarget *target)
{
    if (event->has_factor == event->has_value) {
        resolve_fault(r, event->pointer, "needs a factor or a value%s",
                      event->has_factor ? ", not both" : "");
        return false;
    }
    return !event->has_value || is_value_sound(r, event, target);
}

static void apply_series(Resolving *r, const Event *event, const EventTarget *target, int index)
{
    Inputs *inputs = &r->out->inputs;
    if (target->is_workload) {
        move_series(r, event, &inputs->volume_path[index], &inputs->volume_level[index]);
    } else if (target->series == SERIES_API) {
        for (int i = 0; i < N_TOKEN_SERIES; i++) move_option(r, event, token_series[i], index);
    } else {
        move_option(r, event, target->series, index);
    }
}

/* ---- moments ---- */

static void write_field(Resolving *r, const Event *event, GroupId group, int index, const char *name,
                        double value)
{
    const GroupRow *rows = &input_groups[group];
    const FieldRow *row = field_find(rows->rows, rows->n_rows, name);
    Err err = {0};
    if (!field_set(row, inputs_group(&r->out->inputs, group, index), value, &err)) {
        resolve_fault(r, event->pointer, "%s: %s", name, err.text);
        return;
    }
    if (r->out->option_origins == NULL) return; /* tried without an event: nobody asks where it is from */
    *origin_slot(r->out, group, index, (int)(row - rows->rows)) =
        (Origin){.kind = ORIGIN_OPTION, .text = arena_strdup(&r->out->arena, event->pointer)};
}

static bool is_moment_sound(Resolving *r, const Event *event, const EventTarget *target)
{
    if ((event->has_factor && target->factor_field == NULL) ||
        (event->has_value && target->value_field == NULL)) {
        resolve_fault(r, event->pointer, "has neither factor nor value: it only happens");
        return false;
    }
    if (event->month > 0 || target->is_workload) return true;
    resolve_fault(r, event->pointer, "cannot happen in month 0: begin with the new prices and speeds");
    return false;
}

static void apply_moment(Resolving *r, const Event *event, const EventTarget *target, int index)
{
    GroupId group = moment_group(target);
    write_field(r, event, group, index, target->month_field, event->month);
    if (event->has_factor) write_field(r, event, group, index, target->factor_field, event->factor);
    if (event->has_value) write_field(r, event, group, index, target->value_field, event->value);
}

/* ---- events ---- */

/* The index between "/options/" and the target's path: a number, an option's name, or * for all. */
static bool index_matches(const char *text, size_t length, int index, const char *name)
{
    char number[16];
    snprintf(number, sizeof number, "%d", index);
    if (length == 1 && text[0] == '*') return true;
    if (strlen(number) == length && strncmp(text, number, length) == 0) return true;
    return strlen(name) == length && strncmp(text, name, length) == 0;
}

/* The row of a target, and where its index stands in it; NULL when there is none. */
static const EventTarget *find_target(const char *target, const char **index, size_t *length)
{
    for (int t = 0; target != NULL && t < n_event_targets; t++) {
        const char *scope = event_targets[t].is_workload ? "/workloads/" : "/options/";
        if (strncmp(target, scope, strlen(scope)) != 0) continue;
        const char *slash = strchr(target + strlen(scope), '/');
        if (slash == NULL || strcmp(slash + 1, event_targets[t].path) != 0) continue;
        *index = target + strlen(scope);
        *length = (size_t)(slash - *index);
        return &event_targets[t];
    }
    return NULL;
}

static void apply(Resolving *r, const Event *event)
{
    Inputs *inputs = &r->out->inputs;
    const char *index;
    size_t length;
    const EventTarget *target = find_target(event->target, &index, &length);
    bool is_applied = false;
    if (target != NULL) {
        bool is_sound = target->month_field == NULL ? is_series_event_sound(r, event, target)
                                                    : is_moment_sound(r, event, target);
        if (!is_sound) return;
        int n = target->is_workload ? inputs->n_workloads : inputs->n_options;
        for (int i = 0; i < n; i++) {
            const char *name = target->is_workload ? inputs->workloads[i].name : inputs->options[i].name;
            if (!index_matches(index, length, i, name)) continue;
            if (target->month_field == NULL) {
                apply_series(r, event, target, i);
            } else {
                apply_moment(r, event, target, i);
            }
            is_applied = true;
        }
    }
    if (!is_applied)
        resolve_fault(r, event->pointer,
                      "target '%.80s' is not a price or volume that events move, as in /options/*/%s",
                      event->target != NULL ? event->target : "", event_targets[0].path);
}

static void check_members(Resolving *r, const json_t *event, const char *pointer)
{
    static const char *const known[] = {"month", "target", "factor", "value", "note"};
    char place[POINTER_BYTES];
    void *iterator = json_object_iter((json_t *)(uintptr_t)event);
    for (; iterator != NULL; iterator = json_object_iter_next((json_t *)(uintptr_t)event, iterator)) {
        bool is_known = false;
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            is_known = is_known || strcmp(known[k], json_object_iter_key(iterator)) == 0;
        if (is_known) continue;
        snprintf(place, sizeof place, "%s", pointer);
        json_in_pointer_add(place, sizeof place, json_object_iter_key(iterator));
        resolve_fault(r, place, "unknown key; an event has month, target, factor or value, and note");
    }
}

/* Reads a number that may be left out. False, with a fault, when it is there and is none. */
static bool read_number(Resolving *r, const json_t *event, const char *key, double max, Event *out, bool *has,
                        double *value)
{
    const json_t *number = json_object_get(event, key);
    Err err = {0};
    *has = number != NULL;
    if (number == NULL || (json_in_number(number, value, &err) && *value >= 0.0 && *value <= max))
        return true;
    resolve_fault(r, out->pointer, "%s must be a number from 0 to %g", key, max);
    return false;
}

static bool read_event(Resolving *r, const json_t *event, size_t i, Event *out)
{
    const double value_max = 1e15;
    Err err = {0};
    long month;
    *out = (Event){.target = NULL};
    snprintf(out->pointer, sizeof out->pointer, "/events/%zu", i);
    if (!json_is_object(event)) {
        resolve_fault(r, out->pointer, "must be an object, not %s", json_in_type_name(event));
        return false;
    }
    check_members(r, event, out->pointer);
    if (!json_in_integer(json_object_get(event, "month"), 0, INPUT_MONTHS_MAX, &month, &err)) {
        resolve_fault(r, out->pointer, "month %s", err.text);
        return false;
    }
    out->month = (int)month;
    out->target = json_string_value(json_object_get(event, "target"));
    return read_number(r, event, "factor", factor_max, out, &out->has_factor, &out->factor) &&
           read_number(r, event, "value", value_max, out, &out->has_value, &out->value);
}

/* In order of time, as written within a month: a value takes the place of what came before. */
static void apply_all(Resolving *r, const json_t *events, size_t left_out)
{
    size_t n = json_array_size(events), n_read = 0;
    Event *list = arena_array(&r->out->arena, n + 1, sizeof *list);
    for (size_t i = 0; i < n; i++)
        if (i != left_out && read_event(r, json_array_get(events, i), i, &list[n_read])) n_read++;
    for (int month = 0; month <= INPUT_MONTHS_MAX; month++)
        for (size_t i = 0; i < n_read; i++)
            if (list[i].month == month) apply(r, &list[i]);
}

void resolve_events(Resolving *r, const json_t *events)
{
    if (events == NULL) return;
    if (!json_is_array(events)) {
        resolve_fault(r, "/events", "must be a list, not %s", json_in_type_name(events));
        return;
    }
    Inputs *before = arena_alloc(&r->out->arena, sizeof *before);
    *before = r->out->inputs;
    r->out->before_events = before;
    apply_all(r, events, SIZE_MAX);
}

EventTakes scenario_event_takes(const char *text)
{
    const char *index;
    size_t length;
    const EventTarget *target = find_target(text, &index, &length);
    if (target == NULL) return (EventTakes){.value_unit = ""};
    const FieldRow *row = value_row(target);
    bool is_series = target->month_field == NULL;
    return (EventTakes){.factor = is_series || target->factor_field != NULL,
                        .value = row != NULL,
                        .is_either = is_series,
                        .value_unit = row != NULL ? row->unit : ""};
}

/* ---- without one of them ---- */

/* Puts the fields that a moment writes back to what they were. */
static void take_back_moment(const EventTarget *target, const Inputs *before, Inputs *inputs)
{
    const GroupRow *rows = &input_groups[moment_group(target)];
    const char *const names[] = {target->month_field, target->factor_field, target->value_field};
    int n = target->is_workload ? inputs->n_workloads : inputs->n_options;
    for (size_t k = 0; k < sizeof names / sizeof names[0]; k++) {
        if (names[k] == NULL) continue;
        const FieldRow *row = field_find(rows->rows, rows->n_rows, names[k]);
        for (int i = 0; i < n; i++)
            field_copy(row, inputs_group_const(before, moment_group(target), i),
                       inputs_group(inputs, moment_group(target), i));
    }
}

static void take_back_all(const Inputs *before, Inputs *inputs)
{
    memcpy(inputs->volume_path, before->volume_path, sizeof inputs->volume_path);
    memcpy(inputs->volume_level, before->volume_level, sizeof inputs->volume_level);
    for (int i = 0; i < inputs->n_options; i++) {
        OptionInputs *option = &inputs->options[i];
        memcpy(option->price_path, before->options[i].price_path, sizeof option->price_path);
        memcpy(option->price_level, before->options[i].price_level, sizeof option->price_level);
    }
    for (int t = 0; t < n_event_targets; t++)
        if (event_targets[t].month_field != NULL) take_back_moment(&event_targets[t], before, inputs);
}

bool scenario_without_event(const Scenario *scenario, const Resolved *resolved, int event, Resolved *out)
{
    ErrList errors;
    err_list_init(&errors);
    memset(out, 0, sizeof *out);
    arena_init(&out->arena);
    out->inputs = resolved->inputs;
    if (resolved->before_events != NULL) {
        Resolving r = {.scenario = scenario, .out = out, .errors = &errors};
        take_back_all(resolved->before_events, &out->inputs);
        apply_all(&r, json_object_get(scenario->root, "events"), (size_t)event);
    }
    bool ok = errors.n_items == 0;
    err_list_free(&errors);
    if (!ok) resolved_free(out);
    return ok;
}
