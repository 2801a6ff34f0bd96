/* Search in lists, the same on every screen: case-blind, forwards or backwards, around the ends.
 *
 * Layer: tui (no curses).
 */
#ifndef TOKENTCO_TUI_FIND_H
#define TOKENTCO_TUI_FIND_H

#include <stdbool.h>

/* Is `part` in `text`, ASCII case ignored? Everything holds "". */
bool text_holds(const char *text, const char *part);

/* The row nearest to `cursor` that `fits`: from the cursor itself on when `direction` is 0, else after (1) or
 * before (-1) it. -1 when no row fits. */
int find_row(int cursor, int n_rows, int direction, bool (*fits)(const void *context, int row),
             const void *context);

#endif
