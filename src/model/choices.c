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
        if (!seeks_cap && !seeks_reserved) continue;
        evaluate_option(inputs, o, workspace, NULL);
        const OptionResult *result = workspace_result(workspace, o);
        if (!result->is_feasible) continue;
        if (seeks_reserved) option->rent.reserved_replicas = result->months[0].reserved_replicas;
        if (seeks_cap) option->hybrid.replicas_cap = workspace->hybrid_cap;
        option->rent.reserve_best = option->hybrid.split_best = false;
    }
    workspace_free(workspace);
    return true;
}
