/* Tables on the canvas: columns as wide as what is shown, rows in any order, the one under the cursor marked.
 *
 * Layer: tui (no curses). Any Table of the views is drawn, filtered and sorted the same way.
 */
#ifndef TOKENTCO_TUI_GRID_H
#define TOKENTCO_TUI_GRID_H

#include "tui/app.h"

#include "tokentco/table.h"

/* Rows that hold `filter` in some cell, by the number in column `sort` (-1: as they are; texts come last).
 * Fills `order` (of n_rows) and returns how many. */
int grid_order(const Table *table, const char *filter, int sort, bool is_falling, int *order);

/* Header and rows of `order` into the rectangle. */
void draw_grid(App *app, Rect rect, const Table *table, const int *order, int n, ListView *list, int sort);

/* The next column that has numbers, after `sort`; -1 after the last. */
int grid_next_sort(const Table *table, int sort);

/* The first row at or after the cursor (in `direction`) that holds the needle; -1 none. */
int grid_find(const Table *table, const int *order, int n, int cursor, int direction, const char *needle);

#endif
