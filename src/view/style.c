/* Inks and plan looks. Layer: view. */
#include "tokentco/style.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Mid-tones: each has enough contrast on black and on white. Patterns differ too, for eyes and printers
 * without colour. */
const SeriesStyle series_styles[SERIES_STYLES] = {
    {37, 6, "#0f8b8d", "", "──", '1', 1, 0, false},
    {172, 3, "#c9740a", "8 4", "╌╌", '2', 4, 3, false},
    {133, 5, "#9b4f96", "", "━━", '3', 1, 0, true},
    {71, 2, "#3f8f3f", "2 4", "··", '4', 1, 2, false},
    {167, 1, "#c2403a", "12 3 2 3", "─·", '5', 6, 2, false},
    {68, 4, "#4a78b5", "4 2", "--", '6', 2, 2, false},
    {137, 3, "#8a6a3b", "8 4", "══", '7', 4, 3, true},
    {102, 7, "#6b6b6b", "1 3", "::", '8', 1, 4, true},
};

const SeriesStyle *series_style(int slot)
{
    return &series_styles[slot % SERIES_STYLES];
}

bool colour_mode_parse(const char *text, ColourMode *out, Err *err)
{
    static const char *const names[] = {
        [COLOUR_AUTO] = "auto", [COLOUR_ALWAYS] = "always", [COLOUR_NEVER] = "never"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) != 0) continue;
        *out = (ColourMode)i;
        return true;
    }
    return err_set(err, ERR_USAGE, "'%.40s' is not one of auto, always, never", text);
}

static bool auto_colour(FILE *stream, const char *term)
{
    const char *no_color = getenv("NO_COLOR");
    if (no_color != NULL && no_color[0] != '\0') return false;
    return isatty(fileno(stream)) && term != NULL && strcmp(term, "dumb") != 0;
}

Style style_for(FILE *stream, ColourMode mode)
{
    const char *term = getenv("TERM"), *true_colour = getenv("COLORTERM");
    return (Style){
        .has_colour = mode == COLOUR_ALWAYS || (mode == COLOUR_AUTO && auto_colour(stream, term)),
        .is_256 = (true_colour != NULL && true_colour[0] != '\0') ||
                  (term != NULL && strstr(term, "256color") != NULL),
        .is_utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0,
        .width = REPORT_WIDTH,
    };
}

int style_columns(FILE *stream)
{
    int descriptor = fileno(stream);
    struct winsize size = {0};
    if (!isatty(descriptor)) return NO_WIDTH_LIMIT;
    return ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : REPORT_WIDTH;
}

void style_begin(const Style *style, Text *out, int ink)
{
    if (!style->has_colour || ink == INK_PLAIN) return;
    switch ((Ink)ink) {
    case INK_PLAIN:
        return;
    case INK_STRONG:
        text_add(out, "\033[1m");
        return;
    case INK_FAINT:
        text_add(out, "\033[2m");
        return;
    case INK_GOOD:
        text_add(out, "\033[1;32m");
        return;
    case INK_BAD:
        text_add(out, "\033[31m");
        return;
    case INK_SERIES:
        break;
    }
    const SeriesStyle *series = series_style(ink - INK_SERIES);
    if (style->is_256) {
        text_addf(out, "\033[38;5;%dm", series->colour_256);
    } else {
        text_addf(out, "\033[3%dm", series->colour_8);
    }
}

void style_end(const Style *style, Text *out, int ink)
{
    if (style->has_colour && ink != INK_PLAIN) text_add(out, "\033[0m");
}

void style_add(const Style *style, Text *out, int ink, const char *text)
{
    style_begin(style, out, ink);
    text_add(out, text);
    style_end(style, out, ink);
}
