/* Cross-validation, residual bands and scores of the throughput calibration.
 *
 * Layer: model. The band of a regime is the p10 and p90 of measured over predicted on rows that the fit had
 * not seen: rows of a known series (same engine, chip, model and format) from a fit without every fifth row,
 * other cases from fits that left their chip out.
 */
#include "tokentco/calibration_fit.h"
#include "tokentco/parallel.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ROW_FOLDS = 5 };

const char *leave_out_name(LeaveOut key)
{
    static const char *const names[N_LEAVE_OUT] = {"gpu", "model", "source", "row"};
    return names[key];
}

/* The group that is left out together. Versions of one model (Llama 3, 3.1 and 3.3 70B; DeepSeek V3 and R1)
 * share every figure that the model uses, so they leave together. */
static void group_key(const TruthRow *row, int index, LeaveOut key, char *out, size_t size)
{
    const ModelShape *s = &row->c.model.shape;
    switch (key) {
    case LEAVE_GPU:
        snprintf(out, size, "%s", row->gpu);
        return;
    case LEAVE_MODEL:
        snprintf(out, size, "%.4g %d %d", s->params_total, s->layers, s->hidden);
        return;
    case LEAVE_SOURCE:
        snprintf(out, size, "%s", row->source);
        return;
    case LEAVE_ROW:
    case N_LEAVE_OUT:
        break;
    }
    snprintf(out, size, "%d", index % ROW_FOLDS);
}

static int key_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Rows by group: group_of[i] counts from 0. */
typedef struct Groups {
    int *group_of;
    int n;
} Groups;

static Groups groups_build(const TruthRow *rows, int n_rows, LeaveOut key, Arena *arena)
{
    enum { KEY_BYTES = 96 };
    Groups groups = {.group_of = arena_array(arena, (size_t)n_rows, sizeof *groups.group_of)};
    const char **keys = arena_array(arena, (size_t)n_rows, sizeof *keys);
    const char **sorted = arena_array(arena, (size_t)n_rows, sizeof *sorted);
    for (int i = 0; i < n_rows; i++) {
        char *text = arena_alloc(arena, KEY_BYTES);
        group_key(&rows[i], i, key, text, KEY_BYTES);
        keys[i] = sorted[i] = text;
    }
    qsort(sorted, (size_t)n_rows, sizeof *sorted, key_order);
    for (int i = 0; i < n_rows; i++) {
        if (i == 0 || strcmp(sorted[groups.n - 1], sorted[i]) != 0) sorted[groups.n++] = sorted[i];
    }
    for (int i = 0; i < n_rows; i++) {
        const char **at = bsearch(&keys[i], sorted, (size_t)groups.n, sizeof *sorted, key_order);
        groups.group_of[i] = (int)(at - sorted);
    }
    return groups;
}

/* Cross-validation: a block is a group that is left out; it writes the predictions of that group alone. */
typedef struct FoldJob {
    const TruthRow *rows;
    int n_rows;
    const Groups *groups;
    double *predicted;
    Err *errs; /* of each group */
} FoldJob;

static void fold_predict(const FoldJob *job, const CalibrationTable *fold, const bool *use)
{
    for (int i = 0; i < job->n_rows; i++) {
        if (use[i]) continue;
        job->predicted[i] = 0;
        if (!job->rows[i].is_usable) continue;
        ThroughputParams params = calibration_params(fold, &job->rows[i].c);
        ThroughputPrediction p = throughput_predict(&job->rows[i].c, &params);
        job->predicted[i] = throughput_metric(&p, job->rows[i].metric_id);
    }
}

static bool fold_run(void *context, int thread, long block)
{
    (void)thread;
    const FoldJob *job = context;
    Arena arena;
    arena_init(&arena);
    bool *use = arena_array(&arena, (size_t)job->n_rows, sizeof *use);
    for (int i = 0; i < job->n_rows; i++) use[i] = job->groups->group_of[i] != block;
    CalibrationTable fold = {.n_rows = 0};
    bool ok = calibration_fit(job->rows, job->n_rows, use, false, &arena, &fold, &job->errs[block]);
    if (ok) fold_predict(job, &fold, use);
    arena_free(&arena);
    return ok;
}

