/* Work shared among threads.
 *
 * Layer: base. A job is cut into blocks that threads take one after the other from a counter. Which thread
 * gets which block is left to chance, so a job whose result must not depend on it writes by block and sums in
 * order of blocks.
 */
#ifndef TOKENTCO_PARALLEL_H
#define TOKENTCO_PARALLEL_H

#include <stdbool.h>

enum { PARALLEL_THREADS_MAX = 256 };

/* Works on one block. `thread` is 0 to n_threads - 1, for scratch of its own. False stops the job: blocks
 * that nobody has begun are left undone. */
typedef bool (*ParallelFn)(void *context, int thread, long block);

/* Runs all blocks on `n_threads` threads (the calling one included; fewer when they cannot be made). False
 * when a block stopped the job. */
bool parallel_for(long n_blocks, int n_threads, ParallelFn fn, void *context);

/* Processors that this process may use, at least 1. */
int parallel_threads(void);

#endif
