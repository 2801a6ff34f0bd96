/* Sobol indices and Morris screening of a function on the unit cube (E52 to E54). Layer: model.
 *
 * S_i = mean[f(B) (f(AB_i) - f(A))] / V (Saltelli 2010), with f less its mean: that changes nothing but the
 * noise. ST_i = mean[(f(A) - f(AB_i))^2] / 2V (Jansen). A and B are the two halves of one scrambled Sobol
 * point; AB_i is A with coordinate i of B. V is over all values of A and B.
 */
#include "model/sobol.h"
#include "tokentco/parallel.h"
#include "tokentco/sensitivity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Groups of the jackknife; row r is in group r % 16. */
enum { GROUPS = 16, BLOCK_ROWS = 8, MORRIS_LEVELS = 4 };

/* ---- Sobol indices ---- */

typedef struct Rows {
    const CubeProblem *problem;
    Sobol sequence;
    long n;
    double *values; /* [row * (n_items + 2) * n_outputs]: A, B, AB_0, ... */
} Rows;

static void run_row(const Rows *rows, int thread, long row)
{
    const CubeProblem *p = rows->problem;
    int k = p->n_items, w = p->n_outputs;
    double u[2 * UNCERTAIN_MAX], point[UNCERTAIN_MAX];
    double *a = &rows->values[row * (k + 2) * w], *b = a + w, *mixed = b + w;
    sobol_point(&rows->sequence, (uint32_t)row, u);
    p->function(p->context, thread, u + k, -1, b);
    p->function(p->context, thread, u, -1, a);
    memcpy(point, u, (size_t)k * sizeof *point);
    for (int i = 0; i < k; i++, mixed += w) {
        memcpy(mixed, a, (size_t)w * sizeof *mixed);
        point[i] = u[k + i];
        p->function(p->context, thread, point, i, mixed);
        point[i] = u[i];
    }
}

static bool run_rows(void *context, int thread, long block)
{
    const Rows *rows = context;
    const RiskProgress *progress = rows->problem->progress;
    long last = (block + 1) * BLOCK_ROWS < rows->n ? (block + 1) * BLOCK_ROWS : rows->n;
    for (long row = block * BLOCK_ROWS; row < last; row++) run_row(rows, thread, row);
    if (thread != 0 || progress == NULL) return true;
    return progress->report(progress->context, last, rows->n);
}

/* Sums of one output over the rows of a group. */
typedef struct GroupSums {
    double n, sum, square; /* of A and B together */
    double first[UNCERTAIN_MAX], total[UNCERTAIN_MAX];
} GroupSums;

/* Rows in which the function has no value at any of their points say nothing of an output. */
static bool is_whole_row(const double *row, int k, int w, int output)
{
    for (int j = 0; j < k + 2; j++)
        if (!isfinite(row[j * w + output])) return false;
    return true;
}

static double mean_of(const Rows *rows, int output)
{
    int k = rows->problem->n_items, w = rows->problem->n_outputs;
    double sum = 0.0;
    long n = 0;
    for (long r = 0; r < rows->n; r++) {
        const double *row = &rows->values[r * (k + 2) * w];
        if (!is_whole_row(row, k, w, output)) continue;
        sum += row[output] + row[w + output];
        n += 2;
    }
    return n > 0 ? sum / (double)n : 0.0;
}

static void sum_groups(const Rows *rows, int output, GroupSums groups[GROUPS])
{
    int k = rows->problem->n_items, w = rows->problem->n_outputs;
    double mean = mean_of(rows, output);
    memset(groups, 0, GROUPS * sizeof *groups);
    for (long r = 0; r < rows->n; r++) {
        const double *row = &rows->values[r * (k + 2) * w];
        if (!is_whole_row(row, k, w, output)) continue;
        GroupSums *g = &groups[r % GROUPS];
        double a = row[output] - mean, b = row[w + output] - mean;
        g->n += 2.0;
        g->sum += a + b;
        g->square += a * a + b * b;
        for (int i = 0; i < k; i++) {
            double step = row[(2 + i) * w + output] - mean - a;
            g->first[i] += b * step;
            g->total[i] += step * step;
        }
    }
}

/* Both indices of an item from all groups but one (-1: from all). 0 where the output does not vary. */
static void indices_without(const GroupSums groups[GROUPS], int without, int item, double *first,
                            double *total)
{
    double n = 0.0, sum = 0.0, square = 0.0, s = 0.0, t = 0.0;
    for (int g = 0; g < GROUPS; g++) {
        if (g == without) continue;
        n += groups[g].n;
        sum += groups[g].sum;
        square += groups[g].square;
        s += groups[g].first[item];
        t += groups[g].total[item];
    }
    double variance = n > 0.0 ? square / n - sum / n * (sum / n) : 0.0, rows = 0.5 * n;
    *first = variance > 0.0 ? s / rows / variance : 0.0;
    *total = variance > 0.0 ? t / rows / (2.0 * variance) : 0.0;
}

