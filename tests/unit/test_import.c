/* Importing what others measured: each format's traps, figures worked out by hand, and hostile files. */
#include "test.h"
#include "tokentco/file.h"
#include "tokentco/record.h"

#include <stdlib.h>
#include <unistd.h>

#define FOLDER "tests/feed/measurements/"

typedef struct Loaded {
    Arena arena;
    ErrList errors;
    Measurement *records;
    int n;
    bool is_ok;
} Loaded;

static void load(Loaded *out, const char *first, const char *second, const ImportHints *hints)
{
    char paths[2][256];
    snprintf(paths[0], sizeof paths[0], "%s%s", first[0] == '/' ? "" : FOLDER, first);
    snprintf(paths[1], sizeof paths[1], FOLDER "%s", second != NULL ? second : "");
    const char *const list[] = {paths[0], paths[1]};
    arena_init(&out->arena);
    err_list_init(&out->errors);
    out->is_ok =
        record_import(list, second != NULL ? 2 : 1, hints, &out->arena, &out->records, &out->n, &out->errors);
}

static void unload(Loaded *loaded)
{
    err_list_free(&loaded->errors);
    arena_free(&loaded->arena);
}

/* What one point of a file must be. Rates are those of the whole system. */
typedef struct Expected {
    const char *file, *second, *tool;
    int n_records, record, n_points, point;
    const char *model, *hardware, *weight_format;
    int n_devices;
    MeasurePhase phase;
    RateCounts counts;
    int threads, prompt_tok, output_tok, depth_tok;
    double batch, rate, ttft_s, tpot_s;
} Expected;

