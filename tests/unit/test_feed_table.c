/* Tables with plainly named columns: what their names say is taken, what they leave open is set aside. */
#include "import_case.h"

static ImportReport import_table(const char *name, const char *text)
{
    return import_good(name, text, NULL, "table");
}

/* The only price of a table of one row; it must be accepted. */
static double only_price(const char *name, const char *text, int column)
{
    ImportReport report = import_table(name, text);
    assert_int_equal(report.n_read, 1);
    assert_int_equal(report.n_quarantined, 0);
    assert_int_equal(report.n_changes, 1);
    double price = report.changes[0].cells[column].number;
    import_free(&report);
    return price;
}

static void expect_rule(const char *name, const char *text, const char *rule)
{
    ImportReport report = import_table(name, text);
    assert_int_equal(report.n_quarantined, 1);
    assert_string_equal(report.quarantined[0].rule, rule);
    assert_int_equal(report.n_changes, 0);
    import_free(&report);
}

static void prices_of_gpus_by_the_words_of_their_column(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        double usd;
    } tables[] = {
        {"vendor,gpu_model,gpu_count,price_per_gpu_hour\nvoleco,H200,8,2.385\n", 2.385},
        {"Cloud Provider,GPU,Number of GPUs,Instance price (USD/hr)\nvoleco,H200,8,19.08\n", 2.385},
        {"provider,gpu,hourly_price\nvoleco,H200,$2.385\n", 2.385},
        {"company;accelerator;usd per hour\nvoleco;H200;2,385\n", 2.385},
        {"provider,gpu_name,price_per_minute\nvoleco,H200,0.03975\n", 2.385},
        {"provider,gpuType,pricePerSecond\nvoleco,H200,0.0006625\n", 2.385},
        {"provider,gpu,gpu_count,vm_cost_per_hour,cpu_cost_per_hour\nvoleco,H200,8,19.08,1\n", 2.385},
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++)
        assert_close(only_price("t.csv", tables[i].text, RENTAL_USD_PER_GPU_H), tables[i].usd, 1e-12);
}

static void prices_of_tokens_by_the_words_of_their_column(void **state)
{
    (void)state;
    static const char *const tables[] = {
        "provider,model,input_price_per_mtok,output_price_per_mtok\nvoleco,vole,2.5,10\n",
        "provider,model,input_per_1k_tokens,output_per_1k_tokens\nvoleco,vole,0.0025,0.01\n",
        "provider,model_name,promptCostPerToken,completionCostPerToken\nvoleco,vole,0.0000025,0.00001\n",
        "provider,model,unit,input_price,output_price\nvoleco,vole,1M tokens,2.5,10\n",
        "provider,model,unit,input_price,output_price\nvoleco,vole,per thousand tokens,\"0.0025\",0.01\n",
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        assert_close(only_price("t.csv", tables[i], APIP_INPUT), 2.5, 1e-9);
        assert_close(only_price("t.csv", tables[i], APIP_OUTPUT), 10.0, 1e-9);
    }
    assert_close(
        only_price("t.csv",
                   "provider,model,input_per_1m,cached_input_per_1m,output_per_1m\nvoleco,vole,2.5,1.25,10\n",
                   APIP_CACHED),
        1.25, 1e-12);
}

