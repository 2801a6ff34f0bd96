/* Samples, quantiles, and what disturbed them. Layer: bench. */
#include "timing.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static double clock_of(clockid_t id)
{
    struct timespec now;
    clock_gettime(id, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double clock_s(void)
{
    return clock_of(CLOCK_MONOTONIC);
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double sorted_at(const double *sorted, int n, double position)
{
    if (position <= 0.0) return sorted[0];
    if (position >= n - 1) return sorted[n - 1];
    int below = (int)position;
    return sorted[below] + (position - below) * (sorted[below + 1] - sorted[below]);
}

double samples_quantile(const Samples *samples, double fraction)
{
    double sorted[SAMPLES_MAX];
    if (samples->n == 0) return 0.0;
    memcpy(sorted, samples->values, (size_t)samples->n * sizeof *sorted);
    qsort(sorted, (size_t)samples->n, sizeof *sorted, compare);
    return sorted_at(sorted, samples->n, fraction * (samples->n - 1));
}

double samples_uncertainty(const Samples *samples)
{
    if (samples->n < 5) return 1.0;
    double reach = 0.98 / sqrt((double)samples->n);
    double low = samples_quantile(samples, 0.5 - reach), high = samples_quantile(samples, 0.5 + reach);
    return (high - low) / 2.0 / samples_quantile(samples, 0.5);
}

/* The steal column of the first line of /proc/stat: user nice system idle iowait irq softirq steal. */
static double steal_read(void)
{
    double steal = 0.0;
    FILE *file = fopen("/proc/stat", "r");
    if (!file) return 0.0;
    if (fscanf(file, "cpu %*f %*f %*f %*f %*f %*f %*f %lf", &steal) != 1) steal = 0.0;
    fclose(file);
    return steal;
}

static long switches_read(void)
{
    struct rusage usage;
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_nivcsw : 0;
}

void watch_start(Watch *watch)
{
    *watch = (Watch){clock_s(), clock_of(CLOCK_PROCESS_CPUTIME_ID), steal_read(), switches_read()};
}

WatchResult watch_stop(const Watch *watch, int n_threads)
{
    /* A quiet machine loses well under one per cent; five distort a median. */
    const double stolen_limit = 0.01, missing_limit = 0.05;
    double elapsed = fmax(clock_s() - watch->start_s, 1e-9);
    double cpus = (double)sysconf(_SC_NPROCESSORS_ONLN), ticks = (double)sysconf(_SC_CLK_TCK);
    WatchResult result = {
        .stolen_frac = (steal_read() - watch->steal_ticks) / ticks / elapsed / cpus,
        .missing_frac =
            fmax(0.0, 1.0 - (clock_of(CLOCK_PROCESS_CPUTIME_ID) - watch->cpu_s) / elapsed / n_threads),
        .switches_per_s = (double)(switches_read() - watch->switches) / elapsed,
    };
    bool is_noisy = result.stolen_frac > stolen_limit || result.missing_frac > missing_limit;
    result.verdict = is_noisy ? NOISE_NOISY : NOISE_QUIET;
    return result;
}
