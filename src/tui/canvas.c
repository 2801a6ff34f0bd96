/* Character grid. Layer: tui (no curses). Widths and grapheme breaks come from utf8proc. */
#include "tui/canvas.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

static const struct {
    const char *name;
    char letter;
} looks[N_LOOKS] = {
#define LOOK_ROW(id, name, letter) [LOOK_##id] = {name, letter},
    CANVAS_LOOKS(LOOK_ROW)
#undef LOOK_ROW
};

/* The marks that screens use, with their ASCII stand-ins; both take one column. */
static const struct {
    const char *mark;
    char ascii;
} stand_ins[] = {
    {"─", '-'}, {"│", '|'}, {"┌", '+'}, {"┐", '+'}, {"└", '+'}, {"┘", '+'}, {"├", '|'}, {"┤", '|'},
    {"━", '='}, {"▸", '>'}, {"▾", 'v'}, {"●", 'o'}, {"○", '.'}, {"▲", '^'}, {"▼", 'v'}, {"↑", '^'},
    {"↓", 'v'}, {"→", '>'}, {"←", '<'}, {"Δ", 'd'}, {"·", '.'}, {"…", '~'}, {"×", 'x'}, {"█", '#'},
    {"▓", '%'}, {"▒", '+'}, {"░", ':'}, {"▏", '|'}, {"▁", '_'}, {"▂", '.'}, {"▃", '-'}, {"▄", '-'},
    {"▅", '='}, {"▆", '='}, {"▇", '#'}, {"✓", '*'}, {"≤", '<'}, {"≥", '>'}, {"±", '~'}, {"–", '-'},
    {"—", '-'}, {"σ", 's'}, {"┬", '+'}, {"┴", '+'}, {"┼", '+'},
};

const char *look_name(Look look)
{
    return looks[look].name;
}

Look look_of_series(int i)
{
    return (Look)(LOOK_SERIES_1 + i % N_SERIES_LOOKS);
}

Rect rect_inset(Rect rect, int dx, int dy)
{
    Rect out = {rect.x + dx, rect.y + dy, rect.width - 2 * dx, rect.height - 2 * dy};
    if (out.width < 0) out.width = 0;
    if (out.height < 0) out.height = 0;
    return out;
}

bool rect_contains(Rect rect, int x, int y)
{
    return x >= rect.x && x < rect.x + rect.width && y >= rect.y && y < rect.y + rect.height;
}

static int clamp(int value, int low, int high)
{
    return value < low ? low : value > high ? high : value;
}

Rect rect_split_rows(Rect rect, int size, Rect *rest)
{
    int taken = clamp(size, 0, rect.height);
    *rest = (Rect){rect.x, rect.y + taken, rect.width, rect.height - taken};
    rect.height = taken;
    return rect;
}

Rect rect_split_columns(Rect rect, int size, Rect *rest)
{
    int taken = clamp(size, 0, rect.width);
    *rest = (Rect){rect.x + taken, rect.y, rect.width - taken, rect.height};
    rect.width = taken;
    return rect;
}

static const CanvasCell blank = {" ", LOOK_PLAIN, 1};

Canvas *canvas_new(int width, int height, bool is_ascii)
{
    Canvas *canvas = calloc(1, sizeof *canvas);
    if (canvas == NULL) return NULL;
    canvas->is_ascii = is_ascii;
    canvas_resize(canvas, width, height);
    return canvas;
}

void canvas_free(Canvas *canvas)
{
    if (canvas == NULL) return;
    free(canvas->cells);
    free(canvas);
}

void canvas_resize(Canvas *canvas, int width, int height)
{
    width = width < 1 ? 1 : width;
    height = height < 1 ? 1 : height;
    CanvasCell *cells = realloc(canvas->cells, (size_t)width * (size_t)height * sizeof *cells);
    if (cells == NULL) {
        fprintf(stderr, "tokentco: out of memory for a screen of %dx%d\n", width, height);
        exit(70);
    }
    canvas->cells = cells;
    canvas->width = width;
    canvas->height = height;
    canvas_clear(canvas);
}

void canvas_clear(Canvas *canvas)
{
    size_t n = (size_t)canvas->width * (size_t)canvas->height;
    for (size_t i = 0; i < n; i++) canvas->cells[i] = blank;
    canvas->clip = (Rect){0, 0, canvas->width, canvas->height};
    canvas->has_cursor = false;
}

