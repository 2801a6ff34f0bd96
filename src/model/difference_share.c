/* Sharing a difference in cost among its changes (Shapley 1953). Layer: model.
 *
 * Inputs with some changes made are those of the first scenario with the fields of these changes from the
 * second. A mix may be one that cannot serve (a large model on the small accelerator): then what runs where
 * is one change, and if that does not help, the difference is not shared.
 */
#include "model/difference_mix.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The paths of one scenario, as long as any horizon: they hold their last value. */
typedef struct Paths {
    double by_option[INPUT_OPTIONS_MAX][N_PRICE_SERIES][INPUT_MONTHS_MAX];
    double by_workload[INPUT_WORKLOADS_MAX][INPUT_MONTHS_MAX];
} Paths;

typedef struct Sharing {
    const Difference *difference;
    int pair;                           /* -1: the cheapest of all */
    Inputs *mix;                        /* owned */
    Workspace *workspace;               /* owned */
    Paths *paths;                       /* owned: of the first and of the second scenario */
    int n;                              /* changes */
    int change_of[SHAPLEY_CHANGES_MAX]; /* by part; -1: does not concern the pair */
    const char *reason;                 /* why a mix has no value */
} Sharing;

static const double *extended(const double *path, int n_months, double *room)
{
    if (path == NULL) return NULL;
    for (int m = 0; m < INPUT_MONTHS_MAX; m++) room[m] = path[m < n_months ? m : n_months - 1];
    return room;
}

/* The mix before any change: the first scenario. Later sets only move the fields that differ. */
static void begin(Sharing *s)
{
    const Inputs *a = s->difference->a;
    *s->mix = *a;
    for (int o = 0; o < a->n_options; o++)
        for (int p = 0; p < N_PRICE_SERIES; p++)
            s->mix->options[o].price_path[p] =
                extended(a->options[o].price_path[p], a->horizon_months, s->paths[0].by_option[o][p]);
    for (int k = 0; k < a->n_workloads; k++)
        s->mix->volume_path[k] = extended(a->volume_path[k], a->horizon_months, s->paths[0].by_workload[k]);
}

/* Gives the mix a field of one of the scenarios. */
static void take_field(Sharing *s, const FieldDifference *field, bool is_b)
{
    const Inputs *from = is_b ? s->difference->b : s->difference->a;
    int index = is_b ? field->b : field->a;
    Paths *room = &s->paths[is_b ? 1 : 0];
    if (field->row < 0) {
        const double *path = difference_path(from, field, is_b);
        if (field->series == N_PRICE_SERIES) {
            s->mix->volume_path[field->a] = extended(path, from->horizon_months, room->by_workload[field->a]);
        } else {
            s->mix->options[field->a].price_path[field->series] =
                extended(path, from->horizon_months, room->by_option[field->a][field->series]);
        }
        return;
    }
    const FieldRow *row = &input_groups[field->group].rows[field->row];
    field_copy(row, inputs_group_const(from, field->group, index),
               inputs_group(s->mix, field->group, field->a));
    if (difference_is_week(field))
        memcpy(s->mix->week[field->a], from->week[index], sizeof s->mix->week[field->a]);
}

static bool is_made(const Sharing *s, int part, uint64_t set)
{
    int change = part >= 0 ? s->change_of[part] : -1;
    return change >= 0 && (set >> change & 1) != 0;
}

static void take_workloads(Sharing *s, bool is_b)
{
    const Inputs *from = is_b ? s->difference->b : s->difference->a;
    memcpy(s->mix->workloads, from->workloads, sizeof s->mix->workloads);
    memcpy(s->mix->week, from->week, sizeof s->mix->week);
    s->mix->n_workloads = from->n_workloads;
    for (int k = 0; k < from->n_workloads; k++)
        s->mix->volume_path[k] =
            extended(from->volume_path[k], from->horizon_months, s->paths[is_b ? 1 : 0].by_workload[k]);
}

static bool npv_of_pair(Sharing *s, OptionPair pair, double *npv_usd)
{
    evaluate_option(s->mix, pair.a, s->workspace, NULL);
    const OptionResult *result = workspace_result(s->workspace, pair.a);
    *npv_usd = result->npv_usd;
    return result->is_feasible;
}

static bool npv_of_cheapest(Sharing *s, double *npv_usd)
{
    bool has = false;
    for (int p = 0; p < s->difference->n_pairs; p++) {
        OptionPair pair = s->difference->pairs[p];
        double usd;
        if (pair.a < 0 || pair.b < 0 || !npv_of_pair(s, pair, &usd)) continue;
        if (!has || usd < *npv_usd) *npv_usd = usd;
        has = true;
    }
    return has;
}

