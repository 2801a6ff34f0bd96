/* Questions to the price book over time: a series' history, what moved between two days, the spread of a
 * market.
 *
 * Layer: model. Pure.
 */
#ifndef TOKENTCO_PRICE_QUERY_H
#define TOKENTCO_PRICE_QUERY_H

#include "tokentco/pricebook.h"

enum { PRICE_KEYS_MAX = 5 };

/* Which rows are meant. Keys are compared after alias resolution and ignoring case; a key that ends in '*'
 * fits every text that starts with what is before it. */
typedef struct PriceFilter {
    PriceKind kind;
    const char *keys[PRICE_KEYS_MAX]; /* by key column; NULL: any */
    bool has_min, has_max;            /* bounds of the first value column */
    double min_usd, max_usd;
} PriceFilter;

bool price_filter_fits(const PriceBook *book, const PriceFilter *filter, const PriceRow *row);

/* Rows of all days that fit, in table order (a series is in order of time). Fills up to `max`, returns how
 * many there are. Of rows with one key and day only the one that counts (the last) is listed. */
int price_history(const PriceBook *book, const PriceFilter *filter, const PriceRow **out, int max);

/* Rows that hold on a day and fit. */
int price_list(const PriceBook *book, const PriceFilter *filter, Date as_of, const PriceRow **out, int max);

typedef struct PriceMove {
    const PriceRow *before, *after; /* NULL: no price on that day */
} PriceMove;

/* Series that fit and whose first value differs between two days, or that began or ended. */
int price_moves(const PriceBook *book, const PriceFilter *filter, Date from, Date to, PriceMove *out,
                int max);

/* Spread over sellers: each counts once, with its lowest price among the rows that fit. Averages over markets
 * (sellers named "index-...") are left out. */
typedef struct PriceSpread {
    int n_sellers;
    double min_usd, p25_usd, median_usd, p75_usd, max_usd;
    const char *cheapest, *dearest; /* sellers */
} PriceSpread;

/* False when nobody sells on that day. */
bool price_spread(const PriceBook *book, const PriceFilter *filter, Date as_of, PriceSpread *out);

#endif
