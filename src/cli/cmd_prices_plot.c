/* `prices plot`: price series over time as a chart in dots. Layer: cli. */
#include "cli/prices.h"

#include "tokentco/chart.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PLOT_HEIGHT = 18, PLOT_SERIES_MAX = SERIES_STYLES };
static const double DAYS_PER_MONTH = 365.25 / 12.0;

/* One series: its rows in the table, and how many days it covers. */
typedef struct PlotSeries {
    const PriceRow *const *rows;
    int n;
    int n_days;
} PlotSeries;

/* Months before the day of the question: small round numbers make the better ticks. */
static double months_to(Date date, Date today)
{
    return (date - today) / DAYS_PER_MONTH;
}

static Date row_end(const PriceRow *row, Date today)
{
    return row->has_end && row->seen_until < today ? row->seen_until : today;
}

/* Longest history first. */
static int series_compare(const void *a, const void *b)
{
    const PlotSeries *x = a, *y = b;
    if (x->n_days != y->n_days) return x->n_days > y->n_days ? -1 : 1;
    return (x->rows > y->rows) - (x->rows < y->rows);
}

static int split_series(PriceKind kind, const PriceRow *const *rows, int n_rows, Date today, PlotSeries *out)
{
    int n = 0;
    for (int i = 0, end; i < n_rows; i = end) {
        for (end = i + 1; end < n_rows && price_same_series(kind, rows[i], rows[end]);) end++;
        out[n++] = (PlotSeries){rows + i, end - i, row_end(rows[end - 1], today) - rows[i]->valid_from};
    }
    qsort(out, (size_t)n, sizeof *out, series_compare);
    return n;
}

/* A price holds from its first to its last day: two points a row, and a gap where there was none. */
static void fill_series(const PlotSeries *plot, PriceKind kind, int slot, Date today, Arena *arena,
                        ChartSeries *out)
{
    enum { POINTS_A_ROW = 3 };
    int value = price_key_columns(kind), n = 0;
    size_t max = (size_t)(POINTS_A_ROW * plot->n);
    double *x = arena_array(arena, max, sizeof *x), *y = arena_array(arena, max, sizeof *y);
    bool *has = arena_array(arena, max, sizeof *has);
    char number[16];
    Text key;
    text_init(&key);
    for (int i = 0; i < plot->n; i++) {
        const PriceRow *row = plot->rows[i];
        Date end = row_end(row, today);
        if (row->valid_from > today || end < row->valid_from) continue;
        bool is_gap = n > 0 && i > 0 && row->valid_from - row_end(plot->rows[i - 1], today) > 1;
        if (is_gap) x[n] = months_to(row->valid_from, today), has[n++] = false;
        x[n] = months_to(row->valid_from, today), y[n] = row->cells[value].number, has[n++] = true;
        x[n] = months_to(end, today), y[n] = row->cells[value].number, has[n++] = true;
    }
    prices_key(kind, plot->rows[0]->cells, &key);
    snprintf(number, sizeof number, "%d", slot + 1);
    *out = (ChartSeries){.name = arena_strdup(arena, text_str(&key)),
                         .label = arena_strdup(arena, number),
                         .slot = slot,
                         .n = n,
                         .x = x,
                         .y = y,
                         .has = has};
    text_free(&key);
}

static void add_legend(const Chart *chart, const Style *style, Text *out)
{
    for (int i = 0; i < chart->n_series; i++) {
        style_add(style, out, INK_SERIES + chart->series[i].slot, chart->series[i].label);
        text_addf(out, " %s\n", chart->series[i].name);
    }
}

static int plot(const Cli *cli, PriceBook *book)
{
    PriceFilter filter;
    Date today = prices_day(cli);
    if (!prices_filter(cli, cli->n_words > 0 ? cli->words[0] : NULL, &filter)) return ERR_USAGE;
    int n_rows = price_history(book, &filter, NULL, 0);
    const PriceRow **rows = arena_array(&book->arena, (size_t)n_rows + 1, sizeof *rows);
    PlotSeries *series = arena_array(&book->arena, (size_t)n_rows + 1, sizeof *series);
    price_history(book, &filter, rows, n_rows);
    int n = split_series(filter.kind, rows, n_rows, today, series);
    const PriceTableRow *table = &price_tables[filter.kind];
    Chart chart = {.title = table->columns[price_key_columns(filter.kind)].name,
                   .x = {.title = "months"},
                   .y = {.title = ""}};
    for (; chart.n_series < n && chart.n_series < PLOT_SERIES_MAX; chart.n_series++)
        fill_series(&series[chart.n_series], filter.kind, chart.n_series, today, &book->arena,
                    &chart.series[chart.n_series]);
    if (!chart_set_ranges(&chart)) {
        cli_note(cli, "nothing fits");
        return ERR_NO;
    }
    if (n > PLOT_SERIES_MAX)
        cli_note(cli, "%d series fit; the %d with the longest history are drawn", n, PLOT_SERIES_MAX);
    Text out;
    Style style = cli_style(cli);
    text_init(&out);
    chart_add_text(&chart, &style, 0, PLOT_HEIGHT, &out);
    add_legend(&chart, &style, &out);
    int status = cli_write(cli, &out);
    text_free(&out);
    return status;
}

static int run_plot(const Cli *cli)
{
    return prices_run(cli, plot);
}

const Command command_prices_plot = {
    .name = "prices plot",
    .arguments = "[TABLE]",
    .summary = "draw price series over time",
    .details =
        "The series that fit the options, those with the longest history first, as many as there are looks\n"
        "of lines. A gap is a time without a price.",
    .max_words = 1,
    .run = run_plot,
    .n_options = 9,
    .options = {OPT_PROVIDER, OPT_REGION, OPT_GPU, OPT_MODEL, OPT_TERM, OPT_TIER, OPT_AS_OF, OPT_PRICING,
                OPT_OUTPUT},
};
