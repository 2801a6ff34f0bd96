/* Shapley values of games that are known, and a difference of two scenarios by hand. */
#include "test.h"
#include "tokentco/difference.h"

#include <stdlib.h>

/* One left glove, two right ones: a pair is worth 1. */
static bool gloves(void *context, uint64_t set, double *value)
{
    (void)context;
    *value = (set & 1) != 0 && (set & 6) != 0 ? 1.0 : 0.0;
    return true;
}

static int size_of(uint64_t set)
{
    int n = 0;
    for (; set != 0; set &= set - 1) n++;
    return n;
}

/* Convex and symmetric: each of n gets n. */
static bool square(void *context, uint64_t set, double *value)
{
    (void)context;
    *value = (double)size_of(set) * size_of(set) - 2.385;
    return true;
}

/* 3.7 for change 0 with change 13, besides i for each change i. */
static bool pair_of_many(void *context, uint64_t set, double *value)
{
    (void)context;
    *value = (set & 1) != 0 && (set >> 13 & 1) != 0 ? 3.7 : 0.0;
    for (int i = 0; i < 14; i++)
        if ((set >> i & 1) != 0) *value += i;
    return true;
}

static bool undefined_at_five(void *context, uint64_t set, double *value)
{
    (void)context;
    *value = 0.0;
    return set != 5;
}

static void known_games(void **state)
{
    (void)state;
    ShapleyShares shares;
    assert_true(shapley_build(3, gloves, NULL, &shares));
    assert_true(shares.is_exact);
    assert_close(shares.share[0], 2.0 / 3.0, 1e-14);
    assert_close(shares.share[1], 1.0 / 6.0, 1e-14);
    assert_close(shares.share[2], 1.0 / 6.0, 1e-14);
    assert_int_equal(shares.n_values, 8);
    assert_true(shapley_build(SHAPLEY_EXACT_MAX, square, NULL, &shares));
    for (int i = 0; i < SHAPLEY_EXACT_MAX; i++) assert_close(shares.share[i], SHAPLEY_EXACT_MAX, 1e-12);
    assert_true(shapley_build(0, square, NULL, &shares));
    assert_close(shares.none, -2.385, 0.0);
    assert_false(shapley_build(3, undefined_at_five, NULL, &shares));
    assert_true(shares.is_undefined);
    assert_int_equal(shares.undefined_set, 5);
}

static void drawn_orders(void **state)
{
    (void)state;
    ShapleyShares shares, again;
    assert_true(shapley_build(14, pair_of_many, NULL, &shares));
    assert_false(shares.is_exact);
    double sum = 0.0;
    for (int i = 0; i < 14; i++) {
        double want = i + (i == 0 || i == 13 ? 3.7 / 2 : 0.0);
        sum += shares.share[i];
        assert_true(fabs(shares.share[i] - want) <= 5.0 * shares.error[i] + 1e-9);
        if (i == 0 || i == 13) continue;
        assert_true(shares.error[i] < 1e-6); /* they play with nobody: every order says the same */
    }
    assert_close(sum, shares.all - shares.none, 1e-12);
    assert_true(shapley_build(14, pair_of_many, NULL, &again));
    assert_memory_equal(&again.share, &shares.share, sizeof shares.share);
}

static void whole_units_sum(void **state)
{
    (void)state;
    ShapleyShares shares = {.n = 3, .none = 10.4, .all = 13.5, .share = {1.6, 1.3, 0.2}};
    int64_t units[SHAPLEY_CHANGES_MAX];
    assert_int_equal(shapley_round(&shares, 1.0, units), 4); /* 14 - 10 */
    assert_int_equal(units[0], 2);
    assert_int_equal(units[1], 2); /* what was cut off: 0.6, 0.3, 0.2 */
    assert_int_equal(units[2], 0);
}

/* ---- scenarios ---- */

static Inputs first, other;

static void finish(Inputs *inputs)
{
    ErrList errors;
    err_list_init(&errors);
    inputs->workloads[0].profile = 2; /* flat */
    assert_true(inputs_finish(inputs, NULL, &errors));
    err_list_free(&errors);
}

static void make(Inputs *inputs)
{
    inputs_init(inputs);
    inputs_add_option(inputs, "api", OPTION_API);
    inputs_add_option(inputs, "rent", OPTION_RENT);
}

static double npv_of(const Inputs *inputs, int option)
{
    Workspace *workspace = workspace_new(inputs->horizon_months, inputs->n_options);
    evaluate_option(inputs, option, workspace, NULL);
    double usd = workspace_result(workspace, option)->npv_usd;
    workspace_free(workspace);
    return usd;
}

