/* Quantiles of the distributions (E47, E48, E50). Layer: model. */
#include "tokentco/uncertain.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_randist.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

const DistRow dist_rows[N_DIST_KINDS] = {
#define DIST_ROW(id, name, members, doc) [DIST_##id] = {name, members, doc},
    DISTRIBUTIONS(DIST_ROW)
#undef DIST_ROW
};

/* The points nearest to the ends that a draw can hit: half a step of 32 bits (sobol_point). */
#define U_LEAST (0.5 * 0x1p-32)
#define U_MOST  (1.0 - U_LEAST)

/* Steps of the tabulated quantiles of a PERT, each with its slope. The first and the last few are computed,
 * not interpolated: there the quantile bends. A table takes a millisecond, and an editor makes one at every
 * key. */
enum { TABLE_STEPS = 512, TABLE_ENDS = 4, TABLE_WIDTH = 2 };

double normal_quantile(double u)
{
    return gsl_cdf_ugaussian_Pinv(u);
}

double normal_cdf(double z)
{
    return gsl_cdf_ugaussian_P(z);
}

/* ---- building ---- */

static bool build_normal(const DistSpec *spec, Distribution *out, Err *err)
{
    bool is_log = spec->kind == DIST_LOGNORMAL;
    if (!(spec->low < spec->high))
        return err_set(err, ERR_DATA, "p%g is %g and p%g is %g: the first must be below the second",
                       100.0 * spec->prob, spec->low, 100.0 * (1.0 - spec->prob), spec->high);
    if (is_log && !(spec->low > 0.0))
        return err_set(err, ERR_DATA, "p%g is %g: a lognormal is above 0; take normal", 100.0 * spec->prob,
                       spec->low);
    double low = is_log ? log(spec->low) : spec->low, high = is_log ? log(spec->high) : spec->high;
    out->location = 0.5 * (low + high);
    out->scale = (high - low) / (2.0 * -normal_quantile(spec->prob));
    if (spec->has_min && spec->has_max && !(spec->min < spec->max))
        return err_set(err, ERR_DATA, "min is %g and max is %g: the first must be below the second",
                       spec->min, spec->max);
    if (spec->has_min && !(is_log && spec->min <= 0.0))
        out->u_low = normal_cdf(((is_log ? log(spec->min) : spec->min) - out->location) / out->scale);
    if (spec->has_max && is_log && spec->max <= 0.0)
        return err_set(err, ERR_DATA, "max is %g: a lognormal is above 0", spec->max);
    if (spec->has_max)
        out->u_high = normal_cdf(((is_log ? log(spec->max) : spec->max) - out->location) / out->scale);
    out->is_cut = spec->has_min || spec->has_max;
    /* A cut that leaves only a far tail is a slip of the pen. */
    const double kept_least = 0.01;
    if (out->u_high - out->u_low < kept_least)
        return err_set(err, ERR_DATA, "min and max leave %.2g %% of the distribution; they must leave %g %%",
                       100.0 * (out->u_high - out->u_low), 100.0 * kept_least);
    return true;
}

static bool build_ends(const DistSpec *spec, Distribution *out, Err *err)
{
    if (!(spec->min < spec->max))
        return err_set(err, ERR_DATA, "min is %g and max is %g: the first must be below the second",
                       spec->min, spec->max);
    if (spec->kind != DIST_UNIFORM && !(spec->min <= spec->mode && spec->mode <= spec->max))
        return err_set(err, ERR_DATA, "mode is %g: it must lie between min %g and max %g", spec->mode,
                       spec->min, spec->max);
    out->min = spec->min;
    out->mode = spec->mode;
    out->max = spec->max;
    return true;
}

/* E48: Beta(1 + 4 (c - a) / (b - a), 1 + 4 (b - c) / (b - a)), c the mode. */
static double pert_quantile(const Distribution *dist, double u)
{
    return dist->min + (dist->max - dist->min) * gsl_cdf_beta_Pinv(u, dist->shape_a, dist->shape_b);
}

static void build_pert(Arena *arena, Distribution *out)
{
    double width = out->max - out->min;
    out->shape_a = 1.0 + 4.0 * (out->mode - out->min) / width;
    out->shape_b = 1.0 + 4.0 * (out->max - out->mode) / width;
    double *table = arena_array(arena, (size_t)(TABLE_STEPS + 1) * TABLE_WIDTH, sizeof *table);
    for (int i = TABLE_ENDS; i <= TABLE_STEPS - TABLE_ENDS; i++) {
        double value = pert_quantile(out, (double)i / TABLE_STEPS);
        double density = gsl_ran_beta_pdf((value - out->min) / width, out->shape_a, out->shape_b);
        table[i * TABLE_WIDTH] = value;
        table[i * TABLE_WIDTH + 1] = width / density / TABLE_STEPS;
    }
    out->table = table;
}

typedef struct Weighted {
    double value, weight;
} Weighted;

static int compare_weighted(const void *a, const void *b)
{
    const Weighted *x = a, *y = b;
    return (x->value > y->value) - (x->value < y->value);
}

