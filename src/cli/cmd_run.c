/* `run`: evaluate scenarios and report. Layer: cli. */
#include "cli/commands.h"
#include "cli/context.h"

#include "tokentco/explain.h"
#include "tokentco/file.h"
#include "tokentco/json_out.h"
#include "tokentco/report.h"

#include <stdlib.h>
#include <string.h>

/* Opens all scenarios, so that one with faults does not hide those of the next. */
static int open_all(const Cli *cli, const Sources *sources, Case *cases)
{
    int status = ERR_NONE;
    for (int i = 0; i < cli->n_words; i++) {
        int here = case_open(cli->words[i], sources, &cases[i]);
        if (status == ERR_NONE) status = here;
    }
    return status;
}

static void add_json(const Cli *cli, const Case *cases, Text *out)
{
    Answer *answers = calloc((size_t)cli->n_words, sizeof *answers);
    if (answers == NULL) return;
    for (int i = 0; i < cli->n_words; i++) answers[i] = cases[i].answer;
    json_out_runs(answers, cli->n_words, out);
    free(answers);
}

static int add_output(const Cli *cli, Case *cases, Text *out)
{
    /* Several scenarios are a batch for a program: the searches for break-even are left out of it. */
    bool is_batch = cli_has(cli, OPT_JSON) && cli->n_words > 1;
    Style style = cli_style(cli);
    for (int i = 0; i < cli->n_words; i++) {
        Err err = {0};
        if (!is_batch && !cli_has(cli, OPT_CSV) && !answer_add_curves(&cases[i].answer, &err))
            return cli_fail(&err);
        if (cli_has(cli, OPT_JSON)) continue;
        if (cli_has(cli, OPT_CSV)) {
            CurrencyColumns room;
            const char *currency = cases[i].resolved.inputs.currency;
            Table table = table_in_currency(comparison_table(&cases[i].answer), currency, &room);
            table_add_csv(&table, CSV_RFC4180, out);
        } else {
            if (i > 0) text_add(out, "\n");
            report_add(&cases[i].answer, cli->words[i], &style, out);
        }
    }
    if (cli_has(cli, OPT_JSON)) add_json(cli, cases, out);
    return ERR_NONE;
}

static bool ends_with(const char *text, const char *end)
{
    size_t n = strlen(text), k = strlen(end);
    return n >= k && strcmp(text + n - k, end) == 0;
}

/* --trace: the derivation beside the report. */
static int write_trace(const Cli *cli, const Case *one)
{
    const char *path = cli->values[OPT_TRACE];
    Text out;
    Err err = {0};
    text_init(&out);
    if (ends_with(path, ".txt")) {
        Style plain = style_for(stdout, COLOUR_NEVER);
        trace_add_text(&one->answer, &plain, &out);
    } else {
        trace_add_json(&one->answer, &out);
    }
    bool is_ok = file_write_atomic(path, text_str(&out), out.n_bytes, &err);
    text_free(&out);
    return is_ok ? ERR_NONE : cli_fail(&err);
}

static int run_run(const Cli *cli)
{
    if (cli_has(cli, OPT_CSV) && cli->n_words > 1)
        return cli_usage_error(cli->command, "--csv takes one scenario: each has its own table");
    if (cli_has(cli, OPT_TRACE) && cli->n_words > 1)
        return cli_usage_error(cli->command, "--trace takes one scenario: each has its own file");
    Case *cases = calloc((size_t)cli->n_words, sizeof *cases);
    if (cases == NULL) return ERR_BUG;
    Sources sources;
    Text out;
    text_init(&out);
    int status = sources_open(cli, &sources);
    if (status == ERR_NONE) status = open_all(cli, &sources, cases);
    if (status == ERR_NONE && cli_has(cli, OPT_TRACE)) status = write_trace(cli, &cases[0]);
    if (status == ERR_NONE) status = add_output(cli, cases, &out);
    if (status == ERR_NONE) status = cli_write(cli, &out);
    for (int i = 0; i < cli->n_words; i++) case_close(&cases[i]);
    sources_close(&sources);
    text_free(&out);
    free(cases);
    return status;
}

const Command command_run = {
    .name = "run",
    .arguments = "SCENARIO...",
    .summary = "compare the options of a scenario: cost, curves, break-even",
    .details = "SCENARIO is a file, - for standard input, or the name of a shipped scenario\n"
               "(support-chat, reference/S0). With --json, several scenarios make one document\n"
               "with an array `runs`; a single one also has its break-even. --trace writes how each\n"
               "total comes about, down to inputs and their sources.",
    .min_words = 1,
    .max_words = WORDS_ANY,
    .run = run_run,
    .n_options = 8,
    .options = {OPT_AS_OF, OPT_CURRENCY, OPT_PRICING, OPT_RECORDS, OPT_TRACE, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};
