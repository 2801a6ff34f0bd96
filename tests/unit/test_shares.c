/* What an engine delivers of a machine's capability, and records beside each other. */
#include "test.h"
#include "tokentco/record.h"

/* 500 tok/s prefill and 40 tok/s decode in Q8_0, kernels at 0.70 of the peak and 0.96 of the bandwidth. */
static MeasurePoint points[] = {
    {.phase = PHASE_PREFILL,
     .threads = 2,
     .prompt_tok = 512,
     .batch = 1,
     .rate_tok_s = 500,
     .rate_p10_tok_s = 495,
     .rate_p90_tok_s = 505},
    {.phase = PHASE_DECODE,
     .threads = 2,
     .batch = 1,
     .rate_tok_s = 40,
     .rate_p10_tok_s = 39.6,
     .rate_p90_tok_s = 40.2},
};
static MeasureKernel kernels[] = {
    {.name = "gemm_q8_0", .m = 64, .threads = 2, .share_frac = 0.55},
    {.name = "gemm_q8_0", .m = 512, .threads = 2, .share_frac = 0.70},
    {.name = "gemm_q8_0", .m = 512, .threads = 1, .share_frac = 0.90},
    {.name = "gemv_q8_0", .m = 1, .threads = 2, .share_frac = 0.96},
    {.name = "gemv_q4_0", .m = 1, .threads = 2, .share_frac = 0.90},
};
static Measurement make_record(void)
{
    return (Measurement){.origin = MEASURED_HERE,
                         .weight_format = "q8_0",
                         .engine = "tokentco",
                         .tool = "",
                         .n_threads = 2,
                         .n_points = 2,
                         .points = points,
                         .n_kernels = 5,
                         .kernels = kernels};
}

static EngineShare shipped_items[] = {
    {"llama.cpp", "", PHASE_PREFILL, "q8_0", 0.21, 0.20, 0.23, "table"},
    {"llama.cpp", "", PHASE_DECODE, "q8_0", 0.88, 0.61, 0.92, "table"},
};
static const char *shipped_limits[] = {"fma_int8", "read_dram"};
static const EngineShareTable shipped = {.limits = shipped_limits, .n = 2, .items = shipped_items};

static void shares_of_limits_become_shares_of_our_rates(void **state)
{
    (void)state;
    Measurement record = make_record();
    DeliveredRates out;
    assert_true(record_delivered_rates(&record, &shipped, NULL, &out, NULL));
    assert_true(out.is_engine);
    assert_close(out.rates.prefill_tok_s, 150.0, 1e-12);             /* 500 x 0.21 / 0.70 */
    assert_close(out.rates.decode_tok_s, 36.666666666666667, 1e-12); /* 40 x 0.88 / 0.96 */
    assert_close(out.band_p10, 0.61 / 0.88, 1e-12);
    assert_close(out.band_p90, 0.23 / 0.21, 1e-12);
    record.n_kernels = 0;
    assert_true(record_delivered_rates(&record, &shipped, "LLAMA.CPP", &out, NULL));
    assert_close(out.rates.prefill_tok_s, 105.0, 1e-12); /* never overstated */
}

/* Without kernels: 500 x 2e9 / 2e12 = 0.50 of the peak, 40 x 1e9 x 1.0625 / 50e9 = 0.85 of the bandwidth. */
static void our_share_follows_from_limits_and_shape(void **state)
{
    (void)state;
    MeasureLimit limits[] = {
        {"fma_int8", "OP/s", 1, 1e12}, {"fma_int8", "OP/s", 2, 2e12}, {"read_dram", "B/s", 2, 50e9}};
    Measurement record = make_record();
    DeliveredRates out;
    record.n_kernels = 0;
    record.n_limits = 3;
    record.limits = limits;
    record.has_shape = true;
    record.shape.params_active = 1e9;
    record.weight_bytes = 1.0625;
    assert_true(record_delivered_rates(&record, &shipped, NULL, &out, NULL));
    assert_close(out.rates.prefill_tok_s, 500.0 * 0.21 / 0.50, 1e-12);
    assert_close(out.rates.decode_tok_s, 40.0 * 0.88 / 0.85, 1e-12);
}

