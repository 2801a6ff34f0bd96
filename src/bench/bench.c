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
#include "notes.h"
#include "plan.h"
#include "probe.h"
#include "roofline.h"
#include "steps.h"
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
static const double wanted_uncertainty = 0.02;

typedef struct Run {
    const BenchOptions *options;
    const Effort *effort;
    Case cases[CASES_MAX];
    int n_cases;
    bool is_slow, is_cut; /* kernels wait for arithmetic even with one row; cases were cut for it */
    WeightFormat format;
    KernelSet set;
    Pool *pool;
    Transformer *model;
    ReadMemory memory;
    NoiseWatch noise;
    MemoryRoom room;   /* before the run took any */
    int fewest_layers; /* that a step went through */
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

/* The product of the run's weight format on all its threads, with one row or with many; NULL: not measured.
 */
static const MeasureKernel *find_product(const Run *run, bool is_one_row)
{
    const Measurement *out = run->out;
    for (int i = 0; i < out->n_kernels; i++) {
        const MeasureKernel *kernel = &out->kernels[i];
        bool is_product = strncmp(kernel->name, "gem", 3) == 0 &&
                          strcmp(strchr(kernel->name, '_') + 1, weight_format_name(run->format)) == 0;
        if (is_product && kernel->threads == pool_threads(run->pool) && (kernel->m == 1) == is_one_row)
            return kernel;
    }
    return NULL;
}

/* Seconds that a weight takes for each row of a product; 0: not known. */
static double kernel_pace(const Run *run, const MeasureKernel *kernel)
{
    if (kernel == NULL) return 0.0;
    bool is_read = strncmp(kernel->limit_name, "read_", 5) == 0;
    return (is_read ? run->out->weight_bytes / kernel->m : 2.0) / kernel->value;
}

/* Kernels too slow for a quick run of what was planned: less of it is run. */
static void cut_plan(Run *run)
{
    /* Kernel and limit are measured turn by turn, so their ratio holds on a busy machine too. */
    const double quick_s = 6.0, caches = 5.0, slow_share_frac = 0.1;
    const BenchOptions *options = run->options;
    const MeasureKernel *one_row = find_product(run, true);
    PlanPace pace = {.pass_s = kernel_pace(run, one_row),
                     .row_s = kernel_pace(run, find_product(run, false)),
                     .n_runs = QUICK_MIN_SAMPLES + 1,
                     .seconds = quick_s,
                     .may_cut_cases = options->prompts.n + options->batches.n + options->depths.n == 0};
    if (!options->is_quick) return;
    run->is_slow = one_row != NULL && one_row->share_frac < slow_share_frac;
    if (!run->is_slow) pace.least_weight_bytes = caches * (double)topology_get()->l3_bytes;
    int before = run->n_cases, prompt = run->cases[0].n_tokens;
    run->n_cases = plan_cut(&options->shape, run->format, &pace, run->cases, before, &run->plan);
    run->is_cut = run->n_cases < before || run->cases[0].n_tokens < prompt;
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

static StepSetup step_setup(const Run *run, double cap_s)
{
    bool is_quick = run->options->is_quick;
    return (StepSetup){.pool = run->pool,
                       .set = &run->set,
                       .memory = &run->memory,
                       .arithmetic = limit_peak_of(run->format),
                       .cache_bytes = (double)topology_get()->l3_bytes,
                       .cap_s = cap_s,
                       .enough = is_quick ? QUICK_MIN_SAMPLES : MIN_SAMPLES,
                       .wanted_uncertainty = wanted_uncertainty};
}

static MachineLoad load_of(const Run *run, const Case *c)
{
    return (MachineLoad){c->n_sequences, c->n_tokens, c->depth, pool_threads(run->pool)};
}

/* The shape that was run: fewer layers than the model has, perhaps. */
static ArchShape shape_run(const Run *run)
{
    ArchShape shape = run->options->shape;
    shape.layers = plan_layers(&run->plan);
    shape.dense_layers = run->plan.n_layers[LAYER_DENSE];
    return shape;
}

/* Rates of the whole model, had every step been at the pace `at`; NULL: as they were. */
static Samples rates_of(const Run *run, const Case *c, const StepSamples *steps, const MachinePace *at)
{
    Samples rates = {.n = steps->n};
    MachineLoad load = load_of(run, c);
    const ArchShape *shape = &run->options->shape;
    double bytes = weight_format_bytes(run->format) *
                   (machine_weights(shape, &load, PART_LAYERS) + machine_weights(shape, &load, PART_HEAD));
    for (int i = 0; i < steps->n; i++) {
        double step_s = whole_step_s(run, &steps->times[i]);
        if (at) step_s = machine_rebase_s(step_s, bytes, steps->paces[i], *at);
        rates.values[i] = (double)c->n_sequences * c->n_tokens / step_s;
    }
    return rates;
}

/* What the fit learns from a case of the model itself. */
static void keep_for_fit(Run *run, const Case *c, const StepSamples *steps)
{
    FitPoint point = {.arch = shape_run(run), .load = load_of(run, c)};
    run->n_fit_points =
        fit_add_steps(run->fit_points, run->n_fit_points, &point, steps, run->out->weight_bytes);
}

static double *keep_values(Arena *arena, const double *values, int n)
{
    double *kept = arena_array(arena, (size_t)n, sizeof *kept);
    memcpy(kept, values, (size_t)n * sizeof *kept);
    return kept;
}

static double *keep_reads(Arena *arena, const StepSamples *steps)
{
    double *kept = arena_array(arena, (size_t)steps->n, sizeof *kept);
    for (int i = 0; i < steps->n; i++) kept[i] = steps->paces[i].read_b_s;
    return kept;
}

static double *keep_arithmetic(Arena *arena, const StepSamples *steps)
{
    double *kept = arena_array(arena, (size_t)steps->n, sizeof *kept);
    for (int i = 0; i < steps->n; i++) kept[i] = steps->paces[i].arithmetic_op_s;
    return kept;
}

static void measure_point(Run *run, const Case *c, StepSamples *steps, MeasurePoint *point)
{
    double given_s = run->options->seconds_a_point;
    StepSetup setup = step_setup(run, given_s > 0.0 ? given_s : run->effort->seconds_a_point);
    MachineLoad load = load_of(run, c);
    noise_begin(&run->noise);
    steps_measure(run->model, &load, &setup, steps);
    if (steps->n_layers < run->fewest_layers) run->fewest_layers = steps->n_layers;
    MachinePace median = steps_pace(steps);
    Samples raw = rates_of(run, c, steps, NULL), alike = rates_of(run, c, steps, &median);
    NoiseSeen seen = noise_end(&run->noise, &alike);
    keep_for_fit(run, c, steps);
    bool is_prefill = c->phase == PHASE_PREFILL;
    *point = (MeasurePoint){
        .phase = c->phase,
        .counts = is_prefill ? RATE_PROMPT : RATE_OUTPUT,
        .threads = pool_threads(run->pool),
        .prompt_tok = is_prefill ? c->n_tokens : 0,
        .output_tok = is_prefill ? 0 : raw.n,
        .depth_tok = c->depth,
        .batch = c->n_sequences,
        .has_tpot = !is_prefill,
        .n_samples = raw.n,
        .samples_tok_s = keep_values(run->arena, raw.values, raw.n),
        .n_samples_read = raw.n,
        .samples_read_b_s = keep_reads(run->arena, steps),
        .n_samples_arithmetic = raw.n,
        .samples_arithmetic_op_s = keep_arithmetic(run->arena, steps),
        .noise = noise_verdict(&seen),
        .note = "",
    };
    if (point->noise == NOISE_NOISY) {
        char why[NOISE_TEXT_BYTES];
        noise_describe(&seen, why, sizeof why);
        point->note = arena_strdup(run->arena, why);
    }
}

/* The rates of a point, all of them at one pace. */
static void rate_point(const Run *run, const Case *c, const StepSamples *steps, MachinePace at,
                       MeasurePoint *point)
{
    Samples rates = rates_of(run, c, steps, &at);
    point->rate_tok_s = samples_quantile(&rates, 0.5);
    point->rate_p10_tok_s = samples_quantile(&rates, 0.1);
    point->rate_p90_tok_s = samples_quantile(&rates, 0.9);
    if (point->has_tpot) point->tpot_s = c->n_sequences / point->rate_tok_s;
}

/* The median pace beside the points, which the record states. */
static MachinePace state_pace(Run *run, const StepSamples *steps)
{
    Measurement *out = run->out;
    int n = run->n_cases < SAMPLES_MAX ? run->n_cases : SAMPLES_MAX, threads = pool_threads(run->pool);
    Samples reads = {.n = n}, arithmetic = {.n = n};
    for (int i = 0; i < n; i++) {
        MachinePace pace = steps_pace(&steps[i]);
        reads.values[i] = pace.read_b_s;
        arithmetic.values[i] = pace.arithmetic_op_s;
    }
    MachinePace median = {samples_quantile(&reads, 0.5), samples_quantile(&arithmetic, 0.5)};
    const char *unit = limit_peak_unit(limit_peak_of(run->format));
    MeasureLimit *all = arena_array(run->arena, (size_t)out->n_limits + 2, sizeof *all);
    memcpy(all, out->limits, (size_t)out->n_limits * sizeof *all);
    all[out->n_limits++] = (MeasureLimit){MEASURE_READ_BESIDE, "B/s", threads, median.read_b_s};
    all[out->n_limits++] = (MeasureLimit){MEASURE_ARITHMETIC_BESIDE, unit, threads, median.arithmetic_op_s};
    out->limits = all;
    return median;
}

static void measure_points(Run *run)
{
    Measurement *out = run->out;
    int n = run->n_cases;
    StepSamples *steps = arena_array(run->arena, (size_t)n, sizeof *steps);
    out->points = arena_array(run->arena, (size_t)n, sizeof *out->points);
    out->n_points = n;
    run->fit_points = arena_array(run->arena, (size_t)(2 * n + PROBE_POINTS_MAX), sizeof *run->fit_points);
    noise_open(&run->noise, run->pool, &run->set, &run->memory);
    for (int i = 0; i < n; i++) {
        tell(run, measure_phase_name(run->cases[i].phase), 0.2 + 0.7 * i / n);
        measure_point(run, &run->cases[i], &steps[i], &out->points[i]);
    }
    MachinePace pace = state_pace(run, steps);
    for (int i = 0; i < n; i++) rate_point(run, &run->cases[i], &steps[i], pace, &out->points[i]);
}

/* ---- the record ---- */

static void note(Run *run)
{
    const ArchShape *shape = &run->options->shape;
    RunNotes notes = {.shape = shape,
                      .plan = &run->plan,
                      .fewest_layers = run->fewest_layers,
                      .weight_bytes = plan_weight_bytes(shape, run->format, &run->plan),
                      .reading_bytes = (double)run->memory.piece,
                      .cache_bytes = (double)topology_get()->l3_bytes,
                      .room = run->room,
                      .quota_cores = topology_get()->quota_cores,
                      .n_threads = pool_threads(run->pool),
                      .is_cut = run->is_cut,
                      .has_kernels = run->out->n_kernels > 0};
    run->out->layers_run = plan_layers(&run->plan);
    run->out->note = notes_write(&notes, run->arena);
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
        .seed = run->options->seed,
        .noise_note = "",
        .note = "",
    };
}

/* The model's own memory is given back first: the probes need some. */
static void fit_steps(Run *run)
{
    const double quick_s = 0.1, full_s = 0.5;
    ProbeSetup setup = {.format = run->format,
                        .weight_bytes = run->out->weight_bytes,
                        .seed = run->options->seed,
                        .is_kv_bf16 = run->options->is_kv_bf16,
                        .steps = step_setup(run, run->options->is_quick ? quick_s : full_s)};
    transformer_free(run->model);
    run->model = NULL;
    run->n_fit_points = probe_measure(&setup, run->arena, run->fit_points, run->n_fit_points);
    fit_rebase(run->fit_points, run->n_fit_points, run->out->weight_bytes, measurement_pace(run->out));
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

static bool choose_kernels(Run *run, Err *err)
{
    const BenchOptions *options = run->options;
    if (!arch_check(&options->shape, err)) return false;
    if (!weight_format_find(options->weight_format, &run->format)) {
        return err_set(err, ERR_USAGE, "no weight format '%s'; choose from f32, f16, bf16, int8, q8_0, q4_0",
                       options->weight_format);
    }
    return options->isa ? kernels_choose(options->isa, &run->set, err)
                        : kernels_choose_default(&run->set, err);
}

static bool start_threads(Run *run, Err *err)
{
    const Topology *here = topology_get();
    int n = run->options->threads, most = threads_most(here->n_threads, here->quota_cores);
    if (n > here->n_threads)
        return err_set(err, ERR_USAGE, "no %d threads: this machine has %d hardware threads that may be used",
                       n, here->n_threads);
    if (n > most)
        return err_set(err, ERR_USAGE,
                       "no %d threads: the CPU quota of %.3g processors would stop them; ask for %d at most",
                       n, here->quota_cores, most);
    if (n == 0) n = threads_default(here->n_cores, here->quota_cores);
    run->pool = pool_new(n, err);
    clock_set_quota(n == 1 ? here->quota_cores : 0.0);
    return run->pool != NULL;
}

/* Threads allocate as they start. Once all of them have run, memory_room knows of it. */
static void start_up(void *context, Pool *pool, int thread)
{
    (void)context;
    (void)pool;
    (void)thread;
}

static bool share_memory(Run *run, Err *err)
{
    const BenchOptions *options = run->options;
    double reading_bytes;
    pool_run(run->pool, start_up, NULL);
    run->room = memory_room("");
    PlanRoom room = {.memory = run->room,
                     .most_weight_bytes = run->effort->weight_bytes,
                     .set = &run->set,
                     .n_threads = pool_threads(run->pool)};
    run->plan.is_kv_bf16 = options->is_kv_bf16;
    if (!plan_transformer(&options->shape, run->format, run->cases, run->n_cases, &room, &run->plan,
                          &reading_bytes, err))
        return false;
    if (read_memory_take(run->pool, &run->set, options->stream_bytes, reading_bytes, &run->memory))
        return true;
    return err_set(err, ERR_NO, "no memory is left to measure its bandwidth with: %s leaves %.0f MiB",
                   run->room.limit, run->room.bytes / 0x1p20);
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
    bool is_ok = choose_kernels(&run, err) && start_threads(&run, err) && share_memory(&run, err);
    if (is_ok) {
        describe(&run);
        measure_machine(&run);
        cut_plan(&run);
        run.fewest_layers = plan_layers(&run.plan);
        tell(&run, "random weights", 0.1);
        run.model =
            transformer_new(&options->shape, run.format, &run.plan, &run.set, run.pool, options->seed, err);
        is_ok = run.model != NULL;
    }
    if (is_ok) {
        measure_points(&run);
        note(&run);
        tell(&run, "probes of the step time", 0.9);
        judge_noise(&run);
        if (options->is_fitted && !run.is_slow) fit_steps(&run);
        tell(&run, "done", 1.0);
    }
    transformer_free(run.model);
    read_memory_give(&run.memory);
    pool_free(run.pool);
    clock_set_quota(0.0);
    return is_ok;
}
