/* Break-even over volume against walks along many volumes, on random scenarios of every kind of option;
 * prices of indifference. */
#include "random.h"
#include "test.h"
#include "tokentco/breakeven.h"

#include <stdlib.h>

enum { RENT, OWN, API, HYBRID, CASCADE, PLAN, BILL, N_KINDS };
enum { FLAT_WEEK = 2, CUSTOM_WEEK = 3, WALK = 250, CASES = 40 };
#define WALK_LOW  2e5
#define WALK_HIGH 2e8
/* Costs that differ by less are the same. */
#define SAME 1e-12

static Inputs *inputs;
static Workspace *workspace;

static bool is_likely(double share)
{
    return uniform() < share;
}

static void draw_degrees(OptionInputs *option)
{
    static const double degrees[] = {2.0, 4.0, 8.0};
    int first = (int)between(0.0, 3.0);
    option->engine.degrees = (FieldArray){.n = 1 + (int)between(0.0, 3.0 - first)};
    for (int i = 0; i < option->engine.degrees.n; i++) option->engine.degrees.values[i] = degrees[first + i];
}

static void draw_workload(Workload *w)
{
    w->profile = is_likely(0.5) ? FLAT_WEEK : CUSTOM_WEEK;
    w->profile_hours.n = HOURS_PER_WEEK;
    double depth = between(0.0, 0.9);
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        w->profile_hours.values[h] = 1.0 - depth * cos(h * 0.2617993877991494) + between(0.0, 0.1);
    w->growth_per_month = between(-0.05, 0.1);
    w->batch_frac = is_likely(0.4) ? between(0.0, 0.9) : 0.0;
}

static void draw_option(OptionInputs *option)
{
    draw_degrees(option);
    option->fleet.instance_gpus = is_likely(0.2) ? 8 : 0;
    option->fleet.spares = (int)between(0.0, 2.0);
    option->staff.self_base_fte = between(0.0, 0.3);
    option->staff.oncall_pool = 0.0;
    option->staff.step_gpus = is_likely(0.5) ? 8 : 32;
    option->staff.hiring_cost_frac = is_likely(0.3) ? between(0.0, 2.0) : 0.0;
    option->operations.setup_self_usd = between(0.0, 9000.0);
    option->rent.on_demand_usd_per_gpu_h = between(0.7, 4.0);
    option->rent.reserve_best = is_likely(0.2);
    option->own.server_decline_per_year = is_likely(0.8) ? between(0.0, 0.3) : between(-0.9, 0.0);
    option->own.residual_decay_per_year = between(-0.05, 0.6);
    option->own.server_gpus = is_likely(0.5) ? 8 : 2;
    option->api.output_usd_per_mtok = between(0.3, 6.0);
    option->hybrid.split = (int)between(0.0, 3.0);
    option->hybrid.replicas_cap = (int)between(0.0, 6.0);
    option->hybrid.split_best = is_likely(0.6);
    if (is_likely(0.2)) option->contract.commit_usd = between(1e3, 1e6);
    if (is_likely(0.3)) option->contract.commit_discount_frac = between(0.0, 0.4);
}

static void draw(void)
{
    static const OptionKind kinds[N_KINDS] = {OPTION_RENT,    OPTION_OWN,  OPTION_API, OPTION_HYBRID,
                                              OPTION_CASCADE, OPTION_PLAN, OPTION_BILL};
    static const char *const names[N_KINDS] = {"rent", "own", "api", "hybrid", "cascade", "plan", "bill"};
    ErrList errors;
    inputs_init(inputs);
    inputs->horizon_months = 1 + (int)between(0.0, 8.0);
    inputs->discount_per_year = is_likely(0.8) ? between(0.0, 0.15) : between(-0.05, 0.0);
    inputs->n_workloads = is_likely(0.2) ? 2 : 1;
    for (int k = 0; k < inputs->n_workloads; k++) draw_workload(&inputs->workloads[k]);
    for (int i = 0; i < N_KINDS; i++) draw_option(inputs_add_option(inputs, names[i], kinds[i]));
    Cascade *cascade = &inputs->options[CASCADE].cascade;
    snprintf(cascade->small, sizeof cascade->small, "%s", names[is_likely(0.5) ? RENT : API]);
    snprintf(cascade->large, sizeof cascade->large, "%s", names[(int)between(0.0, CASCADE)]);
    Plan *plan = &inputs->options[PLAN].plan;
    snprintf(plan->first, sizeof plan->first, "%s", names[(int)between(0.0, PLAN)]);
    snprintf(plan->second, sizeof plan->second, "%s", names[(int)between(0.0, PLAN)]);
    if (is_likely(0.2)) snprintf(plan->third, sizeof plan->third, "%s", names[(int)between(0.0, PLAN)]);
    plan->second_from_month = (int)between(0.0, 4.0);
    plan->third_from_month = plan->second_from_month + (int)between(0.0, 4.0);
    plan->find_months = is_likely(0.5);
    plan->switch_usd = between(0.0, 5e3);
    inputs->options[BILL].bill.usd_by_month = (FieldArray){.n = 1, .values = {between(1e4, 1e6)}};
    err_list_init(&errors);
    bool is_ok = inputs_finish(inputs, NULL, &errors);
    err_list_print(&errors, stdout);
    assert_true(is_ok);
}

