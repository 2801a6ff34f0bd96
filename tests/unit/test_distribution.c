/* Quantiles and correlations of uncertain inputs (E47 to E50), by hand. */
#include "test.h"
#include "tokentco/uncertain.h"

#include "model/sobol.h"

#include <gsl/gsl_cdf.h>
#include <stdlib.h>

static Arena arena;

static int setup(void **state)
{
    (void)state;
    arena_init(&arena);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(&arena);
    return 0;
}

static Distribution build(const DistSpec *spec)
{
    Distribution dist;
    Err err = {0};
    if (!distribution_build(spec, &arena, &dist, &err)) fail_msg("%s", err.text);
    return dist;
}

static double at(const Distribution *dist, double u)
{
    return distribution_quantile(dist, u, normal_quantile(u));
}

static void two_quantiles_come_back(void **state)
{
    (void)state;
    Distribution skewed = build(&(DistSpec){.kind = DIST_LOGNORMAL, .low = 0.4, .high = 2.5, .prob = 0.05});
    assert_close(at(&skewed, 0.05), 0.4, 1e-12);
    assert_close(at(&skewed, 0.95), 2.5, 1e-12);
    assert_close(at(&skewed, 0.5), 1.0, 1e-12);  /* sqrt(0.4 x 2.5) */
    assert_close(skewed.scale, 0.5570686, 1e-5); /* (ln 2.5 - ln 0.4) / (2 x 1.6448536) */
    Distribution even = build(&(DistSpec){.kind = DIST_NORMAL, .low = -0.3, .high = 0.5, .prob = 0.10});
    assert_close(at(&even, 0.10), -0.3, 1e-12);
    assert_close(at(&even, 0.90), 0.5, 1e-12);
    assert_close(even.location, 0.1, 1e-12);
}

static void triangle_by_hand(void **state)
{
    (void)state;
    Distribution dist = build(&(DistSpec){.kind = DIST_TRIANGULAR, .min = 2, .mode = 3, .max = 7});
    assert_close(at(&dist, 0.2), 3.0, 1e-12);
    assert_close(at(&dist, 0.1), 2.0 + sqrt(0.1 * 5 * 1), 1e-12);
    assert_close(at(&dist, 0.6), 7.0 - sqrt(0.4 * 5 * 4), 1e-12);
}

/* Mean (a + 4 c + b) / 6, and the table against the exact quantile between its nodes. */
static void pert_has_its_mean(void **state)
{
    (void)state;
    enum { N = 100000 };
    Distribution dist = build(&(DistSpec){.kind = DIST_PERT, .min = 0.1, .mode = 0.3, .max = 0.7});
    double sum = 0.0;
    for (int i = 0; i < N; i++) sum += at(&dist, (i + 0.5) / N) / N;
    assert_close(sum, (0.1 + 4 * 0.3 + 0.7) / 6.0, 1e-6);
    /* Beta(2 1/3, 3 2/3) between the table's nodes. */
    for (double u = 0.0123; u < 1.0; u += 0.0917) {
        double x = 0.1 + 0.6 * gsl_cdf_beta_Pinv(u, 1.0 + 4.0 * 0.2 / 0.6, 1.0 + 4.0 * 0.4 / 0.6);
        assert_close(at(&dist, u), x, 1e-5);
    }
}

static void lists_weigh_and_interpolate(void **state)
{
    (void)state;
    const double values[] = {18, 6, 12}, weights[] = {1, 2, 5};
    Distribution few =
        build(&(DistSpec){.kind = DIST_DISCRETE, .n = 3, .values = values, .weights = weights});
    assert_close(at(&few, 0.24), 6.0, 0.0);
    assert_close(at(&few, 0.26), 12.0, 0.0);
    assert_close(at(&few, 0.88), 18.0, 0.0);
    Distribution measured = build(&(DistSpec){.kind = DIST_EMPIRICAL, .n = 3, .values = values});
    assert_close(at(&measured, 0.5), 12.0, 1e-12);
    assert_close(at(&measured, 1.0 / 3.0), 9.0, 1e-12); /* halfway from 1/6 to 1/2 */
    assert_close(at(&measured, 0.01), 6.0, 0.0);
}

static void a_cut_keeps_the_range(void **state)
{
    (void)state;
    Distribution dist = build(&(DistSpec){
        .kind = DIST_LOGNORMAL, .low = 0.1, .high = 0.5, .prob = 0.05, .has_max = true, .max = 0.9});
    double least, most;
    distribution_range(&dist, &least, &most);
    assert_true(most <= 0.9 && most > 0.89);
    assert_true(least > 0.0);
}

static void whole_numbers_are_rounded(void **state)
{
    (void)state;
    Distribution dist = build(&(DistSpec){.kind = DIST_UNIFORM, .min = 3, .max = 9, .is_whole = true});
    assert_close(at(&dist, 0.3), 5.0, 0.0); /* 4.8 */
}

static void refuse(const DistSpec *spec, const char *words)
{
    Distribution dist;
    Err err = {0};
    assert_false(distribution_build(spec, &arena, &dist, &err));
    if (strstr(err.text, words) == NULL) fail_msg("'%s' has no '%s'", err.text, words);
}

