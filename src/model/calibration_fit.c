/* Hierarchical robust fit of the throughput parameters.
 *
 * Layer: model. Unknowns are deviations in units of their prior spread, so that the prior rows of the
 * residual vector are the unknowns themselves. Residual of a measurement: (log predicted - log measured) /
 * spread of its regime, widened for long series, whose errors are alike, and weighted for a Student's t with
 * 4 degrees of freedom (re-weighted least squares). The Jacobian is sparse: a row knows one key of each
 * level; the derivative is the same for all levels of a parameter and is taken numerically once per
 * parameter.
 */
#include "tokentco/calibration_fit.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_linalg.h>
#include <gsl/gsl_multilarge_nlinear.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Spread of the log residual that a regime is expected to keep. */
static const double regime_spread[N_THROUGHPUT_REGIMES] = {0.08, 0.10, 0.12, 0.12, 0.16, 0.15, 0.10, 0.20};
static const double T_FREEDOM = 4;
static const double SERIES_CORRELATION = 0.1;
static const double DERIVATIVE_STEP = 1e-4;

/* Where the deviations are in the vector of unknowns. */
typedef struct FitLayout {
    int n_keys[N_CALIBRATION_LEVELS];
    const char **keys[N_CALIBRATION_LEVELS];              /* sorted */
    int first[N_THROUGHPUT_PARAMS][N_CALIBRATION_LEVELS]; /* -1: does not vary there */
    int n_unknowns;
    double *sd; /* n_unknowns */
} FitLayout;

typedef struct FitRow {
    const TruthRow *truth;
    double log_value, spread, weight; /* weight: square root of the robust one */
    int key[N_CALIBRATION_LEVELS];
    int n_columns; /* of its row of the Jacobian, those that are not zero */
    int *columns;
    double *slopes; /* d residual / d unknown, before the weight */
} FitRow;

typedef struct FitProblem {
    FitLayout layout;
    FitRow *rows;
    int n_rows;
    double *slope_at; /* unknowns for which the slopes hold */
    bool has_slopes;
} FitProblem;

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
    for (int p = 0; p < N_THROUGHPUT_PARAMS; p++) {
        for (int level = 0; level < N_CALIBRATION_LEVELS; level++) {
            bool varies = calibration_level_sd((ThroughputParam)p, (CalibrationLevel)level) > 0;
            layout->first[p][level] = varies ? layout->n_unknowns : -1;
            layout->n_unknowns += varies ? layout->n_keys[level] : 0;
        }
    }
    layout->sd = arena_array(arena, (size_t)layout->n_unknowns, sizeof *layout->sd);
    for (int p = 0; p < N_THROUGHPUT_PARAMS; p++) {
        for (int level = 0; level < N_CALIBRATION_LEVELS; level++) {
            for (int k = 0; layout->first[p][level] >= 0 && k < layout->n_keys[level]; k++) {
                layout->sd[layout->first[p][level] + k] =
                    calibration_level_sd((ThroughputParam)p, (CalibrationLevel)level);
            }
        }
    }
}

static void row_params(const FitProblem *problem, const FitRow *row, const double *x, ThroughputParams *out)
{
    const FitLayout *layout = &problem->layout;
    for (int p = 0; p < N_THROUGHPUT_PARAMS; p++) {
        double sum = 0;
        for (int level = 0; level < N_CALIBRATION_LEVELS; level++) {
            int first = layout->first[p][level];
            if (first >= 0) {
                int k = first + row->key[level];
                sum += x[k] * layout->sd[k];
            }
        }
        out->v[p] = throughput_params[p].value * exp(sum);
    }
}

static double row_log(const FitRow *row, const ThroughputParams *params)
{
    ThroughputPrediction prediction = throughput_predict(&row->truth->c, params);
    return log(throughput_metric(&prediction, row->truth->metric_id));
}

static int problem_residuals(const gsl_vector *x, void *context, gsl_vector *f)
{
    const FitProblem *problem = context;
    for (int i = 0; i < problem->n_rows; i++) {
        const FitRow *row = &problem->rows[i];
        ThroughputParams params;
        row_params(problem, row, x->data, &params);
        double residual = row->weight * (row_log(row, &params) - row->log_value) / row->spread;
        if (!isfinite(residual)) {
            return GSL_EDOM;
        }
        gsl_vector_set(f, (size_t)i, residual);
    }
    for (int k = 0; k < problem->layout.n_unknowns; k++) {
        gsl_vector_set(f, (size_t)(problem->n_rows + k), gsl_vector_get(x, (size_t)k));
    }
    return GSL_SUCCESS;
}

enum { ROW_COLUMNS_MAX = N_THROUGHPUT_PARAMS * N_CALIBRATION_LEVELS };

