/* Options that are composed of others: cascades (E64) and plans, by hand and against the options alone. */
#include "test.h"
#include "tokentco/breakeven.h"
#include "tokentco/cascade.h"

static Inputs inputs;
static Workspace *workspace;
static OptionInputs *rent, *own, *small, *large, *cascade, *plan;
enum { RENT, OWN, SMALL, LARGE, CASCADE, PLAN };

static void name_parts(OptionInputs *option, const char *first, const char *second, const char *third)
{
    snprintf(option->plan.first, sizeof option->plan.first, "%s", first);
    snprintf(option->plan.second, sizeof option->plan.second, "%s", second);
    snprintf(option->plan.third, sizeof option->plan.third, "%s", third);
}

static bool finish(ErrList *errors)
{
    err_list_init(errors);
    return inputs_finish(&inputs, NULL, errors);
}

static int setup(void **state)
{
    (void)state;
    enum { FLAT = 2 };
    inputs_init(&inputs);
    inputs.workloads[0].profile = FLAT;
    rent = inputs_add_option(&inputs, "rent", OPTION_RENT);
    own = inputs_add_option(&inputs, "own", OPTION_OWN);
    small = inputs_add_option(&inputs, "small", OPTION_API);
    large = inputs_add_option(&inputs, "large", OPTION_API);
    cascade = inputs_add_option(&inputs, "cascade", OPTION_CASCADE);
    plan = inputs_add_option(&inputs, "plan", OPTION_PLAN);
    small->api.input_usd_per_mtok = 0.21;
    small->api.output_usd_per_mtok = 0.83;
    large->api.input_usd_per_mtok = 3.1;
    large->api.output_usd_per_mtok = 14.7;
    snprintf(cascade->cascade.small, sizeof cascade->cascade.small, "small");
    snprintf(cascade->cascade.large, sizeof cascade->cascade.large, "large");
    cascade->cascade.escalate_frac = 0.23;
    name_parts(plan, "small", "rent", "");
    plan->plan.second_from_month = 7;
    workspace = workspace_new(INPUT_MONTHS_MAX, 7);
    ErrList errors;
    return finish(&errors) && workspace != NULL ? 0 : -1;
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
    const OptionResult *result = workspace_result(workspace, option);
    if (!result->is_feasible) print_message("%s\n", result->reason);
    assert_true(result->is_feasible);
    return result;
}

/* ---- cascades ---- */

static void a_cascade_buys_small_for_all_and_large_for_a_share(void **state)
{
    (void)state;
    const double attempts = 3e6 * 1.01;
    double small_usd = (1155 * (0.7 * 0.21 + 0.3 * 0.10) + 211 * 0.83) / 1e6;
    double large_usd = (1155 * (0.7 * 3.1 + 0.3 * 0.10) + 211 * 14.7) / 1e6;
    const MonthResult *month = &run(CASCADE)->months[0];
    assert_close(month->category_usd[CATEGORY_API_TOKENS], attempts * (small_usd + 0.23 * large_usd), 1e-12);
    assert_close(month->requests, 3e6, 0.0);
    /* Both parts have their people. */
    assert_close(month->fte, 0.5, 0.0);
}

/* A part of a cascade costs what the option costs at that volume. */
static void a_cascade_is_the_sum_of_its_parts(void **state)
{
    (void)state;
    static const OptionKind kinds[] = {OPTION_API, OPTION_RENT, OPTION_OWN};
    for (int i = 0; i < 3; i++) {
        large->kind = kinds[i];
        inputs.workloads[0].requests_per_month = 6.1e7;
        double together = run(CASCADE)->npv_usd, alone = run(SMALL)->npv_usd;
        inputs.workloads[0].requests_per_month *= 0.23;
        assert_close(together, alone + run(LARGE)->npv_usd, 1e-12);
    }
    cascade->cascade.escalate_frac = 0.0;
    large->kind = OPTION_API;
    inputs.workloads[0].requests_per_month = 6.1e7;
    double fixed = run(CASCADE)->npv_usd - run(SMALL)->npv_usd;
    inputs.workloads[0].requests_per_month = 0.0;
    assert_close(fixed, run(LARGE)->npv_usd, 1e-9);
}

