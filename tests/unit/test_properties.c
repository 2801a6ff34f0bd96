/* Properties of the cost model that hold for any inputs (section 11 of the method). */
#include "random_case.h"

enum { DRAWS = 300 };

typedef struct Sums {
    double option_usd[INPUT_OPTIONS_MAX];
    double category_usd[INPUT_OPTIONS_MAX][N_CATEGORIES];
    int last_option, last_month;
    bool is_ordered;
} Sums;

static void add_line(void *context, const DriverLine *line)
{
    Sums *sums = context;
    double usd = driver_line_usd(line);
    if (line->option < sums->last_option ||
        (line->option == sums->last_option && line->month < sums->last_month))
        sums->is_ordered = false;
    sums->last_option = line->option;
    sums->last_month = line->month;
    sums->option_usd[line->option] += usd;
    sums->category_usd[line->option][cost_drivers[line->driver].category] += usd;
    assert_true(isfinite(usd) && usd != 0.0);
}

/* 1: lines, categories, months and totals are one sum; without discounting the NPV is the total. */
static void sums_agree(void **state)
{
    (void)state;
    for (int d = 0; d < DRAWS; d++) {
        Inputs *inputs = random_inputs();
        if (d % 3 == 0) inputs->discount_per_year = 0.0;
        Workspace *workspace = workspace_new(inputs->horizon_months, inputs->n_options);
        Sums sums = {.is_ordered = true};
        Sink sink = {.line = add_line, .context = &sums};
        evaluate(inputs, workspace, &sink);
        assert_true(sums.is_ordered);
        for (int o = 0; o < inputs->n_options; o++) {
            const OptionResult *result = workspace_result(workspace, o);
            if (!result->is_feasible) {
                assert_true(result->reason[0] != '\0');
                continue;
            }
            double by_month = 0.0;
            for (int m = 0; m < inputs->horizon_months; m++) by_month += result->months[m].total_usd;
            assert_close(sums.option_usd[o], result->total_usd, 1e-12);
            assert_close(by_month, result->total_usd, 1e-12);
            for (int c = 0; c < N_CATEGORIES; c++)
                assert_close(sums.category_usd[o][c], result->category_usd[c], 1e-12);
            assert_close(result->months[inputs->horizon_months - 1].cumulative_npv_usd, result->npv_usd, 0.0);
            if (inputs->discount_per_year == 0.0) assert_close(result->npv_usd, result->total_usd, 1e-12);
            assert_true(isfinite(result->npv_usd));
            if (inputs->workloads[0].requests_per_month == 0.0) assert_false(result->has_levelised);
        }
        workspace_free(workspace);
        free(inputs);
    }
}

/* Multiplies every price of an option, found by its flag in the field tables. */
static void scale_prices(Inputs *inputs, double factor)
{
    for (int g = 0; g < N_GROUPS; g++) {
        if (input_groups[g].scope != SCOPE_OPTION) continue;
        for (size_t i = 0; i < input_groups[g].n_rows; i++) {
            const FieldRow *row = &input_groups[g].rows[i];
            if ((row->flags & FIELD_PRICE) == 0) continue;
            for (int o = 0; o < inputs->n_options; o++) {
                void *group = inputs_group(inputs, (GroupId)g, o);
                if (row->type == FIELD_ARRAY) {
                    FieldArray *prices = (FieldArray *)(void *)((unsigned char *)group + row->offset);
                    for (int k = 0; k < prices->n; k++) prices->values[k] *= factor;
                    continue;
                }
                assert_true(field_set(row, group, field_get(row, group) * factor, NULL));
            }
        }
    }
}

/* 4: every dollar input times k gives every NPV times k. So no money hides in the code. */
static void money_scales(void **state)
{
    (void)state;
    const double k = 2.385;
    for (int d = 0; d < DRAWS; d++) {
        Inputs *inputs = random_inputs();
        Workspace *workspace = workspace_new(inputs->horizon_months, inputs->n_options);
        double before[INPUT_OPTIONS_MAX];
        evaluate(inputs, workspace, NULL);
        for (int o = 0; o < inputs->n_options; o++) before[o] = workspace_result(workspace, o)->npv_usd;
        scale_prices(inputs, k);
        evaluate(inputs, workspace, NULL);
        for (int o = 0; o < inputs->n_options; o++)
            assert_close(workspace_result(workspace, o)->npv_usd, k * before[o], 1e-12);
        workspace_free(workspace);
        free(inputs);
    }
}

/* 3: at a fixed degree GPU-hours do not fall with volume, burst, look-ahead or spares. Without batch work:
 * its replicas are rounded up for the whole week, so one more interactive hour can save one of them in every
 * hour. */
