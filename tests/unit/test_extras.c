/* Loans, hiring, egress tiers and optional parts (E69, E71 to E73): worked numbers by hand. */
#include "test.h"
#include "tokentco/evaluate.h"

static Inputs inputs;
static Workspace *workspace;
static OptionInputs *rent, *own, *api;
enum { RENT, OWN, API };

/* A flat week, so that no table is needed. */
static int setup(void **state)
{
    (void)state;
    enum { FLAT = 2 };
    inputs_init(&inputs);
    inputs.workloads[0].profile = FLAT;
    rent = inputs_add_option(&inputs, "rent", OPTION_RENT);
    own = inputs_add_option(&inputs, "own", OPTION_OWN);
    api = inputs_add_option(&inputs, "api", OPTION_API);
    ErrList errors;
    err_list_init(&errors);
    workspace = workspace_new(INPUT_MONTHS_MAX, 3);
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

static double usd(int option, int month, CategoryId category)
{
    return run(option)->months[month].category_usd[category];
}

/* 60 000 GB at 0.09 to 10 240, 0.085 to 51 200, 0.07 beyond. */
static void traffic_is_paid_by_tier(void **state)
{
    (void)state;
    Workload *w = &inputs.workloads[0];
    w->requests_per_month = 1e6;
    w->retry_frac = 0.0;
    w->output_tok = 1000.0;
    api->network.input_bytes_per_tok = 0.0;
    api->network.output_bytes_per_tok = 60000.0;
    assert_close(usd(API, 0, CATEGORY_NETWORK), 60000 * 0.09, 1e-12);
    api->network.egress_from_gb = (FieldArray){.n = 3, .values = {0.0, 10240.0, 51200.0}};
    api->network.egress_tier_usd_per_gb = (FieldArray){.n = 3, .values = {0.09, 0.085, 0.07}};
    assert_close(usd(API, 0, CATEGORY_NETWORK), 5019.20, 1e-12);
    api->network.output_bytes_per_tok = 9000.0;
    assert_close(usd(API, 0, CATEGORY_NETWORK), 9000 * 0.09, 1e-12);
}

static void tiers_must_rise_from_zero(void **state)
{
    (void)state;
    static const double bad[][2] = {{1.0, 2.0}, {0.0, 0.0}, {0.0, -3.0}};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ErrList errors;
        err_list_init(&errors);
        api->network.egress_from_gb = (FieldArray){.n = 2, .values = {bad[i][0], bad[i][1]}};
        api->network.egress_tier_usd_per_gb = (FieldArray){.n = 2, .values = {0.09, 0.05}};
        assert_false(inputs_finish(&inputs, NULL, &errors));
        assert_string_equal(errors.items[0].place, "/options/2/network/egress_from_gb");
        err_list_free(&errors);
    }
}

/* One server of 300 000 and 20 000 of set-up, 8 % over 36 months: 9 986.48 a month, and no purchase flow. */
static void a_loan_replaces_the_purchase(void **state)
{
    (void)state;
    own->own.financed_frac = 1.0;
    double residual = run(OWN)->category_usd[CATEGORY_RESIDUAL];
    for (int m = 0; m < 36; m++) {
        char text[32];
        snprintf(text, sizeof text, "%.2f", run(OWN)->months[m].category_usd[CATEGORY_COMPUTE_CAPEX]);
        assert_string_equal(text, "9986.48");
    }
    own->own.financed_frac = 0.0;
    assert_close(run(OWN)->category_usd[CATEGORY_RESIDUAL], residual, 0.0);
}

/* Money lent at the discount rate changes no present value, whether the loan ends inside the horizon or not.
 */
static void a_loan_at_the_discount_rate_is_neutral(void **state)
{
    (void)state;
    static const int horizons[] = {1, 7, 36, 60};
    for (size_t i = 0; i < sizeof horizons / sizeof horizons[0]; i++) {
        inputs.horizon_months = horizons[i];
        inputs.workloads[0].growth_per_month = 0.11;
        inputs.workloads[0].requests_per_month = 2e7;
        own->own.loan_rate_per_year = inputs.discount_per_year;
        own->own.loan_months = 31;
        own->own.financed_frac = 0.0;
        double paid = run(OWN)->npv_usd;
        own->own.financed_frac = 0.63;
        assert_close(run(OWN)->npv_usd, paid, 1e-12);
        own->own.loan_rate_per_year = 0.0;
        assert_true(run(OWN)->npv_usd < paid);
    }
}

