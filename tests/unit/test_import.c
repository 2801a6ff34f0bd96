/* Importing what others measured: facts beside the points, hints, and files that are refused.
 * test_import_figures.c has the points, test_import_spoilt.c hostile files. */
#include "loaded_case.h"

static void facts_beside_the_points_are_kept(void **state)
{
    (void)state;
    Loaded loaded;
    load(&loaded, "llama.csv", NULL, NULL);
    assert_true(loaded.is_ok && loaded.records[0].is_cpu);
    assert_string_equal(loaded.records[0].when, "2026-03-04T05:07:07Z");
    assert_string_equal(loaded.records[0].engine_version, "a1b2c3d");
    assert_string_equal(loaded.records[0].kv_format, "f16/q8_0");
    assert_int_equal(loaded.records[0].n_threads, 8);
    assert_close(loaded.records[0].weight_bytes, 720.0 / 1100.0, 1e-12);
    /* 128 -+ 1.2816 x 2.5 */
    assert_close(loaded.records[0].points[0].rate_p10_tok_s, 124.7961210861385, 1e-12);
    unload(&loaded);
    load(&loaded, "vllm.jsonl", NULL, NULL);
    assert_false(loaded.records[0].points[0].has_arrival); /* "inf" is no rate */
    assert_string_equal(loaded.records[0].points[0].note, "3 requests failed beside 40 that completed");
    assert_string_equal(loaded.records[0].when, "2026-01-02T04:05:06Z");
    unload(&loaded);
    load(&loaded, "vllm.json", NULL, NULL);
    assert_close(loaded.records[0].points[0].arrival_req_s, 12.5, 0.0);
    unload(&loaded);
    /* The client's way of speaking is no engine. */
    const ImportHints hints = {.engine = "sglang"};
    load(&loaded, "vllm-openai.json", NULL, NULL);
    assert_string_equal(loaded.records[0].engine, "vllm");
    assert_close(loaded.records[0].points[0].rate_tok_s, 1250.0, 0.0);
    unload(&loaded);
    load(&loaded, "vllm-openai.json", NULL, &hints);
    assert_string_equal(loaded.records[0].engine, "sglang");
    unload(&loaded);
    load(&loaded, "trtllm.json", NULL, NULL);
    assert_int_equal(loaded.records[0].pipeline_parallel, 2);
    assert_close(loaded.records[0].memory_bytes, 79.5 * 1073741824.0, 1e-12);
    unload(&loaded);
}

static void hints_fill_what_a_file_does_not_say(void **state)
{
    (void)state;
    static const ImportHints hints = {
        .hardware = "H100", .model = "llama-3.1-8b", .n_devices = 2, .weight_format = "fp8"};
    Loaded loaded;
    load(&loaded, "genai.csv", NULL, &hints);
    assert_string_equal(loaded.records[0].hardware, "H100");
    assert_string_equal(loaded.records[0].model, "llama-3.1-8b");
    assert_int_equal(loaded.records[0].n_devices, 2);
    assert_close(loaded.records[0].weight_bytes, 1.0, 0.0);
    unload(&loaded);
    load(&loaded, "trtllm.json", NULL, &hints);
    assert_string_equal(loaded.records[0].hardware, "CARD Z"); /* the file's own word wins */
    unload(&loaded);
}

static void lengths_of_a_request_turn_offline_results_into_rates(void **state)
{
    (void)state;
    static const ImportHints load_of = {.input_tok = 64, .output_tok = 256, .concurrency = 16},
                             answers = {.output_tok = 200, .concurrency = 128},
                             wrong = {.input_tok = 100, .output_tok = 200};
    Loaded loaded;
    load(&loaded, "vllm-latency.json", NULL, &load_of); /* 16 x 256 tokens in 8 s */
    assert_close(loaded.records[0].points[0].rate_tok_s, 512.0, 1e-12);
    assert_close(loaded.records[0].points[0].batch, 16.0, 0.0);
    unload(&loaded);
    load(&loaded, "vllm-throughput.json", NULL, &answers); /* 600 tokens a request, 200 of them answer */
    assert_int_equal(loaded.records[0].points[0].counts, RATE_OUTPUT);
    assert_close(loaded.records[0].points[0].rate_tok_s, 800.0, 1e-12);
    assert_int_equal(loaded.records[0].points[0].prompt_tok, 400);
    assert_close(loaded.records[0].points[0].batch, 128.0, 0.0);
    unload(&loaded);
    load(&loaded, "vllm-throughput.json", NULL, &wrong);
    assert_false(loaded.is_ok);
    assert_non_null(strstr(loaded.errors.items[0].text, "600 tokens in all, not the 300"));
    unload(&loaded);
}

