/* Tornado, flips, Morris and Sobol indices on functions whose answers are known. */
#include "risk_case.h"

static const double PI = 3.14159265358979323846;

/* Ishigami and Homma: sin x1 + 7 sin^2 x2 + 0.1 x3^4 sin x1 on (-pi, pi)^3. */
static void ishigami(void *context, int thread, const double *u, int changed, double *out)
{
    (void)context;
    (void)thread;
    (void)changed;
    double x[3];
    for (int i = 0; i < 3; i++) x[i] = PI * (2.0 * u[i] - 1.0);
    out[0] = sin(x[0]) + 7.0 * sin(x[1]) * sin(x[1]) + 0.1 * pow(x[2], 4) * sin(x[0]);
}

/* Analytic: first .3139 .4424 0, total .5576 .4424 .2437. */
static void ishigami_indices(void **state)
{
    (void)state;
    const double first[] = {0.3139, 0.4424, 0.0}, total[] = {0.5576, 0.4424, 0.2437};
    CubeProblem problem = {.n_items = 3, .n_outputs = 1, .function = ishigami, .n_threads = 2, .seed = 1};
    SobolRow rows[3];
    assert_true(sobol_indices_build(&problem, 4096, rows));
    for (int i = 0; i < 3; i++) {
        assert_true(fabs(rows[i].first.value - first[i]) < 0.01);
        assert_true(fabs(rows[i].total.value - total[i]) < 0.01);
        assert_true(fabs(rows[i].first.value - first[i]) < 4.0 * rows[i].first.error + 0.002);
        assert_true(fabs(rows[i].total.value - total[i]) < 4.0 * rows[i].total.error + 0.002);
        assert_true(rows[i].first.error < 0.03);
    }
    SobolRow again[3];
    problem.n_threads = 5;
    assert_true(sobol_indices_build(&problem, 4096, again));
    assert_memory_equal(rows, again, sizeof rows);
}

/* 3 u0 - 5 u1 + 2 u2 u3: linear inputs have no spread of effects. */
static void linear_and_product(void *context, int thread, const double *u, int changed, double *out)
{
    (void)context;
    (void)thread;
    (void)changed;
    out[0] = 3.0 * u[0] - 5.0 * u[1] + 2.0 * u[2] * u[3];
    out[1] = 7.5;
}

static void morris_tells_linear_from_joint(void **state)
{
    (void)state;
    /* Levels are squeezed into (1/8, 7/8): effects are 3/4 of the slope. */
    const double squeeze = 0.75;
    CubeProblem problem = {.n_items = 4, .n_outputs = 2, .function = linear_and_product, .n_threads = 2};
    MorrisRow rows[8];
    assert_true(morris_build(&problem, 50, rows));
    assert_close(rows[0].mean, 3.0 * squeeze, 1e-9);
    assert_close(rows[2].mean, -5.0 * squeeze, 1e-9);
    assert_close(rows[2].mean_abs, 5.0 * squeeze, 1e-9);
    assert_true(rows[0].deviation < 1e-9);
    assert_true(rows[4].deviation > 0.2 && rows[6].deviation > 0.2);
    assert_true(fabs(rows[4].mean - squeeze) < 0.3);
    for (int i = 0; i < 4; i++) assert_close(rows[2 * i + 1].mean_abs, 0.0, 0.0);
    SobolRow constant[8];
    assert_true(sobol_indices_build(&problem, 64, constant));
    for (int i = 0; i < 4; i++) assert_close(constant[2 * i + 1].total.value, 0.0, 0.0);
}

static bool never(void *context, long done, long all)
{
    (void)context;
    (void)done;
    (void)all;
    return false;
}

static void they_can_be_cancelled(void **state)
{
    (void)state;
    RiskProgress progress = {never, NULL};
    CubeProblem problem = {
        .n_items = 3, .n_outputs = 1, .function = ishigami, .n_threads = 1, .progress = &progress};
    SobolRow rows[3];
    assert_false(sobol_indices_build(&problem, 4096, rows));
}

/* ---- the case of risk_case.h ---- */

static RiskCase c;

static int setup(void **state)
{
    (void)state;
    risk_case_open(&c);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    risk_case_close(&c);
    return 0;
}

static void tornado_and_flip_by_hand(void **state)
{
    (void)state;
    static Tornado tornado;
    assert_true(tornado_build(&c.inputs, &c.uncertainty, &tornado));
    assert_true(tornado_add_flips(&c.inputs, &c.uncertainty, &tornado));
    assert_int_equal(tornado.best, 1);
    assert_close(tornado.base_usd[0], 500.0, 1e-12);
    assert_close(tornado.bars[0].low_usd[0], 50.0, 1e-12);
    assert_close(tornado.bars[0].high_usd[0], 950.0, 1e-12);
    assert_close(tornado.bars[0].low_usd[1], 400.0, 1e-12); /* does not feel it */
    assert_int_equal(tornado.bars[0].best_low, 0);
    assert_int_equal(tornado.bars[0].best_high, 1);
    assert_true(tornado.bars[0].has_elasticity[0]);
    assert_close(tornado.bars[0].elasticity[0], 1.0, 1e-9);
    assert_close(tornado.bars[0].elasticity[1], 0.0, 0.0);
    assert_true(tornado.flips[0].has_flip && tornado.flips[0].is_inside);
    assert_close(tornado.flips[0].value, 0.4, 1e-9);
    assert_int_equal(tornado.flips[0].winner, 0);
    assert_false(tornado.flips[1].has_flip);
}

static void scenario_indices_by_hand(void **state)
{
    (void)state;
    static Indices indices;
    assert_true(indices_build(&c.inputs, &c.uncertainty, &(RiskSettings){.seed = 2, .n_threads = 2}, 256, 8,
                              NULL, &indices));
    assert_int_equal(indices.n_outputs, 3);
    /* Option 0 and the margin hang on x alone; option 1 on nothing. */
    for (int output = 0; output < 3; output += 2) {
        assert_true(fabs(indices.sobol[output].first.value - 1.0) < 0.02);
        assert_true(fabs(indices.sobol[output].total.value - 1.0) < 0.02);
        assert_close(indices.sobol[3 + output].total.value, 0.0, 0.0);
    }
    assert_close(indices.sobol[1].total.value, 0.0, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ishigami_indices),
        cmocka_unit_test(morris_tells_linear_from_joint),
        cmocka_unit_test(they_can_be_cancelled),
        cmocka_unit_test_setup_teardown(tornado_and_flip_by_hand, setup, teardown),
        cmocka_unit_test_setup_teardown(scenario_indices_by_hand, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
