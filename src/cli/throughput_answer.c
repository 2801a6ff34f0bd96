/* Building the answer of `throughput`. Layer: cli. */
#include "cli/throughput_answer.h"

#include "tokentco/throughput_load.h"

#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const double SECONDS_PER_HOUR = 3600, TOK_PER_MTOK = 1e6;

static LoadQuery load_query(const ThroughputArgs *args)
{
    return (LoadQuery){.arrival_scv = args->has_arrival_scv ? args->arrival_scv : 1,
                       .input_cv = args->input_cv,
                       .output_cv = args->output_cv,
                       .batch_limit = args->batch_limit};
}

/* A static batch: all prompts first, then all answers together. */
static LoadResult batch_result(const ThroughputCase *c, const ThroughputParams *params)
{
    ThroughputPrediction p = throughput_predict(c, params);
    double first = p.prefill_alone_s + (p.batch - 1) * p.prefill_s;
    LoadResult r = {.is_saturated = true, .utilisation_frac = 1, .running = p.batch, .tpot_s = p.tpot_s};
    r.ttft_mean_s = r.ttft_p50_s = r.ttft_p95_s = first;
    r.out_tok_s = p.out_tok_s;
    r.rate_req_s = r.saturation_req_s = p.out_tok_s / fmax(c->output_tok, 1);
    r.total_tok_s = r.rate_req_s * (c->input_tok + c->output_tok);
    return r;
}

static LoadResult load_result(const ThroughputArgs *args, const ThroughputCase *c,
                              const ThroughputParams *params, int replicas)
{
    LoadQuery query = load_query(args);
    if (args->has_batch) return batch_result(c, params);
    if (args->has_concurrency)
        return throughput_at_concurrency(c, params, &query, args->concurrency / replicas);
    if (args->has_rate) return throughput_at_rate(c, params, &query, args->rate / replicas);
    if (args->has_slo_ttft_s || args->has_slo_tpot_s)
        return throughput_at_slo(c, params, &query, args->has_slo_ttft_s ? args->slo_ttft_s : HUGE_VAL,
                                 args->has_slo_tpot_s ? args->slo_tpot_s : HUGE_VAL);
    return throughput_at_rate(c, params, &query, HUGE_VAL);
}

static void figures_fill(const ThroughputAnswer *answer, const LoadResult *r, double v[N_FIGURES])
{
    double n = answer->replicas;
    v[FIGURE_out_tok_s] = r->out_tok_s * n;
    v[FIGURE_total_tok_s] = r->total_tok_s * n;
    v[FIGURE_tpot_s] = r->tpot_s;
    v[FIGURE_ttft_mean_s] = r->ttft_mean_s;
    v[FIGURE_ttft_p50_s] = r->ttft_p50_s;
    v[FIGURE_ttft_p95_s] = r->ttft_p95_s;
    v[FIGURE_running] = r->running * n;
    v[FIGURE_rate_req_s] = r->rate_req_s * n;
    v[FIGURE_saturation_req_s] = r->saturation_req_s * n;
    v[FIGURE_utilisation_frac] = r->utilisation_frac;
    double usd_per_s = answer->usd_per_h * answer->c.gpus * n / SECONDS_PER_HOUR;
    v[FIGURE_usd_per_mtok_out] =
        answer->has_price && r->out_tok_s > 0 ? usd_per_s / v[FIGURE_out_tok_s] * TOK_PER_MTOK : HUGE_VAL;
}

/* Median of the on-demand prices in force; the book's own order decides nothing. */
static void price_find(const ThroughputArgs *args, const PriceBook *book, ThroughputAnswer *answer)
{
    enum { OFFERS_MAX = 512 };
    if (args->has_usd_per_h) {
        answer->has_price = true;
        answer->usd_per_h = args->usd_per_h;
        snprintf(answer->price_note, sizeof answer->price_note, "given");
        return;
    }
    const PriceRow *rows[OFFERS_MAX];
    double usd[OFFERS_MAX];
    const char *keys[] = {NULL, NULL, answer->c.gpu.id, NULL, "on_demand"};
    int n = pricebook_list(book, PRICE_GPU_RENTAL, keys, 5, args->day, rows, OFFERS_MAX), kept = 0;
    for (int i = 0; i < n; i++)
        if (strncmp(rows[i]->cells[RENTAL_PROVIDER].text, "index-", strlen("index-")) != 0)
            usd[kept++] = rows[i]->cells[RENTAL_USD_PER_GPU_H].number;
    if (kept == 0) return;
    gsl_sort(usd, 1, (size_t)kept);
    answer->has_price = true;
    answer->usd_per_h = gsl_stats_median_from_sorted_data(usd, 1, (size_t)kept);
    snprintf(answer->price_note, sizeof answer->price_note, "median of %d on-demand prices in the book",
             kept);
}

