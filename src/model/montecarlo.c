/* Monte Carlo: draws on threads (E47 to E50). Layer: model. What is made of them: risk_summary.c,
 * risk_choice.c.
 *
 * Blocks of draws go to whichever thread is free. A draw's results have a place of their own, and counts of
 * histograms are whole numbers, so nothing depends on who did what.
 */
#include "model/risk_state.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { BLOCK_DRAWS = 32 };

const double risk_probs[N_RISK_QUANTILES] = {0.05, 0.25, 0.50, 0.75, 0.95};

/* ---- making ---- */

static bool make_threads(Risk *risk)
{
    size_t n = (size_t)risk->n_threads, cells = (size_t)risk->n_cells;
    risk->trials = calloc(n, sizeof(Trial *));
    risk->workspaces = calloc(n, sizeof(Workspace *));
    risk->thread_counts = calloc(n, sizeof(unsigned *));
    if (risk->trials == NULL || risk->workspaces == NULL || risk->thread_counts == NULL) return false;
    for (size_t t = 0; t < n; t++) {
        risk->trials[t] = trial_new(risk->inputs, risk->uncertainty);
        risk->workspaces[t] = workspace_new(risk->n_months, risk->n_options);
        risk->thread_counts[t] = calloc(cells * FAN_BINS, sizeof **risk->thread_counts);
        if (risk->trials[t] == NULL || risk->workspaces[t] == NULL || risk->thread_counts[t] == NULL)
            return false;
    }
    return true;
}

static bool make_fans(Risk *risk)
{
    size_t cells = (size_t)risk->n_cells, months = (size_t)risk->n_months;
    risk->first_values = calloc(cells * RISK_FIRST_DRAWS, sizeof *risk->first_values);
    risk->edges = calloc(cells, sizeof *risk->edges);
    risk->counts = calloc(cells * FAN_BINS, sizeof *risk->counts);
    bool is_ok = risk->first_values != NULL && risk->edges != NULL && risk->counts != NULL;
    for (int o = 0; is_ok && o < risk->n_options; o++) {
        RiskOption *option = &risk->result.options[o];
        for (int k = 0; k < N_FAN_KINDS; k++) {
            option->fan[k] = calloc(months * N_RISK_QUANTILES, sizeof *option->fan[k]);
            option->has_fan[k] = calloc(months, sizeof *option->has_fan[k]);
            is_ok = is_ok && option->fan[k] != NULL && option->has_fan[k] != NULL;
        }
    }
    return is_ok;
}

Risk *risk_new(const Inputs *inputs, const Uncertainty *uncertainty, const RiskSettings *settings)
{
    Risk *risk = calloc(1, sizeof *risk);
    if (risk == NULL) return NULL;
    risk->inputs = inputs;
    risk->uncertainty = uncertainty;
    risk->settings = *settings;
    risk->n_threads = settings->n_threads > 0 ? settings->n_threads : parallel_threads();
    risk->n_options = inputs->n_options;
    risk->n_items = uncertainty->n;
    risk->n_months = inputs->horizon_months;
    risk->n_cells = (long)risk->n_options * N_FAN_KINDS * risk->n_months;
    for (int r = 0; r < REPLICATES; r++)
        sobol_init(&risk->sequences[r], risk->n_items, splitmix_at(settings->seed, (uint64_t)r));
    if (make_threads(risk) && make_fans(risk)) return risk;
    risk_free(risk);
    return NULL;
}

void risk_free(Risk *risk)
{
    if (risk == NULL) return;
    for (int t = 0; t < risk->n_threads; t++) {
        if (risk->trials != NULL) trial_free(risk->trials[t]);
        if (risk->workspaces != NULL) workspace_free(risk->workspaces[t]);
        if (risk->thread_counts != NULL) free(risk->thread_counts[t]);
    }
    for (int o = 0; o < risk->n_options; o++) {
        for (int k = 0; k < N_FAN_KINDS; k++) {
            free(risk->result.options[o].fan[k]);
            free(risk->result.options[o].has_fan[k]);
        }
    }
    free(risk->trials);
    free(risk->workspaces);
    free(risk->thread_counts);
    free(risk->npv_usd);
    free(risk->item_bin);
    free(risk->first_values);
    free(risk->edges);
    free(risk->counts);
    free(risk->sorting);
    free(risk);
}

