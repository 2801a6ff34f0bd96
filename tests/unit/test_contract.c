/* Contracts (tiers, commitment, credits) and the second model family: worked numbers by hand. */
#include "test.h"
#include "tokentco/evaluate.h"

static Inputs inputs;
static Workspace *workspace;
static OptionInputs *api, *rent;
enum { API, RENT };

/* 9,137.50 USD of tokens a month. */
static int setup(void **state)
{
    (void)state;
    enum { FLAT = 2 };
    inputs_init(&inputs);
    Workload *w = &inputs.workloads[0];
    w->profile = FLAT;
    w->requests_per_month = 1e6;
    w->growth_per_month = 0.0;
    w->retry_frac = 0.0;
    w->input_tok = 1000;
    w->output_tok = 1000;
    api = inputs_add_option(&inputs, "api", OPTION_API);
    rent = inputs_add_option(&inputs, "rent", OPTION_RENT);
    api->api.cache_hit_frac = 0.0;
    api->api.input_usd_per_mtok = 1.1375;
    api->api.output_usd_per_mtok = 8.0;
    workspace = workspace_new(INPUT_MONTHS_MAX, 2);
    ErrList errors;
    err_list_init(&errors);
    return inputs_finish(&inputs, NULL, &errors) && workspace != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    workspace_free(workspace);
    workspace = NULL;
    return 0;
}

static const OptionResult *run(int option)
{
    evaluate(&inputs, workspace, NULL);
    assert_true(workspace_result(workspace, option)->is_feasible);
    return workspace_result(workspace, option);
}

static double tokens_usd(int month)
{
    return run(API)->months[month].category_usd[CATEGORY_API_TOKENS];
}

/* Nothing to 3,000, 10 % to 7,000, 25 % beyond: 400 + 534.375 off. */
static void tiers_are_graduated(void **state)
{
    (void)state;
    assert_close(tokens_usd(0), 9137.50, 1e-12);
    api->contract.tier_from_usd = (FieldArray){.n = 3, .values = {0, 3000, 7000}};
    api->contract.tier_discount_frac = (FieldArray){.n = 3, .values = {0, 0.10, 0.25}};
    assert_close(tokens_usd(0), 8203.125, 1e-12);
    enum { ONLY_GPUS = 2 };
    api->contract.covers = ONLY_GPUS;
    assert_close(tokens_usd(0), 9137.50, 1e-12);
}

/* 8 % off: 8,406.50 a month, 100,878 a year; 120,000 a year were promised: 19,122 are missing in month 11.
 * The horizon cuts the third term after five months: 50,000 less 42,032.50. */
static void a_commitment_is_made_up_for_at_its_end(void **state)
{
    (void)state;
    inputs.horizon_months = 29;
    api->contract.commit_usd = 120000;
    api->contract.commit_discount_frac = 0.08;
    assert_close(tokens_usd(10), 8406.50, 1e-12);
    assert_close(tokens_usd(11), 8406.50 + 19122, 1e-12);
    assert_close(tokens_usd(12), 8406.50, 1e-12);
    assert_close(tokens_usd(28), 8406.50 + 7967.50, 1e-12);
    assert_close(run(API)->months[11].flow_usd[TIMING_END], 19122, 1e-12);
    api->contract.commit_usd = 100000;
    assert_close(tokens_usd(11), 8406.50, 1e-12);
    /* Nothing used: all of it. */
    inputs.workloads[0].requests_per_month = 0.0;
    assert_close(tokens_usd(11), 100000, 1e-12);
}

/* 10,000 that end in month 0, 5,000 that end in month 5: what the first leaves is lost. */
static void credits_are_used_by_their_end(void **state)
{
    (void)state;
    api->contract.credit_usd = (FieldArray){.n = 2, .values = {10000, 5000}};
    api->contract.credit_last_month = (FieldArray){.n = 2, .values = {0, 5}};
    assert_close(tokens_usd(0), 0.0, 0.0);
    assert_close(tokens_usd(1), 4137.50, 1e-12);
    assert_close(tokens_usd(2), 9137.50, 1e-12);
    /* Both in one month when the first is small; the second goes on. */
    api->contract.credit_usd.values[0] = 8137.50;
    assert_close(tokens_usd(0), 0.0, 1e-12);
    assert_close(tokens_usd(1), 5137.50, 1e-9);
}

/* One replica and its spare of two GPUs each at 3 USD: 8,760 a month; a credit pays half, tiers 20 %. */
static void rented_gpus_have_contracts_too(void **state)
{
    (void)state;
    rent->rent.decline_per_year = 0.0;
    assert_close(run(RENT)->months[3].category_usd[CATEGORY_COMPUTE_RENT], 8760, 1e-12);
    rent->contract.tier_from_usd = (FieldArray){.n = 1, .values = {0}};
    rent->contract.tier_discount_frac = (FieldArray){.n = 1, .values = {0.2}};
    rent->contract.credit_usd = (FieldArray){.n = 1, .values = {3504}};
    rent->contract.credit_last_month = (FieldArray){.n = 1, .values = {35}};
    assert_close(run(RENT)->months[0].category_usd[CATEGORY_COMPUTE_RENT], 3504, 1e-12);
    assert_close(run(RENT)->months[1].category_usd[CATEGORY_COMPUTE_RENT], 7008, 1e-12);
}

