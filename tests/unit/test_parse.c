/* Strict numbers, dates and quantities. */
#include "test.h"
#include "tokentco/parse.h"

static void numbers_are_whole_and_finite(void **state)
{
    (void)state;
    double x = 0.0;
    assert_true(parse_number("2.385", &x, NULL));
    assert_close(x, 2.385, 0.0);
    assert_true(parse_number("-1e-3", &x, NULL));
    assert_close(x, -0.001, 0.0);
    static const char *const bad[] = {"",      " 1",  "1 ",  "0x10", "nan", "inf",
                                      "1e400", "1,5", "--1", "1e",   ".",   "1.2.3"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        Err err = {0};
        if (parse_number(bad[i], &x, &err)) fail_msg("'%s' was read as a number", bad[i]);
        assert_int_equal(err.code, ERR_DATA);
    }
}

static void integers_keep_their_range(void **state)
{
    (void)state;
    long n = 0;
    assert_true(parse_integer("-17", -20, 20, &n, NULL));
    assert_int_equal(n, -17);
    assert_false(parse_integer("21", -20, 20, &n, NULL));
    assert_false(parse_integer("1.0", -20, 20, &n, NULL));
    assert_false(parse_integer("99999999999999999999", -20, 20, &n, NULL));
}

static void dates_exist(void **state)
{
    (void)state;
    Date date = 0;
    char text[16];
    assert_true(parse_date("1970-01-01", &date, NULL));
    assert_int_equal(date, 0);
    assert_true(parse_date("2024-02-29", &date, NULL));
    date_format(date, text);
    assert_string_equal(text, "2024-02-29");
    assert_true(parse_date("2026-11-25", &date, NULL));
    assert_int_equal(date, 20782);
    assert_false(parse_date("2023-02-29", &date, NULL));
    assert_false(parse_date("2023-13-01", &date, NULL));
    assert_false(parse_date("2023-1-01", &date, NULL));
    assert_false(parse_date("1823-01-01", &date, NULL));
    for (Date d = -20000; d < 80000; d++) {
        int y, m, day;
        date_split(d, &y, &m, &day);
        if (date_of(y, m, day) != d) fail_msg("day %d does not come back", d);
    }
}

static void months_count_from_year_zero(void **state)
{
    (void)state;
    Month month = 0;
    char text[16];
    assert_true(parse_month("2027-01", &month, NULL));
    assert_int_equal(month, 2027 * 12);
    month_format(month + 17, text);
    assert_string_equal(text, "2028-06");
    assert_int_equal(month_of_date(date_of_month(month)), month);
    assert_false(parse_month("2027-00", &month, NULL));
}

static void quantities_take_units_that_fit(void **state)
{
    (void)state;
    static const struct {
        const char *text, *unit;
        double value;
    } good[] = {
        {"2.49/h", "USD/GPU-h", 2.49}, {"$2.49", "USD/GPU-h", 2.49}, {"8x", "count", 8.0},
        {"70%", "frac", 0.7},          {"1.5k", "req/mo", 1500.0},   {"36mo", "mo", 36.0},
        {"50ms", "s", 0.05},           {"3.2M", "req/mo", 3.2e6},    {" 12 ", "tok", 12.0},
        {"3 yr", "mo", 36.0},          {"-15%", "/yr", -0.15},       {"0.9", "frac", 0.9},
    };
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        double x = 0.0;
        Err err = {0};
        if (!parse_quantity(good[i].text, good[i].unit, &x, &err))
            fail_msg("'%s': %s", good[i].text, err.text);
        assert_close(x, good[i].value, 1e-15);
    }
    double x = 0.0;
    assert_true(parse_quantity("35%", "frac", &x, NULL));
    assert_close(x, 0.35, 0.0); /* to the last bit: it is written into scenarios */
    assert_true(parse_quantity("7ms", "s", &x, NULL));
    assert_close(x, 0.007, 0.0);
    assert_false(parse_quantity("70%", "tok", &x, NULL));
    assert_false(parse_quantity("$5", "tok", &x, NULL));
    assert_false(parse_quantity("50ms", "mo", &x, NULL));
    assert_false(parse_quantity("5 apples", "tok", &x, NULL));
    assert_false(parse_quantity("", "tok", &x, NULL));
}

static void ranges_rise(void **state)
{
    (void)state;
    double low = 0.0, high = 0.0;
    assert_true(parse_range("0.4 to 2.5", "USD/GPU-h", &low, &high, NULL));
    assert_close(low, 0.4, 0.0);
    assert_close(high, 2.5, 0.0);
    assert_true(parse_range("10% to 30%", "frac", &low, &high, NULL));
    assert_close(high, 0.3, 1e-15);
    assert_false(parse_range("2.5 to 0.4", "USD/GPU-h", &low, &high, NULL));
    assert_false(parse_range("2.5", "USD/GPU-h", &low, &high, NULL));
}

static void near_words_are_near(void **state)
{
    (void)state;
    assert_int_equal(edit_distance("growth", "Growth"), 0);
    assert_int_equal(edit_distance("growht", "growth"), 2);
    assert_int_equal(edit_distance("", "abc"), 3);
}

static void alike_names_differ_in_punctuation_only(void **state)
{
    (void)state;
    assert_true(names_alike("llama31-8b", "Llama 3.1 8B"));
    assert_true(names_alike("RTX_4090 ", "rtx-4090"));
    assert_true(names_alike("", "-."));
    assert_false(names_alike("llama-3-8b", "llama-3.1-8b"));
    assert_false(names_alike("H100", "H10"));
    assert_false(names_alike("H10", "H100"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(numbers_are_whole_and_finite),
        cmocka_unit_test(integers_keep_their_range),
        cmocka_unit_test(dates_exist),
        cmocka_unit_test(months_count_from_year_zero),
        cmocka_unit_test(quantities_take_units_that_fit),
        cmocka_unit_test(ranges_rise),
        cmocka_unit_test(near_words_are_near),
        cmocka_unit_test(alike_names_differ_in_punctuation_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
