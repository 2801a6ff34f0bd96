/* A throughput on this machine from the step times that a record of it fitted.
 *
 * Layer: model. The record's fit times any step of any model that the benchmark could run (machine.h). Four
 * of its steps give the constants of the case's own step: one sequence on an empty cache (weights), one on a
 * full cache (cache), many sequences (each sequence), and the prompt (arithmetic of the prefill). Between one
 * and many sequences the step is linear; everything else is zero, since those four already hold it.
 */
#include "tokentco/machine.h"
#include "tokentco/throughput_facts.h"
#include "tokentco/throughput_measured.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const int MANY_SEQUENCES = 32;
static const double LEAST_HALF_BAND = 0.05; /* of the log: what a repeated run differs by */

typedef struct FittedTimes {
    double one_s, deep_s, many_s, prompt_s; /* steps, as above */
    int depth, many;
} FittedTimes;

static bool times_take(const Measurement *record, const ArchShape *arch, const ThroughputCase *c,
                       FittedTimes *t, Err *err)
{
    t->depth = (int)fmax(c->input_tok + c->output_tok / 2, 1);
    t->many = c->batch > 1 ? (int)c->batch : MANY_SEQUENCES;
    int prompt = (int)fmax(c->input_tok * (1 - c->hit_frac), 1);
    int threads = record->n_threads;
    const MachineLoad one = {1, 1, 0, threads}, deep = {1, 1, t->depth, threads},
                      many = {t->many, 1, 0, threads}, all = {1, prompt, 0, threads};
    return machine_step_s(&record->fit, arch, &one, &t->one_s, NULL, err) &&
           machine_step_s(&record->fit, arch, &deep, &t->deep_s, NULL, err) &&
           machine_step_s(&record->fit, arch, &many, &t->many_s, NULL, err) &&
           machine_step_s(&record->fit, arch, &all, &t->prompt_s, NULL, err);
}

/* A share of 1 makes a term's time at that share; the share that the machine reached is their ratio. */
static void params_take(const ThroughputCase *c, const FittedTimes *t, ThroughputParams *out)
{
    static const ThroughputParam zeros[] = {
        PARAM_T_LAYER,  PARAM_T_MOE,       PARAM_T_LATENT, PARAM_T_FIX,  PARAM_T_AR, PARAM_T_PF_LAYER,
        PARAM_T_PF_TOK, PARAM_SCORE_BYTES, PARAM_T_STAGE,  PARAM_UNPACK, PARAM_T_SEQ};
    static const ThroughputParam ones[] = {
        PARAM_E_W,      PARAM_E_KV,      PARAM_E_FL,     PARAM_E_PF,       PARAM_MOE_W,          PARAM_MOE_FL,
        PARAM_SPREAD_W, PARAM_SPREAD_FL, PARAM_SPREAD_T, PARAM_BW_SCALING, PARAM_EXPERT_SCALING, PARAM_MIX};
    *out = throughput_params_default();
    for (size_t i = 0; i < sizeof zeros / sizeof zeros[0]; i++) out->v[zeros[i]] = 0;
    for (size_t i = 0; i < sizeof ones / sizeof ones[0]; i++) out->v[ones[i]] = 1;
    ThroughputTerms terms;
    throughput_step(c, out, 1, &terms);
    double prefill_alone_s, prefill_s = throughput_prefill(c, out, &prefill_alone_s);
    double pass_s = prefill_alone_s - prefill_s, cache_s = fmax(t->deep_s - t->one_s, 0);
    /* No batch takes longer than its sequences one after the other, whatever a noisy fit says. */
    double most_s = t->one_s * (1 - 1.0 / t->many);
    double sequence_s = fmin(fmax((t->many_s - t->one_s) / (t->many - 1), 0), most_s);
    out->v[PARAM_E_W] = terms.weights_s / (t->one_s - sequence_s);
    out->v[PARAM_E_KV] = cache_s > 0 ? terms.cache_s / cache_s : 1;
    out->v[PARAM_E_FL] = HUGE_VAL; /* each sequence's arithmetic is in its own time */
    out->v[PARAM_T_SEQ] = sequence_s;
    double arithmetic_s = fmax(t->prompt_s - pass_s / out->v[PARAM_E_W], t->prompt_s / 2);
    out->v[PARAM_E_PF] = prefill_s / arithmetic_s;
}

bool throughput_source_fitted(const Measurement *records, int n_records, const PriceBook *book, Date as_of,
                              ThroughputCase *c, ThroughputSource *out, Err *err)
{
    int r = 0;
    while (r < n_records && !(records[r].origin == MEASURED_HERE && records[r].has_fit)) r++;
    if (r == n_records)
        return err_set(err, ERR_NO, "no record of this machine has fitted step times; run `tokentco bench`");
    const Measurement *record = &records[r];
    ThroughputCase own = *c;
    ArchShape arch;
    FittedTimes times;
    if (!record->weight_format || !throughput_format_set(&own, record->weight_format, err) ||
        strcmp(own.format, c->format) != 0)
        return err_set(err, ERR_NO, "record %.12s is of %s weights, not %s: add --quant %s, or measure again",
                       record->id, record->weight_format ? record->weight_format : "unknown", c->format,
                       record->weight_format ? record->weight_format : "FORMAT");
    if (!throughput_arch_find(book, c->model.id, as_of, &arch, err) ||
        !times_take(record, &arch, c, &times, err))
        return false;
    if (record->memory_bytes > 0) c->gpu.spec.memory_bytes = record->memory_bytes;
    c->threads = record->n_threads;
    if (record->weight_bytes > 0) c->weight_bytes = record->weight_bytes;
    *out = (ThroughputSource){.rung = RUNG_MEASURED_HERE, .n_points = record->n_points};
    params_take(c, &times, &out->params);
    double half = fmax(record->fit.worst_error_frac, LEAST_HALF_BAND);
    out->band = (ThroughputBand){.p10 = exp(-half), .p50 = 1, .p90 = exp(half), .n_rows = record->n_points};
    snprintf(out->text, sizeof out->text, "%s: step times fitted by record %.12s (median error %.0f %%)",
             source_rung_name(RUNG_MEASURED_HERE), record->id, 100 * record->fit.median_error_frac);
    return true;
}
