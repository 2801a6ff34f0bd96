/* `costs`: what one request, user and business unit costs; lenses; budgets. Layer: cli. */
#include "cli/commands.h"
#include "cli/context.h"

#include "tokentco/cost_report.h"

static int print_costs(const Cli *cli, const CostReport *report)
{
    const Inputs *inputs = &report->answer->resolved->inputs;
    Text out;
    text_init(&out);
    if (cli_has(cli, OPT_JSON)) {
        cost_report_add_json(report, &out);
    } else if (cli_has(cli, OPT_CSV)) {
        CurrencyColumns room;
        Table table = table_in_currency(unit_costs_table(report), inputs->currency, &room);
        table_add_csv(&table, CSV_RFC4180, &out);
    } else {
        Style style = cli_style(cli);
        cost_report_add_text(report, &style, &out);
    }
    int status = cli_write(cli, &out);
    text_free(&out);
    return status;
}

static int show_costs(const Cli *cli, Case *one, void *context)
{
    CostReport report;
    Err err = {0};
    (void)context;
    if (!cost_report_build(&one->answer, &report, &err)) return cli_fail(&err);
    int status = print_costs(cli, &report);
    cost_report_free(&report);
    return status;
}

static int run_costs(const Cli *cli)
{
    return case_run(cli, NULL, show_costs, NULL);
}

const Command command_costs = {
    .name = "costs",
    .arguments = "SCENARIO",
    .summary = "what one request, user and business unit costs; marginal, cash, accrual; budgets",
    .details = "The scenario names the business unit (unit_name, units_per_month), the users and the\n"
               "budgets (budget_usd_per_month, budget_usd). Costs of one are present values over\n"
               "discounted numbers, as $/Mtok is. Accrual spreads purchases over their book life and\n"
               "sums to the cash; `export --lens accrual` writes its ledger.",
    .min_words = 1,
    .max_words = 1,
    .run = run_costs,
    .n_options = 7,
    .options = {OPT_AS_OF, OPT_CURRENCY, OPT_PRICING, OPT_RECORDS, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};
