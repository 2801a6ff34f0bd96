/* The shapes in which one feed comes: dialects of CSV, pages, lists with and without their wrapping. */
#include "import_case.h"

/* --- CSV --- */

#define SEMICOLONS                                                                                           \
    "provider;gpu;gpus_per_instance;term;usd_per_gpu_h;valid_from;note\r\n"                                  \
    "voleco;H200;8;reserved_36mo;2,385;2026-07-01;\"Ann; V\xc3\xb6le\"\r\n"

static void a_quote_comes_from_any_spreadsheet(void **state)
{
    (void)state;
    static const char *const files[] = {
        SEMICOLONS,
        "\xef\xbb\xbf" SEMICOLONS,
        "sep=;\r\n" SEMICOLONS,
        "provider\tgpu\tgpus_per_instance\tterm\tusd_per_gpu_h\tvalid_from\tnote\n"
        "voleco\tH200\t8\treserved_36mo\t2,3850\t2026-07-01\tAnn; V\xc3\xb6le\n",
        "provider,gpu,gpus_per_instance,term,usd_per_gpu_h,valid_from,note\r\n"
        "voleco,H200,8,reserved_36mo,2.385,2026-07-01,Ann; V\xc3\xb6le\r\n",
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        ImportReport report = import_good("quote.csv", files[i], NULL, "quote-gpu");
        assert_int_equal(report.n_changes, 1);
        assert_int_equal(report.n_quarantined, 0);
        assert_close(report.changes[0].cells[RENTAL_USD_PER_GPU_H].number, 2.385, 1e-12);
        assert_string_equal(report.changes[0].note, "Ann; V\xc3\xb6le");
        import_free(&report);
    }
}

/* UTF-16 of text within U+07FF, the high byte of each unit first or second. */
static size_t to_utf16(const char *text, bool is_high_first, char *out)
{
    size_t n = 0;
    unsigned units[1024] = {0xfeff};
    for (n = 1; *text != '\0'; n++) {
        unsigned char c = (unsigned char)*text++;
        units[n] = c < 0x80 ? c : (unsigned)(c & 0x1f) << 6 | ((unsigned char)*text++ & 0x3f);
    }
    for (size_t i = 0; i < n; i++) {
        out[2 * i + !is_high_first] = (char)(units[i] >> 8);
        out[2 * i + is_high_first] = (char)(units[i] & 0xff);
    }
    return 2 * n;
}

static void utf16_is_read_and_a_half_character_refused(void **state)
{
    (void)state;
    char bytes[2048];
    for (int is_high_first = 0; is_high_first < 2; is_high_first++) {
        size_t n = to_utf16(SEMICOLONS, is_high_first, bytes);
        ImportReport report;
        ErrList errors;
        err_list_init(&errors);
        assert_true(import_named("quote16.csv", bytes, n, NULL, &report, &errors));
        assert_int_equal(report.n_changes, 1);
        assert_string_equal(report.changes[0].note, "Ann; V\xc3\xb6le");
        import_free(&report);
        assert_false(import_named("quote16.csv", bytes, n - 1, NULL, &report, &errors));
        err_list_free(&errors);
    }
}

