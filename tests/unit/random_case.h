/* Random inputs around the worked scenario S0, for tests of properties (section 11 of the method). */
#ifndef RANDOM_CASE_H
#define RANDOM_CASE_H

#include "random.h"
#include "test.h"
#include "tokentco/evaluate.h"
#include "tokentco/scenario.h"

#include <stdlib.h>

enum { RENT, OWN, API }; /* the options of S0 */

static PriceBook book;
static Resolved base;

static inline int random_case_open(void **state)
{
    (void)state;
    ErrList errors;
    err_list_init(&errors);
    setenv("XDG_DATA_HOME", "/nonexistent", 1);
    Scenario *scenario = scenario_load("reference/S0", &errors);
    ResolveSources sources = {.book = &book};
    bool is_ok = scenario != NULL && pricebook_open(&book, NULL, &errors) &&
                 scenario_resolve(scenario, &sources, &base, &errors);
    err_list_print(&errors, stdout);
    scenario_free(scenario);
    return is_ok ? 0 : -1;
}

static inline int random_case_close(void **state)
{
    (void)state;
    resolved_free(&base);
    pricebook_close(&book);
    return 0;
}

/* S0 with many of its inputs moved. */
static inline Inputs *random_inputs(void)
{
    Inputs *inputs = malloc(sizeof *inputs);
    assert_non_null(inputs);
    *inputs = base.inputs;
    Workload *w = &inputs->workloads[0];
    inputs->horizon_months = 1 + (int)between(0.0, 48.0);
    inputs->discount_per_year = between(0.0, 0.2);
    w->requests_per_month = uniform() < 0.1 ? 0.0 : pow(10.0, between(3.0, 8.5));
    w->growth_per_month = between(-0.05, 0.08);
    w->input_tok = between(200.0, 6000.0);
    w->output_tok = between(10.0, 800.0);
    w->cache_hit_frac = between(0.0, 0.7);
    w->burst = between(1.0, 1.5);
    w->batch_frac = uniform() < 0.5 ? 0.0 : between(0.0, 1.0);
    for (int o = 0; o < inputs->n_options; o++) {
        OptionInputs *option = &inputs->options[o];
        option->fleet.lookahead_h = (int)between(0.0, 4.0);
        option->fleet.spares = (int)between(0.0, 3.0);
        option->rent.reserved_replicas = (int)between(0.0, 4.0);
        option->rent.spot_share_frac = uniform() < 0.5 ? 0.0 : between(0.0, 1.0);
        option->rent.decline_per_year = between(-0.3, 0.5);
        option->api.decline_per_year = between(0.0, 1.0);
        option->api.min_commit_usd_per_month = uniform() < 0.5 ? 0.0 : between(0.0, 50000.0);
        option->operations.optionality_usd_per_month = between(0.0, 500.0);
        if (uniform() < 0.5) continue;
        option->own.financed_frac = between(0.0, 1.0);
        option->own.loan_months = 1 + (int)between(0.0, 60.0);
        option->staff.hiring_lag_months = (int)between(0.0, 9.0);
        option->staff.hiring_cost_frac = between(0.0, 0.3);
        option->network.egress_from_gb = (FieldArray){.n = 2, .values = {0.0, between(1.0, 900.0)}};
        option->network.egress_tier_usd_per_gb = (FieldArray){.n = 2, .values = {0.09, 0.02}};
        option->extras.guardrail_usd_per_mtok = between(0.0, 0.1);
        option->extras.finetune_gpu_h_per_quarter = between(0.0, 300.0);
        option->extras.edge_sites = (int)between(0.0, 5.0);
        option->extras.edge_site_usd = between(0.0, 9000.0);
    }
    return inputs;
}

#endif
