/* `export`: the ledger of a scenario in the formats of finance. Layer: cli. */
#include "cli/commands.h"
#include "cli/context.h"

#include "tokentco/export.h"

#include <string.h>

/* Exact totals on standard error: what the amounts in the file sum to. */
static void note_totals(const Cli *cli, const Postings *postings)
{
    const Inputs *inputs = &postings->resolved->inputs;
    for (int i = 0; i < inputs->n_options; i++) {
        char total[MICROS_BYTES];
        micros_format(postings->option_totals[i], total);
        if (postings->option_totals[i].micro_usd != 0)
            cli_note(cli, "%s: total %s %s", inputs->options[i].name, total, inputs->currency);
    }
}

static int write_export(const Cli *cli, const ExportFormat *format, ExportRequest *request)
{
    Text out;
    Err err = {0};
    text_init(&out);
    int status = ERR_NONE;
    if (!format->write(request, &out, &err)) {
        status = cli_fail(&err);
    } else {
        status = cli_write(cli, &out);
    }
    if (status == ERR_NONE) note_totals(cli, request->postings);
    if (status == ERR_NONE && request->n_guarded > 0)
        cli_note(cli, "%d texts that a spreadsheet would run as a formula got an apostrophe in front",
                 request->n_guarded);
    text_free(&out);
    return status;
}

/* What is asked for: the format, and how to look at the postings. */
typedef struct ExportArgs {
    const ExportFormat *format;
    ExportRequest request;
    Lens lens;
} ExportArgs;

static int unknown_format(const Cli *cli, const char *name)
{
    Text names;
    text_init(&names);
    for (int i = 0; i < n_export_formats; i++)
        text_addf(&names, "%s%s", i > 0 ? ", " : "", export_formats[i].name);
    int status = cli_usage_error(cli->command, "--format: '%s' is not one of %s", name, text_str(&names));
    text_free(&names);
    return status;
}

static int read_args(const Cli *cli, ExportArgs *out)
{
    const char *name = cli_has(cli, OPT_FORMAT) ? cli->values[OPT_FORMAT] : "csv";
    Err err = {0};
    *out = (ExportArgs){.format = export_find(name), .request.is_unguarded = cli_has(cli, OPT_NO_GUARD)};
    if (out->format == NULL) return unknown_format(cli, name);
    bool is_ledger = strncmp(name, "csv", strlen("csv")) == 0;
    if (cli_has(cli, OPT_DIALECT) && !is_ledger)
        return cli_usage_error(cli->command, "--dialect is for csv and csv-wide");
    if (cli_has(cli, OPT_DIALECT) &&
        !csv_dialect_parse(cli->values[OPT_DIALECT], &out->request.dialect, &err))
        return cli_usage_error(cli->command, "--dialect: %s", err.text);
    if (cli_has(cli, OPT_LENS) && !lens_parse(cli->values[OPT_LENS], &out->lens, &err))
        return cli_usage_error(cli->command, "--lens: %s", err.text);
    if (out->lens != LENS_CASH && !is_ledger)
        return cli_usage_error(cli->command,
                               "--lens is for csv and csv-wide; FOCUS rows have both sides already");
    return ERR_NONE;
}

/* Writes the postings as they are or through a lens. */
static int write_through(const Cli *cli, ExportArgs *args, const Postings *cash)
{
    Postings seen = {0};
    Err err = {0};
    args->request.postings = cash;
    if (args->lens != LENS_CASH) {
        if (!postings_view(cash, args->request.answer->workspace, args->lens, &seen, &err))
            return cli_fail(&err);
        args->request.postings = &seen;
    }
    int status = write_export(cli, args->format, &args->request);
    postings_free(&seen);
    return status;
}

static int export_case(const Cli *cli, Case *one, void *context)
{
    ExportArgs *args = context;
    Postings postings;
    Err err = {0};
    if ((args->format->has_curves && !answer_add_curves(&one->answer, &err)) ||
        !postings_build(&one->resolved, one->answer.workspace, &postings, &err))
        return cli_fail(&err);
    args->request.answer = &one->answer;
    int status = write_through(cli, args, &postings);
    postings_free(&postings);
    return status;
}

static int run_export(const Cli *cli)
{
    ExportArgs args;
    int status = read_args(cli, &args);
    return status == ERR_NONE ? case_run(cli, NULL, export_case, &args) : status;
}

const Command command_export = {
    .name = "export",
    .arguments = "SCENARIO",
    .summary = "write the ledger of a scenario for finance",
    .details =
        "Formats:\n"
        "  csv        ledger, one line a posting: scenario, option, month, category, account,\n"
        "             driver, quantity, unit, unit_price, currency, per_usd and rate_date (its rate for\n"
        "             one USD and the day of that), amount, basis, source\n"
        "  csv-wide   lines by months, with totals\n"
        "  xlsx       workbook with live formulas: summary, assumptions, ledger, months, checks\n"
        "  html       report as one page, to read and to print\n"
        "  ledger     journal for ledger and hledger\n"
        "  beancount  journal for beancount\n"
        "  focus-1.2, focus-1.4  rows of the FinOps cost and usage specification\n"
        "Amounts are exact decimals in the scenario's currency, rounded once to millionths; their "
        "sums are the\n"
        "totals on standard error. All of it is a forecast, not a bill.",
    .min_words = 1,
    .max_words = 1,
    .run = run_export,
    .n_options = 9,
    .options = {OPT_FORMAT, OPT_DIALECT, OPT_LENS, OPT_NO_GUARD, OPT_AS_OF, OPT_CURRENCY, OPT_PRICING,
                OPT_RECORDS, OPT_OUTPUT},
};
