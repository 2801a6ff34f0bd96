/* The worked scenarios of the method, section 9: every printed digit. */
#include "test.h"
#include "tokentco/breakeven.h"
#include "tokentco/scenario.h"

#include <stdlib.h>

static PriceBook book;

static int open_book(void **state)
{
    (void)state;
    ErrList errors;
    err_list_init(&errors);
    setenv("XDG_DATA_HOME", "/nonexistent", 1);
    return pricebook_open(&book, NULL, &errors) ? 0 : -1;
}

static int close_book(void **state)
{
    (void)state;
    pricebook_close(&book);
    return 0;
}

typedef struct Evaluated {
    Resolved resolved;
    Workspace *workspace;
} Evaluated;

static void evaluate_named(const char *name, Evaluated *out)
{
    ErrList errors;
    err_list_init(&errors);
    Scenario *scenario = scenario_load(name, &errors);
    ResolveSources sources = {.book = &book};
    bool is_ok = scenario != NULL && scenario_resolve(scenario, &sources, &out->resolved, &errors);
    err_list_print(&errors, stdout);
    assert_true(is_ok);
    err_list_free(&errors);
    scenario_free(scenario);
    out->workspace = workspace_new(out->resolved.inputs.horizon_months, out->resolved.inputs.n_options);
    assert_non_null(out->workspace);
    evaluate(&out->resolved.inputs, out->workspace, NULL);
}

static void evaluated_free(Evaluated *e)
{
    workspace_free(e->workspace);
    resolved_free(&e->resolved);
}

static const OptionResult *option_named(const Evaluated *e, const char *name)
{
    for (int o = 0; o < e->resolved.inputs.n_options; o++)
        if (strcmp(e->resolved.inputs.options[o].name, name) == 0) return workspace_result(e->workspace, o);
    return NULL;
}

/* A figure printed with two digits: ours must round to it. */
static void assert_printed(double got, const char *want)
{
    char text[64];
    snprintf(text, sizeof text, "%.2f", got);
    assert_string_equal(text, want);
}

static void npvs_match_to_the_printed_digit(void **state)
{
    (void)state;
    static const struct {
        const char *scenario, *option, *npv; /* NULL: infeasible */
    } wanted[] = {
        {"reference/S0", "rent", "1194086.34"},
        {"reference/S0", "own", "1496245.98"},
        {"reference/S0", "api", "474259.26"},
        {"reference/S1-always-on", "rent", "1193469.80"},
        {"reference/S1-always-on", "own", "1495629.44"},
        {"reference/S1-always-on", "api", "217892.23"},
        {"reference/S1-scale-to-zero", "rent", "810863.93"},
        {"reference/S1-scale-to-zero", "own", "966883.54"},
        {"reference/S1-scale-to-zero", "api", "217892.23"},
        {"reference/S2-h100", "rent", "1024341.59"},
        {"reference/S2-h100", "own", "1494972.54"},
        {"reference/S2-h100", "api", "220901.04"},
        {"reference/S2-l4", "rent", "981152.61"},
        {"reference/S2-l4", "own", "1494837.34"},
        {"reference/S2-l4", "api", "220901.04"},
        {"reference/S2-cpu", "own", "974268.37"},
        {"reference/S2-cpu", "api", "220901.04"},
        {"reference/S3-one-gpu", "rent", NULL},
        {"reference/S3-one-gpu", "own", NULL},
        {"reference/S3-one-gpu", "api", "474259.26"},
        {"reference/S3", "rent", "1419572.60"},
        {"reference/S3", "own", "1497103.81"},
        {"reference/S3", "api", "474259.26"},
        {"reference/S5-flat", "rent", "1802939.05"},
        {"reference/S5-flat", "own", "2064737.02"},
        {"reference/S5-flat", "api", "3636119.24"},
        {"reference/S6-on-demand", "rent", "1627761.25"},
        {"reference/S6-on-demand", "own", "2063743.73"},
        {"reference/S6-on-demand", "api", "3636119.24"},
    };
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        Evaluated e;
        evaluate_named(wanted[i].scenario, &e);
        const OptionResult *result = option_named(&e, wanted[i].option);
        assert_non_null(result);
        assert_int_equal(result->is_feasible, wanted[i].npv != NULL);
        if (wanted[i].npv != NULL) {
            assert_printed(result->npv_usd, wanted[i].npv);
        } else {
            assert_non_null(strstr(result->reason, "memory"));
        }
        evaluated_free(&e);
    }
}

