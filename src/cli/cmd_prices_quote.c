/* `prices quote`: what a request costs under its seller's rules. Layer: cli. */
#include "cli/prices.h"

#include "tokentco/csv_in.h"
#include "tokentco/quote.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { Q_PROVIDER, Q_MODEL, Q_TIER, Q_INPUT, Q_CACHED, Q_WRITTEN, Q_OUTPUT, Q_TOTAL, Q_NOTE, Q_COLUMNS };
static const SheetColumn quote_columns[Q_COLUMNS] = {{"provider", "provider", SHOW_TEXT},
                                                     {"model", "model", SHOW_TEXT},
                                                     {"tier", "tier", SHOW_TEXT},
                                                     {"input_usd", "input USD", SHOW_DIGITS},
                                                     {"cached_usd", "cached", SHOW_DIGITS},
                                                     {"cache_write_usd", "cache write", SHOW_DIGITS},
                                                     {"output_usd", "output", SHOW_DIGITS},
                                                     {"total_usd", "total USD", SHOW_DIGITS},
                                                     {"note", NULL, SHOW_TEXT}};

/* A row with the quote, or with the reason why there is none. */
static void add_quote(Sheet *sheet, const char *provider, const char *model, const Quote *quote,
                      const char *note)
{
    sheet_row(sheet);
    sheet_set(sheet, Q_PROVIDER, provider);
    sheet_set(sheet, Q_MODEL, model);
    sheet_set(sheet, Q_NOTE, note);
    if (quote == NULL) return;
    sheet_set(sheet, Q_TIER, quote->row->cells[APIP_TIER].text);
    sheet_set_number(sheet, Q_INPUT, quote->input_usd);
    sheet_set_number(sheet, Q_CACHED, quote->cached_usd);
    sheet_set_number(sheet, Q_WRITTEN, quote->cache_write_usd);
    sheet_set_number(sheet, Q_OUTPUT, quote->output_usd);
    sheet_set_number(sheet, Q_TOTAL, quote->total_usd);
}

/* "16:30" to minutes of the day. */
static bool read_minute(const Cli *cli, QuoteRequest *request)
{
    enum { HOURS = 24, MINUTES = 60 };
    int hour, minute, end = 0;
    if (!cli_has(cli, OPT_AT)) return true;
    const char *text = cli->values[OPT_AT];
    bool is_time = sscanf(text, "%2d:%2d%n", &hour, &minute, &end) == 2 && text[end] == '\0' && hour >= 0 &&
                   hour < HOURS && minute >= 0 && minute < MINUTES;
    if (!is_time) {
        cli_usage_error(cli->command, "--at: '%s' is no time of day; write HH:MM", text);
        return false;
    }
    request->has_minute = true;
    request->minute_utc = hour * MINUTES + minute;
    return true;
}

static bool read_request(const Cli *cli, QuoteRequest *out)
{
    *out = (QuoteRequest){.output_multiplier = 1.0,
                          .is_batch = cli_has(cli, OPT_BATCH),
                          .service = cli_has(cli, OPT_SERVICE) ? cli->values[OPT_SERVICE] : NULL};
    return prices_number(cli, OPT_IN, &out->input_tok) && prices_number(cli, OPT_CACHED, &out->cached_tok) &&
           prices_number(cli, OPT_WRITTEN, &out->cache_write_tok) &&
           prices_number(cli, OPT_OUT, &out->output_tok) &&
           prices_number(cli, OPT_MULTIPLIER, &out->output_multiplier) && read_minute(cli, out);
}

/* ---- many requests ---- */

typedef struct QuoteFile {
    const Cli *cli;
    const PriceBook *book;
    QuoteRequest request; /* what the options say for all of them */
    Sheet *sheet;
    ErrList *errors;
    int n_missing;
} QuoteFile;

static bool visit_request(void *context, const CsvRecord *record, bool is_header)
{
    enum { PROVIDER, MODEL, IN, CACHED, WRITTEN, OUT, N_FIELDS };
    QuoteFile *file = context;
    double numbers[N_FIELDS] = {0};
    Err err = {0};
    if (is_header) return true;
    bool is_ok = record->n_fields == N_FIELDS ||
                 err_set(&err, ERR_DATA, "provider,model,in,cached,written,out are wanted");
    for (int i = IN; is_ok && i < N_FIELDS; i++) is_ok = parse_number(record->fields[i], &numbers[i], &err);
    if (!is_ok) {
        err_at(&err, record->file, record->line, 0);
        err_list_add(file->errors, &err);
        return true;
    }
    QuoteRequest request = file->request;
    request.input_tok = numbers[IN];
    request.cached_tok = numbers[CACHED];
    request.cache_write_tok = numbers[WRITTEN];
    request.output_tok = numbers[OUT];
    Quote quote;
    const char *provider = pricebook_resolve(file->book, "provider", record->fields[PROVIDER]);
    bool has_price = quote_build(file->book, provider, record->fields[MODEL], &request, prices_day(file->cli),
                                 &quote, &err);
    file->n_missing += !has_price;
    add_quote(file->sheet, provider, record->fields[MODEL], has_price ? &quote : NULL,
              has_price ? "" : err.text);
    return true;
}

