/* The benchmark: limits, prefill and decode of the transformer step, and the record of all that.
 *
 * Layer: bench.
 */
#include "tokentco/bench.h"

#include "cases.h"
#include "dispatch.h"
#include "fit.h"
#include "formats.h"
#include "limits.h"
#include "noise.h"
#include "plan.h"
#include "probe.h"
#include "roofline.h"
#include "timing.h"
#include "topology.h"
#include "transformer.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

/* Limits on one run. */
typedef struct Effort {
    double seconds_a_point; /* cap */
    double weight_bytes;    /* most that is built */
} Effort;

static const Effort efforts[] = {{6.0, 1e18}, {0.7, 0.8e9}};

enum { MIN_SAMPLES = 5, QUICK_MIN_SAMPLES = 3 };
static const double wanted_uncertainty = 0.02, memory_share = 0.7;

typedef struct Run {
    const BenchOptions *options;
    const Effort *effort;
    Case cases[CASES_MAX];
    int n_cases;
    WeightFormat format;
    KernelSet set;
    Pool *pool;
    Transformer *model;
    ReadMemory memory;
    NoiseWatch noise;
    TransformerPlan plan;
    FitPoint *fit_points; /* in the arena */
    int n_fit_points;
    Arena *arena;
    Measurement *out;
    BenchProgressFn progress;
    void *context;
} Run;

static void tell(const Run *run, const char *what, double done)
{
    if (run->progress) run->progress(run->context, what, done);
}