static void s0_matches_by_category(void **state)
{
    (void)state;
    static const struct {
        const char *option;
        CategoryId category;
        const char *usd;
    } wanted[] = {
        {"rent", CATEGORY_COMPUTE_RENT, "255540.69"}, {"rent", CATEGORY_NETWORK, "1572.11"},
        {"rent", CATEGORY_STORAGE, "181.07"},         {"rent", CATEGORY_OBSERVABILITY, "1483.04"},
        {"rent", CATEGORY_EVALUATION, "78809.44"},    {"rent", CATEGORY_STAFFING, "898829.02"},
        {"rent", CATEGORY_SECURITY, "90000.00"},      {"rent", CATEGORY_SETUP, "40000.00"},
        {"own", CATEGORY_COMPUTE_CAPEX, "320000.00"}, {"own", CATEGORY_RESIDUAL, "-90358.26"},
        {"own", CATEGORY_COLO_POWER, "91427.29"},     {"own", CATEGORY_MAINTENANCE, "45000.00"},
        {"own", CATEGORY_STAFFING, "1078594.82"},     {"api", CATEGORY_API_TOKENS, "299040.12"},
        {"api", CATEGORY_NETWORK, "696.61"},          {"api", CATEGORY_STORAGE, "5.82"},
        {"api", CATEGORY_OBSERVABILITY, "43.04"},     {"api", CATEGORY_EVALUATION, "26000.00"},
        {"api", CATEGORY_STAFFING, "179765.80"},      {"api", CATEGORY_SECURITY, "36000.00"},
        {"api", CATEGORY_SETUP, "8000.00"},
    };
    Evaluated e;
    evaluate_named("reference/S0", &e);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++)
        assert_printed(option_named(&e, wanted[i].option)->category_usd[wanted[i].category], wanted[i].usd);
    const OptionResult *rent = option_named(&e, "rent");
    assert_int_equal(rent->replica.degree, 2);
    assert_int_equal(rent->replica.batch, 77);
    assert_int_equal(rent->months[0].replicas_peak, 2);
    char text[32];
    snprintf(text, sizeof text, "%.4f", rent->levelised_usd_per_mtok);
    assert_string_equal(text, "6.5532");
    snprintf(text, sizeof text, "%.4f", option_named(&e, "api")->levelised_usd_per_mtok);
    assert_string_equal(text, "2.6028");
    snprintf(text, sizeof text, "%.1f", 100.0 * rent->months[0].utilisation_frac);
    assert_string_equal(text, "7.9");
    evaluated_free(&e);
}

/* 70B at 8 bit on H100, chat: the table of section 3.2. */
static void replicas_match_by_degree(void **state)
{
    (void)state;
    static const struct {
        int degree, batch;
        double kv_tokens, prefill_s, step_s, tpot_s, rate;
    } wanted[] = {{2, 77, 211944.580078, 0.06108, 0.027418, 0.049708, 7.341445},
                  {4, 137, 639190.673828, 0.041006, 0.02315, 0.049775, 13.044557},
                  {8, 199, 1493682.861328, 0.03097, 0.020663, 0.049871, 18.91124}};
    Evaluated e;
    evaluate_named("reference/S0", &e);
    const OptionInputs *option = &e.resolved.inputs.options[0];
    const Workload *w = &e.resolved.inputs.workloads[0];
    MixSet mix = {.n = 1,
                  .share = {1.0},
                  .kinds = {{.input_tok = w->input_tok,
                             .input_cv = w->input_cv,
                             .output_tok = w->output_tok,
                             .output_cv = w->output_cv,
                             .resident_tok = step_resident_tok(w->input_tok, w->output_tok, w->output_cv),
                             .cache_hit_frac = w->cache_hit_frac,
                             .max_context_tok = w->max_context_tok,
                             .slo_tpot_s = w->slo_tpot_s,
                             .slo_ttft_s = w->slo_ttft_s}}};
    assert_close(mix.kinds[0].resident_tok, 1323.05095, 1e-12);
    for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
        Replica r = replica_build(&option->shape, &option->accelerator, &option->efficiency, &option->serving,
                                  NULL, &mix, wanted[i].degree);
        assert_int_equal(r.fault, REPLICA_OK);
        assert_int_equal(r.batch, wanted[i].batch);
        assert_close(r.kv_tokens, wanted[i].kv_tokens, 1e-11);
        assert_true(fabs(r.prefill_s - wanted[i].prefill_s) <= 0.5e-6);
        assert_true(fabs(r.step_s - wanted[i].step_s) <= 0.5e-6);
        assert_true(fabs(r.tpot_s - wanted[i].tpot_s) <= 0.5e-6);
        assert_true(fabs(r.rate_req_s - wanted[i].rate) <= 0.5e-6);
        /* Little's law: B = mu L_o TPOT. */
        assert_close(r.rate_req_s * w->output_tok * r.tpot_s, (double)r.batch, 1e-12);
    }
    Replica one = replica_build(&option->shape, &option->accelerator, &option->efficiency, &option->serving,
                                NULL, &mix, 1);
    assert_int_equal(one.fault, REPLICA_NO_MEMORY);
    evaluated_free(&e);
}

