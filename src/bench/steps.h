/* Steps of a model, each with the pace of its moment.
 *
 * Layer: bench (private). Memory of a shared machine is faster now and slower a second later, and so are
 * cores whose other hyperthread belongs to a neighbour. So a short reading of memory and a burst of
 * arithmetic stand before and after every few steps; what the steps of a changing moment say is dropped, and
 * the others can be told as if the machine had been of one pace.
 */
#ifndef TOKENTCO_BENCH_STEPS_H
#define TOKENTCO_BENCH_STEPS_H

#include "limits.h"
#include "tokentco/machine.h"
#include "transformer.h"

typedef struct StepSamples {
    int n, n_dropped, n_layers; /* n_layers: that each step went through */
    StepTime times[SAMPLES_MAX];
    MachinePace paces[SAMPLES_MAX]; /* means of the readings before and after */
} StepSamples;

/* Where and how long. */
typedef struct StepSetup {
    Pool *pool;               /* borrowed */
    const KernelSet *set;     /* borrowed */
    const ReadMemory *memory; /* borrowed */
    PeakType arithmetic;      /* that bounds the products */
    double cache_bytes;       /* of the last cache */
    double cap_s;             /* after which `enough` samples end it; twice that, two do */
    int enough;
    double wanted_uncertainty; /* of the median: known so well, four times `enough` end it before the cap */
} StepSetup;

/* The share of the layers that a step of so many rows goes through, which takes `step_s` through all of them:
 * long steps of many rows take fewer, so that more of them fit in, but twice as much of weights as the cache
 * holds. */
double steps_share(int n_rows, double step_s, double layer_bytes, double cache_bytes);

/* Runs the load again and again, once before without timing it. */
void steps_measure(Transformer *model, const MachineLoad *load, const StepSetup *setup, StepSamples *out);

/* Medians of the paces beside them. */
MachinePace steps_pace(const StepSamples *steps);

/* Median time of a part that passes so many bytes of weights, had every step been at this pace. */
double steps_part_s(const StepSamples *steps, MachinePart part, double bytes, MachinePace at);

#endif
