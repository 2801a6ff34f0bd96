/* Fitting a workload to a log of requests. Layer: feed.
 *
 * Requests are counted by the minute; every figure of time comes from those counts, so memory grows with days
 * and not with lines. Volume: the last whole weeks (up to four). Growth: log-linear fit to whole weeks (four
 * or more). Week: mean of each hour of the week, Monday 00:00 UTC first. Burst: busiest minute over the mean
 * of its hour, in busy hours, less what chance alone makes of it (the queue model has chance already): the
 * largest of 60 Poisson counts of mean m is about m + 2.319 sqrt(m). Arrivals: squared coefficient of
 * variation of the gaps within each hour, so that the daily rhythm does not count as burstiness.
 */
#include "tokentco/worklog.h"

#include "feed/log_rows.h"

#include <gsl/gsl_fit.h>
#include <gsl/gsl_rstat.h>
#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define MINUTE_S 60.0
#define HOUR_S   3600.0
#define DAY_S    86400.0
/* Expected largest of 60 standard normal values. */
#define LARGEST_OF_60   2.319
#define WEEKS_PER_MONTH (HOURS_PER_MONTH / HOURS_PER_WEEK)

enum {
    MINUTES_PER_DAY = 1440,
    FIRST_DAY = 7305, /* 1990-01-01 */
    N_DAYS = 76700,   /* to 2199 */
    DAYS_MAX = 4000,  /* eleven years of minutes are 46 MB */
    DAYS_PER_WEEK = 7,
    VOLUME_WEEKS = 4,
    GROWTH_WEEKS = 4,
    BUSY_REQUESTS = 600,     /* in an hour: below, the busiest minute is chance */
    BUSY_SHARE = 20,         /* the busiest twentieth of the hours */
    GAPS_MIN = 50,           /* in an hour, for a variance that says something */
    EPOCH_TO_MONDAY_DAYS = 4 /* 1970-01-05 was a Monday */
};

typedef struct LogFit {
    double *days[N_DAYS]; /* owned; requests by minute, NULL where there are none */
    int n_days;
    bool is_too_long;
    double n, first_s, last_s;
    bool is_sum, has_fraction;
    gsl_rstat_workspace *input, *output; /* owned */
    double input_sum, output_sum, cached_sum, cached_of;
    bool has_cached;
    double longest_tok;
    double at_s; /* last arrival */
    unsigned long long n_back;
    double gap_hour, gap_n, gap_sum, gap_squares; /* of the hour at hand */
    double scv_weight, scv_sum;
} LogFit;

static void count_at(LogFit *fit, double time_s, double n)
{
    int day = (int)floor(time_s / DAY_S) - FIRST_DAY;
    if (day < 0 || day >= N_DAYS) return;
    if (fit->days[day] == NULL) {
        if (fit->n_days == DAYS_MAX || (fit->days[day] = calloc(MINUTES_PER_DAY, sizeof(double))) == NULL) {
            fit->is_too_long = true;
            return;
        }
        fit->n_days++;
    }
    fit->days[day][(int)(fmod(time_s, DAY_S) / MINUTE_S)] += n;
}

/* The hour's variance counts by its number of gaps. */
static void close_hour(LogFit *fit)
{
    if (fit->gap_n >= GAPS_MIN) {
        double mean = fit->gap_sum / fit->gap_n, variance = fit->gap_squares / fit->gap_n - mean * mean;
        if (mean > 0.0) {
            fit->scv_sum += fit->gap_n * fmax(0.0, variance) / (mean * mean);
            fit->scv_weight += fit->gap_n;
        }
    }
    fit->gap_n = fit->gap_sum = fit->gap_squares = 0.0;
}

static void add_gap(LogFit *fit, double time_s)
{
    double hour = floor(time_s / HOUR_S), gap = time_s - fit->at_s;
    if (fit->n > 0.0 && gap < 0.0) {
        fit->n_back++;
        return;
    }
    if (hour != fit->gap_hour) {
        close_hour(fit);
    } else if (fit->n > 0.0) {
        fit->gap_n += 1.0;
        fit->gap_sum += gap;
        fit->gap_squares += gap * gap;
    }
    fit->gap_hour = hour;
    fit->at_s = time_s;
}

