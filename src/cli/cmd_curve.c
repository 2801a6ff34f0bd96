/* `curve`: costs over volume, time, context, utilisation, prices, people. Layer: cli. */
#include "cli/commands.h"
#include "cli/context.h"

#include "tokentco/curve.h"

#include <string.h>

static int find_axis(const Cli *cli, int *out)
{
    const char *word = cli_has(cli, OPT_OVER) ? cli->values[OPT_OVER] : axes[AXIS_VOLUME].name;
    *out = CURVE_TIME;
    if (strcmp(word, "time") == 0) return ERR_NONE;
    for (int i = 0; i < N_AXES; i++) {
        if (strcmp(axes[i].name, word) != 0) continue;
        *out = i;
        return ERR_NONE;
    }
    return cli_usage_error(cli->command, "--over: '%s' is not one of those that `tokentco help curve` lists",
                           word);
}

static int find_show(const Cli *cli, CurveShow *out)
{
    *out = CURVE_TOTAL;
    if (!cli_has(cli, OPT_SHOW)) return ERR_NONE;
    for (int i = 0; i < N_CURVE_SHOWS; i++) {
        if (strcmp(curve_show_name(i), cli->values[OPT_SHOW]) != 0) continue;
        *out = (CurveShow)i;
        return ERR_NONE;
    }
    return cli_usage_error(cli->command, "--show: '%s' is not total, mtok or category",
                           cli->values[OPT_SHOW]);
}

/* --range LOW:HIGH */
static int find_range(const Cli *cli, CurveRequest *request)
{
    const char *word = cli->values[OPT_RANGE], *colon = word != NULL ? strchr(word, ':') : NULL;
    char low[40];
    if (word == NULL) return ERR_NONE;
    size_t n = colon != NULL ? (size_t)(colon - word) : sizeof low;
    if (n < sizeof low) {
        memcpy(low, word, n);
        low[n] = '\0';
        request->has_range =
            parse_number(low, &request->low, NULL) && parse_number(colon + 1, &request->high, NULL);
    }
    if (request->has_range && request->low > 0.0 && request->high > request->low) return ERR_NONE;
    return cli_usage_error(cli->command, "--range: '%s' is not LOW:HIGH, two numbers above 0", word);
}

static int print_curves(const Cli *cli, const CurveSet *set)
{
    Text out;
    text_init(&out);
    if (cli_has(cli, OPT_JSON)) {
        curve_add_json(set, &out);
    } else if (cli_has(cli, OPT_CSV)) {
        curve_add_csv(set, &out);
    } else if (cli_has(cli, OPT_SVG)) {
        curve_add_svg(set, &out);
    } else {
        Style style = cli_style(cli);
        curve_add_text(set, &style, &out);
    }
    int status = cli_write(cli, &out);
    text_free(&out);
    return status;
}

static int show_curves(const Cli *cli, Case *one, void *context)
{
    CurveRequest *request = context;
    CurveSet set;
    Err err = {0};
    int status = ERR_NONE;
    if (cli_has(cli, OPT_OPTION)) status = case_find_option(one, cli->values[OPT_OPTION], &request->option);
    if (status != ERR_NONE) return status;
    /* Categories are those of one option: the cheapest unless another is named. */
    if (request->show == CURVE_BY_CATEGORY && request->option < 0)
        request->option = one->answer.best > 0 ? one->answer.best : 0;
    if (!curve_build(&one->answer, request, &set, &err)) return cli_fail(&err);
    status = print_curves(cli, &set);
    curve_free(&set);
    return status;
}

static int run_curve(const Cli *cli)
{
    CurveRequest request = {.option = -1};
    int status = find_axis(cli, &request.over);
    if (status == ERR_NONE) status = find_show(cli, &request.show);
    if (status == ERR_NONE) status = find_range(cli, &request);
    return status == ERR_NONE ? case_run(cli, NULL, show_curves, &request) : status;
}

const Command command_curve = {
    .name = "curve",
    .arguments = "SCENARIO",
    .summary = "draw costs over volume, time, context length, utilisation, prices or people",
    .details = "--over says what changes:\n"
               "  volume       requests in the first month (when left out)\n"
               "  time         the months of the horizon\n"
               "  context      mean input tokens of a request\n"
               "  gpu-price    USD per rented GPU-hour; with --option of an owned one, its server's price\n"
               "  api-price    all token prices of the APIs, as a factor on today's\n"
               "  utilisation  highest planned utilisation of a replica\n"
               "  staff        all people, as a factor on what is planned\n"
               "--show says what is drawn: total (NPV, or the cost of the month), mtok (a million\n"
               "tokens), category (of one option). One option alone (--option) is drawn with the\n"
               "band of its speed, where it has one; --csv and --json hold the band of each.",
    .min_words = 1,
    .max_words = 1,
    .run = run_curve,
    .n_options = 12,
    .options = {OPT_OVER, OPT_SHOW, OPT_OPTION, OPT_RANGE, OPT_SVG, OPT_CSV, OPT_JSON, OPT_AS_OF,
                OPT_CURRENCY, OPT_PRICING, OPT_RECORDS, OPT_OUTPUT},
};
