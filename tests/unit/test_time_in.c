/* Times as logs and tools write them. */
#include "test.h"
#include "feed/time_in.h"

static void every_way_of_writing_is_the_same_moment(void **state)
{
    (void)state;
    static const char *const same[] = {
        "2024-02-29T12:34:56Z",
        "2024-02-29 12:34:56",
        "2024-02-29T12:34:56+00:00",
        "2024-02-29 18:04:56+0530",
        "2024-02-29T02:34:56-10",
        "20240229-123456",
        "1709210096",
        "1709210096000",
        "1709210096000000",
        "1709210096000000000",
        "2024-02-29 12:34:56 UTC",
        "2024-02-29T12:34:56.000Z",
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        double unix_s = 0.0;
        if (!time_parse(same[i], &unix_s) || unix_s != 1709210096.0)
            fail_msg("'%s' was read as %.3f", same[i], unix_s);
    }
    double unix_s = 0.0;
    assert_true(time_parse("2023-11-16 18:15:46.6805900", &unix_s));
    assert_close(unix_s, 1700158546.68059, 1e-15);
    assert_true(time_parse("2026-11-25", &unix_s));
    assert_close(unix_s, 20782.0 * 86400.0, 0.0);
}

static void what_is_no_time_is_refused(void **state)
{
    (void)state;
    static const char *const bad[] = {"",
                                      "now",
                                      "2023-02-29T00:00:00Z",
                                      "2024-13-01",
                                      "2024-02-29T24:00:00",
                                      "2024-02-29T12:60:00",
                                      "12",
                                      "-1709210096",
                                      "2024-02-29T12:34:56X",
                                      "2024-02-29T12:34",
                                      "1989-12-31",
                                      "2200-01-01",
                                      "1e300",
                                      "nan",
                                      "2024-02-29T12:34:56+1"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        double unix_s = 0.0;
        if (time_parse(bad[i], &unix_s)) fail_msg("'%s' was read as %.3f", bad[i], unix_s);
    }
}

static void written_times_read_back(void **state)
{
    (void)state;
    for (double at = 631152000.0; at < 7258118400.0; at += 12345677.0) {
        char text[TIME_TEXT_BYTES];
        double back = 0.0;
        time_format(at, text);
        if (!time_parse(text, &back) || back != at) fail_msg("%.0f became %s", at, text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_way_of_writing_is_the_same_moment),
        cmocka_unit_test(what_is_no_time_is_refused),
        cmocka_unit_test(written_times_read_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