const RiskResult *risk_result(const Risk *risk)
{
    return &risk->result;
}

/* ---- one draw ---- */

void risk_point(const Risk *risk, long draw, double *u, double *values)
{
    uint64_t n = (uint64_t)risk->n_items;
    if (risk->settings.is_random) {
        for (uint64_t i = 0; i < n; i++)
            u[i] = splitmix_fraction(risk->settings.seed, (uint64_t)draw * n + i);
    } else {
        sobol_point(&risk->sequences[draw % REPLICATES], (uint32_t)(draw / REPLICATES), u);
    }
    uncertainty_values(risk->uncertainty, u, values);
}

static void keep_month(Risk *risk, unsigned *counts, long cell, long draw, double value)
{
    if (!risk->has_edges) {
        risk->first_values[cell * RISK_FIRST_DRAWS + draw] = value;
        return;
    }
    const FanEdges *edges = &risk->edges[cell];
    if (!(edges->width > 0.0) || isnan(value)) return;
    double at = (value - edges->low) / edges->width;
    int bin = at <= 0.0 ? 0 : at >= FAN_BINS ? FAN_BINS - 1 : (int)at;
    counts[cell * FAN_BINS + bin]++;
}

static void keep_option(Risk *risk, unsigned *counts, long draw, int o, const OptionResult *result)
{
    const double usd_per_mtok = 1e6, nothing = (double)NAN;
    long cumulative = ((long)o * N_FAN_KINDS + FAN_CUMULATIVE_USD) * risk->n_months;
    long unit = ((long)o * N_FAN_KINDS + FAN_USD_PER_MTOK) * risk->n_months;
    risk->npv_usd[draw * risk->n_options + o] = result->is_feasible ? result->npv_usd : nothing;
    for (int m = 0; m < risk->n_months; m++) {
        const MonthResult *month = &result->months[m];
        bool has_tokens = result->is_feasible && month->tokens > 0.0;
        keep_month(risk, counts, cumulative + m, draw,
                   result->is_feasible ? month->cumulative_npv_usd : nothing);
        keep_month(risk, counts, unit + m, draw,
                   has_tokens ? month->total_usd / month->tokens * usd_per_mtok : nothing);
    }
}

static void run_draw(Risk *risk, int thread, long draw)
{
    double u[UNCERTAIN_MAX], values[UNCERTAIN_MAX];
    Trial *trial = risk->trials[thread];
    risk_point(risk, draw, u, values);
    for (int i = 0; i < risk->n_items; i++) {
        trial_draw(trial, i, values[i]);
        risk->item_bin[draw * risk->n_items + i] = (unsigned char)(u[i] * ITEM_BINS);
    }
    evaluate(trial_inputs(trial), risk->workspaces[thread], NULL);
    for (int o = 0; o < risk->n_options; o++)
        keep_option(risk, risk->thread_counts[thread], draw, o,
                    workspace_result(risk->workspaces[thread], o));
}

/* ---- a step: draws from n_done to `upto` ---- */

typedef struct Step {
    Risk *risk;
    long from, upto, all;
    const RiskProgress *progress;
} Step;

static bool run_block(void *context, int thread, long block)
{
    const Step *step = context;
    long first = step->from + block * BLOCK_DRAWS, last = first + BLOCK_DRAWS;
    if (last > step->upto) last = step->upto;
    for (long draw = first; draw < last; draw++) run_draw(step->risk, thread, draw);
    /* The calling thread speaks for all: blocks are begun in order, so this one tells how far they are. */
    if (thread != 0 || step->progress == NULL) return true;
    return step->progress->report(step->progress->context, last, step->all);
}

