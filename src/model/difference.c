/* What differs between two scenarios. Layer: model. */
#include "model/difference_mix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WORKLOAD_SERIES = N_PRICE_SERIES };

static const char *const series_names[] = {[SERIES_GPU_RENT] = "events on GPU rents",
                                           [SERIES_API] = "events on API prices",
                                           [SERIES_SERVER] = "events on server prices",
                                           [SERIES_WAGE] = "events on wages",
                                           [WORKLOAD_SERIES] = "events on the volume"};

/* Groups whose fields come from one look-up. */
static bool is_one_change(GroupId group)
{
    return group == GROUP_SHAPE || group == GROUP_ACCELERATOR || group == GROUP_EFFICIENCY;
}

const double *difference_path(const Inputs *inputs, const FieldDifference *field, bool is_b)
{
    int index = is_b ? field->b : field->a;
    return field->series == WORKLOAD_SERIES ? inputs->volume_path[index]
                                            : inputs->options[index].price_path[field->series];
}

static double path_at(const double *path, int m, int horizon)
{
    return path == NULL ? 1.0 : path[m < horizon ? m : horizon - 1];
}

static bool is_same_path(const Inputs *a, const double *pa, const Inputs *b, const double *pb)
{
    int most = a->horizon_months > b->horizon_months ? a->horizon_months : b->horizon_months;
    for (int m = 0; m < most; m++)
        if (path_at(pa, m, a->horizon_months) != path_at(pb, m, b->horizon_months)) return false;
    return true;
}

static void add_field(Difference *out, FieldDifference field)
{
    out->fields[out->n_fields++] = field;
}

static void compare_group(Difference *out, GroupId group, int a, int b)
{
    const void *x = inputs_group_const(out->a, group, a), *y = inputs_group_const(out->b, group, b);
    for (int r = 0; r < (int)input_groups[group].n_rows; r++)
        if (!field_is_same(&input_groups[group].rows[r], x, y))
            add_field(out, (FieldDifference){.group = group, .row = r, .a = a, .b = b});
}

static void compare_paths(Difference *out, int a, int b)
{
    for (int s = 0; s < N_PRICE_SERIES; s++)
        if (!is_same_path(out->a, out->a->options[a].price_path[s], out->b, out->b->options[b].price_path[s]))
            add_field(out, (FieldDifference){.group = GROUP_RENT, .row = -1, .series = s, .a = a, .b = b});
}

static void compare_workloads(Difference *out)
{
    int n = out->a->n_workloads < out->b->n_workloads ? out->a->n_workloads : out->b->n_workloads;
    for (int k = 0; k < n; k++) {
        compare_group(out, GROUP_WORKLOAD, k, k);
        if (!is_same_path(out->a, out->a->volume_path[k], out->b, out->b->volume_path[k]))
            add_field(out,
                      (FieldDifference){
                          .group = GROUP_WORKLOAD, .row = -1, .series = WORKLOAD_SERIES, .a = k, .b = k});
    }
}

static int find_option(const Inputs *inputs, const OptionInputs *option)
{
    for (int o = 0; o < inputs->n_options; o++)
        if (inputs->options[o].kind == option->kind && strcmp(inputs->options[o].name, option->name) == 0)
            return o;
    return -1;
}

static void match_options(Difference *out)
{
    for (int o = 0; o < out->a->n_options; o++)
        out->pairs[out->n_pairs++] = (OptionPair){o, find_option(out->b, &out->a->options[o])};
    for (int o = 0; o < out->b->n_options; o++)
        if (find_option(out->a, &out->b->options[o]) < 0) out->pairs[out->n_pairs++] = (OptionPair){-1, o};
}

/* ---- parts ---- */

static bool is_name(const FieldDifference *field)
{
    return field->row >= 0 && input_groups[field->group].rows[field->row].type == FIELD_TEXT;
}

int difference_option(const FieldDifference *field)
{
    bool is_workload = field->row < 0 && field->series == WORKLOAD_SERIES;
    return input_groups[field->group].scope == SCOPE_OPTION && !is_workload ? field->a : -1;
}

bool difference_is_week(const FieldDifference *field)
{
    if (field->group != GROUP_WORKLOAD || field->row < 0) return false;
    const char *name = input_groups[GROUP_WORKLOAD].rows[field->row].name;
    return strcmp(name, "profile") == 0 || strcmp(name, "profile_hours") == 0;
}

