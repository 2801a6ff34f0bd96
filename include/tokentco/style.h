/* Inks: how the terminal shows weight and plans, and the marks that say the same without colour.
 *
 * Layer: view. Colour never carries a meaning alone: a plan has its number and its line pattern, a verdict
 * its word.
 */
#ifndef TOKENTCO_STYLE_H
#define TOKENTCO_STYLE_H

#include "tokentco/err.h"
#include "tokentco/text.h"

#include <stdbool.h>
#include <stdio.h>

/* One look per plan, the same in every picture; plans beyond the last start again from the first. */
enum { SERIES_STYLES = 8 };
typedef struct SeriesStyle {
    int colour_256;        /* xterm palette, readable on dark and on light */
    int colour_8;          /* the basic eight, for terminals that have no more */
    const char *hex;       /* for SVG, HTML and workbooks */
    const char *dash;      /* SVG stroke-dasharray; "" solid */
    const char *sample;    /* legend, UTF-8 */
    char ascii;            /* the dot of an ASCII chart */
    int dots_on, dots_off; /* along the line; off 0: unbroken */
    bool is_thick;
} SeriesStyle;
extern const SeriesStyle series_styles[SERIES_STYLES];
const SeriesStyle *series_style(int slot);

typedef enum Ink {
    INK_PLAIN,
    INK_STRONG,
    INK_FAINT,
    INK_GOOD,
    INK_BAD,
    INK_SERIES
} Ink; /* INK_SERIES + slot */

typedef enum ColourMode { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER } ColourMode;
bool colour_mode_parse(const char *text, ColourMode *out, Err *err); /* auto, always, never */

typedef struct Style {
    bool has_colour;
    bool is_256;
    bool is_utf8;
    int width; /* columns to fill */
} Style;

/* What the stream can show. Auto: colour on a terminal that is not "dumb", unless NO_COLOR is set and not
 * empty; braille and line drawing where the locale is UTF-8. The width is REPORT_WIDTH whatever the terminal:
 * reports are compared. */
enum { REPORT_WIDTH = 100 };
Style style_for(FILE *stream, ColourMode mode);

/* How wide a list may be that is not compared as a whole: a terminal's columns, in a pipe or a file without
 * end, so that programs read whole names. */
enum { NO_WIDTH_LIMIT = 1 << 20 };
int style_columns(FILE *stream);

/* Adds text in an ink; no escapes without colour. */
void style_add(const Style *style, Text *out, int ink, const char *text);
/* Opens and closes an ink around what the caller adds. */
void style_begin(const Style *style, Text *out, int ink);
void style_end(const Style *style, Text *out, int ink);

#endif
