/* The scenario as a function on the unit cube, for screening and indices. Layer: model. */
#include "tokentco/sensitivity.h"

#include "tokentco/parallel.h"

#include <math.h>
#include <stdlib.h>

/* A thread's copy of the inputs, and the point that it holds. */
typedef struct Seat {
    Trial *trial;
    Workspace *workspace;
} Seat;

typedef struct ScenarioFunction {
    const Uncertainty *uncertainty;
    int n_options, best; /* best: of the scenario as it is; -1 none */
    unsigned candidates;
    Seat *seats;
} ScenarioFunction;

/* What the best option costs over the cheapest other. */
static double margin(const ScenarioFunction *f, const double *npv)
{
    double other = HUGE_VAL;
    unsigned others = f->best >= 0 ? f->candidates & ~(1U << f->best) : f->candidates;
    for (int o = 0; o < f->n_options; o++)
        if ((others >> o & 1U) != 0 && isfinite(npv[o])) other = fmin(other, npv[o]);
    return f->best >= 0 ? npv[f->best] - other : (double)NAN;
}

static void evaluate_point(void *context, int thread, const double *u, int changed, double *out)
{
    const ScenarioFunction *f = context;
    Seat *seat = &f->seats[thread];
    const Uncertain *items = f->uncertainty->items;
    /* Every item is written: another point may have been here in between. */
    for (int i = 0; i < f->uncertainty->n; i++)
        trial_set(seat->trial, i, distribution_quantile(&items[i].dist, u[i], normal_quantile(u[i])));
    unsigned options = changed >= 0 ? items[changed].options : (1U << f->n_options) - 1U;
    for (int o = 0; o < f->n_options; o++) {
        if ((options >> o & 1U) == 0) continue;
        evaluate_option(trial_inputs(seat->trial), o, seat->workspace, NULL);
        const OptionResult *result = workspace_result(seat->workspace, o);
        out[o] = result->is_feasible ? result->npv_usd : (double)NAN;
    }
    out[f->n_options] = margin(f, out);
}

static bool open_seats(ScenarioFunction *f, const Inputs *inputs, int n_threads)
{
    f->seats = calloc((size_t)n_threads, sizeof *f->seats);
    for (int t = 0; f->seats != NULL && t < n_threads; t++) {
        f->seats[t].trial = trial_new(inputs, f->uncertainty);
        f->seats[t].workspace = workspace_new(inputs->horizon_months, inputs->n_options);
        if (f->seats[t].trial == NULL || f->seats[t].workspace == NULL) return false;
    }
    return f->seats != NULL;
}

static int cheapest_now(const ScenarioFunction *f, const Inputs *inputs)
{
    evaluate(inputs, f->seats[0].workspace, NULL);
    return workspace_cheapest(f->seats[0].workspace, inputs, f->candidates);
}

bool indices_build(const Inputs *inputs, const Uncertainty *uncertainty, const RiskSettings *settings, long n,
                   int n_paths, const RiskProgress *progress, Indices *out)
{
    int n_threads = settings->n_threads > 0 ? settings->n_threads : parallel_threads();
    ScenarioFunction f = {
        .uncertainty = uncertainty, .n_options = inputs->n_options, .candidates = inputs_candidates(inputs)};
    out->n_items = uncertainty->n;
    out->n_outputs = inputs->n_options + 1;
    out->n = n;
    bool is_ok = open_seats(&f, inputs, n_threads);
    if (is_ok) {
        f.best = cheapest_now(&f, inputs);
        CubeProblem problem = {.n_items = out->n_items,
                               .n_outputs = out->n_outputs,
                               .function = evaluate_point,
                               .context = &f,
                               .n_threads = n_threads,
                               .seed = settings->seed,
                               .progress = progress};
        is_ok = morris_build(&problem, n_paths, out->morris) && sobol_indices_build(&problem, n, out->sobol);
    }
    for (int t = 0; f.seats != NULL && t < n_threads; t++) {
        trial_free(f.seats[t].trial);
        workspace_free(f.seats[t].workspace);
    }
    free(f.seats);
    return is_ok;
}
