/* OpenRouter's /api/v1/models. Layer: feed.
 *
 * {data: [{id, pricing}]}: prices are STRINGS in USD per token; "-1" means variable, "0" free. `overrides`
 * hold prices for long prompts (min_prompt_tokens, for the whole request) and for hours of the day
 * (utc_start, utc_end as HHMM).
 */
#include "feed/feed_format.h"
#include "feed/json_in.h"

#include <stdio.h>
#include <string.h>

static const double TOKENS_PER_MTOK = 1e6;
enum { HUNDRED = 100, MINUTES_PER_H = 60 };

bool openrouter_is_document(json_t *root)
{
    const json_t *data = json_in_member(root, "data");
    if (!json_is_array(data)) return false;
    size_t i;
    json_t *model;
    json_array_foreach(data, i, model)
    {
        if (json_in_member(json_in_member(model, "pricing"), "prompt") != NULL) return true;
    }
    return false;
}

static void set_price(Offer *offer, int column, const json_t *value)
{
    double number;
    const char *text = json_string_value(value);
    if (text == NULL)
        feed_set_json(offer, column, value, TOKENS_PER_MTOK);
    else if (!parse_number(text, &number, NULL))
        offer_fault(offer, GATE_NOT_A_NUMBER, "'%.60s'", text);
    else if (number < 0.0)
        offer_fault(offer, GATE_SENTINEL, "%s", text);
    else
        offer_set_number(offer, column, number * TOKENS_PER_MTOK);
}

static void add_prices(FeedReader *reader, const char *model, const char *tier, const json_t *prices,
                       const json_t *base)
{
    static const struct {
        const char *key;
        int column;
    } keys[] = {{"prompt", APIP_INPUT},
                {"completion", APIP_OUTPUT},
                {"input_cache_read", APIP_CACHED},
                {"input_cache_write", APIP_CACHE_WRITE}};
    Offer offer = offer_draft(PRICE_API);
    offer_set_text(&offer, APIP_PROVIDER, "openrouter");
    offer_set_text(&offer, APIP_MODEL, model);
    offer_set_text(&offer, APIP_TIER, tier);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        const json_t *value = json_in_member(prices, keys[i].key);
        /* An override states only what differs from the base price. */
        set_price(&offer, keys[i].column, value != NULL ? value : json_in_member(base, keys[i].key));
    }
    const char *fee = json_string_value(json_in_member(prices, "request"));
    double usd;
    if (fee != NULL && parse_number(fee, &usd, NULL) && usd > 0.0)
        offer_fault(&offer, GATE_REQUEST_FEE, "%s USD per request", fee);
    feed_add(reader, &offer, 0);
}

/* HHMM as a number to minutes of the day. */
static int minute_of(const json_t *value)
{
    int hhmm = (int)json_integer_value(value);
    return hhmm / HUNDRED * MINUTES_PER_H + hhmm % HUNDRED;
}

static void add_override(FeedReader *reader, const char *model, const json_t *override, const json_t *base)
{
    char tier[64];
    const json_t *tokens = json_in_member(override, "min_prompt_tokens");
    const json_t *start = json_in_member(override, "utc_start"), *end = json_in_member(override, "utc_end");
    if (json_is_integer(tokens)) {
        tier_over((long)json_integer_value(tokens), tier);
    } else if (json_is_integer(start) && json_is_integer(end)) {
        tier_utc(minute_of(start), minute_of(end), tier);
    } else {
        feed_reject(reader, GATE_OTHER_ROW, 0);
        return;
    }
    add_prices(reader, model, tier, override, base);
}

bool openrouter_read_document(FeedReader *reader, json_t *root)
{
    size_t i, k;
    json_t *model, *override;
    json_array_foreach(json_in_member(root, "data"), i, model)
    {
        snprintf(reader->pointer, sizeof reader->pointer, "/data/%zu", i);
        const char *id = json_string_value(json_in_member(model, "id"));
        const json_t *pricing = json_in_member(model, "pricing");
        if (id == NULL || !json_is_object(pricing)) {
            feed_reject(reader, GATE_NO_PRICE, 0);
            continue;
        }
        add_prices(reader, id, "base", pricing, NULL);
        json_array_foreach(json_in_member(pricing, "overrides"), k, override)
        {
            snprintf(reader->pointer, sizeof reader->pointer, "/data/%zu/pricing/overrides/%zu", i, k);
            add_override(reader, id, override, pricing);
        }
    }
    return true;
}
