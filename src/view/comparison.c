/* The comparison of plans as a table. Layer: view. */
#include "tokentco/report.h"

#include <math.h>
#include <string.h>

static const OptionInputs *option_at(const void *context, int row)
{
    return &((const Answer *)context)->resolved->inputs.options[row];
}

static const OptionResult *result_at(const void *context, int row)
{
    return workspace_result(((const Answer *)context)->workspace, row);
}

static void get_number(const void *context, int row, Cell *out)
{
    (void)context;
    cell_set_number(out, row + 1);
}

static void get_name(const void *context, int row, Cell *out)
{
    cell_set_text(out, option_at(context, row)->name);
}

static void get_npv(const void *context, int row, Cell *out)
{
    if (result_at(context, row)->is_feasible) cell_set_number(out, result_at(context, row)->npv_usd);
}

static void get_levelised(const void *context, int row, Cell *out)
{
    const OptionResult *result = result_at(context, row);
    if (result->is_feasible && result->has_levelised) cell_set_number(out, result->levelised_usd_per_mtok);
}

static void get_first_month(const void *context, int row, Cell *out)
{
    if (result_at(context, row)->is_feasible)
        cell_set_number(out, result_at(context, row)->months[0].total_usd);
}

static bool is_self_hosted(const OptionInputs *option)
{
    return (1u << option->kind & KIND_SELF) != 0;
}

/* Least and most GPUs that stand by over the horizon. */
static void get_gpus(const void *context, int row, Cell *out)
{
    const OptionInputs *option = option_at(context, row);
    const OptionResult *result = result_at(context, row);
    if (!is_self_hosted(option) || !result->is_feasible) return;
    int low = 0, high = 0, degree = result->replica.degree;
    for (int m = 0; m < ((const Answer *)context)->resolved->inputs.horizon_months; m++) {
        const MonthResult *month = &result->months[m];
        int trough = month->replicas_trough > month->reserved_replicas ? month->replicas_trough
                                                                       : month->reserved_replicas;
        int peak =
            month->replicas_peak > month->reserved_replicas ? month->replicas_peak : month->reserved_replicas;
        int from = option->kind == OPTION_OWN ? month->servers * option->own.server_gpus : trough * degree;
        int to = option->kind == OPTION_OWN ? from : peak * degree;
        if (m == 0 || from < low) low = from;
        if (to > high) high = to;
    }
    if (low == high) {
        cell_printf(out, "%d", high);
    } else {
        cell_printf(out, "%d-%d", low, high);
    }
}

static void get_basis(const void *context, int row, Cell *out)
{
    const OptionInputs *option = option_at(context, row);
    if (is_self_hosted(option) && !option->is_blocked) cell_set_text(out, basis_name(option->basis.basis));
}

/* p10 to p90 of the speed, relative. */
static void get_band(const void *context, int row, Cell *out)
{
    const ThroughputBasis *basis = &option_at(context, row)->basis;
    if (!is_self_hosted(option_at(context, row)) || !basis->has_band) return;
    double low = 100.0 * (basis->band_p10 - 1.0), high = 100.0 * (basis->band_p90 - 1.0);
    cell_printf(out, "%+.0f/%+.0f%%", low, high);
}

static void get_feasible(const void *context, int row, Cell *out)
{
    const OptionResult *result = result_at(context, row);
    const char *yes = row == ((const Answer *)context)->best ? "cheapest"
                      : option_at(context, row)->is_part     ? "part"
                                                             : "yes";
    cell_set_text(out, result->is_feasible ? yes : "no");
}

static int ink_of(const void *context, int row, int column)
{
    const Answer *answer = context;
    if (column == 0) return INK_SERIES + row;
    if (!result_at(context, row)->is_feasible) return INK_FAINT;
    return row == answer->best ? INK_STRONG : INK_PLAIN;
}

static const Column columns[] = {
    {"number", "", "", "number of the option", ALIGN_RIGHT, SHOW_SHORTEST, 0, get_number},
    {"name", "option", "", "name of the option", ALIGN_LEFT, SHOW_SHORTEST, 32, get_name},
    {"npv_usd", "NPV", "USD", "net present value of all costs", ALIGN_RIGHT, SHOW_GROUPED, 0, get_npv},
    {"levelised_usd_per_mtok", "$/Mtok", "USD/Mtok", "NPV over discounted useful tokens", ALIGN_RIGHT,
     SHOW_PRICE, 0, get_levelised},
    {"first_month_usd", "month 1", "USD", "cost of the first month", ALIGN_RIGHT, SHOW_GROUPED, 0,
     get_first_month},
    {"gpus", "GPUs", "", "GPUs over the horizon, least to most", ALIGN_RIGHT, SHOW_SHORTEST, 0, get_gpus},
    {"basis", "speed from", "", "where the throughput comes from", ALIGN_LEFT, SHOW_SHORTEST, 0, get_basis},
    {"band", "p10/p90", "", "10th and 90th percentile of the throughput, relative", ALIGN_LEFT, SHOW_SHORTEST,
     0, get_band},
    {"feasible", "feasible", "",
     "can it serve the workload within its limits; a part can, but is no candidate by itself", ALIGN_LEFT,
     SHOW_SHORTEST, 0, get_feasible},
};

Table comparison_table(const Answer *answer)
{
    return (Table){columns, (int)(sizeof columns / sizeof *columns), answer->resolved->inputs.n_options,
                   answer, ink_of};
}