/* One sequence at 36.67 tok/s and prefill at 150: 8 / (1 / 36.67 + 8 / 120). */
static void batches_cost_the_engine_arithmetic_too(void **state)
{
    (void)state;
    MeasurePoint more[] = {points[0], points[1], points[1]};
    Measurement record = make_record();
    DeliveredRates out;
    more[2].batch = 8;
    more[2].rate_tok_s = 240;
    record.points = more;
    record.n_points = 3;
    assert_true(record_delivered_rates(&record, &shipped, NULL, &out, NULL));
    assert_int_equal(out.rates.batch, 8);
    assert_close(out.rates.decode_tok_s, 8.0 / (0.96 / (40.0 * 0.88) + 8.0 / 120.0), 1e-12);
    more[1] = more[2]; /* without a point of one sequence: no more than prefill */
    record.n_points = 2;
    assert_true(record_delivered_rates(&record, &shipped, NULL, &out, NULL));
    assert_close(out.rates.decode_tok_s, 150.0, 1e-12);
}

static void a_share_of_the_same_run_comes_first(void **state)
{
    (void)state;
    Measurement record = make_record();
    EngineShare own[] = {
        {"llama.cpp", "b6001", PHASE_PREFILL, "q8_0", 0.5, 0.48, 0.52, "measured in this run"}};
    DeliveredRates out;
    record.n_shares = 1;
    record.shares = own;
    assert_true(record_delivered_rates(&record, &shipped, "llama.cpp", &out, NULL));
    assert_close(out.rates.prefill_tok_s, 250.0, 1e-12);
    assert_close(out.rates.decode_tok_s, 36.666666666666667, 1e-12);
}

static void capability_and_imports_keep_their_rates(void **state)
{
    (void)state;
    Measurement record = make_record();
    DeliveredRates out;
    Err err = {0};
    assert_true(record_delivered_rates(&record, &shipped, "capability", &out, NULL));
    assert_false(out.is_engine);
    assert_close(out.rates.prefill_tok_s, 500.0, 0.0);
    assert_close(out.band_p10, 0.99, 1e-12);
    record.origin = MEASURED_IMPORTED;
    record.engine = "vllm";
    record.tool = "vllm";
    assert_true(record_delivered_rates(&record, &shipped, "llama.cpp", &out, NULL));
    assert_close(out.rates.decode_tok_s, 40.0, 0.0);
    record = make_record();
    record.weight_format = "f32";
    assert_false(record_delivered_rates(&record, &shipped, "llama.cpp", &out, &err));
    assert_int_equal(err.code, ERR_DATA);
    assert_non_null(strstr(err.text, "f32"));
    record.n_points = 1;
    assert_false(record_delivered_rates(&record, &shipped, "capability", &out, NULL));
}

static void the_shipped_table_loads(void **state)
{
    (void)state;
    static const char *const formats[] = {"f16", "bf16", "q8_0", "q4_0"};
    Arena arena;
    ErrList errors;
    EngineShareTable table;
    arena_init(&arena);
    err_list_init(&errors);
    assert_true(engine_shares_load(&arena, &table, &errors));
    for (size_t f = 0; f < sizeof formats / sizeof formats[0]; f++) {
        Measurement record = make_record();
        DeliveredRates out;
        record.weight_format = formats[f];
        if (!record_delivered_rates(&record, &table, NULL, &out, NULL))
            fail_msg("no share for %s", formats[f]);
        assert_true(out.prefill.share_frac > 0.1 && out.decode.share_frac <= 1.1);
        assert_true(out.band_p10 < 1.0 && out.band_p90 > 1.0);
    }
    err_list_free(&errors);
    arena_free(&arena);
}