bool calibration_cross_validate(const TruthRow *rows, int n_rows, LeaveOut key, Arena *arena,
                                double *predicted, Err *err)
{
    Groups groups = groups_build(rows, n_rows, key, arena);
    FoldJob job = {.rows = rows, .n_rows = n_rows, .groups = &groups, .predicted = predicted};
    job.errs = arena_array(arena, (size_t)groups.n, sizeof *job.errs);
    if (parallel_for(groups.n, parallel_threads(), fold_run, &job)) return true;
    for (int g = 0; g < groups.n; g++)
        if (job.errs[g].code != ERR_NONE) *err = job.errs[g];
    return false;
}

void calibration_centre(const TruthRow *rows, int n_rows, LeaveOut key, Arena *arena, const double *predicted,
                        double *centred)
{
    Groups groups = groups_build(rows, n_rows, key, arena);
    int n_keys = groups.n * N_THROUGHPUT_REGIMES;
    int *key_of = arena_array(arena, (size_t)n_rows, sizeof *key_of);
    double *logs = arena_array(arena, (size_t)n_rows, sizeof *logs);
    for (int i = 0; i < n_rows; i++) {
        centred[i] = 0;
        key_of[i] = predicted[i] > 0
                        ? groups.group_of[i] * N_THROUGHPUT_REGIMES + (int)throughput_regime(&rows[i].c)
                        : -1;
    }
    for (int k = 0; k < n_keys; k++) {
        size_t n = 0;
        for (int i = 0; i < n_rows; i++)
            if (key_of[i] == k) logs[n++] = log(rows[i].value / predicted[i]);
        if (n == 0) continue;
        gsl_sort(logs, 1, n);
        double factor = exp(gsl_stats_median_from_sorted_data(logs, 1, n));
        for (int i = 0; i < n_rows; i++)
            if (key_of[i] == k) centred[i] = predicted[i] * factor;
    }
}

/* Static batches of expert models are too few for a band of their own. */
static bool regimes_share_band(ThroughputRegime a, ThroughputRegime b)
{
    bool is_static_a = a == REGIME_DENSE_STATIC || a == REGIME_EXPERT_STATIC;
    bool is_static_b = b == REGIME_DENSE_STATIC || b == REGIME_EXPERT_STATIC;
    return a == b || (is_static_a && is_static_b);
}

typedef struct BandInput {
    const TruthRow *rows;
    int n_rows;
    const double *predicted;
    const Groups *groups; /* NULL: residuals of familiar cases, which no group correction widens */
    double *scratch;      /* n_rows */
    bool *is_seen;        /* groups->n */
} BandInput;

/* The band of a regime from all predicted rows but those of group `left_out` (-1: all). Residuals of a group
 * are alike, so that few groups show less than the whole spread: the band is widened by GROUP_SPREAD over
 * their number. */
static ThroughputBand band_of(const BandInput *in, ThroughputRegime regime, int left_out)
{
    static const double GROUP_SPREAD = 0.7;
    int n = 0, n_groups = 0;
    for (int g = 0; in->groups && g < in->groups->n; g++) in->is_seen[g] = false;
    for (int i = 0; i < in->n_rows; i++) {
        int group = in->groups ? in->groups->group_of[i] : -2;
        if (group == left_out || !(in->predicted[i] > 0) ||
            !regimes_share_band(throughput_regime(&in->rows[i].c), regime))
            continue;
        in->scratch[n++] = log(in->rows[i].value / in->predicted[i]);
        if (group >= 0 && !in->is_seen[group]) {
            in->is_seen[group] = true;
            n_groups++;
        }
    }
    ThroughputBand band = {.n_rows = n};
    if (n == 0) return band;
    gsl_sort(in->scratch, 1, (size_t)n);
    double middle = gsl_stats_median_from_sorted_data(in->scratch, 1, (size_t)n);
    double wide = n_groups > 0 ? 1 + GROUP_SPREAD / n_groups : 1;
    double low = gsl_stats_quantile_from_sorted_data(in->scratch, 1, (size_t)n, 0.1) - middle;
    double high = gsl_stats_quantile_from_sorted_data(in->scratch, 1, (size_t)n, 0.9) - middle;
    band.p10 = exp(middle + wide * low);
    band.p50 = exp(middle);
    band.p90 = exp(middle + wide * high);
    return band;
}

