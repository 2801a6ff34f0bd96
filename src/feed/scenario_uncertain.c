/* `uncertain` and `correlations` of a scenario, and the bands of its throughputs. Layer: feed.
 *
 * Each entry names a field (or a price series) by pointer and says how it is distributed. Every fault is
 * said; an entry that could draw a value outside its field's range is one.
 */
#include "feed/scenario_uncertain.h"

#include <math.h>
#include <string.h>

/* ---- targets ---- */

/* An entry while it is read. */
typedef struct Entry {
    Resolving *r;
    const char *pointer; /* the field's, as written */
    char place[POINTER_BYTES];
    Uncertain *item;
    bool is_passed_over; /* it names a field of all options, and some do not read it */
} Entry;

static void add_target(Entry *entry, const UncertainTarget *target)
{
    Uncertain *item = entry->item;
    if (item->targets == NULL)
        item->targets = arena_array(&entry->r->out->arena, INPUT_OPTIONS_MAX, sizeof *item->targets);
    item->targets[item->n_targets++] = *target;
}

static bool selects(const char *text, size_t length, int index, const char *name)
{
    char number[16];
    snprintf(number, sizeof number, "%d", index);
    if (length == 1 && text[0] == '*') return true;
    if (strlen(number) == length && strncmp(text, number, length) == 0) return true;
    return strlen(name) == length && strncmp(text, name, length) == 0;
}

/* The series whose event target has this path below an option; -1 when there is none. */
static int series_of(const char *path)
{
    for (int t = 0; t < n_event_targets; t++)
        if (!event_targets[t].is_workload && strcmp(event_targets[t].path, path) == 0)
            return (int)event_targets[t].series;
    return -1;
}

/* A field of one option or workload. A field that the option does not read is passed over when all are meant.
 */
static void add_field(Entry *entry, GroupScope scope, const char *path, int index, bool is_all)
{
    Inputs *inputs = &entry->r->out->inputs;
    char full[POINTER_BYTES];
    UncertainTarget target = {.field.index = index};
    static const char *const scopes[] = {
        [SCOPE_SCENARIO] = "", [SCOPE_WORKLOAD] = "/workloads/", [SCOPE_OPTION] = "/options/"};
    if (scope == SCOPE_SCENARIO) {
        snprintf(full, sizeof full, "/%s", path);
    } else {
        snprintf(full, sizeof full, "%s%d/%s", scopes[scope], index, path);
    }
    if (!field_ref_parse(full, &target.field, NULL)) return;
    const FieldRow *row = field_ref_row(&target.field);
    const void *group = inputs_group_const(inputs, target.field.group, index);
    if (scope == SCOPE_OPTION &&
        (input_groups[target.field.group].kinds & (1U << inputs->options[index].kind)) == 0) {
        entry->is_passed_over = is_all;
        if (!is_all)
            resolve_fault(entry->r, entry->place, "an option of kind %s does not read this group",
                          option_kind_name(inputs->options[index].kind));
        return;
    }
    bool has_value = row->type == FIELD_NUM || row->type == FIELD_INT ||
                     (row->type == FIELD_OPT && field_is_given(row, group));
    if (!has_value || (row->flags & FIELD_FIXED) != 0) {
        if (!is_all || row->type != FIELD_OPT)
            resolve_fault(entry->r, entry->place,
                          has_value
                              ? "is part of a plan's structure; make an option of its own for each value"
                              : "has no number to be uncertain about");
        return;
    }
    target.base = field_get(row, group);
    add_target(entry, &target);
}

static void add_series(Entry *entry, int series, int index, bool is_all)
{
    const OptionInputs *option = &entry->r->out->inputs.options[index];
    static const unsigned readers[N_PRICE_SERIES] = {[SERIES_GPU_RENT] = KIND_RENT | KIND_HYBRID,
                                                     [SERIES_API] = KIND_BUYS,
                                                     [SERIES_SERVER] = KIND_OWN,
                                                     [SERIES_WAGE] = KIND_SERVES};
    if ((readers[series] & (1U << option->kind)) == 0) {
        entry->is_passed_over = is_all;
        if (!is_all)
            resolve_fault(entry->r, entry->place, "an option of kind %s has no such price",
                          option_kind_name(option->kind));
        return;
    }
    add_target(entry,
               &(UncertainTarget){
                   .is_series = true, .field.index = index, .series = (PriceSeries)series, .base = 1.0});
}

