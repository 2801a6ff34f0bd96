/* `prices forecast`: where prices may go, and what that is worth. Layer: cli. */
#include "cli/prices.h"

#include "tokentco/forecast.h"

#include <math.h>

static const double PER_CENT = 100.0;

static void add_fit(const WalkFit *fit, Text *out)
{
    text_addf(out,
              "%d monthly changes of %d series: drift %+.2f %% a month, everyday spread %.2f %%;\n"
              "a jump in %.1f %% of months, mean %+.0f %%, spread %.0f %%\n\n",
              fit->n_changes, fit->n_series, PER_CENT * fit->drift, PER_CENT * fit->sigma,
              PER_CENT * fit->jump_prob, PER_CENT * fit->jump_mean, PER_CENT * fit->jump_sigma);
}

static void add_scores(const Forecast *forecast, Text *out)
{
    text_add(out, "back-test   origins  independent   mean absolute log error      80 % band held\n"
                  "                                   flat    decay   walk\n");
    for (int h = 0; h < N_FORECAST_HORIZONS; h++) {
        const ForecastScore *score = &forecast->scores[h];
        text_addf(out, "%2d months   ", score->horizon_months);
        if (score->n_origins == 0) {
            text_add(out, "none: the history is too short\n");
            continue;
        }
        text_addf(out, "%7d  %11d   %.3f   %.3f   %.3f        %3.0f %% (%.0f to %.0f)\n", score->n_origins,
                  score->n_independent, score->error[FORECAST_FLAT], score->error[FORECAST_DECAY],
                  score->error[FORECAST_WALK], PER_CENT * score->coverage, PER_CENT * score->coverage_low,
                  PER_CENT * score->coverage_high);
    }
    text_addf(
        out,
        "\nused: %s, the simplest that no other beats with 90 %% confidence. Origins overlap, so few are\n"
        "independent; prices of hand-kept lists stand still between edits, which narrows the bands.\n\n",
        forecast_model_word(forecast->chosen));
}

static int forecast(const Cli *cli, PriceBook *book)
{
    static const SheetColumn columns[] = {{"month", "month", SHOW_SHORTEST},
                                          {"p10_factor", "p10", SHOW_PRICE},
                                          {"p50_factor", "p50", SHOW_PRICE},
                                          {"p90_factor", "p90", SHOW_PRICE},
                                          {"model", NULL, SHOW_TEXT}};
    static const double probs[] = {0.1, 0.5, 0.9};
    enum { N_PROBS = sizeof probs / sizeof *probs, QUARTER = 3, MONTHS = 36 };
    PriceFilter filter;
    Forecast found;
    Err err = {0};
    double months = MONTHS;
    bool is_file = cli_has(cli, OPT_JSON) || cli_has(cli, OPT_CSV);
    if (!prices_filter(cli, NULL, &filter) || !prices_number(cli, OPT_MONTHS, &months)) return ERR_USAGE;
    if (!(months >= 1.0 && months <= FORECAST_MONTHS_MAX))
        return cli_usage_error(cli->command, "--months: from 1 to %d", FORECAST_MONTHS_MAX);
    if (filter.kind == PRICE_GPU_RENTAL && filter.keys[RENTAL_TERM] == NULL)
        filter.keys[RENTAL_TERM] = "on_demand";
    if (!forecast_build(book, &filter, prices_day(cli), &found, &err)) return cli_fail(&err);
    Text head;
    Sheet sheet;
    text_init(&head);
    add_fit(&found.fit, &head);
    add_scores(&found, &head);
    text_add(&head, "price as a multiple of today's:\n");
    sheet_init(&sheet, columns, (int)(sizeof columns / sizeof *columns));
    for (int month = 1; month <= (int)months; month++) {
        if (!is_file && month % QUARTER != 0) continue;
        sheet_row(&sheet);
        sheet_set_number(&sheet, 0, month);
        for (int p = 0; p < N_PROBS; p++)
            sheet_set_number(&sheet, 1 + p, forecast_factor(&found, month, probs[p]));
        sheet_set(&sheet, 1 + N_PROBS, forecast_model_word(found.chosen));
    }
    int status = sheet_print(cli, &sheet, "tokentco/prices-forecast/1", "months", &head);
    text_free(&head);
    return status;
}

static int run_forecast(const Cli *cli)
{
    return prices_run(cli, forecast);
}

const Command command_prices_forecast = {
    .name = "prices forecast",
    .arguments = "",
    .summary = "say where prices may go, with a back-test of how much that is worth",
    .details =
        "The series that fit the options are pooled by month. Three models of their logarithm are compared\n"
        "on rolling origins: flat, decay (the mean slope goes on) and a random walk with jumps. Each\n"
        "origin is scored with what was known before it.",
    .run = run_forecast,
    .n_options = 12,
    .options = {OPT_PROVIDER, OPT_REGION, OPT_GPU, OPT_MODEL, OPT_TERM, OPT_TIER, OPT_MONTHS, OPT_AS_OF,
                OPT_PRICING, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};
