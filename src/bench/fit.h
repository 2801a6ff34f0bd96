/* Fitting the step time of this machine to measured steps.
 *
 * Layer: bench (private).
 */
#ifndef TOKENTCO_BENCH_FIT_H
#define TOKENTCO_BENCH_FIT_H

#include "tokentco/machine.h"

/* One measured part of a step, of as many layers as `arch` says. */
typedef struct FitPoint {
    ArchShape arch;
    MachineLoad load;
    MachinePart part;
    double seconds;
} FitPoint;

/* Least squares of relative errors over the terms that the points can tell apart, none of them negative.
 * Standard errors are in the covariance. False when there are fewer points than terms. */
bool fit_machine(const FitPoint *points, int n_points, MeasureFit *out, Err *err);

#endif