static void a_comma_that_may_mean_two_things_is_no_number(void **state)
{
    (void)state;
    ImportReport report = import_good("quote.csv",
                                      "provider,model,input_usd_per_mtok,output_usd_per_mtok\n"
                                      "voleco,vole-1,\"0,59\",0.79\n"
                                      "voleco,vole-2,\"2,385\",7.5\n"
                                      "voleco,vole-3,\"1,23.5\",7.5\n"
                                      "voleco,vole-4,2.385,\"$1,007.5\"\n",
                                      NULL, "quote-api");
    assert_int_equal(report.n_changes, 0);
    assert_int_equal(report.n_quarantined, 4);
    for (int i = 0; i < 4; i++) {
        const Quarantined *entry = &report.quarantined[i];
        bool is_clear = strcmp(entry->cells[APIP_MODEL].text, "vole-4") == 0;
        assert_string_equal(entry->rule, is_clear ? "too_high" : "not_a_number");
    }
    import_free(&report);
    report = import_good("quote.csv",
                         "provider;model;input_usd_per_mtok;output_usd_per_mtok\n"
                         "voleco;vole-1;0,59;2.385\n"
                         "voleco;vole-2;1.007,5;7,5\n"
                         "voleco;vole-3;1.07,5;7,5\n",
                         NULL, "quote-api");
    const PriceChange *good = change_find(&report, "voleco", "vole-1", "base", NULL);
    assert_non_null(good);
    assert_close(good->cells[APIP_INPUT].number, 0.59, 1e-12);
    assert_close(good->cells[APIP_OUTPUT].number, 2.385, 1e-12);
    assert_non_null(strstr(quarantined_find(&report, "too_high")->detail, "1007.5"));
    assert_non_null(quarantined_find(&report, "not_a_number"));
    import_free(&report);
    report = import_good("quote.csv",
                         "provider\tmodel\tinput_usd_per_mtok\toutput_usd_per_mtok\n"
                         "voleco\tvole-1\t0,595\t2,3\n"
                         "voleco\tvole-2\t1,007\t7,5\n",
                         NULL, "quote-api");
    good = change_find(&report, "voleco", "vole-1", "base", NULL);
    assert_non_null(good);
    assert_close(good->cells[APIP_INPUT].number, 0.595, 1e-12);
    assert_close(good->cells[APIP_OUTPUT].number, 2.3, 1e-12);
    assert_string_equal(quarantined_find(&report, "not_a_number")->cells[APIP_MODEL].text, "vole-2");
    import_free(&report);
}

static void a_name_with_control_characters_is_set_aside(void **state)
{
    (void)state;
    ImportReport report = import_good("quote.csv",
                                      "provider,gpu,usd_per_gpu_h,note\n"
                                      "vo\033[31mle\xc2\x9b"
                                      "co,H100,2.385,\n"
                                      "voleco,H200,2.785,\"two\nlines\"\n",
                                      NULL, "quote-gpu");
    const Quarantined *entry = quarantined_find(&report, "control_character");
    assert_non_null(entry);
    assert_string_equal(entry->cells[RENTAL_PROVIDER].text, "vo?[31mle??co");
    assert_int_equal(report.n_changes, 1);
    assert_string_equal(report.changes[0].note, "two?lines");
    import_free(&report);
}

static void an_accelerator_without_its_machine_says_so(void **state)
{
    (void)state;
    ImportReport report = import_good(
        "vms.csv",
        "InstanceType,vCPUs,MemoryGiB,AcceleratorName,AcceleratorCount,GpuInfo,Region,AvailabilityZone,Price,"
        "SpotPrice\n"
        ",,,L4,2.0,,eu-north9,eu-north9-a,1.17,0.47\n"
        "g9-standard-8,8.0,32.0,,,,eu-north9,eu-north9-a,0.41,0.13\n"
        "g9-gpu-1g,12.0,85.0,L4,1.0,,eu-north9,eu-north9-a,0.97,\n",
        "gcp", "skypilot");
    assert_int_equal(report.n_changes, 3);
    for (int i = 0; i < report.n_changes; i++) {
        const PriceChange *change = &report.changes[i];
        bool is_alone = change->cells[RENTAL_GPUS].number > 1.5;
        assert_string_equal(change->note,
                            is_alone ? "accelerator alone: its machine is billed apart" : "g9-gpu-1g");
    }
    assert_int_equal(rejected_count(&report, "no_accelerator"), 1);
    import_free(&report);
}

/* --- JSON --- */

#define AZURE_A100                                                                                           \
    "{\"currencyCode\": \"USD\", \"retailPrice\": 3.637, \"armRegionName\": \"eastus\", \"meterName\": "     \
    "\"NC24ads A100 v4\", \"productName\": \"Virtual Machines NCads A100 v4 Series\", \"unitOfMeasure\": "   \
    "\"1 Hour\", \"type\": \"Consumption\", \"armSkuName\": \"Standard_NC24ads_A100_v4\"}"
#define AZURE_NEW                                                                                            \
    "{\"currencyCode\": \"USD\", \"retailPrice\": 71.5, \"armRegionName\": \"eastus\", \"meterName\": "      \
    "\"ND128 V900\", \"productName\": \"Virtual Machines ND V900 Series\", \"unitOfMeasure\": \"1 Hour\", "  \
    "\"type\": \"Consumption\", \"armSkuName\": \"Standard_ND128_V900_v9\"}"

