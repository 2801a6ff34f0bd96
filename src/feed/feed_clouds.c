/* Price lists of clouds in JSON. Layer: feed.
 *
 * Azure retail prices, lists of collected offerings, and the Google TPU table of gpuhunt. All state USD per
 * hour; Azure per instance, the others per GPU or chip. Marketplaces are in feed_markets.c.
 */
#include "feed/feed_format.h"
#include "feed/json_in.h"

#include <stdio.h>
#include <string.h>

static const double H_PER_YEAR = 8760.0;

static bool contains(const char *text, const char *part)
{
    return strstr(text, part) != NULL;
}

/* --- Azure: {Items: [{armSkuName, armRegionName, meterName, productName, type, retailPrice,
 * reservationTerm}], NextPageLink}; a list of such pages, or their items alone, as people collect them --- */

static bool azure_is_page(const json_t *page)
{
    return json_in_member(json_array_get(json_in_member(page, "Items"), 0), "retailPrice") != NULL;
}

bool azure_is_document(json_t *root)
{
    const json_t *first = json_array_get(root, 0);
    return azure_is_page(root) || azure_is_page(first) ||
           (json_in_member(first, "retailPrice") != NULL && json_in_member(first, "armSkuName") != NULL);
}

/* The term of an Azure row and the hours its price covers; NULL: not a price of plain Linux capacity. Windows
 * shares meter names with Linux and only the product name tells; a reservation's price is that of the whole
 * term. */
static const char *azure_term(const json_t *item, double *hours)
{
    const char *type = feed_text(item, "type"), *meter = feed_text(item, "meterName");
    *hours = 1.0;
    if (contains(feed_text(item, "productName"), "Windows") || contains(meter, "Low Priority")) return NULL;
    if (strcmp(type, "Reservation") == 0) {
        const char *term = feed_text(item, "reservationTerm");
        const bool is_one = strcmp(term, "1 Year") == 0, is_three = strcmp(term, "3 Years") == 0;
        if (!is_one && !is_three) return NULL;
        *hours = (is_one ? 1.0 : 3.0) * H_PER_YEAR;
        return is_one ? "reserved_12mo" : "reserved_36mo";
    }
    if (strcmp(type, "Consumption") != 0) return NULL;
    return contains(meter, "Spot") ? "spot" : "on_demand";
}

static void azure_add(FeedReader *reader, const json_t *item)
{
    const char *sku = feed_text(item, "armSkuName"), *unit = feed_text(item, "unitOfMeasure"), *gpu;
    int count;
    double hours;
    const char *term = azure_term(item, &hours);
    bool is_known = feed_instance(reader, sku, &gpu, &count);
    /* Machines of the N series have accelerators, known to the aliases or not. */
    if (!is_known && strncmp(sku, "Standard_N", sizeof "Standard_N" - 1) != 0) {
        feed_reject(reader, GATE_NO_ACCELERATOR, 0);
        return;
    }
    if (!is_known) {
        gpu = sku;
        count = 1;
    }
    if (term == NULL || (unit[0] != '\0' && strcmp(unit, "1 Hour") != 0)) {
        feed_reject(reader, GATE_OTHER_ROW, 0);
        return;
    }
    Offer offer = feed_rental(reader, "azure", feed_text(item, "armRegionName"), gpu, count, term);
    offer.host = sku;
    offer.is_exact = true;
    const char *currency = feed_text(item, "currencyCode");
    if (strcmp(currency, "USD") != 0) offer_fault(&offer, GATE_CURRENCY, "%.10s", currency);
    feed_set_json(&offer, RENTAL_USD_PER_GPU_H, json_in_member(item, "retailPrice"), 1.0 / (hours * count));
    feed_add(reader, &offer, 0);
}

static void azure_read_items(FeedReader *reader, json_t *items, const char *pointer)
{
    size_t i;
    json_t *item;
    json_array_foreach(items, i, item)
    {
        snprintf(reader->pointer, sizeof reader->pointer, "%s/%zu", pointer, i);
        azure_add(reader, item);
    }
}