static void hours_are_monotone(void **state)
{
    (void)state;
    for (int d = 0; d < DRAWS; d++) {
        Inputs *inputs = random_inputs();
        Workspace *workspace = workspace_new(inputs->horizon_months, inputs->n_options);
        inputs->workloads[0].batch_frac = 0.0;
        inputs->options[0].engine.degrees = (FieldArray){.n = 1, .values = {4.0}};
        evaluate_option(inputs, 0, workspace, NULL);
        bool was_feasible = workspace_result(workspace, 0)->is_feasible;
        double before = workspace_result(workspace, 0)->gpu_hours;
        switch (d % 4) {
        case 0:
            inputs->workloads[0].requests_per_month *= 1.7;
            break;
        case 1:
            inputs->workloads[0].burst *= 1.2;
            break;
        case 2:
            inputs->options[0].fleet.lookahead_h += 3;
            break;
        default:
            inputs->options[0].fleet.spares += 1;
            break;
        }
        evaluate_option(inputs, 0, workspace, NULL);
        if (was_feasible) assert_true(workspace_result(workspace, 0)->gpu_hours >= before);
        workspace_free(workspace);
        free(inputs);
    }
}

/* 7: without resale loss and discount the residual gives the purchases back. */
static void resale_without_loss_returns_the_purchase(void **state)
{
    (void)state;
    Inputs *inputs = random_inputs();
    Workspace *workspace = workspace_new(inputs->horizon_months, inputs->n_options);
    inputs->discount_per_year = 0.0;
    inputs->options[1].own.residual_decay_per_year = 0.0;
    inputs->options[1].own.server_setup_usd = 0.0;
    evaluate(inputs, workspace, NULL);
    const OptionResult *own = workspace_result(workspace, 1);
    assert_close(own->category_usd[CATEGORY_RESIDUAL], -own->category_usd[CATEGORY_COMPUTE_CAPEX], 1e-12);
    workspace_free(workspace);
    free(inputs);
}

/* E67: one workload split in two equal halves has
 * the demand of the whole. */
static void two_halves_are_a_whole(void **state)
{
    (void)state;
    Inputs *inputs = random_inputs();
    inputs->horizon_months = 24;
    inputs->workloads[0] = base.inputs.workloads[0];
    inputs->workloads[0].requests_per_month = 4e7;
    Workspace *workspace = workspace_new(24, inputs->n_options);
    evaluate(inputs, workspace, NULL);
    double whole[3];
    for (int o = 0; o < 3; o++) whole[o] = workspace_result(workspace, o)->npv_usd;
    inputs->workloads[0].requests_per_month = 2e7;
    inputs->workloads[1] = inputs->workloads[0];
    memcpy(inputs->week[1], inputs->week[0], sizeof inputs->week[1]);
    inputs->n_workloads = 2;
    evaluate(inputs, workspace, NULL);
    for (int o = 0; o < 3; o++) assert_close(workspace_result(workspace, o)->npv_usd, whole[o], 1e-9);
    workspace_free(workspace);
    free(inputs);
}

/* 6: reserve_best equals the best of all numbers of reserved replicas (E46). */
static void best_reservation_equals_the_search(void **state)
{
    (void)state;
    for (int d = 0; d < 40; d++) {
        Inputs *inputs = random_inputs();
        inputs->workloads[0].requests_per_month = pow(10.0, between(6.0, 7.8));
        inputs->options[0].rent.reserved_discount_frac = between(0.1, 0.6);
        /* Staff follows the reserved GPUs; the rule weighs rent alone. */
        inputs->options[0].staff.step_fte = 0.0;
        inputs->options[0].operations.host_monitoring_usd_per_month = 0.0;
        inputs->options[0].rent.reserve_best = false;
        Workspace *workspace = workspace_new(inputs->horizon_months, inputs->n_options);
        double best = HUGE_VAL;
        for (int r = 0; r <= 40; r++) {
            inputs->options[0].rent.reserved_replicas = r;
            evaluate_option(inputs, 0, workspace, NULL);
            if (!workspace_result(workspace, 0)->is_feasible) break;
            best = fmin(best, workspace_result(workspace, 0)->npv_usd);
        }
        inputs->options[0].rent.reserve_best = true;
        evaluate_option(inputs, 0, workspace, NULL);
        if (workspace_result(workspace, 0)->is_feasible &&
            workspace_result(workspace, 0)->months[0].reserved_replicas <= 40)
            assert_close(workspace_result(workspace, 0)->npv_usd, best, 1e-12);
        workspace_free(workspace);
        free(inputs);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sums_agree),
        cmocka_unit_test(money_scales),
        cmocka_unit_test(hours_are_monotone),
        cmocka_unit_test(resale_without_loss_returns_the_purchase),
        cmocka_unit_test(two_halves_are_a_whole),
        cmocka_unit_test(best_reservation_equals_the_search),
    };
    return cmocka_run_group_tests(tests, random_case_open, random_case_close);
}
