/* Properties of the method (section 11) on random inputs, where one thing moves: what must follow, and in
 * which direction. test_properties.c has those on sums. */
#include "model/workspace.h"
#include "random_case.h"
#include "tokentco/breakeven.h"

enum { DRAWS = 150 };

static Inputs *inputs;
static Workspace *workspace;

/* Random inputs at four GPUs a replica; without batch work, whose whole replicas are not monotone. */
static void draw(void)
{
    free(inputs);
    workspace_free(workspace);
    inputs = random_inputs();
    inputs->workloads[0].batch_frac = 0.0;
    for (int o = RENT; o <= OWN; o++)
        inputs->options[o].engine.degrees = (FieldArray){.n = 1, .values = {4.0}};
    workspace = workspace_new(inputs->horizon_months, inputs->n_options);
    assert_non_null(workspace);
}

static void forget(void)
{
    free(inputs);
    workspace_free(workspace);
    inputs = NULL;
    workspace = NULL;
}

static const OptionResult *run(int option)
{
    evaluate_option(inputs, option, workspace, NULL);
    return workspace_result(workspace, option);
}

static void set_flat_week(void)
{
    for (int h = 0; h < HOURS_PER_WEEK; h++) inputs->week[0][h] = 1.0;
}

/* ---- 2 ---- */

/* The hours of the week carry every request that cannot wait, retries included; also of two workloads. */
static void requests_are_conserved(void **state)
{
    (void)state;
    for (int d = 0; d < DRAWS; d++) {
        draw();
        HourRoom room;
        for (int k = 0; k < 2; k++) {
            Workload *w = &inputs->workloads[k];
            *w = inputs->workloads[0];
            w->requests_per_month = between(1.0, 1e8);
            w->batch_frac = uniform();
            w->retry_frac = between(0.0, 0.05);
            w->profile = d % 3;
        }
        ErrList errors;
        err_list_init(&errors);
        Profiles profiles;
        for (int h = 0; h < HOURS_PER_WEEK; h++) {
            profiles.conversation[h] = between(0.0, 40.0);
            profiles.coding[h] = between(0.0, 3.0);
        }
        inputs->n_workloads = 1 + d % 2;
        assert_true(inputs_finish(inputs, &profiles, &errors));
        Part whole = {.option = RENT, .until = inputs->horizon_months, .share_frac = 1.0};
        workspace_prepare(inputs, workspace);
        workspace_begin_part(inputs, workspace, &whole);
        MonthDemand demand = month_demand(inputs, workspace, 0, &room);
        double want = 0.0, got = 0.0;
        for (int k = 0; k < inputs->n_workloads; k++) {
            const Workload *w = &inputs->workloads[k];
            want += w->requests_per_month * (1.0 - w->batch_frac) * (1.0 + w->retry_frac);
        }
        for (int h = 0; h < HOURS_PER_WEEK; h++)
            got +=
                demand.hours_req_s != NULL ? demand.hours_req_s[h] : demand.rate_req_s * inputs->week[0][h];
        assert_close(got * 3600.0 * HOURS_PER_MONTH / HOURS_PER_WEEK, want, 1e-12);
    }
    forget();
}

/* A replica of any size, dense or of experts: Little's law B = mu L_o TPOT, and mu and TPOT rise with B. */
static void little_holds_and_batches_pay(void **state)
{
    (void)state;
    for (int d = 0; d < DRAWS; d++) {
        ModelShape shape = base.inputs.options[RENT].shape;
        AccelSpec gpu = base.inputs.options[RENT].accelerator;
        Efficiency efficiency = base.inputs.options[RENT].efficiency;
        ServingSetup setup = base.inputs.options[RENT].serving;
        gpu.memory_bytes = 1e18;
        efficiency.t_seq_s = between(0.0, 3e-5);
        if (d % 2 == 1) {
            shape.experts = 8 << d % 6;
            shape.experts_active = 1 + d % 4;
            shape.params_routed = between(0.3, 0.95) * shape.params_total;
        }
        RequestMix mix = {.input_tok = between(1.0, 2e4),
                          .input_cv = between(0.0, 2.5),
                          .output_tok = between(1.0, 2000.0),
                          .output_cv = between(0.0, 2.5),
                          .cache_hit_frac = uniform(),
                          .max_context_tok = 1.0,
                          .slo_tpot_s = 1e9,
                          .slo_ttft_s = 1e9};
        mix.resident_tok = step_resident_tok(mix.input_tok, mix.output_tok, mix.output_cv);
        MixSet set = {.n = 1, .kinds = {mix}, .share = {1.0}};
        double rate = 0.0, tpot = 0.0;
        for (int batch = 1; batch < 3000; batch = batch * 3 / 2 + 1) {
            setup.batch_max = batch;
            Replica r = replica_build(&shape, &gpu, &efficiency, &setup, NULL, &set, 1 << d % 4);
            assert_int_equal(r.fault, REPLICA_OK);
            assert_int_equal(r.batch, batch);
            assert_close(r.rate_req_s * mix.output_tok * r.tpot_s, batch, 1e-12);
            assert_true(r.rate_req_s > rate && r.tpot_s > tpot);
            rate = r.rate_req_s;
            tpot = r.tpot_s;
        }
    }
}

