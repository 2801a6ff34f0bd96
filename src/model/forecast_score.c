/* Back-test of price forecasts over rolling origins. Layer: model. */
#include "tokentco/forecast.h"

#include <gsl/gsl_rng.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <string.h>

const int forecast_horizons[N_FORECAST_HORIZONS] = {3, 6, 12};

enum { BOOTSTRAP_DRAWS = 400, BOOTSTRAP_SEED = 20261125, ORIGINS_MIN = 4 };
static const double BAND_LOW = 0.1, BAND_HIGH = 0.9, INTERVAL_LOW = 0.05, INTERVAL_HIGH = 0.95;

const char *forecast_model_word(ForecastModel model)
{
    static const char *const words[N_FORECAST_MODELS] = {"flat", "decay", "walk"};
    return words[model];
}

/* What one origin adds, summed over series. */
typedef struct Origin {
    double error[N_FORECAST_MODELS];
    int n_inside, n;
} Origin;

/* Mean monthly change of all tracks in months before `before`. */
static double mean_change(const PriceTrack *tracks, int n_tracks, Month before)
{
    double sum = 0.0;
    int n = 0;
    for (int i = 0; i < n_tracks; i++) {
        for (int m = 1; m < tracks[i].n && tracks[i].first + m < before; m++) {
            if (!tracks[i].is_step[m]) continue;
            sum += tracks[i].log_usd[m] - tracks[i].log_usd[m - 1];
            n++;
        }
    }
    return n > 0 ? sum / n : 0.0;
}

/* The change of a track over the horizon; false when it does not cover it or changes its source within. */
static bool outcome(const PriceTrack *track, Month origin, int horizon, double *out)
{
    int at = origin - track->first;
    if (at < 0 || at + horizon >= track->n) return false;
    for (int m = at + 1; m <= at + horizon; m++) {
        if (!track->is_step[m]) return false;
    }
    *out = track->log_usd[at + horizon] - track->log_usd[at];
    return true;
}

/* The market and what is known of it at each origin. */
typedef struct History {
    const PriceTrack *tracks;
    int n_tracks;
    Month from, to;
    /* By month from `from` on: fits to earlier months alone (a change into the origin's month is already
     * known). */
    struct Known {
        bool has_fit;
        WalkFit fit;
        double mean_change;
    } * known;
} History;

static void learn(History *history, Arena *arena)
{
    history->known = arena_array(arena, (size_t)(history->to - history->from) + 1, sizeof *history->known);
    for (Month month = history->from; month <= history->to; month++) {
        struct Known *known = &history->known[month - history->from];
        known->has_fit = walk_fit(history->tracks, history->n_tracks, month + 1, &known->fit);
        known->mean_change = mean_change(history->tracks, history->n_tracks, month + 1);
    }
}

static bool score_origin(const History *history, Month month, int horizon, Origin *out)
{
    const struct Known *known = &history->known[month - history->from];
    *out = (Origin){0};
    if (!known->has_fit) return false;
    double decay = horizon * known->mean_change, middle = walk_quantile(&known->fit, horizon, 0.5);
    double low = walk_quantile(&known->fit, horizon, BAND_LOW),
           high = walk_quantile(&known->fit, horizon, BAND_HIGH);
    for (int i = 0; i < history->n_tracks; i++) {
        double change;
        if (!outcome(&history->tracks[i], month, horizon, &change)) continue;
        out->error[FORECAST_FLAT] += fabs(change);
        out->error[FORECAST_DECAY] += fabs(change - decay);
        out->error[FORECAST_WALK] += fabs(change - middle);
        out->n_inside += change >= low && change <= high;
        out->n++;
    }
    return out->n > 0;
}

/* Means over some origins; each origin counts once. */
static void average(const Origin *origins, const int *picks, int n, double error[N_FORECAST_MODELS],
                    double *coverage)
{
    double inside = 0.0, total = 0.0;
    memset(error, 0, N_FORECAST_MODELS * sizeof *error);
    for (int i = 0; i < n; i++) {
        const Origin *origin = &origins[picks == NULL ? i : picks[i]];
        for (int k = 0; k < N_FORECAST_MODELS; k++) error[k] += origin->error[k] / origin->n / n;
        inside += (double)origin->n_inside / origin->n;
        total += 1.0;
    }
    *coverage = inside / total;
}