static void row_slopes(const FitProblem *problem, FitRow *row, const double *x)
{
    const FitLayout *layout = &problem->layout;
    ThroughputParams params;
    row_params(problem, row, x, &params);
    double base = row_log(row, &params);
    row->n_columns = 0;
    for (int p = 0; p < N_THROUGHPUT_PARAMS; p++) {
        double kept = params.v[p];
        params.v[p] = kept * exp(DERIVATIVE_STEP);
        double slope = (row_log(row, &params) - base) / DERIVATIVE_STEP;
        params.v[p] = kept;
        for (int level = 0; level < N_CALIBRATION_LEVELS; level++) {
            if (slope != 0 && layout->first[p][level] >= 0) {
                int column = layout->first[p][level] + row->key[level];
                row->columns[row->n_columns] = column;
                row->slopes[row->n_columns++] = slope * layout->sd[column] / row->spread;
            }
        }
    }
}

static void problem_slopes(FitProblem *problem, const double *x)
{
    size_t bytes = (size_t)problem->layout.n_unknowns * sizeof *x;
    if (problem->has_slopes && memcmp(problem->slope_at, x, bytes) == 0) {
        return;
    }
    for (int i = 0; i < problem->n_rows; i++) {
        row_slopes(problem, &problem->rows[i], x);
    }
    memcpy(problem->slope_at, x, bytes);
    problem->has_slopes = true;
}

static void normal_matrix(const FitProblem *problem, gsl_matrix *jtj)
{
    gsl_matrix_set_zero(jtj);
    for (int i = 0; i < problem->n_rows; i++) {
        const FitRow *row = &problem->rows[i];
        for (int a = 0; a < row->n_columns; a++) {
            for (int b = 0; b < row->n_columns; b++) {
                if (row->columns[b] <= row->columns[a]) {
                    *gsl_matrix_ptr(jtj, (size_t)row->columns[a], (size_t)row->columns[b]) +=
                        row->weight * row->weight * row->slopes[a] * row->slopes[b];
                }
            }
        }
    }
    for (int k = 0; k < problem->layout.n_unknowns; k++) {
        *gsl_matrix_ptr(jtj, (size_t)k, (size_t)k) += 1;
    }
}

static void multiply(const FitProblem *problem, const double *u, double *v)
{
    for (int i = 0; i < problem->n_rows; i++) {
        const FitRow *row = &problem->rows[i];
        double sum = 0;
        for (int a = 0; a < row->n_columns; a++) {
            sum += row->slopes[a] * u[row->columns[a]];
        }
        v[i] = row->weight * sum;
    }
    memcpy(v + problem->n_rows, u, (size_t)problem->layout.n_unknowns * sizeof *v);
}

static void multiply_transposed(const FitProblem *problem, const double *u, double *v)
{
    memcpy(v, u + problem->n_rows, (size_t)problem->layout.n_unknowns * sizeof *v);
    for (int i = 0; i < problem->n_rows; i++) {
        const FitRow *row = &problem->rows[i];
        double scaled = row->weight * u[i];
        for (int a = 0; a < row->n_columns; a++) {
            v[row->columns[a]] += row->slopes[a] * scaled;
        }
    }
}

/* v = J u or J' u, and the lower half of J' J, whichever is asked for. All vectors are contiguous. */
static int problem_jacobian(CBLAS_TRANSPOSE_t transpose, const gsl_vector *x, const gsl_vector *u,
                            void *context, gsl_vector *v, gsl_matrix *jtj)
{
    FitProblem *problem = context;
    problem_slopes(problem, x->data);
    if (v && transpose == CblasTrans) {
        multiply_transposed(problem, u->data, v->data);
    } else if (v) {
        multiply(problem, u->data, v->data);
    }
    if (jtj) {
        normal_matrix(problem, jtj);
    }
    return GSL_SUCCESS;
}

static void problem_reweight(FitProblem *problem, const double *x)
{
    for (int i = 0; i < problem->n_rows; i++) {
        FitRow *row = &problem->rows[i];
        ThroughputParams params;
        row_params(problem, row, x, &params);
        double r = (row_log(row, &params) - row->log_value) / row->spread;
        row->weight = sqrt((T_FREEDOM + 1) / (T_FREEDOM + r * r));
    }
}

