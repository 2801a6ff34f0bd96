/* Break-even over volume against a walk along many volumes, on random scenarios; prices of indifference. */
#include "test.h"
#include "tokentco/breakeven.h"

#include <stdlib.h>

enum { RENT, OWN, API, HYBRID, N_KINDS, FLAT_WEEK = 2, WALK = 400, CASES = 100 };
#define WALK_LOW  2e5
#define WALK_HIGH 2e8

static unsigned long long seed;

static double uniform(void)
{
    seed = seed * 6364136223846793005ULL + 1442695040888963407ULL;
    return (double)(seed >> 11) / 9007199254740992.0;
}

static double between(double low, double high)
{
    return low + (high - low) * uniform();
}

static void set_degrees(OptionInputs *option)
{
    option->engine.degrees = (FieldArray){.n = 1};
    option->engine.degrees.values[0] = uniform() < 0.5 ? 2.0 : 4.0;
    if (uniform() < 0.5) return;
    option->engine.degrees.n = 2;
    option->engine.degrees.values[0] = 2.0;
    option->engine.degrees.values[1] = 8.0;
}

static void draw(Inputs *inputs)
{
    static const OptionKind kinds[N_KINDS] = {OPTION_RENT, OPTION_OWN, OPTION_API, OPTION_HYBRID};
    static const char *const names[N_KINDS] = {"rent", "own", "api", "hybrid"};
    ErrList errors;
    inputs_init(inputs);
    inputs->horizon_months = 1 + (int)between(0.0, 8.0);
    inputs->discount_per_year = between(-0.05, 0.15);
    Workload *w = &inputs->workloads[0];
    w->profile = FLAT_WEEK;
    w->growth_per_month = between(-0.05, 0.1);
    w->batch_frac = uniform() < 0.3 ? between(0.0, 0.9) : 0.0;
    for (int i = 0; i < N_KINDS; i++) {
        OptionInputs *option = inputs_add_option(inputs, names[i], kinds[i]);
        set_degrees(option);
        option->staff.self_base_fte = between(0.0, 0.3);
        option->staff.oncall_pool = 0.0;
        option->operations.setup_self_usd = between(0.0, 9000.0);
        option->rent.on_demand_usd_per_gpu_h = between(0.7, 4.0);
        option->own.server_decline_per_year = between(-0.9, 0.3);
        option->own.residual_decay_per_year = between(-0.2, 0.6);
        option->own.server_gpus = uniform() < 0.5 ? 8 : 2;
        option->api.output_usd_per_mtok = between(0.3, 6.0);
        option->hybrid.split = (int)between(0.0, 2.0);
        option->hybrid.replicas_cap = (int)between(0.0, 6.0);
        option->hybrid.split_best = uniform() < 0.4;
        if (uniform() < 0.3) option->contract.commit_usd = between(1e3, 1e6);
        if (uniform() < 0.3) option->contract.commit_discount_frac = between(0.0, 0.4);
    }
    err_list_init(&errors);
    assert_true(inputs_finish(inputs, NULL, &errors));
}

static bool is_cheaper_now(const Crossings *found, int a, double volume)
{
    bool a_first = found->cheaper_low == a;
    for (int i = 0; i < found->n && found->items[i].requests_per_month <= volume; i++) a_first = !a_first;
    return a_first;
}

/* Who is cheaper at each of many volumes is what the crossings say, wherever a run of equal answers is wider
 * than what the search says it may miss. */
static void crossings_agree_with_a_walk(void **state)
{
    (void)state;
    Inputs *inputs = malloc(sizeof *inputs);
    Workspace *workspace = workspace_new(INPUT_MONTHS_MAX, N_KINDS);
    double volumes[WALK], npv[WALK * N_KINDS];
    bool has[WALK * N_KINDS];
    int n_checked = 0, n_crossings = 0, n_sure = 0;
    assert_non_null(inputs);
    assert_non_null(workspace);
    seed = 5;
    for (int i = 0; i < WALK; i++) volumes[i] = WALK_LOW * pow(WALK_HIGH / WALK_LOW, (double)i / (WALK - 1));
    for (int c = 0; c < CASES; c++) {
        draw(inputs);
        curve_by_volume(inputs, volumes, WALK, workspace, npv, has);
        int a = (int)between(0.0, N_KINDS), b = (a + 1 + (int)between(0.0, N_KINDS - 1)) % N_KINDS;
        Crossings found;
        assert_true(breakeven_volume(inputs, a, b, WALK_LOW, WALK_HIGH, &found, NULL));
        if (!found.is_feasible_low || !found.is_feasible_high || found.is_truncated) continue;
        n_crossings += found.n;
        n_sure += found.blind_frac == 0.0;
        for (int i = 0; i < WALK; i++) {
            bool is_a = npv[i * N_KINDS + a] < npv[i * N_KINDS + b];
            int low = i, high = i;
            while (low > 0 && (npv[(low - 1) * N_KINDS + a] < npv[(low - 1) * N_KINDS + b]) == is_a) low--;
            while (high + 1 < WALK && (npv[(high + 1) * N_KINDS + a] < npv[(high + 1) * N_KINDS + b]) == is_a)
                high++;
            if (volumes[high] / volumes[low] - 1.0 < 2.0 * found.blind_frac) continue;
            n_checked++;
            if (is_cheaper_now(&found, a, volumes[i]) != is_a)
                fail_msg("case %d, %s against %s: at %.9g requests another one is cheaper", c,
                         inputs->options[a].name, inputs->options[b].name, volumes[i]);
        }
    }
    assert_true(n_checked > CASES * WALK / 2 && n_crossings > CASES / 4 && n_sure > 2);
    workspace_free(workspace);
    free(inputs);
}

/* A bill that is not proportional to its prices has no linear answer. */
static void linear_prices_refuse_contracts(void **state)
{
    (void)state;
    Inputs *inputs = malloc(sizeof *inputs);
    Workspace *workspace = workspace_new(INPUT_MONTHS_MAX, N_KINDS);
    double x;
    assert_non_null(inputs);
    assert_non_null(workspace);
    seed = 11;
    draw(inputs);
    for (int o = 0; o < N_KINDS; o++) inputs->options[o].contract.commit_usd = 0.0;
    evaluate(inputs, workspace, NULL);
    assert_true(breakeven_api_price(workspace, inputs, RENT, API, &x, NULL));
    assert_true(breakeven_gpu_price(inputs, RENT, API, workspace, &x, NULL));
    inputs->options[API].contract.commit_usd = inputs->options[RENT].contract.commit_usd = 5e4;
    assert_false(breakeven_api_price(workspace, inputs, RENT, API, &x, NULL));
    assert_false(breakeven_gpu_price(inputs, RENT, API, workspace, &x, NULL));
    inputs->options[API].contract.commit_usd = 0.0;
    inputs->options[API].api.min_commit_usd_per_month = 1.0;
    assert_false(breakeven_api_price(workspace, inputs, RENT, API, &x, NULL));
    workspace_free(workspace);
    free(inputs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(crossings_agree_with_a_walk),
        cmocka_unit_test(linear_prices_refuse_contracts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
