/* The present bill and the rates of return of leaving it (E70), by hand. */
#include "test.h"
#include "tokentco/breakeven.h"

static Inputs inputs;
static Workspace *workspace;
enum { PRESENT, MOVED };

static int setup(void **state)
{
    (void)state;
    enum { FLAT = 2 };
    inputs_init(&inputs);
    inputs.workloads[0].profile = FLAT;
    inputs_add_option(&inputs, "present", OPTION_BILL);
    inputs_add_option(&inputs, "moved", OPTION_BILL);
    ErrList errors;
    err_list_init(&errors);
    workspace = workspace_new(INPUT_MONTHS_MAX, 2);
    return inputs_finish(&inputs, NULL, &errors) && workspace != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    workspace_free(workspace);
    return 0;
}

/* Bills that are zero but in the months 0, 12 and 24. */
static void set_years(int option, double first, double second, double third)
{
    FieldArray *bill = &inputs.options[option].bill.usd_by_month;
    *bill = (FieldArray){.n = 26};
    bill->values[0] = first;
    bill->values[12] = second;
    bill->values[24] = third;
}

static int returns(double out[RETURNS_MAX])
{
    evaluate(&inputs, workspace, NULL);
    return breakeven_returns(workspace, PRESENT, MOVED, inputs.horizon_months, out);
}

static void the_bill_holds_on(void **state)
{
    (void)state;
    inputs.options[PRESENT].bill.usd_by_month = (FieldArray){.n = 2, .values = {1750.5, 980.25}};
    inputs.options[MOVED].bill.covers = 1;
    inputs.options[MOVED].bill.usd_by_month = (FieldArray){.n = 1, .values = {17.0}};
    evaluate(&inputs, workspace, NULL);
    const OptionResult *result = workspace_result(workspace, PRESENT);
    assert_true(result->is_feasible);
    assert_close(result->total_usd, 1750.5 + 35 * 980.25, 1e-12);
    assert_close(result->category_usd[CATEGORY_API_TOKENS], result->total_usd, 0.0);
    assert_close(workspace_result(workspace, MOVED)->category_usd[CATEGORY_COMPUTE_RENT], 36 * 17.0, 1e-12);
}

static void a_bill_without_amounts_says_so(void **state)
{
    (void)state;
    evaluate(&inputs, workspace, NULL);
    assert_false(workspace_result(workspace, PRESENT)->is_feasible);
    assert_non_null(strstr(workspace_result(workspace, PRESENT)->reason, "usd_by_month"));
}

/* 1000 now saves 1100 a year later: 10 %. */
static void one_rate(void **state)
{
    (void)state;
    double rates[RETURNS_MAX];
    set_years(PRESENT, 0.0, 1100.0, 0.0);
    set_years(MOVED, 1000.0, 0.0, 0.0);
    assert_int_equal(returns(rates), 1);
    assert_close(rates[0], 0.10, 1e-9);
    inputs.discount_per_year = rates[0];
    evaluate(&inputs, workspace, NULL);
    assert_close(workspace_result(workspace, PRESENT)->npv_usd, workspace_result(workspace, MOVED)->npv_usd,
                 1e-9);
}

/* -1000, +2300, -1320: (1.1 - x)(1.2 - x) has both 10 % and 20 %. */
static void all_rates_when_there_are_several(void **state)
{
    (void)state;
    double rates[RETURNS_MAX];
    set_years(PRESENT, 0.0, 2300.0, 0.0);
    set_years(MOVED, 1000.0, 0.0, 1320.0);
    assert_int_equal(returns(rates), 2);
    assert_close(rates[0], 0.10, 1e-9);
    assert_close(rates[1], 0.20, 1e-9);
}

static void none_when_the_saving_keeps_its_sign(void **state)
{
    (void)state;
    double rates[RETURNS_MAX];
    set_years(PRESENT, 700.0, 800.0, 10.0);
    set_years(MOVED, 0.0, 0.0, 10.0);
    assert_int_equal(returns(rates), 0);
    set_years(PRESENT, 0.0, 0.0, 10.0);
    assert_int_equal(returns(rates), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(the_bill_holds_on, setup, teardown),
        cmocka_unit_test_setup_teardown(a_bill_without_amounts_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(one_rate, setup, teardown),
        cmocka_unit_test_setup_teardown(all_rates_when_there_are_several, setup, teardown),
        cmocka_unit_test_setup_teardown(none_when_the_saving_keeps_its_sign, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