static const Expected expected[] = {
    {"llama.csv",
     NULL,
     "llama-bench",
     1,
     0,
     2,
     0,
     "tinyy 1.1B",
     "Maker, Model 7",
     "q4_k_m",
     1,
     PHASE_PREFILL,
     RATE_PROMPT,
     8,
     384,
     0,
     0,
     1,
     128,
     0,
     0},
    {"llama.csv",
     NULL,
     "llama-bench",
     1,
     0,
     2,
     1,
     "tinyy 1.1B",
     "Maker, Model 7",
     "q4_k_m",
     1,
     PHASE_DECODE,
     RATE_OUTPUT,
     8,
     0,
     64,
     1024,
     1,
     32,
     0,
     0},
    {"llama.json",
     NULL,
     "llama-bench",
     2,
     0,
     2,
     0,
     "bigg 70B",
     "Card X, Card X",
     "q8_0",
     2,
     PHASE_PREFILL,
     RATE_PROMPT,
     4,
     512,
     0,
     0,
     1,
     1283,
     0,
     0},
    {"llama.json",
     NULL,
     "llama-bench",
     2,
     0,
     2,
     1,
     "bigg 70B",
     "Card X, Card X",
     "q8_0",
     2,
     PHASE_SERVING,
     RATE_TOTAL,
     4,
     512,
     128,
     0,
     1,
     80,
     0,
     0},
    {"llama.json",
     NULL,
     "llama-bench",
     2,
     1,
     1,
     0,
     "smol 135M",
     "Maker Model 7",
     "f16",
     1,
     PHASE_DECODE,
     RATE_OUTPUT,
     4,
     0,
     64,
     0,
     1,
     64,
     0,
     0},
    {"llama.jsonl",
     NULL,
     "llama-bench",
     1,
     0,
     2,
     0,
     "tinyy 1.1B",
     "Maker Model 7",
     "q4_0",
     1,
     PHASE_PREFILL,
     RATE_PROMPT,
     2,
     256,
     0,
     0,
     1,
     128,
     0,
     0},
    {"llama.sql",
     NULL,
     "llama-bench",
     1,
     0,
     2,
     1,
     "tinyy 1.1B",
     "Maker's Model, 7",
     "bf16",
     1,
     PHASE_DECODE,
     RATE_OUTPUT,
     2,
     0,
     30,
     0,
     1,
     15,
     0,
     0},
    {"llama.md",
     NULL,
     "llama-bench",
     1,
     0,
     2,
     1,
     "tinyy 1.1B",
     "",
     "q8_0",
     1,
     PHASE_DECODE,
     RATE_OUTPUT,
     6,
     0,
     128,
     4096,
     1,
     17.5,
     0,
     0},
    /* 5 req/s for 0.06 + 249 * 0.02 s: Little's law gives 25.2 at once */
    {"vllm.json",   NULL,        "vllm", 1,   0,   1, 0,    "org/some-8b", "CARD_Y", "",  2,
     PHASE_SERVING, RATE_OUTPUT, 0,      500, 250, 0, 25.2, 1250,          0.06,     0.02},
    {"vllm.jsonl",  NULL,        "vllm", 1,   0,   2, 0,     "org/some-8b", "",   "",   0,
     PHASE_SERVING, RATE_OUTPUT, 0,      500, 200, 0, 7.324, 800,           0.04, 0.009},
    {"vllm.jsonl",  NULL,        "vllm", 1,   0,   2, 1,     "org/some-8b", "",   "",   0,
     PHASE_SERVING, RATE_OUTPUT, 0,      500, 200, 0, 28.76, 2000,          0.09, 0.014},
    {"sglang.jsonl", NULL,        "sglang", 1,    0,   1, 0,     "org/moe-30b", "",  "fp8", 4,
     PHASE_SERVING,  RATE_OUTPUT, 0,        1000, 200, 0, 14.75, 800,           0.1, 0.018},
    {"trtllm.json",
     NULL,
     "trtllm-bench",
     1,
     0,
     1,
     0,
     "org/some-8b",
     "CARD Z",
     "fp8",
     4,
     PHASE_SERVING,
     RATE_OUTPUT,
     0,
     400,
     200,
     0,
     12.5,
     500,
     0.25,
     0.02375},
    /* 12 + 4 GPUs are paid for; the output rate is per decode GPU: 4 x 2000, not 16 x 2000. Little: 8000 /
       1024 x 14 s */
    {"inferencex-disagg.json",
     NULL,
     "inferencex",
     1,
     0,
     1,
     0,
     "org/moe-600b",
     "gb-x",
     "mxfp4",
     16,
     PHASE_SERVING,
     RATE_OUTPUT,
     0,
     8192,
     1024,
     0,
     256,
     8000,
     1.25,
     0.0125},
    {"inferencex.json",
     NULL,
     "inferencex",
     1,
     0,
     1,
     0,
     "org/some-70b",
     "h-x",
     "fp8",
     8,
     PHASE_SERVING,
     RATE_OUTPUT,
     0,
     1024,
     1024,
     0,
     4,
     480,
     0.1,
     0.008},
    {"genai.csv", NULL, "genai-perf", 1,   0, 1,    0,   "",   "",  "", 0, PHASE_SERVING,
     RATE_OUTPUT, 0,    600,          100, 0, 6.18, 300, 0.08, 0.02},
    {"genai.json", NULL, "genai-perf", 1,   0, 1,    0,   "org/some-8b", "",  "", 0, PHASE_SERVING,
     RATE_OUTPUT,  0,    600,          100, 0, 6.18, 300, 0.08,          0.02},
    {"aiperf.json", NULL,        "aiperf", 1,    0,   1, 0,    "",  "",   "",  0,
     PHASE_SERVING, RATE_OUTPUT, 0,        1000, 200, 0, 4.08, 400, 0.05, 0.01},
    {"aiperf.csv",  NULL,        "aiperf", 1, 0,   1, 0,    "",  "",   "",  0,
     PHASE_SERVING, RATE_OUTPUT, 0,        0, 200, 0, 4.08, 400, 0.05, 0.01},
    /* two of four requests count; from 02.0 to 04.0 s: 100 tokens in 2 s; 1 req/s for 1.25 s */
    {"aiperf.jsonl", NULL,        "aiperf", 1,   0,  1, 0,    "", "",  "",    0,
     PHASE_SERVING,  RATE_OUTPUT, 0,        200, 50, 0, 1.25, 50, 0.2, 0.0215},
    {"mlperf.txt",  "mlperf-system.json", "mlperf", 1, 0,   1, 0,     "",   "CARD W 96GB", "",  8,
     PHASE_SERVING, RATE_OUTPUT,          0,        0, 250, 0, 300.8, 2500, 0.2,           0.12},
    /* 6000 tokens and 30 requests in 60 s; TTFT 6 s / 30; TPOT 150 s / 6000; 0.5 req/s for 0.2 + 199 x 0.025
       s */
    {"scrape-1.txt",
     "scrape-2.txt",
     "vllm-metrics",
     1,
     0,
     1,
     0,
     "org/some-8b",
     "",
     "",
     0,
     PHASE_SERVING,
     RATE_OUTPUT,
     0,
     400,
     200,
     0,
     5.0,
     100,
     0.2,
     0.025},
    {"vllm-throughput.json",
     NULL,
     "vllm-throughput",
     1,
     0,
     1,
     0,
     "",
     "",
     "",
     0,
     PHASE_SERVING,
     RATE_TOTAL,
     0,
     0,
     0,
     0,
     0,
     2400,
     0,
     0},
    {"vllm-throughput.pytorch.json",
     NULL,
     "vllm-throughput",
     1,
     0,
     1,
     0,
     "org/some-8b",
     "",
     "fp8",
     2,
     PHASE_SERVING,
     RATE_OUTPUT,
     0,
     400,
     200,
     0,
     128,
     800,
     0,
     0},
    {"vllm-latency.pytorch.json",
     NULL,
     "vllm-latency",
     1,
     0,
     1,
     0,
     "org/some-8b",
     "",
     "bf16",
     1,
     PHASE_SERVING,
     RATE_OUTPUT,
     0,
     64,
     256,
     0,
     16,
     512,
     0,
     0},
};

