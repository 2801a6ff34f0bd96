/* Correlated draws, and writing them into inputs (E49, E50). Layer: model. */
#include "tokentco/uncertain.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static const double PI = 3.14159265358979323846;

/* ---- correlations ---- */

/* E49: correlation of the normals behind a rank correlation. */
static double pearson_of(double rank)
{
    return 2.0 * sin(PI * rank / 6.0);
}

static void fill_matrix(const Uncertainty *uncertainty, int without, double *out)
{
    int n = uncertainty->n;
    for (int i = 0; i < n * n; i++) out[i] = i % (n + 1) == 0 ? 1.0 : 0.0;
    for (int c = 0; c < uncertainty->n_correlations; c++) {
        if (c == without) continue;
        const Correlation *pair = &uncertainty->correlations[c];
        out[pair->a * n + pair->b] = out[pair->b * n + pair->a] = pearson_of(pair->rank);
    }
}

/* Lower Cholesky factor in place, row by row, so that the row at which it breaks is known: returned, or -1.
 */
static int factor(double *matrix, int n)
{
    const double pivot_least = 1e-10;
    for (int i = 0; i < n; i++) {
        for (int j = 0; j <= i; j++) {
            double sum = matrix[i * n + j];
            for (int k = 0; k < j; k++) sum -= matrix[i * n + k] * matrix[j * n + k];
            if (i == j && !(sum > pivot_least)) return i;
            matrix[i * n + j] = i == j ? sqrt(sum) : sum / matrix[j * n + j];
        }
        for (int j = i + 1; j < n; j++) matrix[i * n + j] = 0.0;
    }
    return -1;
}

/* Of the pairs that touch the row, the strongest one without which the matrix holds; else the strongest. */
static int offending_pair(const Uncertainty *uncertainty, int row, double *room)
{
    int best = -1;
    bool is_mended_best = false;
    for (int c = 0; c < uncertainty->n_correlations; c++) {
        const Correlation *pair = &uncertainty->correlations[c];
        if (pair->a != row && pair->b != row) continue;
        fill_matrix(uncertainty, c, room);
        bool is_mended = factor(room, uncertainty->n) < 0;
        bool is_stronger = best < 0 || fabs(pair->rank) > fabs(uncertainty->correlations[best].rank);
        if (is_mended == is_mended_best ? !is_stronger : is_mended_best) continue;
        best = c;
        is_mended_best = is_mended;
    }
    return best;
}

bool uncertainty_correlate(Uncertainty *uncertainty, Arena *arena, int *pair)
{
    int n = uncertainty->n;
    uncertainty->cholesky = NULL;
    memset(uncertainty->is_correlated, 0, sizeof uncertainty->is_correlated);
    if (uncertainty->n_correlations == 0) return true;
    double *matrix = arena_array(arena, (size_t)(n * n), sizeof *matrix);
    fill_matrix(uncertainty, -1, matrix);
    int row = factor(matrix, n);
    if (row >= 0) {
        *pair = offending_pair(uncertainty, row, matrix);
        return false;
    }
    for (int c = 0; c < uncertainty->n_correlations; c++) {
        uncertainty->is_correlated[uncertainty->correlations[c].a] = true;
        uncertainty->is_correlated[uncertainty->correlations[c].b] = true;
    }
    uncertainty->cholesky = matrix;
    return true;
}

static bool needs_z(const Distribution *dist)
{
    return (dist->kind == DIST_LOGNORMAL || dist->kind == DIST_NORMAL) && !dist->is_cut;
}

void uncertainty_values(const Uncertainty *uncertainty, double *u, double *values)
{
    int n = uncertainty->n;
    double z[UNCERTAIN_MAX], moved[UNCERTAIN_MAX];
    for (int i = 0; i < n; i++) {
        bool is_used = uncertainty->is_correlated[i] || needs_z(&uncertainty->items[i].dist);
        moved[i] = z[i] = is_used ? normal_quantile(u[i]) : 0.0;
    }
    for (int i = 0; uncertainty->cholesky != NULL && i < n; i++) {
        if (!uncertainty->is_correlated[i]) continue;
        const double *row = &uncertainty->cholesky[i * n];
        moved[i] = 0.0;
        for (int k = 0; k <= i; k++) moved[i] += row[k] * z[k];
        u[i] = normal_cdf(moved[i]);
    }
    for (int i = 0; i < n; i++)
        values[i] = distribution_quantile(&uncertainty->items[i].dist, u[i], moved[i]);
}

