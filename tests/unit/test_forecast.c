/* Forecasts: the walk's distribution against the normal law, tracks from rows, and choices on made-up
 * markets. */
#include "test.h"
#include "tokentco/file.h"
#include "tokentco/forecast.h"
#include "tokentco/price_path.h"
#include "tokentco/price_tables.h"
#include "tokentco/text.h"

#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <stdlib.h>

static char folder[] = "/tmp/tokentco-forecast-XXXXXX";

static int set_up(void **state)
{
    (void)state;
    return mkdtemp(folder) == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    char command[128];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* A market of sellers "voleco0", "voleco1", ...: monthly prices from 2022-01 on, one row a month. */
static void market_open(PriceBook *book, int n_sellers, int n_months, double drift, double sigma,
                        double jump_prob)
{
    char path[128];
    Text text;
    ErrList errors;
    err_list_init(&errors);
    text_init(&text);
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    text_add(&text, "provider,region,gpu,gpus_per_instance,term,usd_per_gpu_h,valid_from,seen_until,source,"
                    "retrieved_on,note\n");
    for (int s = 0; s < n_sellers; s++) {
        double log_usd = 1.0;
        for (int m = 0; m < n_months; m++) {
            log_usd += drift + gsl_ran_gaussian(random, sigma);
            if (gsl_rng_uniform(random) < jump_prob) log_usd += gsl_ran_gaussian(random, 0.25);
            char day[16];
            date_format(date_of_month(month_of_date(date_of(2022, 1, 1)) + m), day);
            text_addf(&text, "voleco%d,any,L4,1,on_demand,%.9f,%s,,test,%s,\n", s, exp(log_usd), day, day);
        }
    }
    gsl_rng_free(random);
    snprintf(path, sizeof path, "%s/gpu_rental.csv", folder);
    assert_true(file_write_atomic(path, text_str(&text), text.n_bytes, NULL));
    text_free(&text);
    bool is_ok = pricebook_open(book, folder, &errors) && pricebook_need_all(book, &errors);
    err_list_print(&errors, stderr);
    assert_true(is_ok);
    err_list_free(&errors);
}

static const PriceFilter made_up = {
    .kind = PRICE_GPU_RENTAL, .keys = {"voleco*", "any", "L4"}, .has_min = true};

static void without_jumps_the_walk_is_normal(void **state)
{
    (void)state;
    WalkFit fit = {.drift = 0.01, .sigma = 0.03, .jump_prob = 0.0, .jump_mean = -0.1, .jump_sigma = 0.2};
    assert_close(walk_quantile(&fit, 12, 0.9), 0.12 + 3.4641016151377544 * 0.03 * 1.2815515655446004, 1e-8);
    assert_close(walk_quantile(&fit, 3, 0.5), 0.03, 1e-8);
    assert_close(walk_cdf(&fit, 4, 0.04 + 0.06), 0.8413447460685429, 1e-9);
}

static void quantiles_invert_the_mixture(void **state)
{
    (void)state;
    WalkFit fit = {.drift = -0.004, .sigma = 0.02, .jump_prob = 0.15, .jump_mean = -0.08, .jump_sigma = 0.17};
    static const int months[] = {1, 3, 12, 36};
    static const double probs[] = {0.01, 0.1, 0.5, 0.9, 0.99};
    for (size_t m = 0; m < sizeof months / sizeof months[0]; m++) {
        for (size_t p = 0; p < sizeof probs / sizeof probs[0]; p++) {
            assert_close(walk_cdf(&fit, months[m], walk_quantile(&fit, months[m], probs[p])), probs[p], 1e-6);
        }
    }
    /* One month by hand: 0.85 N(-0.004, 0.02) + 0.15 N(-0.084, hypot(0.02, 0.17)) at zero. */
    assert_close(walk_cdf(&fit, 1, 0.0), 0.5955996180131207, 1e-9);
}

static void tracks_follow_rows_by_month(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/gpu_rental.csv", folder);
    static const char text[] =
        "provider,region,gpu,gpus_per_instance,term,usd_per_gpu_h,valid_from,seen_until,source,retrieved_on,"
        "note\n"
        "voleco0,any,L4,1,on_demand,2.0,2025-01-15,2025-03-31,a,2025-01-15,\n"
        "voleco0,any,L4,1,on_demand,1.5,2025-04-01,2025-05-31,b,2025-04-01,source changed here\n"
        "voleco0,any,L4,1,on_demand,1.2,2025-06-01,,b,2025-06-01,last seen 2025-08-20\n";
    assert_true(file_write_atomic(path, text, strlen(text), NULL));
    PriceBook book;
    ErrList errors;
    err_list_init(&errors);
    assert_true(pricebook_open(&book, folder, &errors) && pricebook_need_all(&book, &errors));
    Arena arena;
    arena_init(&arena);
    PriceTrack *tracks;
    assert_int_equal(forecast_tracks(&book, &made_up, date_of(2026, 1, 1), &arena, &tracks), 1);
    assert_int_equal(tracks[0].first, month_of_date(date_of(2025, 1, 1)));
    assert_int_equal(tracks[0].n, 8); /* January to August */
    assert_close(tracks[0].log_usd[2], log(2.0), 0.0);
    assert_close(tracks[0].log_usd[3], log(1.5), 0.0);
    assert_false(tracks[0].is_step[3]);
    assert_true(tracks[0].is_step[5]);
    assert_close(tracks[0].log_usd[7], log(1.2), 0.0);
    /* Nothing after the day of the question is known. */
    assert_int_equal(forecast_tracks(&book, &made_up, date_of(2025, 3, 10), &arena, &tracks), 1);
    assert_int_equal(tracks[0].n, 3);
    arena_free(&arena);
    pricebook_close(&book);
    err_list_free(&errors);
}

static void the_fit_finds_what_made_the_market(void **state)
{
    (void)state;
    PriceBook book;
    Forecast forecast;
    Err err = {0};
    market_open(&book, 30, 48, -0.02, 0.015, 0.1);
    if (!forecast_build(&book, &made_up, date_of(2026, 1, 1), &forecast, &err)) fail_msg("%s", err.text);
    assert_int_equal(forecast.fit.n_series, 30);
    assert_int_equal(forecast.fit.n_changes, 30 * 47);
    assert_true(fabs(forecast.fit.drift + 0.02) < 0.003);
    assert_true(fabs(forecast.fit.sigma - 0.015) < 0.003);
    assert_true(fabs(forecast.fit.jump_prob - 0.1) < 0.03);
    assert_true(fabs(forecast.fit.jump_sigma - 0.25) < 0.06);
    /* A steady fall is found, and the band holds about as many outcomes as it should. */
    assert_int_equal(forecast.chosen, FORECAST_DECAY);
    assert_true(fabs(forecast.scores[1].coverage - 0.8) < 0.08);
    assert_true(forecast.scores[2].n_independent >= 2 && forecast.scores[2].n_independent <= 4);
    assert_true(forecast_factor(&forecast, 12, 0.1) < forecast_factor(&forecast, 12, 0.5));
    assert_close(log(forecast_factor(&forecast, 12, 0.5)), 12.0 * forecast.mean_change, 1e-9);
    pricebook_close(&book);
}

static void noise_without_drift_stays_flat(void **state)
{
    (void)state;
    PriceBook book;
    Forecast forecast;
    market_open(&book, 12, 40, 0.0, 0.03, 0.05);
    assert_true(forecast_build(&book, &made_up, date_of(2026, 1, 1), &forecast, NULL));
    assert_int_equal(forecast.chosen, FORECAST_FLAT);
    assert_close(forecast_factor(&forecast, 24, 0.5), 1.0, 1e-9);
    pricebook_close(&book);
    Err err = {0};
    market_open(&book, 1, 5, 0.0, 0.03, 0.05);
    assert_false(forecast_build(&book, &made_up, date_of(2026, 1, 1), &forecast, &err));
    assert_int_equal(err.code, ERR_NO);
    pricebook_close(&book);
}

/* --- paths --- */

enum { PATH_MONTHS = 37, PATH_DRAWS = 8192 };

static void paths_open(ForecastModel chosen, Arena *arena, Forecast *forecast, PricePaths *out)
{
    *forecast = (Forecast){
        .fit = {.drift = -0.004, .sigma = 0.02, .jump_prob = 0.15, .jump_mean = -0.08, .jump_sigma = 0.17},
        .mean_change = -0.016,
        .chosen = chosen};
    arena_init(arena);
    price_paths_build(forecast, PATH_MONTHS, arena, out);
}

/* Every month of drawn paths is distributed as the forecast of that month. */
static void drawn_paths_are_right_in_each_month(void **state)
{
    (void)state;
    static const ForecastModel models[] = {FORECAST_FLAT, FORECAST_WALK};
    static const int months[] = {1, 6, 18, 30, 36};
    static const double probs[] = {0.05, 0.3, 0.5, 0.7, 0.95};
    enum { N_MONTHS = sizeof months / sizeof months[0], N_PROBS = sizeof probs / sizeof probs[0] };
    const double tolerance = 0.02; /* four standard errors at the median */
    for (size_t model = 0; model < sizeof models / sizeof models[0]; model++) {
        Arena arena;
        Forecast forecast;
        PricePaths paths;
        paths_open(models[model], &arena, &forecast, &paths);
        double limits[N_MONTHS][N_PROBS], path[PATH_MONTHS];
        int n_below[N_MONTHS][N_PROBS] = {{0}};
        for (int m = 0; m < N_MONTHS; m++)
            for (int p = 0; p < N_PROBS; p++) limits[m][p] = forecast_factor(&forecast, months[m], probs[p]);
        for (int i = 0; i < PATH_DRAWS; i++) {
            price_path_draw(&paths, (i + 0.5) / PATH_DRAWS, path);
            for (int m = 0; m < N_MONTHS; m++)
                for (int p = 0; p < N_PROBS; p++) n_below[m][p] += path[months[m]] < limits[m][p];
        }
        for (int m = 0; m < N_MONTHS; m++)
            for (int p = 0; p < N_PROBS; p++)
                assert_close((double)n_below[m][p] / PATH_DRAWS, probs[p], tolerance / probs[p]);
        arena_free(&arena);
    }
}

/* The changes from month to month are those of the walk, and a month's says nothing about the next one's. */
static void drawn_paths_move_as_the_walk_does(void **state)
{
    (void)state;
    Arena arena;
    Forecast forecast;
    PricePaths paths;
    paths_open(FORECAST_WALK, &arena, &forecast, &paths);
    const WalkFit *fit = &forecast.fit;
    double path[PATH_MONTHS], sum = 0.0, squares = 0.0, products = 0.0;
    long n = 0, n_everyday = 0;
    for (int i = 0; i < PATH_DRAWS; i++) {
        price_path_draw(&paths, (i + 0.5) / PATH_DRAWS, path);
        double last = 0.0;
        for (int m = 1; m < PATH_MONTHS; m++, n++) {
            double change = log(path[m] / path[m - 1]), off = change - fit->drift;
            sum += change;
            squares += change * change;
            if (m > 1) products += change * last;
            n_everyday += fabs(off) < 2.0 * fit->sigma;
            last = change;
        }
    }
    double p = fit->jump_prob, mean = fit->drift + p * fit->jump_mean;
    double variance = fit->sigma * fit->sigma + p * fit->jump_sigma * fit->jump_sigma +
                      p * (1.0 - p) * fit->jump_mean * fit->jump_mean;
    assert_close(sum / (double)n, mean, 0.05);
    assert_close(squares / (double)n - mean * mean, variance, 0.05);
    assert_true(fabs(products / (double)n - mean * mean) < 0.02 * variance);
    double everyday =
        walk_cdf(fit, 1, fit->drift + 2.0 * fit->sigma) - walk_cdf(fit, 1, fit->drift - 2.0 * fit->sigma);
    assert_close((double)n_everyday / (double)n, everyday, 0.01);
    arena_free(&arena);
}

static void a_path_ends_at_its_quantile_and_comes_again(void **state)
{
    (void)state;
    Arena arena;
    Forecast forecast;
    PricePaths paths;
    double drawn[PATH_MONTHS], again[PATH_MONTHS], smooth[PATH_MONTHS];
    paths_open(FORECAST_DECAY, &arena, &forecast, &paths);
    for (double prob = 0.02; prob < 1.0; prob += 0.07) {
        price_path_level(&paths, prob, smooth);
        price_path_draw(&paths, prob, drawn);
        price_path_draw(&paths, prob, again);
        assert_memory_equal(drawn, again, sizeof drawn);
        assert_close(drawn[PATH_MONTHS - 1], smooth[PATH_MONTHS - 1], 1e-12);
        assert_close(smooth[12], forecast_factor(&forecast, 12, prob), 0.003);
        assert_true(drawn[0] == 1.0 && smooth[0] == 1.0);
        assert_true(fabs(drawn[18] - smooth[18]) > 1e-6);
    }
    PricePaths single;
    price_paths_build(&forecast, 1, &arena, &single);
    price_path_draw(&single, 0.9, drawn);
    assert_true(drawn[0] == 1.0);
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(without_jumps_the_walk_is_normal),
        cmocka_unit_test(quantiles_invert_the_mixture),
        cmocka_unit_test(tracks_follow_rows_by_month),
        cmocka_unit_test(the_fit_finds_what_made_the_market),
        cmocka_unit_test(noise_without_drift_stays_flat),
        cmocka_unit_test(drawn_paths_are_right_in_each_month),
        cmocka_unit_test(drawn_paths_move_as_the_walk_does),
        cmocka_unit_test(a_path_ends_at_its_quantile_and_comes_again),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
