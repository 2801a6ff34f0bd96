/* Listings of marketplaces in JSON. Layer: feed.
 *
 * Vast.ai offers state USD per hour of the whole offer (all its GPUs), RunPod's GPU types of one GPU,
 * gpuhunt's items of the instance. Clients save them whole, without their wrapping, or as pages one after the
 * other.
 */
#include "feed/feed_format.h"
#include "feed/json_in.h"

#include <stdio.h>

static const double MIB_PER_GIB = 1024.0;
enum { LIST_POINTER_BYTES = 64 };

/* The first page of a list of pages, else the document. */
static json_t *first_page(json_t *root, json_t *(*list_of)(json_t *page))
{
    json_t *first = json_array_get(root, 0);
    return json_is_array(list_of(first)) ? first : root;
}

/* Reads every entry of a document, or of each of its pages. */
static bool read_pages(FeedReader *reader, json_t *root, const char *pointer,
                       json_t *(*list_of)(json_t *page),
                       void (*read)(FeedReader *reader, const json_t *entry))
{
    size_t i, k;
    json_t *page, *entry;
    const bool has_pages = first_page(root, list_of) != root;
    json_array_foreach(has_pages ? root : NULL, i, page)
    {
        json_array_foreach(list_of(page), k, entry)
        {
            snprintf(reader->pointer, sizeof reader->pointer, "/%zu%s/%zu", i, pointer, k);
            read(reader, entry);
        }
    }
    json_array_foreach(has_pages ? NULL : list_of(root), k, entry)
    {
        snprintf(reader->pointer, sizeof reader->pointer, "%s/%zu", json_is_array(root) ? "" : pointer, k);
        read(reader, entry);
    }
    return true;
}

/* --- Vast.ai: {offers: [{gpu_name, num_gpus, gpu_ram, dph_total, min_bid}]}; gpu_ram in MB, of one GPU ---
 */

/* What the command line tool prints (`search offers --raw`) is the list alone. */
static json_t *vast_offers(json_t *page)
{
    return json_is_array(page) ? page : json_in_member(page, "offers");
}

bool vast_is_document(json_t *root)
{
    json_t *page = first_page(root, vast_offers);
    return json_in_member(json_array_get(vast_offers(page), 0), "dph_total") != NULL;
}

static void vast_add(FeedReader *reader, const json_t *item, const char *key, const char *term)
{
    const json_t *usd = json_in_member(item, key), *gpus = json_in_member(item, "num_gpus");
    if (usd == NULL || json_is_null(usd)) return;
    double count = json_number_value(gpus);
    Offer offer = feed_rental(reader, "vast", "", feed_text(item, "gpu_name"), count, term);
    offer.memory_gb = json_number_value(json_in_member(item, "gpu_ram")) / MIB_PER_GIB;
    feed_set_json(&offer, RENTAL_USD_PER_GPU_H, usd, count > 0.0 ? 1.0 / count : 1.0);
    feed_add(reader, &offer, 0);
}

static void vast_read(FeedReader *reader, const json_t *item)
{
    vast_add(reader, item, "dph_total", "marketplace");
    vast_add(reader, item, "min_bid", "spot");
}

bool vast_read_document(FeedReader *reader, json_t *root)
{
    return read_pages(reader, root, "/offers", vast_offers, vast_read);
}

/* --- RunPod: GraphQL's {data: {gpuTypes: [{displayName, memoryInGb, securePrice, communityPrice,
 * lowestPrice}]}}, and {gpus: [{name, memory, secure, community, price: {secure, community}}]} of the REST
 * interface --- */

/* GraphQL wraps the list in data and gpuTypes, clients and mirrors take one or both off. */
static json_t *runpod_types(json_t *page)
{
    json_t *data = json_in_member(page, "data");
    if (data == NULL) data = page;
    json_t *types = json_in_member(data, "gpuTypes");
    if (types == NULL) types = json_in_member(data, "gpus");
    return json_is_array(data) ? data : types;
}

