/* Derivations: the tables that they rest on are whole, and every sum is the sum of its parts. */
#include "test.h"
#include "tokentco/explain.h"

#include "../../src/view/figures.h"

typedef struct Case {
    PriceBook book;
    Scenario *scenario;
    Resolved resolved;
    Answer answer;
} Case;

static void open_case(const char *name, Case *out)
{
    ErrList errors;
    err_list_init(&errors);
    assert_true(pricebook_open(&out->book, NULL, &errors));
    out->scenario = scenario_load(name, &errors);
    ResolveSources sources = {.book = &out->book};
    assert_true(out->scenario != NULL && scenario_resolve(out->scenario, &sources, &out->resolved, &errors));
    assert_true(answer_build(&out->resolved, &out->answer, NULL));
    err_list_free(&errors);
}

static void close_case(Case *one)
{
    answer_free(&one->answer);
    resolved_free(&one->resolved);
    scenario_free(one->scenario);
    pricebook_close(&one->book);
}

static void count_use(void *context, const Use *use)
{
    int *n = context;
    (void)use;
    (*n)++;
}

/* A driver without a row would be explained by nothing, and a word that names nothing is left out in silence.
 */
static void every_driver_and_figure_names_what_it_uses(void **state)
{
    (void)state;
    for (int d = 0; d < N_DRIVERS; d++) {
        if (driver_uses[d] == NULL)
            fail_msg("driver %s has no row in src/view/driver_uses.c", cost_drivers[d].name);
        int n = 0;
        for (int k = 0; k < N_OPTION_KINDS; k++)
            if (!uses_visit(driver_uses[d], (OptionKind)k, count_use, &n))
                fail_msg("driver %s uses something that does not exist: %s", cost_drivers[d].name,
                         driver_uses[d]);
        assert_true(n > 0);
        assert_true(driver_uses[d][0] != '@' && driver_uses[d][0] != '~');
    }
    for (int f = 0; f < n_figure_rows; f++) {
        int n = 0;
        for (int k = 0; k < N_OPTION_KINDS; k++)
            if (!uses_visit(figure_rows[f].uses, (OptionKind)k, count_use, &n))
                fail_msg("figure %s uses something that does not exist", figure_rows[f].name);
        assert_true(n > 0);
    }
}

static void check_sums(const Node *node)
{
    double sum = 0.0, scale = 0.0;
    bool is_sum = node->kind == NODE_TOTAL || node->kind == NODE_CATEGORY || node->kind == NODE_DRIVER ||
                  node->kind == NODE_MONTH;
    for (const Node *child = node->first; child != NULL; child = child->next) {
        check_sums(child);
        if (child->kind > NODE_LINE || !child->has_value) continue;
        sum += child->value;
        scale += fabs(child->value);
    }
    if (is_sum && strcmp(node->unit, "USD") == 0 && fabs(sum - node->value) > 1e-12 * scale)
        fail_msg("%s is %.17g, its parts make %.17g", node->name, node->value, sum);
}

static void sums_are_the_sums_of_their_parts(void **state)
{
    (void)state;
    static const char *const names[] = {"reference/S0", "reference/S5-flat", "support-chat"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        Case one;
        open_case(names[i], &one);
        for (int o = 0; o < one.resolved.inputs.n_options; o++) {
            const OptionResult *result = workspace_result(one.answer.workspace, o);
            ExplainRequest request = {
                .answer = &one.answer, .option = o, .month = MONTH_ALL, .figure = "npv", .depth = DEPTH_ALL};
            Derivation derivation;
            assert_int_equal(derivation_build(&request, false, &derivation), result->is_feasible);
            if (!result->is_feasible) continue;
            check_sums(derivation.root);
            assert_close(derivation.root->value, result->npv_usd, 1e-12);
            derivation_free(&derivation);
            request.figure = "total";
            assert_true(derivation_build(&request, true, &derivation));
            assert_close(derivation.root->value, result->total_usd, 1e-12);
            derivation_free(&derivation);
        }
        close_case(&one);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_driver_and_figure_names_what_it_uses),
        cmocka_unit_test(sums_are_the_sums_of_their_parts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
