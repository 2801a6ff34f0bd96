/* Kernels beside the limits that bound them.
 *
 * Layer: bench (private). Each turn measures the limit and then the kernel, so that a machine that drifts
 * moves both; the share is the median of the turns' ratios.
 */
#ifndef TOKENTCO_BENCH_ROOFLINE_H
#define TOKENTCO_BENCH_ROOFLINE_H

#include "limits.h"

typedef struct RooflineOptions {
    WeightFormat format;  /* of the record: its product kernels are measured over the scaling curve */
    bool is_every_kernel; /* also the other formats, attention and the element-wise kernels */
    bool is_quick;        /* all threads only, fewer rows and turns */
    unsigned long long seed;
} RooflineOptions;

/* Measures into rows owned by the arena; returns how many, 0 when memory is short. */
int roofline_measure(Pool *pool, const KernelSet *set, const ReadMemory *memory,
                     const RooflineOptions *options, Arena *arena, MeasureKernel **out);

#endif
