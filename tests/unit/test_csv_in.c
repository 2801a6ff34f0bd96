/* Strict CSV reading with places. */
#include "test.h"
#include "tokentco/csv_in.h"
#include "tokentco/text.h"

/* Writes every record as "line:[a|b]" so that one string tells all. */
static bool collect(void *context, const CsvRecord *record, bool is_header)
{
    Text *out = context;
    text_addf(out, "%s%d:[", is_header ? "h" : "", record->line);
    for (int i = 0; i < record->n_fields; i++) text_addf(out, "%s%s", i > 0 ? "|" : "", record->fields[i]);
    text_add(out, "]");
    return true;
}

static void expect(const char *text, const char *records, const char *fault)
{
    ErrList errors;
    err_list_init(&errors);
    Text out;
    text_init(&out);
    bool is_ok = csv_read_text("f.csv", text, strlen(text), NULL, collect, &out, &errors);
    assert_string_equal(text_str(&out), records);
    assert_int_equal(is_ok, fault == NULL);
    char line[1024] = "";
    if (errors.n_items > 0) err_format(&errors.items[0], line, sizeof line);
    assert_string_equal(line, fault != NULL ? fault : "");
    text_free(&out);
    err_list_free(&errors);
}

static void records_keep_blanks_and_lines(void **state)
{
    (void)state;
    expect("a,b\n1, x \n", "h1:[a|b]2:[1| x ]", NULL);
    expect("\xef\xbb\xbf"
           "a,b\r\n1,\r\n",
           "h1:[a|b]2:[1|]", NULL);
    expect("a,b\n\"one\ntwo\",2\n3,4\n", "h1:[a|b]2:[one\ntwo|2]4:[3|4]", NULL);
    expect("a,b\n\n1,2\n\n\n3,4", "h1:[a|b]3:[1|2]6:[3|4]", NULL);
    expect("a\n\"say \"\"hi\"\"\"\n", "h1:[a]2:[say \"hi\"]", NULL);
}

static void faults_name_their_place(void **state)
{
    (void)state;
    expect("a,b\n1\n2,3\n", "h1:[a|b]3:[2|3]", "f.csv:2: 1 fields, the header has 2");
    expect("a,b\n1,\"open\n", "h1:[a|b]", "f.csv:2: a quoted field has no end");
    expect("", "", "f.csv:1: is empty; a header line was expected");
    expect("a\n\xff\n", "h1:[a]", "f.csv:2: is not UTF-8; convert the file first");
    expect("a,b\n1,x\"y\n", "h1:[a|b]",
           "f.csv:2:4: a quote stands inside a field; double it and quote the field");
}

static void limits_stop_hostile_input(void **state)
{
    (void)state;
    char text[4096] = "a\n\"";
    memset(text + 3, 'x', sizeof text - 4);
    text[sizeof text - 1] = '\0';
    ErrList errors;
    err_list_init(&errors);
    Text out;
    text_init(&out);
    CsvLimits limits = {.max_record_bytes = 1000, .max_fields = 3};
    assert_false(csv_read_text("f.csv", text, strlen(text), &limits, collect, &out, &errors));
    assert_int_equal(errors.n_items, 1);
    assert_false(csv_read_text("f.csv", "a,b,c,d\n", 8, &limits, collect, &out, &errors));
    assert_int_equal(errors.n_items, 2);
    text_free(&out);
    err_list_free(&errors);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(records_keep_blanks_and_lines),
                                       cmocka_unit_test(faults_name_their_place),
                                       cmocka_unit_test(limits_stop_hostile_input)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
