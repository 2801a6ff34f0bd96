/* Group table, field references, checks across fields. Layer: model. */
#include "model/capacity.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_GROUP Inputs
static const FieldRow scenario_rows[] = {SCENARIO_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP Workload
static const FieldRow workload_rows[] = {WORKLOAD_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP ModelShape
static const FieldRow shape_rows[] = {SHAPE_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP AccelSpec
static const FieldRow accelerator_rows[] = {ACCELERATOR_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP Efficiency
static const FieldRow efficiency_rows[] = {EFFICIENCY_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP ServingSetup
static const FieldRow serving_rows[] = {SERVING_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP Engine
static const FieldRow engine_rows[] = {ENGINE_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP Fleet
static const FieldRow fleet_rows[] = {FLEET_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP Rent
static const FieldRow rent_rows[] = {RENT_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP Own
static const FieldRow own_rows[] = {OWN_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP Api
static const FieldRow api_rows[] = {API_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP Hybrid
static const FieldRow hybrid_rows[] = {HYBRID_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP Staff
static const FieldRow staff_rows[] = {STAFF_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP Network
static const FieldRow network_rows[] = {NETWORK_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP Operations
static const FieldRow operations_rows[] = {OPERATIONS_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP Extras
static const FieldRow extras_rows[] = {EXTRAS_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP Licence
static const FieldRow licence_rows[] = {LICENCE_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP

#define FIELD_GROUP Bill
static const FieldRow bill_rows[] = {BILL_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP

#define ROWS(rows) rows, sizeof rows / sizeof rows[0]
#define OPTION_GROUP(member, title, kinds, rows)                                                             \
    {                                                                                                        \
#member, title, SCOPE_OPTION, kinds, offsetof(OptionInputs, member), ROWS(rows)                      \
    }

const GroupRow input_groups[N_GROUPS] = {
    [GROUP_SCENARIO] = {"", "Scenario", SCOPE_SCENARIO, KIND_ALL, 0, ROWS(scenario_rows)},
    [GROUP_WORKLOAD] = {"workloads", "Workload", SCOPE_WORKLOAD, KIND_ALL, 0, ROWS(workload_rows)},
    [GROUP_SHAPE] = OPTION_GROUP(shape, "Model shape", KIND_SELF, shape_rows),
    [GROUP_ACCELERATOR] = OPTION_GROUP(accelerator, "Accelerator", KIND_SELF, accelerator_rows),
    [GROUP_EFFICIENCY] = OPTION_GROUP(efficiency, "Engine efficiency", KIND_SELF, efficiency_rows),
    [GROUP_SERVING] = OPTION_GROUP(serving, "Precision and memory", KIND_SELF, serving_rows),
    [GROUP_ENGINE] = OPTION_GROUP(engine, "Engine", KIND_SELF, engine_rows),
    [GROUP_FLEET] = OPTION_GROUP(fleet, "Fleet", KIND_SELF, fleet_rows),
    [GROUP_RENT] = OPTION_GROUP(rent, "GPU rental", KIND_SELF, rent_rows),
    [GROUP_OWN] = OPTION_GROUP(own, "Owned servers", KIND_OWN, own_rows),
    [GROUP_API] = OPTION_GROUP(api, "API prices", KIND_BUYS, api_rows),
    [GROUP_HYBRID] = OPTION_GROUP(hybrid, "Hybrid", KIND_HYBRID, hybrid_rows),
    [GROUP_STAFF] = OPTION_GROUP(staff, "People", KIND_SERVES, staff_rows),
    [GROUP_NETWORK] = OPTION_GROUP(network, "Network", KIND_SERVES, network_rows),
    [GROUP_OPERATIONS] = OPTION_GROUP(operations, "Operations", KIND_SERVES, operations_rows),
    [GROUP_EXTRAS] = OPTION_GROUP(extras, "Optional parts", KIND_SELF, extras_rows),
    [GROUP_LICENCE] = OPTION_GROUP(licence, "Licence", KIND_SELF, licence_rows),
    [GROUP_BILL] = OPTION_GROUP(bill, "Present bill", KIND_BILL, bill_rows),
};

static const char *const kind_names[N_OPTION_KINDS] = {[OPTION_RENT] = "rent",
                                                       [OPTION_OWN] = "own",
                                                       [OPTION_API] = "api",
                                                       [OPTION_HYBRID] = "hybrid",
                                                       [OPTION_BILL] = "bill"};
static const char *const basis_names[N_BASES] = {[BASIS_MEASURED] = "measured",
                                                 [BASIS_IMPORTED] = "imported",
                                                 [BASIS_CALIBRATED] = "calibrated",
                                                 [BASIS_PROJECTED] = "projected",
                                                 [BASIS_STATED] = "stated"};

const char *option_kind_name(OptionKind kind)
{
    return kind_names[kind];
}

const char *basis_name(Basis basis)
{
    return basis_names[basis];
}

int option_field_count(void)
{
    int n = 0;
    for (int g = 0; g < N_GROUPS; g++)
        if (input_groups[g].scope == SCOPE_OPTION) n += (int)input_groups[g].n_rows;
    return n;
}

int option_field_index(GroupId group, int row)
{
    int n = 0;
    for (int g = 0; g < (int)group; g++)
        if (input_groups[g].scope == SCOPE_OPTION) n += (int)input_groups[g].n_rows;
    return n + row;
}

static size_t group_offset(GroupId group, int index)
{
    switch (input_groups[group].scope) {
    case SCOPE_SCENARIO:
        return 0;
    case SCOPE_WORKLOAD:
        return offsetof(Inputs, workloads) + (size_t)index * sizeof(Workload);
    case SCOPE_OPTION:
        break;
    }
    return offsetof(Inputs, options) + (size_t)index * sizeof(OptionInputs) + input_groups[group].offset;
}

void *inputs_group(Inputs *inputs, GroupId group, int index)
{
    return (unsigned char *)inputs + group_offset(group, index);
}

const void *inputs_group_const(const Inputs *inputs, GroupId group, int index)
{
    return (const unsigned char *)inputs + group_offset(group, index);
}

/* ---- field references ---- */

/* The index that follows `prefix` in a pointer; `*rest` points behind it. */
static bool pointer_index(const char *pointer, const char *prefix, int max, int *index, const char **rest)
{
    size_t n = strlen(prefix);
    if (strncmp(pointer, prefix, n) != 0 || pointer[n] < '0' || pointer[n] > '9') return false;
    char *end;
    long value = strtol(pointer + n, &end, 10);
    if (*end != '/' || value < 0 || value >= max) return false;
    *index = (int)value;
    *rest = end + 1;
    return true;
}

static bool group_field(GroupId group, const char *name, int index, FieldRef *out)
{
    const GroupRow *g = &input_groups[group];
    const FieldRow *row = field_find(g->rows, g->n_rows, name);
    if (row == NULL) return false;
    *out = (FieldRef){index, group, (int)(row - g->rows)};
    return true;
}

static bool option_field(const char *rest, int index, FieldRef *out)
{
    for (int g = 0; g < N_GROUPS; g++) {
        const GroupRow *group = &input_groups[g];
        size_t n = strlen(group->name);
        if (group->scope != SCOPE_OPTION || strncmp(rest, group->name, n) != 0 || rest[n] != '/') continue;
        return group_field((GroupId)g, rest + n + 1, index, out);
    }
    return false;
}

bool field_ref_parse(const char *pointer, FieldRef *out, Err *err)
{
    int index;
    const char *rest;
    bool is_found = false;
    if (pointer_index(pointer, "/workloads/", INPUT_WORKLOADS_MAX, &index, &rest)) {
        is_found = group_field(GROUP_WORKLOAD, rest, index, out);
    } else if (pointer_index(pointer, "/options/", INPUT_OPTIONS_MAX, &index, &rest)) {
        is_found = option_field(rest, index, out);
    } else if (pointer[0] == '/' && strchr(pointer + 1, '/') == NULL) {
        is_found = group_field(GROUP_SCENARIO, pointer + 1, 0, out);
    }
    if (is_found) return true;
    return err_set(err, ERR_DATA, "'%.120s' is not a field; `tokentco fields` lists them", pointer);
}

const FieldRow *field_ref_row(const FieldRef *ref)
{
    return &input_groups[ref->group].rows[ref->row];
}

void field_ref_format(const FieldRef *ref, char *out, size_t size)
{
    const GroupRow *group = &input_groups[ref->group];
    const char *name = group->rows[ref->row].name;
    switch (group->scope) {
    case SCOPE_SCENARIO:
        snprintf(out, size, "/%s", name);
        return;
    case SCOPE_WORKLOAD:
        snprintf(out, size, "/workloads/%d/%s", ref->index, name);
        return;
    case SCOPE_OPTION:
        snprintf(out, size, "/options/%d/%s/%s", ref->index, group->name, name);
        return;
    }
}

/* ---- making ---- */

static void set_group_defaults(Inputs *inputs, GroupScope scope, int index)
{
    for (int g = 0; g < N_GROUPS; g++)
        if (input_groups[g].scope == scope)
            field_set_defaults(input_groups[g].rows, input_groups[g].n_rows,
                               inputs_group(inputs, (GroupId)g, index));
}

void inputs_init(Inputs *inputs)
{
    memset(inputs, 0, sizeof *inputs);
    set_group_defaults(inputs, SCOPE_SCENARIO, 0);
    inputs->currency_per_usd = 1.0;
    snprintf(inputs->currency, sizeof inputs->currency, "USD");
    inputs->n_workloads = 1;
    for (int w = 0; w < INPUT_WORKLOADS_MAX; w++) set_group_defaults(inputs, SCOPE_WORKLOAD, w);
}

OptionInputs *inputs_add_option(Inputs *inputs, const char *name, OptionKind kind)
{
    if (inputs->n_options == INPUT_OPTIONS_MAX) return NULL;
    int index = inputs->n_options++;
    set_group_defaults(inputs, SCOPE_OPTION, index);
    OptionInputs *option = &inputs->options[index];
    snprintf(option->name, sizeof option->name, "%s", name);
    option->kind = kind;
    option->basis = (ThroughputBasis){.basis = BASIS_STATED};
    return option;
}

/* ---- checks across fields ---- */

static void fault(ErrList *errors, const char *scope, int index, const char *name, const char *text)
{
    char place[128];
    snprintf(place, sizeof place, "/%s/%d/%s", scope, index, name);
    err_list_addf(errors, ERR_DATA, NULL, 0, 0, place, "%s", text);
}

/* E3: hourly weights with a mean of exactly 1. */
static bool fill_week(const Workload *workload, const Profiles *profiles, double out[HOURS_PER_WEEK])
{
    enum { CONVERSATION, CODING, FLAT, CUSTOM };
    const double *source = NULL;
    if (workload->profile == CONVERSATION && profiles != NULL) source = profiles->conversation;
    if (workload->profile == CODING && profiles != NULL) source = profiles->coding;
    if (workload->profile == CUSTOM && workload->profile_hours.n == HOURS_PER_WEEK)
        source = workload->profile_hours.values;
    double sum = 0.0;
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        out[h] = workload->profile == FLAT ? 1.0 : source != NULL ? source[h] : 0.0;
        sum += out[h];
    }
    if (!(sum > 0.0)) return false;
    for (int h = 0; h < HOURS_PER_WEEK; h++) out[h] *= HOURS_PER_WEEK / sum;
    return true;
}

static void check_workload(Inputs *inputs, int w, const Profiles *profiles, ErrList *errors)
{
    const Workload *workload = &inputs->workloads[w];
    if (workload->profile_hours.n != 0 && workload->profile_hours.n != HOURS_PER_WEEK)
        fault(errors, "workloads", w, "profile_hours", "must have 168 values, one for each hour of the week");
    if (!fill_week(workload, profiles, inputs->week[w]))
        fault(errors, "workloads", w, "profile", "the hours of the week are missing or all zero");
    if (workload->season.n != 0 && workload->season.n != 12)
        fault(errors, "workloads", w, "season", "must have 12 values, one for each month from January");
    double season = 0.0;
    for (int i = 0; i < workload->season.n; i++) season += workload->season.values[i];
    if (workload->season.n == 12 && fabs(season / 12.0 - 1.0) > 1e-6)
        fault(errors, "workloads", w, "season", "the twelve factors must have a mean of 1");
}

/* E72: tiers rise from 0 and each has its price. */
static void check_tiers(const Network *net, int o, ErrList *errors)
{
    const FieldArray *from = &net->egress_from_gb;
    if (from->n != net->egress_tier_usd_per_gb.n) {
        fault(errors, "options", o, "network/egress_tier_usd_per_gb",
              "must have as many values as egress_from_gb");
        return;
    }
    for (int i = 0; i < from->n; i++)
        if (i == 0 ? from->values[0] != 0.0 : from->values[i] <= from->values[i - 1]) {
            fault(errors, "options", o, "network/egress_from_gb", "must rise, from 0 on");
            return;
        }
}

/* A volume that grows out of its range is a slip of the growth rate, not a plan. */
static void check_volume(const Inputs *inputs, int w, ErrList *errors)
{
    const FieldRow *row =
        field_find(workload_rows, sizeof workload_rows / sizeof workload_rows[0], "requests_per_month");
    for (int m = 0; m < inputs->horizon_months; m++) {
        double requests = workload_requests(inputs, w, m);
        if (requests >= 0.0 && requests <= row->max) continue;
        char text[128];
        snprintf(text, sizeof text, "requests leave 0 to %g in month %d; check growth, season and events",
                 row->max, m);
        fault(errors, "workloads", w, row->name, text);
        return;
    }
}

/* Spares by reliability need replicas that work some of the time. */
static void check_spares(const OptionInputs *option, int o, ErrList *errors)
{
    enum { RELIABILITY = 1 };
    const double degree_default_max = 8.0, down_max = 0.5;
    const Fleet *fleet = &option->fleet;
    double widest = option->engine.degrees.n > 0 ? 1.0 : degree_default_max;
    for (int i = 0; i < option->engine.degrees.n; i++) widest = fmax(widest, option->engine.degrees.values[i]);
    if (fleet->spare_rule == RELIABILITY && replica_down_frac(fleet, (int)widest) > down_max)
        fault(errors, "options", o, "fleet/repair_h",
              "a replica would be down more than half of the time: check gpu_failures_per_year and repair_h");
}

static void check_option(Inputs *inputs, int o, ErrList *errors)
{
    OptionInputs *option = &inputs->options[o];
    const ModelShape *shape = &option->shape;
    check_tiers(&option->network, o, errors);
    if ((KIND_SELF & (1 << option->kind)) == 0) return;
    if (shape->params_active > shape->params_total)
        fault(errors, "options", o, "shape/params_active", "is more than params_total");
    if (shape->params_routed > shape->params_total)
        fault(errors, "options", o, "shape/params_routed", "is more than params_total");
    if (shape->experts_active > shape->experts)
        fault(errors, "options", o, "shape/experts_active", "is more than experts");
    if ((shape->experts > 0) != (shape->experts_active > 0))
        fault(errors, "options", o, "shape/experts",
              "experts and experts_active must both be given, or neither");
    if (option->engine.has_measured_prefill_tok_s != option->engine.has_measured_decode_tok_s)
        fault(errors, "options", o, "engine/measured_decode_tok_s",
              "measured_prefill_tok_s and measured_decode_tok_s must both be given, or neither");
    const FieldArray *degrees = &option->engine.degrees;
    if (degrees->n > INPUT_DEGREES_MAX)
        fault(errors, "options", o, "engine/degrees",
              "has more than 16 values; list the degrees worth trying");
    for (int i = 0; i < degrees->n; i++)
        if (degrees->values[i] != floor(degrees->values[i]))
            fault(errors, "options", o, "engine/degrees", "must be whole numbers");
    check_spares(option, o, errors);
    if (option->rent.spot_interruptions_per_h * option->rent.spot_recovery_h >= 1.0)
        fault(errors, "options", o, "rent/spot_recovery_h",
              "interruptions x recovery must stay below 1: no time would be left to work");
}

bool inputs_finish(Inputs *inputs, const Profiles *profiles, ErrList *errors)
{
    size_t n_before = errors->n_items + errors->n_dropped;
    if (inputs->discount_per_year <= -1.0)
        err_list_addf(errors, ERR_DATA, NULL, 0, 0, "/discount_per_year", "must be more than -1");
    for (int w = 0; w < inputs->n_workloads; w++) {
        check_workload(inputs, w, profiles, errors);
        check_volume(inputs, w, errors);
    }
    for (int o = 0; o < inputs->n_options; o++) check_option(inputs, o, errors);
    return errors->n_items + errors->n_dropped == n_before;
}

double workload_requests(const Inputs *inputs, int workload, int m)
{
    const Workload *w = &inputs->workloads[workload];
    double requests;
    if (w->requests_table.n > 0) {
        requests = w->requests_table.values[m < w->requests_table.n ? m : w->requests_table.n - 1];
    } else {
        requests = w->requests_per_month * pow(1.0 + w->growth_per_month, m);
    }
    if (w->season.n == 12) requests *= w->season.values[((inputs->start + m) % 12 + 12) % 12];
    if (inputs->volume_path[workload] != NULL) requests *= inputs->volume_path[workload][m];
    return requests;
}
