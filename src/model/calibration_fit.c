/* Hierarchical robust fit of the throughput parameters.
 *
 * Layer: model. From measurements to unknowns (calibration_problem.h) and from their solution to a table.
 */
#include "tokentco/calibration_fit.h"

#include "model/calibration_problem.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Spread of the log residual that a regime is expected to keep. */
static const double regime_spread[N_THROUGHPUT_REGIMES] = {0.08, 0.10, 0.12, 0.12, 0.16, 0.15, 0.10, 0.20};
static const double SERIES_CORRELATION = 0.1;

static int text_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static int text_find(const char **sorted, int n, const char *text)
{
    const char **found = bsearch(&text, sorted, (size_t)n, sizeof *sorted, text_order);
    return found ? (int)(found - sorted) : -1;
}

/* Sorts and drops repeats; returns how many are left. */
static int text_unique(const char **items, int n)
{
    qsort(items, (size_t)n, sizeof *items, text_order);
    int kept = 0;
    for (int i = 0; i < n; i++) {
        if (kept == 0 || strcmp(items[kept - 1], items[i]) != 0) {
            items[kept++] = items[i];
        }
    }
    return kept;
}

/* Unknowns that only rows of one engine have come first, engine by engine; those that engines share come
 * last, where they meet all others: so the normal matrix has the fewest entries. */
static void unknowns_place(FitProblem *problem, Arena *arena)
{
    FitLayout *layout = &problem->layout;
    int n_engines = layout->n_keys[LEVEL_ENGINE];
    int *engine_of[N_CALIBRATION_LEVELS]; /* of each key; n_engines: several */
    for (int level = 0; level < N_CALIBRATION_LEVELS; level++) {
        int n = layout->n_keys[level];
        engine_of[level] = arena_array(arena, (size_t)n, sizeof *engine_of[level]);
        for (int k = 0; k < n; k++) engine_of[level][k] = -1;
        for (int i = 0; i < problem->n_rows; i++) {
            int *of = &engine_of[level][problem->rows[i].key[level]],
                own = problem->rows[i].key[LEVEL_ENGINE];
            *of = *of < 0 || *of == own ? own : n_engines;
        }
    }
    for (int p = 0; p < N_THROUGHPUT_PARAMS; p++)
        for (int level = 0; level < N_CALIBRATION_LEVELS; level++) {
            if (!(calibration_level_sd((ThroughputParam)p, (CalibrationLevel)level) > 0)) continue;
            layout->at[p][level] = arena_array(arena, (size_t)layout->n_keys[level], sizeof(int));
            layout->n_unknowns += layout->n_keys[level];
        }
    layout->sd = arena_array(arena, (size_t)layout->n_unknowns, sizeof *layout->sd);
    int next = 0;
    for (int engine = 0; engine <= n_engines; engine++)
        for (int level = 0; level < N_CALIBRATION_LEVELS; level++)
            for (int k = 0; k < layout->n_keys[level]; k++)
                for (int p = 0; engine_of[level][k] == engine && p < N_THROUGHPUT_PARAMS; p++) {
                    if (!layout->at[p][level]) continue;
                    layout->at[p][level][k] = next;
                    layout->sd[next++] = calibration_level_sd((ThroughputParam)p, (CalibrationLevel)level);
                }
}

static void layout_build(FitProblem *problem, Arena *arena)
{
    FitLayout *layout = &problem->layout;
    int n = problem->n_rows;
    CalibrationKeys *keys = arena_array(arena, (size_t)n, sizeof *keys);
    for (int i = 0; i < n; i++) {
        calibration_keys_build(&problem->rows[i].truth->c, &keys[i]);
    }
    for (int level = 0; level < N_CALIBRATION_LEVELS; level++) {
        layout->keys[level] = arena_array(arena, (size_t)n, sizeof *layout->keys[level]);
        for (int i = 0; i < n; i++) {
            layout->keys[level][i] = keys[i].text[level];
        }
        layout->n_keys[level] = text_unique(layout->keys[level], n);
        for (int i = 0; i < n; i++) {
            problem->rows[i].key[level] =
                text_find(layout->keys[level], layout->n_keys[level], keys[i].text[level]);
        }
    }
    unknowns_place(problem, arena);
}

