/* Fitting the step time of this machine to measured steps.
 *
 * Layer: bench (private).
 */
#ifndef TOKENTCO_BENCH_FIT_H
#define TOKENTCO_BENCH_FIT_H

#include "steps.h"

/* One measured part of a step, of as many layers as `arch` says. */
typedef struct FitPoint {
    ArchShape arch;
    MachineLoad load;
    MachinePart part;
    double seconds;
    MachinePace pace; /* beside it */
} FitPoint;

/* Adds the layers and the head of steps: their medians at the steps' own median pace. `point` holds what
 * the two have in common. The new number of points. */
int fit_add_steps(FitPoint *points, int n_points, const FitPoint *point, const StepSamples *steps,
                  double weight_bytes);

/* Every point as if it had been at this pace, which the record states for all of them. */
void fit_rebase(FitPoint *points, int n_points, double weight_bytes, MachinePace at);

/* Least squares of relative errors over the terms that the points can tell apart, none of them negative.
 * Standard errors are in the covariance. False when there are fewer points than terms. */
bool fit_machine(const FitPoint *points, int n_points, MeasureFit *out, Err *err);

#endif