/* "/options/N/path", "/workloads/N/path"; N a number, a name or * for all. */
static void find_indexed(Entry *entry, GroupScope scope, const char *rest)
{
    const Inputs *inputs = &entry->r->out->inputs;
    const char *slash = strchr(rest, '/');
    int n = scope == SCOPE_OPTION ? inputs->n_options : inputs->n_workloads;
    if (slash == NULL) return;
    size_t length = (size_t)(slash - rest);
    bool is_all = length == 1 && rest[0] == '*', is_found = false;
    int series = scope == SCOPE_OPTION ? series_of(slash + 1) : -1;
    /* A relative draw on a price that is one field moves the field; a forecast moves the price's path. */
    FieldRef ignored;
    char probe[POINTER_BYTES];
    snprintf(probe, sizeof probe, "/options/0/%s", slash + 1);
    bool is_path =
        series >= 0 && (entry->item->spec.kind == DIST_FORECAST || !field_ref_parse(probe, &ignored, NULL));
    for (int i = 0; i < n; i++) {
        const char *name = scope == SCOPE_OPTION ? inputs->options[i].name : inputs->workloads[i].name;
        if (!selects(rest, length, i, name)) continue;
        is_found = true;
        if (is_path) {
            add_series(entry, series, i, is_all);
        } else {
            add_field(entry, scope, slash + 1, i, is_all);
        }
    }
    if (!is_found)
        resolve_fault(entry->r, entry->place, "there is no %s '%.*s'",
                      scope == SCOPE_OPTION ? "option" : "workload", (int)length, rest);
}

static void find_targets(Entry *entry)
{
    static const char options[] = "/options/", workloads[] = "/workloads/";
    const char *pointer = entry->pointer;
    size_t n_before = entry->r->errors->n_items + entry->r->errors->n_dropped;
    if (strncmp(pointer, options, strlen(options)) == 0) {
        find_indexed(entry, SCOPE_OPTION, pointer + strlen(options));
    } else if (strncmp(pointer, workloads, strlen(workloads)) == 0) {
        find_indexed(entry, SCOPE_WORKLOAD, pointer + strlen(workloads));
    } else if (pointer[0] == '/' && strchr(pointer + 1, '/') != NULL) {
        char all[POINTER_BYTES];
        snprintf(all, sizeof all, "*%.*s", POINTER_BYTES - 8, pointer);
        find_indexed(entry, SCOPE_OPTION, all);
    } else if (pointer[0] == '/') {
        add_field(entry, SCOPE_SCENARIO, pointer + 1, 0, false);
    }
    bool is_said = entry->r->errors->n_items + entry->r->errors->n_dropped > n_before;
    /* A scenario whose last option of a kind was taken out keeps its entries: they wait for the next one. */
    if (entry->item->n_targets == 0 && !is_said && !entry->is_passed_over)
        resolve_fault(entry->r, entry->place,
                      "is no field that a draw could move; `tokentco fields` lists them");
}

/* ---- an entry whole ---- */

static unsigned options_of(const Inputs *inputs, const Uncertain *item)
{
    unsigned mask = 0;
    for (int t = 0; t < item->n_targets; t++) {
        const UncertainTarget *target = &item->targets[t];
        bool is_option = target->is_series || input_groups[target->field.group].scope == SCOPE_OPTION;
        mask |= is_option ? 1U << target->field.index : (1U << inputs->n_options) - 1U;
    }
    return inputs_with_composed(inputs, mask);
}

static void name_item(Entry *entry)
{
    Uncertain *item = entry->item;
    const Inputs *inputs = &entry->r->out->inputs;
    const UncertainTarget *first = &item->targets[0];
    char label[2 * FIELD_TEXT_BYTES];
    bool is_option = first->is_series || input_groups[first->field.group].scope == SCOPE_OPTION;
    const char *slash = strrchr(entry->pointer, '/'), *path = slash + 1;
    while (is_option && path > entry->pointer + 1 && path[-1] != '/') path--;
    if (is_option && slash > entry->pointer) {
        path = slash - 1;
        while (path > entry->pointer && path[-1] != '/') path--;
    }
    bool is_one = is_option && item->n_targets == 1 && inputs->n_options > 1;
    snprintf(label, sizeof label, "%s%s%s", path, is_one ? ", " : "",
             is_one ? inputs->options[first->field.index].name : "");
    item->label = arena_strdup(&entry->r->out->arena, label);
    if (item->spec.kind == DIST_FORECAST) {
        item->unit = "quantile";
    } else {
        item->unit = item->is_relative ? "x" : field_ref_row(&first->field)->unit;
    }
}

