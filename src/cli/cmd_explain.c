/* `explain`: a figure back to its formula, its numbers and their sources. Layer: cli. */
#include "cli/commands.h"
#include "cli/context.h"

#include "tokentco/explain.h"

#include <stdio.h>
#include <string.h>

static int find_category(const char *word, CategoryId *out)
{
    for (int c = 0; c < N_CATEGORIES; c++) {
        if (strcmp(cost_categories[c].name, word) != 0) continue;
        *out = (CategoryId)c;
        return ERR_NONE;
    }
    fprintf(stderr, "tokentco: there is no category '%s'; there are:\n", word);
    for (int c = 0; c < N_CATEGORIES; c++)
        fprintf(stderr, "  %-14s %s\n", cost_categories[c].name, cost_categories[c].doc);
    return ERR_USAGE;
}

/* A month by its number from 1, or as YYYY-MM. */
static int find_month(const Cli *cli, const Inputs *inputs, const char *word, int *out)
{
    long number = 0;
    Month month = 0;
    if (parse_integer(word, 1, inputs->horizon_months, &number, NULL)) {
        *out = (int)number - 1;
        return ERR_NONE;
    }
    if (parse_month(word, &month, NULL) && month >= inputs->start &&
        month < inputs->start + inputs->horizon_months) {
        *out = month - inputs->start;
        return ERR_NONE;
    }
    char first[16], last[16];
    month_format(inputs->start, first);
    month_format(inputs->start + inputs->horizon_months - 1, last);
    return cli_usage_error(cli->command, "'%s' is not a month from 1 to %d or from %s to %s", word,
                           inputs->horizon_months, first, last);
}

static int print_explanation(const Cli *cli, const ExplainRequest *request)
{
    const OptionResult *result = workspace_result(request->answer->workspace, request->option);
    const char *name = request->answer->resolved->inputs.options[request->option].name;
    if (!result->is_feasible) {
        fprintf(stderr, "tokentco: '%s' is not feasible: %s\n", name, result->reason);
        return ERR_NO;
    }
    Style style = style_for(stdout, cli->colour);
    Text out;
    text_init(&out);
    bool is_there = request->month >= 0 && (cli_has(cli, OPT_JSON) ? explain_add_json(request, &out)
                                                                   : explain_add_text(request, &style, &out));
    int status = is_there ? cli_write(cli, &out) : ERR_NO;
    if (!is_there)
        fprintf(stderr, "tokentco: '%s' has no cost of %s%s\n", name, cost_categories[request->category].name,
                request->month >= 0 ? " in that month" : "");
    text_free(&out);
    return status;
}

static int run_explain(const Cli *cli)
{
    Sources sources;
    Case one = {0};
    ExplainRequest request = {0};
    int status = find_category(cli->words[2], &request.category);
    if (status != ERR_NONE) return status;
    status = sources_open(cli, &sources);
    if (status == ERR_NONE) status = case_open(cli->words[0], &sources, &one);
    if (status == ERR_NONE) status = case_find_option(cli, &one, cli->words[1], &request.option);
    if (status == ERR_NONE) {
        request.answer = &one.answer;
        request.month = explain_first_month(&one.answer, request.option, request.category);
        if (cli->n_words > 3) status = find_month(cli, &one.resolved.inputs, cli->words[3], &request.month);
    }
    if (status == ERR_NONE) status = print_explanation(cli, &request);
    case_close(&one);
    sources_close(&sources);
    return status;
}

const Command command_explain = {
    .name = "explain",
    .arguments = "SCENARIO OPTION CATEGORY [MONTH]",
    .summary = "show the formula, the numbers and their sources behind a cost",
    .details = "OPTION is a name or a number from 1; MONTH a number from 1 or YYYY-MM, by default\n"
               "the first month that has the cost.",
    .min_words = 3,
    .max_words = 4,
    .run = run_explain,
    .n_options = 5,
    .options = {OPT_JSON, OPT_AS_OF, OPT_PRICING, OPT_RECORDS, OPT_OUTPUT},
};
