/* Price lists of clouds and marketplaces in JSON. Layer: feed.
 *
 * Azure retail prices, Vast.ai offers, RunPod GPU types, lists of collected offerings, and the Google TPU
 * table of gpuhunt. All state USD per hour; Azure per instance, Vast per offer (all its GPUs), the others per
 * GPU or chip.
 */
#include "feed/feed_format.h"
#include "feed/json_in.h"

#include <stdio.h>
#include <string.h>

static const double H_PER_YEAR = 8760.0, MIB_PER_GIB = 1024.0;

static const char *text_of(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_in_member(object, key));
    return text == NULL ? "" : text;
}

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
    const char *type = text_of(item, "type"), *meter = text_of(item, "meterName");
    *hours = 1.0;
    if (contains(text_of(item, "productName"), "Windows") || contains(meter, "Low Priority")) return NULL;
    if (strcmp(type, "Reservation") == 0) {
        const char *term = text_of(item, "reservationTerm");
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
    const char *sku = text_of(item, "armSkuName"), *unit = text_of(item, "unitOfMeasure"), *gpu;
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
    Offer offer = feed_rental(reader, "azure", text_of(item, "armRegionName"), gpu, count, term);
    offer.host = sku;
    offer.is_exact = true;
    const char *currency = text_of(item, "currencyCode");
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

/* --- Vast.ai: {offers: [{gpu_name, num_gpus, gpu_ram, dph_total, min_bid}]}; gpu_ram in MB, of one GPU ---
 */

/* What the command line tool prints (`search offers --raw`) is the list alone. */
static json_t *vast_offers(json_t *root)
{
    return json_is_array(root) ? root : json_in_member(root, "offers");
}

bool vast_is_document(json_t *root)
{
    return json_in_member(json_array_get(vast_offers(root), 0), "dph_total") != NULL;
}

static void vast_add(FeedReader *reader, const json_t *item, const char *key, const char *term)
{
    const json_t *usd = json_in_member(item, key), *gpus = json_in_member(item, "num_gpus");
    if (usd == NULL || json_is_null(usd)) return;
    double count = json_number_value(gpus);
    Offer offer = feed_rental(reader, "vast", "", text_of(item, "gpu_name"), count, term);
    offer.memory_gb = json_number_value(json_in_member(item, "gpu_ram")) / MIB_PER_GIB;
    feed_set_json(&offer, RENTAL_USD_PER_GPU_H, usd, count > 0.0 ? 1.0 / count : 1.0);
    feed_add(reader, &offer, 0);
}

bool vast_read_document(FeedReader *reader, json_t *root)
{
    size_t i;
    json_t *item;
    json_array_foreach(vast_offers(root), i, item)
    {
        snprintf(reader->pointer, sizeof reader->pointer, "%s/%zu", json_is_array(root) ? "" : "/offers", i);
        vast_add(reader, item, "dph_total", "marketplace");
        vast_add(reader, item, "min_bid", "spot");
    }
    return true;
}

/* --- RunPod: {data: {gpuTypes: [{displayName, memoryInGb, securePrice, communityPrice, lowestPrice}]}} ---
 */

/* GraphQL wraps the list in data and gpuTypes, clients and mirrors take one or both off. */
static json_t *runpod_types(json_t *root)
{
    json_t *data = json_in_member(root, "data");
    if (data == NULL) data = root;
    return json_is_array(data) ? data : json_in_member(data, "gpuTypes");
}

bool runpod_is_document(json_t *root)
{
    const json_t *first = json_array_get(runpod_types(root), 0);
    return json_in_member(first, "memoryInGb") != NULL &&
           (json_in_member(first, "securePrice") != NULL || json_in_member(first, "communityPrice") != NULL ||
            json_in_member(first, "lowestPrice") != NULL);
}

static void runpod_add(FeedReader *reader, const json_t *type, const json_t *usd, const char *term)
{
    /* null means that none is to be had; so does 0 here. */
    if (usd == NULL || json_is_null(usd)) return;
    const char *name = text_of(type, "displayName");
    Offer offer = feed_rental(reader, "runpod", "", name[0] != '\0' ? name : text_of(type, "id"), 1.0, term);
    offer.memory_gb = json_number_value(json_in_member(type, "memoryInGb"));
    feed_set_json(&offer, RENTAL_USD_PER_GPU_H, usd, 1.0);
    feed_add(reader, &offer, 0);
}

bool runpod_read_document(FeedReader *reader, json_t *root)
{
    size_t i;
    json_t *type;
    json_array_foreach(runpod_types(root), i, type)
    {
        snprintf(reader->pointer, sizeof reader->pointer, "/gpuTypes/%zu", i);
        runpod_add(reader, type, json_in_member(type, "securePrice"), "on_demand");
        runpod_add(reader, type, json_in_member(type, "communityPrice"), "marketplace");
        runpod_add(reader, type, json_in_member(json_in_member(type, "lowestPrice"), "minimumBidPrice"),
                   "spot");
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
    const char *tier = text_of(item, "tier");
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
        Offer offer = feed_rental(reader, text_of(item, "provider_id"), "", text_of(item, "gpu_model"), 1.0,
                                  offering_term(item));
        offer.memory_gb = json_number_value(json_in_member(item, "vram_gb"));
        feed_set_from(&offer, text_of(item, "collected_at"));
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
