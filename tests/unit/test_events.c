/* Events of a scenario: factors, values, moments; what follows month by month, by hand. */
#include "test.h"
#include "tokentco/evaluate.h"
#include "tokentco/scenario.h"

static Resolved resolved;
static Workspace *workspace;
enum { RENT, API, OWN };

/* Two workloads of a flat week, three options, and these events. False when refused; the first fault in
 * `text`. */
static bool load(const char *events, char *text, size_t size)
{
    static const char head[] =
        "{\"schema\": 1, \"start\": \"2027-01\", \"accept_defaults\": true,"
        "\"shape\": {\"params_total\": 70.55e9, \"params_active\": 70.55e9, \"layers\": 80, \"hidden\": "
        "8192, \"heads\": 64,"
        "\"head_dim\": 128, \"kv_values_per_layer\": 2048, \"kv_shards\": 8},"
        "\"accelerator\": {\"memory_bytes\": 80e9, \"bandwidth_bytes_s\": 3.35e12, \"link_bytes_s\": 450e9,"
        "\"flops_16bit\": 989e12, \"flops_8bit\": 1979e12},"
        "\"serving\": {\"weight_bytes\": 1}, \"engine\": {\"basis\": \"stated\"},"
        "\"workloads\": [{\"name\": \"chat\", \"profile\": \"flat\", \"growth_per_month\": 0.03},"
        "{\"name\": \"agents\", \"profile\": \"flat\", \"requests_per_month\": 5e5, \"growth_per_month\": "
        "0}],"
        "\"options\": [{\"name\": \"rent\", \"kind\": \"rent\"}, {\"name\": \"api\", \"kind\": \"api\","
        "\"api\": {\"decline_per_year\": 0.4, \"migrate_every_months\": 6}}, {\"name\": \"own\", \"kind\": "
        "\"own\"}],"
        "\"events\": [";
    char document[4096];
    ErrList errors;
    err_list_init(&errors);
    snprintf(document, sizeof document, "%s%s]}", head, events);
    resolved_free(&resolved);
    Scenario *scenario = scenario_parse("test.json", document, strlen(document), &errors);
    ResolveSources sources = {.book = NULL};
    bool is_ok = scenario != NULL && scenario_resolve(scenario, &sources, &resolved, &errors);
    if (text != NULL)
        snprintf(text, size, "%.*s", (int)size - 1, errors.n_items > 0 ? errors.items[0].text : "");
    if (text == NULL) err_list_print(&errors, stdout);
    scenario_free(scenario);
    err_list_free(&errors);
    return is_ok;
}

static int setup(void **state)
{
    (void)state;
    workspace = workspace_new(INPUT_MONTHS_MAX, 3);
    return workspace != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    workspace_free(workspace);
    resolved_free(&resolved);
    return 0;
}

static const MonthResult *month_of(int option, int m)
{
    evaluate(&resolved.inputs, workspace, NULL);
    const OptionResult *result = workspace_result(workspace, option);
    if (!result->is_feasible) print_message("%s\n", result->reason);
    assert_true(result->is_feasible);
    return &result->months[m];
}

static double rental_price(int m)
{
    return month_of(RENT, m)->category_usd[CATEGORY_COMPUTE_RENT] / month_of(RENT, m)->gpu_hours;
}

/* A factor, then a value that forgets it and declines from its own month, then a factor on the value. */
static void a_value_takes_the_place_of_a_price(void **state)
{
    (void)state;
    assert_true(
        load("{\"month\": 20, \"target\": \"/options/rent/rent/on_demand_usd_per_gpu_h\", \"factor\": 1.25},"
             "{\"month\": 5, \"target\": \"/options/*/rent/on_demand_usd_per_gpu_h\", \"factor\": 0.7},"
             "{\"month\": 11, \"target\": \"/options/*/rent/on_demand_usd_per_gpu_h\", \"value\": 2.45}",
             NULL, 0));
    assert_close(rental_price(4), 3.0 * exp(-0.15 * 4 / 12), 1e-12);
    assert_close(rental_price(10), 0.7 * 3.0 * exp(-0.15 * 10 / 12), 1e-12);
    assert_close(rental_price(11), 2.45, 1e-12);
    assert_close(rental_price(15), 2.45 * exp(-0.15 * 4 / 12), 1e-12);
    assert_close(rental_price(21), 1.25 * 2.45 * exp(-0.15 * 10 / 12), 1e-12);
    /* The value is a price, not a factor on one: another base price does not move it. */
    resolved.inputs.options[RENT].rent.on_demand_usd_per_gpu_h = 4.2;
    assert_close(rental_price(11), 2.45, 1e-12);
    assert_close(rental_price(4), 4.2 * exp(-0.15 * 4 / 12), 1e-12);
}

