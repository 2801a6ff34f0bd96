/* Importing price feeds: one small file per trap, each with awkward numbers. */
#include "import_case.h"
#include "tokentco/text.h"

static void litellm_prices_are_per_token(void **state)
{
    (void)state;
    ImportReport report = import_good(
        "litellm.json",
        "{\"sample_spec\": {\"input_cost_per_token\": 0.0, \"litellm_provider\": \"one of ...\", "
        "\"max_tokens\": \"a sentence\"},\n"
        " \"groq/vole-7b\": {\"input_cost_per_token\": 7.5e-08, \"output_cost_per_token\": 3.1e-07, "
        "\"litellm_provider\": \"groq\","
        "  \"mode\": \"chat\", \"input_cost_per_token_batches\": 3.75e-08, "
        "\"output_cost_per_token_batches\": 1.55e-07},\n"
        " \"gemini/vole-pro\": {\"input_cost_per_token\": 1.25e-06, "
        "\"input_cost_per_token_above_200k_tokens\": 2.5e-06,"
        "  \"output_cost_per_token\": 1e-05, \"output_cost_per_token_above_200k_tokens\": 1.5e-05,"
        "  \"input_cost_per_token_above_200k_tokens_priority\": 4.5e-06, "
        "\"output_cost_per_token_above_200k_tokens_priority\": 2.7e-05,"
        "  \"litellm_provider\": \"vertex_ai-language-models\", \"mode\": \"chat\"},\n"
        " \"vole-embed\": {\"input_cost_per_token\": 1e-07, \"litellm_provider\": \"openai\", \"mode\": "
        "\"embedding\"},\n"
        " \"wandb/vole-slip\": {\"input_cost_per_token\": 0.055, \"output_cost_per_token\": 0.2, "
        "\"litellm_provider\": \"wandb\", \"mode\": \"chat\"},\n"
        " \"vole-free\": {\"input_cost_per_token\": 0, \"output_cost_per_token\": 0, \"litellm_provider\": "
        "\"openai\", \"mode\": \"chat\"},\n"
        " \"vole-text\": {\"input_cost_per_token\": \"1e-6\", \"output_cost_per_token\": 2e-6, "
        "\"litellm_provider\": \"openai\", \"mode\": \"chat\"},\n"
        " \"vole-cache\": {\"input_cost_per_token\": 3e-7, \"output_cost_per_token\": 2e-6, "
        "\"cache_read_input_token_cost\": 3.75e-6, \"litellm_provider\": \"openai\", \"mode\": \"chat\"},\n"
        " \"vole-second\": {\"input_cost_per_second\": 1e-4, \"litellm_provider\": \"openai\", \"mode\": "
        "\"chat\"}}\n",
        NULL, "litellm");
    const PriceChange *groq = change_find(&report, "groq", "vole-7b", "base", NULL);
    assert_non_null(groq);
    assert_close(groq->cells[APIP_INPUT].number, 0.075, 0.0);
    assert_close(groq->cells[APIP_OUTPUT].number, 0.31, 0.0);
    assert_close(groq->cells[APIP_BATCH_INPUT].number, 0.0375, 0.0);
    assert_false(groq->cells[APIP_CACHED].has);
    assert_int_equal(groq->what, CHANGE_NEW);
    const PriceChange *above = change_find(&report, NULL, NULL, "over_200000", NULL);
    assert_non_null(above);
    assert_string_equal(above->cells[APIP_PROVIDER].text, "vertex");
    assert_close(above->cells[APIP_OUTPUT].number, 15.0, 0.0);
    assert_non_null(change_find(&report, "vertex", NULL, "priority_over_200000", NULL));
    assert_int_equal(rejected_count(&report, "documentation"), 1);
    assert_int_equal(rejected_count(&report, "other_product"), 1);
    assert_int_equal(rejected_count(&report, "no_price"), 1);
    const Quarantined *slip = quarantined_find(&report, "too_high");
    assert_non_null(slip);
    assert_string_equal(slip->place, "/wandb~1vole-slip");
    assert_non_null(quarantined_find(&report, "zero_price"));
    assert_non_null(quarantined_find(&report, "not_a_number"));
    assert_non_null(quarantined_find(&report, "cached_above_input"));
    assert_int_equal(report.n_quarantined, 4);
    assert_int_equal(report.n_changes, 4);
    import_free(&report);
}

