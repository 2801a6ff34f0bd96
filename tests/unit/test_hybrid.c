/* Hybrid options (E68): worked numbers, and the two ends that are pure. */
#include "test.h"
#include "model/workspace.h"
#include "tokentco/scenario.h"

#include <stdlib.h>

enum { SHARE, PEAK, BOTH };

/* P(Z <= 1.9411) and what follows from it, worked with another program. */
#define CUT_BELOW 0.973877750032365
#define CUT_TOK   1033.43789866975
#define CUT_CV    0.738989704663
#define CUT_ABOVE 5687.02254321

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

/* ---- several routes ---- */

/* Lognormal lengths of mean 1155 and spread 0.96, cut at 4000: by the normal distribution's tables. */
static void long_requests_are_cut_off(void **state)
{
    (void)state;
    LengthCut cut = length_cut(1155.0, 0.96, 4000.0);
    assert_close(cut.below_frac, CUT_BELOW, 1e-12);
    assert_close(cut.below_tok, CUT_TOK, 1e-12);
    assert_close(cut.below_cv, CUT_CV, 1e-10);
    assert_close(cut.above_tok, CUT_ABOVE, 1e-10);
    /* Nothing is lost, whatever the cut. */
    for (double t = 1.0; t < 1e9; t *= 1.7) {
        LengthCut c = length_cut(2048.3, 1.37, t);
        assert_true(c.below_frac >= 0.0 && c.below_frac <= 1.0 && c.below_tok > 0.0 && c.below_cv >= 0.0);
        assert_close(c.below_frac * c.below_tok + (1.0 - c.below_frac) * c.above_tok, 2048.3, 1e-7);
    }
    /* What nothing reaches is of no length. */
    assert_close(length_cut(500.0, 0.0, 499.0).below_frac, 0.0, 0.0);
    assert_close(length_cut(500.0, 0.0, 499.0).below_tok, 0.0, 0.0);
    assert_close(length_cut(500.0, 0.0, 500.0).below_frac, 1.0, 0.0);
}

static double lines_usd[N_DRIVERS];
static void add_line(void *context, const DriverLine *line)
{
    (void)context;
    if (line->option == H && line->month == 5) lines_usd[line->driver] += driver_line_usd(line);
}

static const MonthResult *run_lines(Hybrid fields)
{
    Sink sink = {add_line, NULL, NULL};
    memset(lines_usd, 0, sizeof lines_usd);
    hybrid->hybrid = fields;
    evaluate(&base.inputs, workspace, &sink);
    assert_true(workspace_result(workspace, H)->is_feasible);
    return &workspace_result(workspace, H)->months[5];
}

/* Long requests, a tenth of the rest, and one in fifty of what the fleet served, all at once, by hand. */
static void routes_work_one_after_the_other(void **state)
{
    (void)state;
    const Workload *w = &base.inputs.workloads[0];
    const Api *api = &hybrid->api;
    const MonthResult *month =
        run_lines((Hybrid){.api_share_frac = 0.1, .long_context_tok = 4000.0, .fallback_frac = 0.02});
    double attempts = month->requests * (1.0 + w->retry_frac), above = 1.0 - CUT_BELOW;
    double per_input = 0.7 * api->input_usd_per_mtok + 0.3 * api->cached_usd_per_mtok;
    double output_usd = w->output_tok * api->output_usd_per_mtok;
    double price_below = (CUT_TOK * per_input + output_usd) / 1e6,
           price_above = (CUT_ABOVE * per_input + output_usd) / 1e6;
    assert_close(lines_usd[DRIVER_API_LONG_CONTEXT], attempts * above * price_above, 1e-9);
    assert_close(lines_usd[DRIVER_API_USAGE], attempts * CUT_BELOW * 0.1 * price_below, 1e-9);
    assert_close(lines_usd[DRIVER_API_FALLBACK], attempts * CUT_BELOW * 0.9 * 0.02 * price_below, 1e-9);
    assert_close(month->api_attempts, attempts * (above + CUT_BELOW * (0.1 + 0.9 * 0.02)), 1e-9);
    /* The wire carries every token once, and those of the fallback again. */
    double in_gb = attempts * 1155.0 * 4.0 / 1e9;
    double self_gb = attempts * CUT_BELOW * 0.9 * CUT_TOK * 4.0 / 1e9;
    assert_close(lines_usd[DRIVER_NAT], (in_gb - 0.98 * self_gb) * 0.045, 1e-9);
}

