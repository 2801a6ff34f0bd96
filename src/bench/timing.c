/* Samples and their quantiles. Layer: bench. */
#include "timing.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

static double quota_cores = 1.0; /* set before threads measure */

static double read_clock_s(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

double clock_wall_s(void)
{
    return read_clock_s(CLOCK_MONOTONIC);
}

void clock_set_quota(double cores)
{
    quota_cores = cores > 0.0 && cores < 1.0 ? cores : 1.0;
}

double clock_s(void)
{
    return quota_cores < 1.0 ? read_clock_s(CLOCK_PROCESS_CPUTIME_ID) / quota_cores : clock_wall_s();
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
