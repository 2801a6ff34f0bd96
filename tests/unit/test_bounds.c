/* The cheapest fleet of a hybrid against every fleet, and bounds over ranges of volume and of fleet size
 * against what lies in the range, on random scenarios with all that can turn a cost: batch work, contracts,
 * hiring, egress tiers, reservations, several degrees, several workloads. */
#include "random.h"
#include "test.h"

#include "model/curves.h"

#include <stdlib.h>

enum { CAP_CASES = 150, BOUND_CASES = 400, RENT = 0, OWN = 1, HYBRID = 2, N_PICKED = 3, HORIZON_MOST = 7 };

static Inputs *inputs;
static Workspace *workspace;

static bool is_likely(double share)
{
    return uniform() < share;
}

static void draw_workload(Workload *w)
{
    w->requests_per_month = between_log(3e5, 3e9);
    w->growth_per_month = between(-0.1, 0.15);
    w->batch_frac = is_likely(0.5) ? between(0.0, 0.9) : 0.0;
    w->input_cv = between(0.0, 2.0);
    w->profile = 3;
    w->profile_hours.n = HOURS_PER_WEEK;
    double depth = between(0.0, 0.9);
    for (int h = 0; h < HOURS_PER_WEEK; h++)
        w->profile_hours.values[h] = 1.0 - depth * cos(h * 0.2617993877991494) + between(0.0, 0.1);
}

static void draw_contract(Contract *contract)
{
    contract->covers = (int)between(0.0, 3.0);
    if (is_likely(0.5)) contract->commit_usd = between(1e3, 1e6);
    contract->commit_months = 1 + (int)between(0.0, 6.0);
    contract->commit_discount_frac = between(0.0, 0.4);
    if (is_likely(0.5)) {
        contract->tier_from_usd = (FieldArray){.n = 2, .values = {0.0, between(1e3, 1e5)}};
        contract->tier_discount_frac = (FieldArray){.n = 2, .values = {between(0.0, 0.3), between(0.0, 0.5)}};
    }
    if (is_likely(0.4)) {
        contract->credit_usd = (FieldArray){.n = 1, .values = {between(1e3, 2e5)}};
        contract->credit_last_month = (FieldArray){.n = 1, .values = {between(0.0, 6.0)}};
    }
}

static void draw_option(OptionInputs *option)
{
    static const double degrees[] = {2.0, 4.0, 8.0};
    int first = (int)between(0.0, 3.0);
    option->engine.degrees = (FieldArray){.n = 1 + (int)between(0.0, 3.0 - first)};
    for (int i = 0; i < option->engine.degrees.n; i++) option->engine.degrees.values[i] = degrees[first + i];
    option->fleet.instance_gpus = is_likely(0.3) ? 8 : 0;
    option->fleet.autoscale = is_likely(0.7);
    option->fleet.spares = (int)between(0.0, 3.0);
    option->fleet.generation_month = is_likely(0.2) ? 3 : 0;
    option->staff.self_base_fte = between(0.0, 0.3);
    option->staff.step_gpus = is_likely(0.5) ? 4 : 32;
    option->staff.oncall_pool = 0.0;
    option->staff.hiring_cost_frac = is_likely(0.4) ? between(0.0, 3.0) : 0.0;
    option->staff.hiring_lag_months = (int)between(0.0, 3.0);
    option->operations.setup_self_usd = between(0.0, 9000.0);
    option->rent.on_demand_usd_per_gpu_h = between(0.7, 4.0);
    option->rent.reserve_best = is_likely(0.3);
    option->rent.spot_share_frac = is_likely(0.3) ? between(0.0, 1.0) : 0.0;
    option->own.server_gpus = is_likely(0.5) ? 8 : 2;
    option->own.server_usd = between(1e4, 1e5) * option->own.server_gpus;
    option->api.output_usd_per_mtok = between(0.3, 6.0);
    if (is_likely(0.3)) {
        option->network.egress_from_gb = (FieldArray){.n = 2, .values = {0.0, between(1e2, 1e4)}};
        option->network.egress_tier_usd_per_gb = (FieldArray){.n = 2, .values = {0.05, between(0.0, 0.5)}};
    }
    option->hybrid.split = is_likely(0.5) ? SPLIT_PEAK : SPLIT_BOTH;
    option->hybrid.api_share_frac = between(0.0, 0.5);
    option->hybrid.fallback_frac = is_likely(0.3) ? between(0.0, 0.3) : 0.0;
    option->hybrid.long_context_tok = is_likely(0.3) ? between(500.0, 8000.0) : 0.0;
    option->hybrid.split_best = true;
    if (is_likely(0.4)) draw_contract(&option->contract);
}