/* E64. Without fixed costs the limit is the ratio; with them, and with the steps of a fleet, it is where both
 * cost the same. */
static void a_cascade_pays_up_to_its_limit(void **state)
{
    (void)state;
    CascadeLimit limit;
    static Inputs scratch;
    assert_false(cascade_limit(&inputs, RENT, workspace, &scratch, &limit));
    for (int i = 0; i < 3; i++) {
        inputs.workloads[0].requests_per_month = 6e7;
        if (i == 1) small->api.min_commit_usd_per_month = 1000.0;
        if (i == 2) large->kind = OPTION_RENT;
        assert_true(cascade_limit(&inputs, CASCADE, workspace, &scratch, &limit));
        double small_usd = run(SMALL)->npv_usd, large_usd = run(LARGE)->npv_usd;
        assert_close(limit.ratio_frac, 1.0 - small_usd / large_usd, 1e-14);
        if (!limit.is_found) {
            cascade->cascade.escalate_frac = 0.0;
            assert_true(i == 2 && run(CASCADE)->npv_usd > large_usd);
            continue;
        }
        assert_true(limit.frac > 0.0 && limit.frac < limit.ratio_frac);
        cascade->cascade.escalate_frac = limit.frac;
        assert_close(run(CASCADE)->npv_usd, large_usd, 1e-12);
        cascade->cascade.escalate_frac = 1.01 * limit.frac;
        assert_true(run(CASCADE)->npv_usd > large_usd);
    }
}

/* Costs by the request alone: the worked form of E64. */
static void the_limit_is_the_ratio_without_fixed_costs(void **state)
{
    (void)state;
    static Inputs scratch;
    CascadeLimit limit;
    OptionInputs *both[] = {small, large};
    for (int i = 0; i < 2; i++) {
        both[i]->staff.api_fte = 0.0;
        both[i]->operations.setup_api_usd = both[i]->operations.api_migrate_usd = 0.0;
        both[i]->operations.evaluation_api_usd_per_month = both[i]->operations.security_api_usd_per_month =
            0.0;
    }
    assert_true(cascade_limit(&inputs, CASCADE, workspace, &scratch, &limit));
    assert_close(limit.frac, limit.ratio_frac, 1e-12);
    assert_true(limit.ratio_frac > 0.5);
}

static void parts_must_be_there_and_not_go_in_circles(void **state)
{
    (void)state;
    ErrList errors;
    snprintf(cascade->cascade.large, sizeof cascade->cascade.large, "big");
    assert_false(finish(&errors));
    assert_string_equal(errors.items[0].place, "/options/4/cascade/large");
    assert_string_equal(errors.items[0].text, "there is no option named 'big'");
    err_list_free(&errors);
    snprintf(cascade->cascade.large, sizeof cascade->cascade.large, "cascade");
    assert_false(finish(&errors));
    err_list_free(&errors);
    snprintf(cascade->cascade.large, sizeof cascade->cascade.large, "large");
    name_parts(plan, "small", "plan", "");
    assert_false(finish(&errors));
    err_list_free(&errors);
    name_parts(plan, "small", "cascade", "rent");
    plan->plan.third_from_month = 5;
    assert_false(finish(&errors));
    assert_string_equal(errors.items[0].place, "/options/5/plan/third_from_month");
    err_list_free(&errors);
}

static void a_blocked_part_says_so(void **state)
{
    (void)state;
    large->is_blocked = true;
    snprintf(large->blocked, sizeof large->blocked, "api/input_usd_per_mtok is missing");
    evaluate(&inputs, workspace, NULL);
    assert_false(workspace_result(workspace, CASCADE)->is_feasible);
    assert_string_equal(workspace_result(workspace, CASCADE)->reason,
                        "large: api/input_usd_per_mtok is missing");
    assert_true(workspace_result(workspace, SMALL)->is_feasible);
}

/* ---- plans ---- */

static double wage(int m)
{
    return 170000 * 1.35 / 12 * pow(1.03, m / 12.0);
}

