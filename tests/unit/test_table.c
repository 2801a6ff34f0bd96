/* Cells, widths, CSV: what a person and a spreadsheet get. */
#include "test.h"
#include "tokentco/table.h"

#include <stdlib.h>

static void figures_read_well(void **state)
{
    (void)state;
    static const struct {
        void (*format)(double, char[FORMAT_BYTES]);
        double value;
        const char *want;
    } cases[] = {
        {format_grouped, 1194085.6, "1,194,086"},
        {format_grouped, -999.6, "-1,000"},
        {format_grouped, -0.3, "0"},
        {format_grouped, 7.0, "7"},
        {format_grouped, 1e300, "1e+300"},
        {format_price, 6.549, "6.55"},
        {format_price, 0.01234, "0.012"},
        {format_price, 999.996, "1,000"},
        {format_price, 0.0, "0.00"},
        {format_si, 12.6e6, "12.6 M"},
        {format_si, 999600.0, "1 M"},
        {format_si, 0.05, "0.05"},
        {format_si, -3.0e5, "-300 k"},
        {format_si, 1e9, "1 G"},
        {format_percent, 0.664, "66 %"},
        {format_percent, 0.0042, "0.4 %"},
        {format_percent, 0.0001, "<0.1 %"},
        {format_percent, 0.0996, "10 %"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char got[FORMAT_BYTES];
        cases[i].format(cases[i].value, got);
        assert_string_equal(got, cases[i].want);
    }
}

static void widths_are_those_of_the_screen(void **state)
{
    (void)state;
    assert_int_equal(width_of("abc"), 3);
    assert_int_equal(width_of("日本"), 4);
    assert_int_equal(width_of("e\xCC\x81x"), 2); /* combining acute */
    assert_int_equal(width_of("a\xFFz"), 3);     /* a broken byte */
    assert_int_equal(width_fit("日本語", 5), 6);
    Text out;
    text_init(&out);
    width_add(&out, "日本語", 4, ALIGN_LEFT, 1);
    assert_string_equal(text_str(&out), "日… ");
    text_clear(&out);
    width_add(&out, "ab", 4, ALIGN_RIGHT, 1);
    assert_string_equal(text_str(&out), "  ab");
    text_free(&out);
}

static const struct {
    const char *name;
    double usd;
    bool has_usd;
} people[] = {{"=SUM(A1)", -5.25, true}, {"a, \"b\"", 1234567.5, true}, {"", 0.0, false}};

static void get_name(const void *context, int row, Cell *out)
{
    (void)context;
    cell_set_text(out, people[row].name);
}

static void get_usd(const void *context, int row, Cell *out)
{
    (void)context;
    if (people[row].has_usd) cell_set_number(out, people[row].usd);
}

static const Column columns[] = {
    {"name", "who", "", "a name", ALIGN_LEFT, SHOW_SHORTEST, 0, get_name},
    {"amount_usd", "USD", "USD", "an amount", ALIGN_RIGHT, SHOW_GROUPED, 0, get_usd},
};
static const Table table = {columns, 2, 3, NULL, NULL};

static void text_is_aligned(void **state)
{
    (void)state;
    Style style = {.is_utf8 = true, .width = 40};
    Text out;
    text_init(&out);
    table_add_text(&table, &style, 2, &out);
    assert_string_equal(text_str(&out), "  who             USD\n"
                                        "  =SUM(A1)         -5\n"
                                        "  a, \"b\"    1,234,568\n"
                                        "  -                 -\n");
    text_free(&out);
}

static void csv_quotes_guards_and_leaves_numbers_alone(void **state)
{
    (void)state;
    Text out;
    text_init(&out);
    table_add_csv(&table, CSV_RFC4180, &out);
    assert_string_equal(text_str(&out),
                        "name,amount_usd\r\n'=SUM(A1),-5.25\r\n\"a, \"\"b\"\"\",1234567.5\r\n,\r\n");
    text_clear(&out);
    table_add_csv(&table, CSV_EXCEL_EU, &out);
    assert_string_equal(text_str(&out),
                        "\xEF\xBB\xBF"
                        "name;amount_usd\r\n'=SUM(A1);-5,25\r\n\"a, \"\"b\"\"\";1234567,5\r\n;\r\n");
    text_free(&out);
}

static void every_formula_start_is_guarded(void **state)
{
    (void)state;
    static const char *const starts[] = {"=1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1"};
    for (size_t i = 0; i < sizeof starts / sizeof *starts; i++) {
        Text out;
        CsvOut csv;
        text_init(&out);
        csv_out_init(&csv, &out, CSV_RFC4180);
        csv_out_text(&csv, starts[i]);
        assert_int_equal(csv.n_guarded, 1);
        assert_non_null(strchr(text_str(&out), '\''));
        csv.is_unguarded = true;
        csv_out_text(&csv, starts[i]);
        assert_int_equal(csv.n_guarded, 1);
        text_free(&out);
    }
}

static void numbers_read_back_and_have_no_exponent(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *want;
    } cases[] = {{3e6, "3000000"},   {0.1, "0.1"},
                 {-2.385, "-2.385"}, {1e-7, "0.0000001"},
                 {0.0, "0"},         {123456789.25, "123456789.25"},
                 {1e300, "1e+300"},  {4.345238095238095, "4.345238095238095"}};
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        Text out;
        CsvOut csv;
        text_init(&out);
        csv_out_init(&csv, &out, CSV_RFC4180);
        csv_out_number(&csv, cases[i].value);
        assert_string_equal(text_str(&out), cases[i].want);
        text_free(&out);
    }
    srand(5);
    for (int i = 0; i < 5000; i++) {
        double value = (rand() - RAND_MAX / 2) * pow(10.0, rand() % 30 - 20) / 7.0;
        Text out;
        CsvOut csv;
        text_init(&out);
        csv_out_init(&csv, &out, CSV_RFC4180);
        csv_out_number(&csv, value);
        if (strtod(text_str(&out), NULL) != value) fail_msg("%.17g was written as %s", value, text_str(&out));
        text_free(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(figures_read_well),
        cmocka_unit_test(widths_are_those_of_the_screen),
        cmocka_unit_test(text_is_aligned),
        cmocka_unit_test(csv_quotes_guards_and_leaves_numbers_alone),
        cmocka_unit_test(every_formula_start_is_guarded),
        cmocka_unit_test(numbers_read_back_and_have_no_exponent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