static void azure_pages_come_alone_together_or_as_items(void **state)
{
    (void)state;
    static const struct {
        const char *text, *place;
        bool has_more;
    } files[] = {
        {"{\"Items\": [" AZURE_A100 "," AZURE_NEW "], \"NextPageLink\": \"https://x/?$skip=1000\"}",
         "/Items/1", true},
        {"[{\"Items\": [" AZURE_A100 "], \"NextPageLink\": \"https://x/?$skip=1000\"},"
         " {\"Items\": [" AZURE_NEW "], \"NextPageLink\": null}]",
         "/1/Items/0", false},
        {"[" AZURE_A100 "," AZURE_NEW "]", "/1", false},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        ImportReport report = import_good("azure.json", files[i].text, NULL, "azure");
        assert_int_equal(report.n_read, 2);
        assert_int_equal(report.has_more, files[i].has_more);
        assert_non_null(change_find(&report, "azure", "eastus", "A100-PCIe", NULL));
        /* A machine with accelerators that nobody knows is not passed over in silence. */
        const Quarantined *unknown = quarantined_find(&report, "unknown_accelerator");
        assert_non_null(unknown);
        assert_string_equal(unknown->place, files[i].place);
        import_free(&report);
    }
}

static void marketplace_lists_come_with_and_without_wrapping(void **state)
{
    (void)state;
    static const char offers[] = "[{\"gpu_name\": \"RTX 4090\", \"num_gpus\": 2, \"gpu_ram\": 24564, "
                                 "\"dph_total\": 0.79, \"min_bid\": null}]",
                      types[] = "[{\"id\": \"NVIDIA H100 80GB HBM3\", \"displayName\": \"H100 SXM\", "
                                "\"memoryInGb\": 80, \"securePrice\": 2.71, \"communityPrice\": null, "
                                "\"lowestPrice\": {\"minimumBidPrice\": 1.79}}]";
    static const struct {
        const char *feed, *form, *list;
        double usd;
    } files[] = {{"vast", "%s", offers, 0.395},
                 {"vast", "{\"success\": true, \"offers\": %s}", offers, 0.395},
                 {"runpod", "%s", types, 2.71},
                 {"runpod", "{\"gpuTypes\": %s}", types, 2.71},
                 {"runpod", "{\"data\": %s}", types, 2.71},
                 {"runpod", "{\"data\": {\"gpuTypes\": %s}}", types, 2.71}};
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        char text[1024];
        const char *at = strstr(files[i].form, "%s");
        snprintf(text, sizeof text, "%.*s%s%s", (int)(at - files[i].form), files[i].form, files[i].list,
                 at + 2);
        ImportReport report = import_good("list.json", text, NULL, files[i].feed);
        bool is_found = false;
        for (int c = 0; c < report.n_changes; c++) {
            double off = report.changes[c].cells[RENTAL_USD_PER_GPU_H].number - files[i].usd;
            is_found = is_found || (off < 1e-9 && off > -1e-9);
        }
        assert_true(is_found);
        import_free(&report);
    }
}

static void aws_machines_nobody_knows_are_set_aside(void **state)
{
    (void)state;
    ImportReport report = import_good(
        "aws.csv",
        "\"FormatVersion\",\"v1.0\"\n\"Disclaimer\",\"x\"\n\"Publication Date\",\"2026-08-01T00:00:00Z\"\n"
        "\"Version\",\"20260801\"\n\"OfferCode\",\"AmazonEC2\"\n"
        "\"SKU\",\"TermType\",\"EffectiveDate\",\"Unit\",\"PricePerUnit\",\"Currency\",\"Instance "
        "Type\",\"Region "
        "Code\",\"GPU\",\"MarketOption\"\n"
        "\"a\",\"OnDemand\",\"2026-08-01\",\"Hrs\",\"31.7\",\"USD\",\"p99.48xlarge\",\"us-east-1\",\"8\","
        "\"OnDemand\"\n"
        "\"b\",\"OnDemand\",\"2026-08-01\",\"Hrs\",\"0.17\",\"USD\",\"m5.large\",\"us-east-1\",\"\","
        "\"OnDemand\"\n"
        "\"c\",\"OnDemand\",\"2026-08-01\",\"Hrs\",\"0.0\",\"USD\",\"p5.48xlarge\",\"us-east-1\",\"8\","
        "\"CapacityBlock\"\n",
        NULL, "aws");
    assert_int_equal(report.n_read, 3);
    assert_int_equal(report.n_changes, 0);
    assert_int_equal(report.n_quarantined, 1);
    assert_non_null(quarantined_find(&report, "unknown_accelerator"));
    assert_int_equal(rejected_count(&report, "no_accelerator"), 1);
    assert_int_equal(rejected_count(&report, "other_row"), 1);
    import_free(&report);
}