/* Property 6: factors of one target are a product, whatever their order. */
static void factors_multiply(void **state)
{
    (void)state;
    assert_true(
        load("{\"month\": 9, \"target\": \"/options/rent/rent/on_demand_usd_per_gpu_h\", \"factor\": 1.4},"
             "{\"month\": 4, \"target\": \"/options/rent/rent/on_demand_usd_per_gpu_h\", \"factor\": 0.7},"
             "{\"month\": 9, \"target\": \"/options/*/rent/on_demand_usd_per_gpu_h\", \"factor\": 1.1}",
             NULL, 0));
    assert_close(rental_price(8), 0.7 * 3.0 * exp(-0.15 * 8 / 12), 1e-12);
    assert_close(rental_price(9), 0.7 * 1.4 * 1.1 * 3.0 * exp(-0.15 * 9 / 12), 1e-12);
}

/* Property 6: nothing that happens in month 36 or later is felt in 36 months. */
static void events_beyond_the_horizon_do_nothing(void **state)
{
    (void)state;
    static const char *const late[] = {
        "\"target\": \"/options/*/rent/on_demand_usd_per_gpu_h\", \"factor\": 7",
        "\"target\": \"/options/*/api/prices\", \"factor\": 7",
        "\"target\": \"/options/*/api/output_usd_per_mtok\", \"value\": 70",
        "\"target\": \"/options/*/own/server_usd\", \"value\": 1",
        "\"target\": \"/options/*/own/energy_usd_per_kwh\", \"factor\": 3",
        "\"target\": \"/options/*/staff/salary_usd_per_year\", \"value\": 1",
        "\"target\": \"/workloads/*/requests_per_month\", \"factor\": 9",
        "\"target\": \"/workloads/0/end\"",
        "\"target\": \"/options/*/api/retirement\", \"value\": 1e6",
        "\"target\": \"/options/*/fleet/generation\", \"factor\": 3"};
    double npv_usd[3];
    char event[256];
    assert_true(load("", NULL, 0));
    evaluate(&resolved.inputs, workspace, NULL);
    for (int o = 0; o < 3; o++) npv_usd[o] = workspace_result(workspace, o)->npv_usd;
    for (size_t i = 0; i < sizeof late / sizeof late[0]; i++) {
        for (int month = 35; month < 38; month++) {
            snprintf(event, sizeof event, "{\"month\": %d, %s}", month, late[i]);
            assert_true(load(event, NULL, 0));
            evaluate(&resolved.inputs, workspace, NULL);
            bool is_same = true;
            for (int o = 0; o < 3; o++)
                is_same = is_same && workspace_result(workspace, o)->npv_usd == npv_usd[o];
            assert_int_equal(is_same, month >= 36 || i == 3); /* no server is bought in the last month */
        }
    }
}

static double api_usd(int m)
{
    return month_of(API, m)->category_usd[CATEGORY_API_TOKENS];
}

/* USD of the month's attempts at these prices. */
static double bill(int m, double input, double cached, double output)
{
    double attempts = (3e6 * pow(1.03, m) + 5e5) * 1.01;
    return attempts * (1155 * (0.7 * input + 0.3 * cached) + 211 * output) / 1e6;
}

/* Declines are collected in months 6, 12, ...; a value of month 8 stands until month 12 and declines from
 * month 8. */
