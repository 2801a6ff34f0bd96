/* The most likely deviations of a calibration.
 *
 * Layer: model. Gauss-Newton with the weights of the t distribution, damped (Levenberg) where a step would
 * not help. The Jacobian is sparse: a row knows one key of each level; the derivative is the same for all
 * levels of a parameter and is taken numerically once per parameter. The normal matrix is sparse too: what
 * only one engine has meets little else.
 */
#include "model/calibration_problem.h"
#include "model/envelope.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double T_FREEDOM = 4;
static const double DERIVATIVE_STEP = 1e-6;

static void row_params(const FitProblem *problem, const FitRow *row, const double *x, ThroughputParams *out)
{
    const FitLayout *layout = &problem->layout;
    for (int p = 0; p < N_THROUGHPUT_PARAMS; p++) {
        double sum = 0;
        for (int level = 0; level < N_CALIBRATION_LEVELS; level++) {
            if (!layout->at[p][level]) continue;
            int k = layout->at[p][level][row->key[level]];
            sum += x[k] * layout->sd[k];
        }
        out->v[p] = throughput_params[p].value * exp(sum);
    }
}

static double row_log(const FitRow *row, const ThroughputParams *params)
{
    ThroughputPrediction prediction = throughput_predict(&row->truth->c, params);
    return log(throughput_metric(&prediction, row->truth->metric_id));
}

static double row_residual(const FitProblem *problem, const FitRow *row, const double *x)
{
    ThroughputParams params;
    row_params(problem, row, x, &params);
    return (row_log(row, &params) - row->log_value) / row->spread;
}

/* Minus the log of the likelihood, up to a constant. */
static double objective(const FitProblem *problem, const double *x)
{
    double sum = 0;
    for (int i = 0; i < problem->n_rows; i++) {
        double r = row_residual(problem, &problem->rows[i], x);
        sum += (T_FREEDOM + 1) / 2 * log1p(r * r / T_FREEDOM);
    }
    for (int k = 0; k < problem->layout.n_unknowns; k++) sum += x[k] * x[k] / 2;
    return sum;
}

static int column_order(const void *a, const void *b)
{
    int x = ((const FitColumn *)a)->at, y = ((const FitColumn *)b)->at;
    return (x > y) - (x < y);
}

/* All unknowns that a row may depend on; the matrix has room for their products. */
static int row_columns_all(const FitProblem *problem, const FitRow *row, int *columns)
{
    int n = 0;
    for (int p = 0; p < N_THROUGHPUT_PARAMS; p++)
        for (int level = 0; level < N_CALIBRATION_LEVELS; level++)
            if (problem->layout.at[p][level]) columns[n++] = problem->layout.at[p][level][row->key[level]];
    return n;
}

static Envelope matrix_new(const FitProblem *problem, Arena *arena)
{
    int n = problem->layout.n_unknowns, columns[FIT_COLUMNS_MAX];
    int *first = arena_array(arena, (size_t)n, sizeof *first);
    for (int k = 0; k < n; k++) first[k] = k;
    for (int i = 0; i < problem->n_rows; i++) {
        int n_columns = row_columns_all(problem, &problem->rows[i], columns), least = n;
        for (int c = 0; c < n_columns; c++)
            if (columns[c] < least) least = columns[c];
        for (int c = 0; c < n_columns; c++)
            if (first[columns[c]] > least) first[columns[c]] = least;
    }
    return envelope_new(n, first, arena);
}

/* Derivatives of the log of the prediction by the log of each parameter; returns the residual. What does not
 * move a row before the first step never does: parameters that its kind of case does not use. */
static double row_slopes(const FitProblem *problem, FitRow *row, const double *x)
{
    const FitLayout *layout = &problem->layout;
    ThroughputParams params;
    row_params(problem, row, x, &params);
    double base = row_log(row, &params);
    int n_kept = 0;
    for (int i = 0; i < row->n_params; i++) {
        int p = row->params[i];
        double kept = params.v[p];
        params.v[p] = kept * exp(DERIVATIVE_STEP);
        double slope = (row_log(row, &params) - base) / DERIVATIVE_STEP;
        params.v[p] = kept;
        if (slope == 0) continue;
        row->params[n_kept] = p;
        row->slopes[n_kept++] = slope / row->spread;
    }
    row->n_params = n_kept;
    row->n_columns = 0;
    for (int i = 0; i < row->n_params; i++)
        for (int level = 0; level < N_CALIBRATION_LEVELS; level++) {
            if (!layout->at[row->params[i]][level]) continue;
            int column = layout->at[row->params[i]][level][row->key[level]];
            row->columns[row->n_columns++] = (FitColumn){column, row->slopes[i] * layout->sd[column]};
        }
    qsort(row->columns, (size_t)row->n_columns, sizeof *row->columns, column_order);
    return (base - row->log_value) / row->spread;
}