static bool build_list(const DistSpec *spec, Arena *arena, Distribution *out, Err *err)
{
    int n_least = spec->kind == DIST_EMPIRICAL ? 2 : 1;
    if (spec->n < n_least) return err_set(err, ERR_DATA, "has %d values; %d are the least", spec->n, n_least);
    Weighted *pairs = arena_array(arena, (size_t)spec->n, sizeof *pairs);
    double sum = 0.0;
    for (int i = 0; i < spec->n; i++) {
        pairs[i] = (Weighted){spec->values[i], spec->weights != NULL ? spec->weights[i] : 1.0};
        if (!(pairs[i].weight >= 0.0))
            return err_set(err, ERR_DATA, "weight %d is %g: none may be negative", i + 1, pairs[i].weight);
        sum += pairs[i].weight;
    }
    if (!(sum > 0.0) || !isfinite(sum)) return err_set(err, ERR_DATA, "the weights sum to %g", sum);
    qsort(pairs, (size_t)spec->n, sizeof *pairs, compare_weighted);
    double *values = arena_array(arena, (size_t)spec->n, sizeof *values);
    double *cumulative = arena_array(arena, (size_t)spec->n, sizeof *cumulative);
    double running = 0.0;
    for (int i = 0; i < spec->n; i++) {
        running += pairs[i].weight;
        values[i] = pairs[i].value;
        cumulative[i] = running / sum;
    }
    out->n = spec->n;
    out->values = values;
    out->cumulative = cumulative;
    return true;
}

bool distribution_build(const DistSpec *spec, Arena *arena, Distribution *out, Err *err)
{
    *out = (Distribution){.kind = spec->kind, .u_low = 0.0, .u_high = 1.0, .is_whole = spec->is_whole};
    switch (spec->kind) {
    case DIST_LOGNORMAL:
    case DIST_NORMAL:
        return build_normal(spec, out, err);
    case DIST_TRIANGULAR:
    case DIST_UNIFORM:
        return build_ends(spec, out, err);
    case DIST_PERT:
        if (!build_ends(spec, out, err)) return false;
        build_pert(arena, out);
        return true;
    case DIST_DISCRETE:
    case DIST_EMPIRICAL:
        return build_list(spec, arena, out, err);
    case DIST_FORECAST:
    case N_DIST_KINDS:
        return true;
    }
    return true;
}

/* ---- quantiles ---- */

static double normal_point(const Distribution *dist, double u, double z)
{
    if (dist->is_cut) z = normal_quantile(dist->u_low + u * (dist->u_high - dist->u_low));
    double x = dist->location + dist->scale * z;
    return dist->kind == DIST_LOGNORMAL ? exp(x) : x;
}

static double triangular_point(const Distribution *dist, double u)
{
    double width = dist->max - dist->min, left = dist->mode - dist->min, right = dist->max - dist->mode;
    if (u * width < left) return dist->min + sqrt(u * width * left);
    return dist->max - sqrt((1.0 - u) * width * right);
}

static double table_point(const Distribution *dist, double u)
{
    double at = u * TABLE_STEPS;
    int i = (int)at;
    if (i < TABLE_ENDS || i >= TABLE_STEPS - TABLE_ENDS) return pert_quantile(dist, u);
    /* The cubic through both values with both slopes. */
    const double *a = &dist->table[i * TABLE_WIDTH], *b = a + TABLE_WIDTH;
    double t = at - i, rest = 1.0 - t;
    return rest * rest * ((1.0 + 2.0 * t) * a[0] + t * a[1]) + t * t * ((3.0 - 2.0 * t) * b[0] - rest * b[1]);
}

/* The first value whose running weight reaches u. */
static double discrete_point(const Distribution *dist, double u)
{
    int low = 0, high = dist->n - 1;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (dist->cumulative[middle] >= u) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return dist->values[low];
}

/* The i-th of n sorted values stands at (i + 1/2) / n; straight between, the ends beyond. */
static double empirical_point(const Distribution *dist, double u)
{
    double at = u * dist->n - 0.5;
    if (at <= 0.0) return dist->values[0];
    if (at >= dist->n - 1) return dist->values[dist->n - 1];
    int i = (int)at;
    return dist->values[i] + (at - i) * (dist->values[i + 1] - dist->values[i]);
}

static double point(const Distribution *dist, double u, double z)
{
    switch (dist->kind) {
    case DIST_LOGNORMAL:
    case DIST_NORMAL:
        return normal_point(dist, u, z);
    case DIST_TRIANGULAR:
        return triangular_point(dist, u);
    case DIST_PERT:
        return table_point(dist, u);
    case DIST_UNIFORM:
        return dist->min + u * (dist->max - dist->min);
    case DIST_DISCRETE:
        return discrete_point(dist, u);
    case DIST_EMPIRICAL:
        return empirical_point(dist, u);
    case DIST_FORECAST:
    case N_DIST_KINDS:
        break;
    }
    return u;
}

double distribution_quantile(const Distribution *dist, double u, double z)
{
    double x = point(dist, u, z);
    return dist->is_whole ? round(x) : x;
}

void distribution_range(const Distribution *dist, double *least, double *most)
{
    *least = distribution_quantile(dist, U_LEAST, normal_quantile(U_LEAST));
    *most = distribution_quantile(dist, U_MOST, normal_quantile(U_MOST));
}
