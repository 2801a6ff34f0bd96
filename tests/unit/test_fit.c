/* Step time of a measured machine: counts by hand, a fit that finds the coefficients again, prediction. */
#include "test.h"

#include "bench/fit.h"

static const ArchShape dense = {"dense", 3, 64, 96, 8, 2, 16, 100, true, 0, 0, 0, 0, 0};
static const ArchShape experts = {"experts", 2, 64, 0, 8, 8, 8, 100, true, 8, 2, 32, 0, 0};

/* A layer has (2 x 128 + 2 x 32 + 3 x 96) x 64 = 38,912 weights; groups of 4 queries. */
static void test_counts(void **state)
{
    (void)state;
    bool known[N_MACHINE_TERMS] = {false};
    double out[N_MACHINE_TERMS];
    known[TERM_ROWS_1] = known[TERM_ROWS_8] = true;
    MachineLoad decode = {3, 1, 99, 0};
    machine_counts(&dense, &decode, PART_LAYERS, known, out);
    assert_close(out[TERM_ROWS_1], 3 * 38912 * 5.0 / 7.0,
                 1e-15); /* 3 rows lie 2 of 7 on the way from 1 to 8 */
    assert_close(out[TERM_ROWS_8], 3 * 38912 * 2.0 / 7.0, 1e-15);
    assert_close(out[TERM_QUERY], 3.0 * 3 * 100 * 8 * 16, 0);
    assert_close(out[TERM_KV], 3.0 * 3 * 100 * 2 * 2 * 16, 0);
    assert_close(out[TERM_PHASE], 3.0 * 5, 0);
    assert_close(out[TERM_PACKED], 3.0 * 3 * (2 * 64 + 128 + 96), 0);
    for (int t = N_MACHINE_ROWS; t < TERM_KV; t++) assert_close(out[t], 0, 0); /* h is known nowhere */
    /* Each of four threads packs three rows for itself, but shares twenty-four. */
    decode.n_threads = 4;
    machine_counts(&dense, &decode, PART_LAYERS, known, out);
    assert_close(out[TERM_PACKED], 4 * 3.0 * 3 * 352, 0);
    machine_counts(&dense, &decode, PART_HEAD, known, out);
    assert_close(out[TERM_PACKED], 4 * 3.0 * 64, 0);
    MachineLoad prompt = {1, 24, 0, 4};
    machine_counts(&dense, &prompt, PART_LAYERS, known, out);
    assert_close(out[TERM_ROWS_1], 0, 0);
    assert_close(out[TERM_ROWS_8], 3 * 38912 * 3.0, 0);         /* thrice the largest known */
    assert_close(out[TERM_KV], 3.0 * 8 * 12.5 * 2 * 2 * 16, 0); /* three tokens of four queries a task */
    assert_close(out[TERM_PACKED], 3.0 * 24 * 352, 0);
    machine_counts(&dense, &prompt, PART_HEAD, known, out);
    assert_close(out[TERM_ROWS_1], 6400, 0); /* the last token alone */
}

/* A layer has 12 x 16 + 64 + 2 x 96 + 64 = 512 outputs; beyond the counts where h is known it stays the same.
 */
static void test_counts_of_outputs(void **state)
{
    (void)state;
    bool known[N_MACHINE_TERMS] = {false};
    double out[N_MACHINE_TERMS];
    known[TERM_ROWS_1] = known[TERM_OUTPUTS_2] = known[TERM_OUTPUTS_8] = true;
    MachineLoad load = {5, 1, 99, 0};
    machine_counts(&dense, &load, PART_LAYERS, known, out);
    assert_close(out[TERM_OUTPUTS_1], 0, 0);
    assert_close(out[TERM_OUTPUTS_2], 3 * 512 * 0.5, 1e-15);
    assert_close(out[TERM_OUTPUTS_8], 3 * 512 * 0.5, 1e-15);
    load.n_sequences = 1;
    machine_counts(&dense, &load, PART_HEAD, known, out);
    assert_close(out[TERM_OUTPUTS_2], 100, 0);
    load.n_tokens = 24;
    machine_counts(&dense, &load, PART_LAYERS, known, out);
    assert_close(out[TERM_OUTPUTS_2], 0, 0);
    assert_close(out[TERM_OUTPUTS_8], 3 * 512, 0);
    /* Experts: attention has 24 x 8 + 64 outputs, the router 8, each of the 4.625 visited 2 x 32 + 64. */
    MachineLoad three = {3, 1, 0, 0};
    known[TERM_OUTPUTS_2] = false;
    machine_counts(&experts, &three, PART_LAYERS, known, out);
    assert_close(out[TERM_OUTPUTS_8], 2 * (256 + 8 + 4.625 * 128), 1e-15);
}

