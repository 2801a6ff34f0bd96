/* The terminal app.
 *
 * Layer: tui.
 */
#ifndef TOKENTCO_TUI_H
#define TOKENTCO_TUI_H

/* Runs `tokentco tui` with argv[0] "tui" and returns the exit status. --script runs without a terminal. */
int tui_main(int argc, char **argv);

#endif
