/* Two small models beside the one that is measured: they tell apart what one shape alone cannot.
 *
 * Layer: bench (private).
 */
#ifndef TOKENTCO_BENCH_PROBE_H
#define TOKENTCO_BENCH_PROBE_H

#include "fit.h"

/* Most points that probe_measure adds. */
enum { PROBE_POINTS_MAX = 24 };

typedef struct ProbeSetup {
    WeightFormat format;
    double weight_bytes; /* of a weight */
    unsigned long long seed;
    bool is_kv_bf16;
    StepSetup steps;
} ProbeSetup;

/* Runs the probes and adds their points; the new number of points. A probe that has no memory is left out. */
int probe_measure(const ProbeSetup *setup, Arena *arena, FitPoint *points, int n_points);

#endif