static void each_token_price_moves_by_itself(void **state)
{
    (void)state;
    assert_true(load("{\"month\": 3, \"target\": \"/options/1/api/prices\", \"factor\": 0.9},"
                     "{\"month\": 8, \"target\": \"/options/1/api/output_usd_per_mtok\", \"value\": 6.5}",
                     NULL, 0));
    double after_6 = exp(-0.4 * 6 / 12), after_12 = exp(-0.4 * 12 / 12);
    assert_close(api_usd(2), bill(2, 1.0, 0.1, 5.0), 1e-12);
    assert_close(api_usd(3), bill(3, 0.9, 0.09, 4.5), 1e-12);
    assert_close(api_usd(7), bill(7, 0.9 * after_6, 0.09 * after_6, 4.5 * after_6), 1e-12);
    assert_close(api_usd(8), bill(8, 0.9 * after_6, 0.09 * after_6, 6.5), 1e-12);
    assert_close(api_usd(13), bill(13, 0.9 * after_12, 0.09 * after_12, 6.5 * exp(-0.4 * 4 / 12)), 1e-12);
}

/* The vendor retires the model in month 9: 12,345 for the move, the next one a fifth dearer, decline
 * collected then. */
static void a_retired_model_forces_a_move(void **state)
{
    (void)state;
    assert_true(
        load("{\"month\": 9, \"target\": \"/options/api/api/retirement\", \"value\": 12345, \"factor\": 1.2}",
             NULL, 0));
    double then = 1.2 * exp(-0.4 * 9 / 12);
    assert_close(month_of(API, 9)->category_usd[CATEGORY_SWITCHING], 12345, 0.0);
    assert_close(month_of(API, 8)->category_usd[CATEGORY_SWITCHING], 0.0, 0.0);
    assert_close(month_of(API, 12)->category_usd[CATEGORY_EVALUATION], 500 + 8000, 1e-12);
    assert_close(api_usd(9), bill(9, then, 0.1 * then, 5 * then), 1e-12);
    assert_close(api_usd(12), bill(12, 1.2 * exp(-0.4), 0.12 * exp(-0.4), 6 * exp(-0.4)), 1e-12);
    /* In a month of a planned migration, one move is paid. */
    assert_true(
        load("{\"month\": 6, \"target\": \"/options/api/api/retirement\", \"value\": 12345}", NULL, 0));
    assert_close(month_of(API, 6)->category_usd[CATEGORY_EVALUATION], 500, 0.0);
    assert_close(month_of(API, 6)->category_usd[CATEGORY_SWITCHING], 12345, 0.0);
}

/* Twice the rate at one and a half times the price; owned servers are sold and bought anew. */
static void a_new_generation_is_faster_and_dearer(void **state)
{
    (void)state;
    assert_true(
        load("{\"month\": 10, \"target\": \"/options/*/fleet/generation\", \"value\": 4321, \"factor\": 2},"
             "{\"month\": 0, \"target\": \"/workloads/chat/requests_per_month\", \"value\": 3e8}",
             NULL, 0));
    int before = month_of(RENT, 9)->replicas_peak, after = month_of(RENT, 10)->replicas_peak;
    assert_true(after - 1 <= (before - 1) / 2 + 1 && after < before);
    assert_close(rental_price(10), 1.5 * 3.0 * exp(-0.15 * 10 / 12), 1e-12);
    assert_close(month_of(RENT, 10)->category_usd[CATEGORY_SWITCHING], 4321, 0.0);
    const MonthResult *sold = month_of(OWN, 9), *bought = month_of(OWN, 10);
    assert_true(sold->category_usd[CATEGORY_RESIDUAL] < 0.0);
    double price = 1.5 * 300000 * pow(0.85, 10 / 12.0);
    assert_close(bought->category_usd[CATEGORY_COMPUTE_CAPEX], bought->servers * (price + 20000), 1e-12);
    assert_true(bought->servers < sold->servers);
}