static void records_compare_point_by_point(void **state)
{
    (void)state;
    MeasurePoint other[] = {
        {.phase = PHASE_DECODE,
         .threads = 2,
         .batch = 1,
         .rate_tok_s = 44,
         .rate_p10_tok_s = 43,
         .rate_p90_tok_s = 45,
         .noise = NOISE_NOISY},
        {.phase = PHASE_PREFILL,
         .threads = 2,
         .prompt_tok = 512,
         .batch = 1,
         .rate_tok_s = 505,
         .rate_p10_tok_s = 500,
         .rate_p90_tok_s = 510},
        {.phase = PHASE_PREFILL, .threads = 1, .prompt_tok = 512, .batch = 1, .rate_tok_s = 260},
    };
    Measurement a = make_record(), b = make_record();
    b.points = other;
    b.n_points = 3;
    Arena arena;
    RecordPair *pairs;
    arena_init(&arena);
    assert_int_equal(record_compare(&a, &b, &arena, &pairs), 2);
    assert_close(pairs[0].ratio, 1.01, 1e-12);
    assert_false(pairs[0].is_clear || pairs[0].is_noisy); /* 500 / 505 is below 1 */
    assert_close(pairs[1].ratio, 1.1, 1e-12);
    assert_close(pairs[1].ratio_low, 43.0 / 40.2, 1e-12);
    assert_close(pairs[1].ratio_high, 45.0 / 39.6, 1e-12);
    assert_true(pairs[1].is_clear && pairs[1].is_noisy);
    arena_free(&arena);
}

/* Probes of 24 and 26 GB/s, mean 25. */
static MeasureLimit probes[] = {
    {"probe_read_dram", "B/s", 2, 24e9}, {"read_dram", "B/s", 2, 99e9}, {"probe_read_dram", "B/s", 2, 26e9}};
static MeasureLimit faster[] = {{"probe_read_dram", "B/s", 2, 25e9 * 1.06}};
static MeasureLimit alike[] = {{"probe_read_dram", "B/s", 2, 25e9 * 1.04}};

static Measurement probed(const char *id, MeasureLimit *limits, int n, NoiseVerdict noise)
{
    Measurement record = make_record();
    snprintf(record.id, sizeof record.id, "%s", id);
    record.limits = limits;
    record.n_limits = n;
    record.hardware = "CPU X";
    record.isa = "avx2";
    record.noise = noise;
    record.noise_note = "";
    return record;
}

/* A dense model of 0.5e9 weights of 1 byte at 100 tok/s: memory at 100 GB/s takes half of each 10 ms. At the
 * 50 GB/s of A's run the step takes 5 + 10 ms, 66.7 tok/s, against A's 80. */
static void points_are_compared_at_one_pace(void **state)
{
    (void)state;
    MeasureLimit of_a[] = {{"read_dram", "B/s", 2, 50e9}, {"read_dram", "B/s", 1, 30e9}},
                 of_b[] = {{"read_dram", "B/s", 2, 90e9}, {"probe_read_dram", "B/s", 2, 100e9}};
    MeasurePoint slow = {.phase = PHASE_DECODE,
                         .threads = 2,
                         .batch = 1,
                         .rate_tok_s = 80,
                         .output_tok = 7,
                         .n_samples = 7},
                 fast = slow;
    Measurement a = {.n_threads = 2, .n_points = 1, .points = &slow, .n_limits = 2, .limits = of_a}, b = a;
    RecordPair *pairs;
    Arena arena;
    arena_init(&arena);
    fast.rate_tok_s = 100;
    fast.output_tok = 128;
    assert_int_equal(record_compare(&a, &b, &arena, &pairs), 1); /* b still has the points of a */
    b.points = &fast;
    assert_int_equal(record_compare(&a, &b, &arena, &pairs), 0); /* an answer of 128 tokens was asked for */
    fast.output_tok = fast.n_samples = 9;                        /* as many steps as the time allowed */
    b.limits = of_b;
    b.has_shape = true;
    b.weight_bytes = 1.0;
    b.shape = (ModelShape){.params_active = 0.5e9};
    assert_int_equal(record_compare(&a, &b, &arena, &pairs), 1);
    assert_true(pairs[0].has_scaled);
    assert_close(pairs[0].scaled, 12.5 / sqrt(175.0), 1e-12);
    b.shape = (ModelShape){.params_active = 0.4e9,
                           .params_total = 0.8e9,
                           .params_routed = 0.6e9,
                           .experts = 3,
                           .experts_active = 1};
    record_compare(&a, &b, &arena, &pairs); /* a third of the experts: 0.4e9 weights are passed, 4 of 10 ms */
    assert_close(pairs[0].scaled, 12.5 / sqrt(100.0 - 16.0 + 64.0), 1e-12);
    /* A prompt of 4 tokens takes 5 ms, 1 of them memory's, the rest arithmetic at twice the pace of A's. */
    MeasureLimit pace_a[] = {{MEASURE_READ_BESIDE, "B/s", 2, 50e9},
                             {MEASURE_ARITHMETIC_BESIDE, "OP/s", 2, 1e11}},
                 pace_b[] = {{MEASURE_READ_BESIDE, "B/s", 2, 100e9},
                             {MEASURE_ARITHMETIC_BESIDE, "OP/s", 2, 2e11}};
    slow.phase = fast.phase = PHASE_PREFILL;
    slow.prompt_tok = fast.prompt_tok = 4;
    slow.output_tok = fast.output_tok = 0;
    slow.rate_tok_s = 400;
    fast.rate_tok_s = 800;
    a.limits = pace_a;
    b.limits = pace_b;
    b.shape = (ModelShape){.params_active = 0.1e9};
    record_compare(&a, &b, &arena, &pairs);
    assert_true(pairs[0].has_scaled);
    assert_close(pairs[0].scaled, 10.0 / sqrt(24.0 * 4.0 + 4.0), 1e-12);
    a.n_limits = 0;
    record_compare(&a, &b, &arena, &pairs);
    assert_false(pairs[0].has_scaled);
    arena_free(&arena);
}

