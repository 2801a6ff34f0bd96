/* Line editor. Layer: tui (no curses). */
#include "tui/editor.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

void editor_start(Editor *editor, const char *text, bool is_fresh)
{
    *editor = (Editor){.is_fresh = is_fresh};
    snprintf(editor->text, sizeof editor->text, "%s", text);
    editor->n_bytes = (int)strlen(editor->text);
    editor->cursor = editor->n_bytes;
}

static int grapheme_before(const Editor *editor, int at)
{
    int start = 0, columns;
    for (int i = 0; i < at;) {
        start = i;
        int n = text_grapheme(editor->text + i, &columns);
        if (n <= 0) break;
        i += n;
    }
    return start;
}

static int grapheme_after(const Editor *editor, int at)
{
    int columns;
    return at + text_grapheme(editor->text + at, &columns);
}

static void cut(Editor *editor, int from, int to)
{
    memmove(editor->text + from, editor->text + to, (size_t)(editor->n_bytes - to) + 1);
    editor->n_bytes -= to - from;
    editor->cursor = from;
}

static int word_before(const Editor *editor)
{
    int at = editor->cursor;
    while (at > 0 && editor->text[at - 1] == ' ') at--;
    while (at > 0 && editor->text[at - 1] != ' ') at--;
    return at;
}

static void insert(Editor *editor, Key key)
{
    utf8proc_uint8_t bytes[4];
    int n = (int)utf8proc_encode_char((utf8proc_int32_t)key, bytes);
    if (editor->is_fresh) editor->text[editor->n_bytes = editor->cursor = 0] = '\0';
    if (n <= 0 || editor->n_bytes + n >= EDITOR_BYTES) return;
    memmove(editor->text + editor->cursor + n, editor->text + editor->cursor,
            (size_t)(editor->n_bytes - editor->cursor) + 1);
    memcpy(editor->text + editor->cursor, bytes, (size_t)n);
    editor->cursor += n;
    editor->n_bytes += n;
}

bool editor_key(Editor *editor, Key key)
{
    int at = editor->cursor;
    if (key_is_text(key)) {
        insert(editor, key);
    } else if (key == KEY_OF_BACKSPACE) {
        if (at > 0) cut(editor, grapheme_before(editor, at), at);
    } else if (key == KEY_OF_DELETE || key == KEY_CTRL('d')) {
        if (at < editor->n_bytes) cut(editor, at, grapheme_after(editor, at));
    } else if (key == KEY_OF_LEFT || key == KEY_CTRL('b')) {
        editor->cursor = grapheme_before(editor, at);
    } else if (key == KEY_OF_RIGHT || key == KEY_CTRL('f')) {
        editor->cursor = grapheme_after(editor, at);
    } else if (key == KEY_OF_HOME || key == KEY_CTRL('a')) {
        editor->cursor = 0;
    } else if (key == KEY_OF_END || key == KEY_CTRL('e')) {
        editor->cursor = editor->n_bytes;
    } else if (key == KEY_CTRL('u')) {
        cut(editor, 0, at);
    } else if (key == KEY_CTRL('k')) {
        editor->text[editor->n_bytes = at] = '\0';
    } else if (key == KEY_CTRL('w')) {
        cut(editor, word_before(editor), at);
    } else {
        return false;
    }
    editor->is_fresh = false;
    return true;
}

void editor_draw(const Editor *editor, Canvas *canvas, int x, int y, int width)
{
    if (width < 2) return;
    canvas_fill(canvas, (Rect){x, y, width, 1}, LOOK_INPUT);
    char before[EDITOR_BYTES];
    snprintf(before, sizeof before, "%.*s", editor->cursor, editor->text);
    int skipped = 0, columns;
    const char *from = before;
    while (text_columns(from) >= width) {
        int n = text_grapheme(from, &columns);
        from += n;
        skipped += n;
    }
    Rect old = canvas_clip(canvas, (Rect){x, y, width, 1});
    canvas_text(canvas, x, y, LOOK_INPUT, editor->text + skipped);
    canvas_unclip(canvas, old);
    canvas->has_cursor = true;
    canvas->cursor_x = x + text_columns(from);
    canvas->cursor_y = y;
}