static void visit_row(void *context, const LogRow *row)
{
    LogFit *fit = context;
    if (row->is_sum) {
        long minutes = lround(fmax(1.0, (row->end_s - row->start_s) / MINUTE_S));
        fit->is_sum = true;
        for (long m = 0; m < minutes && !fit->is_too_long; m++)
            count_at(fit, row->start_s + (double)m * MINUTE_S, row->n / (double)minutes);
    } else {
        add_gap(fit, row->start_s);
        count_at(fit, row->start_s, 1.0);
        gsl_rstat_add(row->input_tok, fit->input);
        gsl_rstat_add(row->output_tok, fit->output);
        fit->longest_tok = fmax(fit->longest_tok, row->input_tok + row->output_tok);
    }
    fit->has_fraction = fit->has_fraction || !row->is_whole_s;
    if (fit->n <= 0.0 || row->start_s < fit->first_s) fit->first_s = row->start_s;
    fit->last_s = fmax(fit->n > 0.0 ? fit->last_s : row->end_s, row->end_s);
    fit->n += row->n;
    fit->input_sum += row->input_tok;
    fit->output_sum += row->output_tok;
    fit->has_cached = fit->has_cached || row->has_cached;
    if (row->has_cached) {
        fit->cached_sum += row->cached_tok;
        fit->cached_of += row->input_tok;
    }
}

/* ---- figures from the counts ---- */

static double hour_count(const LogFit *fit, long hour)
{
    long day = hour / 24 - FIRST_DAY;
    if (day < 0 || day >= N_DAYS || fit->days[day] == NULL) return 0.0;
    const double *minutes = fit->days[day] + hour % 24 * 60;
    double sum = 0.0;
    for (int m = 0; m < 60; m++) sum += minutes[m];
    return sum;
}

static double day_count(const LogFit *fit, long day)
{
    double sum = 0.0;
    for (int h = 0; h < 24; h++) sum += hour_count(fit, day * 24 + h);
    return sum;
}

/* Sum over the `k`-th whole week before `end_day`, the last being 0. */
static double week_count(const LogFit *fit, long end_day, int k)
{
    double sum = 0.0;
    for (int d = 1; d <= DAYS_PER_WEEK; d++) sum += day_count(fit, end_day - k * DAYS_PER_WEEK - d);
    return sum;
}

static bool fit_volume(const LogFit *fit, WorkloadBlock *out, Err *err)
{
    long first_day = (long)ceil(fit->first_s / DAY_S), end_day = (long)floor(fit->last_s / DAY_S);
    int n_weeks = end_day > first_day ? (int)((end_day - first_day) / DAYS_PER_WEEK) : 0;
    if (n_weeks < 1) {
        double hours = (fit->last_s - fit->first_s) / HOUR_S;
        workload_block_note(out,
                            "volume: %.6g requests in %.3g hours, as if every hour were like these: less "
                            "than a week says little",
                            fit->n, hours);
        return workload_block_set(out, "requests_per_month", fit->n / hours * HOURS_PER_MONTH, err);
    }
    int used = n_weeks < VOLUME_WEEKS ? n_weeks : VOLUME_WEEKS;
    double sum = 0.0;
    for (int k = 0; k < used; k++) sum += week_count(fit, end_day, k);
    workload_block_note(out, "volume: %.6g requests in the last %d whole weeks, x %.4f weeks a month", sum,
                        used, WEEKS_PER_MONTH);
    if (!workload_block_set(out, "requests_per_month", sum / used * WEEKS_PER_MONTH, err)) return false;
    if (n_weeks < GROWTH_WEEKS) {
        workload_block_note(out, "growth: not fitted, %d whole weeks of %d needed; it keeps its default",
                            n_weeks, GROWTH_WEEKS);
        return true;
    }
    double *week = calloc((size_t)n_weeks, 2 * sizeof *week);
    if (week == NULL) return err_set(err, ERR_BUG, "out of memory");
    double *logs = week + n_weeks;
    int n = 0;
    for (int k = n_weeks - 1; k >= 0; k--) {
        double count = week_count(fit, end_day, k);
        if (!(count > 0.0)) continue;
        week[n] = -k;
        logs[n++] = log(count);
    }
    double intercept, slope = 0.0, cov00, cov01, cov11 = 0.0, rest;
    bool is_fitted = n >= GROWTH_WEEKS && gsl_fit_linear(week, 1, logs, 1, (size_t)n, &intercept, &slope,
                                                         &cov00, &cov01, &cov11, &rest) == 0;
    free(week);
    if (!is_fitted) return true;
    double growth = expm1(slope * WEEKS_PER_MONTH), error = sqrt(cov11) * WEEKS_PER_MONTH * (1.0 + growth);
    workload_block_note(out, "growth: %.2f %% a month, standard error %.2f, over %d weeks", 100.0 * growth,
                        100.0 * error, n);
    return workload_block_set(out, "growth_per_month", fmax(growth, -0.98), err);
}