/* Finds the source: the best one (N_FORCED_BASES), or the one that --basis asks for. */
static bool source_choose(const ThroughputArgs *args, const ThroughputBook *book, const Measurement *records,
                          int n_records, ThroughputAnswer *out, Err *err)
{
#define BASIS_NAME(id, name) name,
    static const char *const names[N_FORCED_BASES] = {THROUGHPUT_BASES(BASIS_NAME)};
#undef BASIS_NAME
    int basis = args->basis ? 0 : N_FORCED_BASES;
    while (basis < N_FORCED_BASES && strcmp(names[basis], args->basis) != 0) basis++;
    if (args->basis && basis == N_FORCED_BASES)
        return err_set(err, ERR_USAGE, "--basis is \"%s\"; it is one of:" BASIS_NAMES, args->basis);
    if (basis == FORCED_PROJECTED)
        return throughput_source_project(records, n_records, &out->c, &out->source, err);
    bool use_records = basis == N_FORCED_BASES || basis == FORCED_MEASURED || basis == FORCED_IMPORTED;
    out->source = throughput_source_find(&book->table, &book->book, args->day, records,
                                         use_records ? n_records : 0, &out->c);
    SourceRung rung = out->source.rung;
    if (basis == FORCED_MEASURED && rung != RUNG_MEASURED_HERE && out->c.gpu.is_cpu)
        return throughput_source_fitted(records, n_records, &book->book, args->day, &out->c, &out->source,
                                        err);
    if ((basis == FORCED_MEASURED && rung != RUNG_MEASURED_HERE) ||
        (basis == FORCED_IMPORTED && rung != RUNG_IMPORTED))
        return err_set(err, ERR_NO, "no %s record of this model, accelerator, engine and format%s%s",
                       args->basis, out->source.passed_over[0] != '\0' ? "; record " : "",
                       out->source.passed_over);
    return true;
}

/* Weights fit; does one request of full length fit beside them? */
static bool cache_check(const ThroughputAnswer *answer, Err *reason)
{
    const ThroughputMemory *m = &answer->memory;
    double tokens = fmax(m->cache, 0) / m->cache_per_token,
           wanted = answer->c.input_tok + answer->c.output_tok;
    if (tokens >= wanted) return true;
    return err_set(reason, ERR_NO,
                   "beside the weights %.0f tokens of cache fit, fewer than the %.0f of one request: use "
                   "more GPUs or fewer bits",
                   tokens, wanted);
}

bool throughput_answer_build(const ThroughputArgs *args, const ThroughputBook *book,
                             const Measurement *records, int n_records, ThroughputAnswer *out, Err *err)
{
    memset(out, 0, sizeof *out);
    if (!throughput_case_build(args, &book->book, &out->c, err)) return false;
    ThroughputCase named;
    out->is_format_named = !args->quant && throughput_format_of_name(&named, args->model);
    if (args->has_rate && !(args->rate > 0))
        return err_set(err, ERR_USAGE, "--rate is %g; it must be positive", args->rate);
    bool is_dense = out->c.model.shape.experts == 0;
    out->replicas = is_dense && args->has_data ? (int)args->data : 1;
    if (!source_choose(args, book, records, n_records, out, err)) return false;
    price_find(args, &book->book, out);
    out->memory = throughput_memory(&out->c, &out->source.params);
    if (!throughput_check(&out->c, &out->source.params, &out->reason) || !cache_check(out, &out->reason))
        return out->reason.code == ERR_USAGE ? err_set(err, ERR_USAGE, "%s", out->reason.text) : true;
    out->is_feasible = true;
    LoadResult middle = load_result(args, &out->c, &out->source.params, out->replicas);
    out->is_saturated = middle.is_saturated;
    figures_fill(out, &middle, out->v);
    throughput_step(&out->c, &out->source.params, fmax(middle.running, 1), &out->terms);
    /* The band is on speed: every time is scaled by its inverse, and the load solved again. */
    const double factors[] = {out->source.band.p10, out->source.band.p90};
    for (int side = 0; side < 2; side++) {
        ThroughputParams params = out->source.params;
        params.v[PARAM_ALL] /= factors[side];
        LoadResult r = load_result(args, &out->c, &params, out->replicas);
        double v[N_FIGURES];
        figures_fill(out, &r, v);
        for (int i = 0; i < N_FIGURES; i++) {
            out->low[i] = side == 0 ? v[i] : fmin(out->low[i], v[i]);
            out->high[i] = side == 0 ? v[i] : fmax(out->high[i], v[i]);
        }
    }
    return true;
}
