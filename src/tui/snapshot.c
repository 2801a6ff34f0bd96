/* Snapshots. Layer: tui (no curses). */
#include "tui/snapshot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

Snapshot *snapshot_new(const ResolveSources *sources, const Scenario *scenario, ErrList *errors)
{
    Snapshot *snapshot = calloc(1, sizeof *snapshot);
    if (snapshot == NULL) abort();
    atomic_init(&snapshot->holders, 1);
    if (!scenario_resolve(scenario, sources, &snapshot->resolved, errors)) {
        free(snapshot);
        return NULL;
    }
    const Inputs *inputs = &snapshot->resolved.inputs;
    snapshot->workspace = workspace_new(inputs->horizon_months, inputs->n_options);
    if (snapshot->workspace == NULL) abort();
    evaluate(inputs, snapshot->workspace, NULL);
    return snapshot;
}

Snapshot *snapshot_hold(Snapshot *snapshot)
{
    atomic_fetch_add(&snapshot->holders, 1);
    return snapshot;
}

void snapshot_drop(Snapshot *snapshot)
{
    if (snapshot == NULL || atomic_fetch_sub(&snapshot->holders, 1) > 1) return;
    workspace_free(snapshot->workspace);
    resolved_free(&snapshot->resolved);
    free(snapshot);
}

static int count_of(const Inputs *inputs, GroupScope scope)
{
    return scope == SCOPE_SCENARIO ? 1 : scope == SCOPE_WORKLOAD ? inputs->n_workloads : inputs->n_options;
}

int snapshot_differences(const Snapshot *a, const Snapshot *b, int n_max, Text *out)
{
    const Inputs *before = &a->resolved.inputs, *after = &b->resolved.inputs;
    int n = 0;
    if (before->n_options != after->n_options && n++ < n_max)
        text_addf(out, "plans: %d -> %d\n", before->n_options, after->n_options);
    if (before->n_workloads != after->n_workloads && n++ < n_max)
        text_addf(out, "workloads: %d -> %d\n", before->n_workloads, after->n_workloads);
    for (int g = 0; g < N_GROUPS; g++) {
        const GroupRow *group = &input_groups[g];
        int n_before = count_of(before, group->scope), n_after = count_of(after, group->scope);
        for (int i = 0; i < n_before && i < n_after; i++) {
            if (group->scope == SCOPE_OPTION && (group->kinds & 1u << after->options[i].kind) == 0) continue;
            for (int r = 0; r < (int)group->n_rows; r++) {
                char old[FIELD_TEXT_BYTES], fresh[FIELD_TEXT_BYTES], pointer[192];
                field_format(&group->rows[r], inputs_group_const(before, (GroupId)g, i), old, sizeof old);
                field_format(&group->rows[r], inputs_group_const(after, (GroupId)g, i), fresh, sizeof fresh);
                if (strcmp(old, fresh) == 0 || n++ >= n_max) continue;
                FieldRef ref = {i, (GroupId)g, r};
                field_ref_format(&ref, pointer, sizeof pointer);
                text_addf(out, "%s: %s -> %s\n", pointer, old, fresh);
            }
        }
    }
    return n;
}
