/* Limits of the machine: arithmetic rates and read bandwidths, measured with the kernels' own instructions.
 *
 * Layer: bench (private).
 */
#ifndef TOKENTCO_BENCH_LIMITS_H
#define TOKENTCO_BENCH_LIMITS_H

#include "kernel.h"
#include "pool.h"

/* The best of a few tries: a limit is what the machine can do when nothing disturbs it. */
typedef enum PeakType { PEAK_F32, PEAK_BF16, PEAK_INT8, N_PEAK_TYPES } PeakType;

/* Operations per second of all threads of the pool; a multiply-add is two. */
double limit_peak(Pool *pool, const KernelSet *set, PeakType type);

/* Bytes per second that all threads read together, each from a piece of `bytes_each` of its own, first
 * touched by it. 0 when memory is short. */
double limit_read(Pool *pool, const KernelSet *set, size_t bytes_each);

/* The peak that bounds products in this format. */
PeakType limit_peak_of(WeightFormat format);

#endif
