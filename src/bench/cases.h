/* What is measured of a model: prompts, and decode over batches and depths.
 *
 * Layer: bench (private).
 */
#ifndef TOKENTCO_BENCH_CASES_H
#define TOKENTCO_BENCH_CASES_H

#include "tokentco/bench.h"

/* Phase, sequences, tokens a sequence, tokens already in the cache. */
typedef struct Case {
    MeasurePhase phase;
    int n_sequences, n_tokens, depth;
} Case;

/* One prompt each, and one decode step for each batch at each depth. */
enum { CASES_MAX = BENCH_LIST_MAX + BENCH_LIST_MAX * BENCH_LIST_MAX };

/* The mode's own cases; where a list is given, every prompt behind an empty cache, and every batch at every
 * depth. How many. */
int cases_choose(const BenchOptions *options, Case out[CASES_MAX]);

#endif