void calibration_bands_left_out(const TruthRow *rows, int n_rows, LeaveOut key, Arena *arena,
                                const double *predicted, double *low, double *high)
{
    Groups groups = groups_build(rows, n_rows, key, arena);
    BandInput in = {.rows = rows, .n_rows = n_rows, .predicted = predicted, .groups = &groups};
    in.scratch = arena_array(arena, (size_t)n_rows, sizeof *in.scratch);
    in.is_seen = arena_array(arena, (size_t)groups.n, sizeof *in.is_seen);
    ThroughputBand *bands = arena_array(arena, (size_t)groups.n * N_THROUGHPUT_REGIMES, sizeof *bands);
    bool *has_band = arena_array(arena, (size_t)groups.n * N_THROUGHPUT_REGIMES, sizeof *has_band);
    for (int i = 0; i < n_rows; i++) {
        if (!(predicted[i] > 0)) continue;
        ThroughputRegime regime = throughput_regime(&rows[i].c);
        int at = groups.group_of[i] * N_THROUGHPUT_REGIMES + (int)regime;
        if (!has_band[at]) bands[at] = band_of(&in, regime, groups.group_of[i]);
        has_band[at] = true;
        /* No other group was measured in this regime: what is known without any. */
        ThroughputBand band = bands[at].n_rows > 0 ? bands[at] : calibration_band(NULL, &rows[i].c);
        low[i] = predicted[i] * band.p10;
        high[i] = predicted[i] * band.p90;
    }
}

void calibration_bands_build(const TruthRow *rows, int n_rows, const double *by_row, const double *by_gpu,
                             Arena *arena, CalibrationTable *table)
{
    Groups chips = groups_build(rows, n_rows, LEAVE_GPU, arena);
    BandInput known = {.rows = rows, .n_rows = n_rows, .predicted = by_row};
    known.scratch = arena_array(arena, (size_t)n_rows, sizeof *known.scratch);
    BandInput fresh = known;
    fresh.predicted = by_gpu;
    fresh.groups = &chips;
    fresh.is_seen = arena_array(arena, (size_t)chips.n, sizeof *fresh.is_seen);
    for (int r = 0; r < N_THROUGHPUT_REGIMES; r++) {
        table->bands[r][FAMILIAR_SERIES] = band_of(&known, (ThroughputRegime)r, -1);
        table->bands[r][FAMILIAR_NOT] = band_of(&fresh, (ThroughputRegime)r, -1);
    }
    table->series = arena_array(arena, (size_t)n_rows, sizeof *table->series);
    table->n_series = 0;
    const char **all = arena_array(arena, (size_t)n_rows, sizeof *all);
    int n = 0;
    for (int i = 0; i < n_rows; i++) {
        if (rows[i].is_usable) {
            char *key = arena_alloc(arena, CALIBRATION_KEY_BYTES);
            calibration_series_key(&rows[i].c, key);
            all[n++] = key;
        }
    }
    qsort(all, (size_t)n, sizeof *all, key_order);
    for (int i = 0; i < n; i++) {
        if (i == 0 || strcmp(all[i - 1], all[i]) != 0) {
            table->series[table->n_series++] = all[i];
        }
    }
}

