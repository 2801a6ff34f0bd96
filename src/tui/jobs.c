/* Jobs of the terminal app. Layer: tui (no curses). */
#include "tui/jobs.h"
#include "tui/job_bench.h"
#include "tui/job_risk.h"
#include "tui/job_search.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

const WorkKind *const job_kinds[N_JOBS] = {
    [JOB_RISK] = &risk_work,
    [JOB_MATTER] = &matter_work,
    [JOB_SEARCH] = &search_work,
    [JOB_BENCH] = &bench_work,
};

void jobs_open(Jobs *jobs)
{
    int ends[2];
    if (pipe(ends) != 0) {
        perror("tokentco: no pipe");
        abort();
    }
    for (int i = 0; i < 2; i++) {
        fcntl(ends[i], F_SETFL, O_NONBLOCK);
        fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    }
    *jobs = (Jobs){.wake_read = ends[0], .wake_write = ends[1]};
    for (int i = 0; i < N_JOBS; i++) jobs->workers[i] = worker_new(job_kinds[i], jobs->wake_write);
}

static void result_drop(Jobs *jobs, int id)
{
    if (jobs->results[id] != NULL) job_kinds[id]->free_result(jobs->results[id]);
    jobs->results[id] = NULL;
}

void jobs_close(Jobs *jobs)
{
    for (int i = 0; i < N_JOBS; i++) {
        worker_free(jobs->workers[i]);
        result_drop(jobs, i);
    }
    close(jobs->wake_read);
    close(jobs->wake_write);
}

void jobs_start(Jobs *jobs, JobId id, void *job)
{
    worker_start(jobs->workers[id], job);
}

void jobs_cancel(Jobs *jobs, JobId id)
{
    worker_cancel(jobs->workers[id]);
}

bool jobs_is_busy(const Jobs *jobs, JobId id)
{
    return worker_is_busy(jobs->workers[id]);
}

double jobs_progress(const Jobs *jobs, JobId id)
{
    return worker_progress(jobs->workers[id]);
}

bool jobs_take(Jobs *jobs)
{
    char bytes[64];
    bool is_woken = false;
    while (read(jobs->wake_read, bytes, sizeof bytes) > 0) is_woken = true;
    for (int i = 0; i < N_JOBS; i++) {
        void *result = worker_take(jobs->workers[i]);
        if (result == NULL) continue;
        result_drop(jobs, i);
        jobs->results[i] = result;
        is_woken = true;
    }
    return is_woken;
}

void jobs_wait(Jobs *jobs)
{
    for (int i = 0; i < N_JOBS; i++) worker_wait(jobs->workers[i]);
    jobs_take(jobs);
}
