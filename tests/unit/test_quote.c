/* The price of one request, by hand, from a seller in an overlay; and questions to the book over time. */
#include "test.h"
#include "tokentco/file.h"
#include "tokentco/price_query.h"
#include "tokentco/price_tables.h"
#include "tokentco/quote.h"

#include <stdlib.h>

static PriceBook book;
static char folder[] = "/tmp/tokentco-quote-XXXXXX";

static void overlay_write(const char *file, const char *text)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", folder, file);
    assert_true(file_write_atomic(path, text, strlen(text), NULL));
}

static int set_up(void **state)
{
    (void)state;
    ErrList errors;
    err_list_init(&errors);
    if (mkdtemp(folder) == NULL) return 1;
    overlay_write(
        "api_prices.csv",
        "provider,model,tier,input_usd_per_mtok,output_usd_per_mtok,cached_input_usd_per_mtok,cache_write_"
        "usd_per_mtok,"
        "batch_input_usd_per_mtok,batch_output_usd_per_mtok,valid_from,seen_until,source,retrieved_on,note\n"
        "voleco,vole,base,3,15,0.3,3.75,1.5,7.5,2026-01-01,,test,2026-01-01,\n"
        "voleco,vole,over_200000,6,22.5,0.6,7.5,,,2026-01-01,,test,2026-01-01,\n"
        "voleco,vole,over_500000,9,30,,,,,2026-01-01,,test,2026-01-01,\n"
        "voleco,vole,priority,5.1,25.5,,,,,2026-01-01,,test,2026-01-01,\n"
        "voleco,vole,priority_over_200000,10.2,38.25,,,,,2026-01-01,,test,2026-01-01,\n"
        "voleco,vole,utc_16:30-00:30,1.5,7.5,,,,,2026-01-01,,test,2026-01-01,\n"
        "voleco,mole,base,0.27,1.1,,,,,2026-01-01,2026-06-30,test,2026-01-01,\n");
    overlay_write("gpu_rental.csv",
                  "provider,region,gpu,gpus_per_instance,term,usd_per_gpu_h,valid_from,seen_until,source,"
                  "retrieved_on,note\n"
                  "voleco,mars,H100,8,on_demand,3.1,2026-01-01,2026-02-28,test,2026-01-01,\n"
                  "voleco,mars,H100,8,on_demand,2.385,2026-03-01,,test,2026-03-01,\n"
                  "voleco,mars,H100,8,on_demand,2.385,2026-03-01,2026-06-30,test,2026-07-01,closed\n"
                  "voleco,venus,H100,8,on_demand,2.9,2026-01-01,,test,2026-01-01,\n"
                  "voleco,venus,L4,1,spot,0.217,2026-05-01,,test,2026-05-01,\n"
                  "moleco,any,H100,8,on_demand,1.913,2026-01-01,,test,2026-01-01,\n");
    bool is_ok = pricebook_open(&book, folder, &errors) && pricebook_need_all(&book, &errors);
    if (!is_ok) err_list_print(&errors, stderr);
    err_list_free(&errors);
    return is_ok ? 0 : 1;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    pricebook_close(&book);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

static Quote quote_of(QuoteRequest request)
{
    Quote quote;
    Err err = {0};
    if (request.output_multiplier <= 0.0) request.output_multiplier = 1.0;
    if (!quote_build(&book, "voleco", "vole", &request, date_of(2026, 8, 5), &quote, &err))
        fail_msg("%s", err.text);
    return quote;
}

static void parts_of_the_input_have_their_own_prices(void **state)
{
    (void)state;
    Quote quote = quote_of(
        (QuoteRequest){.input_tok = 12345, .cached_tok = 2345, .cache_write_tok = 1000, .output_tok = 678});
    assert_close(quote.input_usd, 0.027, 1e-12);
    assert_close(quote.cached_usd, 0.0007035, 1e-12);
    assert_close(quote.cache_write_usd, 0.00375, 1e-12);
    assert_close(quote.output_usd, 0.01017, 1e-12);
    assert_close(quote.total_usd, 0.0416235, 1e-12);
    assert_close(quote_of((QuoteRequest){.output_tok = 678, .output_multiplier = 2.5}).total_usd, 0.025425,
                 1e-12);
}

static void a_threshold_prices_the_whole_request(void **state)
{
    (void)state;
    assert_close(quote_of((QuoteRequest){.input_tok = 200000}).total_usd, 0.6, 1e-12);
    assert_close(quote_of((QuoteRequest){.input_tok = 200001}).total_usd, 1.200006, 1e-12);
    /* Where the tier states no cached price, cached input costs as much as input. */
    assert_close(quote_of((QuoteRequest){.input_tok = 500001, .cached_tok = 400000}).total_usd, 4.500009,
                 1e-12);
    assert_close(quote_of((QuoteRequest){.input_tok = 1000, .service = "priority"}).total_usd, 0.0051, 1e-12);
    assert_close(quote_of((QuoteRequest){.input_tok = 300000, .service = "priority"}).total_usd, 3.06, 1e-12);
}

static void hours_run_over_midnight(void **state)
{
    (void)state;
    static const struct {
        int minute;
        double usd;
    } cases[] = {{16 * 60 + 29, 3.0}, {16 * 60 + 30, 1.5}, {23 * 60 + 59, 1.5}, {0, 1.5},
                 {29, 1.5},           {30, 3.0},           {720, 3.0}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        QuoteRequest request = {.input_tok = 100000, .has_minute = true, .minute_utc = cases[i].minute};
        assert_close(quote_of(request).total_usd, cases[i].usd / 10.0, 1e-12);
    }
    assert_close(quote_of((QuoteRequest){.input_tok = 100000}).total_usd, 0.3, 1e-12);
}

static void batch_needs_a_batch_price(void **state)
{
    (void)state;
    QuoteRequest request = {
        .input_tok = 1000, .cached_tok = 500, .output_tok = 300, .output_multiplier = 1.0, .is_batch = true};
    assert_close(quote_of(request).total_usd, 0.00375, 1e-12);
    Quote quote;
    Err err = {0};
    assert_false(quote_build(&book, "voleco", "mole", &request, date_of(2026, 3, 5), &quote, &err));
    assert_int_equal(err.code, ERR_NO);
    err = (Err){0};
    request.is_batch = false;
    assert_true(quote_build(&book, "voleco", "mole", &request, date_of(2026, 6, 30), &quote, &err));
    assert_false(quote_build(&book, "voleco", "mole", &request, date_of(2026, 7, 1), &quote, &err));
    request.cached_tok = 1001;
    err = (Err){0};
    assert_false(quote_build(&book, "voleco", "vole", &request, date_of(2026, 3, 5), &quote, &err));
    assert_int_equal(err.code, ERR_USAGE);
}

static void a_history_shows_what_counted(void **state)
{
    (void)state;
    const PriceRow *rows[8];
    PriceFilter filter = {.kind = PRICE_GPU_RENTAL, .keys = {"VoleCo", "mars", "H100 SXM"}};
    assert_int_equal(price_history(&book, &filter, rows, 8), 2);
    assert_close(rows[0]->cells[RENTAL_USD_PER_GPU_H].number, 3.1, 0.0);
    assert_string_equal(rows[1]->note, "closed");
    assert_int_equal(price_list(&book, &filter, date_of(2026, 6, 30), rows, 8), 1);
    assert_int_equal(price_list(&book, &filter, date_of(2026, 7, 1), rows, 8), 0);
    filter.keys[1] = NULL;
    filter.keys[2] = "H*";
    assert_int_equal(price_list(&book, &filter, date_of(2026, 3, 1), rows, 8), 2);
    filter.has_max = true;
    filter.max_usd = 2.5;
    assert_int_equal(price_list(&book, &filter, date_of(2026, 3, 1), rows, 8), 1);
}

static void moves_are_changes_beginnings_and_ends(void **state)
{
    (void)state;
    PriceMove moves[8];
    PriceFilter filter = {.kind = PRICE_GPU_RENTAL, .keys = {"voleco"}};
    assert_int_equal(price_moves(&book, &filter, date_of(2026, 1, 15), date_of(2026, 5, 15), moves, 8), 2);
    assert_close(moves[0].before->cells[RENTAL_USD_PER_GPU_H].number, 3.1, 0.0);
    assert_close(moves[0].after->cells[RENTAL_USD_PER_GPU_H].number, 2.385, 0.0);
    assert_null(moves[1].before);
    assert_string_equal(moves[1].after->cells[RENTAL_GPU].text, "L4");
    assert_int_equal(price_moves(&book, &filter, date_of(2026, 5, 15), date_of(2026, 7, 15), moves, 8), 1);
    assert_null(moves[0].after);
    assert_int_equal(price_moves(&book, &filter, date_of(2026, 7, 15), date_of(2026, 7, 15), moves, 8), 0);
}

static void a_seller_counts_once_in_the_spread(void **state)
{
    (void)state;
    PriceSpread spread;
    PriceFilter filter = {.kind = PRICE_GPU_RENTAL, .keys = {"moleco", NULL, "H100"}};
    assert_true(price_spread(&book, &filter, date_of(2026, 3, 1), &spread));
    assert_int_equal(spread.n_sellers, 1);
    filter.keys[0] = NULL;
    filter.keys[4] = "on_demand";
    assert_true(price_spread(&book, &filter, date_of(2026, 3, 15), &spread));
    assert_true(spread.n_sellers >= 10);
    assert_true(spread.min_usd <= 1.913 && spread.min_usd <= spread.p25_usd &&
                spread.p25_usd <= spread.median_usd && spread.median_usd <= spread.p75_usd &&
                spread.p75_usd <= spread.max_usd);
    filter.keys[0] = "index-*";
    assert_false(price_spread(&book, &filter, date_of(2026, 3, 15), &spread));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(parts_of_the_input_have_their_own_prices),
        cmocka_unit_test(a_threshold_prices_the_whole_request),
        cmocka_unit_test(hours_run_over_midnight),
        cmocka_unit_test(batch_needs_a_batch_price),
        cmocka_unit_test(a_history_shows_what_counted),
        cmocka_unit_test(moves_are_changes_beginnings_and_ends),
        cmocka_unit_test(a_seller_counts_once_in_the_spread),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
