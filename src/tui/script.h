/* Scripts: the terminal app without a terminal, for tests, demos and timings.
 *
 * Layer: tui (no curses). One command a line; '#' starts a comment:
 *   keys j j Enter     presses keys by name
 *   type 2.49/h        types text
 *   click X Y, drag X Y, release X Y, wheel-up X Y, wheel-down X Y
 *   size 120x40        changes the size
 *   dump [NAME]        prints the screen behind a line "== NAME WxH"
 *   looks [NAME]       prints the screen and a second block with the look of every cell
 *   monkey N SEED      presses N random keys, checking the invariants after each
 *   time N KEY...      presses the keys N times over and prints how long key to frame took
 *   fans N KEY...      the same for edits, until the frame with 512 and with 4,096 draws
 *   wait               waits until all background work has ended
 *   : COMMAND          a command of the palette
 */
#ifndef TOKENTCO_TUI_SCRIPT_H
#define TOKENTCO_TUI_SCRIPT_H

#include "tui/app.h"

/* Runs a script; `file` names it in faults. Dumps go to `out`. */
bool script_run(App *app, const char *file, const char *text, Text *out, Err *err);

bool size_parse(const char *text, int *width, int *height, Err *err);

#endif
