/* What imports leave in the overlay, one after the other. */
#include "import_case.h"
#include "tokentco/text.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_overlay_keeps_everything_once),
        cmocka_unit_test(what_a_feed_no_longer_has_ends_or_is_withdrawn),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