/* J'WJ + I, and minus the gradient. */
static void normal_equations(FitProblem *problem, const double *x, Envelope *matrix, double *right)
{
    int n = problem->layout.n_unknowns;
    envelope_clear(matrix);
    for (int k = 0; k < n; k++) {
        *envelope_at(matrix, k, k) = 1;
        right[k] = -x[k];
    }
    for (int i = 0; i < problem->n_rows; i++) {
        FitRow *row = &problem->rows[i];
        const FitColumn *columns = row->columns;
        double residual = row_slopes(problem, row, x);
        double weight = (T_FREEDOM + 1) / (T_FREEDOM + residual * residual);
        for (int a = 0; a < row->n_columns; a++) {
            double scaled = weight * columns[a].slope, *to = matrix->row[columns[a].at];
            int first = matrix->first[columns[a].at];
            right[columns[a].at] -= scaled * residual;
            for (int b = 0; b <= a; b++) to[columns[b].at - first] += scaled * columns[b].slope;
        }
    }
}

typedef struct Step {
    Envelope matrix, factor;
    double *right, *delta, *trial;
    double damping;
} Step;

/* Tries (matrix + damping) delta = right; true when it leads downhill. */
static bool step_try(const FitProblem *problem, Step *step, double *x, double *value)
{
    int n = problem->layout.n_unknowns;
    envelope_copy(&step->matrix, &step->factor);
    for (int k = 0; k < n; k++) *envelope_at(&step->factor, k, k) += step->damping;
    if (!envelope_factor(&step->factor)) return false;
    memcpy(step->delta, step->right, (size_t)n * sizeof *x);
    envelope_solve(&step->factor, step->delta);
    for (int k = 0; k < n; k++) step->trial[k] = x[k] + step->delta[k];
    double trial_value = objective(problem, step->trial);
    if (!(trial_value < *value)) return false;
    memcpy(x, step->trial, (size_t)n * sizeof *x);
    *value = trial_value;
    return true;
}

bool fit_solve(FitProblem *problem, double *x, double *standard_error, Arena *arena, Err *err)
{
    enum { MAX_STEPS = 60 };
    /* Of the log likelihood: far below the 0.5 of one standard error of one unknown. */
    static const double LEAST_GAIN = 0.02;
    static const double MOST_DAMPING = 1e4, LEAST_DAMPING = 1e-3;
    size_t n = (size_t)problem->layout.n_unknowns;
    Step step = {.matrix = matrix_new(problem, arena)};
    step.factor = envelope_new((int)n, step.matrix.first, arena);
    step.right = arena_array(arena, n, sizeof *x);
    step.delta = arena_array(arena, n, sizeof *x);
    step.trial = arena_array(arena, n, sizeof *x);
    double value = objective(problem, x);
    if (!isfinite(value)) return err_set(err, ERR_DATA, "the fit cannot start: a prediction is not a number");
    bool is_done = false;
    for (int i = 0; i < MAX_STEPS && !is_done; i++) {
        double before = value;
        normal_equations(problem, x, &step.matrix, step.right);
        while (!step_try(problem, &step, x, &value) && step.damping < MOST_DAMPING)
            step.damping = fmax(10 * step.damping, LEAST_DAMPING);
        step.damping = step.damping > LEAST_DAMPING ? step.damping / 10 : 0;
        is_done = before - value < LEAST_GAIN;
    }
    if (!standard_error) return true;
    normal_equations(problem, x, &step.matrix, step.right);
    if (!envelope_factor(&step.matrix))
        return err_set(err, ERR_BUG, "the normal matrix is not positive definite");
    envelope_inverse_diagonal(&step.matrix, step.delta, standard_error);
    for (size_t k = 0; k < n; k++) standard_error[k] = sqrt(standard_error[k]) * problem->layout.sd[k];
    return true;
}
