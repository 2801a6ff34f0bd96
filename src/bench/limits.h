/* Limits of the machine: arithmetic rates and read bandwidths, measured with the kernels' own instructions.
 *
 * Layer: bench (private).
 */
#ifndef TOKENTCO_BENCH_LIMITS_H
#define TOKENTCO_BENCH_LIMITS_H

#include "kernel.h"
#include "pool.h"
#include "timing.h"
#include "tokentco/measure.h"

/* The best of a few tries: a limit is what the machine can do when nothing disturbs it. */
typedef enum PeakType { PEAK_F32, PEAK_BF16, PEAK_INT8, N_PEAK_TYPES } PeakType;

/* The name of a peak in a record, "fma_f32", and its unit. */
const char *limit_peak_name(PeakType type);
const char *limit_peak_unit(PeakType type);

/* Operations per second of all threads of the pool, the best of a few tries; a multiply-add is two. */
double limit_peak(Pool *pool, const KernelSet *set, PeakType type);

/* A piece of memory for each thread, far beyond any cache, that is kept and read again and again. */
typedef struct ReadMemory {
    uint8_t *bytes; /* owned: [thread][piece] */
    size_t piece, total;
    ReadPattern pattern; /* the fastest for all threads */
} ReadMemory;
/* `piece_bytes` 0: four times the last cache, 256 MiB at least; of all threads together no more than
 * `most_bytes`. The patterns are tried in turns on it. */
bool read_memory_take(Pool *pool, const KernelSet *set, double piece_bytes, double most_bytes,
                      ReadMemory *out);
void read_memory_give(ReadMemory *memory);

/* Rates that the first n threads reach together, in up to `n_tries` tries (fewer on a machine too slow for
 * them, but two): a peak; and reading the first `bytes_each` of each thread's piece, a whole piece in the
 * memory's pattern. A limit is the best of a few, a comparison with something measured beside it their
 * median. */
Samples limit_peaks(Pool *pool, const KernelSet *set, PeakType type, int n_threads, int n_tries);
Samples limit_reads(Pool *pool, const KernelSet *set, const ReadMemory *memory, size_t bytes_each,
                    int n_threads, int n_tries);

/* One reading by all threads, of `bytes_each` of each thread's piece from `at` on: bytes a second. */
double limit_read_at(Pool *pool, const KernelSet *set, const ReadMemory *memory, size_t at,
                     size_t bytes_each);

/* One burst of arithmetic by all threads, a fraction of a millisecond: operations a second. */
double limit_arithmetic_now(Pool *pool, const KernelSet *set, PeakType type);

/* Thread counts of a scaling curve: 1, 2, 3, 4, 6, 8, 12, ... and `n_threads`. Returns how many. */
enum { SCALING_MAX = 32 };
int limit_scaling(int n_threads, int out[SCALING_MAX]);

/* Everything there is to know of the machine: peaks of each type and caches on one and on all threads, memory
 * over the scaling curve. Names "fma_f32", "read_l1", "read_dram"; owned by the arena. Returns how many. */
int limits_measure(Pool *pool, const KernelSet *set, const ReadMemory *memory, Arena *arena,
                   MeasureLimit **out);

/* The peak that bounds products in this format. */
PeakType limit_peak_of(WeightFormat format);

#endif