/* Longest key of a configuration: four names and twelve numbers. */
enum { CONFIGURATION_BYTES = 4 * THROUGHPUT_NAME_BYTES + 12 * 16 };

/* Everything that a prediction may depend on, but for the engine's version. */
static void configuration_key(const TruthRow *row, char *out, size_t size)
{
    const ThroughputCase *c = &row->c;
    snprintf(out, size, "%s %s %d %d %d %d %s %g %s %d %d %g %g %g %d %d", c->model.id, c->gpu.id, c->gpus,
             c->pipeline, c->attention_groups, c->expert_groups, c->format, c->kv_bytes, c->engine,
             c->threads, (int)c->load, c->batch, c->input_tok, c->output_tok, c->is_end_to_end,
             (int)row->metric_id);
}

typedef struct KeyedRow {
    const char *key;
    int row;
} KeyedRow;

static int keyed_order(const void *a, const void *b)
{
    const KeyedRow *x = a, *y = b;
    int order = strcmp(x->key, y->key);
    return order != 0 ? order : (x->row > y->row) - (x->row < y->row);
}

void throughput_repeats(const TruthRow *rows, int n_rows, Arena *arena, double *predicted)
{
    KeyedRow *keyed = arena_array(arena, (size_t)n_rows, sizeof *keyed);
    double *others = arena_array(arena, (size_t)n_rows, sizeof *others);
    int n = 0;
    for (int i = 0; i < n_rows; i++) {
        predicted[i] = 0;
        if (!rows[i].is_usable) continue;
        char *key = arena_alloc(arena, CONFIGURATION_BYTES);
        configuration_key(&rows[i], key, CONFIGURATION_BYTES);
        keyed[n++] = (KeyedRow){key, i};
    }
    qsort(keyed, (size_t)n, sizeof *keyed, keyed_order);
    for (int first = 0, end; first < n; first = end) {
        for (end = first + 1; end < n && strcmp(keyed[first].key, keyed[end].key) == 0;) end++;
        for (int i = first; i < end; i++) {
            size_t n_others = 0;
            for (int k = first; k < end; k++)
                if (k != i) others[n_others++] = rows[keyed[k].row].value;
            gsl_sort(others, 1, n_others);
            if (n_others > 0)
                predicted[keyed[i].row] = gsl_stats_median_from_sorted_data(others, 1, n_others);
        }
    }
}

ThroughputScore throughput_score(const TruthRow *rows, int n_rows, const char *const *keys, const char *key,
                                 const double *predicted, const double *low, const double *high,
                                 double *scratch)
{
    static const double NEAR = 0.2;
    ThroughputScore score = {.key = key ? key : "all"};
    int n_near = 0, n_covered = 0;
    double *errors = scratch, *logs = scratch + n_rows;
    for (int i = 0; i < n_rows; i++) {
        if (key && strcmp(keys[i], key) != 0) {
            continue;
        }
        bool is_predicted = predicted[i] > 0 && rows[i].value > 0;
        double error = is_predicted ? fabs(predicted[i] / rows[i].value - 1) : 1;
        errors[score.n_total++] = error;
        n_near += error < NEAR;
        if (is_predicted) {
            logs[score.n++] = log(predicted[i] / rows[i].value);
            n_covered += rows[i].value >= low[i] && rows[i].value <= high[i];
        }
    }
    if (score.n_total > 0) {
        gsl_sort(errors, 1, (size_t)score.n_total);
        score.median_ape = gsl_stats_median_from_sorted_data(errors, 1, (size_t)score.n_total);
        score.p90_ape = gsl_stats_quantile_from_sorted_data(errors, 1, (size_t)score.n_total, 0.9);
        score.within20 = (double)n_near / score.n_total;
        score.coverage = (double)n_covered / score.n_total;
    }
    if (score.n > 0) {
        gsl_sort(logs, 1, (size_t)score.n);
        score.bias = gsl_stats_median_from_sorted_data(logs, 1, (size_t)score.n);
    }
    return score;
}
