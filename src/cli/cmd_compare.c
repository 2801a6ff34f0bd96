/* `compare`: scenarios against the first one. Layer: cli. */
#include "cli/commands.h"
#include "cli/context.h"

#include "tokentco/compare.h"

#include <stdlib.h>

static int compare_all(const Cli *cli, const Case *cases, Comparison *comparisons, int *n)
{
    for (*n = 0; *n < cli->n_words - 1; (*n)++) {
        Err err = {0};
        int i = *n + 1;
        if (comparison_build(&cases[0].answer, cli->words[0], &cases[i].answer, cli->words[i],
                             &comparisons[*n], &err))
            continue;
        return cli_fail(&err);
    }
    return ERR_NONE;
}

static int print_all(const Cli *cli, const Comparison *comparisons, int n)
{
    Text out;
    text_init(&out);
    if (cli_has(cli, OPT_JSON)) {
        comparisons_add_json(comparisons, n, &out);
    } else if (cli_has(cli, OPT_CSV)) {
        comparisons_add_csv(comparisons, n, &out);
    } else {
        Style style = cli_style(cli);
        for (int i = 0; i < n; i++) {
            if (i > 0) text_add(&out, "\n");
            comparison_add_text(&comparisons[i], &style, &out);
        }
    }
    int status = cli_write(cli, &out);
    text_free(&out);
    return status;
}

static int run_compare(const Cli *cli)
{
    Case *cases = calloc((size_t)cli->n_words, sizeof *cases);
    Comparison *comparisons = calloc((size_t)cli->n_words, sizeof *comparisons);
    Sources sources = {0};
    int status = cases != NULL && comparisons != NULL ? sources_open(cli, &sources) : ERR_BUG, n = 0;
    /* Scenarios may have currencies of their own; what differs between them is not the rate. */
    sources.resolve.currency = "USD";
    for (int i = 0; i < cli->n_words && status == ERR_NONE; i++)
        status = case_open(cli->words[i], &sources, &cases[i]);
    if (status == ERR_NONE) status = compare_all(cli, cases, comparisons, &n);
    if (status == ERR_NONE) status = print_all(cli, comparisons, n);
    for (int i = 0; i < n; i++) comparison_free(&comparisons[i]);
    for (int i = 0; cases != NULL && i < cli->n_words; i++) case_close(&cases[i]);
    sources_close(&sources);
    free(comparisons);
    free(cases);
    return status;
}

const Command command_compare = {
    .name = "compare",
    .arguments = "SCENARIO SCENARIO...",
    .summary = "say what differs between scenarios, and which difference costs what",
    .details = "Every scenario is compared with the first one: inputs, results of the options that\n"
               "have the same name and kind, and the difference in NPV shared among the changes that\n"
               "made it (Shapley values: the mean over all orders in which the changes can be made).\n"
               "Shares sum exactly to the difference. Up to 12 changes all combinations are\n"
               "evaluated; beyond that 2,000 orders are drawn and each share has its standard\n"
               "error. Fields that one look-up fills (a model's shape, an accelerator, an engine's\n"
               "efficiencies) are one change; where a mix cannot serve, what runs where is one.",
    .min_words = 2,
    .max_words = WORDS_ANY,
    .run = run_compare,
    .n_options = 6,
    .options = {OPT_AS_OF, OPT_PRICING, OPT_RECORDS, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};