static bool fit_profile(const LogFit *fit, WorkloadBlock *out, Err *err)
{
    long first = (long)ceil(fit->first_s / HOUR_S), end = (long)floor(fit->last_s / HOUR_S);
    double sum[HOURS_PER_WEEK] = {0};
    double covered[HOURS_PER_WEEK] = {0}, total = 0.0;
    if (end - first < HOURS_PER_WEEK) {
        workload_block_note(
            out, "week: the log covers %.0f whole hours of the %d of a week; the profile keeps its default",
            fmax(0.0, (double)(end - first)), HOURS_PER_WEEK);
        return true;
    }
    for (long hour = first; hour < end; hour++) {
        long of_week = (hour - EPOCH_TO_MONDAY_DAYS * 24) % HOURS_PER_WEEK; /* never before 1970 */
        sum[of_week] += hour_count(fit, hour);
        covered[of_week] += 1.0;
    }
    for (int h = 0; h < HOURS_PER_WEEK; h++) total += sum[h] / covered[h];
    /* Six decimals are enough to read; the largest hour takes what they leave, so that the mean is 1. */
    FieldArray *array = &out->values.profile_hours;
    int peak = 0;
    double rest = HOURS_PER_WEEK;
    array->n = HOURS_PER_WEEK;
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        array->values[h] = round(sum[h] / covered[h] * HOURS_PER_WEEK / total * 1e6) / 1e6;
        rest -= array->values[h];
        if (array->values[h] > array->values[peak]) peak = h;
    }
    array->values[peak] += rest;
    static const char *const days[] = {"Monday", "Tuesday",  "Wednesday", "Thursday",
                                       "Friday", "Saturday", "Sunday"};
    workload_block_note(out, "week: %.1f weeks of hours; the peak is %.2f of the mean, %s %02d:00 UTC",
                        (double)(end - first) / HOURS_PER_WEEK, array->values[peak], days[peak / 24],
                        peak % 24);
    return workload_block_set(out, "profile", 3, err); /* custom */
}

/* Busiest minute over the mean minute of an hour, without the part of chance. */
static double minute_peak(const LogFit *fit, long hour)
{
    const double *minutes = fit->days[hour / 24 - FIRST_DAY] + hour % 24 * 60;
    double peak = 0.0, mean = hour_count(fit, hour) / 60.0;
    for (int m = 0; m < 60; m++) peak = fmax(peak, minutes[m]);
    return fmax(1.0, (peak - LARGEST_OF_60 * sqrt(mean)) / mean);
}

static bool fit_burst(const LogFit *fit, WorkloadBlock *out, Err *err)
{
    long first = (long)ceil(fit->first_s / HOUR_S), end = (long)floor(fit->last_s / HOUR_S);
    size_t n_hours = end > first ? (size_t)(end - first) : 0, n_busy = 0;
    double *counts = calloc(n_hours + 1, 2 * sizeof *counts);
    if (counts == NULL) return err_set(err, ERR_BUG, "out of memory");
    double *peaks = counts + n_hours + 1;
    for (size_t i = 0; i < n_hours; i++) counts[i] = hour_count(fit, first + (long)i);
    gsl_sort(counts, 1, n_hours);
    double least = n_hours > 0 ? fmax(BUSY_REQUESTS, counts[n_hours - 1 - (n_hours - 1) / BUSY_SHARE]) : 0.0;
    for (long hour = first; hour < end; hour++)
        if (hour_count(fit, hour) >= least) peaks[n_busy++] = minute_peak(fit, hour);
    gsl_sort(peaks, 1, n_busy);
    double burst = n_busy > 0 ? gsl_stats_median_from_sorted_data(peaks, 1, n_busy) : 0.0;
    free(counts);
    if (n_busy == 0 || fit->is_sum) {
        workload_block_note(out, "burst: %s; it keeps its default",
                            fit->is_sum ? "aggregated rows do not show minutes"
                                        : "no whole hour with 600 requests");
        return true;
    }
    workload_block_note(
        out, "burst: %.3f, median over the %zu busiest hours of busiest minute over mean minute, less chance",
        burst, n_busy);
    return workload_block_set(out, "burst", fmax(1.0, burst), err);
}