Rect canvas_clip(Canvas *canvas, Rect rect)
{
    Rect old = canvas->clip;
    int left = rect.x > old.x ? rect.x : old.x;
    int top = rect.y > old.y ? rect.y : old.y;
    int right = rect.x + rect.width < old.x + old.width ? rect.x + rect.width : old.x + old.width;
    int bottom = rect.y + rect.height < old.y + old.height ? rect.y + rect.height : old.y + old.height;
    canvas->clip = (Rect){left, top, right > left ? right - left : 0, bottom > top ? bottom - top : 0};
    return old;
}

void canvas_unclip(Canvas *canvas, Rect old)
{
    canvas->clip = old;
}

static CanvasCell *cell_at(Canvas *canvas, int x, int y)
{
    return &canvas->cells[(size_t)y * (size_t)canvas->width + (size_t)x];
}

const CanvasCell *canvas_cell(const Canvas *canvas, int x, int y)
{
    return &canvas->cells[(size_t)y * (size_t)canvas->width + (size_t)x];
}

/* A wide character that loses one half must lose the other as well, or the row would change its length. */
static void break_wide(Canvas *canvas, int x, int y)
{
    CanvasCell *cell = cell_at(canvas, x, y);
    if (cell->width == 2 && x + 1 < canvas->width) *cell_at(canvas, x + 1, y) = blank;
    if (cell->width == 0 && x > 0) *cell_at(canvas, x - 1, y) = blank;
}

static void put(Canvas *canvas, int x, int y, Look look, const char *bytes, int n_bytes, int columns)
{
    if (!rect_contains(canvas->clip, x, y)) return;
    if (columns == 2 && !rect_contains(canvas->clip, x + 1, y)) {
        bytes = " ";
        n_bytes = columns = 1;
    }
    break_wide(canvas, x, y);
    CanvasCell *cell = cell_at(canvas, x, y);
    memset(cell->bytes, 0, sizeof cell->bytes);
    memcpy(cell->bytes, bytes, (size_t)n_bytes);
    cell->look = (uint8_t)look;
    cell->width = (uint8_t)columns;
    if (columns < 2) return;
    break_wide(canvas, x + 1, y);
    *cell_at(canvas, x + 1, y) = (CanvasCell){"", (uint8_t)look, 0};
}

int text_grapheme(const char *text, int *columns)
{
    *columns = 0;
    if (text[0] == '\0') return 0;
    if ((unsigned char)text[0] < 0x80 && (unsigned char)text[1] < 0x80) {
        *columns = 1;
        return 1;
    }
    utf8proc_int32_t code, next, state = 0;
    utf8proc_ssize_t used = utf8proc_iterate((const utf8proc_uint8_t *)text, -1, &code);
    if (used <= 0) {
        *columns = 1;
        return 1;
    }
    int width = utf8proc_charwidth(code);
    int total = (int)used;
    while (text[total] != '\0') {
        utf8proc_ssize_t more = utf8proc_iterate((const utf8proc_uint8_t *)text + total, -1, &next);
        if (more <= 0 || utf8proc_grapheme_break_stateful(code, next, &state)) break;
        total += (int)more;
        code = next;
    }
    *columns = width < 1 ? 1 : width > 2 ? 2 : width;
    return total;
}

int text_columns(const char *text)
{
    int total = 0, columns;
    for (int n; (n = text_grapheme(text, &columns)) > 0; text += n) total += columns;
    return total;
}

static bool is_utf8(const char *text, int n_bytes)
{
    utf8proc_int32_t code;
    return utf8proc_iterate((const utf8proc_uint8_t *)text, n_bytes, &code) > 0;
}

static char ascii_for(const char *bytes, int n_bytes)
{
    for (size_t i = 0; i < sizeof stand_ins / sizeof stand_ins[0]; i++)
        if (strlen(stand_ins[i].mark) == (size_t)n_bytes &&
            memcmp(stand_ins[i].mark, bytes, (size_t)n_bytes) == 0)
            return stand_ins[i].ascii;
    return '?';
}