static void draw(void)
{
    static const OptionKind kinds[N_PICKED] = {OPTION_RENT, OPTION_OWN, OPTION_HYBRID};
    static const char *const names[N_PICKED] = {"rent", "own", "hybrid"};
    ErrList errors;
    inputs_init(inputs);
    inputs->horizon_months = 1 + (int)between(0.0, HORIZON_MOST);
    inputs->discount_per_year = between(-0.05, 0.2);
    inputs->n_workloads = is_likely(0.3) ? 2 : 1;
    for (int k = 0; k < inputs->n_workloads; k++) draw_workload(&inputs->workloads[k]);
    for (int i = 0; i < N_PICKED; i++) draw_option(inputs_add_option(inputs, names[i], kinds[i]));
    err_list_init(&errors);
    bool is_ok = inputs_finish(inputs, NULL, &errors);
    err_list_print(&errors, stdout);
    assert_true(is_ok);
}

static int setup(void **state)
{
    (void)state;
    inputs = malloc(sizeof *inputs);
    workspace = workspace_new(HORIZON_MOST, N_PICKED);
    return inputs != NULL && workspace != NULL ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    workspace_free(workspace);
    free(inputs);
    return 0;
}

static Evaluation evaluation_of(int o)
{
    return (Evaluation){.inputs = inputs, .workspace = workspace, .o = o, .result = &workspace->results[o]};
}

/* ---- every fleet ---- */

/* The cheapest of all fleets up to one that leaves nothing. */
static double best_by_trying(Evaluation *run, Part part, int *cap, int *degree)
{
    const OptionInputs *option = &inputs->options[part.option];
    double best = HUGE_VAL;
    for (int i = 0; i < degree_count(option); i++) {
        part.degree = degree_at(option, i);
        for (part.replicas_cap = 0; part.replicas_cap < 20000; part.replicas_cap++) {
            double usd = part_npv_usd(run, &part);
            if (usd < best) {
                best = usd;
                *cap = part.replicas_cap;
                *degree = part.degree;
            }
            if (!(usd < HUGE_VAL) || !hybrid_sides(inputs, workspace).leaves_rest) break;
        }
    }
    return best;
}

static void the_fleet_found_is_the_cheapest(void **state)
{
    (void)state;
    int n_both = 0, n_api = 0, n_large = 0;
    long n_tried = 0;
    seed = 9;
    for (int c = 0; c < CAP_CASES; c++) {
        draw();
        Evaluation run = evaluation_of(HYBRID);
        workspace_prepare(inputs, workspace);
        Part part = {.option = HYBRID, .until = inputs->horizon_months, .share_frac = 1.0}, found = part;
        CapQuery query = {.limit_usd = HUGE_VAL};
        double usd;
        int cap = 0, degree = 0;
        double best = best_by_trying(&run, part, &cap, &degree);
        assert_true(cap_find(&run, &found, &query, &usd));
        n_tried += query.n_runs;
        n_api += found.replicas_cap == 0;
        n_large += found.replicas_cap > 64;
        n_both += found.replicas_cap > 0;
        if (usd != best)
            fail_msg("case %d: %d of %d GPUs cost %.17g, found %d of %d at %.17g", c, cap, degree, best,
                     found.replicas_cap, found.degree, usd);
    }
    print_message("%d with a fleet, %d beyond 64 replicas, %d without; %.1f runs a search\n", n_both, n_large,
                  n_api, (double)n_tried / CAP_CASES);
    assert_true(n_both > CAP_CASES / 5 && n_api > CAP_CASES / 20 && n_large > 2);
}

/* ---- bounds ---- */

static void scale_to(const Inputs *base, double factor)
{
    for (int k = 0; k < base->n_workloads; k++)
        inputs->workloads[k].requests_per_month = base->workloads[k].requests_per_month * factor;
    workspace_prepare(inputs, workspace);
}

/* NPV without what swings, as a bound is used; `far` may be NULL. */
static double part_usd(Part part, const FarCorner *far, bool with_swing)
{
    Evaluation run = evaluation_of(part.option);
    part.far = far;
    double usd = part_npv_usd(&run, &part);
    return with_swing ? usd : usd - run.swing_usd;
}

