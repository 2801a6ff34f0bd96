/* Ticks, ranges and the dot grid. */
#include "test.h"
#include "tokentco/chart.h"

#include <stdlib.h>

static void ticks_are_round_and_inside(void **state)
{
    (void)state;
    double ticks[CHART_TICKS_MAX];
    ChartAxis linear = {.scale = SCALE_LINEAR, .min = -0.3, .max = 17.2};
    int n = chart_ticks(&linear, 6, ticks);
    assert_int_equal(n, 4);
    assert_close(ticks[0], 0.0, 0.0);
    assert_close(ticks[3], 15.0, 1e-12);
    ChartAxis log_axis = {.scale = SCALE_LOG, .min = 1e5, .max = 1e8};
    assert_int_equal(chart_ticks(&log_axis, 7, ticks), 7);
    assert_close(ticks[1], 3e5, 1e-9);
    assert_int_equal(chart_ticks(&log_axis, 10, ticks), 10);
    assert_close(ticks[1], 2e5, 1e-9);
    assert_int_equal(chart_ticks(&log_axis, 4, ticks), 4);
    assert_close(ticks[1], 1e6, 1e-9);
}

static void any_range_has_bounded_increasing_ticks(void **state)
{
    (void)state;
    srand(11);
    for (int i = 0; i < 20000; i++) {
        double low = pow(10.0, (rand() % 2400) / 100.0 - 12.0),
               factor = 1.0 + pow(10.0, (rand() % 1000) / 100.0 - 2.0);
        ChartAxis axis = {.scale = i % 2 == 0 ? SCALE_LOG : SCALE_LINEAR, .min = low, .max = low * factor};
        int n_max = 2 + rand() % 30;
        double ticks[CHART_TICKS_MAX];
        int n = chart_ticks(&axis, n_max, ticks);
        assert_true(n >= 0 && n <= n_max && n <= CHART_TICKS_MAX);
        for (int k = 0; k < n; k++) {
            assert_true(ticks[k] >= axis.min * (1 - 1e-6) && ticks[k] <= axis.max * (1 + 1e-6));
            if (k > 0) assert_true(ticks[k] > ticks[k - 1]);
        }
    }
}

static const double x[] = {1.0, 2.0, 3.0, 4.0};
static const double up[] = {0.0, 1.0, 2.0, 3.0};

/* A diagonal without axes: one dot a step, from the lower left to the upper right. */
static void a_diagonal_is_a_diagonal(void **state)
{
    (void)state;
    Chart chart = {.title = "t", .x = {.title = "x"}, .y = {.title = "y"}, .n_series = 1};
    chart.series[0] = (ChartSeries){.name = "a", .label = "1", .n = 4, .x = x, .y = up};
    ChartCell cells[8];
    chart_draw(&chart, true, 4, 2, cells);
    /* 8 x 8 dots on the diagonal: the lower left and upper right halves of the picture are empty */
    const char *want[] = {" ", " ", "⡠", "⠊", "⡠", "⠊", " ", " "};
    for (int i = 0; i < 8; i++) assert_string_equal(cells[i].text, want[i]);
    assert_int_equal(cells[2].ink, INK_SERIES);
    chart_draw(&chart, false, 4, 2, cells);
    assert_string_equal(cells[2].text, "1");
}

static void unknown_points_break_the_line(void **state)
{
    (void)state;
    static const bool has[] = {true, false, false, true};
    Chart chart = {.title = "", .x = {.title = ""}, .y = {.title = ""}, .n_series = 1};
    chart.series[0] = (ChartSeries){.name = "a", .label = "1", .n = 4, .x = x, .y = up, .has = has};
    ChartCell cells[16];
    chart_draw(&chart, true, 8, 2, cells);
    for (int i = 2; i < 6; i++) {
        assert_string_equal(cells[i].text, " ");
        assert_string_equal(cells[8 + i].text, " ");
    }
}

static void hostile_data_draws_nothing_wrong(void **state)
{
    (void)state;
    static const double bad_x[] = {0.0, -1.0, 1e308, 5.0, 1e-300},
                        bad_y[] = {1.0, 2.0, 1e308, (double)NAN, 1e308};
    Style style = {.is_utf8 = true, .width = 60};
    for (int scales = 0; scales < 4; scales++) {
        Chart chart = {.title = "bad",
                       .x = {.scale = (Scale)(scales & 1), .title = "x"},
                       .y = {.scale = (Scale)(scales >> 1), .title = "y"},
                       .n_series = 1,
                       .n_marks = 1};
        chart.series[0] = (ChartSeries){.name = "a", .label = "1", .n = 5, .x = bad_x, .y = bad_y};
        chart.marks[0] = (ChartMark){HUGE_VAL, 1.0, "nowhere"};
        Text out;
        text_init(&out);
        chart_add_text(&chart, &style, 2, 12, &out);
        assert_null(strstr(text_str(&out), "nan"));
        assert_null(strstr(text_str(&out), "inf"));
        text_free(&out);
    }
    Chart empty = {.title = "none", .x = {.title = ""}, .y = {.title = ""}};
    ChartCell cells[40];
    chart_draw(&empty, true, 20, 2, cells);
    assert_string_equal(cells[20].text, "n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(ticks_are_round_and_inside),
        cmocka_unit_test(any_range_has_bounded_increasing_ticks),
        cmocka_unit_test(a_diagonal_is_a_diagonal),
        cmocka_unit_test(unknown_points_break_the_line),
        cmocka_unit_test(hostile_data_draws_nothing_wrong),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
