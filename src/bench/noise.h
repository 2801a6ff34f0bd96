/* What disturbs a measurement, seen in time: stolen and waited-for processors, other programs, a clock or a
 * memory bandwidth that moves, samples that scatter.
 *
 * Layer: bench (private).
 */
#ifndef TOKENTCO_BENCH_NOISE_H
#define TOKENTCO_BENCH_NOISE_H

#include "limits.h"
#include "timing.h"

/* A stretch with more than one of these shares is called noisy. Stated in the record with what was seen. */
#define NOISE_SIGNS(_)                                                                                       \
    _(STOLEN, 0.01, "of the processors stolen by the hypervisor")                                            \
    _(WAITED, 0.02, "of the threads' time waiting for a processor")                                          \
    _(THROTTLED, 0.01, "of the threads' time stopped by the CPU quota")                                      \
    _(OTHERS, 0.05, "of the processors used by other programs")                                              \
    _(BANDWIDTH, 0.05, "change of the memory bandwidth")                                                     \
    _(CLOCK, 0.05, "change of the arithmetic rate")                                                          \
    _(SCATTER, 0.03, "uncertainty of the median")

enum NoiseSign {
#define NOISE_SIGN_ENUM(id, limit, text) NOISE_##id,
    NOISE_SIGNS(NOISE_SIGN_ENUM)
#undef NOISE_SIGN_ENUM
        N_NOISE_SIGNS
};

/* Shares seen, by NoiseSign. */
typedef struct NoiseSeen {
    double frac[N_NOISE_SIGNS];
} NoiseSeen;

enum { NOISE_TEXT_BYTES = 512 };

NoiseVerdict noise_verdict(const NoiseSeen *seen);
/* "7.2 % change of the memory bandwidth (limit 5 %), ...": the signs beyond their limits; "" when quiet. */
void noise_describe(const NoiseSeen *seen, char *text, size_t size);

/* Limits measured again and again between the steps. */
enum { NOISE_PROBES_MAX = 64 };
typedef struct NoiseProbe {
    double read_b_s, fma_op_s; /* all threads: memory bandwidth, and the f32 rate, which follows the clock */
} NoiseProbe;

typedef struct NoiseWatch {
    Pool *pool;               /* borrowed */
    const KernelSet *set;     /* borrowed */
    const ReadMemory *memory; /* borrowed */
    int n_probes;
    NoiseProbe probes[NOISE_PROBES_MAX];
    /* of the stretch that runs now */
    double start_s, cpu_s, waited_s, throttled_s, busy_s, stolen_s;
} NoiseWatch;

/* The first probe. */
void noise_open(NoiseWatch *watch, Pool *pool, const KernelSet *set, const ReadMemory *memory);
/* Around one point: what happened while it ran; the end takes the next probe. `samples` of that stretch. */
void noise_begin(NoiseWatch *watch);
NoiseSeen noise_end(NoiseWatch *watch, const Samples *samples);
/* Bandwidth and clock over all probes: greatest over least, less 1. */
NoiseSeen noise_whole(const NoiseWatch *watch);
/* "memory bandwidth between the points ranged from 32 to 54 GB/s, ...": what moved beyond its limit; "" if
 * none did. */
void noise_describe_whole(const NoiseWatch *watch, char *text, size_t size);

#endif