/* The ends of what can be drawn, at each target, against the field's range. */
static void check_range(Entry *entry)
{
    const Uncertain *item = entry->item;
    double least, most;
    distribution_range(&item->dist, &least, &most);
    for (int t = 0; t < item->n_targets && item->spec.kind != DIST_FORECAST; t++) {
        const UncertainTarget *target = &item->targets[t];
        double factor = item->is_relative ? target->base : 1.0;
        if (target->is_series) {
            if (least >= 0.0) continue;
            resolve_fault(entry->r, entry->place, "can fall to %g: a factor on prices may not be negative",
                          least);
            return;
        }
        const FieldRow *row = field_ref_row(&target->field);
        Err err = {0};
        double ends[2] = {fmin(least * factor, most * factor), fmax(least * factor, most * factor)};
        for (int e = 0; e < 2; e++) {
            if (field_check(row, ends[e], &err)) continue;
            bool can_cut = item->spec.kind == DIST_LOGNORMAL || item->spec.kind == DIST_NORMAL;
            resolve_fault(entry->r, entry->place, "can %s to %.4g, but %s goes from %g to %g%s%s%s",
                          e == 0 ? "fall" : "rise", ends[e], row->name, row->min, row->max,
                          can_cut ? "; cut it with \"" : "", can_cut ? (e == 0 ? "min" : "max") : "",
                          can_cut ? "\", or take pert" : "");
            return;
        }
    }
}

static bool shares_target(const Uncertain *a, const Uncertain *b)
{
    for (int i = 0; i < a->n_targets; i++) {
        for (int j = 0; j < b->n_targets; j++) {
            const UncertainTarget *x = &a->targets[i], *y = &b->targets[j];
            if (x->is_series != y->is_series || x->field.index != y->field.index) continue;
            if (x->is_series ? x->series == y->series
                             : x->field.group == y->field.group && x->field.row == y->field.row)
                return true;
        }
    }
    return false;
}

static void finish_entry(Entry *entry)
{
    Resolving *r = entry->r;
    Uncertain *item = entry->item;
    Uncertainty *all = &r->out->uncertainty;
    const UncertainTarget *first = &item->targets[0];
    bool is_path = first->is_series && item->spec.kind != DIST_FORECAST;
    if (is_path && !item->is_relative) {
        resolve_fault(r, entry->place, "moves several prices at once: it must be relative");
        return;
    }
    if (item->spec.kind == DIST_FORECAST && !uncertain_forecast(r, entry->place, item)) return;
    item->spec.is_whole =
        !first->is_series && !item->is_relative && field_ref_row(&first->field)->type == FIELD_INT;
    item->base = item->spec.kind == DIST_FORECAST ? 0.5 : item->is_relative ? 1.0 : first->base;
    Err err = {0};
    if (!distribution_build(&item->spec, &r->out->arena, &item->dist, &err)) {
        resolve_fault(r, entry->place, "%s", err.text);
        return;
    }
    check_range(entry);
    item->options = options_of(&r->out->inputs, item);
    name_item(entry);
    for (int i = 0; i < all->n; i++)
        if (shares_target(item, &all->items[i]))
            resolve_fault(r, entry->place, "moves what %s moves too; a value is drawn once",
                          all->items[i].pointer);
    all->n++;
}

static void read_entry(Resolving *r, const char *pointer, const json_t *value)
{
    Uncertainty *all = &r->out->uncertainty;
    Entry entry = {.r = r, .pointer = pointer, .place = "/uncertain", .item = &all->items[all->n]};
    json_in_pointer_add(entry.place, sizeof entry.place, pointer);
    *entry.item = (Uncertain){.pointer = arena_strdup(&r->out->arena, pointer), .source = ""};
    if (all->n == UNCERTAIN_MAX) {
        resolve_fault(r, entry.place, "is one too many; at most %d inputs can be uncertain", UNCERTAIN_MAX);
        return;
    }
    bool is_ok = false;
    if (json_is_string(value)) {
        find_targets(&entry);
        const UncertainTarget *first = entry.item->targets;
        const char *unit = first != NULL && !first->is_series ? field_ref_row(&first->field)->unit : "x";
        is_ok = uncertain_read_range(r, json_string_value(value), unit, entry.place, &entry.item->spec);
    } else if (json_is_object(value)) {
        const json_t *relative = json_object_get(value, "relative"),
                     *source = json_object_get(value, "source");
        if (relative != NULL && !json_is_boolean(relative))
            resolve_fault(r, entry.place, "relative must be true or false");
        entry.item->is_relative = json_is_true(relative);
        if (json_is_string(source))
            entry.item->source = arena_strdup(&r->out->arena, json_string_value(source));
        is_ok = uncertain_read_spec(r, value, entry.place, &entry.item->spec);
        find_targets(&entry);
    } else {
        resolve_fault(r, entry.place, "must be a distribution or a range such as \"0.4 to 2.5\", not %s",
                      json_in_type_name(value));
    }
    if (is_ok && entry.item->n_targets > 0) finish_entry(&entry);
}

