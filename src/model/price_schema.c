/* The schema of the price book: one row a column. Layer: model.
 *
 * The column numbers in tokentco/pricebook.h follow this order.
 */
#include "tokentco/pricebook.h"

#define TEXT_KEY(name, doc)                                                                                  \
    {                                                                                                        \
        name, COLUMN_TEXT, COLUMN_KEY, 0, 0, doc                                                             \
    }
#define TEXT(name, doc)                                                                                      \
    {                                                                                                        \
        name, COLUMN_TEXT, 0, 0, 0, doc                                                                      \
    }
#define TEXT_OPTIONAL(name, doc)                                                                             \
    {                                                                                                        \
        name, COLUMN_TEXT, COLUMN_OPTIONAL, 0, 0, doc                                                        \
    }
#define NUMBER_KEY(name, min, max, doc)                                                                      \
    {                                                                                                        \
        name, COLUMN_NUMBER, COLUMN_KEY, min, max, doc                                                       \
    }
#define NUMBER(name, min, max, doc)                                                                          \
    {                                                                                                        \
        name, COLUMN_NUMBER, 0, min, max, doc                                                                \
    }
#define NUMBER_OPTIONAL(name, min, max, doc)                                                                 \
    {                                                                                                        \
        name, COLUMN_NUMBER, COLUMN_OPTIONAL, min, max, doc                                                  \
    }

/* The columns that every table ends with: PRICE_TAIL_COLUMNS. */
#define TAIL                                                                                                 \
    {"valid_from", COLUMN_DATE, 0, 0, 0, "first day on which the figure held"},                              \
        {"seen_until", COLUMN_DATE, COLUMN_OPTIONAL, 0, 0, "last day on which it held; empty: still valid"}, \
        TEXT("source", "where the figure is from"),                                                          \
        {"retrieved_on", COLUMN_DATE, 0, 0, 0, "day on which the source was read"},                          \
        TEXT_OPTIONAL("note", "what a reader should know")

/* Highest prices that are believed: far above any list price, far below a slip of unit. */
#define USD_PER_GPU_H_MAX 200.0
#define USD_PER_MTOK_MAX  10000.0

static const PriceColumn rental_columns[] = {
    TEXT_KEY("provider", "cloud or marketplace"),
    TEXT_KEY("region", "region as the provider names it; any"),
    TEXT_KEY("gpu", "accelerator"),
    NUMBER_KEY("gpus_per_instance", 0, 100000, "GPUs that are rented together"),
    TEXT_KEY("term", "on_demand, spot, marketplace, reserved_12mo, reserved_36mo, ..."),
    NUMBER("usd_per_gpu_h", 0, USD_PER_GPU_H_MAX, "price of one GPU for an hour"),
    TAIL,
};

static const PriceColumn api_columns[] = {
    TEXT_KEY("provider", "vendor or host"),
    TEXT_KEY("model", "model as the vendor names it"),
    TEXT_KEY("tier", "base, or the rule that selects the price"),
    NUMBER_OPTIONAL("input_usd_per_mtok", 0, USD_PER_MTOK_MAX, "input tokens"),
    NUMBER_OPTIONAL("output_usd_per_mtok", 0, USD_PER_MTOK_MAX, "output tokens"),
    NUMBER_OPTIONAL("cached_input_usd_per_mtok", 0, USD_PER_MTOK_MAX, "input tokens read from the cache"),
    NUMBER_OPTIONAL("cache_write_usd_per_mtok", 0, USD_PER_MTOK_MAX, "input tokens written to the cache"),
    NUMBER_OPTIONAL("batch_input_usd_per_mtok", 0, USD_PER_MTOK_MAX, "input tokens of a batch request"),
    NUMBER_OPTIONAL("batch_output_usd_per_mtok", 0, USD_PER_MTOK_MAX, "output tokens of a batch request"),
    TAIL,
};