static bool value_of(void *context, uint64_t set, double *value)
{
    Sharing *s = context;
    const Difference *d = s->difference;
    if (d->workloads_part >= 0) take_workloads(s, is_made(s, d->workloads_part, set));
    s->mix->start = is_made(s, d->start_part, set) ? d->b->start : d->a->start;
    for (int i = 0; i < d->n_fields; i++) {
        const FieldDifference *field = &d->fields[i];
        bool is_gone = input_groups[field->group].scope == SCOPE_WORKLOAD && field->a >= s->mix->n_workloads;
        if (!is_gone) take_field(s, field, is_made(s, field->part, set));
    }
    return s->pair >= 0 ? npv_of_pair(s, d->pairs[s->pair], value) : npv_of_cheapest(s, value);
}

/* ---- which parts are changes of a pair ---- */

static bool is_in_replica(const Difference *d, int part)
{
    for (int i = 0; i < d->n_fields; i++) {
        GroupId g = d->fields[i].group;
        if (d->fields[i].part == part && d->fields[i].row >= 0 &&
            (g == GROUP_SHAPE || g == GROUP_ACCELERATOR || g == GROUP_EFFICIENCY || g == GROUP_SERVING ||
             g == GROUP_ENGINE))
            return true;
    }
    return false;
}

/* Does the change reach the options that are looked at? */
static bool concerns(const Sharing *s, int part)
{
    const Difference *d = s->difference;
    if (s->pair < 0 || part == d->workloads_part || part == d->start_part) return true;
    for (int i = 0; i < d->n_fields; i++) {
        int option = difference_option(&d->fields[i]);
        if (d->fields[i].part == part && (option < 0 || option == d->pairs[s->pair].a)) return true;
    }
    return false;
}

/* Numbers the changes and names them; with `merged`, what runs where is one. */
static void number_changes(Sharing *s, bool is_merged, Attribution *out)
{
    const Difference *d = s->difference;
    int replica = -1;
    s->n = 0;
    for (int p = 0; p < d->n_parts; p++) {
        s->change_of[p] = -1;
        if (!concerns(s, p)) continue;
        bool joins = is_merged && is_in_replica(d, p);
        if (joins && replica >= 0) {
            s->change_of[p] = replica;
            continue;
        }
        if (joins) replica = s->n;
        snprintf(out->names[s->n], sizeof out->names[0], "%s",
                 joins ? "what runs where: model, accelerator, engine" : d->parts[p]);
        s->change_of[p] = s->n++;
    }
    out->n = s->n;
}

static bool share(Sharing *s, bool is_merged, Attribution *out)
{
    ShapleyShares shares;
    number_changes(s, is_merged, out);
    begin(s);
    out->is_merged = is_merged || s->difference->is_merged;
    if (!shapley_build(s->n, value_of, s, &shares)) return false;
    const double micro = 1e-6;
    out->is_shared = true;
    out->is_exact = shares.is_exact;
    out->before_usd = shares.none;
    out->after_usd = shares.all;
    out->diff_micro_usd = shapley_round(&shares, micro, out->micro_usd);
    memcpy(out->error_usd, shares.error, sizeof out->error_usd);
    return true;
}

static bool own_value(Sharing *s, const Inputs *inputs, bool is_b, double *npv_usd)
{
    *s->mix = *inputs;
    bool has = false;
    for (int p = 0; p < s->difference->n_pairs; p++) {
        OptionPair pair = s->difference->pairs[p];
        int o = is_b ? pair.b : pair.a;
        if ((s->pair >= 0 && p != s->pair) || pair.a < 0 || pair.b < 0) continue;
        evaluate_option(s->mix, o, s->workspace, NULL);
        const OptionResult *result = workspace_result(s->workspace, o);
        if (!result->is_feasible || (has && result->npv_usd >= *npv_usd)) continue;
        *npv_usd = result->npv_usd;
        has = true;
    }
    return has;
}

bool difference_share(const Difference *difference, int pair, Attribution *out, Err *err)
{
    *out = (Attribution){.pair = pair};
    Sharing s = {.difference = difference, .pair = pair};
    const Inputs *a = difference->a, *b = difference->b;
    int months = a->horizon_months > b->horizon_months ? a->horizon_months : b->horizon_months;
    s.mix = malloc(sizeof *s.mix);
    s.paths = malloc(2 * sizeof *s.paths);
    s.workspace = workspace_new(months, INPUT_OPTIONS_MAX);
    bool is_ok = s.mix != NULL && s.paths != NULL && s.workspace != NULL;
    if (is_ok) {
        out->has_before = own_value(&s, a, false, &out->before_usd);
        out->has_after = own_value(&s, b, true, &out->after_usd);
        if (!out->has_before || !out->has_after) {
            snprintf(out->reason, sizeof out->reason, "cannot serve in the %s scenario",
                     !out->has_before ? "first" : "second");
        } else if (!share(&s, false, out) && !share(&s, true, out)) {
            snprintf(out->reason, sizeof out->reason,
                     "mixes of the two scenarios cannot serve, so the difference is not shared");
        }
    }
    workspace_free(s.workspace);
    free(s.paths);
    free(s.mix);
    return is_ok ? true : err_set(err, ERR_BUG, "out of memory");
}
