/* One replica at its planning batch (E6 to E10, E67). Layer: step. */
#include "tokentco/step.h"

#include <math.h>
#include <stdio.h>

/* Everything that the time of a batch depends on. */
typedef struct BatchClock {
    const ModelShape *shape;
    const AccelSpec *gpu;
    const Efficiency *eff;
    const ServingSetup *setup;
    const RequestMix *mix; /* the combined one */
    int degree;
    double prefill_s;
} BatchClock;

static bool has_interactive(const MixSet *set)
{
    for (int k = 0; k < set->n; k++)
        if (set->share[k] > 0.0 && !set->kinds[k].is_deferrable) return true;
    return false;
}

RequestMix mix_combine(const MixSet *set)
{
    if (set->n == 1) return set->kinds[0];
    bool is_interactive = has_interactive(set);
    RequestMix all = {.slo_tpot_s = HUGE_VAL,
                      .slo_ttft_s = HUGE_VAL,
                      .slo_miss_frac = 1.0,
                      .is_deferrable = !is_interactive};
    double weighted_context = 0.0, output_square = 0.0, hit = 0.0;
    for (int k = 0; k < set->n; k++) {
        const RequestMix *one = &set->kinds[k];
        double x = set->share[k];
        if (x == 0.0) continue;
        all.input_tok += x * one->input_tok;
        all.output_tok += x * one->output_tok;
        weighted_context += x * one->output_tok * one->resident_tok;
        output_square += x * one->output_tok * one->output_tok * (1.0 + one->output_cv * one->output_cv);
        hit += x * one->input_tok * one->cache_hit_frac;
        all.max_context_tok = fmax(all.max_context_tok, one->max_context_tok);
        if (one->is_deferrable && is_interactive) continue;
        all.slo_tpot_s = fmin(all.slo_tpot_s, one->slo_tpot_s);
        all.slo_ttft_s = fmin(all.slo_ttft_s, one->slo_ttft_s);
        all.slo_miss_frac = fmin(all.slo_miss_frac, one->slo_miss_frac);
    }
    all.resident_tok = weighted_context / all.output_tok;
    all.output_cv = sqrt(fmax(0.0, output_square / (all.output_tok * all.output_tok) - 1.0));
    all.cache_hit_frac = all.input_tok > 0.0 ? hit / all.input_tok : 0.0;
    return all;
}

/* The mean prefill of the set: each kind alone, weighted by its share. */
static double mean_prefill_s(const BatchClock *clock, const MeasuredRates *measured, const MixSet *set)
{
    double sum = 0.0;
    for (int k = 0; k < set->n; k++) {
        const RequestMix *kind = &set->kinds[k];
        double alone =
            measured != NULL && measured->is_given
                ? (1.0 - kind->cache_hit_frac) * kind->input_tok / measured->prefill_tok_s
                : step_prefill_s(clock->shape, clock->gpu, clock->eff, clock->setup, kind, clock->degree);
        sum += (set->n == 1 ? 1.0 : set->share[k]) * alone;
    }
    return sum;
}

static double step_at(const BatchClock *clock, int batch)
{
    return step_decode_s(clock->shape, clock->gpu, clock->eff, clock->setup, clock->mix, clock->degree, batch,
                         NULL);
}

/* E10 */
static double tpot_s(double step_s, double prefill_s, double batch, double output_tok)
{
    return step_s + batch * prefill_s / output_tok;
}

static bool is_fast_enough(const BatchClock *clock, int batch)
{
    return tpot_s(step_at(clock, batch), clock->prefill_s, batch, clock->mix->output_tok) <=
           clock->mix->slo_tpot_s;
}

/* Largest batch <= limit whose TPOT is within the limit; TPOT rises with the batch. 0: not even one. */
static int largest_batch(const BatchClock *clock, int limit)
{
    if (is_fast_enough(clock, limit)) return limit;
    if (!is_fast_enough(clock, 1)) return 0;
    int good = 1, bad = limit;
    while (bad - good > 1) {
        int middle = good + (bad - good) / 2;
        if (is_fast_enough(clock, middle)) {
            good = middle;
        } else {
            bad = middle;
        }
    }
    return good;
}