static void a_plan_pays_the_one_that_serves(void **state)
{
    (void)state;
    plan->plan.overlap_months = 2;
    plan->plan.switch_usd = 5130;
    const OptionResult *moved = run(PLAN), *pilot = workspace_result(workspace, SMALL);
    assert_int_equal(moved->n_moves, 1);
    assert_int_equal(moved->move_month[0], 7);
    for (int m = 0; m < 7; m++) assert_close(moved->months[m].total_usd, pilot->months[m].total_usd, 1e-15);
    /* Month 7: set-up of the fleet, the move, both staffs; month 9: the fleet alone. */
    assert_close(moved->months[7].category_usd[CATEGORY_SETUP], 40000, 0.0);
    assert_close(moved->months[7].category_usd[CATEGORY_SWITCHING], 5130, 0.0);
    assert_close(moved->months[8].category_usd[CATEGORY_STAFFING], (0.25 + 1.25) * wage(8), 1e-12);
    assert_close(moved->months[8].category_usd[CATEGORY_API_TOKENS],
                 pilot->months[8].category_usd[CATEGORY_API_TOKENS], 1e-15);
    assert_close(moved->months[9].category_usd[CATEGORY_STAFFING], 1.25 * wage(9), 1e-12);
    assert_close(moved->months[9].category_usd[CATEGORY_API_TOKENS], 0.0, 0.0);
    /* Checkpoints count from the move: the first upgrade comes in month 13. */
    assert_true(moved->months[12].category_usd[CATEGORY_EVALUATION] == 500);
    assert_true(moved->months[13].category_usd[CATEGORY_EVALUATION] > 12500);
    assert_close(moved->months[7].category_usd[CATEGORY_STORAGE] -
                     pilot->months[7].category_usd[CATEGORY_STORAGE],
                 pilot->months[0].category_usd[CATEGORY_STORAGE] * pow(1.02, 7) + 70.55 * 3 * 0.023, 1e-9);
}

static void the_ends_of_a_plan_are_pure(void **state)
{
    (void)state;
    plan->plan.switch_usd = 1e6;
    plan->plan.overlap_months = 5;
    plan->plan.second_from_month = 36;
    assert_close(run(PLAN)->npv_usd, workspace_result(workspace, SMALL)->npv_usd, 0.0);
    plan->plan.second_from_month = 0;
    assert_close(run(PLAN)->npv_usd, workspace_result(workspace, RENT)->npv_usd, 0.0);
}

/* The vendor retires the model in month 5. Who moves to the API in month 7 buys the next model, and has
 * nothing to move. */
static void who_comes_after_a_retirement_buys_the_next_model(void **state)
{
    (void)state;
    ErrList errors;
    small->api.retirement_month = 5;
    small->api.retirement_price_factor = 1.7;
    name_parts(plan, "rent", "small", "");
    assert_true(finish(&errors));
    const OptionResult *moved = run(PLAN), *always = workspace_result(workspace, SMALL);
    for (int m = 7; m < 36; m++)
        assert_close(moved->months[m].category_usd[CATEGORY_API_TOKENS],
                     always->months[m].category_usd[CATEGORY_API_TOKENS], 1e-12);
    assert_close(always->months[5].category_usd[CATEGORY_API_TOKENS],
                 1.02 * 1.7 * always->months[4].category_usd[CATEGORY_API_TOKENS], 1e-12);
    assert_close(always->category_usd[CATEGORY_SWITCHING], 8000.0, 0.0);
    assert_close(moved->category_usd[CATEGORY_SWITCHING], 0.0, 0.0);
}

/* One replica of two GPUs reserved for terms of 12 months: signed in month 7 and again in month 19. Left in
 * month 5, it is paid to month 11. */