static int setup(void **state)
{
    (void)state;
    inputs = malloc(sizeof *inputs);
    workspace = workspace_new(INPUT_MONTHS_MAX, N_KINDS);
    return inputs != NULL && workspace != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    workspace_free(workspace);
    free(inputs);
    return 0;
}

/* ---- a walk along many volumes ---- */

typedef struct Tally {
    int n_sure, n_unsure, n_given_up, n_crossings, n_close, n_checked;
} Tally;

static bool is_cheaper_now(const Crossings *found, int a, double volume)
{
    bool a_first = found->cheaper_low == a;
    for (int i = 0; i < found->n && found->items[i].requests_per_month <= volume; i++) a_first = !a_first;
    return a_first;
}

/* -1: a is cheaper, 1: b, 0: the same. */
static int cheaper_at(int a, int b, double volume)
{
    static Inputs scaled;
    scaled = *inputs;
    for (int k = 0; k < inputs->n_workloads; k++)
        scaled.workloads[k].requests_per_month = volume / inputs->n_workloads;
    evaluate_option(&scaled, a, workspace, NULL);
    evaluate_option(&scaled, b, workspace, NULL);
    double x = workspace_result(workspace, a)->npv_usd, y = workspace_result(workspace, b)->npv_usd;
    return fabs(x - y) <= SAME * (fabs(x) + fabs(y)) ? 0 : x < y ? -1 : 1;
}

/* Who is cheaper at each of many volumes is what the crossings say, wherever a run of equal answers is wider
 * than what the search says it may miss: 0 where it is proven. */
static void compare_with_walk(int c, int a, int b, double low, double high, Tally *tally)
{
    Crossings found;
    double volumes[WALK];
    int cheaper[WALK];
    assert_true(breakeven_volume(inputs, a, b, low, high, &found, NULL));
    tally->n_given_up += found.is_truncated;
    if (!found.is_feasible_low || !found.is_feasible_high || found.is_truncated) return;
    tally->n_crossings += found.n;
    tally->n_sure += found.blind_frac == 0.0;
    tally->n_unsure += found.blind_frac > 0.0;
    for (int i = 1; i < found.n; i++)
        tally->n_close += found.blind_frac == 0.0 &&
                          found.items[i].requests_per_month / found.items[i - 1].requests_per_month < 1.02;
    for (int i = 0; i < WALK; i++) {
        volumes[i] = low * pow(high / low, (double)i / (WALK - 1));
        cheaper[i] = cheaper_at(a, b, volumes[i]);
    }
    for (int i = 0; i < WALK; i++) {
        int from = i, to = i;
        while (from > 0 && cheaper[from - 1] == cheaper[i]) from--;
        while (to + 1 < WALK && cheaper[to + 1] == cheaper[i]) to++;
        if (cheaper[i] == 0 || volumes[to] / volumes[from] - 1.0 < 2.0 * found.blind_frac) continue;
        tally->n_checked++;
        if (is_cheaper_now(&found, a, volumes[i]) != (cheaper[i] < 0))
            fail_msg("case %d, %s against %s: at %.9g requests another one is cheaper", c,
                     inputs->options[a].name, inputs->options[b].name, volumes[i]);
    }
}

