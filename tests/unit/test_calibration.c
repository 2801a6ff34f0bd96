/* The calibration: a fit finds what made the data, shrinks where data are few, and is the same every time;
 * the table reads back; scores count what cannot be predicted. */
#include "test.h"

#include "tokentco/calibration_fit.h"
#include "tokentco/calibration_table.h"
#include "tokentco/price_tables.h"
#include "tokentco/throughput_facts.h"
#include "tokentco/throughput_measured.h"

#include <stdlib.h>
#include <unistd.h>

enum { SERIES_ROWS = 12 };

static ThroughputCase case_of(const char *engine, const char *gpu, double bandwidth, double batch)
{
    ThroughputCase c = {.gpus = 1,
                        .pipeline = 1,
                        .attention_groups = 1,
                        .kv_bytes = 2,
                        .input_tok = 1024,
                        .output_tok = 1024,
                        .load = LOAD_CONCURRENCY,
                        .batch = batch};
    snprintf(c.engine, sizeof c.engine, "%s", engine);
    c.model = (ModelFacts){.id = "eight", .vocab = 128256, .cache_layer_frac = 1};
    c.model.shape = (ModelShape){.params_total = 8.03e9,
                                 .params_active = 8.03e9,
                                 .layers = 32,
                                 .hidden = 4096,
                                 .heads = 32,
                                 .head_dim = 128,
                                 .kv_values_per_layer = 2048,
                                 .kv_shards = 8};
    snprintf(c.gpu.id, sizeof c.gpu.id, "%s", gpu);
    c.gpu.spec = (AccelSpec){.memory_bytes = 141e9,
                             .bandwidth_bytes_s = bandwidth,
                             .link_bytes_s = 450e9,
                             .flops_16bit = 989e12,
                             .flops_8bit = 1979e12};
    assert_true(throughput_format_set(&c, "fp16", NULL));
    return c;
}

/* Measurements of two engines; the second is slower by `factor`. */
static int rows_build(TruthRow *rows, double factor)
{
    static const struct {
        const char *engine, *gpu;
        double bandwidth;
    } series[] = {{"vllm", "H100", 3.35e12},
                  {"vllm", "H200", 4.8e12},
                  {"sglang", "H100", 3.35e12},
                  {"sglang", "H200", 4.8e12}};
    ThroughputParams params = throughput_params_default();
    int n = 0;
    for (size_t s = 0; s < sizeof series / sizeof series[0]; s++) {
        for (int i = 0; i < SERIES_ROWS; i++) {
            TruthRow *row = &rows[n++];
            *row = (TruthRow){.id = "x",
                              .regime = "r",
                              .model = "eight",
                              .gpu = series[s].gpu,
                              .source = series[s].engine,
                              .metric = "per_user_tok_s",
                              .is_usable = true,
                              .metric_id = METRIC_PER_USER_TOK_S};
            row->c = case_of(series[s].engine, series[s].gpu, series[s].bandwidth, 1 << (i % 8));
            ThroughputPrediction p = throughput_predict(&row->c, &params);
            row->value = p.per_user_tok_s / (s >= 2 ? factor : 1);
        }
    }
    return n;
}

static double predict(const CalibrationTable *table, const ThroughputCase *c)
{
    ThroughputParams params = calibration_params(table, c);
    return throughput_predict(c, &params).per_user_tok_s;
}

static void fit_finds_what_made_the_data(void **state)
{
    (void)state;
    static TruthRow rows[4 * SERIES_ROWS];
    int n = rows_build(rows, 1.3);
    Arena arena;
    arena_init(&arena);
    CalibrationTable table = {.n_rows = 0};
    Err err = {.code = ERR_NONE};
    assert_true(calibration_fit(rows, n, NULL, true, &arena, &table, &err));
    for (int i = 0; i < n; i++) assert_close(predict(&table, &rows[i].c), rows[i].value, 0.03);
    /* A third engine has no data: it sits between the two, at the level above. */
    ThroughputCase third = case_of("other", "H100", 3.35e12, 8);
    ThroughputParams plain = throughput_params_default();
    double fast = throughput_predict(&third, &plain).per_user_tok_s, middle = predict(&table, &third);
    assert_true(middle < fast && middle > fast / 1.3);
    arena_free(&arena);
}

