/* The pool of threads.
 *
 * Layer: bench. A barrier counts arrivals and bumps a generation number on which the others spin.
 */
#include "pool.h"

#include "topology.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

enum { CACHE_LINE = 128, SPINS = 4000 };

typedef struct PaddedCounter {
    _Alignas(CACHE_LINE) atomic_int value;
} PaddedCounter;

struct Pool {
    PaddedCounter next, arrived, generation, job;
    int n_threads, n_started;
    PoolFn fn; /* NULL: threads end */
    void *context;
    pthread_t threads[POOL_THREADS_MAX];
};

typedef struct Start {
    Pool *pool;
    int thread;
} Start;

static void relax(int *spins)
{
    if (++*spins >= SPINS) {
        sched_yield();
        return;
    }
#ifdef __x86_64__
    __builtin_ia32_pause();
#endif
}

void pool_wait(Pool *pool)
{
    int generation = atomic_load_explicit(&pool->generation.value, memory_order_acquire), spins = 0;
    if (atomic_fetch_add_explicit(&pool->arrived.value, 1, memory_order_acq_rel) == pool->n_threads - 1) {
        atomic_store_explicit(&pool->arrived.value, 0, memory_order_relaxed);
        atomic_store_explicit(&pool->next.value, 0, memory_order_relaxed);
        atomic_store_explicit(&pool->generation.value, generation + 1, memory_order_release);
        return;
    }
    while (atomic_load_explicit(&pool->generation.value, memory_order_acquire) == generation) relax(&spins);
}

bool pool_take(Pool *pool, int n, int step, int *from, int *to)
{
    int start = atomic_fetch_add_explicit(&pool->next.value, step, memory_order_relaxed);
    if (start >= n) return false;
    *from = start;
    *to = n - start < step ? n : start + step;
    return true;
}

static void *thread_main(void *argument)
{
    Start start = *(Start *)argument;
    free(argument);
    Pool *pool = start.pool;
    topology_pin(start.thread);
    for (int job = 1;; job++) {
        int spins = 0;
        while (atomic_load_explicit(&pool->job.value, memory_order_acquire) < job) relax(&spins);
        if (!pool->fn) return NULL;
        pool->fn(pool->context, pool, start.thread);
        pool_wait(pool);
    }
}

Pool *pool_new(int n_threads, Err *err)
{
    if (n_threads < 1 || n_threads > POOL_THREADS_MAX) {
        err_set(err, ERR_USAGE, "%d threads: choose 1 to %d", n_threads, POOL_THREADS_MAX);
        return NULL;
    }
    Pool *pool = aligned_alloc(CACHE_LINE, (sizeof *pool + CACHE_LINE - 1) / CACHE_LINE * CACHE_LINE);
    if (!pool) {
        err_set(err, ERR_BUG, "no memory for %d threads", n_threads);
        return NULL;
    }
    *pool = (Pool){.n_threads = n_threads, .n_started = 1};
    topology_pin(0);
    for (; pool->n_started < n_threads; pool->n_started++) {
        Start *start = malloc(sizeof *start);
        if (start) *start = (Start){pool, pool->n_started};
        if (!start || pthread_create(&pool->threads[pool->n_started], NULL, thread_main, start) != 0) {
            free(start);
            err_set(err, ERR_BUG, "the system refused thread %d of %d", pool->n_started + 1, n_threads);
            pool_free(pool);
            return NULL;
        }
    }
    return pool;
}

void pool_run(Pool *pool, PoolFn fn, void *context)
{
    pool->fn = fn;
    pool->context = context;
    atomic_store_explicit(&pool->next.value, 0, memory_order_relaxed);
    atomic_fetch_add_explicit(&pool->job.value, 1, memory_order_release);
    fn(context, pool, 0);
    pool_wait(pool);
}

int pool_threads(const Pool *pool)
{
    return pool->n_threads;
}

void pool_free(Pool *pool)
{
    if (!pool) return;
    pool->fn = NULL;
    atomic_fetch_add_explicit(&pool->job.value, 1, memory_order_release);
    for (int i = 1; i < pool->n_started; i++) pthread_join(pool->threads[i], NULL);
    topology_unpin();
    free(pool);
}
