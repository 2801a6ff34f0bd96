/* Worker: background jobs, one at a time, in a thread of its own.
 *
 * Layer: tui (no curses). The main loop starts a job and goes on. The job hands results over as it gets them,
 * and each hand-over wakes the main loop through a pipe. A new job cancels the one that runs; what a
 * cancelled job still hands over is dropped. The thread is made with the first job and sleeps when there is
 * none.
 */
#ifndef TOKENTCO_TUI_WORKER_H
#define TOKENTCO_TUI_WORKER_H

#include <stdbool.h>

typedef struct Worker Worker;

/* What a worker does. `work` runs in its thread, asks worker_is_cancelled often and returns early then. */
typedef struct WorkKind {
    const char *name;
    void (*work)(Worker *worker, void *job);
    void (*free_job)(void *job);
    void (*free_result)(void *result);
} WorkKind;

/* A byte is written to `wake_fd` (not blocking) when there is something to take. */
Worker *worker_new(const WorkKind *kind, int wake_fd);
/* Cancels what runs and waits for its end. */
void worker_free(Worker *worker);

/* Takes `job` over; a running or waiting one is cancelled. */
void worker_start(Worker *worker, void *job);
void worker_cancel(Worker *worker);

/* The newest result that was not taken yet, or NULL. The caller owns it. */
void *worker_take(Worker *worker);
/* Is a job running or waiting? False once its last result can be taken. */
bool worker_is_busy(Worker *worker);
/* Share of the running job that is done, 0 to 1. */
double worker_progress(Worker *worker);
/* Blocks until the job has ended. For scripts and tests. */
void worker_wait(Worker *worker);

/* ---- for the job ---- */

bool worker_is_cancelled(Worker *worker);
/* Takes `result` over; it replaces one that was not taken. NULL: only the progress is new. */
void worker_publish(Worker *worker, void *result, double done_frac);

#endif