/* Of 8 experts 2 are chosen: 3 rows visit 8 (1 - 0.75^3) = 4.625 of them, 6 / 4.625 rows each. */
static void test_counts_of_experts(void **state)
{
    (void)state;
    bool known[N_MACHINE_TERMS] = {false};
    double out[N_MACHINE_TERMS];
    known[TERM_ROWS_1] = true;
    MachineLoad load = {3, 1, 0, 0};
    machine_counts(&experts, &load, PART_LAYERS, known, out);
    double layer = (2 * 64 + 2 * 64 + 8) * 64, expert = 3 * 32 * 64;
    assert_close(out[TERM_ROWS_1], 2 * (3 * layer + 6 * expert), 1e-15);
    assert_close(out[TERM_PHASE], 2 * (6 + 7 / 8.0), 1e-15);
    assert_close(machine_weights(&experts, &load, PART_LAYERS), 2 * (layer + 4.625 * expert), 1e-15);
    assert_close(machine_weights(&experts, &load, PART_HEAD), 6400, 0);
}

/* The same with three dense layers of width 96 before the two: their products, activations and phases are
 * those of a dense model. */
static void test_counts_of_a_mix(void **state)
{
    (void)state;
    bool known[N_MACHINE_TERMS] = {false};
    double mixed[N_MACHINE_TERMS], of_dense[N_MACHINE_TERMS], of_experts[N_MACHINE_TERMS];
    known[TERM_ROWS_1] = known[TERM_ROWS_8] = true;
    ArchShape mix = experts, plain = experts;
    mix.layers = 5;
    mix.intermediate = plain.intermediate = 96;
    mix.dense_layers = plain.layers = 3;
    plain.experts = 0;
    const MachineLoad seen[] = {{3, 1, 7, 2}, {1, 24, 0, 2}};
    for (size_t l = 0; l < sizeof seen / sizeof *seen; l++) {
        machine_counts(&mix, &seen[l], PART_LAYERS, known, mixed);
        machine_counts(&plain, &seen[l], PART_LAYERS, known, of_dense);
        machine_counts(&experts, &seen[l], PART_LAYERS, known, of_experts);
        for (int t = 0; t < N_MACHINE_TERMS; t++) assert_close(mixed[t], of_dense[t] + of_experts[t], 1e-14);
    }
    MachineLoad load = {3, 1, 0, 0};
    double dense_layer = (2 * 64 + 2 * 64 + 3 * 96) * 64;
    assert_close(machine_weights(&mix, &load, PART_LAYERS) - machine_weights(&experts, &load, PART_LAYERS),
                 3 * dense_layer, 1e-12);
    ModelShape shape = arch_model_shape(&mix);
    assert_close(shape.params_routed, 2 * 8 * 3 * 32 * 64, 0);
}

/* Of 5 ms, 3 are memory's: twice as fast it takes 1.5, and sqrt(25 - 9 + 2.25) are left. */
static void test_other_memory(void **state)
{
    (void)state;
    const MachinePace one = {1.0, 0}, twice = {2.0, 0}, seventh = {2.0 / 7.0, 0}, unknown = {0, 0};
    assert_close(machine_rebase_s(5.0, 3.0, one, twice), sqrt(18.25), 1e-15);
    assert_close(machine_rebase_s(5.0, 3.0, one, one), 5.0, 1e-15);
    assert_close(machine_rebase_s(2.0, 2.0, one, seventh), 7.0, 1e-15); /* it waits for nothing else */
    assert_close(machine_rebase_s(2.0, 4.0, one, twice), 1.0, 1e-15); /* faster than memory: a cache helped */
    assert_close(machine_rebase_s(2.0, 3.0, one, unknown), 2.0, 0);
    /* Of 5 ms, 4 are not memory's: at half the arithmetic they take 8. */
    const MachinePace fast = {1.0, 10.0}, slow = {1.0, 5.0};
    assert_close(machine_rebase_s(5.0, 3.0, fast, slow), sqrt(73.0), 1e-15);
    FitPoint points[] = {{dense, {1, 1, 0, 0}, PART_HEAD, 5e-3, {20e9, 0}},
                         {dense, {1, 1, 0, 0}, PART_HEAD, 5e-3, {0, 0}}};
    /* 6400 weights of 9375 bytes: 60 MB take 3 ms at 20 GB/s */
    fit_rebase(points, 2, 9375, (MachinePace){40e9, 0});
    assert_close(points[0].seconds, sqrt(18.25) * 1e-3, 1e-12);
    assert_close(points[1].seconds, 5e-3, 0);
}

