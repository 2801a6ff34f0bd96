/* Strict CSV reading with places. */
#include "test.h"
#include "tokentco/csv_in.h"
#include "tokentco/text.h"

#include <csv.h>

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

/* --- against libcsv itself --- */

/* In no text that is read. */
#define RECORD_END "]"

static void field_of_libcsv(void *data, size_t length, void *context)
{
    text_addn(context, data, length);
    text_add(context, "|");
}

static void record_of_libcsv(int terminator, void *context)
{
    (void)terminator;
    text_add(context, RECORD_END);
}

static bool collect_fields(void *context, const CsvRecord *record, bool is_header)
{
    (void)is_header;
    for (int i = 0; i < record->n_fields; i++) {
        assert_int_equal(record->lengths[i], strlen(record->fields[i]));
        text_addn(context, record->fields[i], record->lengths[i]);
        text_add(context, "|");
    }
    text_add(context, RECORD_END);
    return true;
}

static int never_space(unsigned char c)
{
    (void)c;
    return 0;
}

/* What libcsv makes of a text: its fields and records up to its first fault. */
static bool by_libcsv(const char *text, size_t n_bytes, Text *out)
{
    struct csv_parser parser;
    assert_int_equal(csv_init(&parser, CSV_STRICT | CSV_STRICT_FINI | CSV_APPEND_NULL), 0);
    csv_set_space_func(&parser, never_space);
    bool is_ok = csv_parse(&parser, text, n_bytes, field_of_libcsv, record_of_libcsv, out) == n_bytes &&
                 csv_fini(&parser, field_of_libcsv, record_of_libcsv, out) == 0;
    csv_free(&parser);
    /* A record that the fault broke off was not visited. */
    const char *last = strrchr(out->data, RECORD_END[0]);
    out->n_bytes = last == NULL ? 0 : (size_t)(last - out->data) + 1;
    out->data[out->n_bytes] = '\0';
    return is_ok;
}

/* `n_bytes` of pieces that mean something to CSV, one after the other; the same for the same seed. */
static void hostile_text(unsigned *seed, size_t n_bytes, int n_pieces, Text *out)
{
    static const char *const pieces[] = {"a",          "bc,",  ",",          "\n",      "\r\n", "\"x\",",
                                         "\"p,\nq\",", "\"\"", ",\"\"\"z\"", "é",       " ",    "\n\n",
                                         "\r",         "\"",   "\r\r",       "\"\r\n\""};
    assert_true(n_pieces <= (int)(sizeof pieces / sizeof pieces[0]));
    text_clear(out);
    text_add(out, "h");
    while (out->n_bytes < n_bytes) text_add(out, pieces[rand_r(seed) % n_pieces]);
}

static void records_are_those_of_libcsv(void **state)
{
    (void)state;
    /* Fewer kinds of pieces first: the last ones end most texts early. */
    enum {
        TEXTS = 60000,
        PIECES_MIN = 9,
        PIECES = 16,
        SHORT_BYTES = 40,
        LONG_EVERY = 500,
        LONG_BYTES = 300000
    };
    unsigned seed = 7;
    int n_good = 0;
    Text text, ours, theirs;
    text_init(&text);
    text_init(&ours);
    text_init(&theirs);
    for (int i = 0; i < TEXTS; i++) {
        size_t n_bytes = i % LONG_EVERY == 0 ? LONG_BYTES : (size_t)(i % SHORT_BYTES);
        hostile_text(&seed, n_bytes, PIECES_MIN + i % (PIECES - PIECES_MIN + 1), &text);
        text_clear(&ours);
        text_clear(&theirs);
        text_add(&ours, "");
        text_add(&theirs, "");
        ErrList errors;
        err_list_init(&errors);
        const CsvLimits limits = {
            .max_record_bytes = LONG_BYTES * 2, .max_fields = LONG_BYTES, .is_ragged = true};
        bool is_good = by_libcsv(text.data, text.n_bytes, &theirs);
        bool is_ok = csv_read_text("f.csv", text.data, text.n_bytes, &limits, collect_fields, &ours, &errors);
        if (is_ok != is_good) print_message("%s: %zu\n", text.data, text.n_bytes);
        assert_int_equal(is_ok, is_good);
        assert_string_equal(text_str(&ours), text_str(&theirs));
        n_good += is_good;
        err_list_free(&errors);
    }
    assert_true(n_good > TEXTS / 10);
    text_free(&text);
    text_free(&ours);
    text_free(&theirs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(records_keep_blanks_and_lines), cmocka_unit_test(records_are_those_of_libcsv),
        cmocka_unit_test(faults_name_their_place), cmocka_unit_test(limits_stop_hostile_input)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