static void openrouter_prices_are_text_with_sentinels(void **state)
{
    (void)state;
    ImportReport report = import_good(
        "openrouter.json",
        "{\"data\": [{\"id\": \"maker/vole\", \"pricing\": {\"prompt\": \"0.000003\", \"completion\": "
        "\"0.0000150\","
        " \"input_cache_read\": \"0.0000003\", \"overrides\": [{\"min_prompt_tokens\": 200000, \"prompt\": "
        "\"0.000006\"},"
        " {\"utc_start\": 1630, \"utc_end\": 30, \"prompt\": \"0.0000015\", \"completion\": "
        "\"0.0000075\"}]}},"
        " {\"id\": \"openrouter/auto\", \"pricing\": {\"prompt\": \"-1\", \"completion\": \"-1\"}},"
        " {\"id\": \"maker/vole:free\", \"pricing\": {\"prompt\": \"0\", \"completion\": \"0\"}}, {\"id\": "
        "\"broken/none\"}]}",
        NULL, "openrouter");
    const PriceChange *base = change_find(&report, "openrouter", "maker/vole", "base", NULL);
    assert_non_null(base);
    assert_close(base->cells[APIP_CACHED].number, 0.3, 0.0);
    const PriceChange *above = change_find(&report, "openrouter", "maker/vole", "over_200000", NULL);
    assert_non_null(above);
    assert_close(above->cells[APIP_INPUT].number, 6.0, 0.0);
    assert_close(above->cells[APIP_OUTPUT].number, 15.0, 0.0);
    assert_non_null(change_find(&report, "openrouter", "maker/vole", "utc_16:30-00:30", NULL));
    assert_non_null(quarantined_find(&report, "sentinel"));
    assert_non_null(quarantined_find(&report, "zero_price"));
    assert_int_equal(rejected_count(&report, "no_price"), 1);
    import_free(&report);
}

static void genai_prices_know_tiers_dates_and_hours(void **state)
{
    (void)state;
    ImportReport report = import_good(
        "genai.json",
        "[{\"id\": \"deepseek\", \"api_pattern\": \"x\", \"models\": ["
        "{\"id\": \"vole-chat\", \"prices\": [{\"prices\": {\"input_mtok\": 0.27, \"output_mtok\": 1.1}},"
        " {\"constraint\": {\"type\": \"start_date\", \"start_date\": \"2026-07-01\"}, \"prices\": "
        "{\"input_mtok\": 0.22, \"output_mtok\": 0.66}},"
        " {\"constraint\": {\"type\": \"start_date\", \"start_date\": \"2027-01-01\"}, \"prices\": "
        "{\"input_mtok\": 0.33, \"output_mtok\": 0.99}},"
        " {\"constraint\": {\"type\": \"time_of_date\", \"start_time\": \"00:30:00Z\", \"end_time\": "
        "\"16:30:00Z\"}, \"prices\": {\"input_mtok\": 0.44, \"output_mtok\": 1.32}}]},"
        "{\"id\": \"vole-long\", \"prices\": {\"input_mtok\": {\"base\": 2.5, \"tiers\": [{\"start\": "
        "271999, \"price\": 5}]}, \"output_mtok\": 15, \"cache_read_mtok\": 0.25}}"
        "]}]",
        NULL, "genai-prices");
    const PriceChange *announced = NULL, *dated = NULL;
    for (int i = 0; i < report.n_changes; i++) {
        if (report.changes[i].what == CHANGE_ANNOUNCED) announced = &report.changes[i];
        if (report.changes[i].valid_from == date_of(2026, 7, 1)) dated = &report.changes[i];
    }
    assert_non_null(announced);
    assert_int_equal(announced->valid_from, date_of(2027, 1, 1));
    assert_close(announced->cells[APIP_OUTPUT].number, 0.99, 0.0);
    assert_non_null(dated);
    assert_close(dated->cells[APIP_INPUT].number, 0.22, 0.0);
    assert_int_equal(rejected_count(&report, "past"), 1);
    assert_non_null(change_find(&report, "deepseek", "vole-chat", "utc_00:30-16:30", NULL));
    const PriceChange *above = change_find(&report, NULL, "vole-long", "over_271999", NULL);
    assert_non_null(above);
    assert_close(above->cells[APIP_INPUT].number, 5.0, 0.0);
    assert_close(above->cells[APIP_OUTPUT].number, 15.0, 0.0);
    assert_close(above->cells[APIP_CACHED].number, 0.25, 0.0);
    import_free(&report);
}

static void llm_prices_have_histories(void **state)
{
    (void)state;
    ImportReport report =
        import_good("llm.json",
                    "{\"vendor\": \"openai\", \"models\": [{\"id\": \"vole-5\", \"price_history\": ["
                    "{\"input\": 2.5, \"output\": 15, \"input_cached\": null, \"from_date\": null, "
                    "\"to_date\": \"2026-07-30\"},"
                    "{\"input\": 2, \"output\": 12, \"input_cached\": 0.2, \"from_date\": \"2026-07-30\", "
                    "\"to_date\": null}]},"
                    "{\"id\": \"vole-5-272k\", \"price_history\": [{\"input\": 4, \"output\": 18, "
                    "\"from_date\": null, \"to_date\": null}]}]}",
                    NULL, "llm-prices");
    const PriceChange *now = change_find(&report, "openai", "vole-5", "base", NULL);
    assert_non_null(now);
    assert_int_equal(now->valid_from, date_of(2026, 7, 30));
    assert_non_null(change_find(&report, "openai", "vole-5", "over_272000", NULL));
    assert_int_equal(rejected_count(&report, "past"), 1);
    import_free(&report);
}