static const PriceColumn accelerator_columns[] = {
    TEXT_KEY("gpu", "accelerator"),
    TEXT("name", "full name"),
    TEXT("vendor", "who makes it"),
    NUMBER("memory_gb", 0.001, 1e6, "memory, 1e9 bytes"),
    NUMBER("mem_bw_gb_s", 0.001, 1e9, "memory bandwidth, 1e9 bytes a second"),
    NUMBER("flops_16bit_tflops", 0.001, 1e9, "dense 16-bit peak"),
    NUMBER("flops_8bit_tflops", 0.001, 1e9, "dense 8-bit peak"),
    NUMBER_OPTIONAL("flops_4bit_tflops", 0.001, 1e9, "dense 4-bit peak"),
    NUMBER("link_gb_s_per_direction", 0.001, 1e9, "bandwidth between GPUs, one direction"),
    NUMBER_OPTIONAL("gpus_per_node", 1, 100000, "GPUs in a server"),
    NUMBER_OPTIONAL("tdp_w", 0, 1e6, "power"),
    TAIL,
};

static const PriceColumn model_columns[] = {
    TEXT_KEY("model", "short name"),
    TEXT_OPTIONAL("hf_id", "Hugging Face id"),
    NUMBER("params_total", 1e5, 1e15, "parameters in all"),
    NUMBER("params_active", 1e5, 1e15, "parameters that one token passes through"),
    NUMBER("layers", 1, 10000, "layers"),
    NUMBER("hidden", 1, 1e7, "width of the residual stream"),
    NUMBER_OPTIONAL("intermediate", 0, 1e8, "width of the feed-forward layer"),
    NUMBER("heads", 1, 1e6, "query heads"),
    NUMBER("kv_heads", 1, 1e6, "key and value heads"),
    NUMBER("head_dim", 1, 1e6, "width of one head"),
    NUMBER_OPTIONAL("vocab", 0, 1e8, "tokens of the vocabulary"),
    NUMBER_OPTIONAL("context", 0, 1e10, "longest context"),
    NUMBER_OPTIONAL("experts", 0, 1e6, "routed experts; 0 for a dense model"),
    NUMBER_OPTIONAL("active_experts", 0, 1e6, "routed experts that a token uses"),
    NUMBER_OPTIONAL("shared_experts", 0, 1e6, "experts that every token uses"),
    NUMBER_OPTIONAL("moe_intermediate", 0, 1e8, "width of an expert"),
    NUMBER_OPTIONAL("routed_expert_params", 0, 1e15, "parameters in routed experts"),
    NUMBER("kv_values_per_layer", 1, 1e8, "cache values per token and layer that has a cache"),
    NUMBER("kv_shards", 1, 1e6, "GPUs over which the cache can be split"),
    NUMBER_OPTIONAL("kv_layer_frac", 0, 1, "share of the layers that have a cache"),
    NUMBER_OPTIONAL("sliding_window", 0, 1e10, "window of layers with sliding attention, tokens"),
    NUMBER_OPTIONAL("sliding_layer_frac", 0, 1, "share of the layers with sliding attention"),
    NUMBER_OPTIONAL("tie_embeddings", 0, 1, "1: output head shares the embedding"),
    TEXT_OPTIONAL("licence", "licence, as in licences.csv"),
    TAIL,
};

static const PriceColumn licence_columns[] = {
    TEXT_KEY("licence", "name"),
    TEXT_OPTIONAL("models", "models under it"),
    TEXT_OPTIONAL("commercial_use", "yes, no, or the condition"),
    NUMBER_OPTIONAL("threshold", 0, 1e15, "above it another rule holds"),
    TEXT_OPTIONAL("threshold_unit", "what the threshold counts, and when"),
    TEXT_OPTIONAL("above_threshold_rule", "what holds above"),
    TEXT_OPTIONAL("other_obligations", "attribution and the like"),
    TEXT_OPTIONAL("may_host_for_third_parties", "yes, no, or the condition"),
    NUMBER_OPTIONAL("royalty_frac", 0, 1, "share of revenue owed"),
    TAIL,
};

static const PriceColumn networking_columns[] = {
    TEXT_KEY("provider", "cloud"),
    TEXT_KEY("item", "egress, inter_zone, nat_gb, nat_hour, balancer_hour, ..."),
    TEXT_KEY("region", "region or route"),
    NUMBER_KEY("tier_from_gb", 0, 1e12, "first GB of the month at this price"),
    NUMBER_OPTIONAL("tier_to_gb", 0, 1e12, "end of the tier; empty: no end"),
    NUMBER("usd", 0, 1e7, "price of one unit"),
    TEXT("unit", "unit of the price"),
    TAIL,
};

