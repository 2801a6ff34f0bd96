/* Honest timing: repeat until the median is known, and keep every sample.
 *
 * Layer: bench (private).
 */
#ifndef TOKENTCO_BENCH_TIMING_H
#define TOKENTCO_BENCH_TIMING_H

enum { SAMPLES_MAX = 400 };

double clock_wall_s(void); /* monotonic */

/* The time that steps and limits are measured by: clock_wall_s; under a quota of less than one processor,
 * processor time of the process over the quota. A step takes that long there on average, though most short
 * ones run through and a few are stopped for most of a period. 0, or 1 and more: no such quota. */
double clock_s(void);
void clock_set_quota(double cores);

typedef struct Samples {
    int n;
    double values[SAMPLES_MAX];
} Samples;

double samples_quantile(const Samples *samples, double fraction);

/* Half the width of the 95 % confidence interval of the median, as a share of it: order statistics at
 * n/2 +- 0.98 sqrt(n). At least 5 samples; 1 before that. */
double samples_uncertainty(const Samples *samples);

#endif
