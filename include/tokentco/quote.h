/* The price of one API request under the rules of its seller.
 *
 * Layer: model. Rules: a long-context tier is chosen by the length of the input and then prices the WHOLE
 * request (it is not graduated); cached input and cache writes are parts of the input; what has no price of
 * its own costs as much as plain input; batch needs published batch prices; hours of the day may have their
 * own price; hidden reasoning is billed as output.
 */
#ifndef TOKENTCO_QUOTE_H
#define TOKENTCO_QUOTE_H

#include "tokentco/pricebook.h"

typedef struct QuoteRequest {
    double input_tok;         /* all of it, cached parts included */
    double cached_tok;        /* of the input: read from the seller's cache */
    double cache_write_tok;   /* of the input: written to it */
    double output_tok;        /* visible */
    double output_multiplier; /* billed output over visible output; 1: no hidden reasoning */
    bool is_batch;
    const char *service; /* "priority", "flex"; NULL or "": standard */
    bool has_minute;
    int minute_utc; /* of the day, 0 to 1439 */
} QuoteRequest;

typedef struct Quote {
    double input_usd, cached_usd, cache_write_usd, output_usd, total_usd;
    const PriceRow *row; /* the row that priced it; borrowed */
} Quote;

/* `provider` and `model` as in api_prices.csv, aliases resolved. False, with the reason, when there is no
 * price. */
bool quote_build(const PriceBook *book, const char *provider, const char *model, const QuoteRequest *request,
                 Date as_of, Quote *out, Err *err);

#endif
