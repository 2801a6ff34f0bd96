/* Attention over slices of a cache, so that threads share what few heads, or one sequence, leave undivided.
 *
 * Layer: bench (private). Flash-decoding: each slice has a softmax of its own, and the slices' sums are
 * weighed by exp(peak of the slice - peak of all) when they are added.
 */
#ifndef TOKENTCO_BENCH_ATTENTION_SPLIT_H
#define TOKENTCO_BENCH_ATTENTION_SPLIT_H

#include "kernel.h"

/* Into how many slices each of `n_tasks` tasks over `n_tokens` tokens is cut: 1 when the tasks are enough to
 * keep the threads evenly busy, else up to ATTENTION_PIECES_A_THREAD pieces a thread. */
enum { ATTENTION_PIECES_A_THREAD = 4 };
int attention_slices(int n_tasks, int n_threads, int n_tokens);

/* Floats of one slice of a task: per row its weighted values, peak and sum. */
size_t attention_part_floats(int n_rows, int head_dim);

/* Runs slice `slice` of `task` (its token_from and token_to name the whole; both stay) and writes the result
 * to `part`. Threads may run slices of one task at once; each names its own scratch. */
void attention_slice(const KernelSet *set, const AttentionTask *task, int slice, int n_slices, float *scratch,
                     float *part);

/* Adds up the parts, attention_part_floats apart, and writes the finished rows to task->out. */
void attention_merge(const AttentionTask *task, int n_slices, const float *parts);

#endif