/* The fleet is smaller for what it no longer reads; without routes nothing changes. */
static void shorter_requests_need_a_smaller_fleet(void **state)
{
    (void)state;
    double whole = run_lines((Hybrid){.split = SHARE})->gpu_hours;
    double cut = run_lines((Hybrid){.split = SHARE, .long_context_tok = 2000.0})->gpu_hours;
    assert_true(cut < 0.9 * whole);
    double usd = workspace_result(workspace, 0)->npv_usd;
    run_lines((Hybrid){.split = SHARE, .long_context_tok = 1e9});
    assert_close(workspace_result(workspace, H)->npv_usd, usd, 1e-12);
    /* A cut below every length leaves the API alone. */
    run_lines((Hybrid){.split = SHARE, .long_context_tok = 1e-3});
    assert_close(workspace_result(workspace, H)->npv_usd, workspace_result(workspace, 2)->npv_usd, 1e-12);
}

/* Every request is too long for the waiting limits of the fleet, and none of them gets there. */
static void a_fleet_that_nothing_reaches_refuses_nothing(void **state)
{
    (void)state;
    Workload *w = &base.inputs.workloads[0], kept = *w;
    w->input_tok = 60000.0;
    w->input_cv = 0.0;
    w->max_context_tok = 131072;
    evaluate_option(&base.inputs, 0, workspace, NULL);
    assert_false(workspace_result(workspace, 0)->is_feasible);
    run_lines((Hybrid){.split = SHARE, .long_context_tok = 4000.0});
    assert_close(workspace_result(workspace, H)->npv_usd, workspace_result(workspace, 2)->npv_usd, 1e-12);
    *w = kept;
}

static int most_of_week(int option, int month)
{
    int week[HOURS_PER_WEEK], most = 0;
    capacity_week(&base.inputs, option, month, workspace, week);
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        if (week[h] > most) most = week[h];
    return most;
}

/* The heat map shows the fleet that was found, not one of the largest or of no size. */
static void the_week_is_that_of_the_fleet_found(void **state)
{
    (void)state;
    run_lines((Hybrid){.split = PEAK, .split_best = true});
    const OptionResult *result = workspace_result(workspace, H);
    assert_true(result->replicas_cap > 0);
    for (int m = 0; m < base.inputs.horizon_months; m++)
        assert_int_equal(most_of_week(H, m), result->months[m].replicas_peak);
    assert_int_equal(most_of_week(2, 0), 0);
}

static void share_and_peak_work_together(void **state)
{
    (void)state;
    double share = run_lines((Hybrid){.split = SHARE, .api_share_frac = 0.25})->api_attempts;
    double both = run_lines((Hybrid){.split = BOTH, .api_share_frac = 0.25, .replicas_cap = 3})->api_attempts;
    double peak = run_lines((Hybrid){.split = PEAK, .replicas_cap = 3})->api_attempts;
    assert_true(both > share && both < share + peak && peak > 0.0);
    run_lines((Hybrid){.split = BOTH, .api_share_frac = 0.25, .replicas_cap = 1000});
    double npv = workspace_result(workspace, H)->npv_usd;
    run_lines((Hybrid){.split = SHARE, .api_share_frac = 0.25});
    assert_close(npv, workspace_result(workspace, H)->npv_usd, 1e-12);
}

/* ---- several workloads, no request ---- */

/* A second workload that is all at night beside one that is all by day. */
static void add_night(double night_batch_frac)
{
    Inputs *inputs = &base.inputs;
    inputs->workloads[1] = inputs->workloads[0];
    inputs->workloads[1].input_tok = 3000.0;
    inputs->workloads[1].batch_frac = night_batch_frac;
    inputs->workloads[1].requests_per_month = 1e6;
    inputs->n_workloads = 2;
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        inputs->week[0][h] = h % 24 < 12 ? 2.0 : 0.0;
        inputs->week[1][h] = 2.0 - inputs->week[0][h];
    }
}

/* What is beyond the fleet has the mix of its hour: by day alone, the night's requests never leave. */
static void an_hours_overflow_has_the_mix_of_the_hour(void **state)
{
    (void)state;
    Resolved kept = base;
    add_night(0.0);
    run_lines((Hybrid){.split = PEAK, .replicas_cap = 3});
    const Api *api = &hybrid->api;
    const Workload *day = &base.inputs.workloads[0];
    double price = (day->input_tok * (0.7 * api->input_usd_per_mtok + 0.3 * api->cached_usd_per_mtok) +
                    day->output_tok * api->output_usd_per_mtok) /
                   1e6;
    const MonthResult *month = &workspace_result(workspace, H)->months[5];
    assert_true(month->api_attempts > 1e6);
    assert_close(lines_usd[DRIVER_API_USAGE], month->api_attempts * price, 1e-9);
    assert_close(lines_usd[DRIVER_NAT], month->api_attempts * day->input_tok * 4.0 / 1e9 * 0.045, 1e-9);
    base = kept;
}

