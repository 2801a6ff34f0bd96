/* `prices history, diff`: how prices moved. Layer: cli. */
#include "cli/prices.h"

#include <math.h>
#include <string.h>

/* ---- history ---- */

enum { SPARK_STEPS = 24, SPARK_LEVELS = 8 };

/* Prices over time as a row of bars, evenly spaced in days; blanks where there was none. */
static void add_sparkline(Text *out, const Style *style, const PriceRow *const *rows, int n, int column,
                          Date end)
{
    static const char *const bars[SPARK_LEVELS] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    static const char ascii[] = "_.-=+*%#";
    double low = rows[0]->cells[column].number, high = low;
    for (int i = 1; i < n; i++) {
        low = fmin(low, rows[i]->cells[column].number);
        high = fmax(high, rows[i]->cells[column].number);
    }
    Date start = rows[0]->valid_from;
    for (int step = 0; step < SPARK_STEPS; step++) {
        Date day = start + (Date)((double)(end - start) * step / (SPARK_STEPS - 1));
        const PriceRow *held = NULL;
        for (int i = 0; i < n; i++)
            if (rows[i]->valid_from <= day) held = rows[i];
        if (held == NULL || !price_row_holds(held, day)) {
            text_add(out, " ");
            continue;
        }
        double share = high > low ? (held->cells[column].number - low) / (high - low) : 0.5;
        int level = (int)(share * (SPARK_LEVELS - 1) + 0.5);
        if (style->is_utf8) {
            text_add(out, bars[level]);
        } else {
            text_add_char(out, ascii[level], 1);
        }
    }
}

static void add_series(Text *out, const Style *style, PriceKind kind, const PriceRow *const *rows, int n,
                       Date end)
{
    Text key;
    int value = price_key_columns(kind);
    text_init(&key);
    prices_key(kind, rows[0]->cells, &key);
    style_add(style, out, INK_STRONG, text_str(&key));
    text_add(out, "   ");
    add_sparkline(out, style, rows, n, value, end);
    text_add(out, "\n");
    for (int i = 0; i < n; i++) {
        char from[16], until[16] = "", usd[FORMAT_BYTES];
        date_format(rows[i]->valid_from, from);
        if (rows[i]->has_end) date_format(rows[i]->seen_until, until);
        format_price(rows[i]->cells[value].number, usd);
        text_addf(out, "  %s to %-10s %10s  %s%s%s\n", from, until, usd, rows[i]->source,
                  rows[i]->note[0] != '\0' ? "; " : "", rows[i]->note);
    }
    text_free(&key);
}

static int show_history(const Cli *cli, PriceBook *book)
{
    PriceFilter filter;
    if (!prices_filter(cli, cli->n_words > 0 ? cli->words[0] : NULL, &filter)) return ERR_USAGE;
    int n = price_history(book, &filter, NULL, 0);
    const PriceRow **rows = arena_array(&book->arena, (size_t)n + 1, sizeof *rows);
    price_history(book, &filter, rows, n);
    if (n == 0 || cli_has(cli, OPT_JSON) || cli_has(cli, OPT_CSV))
        return prices_print_rows(cli, filter.kind, rows, n, NULL);
    Text out;
    Style style = cli_style(cli);
    text_init(&out);
    for (int i = 0, end; i < n; i = end) {
        for (end = i + 1; end < n && price_same_series(filter.kind, rows[i], rows[end]);) end++;
        add_series(&out, &style, filter.kind, rows + i, end - i, prices_day(cli));
    }
    int status = cli_write(cli, &out);
    text_free(&out);
    return status;
}

/* ---- diff ---- */

enum { D_WHAT, D_BEFORE, D_AFTER, D_CHANGE, D_COLUMNS };