/* Intervals from blocks of neighbouring origins as long as the horizon: within it their outcomes overlap. */
static void bootstrap(const Origin *origins, int n, int block, Arena *arena, ForecastScore *score)
{
    double *edges[N_FORECAST_MODELS], *coverage = arena_array(arena, BOOTSTRAP_DRAWS, sizeof *coverage);
    int *picks = arena_array(arena, (size_t)n, sizeof *picks);
    for (int k = 0; k < N_FORECAST_MODELS; k++)
        edges[k] = arena_array(arena, BOOTSTRAP_DRAWS, sizeof *edges[k]);
    gsl_rng *random = gsl_rng_alloc(gsl_rng_mt19937);
    gsl_rng_set(random, BOOTSTRAP_SEED);
    for (int draw = 0; draw < BOOTSTRAP_DRAWS; draw++) {
        double error[N_FORECAST_MODELS];
        for (int i = 0; i < n; i++) {
            if (i % block == 0)
                picks[i] = (int)gsl_rng_uniform_int(random, (unsigned long)n);
            else
                picks[i] = (picks[i - 1] + 1) % n;
        }
        average(origins, picks, n, error, &coverage[draw]);
        for (int k = 0; k < N_FORECAST_MODELS; k++) edges[k][draw] = error[FORECAST_FLAT] - error[k];
    }
    gsl_rng_free(random);
    for (int k = 0; k < N_FORECAST_MODELS; k++) {
        gsl_sort(edges[k], 1, BOOTSTRAP_DRAWS);
        score->edge_low[k] = gsl_stats_quantile_from_sorted_data(edges[k], 1, BOOTSTRAP_DRAWS, INTERVAL_LOW);
        score->edge_high[k] =
            gsl_stats_quantile_from_sorted_data(edges[k], 1, BOOTSTRAP_DRAWS, INTERVAL_HIGH);
    }
    gsl_sort(coverage, 1, BOOTSTRAP_DRAWS);
    score->coverage_low = gsl_stats_quantile_from_sorted_data(coverage, 1, BOOTSTRAP_DRAWS, INTERVAL_LOW);
    score->coverage_high = gsl_stats_quantile_from_sorted_data(coverage, 1, BOOTSTRAP_DRAWS, INTERVAL_HIGH);
}

static void score_horizon(const History *history, int horizon, Arena *arena, ForecastScore *score)
{
    *score = (ForecastScore){.horizon_months = horizon};
    Origin *origins = arena_array(arena, (size_t)(history->to - history->from) + 1, sizeof *origins);
    Month first = 0, last = 0;
    for (Month month = history->from; month + horizon <= history->to; month++) {
        if (!score_origin(history, month, horizon, &origins[score->n_origins])) continue;
        if (score->n_origins == 0) first = month;
        last = month;
        score->n_pairs += origins[score->n_origins++].n;
    }
    if (score->n_origins == 0) return;
    score->n_independent = (last - first) / horizon + 1;
    average(origins, NULL, score->n_origins, score->error, &score->coverage);
    bootstrap(origins, score->n_origins, horizon, arena, score);
}

/* Flat unless another model is better with 90 % confidence at some horizon and worse at none. */
static ForecastModel choose(const ForecastScore *scores)
{
    for (int model = FORECAST_DECAY; model < N_FORECAST_MODELS; model++) {
        bool is_better = false, is_worse = false;
        for (int h = 0; h < N_FORECAST_HORIZONS; h++) {
            if (scores[h].n_independent < ORIGINS_MIN) continue;
            is_better = is_better || scores[h].edge_low[model] > 0.0;
            is_worse = is_worse || scores[h].edge_high[model] < 0.0;
        }
        if (is_better && !is_worse) return (ForecastModel)model;
    }
    return FORECAST_FLAT;
}

bool forecast_build(const PriceBook *book, const PriceFilter *filter, Date as_of, Forecast *out, Err *err)
{
    Arena arena;
    PriceTrack *tracks;
    arena_init(&arena);
    *out = (Forecast){0};
    int n = forecast_tracks(book, filter, as_of, &arena, &tracks);
    Month from = 0, to = 0;
    for (int i = 0; i < n; i++) {
        if (i == 0 || tracks[i].first < from) from = tracks[i].first;
        if (i == 0 || tracks[i].first + tracks[i].n - 1 > to) to = tracks[i].first + tracks[i].n - 1;
    }
    bool is_enough = walk_fit(tracks, n, to + 1, &out->fit);
    if (is_enough) {
        History history = {tracks, n, from, to, NULL};
        learn(&history, &arena);
        out->mean_change = mean_change(tracks, n, to + 1);
        for (int h = 0; h < N_FORECAST_HORIZONS; h++)
            score_horizon(&history, forecast_horizons[h], &arena, &out->scores[h]);
        out->chosen = choose(out->scores);
    } else {
        err_set(err, ERR_NO, "too little history: %d monthly changes of %d series; name a broader set",
                out->fit.n_changes, out->fit.n_series);
    }
    arena_free(&arena);
    return is_enough;
}
