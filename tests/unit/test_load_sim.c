/* The load model against a discrete-event simulation of continuous batching: every step runs all sequences
 * and prefills the prompts that wait, first come first served, up to a token budget and the batch limit. */
#include "test.h"

#include "tokentco/throughput_load.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { REQUESTS = 6000, WARM_UP = 1000, RUNNING_MAX = 512 };

typedef struct Sim {
    double tpot_s, ttft_mean_s, ttft_p95_s, rate_req_s;
} Sim;

/* SplitMix64; open interval (0, 1). */
static double uniform(unsigned long long *state)
{
    *state += 0x9e3779b97f4a7c15ULL;
    unsigned long long z = *state;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ULL;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebULL;
    z ^= z >> 31;
    return ((double)(z >> 11) + 0.5) * 0x1p-53;
}

/* Time between requests: exponential, or for scv > 1 a mixture of two exponentials with balanced means. */
static double gap(unsigned long long *state, double rate, double scv)
{
    double p = 0.5 * (1 + sqrt((scv - 1) / (scv + 1)));
    double share = uniform(state) < p ? p : 1 - p;
    return -log(uniform(state)) / (2 * share * rate);
}

static int order(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static Sim simulate(const ThroughputCase *c, const ThroughputParams *params, double rate, double scv,
                    int limit)
{
    static double arrival[REQUESTS], first[REQUESTS], ttft[REQUESTS];
    static double step_of[RUNNING_MAX + 1];
    unsigned long long state = 20261125;
    double t = 0, alone;
    for (int i = 0; i < REQUESTS; i++) {
        t += gap(&state, rate, scv);
        arrival[i] = t;
    }
    for (int n = 1; n <= limit; n++) {
        step_of[n] = throughput_step(c, params, n, NULL);
    }
    double prefill = throughput_prefill(c, params, &alone) * params->v[PARAM_MIX];
    const double BUDGET_TOK = 8192;
    int left[RUNNING_MAX], who[RUNNING_MAX], running = 0, next = 0, done = 0, counted = 0;
    double now = 0, tpot_sum = 0, started = 0, ended = 0;
    while (done < REQUESTS) {
        if (running == 0 && next < REQUESTS && arrival[next] > now) {
            now = arrival[next];
        }
        double budget = BUDGET_TOK, length = running > 0 ? step_of[running] : 0;
        int admitted = next;
        while (admitted < REQUESTS && arrival[admitted] <= now && running + admitted - next < limit &&
               budget >= c->input_tok) {
            length += running == 0 && admitted == next ? alone : prefill;
            budget -= c->input_tok;
            admitted++;
        }
        now += length;
        int kept = 0;
        for (int k = 0; k < running; k++) {
            if (--left[k] > 0) {
                left[kept] = left[k];
                who[kept++] = who[k];
                continue;
            }
            int i = who[k];
            if (i >= WARM_UP) {
                tpot_sum += (now - first[i]) / (c->output_tok - 1);
                ttft[counted++] = first[i] - arrival[i];
                started = counted == 1 ? now : started;
                ended = now;
            }
            done++;
        }
        running = kept;
        for (; next < admitted; next++) {
            first[next] = now;
            who[running] = next;
            left[running++] = (int)c->output_tok - 1;
        }
    }
    Sim sim = {.tpot_s = tpot_sum / counted, .rate_req_s = (counted - 1) / (ended - started)};
    for (int i = 0; i < counted; i++) {
        sim.ttft_mean_s += ttft[i] / counted;
    }
    qsort(ttft, (size_t)counted, sizeof *ttft, order);
    sim.ttft_p95_s = ttft[(int)(0.95 * counted)];
    return sim;
}

static ThroughputCase case_70b(void)
{
    ThroughputCase c = {.engine = "vllm",
                        .gpus = 4,
                        .pipeline = 1,
                        .attention_groups = 1,
                        .kv_bytes = 2,
                        .input_tok = 1155,
                        .output_tok = 211,
                        .load = LOAD_CONCURRENCY};
    c.model = (ModelFacts){.id = "llama-3.1-70b", .vocab = 128256, .cache_layer_frac = 1};
    c.model.shape = (ModelShape){.params_total = 70.55e9,
                                 .params_active = 70.55e9,
                                 .layers = 80,
                                 .hidden = 8192,
                                 .heads = 64,
                                 .head_dim = 128,
                                 .kv_values_per_layer = 2048,
                                 .kv_shards = 8};
    c.gpu.spec = (AccelSpec){.memory_bytes = 80e9,
                             .bandwidth_bytes_s = 3.35e12,
                             .link_bytes_s = 450e9,
                             .flops_16bit = 989e12,
                             .flops_8bit = 1979e12};
    assert_true(throughput_format_set(&c, "fp8", NULL));
    return c;
}

/* Below saturation: TPOT within 15 %, throughput within 5 %, mean TTFT within 35 %; its p95 is right within a
 * factor. */
static void check_loads(double scv, int limit)
{
    static const double shares[] = {0.05, 0.3, 0.5, 0.8, 0.9};
    ThroughputCase c = case_70b();
    ThroughputParams params = throughput_params_default();
    LoadQuery query = {.arrival_scv = scv, .batch_limit = limit};
    double saturation = throughput_at_rate(&c, &params, &query, 0).saturation_req_s;
    for (size_t i = 0; i < sizeof shares / sizeof shares[0]; i++) {
        double rate = shares[i] * saturation;
        LoadResult r = throughput_at_rate(&c, &params, &query, rate);
        Sim sim = simulate(&c, &params, rate, scv, limit);
        assert_true(fabs(r.tpot_s / sim.tpot_s - 1) < 0.15);
        assert_true(fabs(r.rate_req_s / sim.rate_req_s - 1) < 0.05);
        assert_true(fabs(r.ttft_mean_s / sim.ttft_mean_s - 1) < 0.35);
        assert_true(r.ttft_p95_s / sim.ttft_p95_s < 2.5 && r.ttft_p95_s / sim.ttft_p95_s > 0.5);
    }
}

static void poisson_arrivals_meet_the_simulation(void **state)
{
    (void)state;
    check_loads(1, 128);
    check_loads(1, 32);
}

static void bursty_arrivals_meet_the_simulation(void **state)
{
    (void)state;
    check_loads(4, 128);
}

static void overload_gives_the_saturation_rate(void **state)
{
    (void)state;
    ThroughputCase c = case_70b();
    ThroughputParams params = throughput_params_default();
    LoadQuery query = {.arrival_scv = 1, .batch_limit = 64};
    LoadResult r = throughput_at_rate(&c, &params, &query, 1000);
    assert_true(r.is_saturated);
    assert_true(isinf(r.ttft_mean_s));
    Sim sim = simulate(&c, &params, 2 * r.saturation_req_s, 1, 64);
    assert_true(fabs(r.rate_req_s / sim.rate_req_s - 1) < 0.05);
}

static void limits_bind(void **state)
{
    (void)state;
    ThroughputCase c = case_70b();
    ThroughputParams params = throughput_params_default();
    LoadQuery query = {.arrival_scv = 1};
    LoadResult loose = throughput_at_slo(&c, &params, &query, 2, 0.05);
    LoadResult tight = throughput_at_slo(&c, &params, &query, 2, 0.025);
    assert_true(tight.rate_req_s > 0);
    assert_true(loose.rate_req_s > tight.rate_req_s);
    assert_true(tight.tpot_s <= 0.025 && loose.tpot_s <= 0.05);
    assert_true(throughput_at_slo(&c, &params, &query, 2, 1e-4).rate_req_s == 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(poisson_arrivals_meet_the_simulation),
        cmocka_unit_test(bursty_arrivals_meet_the_simulation),
        cmocka_unit_test(overload_gives_the_saturation_rate),
        cmocka_unit_test(limits_bind),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