/* ---- bands of throughputs ---- */

static bool is_same_machine(const OptionInputs *a, const OptionInputs *b)
{
    return a->basis.basis == b->basis.basis && strcmp(a->basis.source, b->basis.source) == 0 &&
           strcmp(a->engine.model, b->engine.model) == 0 && strcmp(a->engine.gpu, b->engine.gpu) == 0;
}

/* A band enters by itself: what the source of a speed says may be off by a factor, the same for every option
 * that rests on it. */
static void add_bands(Resolving *r)
{
    Inputs *inputs = &r->out->inputs;
    Uncertainty *all = &r->out->uncertainty;
    FieldRef ref;
    field_ref_parse("/options/0/engine/rate_factor", &ref, NULL);
    for (int o = 0; o < inputs->n_options && all->n < UNCERTAIN_MAX; o++) {
        const OptionInputs *option = &inputs->options[o];
        const ThroughputBasis *basis = &option->basis;
        bool has_band = basis->has_band && basis->band_p10 > 0.0 && basis->band_p10 < basis->band_p90;
        if (!has_band || option->is_blocked || (KIND_SELF & 1U << option->kind) == 0) continue;
        bool is_done = false;
        for (int before = 0; before < o; before++)
            is_done = is_done || is_same_machine(option, &inputs->options[before]);
        if (is_done) continue;
        char pointer[64], label[64 + FIELD_TEXT_BYTES];
        snprintf(pointer, sizeof pointer, "/options/%d/engine/rate_factor", o);
        snprintf(label, sizeof label, "speed of %s on %s", option->engine.model, option->engine.gpu);
        bool is_named = option->engine.model[0] != '\0' && option->engine.gpu[0] != '\0';
        if (!is_named) snprintf(label, sizeof label, "speed of %s", option->name);
        Entry entry = {.r = r, .pointer = pointer, .place = "/uncertain", .item = &all->items[all->n]};
        *entry.item = (Uncertain){
            .pointer = arena_strdup(&r->out->arena, pointer),
            .label = arena_strdup(&r->out->arena, label),
            .unit = "x",
            .source = arena_strdup(&r->out->arena, basis->source),
            .spec = {.kind = DIST_LOGNORMAL, .low = basis->band_p10, .high = basis->band_p90, .prob = 0.10},
            .is_relative = true,
            .is_band = true,
            .base = 1.0,
        };
        for (int same = o; same < inputs->n_options; same++) {
            if (inputs->options[same].is_blocked || !is_same_machine(option, &inputs->options[same]))
                continue;
            UncertainTarget target = {.field = ref, .base = inputs->options[same].engine.rate_factor};
            target.field.index = same;
            add_target(&entry, &target);
        }
        entry.item->options = options_of(inputs, entry.item);
        bool is_written = false;
        for (int i = 0; i < all->n; i++) is_written = is_written || shares_target(entry.item, &all->items[i]);
        if (!is_written && distribution_build(&entry.item->spec, &r->out->arena, &entry.item->dist, NULL))
            all->n++;
    }
}

void resolve_uncertain(Resolving *r, const json_t *uncertain, const json_t *correlations)
{
    Uncertainty *all = &r->out->uncertainty;
    size_t n_before = r->errors->n_items + r->errors->n_dropped;
    all->items = arena_array(&r->out->arena, UNCERTAIN_MAX + 1, sizeof *all->items);
    if (uncertain != NULL && !json_is_object(uncertain)) {
        resolve_fault(r, "/uncertain", "must be an object, not %s", json_in_type_name(uncertain));
        return;
    }
    void *iterator = json_object_iter((json_t *)(uintptr_t)uncertain);
    for (; iterator != NULL; iterator = json_object_iter_next((json_t *)(uintptr_t)uncertain, iterator))
        read_entry(r, json_object_iter_key(iterator), json_object_iter_value(iterator));
    add_bands(r);
    /* Correlations name entries; with faulty ones left out they would be blamed for it. */
    if (r->errors->n_items + r->errors->n_dropped == n_before) uncertain_correlate(r, correlations);
}