static void a_machine_that_changed_is_noisy(void **state)
{
    (void)state;
    Arena arena;
    arena_init(&arena);
    Measurement now = probed("now", probes, 3, NOISE_QUIET);
    Measurement items[] = {probed("aaaabbbbccccdddd", alike, 1, NOISE_QUIET),
                           probed("1111222233334444", faster, 1, NOISE_QUIET)};
    RecordList earlier = {1, items, NULL};
    record_judge_repeat(&earlier, &arena, &now);
    assert_int_equal(now.noise, NOISE_QUIET); /* 4 % from the one before */
    earlier.n = 2;
    record_judge_repeat(&earlier, &arena, &now);
    assert_int_equal(now.noise, NOISE_NOISY); /* 6 % below the best quiet one */
    assert_string_equal(now.noise_note, "memory bandwidth is 6 % below that of record 1111222233");

    now = probed("now", probes, 3, NOISE_QUIET);
    items[1].noise = NOISE_NOISY;
    record_judge_repeat(&earlier, &arena, &now);
    assert_int_equal(now.noise, NOISE_QUIET); /* an older noisy one is no measure */
    now = probed("now", faster, 1, NOISE_NOISY);
    now.noise_note = "one point";
    items[0] = probed("aaaabbbbccccdddd", probes, 3, NOISE_NOISY);
    record_judge_repeat(&earlier, &arena, &now);
    assert_string_equal(now.noise_note, "one point; memory bandwidth is 6 % above that of record aaaabbbbcc");
    items[0].isa = items[1].isa = "ref";
    now.noise = NOISE_QUIET;
    record_judge_repeat(&earlier, &arena, &now);
    assert_int_equal(now.noise, NOISE_QUIET); /* other instructions are another machine */
    items[0].isa = items[1].isa = now.isa;
    items[0].cpu_quota = items[1].cpu_quota = 0.5;
    record_judge_repeat(&earlier, &arena, &now);
    assert_int_equal(now.noise, NOISE_QUIET); /* so is another CPU quota */
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shares_of_limits_become_shares_of_our_rates),
        cmocka_unit_test(our_share_follows_from_limits_and_shape),
        cmocka_unit_test(batches_cost_the_engine_arithmetic_too),
        cmocka_unit_test(a_share_of_the_same_run_comes_first),
        cmocka_unit_test(capability_and_imports_keep_their_rates),
        cmocka_unit_test(the_shipped_table_loads),
        cmocka_unit_test(records_compare_point_by_point),
        cmocka_unit_test(points_are_compared_at_one_pace),
        cmocka_unit_test(a_machine_that_changed_is_noisy),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