static const double truth[N_MACHINE_TERMS] = {
    [TERM_ROWS_1] = 2.5e-11,    [TERM_ROWS_8] = 4.75e-11,  [TERM_ROWS_128] = 7.25e-10,
    [TERM_OUTPUTS_1] = 1.25e-8, [TERM_OUTPUTS_8] = 4.5e-9, [TERM_KV] = 1.25e-10,
    [TERM_QUERY] = 3.5e-11,     [TERM_PACKED] = 1.3e-9,    [TERM_PHASE] = 1.375e-6};

static double true_seconds(const ArchShape *arch, const MachineLoad *load, MachinePart part)
{
    bool known[N_MACHINE_TERMS];
    double counts[N_MACHINE_TERMS], sum = 0.0;
    for (int t = 0; t < N_MACHINE_TERMS; t++) known[t] = truth[t] > 0.0;
    machine_counts(arch, load, part, known, counts);
    for (int t = 0; t < N_MACHINE_TERMS; t++) sum += counts[t] * truth[t];
    return sum;
}

static const ArchShape run[] = {
    {"narrow", 24, 512, 1536, 8, 2, 64, 32768, true, 0, 0, 0, 0, 0},
    {"wide", 4, 2048, 7168, 16, 8, 128, 8192, true, 0, 0, 0, 0, 0},
    {"main", 22, 2048, 5632, 32, 4, 64, 32000, false, 0, 0, 0, 0, 0},
};
static const MachineLoad loads[] = {{1, 1, 128, 2},  {8, 1, 128, 2}, {1, 1, 2048, 2},
                                    {8, 1, 1024, 2}, {1, 128, 0, 2}, {1, 128, 512, 2}};
enum { RUN = 3, LOADS = 6 };

static int make_points(FitPoint *points)
{
    int n = 0;
    for (int a = 0; a < RUN; a++)
        for (int l = 0; l < LOADS; l++)
            for (int part = PART_LAYERS; part <= PART_HEAD; part++, n++)
                points[n] = (FitPoint){run[a],
                                       loads[l],
                                       (MachinePart)part,
                                       true_seconds(&run[a], &loads[l], (MachinePart)part),
                                       {0, 0}};
    return n;
}

static void test_fit_finds_what_was_put_in(void **state)
{
    (void)state;
    FitPoint points[2 * RUN * LOADS];
    MeasureFit fit;
    Err err = {0};
    int n = make_points(points);
    assert_true(fit_machine(points, n, &fit, &err));
    assert_int_equal(fit.n, 9);
    for (int i = 0; i < fit.n; i++) {
        int t = 0;
        while (strcmp(machine_term_name((MachineTerm)t), fit.names[i]) != 0) t++;
        assert_close(fit.values[i], truth[t], 1e-6);
    }
    assert_true(fit.worst_error_frac < 1e-8);
    /* A model that was not run, of experts even. */
    const ArchShape other = {"other", 12, 1024, 0, 16, 4, 64, 32000, true, 16, 4, 768, 0, 0};
    MachineLoad load = {5, 1, 300, 2};
    double step_s, error_s;
    assert_true(machine_step_s(&fit, &other, &load, &step_s, &error_s, &err));
    assert_close(step_s, true_seconds(&other, &load, PART_LAYERS) + true_seconds(&other, &load, PART_HEAD),
                 1e-6);
    assert_true(error_s < 1e-6 * step_s);
}

