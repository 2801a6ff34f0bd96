/* Themes and colours of the terminal. Layer: tui; with term the only user of ncurses. */
#include "tui/paint.h"

#include "tokentco/style.h"

#include <ncurses.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>

enum {
    PALETTE_COLOURS = 256,
    CUBE_FIRST = 16, /* of the 256: a cube of 6 x 6 x 6, then 24 greys */
    GREY_FIRST = 232,
    CUBE_SIDE = 6,
    CHANNEL_MAX = 255,
    CURSES_MAX = 1000, /* a channel of init_extended_color */
    HEX = 16
};

typedef enum Depth {
    DEPTH_BASIC,   /* eight colours */
    DEPTH_256,     /* the palette as it is */
    DEPTH_PALETTE, /* 256, and the palette can be set */
    DEPTH_DIRECT   /* 24 bits */
} Depth;

typedef struct LookPaint {
    short on_256, on_8; /* -1: the terminal's own colour */
    attr_t attributes;
    long rgb; /* 0: that of on_256 */
} LookPaint;

/* From few to many: each step darker on light and brighter on dark. */
static const LookPaint heats[N_HEAT_LOOKS] = {
    {30, 6, A_NORMAL, 0x1b7f8c},
    {72, 6, A_NORMAL, 0x4fa36b},
    {178, 3, A_NORMAL, 0xc9a227},
    {166, 1, A_NORMAL, 0xd1602a},
};

static LookPaint paint_of(Theme theme, Look look)
{
    bool is_light = theme == THEME_LIGHT, is_contrast = theme == THEME_CONTRAST;
    attr_t emphasis = is_contrast ? A_BOLD : A_NORMAL;
    if (look >= LOOK_HEAT_1) return heats[look - LOOK_HEAT_1];
    if (look >= LOOK_SERIES_1) {
        const SeriesStyle *series = series_style((int)look - LOOK_SERIES_1);
        return (LookPaint){(short)series->colour_256, (short)series->colour_8, emphasis,
                           strtol(series->hex + 1, NULL, HEX)};
    }
    switch ((int)look) {
    case LOOK_DIM:
        return (LookPaint){is_contrast ? -1 : is_light ? 242 : 246, -1, A_NORMAL, 0};
    case LOOK_BOLD:
        return (LookPaint){-1, -1, A_BOLD, 0};
    case LOOK_TITLE:
        return (LookPaint){is_light ? 25 : 117, COLOR_CYAN, A_BOLD, 0};
    case LOOK_KEY:
        return (LookPaint){is_light ? 94 : 179, COLOR_YELLOW, emphasis, 0};
    case LOOK_SELECTED:
        return (LookPaint){-1, -1, A_REVERSE, 0};
    case LOOK_INPUT:
        return (LookPaint){-1, -1, A_UNDERLINE | A_BOLD, 0};
    case LOOK_GOOD:
        return (LookPaint){is_light ? 28 : 114, COLOR_GREEN, emphasis, 0};
    case LOOK_BAD:
        return (LookPaint){is_light ? 124 : 210, COLOR_RED, A_BOLD, 0};
    case LOOK_WARN:
        return (LookPaint){is_light ? 130 : 215, COLOR_YELLOW, A_BOLD, 0};
    default:
        return (LookPaint){-1, -1, A_NORMAL, 0};
    }
}

/* ---- what the terminal has ---- */

static Depth depth_of_terminal(void)
{
    char name[] = "RGB";
    const char *said = getenv("COLORTERM");
    /* The capability may be a flag, a number or a text. */
    char *text = tigetstr(name);
    bool has_rgb = tigetflag(name) > 0 || tigetnum(name) > 0 || (text != NULL && text != (char *)-1);
    bool is_true = said != NULL && (strcmp(said, "truecolor") == 0 || strcmp(said, "24bit") == 0);
    if (has_rgb && COLORS > PALETTE_COLOURS) return DEPTH_DIRECT;
    if (COLORS < PALETTE_COLOURS) return DEPTH_BASIC;
    return is_true && can_change_color() ? DEPTH_PALETTE : DEPTH_256;
}

/* What a colour of the 256 is in terminals that keep to xterm's palette. */
static long rgb_of_256(int colour)
{
    if (colour >= GREY_FIRST) return (8 + 10L * (colour - GREY_FIRST)) * 0x010101;
    long rgb = 0;
    int at = colour - CUBE_FIRST;
    for (int side = CUBE_SIDE * CUBE_SIDE; side > 0; side /= CUBE_SIDE) {
        int level = at / side % CUBE_SIDE;
        rgb = rgb << 8 | (level == 0 ? 0 : 55 + 40L * level);
    }
    return rgb;
}

static bool is_palette_set;

/* Rounded up, as curses rounds down on the way back. Exact colours take the cube's slots that stand for them
 * otherwise. */
static void set_slot(int slot, long rgb)
{
    int channels[3];
    for (int c = 0; c < 3; c++)
        channels[c] =
            (int)(((rgb >> (16 - 8 * c) & CHANNEL_MAX) * CURSES_MAX + CHANNEL_MAX - 1) / CHANNEL_MAX);
    init_extended_color(slot, channels[0], channels[1], channels[2]);
    is_palette_set = true;
}

static int colour_of(Depth depth, const LookPaint *paint)
{
    if (depth == DEPTH_BASIC) return paint->on_8;
    if (paint->on_256 < 0) return -1;
    if (depth == DEPTH_DIRECT) return (int)(paint->rgb != 0 ? paint->rgb : rgb_of_256(paint->on_256));
    if (depth == DEPTH_PALETTE && paint->rgb != 0) set_slot(paint->on_256, paint->rgb);
    return paint->on_256;
}

/* ---- looks ---- */

static attr_t look_attributes[N_LOOKS];

void paint_looks(Theme theme, bool has_colour)
{
    bool is_coloured = has_colour && has_colors() && theme != THEME_MONO;
    Depth depth = is_coloured ? depth_of_terminal() : DEPTH_BASIC;
    for (int i = 0; i < N_LOOKS; i++) {
        LookPaint paint = paint_of(theme, (Look)i);
        look_attributes[i] = paint.attributes;
        if (!is_coloured) {
            if (i == LOOK_DIM) look_attributes[i] = A_DIM;
            continue;
        }
        init_extended_pair(i + 1, colour_of(depth, &paint), -1);
        look_attributes[i] |= COLOR_PAIR(i + 1);
    }
}

int paint_attribute(Look look)
{
    return (int)look_attributes[look];
}

const char *paint_reset(void)
{
    return is_palette_set ? "\033]104\033\\" : "";
}