/* The limits of work that can all wait bind nobody else, nor do those of a workload that never comes. */
static void limits_of_work_that_can_wait_do_not_bind(void **state)
{
    (void)state;
    Resolved kept = base;
    add_night(1.0);
    evaluate_option(&base.inputs, 0, workspace, NULL);
    Replica before = workspace_result(workspace, 0)->replica;
    base.inputs.workloads[1].slo_tpot_s = 0.01;
    base.inputs.workloads[1].slo_ttft_s = 0.1;
    base.inputs.workloads[1].slo_miss_frac = 1e-6;
    evaluate_option(&base.inputs, 0, workspace, NULL);
    assert_int_equal(workspace_result(workspace, 0)->replica.batch, before.batch);
    assert_close(workspace_result(workspace, 0)->replica.slack_s, before.slack_s, 0.0);
    base.inputs.workloads[1].batch_frac = 0.9;
    evaluate_option(&base.inputs, 0, workspace, NULL);
    assert_false(workspace_result(workspace, 0)->is_feasible);
    base.inputs.workloads[1].from_month = base.inputs.horizon_months;
    evaluate_option(&base.inputs, 0, workspace, NULL);
    assert_true(workspace_result(workspace, 0)->is_feasible);
    base = kept;
}

/* No request costs what next to none costs (property 5), whichever routes there are. */
static void zero_volume_is_the_limit(void **state)
{
    (void)state;
    const Hybrid routes[] = {{.split = SHARE, .api_share_frac = 0.3},
                             {.split = PEAK, .replicas_cap = 2, .long_context_tok = 4000.0},
                             {.split = PEAK, .replicas_cap = 2, .fallback_frac = 0.1},
                             {.split = PEAK, .replicas_cap = 2},
                             {.split = BOTH, .replicas_cap = 0, .api_share_frac = 0.2}};
    Workload *w = &base.inputs.workloads[0];
    double volume = w->requests_per_month;
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        hybrid->hybrid = routes[i];
        w->requests_per_month = 1e-6;
        evaluate_option(&base.inputs, H, workspace, NULL);
        double limit = workspace_result(workspace, H)->npv_usd;
        w->requests_per_month = 0.0;
        evaluate_option(&base.inputs, H, workspace, NULL);
        assert_close(workspace_result(workspace, H)->npv_usd, limit, 1e-9);
    }
    w->requests_per_month = volume;
}

/* Large fleets, every number of replicas that leaves something to the API. With batch work there is no bound:
 * the search goes in steps and still finds no worse than any number tried here. */
static void the_best_cap_of_a_large_fleet(void **state)
{
    (void)state;
    Workload *w = &base.inputs.workloads[0];
    double volume = w->requests_per_month, batch = w->batch_frac;
    FieldArray degrees = hybrid->engine.degrees;
    w->requests_per_month = 1.7e9;
    for (int with_batch = 0; with_batch < 2; with_batch++) {
        w->batch_frac = with_batch == 1 ? 0.15 : 0.0;
        hybrid->engine.degrees = (FieldArray){.n = 1, .values = {4.0}};
        hybrid->hybrid = (Hybrid){.split = PEAK, .split_best = true};
        evaluate_option(&base.inputs, H, workspace, NULL);
        double found = workspace_result(workspace, H)->npv_usd, best = HUGE_VAL;
        int found_cap = workspace_result(workspace, H)->replicas_cap, best_cap = 0,
            step = with_batch == 1 ? 7 : 1;
        assert_true(found_cap > 64);
        for (int cap = 0; cap <= 1000; cap += step) {
            hybrid->hybrid = (Hybrid){.split = PEAK, .replicas_cap = cap};
            evaluate_option(&base.inputs, H, workspace, NULL);
            double usd = workspace_result(workspace, H)->npv_usd;
            if (usd < best) best_cap = cap;
            best = fmin(best, usd);
        }
        if (with_batch == 0) {
            assert_int_equal(found_cap, best_cap);
            assert_close(found, best, 0.0);
        } else {
            assert_true(found <= best * (1.0 + 1e-12));
        }
    }
    hybrid->engine.degrees = degrees;
    w->requests_per_month = volume;
    w->batch_frac = batch;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(peaks_go_to_the_api_as_worked),
        cmocka_unit_test(the_ends_are_pure),
        cmocka_unit_test(the_best_cap_is_the_best),
        cmocka_unit_test(nothing_is_lost_between_the_parts),
        cmocka_unit_test(long_requests_are_cut_off),
        cmocka_unit_test(routes_work_one_after_the_other),
        cmocka_unit_test(shorter_requests_need_a_smaller_fleet),
        cmocka_unit_test(a_fleet_that_nothing_reaches_refuses_nothing),
        cmocka_unit_test(the_week_is_that_of_the_fleet_found),
        cmocka_unit_test(share_and_peak_work_together),
        cmocka_unit_test(an_hours_overflow_has_the_mix_of_the_hour),
        cmocka_unit_test(limits_of_work_that_can_wait_do_not_bind),
        cmocka_unit_test(zero_volume_is_the_limit),
        cmocka_unit_test(the_best_cap_of_a_large_fleet),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
