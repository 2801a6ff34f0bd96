/* Group table, field references, requests by month. Layer: model. */
#include "tokentco/inputs.h"

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

#define FIELD_GROUP Contract
static const FieldRow contract_rows[] = {CONTRACT_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP Standby
static const FieldRow standby_rows[] = {STANDBY_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP Cascade
static const FieldRow cascade_rows[] = {CASCADE_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
#define FIELD_GROUP Plan
static const FieldRow plan_rows[] = {PLAN_FIELDS(FIELD_ROW)};
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
    [GROUP_CONTRACT] = OPTION_GROUP(contract, "Contract", KIND_RENT | KIND_BUYS, contract_rows),
    [GROUP_STANDBY] = OPTION_GROUP(standby, "Second model family", KIND_SERVES, standby_rows),
    [GROUP_CASCADE] = OPTION_GROUP(cascade, "Cascade", KIND_CASCADE, cascade_rows),
    [GROUP_PLAN] = OPTION_GROUP(plan, "Plan", KIND_PLAN, plan_rows),
    [GROUP_BILL] = OPTION_GROUP(bill, "Present bill", KIND_BILL, bill_rows),
};

static const char *const kind_names[N_OPTION_KINDS] = {
    [OPTION_RENT] = "rent", [OPTION_OWN] = "own",         [OPTION_API] = "api",  [OPTION_HYBRID] = "hybrid",
    [OPTION_BILL] = "bill", [OPTION_CASCADE] = "cascade", [OPTION_PLAN] = "plan"};
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
    inputs->volume_level_scale = 1.0;
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

double workload_requests(const Inputs *inputs, int workload, int m)
{
    const Workload *w = &inputs->workloads[workload];
    const Level *level = inputs->volume_level[workload];
    double requests;
    int age = m - w->from_month;
    if (age < 0 || m >= w->until_month) return 0.0;
    if (level != NULL && level[m].is_set) {
        int since = level[m].since > w->from_month ? level[m].since : w->from_month;
        double growth = w->requests_table.n > 0 ? 0.0 : w->growth_per_month;
        requests = level[m].value * inputs->volume_level_scale * pow(1.0 + growth, m - since);
    } else if (w->requests_table.n > 0) {
        requests = w->requests_table.values[age < w->requests_table.n ? age : w->requests_table.n - 1];
    } else {
        requests = w->requests_per_month * pow(1.0 + w->growth_per_month, age);
    }
    if (w->season.n == 12) requests *= w->season.values[((inputs->start + m) % 12 + 12) % 12];
    if (inputs->volume_path[workload] != NULL) requests *= inputs->volume_path[workload][m];
    return requests;
}