static bool fit_arrivals(LogFit *fit, WorkloadBlock *out, Err *err)
{
    close_hour(fit);
    const char *why = NULL;
    if (fit->is_sum)
        why = "aggregated rows do not show single arrivals";
    else if ((double)fit->n_back > 0.001 * fit->n)
        why = "the log is not in the order of arrival";
    else if (!fit->has_fraction)
        why = "times of whole seconds are too coarse";
    else if (!(fit->scv_weight > 0.0))
        why = "no hour with 50 arrivals";
    if (why != NULL) {
        workload_block_note(out, "arrivals: %s; their variability keeps its default", why);
        return true;
    }
    double scv = fit->scv_sum / fit->scv_weight;
    workload_block_note(out, "arrivals: squared coefficient of variation %.3f within the hour (1 is Poisson)",
                        scv);
    return workload_block_set(out, "arrival_scv", fmin(scv, 1e4), err);
}

static bool fit_lengths(const LogFit *fit, WorkloadBlock *out, Err *err)
{
    double input = fit->input_sum / fit->n, output = fmax(1.0, fit->output_sum / fit->n);
    if (!workload_block_set(out, "input_tok", input, err) ||
        !workload_block_set(out, "output_tok", output, err))
        return false;
    if (fit->is_sum) {
        workload_block_note(out, "lengths: mean %.6g in, %.6g out; aggregated rows do not show their spread",
                            input, output);
    } else {
        double input_cv = gsl_rstat_sd(fit->input) / input, output_cv = gsl_rstat_sd(fit->output) / output;
        workload_block_note(out,
                            "lengths: mean %.6g in (cv %.3f), %.6g out (cv %.3f); the longest is %.0f tokens",
                            input, input_cv, output, output_cv, fit->longest_tok);
        if (!workload_block_set(out, "input_cv", input_cv, err) ||
            !workload_block_set(out, "output_cv", output_cv, err) ||
            !workload_block_set(out, "max_context_tok", ceil(fit->longest_tok), err))
            return false;
    }
    if (!fit->has_cached) return true;
    double share = fit->cached_of > 0.0 ? fit->cached_sum / fit->cached_of : 0.0;
    workload_block_note(out, "cache: %.1f %% of the input tokens came from a cache", 100.0 * share);
    return workload_block_set(out, "cache_hit_frac", share, err);
}

static bool fit_all(LogFit *fit, const char *path, const LogStats *stats, WorkloadBlock *out, ErrList *errors)
{
    Err err = {0};
    workload_block_note(out, "read: %.0f requests by %s", fit->n, stats->layout);
    if (stats->n_failed > 0)
        workload_block_note(out, "left out: %llu failed or without both token counts", stats->n_failed);
    bool is_ok = true;
    if (fit->is_too_long) {
        is_ok = err_set(&err, ERR_DATA, "spans more than %d days with requests; give a part of it", DAYS_MAX);
    } else if (fit->n < 2.0 || !(fit->last_s > fit->first_s)) {
        is_ok = err_set(&err, ERR_DATA, "needs requests at two different times at least");
    }
    is_ok = is_ok && fit_volume(fit, out, &err) && fit_lengths(fit, out, &err) &&
            fit_profile(fit, out, &err) && fit_burst(fit, out, &err) && fit_arrivals(fit, out, &err);
    if (is_ok) return true;
    err_at(&err, path, 0, 0);
    err_list_add(errors, &err);
    return false;
}

bool workload_from_log(const char *path, const char *format, WorkloadBlock *out, ErrList *errors)
{
    LogStats stats;
    LogFit *fit = calloc(1, sizeof *fit);
    workload_block_init(out);
    if (fit == NULL) return err_list_addf(errors, ERR_BUG, path, 0, 0, NULL, "out of memory");
    fit->input = gsl_rstat_alloc();
    fit->output = gsl_rstat_alloc();
    bool is_ok =
        log_read(path, format, visit_row, fit, &stats, errors) && fit_all(fit, path, &stats, out, errors);
    for (int d = 0; d < N_DAYS; d++) free(fit->days[d]);
    gsl_rstat_free(fit->input);
    gsl_rstat_free(fit->output);
    free(fit);
    return is_ok;
}