static void impossible_ones_are_refused(void **state)
{
    (void)state;
    const double bad[] = {1, -2}, some[] = {1, 2};
    refuse(&(DistSpec){.kind = DIST_NORMAL, .low = 3, .high = 2, .prob = 0.05}, "must be below");
    refuse(&(DistSpec){.kind = DIST_LOGNORMAL, .low = -1, .high = 2, .prob = 0.05}, "above 0");
    refuse(&(DistSpec){.kind = DIST_PERT, .min = 1, .mode = 5, .max = 4}, "mode is 5");
    refuse(&(DistSpec){.kind = DIST_UNIFORM, .min = 4, .max = 4}, "must be below");
    refuse(&(DistSpec){.kind = DIST_EMPIRICAL, .n = 1, .values = some}, "2 are the least");
    refuse(&(DistSpec){.kind = DIST_DISCRETE, .n = 2, .values = some, .weights = bad},
           "none may be negative");
    refuse(&(DistSpec){.kind = DIST_NORMAL, .low = 1, .high = 2, .prob = 0.05, .has_min = true, .min = 9},
           "of the distribution");
}

/* ---- correlations ---- */

enum { N_ITEMS = 4 };

static void make_items(Uncertainty *out, Uncertain items[N_ITEMS], Correlation *pairs, int n_pairs)
{
    *out = (Uncertainty){.n = N_ITEMS, .items = items, .n_correlations = n_pairs, .correlations = pairs};
    for (int i = 0; i < N_ITEMS; i++)
        items[i] = (Uncertain){.dist = build(&(DistSpec){.kind = DIST_UNIFORM, .min = 0, .max = 1})};
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Spearman of uniforms is Pearson's of themselves: 12 (mean xy - 1/4). */
static void ranks_are_correlated_as_asked(void **state)
{
    (void)state;
    enum { N = 8192 };
    Uncertain items[N_ITEMS];
    Correlation pairs[] = {{0, 2, 0.5}, {1, 2, -0.3}};
    Uncertainty all;
    Sobol sobol;
    int pair;
    make_items(&all, items, pairs, 2);
    assert_true(uncertainty_correlate(&all, &arena, &pair));
    sobol_init(&sobol, N_ITEMS, 7);
    double sum02 = 0.0, sum12 = 0.0, sum01 = 0.0;
    static double column[N];
    for (int i = 0; i < N; i++) {
        double u[N_ITEMS], x[N_ITEMS], before;
        sobol_point(&sobol, (uint32_t)i, u);
        before = u[3];
        uncertainty_values(&all, u, x);
        assert_true(u[3] == before); /* uncorrelated: untouched */
        sum02 += x[0] * x[2] / N;
        sum12 += x[1] * x[2] / N;
        sum01 += x[0] * x[1] / N;
        column[i] = x[2];
    }
    assert_true(fabs(12.0 * (sum02 - 0.25) - 0.5) < 0.01);
    assert_true(fabs(12.0 * (sum12 - 0.25) + 0.3) < 0.01);
    assert_true(fabs(12.0 * (sum01 - 0.25)) < 0.01);
    /* The margin stays uniform. */
    qsort(column, N, sizeof *column, compare);
    for (int i = 0; i < N; i += 512) assert_true(fabs(column[i] - (i + 0.5) / N) < 0.01);
}

static void the_factor_gives_the_matrix_back(void **state)
{
    (void)state;
    Uncertain items[N_ITEMS];
    Correlation pairs[] = {{0, 1, 0.6}, {1, 3, 0.4}, {0, 3, -0.2}};
    Uncertainty all;
    int pair;
    make_items(&all, items, pairs, 3);
    assert_true(uncertainty_correlate(&all, &arena, &pair));
    for (int c = 0; c < 3; c++) {
        double sum = 0.0;
        for (int k = 0; k < N_ITEMS; k++)
            sum += all.cholesky[pairs[c].a * N_ITEMS + k] * all.cholesky[pairs[c].b * N_ITEMS + k];
        assert_close(sum, 2.0 * sin(3.14159265358979323846 * pairs[c].rank / 6.0), 1e-12);
    }
}

/* x goes with y, y with z, but x against z: the pair whose removal mends it is named. */
static void contradictions_name_a_pair(void **state)
{
    (void)state;
    Uncertain items[N_ITEMS];
    Correlation pairs[] = {{0, 1, 0.6}, {1, 2, 0.6}, {0, 2, -0.6}, {0, 3, 0.1}};
    Uncertainty all;
    int pair = -1;
    make_items(&all, items, pairs, 4);
    assert_false(uncertainty_correlate(&all, &arena, &pair));
    assert_true(pair >= 0 && pair <= 2);
    pairs[pair] = pairs[3];
    all.n_correlations = 3;
    assert_true(uncertainty_correlate(&all, &arena, &pair));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_quantiles_come_back),
        cmocka_unit_test(triangle_by_hand),
        cmocka_unit_test(pert_has_its_mean),
        cmocka_unit_test(lists_weigh_and_interpolate),
        cmocka_unit_test(a_cut_keeps_the_range),
        cmocka_unit_test(whole_numbers_are_rounded),
        cmocka_unit_test(impossible_ones_are_refused),
        cmocka_unit_test(ranks_are_correlated_as_asked),
        cmocka_unit_test(the_factor_gives_the_matrix_back),
        cmocka_unit_test(contradictions_name_a_pair),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
