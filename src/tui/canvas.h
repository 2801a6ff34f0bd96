/* Canvas: a grid of character cells with looks, clipping and box drawing.
 *
 * Layer: tui (no curses). Screens draw here and nowhere else; `term` shows a canvas on a terminal, and tests
 * and scripts dump one as text. Text is UTF-8; every cell holds one grapheme. On an ASCII canvas each of our
 * own marks has an ASCII stand-in, and any other character that is not ASCII becomes '?'.
 */
#ifndef TOKENTCO_TUI_CANVAS_H
#define TOKENTCO_TUI_CANVAS_H

#include "tokentco/text.h"

#include <stdbool.h>
#include <stdint.h>

/* What a cell means; a theme says how that looks. Nothing is said by look alone. id, name, letter in dumps.
 */
#define CANVAS_LOOKS(_)                                                                                      \
    _(PLAIN, "plain", '.')                                                                                   \
    _(DIM, "dim", 'd')                                                                                       \
    _(BOLD, "bold", 'b')                                                                                     \
    _(TITLE, "title", 't')                                                                                   \
    _(KEY, "key", 'k')                                                                                       \
    _(SELECTED, "selected", 's')                                                                             \
    _(INPUT, "input", 'i')                                                                                   \
    _(GOOD, "good", 'g')                                                                                     \
    _(BAD, "bad", 'r')                                                                                       \
    _(WARN, "warn", 'w')                                                                                     \
    _(SERIES_1, "series-1", '1')                                                                             \
    _(SERIES_2, "series-2", '2')                                                                             \
    _(SERIES_3, "series-3", '3')                                                                             \
    _(SERIES_4, "series-4", '4')                                                                             \
    _(SERIES_5, "series-5", '5')                                                                             \
    _(SERIES_6, "series-6", '6')                                                                             \
    _(SERIES_7, "series-7", '7')                                                                             \
    _(SERIES_8, "series-8", '8')                                                                             \
    _(HEAT_1, "heat-1", 'A')                                                                                 \
    _(HEAT_2, "heat-2", 'B')                                                                                 \
    _(HEAT_3, "heat-3", 'C')                                                                                 \
    _(HEAT_4, "heat-4", 'D')

typedef enum Look {
#define LOOK_ENUM(id, name, letter) LOOK_##id,
    CANVAS_LOOKS(LOOK_ENUM)
#undef LOOK_ENUM
        N_LOOKS
} Look;
enum { N_SERIES_LOOKS = LOOK_SERIES_8 - LOOK_SERIES_1 + 1, N_HEAT_LOOKS = LOOK_HEAT_4 - LOOK_HEAT_1 + 1 };

const char *look_name(Look look);

/* The look of the i-th curve or option; the marks of a chart repeat after N_SERIES_LOOKS, so the numbers tell
 * apart. */
Look look_of_series(int i);

typedef struct Rect {
    int x, y, width, height;
} Rect;

Rect rect_inset(Rect rect, int dx, int dy);
bool rect_contains(Rect rect, int x, int y);
/* Cuts `rect` in two: the part returned has `size` rows (columns); `*rest` is what remains, which may be
 * empty. */
Rect rect_split_rows(Rect rect, int size, Rect *rest);
Rect rect_split_columns(Rect rect, int size, Rect *rest);

enum { CELL_BYTES = 12 };

typedef struct CanvasCell {
    char bytes[CELL_BYTES]; /* one grapheme, terminated; empty: right half of a wide character */
    uint8_t look;
    uint8_t width; /* 1 or 2; 0 for the right half */
} CanvasCell;

typedef struct Canvas {
    int width, height;
    bool is_ascii;
    Rect clip;
    CanvasCell *cells; /* owned, height x width */
    bool has_cursor;
    int cursor_x, cursor_y; /* where a line editor shows the terminal's cursor */
} Canvas;

/* A canvas of blanks; canvas_resize keeps nothing. Sizes below 1 become 1. */
Canvas *canvas_new(int width, int height, bool is_ascii);
void canvas_free(Canvas *canvas);
void canvas_resize(Canvas *canvas, int width, int height);
void canvas_clear(Canvas *canvas);

/* Restricts drawing to the part of `rect` inside the present clip; returns the old clip for canvas_unclip. */
Rect canvas_clip(Canvas *canvas, Rect rect);
void canvas_unclip(Canvas *canvas, Rect old);

/* Writes text and returns the columns it takes when nothing is cut off. Control characters become '?'. */
int canvas_text(Canvas *canvas, int x, int y, Look look, const char *text);
int canvas_textf(Canvas *canvas, int x, int y, Look look, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

/* Text in a field of `width` columns, cut with an ellipsis when it is longer. */
void canvas_text_fit(Canvas *canvas, int x, int y, int width, Look look, const char *text);
void canvas_text_right(Canvas *canvas, int x, int y, int width, Look look, const char *text);

void canvas_fill(Canvas *canvas, Rect rect, Look look);
void canvas_repaint(Canvas *canvas, Rect rect, Look look); /* keeps the characters */
void canvas_box(Canvas *canvas, Rect rect, Look look, const char *title);

const CanvasCell *canvas_cell(const Canvas *canvas, int x, int y);

/* Columns that a text takes. */
int text_columns(const char *text);
/* Bytes of the first grapheme of `text` (0 at its end) and its columns. */
int text_grapheme(const char *text, int *columns);

/* The rows as text, blanks at the ends of rows cut; and, when `with_looks`, a second block with one letter a
 * cell. */
void canvas_dump(const Canvas *canvas, bool with_looks, Text *out);

#endif