static void clear_counts(Risk *risk)
{
    size_t n_bytes = (size_t)risk->n_cells * FAN_BINS * sizeof **risk->thread_counts;
    for (int t = 0; t < risk->n_threads; t++) memset(risk->thread_counts[t], 0, n_bytes);
}

static void add_counts(Risk *risk)
{
    for (int t = 0; t < risk->n_threads; t++)
        for (long i = 0; i < risk->n_cells * FAN_BINS; i++) risk->counts[i] += risk->thread_counts[t][i];
}

static bool run_step(Risk *risk, long upto, long all, const RiskProgress *progress)
{
    Step step = {risk, risk->n_done, upto, all, progress};
    long n_blocks = (upto - risk->n_done + BLOCK_DRAWS - 1) / BLOCK_DRAWS;
    clear_counts(risk);
    if (!parallel_for(n_blocks, risk->n_threads, run_block, &step)) return false;
    add_counts(risk);
    risk->n_done = upto;
    return true;
}

/* The range of the first draws, and room beyond it: half of it below, as much again above, where costs have
 * their long tail. */
static void set_edges(Risk *risk)
{
    const double room_below = 0.5, room_above = 1.0;
    for (long cell = 0; cell < risk->n_cells; cell++) {
        const double *values = &risk->first_values[cell * RISK_FIRST_DRAWS];
        double least = HUGE_VAL, most = -HUGE_VAL;
        for (int i = 0; i < RISK_FIRST_DRAWS; i++) {
            if (isnan(values[i])) continue;
            least = fmin(least, values[i]);
            most = fmax(most, values[i]);
        }
        if (!(least <= most)) continue;
        double range = most > least ? most - least : fmax(1.0, fabs(most)) * 1e-9;
        risk->edges[cell] =
            (FanEdges){least - room_below * range, range * (1.0 + room_below + room_above) / FAN_BINS};
    }
    risk->has_edges = true;
    for (long cell = 0; cell < risk->n_cells; cell++)
        for (long i = 0; i < RISK_FIRST_DRAWS; i++)
            keep_month(risk, risk->counts, cell, i, risk->first_values[cell * RISK_FIRST_DRAWS + i]);
}

static bool make_room(Risk *risk, long n)
{
    if (n <= risk->n_room) return true;
    size_t draws = (size_t)n;
    double *npv = realloc(risk->npv_usd, draws * (size_t)risk->n_options * sizeof *npv);
    if (npv != NULL) risk->npv_usd = npv;
    unsigned char *bins = realloc(risk->item_bin, draws * (size_t)risk->n_items + 1);
    if (bins != NULL) risk->item_bin = bins;
    double *sorting = realloc(risk->sorting, draws * sizeof *sorting);
    if (sorting != NULL) risk->sorting = sorting;
    if (npv == NULL || bins == NULL || sorting == NULL) return false;
    risk->n_room = n;
    return true;
}

bool risk_advance(Risk *risk, long n_draws, const RiskProgress *progress)
{
    if (n_draws <= risk->n_done) return true;
    if (!make_room(risk, n_draws)) return false;
    long n_before = risk->n_done;
    long first = n_draws < RISK_FIRST_DRAWS ? n_draws : RISK_FIRST_DRAWS;
    bool is_ok = risk->n_done >= first || run_step(risk, first, n_draws, progress);
    if (is_ok && !risk->has_edges && risk->n_done == RISK_FIRST_DRAWS) set_edges(risk);
    is_ok = is_ok && (risk->n_done == n_draws || run_step(risk, n_draws, n_draws, progress));
    if (risk->n_done != n_before && is_ok) risk_summarise(risk);
    return is_ok;
}

/* ---- a draw again ---- */

void risk_draw_values(const Risk *risk, long draw, double *values)
{
    double u[UNCERTAIN_MAX];
    risk_point(risk, draw, u, values);
}

bool risk_draw_npv(const Risk *risk, long draw, int option, double *npv_usd)
{
    double value = risk->npv_usd[draw * risk->n_options + option];
    if (isnan(value)) return false;
    *npv_usd = value;
    return true;
}