bool runpod_is_document(json_t *root)
{
    const json_t *first = json_array_get(runpod_types(first_page(root, runpod_types)), 0);
    const json_t *price = json_in_member(first, "price");
    bool is_rest = json_in_member(first, "memory") != NULL &&
                   (json_in_member(price, "secure") != NULL || json_in_member(price, "community") != NULL);
    return is_rest ||
           (json_in_member(first, "memoryInGb") != NULL && (json_in_member(first, "securePrice") != NULL ||
                                                            json_in_member(first, "communityPrice") != NULL ||
                                                            json_in_member(first, "lowestPrice") != NULL));
}

static void runpod_add(FeedReader *reader, const json_t *type, const json_t *usd, const char *term)
{
    /* null means that none is to be had; so does 0 here. */
    if (usd == NULL || json_is_null(usd)) return;
    static const char *const names[] = {"displayName", "name", "id"};
    const char *name = "";
    for (size_t i = 0; i < sizeof names / sizeof names[0] && name[0] == '\0'; i++)
        name = feed_text(type, names[i]);
    Offer offer = feed_rental(reader, "runpod", "", name, 1.0, term);
    const json_t *memory = json_in_member(type, "memoryInGb");
    offer.memory_gb = json_number_value(memory != NULL ? memory : json_in_member(type, "memory"));
    feed_set_json_text(&offer, RENTAL_USD_PER_GPU_H, usd, 1.0);
    feed_add(reader, &offer, 0);
}

/* The REST interface has a price for clouds that do not offer the GPU, and flags that say so. */
static const json_t *runpod_rest_price(const json_t *type, const char *cloud)
{
    if (json_is_false(json_in_member(type, cloud))) return NULL;
    return json_in_member(json_in_member(type, "price"), cloud);
}

static void runpod_read(FeedReader *reader, const json_t *type)
{
    runpod_add(reader, type, json_in_member(type, "securePrice"), "on_demand");
    runpod_add(reader, type, json_in_member(type, "communityPrice"), "marketplace");
    runpod_add(reader, type, json_in_member(json_in_member(type, "lowestPrice"), "minimumBidPrice"), "spot");
    runpod_add(reader, type, runpod_rest_price(type, "secure"), "on_demand");
    runpod_add(reader, type, runpod_rest_price(type, "community"), "marketplace");
}

bool runpod_read_document(FeedReader *reader, json_t *root)
{
    json_t *page = first_page(root, runpod_types);
    char pointer[LIST_POINTER_BYTES];
    snprintf(pointer, sizeof pointer, "%s%s", json_in_member(page, "data") != NULL ? "/data" : "",
             json_in_member(page, "gpus") != NULL ||
                     json_in_member(json_in_member(page, "data"), "gpus") != NULL
                 ? "/gpus"
                 : "/gpuTypes");
    return read_pages(reader, root, pointer, runpod_types, runpod_read);
}

/* --- gpuhunt: [{provider, instance_name, location, price, gpu_count, gpu_name, gpu_memory, spot}] --- */

static json_t *gpuhunt_items(json_t *page)
{
    return json_is_array(page) ? page : NULL;
}

bool gpuhunt_is_document(json_t *root)
{
    const json_t *first = json_array_get(root, 0);
    return json_in_member(first, "instance_name") != NULL && json_in_member(first, "price") != NULL &&
           json_in_member(first, "gpu_count") != NULL;
}

static void gpuhunt_read(FeedReader *reader, const json_t *item)
{
    double count = json_number_value(json_in_member(item, "gpu_count"));
    const char *gpu = feed_text(item, "gpu_name");
    if (gpu[0] == '\0' || count <= 0.0) {
        feed_reject(reader, GATE_NO_ACCELERATOR, 0);
        return;
    }
    Offer offer = feed_rental(reader, feed_text(item, "provider"), feed_text(item, "location"), gpu, count,
                              json_is_true(json_in_member(item, "spot")) ? "spot" : "on_demand");
    offer.host = feed_text(item, "instance_name");
    offer.memory_gb = json_number_value(json_in_member(item, "gpu_memory"));
    feed_set_json(&offer, RENTAL_USD_PER_GPU_H, json_in_member(item, "price"), 1.0 / count);
    feed_add(reader, &offer, 0);
}

bool gpuhunt_read_document(FeedReader *reader, json_t *root)
{
    return read_pages(reader, root, "", gpuhunt_items, gpuhunt_read);
}