static void models_dev_json_has_costs_per_million(void **state)
{
    (void)state;
    ImportReport report = import_good(
        "api.json",
        "{\"groq\": {\"id\": \"groq\", \"models\": {\"maker/vole\": {\"cost\": {\"input\": 0.59, \"output\": "
        "0.79, \"tiers\": "
        "[{\"tier\": {\"type\": \"context\", \"size\": 200000}, \"input\": 1.18, \"output\": 1.58}]}},"
        "\"plan\": {\"cost\": {\"input\": 0, \"output\": 0}}, \"none\": {}}}}",
        NULL, "models.dev");
    assert_non_null(change_find(&report, "groq", "maker/vole", "over_200000", NULL));
    assert_non_null(quarantined_find(&report, "zero_price"));
    assert_int_equal(rejected_count(&report, "no_price"), 1);
    import_free(&report);
}

/* A 512-byte header of a tar archive and its data, rounded up to blocks. */
static size_t tar_entry(char *out, const char *path, char type, const char *link, const char *data)
{
    size_t n = strlen(data), blocks = (n + 511) / 512;
    memset(out, 0, 512 + blocks * 512);
    snprintf(out, 100, "%s", path);
    snprintf(out + 124, 12, "%011o", (unsigned)n);
    out[156] = type;
    snprintf(out + 157, 100, "%s", link);
    memcpy(out + 257, "ustar", 6);
    memcpy(out + 512, data, n);
    return 512 + blocks * 512;
}

static void models_dev_tree_follows_links_and_inherits(void **state)
{
    (void)state;
    static char tar[16384];
    size_t n = 0;
    n += tar_entry(tar + n, "x/providers/openai/models/maker/vole.toml", '0', "",
                   "name = \"Vole\" # one\n[cost]\ninput = 2.5\noutput = 15\n[[cost.tiers]]\ntier = { size = "
                   "272_000 }\ninput = 5\noutput = 22.5\n");
    n += tar_entry(tar + n, "x/providers/groq/models/vole.toml", '2', "../../openai/models/maker/vole.toml",
                   "");
    n += tar_entry(
        tar + n, "x/providers/azure/models/vole.toml", '0', "",
        "base_model = \"openai/maker/vole\"\nbase_model_omit = [\"cost.tiers\"]\n[cost]\ninput = 2.75\n");
    n += tar_entry(tar + n, "x/providers/xai/models/vole.toml", '0', "",
                   "../../openai/models/maker/vole.toml\n");
    n += tar_entry(tar + n, "x/providers/openai/provider.toml", '0', "", "name = \"OpenAI\"\n");
    n += tar_entry(tar + n, "x/providers/groq/models/lost.toml", '2', "../../nowhere.toml", "");
    ImportReport report;
    ErrList errors;
    err_list_init(&errors);
    bool is_ok = import_named("tree.tar", tar, n + 1024, NULL, &report, &errors);
    err_list_print(&errors, stderr);
    assert_true(is_ok);
    assert_string_equal(report.feed, "models.dev");
    assert_non_null(change_find(&report, "openai", "maker/vole", "over_272000", NULL));
    const PriceChange *linked = change_find(&report, "groq", "vole", "base", NULL);
    assert_non_null(linked);
    assert_close(linked->cells[APIP_OUTPUT].number, 15.0, 0.0);
    const PriceChange *heir = change_find(&report, "azure", "vole", "base", NULL);
    assert_non_null(heir);
    assert_close(heir->cells[APIP_INPUT].number, 2.75, 0.0);
    assert_close(heir->cells[APIP_OUTPUT].number, 15.0, 0.0);
    assert_null(change_find(&report, "azure", "vole", "over_272000", NULL));
    assert_non_null(change_find(&report, "xai", "vole", "base", NULL));
    assert_int_equal(rejected_count(&report, "no_price"), 1);
    import_free(&report);
    err_list_free(&errors);
}

