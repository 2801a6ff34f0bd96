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
        err_print(&err, stderr);
        status = (int)err.code;
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

/* Writes the postings as they are or through a lens. */
static int write_through(const Cli *cli, const ExportFormat *format, ExportRequest *request,
                         const Postings *cash, Lens lens)
{
    Postings seen = {0};
    Err err = {0};
    request->postings = cash;
    if (lens != LENS_CASH) {
        if (!postings_view(cash, request->answer->workspace, lens, &seen, &err)) {
            err_print(&err, stderr);
            return (int)err.code;
        }
        request->postings = &seen;
    }
    int status = write_export(cli, format, request);
    postings_free(&seen);
    return status;
}

static int run_export(const Cli *cli)
{
    const char *name = cli_has(cli, OPT_FORMAT) ? cli->values[OPT_FORMAT] : "csv";
    const ExportFormat *format = export_find(name);
    if (format == NULL) return cli_usage_error(cli->command, "there is no format '%s'", name);
    ExportRequest request = {.is_unguarded = cli_has(cli, OPT_NO_GUARD)};
    Err err = {0};
    if (cli_has(cli, OPT_DIALECT) && !csv_dialect_parse(cli->values[OPT_DIALECT], &request.dialect, &err))
        return cli_usage_error(cli->command, "--dialect: %s", err.text);
    Lens lens = LENS_CASH;
    if (cli_has(cli, OPT_LENS) && !lens_parse(cli->values[OPT_LENS], &lens, &err))
        return cli_usage_error(cli->command, "--lens: %s", err.text);
    if (lens != LENS_CASH && strncmp(format->name, "csv", 3) != 0)
        return cli_usage_error(cli->command,
                               "--lens is for csv and csv-wide; FOCUS rows have both sides already");
    Sources sources;
    Case one = {0};
    Postings postings = {0};
    int status = sources_open(cli, &sources);
    if (status == ERR_NONE) status = case_open(cli->words[0], &sources, &one);
    if (status == ERR_NONE) {
        if (answer_add_curves(&one.answer, &err) &&
            postings_build(&one.resolved, one.answer.workspace, &postings, &err)) {
            request.answer = &one.answer;
            status = write_through(cli, format, &request, &postings, lens);
        } else {
            err_print(&err, stderr);
            status = (int)err.code;
        }
    }
    postings_free(&postings);
    case_close(&one);
    sources_close(&sources);
    return status;
}

const Command command_export = {
    .name = "export",
    .arguments = "SCENARIO",
    .summary = "write the ledger of a scenario for finance",
    .details = "Formats:\n"
               "  csv        ledger, one line a posting: scenario, option, month, category, account,\n"
               "             driver, quantity, unit, unit_price, currency, amount, basis, source\n"
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