/* What was agreed is shown line by line. */
static double by_driver[N_DRIVERS];
static void add_line(void *context, const DriverLine *line)
{
    (void)context;
    if (line->option == API && line->month == 0) by_driver[line->driver] += driver_line_usd(line);
}

static void each_part_has_its_line(void **state)
{
    (void)state;
    api->contract.tier_from_usd = (FieldArray){.n = 2, .values = {0, 5000}};
    api->contract.tier_discount_frac = (FieldArray){.n = 2, .values = {0.02, 0.1}};
    api->contract.commit_usd = 1000;
    api->contract.commit_months = 1;
    api->contract.commit_discount_frac = 0.05;
    api->contract.credit_usd = (FieldArray){.n = 1, .values = {777}};
    api->contract.credit_last_month = (FieldArray){.n = 1, .values = {9}};
    Sink sink = {add_line, NULL, NULL};
    evaluate(&inputs, workspace, &sink);
    assert_close(by_driver[DRIVER_API_USAGE], 9137.50, 1e-12);
    assert_close(by_driver[DRIVER_API_TIER], -(100 + 413.75), 1e-12);
    assert_close(by_driver[DRIVER_API_COMMIT_DISCOUNT], -0.05 * (9137.50 - 513.75), 1e-12);
    assert_close(by_driver[DRIVER_API_CREDIT], -777, 1e-12);
    assert_close(by_driver[DRIVER_API_SHORTFALL], 0.0, 0.0);
}

static void contradictions_are_refused(void **state)
{
    (void)state;
    ErrList errors;
    err_list_init(&errors);
    api->contract.tier_from_usd = (FieldArray){.n = 2, .values = {10, 20}};
    api->contract.tier_discount_frac = (FieldArray){.n = 1, .values = {0.1}};
    api->contract.credit_usd = (FieldArray){.n = 2, .values = {10, 20}};
    api->contract.credit_last_month = (FieldArray){.n = 2, .values = {9, 3}};
    assert_false(inputs_finish(&inputs, NULL, &errors));
    assert_int_equal(errors.n_items, 3);
    assert_string_equal(errors.items[0].place, "/options/0/contract/tier_discount_frac");
    assert_string_equal(errors.items[1].place, "/options/0/contract/tier_from_usd");
    assert_string_equal(errors.items[2].place, "/options/0/contract/credit_last_month");
    err_list_free(&errors);
}

/* ---- second model family ---- */

static double optionality_usd(int option, int month)
{
    return run(option)->months[month].category_usd[CATEGORY_OPTIONALITY];
}

static void a_second_family_costs_what_is_kept(void **state)
{
    (void)state;
    enum { COLD = 1, WARM = 2 };
    double wage = 170000 * 1.35 / 12;
    rent->standby.state = COLD;
    rent->standby.drill_every_months = 4;
    rent->rent.decline_per_year = 0.0;
    double cold = 140 * 0.023 + 250 + 0.05 * wage;
    assert_close(optionality_usd(RENT, 0), 15000 + cold, 1e-12);
    assert_close(optionality_usd(RENT, 4), 140 * 0.023 + 250 + 0.05 * wage * pow(1.03, 4 / 12.0) + 2000,
                 1e-12);
    rent->standby.state = WARM;
    assert_close(optionality_usd(RENT, 0), 15000 + cold + 2 * 730 * 3.0, 1e-12);
    rent->standby.has_usd_per_gpu_h = true;
    rent->standby.usd_per_gpu_h = 1.7;
    assert_close(optionality_usd(RENT, 0), 15000 + cold + 2 * 730 * 1.7, 1e-12);
}

/* An API has no rental price of its own: never a silent one. */
static void warm_gpus_beside_an_api_need_a_price(void **state)
{
    (void)state;
    enum { WARM = 2 };
    api->standby.state = WARM;
    evaluate(&inputs, workspace, NULL);
    assert_false(workspace_result(workspace, API)->is_feasible);
    assert_non_null(strstr(workspace_result(workspace, API)->reason, "standby/usd_per_gpu_h is missing"));
    api->standby.has_usd_per_gpu_h = true;
    api->standby.usd_per_gpu_h = 2.2;
    assert_close(optionality_usd(API, 1) - 140 * 0.023 - 250,
                 0.05 * 170000 * 1.35 / 12 * pow(1.03, 1 / 12.0) + 2 * 730 * 2.2, 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(tiers_are_graduated, setup, teardown),
        cmocka_unit_test_setup_teardown(a_commitment_is_made_up_for_at_its_end, setup, teardown),
        cmocka_unit_test_setup_teardown(credits_are_used_by_their_end, setup, teardown),
        cmocka_unit_test_setup_teardown(rented_gpus_have_contracts_too, setup, teardown),
        cmocka_unit_test_setup_teardown(each_part_has_its_line, setup, teardown),
        cmocka_unit_test_setup_teardown(contradictions_are_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(a_second_family_costs_what_is_kept, setup, teardown),
        cmocka_unit_test_setup_teardown(warm_gpus_beside_an_api_need_a_price, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