static void skypilot_prices_are_per_instance(void **state)
{
    (void)state;
    ImportReport report = import_good(
        "nebius_vms.csv",
        "InstanceType,AcceleratorName,AcceleratorCount,vCPUs,MemoryGiB,Price,Region,GpuInfo,SpotPrice\n"
        "cpu-4,,0,4,16,0.0992,eu-north9,,\n"
        "h100-8,H100,8.0,128,1600,23.6,eu-north9,\"{'Gpus': [{'Name': 'H100', 'MemoryInfo': {'SizeInMiB': "
        "81920}}], 'TotalGpuMemoryInMiB': 655360}\",10.0\n"
        "h100-8-big,H100,8,192,2400,31.2,eu-north9,,31.2\n"
        "a100,A100,1,16,100,1.1,eu-north9,\"{'Gpus': [{'MemoryInfo': {'SizeInMiB': 40960}}]}\",\n"
        "a100-bare,A100,1,16,100,1.1,eu-north9,,\n"
        "gb,RTX4090,2,16,100,0.9,eu-north9,\"{'Gpus': [{'MemoryInfo': {'SizeInMiB': 24}}]}\",\n"
        "odd,K80,1,16,100,0.4,eu-north9,,\n",
        NULL, "skypilot");
    const PriceChange *h100 = change_find(&report, "nebius", "eu-north9", "H100", NULL);
    assert_non_null(h100);
    assert_close(h100->cells[RENTAL_USD_PER_GPU_H].number, 2.95, 0.0);
    assert_close(h100->cells[RENTAL_GPUS].number, 8.0, 0.0);
    assert_string_equal(h100->note, "h100-8");
    assert_int_equal(report.n_folded, 1);
    assert_non_null(change_find(&report, "nebius", "eu-north9", "A100-40GB", NULL));
    assert_non_null(change_find(&report, "nebius", "eu-north9", "RTX-4090", NULL));
    assert_non_null(quarantined_find(&report, "ambiguous"));
    assert_non_null(quarantined_find(&report, "unknown_accelerator"));
    assert_int_equal(rejected_count(&report, "no_accelerator"), 1);
    int n_spot = 0;
    for (int i = 0; i < report.n_changes; i++)
        n_spot += strcmp(report.changes[i].cells[RENTAL_TERM].text, "spot") == 0;
    assert_int_equal(n_spot, 1);
    import_free(&report);
}

static void a_seller_must_be_named(void **state)
{
    (void)state;
    ImportReport report;
    ErrList errors;
    err_list_init(&errors);
    static const char text[] =
        "InstanceType,AcceleratorName,AcceleratorCount,Price,Region\nx,H100,1,2.385,mars\n";
    assert_false(import_named("vms.csv", text, strlen(text), NULL, &report, &errors));
    assert_int_equal(err_list_code(&errors), ERR_USAGE);
    err_list_free(&errors);
    err_list_init(&errors);
    assert_true(import_named("vms.csv", text, strlen(text), "Lambda Labs", &report, &errors));
    assert_non_null(change_find(&report, "lambda", "mars", "H100", NULL));
    import_free(&report);
    err_list_free(&errors);
}

static void hand_kept_lists_have_signs_blanks_and_headers_again(void **state)
{
    (void)state;
    ImportReport report =
        import_good("list.csv",
                    "Cloud,GPU Type,GPU Arch,GPUs,GPU RAM,vCPUs,RAM,On-demand,Per-GPU,Spot,Name\r\n"
                    "AWS,A100 (80 GB),Ampere,8,640,96,1152,$40.97,$5.12,,p4de.24xlarge\r\n"
                    "Cloud,GPU Type,GPU Arch,GPUs,GPU RAM,vCPUs,RAM,On-demand,Per-GPU,Spot,Name\r\n"
                    "Paperspace,V100 (32 GB),Volta,1,32,8,30,\"$2.30 \",$2.30,$1.15,V100-32G\r\n"
                    "AWS,T4 (16),Turing,8,128,96,384,7.824,0.978,,whole\r\n"
                    "AWS,T4 (16),Turing,8,128,96,384,62.6,62.6,,slip\r\n",
                    NULL, "cloud-gpus");
    const PriceChange *a100 = change_find(&report, "aws", "any", "A100", NULL);
    assert_non_null(a100);
    assert_close(a100->cells[RENTAL_USD_PER_GPU_H].number, 5.12125, 0.0);
    assert_non_null(change_find(&report, "paperspace", "any", "V100-32GB", NULL));
    assert_int_equal(rejected_count(&report, "repeated_header"), 1);
    assert_non_null(quarantined_find(&report, "whole_instance"));
    import_free(&report);
}

