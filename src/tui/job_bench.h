/* The quick benchmark in the background: a child process, because measuring pins threads to cores.
 *
 * Layer: tui (no curses).
 */
#ifndef TOKENTCO_TUI_JOB_BENCH_H
#define TOKENTCO_TUI_JOB_BENCH_H

#include "tui/worker.h"

typedef struct BenchJob {
    const char *records; /* folder; NULL: the user's own. Borrowed, outlives the job */
} BenchJob;

typedef struct BenchResult {
    bool is_done, is_failed;
    char text[256]; /* what is measured now; the fault when it failed */
} BenchResult;

BenchJob *bench_job_new(const char *records);
extern const WorkKind bench_work;

#endif
