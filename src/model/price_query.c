/* Questions to the price book over time. Layer: model. */
#include "tokentco/price_query.h"

#include <gsl/gsl_statistics_double.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* The kind of alias that a key column takes; NULL: none. */
static const char *alias_kind(PriceKind kind, int column)
{
    const char *name = price_tables[kind].columns[column].name;
    if (strcmp(name, "gpu") == 0) return "gpu";
    if (strcmp(name, "provider") == 0) return "provider";
    return NULL;
}

static bool text_fits(const char *pattern, const char *text)
{
    size_t n = strlen(pattern);
    if (n > 0 && pattern[n - 1] == '*') return strncasecmp(pattern, text, n - 1) == 0;
    return strcasecmp(pattern, text) == 0;
}

/* Models are found by the seller's name, and by ours when an alias leads there. */
static bool key_fits(const PriceBook *book, PriceKind kind, int column, const char *wanted, const char *text)
{
    if (text_fits(wanted, text)) return true;
    const char *alias = alias_kind(kind, column);
    if (alias != NULL) return strcasecmp(pricebook_resolve(book, alias, wanted), text) == 0;
    if (kind != PRICE_API || column != APIP_MODEL) return false;
    return strcasecmp(pricebook_resolve(book, "model", text), pricebook_resolve(book, "model", wanted)) == 0;
}

bool price_filter_fits(const PriceBook *book, const PriceFilter *filter, const PriceRow *row)
{
    int n_keys = price_key_columns(filter->kind);
    for (int i = 0; i < n_keys; i++) {
        if (filter->keys[i] != NULL && !key_fits(book, filter->kind, i, filter->keys[i], row->cells[i].text))
            return false;
    }
    const PriceCell *value = &row->cells[n_keys];
    if (filter->has_min && !(value->has && value->number >= filter->min_usd)) return false;
    return !filter->has_max || (value->has && value->number <= filter->max_usd);
}

/* Is the next row of the table the same series on the same day? Then that one counts. */
static bool is_replaced(const PriceTable *table, PriceKind kind, int i)
{
    const PriceRow *row = &table->rows[i];
    return i + 1 < table->n_rows && row[1].valid_from == row->valid_from &&
           price_same_series(kind, row, row + 1);
}

int price_history(const PriceBook *book, const PriceFilter *filter, const PriceRow **out, int max)
{
    const PriceTable *table = &book->tables[filter->kind];
    int n = 0;
    for (int i = 0; i < table->n_rows; i++) {
        const PriceRow *row = &table->rows[i];
        if (is_replaced(table, filter->kind, i) || !price_filter_fits(book, filter, row)) continue;
        if (n < max) out[n] = row;
        n++;
    }
    return n;
}

/* The row of the series that starts at `*i` that holds on a day, or NULL; `*i` moves to the next series. */
static const PriceRow *series_at(const PriceTable *table, PriceKind kind, int *i, Date as_of)
{
    const PriceRow *first = &table->rows[*i], *found = NULL;
    for (; *i < table->n_rows && price_same_series(kind, first, &table->rows[*i]); (*i)++) {
        const PriceRow *row = &table->rows[*i];
        /* An announcement that was withdrawn ended before it began; it never replaces anything. */
        bool is_withdrawn = row->has_end && row->seen_until < row->valid_from;
        if (row->valid_from <= as_of && !is_withdrawn && !is_replaced(table, kind, *i)) found = row;
    }
    return found != NULL && price_row_holds(found, as_of) ? found : NULL;
}

int price_list(const PriceBook *book, const PriceFilter *filter, Date as_of, const PriceRow **out, int max)
{
    const PriceTable *table = &book->tables[filter->kind];
    int n = 0;
    for (int i = 0; i < table->n_rows;) {
        const PriceRow *row = series_at(table, filter->kind, &i, as_of);
        if (row == NULL || !price_filter_fits(book, filter, row)) continue;
        if (n < max) out[n] = row;
        n++;
    }
    return n;
}

int price_moves(const PriceBook *book, const PriceFilter *filter, Date from, Date to, PriceMove *out, int max)
{
    const PriceTable *table = &book->tables[filter->kind];
    int n = 0, value = price_key_columns(filter->kind);
    for (int i = 0; i < table->n_rows;) {
        int start = i;
        PriceMove move = {.before = series_at(table, filter->kind, &start, from)};
        move.after = series_at(table, filter->kind, &i, to);
        const PriceRow *shown = move.after != NULL ? move.after : move.before;
        if (shown == NULL || !price_filter_fits(book, filter, shown)) continue;
        bool is_same = move.before != NULL && move.after != NULL &&
                       move.before->cells[value].number == move.after->cells[value].number;
        if (is_same) continue;
        if (n < max) out[n] = move;
        n++;
    }
    return n;
}

typedef struct Seller {
    double usd;
    const char *name;
} Seller;

static int seller_compare(const void *a, const void *b)
{
    const Seller *x = a, *y = b;
    return (x->usd > y->usd) - (x->usd < y->usd);
}
_Static_assert(sizeof(Seller) % sizeof(double) == 0, "the stride of sellers is a whole number of doubles");

bool price_spread(const PriceBook *book, const PriceFilter *filter, Date as_of, PriceSpread *out)
{
    *out = (PriceSpread){0};
    int max = price_list(book, filter, as_of, NULL, 0), n = 0, value = price_key_columns(filter->kind);
    if (max == 0) return false;
    Arena arena;
    arena_init(&arena);
    const PriceRow **rows = arena_array(&arena, (size_t)max, sizeof *rows);
    Seller *sellers = arena_array(&arena, (size_t)max, sizeof *sellers);
    price_list(book, filter, as_of, rows, max);
    for (int i = 0; i < max; i++) { /* rows of a seller stand together */
        const char *name = rows[i]->cells[0].text;
        double usd = rows[i]->cells[value].number;
        if (!rows[i]->cells[value].has || strncmp(name, "index-", 6) == 0) continue;
        if (n > 0 && strcmp(sellers[n - 1].name, name) == 0) {
            if (usd < sellers[n - 1].usd) sellers[n - 1].usd = usd;
        } else {
            sellers[n++] = (Seller){usd, name};
        }
    }
    qsort(sellers, (size_t)n, sizeof *sellers, seller_compare);
    if (n > 0) {
        size_t stride = sizeof *sellers / sizeof(double);
        *out = (PriceSpread){
            .n_sellers = n,
            .min_usd = sellers[0].usd,
            .max_usd = sellers[n - 1].usd,
            .p25_usd = gsl_stats_quantile_from_sorted_data(&sellers->usd, stride, (size_t)n, 0.25),
            .median_usd = gsl_stats_quantile_from_sorted_data(&sellers->usd, stride, (size_t)n, 0.50),
            .p75_usd = gsl_stats_quantile_from_sorted_data(&sellers->usd, stride, (size_t)n, 0.75),
            .cheapest = sellers[0].name,
            .dearest = sellers[n - 1].name};
    }
    arena_free(&arena);
    return n > 0;
}
