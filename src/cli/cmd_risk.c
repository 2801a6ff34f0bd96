/* `risk`: how sure the comparison is. Layer: cli. */
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/long_run.h"
#include "cli/risk_args.h"

#include "tokentco/file.h"
#include "tokentco/risk_report.h"

#include <stdlib.h>
#include <string.h>

/* ---- --draws ---- */

typedef struct DrawRows {
    const Risk *risk;
    const Resolved *resolved;
    long next;
} DrawRows;

static void add_draw_header(const Resolved *resolved, Text *out)
{
    CsvOut csv;
    csv_out_init(&csv, out, CSV_RFC4180);
    csv_out_text(&csv, "draw");
    for (int i = 0; i < resolved->uncertainty.n; i++)
        csv_out_text(&csv, resolved->uncertainty.items[i].pointer);
    for (int o = 0; o < resolved->inputs.n_options; o++) csv_out_text(&csv, resolved->inputs.options[o].name);
    csv_out_end_line(&csv);
}

/* Some thousand draws at a time, so that a million need no more memory than that. */
static bool next_draws(void *context, Text *out)
{
    enum { CHUNK = 4096 };
    DrawRows *rows = context;
    long n = risk_result(rows->risk)->n_draws;
    if (rows->next == 0) add_draw_header(rows->resolved, out);
    for (int k = 0; k < CHUNK && rows->next < n; k++, rows->next++) {
        double values[UNCERTAIN_MAX], npv;
        CsvOut csv;
        csv_out_init(&csv, out, CSV_RFC4180);
        risk_draw_values(rows->risk, rows->next, values);
        csv_out_number(&csv, (double)rows->next);
        for (int i = 0; i < rows->resolved->uncertainty.n; i++) csv_out_number(&csv, values[i]);
        for (int o = 0; o < rows->resolved->inputs.n_options; o++) {
            if (risk_draw_npv(rows->risk, rows->next, o, &npv)) {
                csv_out_number(&csv, npv);
            } else {
                csv_out_null(&csv);
            }
        }
        csv_out_end_line(&csv);
    }
    return rows->next < n && !long_run_is_cancelled();
}

static int write_draws(const Cli *cli, const Risk *risk, const Resolved *resolved)
{
    Err err = {0};
    DrawRows rows = {risk, resolved, 0};
    if (file_write_parts(cli->values[OPT_DRAWS], next_draws, long_run_is_cancelled, &rows, &err))
        return ERR_NONE;
    if (!long_run_is_cancelled()) err_print(&err, stderr);
    return (int)err.code;
}

/* ---- the command ---- */

static int print_risk(const Cli *cli, const RiskView *view)
{
    Text out;
    text_init(&out);
    if (cli_has(cli, OPT_JSON)) {
        risk_json_add(view, &out);
    } else if (cli_has(cli, OPT_CSV)) {
        CurrencyColumns room;
        Table table = table_in_currency(risk_table(view, false), view->resolved->inputs.currency, &room);
        table_add_csv(&table, CSV_RFC4180, &out);
    } else {
        Style style = cli_style(cli);
        risk_report_add(view, &style, &out);
    }
    int status = cli_write(cli, &out);
    text_free(&out);
    return status;
}

static bool can_any_serve(const RiskResult *result)
{
    for (int o = 0; o < result->n_options; o++)
        if (result->options[o].has_figures) return true;
    return false;
}

static int run_draws(const Cli *cli, const Resolved *resolved, const RiskArgs *args)
{
    Tornado *tornado = calloc(1, sizeof *tornado);
    Risk *risk = risk_new(&resolved->inputs, &resolved->uncertainty, &args->settings);
    LongRun run;
    int status = ERR_BUG;
    long_run_begin(cli, "draws", &run);
    bool is_ok = tornado != NULL && risk != NULL && risk_advance(risk, args->n_draws, &run.progress) &&
                 tornado_build(&resolved->inputs, &resolved->uncertainty, tornado) &&
                 tornado_add_flips(&resolved->inputs, &resolved->uncertainty, tornado);
    if (is_ok) status = cli_has(cli, OPT_DRAWS) ? write_draws(cli, risk, resolved) : ERR_NONE;
    long_run_end(&run);
    /* Draws on standard output leave no room for a page. */
    bool has_page = !cli_has(cli, OPT_DRAWS) || strcmp(cli->values[OPT_DRAWS], "-") != 0;
    if (is_ok && status == ERR_NONE && has_page) {
        RiskView view = {.resolved = resolved,
                         .risk = risk_result(risk),
                         .tornado = tornado,
                         .is_random = args->settings.is_random,
                         .seed = args->settings.seed};
        status = print_risk(cli, &view);
        if (status == ERR_NONE && !can_any_serve(view.risk)) status = ERR_NO;
    } else if (!is_ok) {
        fprintf(stderr, "tokentco: out of memory for %ld draws\n", args->n_draws);
    }
    risk_free(risk);
    free(tornado);
    return status;
}

static int draw_case(const Cli *cli, Case *one, void *context)
{
    int status = risk_args_check(cli, &one->resolved);
    return status == ERR_NONE ? run_draws(cli, &one->resolved, context) : status;
}

static int run_risk(const Cli *cli)
{
    RiskArgs args;
    int status = risk_args_read(cli, RISK_DRAWS_DEFAULT, RISK_DRAWS_MAX, &args);
    return status == ERR_NONE ? case_run(cli, NULL, draw_case, &args) : status;
}

const Command command_risk = {
    .name = "risk",
    .arguments = "SCENARIO",
    .summary = "say how sure the comparison is, and what to measure first",
    .details = "The scenario's `uncertain` inputs are drawn together, every option sees the same draws. A\n"
               "distribution is {\"p5\": 0.4, \"p95\": 2.5}, \"0.4 to 2.5\", or one of these by "
               "\"dist\":\n" RISK_DISTRIBUTIONS_HELP
               "\"relative\": true makes the draw a factor on the scenario's own value. Keys are fields:\n"
               "/workloads/0/growth_per_month, /options/*/rent/decline_per_year, /staff/... for every\n"
               "option; /options/N/api/prices moves all prices of an API. The bands of throughputs enter\n"
               "by themselves. The same seed gives the same bits at any number of threads.",
    .min_words = 1,
    .max_words = 1,
    .run = run_risk,
    .n_options = 12,
    .options = {OPT_SAMPLES, OPT_DRAWS, OPT_RANDOM, OPT_SEED, OPT_THREADS, OPT_AS_OF, OPT_CURRENCY,
                OPT_PRICING, OPT_RECORDS, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};
