/* The terminal app.
 *
 * Layer: tui.
 */
#ifndef TOKENTCO_TUI_H
#define TOKENTCO_TUI_H

#include "tokentco/text.h"

/* Runs `tokentco tui` with argv[0] "tui" and returns the exit status. --script runs without a terminal. */
int tui_main(int argc, char **argv);

/* Options, screens and keys as a section of the manual page (mdoc). */
void tui_manual_add(Text *out);

#endif