/* One step that took thrice its time does not move the others; noise of 2 % shows in the standard errors. */
static void test_fit_forgives_a_disturbed_step(void **state)
{
    (void)state;
    FitPoint points[2 * 2 * RUN * LOADS];
    MeasureFit fit;
    Err err = {0};
    unsigned seed = 5;
    int n = make_points(points);
    n += make_points(points + n); /* each step twice, disturbed differently */
    for (int i = 0; i < n; i++) {
        seed = seed * 1664525u + 1013904223u;
        points[i].seconds *= 1.0 + 0.02 * ((double)(seed >> 8) * 0x1p-23 - 1.0);
    }
    points[2].seconds *= 3.0;
    assert_true(fit_machine(points, n, &fit, &err));
    for (int i = 0; i < fit.n; i++) {
        if (strcmp(fit.names[i], "rows_1") != 0) continue;
        assert_close(fit.values[i], truth[TERM_ROWS_1], 0.03);
        double deviation = sqrt(fit.covariance[i][i]) / fit.values[i];
        assert_true(deviation > 1e-4 && deviation < 0.05);
    }
    for (int i = 0; i < fit.n; i++) assert_true(fit.values[i] >= 0.0);
    assert_true(fit.worst_error_frac > 0.5 && fit.median_error_frac < 0.03);
    assert_false(fit_machine(points, 6, &fit, &err));
    assert_string_equal(err.text, "6 measured steps are too few for 8 coefficients");
}

/* Outputs of eight rows that seem to save time cost nothing; those of five rows cost less than those of one.
 */
static void test_fit_knows_outputs_that_cost_nothing(void **state)
{
    (void)state;
    FitPoint points[2 * RUN * LOADS];
    MeasureFit fit;
    Err err = {0};
    int n = make_points(points);
    for (int i = 0; i < n; i++) {
        bool known[N_MACHINE_TERMS] = {
            [TERM_ROWS_1] = true, [TERM_OUTPUTS_1] = true, [TERM_OUTPUTS_8] = true};
        double counts[N_MACHINE_TERMS];
        machine_counts(&points[i].arch, &points[i].load, points[i].part, known, counts);
        points[i].seconds -= 1.1 * truth[TERM_OUTPUTS_8] * counts[TERM_OUTPUTS_8];
    }
    assert_true(fit_machine(points, n, &fit, &err));
    assert_int_equal(fit.n, 9);
    assert_string_equal(fit.names[8], "outputs_8");
    assert_close(fit.values[8], 0, 0);
    assert_close(fit.covariance[8][8], 0, 0);
    MachineLoad one = {1, 1, 0, 2}, eight = {8, 1, 0, 2};
    ArchShape wide = run[0], narrow = run[0];
    narrow.vocab = 0;
    double seconds[2][2];
    for (int i = 0; i < 2; i++) {
        const MachineLoad *load = i == 0 ? &one : &eight;
        assert_true(machine_step_s(&fit, &wide, load, &seconds[i][0], NULL, &err));
        assert_true(machine_step_s(&fit, &narrow, load, &seconds[i][1], NULL, &err));
    }
    double weights = arch_head_params(&wide);
    assert_close(seconds[0][0] - seconds[0][1],
                 weights * truth[TERM_ROWS_1] + wide.vocab * truth[TERM_OUTPUTS_1], 1e-2);
    assert_close(seconds[1][0] - seconds[1][1], weights * truth[TERM_ROWS_8], 1e-2);
}

/* A record from before h was known: g, and all activation values. 3 layers of 38,912 weights and 20 rows of
 * 4 x 64 + 2 x 128 + 2 x 32 + 3 x 96 = 864 values, and 6400 weights and 20 rows of 128. */
static void test_fit_of_an_older_record(void **state)
{
    (void)state;
    const MeasureFit fit = {.n = 2, .names = {"rows_8", "t_value"}, .values = {8e-11, 5e-10}};
    const MachineLoad load = {20, 1, 0, 4};
    double step_s;
    Err err = {0};
    assert_true(machine_step_s(&fit, &dense, &load, &step_s, NULL, &err));
    assert_close(step_s, (3 * 38912 + 6400) * 2.5 * 8e-11 + (3 * 20 * 864 + 20 * 128) * 5e-10, 1e-12);
}

