/* models.dev: api.json, or the tree of TOML files that it is made from (folder or tar). Layer: feed.
 *
 * api.json is {provider: {models: {id: {cost: {...}}}}}, USD per million tokens, zero for subscriptions. In
 * the tree a model may be a link to another file, or name a base_model whose cost it inherits, less what
 * base_model_omit lists. Tiers are [[cost.tiers]] with tier.size, or the older [cost.context_over_200k].
 */
#include "feed/feed_format.h"
#include "feed/json_in.h"

#include <stdio.h>
#include <string.h>

bool modelsdev_is_document(json_t *root)
{
    if (!json_is_object(root)) return false;
    const char *key;
    json_t *value;
    json_object_foreach(root, key, value)
    {
        return json_is_object(json_in_member(value, "models")) && json_in_member(value, "id") != NULL;
    }
    return false;
}

static void add_tier(FeedReader *reader, const char *provider, const char *model, const char *tier,
                     const json_t *cost)
{
    static const struct {
        const char *key;
        int column;
    } keys[] = {{"input", APIP_INPUT},
                {"output", APIP_OUTPUT},
                {"cache_read", APIP_CACHED},
                {"cache_write", APIP_CACHE_WRITE}};
    Offer offer = offer_draft(PRICE_API);
    offer_set_text(&offer, APIP_PROVIDER, provider);
    offer_set_text(&offer, APIP_MODEL, model);
    offer_set_text(&offer, APIP_TIER, tier);
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        feed_set_json(&offer, keys[i].column, json_in_member(cost, keys[i].key), 1.0);
    }
    feed_add(reader, &offer, 0);
}

void modelsdev_read_cost(FeedReader *reader, const char *provider, const char *model, const json_t *cost)
{
    enum { OLD_TIER_TOKENS = 200000 };
    if (!json_is_object(cost)) {
        feed_reject(reader, GATE_NO_PRICE, 0);
        return;
    }
    add_tier(reader, provider, model, "base", cost);
    char tier[64];
    size_t i;
    json_t *step;
    const json_t *tiers = json_in_member(cost, "tiers");
    json_array_foreach(tiers, i, step)
    {
        const json_t *size = json_in_member(json_in_member(step, "tier"), "size");
        if (!json_is_integer(size)) {
            feed_reject(reader, GATE_NO_PRICE, 0);
            continue;
        }
        tier_over((long)json_integer_value(size), tier);
        add_tier(reader, provider, model, tier, step);
    }
    const json_t *old = json_in_member(cost, "context_over_200k");
    if (old != NULL && json_array_size(tiers) == 0) {
        tier_over(OLD_TIER_TOKENS, tier);
        add_tier(reader, provider, model, tier, old);
    }
}

bool modelsdev_read_document(FeedReader *reader, json_t *root)
{
    const char *provider;
    json_t *entry;
    json_object_foreach(root, provider, entry)
    {
        const char *model;
        json_t *facts;
        json_object_foreach(json_in_member(entry, "models"), model, facts)
        {
            reader->pointer[0] = '\0';
            json_in_pointer_add(reader->pointer, sizeof reader->pointer, provider);
            json_in_pointer_add(reader->pointer, sizeof reader->pointer, "models");
            json_in_pointer_add(reader->pointer, sizeof reader->pointer, model);
            modelsdev_read_cost(reader, provider, model, json_in_member(facts, "cost"));
        }
    }
    return true;
}
