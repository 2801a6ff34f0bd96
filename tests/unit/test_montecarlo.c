/* Monte Carlo on a case whose answers are known (risk_case.h), and what must not change them. */
#include "risk_case.h"

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

static Risk *run(long n, bool is_random, int n_threads)
{
    Risk *risk = risk_new(&c.inputs, &c.uncertainty,
                          &(RiskSettings){.seed = 5, .is_random = is_random, .n_threads = n_threads});
    assert_non_null(risk);
    assert_true(risk_advance(risk, n, NULL));
    return risk;
}

static void near(Estimate got, double want, double tolerance)
{
    if (fabs(got.value - want) > tolerance) fail_msg("%g (error %g), wanted %g", got.value, got.error, want);
    /* The standard error is honest: not far below the true error. */
    if (fabs(got.value - want) > 5.0 * got.error + 1e-3 * fabs(want) + 1e-9)
        fail_msg("%g is off %g by more than its error %g tells", got.value, want, got.error);
}

static void the_known_answers_come_out(void **state)
{
    (void)state;
    Risk *risk = run(4096, false, 2);
    const RiskResult *r = risk_result(risk);
    assert_int_equal(r->best, 1);
    near(r->options[0].mean, 500.0, 0.5);
    near(r->options[0].quantiles[RISK_P5], 50.0, 1.0);
    near(r->options[0].quantiles[RISK_P75], 750.0, 1.0);
    near(r->options[0].cvar95, 975.0, 1.0);
    near(r->options[0].best_frac, 0.4, 0.002);
    near(r->options[1].best_frac, 0.6, 0.002);
    assert_close(r->options[1].mean.value, 400.0, 1e-12);
    assert_close(r->options[1].deviation, 0.0, 0.0);
    assert_close(r->options[0].deviation, 1000.0 / sqrt(12.0), 1e-3);
    assert_close(r->options[0].mean_regret_usd, 180.0, 0.01);
    assert_close(r->options[1].mean_regret_usd, 80.0, 0.01);
    assert_close(r->options[1].max_regret_usd, 400.0, 0.01);
    near(r->evpi, 80.0, 0.5);
    /* Bins of 1/16 miss the threshold at 0.4 by a little. */
    assert_true(fabs(r->items[0].evppi.value - 80.0) < 0.5);
    assert_true(r->items[1].evppi.value < 0.5);
    assert_int_equal(r->measure_first, 0);
    assert_int_equal(r->n_levels, 7); /* 64 to 4096 */
    assert_int_equal(r->levels[6].n_draws, 4096);
    long counted = 0;
    for (int b = 0; b < RISK_BINS; b++) counted += r->options[0].histogram.counts[b];
    assert_int_equal(counted, 4096);
    risk_free(risk);
}

static void random_draws_agree_within_their_error(void **state)
{
    (void)state;
    Risk *risk = run(4096, true, 2);
    const RiskResult *r = risk_result(risk);
    near(r->options[0].mean, 500.0, 30.0);
    assert_true(r->options[0].mean.error > 1.0 &&
                r->options[0].mean.error < 12.0); /* 289 / sqrt(4096) = 4.5 */
    near(r->evpi, 80.0, 8.0);
    risk_free(risk);
}

/* Monthly fans: from the first draws alone, and by bins fixed by them. The fan's bins are 1/100 of its range.
 */
static void fans_hold_the_quantiles(void **state)
{
    (void)state;
    for (long n = 256; n <= 65536; n *= 256) {
        Risk *risk = run(n, false, 2);
        const RiskOption *option = &risk_result(risk)->options[0];
        assert_true(option->has_fan[FAN_CUMULATIVE_USD][0] && option->has_fan[FAN_USD_PER_MTOK][0]);
        for (int q = 0; q < N_RISK_QUANTILES; q++) {
            double want = 1000.0 * risk_probs[q];
            double cumulative = option->fan[FAN_CUMULATIVE_USD][q], unit = option->fan[FAN_USD_PER_MTOK][q];
            double allowed = n < 1000 ? 10.0 : 4.0;
            if (fabs(cumulative - want) > allowed || fabs(unit - want / 2.0) > allowed / 2.0)
                fail_msg("%ld draws: %g and %g, wanted %g and half", n, cumulative, unit, want);
        }
        risk_free(risk);
    }
}

