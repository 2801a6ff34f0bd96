/* An engine measured beside this machine's own kernels: llama-bench on the same shape, format and threads.
 *
 * Layer: cli, private.
 */
#ifndef CLI_ENGINE_BENCH_H
#define CLI_ENGINE_BENCH_H

#include "tokentco/bench.h"

/* Is there such a program? */
bool engine_bench_check(const char *program, Err *err);

/* Runs `program` (llama-bench, or one that takes its options and prints its JSON) with the prompt of the
 * record's prefill headline and a short answer, on `gguf`, or, when that is NULL, on a file of random weights
 * that is written for it and removed. Adds the engine's share of each phase to the record, with p10 and p90
 * of its samples over ours. */
bool engine_bench_run(const char *program, const char *gguf, const BenchOptions *options, Arena *arena,
                      Measurement *record, Err *err);

#endif
