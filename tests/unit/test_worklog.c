/* Demand from logs and from people: figures worked out by hand. */
#include "test.h"
#include "tokentco/file.h"
#include "tokentco/text.h"
#include "tokentco/worklog.h"

#include <stdlib.h>
#include <unistd.h>

#define MONDAY 1767571200L /* 2026-01-05 00:00 UTC */

/* Fits the text as a file; the fault of a refusal lands in `fault`. */
static bool fit_text(const char *text, const char *format, WorkloadBlock *block, char fault[512])
{
    char path[] = "/tmp/tokentco-log-XXXXXX";
    int fd = mkstemp(path);
    ErrList errors;
    assert_true(fd >= 0);
    close(fd);
    assert_true(file_write_atomic(path, text, strlen(text), NULL));
    err_list_init(&errors);
    bool is_ok = workload_from_log(path, format, block, &errors);
    fault[0] = '\0';
    if (errors.n_items > 0) err_format(&errors.items[0], fault, 512);
    assert_int_equal(is_ok, errors.n_items == 0);
    err_list_free(&errors);
    unlink(path);
    return is_ok;
}

static bool has(const WorkloadBlock *block, const char *member)
{
    char *text = workload_block_dump(block), quoted[64];
    snprintf(quoted, sizeof quoted, "\"%s\":", member);
    bool is_there = strstr(text, quoted) != NULL;
    free(text);
    return is_there;
}

static bool notes_say(const WorkloadBlock *block, const char *needle)
{
    for (int i = 0; i < block->n_notes; i++)
        if (strstr(block->notes[i], needle) != NULL) return true;
    return false;
}

/* Five weeks; two requests in even hours of the day and one in odd ones: 252 a week, 4/3 and 2/3 of the mean.
 */
static void weeks_and_volume_come_back(void **state)
{
    (void)state;
    Text log;
    WorkloadBlock block;
    char fault[512];
    text_init(&log);
    text_add(&log, "TIMESTAMP,ContextTokens,GeneratedTokens\n");
    for (long hour = 0; hour < 5 * 168; hour++) {
        text_addf(&log, "%ld.25,1000,90\n", MONDAY + hour * 3600 + 5);
        if (hour % 2 == 0) text_addf(&log, "%ld.75,3000,90\n", MONDAY + hour * 3600 + 1800);
    }
    text_addf(&log, "%ld.25,1000,90\n", MONDAY + 5 * 168 * 3600L + 1);
    if (!fit_text(text_str(&log), NULL, &block, fault)) fail_msg("%s", fault);
    assert_close(block.values.requests_per_month, 252.0 * 730.0 / 168.0, 1e-5);
    assert_true(fabs(block.values.growth_per_month) < 1e-9);
    assert_int_equal(block.values.profile_hours.n, 168);
    double sum = 0.0;
    for (int h = 0; h < 168; h++) {
        /* the last row of the log falls out of the whole hours */
        assert_close(block.values.profile_hours.values[h], h % 2 == 0 ? 4.0 / 3.0 : 2.0 / 3.0, 1e-3);
        sum += block.values.profile_hours.values[h];
    }
    assert_close(sum, 168.0, 1e-12);
    assert_close(block.values.output_tok, 90.0, 0.0);
    assert_close(block.values.output_cv, 0.0, 0.0);
    assert_int_equal(block.values.max_context_tok, 3090);
    assert_false(has(&block, "burst")); /* too few requests an hour */
    assert_false(has(&block, "arrival_scv"));
    assert_false(has(&block, "cache_hit_frac"));
    text_free(&log);
}

/* An export by the hour that grows by 10 % a week: 1.1 ^ (730/168) - 1 a month; a fifth of the input cached.
 */
static void aggregated_rows_show_growth_but_no_spread(void **state)
{
    (void)state;
    Text log;
    WorkloadBlock block;
    char fault[512];
    text_init(&log);
    text_add(&log, "start_time,end_time,num_model_requests,input_tokens,output_tokens,input_cached_tokens\n");
    for (long hour = 0; hour < 6 * 168; hour++) {
        double n = 1000.0 * pow(1.1, (double)(hour / 168));
        text_addf(&log, "%ld,%ld,%.17g,%.17g,%.17g,%.17g\n", MONDAY + hour * 3600,
                  MONDAY + hour * 3600 + 3600, n, 500.0 * n, 50.0 * n, 100.0 * n);
    }
    if (!fit_text(text_str(&log), "csv", &block, fault)) fail_msg("%s", fault);
    assert_close(block.values.growth_per_month, pow(1.1, 730.0 / 168.0) - 1.0, 1e-5);
    assert_close(block.values.input_tok, 500.0, 1e-6);
    assert_close(block.values.cache_hit_frac, 0.2, 1e-6);
    assert_false(has(&block, "input_cv"));
    assert_false(has(&block, "burst"));
    /* the last four weeks: 1000 x 168 x (1.1^2 + ... + 1.1^5) / 4 */
    assert_close(block.values.requests_per_month,
                 1000.0 * 168.0 * (1.21 + 1.331 + 1.4641 + 1.61051) / 4.0 * 730.0 / 168.0, 1e-5);
    text_free(&log);
}