static void azure_shares_meters_and_prices_whole_terms(void **state)
{
    (void)state;
    ImportReport report = import_good(
        "azure.json",
        "{\"Items\": ["
        "{\"armRegionName\": \"mars\", \"armSkuName\": \"Standard_ND96isr_H100_v5\", \"meterName\": \"m\", "
        "\"productName\": \"ND\", \"type\": \"Consumption\", \"unitOfMeasure\": \"1 Hour\", "
        "\"currencyCode\": \"USD\", \"retailPrice\": 55.04},"
        "{\"armRegionName\": \"mars\", \"armSkuName\": \"Standard_ND96isr_H100_v5\", \"meterName\": \"m\", "
        "\"productName\": \"ND Windows\", \"type\": \"Consumption\", \"unitOfMeasure\": \"1 Hour\", "
        "\"currencyCode\": \"USD\", \"retailPrice\": 9.6},"
        "{\"armRegionName\": \"mars\", \"armSkuName\": \"Standard_ND96isr_H100_v5\", \"meterName\": \"m "
        "Spot\", \"productName\": \"ND\", \"type\": \"Consumption\", \"unitOfMeasure\": \"1 Hour\", "
        "\"currencyCode\": \"USD\", \"retailPrice\": 18.16},"
        "{\"armRegionName\": \"mars\", \"armSkuName\": \"Standard_ND96isr_H100_v5\", \"meterName\": \"m\", "
        "\"productName\": \"ND\", \"type\": \"Reservation\", \"reservationTerm\": \"1 Year\", "
        "\"unitOfMeasure\": \"1 Hour\", \"currencyCode\": \"USD\", \"retailPrice\": 350400.0},"
        "{\"armRegionName\": \"mars\", \"armSkuName\": \"Standard_ND96isr_H100_v5\", \"meterName\": \"m\", "
        "\"productName\": \"ND\", \"type\": \"Reservation\", \"reservationTerm\": \"3 Years\", "
        "\"unitOfMeasure\": \"1 Hour\", \"currencyCode\": \"EUR\", \"retailPrice\": 600000.0},"
        "{\"armRegionName\": \"mars\", \"armSkuName\": \"Standard_NC4as_T4_v3\", \"meterName\": \"m\", "
        "\"productName\": \"NC\", \"type\": \"Consumption\", \"unitOfMeasure\": \"1 Hour\", "
        "\"currencyCode\": \"USD\", \"retailPrice\": 0},"
        "{\"armRegionName\": \"mars\", \"armSkuName\": \"Standard_D2\", \"meterName\": \"m\", "
        "\"productName\": \"D\", \"type\": \"Consumption\", \"unitOfMeasure\": \"1 Hour\", \"currencyCode\": "
        "\"USD\", \"retailPrice\": 0.1}"
        "]}",
        NULL, "azure");
    assert_int_equal(report.n_changes, 3);
    for (int i = 0; i < report.n_changes; i++) {
        const PriceCell *cells = report.changes[i].cells;
        double want = strcmp(cells[RENTAL_TERM].text, "spot") == 0        ? 2.27
                      : strcmp(cells[RENTAL_TERM].text, "on_demand") == 0 ? 6.88
                                                                          : 5.0;
        assert_close(cells[RENTAL_USD_PER_GPU_H].number, want, 0.0);
    }
    assert_non_null(quarantined_find(&report, "currency"));
    assert_non_null(quarantined_find(&report, "zero_price"));
    assert_int_equal(rejected_count(&report, "other_row"), 1);
    assert_int_equal(rejected_count(&report, "no_accelerator"), 1);
    import_free(&report);
}

static void aws_lists_start_with_five_lines_about_themselves(void **state)
{
    (void)state;
    ImportReport report = import_good(
        "aws.csv",
        "\"FormatVersion\",\"v1.0\"\n\"Disclaimer\",\"This list, it says, is for "
        "information\"\n\"Publication "
        "Date\",\"2026-07-01T00:00:00Z\"\n\"Version\",\"2026\"\n\"OfferCode\",\"AmazonEC2\"\n"
        "\"SKU\",\"OfferTermCode\",\"TermType\",\"EffectiveDate\",\"Unit\",\"PricePerUnit\",\"Currency\","
        "\"LeaseContractLength\",\"PurchaseOption\",\"Instance Type\",\"Tenancy\",\"Operating "
        "System\",\"CapacityStatus\",\"Region Code\",\"Pre Installed S/W\"\n"
        "\"A\",\"J\",\"OnDemand\",\"2026-07-01\",\"Hrs\",\"55.0400000000\",\"USD\",\"\",\"\",\"p5.48xlarge\","
        "\"Shared\",\"Linux\",\"Used\",\"mars-1\",\"NA\"\n"
        "\"A\",\"K\",\"Reserved\",\"2026-07-01\",\"Hrs\",\"31.6000000000\",\"USD\",\"1yr\",\"No "
        "Upfront\",\"p5.48xlarge\",\"Shared\",\"Linux\",\"Used\",\"mars-1\",\"NA\"\n"
        "\"A\",\"L\",\"Reserved\",\"2026-07-01\",\"Quantity\",\"250000\",\"USD\",\"1yr\",\"All "
        "Upfront\",\"p5.48xlarge\",\"Shared\",\"Linux\",\"Used\",\"mars-1\",\"NA\"\n"
        "\"B\",\"J\",\"OnDemand\",\"2026-07-01\",\"Hrs\",\"60\",\"USD\",\"\",\"\",\"p5.48xlarge\",\"Shared\","
        "\"Windows\",\"Used\",\"mars-1\",\"NA\"\n"
        "\"C\",\"J\",\"OnDemand\",\"2026-07-01\",\"Hrs\",\"0.1\",\"USD\",\"\",\"\",\"m5.large\",\"Shared\","
        "\"Linux\",\"Used\",\"mars-1\",\"NA\"\n",
        NULL, "aws");
    assert_int_equal(report.n_changes, 2);
    const PriceChange *first = change_find(&report, "aws", "mars-1", "H100", NULL);
    assert_non_null(first);
    assert_int_equal(first->valid_from, date_of(2026, 7, 1));
    assert_int_equal(rejected_count(&report, "other_row"), 2);
    import_free(&report);
}