/* ---- 3 ---- */

static void faster_engines_need_fewer_hours(void **state)
{
    (void)state;
    for (int d = 0; d < DRAWS; d++) {
        draw();
        const OptionResult *result = run(RENT);
        bool was_feasible = result->is_feasible;
        double before = result->gpu_hours;
        if (d % 3 == 0) inputs->options[RENT].efficiency.e_w *= 1.05;
        if (d % 3 == 1) inputs->workloads[0].cache_hit_frac += 0.2;
        if (d % 3 == 2) inputs->workloads[0].slo_tpot_s *= 1.5;
        result = run(RENT);
        if (was_feasible) assert_true(result->is_feasible && result->gpu_hours <= before);
    }
    forget();
}

/* Costs do not fall with volume; servers must not become dearer, or buying early would save. */
static void costs_rise_with_volume(void **state)
{
    (void)state;
    for (int d = 0; d < DRAWS; d++) {
        draw();
        double before[3];
        for (int o = RENT; o <= API; o++) before[o] = run(o)->is_feasible ? run(o)->npv_usd : -HUGE_VAL;
        inputs->workloads[0].requests_per_month = inputs->workloads[0].requests_per_month * 1.7 + 1.0;
        for (int o = RENT; o <= API; o++)
            if (before[o] > -HUGE_VAL) assert_true(run(o)->npv_usd >= before[o] * (1.0 - 1e-14));
    }
    forget();
}

static void static_is_a_look_ahead_of_a_week(void **state)
{
    (void)state;
    enum { STATIC, HOURLY };
    for (int d = 0; d < DRAWS; d++) {
        draw();
        inputs->workloads[0].batch_frac = d % 2 == 0 ? 0.0 : uniform();
        inputs->options[RENT].fleet.autoscale = STATIC;
        double npv = run(RENT)->npv_usd, hours = run(RENT)->gpu_hours;
        inputs->options[RENT].fleet.autoscale = HOURLY;
        inputs->options[RENT].fleet.lookahead_h = HOURS_PER_WEEK - 1;
        assert_close(run(RENT)->npv_usd, npv, 0.0);
        assert_close(run(RENT)->gpu_hours, hours, 0.0);
    }
    forget();
}

/* ---- 4 ---- */

static void the_week_may_be_turned(void **state)
{
    (void)state;
    for (int d = 0; d < DRAWS; d++) {
        draw();
        inputs->workloads[0].batch_frac = d % 2 == 0 ? 0.0 : uniform();
        double before[2], turned[HOURS_PER_WEEK];
        int by = 1 + (int)between(0.0, 166.0);
        for (int o = RENT; o <= OWN; o++) before[o] = run(o)->npv_usd;
        for (int h = 0; h < HOURS_PER_WEEK; h++) turned[h] = inputs->week[0][(h + by) % HOURS_PER_WEEK];
        memcpy(inputs->week[0], turned, sizeof turned);
        for (int o = RENT; o <= OWN; o++) assert_close(run(o)->npv_usd, before[o], 1e-12);
    }
    forget();
}

/* ---- 5 ---- */

/* Without peaks, a fleet so large that whole replicas do not matter: hours a request are G / (rho mu 3600).
 */
static void huge_volume_costs_by_the_request(void **state)
{
    (void)state;
    for (int d = 0; d < DRAWS; d++) {
        draw();
        set_flat_week();
        inputs->horizon_months = 1;
        inputs->workloads[0].burst = 1.0;
        inputs->workloads[0].requests_per_month = 1e12;
        inputs->options[RENT].fleet.utilisation_max_frac = between(0.6, 0.9);
        const OptionResult *result = run(RENT);
        if (!result->is_feasible) continue;
        double attempts = 1e12 * (1.0 + inputs->workloads[0].retry_frac);
        double want = 4.0 / (inputs->options[RENT].fleet.utilisation_max_frac * result->replica.rate_req_s *
                             inputs->options[RENT].engine.rate_factor * 3600.0);
        assert_close(result->gpu_hours / attempts, want, 1e-3);
    }
    forget();
}

static void tiny_volume_costs_what_none_costs(void **state)
{
    (void)state;
    for (int d = 0; d < DRAWS; d++) {
        draw();
        double tiny[3];
        inputs->workloads[0].batch_frac = d % 2 == 0 ? 0.0 : uniform();
        inputs->workloads[0].requests_per_month = 1e-6;
        for (int o = RENT; o <= API; o++) tiny[o] = run(o)->npv_usd;
        inputs->workloads[0].requests_per_month = 0.0;
        for (int o = RENT; o <= API; o++) assert_close(run(o)->npv_usd, tiny[o], 1e-9);
    }
    forget();
}