static void table_build(const FitProblem *problem, const double *x, const double *errors, Arena *arena,
                        CalibrationTable *out)
{
    const FitLayout *layout = &problem->layout;
    for (int level = 0; level < N_CALIBRATION_LEVELS; level++) {
        int n = layout->n_keys[level];
        out->n_entries[level] = n;
        out->entries[level] = arena_array(arena, (size_t)n, sizeof *out->entries[level]);
        for (int k = 0; k < n; k++) {
            CalibrationEntry *entry = &out->entries[level][k];
            strcpy(entry->key, layout->keys[level][k]);
            for (int p = 0; p < N_THROUGHPUT_PARAMS; p++) {
                if (!layout->at[p][level]) continue;
                int at = layout->at[p][level][k];
                entry->deviation[p] = x[at] * layout->sd[at];
                entry->standard_error[p] = errors ? errors[at] : 0;
            }
        }
        for (int i = 0; i < problem->n_rows; i++) {
            out->entries[level][problem->rows[i].key[level]].n_rows++;
        }
    }
    out->n_rows = problem->n_rows;
}

/* Rows of one series err alike: n of them count for less than n. */
static void widen_series(FitProblem *problem, Arena *arena)
{
    int n = problem->n_rows;
    const char **keys = arena_array(arena, (size_t)n, sizeof *keys);
    const char **sorted = arena_array(arena, (size_t)n, sizeof *sorted);
    for (int i = 0; i < n; i++) {
        char *key = arena_alloc(arena, CALIBRATION_KEY_BYTES);
        calibration_series_key(&problem->rows[i].truth->c, key);
        keys[i] = sorted[i] = key;
    }
    int n_series = text_unique(sorted, n);
    int *counts = arena_array(arena, (size_t)n_series, sizeof *counts);
    for (int i = 0; i < n; i++) {
        counts[text_find(sorted, n_series, keys[i])]++;
    }
    for (int i = 0; i < n; i++) {
        int count = counts[text_find(sorted, n_series, keys[i])];
        problem->rows[i].spread *= sqrt(1 + (count - 1) * SERIES_CORRELATION);
    }
}

bool calibration_fit(const TruthRow *rows, int n_rows, const bool *use, bool has_errors, Arena *arena,
                     CalibrationTable *out, Err *err)
{
    FitProblem problem = {.rows = arena_array(arena, (size_t)n_rows, sizeof *problem.rows)};
    for (int i = 0; i < n_rows; i++) {
        if (rows[i].is_usable && (!use || use[i])) {
            FitRow *row = &problem.rows[problem.n_rows++];
            *row = (FitRow){.truth = &rows[i], .log_value = log(rows[i].value)};
            row->columns = arena_array(arena, FIT_COLUMNS_MAX, sizeof *row->columns);
            row->n_params = N_THROUGHPUT_PARAMS;
            for (int p = 0; p < N_THROUGHPUT_PARAMS; p++) row->params[p] = p;
            row->spread = regime_spread[throughput_regime(&rows[i].c)];
        }
    }
    if (problem.n_rows == 0) {
        return err_set(err, ERR_DATA, "no row of the measurements can be used for a fit");
    }
    widen_series(&problem, arena);
    layout_build(&problem, arena);
    size_t n_unknowns = (size_t)problem.layout.n_unknowns;
    double *x = arena_array(arena, n_unknowns, sizeof *x);
    double *errors = has_errors ? arena_array(arena, n_unknowns, sizeof *errors) : NULL;
    if (!fit_solve(&problem, x, errors, arena, err)) return false;
    table_build(&problem, x, errors, arena, out);
    return true;
}