static bool problem_solve(FitProblem *problem, double *x, bool is_warm, Err *err)
{
    enum { ROUNDS = 8, WARM_ROUNDS = 3, STEPS = 6, CG_STEPS = 80 };
    static const double CG_TOLERANCE = 0.01; /* of the inner solution: the outer steps correct it */
    size_t n = (size_t)(problem->n_rows + problem->layout.n_unknowns), p = (size_t)problem->layout.n_unknowns;
    gsl_multilarge_nlinear_parameters options = gsl_multilarge_nlinear_default_parameters();
    options.trs = gsl_multilarge_nlinear_trs_cgst;
    options.scale = gsl_multilarge_nlinear_scale_levenberg;
    options.max_iter = CG_STEPS;
    options.tol = CG_TOLERANCE;
    gsl_multilarge_nlinear_workspace *work =
        gsl_multilarge_nlinear_alloc(gsl_multilarge_nlinear_trust, &options, n, p);
    if (!work) {
        return err_set(err, ERR_BUG, "no memory for a fit of %zu unknowns", p);
    }
    gsl_multilarge_nlinear_fdf fdf = {
        .f = problem_residuals, .df = problem_jacobian, .n = n, .p = p, .params = problem};
    bool ok = true;
    for (int round = 0; ok && round < (is_warm ? WARM_ROUNDS : ROUNDS); round++) {
        problem_reweight(problem, x);
        gsl_vector_view view = gsl_vector_view_array(x, p);
        ok = gsl_multilarge_nlinear_init(&view.vector, &fdf, work) == GSL_SUCCESS;
        int info = 0;
        if (ok) {
            /* Not converging within the steps of a round is no fault: the next round goes on from there. */
            gsl_multilarge_nlinear_driver(STEPS, 1e-5, 1e-5, 1e-5, NULL, NULL, &info, work);
            gsl_vector_memcpy(&view.vector, gsl_multilarge_nlinear_position(work));
        }
    }
    gsl_multilarge_nlinear_free(work);
    return ok ? true : err_set(err, ERR_DATA, "the fit cannot start: a prediction is not a number");
}

static bool problem_errors(FitProblem *problem, const double *x, double *standard_error, Err *err)
{
    size_t p = (size_t)problem->layout.n_unknowns;
    gsl_matrix *jtj = gsl_matrix_alloc(p, p);
    if (!jtj) {
        return err_set(err, ERR_BUG, "no memory for standard errors");
    }
    problem_slopes(problem, x);
    normal_matrix(problem, jtj);
    bool ok =
        gsl_linalg_cholesky_decomp1(jtj) == GSL_SUCCESS && gsl_linalg_cholesky_invert(jtj) == GSL_SUCCESS;
    for (size_t k = 0; ok && k < p; k++) {
        standard_error[k] = sqrt(gsl_matrix_get(jtj, k, k)) * problem->layout.sd[k];
    }
    gsl_matrix_free(jtj);
    return ok ? true : err_set(err, ERR_BUG, "the normal matrix is not positive definite");
}

static void start_from(const FitProblem *problem, const CalibrationTable *start, double *x)
{
    const FitLayout *layout = &problem->layout;
    for (int level = 0; level < N_CALIBRATION_LEVELS; level++) {
        int k = 0;
        for (int e = 0; e < start->n_entries[level]; e++) {
            const CalibrationEntry *entry = &start->entries[level][e];
            while (k < layout->n_keys[level] && strcmp(layout->keys[level][k], entry->key) < 0) {
                k++;
            }
            if (k == layout->n_keys[level] || strcmp(layout->keys[level][k], entry->key) != 0) {
                continue;
            }
            for (int p = 0; p < N_THROUGHPUT_PARAMS; p++) {
                int first = layout->first[p][level];
                if (first >= 0) {
                    x[first + k] = entry->deviation[p] / layout->sd[first + k];
                }
            }
        }
    }
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
                int first = layout->first[p][level];
                entry->deviation[p] = first >= 0 ? x[first + k] * layout->sd[first + k] : 0;
                entry->standard_error[p] = first >= 0 && errors ? errors[first + k] : 0;
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

bool calibration_fit(const TruthRow *rows, int n_rows, const bool *use, const CalibrationTable *start,
                     bool has_errors, Arena *arena, CalibrationTable *out, Err *err)
{
    FitProblem problem = {.rows = arena_array(arena, (size_t)n_rows, sizeof *problem.rows)};
    for (int i = 0; i < n_rows; i++) {
        if (rows[i].is_usable && (!use || use[i])) {
            FitRow *row = &problem.rows[problem.n_rows++];
            *row = (FitRow){.truth = &rows[i], .log_value = log(rows[i].value), .weight = 1};
            row->columns = arena_array(arena, ROW_COLUMNS_MAX, sizeof *row->columns);
            row->slopes = arena_array(arena, ROW_COLUMNS_MAX, sizeof *row->slopes);
            row->spread = regime_spread[throughput_regime(&rows[i].c)];
        }
    }
    if (problem.n_rows == 0) {
        return err_set(err, ERR_DATA, "no row of the measurements can be used for a fit");
    }
    widen_series(&problem, arena);
    layout_build(&problem, arena);
    size_t n_unknowns = (size_t)problem.layout.n_unknowns;
    problem.slope_at = arena_array(arena, n_unknowns, sizeof *problem.slope_at);
    double *x = arena_array(arena, n_unknowns, sizeof *x);
    double *errors = has_errors ? arena_array(arena, n_unknowns, sizeof *errors) : NULL;
    if (start) {
        start_from(&problem, start, x);
    }
    if (!problem_solve(&problem, x, start != NULL, err) ||
        (has_errors && !problem_errors(&problem, x, errors, err))) {
        return false;
    }
    table_build(&problem, x, errors, arena, out);
    return true;
}
