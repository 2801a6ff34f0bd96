/* What the draws say of each option: moments, quantiles, fans, histogram. Layer: model.
 *
 * All sums run in the order of the draws. The standard error of a figure is the spread of the same figure
 * over the eight replicates, over sqrt(8).
 */
#include "model/risk_state.h"

#include <gsl/gsl_statistics.h>
#include <math.h>
#include <string.h>

static const double CVAR_TAIL = 0.05;

Estimate estimate_of(const double figure[REPLICATES], double whole)
{
    double mean = 0.0, square = 0.0;
    for (int r = 0; r < REPLICATES; r++) mean += figure[r] / REPLICATES;
    for (int r = 0; r < REPLICATES; r++) square += (figure[r] - mean) * (figure[r] - mean);
    return (Estimate){whole, sqrt(square / (REPLICATES - 1) / REPLICATES)};
}

/* NPVs of an option in draws first, first + step, ...: those in which it can serve. */
static long gather(const Risk *risk, int option, long first, long step, double *out)
{
    long n = 0;
    for (long draw = first; draw < risk->n_done; draw += step) {
        double value = risk->npv_usd[draw * risk->n_options + option];
        if (!isnan(value)) out[n++] = value;
    }
    return n;
}

/* ---- figures of one sample ---- */

typedef struct Figures {
    double mean, deviation, quantiles[N_RISK_QUANTILES], cvar95;
} Figures;

/* The k-th smallest value by selection; the sample is rearranged. */
static double quantile_of(double *values, long n, double prob)
{
    double at = prob * (double)n - 0.5;
    long low = at <= 0.0 ? 0 : (long)at;
    if (low > n - 1) low = n - 1;
    double below = gsl_stats_select(values, 1, (size_t)n, (size_t)low);
    if (at <= 0.0 || low + 1 >= n) return below;
    double above = HUGE_VAL; /* selection leaves the greater ones behind the k-th */
    for (long i = low + 1; i < n; i++) above = fmin(above, values[i]);
    return below + (at - (double)low) * (above - below);
}

/* E58: the mean of the dearest twentieth; the draw at its edge counts with its part. */
static double cvar_of(double *values, long n)
{
    double tail = CVAR_TAIL * (double)n, sum = 0.0;
    long whole = (long)tail;
    if (whole >= n) whole = n - 1;
    double edge = gsl_stats_select(values, 1, (size_t)n, (size_t)(n - 1 - whole));
    for (long i = n - whole; i < n; i++) sum += values[i];
    return (sum + (tail - (double)whole) * edge) / tail;
}

static Figures figures_of(double *values, long n)
{
    Figures f = {0};
    double square = 0.0;
    for (long i = 0; i < n; i++) f.mean += values[i];
    f.mean /= (double)n;
    for (long i = 0; i < n; i++) square += (values[i] - f.mean) * (values[i] - f.mean);
    f.deviation = n > 1 ? sqrt(square / (double)(n - 1)) : 0.0;
    for (int q = 0; q < N_RISK_QUANTILES; q++) f.quantiles[q] = quantile_of(values, n, risk_probs[q]);
    f.cvar95 = cvar_of(values, n);
    return f;
}

/* ---- histogram ---- */

static void fill_histogram(double *values, long n, RiskHistogram *out)
{
    /* All but a few in a thousand lie between the edges; the others are counted at the ends. */
    const double outside = 0.002;
    *out = (RiskHistogram){.low = quantile_of(values, n, outside),
                           .high = quantile_of(values, n, 1.0 - outside)};
    double width = (out->high - out->low) / RISK_BINS;
    for (long i = 0; i < n; i++) {
        double at = width > 0.0 ? (values[i] - out->low) / width : 0.0;
        int bin = at <= 0.0 ? 0 : at >= RISK_BINS ? RISK_BINS - 1 : (int)at;
        out->counts[bin]++;
    }
}

/* ---- fans ---- */

