/* Rates of return of moving from one option to another (E70). Layer: model.
 *
 * Flows fall on half months, so with x = (1 + rate)^(-1/24) the present value of what is saved is a
 * polynomial in x: its sign changes are found on a grid of rates, each is then closed in on.
 */
#include "tokentco/breakeven.h"

#include <gsl/gsl_errno.h>
#include <gsl/gsl_roots.h>
#include <math.h>

#define RATE_LOW  (-0.99)
#define RATE_HIGH 100.0
enum { GRID_CELLS = 2000, STEPS_MAX = 200, HALF_MONTHS_MAX = 2 * INPUT_MONTHS_MAX + 1 };

typedef struct Savings {
    int n;
    double usd[HALF_MONTHS_MAX]; /* present less new, by half month */
} Savings;

static double value_at(double log_rate, void *context)
{
    const Savings *savings = context;
    double x = exp(-log_rate / 24.0), sum = 0.0;
    for (int i = savings->n - 1; i >= 0; i--) sum = sum * x + savings->usd[i];
    return sum;
}

static double close_in(Savings *savings, double low, double high)
{
    gsl_function f = {value_at, savings};
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    if (solver == NULL) return 0.5 * (low + high);
    bool is_ok = gsl_root_fsolver_set(solver, &f, low, high) == GSL_SUCCESS;
    for (int i = 0; is_ok && i < STEPS_MAX; i++) {
        is_ok = gsl_root_fsolver_iterate(solver) == GSL_SUCCESS;
        double a = gsl_root_fsolver_x_lower(solver), b = gsl_root_fsolver_x_upper(solver);
        if (gsl_root_test_interval(a, b, 0.0, 1e-14) == GSL_SUCCESS) break;
    }
    double root = gsl_root_fsolver_root(solver);
    gsl_root_fsolver_free(solver);
    return root;
}

int breakeven_returns(const Workspace *workspace, int present, int option, int n_months,
                      double per_year[RETURNS_MAX])
{
    const OptionResult *now = workspace_result(workspace, present),
                       *then = workspace_result(workspace, option);
    if (!now->is_feasible || !then->is_feasible) return 0;
    Savings savings = {.n = 2 * n_months + 1};
    for (int m = 0; m < n_months; m++)
        for (int t = TIMING_START; t <= TIMING_END; t++)
            savings.usd[2 * m + t] += now->months[m].flow_usd[t] - then->months[m].flow_usd[t];
    int n = 0;
    double first = log1p(RATE_LOW), step = (log1p(RATE_HIGH) - first) / GRID_CELLS;
    double before = value_at(first, &savings);
    for (int i = 1; i <= GRID_CELLS && n < RETURNS_MAX; i++) {
        double high = first + step * i, value = value_at(high, &savings);
        if ((before < 0.0 && value >= 0.0) || (before > 0.0 && value <= 0.0))
            per_year[n++] = expm1(close_in(&savings, high - step, high));
        before = value;
    }
    return n;
}
