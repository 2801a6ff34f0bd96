/* The command line program.
 *
 * Layer: cli.
 */
#ifndef TOKENTCO_CLI_H
#define TOKENTCO_CLI_H

#include "tokentco/text.h"

/* What the command line starts but does not contain: rooms beside it, handed in by main. NULL: not in this
 * build. */
typedef struct CliHooks {
    /* The terminal app; argv[0] is "tui". Returns the exit status. */
    int (*tui)(int argc, char **argv);
    /* Its section of the manual page: screens and keys, as mdoc. */
    void (*tui_manual)(Text *out);
} CliHooks;

/* Runs the command in argv and returns the exit status. */
int cli_main(int argc, char **argv, const CliHooks *hooks);

#endif
