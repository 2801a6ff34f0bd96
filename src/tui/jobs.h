/* Jobs: the long work behind the screens, one row each. Layer: tui (no curses). */
#ifndef TOKENTCO_TUI_JOBS_H
#define TOKENTCO_TUI_JOBS_H

#include "tui/worker.h"

#include <stdbool.h>

typedef enum JobId { JOB_RISK, JOB_MATTER, JOB_SEARCH, JOB_BENCH, N_JOBS } JobId;
extern const WorkKind *const job_kinds[N_JOBS];

/* Workers, their newest results, and the pipe that wakes the main loop. */
typedef struct Jobs {
    Worker *workers[N_JOBS];
    void *results[N_JOBS]; /* owned; NULL: nothing yet */
    int wake_read, wake_write;
} Jobs;

void jobs_open(Jobs *jobs);
void jobs_close(Jobs *jobs);
void jobs_start(Jobs *jobs, JobId id, void *job); /* takes the job over */
void jobs_cancel(Jobs *jobs, JobId id);
bool jobs_is_busy(const Jobs *jobs, JobId id);
double jobs_progress(const Jobs *jobs, JobId id);
/* Takes what was handed over, and empties the pipe. True when there is something new to draw. */
bool jobs_take(Jobs *jobs);
/* Blocks until all have ended, then takes their results. For scripts. */
void jobs_wait(Jobs *jobs);

#endif
