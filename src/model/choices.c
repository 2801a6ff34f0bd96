/* Choices that an option leaves to the evaluator, written down. Layer: model. */
#include "tokentco/uncertain.h"

#include "model/workspace.h"

bool choices_settle(Inputs *inputs)
{
    Workspace *workspace = workspace_new(inputs->horizon_months, inputs->n_options);
    if (workspace == NULL) return false;
    for (int o = 0; o < inputs->n_options; o++) {
        OptionInputs *option = &inputs->options[o];
        bool seeks_cap = option->kind == OPTION_HYBRID && option->hybrid.split_best;
        bool seeks_reserved = (KIND_SELF & 1U << option->kind) != 0 && option->rent.reserve_best;
        bool seeks_months = option->kind == OPTION_PLAN && option->plan.find_months;
        if (!seeks_cap && !seeks_reserved && !seeks_months) continue;
        evaluate_option(inputs, o, workspace, NULL);
        const OptionResult *result = workspace_result(workspace, o);
        if (!result->is_feasible) continue;
        if (seeks_reserved) option->rent.reserved_replicas = result->months[0].reserved_replicas;
        if (seeks_cap) option->hybrid.replicas_cap = result->replicas_cap;
        if (seeks_cap) option->engine.degrees = (FieldArray){.n = 1, .values = {result->replica.degree}};
        if (seeks_months) option->plan.second_from_month = result->move_month[0];
        if (seeks_months && result->n_moves > 1) option->plan.third_from_month = result->move_month[1];
        option->rent.reserve_best = option->hybrid.split_best = option->plan.find_months = false;
    }
    workspace_free(workspace);
    return true;
}
