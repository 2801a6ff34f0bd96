/* Importing prices of APIs: one small file per trap, each with awkward numbers. */
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
        cmocka_unit_test(broken_files_give_one_line_and_no_report),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
