/* Limits, noise and kernels beside their limits: what is measured hangs together, what disturbs is said, and
 * the picture shows it. No test asserts speed. */
#include "test.h"

#include "bench/dispatch.h"
#include "bench/noise.h"
#include "bench/roofline.h"
#include "tokentco/machine_text.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static void thread_counts_reach_from_one_to_all(void **state)
{
    (void)state;
    int counts[SCALING_MAX];
    assert_int_equal(limit_scaling(1, counts), 1);
    assert_int_equal(counts[0], 1);
    assert_int_equal(limit_scaling(7, counts), 6); /* 1 2 3 4 6 7 */
    assert_int_equal(counts[4], 6);
    assert_int_equal(counts[5], 7);
    assert_int_equal(limit_scaling(8, counts), 6); /* 1 2 3 4 6 8 */
    for (int n = 1; n <= POOL_THREADS_MAX; n++) {
        int used = limit_scaling(n, counts);
        assert_true(used <= SCALING_MAX && counts[used - 1] == n);
        for (int i = 1; i < used; i++) assert_true(counts[i] > counts[i - 1]);
    }
}

static void every_sign_of_noise_is_judged_and_named(void **state)
{
    (void)state;
    char text[NOISE_TEXT_BYTES];
    NoiseSeen seen = {{0.0099, 0.0199, 0.0099, 0.0499, 0.0499, 0.0499, 0.0299}};
    assert_int_equal(noise_verdict(&seen), NOISE_QUIET);
    noise_describe(&seen, text, sizeof text);
    assert_string_equal(text, "");
    for (int i = 0; i < N_NOISE_SIGNS; i++) {
        NoiseSeen one = {{0}};
        one.frac[i] = 0.0724;
        assert_int_equal(noise_verdict(&one), NOISE_NOISY);
        noise_describe(&one, text, sizeof text);
        assert_non_null(strstr(text, "7.2 % "));
        assert_non_null(strstr(text, "(limit "));
    }
    seen.frac[NOISE_BANDWIDTH] = 0.31;
    seen.frac[NOISE_STOLEN] = 0.02;
    noise_describe(&seen, text, sizeof text);
    assert_string_equal(text, "2.0 % of the processors stolen by the hypervisor (limit 1 %), "
                              "31.0 % change of the memory bandwidth (limit 5 %)");
    noise_describe(&seen, text, 20); /* cut, not overrun */
    assert_int_equal(strlen(text), 19);
}

/* Probes 20, 24 and 22 GB/s: 20 % between the least and the most. */
static void probes_show_how_the_limits_moved(void **state)
{
    (void)state;
    NoiseWatch watch = {.n_probes = 3, .probes = {{20e9, 100e9}, {24e9, 101e9}, {22e9, 104e9}}};
    NoiseSeen whole = noise_whole(&watch);
    assert_close(whole.frac[NOISE_BANDWIDTH], 0.2, 1e-12);
    assert_close(whole.frac[NOISE_CLOCK], 0.04, 1e-12);
    assert_int_equal(noise_verdict(&whole), NOISE_NOISY);
    char text[NOISE_TEXT_BYTES];
    noise_describe_whole(&watch, text, sizeof text);
    assert_string_equal(text, "memory bandwidth between the points ranged from 20.0 to 24.0 GB/s");
    watch.probes[1].fma_op_s = 157e9;
    noise_describe_whole(&watch, text, sizeof text);
    assert_string_equal(text, "memory bandwidth between the points ranged from 20.0 to 24.0 GB/s, "
                              "the arithmetic rate from 100 to 157 GFLOP/s");
    watch.n_probes = 1;
    noise_describe_whole(&watch, text, sizeof text);
    assert_string_equal(text, "");
}