static void name_part(const Difference *d, const FieldDifference *field, bool by_group, bool is_shared,
                      char *out, size_t size)
{
    const GroupRow *group = &input_groups[field->group];
    bool is_of_option = difference_option(field) >= 0 && !is_shared;
    const char *option = is_of_option ? d->a->options[field->a].name : "", *gap = is_of_option ? ": " : "";
    bool is_in_option = group->scope == SCOPE_OPTION;
    const char *row = field->row < 0              ? ""
                      : difference_is_week(field) ? "profile"
                                                  : group->rows[field->row].name;
    if (field->row < 0) {
        snprintf(out, size, "%.60s%s%s", option, gap, series_names[field->series]);
    } else if (by_group) {
        snprintf(out, size, "%.60s%s%s", option, gap, group->title);
    } else if (group->scope == SCOPE_WORKLOAD && d->a->n_workloads > 1) {
        snprintf(out, size, "workload %d: %s", field->a + 1, row);
    } else {
        snprintf(out, size, "%.60s%s%s%s%s", option, gap, is_in_option ? group->name : "",
                 is_in_option ? "/" : "", row);
    }
}

static int part_named(Difference *d, const char *name)
{
    for (int p = 0; p < d->n_parts; p++)
        if (strcmp(d->parts[p], name) == 0) return p;
    if (d->n_parts == SHAPLEY_CHANGES_MAX) return -1;
    snprintf(d->parts[d->n_parts], sizeof d->parts[0], "%s", name);
    return d->n_parts++;
}

/* Is this change of one option the change of all that read the group, from the same value to the same? Then
 * it is one. */
static bool is_shared_change(const Difference *d, const FieldDifference *field)
{
    const GroupRow *group = &input_groups[field->group];
    if (group->scope != SCOPE_OPTION || field->row < 0) return false;
    const FieldRow *row = &group->rows[field->row];
    const void *x = inputs_group_const(d->a, field->group, field->a),
               *y = inputs_group_const(d->b, field->group, field->b);
    int n = 0;
    for (int p = 0; p < d->n_pairs; p++) {
        OptionPair pair = d->pairs[p];
        if (pair.a < 0 || pair.b < 0 || (group->kinds & 1u << d->a->options[pair.a].kind) == 0) continue;
        if (!field_is_same(row, inputs_group_const(d->a, field->group, pair.a), x) ||
            !field_is_same(row, inputs_group_const(d->b, field->group, pair.b), y))
            return false;
        n++;
    }
    return n > 1;
}

static bool has_season(const Difference *d)
{
    for (int k = 0; k < INPUT_WORKLOADS_MAX; k++)
        if ((k < d->a->n_workloads && d->a->workloads[k].season.n > 0) ||
            (k < d->b->n_workloads && d->b->workloads[k].season.n > 0))
            return true;
    return false;
}

/* Gives every field its part; false when there are too many parts. */
static bool part_fields(Difference *d, bool by_group)
{
    d->n_parts = 0;
    d->is_merged = by_group;
    for (int i = 0; i < d->n_fields; i++) {
        FieldDifference *field = &d->fields[i];
        char name[128];
        field->part = -1;
        if (is_name(field)) continue;
        bool is_shared = is_shared_change(d, field);
        name_part(d, field, by_group || is_one_change(field->group), is_shared, name, sizeof name);
        field->part = part_named(d, name);
        if (field->part < 0) return false;
    }
    /* Another number of workloads is one change: which of them went is not for us to say. */
    d->workloads_part = d->start_part = -1;
    if (d->a->n_workloads != d->b->n_workloads &&
        (d->workloads_part = part_named(d, "the list of workloads")) < 0)
        return false;
    /* The first month matters to seasons only. */
    if (d->a->start != d->b->start && has_season(d) && (d->start_part = part_named(d, "start")) < 0)
        return false;
    return true;
}

bool difference_build(const Inputs *a, const Inputs *b, Difference *out)
{
    *out = (Difference){.a = a, .b = b};
    size_t most = input_groups[GROUP_SCENARIO].n_rows +
                  INPUT_WORKLOADS_MAX * (input_groups[GROUP_WORKLOAD].n_rows + 1) +
                  (size_t)INPUT_OPTIONS_MAX * ((size_t)option_field_count() + N_PRICE_SERIES);
    out->fields = calloc(most, sizeof *out->fields);
    if (out->fields == NULL) return false;
    match_options(out);
    compare_group(out, GROUP_SCENARIO, 0, 0);
    compare_workloads(out);
    for (int p = 0; p < out->n_pairs; p++) {
        OptionPair pair = out->pairs[p];
        if (pair.a < 0 || pair.b < 0) continue;
        for (int g = 0; g < N_GROUPS; g++)
            if (input_groups[g].scope == SCOPE_OPTION &&
                (input_groups[g].kinds & 1u << a->options[pair.a].kind) != 0)
                compare_group(out, (GroupId)g, pair.a, pair.b);
        compare_paths(out, pair.a, pair.b);
    }
    if (!part_fields(out, false)) part_fields(out, true);
    return true;
}

void difference_free(Difference *difference)
{
    free(difference->fields);
    *difference = (Difference){0};
}
