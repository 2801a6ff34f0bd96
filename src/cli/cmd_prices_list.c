/* `prices list, show, spread`: what the book holds on a day. Layer: cli. */
#include "cli/prices.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The columns of a table, then when the row holds and where it is from. */
enum { TAIL_FROM, TAIL_UNTIL, TAIL_STATE, TAIL_SOURCE, TAIL_RETRIEVED, TAIL_NOTE, N_TAIL };
enum { SHOWN_MAX = 7, OWN_MAX = SHEET_COLUMNS_MAX - N_TAIL };

/* Columns that are too many for a terminal stay for files. */
static int table_columns(PriceKind kind, SheetColumn out[SHEET_COLUMNS_MAX])
{
    static const SheetColumn tail[N_TAIL] = {
        {"valid_from", "valid_from", SHOW_TEXT}, {"seen_until", "seen_until", SHOW_TEXT},
        {"state", "state", SHOW_TEXT},           {"source", NULL, SHOW_TEXT},
        {"retrieved_on", NULL, SHOW_TEXT},       {"note", NULL, SHOW_TEXT}};
    int n = price_own_columns(kind);
    if (n > OWN_MAX) n = OWN_MAX;
    for (int i = 0; i < n; i++) {
        const PriceColumn *column = &price_tables[kind].columns[i];
        out[i] = (SheetColumn){column->name, i < SHOWN_MAX ? column->name : NULL,
                               column->type == COLUMN_NUMBER ? SHOW_SHORTEST : SHOW_TEXT};
    }
    memcpy(out + n, tail, sizeof tail);
    return n + N_TAIL;
}

static const char *row_state(const PriceRow *row, Date day)
{
    if (row->has_end && row->seen_until < row->valid_from) return "withdrawn";
    if (row->valid_from > day) return price_row_is_announced(row) ? "announced" : "later";
    if (row->has_end && row->seen_until < day) return "ended";
    return row->is_overlay ? "in force, yours" : "in force";
}

static void add_row(Sheet *sheet, const PriceRow *row, Date day)
{
    char date[16];
    int n = sheet->n_columns - N_TAIL;
    sheet_row(sheet);
    for (int i = 0; i < n; i++) {
        if (row->cells[i].has && sheet->columns[i].format != SHOW_TEXT) {
            sheet_set_number(sheet, i, row->cells[i].number);
        } else {
            sheet_set(sheet, i, row->cells[i].text);
        }
    }
    date_format(row->valid_from, date);
    sheet_set(sheet, n + TAIL_FROM, date);
    date_format(row->seen_until, date);
    sheet_set(sheet, n + TAIL_UNTIL, row->has_end ? date : "");
    sheet_set(sheet, n + TAIL_STATE, row_state(row, day));
    sheet_set(sheet, n + TAIL_SOURCE, row->source);
    date_format(row->retrieved_on, date);
    sheet_set(sheet, n + TAIL_RETRIEVED, date);
    sheet_set(sheet, n + TAIL_NOTE, row->note);
}

int prices_print_rows(const Cli *cli, PriceKind kind, const PriceRow *const *rows, int n, const Text *head)
{
    SheetColumn columns[SHEET_COLUMNS_MAX];
    Sheet sheet;
    bool is_file = cli_has(cli, OPT_JSON) || cli_has(cli, OPT_CSV);
    if (n == 0) cli_note(cli, "nothing fits");
    if (n == 0 && !is_file) return ERR_NO;
    sheet_init(&sheet, columns, table_columns(kind, columns));
    for (int i = 0; i < n; i++) add_row(&sheet, rows[i], prices_day(cli));
    int status = sheet_print(cli, &sheet, "tokentco/prices/1", "rows", head);
    return status == ERR_NONE && n == 0 ? ERR_NO : status;
}

/* A row and the price it is sorted by; equal prices keep the order of the table. */
typedef struct PricedRow {
    double usd;
    const PriceRow *row;
} PricedRow;

