/* Long computations on the command line: a progress bar, and Ctrl-C that leaves nothing half done.
 *
 * Layer: cli, private.
 */
#ifndef CLI_LONG_RUN_H
#define CLI_LONG_RUN_H

#include "cli/command.h"
#include "tokentco/montecarlo.h"

typedef struct LongRun {
    bool has_bar; /* standard error is a terminal, and notes are wanted */
    const char *what;
    int shown; /* per cent */
    RiskProgress progress;
} LongRun;

/* From here to long_run_end, Ctrl-C makes the progress report false. */
void long_run_begin(const Cli *cli, const char *what, LongRun *out);
bool long_run_is_cancelled(void);
/* Takes the bar away and restores Ctrl-C. When it was pressed, ends the program as Ctrl-C does. */
void long_run_end(LongRun *run);

#endif
