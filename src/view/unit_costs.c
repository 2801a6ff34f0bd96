/* Costs of one request, user, business unit; the next ones; budgets. Layer: view. */
#include "tokentco/unit_costs.h"

#include <math.h>
#include <stdlib.h>

#define NEXT_FACTOR  1.1
#define TOK_PER_MTOK 1e6

double grown_with_requests(const OptionResult *result, double in_first_month, int m)
{
    double first = result->months[0].requests;
    return first > 0.0 ? in_first_month * result->months[m].requests / first : in_first_month;
}

/* Sums over the lines of one option. */
typedef struct Lines {
    const Inputs *inputs;
    int option;
    double marginal_usd, fleet_usd; /* present values */
    double paid_gpu_h;              /* rented, whether used or not */
} Lines;

static bool is_of_fleet(CategoryId category)
{
    return category == CATEGORY_COMPUTE_RENT || category == CATEGORY_COMPUTE_CAPEX ||
           category == CATEGORY_RESIDUAL || category == CATEGORY_COLO_POWER ||
           category == CATEGORY_MAINTENANCE;
}

static void add_line(void *context, const DriverLine *line)
{
    Lines *lines = context;
    if (line->option != lines->option) return;
    const DriverRow *driver = &cost_drivers[line->driver];
    double offset = 0.5 * (int)driver->timing;
    double usd =
        driver_line_usd(line) * pow(1.0 + lines->inputs->discount_per_year, -(line->month + offset) / 12.0);
    if (driver_is_marginal(line->driver)) lines->marginal_usd += usd;
    if (is_of_fleet(driver->category)) lines->fleet_usd += usd;
    bool is_rent = line->driver == DRIVER_RENT_RESERVED || line->driver == DRIVER_RENT_ON_DEMAND ||
                   line->driver == DRIVER_RENT_SPOT;
    if (is_rent) lines->paid_gpu_h += line->quantity * line->factor;
}

/* The share of a month's attempts that the fleet serves itself: a hybrid leaves the rest to an API. */
static double kept_frac(const Inputs *inputs, const MonthResult *month, int m)
{
    double attempts = 0.0;
    for (int k = 0; k < inputs->n_workloads; k++)
        attempts += workload_requests(inputs, k, m) * (1.0 + inputs->workloads[k].retry_frac);
    return attempts > 0.0 ? 1.0 - month->api_attempts / attempts : 1.0;
}

static void set_fleet(const Inputs *inputs, int o, const OptionResult *result, const Lines *lines,
                      UnitCosts *out)
{
    const OptionInputs *option = &inputs->options[o];
    double paid_h = lines->paid_gpu_h, busy_h = 0.0, mtok = 0.0;
    for (int m = 0; m < inputs->horizon_months; m++) {
        const MonthResult *month = &result->months[m];
        busy_h += month->utilisation_frac * month->gpu_hours;
        mtok += month->tokens * month->discount_middle * kept_frac(inputs, month, m) / TOK_PER_MTOK;
        if (option->kind == OPTION_OWN)
            paid_h += (double)month->servers * option->own.server_gpus * HOURS_PER_MONTH;
    }
    bool is_self = (1u << option->kind & KIND_SELF) != 0 && result->replica.degree > 0;
    out->has_fleet = is_self && paid_h > 0.0 && mtok > 0.0;
    if (!out->has_fleet) return;
    out->reservation_mtok_usd = lines->fleet_usd / mtok;
    out->usage_mtok_usd = out->reservation_mtok_usd * busy_h / paid_h;
}

static void set_budgets(const Inputs *inputs, const OptionResult *result, UnitCosts *out)
{
    double spent = 0.0, rate = inputs->currency_per_usd;
    out->over_month = out->spent_month = -1;
    for (int m = 0; m < inputs->horizon_months; m++) {
        double usd = result->months[m].total_usd;
        spent += usd;
        if (inputs->has_budget_usd_per_month && out->over_month < 0 &&
            usd > inputs->budget_usd_per_month * rate)
            out->over_month = m;
        if (inputs->has_budget_usd && out->spent_month < 0 && spent > inputs->budget_usd * rate)
            out->spent_month = m;
    }
}

/* The cost of a tenth more requests, over their tokens. */
static bool set_next(const Answer *answer, int option, const OptionResult *result, UnitCosts *out, Err *err)
{
    const Inputs *inputs = &answer->resolved->inputs;
    Workspace *scratch = workspace_new(inputs->horizon_months, inputs->n_options);
    double *npv = calloc((size_t)inputs->n_options, sizeof *npv);
    bool *has = calloc((size_t)inputs->n_options, sizeof *has);
    bool is_ok = scratch != NULL && npv != NULL && has != NULL;
    double volume = answer->volume * NEXT_FACTOR;
    if (is_ok) {
        curve_by_volume(inputs, &volume, 1, scratch, npv, has);
        out->has_next = has[option] && inputs->options[option].kind != OPTION_BILL;
        out->next_mtok_usd =
            (npv[option] - result->npv_usd) / ((NEXT_FACTOR - 1.0) * result->discounted_mtok);
    }
    free(npv);
    free(has);
    workspace_free(scratch);
    return is_ok ? true : err_set(err, ERR_BUG, "out of memory");
}

bool unit_costs_build(const Answer *answer, int option, UnitCosts *out, Err *err)
{
    const Inputs *inputs = &answer->resolved->inputs;
    const OptionResult *result = workspace_result(answer->workspace, option);
    double requests = 0.0, users = 0.0, units = 0.0;
    *out = (UnitCosts){.over_month = -1, .spent_month = -1};
    if (!result->is_feasible) return true;
    set_budgets(inputs, result, out);
    if (!result->has_levelised) return true;
    Lines lines = {.inputs = inputs, .option = option};
    Sink sink = {.line = add_line, .context = &lines};
    evaluate_option(inputs, option, answer->workspace, &sink);
    for (int m = 0; m < inputs->horizon_months; m++) {
        double discount = result->months[m].discount_middle;
        requests += result->months[m].requests * discount;
        users += grown_with_requests(result, inputs->users, m) * discount;
        units += grown_with_requests(result, inputs->units_per_month, m) * discount;
    }
    out->has = requests > 0.0;
    out->mtok_usd = result->levelised_usd_per_mtok;
    out->request_usd = result->npv_usd / requests;
    out->has_user = inputs->has_users;
    if (out->has_user) out->user_month_usd = result->npv_usd / users;
    out->has_unit = inputs->has_units_per_month;
    if (out->has_unit) out->unit_usd = result->npv_usd / units;
    out->marginal_mtok_usd = lines.marginal_usd / result->discounted_mtok;
    set_fleet(inputs, option, result, &lines, out);
    return set_next(answer, option, result, out, err);
}

int postings_by_year(const Postings *postings, int option, Micros out[YEARS_MAX])
{
    int n_years = (postings->resolved->inputs.horizon_months + 11) / 12;
    for (int y = 0; y < n_years; y++) out[y] = (Micros){0};
    for (int i = 0; i < postings->n; i++)
        if (postings->items[i].option == option)
            out[postings->items[i].month / 12].micro_usd += postings->items[i].amount.micro_usd;
    return n_years;
}
