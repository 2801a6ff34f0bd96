/* Workspace: allocation, and what all options share in a month (E1, E41). Layer: model. */
#include "model/workspace.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define TOK_PER_MTOK     1e6
#define SECONDS_PER_HOUR 3600.0

Workspace *workspace_new(int n_months, int n_options)
{
    Workspace *w = calloc(1, sizeof *w);
    if (w == NULL) return NULL;
    size_t months = (size_t)n_months, options = (size_t)(n_options > 0 ? n_options : 1);
    w->n_months = n_months;
    w->n_options = n_options;
    w->shared = calloc(months, sizeof *w->shared);
    w->results = calloc(options, sizeof *w->results);
    w->caches = calloc(options, sizeof *w->caches);
    w->fleet = calloc(months, sizeof *w->fleet);
    w->trial = calloc(months, sizeof *w->trial);
    w->scaled = calloc(months, sizeof *w->scaled);
    w->runs = calloc(months, sizeof *w->runs);
    w->sums = calloc(months, sizeof *w->sums);
    w->financed_usd = calloc(months, sizeof *w->financed_usd);
    w->stage_usd = calloc(2 * (months + 1), sizeof *w->stage_usd);
    bool is_ok = w->shared && w->results && w->caches && w->fleet && w->trial && w->scaled && w->runs &&
                 w->sums && w->financed_usd && w->stage_usd;
    for (int o = 0; is_ok && o < n_options; o++) {
        w->results[o].months = calloc(months, sizeof *w->results[o].months);
        is_ok = w->results[o].months != NULL;
    }
    if (is_ok) return w;
    workspace_free(w);
    return NULL;
}

void workspace_free(Workspace *workspace)
{
    if (workspace == NULL) return;
    for (int o = 0; workspace->results != NULL && o < workspace->n_options; o++)
        free(workspace->results[o].months);
    free(workspace->shared);
    free(workspace->results);
    free(workspace->caches);
    free(workspace->fleet);
    free(workspace->trial);
    free(workspace->scaled);
    free(workspace->runs);
    free(workspace->sums);
    free(workspace->financed_usd);
    free(workspace->stage_usd);
    free(workspace);
}

const OptionResult *workspace_result(const Workspace *workspace, int option)
{
    return &workspace->results[option];
}

int workspace_cheapest(const Workspace *workspace, const Inputs *inputs, unsigned options)
{
    int best = -1;
    for (int o = 0; o < inputs->n_options; o++) {
        const OptionResult *result = workspace_result(workspace, o);
        if ((options >> o & 1U) == 0 || !result->is_feasible) continue;
        if (best < 0 || result->npv_usd < workspace_result(workspace, best)->npv_usd) best = o;
    }
    return best;
}

void growth_factors_set(GrowthFactors *factors, double per_year, int n_months)
{
    if (factors->per_year != per_year) factors->n = 0;
    factors->per_year = per_year;
    for (; factors->n < n_months; factors->n++)
        factors->by_month[factors->n] = pow(1.0 + per_year, factors->n / 12.0);
}

/* The start of a month is the end of the one before: the same exponent. */
static void set_discounts(const Inputs *inputs, Workspace *workspace)
{
    double base = 1.0 + inputs->discount_per_year;
    if (workspace->discount_per_year != inputs->discount_per_year) workspace->n_discounts = 0;
    workspace->discount_per_year = inputs->discount_per_year;
    for (; workspace->n_discounts < inputs->horizon_months; workspace->n_discounts++) {
        int m = workspace->n_discounts;
        double *discount = workspace->shared[m].discount;
        discount[TIMING_START] = m > 0 ? workspace->shared[m - 1].discount[TIMING_END] : 1.0;
        discount[TIMING_MIDDLE] = pow(base, -(m + 0.5) / 12.0);
        discount[TIMING_END] = pow(base, -(m + 1.0) / 12.0);
    }
}

void workspace_prepare(const Inputs *inputs, Workspace *workspace)
{
    set_discounts(inputs, workspace);
    for (int m = 0; m < inputs->horizon_months; m++) {
        MonthShared *shared = &workspace->shared[m];
        shared->requests = shared->attempts = shared->tokens = shared->input_tok = shared->output_tok = 0.0;
        for (int k = 0; k < inputs->n_workloads; k++) {
            const Workload *w = &inputs->workloads[k];
            double requests = workload_requests(inputs, k, m), attempts = requests * (1.0 + w->retry_frac);
            shared->by_workload[k] = requests;
            shared->requests += requests;
            shared->attempts += attempts;
            shared->tokens += requests * (w->input_tok + w->output_tok);
            shared->input_tok += attempts * w->input_tok;
            shared->output_tok += attempts * w->output_tok;
        }
    }
}

static void scale_month(const MonthShared *whole, double share, int n_workloads, MonthShared *out)
{
    *out = *whole;
    out->requests *= share;
    out->attempts *= share;
    out->tokens *= share;
    out->input_tok *= share;
    out->output_tok *= share;
    for (int k = 0; k < n_workloads; k++) out->by_workload[k] *= share;
}