static void an_api_is_affine_in_volume(void **state)
{
    (void)state;
    for (int d = 0; d < DRAWS; d++) {
        draw();
        double at[3];
        inputs->options[API].api.min_commit_usd_per_month = 0.0;
        inputs->options[API].network.egress_from_gb.n =
            inputs->options[API].network.egress_tier_usd_per_gb.n = 0;
        for (int k = 0; k < 3; k++) {
            inputs->workloads[0].requests_per_month = k * 2.7e6;
            at[k] = run(API)->npv_usd;
        }
        assert_close(at[2] - at[1], at[1] - at[0], 1e-9);
    }
    forget();
}

/* ---- 6 ---- */

/* What is paid and never got back is worth less at a higher rate. */
static void discounting_lowers_costs(void **state)
{
    (void)state;
    for (int d = 0; d < DRAWS; d++) {
        draw();
        double before[3] = {run(RENT)->npv_usd, 0.0, run(API)->npv_usd};
        inputs->discount_per_year += 0.03;
        assert_true(run(RENT)->npv_usd <= before[RENT] && run(API)->npv_usd <= before[API]);
    }
    forget();
}

/* A reservation of what always runs, at no discount and signed anew every month, changes nothing. */
static void a_reservation_without_discount_is_neutral(void **state)
{
    (void)state;
    for (int d = 0; d < DRAWS; d++) {
        draw();
        Rent *rent = &inputs->options[RENT].rent;
        rent->reserved_discount_frac = rent->spot_share_frac = 0.0;
        rent->reserved_term_months = 1;
        rent->reserved_replicas = 0;
        double before = run(RENT)->npv_usd;
        int trough = INT32_MAX;
        for (int m = 0; m < inputs->horizon_months; m++)
            if (run(RENT)->months[m].replicas_trough < trough) trough = run(RENT)->months[m].replicas_trough;
        rent->reserved_replicas = trough;
        assert_close(run(RENT)->npv_usd, before, 1e-12);
    }
    forget();
}

/* ---- 7 ---- */

/* The prices of indifference, put in, make both options cost the same. */
static void indifference_prices_are_so(void **state)
{
    (void)state;
    int n_api = 0, n_gpu = 0;
    for (int d = 0; d < DRAWS; d++) {
        draw();
        Api *api = &inputs->options[API].api;
        api->min_commit_usd_per_month = 0.0;
        inputs->workloads[0].requests_per_month += 1e6;
        double factor, price;
        evaluate(inputs, workspace, NULL);
        if (!workspace_result(workspace, RENT)->is_feasible) continue;
        if (breakeven_gpu_price(inputs, RENT, API, workspace, &price, NULL) && price > 0.0) {
            double before = inputs->options[RENT].rent.on_demand_usd_per_gpu_h;
            inputs->options[RENT].rent.on_demand_usd_per_gpu_h = price;
            assert_close(run(RENT)->npv_usd, run(API)->npv_usd, 1e-9);
            inputs->options[RENT].rent.on_demand_usd_per_gpu_h = before;
            n_gpu++;
        }
        evaluate(inputs, workspace, NULL);
        for (int o = RENT; o <= OWN; o++) {
            if (!breakeven_api_price(workspace, inputs, o, API, &factor, NULL) || factor <= 0.0) continue;
            Api given = *api;
            api->input_usd_per_mtok *= factor;
            api->cached_usd_per_mtok *= factor;
            api->output_usd_per_mtok *= factor;
            assert_close(run(API)->npv_usd, workspace_result(workspace, o)->npv_usd, 1e-9);
            *api = given;
            run(API);
            n_api++;
        }
    }
    assert_true(n_api > DRAWS / 2 && n_gpu > DRAWS / 10);
    forget();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(requests_are_conserved),
        cmocka_unit_test(little_holds_and_batches_pay),
        cmocka_unit_test(faster_engines_need_fewer_hours),
        cmocka_unit_test(costs_rise_with_volume),
        cmocka_unit_test(static_is_a_look_ahead_of_a_week),
        cmocka_unit_test(the_week_may_be_turned),
        cmocka_unit_test(huge_volume_costs_by_the_request),
        cmocka_unit_test(tiny_volume_costs_what_none_costs),
        cmocka_unit_test(an_api_is_affine_in_volume),
        cmocka_unit_test(discounting_lowers_costs),
        cmocka_unit_test(a_reservation_without_discount_is_neutral),
        cmocka_unit_test(indifference_prices_are_so),
    };
    return cmocka_run_group_tests(tests, random_case_open, random_case_close);
}
