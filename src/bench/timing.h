/* Honest timing: repeat until the median is known, keep every sample, and watch for disturbance.
 *
 * Layer: bench (private).
 */
#ifndef TOKENTCO_BENCH_TIMING_H
#define TOKENTCO_BENCH_TIMING_H

#include "tokentco/measure.h"

enum { SAMPLES_MAX = 400 };

double clock_s(void); /* monotonic */

typedef struct Samples {
    int n;
    double values[SAMPLES_MAX];
} Samples;

double samples_quantile(const Samples *samples, double fraction);

/* Half the width of the 95 % confidence interval of the median, as a share of it: order statistics at
 * n/2 +- 0.98 sqrt(n). At least 5 samples; 1 before that. */
double samples_uncertainty(const Samples *samples);

/* What disturbed a stretch of time. */
typedef struct Watch {
    double start_s, cpu_s;
    double steal_ticks;
    long switches; /* involuntary */
} Watch;
typedef struct WatchResult {
    NoiseVerdict verdict;
    double stolen_frac;  /* of the machine's time, by the hypervisor */
    double missing_frac; /* of the threads' time, taken by other processes */
    double switches_per_s;
} WatchResult;

void watch_start(Watch *watch);
WatchResult watch_stop(const Watch *watch, int n_threads);

#endif