/* ---- trials ---- */

struct Trial {
    Inputs inputs;
    const Inputs *original;
    const Uncertainty *uncertainty;
    double *paths; /* owned; [target of a series, counted over all items][horizon] */
    int first_path[UNCERTAIN_MAX];
};

Trial *trial_new(const Inputs *inputs, const Uncertainty *uncertainty)
{
    Trial *trial = malloc(sizeof *trial);
    if (trial == NULL) return NULL;
    trial->inputs = *inputs;
    trial->original = inputs;
    trial->uncertainty = uncertainty;
    int n_paths = 0;
    for (int i = 0; i < uncertainty->n; i++) {
        trial->first_path[i] = n_paths;
        for (int t = 0; t < uncertainty->items[i].n_targets; t++)
            n_paths += uncertainty->items[i].targets[t].is_series;
    }
    trial->paths = calloc((size_t)n_paths * (size_t)inputs->horizon_months + 1, sizeof *trial->paths);
    if (trial->paths != NULL && choices_settle(&trial->inputs)) return trial;
    trial_free(trial);
    return NULL;
}

void trial_free(Trial *trial)
{
    if (trial == NULL) return;
    free(trial->paths);
    free(trial);
}

const Inputs *trial_inputs(const Trial *trial)
{
    return &trial->inputs;
}

static void write_field(Inputs *inputs, const FieldRef *ref, double value)
{
    const FieldRow *row = field_ref_row(ref);
    unsigned char *place = (unsigned char *)inputs_group(inputs, ref->group, ref->index) + row->offset;
    switch (row->type) {
    case FIELD_NUM:
    case FIELD_OPT:
        memcpy(place, &value, sizeof value);
        return;
    case FIELD_INT:
    case FIELD_CHOICE: {
        int whole = (int)value;
        memcpy(place, &whole, sizeof whole);
        return;
    }
    case FIELD_FLAG: {
        bool flag = value > 0.5;
        memcpy(place, &flag, sizeof flag);
        return;
    }
    case FIELD_TEXT:
    case FIELD_ARRAY:
        return;
    }
}

static void write_path(const Uncertain *item, double value, bool is_draw, int n_months, const double *base,
                       double *out)
{
    for (int m = 0; item->paths == NULL && m < n_months; m++) out[m] = value;
    if (item->paths != NULL) (is_draw ? price_path_draw : price_path_level)(item->paths, value, out);
    for (int m = 0; base != NULL && m < n_months; m++) out[m] *= base[m];
}

static void write_item(Trial *trial, int i, double value, bool is_draw)
{
    const Uncertain *item = &trial->uncertainty->items[i];
    const int n_months = trial->inputs.horizon_months;
    int path = trial->first_path[i];
    for (int t = 0; t < item->n_targets; t++) {
        const UncertainTarget *target = &item->targets[t];
        if (!target->is_series) {
            double written = item->is_relative ? value * target->base : value;
            write_field(&trial->inputs, &target->field, written);
            continue;
        }
        double *room = &trial->paths[path++ * n_months];
        const double *base = trial->original->options[target->field.index].price_path[target->series];
        write_path(item, value, is_draw, n_months, base, room);
        trial->inputs.options[target->field.index].price_path[target->series] = room;
    }
}

void trial_set(Trial *trial, int i, double value)
{
    write_item(trial, i, value, false);
}

void trial_draw(Trial *trial, int i, double value)
{
    write_item(trial, i, value, true);
}

void trial_reset(Trial *trial, int i)
{
    const Uncertain *item = &trial->uncertainty->items[i];
    for (int t = 0; t < item->n_targets; t++) {
        const UncertainTarget *target = &item->targets[t];
        int o = target->field.index;
        if (target->is_series) {
            trial->inputs.options[o].price_path[target->series] =
                trial->original->options[o].price_path[target->series];
        } else {
            write_field(&trial->inputs, &target->field, target->base);
        }
    }
}