/* Gaps of 1 s and 3 s in turn: mean 2, variance 1: squared coefficient of variation 1/4. Every minute the
 * same: no burst. */
static void gaps_and_minutes(void **state)
{
    (void)state;
    Text log;
    WorkloadBlock block;
    char fault[512];
    text_init(&log);
    text_add(&log, "timestamp,prompt_tokens,completion_tokens\n");
    double at = 0.5;
    for (int i = 0; at < 3 * 3600.0 + 1.0; at += i++ % 2 == 0 ? 1.0 : 3.0)
        text_addf(&log, "%.1f,10,5\n", (double)MONDAY + at);
    if (!fit_text(text_str(&log), NULL, &block, fault)) fail_msg("%s", fault);
    assert_close(block.values.arrival_scv, 0.25, 2e-3);
    assert_close(block.values.burst, 1.0, 0.0);
    assert_close(block.values.requests_per_month, 1800.0 * 730.0, 1e-3);
    assert_true(notes_say(&block, "less than a week says little"));
    assert_false(has(&block, "profile"));
    text_free(&log);
}

static void layouts_are_told_by_their_names(void **state)
{
    (void)state;
    WorkloadBlock block;
    char fault[512];
    /* LiteLLM: failures are left out */
    assert_true(fit_text("{\"startTime\": \"2026-01-05T00:00:00.5Z\", \"prompt_tokens\": 100, "
                         "\"completion_tokens\": 10, \"status\": \"success\"}\n"
                         "{\"startTime\": \"2026-01-05T00:30:00.5Z\", \"prompt_tokens\": 0, "
                         "\"completion_tokens\": 0, \"status\": \"failure\"}\n"
                         "{\"startTime\": \"2026-01-05T02:00:00.5+01:00\", \"prompt_tokens\": 300, "
                         "\"completion_tokens\": 30, \"status\": \"success\"}\n",
                         NULL, &block, fault));
    assert_close(block.values.input_tok, 200.0, 0.0);
    assert_close(block.values.requests_per_month, 2.0 * 730.0, 1e-9);
    assert_true(notes_say(&block, "left out: 1 failed"));
    /* responses with nested usage, times as numbers */
    assert_true(fit_text("{\"created\": 1767571200, \"usage\": {\"prompt_tokens\": 100, "
                         "\"completion_tokens\": 10, \"prompt_tokens_details\": {\"cached_tokens\": 64}}}\n"
                         "{\"created\": 1767578400, \"usage\": {\"prompt_tokens\": 156, "
                         "\"completion_tokens\": 10, \"prompt_tokens_details\": {\"cached_tokens\": 0}}}\n",
                         NULL, &block, fault));
    assert_close(block.values.cache_hit_frac, 0.25, 1e-6);
    /* Anthropic's input leaves out what the cache read: 20 + 80 tokens were sent */
    assert_true(fit_text("{\"created_at\": \"2026-01-05T00:00:00Z\", \"usage\": {\"input_tokens\": 20, "
                         "\"output_tokens\": 10, \"cache_read_input_tokens\": 80}}\n"
                         "{\"created_at\": \"2026-01-05T01:00:00Z\", \"usage\": {\"input_tokens\": 100, "
                         "\"output_tokens\": 10, \"cache_read_input_tokens\": 0}}\n",
                         NULL, &block, fault));
    assert_close(block.values.input_tok, 100.0, 0.0);
    assert_close(block.values.cache_hit_frac, 0.4, 1e-6);
    /* buckets in one document */
    assert_true(
        fit_text("{\"object\": \"page\", \"data\": [\n"
                 " {\"start_time\": 1767571200, \"end_time\": 1767657600, \"results\": [{\"input_tokens\": "
                 "5000, \"output_tokens\": 500, \"input_cached_tokens\": 0, \"num_model_requests\": 10}]},\n"
                 " {\"start_time\": 1767657600, \"end_time\": 1767744000, \"results\": []}]}\n",
                 NULL, &block, fault));
    assert_close(block.values.input_tok, 500.0, 0.0);
    assert_close(block.values.requests_per_month, 10.0 / 24.0 * 730.0, 1e-5);
}

