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
/* Takes the bar away and restores Ctrl-C. */
void long_run_close(LongRun *run);
/* Ends the program as Ctrl-C does, what was printed before is out. */
void long_run_interrupt(void);
/* For what is nothing until it is whole: closes, and when Ctrl-C was pressed says so and ends the program. */
void long_run_end(LongRun *run);

#endif