static void test_projection(void **state)
{
    (void)state;
    FitPoint points[2 * RUN * LOADS];
    Arena arena;
    Err err = {0};
    MeasurePoint measured[] = {
        {.phase = PHASE_PREFILL, .prompt_tok = 128, .batch = 1, .rate_tok_s = 1, .n_samples = 3},
        {.phase = PHASE_DECODE, .depth_tok = 128, .batch = 8, .rate_tok_s = 1, .has_tpot = true},
    };
    Measurement record = {.model = "main",
                          .id = "0123456789abcdef",
                          .n_threads = 2,
                          .n_points = 2,
                          .points = measured},
                out;
    arena_init(&arena);
    assert_false(measurement_project(&record, &run[0], (MachinePace){0}, &arena, &out, &err));
    record.has_fit = fit_machine(points, make_points(points), &record.fit, &err);
    record.fit.median_error_frac = 0.04;
    assert_true(measurement_project(&record, &run[0], (MachinePace){0}, &arena, &out, &err));
    MachineLoad prompt = {1, 128, 0, 2}, decode = {8, 1, 128, 2};
    double prompt_s = true_seconds(&run[0], &prompt, PART_LAYERS) + true_seconds(&run[0], &prompt, PART_HEAD);
    double decode_s = true_seconds(&run[0], &decode, PART_LAYERS) + true_seconds(&run[0], &decode, PART_HEAD);
    assert_string_equal(out.model, "narrow");
    assert_close(out.points[0].rate_tok_s, 128 / prompt_s, 1e-6);
    assert_close(out.points[1].rate_tok_s, 8 / decode_s, 1e-6);
    assert_close(out.points[1].tpot_s, decode_s, 1e-6);
    /* 1.2816 deviations of 0.04 / 0.6745 */
    assert_close(out.points[1].rate_p90_tok_s / out.points[1].rate_tok_s, exp(1.2816 * 0.04 / 0.6745), 1e-6);
    /* For memory of half the speed the pass over the weights takes twice its time. */
    MeasureLimit limit = {"read_dram", "B/s", 2, 1e9};
    record.limits = &limit;
    record.n_limits = 1;
    record.weight_bytes = 0.5;
    double memory_s = 0.5e-9 * (machine_weights(&run[0], &decode, PART_LAYERS) + arch_head_params(&run[0]));
    assert_true(measurement_project(&record, &run[0], (MachinePace){0.5e9, 0}, &arena, &out, &err));
    assert_close(out.points[1].tpot_s,
                 machine_rebase_s(decode_s, memory_s, (MachinePace){1, 0}, (MachinePace){0.5, 0}), 1e-6);
    assert_non_null(strstr(out.note, ", for memory that reads 0.5 GB/s"));
    assert_true(measurement_project(&record, &run[0], (MachinePace){0}, &arena, &out, &err));
    assert_close(out.points[1].tpot_s, decode_s, 1e-6);
    assert_non_null(strstr(out.note, ", for memory that reads 1.0 GB/s"));
    assert_null(strstr(out.note, "arithmetic"));
    Err unknown = {0};
    /* Another pace than one that is not known is no pace; a known one is told. */
    assert_false(measurement_project(&record, &run[0], (MachinePace){0, 2e9}, &arena, &out, &unknown));
    assert_non_null(strstr(unknown.text, "pace of arithmetic"));
    MeasureLimit both[] = {limit, {MEASURE_ARITHMETIC_BESIDE, "OP/s", 2, 1e9}};
    record.limits = both;
    record.n_limits = 2;
    assert_true(measurement_project(&record, &run[0], (MachinePace){0, 2e9}, &arena, &out, &err));
    assert_non_null(strstr(out.note, "for arithmetic of 2.0 GOP/s"));
    assert_true(out.points[1].tpot_s < decode_s);
    record.fit.names[0] = "rows_3";
    assert_false(measurement_project(&record, &run[0], (MachinePace){0}, &arena, &out, &err));
    measured[0].phase = PHASE_SERVING;
    assert_false(measurement_project(&record, &run[0], (MachinePace){0}, &arena, &out, &err));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_counts),
        cmocka_unit_test(test_counts_of_outputs),
        cmocka_unit_test(test_counts_of_experts),
        cmocka_unit_test(test_counts_of_a_mix),
        cmocka_unit_test(test_other_memory),
        cmocka_unit_test(test_fit_finds_what_was_put_in),
        cmocka_unit_test(test_fit_forgives_a_disturbed_step),
        cmocka_unit_test(test_fit_knows_outputs_that_cost_nothing),
        cmocka_unit_test(test_fit_of_an_older_record),
        cmocka_unit_test(test_projection),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