static void bad_logs_are_refused_with_their_line(void **state)
{
    (void)state;
    static const struct {
        const char *text, *format, *fault;
    } cases[] = {
        {"TIMESTAMP,ContextTokens\n2026-01-05 00:00:00,5\n", NULL, "has no output tokens"},
        {"a,b\n1,2\n", NULL, "has no time"},
        {"TIMESTAMP,ContextTokens,GeneratedTokens\n2026-01-05 00:00:00,5,5\n2026-13-05 00:00:00,5,5\n", NULL,
         ":3: TIMESTAMP: '2026-13-05 00:00:00' is no time"},
        {"TIMESTAMP,ContextTokens,GeneratedTokens\n2026-01-05 00:00:00,5,nan\n", NULL,
         ":2: GeneratedTokens:"},
        {"TIMESTAMP,ContextTokens,GeneratedTokens\n2026-01-05 00:00:00,-5,1\n", NULL, "out of range"},
        {"TIMESTAMP,ContextTokens,GeneratedTokens\n2026-01-05 00:00:00,5\n", NULL, ":2:"},
        {"TIMESTAMP,ContextTokens,GeneratedTokens\n2026-01-05 00:00:00,5,5\n", NULL, "two different times"},
        {"TIMESTAMP,ContextTokens,GeneratedTokens\n", NULL, "two different times"},
        {"{\"created\": 1767571200, \"usage\": {\"prompt_tokens\": 1, \"completion_tokens\": "
         "1}}\n{\"created\": 17675\n",
         "jsonl", ":2:"},
        {"{\"created\": 1767571200, \"prompt_tokens\": 1, \"completion_tokens\": 1, \"cached_tokens\": 2}\n",
         "jsonl", ":1: more cached"},
        {"", NULL, "empty"},
        {"[1, 2]", NULL, "must be an object"},
        {"x", "xml", "none of csv, jsonl, json"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        WorkloadBlock block;
        char fault[512];
        bool is_ok = fit_text(cases[i].text, cases[i].format, &block, fault);
        if (is_ok || strstr(fault, cases[i].fault) == NULL)
            fail_msg("case %zu: wanted '%s', got '%s'", i, cases[i].fault, fault);
    }
}

/* Two turns of two steps: inputs 110, 135, 165, 190; sent before 100, 130, 155, 185. */
static People make_people(void)
{
    People people;
    field_set_defaults(people_rows, N_PEOPLE_ROWS, &people);
    people.users = 10;
    people.sessions = 3;
    people.turns = 2;
    people.steps = 2;
    people.system_tok = 100;
    people.user_tok = 10;
    people.output_tok = 20;
    people.tool_tok = 5;
    people.keep_frac = 0.5;
    return people;
}

static void contexts_grow_by_turns_and_steps(void **state)
{
    (void)state;
    People people = make_people();
    WorkloadBlock block;
    assert_true(workload_from_people(&people, &block, NULL));
    assert_close(block.values.requests_per_month, 120.0, 0.0);
    assert_close(block.values.input_tok, 150.0, 0.0);
    assert_close(block.values.input_cv, 30.207614933986424 / 150.0, 1e-5);
    assert_close(block.values.cache_hit_frac, 0.475, 1e-6);
    assert_int_equal(block.values.max_context_tok, 210);
    assert_true(notes_say(&block, "10 users x 3 conversations x 4 calls = 120"));
    people.context_tok =
        180; /* room for 160: the last two are cut and match the cache no further than the system prompt */
    assert_true(workload_from_people(&people, &block, NULL));
    assert_close(block.values.input_tok, 565.0 / 4.0, 1e-6);
    assert_close(block.values.cache_hit_frac, 0.5 * 430.0 / 565.0, 1e-5);
    assert_true(notes_say(&block, "2 of 4 calls would exceed"));
    people.context_tok = 110;
    Err err = {0};
    assert_false(workload_from_people(&people, &block, &err));
    assert_int_equal(err.code, ERR_DATA);
}

/* Doubling the turns of a long conversation makes four times the input tokens in the limit. */
static void agents_cost_the_square_of_their_steps(void **state)
{
    (void)state;
    People people = make_people();
    WorkloadBlock few, many;
    people.context_tok = 1e9;
    people.turns = 1000;
    assert_true(workload_from_people(&people, &few, NULL));
    people.turns = 2000;
    assert_true(workload_from_people(&people, &many, NULL));
    double ratio = many.values.input_tok * many.values.requests_per_month /
                   (few.values.input_tok * few.values.requests_per_month);
    assert_close(ratio, 4.0, 0.01);
    assert_true(many.values.cache_hit_frac > few.values.cache_hit_frac);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(weeks_and_volume_come_back),
        cmocka_unit_test(aggregated_rows_show_growth_but_no_spread),
        cmocka_unit_test(gaps_and_minutes),
        cmocka_unit_test(layouts_are_told_by_their_names),
        cmocka_unit_test(bad_logs_are_refused_with_their_line),
        cmocka_unit_test(contexts_grow_by_turns_and_steps),
        cmocka_unit_test(agents_cost_the_square_of_their_steps),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