/* A shock, and a workload that begins and ends; its growth counts from its own month. */
static void volumes_jump_and_workloads_come_and_go(void **state)
{
    (void)state;
    assert_true(load("{\"month\": 4, \"target\": \"/workloads/chat/requests_per_month\", \"value\": 1e6},"
                     "{\"month\": 7, \"target\": \"/workloads/*/requests_per_month\", \"factor\": 2},"
                     "{\"month\": 6, \"target\": \"/workloads/agents/begin\"}, "
                     "{\"month\": 9, \"target\": \"/workloads/agents/end\"}",
                     NULL, 0));
    const Inputs *inputs = &resolved.inputs;
    assert_close(workload_requests(inputs, 0, 3), 3e6 * pow(1.03, 3), 1e-12);
    assert_close(workload_requests(inputs, 0, 6), 1e6 * pow(1.03, 2), 1e-12);
    assert_close(workload_requests(inputs, 0, 7), 2e6 * pow(1.03, 3), 1e-12);
    assert_close(workload_requests(inputs, 1, 5), 0.0, 0.0);
    assert_close(workload_requests(inputs, 1, 6), 5e5, 0.0);
    assert_close(workload_requests(inputs, 1, 8), 1e6, 0.0);
    assert_close(workload_requests(inputs, 1, 9), 0.0, 0.0);
    assert_true(month_of(RENT, 9)->gpu_hours > 0.0);
}

static void wages_and_power_move_too(void **state)
{
    (void)state;
    assert_true(
        load("{\"month\": 2, \"target\": \"/options/*/staff/salary_usd_per_year\", \"value\": 200000},"
             "{\"month\": 2, \"target\": \"/options/*/own/energy_usd_per_kwh\", \"value\": 0.21},"
             "{\"month\": 2, \"target\": \"/options/*/own/server_usd\", \"factor\": 2}",
             NULL, 0));
    assert_close(month_of(API, 14)->category_usd[CATEGORY_STAFFING], 0.25 * 200000 * 1.35 / 12 * 1.03, 1e-12);
    assert_close(month_of(OWN, 2)->category_usd[CATEGORY_COLO_POWER] -
                     month_of(OWN, 1)->category_usd[CATEGORY_COLO_POWER],
                 10.2 * 0.7 * 1.35 * 730 * (0.21 - 0.10), 1e-9);
}

static void what_makes_no_sense_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *events, *text;
    } cases[] = {
        {"{\"month\": 3, \"target\": \"/options/*/api/prices\", \"value\": 2}",
         "takes a factor, not a value: name one of the prices instead"},
        {"{\"month\": 3, \"target\": \"/options/*/api/prices\"}", "needs a factor or a value"},
        {"{\"month\": 3, \"target\": \"/options/*/own/server_usd\", \"value\": 2, \"factor\": 1}",
         "needs a factor or a value, not both"},
        {"{\"month\": 3, \"target\": \"/options/*/staff/salary_usd_per_year\", \"value\": 1e14}",
         "value 1e+14 is outside 0 to 1e+08"},
        {"{\"month\": 0, \"target\": \"/options/*/api/retirement\"}", "cannot happen in month 0"},
        {"{\"month\": 2, \"target\": \"/workloads/*/begin\", \"factor\": 2}", "has neither factor nor value"},
        {"{\"month\": 2, \"target\": \"/workloads/5/begin\"}", "target '/workloads/5/begin' is not"},
        {"{\"month\": 2, \"target\": \"/workloads/0/requests_per_month\", \"factor\": -1}",
         "factor must be a number from 0"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char text[256];
        assert_false(load(cases[i].events, text, sizeof text));
        if (strstr(text, cases[i].text) == NULL) fail_msg("'%s', wanted '%s'", text, cases[i].text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_value_takes_the_place_of_a_price),
        cmocka_unit_test(factors_multiply),
        cmocka_unit_test(events_beyond_the_horizon_do_nothing),
        cmocka_unit_test(each_token_price_moves_by_itself),
        cmocka_unit_test(a_retired_model_forces_a_move),
        cmocka_unit_test(a_new_generation_is_faster_and_dearer),
        cmocka_unit_test(volumes_jump_and_workloads_come_and_go),
        cmocka_unit_test(wages_and_power_move_too),
        cmocka_unit_test(what_makes_no_sense_is_refused),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
