/* Money in files: rounding and its decimals; postings against the model's totals. */
#include "test.h"
#include "tokentco/answer.h"
#include "tokentco/postings.h"

#include <stdlib.h>

static void cents_are_rounded_half_to_even(void **state)
{
    (void)state;
    /* Halves of a millionth that a double holds exactly. */
    static const struct {
        double usd;
        int64_t micros;
    } cases[] = {{0.0, 0},    {2.385, 2385000}, {-5.25, -5250000}, {0.5e-6, 0},
                 {1.5e-6, 2}, {2.5e-6, 2},      {-1.5e-6, -2},     {1234567.891234, 1234567891234},
                 {0.4e-6, 0}, {0.6e-6, 1},      {-0.6e-6, -1},     {78125.0 / 8388608.0, 9313}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Micros got = micros_of_usd(cases[i].usd);
        if (got.micro_usd != cases[i].micros)
            fail_msg("%.17g became %lld", cases[i].usd, (long long)got.micro_usd);
    }
    assert_true(micros_of_usd(1e300).micro_usd > 0);
    assert_true(micros_of_usd(-1e300).micro_usd < 0);
}

static void decimals_are_exact(void **state)
{
    (void)state;
    char text[MICROS_BYTES];
    micros_format((Micros){-1}, text);
    assert_string_equal(text, "-0.000001");
    micros_format((Micros){1234500000}, text);
    assert_string_equal(text, "1234.500000");
    micros_format((Micros){0}, text);
    assert_string_equal(text, "0.000000");
}

static void postings_sum_to_the_model(void **state)
{
    (void)state;
    PriceBook book;
    ErrList errors;
    err_list_init(&errors);
    assert_true(pricebook_open(&book, NULL, &errors));
    static const char *const names[] = {"reference/S0", "reference/S5-flat", "reference/S2-h100",
                                        "support-chat"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        Scenario *scenario = scenario_load(names[i], &errors);
        ResolveSources sources = {.book = &book};
        Resolved resolved;
        assert_true(scenario != NULL && scenario_resolve(scenario, &sources, &resolved, &errors));
        Answer answer;
        Postings postings;
        assert_true(answer_build(&resolved, &answer, NULL));
        assert_true(postings_build(&resolved, answer.workspace, &postings, NULL));
        for (int o = 0; o < resolved.inputs.n_options; o++) {
            int64_t sum = 0;
            int n = 0;
            for (int p = 0; p < postings.n; p++) {
                if (postings.items[p].option != o) continue;
                sum += postings.items[p].amount.micro_usd;
                n++;
            }
            const OptionResult *result = workspace_result(answer.workspace, o);
            assert_true(sum == postings.option_totals[o].micro_usd);
            /* Lines that round to nothing are left out; there are at most as many drivers a month. */
            int lines = (int)N_DRIVERS * resolved.inputs.horizon_months;
            if (result->is_feasible)
                assert_true(fabs((double)sum / 1e6 - result->total_usd) <= lines * 0.5e-6);
            if (!result->is_feasible) assert_int_equal(n, 0);
        }
        postings_free(&postings);
        answer_free(&answer);
        resolved_free(&resolved);
        scenario_free(scenario);
    }
    pricebook_close(&book);
    err_list_free(&errors);
}

/* The chart must not say another thing than the evaluator. */
static void curves_pass_through_the_scenario(void **state)
{
    (void)state;
    PriceBook book;
    ErrList errors;
    err_list_init(&errors);
    assert_true(pricebook_open(&book, NULL, &errors));
    Scenario *scenario = scenario_load("reference/S0", &errors);
    ResolveSources sources = {.book = &book};
    Resolved resolved;
    Answer answer;
    assert_true(scenario != NULL && scenario_resolve(scenario, &sources, &resolved, &errors));
    resolved.inputs.workloads[0].requests_per_month = 1e6; /* the middle point of the curve */
    assert_true(answer_build(&resolved, &answer, NULL));
    assert_true(answer_add_curves(&answer, NULL));
    enum { MIDDLE = (CURVE_POINTS - 1) / 2 };
    assert_close(answer.volumes[MIDDLE], 1e6, 1e-12);
    for (int o = 0; o < resolved.inputs.n_options; o++) {
        assert_true(answer.has_npv[MIDDLE * resolved.inputs.n_options + o]);
        assert_close(answer.npv_usd[MIDDLE * resolved.inputs.n_options + o],
                     workspace_result(answer.workspace, o)->npv_usd, 1e-9);
    }
    assert_int_equal(answer.n_duels, 2); /* the API against both; it is the only one, so rent meets it once */
    answer_free(&answer);
    resolved_free(&resolved);
    scenario_free(scenario);
    pricebook_close(&book);
    err_list_free(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cents_are_rounded_half_to_even),
        cmocka_unit_test(decimals_are_exact),
        cmocka_unit_test(postings_sum_to_the_model),
        cmocka_unit_test(curves_pass_through_the_scenario),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
