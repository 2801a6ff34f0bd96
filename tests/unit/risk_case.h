/* A case of Monte Carlo whose answers are known by hand: two APIs of one month that cost their people alone.
 *
 * Option 0 costs 1000 x USD, x uniform on (0, 1); option 1 costs 400 USD. So option 0 is best in 40 % of the
 * draws, E[min] = 320, the choice by the mean is option 1 (400 against 500), EVPI = 80. A second item moves
 * nothing. The month has 2 million tokens.
 */
#ifndef RISK_CASE_H
#define RISK_CASE_H

#include "test.h"
#include "tokentco/sensitivity.h"

typedef struct RiskCase {
    Inputs inputs;
    Arena arena;
    Uncertainty uncertainty;
    Uncertain items[2];
    UncertainTarget targets[2];
} RiskCase;

static inline void risk_case_item(RiskCase *c, int i, const char *pointer, double min, double max,
                                  unsigned options)
{
    Err err = {0};
    c->targets[i] = (UncertainTarget){0};
    assert_true(field_ref_parse(pointer, &c->targets[i].field, &err));
    const FieldRow *row = field_ref_row(&c->targets[i].field);
    c->targets[i].base =
        field_get(row, inputs_group_const(&c->inputs, c->targets[i].field.group, c->targets[i].field.index));
    c->items[i] =
        (Uncertain){.pointer = pointer,
                    .label = pointer,
                    .unit = row->unit,
                    .source = "",
                    .spec = {.kind = DIST_UNIFORM, .has_min = true, .has_max = true, .min = min, .max = max},
                    .base = c->targets[i].base,
                    .options = options,
                    .n_targets = 1,
                    .targets = &c->targets[i]};
    assert_true(distribution_build(&c->items[i].spec, &c->arena, &c->items[i].dist, &err));
}

static inline void risk_case_open(RiskCase *c)
{
    enum { FLAT = 2 };
    ErrList errors;
    err_list_init(&errors);
    arena_init(&c->arena);
    inputs_init(&c->inputs);
    Inputs *in = &c->inputs;
    in->horizon_months = 1;
    in->discount_per_year = 0.0;
    in->workloads[0].profile = FLAT;
    in->workloads[0].requests_per_month = 1e6;
    in->workloads[0].input_tok = in->workloads[0].output_tok = 1.0;
    for (int o = 0; o < 2; o++) {
        OptionInputs *option = inputs_add_option(in, o == 0 ? "unsure" : "sure", OPTION_API);
        option->api.input_usd_per_mtok = option->api.output_usd_per_mtok = option->api.cached_usd_per_mtok =
            0.0;
        option->network.egress_usd_per_gb = option->network.nat_usd_per_gb = 0.0;
        option->operations.log_sample_frac = 0.0;
        option->operations.setup_api_usd = option->operations.evaluation_api_usd_per_month = 0.0;
        option->operations.security_api_usd_per_month = 0.0;
        option->staff.salary_usd_per_year = 12000.0;
        option->staff.loaded_factor = 1.0;
        option->staff.api_fte = o == 0 ? 0.5 : 0.4;
    }
    assert_true(inputs_finish(in, NULL, &errors));
    c->uncertainty = (Uncertainty){.n = 2, .items = c->items};
    risk_case_item(c, 0, "/options/0/staff/api_fte", 0.0, 1.0, 1U);
    risk_case_item(c, 1, "/options/1/rent/decline_per_year", 0.0, 0.3, 2U);
}

static inline void risk_case_close(RiskCase *c)
{
    arena_free(&c->arena);
}

#endif