static void aws_names_regions_by_code_where_it_has_both(void **state)
{
    (void)state;
    ImportReport report = import_good("aws.csv",
                                      "\"SKU\",\"TermType\",\"EffectiveDate\",\"Unit\",\"PricePerUnit\","
                                      "\"Currency\",\"Location\",\"Instance "
                                      "Type\",\"Region Code\"\n"
                                      "\"a\",\"OnDemand\",\"2026-08-01\",\"Hrs\",\"57.2\",\"USD\",\"Vole "
                                      "Land (North)\",\"p5.48xlarge\",\"vl-north-1\"\n",
                                      NULL, "aws");
    assert_int_equal(report.n_changes, 1);
    assert_string_equal(report.changes[0].cells[RENTAL_REGION].text, "vl-north-1");
    assert_close(report.changes[0].cells[RENTAL_USD_PER_GPU_H].number, 7.15, 1e-12);
    import_free(&report);
}

/* An old file, imported with its own day, ends and takes back nothing that a later one saw. */
static void an_old_file_ends_nothing_that_came_after_it(void **state)
{
    (void)state;
    ImportReport report;
    ErrList errors;
    err_list_init(&errors);
    char path[256];
    static const char old[] =
        "{\"gpt-4o\": {\"input_cost_per_token\": 2.5e-06, \"output_cost_per_token\": 1e-05, "
        "\"litellm_provider\": \"openai\", \"mode\": \"chat\"}}";
    snprintf(path, sizeof path, "%s/old.json", folder);
    assert_true(file_write_atomic(path, old, strlen(old), NULL));
    ImportOptions options = {.has_date = true, .retrieved_on = date_of(2025, 2, 6)};
    assert_true(import_read(&book, path, &options, &report, &errors));
    for (int i = 0; i < report.n_changes; i++) {
        assert_int_not_equal(report.changes[i].what, CHANGE_ENDED);
        assert_int_not_equal(report.changes[i].what, CHANGE_WITHDRAWN);
    }
    import_free(&report);
    err_list_free(&errors);
}

/* RunPod's REST interface has prices for clouds that do not offer the GPU, numbers as text, and a price of
 * its serverless product that is none of a rented GPU. */
static void runpod_rest_prices_count_where_the_cloud_has_the_gpu(void **state)
{
    (void)state;
    ImportReport report = import_good(
        "gpus.json",
        "{\"gpus\": [{\"id\": \"NVIDIA H200\", \"name\": \"H200 SXM\", \"memory\": 141, \"secure\": true, "
        "\"community\": false, \"price\": {\"secure\": 3.57, \"community\": 3.19, \"serverless\": 5.1}},"
        " {\"id\": \"NVIDIA L4\", \"memory\": 24, \"secure\": true, \"community\": true, \"price\": "
        "{\"secure\": null, \"community\": \"0.2315\"}}]}",
        NULL, "runpod");
    assert_int_equal(report.n_read, 2);
    const PriceChange *secure = change_find(&report, "runpod", NULL, "H200", NULL);
    assert_non_null(secure);
    assert_string_equal(secure->cells[RENTAL_TERM].text, "on_demand");
    assert_close(secure->cells[RENTAL_USD_PER_GPU_H].number, 3.57, 0.0);
    const PriceChange *community = change_find(&report, "runpod", NULL, "L4", NULL);
    assert_non_null(community);
    assert_string_equal(community->cells[RENTAL_TERM].text, "marketplace");
    assert_close(community->cells[RENTAL_USD_PER_GPU_H].number, 0.2315, 0.0);
    import_free(&report);
}