static int quote_file(const Cli *cli, const PriceBook *book, const QuoteRequest *request)
{
    Sheet sheet;
    ErrList errors;
    err_list_init(&errors);
    sheet_init(&sheet, quote_columns, Q_COLUMNS);
    QuoteFile file = {cli, book, *request, &sheet, &errors, 0};
    int status;
    if (csv_read_file(cli->values[OPT_FILE], NULL, visit_request, &file, &errors) && errors.n_items == 0) {
        status = sheet_print(cli, &sheet, "tokentco/prices-quote/1", "quotes", NULL);
    } else {
        sheet_free(&sheet);
        err_list_print(&errors, stderr);
        status = (int)err_list_code(&errors);
    }
    err_list_free(&errors);
    return status == ERR_NONE && file.n_missing > 0 ? ERR_NO : status;
}

/* ---- one request at every seller of the model ---- */

static int quote_sellers(const Cli *cli, PriceBook *book, const QuoteRequest *request)
{
    const char *model = cli->words[0],
               *provider = cli_has(cli, OPT_PROVIDER) ? cli->values[OPT_PROVIDER] : NULL;
    PriceFilter filter = {.kind = PRICE_API, .keys = {provider, model, "base"}};
    int n = price_list(book, &filter, prices_day(cli), NULL, 0), n_quotes = 0;
    const PriceRow **rows = arena_array(&book->arena, (size_t)n + 1, sizeof *rows);
    price_list(book, &filter, prices_day(cli), rows, n);
    Sheet sheet;
    Err err = {0};
    sheet_init(&sheet, quote_columns, Q_COLUMNS);
    for (int i = 0; i < n; i++) {
        Quote quote;
        Err fault = {0};
        const char *seller = rows[i]->cells[APIP_PROVIDER].text, *name = rows[i]->cells[APIP_MODEL].text;
        if (quote_build(book, seller, name, request, prices_day(cli), &quote, &fault)) {
            add_quote(&sheet, seller, name, &quote, quote.row->note);
            n_quotes++;
        } else if (err.code == ERR_NONE) {
            err = fault;
        }
    }
    if (n_quotes > 0) return sheet_print(cli, &sheet, "tokentco/prices-quote/1", "quotes", NULL);
    sheet_free(&sheet);
    const char *near = n == 0 ? pricebook_nearest(book, PRICE_API, APIP_MODEL, model) : NULL;
    err_set(&err, ERR_NO, "no price of %s on that day%s%s%s", model, near != NULL ? "; did you mean '" : "",
            near != NULL ? near : "", near != NULL ? "'?" : "");
    return cli_fail(&err);
}

static int quote(const Cli *cli, PriceBook *book)
{
    QuoteRequest request;
    if (!read_request(cli, &request)) return ERR_USAGE;
    if (cli_has(cli, OPT_FILE)) return quote_file(cli, book, &request);
    if (cli->n_words == 0) return cli_usage_error(cli->command, "a model or --file is wanted");
    return quote_sellers(cli, book, &request);
}

static int run_quote(const Cli *cli)
{
    return prices_run(cli, quote);
}

const Command command_prices_quote = {
    .name = "prices quote",
    .arguments = "[MODEL]",
    .summary = "price one API request, or a file of them",
    .details =
        "Cached and written tokens are parts of the input. A long-context tier is chosen by the length of\n"
        "the input and prices the whole request. What a seller has no own price for costs as much as\n"
        "plain input. Without --provider every seller of the model is asked. --file takes many requests;\n"
        "the exit status is 1 when any of them has no price.",
    .max_words = 1,
    .run = run_quote,
    .n_options = 15,
    .options = {OPT_PROVIDER, OPT_IN, OPT_CACHED, OPT_WRITTEN, OPT_OUT, OPT_MULTIPLIER, OPT_BATCH,
                OPT_SERVICE, OPT_AT, OPT_FILE, OPT_AS_OF, OPT_PRICING, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};
