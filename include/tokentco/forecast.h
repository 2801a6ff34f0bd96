/* Price forecasts: what history says about where a price may go, and how much that is worth.
 *
 * Layer: model. A price is not a steady decay: H100 hours fell from 8 to 1.70 USD and rose again by 38 %.
 * Three models of log prices are compared on the same origins: flat (today's price stays), decay (the past
 * mean slope goes on), and a random walk whose monthly change is an everyday one or, with some probability, a
 * jump: r ~ (1 - p) N(mu, s^2) + p N(mu + m, s^2 + v^2) fitted by maximum likelihood to the monthly changes
 * of all sellers of an accelerator. Its parameters come only from months before the origin that they are
 * scored at. Steps at which a series changed its source are no price changes.
 */
#ifndef TOKENTCO_FORECAST_H
#define TOKENTCO_FORECAST_H

#include "tokentco/price_query.h"

enum { FORECAST_MONTHS_MAX = 120, N_FORECAST_HORIZONS = 3 };
extern const int forecast_horizons[N_FORECAST_HORIZONS]; /* 3, 6, 12 months */

/* Monthly log prices of one series, from `first` on. */
typedef struct PriceTrack {
    const PriceRow *row; /* a row of the series, for its key */
    Month first;
    int n;
    double log_usd[FORECAST_MONTHS_MAX];
    bool is_step[FORECAST_MONTHS_MAX]; /* the change into this month may count; false where the source changed
                                        */
} PriceTrack;

/* Tracks of every series that fits the filter and has at least two months, up to the month of `as_of` or the
 * last month in which it was still listed. Returned in the arena. */
int forecast_tracks(const PriceBook *book, const PriceFilter *filter, Date as_of, Arena *arena,
                    PriceTrack **out);

typedef struct WalkFit {
    double drift;      /* mu, per month */
    double sigma;      /* s */
    double jump_prob;  /* p, per month */
    double jump_mean;  /* m */
    double jump_sigma; /* v */
    int n_changes;     /* monthly changes that were fitted */
    int n_series;
} WalkFit;

/* Fits the changes of all tracks in months before `before`. False with fewer than 12 changes. */
bool walk_fit(const PriceTrack *tracks, int n_tracks, Month before, WalkFit *out);

/* Quantile of the log price change over `months`: a mixture over the number of jumps. */
double walk_quantile(const WalkFit *fit, int months, double prob);
double walk_cdf(const WalkFit *fit, int months, double log_change);

typedef enum ForecastModel { FORECAST_FLAT, FORECAST_DECAY, FORECAST_WALK, N_FORECAST_MODELS } ForecastModel;
const char *forecast_model_word(ForecastModel model);

/* How the models did over one horizon. An origin is a month; its error is the mean over series. Origins
 * overlap, so few of them are independent. */
typedef struct ForecastScore {
    int horizon_months;
    int n_origins, n_independent, n_pairs;
    double error[N_FORECAST_MODELS]; /* mean absolute log error */
    double edge_low[N_FORECAST_MODELS],
        edge_high[N_FORECAST_MODELS]; /* 90 % of flat's error less this model's */
    double coverage, coverage_low,
        coverage_high; /* of the walk's 80 % band, with a 90 % block bootstrap interval */
} ForecastScore;

typedef struct Forecast {
    WalkFit fit;        /* on everything up to as_of */
    double mean_change; /* per month, of the decay model */
    ForecastScore scores[N_FORECAST_HORIZONS];
    ForecastModel chosen; /* the simplest one that no other beats at any horizon */
} Forecast;

/* Fits and back-tests. False when there is too little history. */
bool forecast_build(const PriceBook *book, const PriceFilter *filter, Date as_of, Forecast *out, Err *err);

/* What the chosen model adds to the logarithm of the walk `months` ahead. */
double forecast_shift(const Forecast *forecast, int months);

/* The price `months` ahead as a multiple of today's: quantile `prob` under the chosen model (flat and decay
 * take their spread from the walk around their own middle). */
double forecast_factor(const Forecast *forecast, int months, double prob);

#endif