static SobolRow index_of(const GroupSums groups[GROUPS], int item)
{
    SobolRow row = {.first = {.value = 0.0}, .total = {.value = 0.0}};
    double first[GROUPS], total[GROUPS], mean_first = 0.0, mean_total = 0.0;
    indices_without(groups, -1, item, &row.first.value, &row.total.value);
    for (int g = 0; g < GROUPS; g++) {
        indices_without(groups, g, item, &first[g], &total[g]);
        mean_first += first[g] / GROUPS;
        mean_total += total[g] / GROUPS;
    }
    double square_first = 0.0, square_total = 0.0;
    for (int g = 0; g < GROUPS; g++) {
        square_first += (first[g] - mean_first) * (first[g] - mean_first);
        square_total += (total[g] - mean_total) * (total[g] - mean_total);
    }
    row.first.error = sqrt((GROUPS - 1.0) / GROUPS * square_first);
    row.total.error = sqrt((GROUPS - 1.0) / GROUPS * square_total);
    return row;
}

bool sobol_indices_build(const CubeProblem *problem, long n, SobolRow *out)
{
    int k = problem->n_items, w = problem->n_outputs;
    Rows rows = {.problem = problem, .n = n};
    rows.values = calloc((size_t)n * (size_t)(k + 2) * (size_t)w, sizeof *rows.values);
    if (rows.values == NULL) return false;
    sobol_init(&rows.sequence, 2 * k, problem->seed);
    bool is_ok = parallel_for((n + BLOCK_ROWS - 1) / BLOCK_ROWS, problem->n_threads, run_rows, &rows);
    for (int output = 0; is_ok && output < w; output++) {
        GroupSums groups[GROUPS];
        sum_groups(&rows, output, groups);
        for (int i = 0; i < k; i++) out[i * w + output] = index_of(groups, i);
    }
    free(rows.values);
    return is_ok;
}

/* ---- Morris ---- */

typedef struct Paths {
    const CubeProblem *problem;
    double *effects; /* [path * n_items * n_outputs] */
} Paths;

/* A path starts at a random point of the grid {0, 1/3, 2/3, 1} from which every coordinate can move by 2/3,
 * and moves them in random order. The grid's ends stand for the outermost 1/8 of the levels' cells: a
 * distribution has no value at 0 and 1. */
static double level_point(double level)
{
    return (level * (MORRIS_LEVELS - 1) + 0.5) / MORRIS_LEVELS;
}

static bool run_path(void *context, int thread, long path)
{
    const Paths *paths = context;
    const CubeProblem *p = paths->problem;
    const double delta = (double)MORRIS_LEVELS / (2.0 * (MORRIS_LEVELS - 1));
    int k = p->n_items, w = p->n_outputs, order[UNCERTAIN_MAX];
    double grid[UNCERTAIN_MAX], u[UNCERTAIN_MAX] = {0};
    double before[SENSITIVITY_OUTPUTS_MAX], after[SENSITIVITY_OUTPUTS_MAX];
    uint64_t at = (uint64_t)path * 2 * UNCERTAIN_MAX;
    for (int i = 0; i < k; i++) {
        bool is_high = splitmix_fraction(p->seed, at++) < 0.5;
        double low = splitmix_fraction(p->seed, at++) < 0.5 ? 0.0 : 1.0 / (MORRIS_LEVELS - 1);
        grid[i] = is_high ? low + delta : low;
        u[i] = level_point(grid[i]);
        order[i] = i;
    }
    for (int i = k - 1; i > 0; i--) {
        int j = (int)(splitmix_fraction(p->seed + 1, (uint64_t)path * UNCERTAIN_MAX + (uint64_t)i) * (i + 1));
        int swapped = order[i];
        order[i] = order[j];
        order[j] = swapped;
    }
    p->function(p->context, thread, u, -1, before);
    for (int step = 0; step < k; step++) {
        int i = order[step];
        double move = grid[i] >= delta ? -delta : delta;
        grid[i] += move;
        u[i] = level_point(grid[i]);
        memcpy(after, before, (size_t)w * sizeof *after);
        p->function(p->context, thread, u, i, after);
        for (int output = 0; output < w; output++)
            paths->effects[(path * k + i) * w + output] = (after[output] - before[output]) / move;
        memcpy(before, after, sizeof before);
    }
    return p->progress == NULL || thread != 0 || p->progress->report(p->progress->context, path, path + 1);
}

static MorrisRow effects_of(const Paths *paths, int n_paths, int item, int output)
{
    int k = paths->problem->n_items, w = paths->problem->n_outputs, n = 0;
    MorrisRow row = {0};
    double square = 0.0;
    for (int p = 0; p < n_paths; p++) {
        double effect = paths->effects[((long)p * k + item) * w + output];
        if (!isfinite(effect)) continue;
        row.mean += effect;
        row.mean_abs += fabs(effect);
        n++;
    }
    if (n == 0) return row;
    row.mean /= n;
    row.mean_abs /= n;
    for (int p = 0; p < n_paths; p++) {
        double effect = paths->effects[((long)p * k + item) * w + output];
        if (isfinite(effect)) square += (effect - row.mean) * (effect - row.mean);
    }
    row.deviation = n > 1 ? sqrt(square / (n - 1)) : 0.0;
    return row;
}

bool morris_build(const CubeProblem *problem, int n_paths, MorrisRow *out)
{
    int k = problem->n_items, w = problem->n_outputs;
    Paths paths = {.problem = problem};
    paths.effects = calloc((size_t)n_paths * (size_t)k * (size_t)w, sizeof *paths.effects);
    if (paths.effects == NULL) return false;
    bool is_ok = parallel_for(n_paths, problem->n_threads, run_path, &paths);
    for (int i = 0; is_ok && i < k; i++)
        for (int output = 0; output < w; output++)
            out[i * w + output] = effects_of(&paths, n_paths, i, output);
    free(paths.effects);
    return is_ok;
}