/* Few samples: half their range over the median. */
static void scattered_samples_are_noise(void **state)
{
    (void)state;
    KernelSet set;
    NoiseWatch watch;
    ReadMemory memory = {.piece = 1 << 20, .total = 1 << 20};
    Pool *pool = pool_new(1, NULL);
    assert_true(pool != NULL && kernels_choose("ref", &set, NULL));
    memory.bytes = calloc(1, memory.total);
    noise_open(&watch, pool, &set, &memory);
    assert_true(watch.n_probes == 1 && watch.probes[0].read_b_s > 0.0 && watch.probes[0].fma_op_s > 0.0);
    Samples samples = {3, {98.0, 100.0, 104.0}};
    noise_begin(&watch);
    NoiseSeen seen = noise_end(&watch, &samples);
    assert_close(seen.frac[NOISE_SCATTER], 0.03, 1e-12);
    for (int i = 0; i < 2 * NOISE_PROBES_MAX; i++) { /* many points: the last probe is the newest */
        watch.n_probes = watch.n_probes < NOISE_PROBES_MAX - 2 ? NOISE_PROBES_MAX - 2 : watch.n_probes;
        if (i > 4) break;
        noise_begin(&watch);
        (void)noise_end(&watch, &samples);
    }
    assert_int_equal(watch.n_probes, NOISE_PROBES_MAX);
    free(memory.bytes);
    pool_free(pool);
}

/* A thread that never sleeps waits for just the time that it does not run: another program is on its
 * processor. */
static void waiting_is_counted_once(void **state)
{
    (void)state;
    const double busy_s = 0.3;
    if (access("/proc/self/schedstat", R_OK) != 0) skip();
    KernelSet set;
    NoiseWatch watch;
    ReadMemory memory = {.piece = 1 << 20, .total = 1 << 20};
    Pool *pool = pool_new(1, NULL);
    assert_true(pool != NULL && kernels_choose("ref", &set, NULL));
    memory.bytes = calloc(1, memory.total);
    noise_open(&watch, pool, &set, &memory);
    pid_t other = fork();
    if (other == 0) {
        (void)alarm(5); /* should nobody be left to end it */
        for (;;) continue;
    }
    noise_begin(&watch);
    double start = clock_wall_s(), cpu = (double)clock() / CLOCKS_PER_SEC, elapsed = 0.0;
    while (elapsed < busy_s) elapsed = clock_wall_s() - start;
    double missed = elapsed - ((double)clock() / CLOCKS_PER_SEC - cpu);
    Samples samples = {3, {98.0, 100.0, 104.0}};
    NoiseSeen seen = noise_end(&watch, &samples);
    assert_true(other > 0 && kill(other, SIGKILL) == 0 && waitpid(other, NULL, 0) == other);
    double waited = seen.frac[NOISE_WAITED] * elapsed;
    if (waited < 0.8 * missed - 0.02 || waited > 1.2 * missed + 0.05)
        fail_msg("%g s waited, %g s not run", waited, missed);
    free(memory.bytes);
    pool_free(pool);
}

/* Every kernel once: each has its limit and a share that is value over limit. */
static void kernels_stand_beside_their_limits(void **state)
{
    (void)state;
    Arena arena;
    KernelSet set;
    MeasureKernel *rows;
    ReadMemory memory = {.piece = 1 << 20, .total = 2 << 20};
    RooflineOptions options = {.format = WEIGHT_Q4_0, .is_quick = true, .seed = 3};
    Pool *pool = pool_new(2, NULL);
    arena_init(&arena);
    assert_true(pool != NULL && kernels_choose(NULL, &set, NULL));
    memory.bytes = calloc(1, memory.total);
    int n = roofline_measure(pool, &set, &memory, &options, &arena, &rows);
    assert_int_equal(n, 2);
    assert_string_equal(rows[0].name, "gemv_q4_0");
    /* Which limit is the nearer one is measured, and so is up to what else runs. */
    assert_true(strcmp(rows[0].limit_name, "read_dram") == 0 || strcmp(rows[0].limit_name, "fma_int8") == 0);
    assert_string_equal(rows[1].name, "gemm_q4_0");
    assert_true(rows[0].m == 1 && rows[1].m > 1);
    for (int i = 0; i < n; i++) {
        assert_int_equal(rows[i].threads, 2);
        assert_true(isfinite(rows[i].value) && rows[i].value > 0.0);
        assert_close(rows[i].share_frac, rows[i].value / rows[i].limit, 1e-12);
    }
    free(memory.bytes);
    pool_free(pool);
    arena_free(&arena);
}