static void marketplaces_price_whole_offers_or_single_cards(void **state)
{
    (void)state;
    ImportReport vast = import_good(
        "vast.json",
        "{\"offers\": [{\"gpu_name\": \"RTX 4090\", \"num_gpus\": 4, \"gpu_ram\": 24564, \"dph_total\": 1.2, "
        "\"min_bid\": 0.8},"
        " {\"gpu_name\": \"RTX 4090\", \"num_gpus\": 4, \"gpu_ram\": 24564, \"dph_total\": 1.6, \"min_bid\": "
        "null},"
        " {\"gpu_name\": \"A100 SXM4\", \"num_gpus\": 1, \"gpu_ram\": 40960, \"dph_total\": 0.712}]}",
        NULL, "vast");
    const PriceChange *cheap = change_find(&vast, "vast", NULL, "RTX-4090", NULL);
    assert_non_null(cheap);
    assert_non_null(change_find(&vast, "vast", NULL, "A100-40GB", NULL));
    assert_int_equal(vast.n_folded, 1);
    import_free(&vast);
    ImportReport runpod =
        import_good("runpod.json",
                    "{\"data\": {\"gpuTypes\": [{\"id\": \"NVIDIA H100 80GB HBM3\", \"displayName\": \"H100 "
                    "SXM\", \"memoryInGb\": 80, \"securePrice\": 2.99,"
                    " \"communityPrice\": 2.69, \"lowestPrice\": {\"minimumBidPrice\": 1.75, "
                    "\"uninterruptablePrice\": 2.69}},"
                    " {\"id\": \"x\", \"displayName\": \"L4\", \"memoryInGb\": 24, \"securePrice\": null, "
                    "\"communityPrice\": 0}]}}",
                    NULL, "runpod");
    assert_int_equal(runpod.n_read, 4);
    assert_non_null(quarantined_find(&runpod, "zero_price"));
    import_free(&runpod);
}

static void index_days_with_shifted_columns_stand_out(void **state)
{
    (void)state;
    ImportReport report =
        import_good("index.csv",
                    "date,neocloud-H100,neocloud-B200\n2026-07-06,2.44,4.59\n2026-07-07,2.44,4.67\n2026-07-"
                    "08,7.43,1.0\n2026-07-09,2.46,4.66\n2026-07-10,2.47,4.68\n",
                    NULL, "gpu-index");
    assert_int_equal(report.n_quarantined, 2);
    assert_non_null(quarantined_find(&report, "peak"));
    import_free(&report);
}

static void accelerator_figures_are_compared(void **state)
{
    (void)state;
    ImportReport report =
        import_good("gpus.csv",
                    "name,type,tdp_watts,TFLOPS32, TFLOPS16,GFLOPS32/W,GFLOPS16/W,memory,source\n"
                    "H100 "
                    "SXM,gpu,700,989,1979,,,80,x\nT4,gpu,70,8.1,65.13,,,16,x\nXeon,cpu,200,1,1,,,,x\nL4,gpu,"
                    "unk,1,NaN,,,24,x\n"
                    "A10G,gpu,150,31.52,,,,https://example.org,x\nshort,gpu,1,2,3,4,5,6\n",
                    NULL, "gpu-specs");
    assert_int_equal(report.n_changes, 0);
    assert_non_null(quarantined_find(&report, "spec"));
    assert_non_null(quarantined_find(&report, "not_a_number"));
    assert_non_null(quarantined_find(&report, "field_count"));
    assert_int_equal(report.n_unchanged, 2);
    import_free(&report);
}