/* Draws at most `room` columns (negative: no limit); returns the columns of what was drawn. */
static int draw_text(Canvas *canvas, int x, int y, int room, Look look, const char *text)
{
    int at = 0, columns;
    for (int n; (n = text_grapheme(text, &columns)) > 0; text += n) {
        const char *bytes = text;
        int n_bytes = n;
        char replaced[2] = "?";
        bool is_valid = (unsigned char)text[0] < 0x80 ? ((unsigned char)text[0] >= ' ' && text[0] != 0x7f)
                                                      : is_utf8(text, n);
        if (!is_valid || n >= CELL_BYTES || (canvas->is_ascii && (unsigned char)text[0] >= 0x80)) {
            if (is_valid && n < CELL_BYTES) replaced[0] = ascii_for(text, n);
            bytes = replaced;
            n_bytes = columns = 1;
        }
        if (room >= 0 && at + columns > room) break;
        put(canvas, x + at, y, look, bytes, n_bytes, columns);
        at += columns;
    }
    return at;
}

int canvas_text(Canvas *canvas, int x, int y, Look look, const char *text)
{
    return draw_text(canvas, x, y, -1, look, text);
}

int canvas_textf(Canvas *canvas, int x, int y, Look look, const char *format, ...)
{
    char text[512];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return canvas_text(canvas, x, y, look, text);
}

void canvas_text_fit(Canvas *canvas, int x, int y, int width, Look look, const char *text)
{
    if (width <= 0) return;
    if (text_columns(text) <= width) {
        draw_text(canvas, x, y, width, look, text);
        return;
    }
    int used = draw_text(canvas, x, y, width - 1, look, text);
    canvas_text(canvas, x + used, y, look, "…");
}

void canvas_text_right(Canvas *canvas, int x, int y, int width, Look look, const char *text)
{
    int columns = text_columns(text);
    if (columns > width) {
        canvas_text_fit(canvas, x, y, width, look, text);
        return;
    }
    canvas_text(canvas, x + width - columns, y, look, text);
}

void canvas_fill(Canvas *canvas, Rect rect, Look look)
{
    for (int y = rect.y; y < rect.y + rect.height; y++)
        for (int x = rect.x; x < rect.x + rect.width; x++) put(canvas, x, y, look, " ", 1, 1);
}

void canvas_repaint(Canvas *canvas, Rect rect, Look look)
{
    for (int y = rect.y; y < rect.y + rect.height; y++)
        for (int x = rect.x; x < rect.x + rect.width; x++)
            if (rect_contains(canvas->clip, x, y)) cell_at(canvas, x, y)->look = (uint8_t)look;
}

void canvas_box(Canvas *canvas, Rect rect, Look look, const char *title)
{
    if (rect.width < 2 || rect.height < 2) return;
    int right = rect.x + rect.width - 1, bottom = rect.y + rect.height - 1;
    for (int x = rect.x + 1; x < right; x++) {
        canvas_text(canvas, x, rect.y, look, "─");
        canvas_text(canvas, x, bottom, look, "─");
    }
    for (int y = rect.y + 1; y < bottom; y++) {
        canvas_text(canvas, rect.x, y, look, "│");
        canvas_text(canvas, right, y, look, "│");
    }
    canvas_text(canvas, rect.x, rect.y, look, "┌");
    canvas_text(canvas, right, rect.y, look, "┐");
    canvas_text(canvas, rect.x, bottom, look, "└");
    canvas_text(canvas, right, bottom, look, "┘");
    if (title == NULL || title[0] == '\0' || rect.width < 6) return;
    canvas_text(canvas, rect.x + 1, rect.y, look, " ");
    int room = rect.width - 4, columns = text_columns(title);
    canvas_text_fit(canvas, rect.x + 2, rect.y, room, LOOK_TITLE, title);
    if (columns < room) canvas_text(canvas, rect.x + 2 + columns, rect.y, look, " ");
}

void canvas_dump(const Canvas *canvas, bool with_looks, Text *out)
{
    for (int block = 0; block < (with_looks ? 2 : 1); block++) {
        for (int y = 0; y < canvas->height; y++) {
            size_t start = out->n_bytes, end = start;
            for (int x = 0; x < canvas->width; x++) {
                const CanvasCell *cell = canvas_cell(canvas, x, y);
                if (block == 0) {
                    text_add(out, cell->bytes);
                    if (strcmp(cell->bytes, " ") != 0) end = out->n_bytes;
                } else {
                    text_add_char(out, looks[cell->look].letter, 1);
                    if (cell->look != LOOK_PLAIN) end = out->n_bytes;
                }
            }
            if (out->data != NULL) {
                out->n_bytes = end;
                out->data[end] = '\0';
            }
            text_add(out, "\n");
        }
    }
}