static void busy_fleet_matches(void **state)
{
    (void)state;
    Evaluated e;
    evaluate_named("reference/S5-flat", &e);
    const OptionResult *rent = option_named(&e, "rent");
    assert_int_equal(rent->months[0].replicas_peak, 7);
    assert_int_equal(rent->months[0].replicas_trough, 3);
    char text[32];
    snprintf(text, sizeof text, "%.1f", rent->months[0].gpu_hours);
    assert_string_equal(text, "6735.1");
    snprintf(text, sizeof text, "%.1f", 100.0 * rent->months[0].utilisation_frac);
    assert_string_equal(text, "45.4");
    evaluated_free(&e);
}

/* Section 9: 12.6028 M requests a month, owned servers 17.1767 M. */
static void crossings_match(void **state)
{
    (void)state;
    static const char *const wanted[] = {"12.6028", "17.1767"};
    Evaluated e;
    evaluate_named("reference/S0", &e);
    for (int option = 0; option < 2; option++) {
        Crossings crossings;
        assert_true(breakeven_volume(&e.resolved.inputs, option, 2, 1e5, 1e8, &crossings, NULL));
        assert_true(crossings.n >= 1);
        char text[32];
        snprintf(text, sizeof text, "%.4f", crossings.items[0].requests_per_month / 1e6);
        assert_string_equal(text, wanted[option]);
        assert_int_equal(crossings.items[0].cheaper_above, option);
        assert_int_equal(crossings.cheaper_low, 2);
    }
    evaluated_free(&e);
}

/* Section 6. */
static void prices_of_indifference_match(void **state)
{
    (void)state;
    Evaluated e;
    double x = 0.0;
    char text[32];
    evaluate_named("reference/S0", &e);
    assert_true(breakeven_api_price(e.workspace, &e.resolved.inputs, 0, 2, &x, NULL));
    snprintf(text, sizeof text, "%.7f", x);
    assert_string_equal(text, "3.8147984");
    e.resolved.inputs.workloads[0].requests_per_month = 4e7;
    evaluate(&e.resolved.inputs, e.workspace, NULL);
    assert_true(breakeven_api_price(e.workspace, &e.resolved.inputs, 0, 2, &x, NULL));
    snprintf(text, sizeof text, "%.7f", x);
    assert_string_equal(text, "0.4146693");
    assert_int_equal(breakeven_month(e.workspace, 1, 2, e.resolved.inputs.horizon_months), 13);
    assert_true(breakeven_gpu_price(&e.resolved.inputs, 0, 2, e.workspace, &x, NULL));
    snprintf(text, sizeof text, "%.6f", x);
    assert_string_equal(text, "12.043451");
    /* Fed back, the two cost the same (property 7). */
    e.resolved.inputs.options[0].rent.on_demand_usd_per_gpu_h = x;
    evaluate(&e.resolved.inputs, e.workspace, NULL);
    assert_close(option_named(&e, "rent")->npv_usd, option_named(&e, "api")->npv_usd, 1e-12);
    evaluated_free(&e);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(npvs_match_to_the_printed_digit),
        cmocka_unit_test(s0_matches_by_category),
        cmocka_unit_test(replicas_match_by_degree),
        cmocka_unit_test(busy_fleet_matches),
        cmocka_unit_test(crossings_match),
        cmocka_unit_test(prices_of_indifference_match),
    };
    return cmocka_run_group_tests(tests, open_book, close_book);
}
