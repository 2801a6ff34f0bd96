/* `sensitivity`: which inputs matter. Layer: cli. */
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/long_run.h"
#include "cli/risk_args.h"

#include "tokentco/risk_report.h"

#include <stdlib.h>

enum { ROWS_DEFAULT = 1024, ROWS_MAX = 1 << 18, PATHS = 64 };

static int print_sensitivity(const Cli *cli, const RiskView *view)
{
    Text out;
    text_init(&out);
    if (cli_has(cli, OPT_JSON)) {
        sensitivity_json_add(view, &out);
    } else if (cli_has(cli, OPT_CSV)) {
        CurrencyColumns room;
        Table table =
            table_in_currency(sensitivity_table(view, false), view->resolved->inputs.currency, &room);
        table_add_csv(&table, CSV_RFC4180, &out);
    } else {
        Style style = cli_style(cli);
        sensitivity_report_add(view, &style, &out);
    }
    int status = cli_write(cli, &out);
    text_free(&out);
    return status;
}

static int run_indices(const Cli *cli, const Resolved *resolved, const RiskArgs *args)
{
    const Inputs *inputs = &resolved->inputs;
    const Uncertainty *uncertainty = &resolved->uncertainty;
    Tornado *tornado = calloc(1, sizeof *tornado);
    Indices *indices = calloc(1, sizeof *indices);
    LongRun run;
    int status = ERR_BUG;
    long_run_begin(cli, "indices", &run);
    bool is_ok =
        tornado != NULL && indices != NULL && tornado_build(inputs, uncertainty, tornado) &&
        tornado_add_flips(inputs, uncertainty, tornado) &&
        indices_build(inputs, uncertainty, &args->settings, args->n_draws, PATHS, &run.progress, indices);
    long_run_end(&run);
    if (is_ok) {
        RiskView view = {
            .resolved = resolved, .tornado = tornado, .indices = indices, .seed = args->settings.seed};
        status = print_sensitivity(cli, &view);
        if (status == ERR_NONE && tornado->best < 0) status = ERR_NO;
    } else {
        fprintf(stderr, "tokentco: out of memory for %ld rows\n", args->n_draws);
    }
    free(tornado);
    free(indices);
    return status;
}

static int rank_case(const Cli *cli, Case *one, void *context)
{
    int status = risk_args_check(cli, &one->resolved);
    return status == ERR_NONE ? run_indices(cli, &one->resolved, context) : status;
}

static int run_sensitivity(const Cli *cli)
{
    RiskArgs args;
    int status = risk_args_read(cli, ROWS_DEFAULT, ROWS_MAX, &args);
    return status == ERR_NONE ? case_run(cli, NULL, rank_case, &args) : status;
}

const Command command_sensitivity = {
    .name = "sensitivity",
    .arguments = "SCENARIO",
    .summary = "say which uncertain inputs matter, and how far each must move to change the winner",
    .details =
        "Tornado, elasticities and flip distances around the scenario as it is; then Morris screening\n"
        "and Sobol' indices over all uncertain inputs, taken as independent. --samples is the number\n"
        "of rows of the Sobol' design; it takes that times the number of inputs plus two evaluations.",
    .min_words = 1,
    .max_words = 1,
    .run = run_sensitivity,
    .n_options = 10,
    .options = {OPT_SAMPLES, OPT_SEED, OPT_THREADS, OPT_AS_OF, OPT_PRICING, OPT_RECORDS, OPT_CURRENCY,
                OPT_JSON, OPT_CSV, OPT_OUTPUT},
};