static void crossings_agree_with_a_walk(void **state)
{
    (void)state;
    Tally tally = {0};
    seed = 10;
    for (int c = 0; c < CASES; c++) {
        draw();
        int a = (int)between(0.0, N_KINDS), b = (a + 1 + (int)between(0.0, N_KINDS - 1)) % N_KINDS;
        compare_with_walk(c, a, b, WALK_LOW, WALK_HIGH, &tally);
        /* Closer, where a crossing is: the walk's steps are a hundredth to a ten thousandth of the volume. */
        Crossings found;
        assert_true(breakeven_volume(inputs, a, b, WALK_LOW, WALK_HIGH, &found, NULL));
        if (found.n == 0) continue;
        double at = found.items[(int)between(0.0, found.n)].requests_per_month;
        double width = between_log(0.02, 2.0);
        compare_with_walk(c, a, b, at / (1.0 + width), at * (1.0 + width), &tally);
    }
    print_message("%d proven, %d not, %d given up; %d crossings, %d of them within 2 %% of another\n",
                  tally.n_sure, tally.n_unsure, tally.n_given_up, tally.n_crossings, tally.n_close);
    assert_true(tally.n_checked > CASES * WALK / 2 && tally.n_crossings > CASES / 2);
    assert_true(tally.n_sure > CASES / 2 && tally.n_close > CASES / 20 && tally.n_given_up < CASES / 10);
}

/* ---- costs that fall ---- */

/* A volume of the walk from which to the next one an option's cost falls most; -1: it never does. */
static int find_fall(const double npv[WALK])
{
    int at = -1;
    double most = SAME;
    for (int i = 0; i + 1 < WALK; i++) {
        double fall = 1.0 - npv[i + 1] / npv[i];
        if (fall <= most) continue;
        most = fall;
        at = i;
    }
    return at;
}

/* A bill between the costs before and after such a fall is crossed twice close by, once up and once down. */
static void a_fall_is_crossed_twice(void **state)
{
    (void)state;
    enum { FALL_CASES = 100 };
    double volumes[WALK], npv[WALK];
    int n_falls = 0, n_close = 0;
    seed = 10;
    for (int c = 0; c < FALL_CASES; c++) {
        draw();
        int o = (int)between(0.0, BILL);
        CostCurves *curves = cost_curves_new(inputs);
        assert_non_null(curves);
        bool is_ok = true;
        for (int i = 0; i < WALK; i++) {
            volumes[i] = 1e6 * pow(100.0, (double)i / (WALK - 1));
            is_ok = cost_curves_npv(curves, o, volumes[i], &npv[i]) && is_ok;
        }
        cost_curves_free(curves);
        int at = is_ok ? find_fall(npv) : -1;
        if (at < 0) continue;
        double level = between(npv[at + 1], npv[at]);
        evaluate_option(inputs, BILL, workspace, NULL);
        double months =
            workspace_result(workspace, BILL)->npv_usd / inputs->options[BILL].bill.usd_by_month.values[0];
        inputs->options[BILL].bill.usd_by_month.values[0] = level / months;
        Crossings found;
        assert_true(breakeven_volume(inputs, o, BILL, 1e6, 1e8, &found, NULL));
        if (found.blind_frac > 0.0 || found.is_truncated) continue;
        n_falls++;
        for (int i = 1; i < found.n; i++)
            n_close += found.items[i].requests_per_month / found.items[i - 1].requests_per_month < 1.02;
        for (int i = 0; i < WALK; i++)
            if (fabs(npv[i] - level) > SAME * level &&
                is_cheaper_now(&found, o, volumes[i]) != (npv[i] < level))
                fail_msg("case %d, %s: at %.9g requests the other one is cheaper than the bill", c,
                         inputs->options[o].name, volumes[i]);
    }
    print_message("%d costs that fall, %d crossings within 2 %% of another\n", n_falls, n_close);
    assert_true(n_falls > 2 && n_close > 10);
}

/* A bill that is not proportional to its prices has no linear answer. */
static void linear_prices_refuse_contracts(void **state)
{
    (void)state;
    double x;
    seed = 10;
    draw();
    for (int o = 0; o < N_KINDS; o++) {
        inputs->options[o].contract.commit_usd = 0.0;
        inputs->options[o].rent.reserve_best = false;
    }
    evaluate(inputs, workspace, NULL);
    assert_true(breakeven_api_price(workspace, inputs, RENT, API, &x, NULL));
    assert_true(breakeven_gpu_price(inputs, RENT, API, workspace, &x, NULL));
    inputs->options[API].contract.commit_usd = inputs->options[RENT].contract.commit_usd = 5e4;
    assert_false(breakeven_api_price(workspace, inputs, RENT, API, &x, NULL));
    assert_false(breakeven_gpu_price(inputs, RENT, API, workspace, &x, NULL));
    inputs->options[API].contract.commit_usd = 0.0;
    inputs->options[API].api.min_commit_usd_per_month = 1.0;
    assert_false(breakeven_api_price(workspace, inputs, RENT, API, &x, NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crossings_agree_with_a_walk),
        cmocka_unit_test(a_fall_is_crossed_twice),
        cmocka_unit_test(linear_prices_refuse_contracts),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