static void left_out_chip_is_predicted_from_the_other(void **state)
{
    (void)state;
    static TruthRow rows[4 * SERIES_ROWS];
    int n = rows_build(rows, 1.3);
    double predicted[4 * SERIES_ROWS], low[4 * SERIES_ROWS], high[4 * SERIES_ROWS];
    Arena arena;
    arena_init(&arena);
    Err err = {.code = ERR_NONE};
    assert_true(calibration_cross_validate(rows, n, LEAVE_GPU, &arena, predicted, &err));
    for (int i = 0; i < n; i++) assert_close(predicted[i], rows[i].value, 0.08);
    calibration_bands_left_out(rows, n, LEAVE_GPU, &arena, predicted, low, high);
    for (int i = 0; i < n; i++) assert_true(low[i] > 0 && low[i] <= high[i]);
    arena_free(&arena);
}

static void table_reads_back_the_same(void **state)
{
    (void)state;
    static TruthRow rows[4 * SERIES_ROWS];
    int n = rows_build(rows, 1.3);
    Arena arena;
    arena_init(&arena);
    CalibrationTable table = {.n_rows = 0}, back, again = {.n_rows = 0};
    Err err = {.code = ERR_NONE};
    assert_true(calibration_fit(rows, n, NULL, true, &arena, &table, &err));
    assert_true(calibration_fit(rows, n, NULL, true, &arena, &again, &err));
    double truth[4 * SERIES_ROWS];
    for (int i = 0; i < n; i++) truth[i] = rows[i].value * 1.1;
    calibration_bands_build(rows, n, truth, truth, &arena, &table);
    snprintf(table.data_sha256, sizeof table.data_sha256, "%064d", 7);
    char path[] = "/tmp/tokentco-calibration-XXXXXX";
    int file = mkstemp(path);
    assert_true(file >= 0);
    close(file);
    assert_true(calibration_table_write(path, &table, "rows.csv", "2026-01-02", &err));
    ErrList errors;
    err_list_init(&errors);
    assert_true(calibration_table_read(path, &arena, &back, &errors));
    assert_string_equal(back.data_sha256, table.data_sha256);
    assert_int_equal(back.n_rows, n);
    for (int i = 0; i < n; i++) {
        assert_true(predict(&again, &rows[i].c) == predict(&table, &rows[i].c));
        assert_close(predict(&back, &rows[i].c), predict(&table, &rows[i].c), 0.01);
        assert_close(calibration_band(&back, &rows[i].c).p10, 1 / 1.1, 1e-4);
    }
    unlink(path);
    err_list_free(&errors);
    arena_free(&arena);
}

static void score_counts_what_cannot_be_predicted(void **state)
{
    (void)state;
    TruthRow rows[4] = {{.value = 100}, {.value = 100}, {.value = 100}, {.value = 100}};
    const double predicted[] = {110, 70, 0, 100}, low[] = {90, 60, 0, 90}, high[] = {120, 80, 0, 120};
    double scratch[8];
    ThroughputScore s = throughput_score(rows, 4, NULL, NULL, predicted, low, high, scratch);
    assert_int_equal(s.n_total, 4);
    assert_int_equal(s.n, 3);
    assert_close(s.median_ape, 0.2, 1e-12); /* between 0.1 and 0.3, of 0, 0.1, 0.3, 1 */
    assert_close(s.within20, 0.5, 1e-12);
    assert_close(s.coverage, 0.5, 1e-12);
}

