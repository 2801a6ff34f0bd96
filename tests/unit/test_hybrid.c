/* Hybrid options (E68): worked numbers, and the two ends that are pure. */
#include "test.h"
#include "tokentco/evaluate.h"
#include "tokentco/scenario.h"

#include <stdlib.h>

enum { SHARE, PEAK };

static PriceBook book;
static Resolved
    base; /* 4e7 requests a month; options rent, own, api and a hybrid of the first and the last */
static Workspace *workspace;
static OptionInputs *hybrid;
static const int H = 3;

static int setup(void **state)
{
    (void)state;
    ErrList errors;
    err_list_init(&errors);
    setenv("XDG_DATA_HOME", "/nonexistent", 1);
    Scenario *scenario = scenario_load("reference/S5-flat", &errors);
    ResolveSources sources = {.book = &book};
    bool is_ok = scenario != NULL && pricebook_open(&book, NULL, &errors) &&
                 scenario_resolve(scenario, &sources, &base, &errors);
    err_list_print(&errors, stdout);
    scenario_free(scenario);
    if (!is_ok) return -1;
    hybrid = inputs_add_option(&base.inputs, "hybrid", OPTION_HYBRID);
    *hybrid = base.inputs.options[0];
    hybrid->kind = OPTION_HYBRID;
    hybrid->api = base.inputs.options[2].api;
    hybrid->engine.degrees = (FieldArray){.n = 1, .values = {2.0}};
    base.inputs.options[0].engine.degrees = hybrid->engine.degrees;
    workspace = workspace_new(base.inputs.horizon_months, base.inputs.n_options);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    workspace_free(workspace);
    resolved_free(&base);
    pricebook_close(&book);
    return 0;
}

static const OptionResult *at_cap(int cap)
{
    hybrid->hybrid = (Hybrid){.split = PEAK, .replicas_cap = cap};
    evaluate(&base.inputs, workspace, NULL);
    return workspace_result(workspace, H);
}

static void peaks_go_to_the_api_as_worked(void **state)
{
    (void)state;
    assert_true(fabs(at_cap(4)->months[0].api_attempts - 701962.0) <= 0.5);
    assert_true(fabs(at_cap(3)->months[0].api_attempts - 5244175.0) <= 0.5);
}

static void the_ends_are_pure(void **state)
{
    (void)state;
    const OptionResult *none = at_cap(0);
    assert_close(none->npv_usd, workspace_result(workspace, 2)->npv_usd, 1e-14);
    const OptionResult *all = at_cap(1000);
    assert_close(all->npv_usd, workspace_result(workspace, 0)->npv_usd, 1e-12);
    hybrid->hybrid = (Hybrid){.split = SHARE, .api_share_frac = 1.0};
    evaluate(&base.inputs, workspace, NULL);
    assert_close(workspace_result(workspace, H)->npv_usd, workspace_result(workspace, 2)->npv_usd, 1e-14);
    hybrid->hybrid.api_share_frac = 0.0;
    evaluate(&base.inputs, workspace, NULL);
    assert_close(workspace_result(workspace, H)->npv_usd, workspace_result(workspace, 0)->npv_usd, 1e-12);
}

static void the_best_cap_is_the_best(void **state)
{
    (void)state;
    double best = HUGE_VAL;
    for (int cap = 0; cap <= 20; cap++) best = fmin(best, at_cap(cap)->npv_usd);
    hybrid->hybrid = (Hybrid){.split = PEAK, .split_best = true};
    evaluate(&base.inputs, workspace, NULL);
    assert_close(workspace_result(workspace, H)->npv_usd, best, 0.0);
}

/* Every attempt is served once: tokens bought follow the share, and the fleet's traffic the rest. */
static void nothing_is_lost_between_the_parts(void **state)
{
    (void)state;
    hybrid->hybrid = (Hybrid){.split = SHARE, .api_share_frac = 0.385};
    evaluate(&base.inputs, workspace, NULL);
    const OptionResult *mixed = workspace_result(workspace, H), *api = workspace_result(workspace, 2);
    assert_close(mixed->category_usd[CATEGORY_API_TOKENS], 0.385 * api->category_usd[CATEGORY_API_TOKENS],
                 1e-12);
    const MonthResult *month = &mixed->months[5];
    assert_close(month->api_attempts, 0.385 * month->requests * (1.0 + base.inputs.workloads[0].retry_frac),
                 1e-12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peaks_go_to_the_api_as_worked),
        cmocka_unit_test(the_ends_are_pure),
        cmocka_unit_test(the_best_cap_is_the_best),
        cmocka_unit_test(nothing_is_lost_between_the_parts),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
