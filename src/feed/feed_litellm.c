/* litellm's model_prices_and_context_window.json. Layer: feed.
 *
 * One object of models; prices in USD per TOKEN under keys that are a price and a suffix:
 * input_cost_per_token, ..._above_200k_tokens, ..._priority, ..._flex, ..._batches and combinations of them.
 * The first entry, sample_spec, is documentation with sentences where numbers belong.
 */
#include "feed/feed_format.h"
#include "feed/json_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const double TOKENS_PER_MTOK = 1e6;
enum { TIERS_MAX = 12, THOUSAND = 1000 };

/* Price keys: prefix and column. The longest prefix that fits counts. */
static const struct {
    const char *prefix;
    int column;
} price_keys[] = {
    {"input_cost_per_token_cache_hit", APIP_CACHED},
    {"input_cost_per_token_batches", APIP_BATCH_INPUT},
    {"output_cost_per_token_batches", APIP_BATCH_OUTPUT},
    {"input_cost_per_token", APIP_INPUT},
    {"output_cost_per_token", APIP_OUTPUT},
    {"cache_read_input_token_cost", APIP_CACHED},
    {"cache_creation_input_token_cost", APIP_CACHE_WRITE},
};

bool litellm_is_document(json_t *root)
{
    if (!json_is_object(root)) return false;
    const char *key;
    json_t *value;
    int n_looked = 0;
    enum { LOOK_MAX = 50 };
    json_object_foreach(root, key, value)
    {
        if (json_in_member(value, "litellm_provider") != NULL) return true;
        if (++n_looked == LOOK_MAX) break;
    }
    return false;
}

/* "_above_200k_tokens_priority" to "priority_over_200000"; false: a suffix that is no tier of ours. */
static bool tier_of_suffix(const char *suffix, char out[64])
{
    long over = 0;
    const char *speed = "";
    static const char above[] = "_above_", tokens[] = "k_tokens";
    while (*suffix != '\0') {
        char *end;
        if (strncmp(suffix, above, sizeof above - 1) == 0) {
            over = strtol(suffix + sizeof above - 1, &end, 10);
            if (over <= 0 || strncmp(end, tokens, sizeof tokens - 1) != 0) return false;
            suffix = end + sizeof tokens - 1;
        } else if (strcmp(suffix, "_priority") == 0 || strcmp(suffix, "_flex") == 0) {
            speed = suffix + 1;
            suffix += strlen(suffix);
        } else {
            return false;
        }
    }
    if (over > 0)
        snprintf(out, 64, "%s%sover_%ld", speed, speed[0] != '\0' ? "_" : "", over * THOUSAND);
    else
        snprintf(out, 64, "%s", speed[0] != '\0' ? speed : "base");
    return true;
}

/* Column and tier of a price key; false for every other key. */
static bool price_key_parse(const char *key, int *column, char tier[64])
{
    for (size_t i = 0; i < sizeof price_keys / sizeof price_keys[0]; i++) {
        size_t n = strlen(price_keys[i].prefix);
        if (key[0] != price_keys[i].prefix[0] || strncmp(key, price_keys[i].prefix, n) != 0) continue;
        *column = price_keys[i].column;
        return tier_of_suffix(key + n, tier);
    }
    return false;
}

typedef struct Tiers {
    char names[TIERS_MAX][64];
    Offer offers[TIERS_MAX];
    int n;
} Tiers;

static Offer *tier_get(Tiers *tiers, const char *tier)
{
    for (int i = 0; i < tiers->n; i++) {
        if (strcmp(tiers->names[i], tier) == 0) return &tiers->offers[i];
    }
    if (tiers->n == TIERS_MAX) return NULL;
    snprintf(tiers->names[tiers->n], sizeof tiers->names[0], "%s", tier);
    tiers->offers[tiers->n] = offer_draft(PRICE_API);
    return &tiers->offers[tiers->n++];
}

static bool is_text_mode(const char *mode)
{
    return mode == NULL || strcmp(mode, "chat") == 0 || strcmp(mode, "completion") == 0 ||
           strcmp(mode, "responses") == 0;
}

static void read_model(FeedReader *reader, const char *model, json_t *entry)
{
    const char *provider = json_string_value(json_in_member(entry, "litellm_provider"));
    Tiers tiers = {.n = 0};
    const char *key;
    json_t *value;
    json_object_foreach(entry, key, value)
    {
        int column;
        char tier[64];
        if (!price_key_parse(key, &column, tier)) continue;
        Offer *offer = tier_get(&tiers, tier);
        if (offer != NULL) feed_set_json(offer, column, value, TOKENS_PER_MTOK);
    }
    if (tiers.n == 0 || provider == NULL) {
        feed_reject(reader, GATE_NO_PRICE, 0);
        return;
    }
    double fee = json_number_value(json_in_member(entry, "input_cost_per_request"));
    for (int i = 0; i < tiers.n; i++) {
        Offer *offer = &tiers.offers[i];
        if (fee > 0.0) offer_fault(offer, GATE_REQUEST_FEE, "%.6g USD per request", fee);
        offer_set_text(offer, APIP_PROVIDER, provider);
        offer_set_text(offer, APIP_MODEL, model);
        offer_set_text(offer, APIP_TIER, tiers.names[i]);
        feed_add(reader, offer, 0);
    }
}

bool litellm_read_document(FeedReader *reader, json_t *root)
{
    const char *model;
    json_t *entry;
    json_object_foreach(root, model, entry)
    {
        reader->pointer[0] = '\0';
        json_in_pointer_add(reader->pointer, sizeof reader->pointer, model);
        const char *mode = json_string_value(json_in_member(entry, "mode"));
        if (strcmp(model, "sample_spec") == 0)
            feed_reject(reader, GATE_DOCUMENTATION, 0);
        else if (!json_is_object(entry))
            feed_reject(reader, GATE_NO_PRICE, 0);
        else if (!is_text_mode(mode))
            feed_reject(reader, GATE_OTHER_PRODUCT, 0);
        else
            read_model(reader, model, entry);
    }
    return true;
}
