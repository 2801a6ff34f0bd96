/* Price forecasts: the walk with jumps. Layer: model. Back-test: forecast_score.c. */
#include "tokentco/forecast.h"

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_multimin.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_roots.h>
#include <gsl/gsl_sort.h>
#include <math.h>
#include <string.h>

/* The everyday change must not collapse onto the many months without any. */
static const double SIGMA_MIN = 0.003, JUMP_SIGMA_MIN = 0.02;
enum { CHANGES_MIN = 12, FIT_STEPS_MAX = 2000, N_PARAMETERS = 5 };

/* --- tracks --- */

/* The month up to which an open series was really seen: "last seen DATE" of its note, else its retrieval. */
static Date row_last_seen(const PriceRow *row, Date as_of)
{
    static const char mark[] = "last seen ";
    const char *at = strstr(row->note, mark);
    Date seen = row->retrieved_on;
    char text[16] = "";
    if (at != NULL) {
        strncpy(text, at + sizeof mark - 1, 10);
        Date noted;
        if (parse_date(text, &noted, NULL) && noted > seen) seen = noted;
    }
    if (row->has_end) seen = row->seen_until;
    return seen < as_of ? seen : as_of;
}

/* Puts the rows of one series on months. */
static bool track_fill(PriceTrack *track, PriceKind kind, const PriceRow *const *rows, int n, Date as_of)
{
    int value = price_key_columns(kind);
    *track = (PriceTrack){.row = rows[0], .first = month_of_date(rows[0]->valid_from)};
    Month end = month_of_date(row_last_seen(rows[n - 1], as_of));
    int at = 0;
    for (Month month = track->first; month <= end && track->n < FORECAST_MONTHS_MAX; month++) {
        bool is_step = true;
        while (at + 1 < n && month_of_date(rows[at + 1]->valid_from) <= month) {
            at++;
            if (strstr(rows[at]->note, "source changed") != NULL) is_step = false;
        }
        double usd = rows[at]->cells[value].number;
        if (usd <= 0.0) return false;
        track->log_usd[track->n] = log(usd);
        track->is_step[track->n++] = is_step;
    }
    return track->n >= 2;
}

int forecast_tracks(const PriceBook *book, const PriceFilter *filter, Date as_of, Arena *arena,
                    PriceTrack **out)
{
    int n_rows = price_history(book, filter, NULL, 0), n = 0;
    const PriceRow **rows = arena_array(arena, (size_t)n_rows + 1, sizeof *rows);
    PriceTrack *tracks = arena_array(arena, (size_t)n_rows + 1, sizeof *tracks);
    price_history(book, filter, rows, n_rows);
    for (int i = 0, end; i < n_rows; i = end) {
        int n_known = 0;
        for (end = i; end < n_rows && price_same_series(filter->kind, rows[i], rows[end]); end++) {
            if (rows[end]->valid_from <= as_of) n_known++;
        }
        if (n_known > 0 && track_fill(&tracks[n], filter->kind, rows + i, n_known, as_of)) n++;
    }
    *out = tracks;
    return n;
}

/* --- the fit --- */

/* Changes that differ, each with how often it came: hand-kept lists stand still in most months. */
typedef struct Changes {
    double *values;
    int *times;
    int n;
} Changes;

/* Unbounded parameters of the minimiser to the walk's. */
static WalkFit walk_of(const gsl_vector *x)
{
    return (WalkFit){.drift = gsl_vector_get(x, 0),
                     .sigma = SIGMA_MIN + exp(gsl_vector_get(x, 1)),
                     .jump_prob = 1.0 / (1.0 + exp(-gsl_vector_get(x, 2))),
                     .jump_mean = gsl_vector_get(x, 3),
                     .jump_sigma = JUMP_SIGMA_MIN + exp(gsl_vector_get(x, 4))};
}

static double minus_log_likelihood(const gsl_vector *x, void *context)
{
    const Changes *changes = context;
    WalkFit fit = walk_of(x);
    double wide = hypot(fit.sigma, fit.jump_sigma), sum = 0.0;
    for (int i = 0; i < changes->n; i++) {
        double r = changes->values[i] - fit.drift;
        double density = (1.0 - fit.jump_prob) * gsl_ran_gaussian_pdf(r, fit.sigma) +
                         fit.jump_prob * gsl_ran_gaussian_pdf(r - fit.jump_mean, wide);
        sum -= changes->times[i] * log(density > 1e-300 ? density : 1e-300);
    }
    return sum;
}

/* Sorts the changes and folds equal ones. */
static void count_equal(Changes *changes, Arena *arena)
{
    int n = 0;
    gsl_sort(changes->values, 1, (size_t)changes->n);
    changes->times = arena_array(arena, (size_t)changes->n, sizeof *changes->times);
    for (int i = 0; i < changes->n; i++) {
        if (n == 0 || changes->values[i] > changes->values[n - 1]) changes->values[n++] = changes->values[i];
        changes->times[n - 1]++;
    }
    changes->n = n;
}

