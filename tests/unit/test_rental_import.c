/* Importing prices of accelerators: one small file per trap, each with awkward numbers. */
#include "import_case.h"

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
                    "Voleco,RTX A6000 (48 GB),Ampere,4,192,28,180,3.20,0.80,,four\r\n"
                    "Voleco,3080Ti (12 GB),Ampere,1,12,12,56,,0.92,,small\r\n"
                    "Voleco,3080Ti (12 GB),Ampere,2,24,24,112,,1.71,,medium\r\n"
                    "Voleco,3080Ti (12 GB),Ampere,4,48,48,224,,1.11,,dearer\r\n"
                    "AWS,T4 (16),Turing,8,128,96,384,7.824,0.978,,whole\r\n"
                    "AWS,T4 (16),Turing,8,128,96,384,62.6,62.6,,slip\r\n",
                    NULL, "cloud-gpus");
    const PriceChange *a100 = change_find(&report, "aws", "any", "A100", NULL);
    assert_non_null(a100);
    assert_close(a100->cells[RENTAL_USD_PER_GPU_H].number, 5.12125, 0.0);
    assert_non_null(change_find(&report, "paperspace", "any", "V100-32GB", NULL));
    assert_non_null(change_find(&report, "voleco", "any", "A6000", NULL));
    assert_int_equal(rejected_count(&report, "repeated_header"), 1);
    int n_whole = 0;
    for (int i = 0; i < report.n_quarantined; i++)
        n_whole += strcmp(report.quarantined[i].rule, "whole_instance") == 0;
    assert_int_equal(n_whole, 2); /* medium, slip */
    assert_int_equal(report.n_quarantined, 2);
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(skypilot_prices_are_per_instance),
        cmocka_unit_test(a_seller_must_be_named),
        cmocka_unit_test(hand_kept_lists_have_signs_blanks_and_headers_again),
        cmocka_unit_test(azure_shares_meters_and_prices_whole_terms),
        cmocka_unit_test(aws_lists_start_with_five_lines_about_themselves),
        cmocka_unit_test(marketplaces_price_whole_offers_or_single_cards),
        cmocka_unit_test(index_days_with_shifted_columns_stand_out),
        cmocka_unit_test(accelerator_figures_are_compared),
        cmocka_unit_test(a_quote_may_be_typed_by_hand),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
