/* Worker threads. Layer: tui (no curses). */
#include "tui/worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct Worker {
    const WorkKind *kind; /* borrowed */
    int wake_fd;
    pthread_t thread;
    bool has_thread;
    pthread_mutex_t mutex; /* guards what follows */
    pthread_cond_t changed;
    bool is_ending, is_running;
    void *job;    /* owned; waits to be run */
    void *result; /* owned; waits to be taken */
    double done_frac;
    atomic_bool is_cancelled; /* the running job should end */
};

static _Noreturn void die(const char *what)
{
    fprintf(stderr, "tokentco: %s\n", what);
    abort();
}

Worker *worker_new(const WorkKind *kind, int wake_fd)
{
    Worker *worker = calloc(1, sizeof *worker);
    if (worker == NULL) die("out of memory");
    worker->kind = kind;
    worker->wake_fd = wake_fd;
    if (pthread_mutex_init(&worker->mutex, NULL) != 0 || pthread_cond_init(&worker->changed, NULL) != 0)
        die("no lock for a worker");
    return worker;
}

static void wake(const Worker *worker)
{
    /* A full pipe wakes the main loop just as well. */
    ssize_t n = write(worker->wake_fd, "", 1);
    (void)n;
}

static void *thread_main(void *argument)
{
    Worker *worker = argument;
    pthread_mutex_lock(&worker->mutex);
    while (!worker->is_ending) {
        void *job = worker->job;
        if (job == NULL) {
            pthread_cond_wait(&worker->changed, &worker->mutex);
            continue;
        }
        worker->job = NULL;
        worker->is_running = true;
        worker->done_frac = 0.0;
        atomic_store(&worker->is_cancelled, false);
        pthread_mutex_unlock(&worker->mutex);
        worker->kind->work(worker, job);
        worker->kind->free_job(job);
        pthread_mutex_lock(&worker->mutex);
        worker->is_running = false;
        pthread_cond_broadcast(&worker->changed);
        wake(worker);
    }
    pthread_mutex_unlock(&worker->mutex);
    return NULL;
}

/* Signals belong to the main thread: it has the terminal to put in order. */
static void start_thread(Worker *worker)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    if (pthread_create(&worker->thread, NULL, thread_main, worker) != 0) die("no thread for a worker");
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    worker->has_thread = true;
}

static void drop_waiting(Worker *worker)
{
    if (worker->job != NULL) worker->kind->free_job(worker->job);
    worker->job = NULL;
    if (worker->result != NULL) worker->kind->free_result(worker->result);
    worker->result = NULL;
    atomic_store(&worker->is_cancelled, true);
}

void worker_start(Worker *worker, void *job)
{
    if (!worker->has_thread) start_thread(worker);
    pthread_mutex_lock(&worker->mutex);
    drop_waiting(worker);
    worker->job = job;
    worker->done_frac = 0.0;
    pthread_cond_broadcast(&worker->changed);
    pthread_mutex_unlock(&worker->mutex);
}

void worker_cancel(Worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    drop_waiting(worker);
    pthread_mutex_unlock(&worker->mutex);
}

void worker_free(Worker *worker)
{
    if (worker == NULL) return;
    pthread_mutex_lock(&worker->mutex);
    drop_waiting(worker);
    worker->is_ending = true;
    pthread_cond_broadcast(&worker->changed);
    pthread_mutex_unlock(&worker->mutex);
    if (worker->has_thread) pthread_join(worker->thread, NULL);
    pthread_mutex_destroy(&worker->mutex);
    pthread_cond_destroy(&worker->changed);
    free(worker);
}

void *worker_take(Worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    void *result = worker->result;
    worker->result = NULL;
    pthread_mutex_unlock(&worker->mutex);
    return result;
}

bool worker_is_busy(Worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    bool is_running = worker->is_running && !atomic_load(&worker->is_cancelled);
    bool is_busy = is_running || worker->job != NULL;
    pthread_mutex_unlock(&worker->mutex);
    return is_busy;
}

double worker_progress(Worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    double done_frac = worker->done_frac;
    pthread_mutex_unlock(&worker->mutex);
    return done_frac;
}

void worker_wait(Worker *worker)
{
    pthread_mutex_lock(&worker->mutex);
    while (worker->is_running || worker->job != NULL) pthread_cond_wait(&worker->changed, &worker->mutex);
    pthread_mutex_unlock(&worker->mutex);
}

bool worker_is_cancelled(Worker *worker)
{
    return atomic_load(&worker->is_cancelled);
}

void worker_publish(Worker *worker, void *result, double done_frac)
{
    pthread_mutex_lock(&worker->mutex);
    bool is_late = atomic_load(&worker->is_cancelled);
    if (!is_late) {
        worker->done_frac = done_frac;
        if (result != NULL) {
            if (worker->result != NULL) worker->kind->free_result(worker->result);
            worker->result = result;
            result = NULL;
        }
    }
    pthread_mutex_unlock(&worker->mutex);
    if (result != NULL) worker->kind->free_result(result);
    if (!is_late) wake(worker);
}
