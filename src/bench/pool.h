/* A pool of threads that stays alive, one a core, and what they need to share work.
 *
 * Layer: bench (private). Every thread runs the same function; pieces come from an atomic counter, phases are
 * divided by a barrier at which threads spin for a while and then sleep. Counter and barrier lie on cache
 * lines of their own.
 */
#ifndef TOKENTCO_BENCH_POOL_H
#define TOKENTCO_BENCH_POOL_H

#include "tokentco/err.h"

typedef struct Pool Pool;
typedef void (*PoolFn)(void *context, Pool *pool, int thread);

enum { POOL_THREADS_MAX = 512 };

/* The calling thread is thread 0. Threads are pinned, physical cores first, where the system allows it. */
Pool *pool_new(int n_threads, Err *err);
void pool_free(Pool *pool);
int pool_threads(const Pool *pool);

/* Runs fn on every thread and returns when all are done. */
void pool_run(Pool *pool, PoolFn fn, void *context);

/* Inside fn. The next piece of [0, n) in steps of `step`: false when none is left. */
bool pool_take(Pool *pool, int n, int step, int *from, int *to);

/* Inside fn: waits for all threads and starts the pieces anew. */
void pool_wait(Pool *pool);

#endif
