/* The longer commands of scripts. Layer: tui (no curses). */
#ifndef TOKENTCO_TUI_SCRIPT_PARTS_H
#define TOKENTCO_TUI_SCRIPT_PARTS_H

#include "tui/script.h"

/* "N KEY...": presses the keys in turn, N in all; prints the times from key to frame. */
bool script_time_keys(App *app, const char *arguments, Text *out, Err *err);
/* The same for edits, until the frame with the first draws and with all of them. */
bool script_time_fans(App *app, const char *arguments, Text *out, Err *err);
/* "N SEED": N random keys, clicks and sizes. */
bool script_monkey(App *app, const char *arguments, Text *out, Err *err);

#endif