/* A server that is 20 % slower than predicted, measured at two loads: its neighbours move towards it. */
static void own_measurements_move_the_curve(void **state)
{
    (void)state;
    PriceBook book;
    ErrList errors;
    Err err = {.code = ERR_NONE};
    err_list_init(&errors);
    assert_true(pricebook_open(&book, NULL, &errors) && pricebook_need(&book, PRICE_MODELS, &errors) &&
                pricebook_need(&book, PRICE_ACCELERATORS, &errors) &&
                pricebook_need(&book, PRICE_ALIASES, &errors));
    const Date day = date_of(2026, 9, 23);
    ThroughputCase c = case_of("vllm", "H100", 3.35e12, 8);
    assert_true(throughput_model_find(&book, "llama-3.1-8b", day, &c.model, &err));
    assert_true(throughput_gpu_find(&book, "H100", day, &c.gpu, &err));
    ThroughputSource plain = throughput_source_find(NULL, &book, day, NULL, 0, &c);
    assert_int_equal(plain.rung, RUNG_UNCALIBRATED);

    MeasurePoint points[2];
    for (int i = 0; i < 2; i++) {
        ThroughputCase at = c;
        at.batch = i == 0 ? 4 : 32;
        points[i] = (MeasurePoint){.phase = PHASE_SERVING,
                                   .counts = RATE_OUTPUT,
                                   .prompt_tok = 1024,
                                   .output_tok = 1024,
                                   .batch = at.batch,
                                   .note = ""};
        points[i].rate_tok_s = 0.8 * throughput_predict(&at, &plain.params).out_tok_s;
    }
    Measurement record = {.origin = MEASURED_IMPORTED,
                          .hardware = "NVIDIA H100 80GB HBM3",
                          .n_devices = 1,
                          .engine = "vLLM",
                          .engine_version = "0.19.0",
                          .model = "meta-llama/Llama-3.1-8B-Instruct",
                          .weight_format = "fp16",
                          .kv_format = "",
                          .n_points = 2,
                          .points = points};
    ThroughputSource moved = throughput_source_find(NULL, &book, day, &record, 1, &c);
    assert_int_equal(moved.rung, RUNG_IMPORTED);
    assert_int_equal(moved.n_points, 2);
    assert_close(moved.params.v[PARAM_ALL], pow(0.8, -2 / 2.25), 1e-9);
    assert_true(moved.band.p90 / moved.band.p10 < plain.band.p90 / plain.band.p10);

    ThroughputCase neighbour = c;
    assert_true(throughput_format_set(&neighbour, "fp8", NULL));
    ThroughputSource near = throughput_source_find(NULL, &book, day, &record, 1, &neighbour);
    assert_int_equal(near.rung, RUNG_RECENTRED);
    assert_close(near.params.v[PARAM_ALL], pow(0.8, -0.5 / 0.75), 1e-9);

    record.engine = "SGLang";
    assert_int_equal(throughput_source_find(NULL, &book, day, &record, 1, &c).n_points, 0);
    pricebook_close(&book);
    err_list_free(&errors);
}

/* e_w = 1.0625 / (7e-11 x 25e9) = 0.607143, e_pf = 2 x 128 / (1.6e-9 x 4e11) = 0.4; the constants are 0.85
 * and 0.55, so that the larger distance is that of e_w. */