static void a_quote_may_be_typed_by_hand(void **state)
{
    (void)state;
    ImportReport report =
        import_good("quote.csv",
                    "provider,gpu,gpus_per_instance,term,usd_per_gpu_h,valid_from,note,currency\n"
                    "Crusoe,H200,8,reserved_36mo,2.385,2026-09-01,\"Ann, by mail\",USD\n"
                    "Crusoe,H200,8,reserved_12mo,18.9,2026-09-01,,CNY\n",
                    NULL, "quote-gpu");
    const PriceChange *quote = change_find(&report, "crusoe", "any", "H200", NULL);
    assert_non_null(quote);
    assert_int_equal(quote->what, CHANGE_ANNOUNCED);
    assert_string_equal(quote->note, "Ann, by mail");
    assert_non_null(quarantined_find(&report, "currency"));
    import_free(&report);
}

/* Applying appends once; a second import of the same file changes nothing; acceptance moves a row. */
static void the_overlay_keeps_everything_once(void **state)
{
    (void)state;
    char overlay[128], path[192], *text;
    size_t n;
    snprintf(overlay, sizeof overlay, "%s/overlay", folder);
    static const char file[] =
        "{\"data\": [{\"id\": \"m/once\", \"pricing\": {\"prompt\": \"0.0000012385\", \"completion\": "
        "\"0.000003\"}},"
        "{\"id\": \"m/free\", \"pricing\": {\"prompt\": \"0\", \"completion\": \"0\"}}]}";
    for (int i = 0; i < 2; i++) {
        int n_rows = -1;
        Err err = {0};
        ImportReport report = import_good("once.json", file, NULL, "openrouter");
        bool is_ok = import_apply(&report, overlay, &n_rows, &err);
        if (!is_ok) fail_msg("%s", err.text);
        assert_int_equal(n_rows, i == 0 ? 1 : 0);
        import_free(&report);
    }
    snprintf(path, sizeof path, "%s/api_prices.csv", overlay);
    assert_true(file_read(path, 1 << 20, &text, &n, NULL));
    assert_non_null(
        strstr(text, "openrouter,m/once,base,1.2385,3,,,,,2026-08-05,,openrouter once.json sha256:"));
    free(text);
    Quarantine quarantine;
    ErrList errors;
    err_list_init(&errors);
    assert_true(quarantine_load(overlay, &quarantine, &errors));
    assert_int_equal(quarantine.n_entries, 1);
    assert_string_equal(quarantine.entries[0].rule, "zero_price");
    assert_true(quarantine_accept(overlay, quarantine.entries[0].id, "really free, says Bo", NULL));
    assert_false(quarantine_accept(overlay, quarantine.entries[0].id, "again", NULL));
    assert_false(quarantine_accept(overlay, "ffffffffffff", "no such thing", NULL));
    quarantine_free(&quarantine);
    assert_true(file_read(path, 1 << 20, &text, &n, NULL));
    assert_non_null(strstr(text, "accepted from quarantine (zero_price): really free, says Bo"));
    free(text);
    err_list_free(&errors);
}

/* Six series that an earlier file of the feed had, one with an announcement. A file with five of them ends
 * the sixth and takes the announcement back; a file with one of them is an excerpt and ends nothing. */
