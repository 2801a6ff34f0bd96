/* llm-prices: data/<vendor>.json with price histories, or the combined list of current prices. Layer: feed.
 *
 * {vendor, models: [{id, price_history: [{input, output, input_cached, from_date, to_date}]}]} or {prices:
 * [{id, vendor, input, output, input_cached}]}, USD per million tokens. Most from_date are null. Long-context
 * prices are models of their own whose id ends in "-128k", "-200k" or "-272k".
 */
#include "feed/feed_format.h"
#include "feed/json_in.h"

#include <stdio.h>
#include <string.h>

enum { MODEL_BYTES = 160, THOUSAND = 1000 };

bool llmprices_is_document(json_t *root)
{
    const json_t *models = json_in_member(root, "models"), *prices = json_in_member(root, "prices");
    return json_in_member(json_array_get(models, 0), "price_history") != NULL ||
           json_in_member(json_array_get(prices, 0), "vendor") != NULL;
}

/* Splits a long-context suffix off a model id. */
static void split_tier(const char *id, char model[MODEL_BYTES], char tier[64])
{
    static const long sizes[] = {128, 200, 272};
    snprintf(model, MODEL_BYTES, "%s", id);
    snprintf(tier, 64, "base");
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        char suffix[16];
        int n_suffix = snprintf(suffix, sizeof suffix, "-%ldk", sizes[i]);
        size_t n = strlen(model);
        if (n <= (size_t)n_suffix || strcmp(model + n - (size_t)n_suffix, suffix) != 0) continue;
        model[n - (size_t)n_suffix] = '\0';
        tier_over(sizes[i] * THOUSAND, tier);
        return;
    }
}

static void add_price(FeedReader *reader, const char *vendor, const char *id, const json_t *price)
{
    char model[MODEL_BYTES], tier[64];
    split_tier(id, model, tier);
    Offer offer = offer_draft(PRICE_API);
    offer_set_text(&offer, APIP_PROVIDER, vendor);
    offer_set_text(&offer, APIP_MODEL, model);
    offer_set_text(&offer, APIP_TIER, tier);
    feed_set_from(&offer, json_string_value(json_in_member(price, "from_date")));
    feed_set_end(&offer, json_string_value(json_in_member(price, "to_date")), 1);
    feed_set_json(&offer, APIP_INPUT, json_in_member(price, "input"), 1.0);
    feed_set_json(&offer, APIP_OUTPUT, json_in_member(price, "output"), 1.0);
    feed_set_json(&offer, APIP_CACHED, json_in_member(price, "input_cached"), 1.0);
    feed_add(reader, &offer, 0);
}

bool llmprices_read_document(FeedReader *reader, json_t *root)
{
    size_t i, k;
    json_t *model, *price;
    const char *vendor = json_string_value(json_in_member(root, "vendor"));
    json_array_foreach(json_in_member(root, "models"), i, model)
    {
        const char *id = json_string_value(json_in_member(model, "id"));
        json_array_foreach(json_in_member(model, "price_history"), k, price)
        {
            snprintf(reader->pointer, sizeof reader->pointer, "/models/%zu/price_history/%zu", i, k);
            if (id == NULL || vendor == NULL)
                feed_reject(reader, GATE_NO_PRICE, 0);
            else
                add_price(reader, vendor, id, price);
        }
    }
    json_array_foreach(json_in_member(root, "prices"), i, price)
    {
        snprintf(reader->pointer, sizeof reader->pointer, "/prices/%zu", i);
        const char *id = json_string_value(json_in_member(price, "id"));
        const char *seller = json_string_value(json_in_member(price, "vendor"));
        if (id == NULL || seller == NULL)
            feed_reject(reader, GATE_NO_PRICE, 0);
        else
            add_price(reader, seller, id, price);
    }
    return true;
}