static const PriceColumn staffing_columns[] = {
    TEXT_KEY("role", "job"),
    TEXT_KEY("country", "country code"),
    TEXT_KEY("level", "seniority; all"),
    TEXT_KEY("measure", "base_salary, ..."),
    NUMBER("value", 0, 1e9, "median, or the figure itself"),
    NUMBER_OPTIONAL("p25", 0, 1e9, "lower quartile"),
    NUMBER_OPTIONAL("p75", 0, 1e9, "upper quartile"),
    NUMBER_OPTIONAL("n", 0, 1e9, "observations"),
    TEXT("unit", "unit of the value"),
    TAIL,
};

static const PriceColumn facility_columns[] = {
    TEXT_KEY("item", "electricity, pue, colocation, server, ..."),
    TEXT_KEY("region", "where"),
    NUMBER("value", -1e9, 1e9, "the figure"),
    TEXT("unit", "its unit"),
    TAIL,
};

static const PriceColumn alias_columns[] = {
    TEXT_KEY("kind", "gpu, model or provider"),
    TEXT_KEY("alias", "a name in use elsewhere"),
    TEXT("id", "the name used here"),
    TAIL,
};

static const PriceColumn profile_columns[] = {
    NUMBER_KEY("hour_of_week", 0, 167, "hour, from the first of the week"),
    NUMBER("flat", 0, 1e4, "no shape"),
    NUMBER("conversation", 0, 1e4, "people who chat"),
    NUMBER("coding", 0, 1e4, "people who write code"),
    TAIL,
};

static const PriceColumn fx_columns[] = {
    TEXT_KEY("currency", "ISO 4217 code"),
    NUMBER("units_per_usd", 1e-6, 1e9, "units of the currency for one US dollar, mean of the month"),
    TAIL,
};

static const PriceColumn contract_columns[] = {
    TEXT_KEY("provider", "who sells"),
    TEXT_KEY("customer", "who it was agreed with; any: for everybody"),
    TEXT_KEY("rule", "tier, commitment or credit"),
    TEXT_KEY("item", "a name of your own, to tell several apart"),
    NUMBER("usd", 0, 1e13,
           "monthly bill from which a tier holds; spend committed for a term; amount of a credit"),
    NUMBER_OPTIONAL("discount_frac", 0, 1, "discount of the tier, or that the commitment buys"),
    NUMBER_OPTIONAL("months", 1, 600, "length of a term of the commitment"),
    TEXT_OPTIONAL("covers", "api, gpus or both"),
    TAIL,
};

#define TABLE(name, title, columns)                                                                          \
    {                                                                                                        \
        name, title, columns, (int)(sizeof columns / sizeof columns[0])                                      \
    }

const PriceTableRow price_tables[N_PRICE_KINDS] = {
    [PRICE_GPU_RENTAL] = TABLE("gpu_rental", "accelerator rental", rental_columns),
    [PRICE_API] = TABLE("api_prices", "API token prices", api_columns),
    [PRICE_ACCELERATORS] = TABLE("accelerators", "accelerator figures", accelerator_columns),
    [PRICE_MODELS] = TABLE("models", "model architectures", model_columns),
    [PRICE_LICENCES] = TABLE("licences", "model licences", licence_columns),
    [PRICE_NETWORKING] = TABLE("networking", "network prices", networking_columns),
    [PRICE_STAFFING] = TABLE("staffing", "salaries", staffing_columns),
    [PRICE_FACILITY] = TABLE("facility", "power, space, servers", facility_columns),
    [PRICE_ALIASES] = TABLE("aliases", "other names", alias_columns),
    [PRICE_PROFILES] = TABLE("profiles", "shapes of the week", profile_columns),
    [PRICE_FX] = TABLE("fx", "exchange rates", fx_columns),
    [PRICE_CONTRACTS] = TABLE("contracts", "discounts, commitments, credits", contract_columns),
};