static void what_a_feed_no_longer_has_ends_or_is_withdrawn(void **state)
{
    (void)state;
    char overlay[128], path[192];
    Text rows, feed;
    text_init(&rows);
    text_init(&feed);
    snprintf(overlay, sizeof overlay, "%s/earlier", folder);
    assert_true(folder_make(overlay, NULL));
    snprintf(path, sizeof path, "%s/api_prices.csv", overlay);
    text_add(
        &rows,
        "provider,model,tier,input_usd_per_mtok,output_usd_per_mtok,cached_input_usd_per_mtok,"
        "cache_write_usd_per_mtok,batch_input_usd_per_mtok,batch_output_usd_per_mtok,valid_from,seen_until,"
        "source,retrieved_on,note\n");
    for (int i = 0; i < 6; i++)
        text_addf(&rows, "groq,mole-%d,base,1,2,,,,,2026-06-01,,genai-prices old.json,2026-06-01,\n", i);
    text_add(&rows, "groq,mole-1,base,3,6,,,,,2027-01-01,,genai-prices old.json,2026-06-01,\n");
    assert_true(file_write_atomic(path, text_str(&rows), rows.n_bytes, NULL));

    PriceBook earlier;
    ErrList errors;
    err_list_init(&errors);
    assert_true(pricebook_open(&earlier, overlay, &errors) && pricebook_need_all(&earlier, &errors));
    for (int n = 5; n >= 1; n -= 4) {
        ImportReport report;
        ImportOptions options = {.has_date = true, .retrieved_on = date_of(2026, 8, 5)};
        text_clear(&feed);
        text_add(&feed, "[{\"id\": \"groq\", \"api_pattern\": \"\", \"models\": [");
        for (int i = 0; i < n; i++)
            text_addf(&feed, "%s{\"id\": \"mole-%d\", \"prices\": {\"input_mtok\": 1, \"output_mtok\": 2}}",
                      i > 0 ? "," : "", i);
        text_add(&feed, "]}]");
        snprintf(path, sizeof path, "%s/earlier.json", folder);
        assert_true(file_write_atomic(path, text_str(&feed), feed.n_bytes, NULL));
        assert_true(import_read(&earlier, path, &options, &report, &errors));
        const PriceChange *gone = change_find(&report, "groq", n == 5 ? "mole-5" : "mole-1", "base", NULL);
        if (n == 5) {
            assert_int_equal(report.n_changes, 2);
            assert_int_equal(gone->what, CHANGE_ENDED);
            assert_int_equal(gone->valid_from, date_of(2026, 6, 1));
            assert_int_equal(gone->seen_until, date_of(2026, 8, 4));
            gone = change_find(&report, "groq", "mole-1", "base", NULL);
            assert_int_equal(gone->what, CHANGE_WITHDRAWN);
            assert_int_equal(gone->seen_until, date_of(2026, 12, 31));
            /* Applied, the announcement is skipped and the price before it goes on. */
            int n_rows;
            assert_true(import_apply(&report, overlay, &n_rows, NULL));
            assert_int_equal(n_rows, 2);
        } else {
            assert_null(gone);
            assert_true(report.n_missing >= 5);
        }
        import_free(&report);
    }
    pricebook_close(&earlier);
    assert_true(pricebook_open(&earlier, overlay, &errors) && pricebook_need_all(&earlier, &errors));
    static const char *const keys[2][3] = {{"groq", "mole-1", "base"}, {"groq", "mole-5", "base"}};
    const PriceRow *row = pricebook_find(&earlier, PRICE_API, keys[0], 3, date_of(2027, 2, 1), -1, NULL);
    assert_non_null(row);
    assert_close(row->cells[APIP_INPUT].number, 1.0, 0.0);
    assert_null(pricebook_find(&earlier, PRICE_API, keys[1], 3, date_of(2026, 8, 5), -1, NULL));
    assert_non_null(pricebook_find(&earlier, PRICE_API, keys[1], 3, date_of(2026, 8, 4), -1, NULL));
    pricebook_close(&earlier);
    err_list_free(&errors);
    text_free(&feed);
    text_free(&rows);
}

static void broken_files_give_one_line_and_no_report(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "",
        "{",
        "[1,2",
        "{\"a\": 1}",
        "a,b\n1,2\n",
        "{\"data\": [{\"id\": \"x\", \"pricing\": {\"prompt\": 1e400}}]}",
        "InstanceType,AcceleratorName,AcceleratorCount,Price,Region\n\"x,H100,1,2,z\n",
        "\xff\xfe{\0",
    };
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        ImportReport report;
        ErrList errors;
        err_list_init(&errors);
        if (import_named("bad", bad[i], strlen(bad[i]), "aws", &report, &errors))
            fail_msg("taken: %s", bad[i]);
        assert_int_equal(report.n_changes, 0);
        assert_true(errors.n_items >= 1);
        err_list_free(&errors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(litellm_prices_are_per_token),
        cmocka_unit_test(openrouter_prices_are_text_with_sentinels),
        cmocka_unit_test(genai_prices_know_tiers_dates_and_hours),
        cmocka_unit_test(llm_prices_have_histories),
        cmocka_unit_test(models_dev_json_has_costs_per_million),
        cmocka_unit_test(models_dev_tree_follows_links_and_inherits),
        cmocka_unit_test(skypilot_prices_are_per_instance),
        cmocka_unit_test(a_seller_must_be_named),
        cmocka_unit_test(hand_kept_lists_have_signs_blanks_and_headers_again),
        cmocka_unit_test(azure_shares_meters_and_prices_whole_terms),
        cmocka_unit_test(aws_lists_start_with_five_lines_about_themselves),
        cmocka_unit_test(marketplaces_price_whole_offers_or_single_cards),
        cmocka_unit_test(index_days_with_shifted_columns_stand_out),
        cmocka_unit_test(accelerator_figures_are_compared),
        cmocka_unit_test(a_quote_may_be_typed_by_hand),
        cmocka_unit_test(the_overlay_keeps_everything_once),
        cmocka_unit_test(what_a_feed_no_longer_has_ends_or_is_withdrawn),
        cmocka_unit_test(broken_files_give_one_line_and_no_report),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