/* At one degree, volumes and numbers of replicas in a box cost what the bounds of the box say. */
static void bounds_hold_in_a_range(void **state)
{
    (void)state;
    Inputs *base = malloc(sizeof *base);
    double closeness = 0.0;
    int n = 0, n_close = 0;
    assert_non_null(base);
    seed = 9;
    for (int c = 0; c < BOUND_CASES; c++) {
        draw();
        *base = *inputs;
        int o = (int)between(0.0, N_PICKED), a = (int)between(0.0, 20.0);
        int b = a > 0 ? a + (int)between(0.0, 5.0) : 0;
        const OptionInputs *option = &base->options[o];
        double width = between_log(1e-6, 0.5);
        Part part = {.option = o, .until = base->horizon_months, .share_frac = 1.0};
        part.degree = degree_at(option, 0);
        bool is_steady = contract_rises(base, option) && o != OWN;
        FarCorner far = {1.0 + width, b};
        scale_to(base, 1.0);
        part.replicas_cap = a;
        double least = part_usd(part, &far, is_steady) * (1.0 - 1e-12);
        scale_to(base, 1.0 + width);
        far = (FarCorner){1.0 / (1.0 + width), a};
        part.replicas_cap = b;
        double most = part_usd(part, &far, true) * (1.0 + 1e-12);
        for (int i = 0; i <= 12; i++) {
            scale_to(base, 1.0 + width * i / 12);
            part.replicas_cap = a + (int)between(0.0, b - a + 1.0);
            double usd = part_usd(part, NULL, true);
            if (usd < least || (is_steady && usd > most))
                fail_msg("case %d, %s: %.17g not in %.17g to %.17g at %d/12 of %g, %d in %d to %d", c,
                         option->name, usd, least, most, i, width, part.replicas_cap, a, b);
            n++;
        }
        if (is_steady && width < 1e-3 && a == b) {
            closeness += most / least - 1.0;
            n_close++;
        }
    }
    print_message("%d costs in bounds; narrow ones are %.2g of the cost wide\n", n, closeness / n_close);
    assert_true(n_close > 10 && closeness / n_close < 0.01);
    free(base);
}

/* What the search for break-even believes of whole options: between two volumes nothing costs less than the
 * lower end less its fall, nor more than the upper end plus its rise. */
static void options_stay_in_their_bounds(void **state)
{
    (void)state;
    enum { CURVE_CASES = 400, INSIDE = 25 };
    int n_below = 0, n_above = 0;
    seed = 9;
    for (int c = 0; c < CURVE_CASES; c++) {
        draw();
        int o = (int)between(0.0, N_PICKED);
        inputs->options[HYBRID].hybrid.split_best = is_likely(0.5);
        inputs->options[HYBRID].hybrid.replicas_cap = (int)between(0.0, 30.0);
        CostCurves *curves = cost_curves_new(inputs);
        assert_non_null(curves);
        double low = between_log(3e6, 3e8), high = low * (1.0 + between_log(1e-4, 0.5));
        CurvePoint *a = curve_point(curves, o, low), *b = curve_point(curves, o, high);
        double fall, rise;
        assert_true(a != NULL && b != NULL && curve_bounds(curves, o, a, b, &fall, &rise));
        for (int i = 1; curve_is_proven(curves, o) && i < INSIDE; i++) {
            double usd, volume = low + (high - low) * i / INSIDE;
            assert_true(cost_curves_npv(curves, o, volume, &usd));
            n_below += usd < a->npv_usd * (1.0 - 1e-12);
            n_above += usd > b->npv_usd * (1.0 + 1e-12);
            if (usd < (a->npv_usd - fall) * (1.0 - 1e-12) || usd > (b->npv_usd + rise) * (1.0 + 1e-12))
                fail_msg("case %d, %s: %.17g not in %.17g - %.3g to %.17g + %.3g at %.9g", c,
                         inputs->options[o].name, usd, a->npv_usd, fall, b->npv_usd, rise, volume);
        }
        cost_curves_free(curves);
    }
    print_message("%d costs below the lower end, %d above the upper one\n", n_below, n_above);
    assert_true(n_below > 5 && n_above > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_fleet_found_is_the_cheapest),
        cmocka_unit_test(bounds_hold_in_a_range),
        cmocka_unit_test(options_stay_in_their_bounds),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
