/* Events of a scenario as factor paths. Layer: feed. */
#include "feed/scenario_doc.h"

#include <string.h>

const EventTarget event_targets[] = {
    {"rent/on_demand_usd_per_gpu_h", false, SERIES_GPU_RENT, "rental price of GPUs"},
    {"api/prices", false, SERIES_API, "all token prices of an API together"},
    {"own/server_usd", false, SERIES_SERVER, "price of a server"},
    {"staff/salary_usd_per_year", false, SERIES_WAGE, "wages"},
    {"requests_per_month", true, SERIES_GPU_RENT, "requests of a workload"},
};
const int n_event_targets = (int)(sizeof event_targets / sizeof event_targets[0]);

/* A path of ones that the event's factor is multiplied into, or the one that is there. */
static double *path_of(Resolving *r, const double **slot)
{
    int n = r->out->inputs.horizon_months;
    double *path = arena_array(&r->out->arena, (size_t)n, sizeof *path);
    for (int m = 0; m < n; m++) path[m] = *slot != NULL ? (*slot)[m] : 1.0;
    *slot = path;
    return path;
}

static void apply(Resolving *r, const double **slot, int month, double factor)
{
    double *path = path_of(r, slot);
    for (int m = month; m < r->out->inputs.horizon_months; m++) path[m] *= factor;
}

/* The index between "/options/" and the target's path: a number, an option's name, or * for all. */
static bool index_matches(const char *text, size_t length, int index, const char *name)
{
    char number[16];
    snprintf(number, sizeof number, "%d", index);
    if (length == 1 && text[0] == '*') return true;
    if (strlen(number) == length && strncmp(text, number, length) == 0) return true;
    return strlen(name) == length && strncmp(text, name, length) == 0;
}

static bool apply_target(Resolving *r, const char *target, int month, double factor)
{
    Inputs *inputs = &r->out->inputs;
    bool is_applied = false;
    for (int t = 0; t < n_event_targets; t++) {
        const char *scope = event_targets[t].is_workload ? "/workloads/" : "/options/";
        if (strncmp(target, scope, strlen(scope)) != 0) continue;
        const char *index = target + strlen(scope), *slash = strchr(index, '/');
        if (slash == NULL || strcmp(slash + 1, event_targets[t].path) != 0) continue;
        size_t length = (size_t)(slash - index);
        int n = event_targets[t].is_workload ? inputs->n_workloads : inputs->n_options;
        for (int i = 0; i < n; i++) {
            const char *name =
                event_targets[t].is_workload ? inputs->workloads[i].name : inputs->options[i].name;
            if (!index_matches(index, length, i, name)) continue;
            const double **slot = event_targets[t].is_workload
                                      ? &inputs->volume_path[i]
                                      : &inputs->options[i].price_path[event_targets[t].series];
            apply(r, slot, month, factor);
            is_applied = true;
        }
    }
    return is_applied;
}

static void read_event(Resolving *r, const json_t *event, const char *pointer)
{
    static const char *const known[] = {"month", "target", "factor", "note"};
    const double factor_max = 1e6;
    char place[POINTER_BYTES];
    if (!json_is_object(event)) {
        resolve_fault(r, pointer, "must be an object, not %s", json_in_type_name(event));
        return;
    }
    void *iterator = json_object_iter((json_t *)(uintptr_t)event);
    for (; iterator != NULL; iterator = json_object_iter_next((json_t *)(uintptr_t)event, iterator)) {
        bool is_known = false;
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            is_known = is_known || strcmp(known[k], json_object_iter_key(iterator)) == 0;
        if (is_known) continue;
        snprintf(place, sizeof place, "%s", pointer);
        json_in_pointer_add(place, sizeof place, json_object_iter_key(iterator));
        resolve_fault(r, place, "unknown key; an event has month, target, factor and note");
    }
    Err err = {0}, other = {0};
    long month;
    double factor;
    if (!json_in_integer(json_object_get(event, "month"), 0, INPUT_MONTHS_MAX, &month, &err)) {
        resolve_fault(r, pointer, "month %s", err.text);
        return;
    }
    if (!json_in_number(json_object_get(event, "factor"), &factor, &other) || factor < 0.0 ||
        factor > factor_max) {
        resolve_fault(r, pointer, "factor must be a number from 0 to %g", factor_max);
        return;
    }
    const char *target = json_string_value(json_object_get(event, "target"));
    if (target == NULL || !apply_target(r, target, (int)month, factor))
        resolve_fault(r, pointer,
                      "target '%.80s' is not a price or volume that events move, as in /options/*/%s",
                      target != NULL ? target : "", event_targets[0].path);
}

void resolve_events(Resolving *r, const json_t *events)
{
    if (events == NULL) return;
    if (!json_is_array(events)) {
        resolve_fault(r, "/events", "must be a list, not %s", json_in_type_name(events));
        return;
    }
    for (size_t i = 0; i < json_array_size(events); i++) {
        char pointer[POINTER_BYTES];
        snprintf(pointer, sizeof pointer, "/events/%zu", i);
        read_event(r, json_array_get(events, i), pointer);
    }
}
