/* `workload from-log` and `workload from-people`: demand, as a block for a scenario. Layer: cli.
 *
 * The block is data and goes to standard output; how it came about, and the week as a chart, is for people
 * and goes to standard error.
 */
#include "cli/commands.h"

#include "tokentco/chart.h"
#include "tokentco/parse.h"
#include "tokentco/worklog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHART_ROWS = 12 };

/* The options that set a row of PEOPLE_FIELDS. */
static const struct {
    OptionId option;
    const char *row;
} people_options[] = {
    {OPT_USERS, "users"},       {OPT_SESSIONS, "sessions"},
    {OPT_TURNS, "turns"},       {OPT_STEPS, "steps"},
    {OPT_VERIFY, "verify"},     {OPT_SYSTEM_TOK, "system_tok"},
    {OPT_USER_TOK, "user_tok"}, {OPT_OUTPUT_TOK, "output_tok"},
    {OPT_TOOL_TOK, "tool_tok"}, {OPT_CONTEXT_TOK, "context_tok"},
    {OPT_KEEP, "keep_frac"},    {OPT_RETRY, "retry_frac"},
};

static void print_week(const Cli *cli, const FieldArray *hours)
{
    double x[HOURS_PER_WEEK];
    Text out;
    Style style = style_for(stderr, cli->colour);
    for (int h = 0; h < hours->n; h++) x[h] = h / 24.0;
    Chart chart = {.title = "load over mean load by day of the week, Monday first, UTC",
                   .x = {.title = "day"},
                   .y = {.title = "x"},
                   .n_series = 1,
                   .series = {{.name = "load", .label = "", .n = hours->n, .x = x, .y = hours->values}}};
    if (!chart_set_ranges(&chart)) return;
    text_init(&out);
    chart_add_text(&chart, &style, 0, CHART_ROWS, &out);
    fputs(text_str(&out), stderr);
    text_free(&out);
}

static int print_block(const Cli *cli, WorkloadBlock *block)
{
    Text out;
    if (cli_has(cli, OPT_NAME))
        snprintf(block->values.name, sizeof block->values.name, "%s", cli->values[OPT_NAME]);
    for (int i = 0; i < block->n_notes; i++) cli_note(cli, "%s", block->notes[i]);
    if (!cli_has(cli, OPT_QUIET) && block->values.profile_hours.n > 0)
        print_week(cli, &block->values.profile_hours);
    char *text = workload_block_dump(block);
    text_init(&out);
    text_addf(&out, "%s\n", text != NULL ? text : "");
    int status = text != NULL ? cli_write(cli, &out) : ERR_BUG;
    text_free(&out);
    free(text);
    return status;
}

static int run_from_log(const Cli *cli)
{
    WorkloadBlock block;
    ErrList errors;
    err_list_init(&errors);
    int status;
    if (workload_from_log(cli->words[0], cli->values[OPT_FORMAT], &block, &errors)) {
        status = print_block(cli, &block);
    } else {
        err_list_print(&errors, stderr);
        status = (int)err_list_code(&errors);
    }
    err_list_free(&errors);
    return status;
}

static bool read_people(const Cli *cli, People *people, Err *err)
{
    field_set_defaults(people_rows, N_PEOPLE_ROWS, people);
    for (size_t i = 0; i < sizeof people_options / sizeof people_options[0]; i++) {
        const char *text = cli->values[people_options[i].option];
        const FieldRow *row = field_find(people_rows, N_PEOPLE_ROWS, people_options[i].row);
        double value = 0.0;
        if (text == NULL || row == NULL) continue;
        if (!parse_quantity(text, row->unit, &value, err) || !field_set(row, people, value, err))
            return err_place(err, "--%s", cli_options[people_options[i].option].name);
    }
    return true;
}

static int run_from_people(const Cli *cli)
{
    People people;
    WorkloadBlock block;
    Err err = {0};
    if (!read_people(cli, &people, &err)) return cli_usage_error(cli->command, "%s: %s", err.place, err.text);
    if (workload_from_people(&people, &block, &err)) return print_block(cli, &block);
    return cli_fail(&err);
}

const Command command_workload_from_log = {
    .name = "workload from-log",
    .arguments = "FILE",
    .summary = "fit a workload to a log of requests or a usage export",
    .details = "FILE is CSV or JSON Lines, gzip or not, with a time, input and output tokens, and\n"
               "where it has them tokens from a cache; - is standard input. Columns and members\n"
               "are found by name: Azure inference traces (TIMESTAMP, ContextTokens,\n"
               "GeneratedTokens), usage exports and responses of OpenAI and Anthropic, spend logs\n"
               "of LiteLLM, request logs of vLLM. --format is csv, jsonl or json.\n"
               "\n"
               "The block for the `workloads` of a scenario goes to standard output. A figure that\n"
               "the log is too short to show is left out and keeps its default; the notes say so.",
    .min_words = 1,
    .max_words = 1,
    .run = run_from_log,
    .n_options = 3,
    .options = {OPT_FORMAT, OPT_NAME, OPT_OUTPUT},
};

const Command command_workload_from_people = {
    .name = "workload from-people",
    .arguments = "",
    .summary = "make a workload from people, conversations and agent steps",
    .details = "A conversation sends its whole context again with every call: n calls cost about\n"
               "n squared tokens, most of them sent before, which decides the cache's share. The\n"
               "arithmetic is printed step by step.",
    .run = run_from_people,
    .n_options = 14,
    .options = {OPT_USERS, OPT_SESSIONS, OPT_TURNS, OPT_STEPS, OPT_VERIFY, OPT_SYSTEM_TOK, OPT_USER_TOK,
                OPT_OUTPUT_TOK, OPT_TOOL_TOK, OPT_CONTEXT_TOK, OPT_KEEP, OPT_RETRY, OPT_NAME, OPT_OUTPUT},
};
