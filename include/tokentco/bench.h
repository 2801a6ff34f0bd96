/* The inference benchmark: a transformer step of a real shape with random weights, timed on this machine.
 *
 * Layer: bench. The result is a Measurement; writing it to the store is the caller's.
 */
#ifndef TOKENTCO_BENCH_H
#define TOKENTCO_BENCH_H

#include "tokentco/arch.h"
#include "tokentco/arena.h"
#include "tokentco/err.h"
#include "tokentco/measure.h"

#include <stdbool.h>

/* Shape, by the file's name, and weight format of a GGUF file. Hostile or truncated files are refused. */
bool bench_gguf_read(const char *path, Arena *arena, ArchShape *shape, const char **format, Err *err);

/* Writes a model of this shape with random weights, whole or not at all; llama.cpp loads it (without a
 * vocabulary). */
bool bench_gguf_write(const char *path, const ArchShape *shape, const char *format, unsigned long long seed,
                      Err *err);

/* Bytes of a weight, scales included; false: no such format. */
bool bench_format_bytes(const char *format, double *out);

/* Values that are measured one after the other; none: the mode's own. */
enum { BENCH_LIST_MAX = 7 };
typedef struct BenchList {
    int n, values[BENCH_LIST_MAX];
} BenchList;

typedef struct BenchOptions {
    ArchShape shape;
    bool is_kv_bf16;           /* cache in bf16, else f16 */
    const char *weight_format; /* "q4_0", ... */
    const char *isa;           /* NULL: the newest that runs here, or TOKENTCO_ISA */
    int threads;               /* 0: physical cores, at most the CPU quota rounded down */
    bool is_quick;             /* under ten seconds; else more lengths, batches and depths */
    bool is_every_kernel;      /* all kernels beside their limits, not just those of the weight format */
    BenchList prompts;         /* tokens of a prompt, behind an empty cache */
    BenchList batches;         /* sequences that decode at once, at each of the depths */
    BenchList depths;          /* tokens in the cache before a decode step; 0 or more */
    bool is_fitted;            /* run two probes too, and fit the step time (machine.h) */
    double seconds_a_point;    /* cap on the time of one point; 0: the mode's own */
    double stream_bytes;       /* memory that a thread reads to find its bandwidth; 0: far beyond any cache */
    unsigned long long seed;
} BenchOptions;

/* Called as work goes on: what is being measured, and the share done. */
typedef void (*BenchProgressFn)(void *context, const char *what, double done_frac);

/* Measures; strings and arrays of `out` live in `arena`. False without a partial result. */
bool bench_run(const BenchOptions *options, BenchProgressFn progress, void *context, Arena *arena,
               Measurement *out, Err *err);

#endif
