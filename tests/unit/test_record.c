/* Measurement records: JSON there and back, the strict reader, the store, the rates that a plan takes. */
#include "test.h"
#include "tokentco/file.h"
#include "tokentco/record.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const double samples[] = {101.25, 0.1 + 0.2, 99.0 / 7.0};

/* A record with something awkward in every member. */
static Measurement make_record(MeasurePoint *points)
{
    points[0] = (MeasurePoint){.phase = PHASE_PREFILL,
                               .counts = RATE_PROMPT,
                               .threads = 2,
                               .prompt_tok = 512,
                               .batch = 1.0,
                               .rate_tok_s = 1.0 / 3.0,
                               .rate_p10_tok_s = 0.3,
                               .rate_p90_tok_s = 0.35,
                               .n_samples = 3,
                               .samples_tok_s = samples,
                               .noise = NOISE_QUIET,
                               .note = "a \"quoted\" \xc3\xa9 note"};
    points[1] = (MeasurePoint){.phase = PHASE_DECODE,
                               .counts = RATE_OUTPUT,
                               .threads = 2,
                               .output_tok = 32,
                               .depth_tok = 2048,
                               .batch = 4.0,
                               .rate_tok_s = 49.1,
                               .rate_p10_tok_s = 48.9,
                               .rate_p90_tok_s = 49.7,
                               .has_tpot = true,
                               .tpot_s = 0.0814,
                               .noise = NOISE_NOISY,
                               .note = ""};
    static MeasureLimit limits[] = {{"read_dram", "B/s", 2, 31.7e9}};
    static MeasureKernel kernels[] = {{"gemm_q8_0", 512, 4096, 4096, 2, 6.1e11, 9.26e11, "peak_i8", 0.6587}};
    static EngineShare shares[] = {
        {"llama.cpp", "b4321", PHASE_DECODE, "q8_0", 0.91, 0.88, 0.95, "measured in this run"}};
    Measurement m = {.when = "2026-11-25T16:02:09Z",
                     .origin = MEASURED_HERE,
                     .tool = "",
                     .tool_version = "",
                     .file_hash = "",
                     .hardware = "Some CPU",
                     .is_cpu = true,
                     .n_devices = 1,
                     .n_cores = 2,
                     .n_threads = 2,
                     .memory_bytes = 8123456789.0,
                     .cpu_quota = 1.5,
                     .topology = "2 cores",
                     .engine = "tokentco",
                     .engine_version = "0.1.0",
                     .compiler = "gcc 12",
                     .flags = "-O2",
                     .isa = "avx512",
                     .governor = "performance",
                     .model = "tinyllama-1.1b",
                     .weight_format = "q8_0",
                     .kv_format = "f16",
                     .weight_bytes = 34.0 / 32.0,
                     .kv_bytes = 2.0,
                     .layers_run = 7,
                     .seed = 18446744073709551557ULL,
                     .n_points = 2,
                     .n_limits = 1,
                     .n_kernels = 1,
                     .n_shares = 1,
                     .points = points,
                     .limits = limits,
                     .kernels = kernels,
                     .shares = shares,
                     .noise = NOISE_NOISY,
                     .noise_note = "steal 3 %",
                     .note = ""};
    m.has_shape = true;
    m.shape = (ModelShape){.params_total = 1.1e9,
                           .params_active = 1.1e9,
                           .layers = 22,
                           .hidden = 2048,
                           .heads = 32,
                           .head_dim = 64,
                           .kv_values_per_layer = 512,
                           .kv_shards = 4};
    m.has_fit = true;
    m.fit = (MeasureFit){.n = 2,
                         .names = {"e_w", "t_layer_s"},
                         .values = {0.873, 1.1e-5},
                         .covariance = {{1e-4, -2.5e-9}, {-2.5e-9, 4e-12}},
                         .median_error_frac = 0.02,
                         .worst_error_frac = 0.11};
    return m;
}

static void json_gives_back_every_bit(void **state)
{
    (void)state;
    MeasurePoint points[2];
    Measurement record = make_record(points), copy;
    Arena arena;
    ErrList errors;
    Err err = {0};
    arena_init(&arena);
    err_list_init(&errors);
    assert_true(record_seal(&record, &err));
    char *text = record_dump(&record, &err);
    assert_non_null(text);
    bool is_ok = record_parse("x.json", text, strlen(text), &arena, &copy, &errors);
    if (!is_ok) err_list_print(&errors, stderr);
    assert_true(is_ok);
    char *again = record_dump(&copy, &err);
    assert_string_equal(text, again);
    assert_true(copy.points[0].rate_tok_s == 1.0 / 3.0);
    assert_true(copy.points[0].samples_tok_s[1] == 0.1 + 0.2);
    assert_false(copy.points[0].has_tpot);
    assert_true(copy.points[1].has_tpot);
    assert_true(copy.fit.covariance[0][1] == -2.5e-9);
    assert_true(copy.seed == 18446744073709551557ULL);
    assert_int_equal(copy.shape.layers, 22);
    assert_string_equal(copy.points[0].note, "a \"quoted\" \xc3\xa9 note");
    assert_string_equal(copy.shares[0].weight_format, "q8_0");
    free(text);
    free(again);
    arena_free(&arena);
    err_list_free(&errors);
}