static void shares_of_this_machine_are_projected(void **state)
{
    (void)state;
    ThroughputCase c = case_of("vllm", "H100", 3.35e12, 8);
    MeasureLimit limits[] = {{"read_dram", "B/s", 1, 11e9}, {"read_dram", "B/s", 2, 25e9}};
    MeasureKernel kernels[] = {{"gemv_q8_0", 1, 4096, 4096, 2, 20e9, 25e9, "read_dram", 0.8},
                               {"gemm_q8_0", 128, 4096, 4096, 2, 3e11, 4e11, "fma_int8", 0.75}};
    Measurement records[] = {{.origin = MEASURED_IMPORTED, .weight_format = "q8_0"},
                             {.origin = MEASURED_HERE,
                              .id = "0123456789abcdef",
                              .n_threads = 2,
                              .weight_format = "q8_0",
                              .weight_bytes = 1.0625,
                              .limits = limits,
                              .n_limits = 2,
                              .kernels = kernels,
                              .n_kernels = 2,
                              .has_fit = true,
                              .fit = {.n = 4,
                                      .names = {"rows_1", "rows_8", "rows_128", "t_phase"},
                                      .values = {7e-11, 9e-11, 1.6e-9, 2e-6}}}};
    ThroughputSource projected;
    Err err = {.code = ERR_NONE};
    assert_true(throughput_source_project(records, 2, &c, &projected, &err));
    assert_int_equal(projected.rung, RUNG_PROJECTED);
    assert_close(projected.params.v[PARAM_E_W], 0.6071428571428571, 1e-12);
    assert_close(projected.params.v[PARAM_E_PF], 0.4, 1e-12);
    assert_close(projected.params.v[PARAM_E_KV], throughput_params[PARAM_E_KV].value, 0);
    assert_close(projected.band.p10, exp(-hypot(log(0.65), log(0.85 / 0.6071428571428571))), 1e-12);
    assert_close(projected.band.p90, exp(hypot(log(1.35), log(0.85 / 0.6071428571428571))), 1e-12);
    assert_non_null(strstr(projected.text, "61 % of memory bandwidth, 40 % of peak (record 0123456789ab)"));

    /* An output of 1.4 ns beside products of 70 weights: 9e-11 s a weight. */
    records[1].fit.n = 5;
    records[1].fit.names[4] = "outputs_1";
    records[1].fit.values[4] = 1.4e-9;
    assert_true(throughput_source_project(records, 2, &c, &projected, &err));
    assert_close(projected.params.v[PARAM_E_W], 0.6071428571428571, 1e-12); /* how wide, is not known */
    records[1].has_shape = true;
    records[1].shape.hidden = 70;
    assert_true(throughput_source_project(records, 2, &c, &projected, &err));
    assert_close(projected.params.v[PARAM_E_W], 1.0625 / (9e-11 * 25e9), 1e-12);
    records[1].has_shape = false;

    limits[1].value = 11e9; /* weights would pass faster than memory can give them */
    assert_false(throughput_source_project(records, 2, &c, &projected, &err));
    assert_int_equal(err.code, ERR_NO);
    assert_non_null(strstr(err.text, "138 % of its memory bandwidth"));
    limits[1].value = NAN;
    err = (Err){.code = ERR_NONE};
    assert_false(throughput_source_project(records, 2, &c, &projected, &err));
    assert_non_null(strstr(err.text, "run `tokentco bench`"));
    assert_false(throughput_source_project(records, 1, &c, &projected, &err));
}

static void repeats_predict_each_other(void **state)
{
    (void)state;
    TruthRow rows[6];
    const double values[] = {100, 110, 130, 500, 77, 90};
    for (int i = 0; i < 6; i++) {
        rows[i] = (TruthRow){.id = "r", .regime = "dense fixed concurrency", .is_usable = true};
        rows[i].value = values[i];
        rows[i].metric_id = METRIC_PER_USER_TOK_S;
        rows[i].c = case_of("vllm", "H100", 3.35e12, 16);
        snprintf(rows[i].c.version, sizeof rows[i].c.version, "0.%d",
                 i); /* a repeat may be of another version */
    }
    rows[3].c.batch = 32;      /* alone in its configuration */
    rows[4].is_usable = false; /* never taken */
    rows[5].c.kv_bytes = 1;    /* alone */
    Arena arena;
    arena_init(&arena);
    double predicted[6];
    throughput_repeats(rows, 6, &arena, predicted);
    assert_close(predicted[0], 120, 1e-12);
    assert_close(predicted[1], 115, 1e-12);
    assert_close(predicted[2], 105, 1e-12);
    for (int i = 3; i < 6; i++) assert_close(predicted[i], 0, 0.0);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(repeats_predict_each_other),
        cmocka_unit_test(fit_finds_what_made_the_data),
        cmocka_unit_test(left_out_chip_is_predicted_from_the_other),
        cmocka_unit_test(table_reads_back_the_same),
        cmocka_unit_test(score_counts_what_cannot_be_predicted),
        cmocka_unit_test(own_measurements_move_the_curve),
        cmocka_unit_test(shares_of_this_machine_are_projected),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
