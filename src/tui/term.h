/* Terminal: shows an app's canvas and feeds it keys.
 *
 * Layer: tui; with paint the only user of ncurses. The terminal is given back as it was on every way out:
 * return, exit, and the deadly signals.
 */
#ifndef TOKENTCO_TUI_TERM_H
#define TOKENTCO_TUI_TERM_H

#include "tui/app.h"

typedef struct TermOptions {
    bool has_colour;
    const char *watched; /* file whose change is announced; NULL: none */
} TermOptions;

/* Can the locale show more than ASCII? */
bool term_is_utf8(void);
/* Runs until the app wants to quit. False: the terminal cannot be used, and `err` says why. */
bool term_run(App *app, const TermOptions *options, Err *err);

#endif