static char *sayf(Arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
static char *sayf(Arena *arena, const char *format, ...)
{
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    return arena_strdup(arena, text);
}

/* ---- measuring ---- */

/* The limits, and the kernels that are reported beside them. */
static void measure_machine(Run *run)
{
    RooflineOptions options = {run->format, run->options->is_every_kernel, run->options->is_quick,
                               run->options->seed};
    Measurement *out = run->out;
    tell(run, "limits of this machine", 0.0);
    out->n_limits = limits_measure(run->pool, &run->set, &run->memory, run->arena, &out->limits);
    tell(run, "kernels beside their limits", 0.03);
    out->n_kernels =
        roofline_measure(run->pool, &run->set, &run->memory, &options, run->arena, &out->kernels);
}

/* Time of the whole model's step, from those of its layers that were run. */
static double whole_step_s(const Run *run, const StepTime *time)
{
    double sum = time->head_s;
    for (LayerKind kind = LAYER_DENSE; kind < N_LAYER_KINDS; kind++)
        if (run->plan.n_layers[kind] > 0)
            sum +=
                time->layers_s[kind] * arch_layers_of(&run->options->shape, kind) / run->plan.n_layers[kind];
    return sum;
}

/* Repeats a case until its rate is known well enough; times of layers and head go to `layers` and `head`. */
static Samples sample_case(Run *run, const Case *c, Samples *layers, Samples *head)
{
    Samples rates = {0};
    double tokens = (double)c->n_sequences * c->n_tokens, start = clock_s();
    double cap_s =
        run->options->seconds_a_point > 0.0 ? run->options->seconds_a_point : run->effort->seconds_a_point;
    int enough = run->options->is_quick ? QUICK_MIN_SAMPLES : MIN_SAMPLES;
    while (rates.n < SAMPLES_MAX) {
        StepTime time = transformer_step(run->model, c->n_sequences, c->n_tokens, c->depth);
        layers->values[layers->n++] = step_layers_s(&time);
        head->values[head->n++] = time.head_s;
        rates.values[rates.n++] = tokens / whole_step_s(run, &time);
        /* On a machine that others keep busy two samples must do, or a quick run would not be quick. */
        bool is_late = clock_s() - start > 2.0 * cap_s && rates.n >= 2;
        if (is_late || (rates.n >= enough && clock_s() - start > cap_s)) break;
        if (rates.n < enough) continue;
        if (rates.n >= 4 * enough && samples_uncertainty(&rates) < wanted_uncertainty) break;
    }
    return rates;
}

/* What the fit learns from a case of the model itself. */
static void keep_for_fit(Run *run, const Case *c, const Samples *layers, const Samples *head)
{
    ArchShape run_arch = run->options->shape;
    MachineLoad load = {c->n_sequences, c->n_tokens, c->depth};
    double read_b_s = noise_read_b_s(&run->noise);
    run_arch.layers = plan_layers(&run->plan);
    run_arch.dense_layers = run->plan.n_layers[LAYER_DENSE];
    run->fit_points[run->n_fit_points++] =
        (FitPoint){run_arch, load, PART_LAYERS, samples_quantile(layers, 0.5), read_b_s};
    run->fit_points[run->n_fit_points++] =
        (FitPoint){run_arch, load, PART_HEAD, samples_quantile(head, 0.5), read_b_s};
}

static void measure_point(Run *run, const Case *c, MeasurePoint *point)
{
    Samples layers = {0}, head = {0};
    transformer_step(run->model, c->n_sequences, c->n_tokens, c->depth); /* warms caches, pages, the clock */
    noise_begin(&run->noise);
    Samples samples = sample_case(run, c, &layers, &head);
    NoiseSeen seen = noise_end(&run->noise, &samples);
    keep_for_fit(run, c, &layers, &head);
    double *kept = arena_array(run->arena, (size_t)samples.n, sizeof *kept);
    for (int i = 0; i < samples.n; i++) kept[i] = samples.values[i];
    bool is_prefill = c->phase == PHASE_PREFILL;
    *point = (MeasurePoint){
        .phase = c->phase,
        .counts = is_prefill ? RATE_PROMPT : RATE_OUTPUT,
        .threads = pool_threads(run->pool),
        .prompt_tok = is_prefill ? c->n_tokens : 0,
        .output_tok = is_prefill ? 0 : samples.n,
        .depth_tok = c->depth,
        .batch = c->n_sequences,
        .rate_tok_s = samples_quantile(&samples, 0.5),
        .rate_p10_tok_s = samples_quantile(&samples, 0.1),
        .rate_p90_tok_s = samples_quantile(&samples, 0.9),
        .has_tpot = !is_prefill,
        .n_samples = samples.n,
        .samples_tok_s = kept,
        .noise = noise_verdict(&seen),
        .note = "",
    };
    if (!is_prefill) point->tpot_s = c->n_sequences / point->rate_tok_s;
    if (point->noise == NOISE_NOISY) {
        char why[NOISE_TEXT_BYTES];
        noise_describe(&seen, why, sizeof why);
        point->note = arena_strdup(run->arena, why);
    }
}

/* ---- the record ---- */

static void note_layers(Run *run)
{
    const ArchShape *shape = &run->options->shape;
    const int *n = run->plan.n_layers;
    char mix[96] = "";
    if (plan_layers(&run->plan) == shape->layers) return;
    if (n[LAYER_DENSE] > 0 && n[LAYER_EXPERTS] > 0)
        (void)snprintf(mix, sizeof mix, " (%d of %d dense, %d of %d with experts)", n[LAYER_DENSE],
                       arch_layers_of(shape, LAYER_DENSE), n[LAYER_EXPERTS],
                       arch_layers_of(shape, LAYER_EXPERTS));
    run->out->note = sayf(run->arena, "%d of %d layers were run%s; times are extrapolated to the whole model",
                          plan_layers(&run->plan), shape->layers, mix);
}

static void describe(Run *run)
{
    const Topology *here = topology_get();
    Measurement *out = run->out;
    time_t now = time(NULL);
    struct tm utc;
    char when[32], features[256];
    gmtime_r(&now, &utc);
    cpu_features_list(features, sizeof features);
    strftime(when, sizeof when, "%Y-%m-%dT%H:%M:%SZ", &utc);
    *out = (Measurement){
        .when = arena_strdup(run->arena, when),
        .origin = MEASURED_HERE,
        .tool = "",
        .tool_version = "",
        .file_hash = "",
        .hardware = arena_strdup(run->arena, here->cpu),
        .is_cpu = true,
        .n_devices = here->n_packages > 0 ? here->n_packages : 1,
        .n_cores = here->n_cores,
        .n_threads = pool_threads(run->pool),
        .memory_bytes = here->memory_bytes,
        .cpu_quota = here->quota_cores,
        .topology = sayf(run->arena, "%s; %s", here->text, here->system),
        .engine = "tokentco",
        .engine_version = TOKENTCO_VERSION,
        .compiler = __VERSION__,
        .flags = sayf(run->arena, "%s; kernels: %s; CPU: %s", TOKENTCO_FLAGS, run->set.flags, features),
        .isa = run->set.name,
        .governor = arena_strdup(run->arena, here->governor),
        .model = arena_strdup(run->arena, run->options->shape.name),
        .has_shape = true,
        .shape = arch_model_shape(&run->options->shape),
        .weight_format = weight_format_name(run->format),
        .kv_format = run->options->is_kv_bf16 ? "bf16" : "f16",
        .weight_bytes = weight_format_bytes(run->format),
        .kv_bytes = 2.0,
        .tensor_parallel = 1,
        .pipeline_parallel = 1,
        .layers_run = plan_layers(&run->plan),
        .seed = run->options->seed,
        .noise_note = "",
        .note = "",
    };
    note_layers(run);
}

/* The model's own memory is given back first: the probes need some. */
static void fit_steps(Run *run)
{
    const double quick_s = 0.1, full_s = 0.5;
    ProbeSetup setup = {.format = run->format,
                        .set = &run->set,
                        .pool = run->pool,
                        .seed = run->options->seed,
                        .is_kv_bf16 = run->options->is_kv_bf16,
                        .memory = &run->memory,
                        .seconds_a_case = run->options->is_quick ? quick_s : full_s};
    transformer_free(run->model);
    run->model = NULL;
    run->n_fit_points = probe_measure(&setup, run->fit_points, run->n_fit_points);
    fit_rebase(run->fit_points, run->n_fit_points, run->out->weight_bytes, measurement_read_b_s(run->out));
    run->out->has_fit = fit_machine(run->fit_points, run->n_fit_points, &run->out->fit, NULL);
}

/* The verdict on the whole run; every probe is kept among the limits, in the order of time. */
static void judge_noise(Run *run)
{
    Measurement *out = run->out;
    char moved[NOISE_TEXT_BYTES];
    int n_noisy = 0, n = out->n_limits, n_probes = run->noise.n_probes, threads = pool_threads(run->pool);
    MeasureLimit *all = arena_array(run->arena, (size_t)(n + 2 * n_probes), sizeof *all);
    memcpy(all, out->limits, (size_t)n * sizeof *all);
    for (int i = 0; i < n_probes; i++) {
        const NoiseProbe *probe = &run->noise.probes[i];
        all[n++] = (MeasureLimit){"probe_read_dram", "B/s", threads, probe->read_b_s};
        all[n++] = (MeasureLimit){"probe_fma_f32", "FLOP/s", threads, probe->fma_op_s};
    }
    out->limits = all;
    out->n_limits = n;
    for (int i = 0; i < out->n_points; i++) n_noisy += out->points[i].noise == NOISE_NOISY;
    noise_describe_whole(&run->noise, moved, sizeof moved);
    out->noise = n_noisy > 0 || moved[0] ? NOISE_NOISY : NOISE_QUIET;
    if (out->noise == NOISE_NOISY) {
        out->noise_note = sayf(run->arena, "%d of %d points were disturbed%s%s", n_noisy, out->n_points,
                               moved[0] ? "; " : "", moved);
    }
}

static bool prepare(Run *run, Err *err)
{
    const BenchOptions *options = run->options;
    if (!arch_check(&options->shape, err)) return false;
    if (!weight_format_find(options->weight_format, &run->format)) {
        return err_set(err, ERR_USAGE, "no weight format '%s'; choose from f32, f16, bf16, int8, q8_0, q4_0",
                       options->weight_format);
    }
    bool is_chosen =
        options->isa ? kernels_choose(options->isa, &run->set, err) : kernels_choose_default(&run->set, err);
    PlanRoom room = {topology_get()->free_bytes * memory_share, run->effort->weight_bytes};
    run->plan.is_kv_bf16 = options->is_kv_bf16;
    if (!is_chosen ||
        !plan_transformer(&options->shape, run->format, run->cases, run->n_cases, &room, &run->plan, err))
        return false;
    run->pool = pool_new(options->threads > 0 ? options->threads : topology_default_threads(), err);
    if (run->pool == NULL) return false;
    if (read_memory_take(run->pool, options->stream_bytes, &run->memory)) return true;
    return err_set(err, ERR_NO, "no memory is left to measure its bandwidth with");
}

bool bench_run(const BenchOptions *options, BenchProgressFn progress, void *context, Arena *arena,
               Measurement *out, Err *err)
{
    Run run = {.options = options,
               .effort = &efforts[options->is_quick],
               .arena = arena,
               .out = out,
               .progress = progress,
               .context = context};
    topology_get();
    run.n_cases = cases_choose(options, run.cases);
    bool is_ok = prepare(&run, err);
    if (is_ok) {
        describe(&run);
        measure_machine(&run);
        tell(&run, "random weights", 0.1);
        run.model =
            transformer_new(&options->shape, run.format, &run.plan, &run.set, run.pool, options->seed, err);
        is_ok = run.model != NULL;
    }
    if (is_ok) {
        int n_cases = run.n_cases;
        out->points = arena_array(arena, (size_t)n_cases, sizeof *out->points);
        run.fit_points = arena_array(arena, (size_t)(2 * n_cases + PROBE_POINTS_MAX), sizeof *run.fit_points);
        noise_open(&run.noise, run.pool, &run.set, &run.memory);
        for (int i = 0; i < n_cases; i++) {
            const Case *c = &run.cases[i];
            tell(&run, measure_phase_name(c->phase), 0.2 + 0.7 * i / n_cases);
            measure_point(&run, c, &out->points[out->n_points++]);
        }
        tell(&run, "probes of the step time", 0.9);
        judge_noise(&run);
        if (options->is_fitted) fit_steps(&run);
        tell(&run, "done", 1.0);
    }
    transformer_free(run.model);
    read_memory_give(&run.memory);
    pool_free(run.pool);
    return is_ok;
}