/* Two changes: each share is the mean of making it first and making it last. */
static void two_changes_by_hand(void **state)
{
    (void)state;
    make(&first);
    finish(&first);
    other = first;
    other.workloads[0].requests_per_month = 4.1e7;
    for (int o = 0; o < 2; o++) other.options[o].staff.salary_usd_per_year = 151000;
    Inputs only_volume = first, only_salary = other;
    only_volume.workloads[0].requests_per_month = 4.1e7;
    only_salary.workloads[0].requests_per_month = first.workloads[0].requests_per_month;
    Difference difference;
    Attribution share;
    Err err = {0};
    assert_true(difference_build(&first, &other, &difference));
    assert_int_equal(difference.n_parts, 2); /* the salary of both options is one change */
    assert_true(difference_share(&difference, 1, &share, &err));
    assert_true(share.is_shared && share.is_exact && !share.is_merged);
    double none = npv_of(&first, 1), all = npv_of(&other, 1);
    double volume = 0.5 * (npv_of(&only_volume, 1) - none + all - npv_of(&only_salary, 1));
    assert_string_equal(share.names[0], "requests_per_month");
    assert_string_equal(share.names[1], "staff/salary_usd_per_year");
    assert_close(1e-6 * (double)share.micro_usd[0], volume, 1e-11);
    assert_int_equal(share.micro_usd[0] + share.micro_usd[1], share.diff_micro_usd);
    assert_close(1e-6 * (double)share.diff_micro_usd, all - none, 1e-11);
    difference_free(&difference);
}

/* A longer horizon reads the paths of the shorter scenario further: at their last value. */
static void horizon_and_paths(void **state)
{
    (void)state;
    static double path[36];
    make(&first);
    finish(&first);
    for (int m = 0; m < 36; m++) path[m] = m < 12 ? 1.0 : 0.7;
    other = first;
    other.horizon_months = 60;
    first.options[1].price_path[SERIES_GPU_RENT] = path;
    Difference difference;
    Attribution share;
    Err err = {0};
    assert_true(difference_build(&first, &other, &difference));
    assert_int_equal(difference.n_parts, 2);
    assert_true(difference_share(&difference, 1, &share, &err));
    assert_true(share.is_shared);
    assert_close(share.before_usd, npv_of(&first, 1), 0.0);
    assert_close(share.after_usd, npv_of(&other, 1), 0.0);
    for (int i = 0; i < share.n; i++)
        assert_true(share.micro_usd[i] > 0); /* longer costs more, so does no discount */
    difference_free(&difference);
}

/* The week moves with its profile, and with nothing else of the workload. */
static void the_week_moves_with_its_profile(void **state)
{
    (void)state;
    make(&first);
    finish(&first);
    other = first;
    other.workloads[0].profile = 3; /* custom */
    other.workloads[0].profile_hours.n = HOURS_PER_WEEK;
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        other.workloads[0].profile_hours.values[h] = other.week[0][h] = h % 24 < 12 ? 1.7 : 0.3;
    }
    other.workloads[0].max_context_tok = 8192; /* changes nothing here, but comes after the profile */
    other.workloads[0].requests_per_month = first.workloads[0].requests_per_month = 6e7;
    Difference difference;
    Attribution share;
    Err err = {0};
    assert_true(difference_build(&first, &other, &difference));
    assert_int_equal(difference.n_parts, 2);
    assert_true(difference_share(&difference, 1, &share, &err));
    assert_string_equal(share.names[0], "profile");
    assert_true(share.micro_usd[0] > 0);
    assert_int_equal(share.micro_usd[1], 0);
    assert_close(1e-6 * (double)share.diff_micro_usd, npv_of(&other, 1) - npv_of(&first, 1), 1e-9);
    difference_free(&difference);
}

/* A large model on eight large GPUs, a small one on one small GPU: no mix of the two serves. */
static void mixes_that_cannot_serve_are_one_change(void **state)
{
    (void)state;
    make(&first);
    finish(&first);
    other = first;
    OptionInputs *small = &other.options[1];
    small->shape.params_total = small->shape.params_active = 8.03e9;
    small->shape.layers = 32;
    small->shape.hidden = 4096;
    small->shape.heads = 32;
    small->accelerator.memory_bytes = 24e9;
    small->rent.on_demand_usd_per_gpu_h = 0.7;
    first.options[1].engine.degrees = (FieldArray){.n = 1, .values = {2}};
    small->engine.degrees = (FieldArray){.n = 1, .values = {1}};
    Difference difference;
    Attribution share;
    Err err = {0};
    assert_true(difference_build(&first, &other, &difference));
    assert_true(difference_share(&difference, 1, &share, &err));
    assert_true(share.is_shared && share.is_merged && share.is_exact);
    assert_int_equal(share.n, 2); /* what runs where, and the price */
    assert_int_equal(share.micro_usd[0] + share.micro_usd[1], share.diff_micro_usd);
    difference_free(&difference);
}

static void unmatched_and_blocked_options(void **state)
{
    (void)state;
    make(&first);
    finish(&first);
    other = first;
    snprintf(other.options[0].name, sizeof other.options[0].name, "another api");
    other.options[1].is_blocked = true;
    Difference difference;
    Attribution share;
    Err err = {0};
    assert_true(difference_build(&first, &other, &difference));
    assert_int_equal(difference.n_pairs, 3);
    assert_int_equal(difference.pairs[0].b, -1);
    assert_int_equal(difference.pairs[2].a, -1);
    assert_true(difference_share(&difference, 1, &share, &err));
    assert_false(share.is_shared);
    assert_non_null(strstr(share.reason, "second"));
    difference_free(&difference);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_games),
        cmocka_unit_test(drawn_orders),
        cmocka_unit_test(whole_units_sum),
        cmocka_unit_test(two_changes_by_hand),
        cmocka_unit_test(horizon_and_paths),
        cmocka_unit_test(the_week_moves_with_its_profile),
        cmocka_unit_test(mixes_that_cannot_serve_are_one_change),
        cmocka_unit_test(unmatched_and_blocked_options),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