/* E9, E10 and the zero-load check at a known batch and step time. */
static void finish(Replica *replica, const RequestMix *mix)
{
    replica->tpot_s = tpot_s(replica->step_s, replica->prefill_s, replica->batch, mix->output_tok);
    replica->rate_req_s = 1.0 / (replica->prefill_s + mix->output_tok * replica->step_s / replica->batch);
    replica->slack_s = mix->slo_ttft_s - replica->prefill_s - replica->step_s;
    if (replica->tpot_s > mix->slo_tpot_s) {
        replica->fault = REPLICA_TPOT_TOO_SLOW;
    } else if (!(replica->slack_s > 0.0)) {
        replica->fault = REPLICA_TTFT_TOO_SLOW;
    }
}

Replica replica_build(const ModelShape *shape, const AccelSpec *gpu, const Efficiency *eff,
                      const ServingSetup *setup, const MeasuredRates *measured, const MixSet *set, int degree)
{
    RequestMix mix = mix_combine(set);
    BatchClock clock = {shape, gpu, eff, setup, &mix, degree, 0.0};
    Replica replica = {.fault = REPLICA_OK, .degree = degree};
    if (measured != NULL && measured->is_given) {
        replica.batch = measured->batch;
        replica.batch_memory = measured->batch;
        replica.prefill_s = mean_prefill_s(&clock, measured, set);
        replica.step_s = measured->batch / measured->decode_tok_s;
        finish(&replica, &mix);
        return replica;
    }
    replica.kv_tokens = step_kv_tokens(shape, gpu, setup, degree);
    replica.batch_memory = floor(setup->kv_use_frac * replica.kv_tokens / mix.resident_tok);
    if (replica.kv_tokens < mix.max_context_tok) {
        replica.fault = REPLICA_NO_MEMORY;
        return replica;
    }
    if (replica.batch_memory < 1.0) {
        replica.fault = REPLICA_NO_BATCH;
        return replica;
    }
    clock.prefill_s = replica.prefill_s = mean_prefill_s(&clock, NULL, set);
    int limit = replica.batch_memory < setup->batch_max ? (int)replica.batch_memory : setup->batch_max;
    replica.batch = largest_batch(&clock, limit);
    bool has_batch = replica.batch > 0;
    if (!has_batch) replica.batch = 1; /* to show how slow one sequence is */
    replica.step_s = step_at(&clock, replica.batch);
    finish(&replica, &mix);
    return replica;
}

void replica_fault_format(const Replica *replica, const RequestMix *mix, char *out, size_t size)
{
    switch (replica->fault) {
    case REPLICA_OK:
        snprintf(out, size, "fits");
        return;
    case REPLICA_NO_MEMORY:
        if (replica->kv_tokens <= 0.0) {
            snprintf(out, size, "memory: the weights do not fit on %d GPU%s", replica->degree,
                     replica->degree == 1 ? "" : "s");
        } else {
            snprintf(out, size,
                     "memory: on %d GPU%s the weights leave a cache of %.0f tokens, below the longest "
                     "context of %.0f",
                     replica->degree, replica->degree == 1 ? "" : "s", replica->kv_tokens,
                     mix->max_context_tok);
        }
        return;
    case REPLICA_NO_BATCH:
        snprintf(out, size, "memory: the cache of %.0f tokens does not hold one sequence of %.0f tokens",
                 replica->kv_tokens, mix->resident_tok);
        return;
    case REPLICA_TPOT_TOO_SLOW:
        snprintf(out, size, "TPOT %.3g s > %.3g s with %d sequence%s on %d GPU%s", replica->tpot_s,
                 mix->slo_tpot_s, replica->batch, replica->batch == 1 ? "" : "s", replica->degree,
                 replica->degree == 1 ? "" : "s");
        return;
    case REPLICA_TTFT_TOO_SLOW:
        snprintf(out, size, "TTFT %.3g s at no load > %.3g s on %d GPU%s",
                 replica->prefill_s + replica->step_s, mix->slo_ttft_s, replica->degree,
                 replica->degree == 1 ? "" : "s");
        return;
    }
}