/* Parses the record's text after `from` was replaced with `to`; returns the faults as one text. */
static void faults_after(const char *from, const char *to, char *out, size_t size)
{
    MeasurePoint points[2];
    Measurement record = make_record(points), copy;
    Arena arena;
    ErrList errors;
    arena_init(&arena);
    err_list_init(&errors);
    assert_true(record_seal(&record, NULL));
    char *text = record_dump(&record, NULL);
    char *at = strstr(text, from);
    assert_non_null(at);
    size_t room = strlen(text) + strlen(to) + 1;
    char *edited = malloc(room);
    snprintf(edited, room, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
    out[0] = '\0';
    if (record_parse("x.json", edited, strlen(edited), &arena, &copy, &errors))
        snprintf(out, size, "accepted");
    for (size_t i = 0; i < errors.n_items; i++) {
        size_t used = strlen(out);
        char line[1024];
        err_format(&errors.items[i], line, sizeof line);
        snprintf(out + used, size - used, "%s\n", line);
    }
    free(edited);
    free(text);
    arena_free(&arena);
    err_list_free(&errors);
}

static void reader_names_every_fault(void **state)
{
    (void)state;
    static const struct {
        const char *from, *to, *fault;
    } cases[] = {
        {"\"schema\": 1", "\"schema\": 2", "x.json: /schema: must be 1"},
        {"\"is_cpu\": true", "\"is_cpu\": 1", "/hardware/is_cpu: must be true or false"},
        {"\"n_cores\": 2", "\"n_kores\": 2", "/hardware/n_kores: unknown member"},
        {"\"n_cores\": 2", "\"n_kores\": 2", "/hardware/n_cores: is missing"},
        {"\"n_cores\": 2", "\"n_cores\": -2", "/hardware/n_cores: -2 is outside"},
        {"\"phase\": \"decode\"", "\"phase\": \"dekode\"",
         "/points/1/phase: must be one of 'prefill', 'decode', 'serving'"},
        {"101.25", "-101.25", "/points/0/samples_tok_s/0: -101.25 is out of range"},
        {"49.1", "1e999", "x.json:"},
        {"\"rate_p90_tok_s\": 49.7", "\"rate_p90_tok_s\": 40.0", "/points/1: the rate must lie between"},
        {"\"steal 3 %\"", "\"steal 2 %\"", "/id: does not belong to this content"},
        {"2026-11-25T16:02:09Z", "25.11.2026", "/when: must be a UTC time"},
        {"\"layers\": 22", "\"layers\": 0", "/shape/layers"},
        {"\"note\": \"\"\n", "\"note\": \"\", \"note\": \"\"\n", "x.json:"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        char faults[8192];
        faults_after(cases[i].from, cases[i].to, faults, sizeof faults);
        if (strstr(faults, cases[i].fault) == NULL)
            fail_msg("'%s' for '%s': wanted '%s', got '%s'", cases[i].to, cases[i].from, cases[i].fault,
                     faults);
    }
}

/* Every beginning of a record is refused, and none is read beyond its end. */
static void truncated_records_are_refused(void **state)
{
    (void)state;
    MeasurePoint points[2];
    Measurement record = make_record(points), copy;
    assert_true(record_seal(&record, NULL));
    char *text = record_dump(&record, NULL);
    size_t n = strlen(text);
    for (size_t cut = 0; cut + 1 < n; cut += 37) {
        Arena arena;
        ErrList errors;
        arena_init(&arena);
        err_list_init(&errors);
        if (record_parse("x.json", text, cut, &arena, &copy, &errors))
            fail_msg("%zu of %zu bytes were accepted", cut, n);
        assert_true(errors.n_items > 0);
        err_list_free(&errors);
        arena_free(&arena);
    }
    free(text);
}

static void nothing_unsound_is_sealed(void **state)
{
    (void)state;
    MeasurePoint points[2];
    Err err = {0};
    Measurement record = make_record(points);
    points[1].rate_tok_s = (double)NAN;
    assert_false(record_seal(&record, &err));
    assert_int_equal(err.code, ERR_DATA);
    char folder[] = "/tmp/tokentco-record-XXXXXX";
    assert_non_null(mkdtemp(folder));
    err = (Err){0};
    points[1].rate_tok_s = -1.0;
    assert_false(record_save(folder, &record, NULL, &err));
    assert_int_equal(rmdir(folder), 0); /* nothing was left in it */
}

static void store_finds_newest_and_by_id(void **state)
{
    (void)state;
    char folder[] = "/tmp/tokentco-store-XXXXXX", path[3][RECORD_PATH_BYTES], junk[64];
    assert_non_null(mkdtemp(folder));
    MeasurePoint points[2];
    Measurement old = make_record(points), new = make_record(points), imported = make_record(points), found;
    old.when = "2026-11-24T23:59:59Z";
    imported.when = "2026-12-01T00:00:00Z";
    imported.origin = MEASURED_IMPORTED;
    assert_true(record_save(folder, &old, path[0], NULL));
    assert_true(record_save(folder, &new, path[1], NULL));
    assert_true(record_save(folder, &imported, path[2], NULL));
    assert_true(record_save(folder, &new, NULL, NULL)); /* again: still one file */
    snprintf(junk, sizeof junk, "%s/junk.json", folder);
    assert_true(file_write_atomic(junk, "{", 1, NULL));
    Arena arena;
    ErrList errors;
    RecordList list;
    arena_init(&arena);
    err_list_init(&errors);
    assert_true(records_list(folder, &arena, &list, &errors));
    assert_int_equal(list.n, 3);
    assert_int_equal(errors.n_items, 1); /* the junk */
    assert_string_equal(list.items[0].id, imported.id);
    assert_string_equal(list.items[2].id, old.id);
    err_list_free(&errors);
    assert_true(record_find(folder, "latest", &arena, &found, &errors));
    assert_string_equal(found.id, new.id);
    char prefix[8];
    snprintf(prefix, sizeof prefix, "%.7s", old.id);
    assert_true(record_find(folder, prefix, &arena, &found, &errors));
    assert_string_equal(found.id, old.id);
    assert_true(record_find(NULL, path[2], &arena, &found, &errors));
    assert_int_equal(errors.n_items, 0);
    assert_false(record_find(folder, "0", &arena, &found, &errors));
    assert_false(record_find(folder, "../x", &arena, &found, &errors));
    /* Named by a person, it is found all the same, and is still the latest. */
    char mine[64];
    snprintf(mine, sizeof mine, "%s/mine.json", folder);
    assert_int_equal(rename(path[1], mine), 0);
    snprintf(prefix, sizeof prefix, "%.7s", new.id);
    assert_true(record_find(folder, prefix, &arena, &found, &errors));
    assert_string_equal(found.id, new.id);
    assert_true(record_find(folder, "latest", &arena, &found, &errors));
    assert_string_equal(found.id, new.id);
    assert_int_equal(unlink(path[0]) + unlink(mine) + unlink(path[2]), 0);
    assert_int_equal(unlink(junk), 0);
    assert_int_equal(rmdir(folder), 0);
    arena_free(&arena);
    err_list_free(&errors);
}

/* What was measured in one second: the list shows the smallest id first, and that is the latest. */
static void the_latest_of_one_second_is_the_first_listed(void **state)
{
    (void)state;
    enum { N = 5 };
    char folder[] = "/tmp/tokentco-second-XXXXXX", path[N][RECORD_PATH_BYTES];
    assert_non_null(mkdtemp(folder));
    MeasurePoint points[2];
    for (int i = 0; i < N; i++) {
        Measurement record = make_record(points);
        record.seed = (unsigned long long)i;
        assert_true(record_save(folder, &record, path[i], NULL));
    }
    Arena arena;
    ErrList errors;
    RecordList list;
    Measurement found;
    arena_init(&arena);
    err_list_init(&errors);
    assert_true(records_list(folder, &arena, &list, &errors));
    assert_int_equal(list.n, N);
    assert_true(record_find(folder, "latest", &arena, &found, &errors));
    assert_string_equal(found.id, list.items[0].id);
    for (int i = 0; i < N; i++) assert_int_equal(unlink(path[i]), 0);
    assert_int_equal(rmdir(folder), 0);
    arena_free(&arena);
    err_list_free(&errors);
}

/* The paces beside the samples are kept; a record without any is written as before there were such. */
static void paces_beside_the_samples_are_kept(void **state)
{
    (void)state;
    static const double rates[] = {98.5, 101.25}, reads_b_s[] = {31.5e9, 33.25e9},
                        arithmetic_op_s[] = {180e9, 95.5e9};
    MeasurePoint points[2];
    Measurement record = make_record(points), back;
    points[0].n_samples_read = points[1].n_samples_read = 0;
    points[0].n_samples_arithmetic = points[1].n_samples_arithmetic = 0;
    char *text = record_dump(&record, NULL);
    assert_non_null(text);
    assert_null(strstr(text, "samples_read_b_s"));
    free(text);
    points[0].n_samples = points[0].n_samples_read = 2;
    points[0].samples_tok_s = rates;
    points[0].samples_read_b_s = reads_b_s;
    points[0].n_samples_arithmetic = 2;
    points[0].samples_arithmetic_op_s = arithmetic_op_s;
    assert_true(record_seal(&record, NULL));
    text = record_dump(&record, NULL);
    Arena arena;
    ErrList errors;
    arena_init(&arena);
    err_list_init(&errors);
    assert_true(record_parse("r", text, strlen(text), &arena, &back, &errors));
    assert_int_equal(back.points[0].n_samples_read, 2);
    assert_close(back.points[0].samples_read_b_s[1], 33.25e9, 0);
    assert_close(back.points[0].samples_arithmetic_op_s[1], 95.5e9, 0);
    assert_int_equal(back.points[1].n_samples_read, 0);
    free(text);
    arena_free(&arena);
    err_list_free(&errors);
}

static void rates_are_those_of_the_headline_points(void **state)
{
    (void)state;
    MeasurePoint points[] = {
        {.phase = PHASE_PREFILL, .threads = 2, .prompt_tok = 128, .batch = 1, .rate_tok_s = 140.0},
        {.phase = PHASE_PREFILL, .threads = 2, .prompt_tok = 512, .batch = 1, .rate_tok_s = 133.0},
        {.phase = PHASE_PREFILL, .threads = 1, .prompt_tok = 2048, .batch = 1, .rate_tok_s = 70.0},
        {.phase = PHASE_DECODE, .threads = 2, .batch = 1, .rate_tok_s = 49.0},
        {.phase = PHASE_DECODE, .threads = 2, .batch = 16, .rate_tok_s = 92.5},
        {.phase = PHASE_DECODE, .threads = 2, .batch = 32, .rate_tok_s = 91.0},
        {.phase = PHASE_DECODE, .threads = 1, .batch = 8, .rate_tok_s = 99.0},
    };
    Measurement record = {.n_threads = 2, .n_points = 7, .points = points};
    MeasuredRates rates;
    assert_true(measurement_rates(&record, &rates));
    assert_close(rates.prefill_tok_s, 133.0, 0.0);
    assert_close(rates.decode_tok_s, 92.5, 0.0);
    assert_int_equal(rates.batch, 16);
    record.n_points = 3;
    assert_false(measurement_rates(&record, &rates));
    assert_false(rates.is_given);
}

/* By hand: B = 4, L_o = 200, TPOT 0.05 s: 2.5 s a request; TTFT 0.3 s of it is prefill, so t_step = 0.05 - 4
 * * 0.3 / 200. */
static void serving_points_split_to_the_same_request_rate(void **state)
{
    (void)state;
    MeasurePoint point = {.phase = PHASE_SERVING,
                          .counts = RATE_OUTPUT,
                          .prompt_tok = 900,
                          .output_tok = 200,
                          .batch = 4.0,
                          .rate_tok_s = 80.0,
                          .has_ttft = true,
                          .ttft_s = 0.3,
                          .has_tpot = true,
                          .tpot_s = 0.05};
    Measurement record = {.n_points = 1, .points = &point};
    MeasuredRates rates;
    assert_true(measurement_rates(&record, &rates));
    assert_close(rates.prefill_tok_s, 3000.0, 1e-12);
    assert_close(rates.decode_tok_s, 4.0 / 0.044, 1e-12);
    double request_s = point.prompt_tok / rates.prefill_tok_s + point.output_tok / rates.decode_tok_s;
    assert_close(1.0 / request_s, 4.0 / (200.0 * 0.05), 1e-12);
    point.has_ttft = false;
    assert_false(measurement_rates(&record, &rates));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(json_gives_back_every_bit),
        cmocka_unit_test(reader_names_every_fault),
        cmocka_unit_test(truncated_records_are_refused),
        cmocka_unit_test(nothing_unsound_is_sealed),
        cmocka_unit_test(store_finds_newest_and_by_id),
        cmocka_unit_test(the_latest_of_one_second_is_the_first_listed),
        cmocka_unit_test(paces_beside_the_samples_are_kept),
        cmocka_unit_test(rates_are_those_of_the_headline_points),
        cmocka_unit_test(serving_points_split_to_the_same_request_rate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
