/* Timings of the evaluator: one evaluation of five options over 36 months, results only.
 *
 * Every repeat times a block of evaluations, each of inputs that differ in one price, so that nothing can be kept from
 * the last one. With BENCH_JSON=FILE the figures are written as a JSON list too.
 */
#include "tokentco/calibration_table.h"
#include "tokentco/evaluate.h"
#include "tokentco/scenario.h"
#include "tokentco/throughput_facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REPEATS = 41, BLOCK = 400, OPTIONS = 5 };

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The three options of S0 and two more that differ: rented with spot, owned with 16-bit weights. */
static bool load(Resolved *out)
{
    ErrList errors;
    err_list_init(&errors);
    PriceBook book;
    Scenario *scenario = scenario_load("reference/S0", &errors);
    ResolveSources sources = {.book = &book};
    bool is_ok = scenario != NULL && pricebook_open(&book, NULL, &errors) &&
                 scenario_resolve(scenario, &sources, out, &errors);
    err_list_print(&errors, stderr);
    if (!is_ok) return false;
    Inputs *inputs = &out->inputs;
    inputs->options[3] = inputs->options[0];
    inputs->options[3].rent.spot_share_frac = 0.3;
    inputs->options[4] = inputs->options[1];
    inputs->options[4].serving.weight_bytes = 2.0;
    inputs->n_options = OPTIONS;
    return true;
}

static void measure(Inputs *inputs, Workspace *workspace, double volume, const char *name, FILE *json, const char *separator)
{
    double samples[REPEATS], sum = 0.0;
    inputs->workloads[0].requests_per_month = volume;
    for (int r = 0; r < REPEATS; r++) {
        double start = now_s();
        for (int i = 0; i < BLOCK; i++) {
            inputs->options[0].rent.on_demand_usd_per_gpu_h = 2.0 + 1e-3 * (r * BLOCK + i);
            evaluate(inputs, workspace, NULL);
            sum += workspace_result(workspace, 0)->npv_usd;
        }
        samples[r] = (now_s() - start) / BLOCK * 1e6;
    }
    qsort(samples, REPEATS, sizeof samples[0], compare);
    printf("%-44s median %7.2f us   p10 %7.2f   p90 %7.2f   (%d x %d, check %.6g)\n", name, samples[REPEATS / 2],
           samples[REPEATS / 10], samples[REPEATS - 1 - REPEATS / 10], REPEATS, BLOCK, sum / (REPEATS * BLOCK));
    if (json != NULL)
        fprintf(json, "%s{\"name\": \"%s\", \"threads\": 1, \"ours\": %.4f, \"unit\": \"us\", \"p10\": %.4f, \"p90\": %.4f}",
                separator, name, samples[REPEATS / 2], samples[REPEATS / 10], samples[REPEATS - 1 - REPEATS / 10]);
}

/* 10,000 different configurations, calibration looked up for each. */
static void measure_throughput(FILE *json)
{
    enum { CASES = 10000 };
    static PriceBook book;
    static CalibrationTable table;
    Arena arena;
    ErrList errors;
    Err err = {.code = ERR_NONE};
    ThroughputCase c = {.engine = "vllm", .gpus = 4, .pipeline = 1, .attention_groups = 1, .kv_bytes = 2,
                        .input_tok = 1155, .output_tok = 211, .load = LOAD_CONCURRENCY};
    arena_init(&arena);
    err_list_init(&errors);
    bool is_ok = pricebook_open(&book, NULL, &errors) && pricebook_need_all(&book, &errors) &&
                 calibration_table_find(book.folder, "", &arena, &table, &errors) &&
                 throughput_model_find(&book, "llama-3.1-70b", date_today(), &c.model, &err) &&
                 throughput_gpu_find(&book, "H100", date_today(), &c.gpu, &err) && throughput_format_set(&c, "fp8", &err);
    double samples[REPEATS], sum = 0.0;
    for (int r = 0; is_ok && r < REPEATS; r++) {
        double start = now_s();
        for (int i = 0; i < CASES; i++) {
            c.batch = 1 + i % 512;
            c.input_tok = 100 + i;
            ThroughputParams params = calibration_params(&table, &c);
            sum += throughput_predict(&c, &params).out_tok_s;
        }
        samples[r] = (now_s() - start) * 1e3;
    }
    qsort(samples, REPEATS, sizeof samples[0], compare);
    if (is_ok)
        printf("%-44s median %7.2f ms   p10 %7.2f   p90 %7.2f   (%d x, check %.6g)\n", "10,000 throughput predictions",
               samples[REPEATS / 2], samples[REPEATS / 10], samples[REPEATS - 1 - REPEATS / 10], REPEATS,
               sum / REPEATS);
    if (is_ok && json != NULL)
        fprintf(json, ", {\"name\": \"10,000 throughput predictions\", \"threads\": 1, \"ours\": %.4f, \"unit\": \"ms\"}",
                samples[REPEATS / 2]);
    err_list_print(&errors, stderr);
    err_list_free(&errors);
    pricebook_close(&book);
    arena_free(&arena);
}

int main(void)
{
    static Resolved resolved;
    if (!load(&resolved)) return 65;
    Workspace *workspace = workspace_new(resolved.inputs.horizon_months, OPTIONS);
    const char *path = getenv("BENCH_JSON");
    FILE *json = path != NULL ? fopen(path, "w") : NULL;
    if (json != NULL) fprintf(json, "[");
    measure(&resolved.inputs, workspace, 3e6, "evaluate, 5 options x 36 months, 3e6 req/mo", json, "");
    measure(&resolved.inputs, workspace, 4e7, "evaluate, 5 options x 36 months, 4e7 req/mo", json, ", ");
    measure_throughput(json);
    if (json != NULL) {
        fprintf(json, "]\n");
        fclose(json);
    }
    workspace_free(workspace);
    resolved_free(&resolved);
    return 0;
}
