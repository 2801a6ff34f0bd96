/* Colours: how a terminal shows the looks of a canvas, in as many colours as it has.
 *
 * Layer: tui; knows ncurses, as term does. Exact colours need a terminal that takes 24 bits (terminfo RGB),
 * or one whose palette can be set while COLORTERM says truecolor; else the 256 or the basic eight come
 * nearest.
 */
#ifndef TOKENTCO_TUI_PAINT_H
#define TOKENTCO_TUI_PAINT_H

#include "tui/app.h"

/* After newterm, and whenever the theme changes. Without colour only attributes are left. */
void paint_looks(Theme theme, bool has_colour);
int paint_attribute(Look look);
/* Was the palette set? Then the sequence that gives it back; else "". Safe in a signal handler. */
const char *paint_reset(void);

#endif
