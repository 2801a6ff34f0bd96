/* Plans: one option after another, and the cheapest months to move. Layer: model.
 *
 * Stage i serves from its month to that of the next; the stage that is left runs on in full for the months of
 * overlap. Stages do not touch each other's costs, so the NPV of a plan is the sum of its stages' and of the
 * moves: with three stages, the first depends on the first move only and the last on the second only. Both
 * are found once for every month; what is left is the middle stage between every pair of months.
 */
#include "model/evaluation.h"

#include <math.h>

/* Beyond this many months the two moves of three stages are first sought in steps, then around the best. */
enum { MONTHS_ONE_BY_ONE = 48 };

typedef struct PlanSearch {
    Evaluation *run;
    const OptionInputs *option;
    int horizon;
} PlanSearch;

static int least(int a, int b)
{
    return a < b ? a : b;
}

/* The parts of stage i between two months, the overlap after its end included. */
static int stage_parts(const Inputs *inputs, const OptionInputs *option, int i, int from, int until,
                       Part *out)
{
    int horizon = inputs->horizon_months;
    int left = until < horizon ? least(until + option->plan.overlap_months, horizon) : horizon;
    return from >= until ? 0 : option_parts(inputs, option->parts[i], 1.0, from, left, out);
}

/* NPV of stage i between two months. Above the limit, only that much is true of it. */
static double stage_npv_usd(const PlanSearch *search, int i, int from, int until, double limit_usd)
{
    Part parts[PARTS_MAX];
    double usd = 0.0;
    int n = stage_parts(search->run->inputs, search->option, i, from, until, parts);
    for (int k = 0; k < n; k++) {
        part_find_cap(search->run, &parts[k], limit_usd - usd);
        usd += part_npv_usd(search->run, &parts[k]);
    }
    return usd;
}

/* A move in month 0 is no move, nor is one that skips a stage twice: as many as stages that serve, less one.
 */
static double moves_npv_usd(const PlanSearch *search, const PlanMonths *moves)
{
    double usd = 0.0;
    for (int i = 0; i < moves->n; i++)
        if (plan_is_move(moves, i, search->horizon))
            usd += search->option->plan.switch_usd * search->run->inputs->currency_per_usd *
                   search->run->workspace->shared[moves->at[i]].discount[TIMING_START];
    return usd;
}

bool plan_is_move(const PlanMonths *moves, int i, int horizon)
{
    int month = moves->at[i];
    bool is_skipped = i + 1 < moves->n && moves->at[i + 1] == month;
    return month > 0 && month < horizon && !is_skipped;
}

static PlanMonths find_single(const PlanSearch *search)
{
    PlanMonths best = {.n = 1};
    double best_usd = HUGE_VAL;
    for (int month = search->horizon; month >= 0; month--) {
        PlanMonths trial = {1, {month, search->horizon}};
        double usd = moves_npv_usd(search, &trial);
        usd += stage_npv_usd(search, 0, 0, month, best_usd - usd);
        usd += stage_npv_usd(search, 1, month, search->horizon, best_usd - usd);
        if (usd < best_usd) best = trial;
        best_usd = fmin(best_usd, usd);
    }
    return best;
}

/* The best pair of months in [low, high] by steps; both lists of the workspace hold the outer stages. */
static PlanMonths find_pair(const PlanSearch *search, PlanMonths low, PlanMonths high, int step)
{
    const double *first = search->run->workspace->stage_usd, *last = first + search->horizon + 1;
    PlanMonths best = high;
    double best_usd = HUGE_VAL;
    for (int a = high.at[0]; a >= low.at[0]; a -= step) {
        for (int b = high.at[1]; b >= low.at[1] && b >= a; b -= step) {
            PlanMonths trial = {2, {a, b}};
            double usd = first[a] + last[b] + moves_npv_usd(search, &trial);
            usd += stage_npv_usd(search, 1, a, b, best_usd - usd);
            if (usd < best_usd) best = trial;
            best_usd = fmin(best_usd, usd);
        }
    }
    return best;
}

static PlanMonths find_double(const PlanSearch *search)
{
    int horizon = search->horizon, step = (horizon + MONTHS_ONE_BY_ONE - 1) / MONTHS_ONE_BY_ONE;
    double *first = search->run->workspace->stage_usd, *last = first + horizon + 1;
    for (int m = 0; m <= horizon; m++) {
        first[m] = stage_npv_usd(search, 0, 0, m, HUGE_VAL);
        last[m] = stage_npv_usd(search, 2, m, horizon, HUGE_VAL);
    }
    PlanMonths low = {2, {0, 0}}, high = {2, {horizon, horizon}};
    PlanMonths best = find_pair(search, low, high, step);
    for (int i = 0; step > 1 && i < 2; i++) {
        low.at[i] = best.at[i] > step ? best.at[i] - step : 0;
        high.at[i] = least(best.at[i] + step, horizon);
    }
    return step > 1 ? find_pair(search, low, high, 1) : best;
}

static PlanMonths given_months(const Inputs *inputs, const OptionInputs *option)
{
    PlanMonths moves = {.n = option->n_parts - 1};
    moves.at[0] = least(option->plan.second_from_month, inputs->horizon_months);
    moves.at[1] = least(option->plan.third_from_month, inputs->horizon_months);
    return moves;
}

bool plan_is_exact(const Inputs *inputs, int o)
{
    return inputs->options[o].n_parts < OPTION_PARTS_MAX || inputs->horizon_months <= MONTHS_ONE_BY_ONE;
}

int plan_stages(const Inputs *inputs, int o, const PlanMonths *moves, Part out[PARTS_MAX])
{
    const OptionInputs *option = &inputs->options[o];
    PlanMonths given = given_months(inputs, option);
    int n = 0;
    if (moves == NULL) moves = &given;
    for (int i = 0; i < option->n_parts; i++) {
        int from = i == 0 ? 0 : moves->at[i - 1],
            until = i < moves->n ? moves->at[i] : inputs->horizon_months;
        n += stage_parts(inputs, option, i, from, until, out + n);
    }
    return n;
}

int plan_parts(Evaluation *run, Part out[PARTS_MAX], PlanMonths *moves)
{
    const OptionInputs *option = &run->inputs->options[run->o];
    PlanSearch search = {run, option, run->inputs->horizon_months};
    if (option->n_parts < 2) return 0;
    *moves = given_months(run->inputs, option);
    if (option->plan.find_months && !option->is_blocked)
        *moves = option->n_parts == 2 ? find_single(&search) : find_double(&search);
    int n = plan_stages(run->inputs, run->o, moves, out);
    for (int i = 0; i < n; i++) part_find_cap(run, &out[i], HUGE_VAL);
    return n;
}

void plan_pay_moves(Evaluation *run, const PlanMonths *moves, const Sink *sink)
{
    Ledger ledger = {.inputs = run->inputs,
                     .option = &run->inputs->options[run->o],
                     .workspace = run->workspace,
                     .sink = sink,
                     .result = run->result,
                     .o = run->o,
                     .part = run->o};
    run->workspace->demand = run->workspace->shared;
    run->result->n_moves = moves->n;
    for (int i = 0; i < moves->n; i++) {
        run->result->move_month[i] = moves->at[i];
        if (!plan_is_move(moves, i, run->inputs->horizon_months)) continue;
        month_begin(&ledger, moves->at[i]);
        ledger_pay(&ledger, DRIVER_PLAN_SWITCH, 1.0, ledger.option->plan.switch_usd, 1.0);
    }
}
