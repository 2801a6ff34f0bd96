/* `explain`: a figure back to its formula, its numbers and their sources. Layer: cli. */
#include "cli/commands.h"
#include "cli/context.h"

#include "tokentco/explain.h"

#include <stdio.h>
#include <string.h>

static int unknown_figure(const char *word)
{
    fprintf(stderr, "tokentco: there is no figure '%s'; there are:\n", word);
    fprintf(stderr, "  npv, total, levelised, per_request, per_user, per_unit; the drivers that these lead "
                    "to; and the categories\n");
    for (int c = 0; c < N_CATEGORIES; c++)
        fprintf(stderr, "  %-18s %s\n", cost_categories[c].name, cost_categories[c].doc);
    fprintf(stderr, "and the figures behind them\n");
    for (int i = 0; i < explain_figure_count(); i++)
        fprintf(stderr, "  %-18s %s\n", explain_figure_name(i), explain_figure_doc(i));
    return ERR_USAGE;
}

/* A month by its number from 1, or as YYYY-MM. */
static int find_month(const Cli *cli, const Inputs *inputs, const char *word, int *out)
{
    long number = 0;
    Month month = 0;
    if (strcmp(word, "all") == 0) {
        *out = MONTH_ALL;
        return ERR_NONE;
    }
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
    return cli_usage_error(cli->command, "'%s' is not a month from 1 to %d, or from %s to %s, or all", word,
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
    Style style = cli_style(cli);
    Text out;
    text_init(&out);
    bool is_there =
        cli_has(cli, OPT_JSON) ? explain_add_json(request, &out) : explain_add_text(request, &style, &out);
    int status = is_there ? cli_write(cli, &out) : ERR_NO;
    if (!is_there) fprintf(stderr, "tokentco: '%s' has no %s\n", name, request->figure);
    text_free(&out);
    return status;
}

/* --depth N, or all. */
static int find_depth(const Cli *cli, int *out)
{
    long number = 0;
    const char *word = cli->values[OPT_DEPTH];
    if (word == NULL) return ERR_NONE;
    if (strcmp(word, "all") == 0) {
        *out = DEPTH_ALL;
        return ERR_NONE;
    }
    if (!parse_integer(word, 1, DEPTH_ALL, &number, NULL))
        return cli_usage_error(cli->command, "--depth: '%s' is not a number of levels from 1 on, or all",
                               word);
    *out = (int)number;
    return ERR_NONE;
}

/* Sums over the whole horizon; what flows in a month is shown for the first one that has it. */
static int default_month(const ExplainRequest *request)
{
    static const char *const wholes[] = {"npv", "total", "levelised", "per_request", "per_user", "per_unit"};
    for (size_t i = 0; i < sizeof wholes / sizeof *wholes; i++)
        if (strcmp(request->figure, wholes[i]) == 0) return MONTH_ALL;
    int first = explain_first_month(request->answer, request->option, request->figure);
    return first >= 0 ? first : MONTH_ALL;
}

static int explain(const Cli *cli, Case *one, void *context)
{
    ExplainRequest *request = context;
    int status = case_find_option(one, cli->words[1], &request->option);
    if (status != ERR_NONE) return status;
    request->answer = &one->answer;
    request->month = default_month(request);
    if (cli->n_words > 3) status = find_month(cli, &one->resolved.inputs, cli->words[3], &request->month);
    return status == ERR_NONE ? print_explanation(cli, request) : status;
}

static int run_explain(const Cli *cli)
{
    ExplainRequest request = {.figure = cli->n_words > 2 ? cli->words[2] : "npv"};
    int status = find_depth(cli, &request.depth);
    if (status != ERR_NONE) return status;
    if (!explain_has_figure(request.figure)) return unknown_figure(request.figure);
    return case_run(cli, NULL, explain, &request);
}

const Command command_explain = {
    .name = "explain",
    .arguments = "SCENARIO OPTION [FIGURE [MONTH]]",
    .summary = "take a figure apart: its formula, its numbers and their sources",
    .details = "OPTION is a name or a number from 1. FIGURE is npv (the default), total, levelised,\n"
               "per_request, per_user, per_unit, a category, a driver, or a figure behind them\n"
               "(peak_replicas, replica_rate, fte; a wrong name lists them). MONTH is a number\n"
               "from 1, YYYY-MM, or all; by default sums are over all months, and a cost is that\n"
               "of the first month which has it.\n"
               "Two levels are shown; --depth says how many, down to inputs and their sources.\n"
               "With --json the whole derivation is written unless --depth says less.",
    .min_words = 2,
    .max_words = 4,
    .run = run_explain,
    .n_options = 7,
    .options = {OPT_DEPTH, OPT_JSON, OPT_AS_OF, OPT_CURRENCY, OPT_PRICING, OPT_RECORDS, OPT_OUTPUT},
};