static void check_point(const Expected *e, const Measurement *record)
{
    const MeasurePoint *p = &record->points[e->point];
    if (strcmp(record->tool, e->tool) != 0 || strcmp(record->model, e->model) != 0 ||
        strcmp(record->hardware, e->hardware) != 0 || strcmp(record->weight_format, e->weight_format) != 0 ||
        record->n_devices != e->n_devices)
        fail_msg("%s: '%s' of '%s' in '%s' on %d x '%s'", e->file, record->tool, record->model,
                 record->weight_format, record->n_devices, record->hardware);
    if (p->phase != e->phase || p->counts != e->counts || p->threads != e->threads ||
        p->prompt_tok != e->prompt_tok || p->output_tok != e->output_tok || p->depth_tok != e->depth_tok)
        fail_msg("%s point %d: phase %d counts %d threads %d prompt %d output %d depth %d", e->file, e->point,
                 (int)p->phase, (int)p->counts, p->threads, p->prompt_tok, p->output_tok, p->depth_tok);
    assert_close(p->batch, e->batch, 1e-9);
    assert_close(p->rate_tok_s, e->rate, 1e-9);
    assert_int_equal(p->has_ttft, e->ttft_s > 0.0);
    assert_int_equal(p->has_tpot, e->tpot_s > 0.0);
    assert_close(p->ttft_s, e->ttft_s, 1e-9);
    assert_close(p->tpot_s, e->tpot_s, 1e-9);
    assert_true(p->rate_p10_tok_s <= p->rate_tok_s && p->rate_tok_s <= p->rate_p90_tok_s);
}

static void figures_are_those_worked_out_by_hand(void **state)
{
    (void)state;
    static const ImportHints hints = {.seconds = 60.0};
    for (size_t i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        Loaded loaded;
        load(&loaded, expected[i].file, expected[i].second, &hints);
        if (!loaded.is_ok) {
            err_list_print(&loaded.errors, stderr);
            fail_msg("%s was refused", expected[i].file);
        }
        assert_int_equal(loaded.n, expected[i].n_records);
        const Measurement *record = &loaded.records[expected[i].record];
        assert_int_equal(record->n_points, expected[i].n_points);
        check_point(&expected[i], record);
        assert_int_equal(record->origin, MEASURED_IMPORTED);
        assert_int_equal(strlen(record->file_hash), 64);
        assert_int_equal(strlen(record->id), 64);
        unload(&loaded);
    }
}

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

/* xorshift64: the same cases in every run. */
static unsigned next_random(void)
{
    static unsigned long long state = 88172645463325252ULL;
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 11);
}

/* One to four edits: a byte changed, a word put in, a stretch taken out, the end cut off. Returns the new
 * length. */