static MeasureLimit limits[] = {{"fma_f32", "FLOP/s", 2, 200e9},     {"fma_f32", "FLOP/s", 1, 100e9},
                                {"read_dram", "B/s", 2, 20e9},       {"read_dram", "B/s", 1, 15e9},
                                {"probe_read_dram", "B/s", 2, 18e9}, {"probe_read_dram", "B/s", 2, 21e9}};
static MeasureKernel kernels[] = {{"gemv_f32", 1, 65536, 4096, 2, 19e9, 20e9, "read_dram", 0.95},
                                  {"gemv_f32", 1, 65536, 4096, 1, 14e9, 15e9, "read_dram", 0.93},
                                  {"gemm_f32", 512, 4096, 4096, 2, 184e9, 200e9, "fma_f32", 0.92},
                                  {"rms_norm", 64, 4096, 1, 2, 40e9, 200e9, "read_l2", 0.2}};

static void the_picture_shows_roof_and_kernels(void **state)
{
    (void)state;
    Measurement record = {
        .n_threads = 2, .n_limits = 6, .limits = limits, .n_kernels = 4, .kernels = kernels};
    Style style = {.width = 80};
    Text out;
    text_init(&out);
    machine_add_limits(&record, &out);
    assert_non_null(strstr(text_str(&out), "read_dram     1:   15 GB/s    2:   20 GB/s\n"));
    assert_non_null(strstr(text_str(&out), "read_dram between the points, 2 times: 18 G to 21 GB/s\n"));
    text_clear(&out);
    machine_add_kernels(&record, &style, &out);
    assert_non_null(strstr(text_str(&out),
                           "  a gemv_f32           1   65536  4096       2   19 GB/s    read_dram  95 % "
                           "###################\n"));
    assert_non_null(strstr(text_str(&out), "    gemv_f32 ")); /* on one thread: not in the picture */
    assert_non_null(strstr(text_str(&out), "  b gemm_f32 "));
    assert_non_null(strstr(text_str(&out), "    rms_norm "));
    text_clear(&out);
    assert_true(machine_add_roofline(&record, &style, &out));
    Roofline roofline;
    assert_true(machine_draw_roofline(&record, &roofline));
    for (int i = 0, n = 0; i < record.n_kernels; i++) {
        char letter = machine_kernel_letter(&record, i);
        if (letter == ' ') continue;
        assert_int_equal(roofline.chart.marks[n].label[0], letter);
        assert_true(roofline.chart.marks[n].y > 0.0);
        n++;
        if (i + 1 == record.n_kernels) assert_int_equal(n, roofline.chart.n_marks);
    }
    assert_non_null(strstr(text_str(&out), "operations per byte"));
    assert_non_null(strstr(text_str(&out), " a")); /* 19 GB/s at half an operation a byte */
    assert_non_null(strstr(text_str(&out), " b"));
    for (const char *c = text_str(&out); *c; c++)
        assert_true((unsigned char)*c < 0x80); /* no UTF-8, no braille */
    text_clear(&out);
    record.n_limits = 0;
    assert_false(machine_add_roofline(&record, &style, &out));
    assert_string_equal(text_str(&out), "");
    text_free(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(thread_counts_reach_from_one_to_all),
        cmocka_unit_test(every_sign_of_noise_is_judged_and_named),
        cmocka_unit_test(probes_show_how_the_limits_moved),
        cmocka_unit_test(scattered_samples_are_noise),
        cmocka_unit_test(waiting_is_counted_once),
        cmocka_unit_test(kernels_stand_beside_their_limits),
        cmocka_unit_test(the_picture_shows_roof_and_kernels),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