static void json_is_read_in_its_list_with_members_of_members(void **state)
{
    (void)state;
    ImportReport report = import_table(
        "t.json", "{\"page\": 1, \"data\": {\"items\": [\n"
                  "  {\"providerName\": \"voleco\", \"gpu\": {\"name\": \"H200\", \"memoryGb\": 141}, "
                  "\"gpuCount\": 8,\n"
                  "   \"pricing\": {\"instanceHourlyUsd\": \"$19.08\"}, \"isSpot\": false, \"updatedAt\": "
                  "\"2026-08-01T10:00:00Z\"},\n"
                  "  {\"providerName\": \"voleco\", \"gpu\": {\"name\": \"H200\", \"memoryGb\": 141}, "
                  "\"gpuCount\": 8,\n"
                  "   \"pricing\": {\"instanceHourlyUsd\": 9.6}, \"isSpot\": true},\n"
                  "  {\"providerName\": \"voleco\", \"gpu\": {\"name\": \"L4\"}, \"gpuCount\": 1,\n"
                  "   \"pricing\": {\"instanceHourlyUsd\": null}}]}}");
    const PriceChange *firm = change_find(&report, "voleco", NULL, "H200", NULL);
    assert_non_null(firm);
    assert_int_equal(report.n_changes, 2);
    for (int i = 0; i < report.n_changes; i++) {
        bool is_spot = strcmp(report.changes[i].cells[RENTAL_TERM].text, "spot") == 0;
        assert_close(report.changes[i].cells[RENTAL_USD_PER_GPU_H].number, is_spot ? 1.2 : 2.385, 1e-12);
        assert_int_equal(report.changes[i].valid_from, is_spot ? date_of(2026, 8, 5) : date_of(2026, 8, 1));
    }
    assert_int_equal(rejected_count(&report, "no_price"), 1);
    assert_string_equal(report.rejected[0].place, "/data/items/2");
    import_free(&report);
}

static void what_a_name_leaves_open_is_not_guessed(void **state)
{
    (void)state;
    expect_rule("t.csv", "provider,gpu,gpu_count,price_per_hour\nvoleco,H200,8,19.08\n", "unit");
    expect_rule("t.csv", "provider,gpu,price\nvoleco,H200,2.385\n", "unit");
    expect_rule("t.csv", "provider,model,input_price,output_price\nvoleco,vole,2.5,10\n", "unit");
    expect_rule("t.csv", "provider,model,unit,input_price,output_price\nvoleco,vole,page,2.5,10\n", "unit");
    expect_rule("t.csv", "provider,gpu,price_eur_per_hour\nvoleco,H200,2.385\n", "currency");
    expect_rule("t.csv", "provider,gpu,price_per_hour\nvoleco,H200,2.38 €\n", "currency");
    expect_rule("t.csv", "provider,gpu,price_per_hour,currency\nvoleco,H200,2.385,CNY\n", "currency");
    expect_rule("t.csv", "provider,gpu,price_per_hour\nvoleco,H200,50%\n", "not_a_number");
    expect_rule("t.csv", "provider,gpu,price_per_hour\nvoleco,H200,\"2,385\"\n", "not_a_number");
    expect_rule("t.csv", "provider,gpu,price_per_hour\nvoleco,Vole 9000,2.385\n", "unknown_accelerator");
    static const char *const days[] = {"01.09.2026", "09/01/2026", "1 Sep 2026", "2026-13-01"};
    for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
        char text[128];
        snprintf(text, sizeof text, "provider,gpu,price_per_hour,date\nvoleco,H200,2.385,%s\n", days[i]);
        expect_rule("t.csv", text, "bad_date");
    }
}

static void nothing_is_made_of_other_figures(void **state)
{
    (void)state;
    static const char *const tables[] = {
        "provider,gpu,price_per_month\nvoleco,H200,1741\n",
        "provider,gpu,min_price_per_hour,max_price_per_hour\nvoleco,H200,2,3\n",
        "provider,cpu,price_per_hour\nvoleco,x,0.1\n",
        "name,price\nvoleco,3\n",
        "model,input_tokens,output_tokens\nvole,3,4\n",
    };
    for (size_t i = 0; i < sizeof tables / sizeof tables[0]; i++) {
        ImportReport report;
        ErrList errors;
        err_list_init(&errors);
        assert_false(import_named("t.csv", tables[i], strlen(tables[i]), NULL, &report, &errors));
        assert_int_equal(errors.n_items, 1);
        assert_non_null(strstr(errors.items[0].text, "no header of a known price feed"));
        err_list_free(&errors);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prices_of_gpus_by_the_words_of_their_column),
        cmocka_unit_test(prices_of_tokens_by_the_words_of_their_column),
        cmocka_unit_test(json_is_read_in_its_list_with_members_of_members),
        cmocka_unit_test(what_a_name_leaves_open_is_not_guessed),
        cmocka_unit_test(nothing_is_made_of_other_figures),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
