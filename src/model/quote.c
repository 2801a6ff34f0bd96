/* The price of one API request. Layer: model. */
#include "tokentco/quote.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double TOK_PER_MTOK = 1e6;

/* Beyond any request; products with prices stay finite. */
static const double TOK_MAX = 1e15, MULTIPLIER_MAX = 1000.0;
enum { TIERS_MAX = 32, MINUTES_PER_H = 60 };

/* Tokens above which "over_N" or "<service>_over_N" applies; -1: the tier is something else. */
static double tier_threshold_tok(const char *tier, const char *service)
{
    static const char over[] = "over_";
    size_t n = strlen(service);
    if (n > 0) {
        if (strncmp(tier, service, n) != 0 || tier[n] != '_') return -1.0;
        tier += n + 1;
    }
    return strncmp(tier, over, sizeof over - 1) == 0 ? strtod(tier + sizeof over - 1, NULL) : -1.0;
}

/* Does "utc_HH:MM-HH:MM" hold at that minute? Its end is excluded and it may run over midnight. */
static bool tier_has_minute(const char *tier, int minute)
{
    int h0, m0, h1, m1;
    if (sscanf(tier, "utc_%2d:%2d-%2d:%2d", &h0, &m0, &h1, &m1) != 4) return false;
    int from = h0 * MINUTES_PER_H + m0, to = h1 * MINUTES_PER_H + m1;
    return from < to ? minute >= from && minute < to : minute >= from || minute < to;
}

/* The row that prices the request: the highest threshold below the input, else the hour's price, else the
 * plain one. */
static const PriceRow *choose_row(const PriceRow *const *rows, int n, const QuoteRequest *request)
{
    const char *service = request->service == NULL ? "" : request->service;
    const PriceRow *plain = NULL, *hour = NULL, *above = NULL;
    double best = -1.0;
    for (int i = 0; i < n; i++) {
        const char *tier = rows[i]->cells[APIP_TIER].text;
        double threshold = tier_threshold_tok(tier, service);
        if (strcmp(tier, service[0] == '\0' ? "base" : service) == 0) plain = rows[i];
        if (service[0] == '\0' && request->has_minute && tier_has_minute(tier, request->minute_utc))
            hour = rows[i];
        if (threshold > best && request->input_tok > threshold) {
            best = threshold;
            above = rows[i];
        }
    }
    return above != NULL ? above : hour != NULL ? hour : plain;
}

static bool is_request_sound(const QuoteRequest *request, Err *err)
{
    const double counts[] = {request->input_tok, request->output_tok, request->cached_tok,
                             request->cache_write_tok};
    for (size_t i = 0; i < sizeof counts / sizeof *counts; i++)
        if (!(counts[i] >= 0.0 && counts[i] <= TOK_MAX))
            return err_set(err, ERR_USAGE, "token counts cannot be negative, or above %.0e", TOK_MAX);
    if (!(request->output_multiplier >= 0.0 && request->output_multiplier <= MULTIPLIER_MAX))
        return err_set(err, ERR_USAGE, "the multiplier cannot be negative, or above %.0f", MULTIPLIER_MAX);
    if (request->cached_tok + request->cache_write_tok > request->input_tok) {
        return err_set(err, ERR_USAGE,
                       "cached and written tokens are parts of the input and cannot exceed it");
    }
    return true;
}

/* The price in a column, or that of plain input where the seller states none. */
static double price_or(const PriceRow *row, int column, double fallback)
{
    return row->cells[column].has ? row->cells[column].number : fallback;
}

bool quote_build(const PriceBook *book, const char *provider, const char *model, const QuoteRequest *request,
                 Date as_of, Quote *out, Err *err)
{
    const char *const keys[] = {provider, model};
    const PriceRow *rows[TIERS_MAX];
    *out = (Quote){0};
    if (!is_request_sound(request, err)) return false;
    int n = pricebook_list(book, PRICE_API, keys, 2, as_of, rows, TIERS_MAX);
    const PriceRow *row = choose_row(rows, n < TIERS_MAX ? n : TIERS_MAX, request);
    if (row == NULL) return err_set(err, ERR_NO, "no price of %s at %s on that day", model, provider);
    int input = request->is_batch ? APIP_BATCH_INPUT : APIP_INPUT,
        output = request->is_batch ? APIP_BATCH_OUTPUT : APIP_OUTPUT;
    if (!row->cells[input].has || !row->cells[output].has) {
        return err_set(err, ERR_NO, "%s publishes no %sprice for %s", provider,
                       request->is_batch ? "batch " : "", model);
    }
    double input_usd = row->cells[input].number;
    double plain_tok = request->input_tok - request->cached_tok - request->cache_write_tok;
    /* Batch prices cover input as a whole: nobody publishes a cached batch price. */
    double cached_usd = request->is_batch ? input_usd : price_or(row, APIP_CACHED, input_usd);
    double write_usd = request->is_batch ? input_usd : price_or(row, APIP_CACHE_WRITE, input_usd);
    out->row = row;
    out->input_usd = plain_tok * input_usd / TOK_PER_MTOK;
    out->cached_usd = request->cached_tok * cached_usd / TOK_PER_MTOK;
    out->cache_write_usd = request->cache_write_tok * write_usd / TOK_PER_MTOK;
    out->output_usd =
        request->output_tok * request->output_multiplier * row->cells[output].number / TOK_PER_MTOK;
    out->total_usd = out->input_usd + out->cached_usd + out->cache_write_usd + out->output_usd;
    return true;
}
