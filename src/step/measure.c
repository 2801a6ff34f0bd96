/* Names of a measurement's enums, and the two rates that a plan takes from it. Layer: step. */
#include "tokentco/measure.h"

#include <math.h>
#include <string.h>

const char *measure_phase_name(MeasurePhase phase)
{
    switch (phase) {
    case PHASE_PREFILL:
        return "prefill";
    case PHASE_DECODE:
        return "decode";
    case PHASE_SERVING:
        return "serving";
    }
    return "";
}

const char *measure_counts_name(RateCounts counts)
{
    switch (counts) {
    case RATE_PROMPT:
        return "prompt";
    case RATE_OUTPUT:
        return "output";
    case RATE_TOTAL:
        return "total";
    }
    return "";
}

const char *measure_noise_name(NoiseVerdict noise)
{
    switch (noise) {
    case NOISE_UNKNOWN:
        return "unknown";
    case NOISE_QUIET:
        return "quiet";
    case NOISE_NOISY:
        return "noisy";
    }
    return "";
}

/* A point of another thread count than the record's own says nothing about the whole machine. */
static bool is_headline(const Measurement *record, const MeasurePoint *point)
{
    return record->n_threads == 0 || point->threads == 0 || point->threads == record->n_threads;
}

const MeasurePoint *measurement_headline(const Measurement *record, MeasurePhase phase)
{
    const MeasurePoint *best = NULL;
    for (int i = 0; i < record->n_points; i++) {
        const MeasurePoint *point = &record->points[i];
        if (point->phase != phase || !is_headline(record, point)) continue;
        bool is_better = best == NULL || point->depth_tok < best->depth_tok;
        if (!is_better && point->depth_tok == best->depth_tok)
            is_better = phase == PHASE_PREFILL ? point->prompt_tok > best->prompt_tok
                                               : point->rate_tok_s > best->rate_tok_s;
        if (is_better) best = point;
    }
    return best;
}

/* Mean of the limits of that name on all threads; 0 without any. */
static double limit_mean(const Measurement *record, const char *name)
{
    double sum = 0.0;
    int n = 0;
    for (int i = 0; i < record->n_limits; i++) {
        const MeasureLimit *limit = &record->limits[i];
        if (limit->threads != record->n_threads || strcmp(limit->name, name) != 0) continue;
        sum += limit->value;
        n++;
    }
    return n > 0 ? sum / n : 0.0;
}

MachinePace measurement_pace(const Measurement *record)
{
    static const char *const names[] = {MEASURE_READ_BESIDE, "probe_read_dram", "read_dram"};
    MachinePace pace = {.arithmetic_op_s = limit_mean(record, MEASURE_ARITHMETIC_BESIDE)};
    for (size_t i = 0; i < sizeof names / sizeof *names && !(pace.read_b_s > 0.0); i++)
        pace.read_b_s = limit_mean(record, names[i]);
    return pace;
}

/* A serving point mixes the phases: by E9 and E10 its time per request is L_o TPOT / B = t_pf + L_o t_step /
 * B, whatever the split. The prefill share is at most the time to first token, and at most half of the whole,
 * so that a step time is left; a plan of the same mix gives the measured request rate back. */
static bool serving_rates(const MeasurePoint *point, MeasuredRates *out)
{
    if (!point->has_ttft || !point->has_tpot || point->prompt_tok <= 0 || point->output_tok < 1) return false;
    double sequences = fmax(1.0, floor(point->batch));
    double request_s = point->output_tok * point->tpot_s / sequences;
    double prefill_s = fmin(point->ttft_s, request_s / 2.0);
    double step_s = point->tpot_s - sequences * prefill_s / point->output_tok;
    if (!(prefill_s > 0.0 && step_s > 0.0)) return false;
    *out = (MeasuredRates){.is_given = true,
                           .prefill_tok_s = point->prompt_tok / prefill_s,
                           .decode_tok_s = sequences / step_s,
                           .batch = (int)sequences};
    return true;
}

bool measurement_rates(const Measurement *record, MeasuredRates *out)
{
    const MeasurePoint *prefill = measurement_headline(record, PHASE_PREFILL);
    const MeasurePoint *decode = measurement_headline(record, PHASE_DECODE);
    *out = (MeasuredRates){.is_given = false};
    if (prefill == NULL || decode == NULL) {
        const MeasurePoint *serving = measurement_headline(record, PHASE_SERVING);
        return serving != NULL && serving_rates(serving, out);
    }
    *out = (MeasuredRates){.is_given = true,
                           .prefill_tok_s = prefill->rate_tok_s,
                           .decode_tok_s = decode->rate_tok_s,
                           .batch = (int)fmax(1.0, floor(decode->batch))};
    return true;
}