void workspace_begin_part(const Inputs *inputs, Workspace *workspace, const Part *part)
{
    const OptionInputs *option = &inputs->options[part->option];
    workspace->part = *part;
    workspace->demand = part->share_frac == 1.0 ? workspace->shared : workspace->scaled;
    for (int m = part->from; part->share_frac != 1.0 && m < part->until; m++)
        scale_month(&workspace->shared[m], part->share_frac, inputs->n_workloads, &workspace->scaled[m]);
    bool has_cut = option->kind == OPTION_HYBRID && option->hybrid.long_context_tok > 0.0;
    for (int k = 0; k < inputs->n_workloads; k++) {
        const Workload *w = &inputs->workloads[k];
        workspace->cuts[k] = has_cut ? length_cut(w->input_tok, w->input_cv, option->hybrid.long_context_tok)
                                     : (LengthCut){1.0, w->input_tok, w->input_cv, w->input_tok};
    }
}

void fleet_mix(const Inputs *inputs, const Workspace *workspace, MixSet *out)
{
    double all = 0.0;
    out->n = inputs->n_workloads;
    for (int k = 0; k < out->n; k++) {
        const Workload *w = &inputs->workloads[k];
        const LengthCut *cut = &workspace->cuts[k];
        out->kinds[k] = (RequestMix){
            .input_tok = cut->below_tok,
            .input_cv = cut->below_cv,
            .output_tok = w->output_tok,
            .output_cv = w->output_cv,
            .resident_tok = step_resident_tok(cut->below_tok, w->output_tok, w->output_cv),
            .cache_hit_frac = w->cache_hit_frac,
            .max_context_tok = w->max_context_tok,
            .slo_tpot_s = w->slo_tpot_s,
            .slo_ttft_s = w->slo_ttft_s,
            .slo_miss_frac = w->slo_miss_frac,
            .is_deferrable = w->batch_frac >= 1.0,
        };
        out->share[k] = 0.0;
        for (int m = workspace->part.from; m < workspace->part.until; m++)
            out->share[k] += workspace->demand[m].by_workload[k] * (1.0 + w->retry_frac) * cut->below_frac;
        all += out->share[k];
    }
    for (int k = 0; k < out->n; k++) out->share[k] = all > 0.0 ? out->share[k] / all : 1.0 / out->n;
}

MonthDemand month_demand(const Inputs *inputs, const Workspace *workspace, int m, HourRoom *room)
{
    double *hours = room->hours_req_s, *peaks = room->peaks_req_s;
    const MonthShared *month = &workspace->demand[m];
    MonthDemand demand = {.burst = 1.0, .is_empty = !(month->requests > 0.0)};
    bool is_mixed = inputs->n_workloads > 1;
    if (is_mixed) {
        memset(hours, 0, HOURS_PER_WEEK * sizeof *hours);
        memset(peaks, 0, HOURS_PER_WEEK * sizeof *peaks);
        demand.hours_req_s = hours;
        demand.peaks_req_s = peaks;
    }
    for (int k = 0; k < inputs->n_workloads; k++) {
        const Workload *w = &inputs->workloads[k];
        double attempts = month->by_workload[k] * (1.0 + w->retry_frac) * workspace->cuts[k].below_frac;
        double rate = attempts * (1.0 - w->batch_frac) / (HOURS_PER_MONTH * SECONDS_PER_HOUR);
        demand.attempts += attempts;
        demand.rate_req_s += rate;
        demand.batch_requests += attempts * w->batch_frac;
        if (!is_mixed) demand.burst = w->burst;
        for (int h = 0; is_mixed && h < HOURS_PER_WEEK; h++) {
            hours[h] += rate * inputs->week[k][h];
            peaks[h] += rate * inputs->week[k][h] * w->burst;
        }
    }
    return demand;
}

QueueRule queue_rule(const Inputs *inputs, const MixSet *mix, const OptionInputs *option,
                     const Replica *replica, int era)
{
    RequestMix all = mix_combine(mix);
    double arrival_scv = 0.0, rate = replica->rate_req_s * option->engine.rate_factor;
    if ((era & ERA_MIGRATED) != 0) rate *= option->licence.switch_rate_factor;
    if ((era & ERA_NEXT_GENERATION) != 0) rate *= option->fleet.generation_rate_factor;
    for (int k = 0; k < mix->n; k++)
        arrival_scv += (mix->n == 1 ? 1.0 : mix->share[k]) * inputs->workloads[k].arrival_scv;
    return (QueueRule){
        .rate_req_s = rate * (1.0 - option->extras.guardrail_rate_frac),
        .batch = replica->batch,
        .slack_s = replica->slack_s,
        .spread = 0.5 * (arrival_scv + all.output_cv * all.output_cv),
        .utilisation_max_frac = option->fleet.utilisation_max_frac,
        .miss_frac = all.slo_miss_frac,
    };
}