static void same_numbers(const RiskResult *a, const RiskResult *b)
{
    assert_int_equal(a->n_draws, b->n_draws);
    assert_memory_equal(&a->evpi, &b->evpi, sizeof a->evpi);
    assert_memory_equal(a->items, b->items, sizeof a->items);
    assert_memory_equal(a->levels, b->levels, sizeof a->levels);
    for (int o = 0; o < a->n_options; o++) {
        const RiskOption *x = &a->options[o], *y = &b->options[o];
        assert_memory_equal(&x->mean, &y->mean, sizeof x->mean);
        assert_memory_equal(x->quantiles, y->quantiles, sizeof x->quantiles);
        assert_memory_equal(&x->cvar95, &y->cvar95, sizeof x->cvar95);
        assert_memory_equal(&x->histogram, &y->histogram, sizeof x->histogram);
        for (int k = 0; k < N_FAN_KINDS; k++)
            assert_memory_equal(x->fan[k], y->fan[k], N_RISK_QUANTILES * sizeof(double));
    }
}

static void neither_threads_nor_steps_change_a_bit(void **state)
{
    (void)state;
    Risk *one = run(4096, false, 1), *many = run(512, false, 7);
    assert_true(risk_advance(many, 4096, NULL));
    same_numbers(risk_result(one), risk_result(many));
    Risk *small = run(64, false, 3);
    for (long n = 128; n <= 4096; n *= 2) assert_true(risk_advance(small, n, NULL));
    same_numbers(risk_result(one), risk_result(small));
    risk_free(one);
    risk_free(many);
    risk_free(small);
}

static bool stop_late(void *context, long done, long all)
{
    (void)all;
    int *calls = context;
    (void)done;
    return ++*calls < 3;
}

static void a_cancelled_run_keeps_what_it_had(void **state)
{
    (void)state;
    int calls = 0;
    /* One thread: of two, the one that reports may have too few blocks to be cancelled. */
    Risk *risk = run(512, false, 1), *fresh = run(4096, false, 2);
    assert_false(risk_advance(risk, 4096, &(RiskProgress){stop_late, &calls}));
    assert_int_equal(risk_result(risk)->n_draws, 512);
    near(risk_result(risk)->options[0].mean, 500.0, 3.0);
    assert_true(risk_advance(risk, 4096, NULL));
    same_numbers(risk_result(risk), risk_result(fresh));
    risk_free(risk);
    risk_free(fresh);
}

static void draws_can_be_had_again(void **state)
{
    (void)state;
    Risk *risk = run(512, false, 2);
    for (long draw = 0; draw < 512; draw += 37) {
        double values[UNCERTAIN_MAX], npv = 0.0;
        risk_draw_values(risk, draw, values);
        assert_true(risk_draw_npv(risk, draw, 0, &npv));
        assert_close(npv, 1000.0 * values[0], 1e-12);
    }
    risk_free(risk);
}

/* An option that serves in some draws only is no safe choice; one that never serves has a reason and no
 * figures. */
static void options_that_cannot_serve_are_told_apart(void **state)
{
    (void)state;
    OptionInputs *option = inputs_add_option(&c.inputs, "never", OPTION_API);
    option->is_blocked = true;
    snprintf(option->blocked, sizeof option->blocked, "no price");
    ErrList errors;
    err_list_init(&errors);
    assert_true(inputs_finish(&c.inputs, NULL, &errors));
    Risk *risk = run(512, false, 2);
    const RiskResult *r = risk_result(risk);
    assert_false(r->options[2].has_figures);
    assert_string_equal(r->options[2].reason, "no price");
    assert_close(r->options[2].feasible_frac, 0.0, 0.0);
    assert_int_equal(r->best, 1);
    near(r->evpi, 80.0, 1.0);
    risk_free(risk);
    for (int o = 0; o < 2; o++) c.inputs.options[o].is_blocked = true;
    risk = run(64, false, 2);
    assert_int_equal(risk_result(risk)->best, -1);
    assert_close(risk_result(risk)->evpi.value, 0.0, 0.0);
    risk_free(risk);
}