/* File, second file, and what the fault must say. */
static const char *const refused[][3] = {
    {"llama-shifted.csv", NULL, "llama-shifted.csv:2:"},
    {"llama-mixed-up.csv", NULL, "llama-mixed-up.csv:2: n_gen: 3e+09"},
    {"mlperf-invalid.txt", NULL, "the result is not VALID"},
    {"scrape-1.txt", NULL, "give a second, later one"},
    {"scrape-1.txt", "scrape-2.txt", "give --seconds"},
    {"scrape-2.txt", "scrape-1.txt", "fell from"},
    {"scrape-1.txt", "scrape-reset.txt", "vllm:generation_tokens_total fell from 2000 to 700"},
    {"llama.csv", "llama.csv", "llama-bench takes 1 file, not 2"},
    {"bad/nothing-completed.json", NULL, "no request completed"},
    {"bad/nan.json", NULL, "nan.json: /output_throughput: is NaN, infinite or null"},
    {"bad/negative.json", NULL, "/output_throughput: -3.5 is out of range"},
    {"bad/unit-slip.json", NULL, "is not the output tokens over the duration"},
    {"bad/word.json", NULL, "/output_throughput: 'fast'"},
    {"bad/truncated.json", NULL, "truncated.json:1:"},
    {"bad/overflow.json", NULL, "overflow.json:1:"},
    {"bad/repeated-key.json", NULL, "repeated-key.json:1:"},
    {"bad/second-line.jsonl", NULL, "second-line.jsonl:2:"},
    {"bad/empty.json", NULL, "is empty"},
    {"bad/binary.bin", NULL, "is not text"},
    {"bad/disagg-without-gpus.json", NULL, "how many GPUs were paid for"},
    {"bad/too-many-values.csv", NULL, "too-many-values.csv:2: 3 columns but 4 values"},
    {"bad/no-average.csv", NULL, "the table has no column 'avg' or 'Value'"},
    {"bad/unknown-unit.csv", NULL, "the unit 'fortnights' is not known"},
    {"bad/short-row.md", NULL, "short-row.md:3: 3 columns but 2 cells"},
    {"bad/short-values.sql", NULL, "short-values.sql:1: 4 names but 3 values"},
    {"bad/unended.sql", NULL, "unended.sql:1: is no whole INSERT"},
    {"bad/mixed-up.json", NULL, "columns are shifted or mixed up"},
    {"bad/half-token.json", NULL, "n_prompt: 100.5 is no count"},
    {"bad/cancelled.json", NULL, "the run was cancelled"},
    {"vllm-latency.json", NULL, "give --concurrency, --isl and --osl"},
    {"bad/vllm-throughput-slip.json", NULL, "is not the total tokens over the duration"},
    {"no-such-file.json", NULL, "cannot open"},
    {"../test_pricing.sh", NULL, "is none of the formats"},
};

static void bad_files_are_refused_with_their_place(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
        Loaded loaded;
        char all[4096] = "";
        load(&loaded, refused[i][0], refused[i][1], NULL);
        for (size_t e = 0; e < loaded.errors.n_items; e++)
            err_format(&loaded.errors.items[e], all + strlen(all), sizeof all - strlen(all));
        if (loaded.is_ok || loaded.n != 0 || strstr(all, refused[i][2]) == NULL)
            fail_msg("%s: wanted '%s', got '%s'", refused[i][0], refused[i][2], all);
        unload(&loaded);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(facts_beside_the_points_are_kept),
        cmocka_unit_test(hints_fill_what_a_file_does_not_say),
        cmocka_unit_test(lengths_of_a_request_turn_offline_results_into_rates),
        cmocka_unit_test(bad_files_are_refused_with_their_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
