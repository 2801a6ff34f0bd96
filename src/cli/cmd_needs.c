/* `needs`: what would have to be true for another option to win. Layer: cli. */
#include "cli/commands.h"
#include "cli/context.h"

#include "tokentco/needs.h"

static int print_needs(const Cli *cli, const Needs *needs)
{
    Text out;
    text_init(&out);
    if (cli_has(cli, OPT_JSON)) {
        needs_add_json(needs, &out);
    } else if (cli_has(cli, OPT_CSV)) {
        Table table = needs_table(needs);
        table_add_csv(&table, CSV_RFC4180, &out);
    } else {
        Style style = cli_style(cli);
        needs_add_text(needs, &style, &out);
    }
    int status = cli_write(cli, &out);
    text_free(&out);
    return status;
}

static int show_needs(const Cli *cli, Case *one, void *context)
{
    Needs needs;
    Err err = {0};
    (void)context;
    return needs_build(&one->answer, &needs, &err) ? print_needs(cli, &needs) : cli_fail(&err);
}

/* Prices of the table are inputs, and those are in USD. */
static int run_needs(const Cli *cli)
{
    return case_run(cli, "USD", show_needs, NULL);
}

const Command command_needs = {
    .name = "needs",
    .arguments = "SCENARIO",
    .summary = "what would have to be true for each other option to win",
    .details = "For each option against the cheapest: the volume, the input length, the GPU price, the\n"
               "API price, the planned utilisation and the people at which it would cost as little,\n"
               "each moved alone from where it is; or that none of the values looked at does it.",
    .min_words = 1,
    .max_words = 1,
    .run = run_needs,
    .n_options = 6,
    .options = {OPT_AS_OF, OPT_PRICING, OPT_RECORDS, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};
