/* Spreads: what is not known for sure about a field, as a person types and reads it.
 *
 * Layer: tui (no curses). "0.4 to 2.5" is the range from 5 to 95 %; "pert 0 30% 70%", "triangular ...",
 * "uniform 1 2", "normal -1 to 3" name another shape.
 */
#ifndef TOKENTCO_TUI_SPREAD_H
#define TOKENTCO_TUI_SPREAD_H

#include "tui/app.h"

/* The uncertain item that a field belongs to; NULL: it is taken as known. */
const Uncertain *spread_find(const Session *session, const FieldAt *field);

/* "0.4 to 2.5", or with the shape's name before it; "" when there is none. As spread_parse reads it when
 * `is_exact`, else short. */
void spread_format(const Uncertain *item, bool is_exact, char *out, size_t size);

/* The text as JSON for `uncertain`; "" stays "". */
bool spread_parse(const char *text, const FieldRow *row, Text *json, Err *err);

/* Asks for the spread of the field under the cursor, and takes the answer. */
void spread_ask(App *app);
bool spread_answer(App *app, const char *text, Err *err);

#endif