static void reservations_follow_the_plan(void **state)
{
    (void)state;
    rent->rent.reserved_replicas = 2;
    rent->rent.reserved_term_months = 12;
    inputs.workloads[0].requests_per_month = 1.0;
    double gpu_hours = 2 * 2 * 730 * 0.75;
    const OptionResult *moved = run(PLAN);
    assert_close(moved->months[18].category_usd[CATEGORY_COMPUTE_RENT], gpu_hours * 3 * exp(-0.15 * 7 / 12),
                 1e-12);
    assert_close(moved->months[19].category_usd[CATEGORY_COMPUTE_RENT], gpu_hours * 3 * exp(-0.15 * 19 / 12),
                 1e-12);
    name_parts(plan, "rent", "small", "");
    plan->plan.second_from_month = 5;
    ErrList errors;
    assert_true(finish(&errors));
    moved = run(PLAN);
    for (int m = 0; m < 12; m++)
        assert_close(moved->months[m].category_usd[CATEGORY_COMPUTE_RENT], gpu_hours * 3, 1e-12);
    assert_close(moved->months[12].category_usd[CATEGORY_COMPUTE_RENT], 0.0, 0.0);
    assert_close(moved->months[6].category_usd[CATEGORY_STAFFING], 0.25 * wage(6), 1e-12);
}

/* A server bought in month 7 and sold after 29 months; one bought in month 0 and sold when the plan moves on.
 */
static void servers_are_bought_and_sold_with_the_plan(void **state)
{
    (void)state;
    ErrList errors;
    name_parts(plan, "small", "own", "");
    assert_true(finish(&errors));
    const OptionResult *moved = run(PLAN);
    double price = 300000 * pow(0.85, 7 / 12.0);
    assert_close(moved->category_usd[CATEGORY_COMPUTE_CAPEX], price + 20000, 1e-12);
    assert_close(moved->months[35].category_usd[CATEGORY_RESIDUAL], -price * exp(-0.4 * 29 / 12), 1e-12);
    name_parts(plan, "own", "small", "");
    plan->plan.overlap_months = 1;
    assert_true(finish(&errors));
    moved = run(PLAN);
    assert_close(moved->months[7].category_usd[CATEGORY_RESIDUAL], -300000 * exp(-0.4 * 8 / 12), 1e-12);
    assert_close(moved->months[8].category_usd[CATEGORY_COLO_POWER], 0.0, 0.0);
}

static double best_by_trying(int n_stages)
{
    double best = HUGE_VAL;
    for (int a = 0; a <= inputs.horizon_months; a++) {
        plan->plan.second_from_month = a;
        for (int b = a; b <= inputs.horizon_months; b++) {
            plan->plan.third_from_month = b;
            best = fmin(best, run(PLAN)->npv_usd);
            if (n_stages == 2) break;
        }
    }
    return best;
}

static void the_best_months_are_the_best(void **state)
{
    (void)state;
    ErrList errors;
    inputs.horizon_months = 24;
    inputs.workloads[0].requests_per_month = 1.1e5;
    inputs.workloads[0].growth_per_month = 0.31;
    /* A pilot by the token, then one with a least bill, then a fleet. */
    small->api.input_usd_per_mtok = 3.1;
    small->api.output_usd_per_mtok = 14.7;
    large->api.input_usd_per_mtok = 0.9;
    large->api.output_usd_per_mtok = 4.1;
    large->api.min_commit_usd_per_month = 9000;
    plan->plan.switch_usd = 7310;
    plan->plan.overlap_months = 1;
    for (int n = 2; n <= 3; n++) {
        name_parts(plan, "small", n == 2 ? "rent" : "large", n == 2 ? "" : "rent");
        assert_true(finish(&errors));
        plan->plan.find_months = false;
        double best = best_by_trying(n);
        plan->plan.find_months = true;
        const OptionResult *found = run(PLAN);
        assert_close(found->npv_usd, best, 1e-12);
        for (int i = 0; i + 1 < n; i++) assert_in_range(found->move_month[i], 1, 23);
    }
}

