/* Line editor: one line of UTF-8 text with a cursor.
 *
 * Layer: tui (no curses). Moves by graphemes, so that a combining accent never comes apart.
 */
#ifndef TOKENTCO_TUI_EDITOR_H
#define TOKENTCO_TUI_EDITOR_H

#include "tui/canvas.h"
#include "tui/key.h"

enum { EDITOR_BYTES = 256 };

typedef struct Editor {
    char text[EDITOR_BYTES];
    int n_bytes;
    int cursor;    /* byte offset, at a grapheme's start */
    bool is_fresh; /* the old value is shown: the first typed character replaces it */
} Editor;

/* Starts with `text`; `is_fresh` lets the first character typed replace it whole. */
void editor_start(Editor *editor, const char *text, bool is_fresh);

/* Applies a key. False when the key is not an editing key (Enter, Esc, Tab, ...). */
bool editor_key(Editor *editor, Key key);

/* Draws `width` columns, scrolled so that the cursor shows, and puts the terminal's cursor there. */
void editor_draw(const Editor *editor, Canvas *canvas, int x, int y, int width);

#endif