static void minimise(const Changes *changes, WalkFit *out)
{
    /* Start: no drift, small everyday changes, a jump in one month of seven. */
    static const double start[N_PARAMETERS] = {0.0, -5.0, -1.8, 0.0, -2.0},
                        step[N_PARAMETERS] = {0.01, 0.5, 0.5, 0.05, 0.5};
    gsl_vector *x = gsl_vector_alloc(N_PARAMETERS), *steps = gsl_vector_alloc(N_PARAMETERS);
    for (size_t i = 0; i < N_PARAMETERS; i++) {
        gsl_vector_set(x, i, start[i]);
        gsl_vector_set(steps, i, step[i]);
    }
    Changes copy = *changes;
    gsl_multimin_function function = {minus_log_likelihood, N_PARAMETERS, &copy};
    gsl_multimin_fminimizer *minimiser =
        gsl_multimin_fminimizer_alloc(gsl_multimin_fminimizer_nmsimplex2, N_PARAMETERS);
    gsl_multimin_fminimizer_set(minimiser, &function, x, steps);
    for (int i = 0; i < FIT_STEPS_MAX; i++) {
        if (gsl_multimin_fminimizer_iterate(minimiser) != 0) break;
        if (gsl_multimin_test_size(gsl_multimin_fminimizer_size(minimiser), 1e-5) == GSL_SUCCESS) break;
    }
    *out = walk_of(minimiser->x);
    gsl_multimin_fminimizer_free(minimiser);
    gsl_vector_free(x);
    gsl_vector_free(steps);
}

bool walk_fit(const PriceTrack *tracks, int n_tracks, Month before, WalkFit *out)
{
    Arena arena;
    arena_init(&arena);
    double *values = arena_array(&arena, (size_t)n_tracks * FORECAST_MONTHS_MAX + 1, sizeof *values);
    int n = 0, n_series = 0;
    for (int i = 0; i < n_tracks; i++) {
        int n_before = n;
        for (int m = 1; m < tracks[i].n && tracks[i].first + m < before; m++) {
            if (tracks[i].is_step[m]) values[n++] = tracks[i].log_usd[m] - tracks[i].log_usd[m - 1];
        }
        n_series += n > n_before;
    }
    *out = (WalkFit){0};
    bool is_enough = n >= CHANGES_MIN;
    if (is_enough) {
        Changes changes = {values, NULL, n};
        count_equal(&changes, &arena);
        minimise(&changes, out);
    }
    out->n_changes = n;
    out->n_series = n_series;
    arena_free(&arena);
    return is_enough;
}

/* --- its distribution over several months --- */

double walk_cdf(const WalkFit *fit, int months, double log_change)
{
    double sum = 0.0;
    for (int k = 0; k <= months; k++) {
        double weight = gsl_ran_binomial_pdf((unsigned)k, fit->jump_prob, (unsigned)months);
        double mean = months * fit->drift + k * fit->jump_mean;
        double sigma = sqrt(months * fit->sigma * fit->sigma + k * fit->jump_sigma * fit->jump_sigma);
        sum += weight * gsl_cdf_gaussian_P(log_change - mean, sigma);
    }
    return sum;
}

typedef struct QuantileContext {
    const WalkFit *fit;
    int months;
    double prob;
} QuantileContext;

static double cdf_less_prob(double log_change, void *context)
{
    const QuantileContext *want = context;
    return walk_cdf(want->fit, want->months, log_change) - want->prob;
}

double walk_quantile(const WalkFit *fit, int months, double prob)
{
    /* Every month a jump of six deviations bounds the search. */
    const double deviations = 6.0, tolerance = 1e-10;
    enum { ROOT_STEPS_MAX = 200 };
    double reach = months * (fabs(fit->drift) + fabs(fit->jump_mean)) +
                   deviations * sqrt(months) * (fit->sigma + fit->jump_sigma);
    QuantileContext context = {fit, months, prob};
    gsl_function function = {cdf_less_prob, &context};
    gsl_root_fsolver *solver = gsl_root_fsolver_alloc(gsl_root_fsolver_brent);
    double root = 0.0;
    if (months > 0 && gsl_root_fsolver_set(solver, &function, -reach, reach) == GSL_SUCCESS) {
        for (int i = 0; i < ROOT_STEPS_MAX; i++) {
            gsl_root_fsolver_iterate(solver);
            root = gsl_root_fsolver_root(solver);
            if (gsl_root_test_interval(gsl_root_fsolver_x_lower(solver), gsl_root_fsolver_x_upper(solver),
                                       tolerance, 0.0) == GSL_SUCCESS) {
                break;
            }
        }
    }
    gsl_root_fsolver_free(solver);
    return root;
}

double forecast_shift(const Forecast *forecast, int months)
{
    if (forecast->chosen == FORECAST_WALK) return 0.0;
    double middle = forecast->chosen == FORECAST_DECAY ? months * forecast->mean_change : 0.0;
    return middle - walk_quantile(&forecast->fit, months, 0.5);
}

double forecast_factor(const Forecast *forecast, int months, double prob)
{
    return exp(forecast_shift(forecast, months) + walk_quantile(&forecast->fit, months, prob));
}