/* Property 9, with a third option that is uncertain too: some option is the cheapest of every draw, so shares
 * of being it sum to 1; regret is what an option costs beyond that one; knowing is worth something or
 * nothing. */
static void regret_is_never_negative(void **state)
{
    (void)state;
    enum { N = 1024 };
    c.inputs.options[2] = c.inputs.options[1];
    c.inputs.n_options = 3;
    risk_case_item(&c, 1, "/options/2/staff/salary_usd_per_year", 0.2 * 400, 60000.0, 4);
    Risk *risk = run(N, false, 2);
    const RiskResult *r = risk_result(risk);
    double shares = 0.0, regret[3] = {0.0}, most[3] = {0.0};
    for (long draw = 0; draw < N; draw++) {
        double npv[3], least = HUGE_VAL;
        for (int o = 0; o < 3; o++) {
            assert_true(risk_draw_npv(risk, draw, o, &npv[o]));
            least = fmin(least, npv[o]);
        }
        for (int o = 0; o < 3; o++) {
            regret[o] += (npv[o] - least) / N;
            most[o] = fmax(most[o], npv[o] - least);
        }
    }
    for (int o = 0; o < 3; o++) {
        shares += r->options[o].best_frac.value;
        assert_true(r->options[o].mean_regret_usd >= 0.0);
        assert_close(r->options[o].mean_regret_usd, regret[o], 1e-9);
        assert_close(r->options[o].max_regret_usd, most[o], 1e-9);
    }
    assert_close(shares, 1.0, 1e-12);
    assert_true(r->evpi.value > 0.0);
    assert_close(r->evpi.value, regret[r->best], 1e-9);
    risk_free(risk);
}

/* The sure option as a part of others: its costs are told, and nobody chooses it. */
static void a_part_is_nobodys_choice(void **state)
{
    (void)state;
    c.inputs.options[1].is_part = true;
    Risk *risk = run(1024, false, 2);
    const RiskResult *r = risk_result(risk);
    assert_int_equal(r->best, 0);
    assert_close(r->options[1].mean.value, 400.0, 1e-12);
    assert_close(r->options[0].best_frac.value, 1.0, 0.0);
    assert_close(r->options[1].best_frac.value, 0.0, 0.0);
    assert_close(r->options[0].max_regret_usd, 0.0, 0.0);
    assert_close(r->evpi.value, 0.0, 0.0);
    assert_int_equal(r->measure_first, -1);
    risk_free(risk);
    Tornado tornado;
    assert_true(tornado_build(&c.inputs, &c.uncertainty, &tornado));
    assert_int_equal(tornado.best, 0);
    assert_int_equal(tornado.bars[0].best_high, 0);
    assert_true(tornado.has_base[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_known_answers_come_out, setup, teardown),
        cmocka_unit_test_setup_teardown(random_draws_agree_within_their_error, setup, teardown),
        cmocka_unit_test_setup_teardown(fans_hold_the_quantiles, setup, teardown),
        cmocka_unit_test_setup_teardown(neither_threads_nor_steps_change_a_bit, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cancelled_run_keeps_what_it_had, setup, teardown),
        cmocka_unit_test_setup_teardown(draws_can_be_had_again, setup, teardown),
        cmocka_unit_test_setup_teardown(options_that_cannot_serve_are_told_apart, setup, teardown),
        cmocka_unit_test_setup_teardown(regret_is_never_negative, setup, teardown),
        cmocka_unit_test_setup_teardown(a_part_is_nobodys_choice, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