static size_t spoil(char *text, size_t n)
{
    static const char *const words[] = {"\"",
                                        "{",
                                        "}",
                                        "[",
                                        "]",
                                        ",",
                                        ":",
                                        "-",
                                        "1e308",
                                        "0",
                                        "null",
                                        "NaN",
                                        "Infinity",
                                        "\n",
                                        "\r\n",
                                        "'",
                                        "|",
                                        "\\u0000",
                                        "9999999999999999999",
                                        "true",
                                        "\xff",
                                        "VALUES",
                                        "(",
                                        " @ d",
                                        "Metric"};
    for (unsigned edits = 1 + next_random() % 4; edits > 0 && n > 2; edits--) {
        size_t at = next_random() % n, length;
        const char *word = words[next_random() % (sizeof words / sizeof words[0])];
        switch (next_random() % 4) {
        case 0:
            text[at] = (char)next_random();
            break;
        case 1:
            length = strlen(word);
            memmove(text + at + length, text + at, n - at);
            memcpy(text + at, word, length);
            n += length;
            break;
        case 2:
            length = next_random() % (n - at) % 40;
            memmove(text + at, text + at + length, n - at - length);
            n -= length;
            break;
        default:
            n = at + 1;
            break;
        }
    }
    return n;
}

/* What was accepted must be a record that reads back. */
static void check_sound(const char *file, const Loaded *loaded)
{
    for (int i = 0; i < loaded->n; i++) {
        Arena arena;
        ErrList errors;
        Measurement copy;
        char *text = record_dump(&loaded->records[i], NULL);
        assert_non_null(text);
        arena_init(&arena);
        err_list_init(&errors);
        if (!record_parse("spoilt", text, strlen(text), &arena, &copy, &errors)) {
            err_list_print(&errors, stderr);
            fail_msg("a spoilt %s became a record that cannot be read", file);
        }
        err_list_free(&errors);
        arena_free(&arena);
        free(text);
    }
}

/* Spoilt in any way, a file gives records that hold or a fault, and nothing else. */
static void spoilt_files_never_half_load(void **state)
{
    (void)state;
    enum { ROUNDS = 120, ROOM = 4096 };
    static const ImportHints hints = {.seconds = 60.0};
    static const char *const files[] = {"llama.csv",
                                        "llama.json",
                                        "llama.jsonl",
                                        "llama.sql",
                                        "llama.md",
                                        "vllm.jsonl",
                                        "sglang.jsonl",
                                        "trtllm.json",
                                        "inferencex-disagg.json",
                                        "genai.csv",
                                        "genai.json",
                                        "aiperf.json",
                                        "aiperf.csv",
                                        "aiperf.jsonl",
                                        "mlperf.txt",
                                        "scrape-1.txt",
                                        "vllm-throughput.pytorch.json",
                                        "vllm-latency.pytorch.json"};
    char spoilt[] = "/tmp/tokentco-import-XXXXXX";
    int fd = mkstemp(spoilt);
    assert_true(fd >= 0);
    close(fd);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char path[256], *text;
        size_t n;
        snprintf(path, sizeof path, FOLDER "%s", files[i]);
        assert_true(file_read(path, 1 << 20, &text, &n, NULL));
        char *copy = malloc(n + ROOM);
        for (int round = 0; round < ROUNDS; round++) {
            memcpy(copy, text, n);
            size_t length = spoil(copy, n);
            unlink(spoilt); /* writing over a file waits for the disk */
            FILE *out = fopen(spoilt, "wb");
            assert_true(out != NULL && fwrite(copy, 1, length, out) == length && fclose(out) == 0);
            Loaded loaded;
            load(&loaded, spoilt, NULL, &hints);
            if (loaded.is_ok ? loaded.n == 0 : loaded.errors.n_items == 0)
                fail_msg("%s, round %d: neither record nor fault", files[i], round);
            check_sound(files[i], &loaded);
            unload(&loaded);
        }
        free(copy);
        free(text);
    }
    unlink(spoilt);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_are_those_worked_out_by_hand),
        cmocka_unit_test(facts_beside_the_points_are_kept),
        cmocka_unit_test(hints_fill_what_a_file_does_not_say),
        cmocka_unit_test(lengths_of_a_request_turn_offline_results_into_rates),
        cmocka_unit_test(bad_files_are_refused_with_their_place),
        cmocka_unit_test(spoilt_files_never_half_load),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
