/* The pool of threads.
 *
 * Layer: bench. A barrier counts arrivals; the last one moves a gate, a number on which the others wait. They
 * watch it for SPIN_S, longer than threads of a quiet machine are ever apart, and then sleep on it: a thread
 * that has lost its core to another program is away for milliseconds, and a waiter that spins on would keep
 * the system from moving either of the two to the core that is idle. Waking a sleeper takes a virtual machine
 * longer than SPIN_S; who has just woken one waits for it WAKE_S, or the two would take turns sleeping ever
 * after.
 */
#include "pool.h"

#include "timing.h"
#include "topology.h"

#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { CACHE_LINE = 128, SPINS_A_LOOK = 64 };
static const double SPIN_S = 100e-6, WAKE_S = 2e-3;

typedef struct PaddedCounter {
    _Alignas(CACHE_LINE) atomic_int value;
} PaddedCounter;

typedef struct Gate {
    _Alignas(CACHE_LINE) atomic_int value;
    atomic_int sleepers, woken_to; /* the value to which sleepers were woken last */
} Gate;

struct Pool {
    PaddedCounter next, arrived;
    Gate generation, job;
    int n_threads, n_started;
    PoolFn fn; /* NULL: threads end */
    void *context;
    pthread_t threads[POOL_THREADS_MAX];
};

typedef struct Start {
    Pool *pool;
    int thread;
} Start;

static void relax(void)
{
#ifdef __x86_64__
    __builtin_ia32_pause();
#elif defined __aarch64__
    __asm__ volatile("yield");
#endif
}

static bool gate_spin(Gate *gate, int value)
{
    double start = 0.0,
           limit = atomic_load_explicit(&gate->woken_to, memory_order_relaxed) == value ? WAKE_S : SPIN_S;
    for (;;) {
        for (int i = 0; i < SPINS_A_LOOK; i++) {
            if (atomic_load_explicit(&gate->value, memory_order_acquire) != value) return true;
            relax();
        }
        double now = clock_wall_s();
        if (start <= 0.0) start = now;
        if (now - start > limit) return false;
    }
}

/* Returns once the gate no longer stands at `value`. */
static void gate_wait(Gate *gate, int value)
{
    if (gate_spin(gate, value)) return;
    /* Sequentially consistent on both sides: either the mover sees the sleeper, or the sleeper the move. */
    atomic_fetch_add(&gate->sleepers, 1);
    while (atomic_load(&gate->value) == value)
        (void)syscall(SYS_futex, &gate->value, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
    atomic_fetch_sub(&gate->sleepers, 1);
}

static void gate_move(Gate *gate)
{
    int value = atomic_fetch_add(&gate->value, 1) + 1;
    if (atomic_load(&gate->sleepers) == 0) return;
    atomic_store_explicit(&gate->woken_to, value, memory_order_relaxed);
    (void)syscall(SYS_futex, &gate->value, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

void pool_wait(Pool *pool)
{
    int generation = atomic_load_explicit(&pool->generation.value, memory_order_acquire);
    if (atomic_fetch_add_explicit(&pool->arrived.value, 1, memory_order_acq_rel) < pool->n_threads - 1) {
        gate_wait(&pool->generation, generation);
        return;
    }
    atomic_store_explicit(&pool->arrived.value, 0, memory_order_relaxed);
    atomic_store_explicit(&pool->next.value, 0, memory_order_relaxed);
    gate_move(&pool->generation);
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
    for (int job = 0;; job++) {
        gate_wait(&pool->job, job);
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
        err_set(err, ERR_NO, "no memory for %d threads", n_threads);
        return NULL;
    }
    *pool = (Pool){.n_threads = n_threads, .n_started = 1};
    topology_pin(0);
    for (; pool->n_started < n_threads; pool->n_started++) {
        Start *start = malloc(sizeof *start);
        if (start) *start = (Start){pool, pool->n_started};
        if (!start || pthread_create(&pool->threads[pool->n_started], NULL, thread_main, start) != 0) {
            free(start);
            err_set(err, ERR_NO, "the system refused thread %d of %d", pool->n_started + 1, n_threads);
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
    gate_move(&pool->job);
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
    gate_move(&pool->job);
    for (int i = 1; i < pool->n_started; i++) pthread_join(pool->threads[i], NULL);
    topology_unpin();
    free(pool);
}