static int price_compare(const void *a, const void *b)
{
    const PricedRow *x = a, *y = b;
    if (x->usd < y->usd || x->usd > y->usd) return x->usd < y->usd ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

static void sort_by_price(const PriceRow **rows, int n, int column, Arena *arena)
{
    PricedRow *priced = arena_array(arena, (size_t)n + 1, sizeof *priced);
    for (int i = 0; i < n; i++) priced[i] = (PricedRow){rows[i]->cells[column].number, rows[i]};
    qsort(priced, (size_t)n, sizeof *priced, price_compare);
    for (int i = 0; i < n; i++) rows[i] = priced[i].row;
}

static int list_rows(const Cli *cli, PriceBook *book)
{
    PriceFilter filter;
    if (!prices_filter(cli, cli->n_words > 0 ? cli->words[0] : NULL, &filter)) return ERR_USAGE;
    int n = price_list(book, &filter, prices_day(cli), NULL, 0);
    const PriceRow **rows = arena_array(&book->arena, (size_t)n + 1, sizeof *rows);
    price_list(book, &filter, prices_day(cli), rows, n);
    bool is_price = filter.kind == PRICE_GPU_RENTAL || filter.kind == PRICE_API;
    if (is_price) sort_by_price(rows, n, price_key_columns(filter.kind), &book->arena);
    return prices_print_rows(cli, filter.kind, rows, n, NULL);
}

/* ---- show ---- */

/* Does every word stand somewhere in the row's key, or is it an alias of something there? */
static bool has_words(const PriceBook *book, const Cli *cli, PriceKind kind, const PriceRow *row)
{
    static const char *const kinds[] = {"gpu", "provider", "model"};
    for (int w = 0; w < cli->n_words; w++) {
        bool is_found = false;
        for (int i = 0; i < price_key_columns(kind) && !is_found; i++) {
            const char *text = row->cells[i].text;
            is_found = strstr(text, cli->words[w]) != NULL || strcasecmp(text, cli->words[w]) == 0;
            for (size_t k = 0; k < sizeof kinds / sizeof *kinds && !is_found; k++)
                is_found = strcasecmp(pricebook_resolve(book, kinds[k], cli->words[w]), text) == 0;
        }
        if (!is_found) return false;
    }
    return true;
}

/* The rows of one table that fit all words; returns how many there are. */
static int find_rows(const Cli *cli, PriceBook *book, PriceKind kind, const PriceRow ***out)
{
    PriceFilter any = {.kind = kind};
    int n = price_list(book, &any, prices_day(cli), NULL, 0), n_found = 0;
    const PriceRow **rows = arena_array(&book->arena, (size_t)n + 1, sizeof *rows);
    price_list(book, &any, prices_day(cli), rows, n);
    for (int i = 0; i < n; i++)
        if (has_words(book, cli, kind, rows[i])) rows[n_found++] = rows[i];
    *out = rows;
    return n_found;
}

static int show_words(const Cli *cli, PriceBook *book)
{
    static const PriceKind kinds[] = {PRICE_API, PRICE_GPU_RENTAL, PRICE_ACCELERATORS, PRICE_MODELS};
    bool is_file = cli_has(cli, OPT_JSON) || cli_has(cli, OPT_CSV);
    int status = ERR_NO;
    for (size_t k = 0; k < sizeof kinds / sizeof *kinds; k++) {
        const PriceRow **rows;
        Text head;
        int n = find_rows(cli, book, kinds[k], &rows);
        if (n == 0) continue;
        text_init(&head);
        text_addf(&head, "%s%s\n", status == ERR_NONE ? "\n" : "", price_tables[kinds[k]].title);
        status = prices_print_rows(cli, kinds[k], rows, n, &head);
        text_free(&head);
        /* A file holds one table. */
        if (is_file || status != ERR_NONE) return status;
    }
    if (status == ERR_NO) {
        const char *near = pricebook_nearest(book, PRICE_API, APIP_MODEL, cli->words[0]);
        cli_note(cli, "nothing fits%s%s%s", near != NULL ? "; did you mean '" : "", near != NULL ? near : "",
                 near != NULL ? "'?" : "");
    }
    return status;
}

/* ---- spread ---- */

static int show_spread(const Cli *cli, PriceBook *book)
{
    static const SheetColumn columns[] = {
        {"sellers", "sellers", SHOW_SHORTEST}, {"min_usd", "min", SHOW_PRICE},
        {"p25_usd", "p25", SHOW_PRICE},        {"median_usd", "median", SHOW_PRICE},
        {"p75_usd", "p75", SHOW_PRICE},        {"max_usd", "max", SHOW_PRICE},
        {"cheapest", "cheapest", SHOW_TEXT},   {"dearest", "dearest", SHOW_TEXT}};
    PriceFilter filter;
    PriceSpread spread;
    if (!prices_filter(cli, NULL, &filter)) return ERR_USAGE;
    /* Terms and tiers are different goods; the plain one is meant unless another is named. */
    if (filter.kind == PRICE_GPU_RENTAL && filter.keys[RENTAL_TERM] == NULL)
        filter.keys[RENTAL_TERM] = "on_demand";
    if (filter.kind == PRICE_API && filter.keys[APIP_TIER] == NULL) filter.keys[APIP_TIER] = "base";
    if (!price_spread(book, &filter, prices_day(cli), &spread)) {
        cli_note(cli, "nobody sells that on that day");
        return ERR_NO;
    }
    const double figures[] = {spread.n_sellers,  spread.min_usd, spread.p25_usd,
                              spread.median_usd, spread.p75_usd, spread.max_usd};
    enum { N_FIGURES = sizeof figures / sizeof *figures };
    Sheet sheet;
    sheet_init(&sheet, columns, (int)(sizeof columns / sizeof *columns));
    sheet_row(&sheet);
    for (int i = 0; i < N_FIGURES; i++) sheet_set_number(&sheet, i, figures[i]);
    sheet_set(&sheet, N_FIGURES, spread.cheapest);
    sheet_set(&sheet, N_FIGURES + 1, spread.dearest);
    return sheet_print(cli, &sheet, "tokentco/prices-spread/1", "spread", NULL);
}

static int run_list(const Cli *cli)
{
    return prices_run(cli, list_rows);
}
static int run_show(const Cli *cli)
{
    return prices_run(cli, show_words);
}
static int run_spread(const Cli *cli)
{
    return prices_run(cli, show_spread);
}

const Command command_prices_list = {
    .name = "prices list",
    .arguments = "[TABLE]",
    .summary = "list the rows of the price book that hold on a day",
    .details = "TABLE is a file of the price book without .csv: gpu_rental (the default), api_prices,\n"
               "accelerators, models, licences, networking, staffing, facility, aliases, profiles.\n"
               "Prices are sorted, the lowest first. Files (--csv, --json) have every column.",
    .max_words = 1,
    .run = run_list,
    .n_options = 13,
    .options = {OPT_PROVIDER, OPT_REGION, OPT_GPU, OPT_MODEL, OPT_TERM, OPT_TIER, OPT_MIN, OPT_MAX, OPT_AS_OF,
                OPT_PRICING, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};

const Command command_prices_show = {
    .name = "prices show",
    .arguments = "WORD...",
    .summary = "find a model, accelerator or seller in the price book",
    .details =
        "Every row that holds on the day and has all words in its key, or what they are other names of.",
    .min_words = 1,
    .max_words = WORDS_ANY,
    .run = run_show,
    .n_options = 5,
    .options = {OPT_AS_OF, OPT_PRICING, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};

const Command command_prices_find = {
    .name = "prices find",
    .arguments = "WORD...",
    .summary = "the same as prices show",
    .details = "",
    .min_words = 1,
    .max_words = WORDS_ANY,
    .run = run_show,
    .n_options = 5,
    .options = {OPT_AS_OF, OPT_PRICING, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};

const Command command_prices_spread = {
    .name = "prices spread",
    .arguments = "",
    .summary = "least, quartiles and most that sellers ask on a day",
    .details = "Each seller counts once, with its lowest price. Without --term on-demand prices are meant,\n"
               "without --tier the base tier.",
    .run = run_spread,
    .n_options = 11,
    .options = {OPT_PROVIDER, OPT_REGION, OPT_GPU, OPT_MODEL, OPT_TERM, OPT_TIER, OPT_AS_OF, OPT_PRICING,
                OPT_JSON, OPT_CSV, OPT_OUTPUT},
};
