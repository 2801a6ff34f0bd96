/* What the `prices` commands share. Layer: cli. */
#include "cli/prices.h"

#include <stdio.h>
#include <string.h>

int prices_run_on(const Cli *cli, unsigned kinds, int (*run)(const Cli *cli, PriceBook *book))
{
    PriceBook book;
    ErrList errors;
    int status = ERR_NONE;
    err_list_init(&errors);
    bool is_ok = pricebook_open(&book, cli_has(cli, OPT_PRICING) ? cli->values[OPT_PRICING] : NULL, &errors);
    for (int kind = 0; is_ok && kind < N_PRICE_KINDS; kind++)
        is_ok = (kinds >> kind & 1U) == 0 || pricebook_need(&book, (PriceKind)kind, &errors);
    if (!is_ok) {
        err_list_print(&errors, stderr);
        status = (int)err_list_code(&errors);
    }
    err_list_free(&errors);
    if (is_ok) status = run(cli, &book);
    pricebook_close(&book);
    return status;
}

int prices_run(const Cli *cli, int (*run)(const Cli *cli, PriceBook *book))
{
    return prices_run_on(cli, ~0U, run);
}

bool prices_date(const Cli *cli, OptionId id, Date *out)
{
    Err err = {0};
    if (!cli_has(cli, id) || parse_date(cli->values[id], out, &err)) return true;
    cli_usage_error(cli->command, "--%s: %s", cli_options[id].name, err.text);
    return false;
}

bool prices_number(const Cli *cli, OptionId id, double *out)
{
    Err err = {0};
    if (!cli_has(cli, id) || parse_number(cli->values[id], out, &err)) return true;
    cli_usage_error(cli->command, "--%s: %s", cli_options[id].name, err.text);
    return false;
}

Date prices_day(const Cli *cli)
{
    Date day = date_today();
    (void)prices_date(cli, OPT_AS_OF, &day); /* checked with the command line */
    return day;
}

void prices_key(PriceKind kind, const PriceCell *cells, Text *out)
{
    text_clear(out);
    for (int i = 0; i < price_key_columns(kind); i++) {
        if (i > 0) text_add(out, "/");
        if (cells[i].text[0] != '\0') {
            text_add(out, cells[i].text);
        } else {
            text_addf(out, "%g", cells[i].number);
        }
    }
}

/* Options that filter, and the key column that each is about. */
static const struct {
    OptionId id;
    const char *column;
} key_options[] = {{OPT_PROVIDER, "provider"}, {OPT_REGION, "region"}, {OPT_GPU, "gpu"},
                   {OPT_MODEL, "model"},       {OPT_TERM, "term"},     {OPT_TIER, "tier"}};

static int table_named(const char *name)
{
    int kind = 0;
    while (kind < N_PRICE_KINDS && strcmp(price_tables[kind].name, name) != 0) kind++;
    return kind;
}

bool prices_filter(const Cli *cli, const char *table, PriceFilter *out)
{
    bool is_api = cli_has(cli, OPT_MODEL) || cli_has(cli, OPT_TIER);
    int kind = table != NULL ? table_named(table) : is_api ? PRICE_API : PRICE_GPU_RENTAL;
    if (kind == N_PRICE_KINDS) {
        cli_usage_error(cli->command, "there is no price table '%s'", table);
        return false;
    }
    *out = (PriceFilter){
        .kind = (PriceKind)kind, .has_min = cli_has(cli, OPT_MIN), .has_max = cli_has(cli, OPT_MAX)};
    for (size_t i = 0; i < sizeof key_options / sizeof *key_options; i++) {
        if (!cli_has(cli, key_options[i].id)) continue;
        int column = price_column_find(out->kind, key_options[i].column);
        if (column < 0 || column >= price_key_columns(out->kind)) {
            cli_usage_error(cli->command, "%s.csv has no %s", price_tables[kind].name, key_options[i].column);
            return false;
        }
        out->keys[column] = cli->values[key_options[i].id];
    }
    return prices_number(cli, OPT_MIN, &out->min_usd) && prices_number(cli, OPT_MAX, &out->max_usd);
}
