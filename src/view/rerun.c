/* A scenario at two days' prices. Layer: view. */
#include "tokentco/rerun.h"

#include <math.h>
#include <stdlib.h>

static const double *price_of(const Inputs *inputs, int option, GroupId group, const FieldRow *row)
{
    const char *base = inputs_group_const(inputs, group, option);
    return (const double *)(const void *)(base + row->offset);
}

static bool is_price(const FieldRow *row)
{
    return row->type == FIELD_NUM && (row->flags & FIELD_PRICE) != 0;
}

/* Does the option's kind read the group? */
static bool reads_group(const Inputs *inputs, int option, const GroupRow *group)
{
    return group->scope == SCOPE_OPTION && (group->kinds & 1u << inputs->options[option].kind) != 0;
}

static void find_moves(Rerun *rerun)
{
    const Inputs *before = &rerun->before->inputs, *after = &rerun->after->inputs;
    for (int o = 0; o < after->n_options; o++) {
        /* What has no price on one of the days stands at its default there: that is no move. */
        if (before->options[o].is_blocked || after->options[o].is_blocked) continue;
        for (int g = 0; g < N_GROUPS; g++) {
            const GroupRow *group = &input_groups[g];
            if (!reads_group(after, o, group)) continue;
            for (size_t r = 0; r < group->n_rows; r++) {
                const FieldRow *row = &group->rows[r];
                if (!is_price(row) || rerun->n_moves == PRICE_MOVES_MAX) continue;
                double a = *price_of(before, o, (GroupId)g, row), b = *price_of(after, o, (GroupId)g, row);
                if (a == b) continue;
                FieldRef ref = {o, (GroupId)g, (int)r};
                rerun->moves[rerun->n_moves++] = (InputMove){.option = o,
                                                             .group = group->name,
                                                             .row = row,
                                                             .before = a,
                                                             .after = b,
                                                             .origin = resolved_origin(rerun->after, &ref)};
            }
        }
    }
}

/* Place of an option among the feasible candidates by NPV, from 1; 0: it is none. */
static int rank_of(const Answer *answer, int option)
{
    const OptionResult *own = workspace_result(answer->workspace, option);
    const unsigned candidates = inputs_candidates(&answer->resolved->inputs);
    int rank = 1;
    if (!own->is_feasible || (candidates >> option & 1U) == 0) return 0;
    for (int i = 0; i < answer->resolved->inputs.n_options; i++) {
        const OptionResult *other = workspace_result(answer->workspace, i);
        bool is_cheaper = other->npv_usd < own->npv_usd || (other->npv_usd <= own->npv_usd && i < option);
        if (i != option && (candidates >> i & 1U) != 0 && other->is_feasible && is_cheaper) rank++;
    }
    return rank;
}

/* The prices that make an option what it is: GPU hours, servers, or tokens. */
static void scale_prices(OptionInputs *option, double factor)
{
    option->rent.on_demand_usd_per_gpu_h *= factor;
    option->own.server_usd *= factor;
    option->api.input_usd_per_mtok *= factor;
    option->api.cached_usd_per_mtok *= factor;
    option->api.output_usd_per_mtok *= factor;
}

/* NPV of one option with its prices scaled; false when it becomes infeasible. */
static bool npv_scaled(const Inputs *inputs, int option, double factor, Inputs *scratch, Workspace *workspace,
                       double *npv)
{
    *scratch = *inputs;
    scale_prices(&scratch->options[option], factor);
    evaluate_option(scratch, option, workspace, NULL);
    const OptionResult *result = workspace_result(workspace, option);
    *npv = result->npv_usd;
    return result->is_feasible;
}

/* The multiple of an option's prices at which its NPV is `target`. NPV is linear in unit prices (the degree
 * does not depend on them), so two points give the line; a third one tells when it is not (a commitment, a
 * fleet that is optimised), and then there is no answer. */
static bool find_factor(const Inputs *inputs, int option, double target, Inputs *scratch,
                        Workspace *workspace, double *factor)
{
    const double probe = 2.0, tolerance = 1e-6;
    double one, two, there;
    if (!npv_scaled(inputs, option, 1.0, scratch, workspace, &one) ||
        !npv_scaled(inputs, option, probe, scratch, workspace, &two) || two <= one)
        return false;
    *factor = 1.0 + (target - one) / (two - one) * (probe - 1.0);
    return *factor > 0.0 && npv_scaled(inputs, option, *factor, scratch, workspace, &there) &&
           fabs(there - target) <= tolerance * fabs(target);
}

static bool find_flips(Rerun *rerun, Err *err)
{
    const Inputs *inputs = &rerun->after->inputs;
    const Answer *answer = rerun->answer_after;
    Inputs *scratch = malloc(sizeof *scratch);
    Workspace *workspace = workspace_new(inputs->horizon_months, inputs->n_options);
    bool is_ok = scratch != NULL && workspace != NULL;
    if (!is_ok) err_set(err, ERR_BUG, "out of memory");
    for (int o = 0; is_ok && o < inputs->n_options; o++) {
        OptionChange *change = &rerun->options[o];
        int against = o == answer->best ? rerun->runner_up : answer->best;
        if (against < 0 || change->rank_after == 0) continue;
        double target = workspace_result(answer->workspace, against)->npv_usd;
        change->has_flip = find_factor(inputs, o, target, scratch, workspace, &change->flip_factor);
    }
    workspace_free(workspace);
    free(scratch);
    return is_ok;
}

bool rerun_build(const Answer *before, const Answer *after, Rerun *out, Err *err)
{
    *out = (Rerun){.before = before->resolved,
                   .after = after->resolved,
                   .answer_before = before,
                   .answer_after = after,
                   .is_flipped = before->best != after->best,
                   .runner_up = -1};
    for (int i = 0; i < after->resolved->inputs.n_options; i++) {
        out->options[i].rank_before = rank_of(before, i);
        out->options[i].rank_after = rank_of(after, i);
        if (out->options[i].rank_after == 2) out->runner_up = i;
    }
    find_moves(out);
    return find_flips(out, err);
}

const Duel *answer_find_duel(const Answer *answer, int a, int b)
{
    for (int i = 0; i < answer->n_duels; i++) {
        const Duel *duel = &answer->duels[i];
        if ((duel->a == a && duel->b == b) || (duel->a == b && duel->b == a)) return duel;
    }
    return NULL;
}

bool rerun_last_change(const Resolved *resolved, Date *out)
{
    bool has_row = false;
    int n = resolved->inputs.n_options * option_field_count();
    for (int i = 0; i < n; i++) {
        const PriceRow *row = resolved->option_origins[i].row;
        if (resolved->option_origins[i].kind != ORIGIN_PRICEBOOK || row == NULL) continue;
        if (has_row && row->valid_from <= *out) continue;
        *out = row->valid_from;
        has_row = true;
    }
    return has_row;
}