static void pages_one_a_line_are_read_together(void **state)
{
    (void)state;
    static const char vast[] = "{\"gpu_name\": \"H200\", \"num_gpus\": 8, \"gpu_ram\": 143771, "
                               "\"dph_total\": 19.08, \"min_bid\": 9.6}",
                      pages[] =
                          "{\"offers\": [{\"gpu_name\": \"H200\", \"num_gpus\": 8, \"gpu_ram\": 143771, "
                          "\"dph_total\": 19.08}]}\n\n"
                          "{\"offers\": [{\"gpu_name\": \"A100 SXM4\", \"num_gpus\": 1, \"gpu_ram\": 40960, "
                          "\"dph_total\": 0.71}]}\n";
    char text[512];
    snprintf(text, sizeof text, "%s\r\n%s\n", vast, vast);
    ImportReport report = import_good("offers.ndjson", text, NULL, "vast");
    assert_int_equal(report.n_read, 4);
    assert_int_equal(report.n_folded, 2);
    import_free(&report);
    report = import_good("pages.ndjson", pages, NULL, "vast");
    assert_int_equal(report.n_read, 2);
    assert_int_equal(report.n_changes, 2);
    import_free(&report);
    /* A line that is broken spoils the file. */
    ErrList errors;
    err_list_init(&errors);
    snprintf(text, sizeof text, "%s\n%.40s\n", vast, vast);
    assert_false(import_named("offers.ndjson", text, strlen(text), NULL, &report, &errors));
    assert_int_equal(errors.n_items, 1);
    err_list_free(&errors);
}

static void gpuhunt_items_are_of_the_instance(void **state)
{
    (void)state;
    static const char item[] =
        "{\"provider\": \"voleco\", \"instance_name\": \"v8\", \"location\": \"mars-1\", \"price\": 19.08, "
        "\"cpu\": 192, \"memory\": 2048.0, \"gpu_count\": %d, \"gpu_name\": %s, \"gpu_memory\": 141.0, "
        "\"spot\": %s}";
    char text[1024];
    int n = snprintf(text, sizeof text, "[");
    n += snprintf(text + n, sizeof text - (size_t)n, item, 8, "\"H200\"", "true");
    n += snprintf(text + n, sizeof text - (size_t)n, ", ");
    n += snprintf(text + n, sizeof text - (size_t)n, item, 0, "null", "false");
    snprintf(text + n, sizeof text - (size_t)n, "]");
    ImportReport report = import_good("items.json", text, NULL, "gpuhunt");
    assert_int_equal(report.n_changes, 1);
    assert_close(report.changes[0].cells[RENTAL_USD_PER_GPU_H].number, 2.385, 1e-12);
    assert_string_equal(report.changes[0].cells[RENTAL_TERM].text, "spot");
    assert_int_equal(rejected_count(&report, "no_accelerator"), 1);
    import_free(&report);
}

/* One file of a models.dev tree: its place, or --provider, says whose model it is. */
static void a_file_of_the_tree_needs_its_seller(void **state)
{
    (void)state;
    static const char toml[] = "name = \"Vole\"\n[cost]\ninput = 2.5\noutput = 15\n";
    ImportReport report;
    ErrList errors;
    err_list_init(&errors);
    assert_false(import_named("vole-7b.toml", toml, strlen(toml), NULL, &report, &errors));
    assert_int_equal(errors.n_items, 1);
    assert_non_null(strstr(errors.items[0].text, "--provider"));
    err_list_free(&errors);
    report = import_good("vole-7b.toml", toml, "Voleco", "models.dev");
    assert_non_null(change_find(&report, "voleco", "vole-7b", "base", NULL));
    import_free(&report);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_quote_comes_from_any_spreadsheet),
        cmocka_unit_test(utf16_is_read_and_a_half_character_refused),
        cmocka_unit_test(a_comma_that_may_mean_two_things_is_no_number),
        cmocka_unit_test(a_name_with_control_characters_is_set_aside),
        cmocka_unit_test(an_accelerator_without_its_machine_says_so),
        cmocka_unit_test(azure_pages_come_alone_together_or_as_items),
        cmocka_unit_test(marketplace_lists_come_with_and_without_wrapping),
        cmocka_unit_test(aws_machines_nobody_knows_are_set_aside),
        cmocka_unit_test(aws_names_regions_by_code_where_it_has_both),
        cmocka_unit_test(an_old_file_ends_nothing_that_came_after_it),
        cmocka_unit_test(runpod_rest_prices_count_where_the_cloud_has_the_gpu),
        cmocka_unit_test(pages_one_a_line_are_read_together),
        cmocka_unit_test(gpuhunt_items_are_of_the_instance),
        cmocka_unit_test(a_file_of_the_tree_needs_its_seller),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