static void azure_read_page(FeedReader *reader, json_t *page, const char *pointer)
{
    azure_read_items(reader, json_in_member(page, "Items"), pointer);
    reader->has_more = json_is_string(json_in_member(page, "NextPageLink"));
}

bool azure_read_document(FeedReader *reader, json_t *root)
{
    enum { PAGE_POINTER_BYTES = 64 };
    size_t i;
    json_t *page;
    if (json_is_object(root)) {
        azure_read_page(reader, root, "/Items");
    } else if (!azure_is_page(json_array_get(root, 0))) {
        azure_read_items(reader, root, "");
    }
    json_array_foreach(root, i, page)
    {
        char pointer[PAGE_POINTER_BYTES];
        snprintf(pointer, sizeof pointer, "/%zu/Items", i);
        azure_read_page(reader, page, pointer);
    }
    return true;
}

/* --- Collected offerings: [{provider_id, gpu_model, vram_gb, tier, is_spot, price_usd_hour, collected_at}]
 * --- */

bool offerings_is_document(json_t *root)
{
    const json_t *first = json_array_get(root, 0);
    return json_in_member(first, "gpu_model") != NULL && json_in_member(first, "price_usd_hour") != NULL;
}

static const char *offering_term(const json_t *item)
{
    const char *tier = feed_text(item, "tier");
    if (strcmp(tier, "marketplace") == 0 || strcmp(tier, "community") == 0) return "marketplace";
    return json_is_true(json_in_member(item, "is_spot")) ? "spot" : "on_demand";
}

bool offerings_read_document(FeedReader *reader, json_t *root)
{
    size_t i;
    json_t *item;
    json_array_foreach(root, i, item)
    {
        snprintf(reader->pointer, sizeof reader->pointer, "/%zu", i);
        Offer offer = feed_rental(reader, feed_text(item, "provider_id"), "", feed_text(item, "gpu_model"),
                                  1.0, offering_term(item));
        offer.memory_gb = json_number_value(json_in_member(item, "vram_gb"));
        feed_set_from(&offer, feed_text(item, "collected_at"));
        feed_set_json(&offer, RENTAL_USD_PER_GPU_H, json_in_member(item, "price_usd_hour"), 1.0);
        feed_add(reader, &offer, 0);
    }
    return true;
}

/* --- TPU table: {"TPU v5e": {region: {"On Demand (USD)": x, "Spot (USD)": y, ...}}}, per chip and hour ---
 */

static const struct {
    const char *key, *term;
} tpu_terms[] = {{"On Demand (USD)", "on_demand"},
                 {"Spot (USD)", "spot"},
                 {"1-year Commitment (USD)", "reserved_12mo"},
                 {"3-year Commitment (USD)", "reserved_36mo"}};

bool tpu_is_document(json_t *root)
{
    const char *name;
    json_t *regions;
    if (!json_is_object(root)) return false;
    json_object_foreach(root, name, regions)
    {
        return strncmp(name, "TPU", 3) == 0 && json_is_object(regions);
    }
    return false;
}

bool tpu_read_document(FeedReader *reader, json_t *root)
{
    const char *name, *region;
    json_t *regions, *prices;
    json_object_foreach(root, name, regions)
    {
        json_object_foreach(regions, region, prices)
        {
            for (size_t t = 0; t < sizeof tpu_terms / sizeof tpu_terms[0]; t++) {
                const json_t *usd = json_in_member(prices, tpu_terms[t].key);
                if (usd == NULL || json_is_null(usd)) continue;
                reader->pointer[0] = '\0';
                json_in_pointer_add(reader->pointer, sizeof reader->pointer, name);
                json_in_pointer_add(reader->pointer, sizeof reader->pointer, region);
                Offer offer = feed_rental(reader, "gcp", region, name, 1.0, tpu_terms[t].term);
                feed_set_json(&offer, RENTAL_USD_PER_GPU_H, usd, 1.0);
                feed_add(reader, &offer, 0);
            }
        }
    }
    return true;
}