/* The fleet jumps in month 6; with a lag of two months its people are paid from month 4. */
static void people_come_before_the_fleet(void **state)
{
    (void)state;
    inputs.workloads[0].requests_table = (FieldArray){.n = 7, .values = {3e6, 3e6, 3e6, 3e6, 3e6, 3e6, 9e7}};
    rent->staff.step_gpus = 4;
    double before = run(RENT)->months[5].fte, after = run(RENT)->months[6].fte;
    assert_true(after > before);
    rent->staff.hiring_lag_months = 2;
    assert_close(run(RENT)->months[3].fte, before, 0.0);
    assert_close(run(RENT)->months[4].fte, after, 0.0);
    assert_close(run(RENT)->months[35].fte, after, 0.0);
    rent->staff.wage_growth_per_year = 0.0;
    double without = run(RENT)->category_usd[CATEGORY_STAFFING];
    rent->staff.hiring_cost_frac = 0.2;
    assert_close(run(RENT)->category_usd[CATEGORY_STAFFING] - without, after * 170000 * 0.2, 1e-9);
    assert_close(run(RENT)->months[4].flow_usd[TIMING_START], (after - before) * 170000 * 0.2, 1e-12);
}

static void optional_parts_are_paid(void **state)
{
    (void)state;
    const double mtok = 3e6 * 1.01 * (1155 + 211) / 1e6;
    double security = usd(RENT, 0, CATEGORY_SECURITY), observed = usd(RENT, 0, CATEGORY_OBSERVABILITY);
    double stored = usd(RENT, 0, CATEGORY_STORAGE), tested = usd(RENT, 2, CATEGORY_EVALUATION);
    rent->extras = (Extras){.guardrail_usd_per_mtok = 0.037,
                            .drift_sample_frac = 0.02,
                            .drift_usd_per_mtok = 1.7,
                            .registry_usd_per_month = 115,
                            .finetune_gpu_h_per_quarter = 96,
                            .edge_sites = 7,
                            .edge_site_usd = 4100,
                            .edge_site_kw = 0.35,
                            .edge_usd_per_kwh = 0.21,
                            .edge_visits_per_year = 2,
                            .edge_visit_usd = 260};
    assert_close(usd(RENT, 0, CATEGORY_SECURITY) - security, mtok * 0.037, 1e-9);
    assert_close(usd(RENT, 0, CATEGORY_OBSERVABILITY) - observed, mtok * 0.02 * 1.7, 1e-9);
    assert_close(usd(RENT, 0, CATEGORY_STORAGE) - stored, 115, 1e-9);
    assert_close(usd(RENT, 2, CATEGORY_EVALUATION) - tested, 96 * 3.0 * exp(-0.15 * 2 / 12), 1e-9);
    assert_close(usd(RENT, 0, CATEGORY_COMPUTE_CAPEX), 7 * 4100, 0.0);
    assert_close(usd(RENT, 1, CATEGORY_COMPUTE_CAPEX), 0.0, 0.0);
    assert_close(usd(RENT, 1, CATEGORY_COLO_POWER), 7 * 0.35 * 730 * 0.21, 1e-12);
    assert_close(usd(RENT, 1, CATEGORY_MAINTENANCE), 7 * 260 * 2 / 12.0, 1e-12);
    assert_close(usd(API, 1, CATEGORY_MAINTENANCE), 0.0, 0.0);
}

/* A guardrail that takes half of a replica's rate costs what half the rate costs: E9 halved, the batch as
 * before. */
static void a_guardrail_takes_rate(void **state)
{
    (void)state;
    inputs.workloads[0].requests_per_month = 9e8;
    double hours = run(RENT)->months[0].gpu_hours;
    rent->extras.guardrail_rate_frac = 0.5;
    assert_close(run(RENT)->months[0].gpu_hours, 2 * hours, 0.02);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(traffic_is_paid_by_tier, setup, teardown),
        cmocka_unit_test_setup_teardown(tiers_must_rise_from_zero, setup, teardown),
        cmocka_unit_test_setup_teardown(a_loan_replaces_the_purchase, setup, teardown),
        cmocka_unit_test_setup_teardown(a_loan_at_the_discount_rate_is_neutral, setup, teardown),
        cmocka_unit_test_setup_teardown(people_come_before_the_fleet, setup, teardown),
        cmocka_unit_test_setup_teardown(optional_parts_are_paid, setup, teardown),
        cmocka_unit_test_setup_teardown(a_guardrail_takes_rate, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
