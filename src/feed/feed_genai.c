/* genai-prices data.json. Layer: feed.
 *
 * [{id, models: [{id, prices}]}], USD per million tokens. `prices` is an object, or a list of {constraint,
 * prices} where a constraint is a start date or hours of the day; later entries replace earlier ones. A price
 * is a number or {base, tiers: [{start, price}]}, the tier's price being that of the whole request above
 * `start` input tokens.
 */
#include "feed/feed_format.h"
#include "feed/json_in.h"

#include <stdio.h>
#include <string.h>

enum { TIERS_MAX = 8, MINUTES_PER_H = 60 };

static const struct {
    const char *key;
    int column;
} price_keys[] = {{"input_mtok", APIP_INPUT},
                  {"output_mtok", APIP_OUTPUT},
                  {"cache_read_mtok", APIP_CACHED},
                  {"cache_write_mtok", APIP_CACHE_WRITE}};
enum { N_PRICE_KEYS = sizeof price_keys / sizeof price_keys[0] };

bool genai_is_document(json_t *root)
{
    const json_t *first = json_array_get(root, 0);
    return json_is_array(json_in_member(first, "models")) && json_in_member(first, "api_pattern") != NULL;
}

/* The price for requests above `start` tokens: the tier with the highest start up to there, else the base. */
static const json_t *price_above(const json_t *price, long start)
{
    if (!json_is_object(price)) return price;
    const json_t *found = json_in_member(price, "base");
    long best = -1;
    size_t i;
    json_t *tier;
    json_array_foreach(json_in_member(price, "tiers"), i, tier)
    {
        long at = (long)json_integer_value(json_in_member(tier, "start"));
        if (at > start || at <= best) continue;
        best = at;
        found = json_in_member(tier, "price");
    }
    return found;
}

/* The distinct tier starts of all prices of a set. */
static int tier_starts(const json_t *prices, long out[TIERS_MAX])
{
    int n = 0;
    for (size_t k = 0; k < N_PRICE_KEYS; k++) {
        size_t i;
        json_t *tier;
        json_array_foreach(json_in_member(json_in_member(prices, price_keys[k].key), "tiers"), i, tier)
        {
            long start = (long)json_integer_value(json_in_member(tier, "start"));
            int at = 0;
            while (at < n && out[at] != start) at++;
            if (at == n && n < TIERS_MAX) out[n++] = start;
        }
    }
    return n;
}

typedef struct Entry {
    const char *provider, *model;
    const char *from; /* "" none */
    const char *utc;  /* tier name of the hours; "" none */
} Entry;

static void add_set(FeedReader *reader, const Entry *entry, const json_t *prices)
{
    long starts[TIERS_MAX] = {0};
    int n = tier_starts(prices, starts);
    for (int t = -1; t < n; t++) {
        char tier[64] = "base";
        if (t >= 0) tier_over(starts[t], tier);
        if (entry->utc[0] != '\0') {
            if (t >= 0) continue;
            snprintf(tier, sizeof tier, "%.63s", entry->utc);
        }
        Offer offer = offer_draft(PRICE_API);
        offer_set_text(&offer, APIP_PROVIDER, entry->provider);
        offer_set_text(&offer, APIP_MODEL, entry->model);
        offer_set_text(&offer, APIP_TIER, tier);
        feed_set_from(&offer, entry->from);
        double fee = json_number_value(json_in_member(prices, "requests_kcount"));
        if (fee > 0.0) offer_fault(&offer, GATE_REQUEST_FEE, "%.6g USD per 1000 requests", fee);
        for (size_t k = 0; k < N_PRICE_KEYS; k++) {
            const json_t *price = json_in_member(prices, price_keys[k].key);
            feed_set_json(&offer, price_keys[k].column, price_above(price, t < 0 ? -1 : starts[t]), 1.0);
        }
        feed_add(reader, &offer, 0);
    }
}

/* "16:30:00Z" to minutes of the day. */
static int minute_of(const json_t *value)
{
    int hour = 0, minute = 0;
    const char *text = json_string_value(value);
    if (text == NULL || sscanf(text, "%2d:%2d", &hour, &minute) != 2) return 0;
    return hour * MINUTES_PER_H + minute;
}

static void read_model(FeedReader *reader, const char *provider, const json_t *model)
{
    Entry entry = {provider, json_string_value(json_in_member(model, "id")), "", ""};
    const json_t *prices = json_in_member(model, "prices");
    if (entry.model == NULL || prices == NULL) {
        feed_reject(reader, GATE_NO_PRICE, 0);
        return;
    }
    if (json_is_object(prices)) {
        add_set(reader, &entry, prices);
        return;
    }
    bool is_replaced = false;
    for (size_t i = json_array_size(prices); i-- > 0;) {
        const json_t *item = json_array_get(prices, i), *constraint = json_in_member(item, "constraint");
        const char *from = json_string_value(json_in_member(constraint, "start_date"));
        const json_t *start = json_in_member(constraint, "start_time");
        char utc[64] = "";
        if (start != NULL) tier_utc(minute_of(start), minute_of(json_in_member(constraint, "end_time")), utc);
        entry.from = from != NULL ? from : "";
        entry.utc = utc;
        Date date;
        bool is_in_force = from == NULL || (parse_date(from, &date, NULL) && date <= reader->retrieved_on);
        /* What an entry in force has replaced held until its start, from a day that the feed does not state.
         */
        if (start == NULL && from == NULL && is_replaced)
            feed_reject(reader, GATE_PAST, 0);
        else
            add_set(reader, &entry, json_in_member(item, "prices"));
        if (start == NULL && is_in_force) is_replaced = true;
    }
}

bool genai_read_document(FeedReader *reader, json_t *root)
{
    size_t i, k;
    json_t *provider, *model;
    json_array_foreach(root, i, provider)
    {
        const char *id = json_string_value(json_in_member(provider, "id"));
        if (id == NULL) continue;
        /* What it calls aws is Bedrock; the clouds' names are taken by their machines. */
        if (strcmp(id, "aws") == 0) id = "bedrock";
        json_array_foreach(json_in_member(provider, "models"), k, model)
        {
            snprintf(reader->pointer, sizeof reader->pointer, "/%zu/models/%zu", i, k);
            read_model(reader, id, model);
        }
    }
    return true;
}
