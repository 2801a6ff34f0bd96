/* Steps of a model, each with the memory bandwidth of its moment.
 *
 * Layer: bench (private). Memory of a shared machine is faster now and slower a second later, and decode
 * waits for little else. So a short reading of memory stands before and after every few steps; what the steps
 * of a changing moment say is dropped, and the others can be told as if memory had been of one speed.
 */
#ifndef TOKENTCO_BENCH_STEPS_H
#define TOKENTCO_BENCH_STEPS_H

#include "limits.h"
#include "tokentco/machine.h"
#include "transformer.h"

typedef struct StepSamples {
    int n, n_dropped;
    StepTime times[SAMPLES_MAX];
    double read_b_s[SAMPLES_MAX]; /* mean of the readings before and after */
} StepSamples;

/* Where and how long. */
typedef struct StepSetup {
    Pool *pool;               /* borrowed */
    const KernelSet *set;     /* borrowed */
    const ReadMemory *memory; /* borrowed */
    double cap_s;             /* after which `enough` samples end it; twice that, two do */
    int enough;
    double wanted_uncertainty; /* of the median: known so well, four times `enough` end it before the cap */
} StepSetup;

/* Runs the load again and again, once before without timing it: that warms caches, pages and the clock. */
void steps_measure(Transformer *model, const MachineLoad *load, const StepSetup *setup, StepSamples *out);

/* Median of the bandwidth beside them. */
double steps_read_b_s(const StepSamples *steps);

/* Median time of a part that passes so many bytes of weights, had memory read `read_b_s` beside every step.
 */
double steps_part_s(const StepSamples *steps, MachinePart part, double bytes, double read_b_s);

#endif
