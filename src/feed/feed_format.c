/* The table of feed formats. Layer: feed. */
#include "feed/feed_format.h"

#include <string.h>

#define COLUMNS(list) .columns = list, .n_columns = (int)(sizeof list / sizeof list[0])
#define JSON(name)    .is_document = name##_is_document, .read_document = name##_read_document

static const char *const skypilot_columns[] = {"InstanceType", "AcceleratorName", "AcceleratorCount", "Price",
                                               "?SpotPrice",   "Region",          "?GpuInfo"};
static const char *const gpuhunt_columns[] = {"?provider", "instance_name", "location",    "price",
                                              "gpu_count", "gpu_name",      "?gpu_memory", "?spot"};
static const char *const cloudgpus_columns[] = {
    "Cloud", "GPU Type", "GPUs", "?GPU RAM", "On-demand|Per-Hour", "Per-GPU", "?Spot", "?Name"};
static const char *const aws_columns[] = {"Instance Type",
                                          "Region Code|Location",
                                          "TermType",
                                          "Unit",
                                          "PricePerUnit",
                                          "Currency",
                                          "?LeaseContractLength",
                                          "?PurchaseOption",
                                          "?Operating System",
                                          "?Tenancy",
                                          "?CapacityStatus",
                                          "?Pre Installed S/W",
                                          "?EffectiveDate",
                                          "?MarketOption",
                                          "?GPU"};
static const char *const quote_rental_columns[] = {
    "?provider",   "?region",     "gpu",   "?gpus_per_instance", "?term", "usd_per_gpu_h",
    "?valid_from", "?seen_until", "?note", "?currency"};
static const char *const quote_api_columns[] = {"?provider",
                                                "model",
                                                "?tier",
                                                "input_usd_per_mtok",
                                                "output_usd_per_mtok",
                                                "?cached_input_usd_per_mtok",
                                                "?cache_write_usd_per_mtok",
                                                "?batch_input_usd_per_mtok",
                                                "?batch_output_usd_per_mtok",
                                                "?valid_from",
                                                "?seen_until",
                                                "?note",
                                                "?currency"};
static const char *const quote_contract_columns[] = {"?provider",   "customer",       "rule",    "?item",
                                                     "usd",         "?discount_frac", "?months", "?covers",
                                                     "?valid_from", "?seen_until",    "?note",   "?currency"};
static const char *const gpuspecs_columns[] = {"name", "type", "tdp_watts", "TFLOPS16| TFLOPS16", "memory"};

/* The order is that of recognition: the more particular format first. */
const FeedFormat feed_formats[] = {
    {"litellm", "litellm model_prices_and_context_window.json", FEED_IS_COMPLETE, JSON(litellm)},
    {"genai-prices", "genai-prices data.json", FEED_IS_COMPLETE, JSON(genai)},
    {"models.dev", "models.dev api.json, or its TOML tree as a folder, tar or single file", FEED_IS_COMPLETE,
     JSON(modelsdev)},
    {"openrouter", "OpenRouter /api/v1/models", FEED_IS_COMPLETE, JSON(openrouter)},
    {"llm-prices", "llm-prices data/<vendor>.json or the current list", 0, JSON(llmprices)},
    {"azure", "Azure retail prices, a page or a list of pages", 0, JSON(azure)},
    {"runpod", "RunPod GPU types, of GraphQL or REST", FEED_IS_COMPLETE, JSON(runpod)},
    {"vast", "Vast.ai offers", 0, JSON(vast)},
    {"offerings", "a list of collected offerings (gpu_model, price_usd_hour)", 0, JSON(offerings)},
    {"tpu", "Google TPU prices by region (gpuhunt tpu_pricing.json)", FEED_IS_COMPLETE, JSON(tpu)},
    {"skypilot", "SkyPilot catalog vms.csv, any layout", FEED_NEEDS_PROVIDER | FEED_IS_COMPLETE,
     COLUMNS(skypilot_columns), .read_row = skypilot_read_row},
    {"gpuhunt", "gpuhunt catalog, CSV or JSON", FEED_NEEDS_PROVIDER | FEED_IS_COMPLETE,
     COLUMNS(gpuhunt_columns), JSON(gpuhunt), .read_row = gpuhunt_read_row},
    {"cloud-gpus", "hand-kept list of cloud GPUs (Cloud, GPU Type, GPUs, On-demand)", FEED_IS_COMPLETE,
     COLUMNS(cloudgpus_columns), .read_row = cloudgpus_read_row},
    {"aws", "AWS price list CSV of EC2", 0, COLUMNS(aws_columns), .read_row = aws_read_row},
    {"quote-gpu", "a quote in the columns of gpu_rental.csv", FEED_NEEDS_PROVIDER,
     COLUMNS(quote_rental_columns), .read_row = quote_rental_read_row},
    {"quote-api", "a quote in the columns of api_prices.csv", FEED_NEEDS_PROVIDER, COLUMNS(quote_api_columns),
     .read_row = quote_api_read_row},
    {"quote-contract", "discounts, commitments and credits in the columns of contracts.csv",
     FEED_NEEDS_PROVIDER, COLUMNS(quote_contract_columns), .read_row = quote_contract_read_row},
    {"gpu-specs", "accelerator figures (name, tdp_watts, TFLOPS16, memory), compared with accelerators.csv",
     0, COLUMNS(gpuspecs_columns), .read_row = gpuspecs_read_row},
    {"gpu-index", "daily index series (date, then <market>-<accelerator>)", 0,
     .is_header = gpuindex_is_header, .read_row = gpuindex_read_row},
    {"table", "a table with plainly named columns (provider, gpu or model, price_per_gpu_hour, ...)",
     FEED_NEEDS_PROVIDER, .is_header = table_is_header, .read_row = table_read_row, JSON(table)},
};
const int n_feed_formats = (int)(sizeof feed_formats / sizeof feed_formats[0]);

const FeedFormat *feed_format_find(const char *word)
{
    for (int i = 0; i < n_feed_formats; i++) {
        if (strcmp(feed_formats[i].word, word) == 0) return &feed_formats[i];
    }
    return NULL;
}