/* Beyond 48 months the pair of moves is sought in steps; it is as good as every pair on a coarse grid. */
static void long_plans_are_searched_in_steps(void **state)
{
    (void)state;
    ErrList errors;
    inputs.horizon_months = 96;
    inputs.workloads[0].requests_per_month = 2e5;
    inputs.workloads[0].growth_per_month = 0.07;
    name_parts(plan, "small", "large", "rent");
    plan->plan.find_months = true;
    assert_true(finish(&errors));
    double found = run(PLAN)->npv_usd;
    plan->plan.find_months = false;
    for (int a = 0; a <= 96; a += 8) {
        for (int b = a; b <= 96; b += 8) {
            plan->plan.second_from_month = a;
            plan->plan.third_from_month = b;
            evaluate_option(&inputs, PLAN, workspace, NULL);
            assert_true(found <= workspace_result(workspace, PLAN)->npv_usd * (1.0 + 1e-12));
        }
    }
}

/* ---- break-even on steps ---- */

/* A fleet without growth against a bill that lies between two steps of it: the crossing is the step, found to
 * the last double, and it is said which fleet grows there. */
static void a_crossing_at_a_step_is_the_step(void **state)
{
    (void)state;
    OptionInputs *bill = inputs_add_option(&inputs, "bill", OPTION_BILL);
    inputs.horizon_months = 3;
    inputs.workloads[0].growth_per_month = 0.0;
    inputs.workloads[0].requests_per_month = 2e7;
    rent->rent.decline_per_year = 0.0;
    rent->engine.degrees = (FieldArray){.n = 1, .values = {2.0}};
    double low = run(RENT)->months[1].total_usd;
    int replicas = run(RENT)->months[1].replicas_peak;
    bill->bill.usd_by_month = (FieldArray){.n = 1, .values = {low + 1500}};
    bill->bill.usd_by_month.values[0] += 40000.0 / 3; /* the set-up of the fleet */
    Workspace *wide = workspace_new(INPUT_MONTHS_MAX, inputs.n_options);
    Crossings found;
    assert_non_null(wide);
    assert_true(breakeven_volume(&inputs, RENT, PLAN + 1, 1.9e7, 1e8, &found, NULL));
    assert_int_equal(found.n, 1);
    assert_false(found.is_truncated);
    assert_close(found.low, 1.9e7, 0.0);
    assert_close(found.blind_frac, 0.0, 0.0);
    const Crossing *step = &found.items[0];
    assert_true(step->has_step && step->jump_usd > 0.0);
    assert_int_equal(step->step_option, RENT);
    assert_int_equal(step->step_month, 0);
    assert_int_equal(step->cheaper_above, PLAN + 1);
    inputs.workloads[0].requests_per_month = nextafter(step->requests_per_month, 0.0);
    assert_int_equal(run(RENT)->months[1].replicas_peak, replicas);
    inputs.workloads[0].requests_per_month = step->requests_per_month;
    assert_int_equal(run(RENT)->months[1].replicas_peak, step->step_replicas);
    assert_int_equal(step->step_replicas, replicas + 1);
    workspace_free(wide);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_cascade_buys_small_for_all_and_large_for_a_share, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cascade_is_the_sum_of_its_parts, setup, teardown),
        cmocka_unit_test_setup_teardown(a_cascade_pays_up_to_its_limit, setup, teardown),
        cmocka_unit_test_setup_teardown(the_limit_is_the_ratio_without_fixed_costs, setup, teardown),
        cmocka_unit_test_setup_teardown(parts_must_be_there_and_not_go_in_circles, setup, teardown),
        cmocka_unit_test_setup_teardown(a_blocked_part_says_so, setup, teardown),
        cmocka_unit_test_setup_teardown(a_plan_pays_the_one_that_serves, setup, teardown),
        cmocka_unit_test_setup_teardown(the_ends_of_a_plan_are_pure, setup, teardown),
        cmocka_unit_test_setup_teardown(who_comes_after_a_retirement_buys_the_next_model, setup, teardown),
        cmocka_unit_test_setup_teardown(reservations_follow_the_plan, setup, teardown),
        cmocka_unit_test_setup_teardown(servers_are_bought_and_sold_with_the_plan, setup, teardown),
        cmocka_unit_test_setup_teardown(the_best_months_are_the_best, setup, teardown),
        cmocka_unit_test_setup_teardown(a_crossing_at_a_step_is_the_step, setup, teardown),
        cmocka_unit_test_setup_teardown(long_plans_are_searched_in_steps, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