/* Quantile of a histogram, straight within a bin. False when it is empty. */
static bool fan_quantiles(const FanEdges *edges, const unsigned *counts, double *out)
{
    double all = 0.0;
    for (int b = 0; b < FAN_BINS; b++) all += counts[b];
    for (int q = 0; q < N_RISK_QUANTILES && all > 0.0; q++) {
        double wanted = risk_probs[q] * all, before = 0.0;
        int b = 0;
        while (b < FAN_BINS - 1 && before + counts[b] < wanted) before += counts[b++];
        double within = counts[b] > 0 ? (wanted - before) / counts[b] : 0.0;
        out[q] = edges->low + edges->width * (b + within);
    }
    return all > 0.0;
}

/* While there are only the first draws, from themselves. */
static bool first_quantiles(const Risk *risk, long cell, double *out)
{
    long n = 0;
    for (long i = 0; i < risk->n_done; i++) {
        double value = risk->first_values[cell * RISK_FIRST_DRAWS + i];
        if (!isnan(value)) risk->sorting[n++] = value;
    }
    for (int q = 0; q < N_RISK_QUANTILES && n > 0; q++) out[q] = quantile_of(risk->sorting, n, risk_probs[q]);
    return n > 0;
}

static void fill_fans(Risk *risk, int o)
{
    RiskOption *option = &risk->result.options[o];
    for (int m = 0; m < risk->n_months; m++) {
        for (int k = 0; k < N_FAN_KINDS; k++) {
            long cell = ((long)o * N_FAN_KINDS + k) * risk->n_months + m;
            double *out = &option->fan[k][m * N_RISK_QUANTILES];
            option->has_fan[k][m] =
                risk->n_done <= RISK_FIRST_DRAWS
                    ? first_quantiles(risk, cell, out)
                    : fan_quantiles(&risk->edges[cell], &risk->counts[cell * FAN_BINS], out);
        }
    }
}

/* ---- an option ---- */

static void fill_option(Risk *risk, int o)
{
    RiskOption *option = &risk->result.options[o];
    Figures replicate[REPLICATES];
    double column[REPLICATES];
    option->reason[0] = '\0';
    long n = gather(risk, o, 0, 1, risk->sorting);
    option->feasible_frac = (double)n / (double)risk->n_done;
    option->has_figures = n > 0;
    if (n == 0) {
        evaluate_option(trial_inputs(risk->trials[0]), o, risk->workspaces[0], NULL);
        memcpy(option->reason, workspace_result(risk->workspaces[0], o)->reason, sizeof option->reason);
        return;
    }
    Figures whole = figures_of(risk->sorting, n);
    fill_histogram(risk->sorting, n, &option->histogram);
    for (int r = 0; r < REPLICATES; r++) {
        long n_here = gather(risk, o, r, REPLICATES, risk->sorting);
        replicate[r] = n_here > 0 ? figures_of(risk->sorting, n_here) : whole;
    }
    for (int r = 0; r < REPLICATES; r++) column[r] = replicate[r].mean;
    option->mean = estimate_of(column, whole.mean);
    for (int r = 0; r < REPLICATES; r++) column[r] = replicate[r].cvar95;
    option->cvar95 = estimate_of(column, whole.cvar95);
    for (int q = 0; q < N_RISK_QUANTILES; q++) {
        for (int r = 0; r < REPLICATES; r++) column[r] = replicate[r].quantiles[q];
        option->quantiles[q] = estimate_of(column, whole.quantiles[q]);
    }
    option->deviation = whole.deviation;
    fill_fans(risk, o);
}

void risk_summarise(Risk *risk)
{
    risk->result.n_draws = risk->n_done;
    risk->result.n_options = risk->n_options;
    risk->result.n_items = risk->n_items;
    risk->result.n_months = risk->n_months;
    for (int o = 0; o < risk->n_options; o++) fill_option(risk, o);
    risk_summarise_choice(risk);
}
