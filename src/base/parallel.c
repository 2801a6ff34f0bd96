/* Blocks of a job on threads. Layer: base. */
#define _GNU_SOURCE /* sched_getaffinity: processors that we may use, not all there are */
#include "tokentco/parallel.h"

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

typedef struct Job {
    ParallelFn fn;
    void *context;
    long n_blocks;
    atomic_long next;
    atomic_bool is_stopped;
} Job;

typedef struct Worker {
    Job *job;
    int thread;
} Worker;

static void *work(void *context)
{
    const Worker *worker = context;
    Job *job = worker->job;
    while (!atomic_load(&job->is_stopped)) {
        long block = atomic_fetch_add(&job->next, 1);
        if (block >= job->n_blocks) break;
        if (!job->fn(job->context, worker->thread, block)) atomic_store(&job->is_stopped, true);
    }
    return NULL;
}

bool parallel_for(long n_blocks, int n_threads, ParallelFn fn, void *context)
{
    Job job = {.fn = fn, .context = context, .n_blocks = n_blocks};
    pthread_t threads[PARALLEL_THREADS_MAX];
    Worker workers[PARALLEL_THREADS_MAX];
    int n_made = 1;
    if (n_threads > PARALLEL_THREADS_MAX) n_threads = PARALLEL_THREADS_MAX;
    if (n_threads > n_blocks) n_threads = (int)n_blocks;
    workers[0] = (Worker){&job, 0};
    for (; n_made < n_threads; n_made++) {
        workers[n_made] = (Worker){&job, n_made};
        if (pthread_create(&threads[n_made], NULL, work, &workers[n_made]) != 0) break;
    }
    work(&workers[0]);
    for (int t = 1; t < n_made; t++) pthread_join(threads[t], NULL);
    return !atomic_load(&job.is_stopped);
}

int parallel_threads(void)
{
    cpu_set_t set;
    int n = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    if (n > PARALLEL_THREADS_MAX) return PARALLEL_THREADS_MAX;
    return n > 0 ? n : 1;
}