static void add_move(Sheet *sheet, PriceKind kind, const PriceMove *move)
{
    const PriceRow *row = move->after != NULL ? move->after : move->before;
    int n_keys = price_key_columns(kind);
    double before = move->before != NULL ? move->before->cells[n_keys].number : 0.0;
    double after = move->after != NULL ? move->after->cells[n_keys].number : 0.0;
    sheet_row(sheet);
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): a move has a row before or after */
    for (int k = 0; k < n_keys; k++) sheet_set(sheet, k, row->cells[k].text);
    sheet_set(sheet, n_keys + D_WHAT,
              move->before == NULL  ? "new"
              : move->after == NULL ? "ended"
                                    : "changed");
    if (move->before != NULL) sheet_set_number(sheet, n_keys + D_BEFORE, before);
    if (move->after != NULL) sheet_set_number(sheet, n_keys + D_AFTER, after);
    if (move->before != NULL && move->after != NULL && before > 0.0)
        sheet_set_number(sheet, n_keys + D_CHANGE, after / before - 1.0);
}

static int show_diff(const Cli *cli, PriceBook *book)
{
    static const SheetColumn tail[D_COLUMNS] = {{"what", "what", SHOW_TEXT},
                                                {"before_usd", "before", SHOW_SHORTEST},
                                                {"after_usd", "after", SHOW_SHORTEST},
                                                {"change_frac", "change", SHOW_PERCENT}};
    PriceFilter filter;
    Date from = 0, to = prices_day(cli);
    if (!prices_filter(cli, cli->n_words > 0 ? cli->words[0] : NULL, &filter)) return ERR_USAGE;
    if (!cli_has(cli, OPT_FROM)) return cli_usage_error(cli->command, "the first day is wanted: --from DATE");
    if (!prices_date(cli, OPT_FROM, &from) || !prices_date(cli, OPT_TO, &to)) return ERR_USAGE;
    int n = price_moves(book, &filter, from, to, NULL, 0), n_keys = price_key_columns(filter.kind);
    PriceMove *moves = arena_array(&book->arena, (size_t)n + 1, sizeof *moves);
    price_moves(book, &filter, from, to, moves, n);
    SheetColumn columns[PRICE_KEYS_MAX + D_COLUMNS];
    for (int i = 0; i < n_keys; i++) {
        const char *name = price_tables[filter.kind].columns[i].name;
        columns[i] = (SheetColumn){name, name, SHOW_TEXT};
    }
    memcpy(columns + n_keys, tail, sizeof tail);
    Sheet sheet;
    sheet_init(&sheet, columns, n_keys + D_COLUMNS);
    for (int i = 0; i < n; i++) add_move(&sheet, filter.kind, &moves[i]);
    if (n == 0) cli_note(cli, "nothing moved");
    int status = sheet_print(cli, &sheet, "tokentco/prices-diff/1", "moves", NULL);
    return status == ERR_NONE && n > 0 ? ERR_NO : status;
}

static int run_history(const Cli *cli)
{
    return prices_run(cli, show_history);
}
static int run_diff(const Cli *cli)
{
    return prices_run(cli, show_diff);
}

const Command command_prices_history = {
    .name = "prices history",
    .arguments = "[TABLE]",
    .summary = "show all rows of price series, with a line of bars for each",
    .details = "A row holds from its first to its last day; one without a last day still does. Notes say\n"
               "where a series changed its source: such a step need not be a change of the price.",
    .max_words = 1,
    .run = run_history,
    .n_options = 13,
    .options = {OPT_PROVIDER, OPT_REGION, OPT_GPU, OPT_MODEL, OPT_TERM, OPT_TIER, OPT_MIN, OPT_MAX, OPT_AS_OF,
                OPT_PRICING, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};

const Command command_prices_diff = {
    .name = "prices diff",
    .arguments = "[TABLE]",
    .summary = "show which prices moved between two days",
    .details =
        "Compares the first price of each row (USD per GPU-hour, per million input tokens) on the days\n"
        "--from and --to. The exit status is 1 when anything moved, 0 when nothing did.",
    .max_words = 1,
    .run = run_diff,
    .n_options = 14,
    .options = {OPT_FROM, OPT_TO, OPT_PROVIDER, OPT_REGION, OPT_GPU, OPT_MODEL, OPT_TERM, OPT_TIER, OPT_MIN,
                OPT_MAX, OPT_PRICING, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};
