/* Script driver. Layer: tui (no curses). */
#include "tui/script_parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SIDE_MAX = 1000, LINE_BYTES = 1024 };

bool size_parse(const char *text, int *width, int *height, Err *err)
{
    char copy[32];
    snprintf(copy, sizeof copy, "%s", text);
    char *x = strchr(copy, 'x');
    long w, h;
    if (x == NULL || strlen(text) >= sizeof copy)
        return err_set(err, ERR_USAGE, "'%.30s' is not a size; write 80x24", text);
    *x = '\0';
    if (!parse_integer(copy, 1, SIDE_MAX, &w, err) || !parse_integer(x + 1, 1, SIDE_MAX, &h, err))
        return false;
    *width = (int)w;
    *height = (int)h;
    return true;
}

static bool press_keys(App *app, const char *names, Err *err)
{
    while (*names != '\0') {
        size_t length = strcspn(names, " ");
        Key key = key_parse(names, length);
        if (key == KEY_OF_NONE) return err_set(err, ERR_DATA, "no key is named '%.*s'", (int)length, names);
        app_key(app, key);
        app_draw(app);
        names += length;
        names += strspn(names, " ");
    }
    return true;
}

static void type_text(App *app, const char *text)
{
    int columns;
    for (int n; (n = text_grapheme(text, &columns)) > 0; text += n) {
        Key key = key_parse(text, (size_t)n);
        app_key(app, key == KEY_OF_NONE ? ' ' : key);
    }
    app_draw(app);
}

static void dump(App *app, const char *name, bool with_looks, Text *out)
{
    app_draw(app);
    text_addf(out, "== %s%s%dx%d\n", name, name[0] != '\0' ? " " : "", app->canvas->width,
              app->canvas->height);
    canvas_dump(app->canvas, with_looks, out);
}

/* ---- lines ---- */

static bool mouse(App *app, const char *word, const char *arguments, Err *err)
{
    static const char *const kinds[] = {"click", "drag", "release", "wheel-up", "wheel-down"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i], word) != 0) continue;
        char *rest = NULL;
        int x = (int)strtol(arguments, &rest, 10);
        app_mouse(app, (MouseKind)i, x, (int)strtol(rest, NULL, 10));
        app_draw(app);
        return true;
    }
    return err_set(err, ERR_DATA, "unknown script command '%.40s'", word);
}

static bool run_line(App *app, const char *line, Text *out, Err *err)
{
    char word[32];
    size_t length = strcspn(line, " ");
    const char *arguments = line + length + strspn(line + length, " ");
    if (length == 0 || line[0] == '#') return true;
    snprintf(word, sizeof word, "%.*s", (int)length, line);
    if (strcmp(word, "keys") == 0) return press_keys(app, arguments, err);
    if (strcmp(word, "wait") == 0) {
        app_wait(app);
        app_draw(app);
        return true;
    }
    if (strcmp(word, ":") == 0) return app_command(app, arguments, err);
    if (strcmp(word, "time") == 0) return script_time_keys(app, arguments, out, err);
    if (strcmp(word, "fans") == 0) return script_time_fans(app, arguments, out, err);
    if (strcmp(word, "monkey") == 0) return script_monkey(app, arguments, out, err);
    if (strcmp(word, "type") == 0) {
        type_text(app, arguments);
        return true;
    }
    if (strcmp(word, "dump") == 0 || strcmp(word, "looks") == 0) {
        dump(app, arguments, word[0] == 'l', out);
        return true;
    }
    if (strcmp(word, "size") == 0) {
        int width, height;
        if (!size_parse(arguments, &width, &height, err)) return false;
        canvas_resize(app->canvas, width, height);
        app_draw(app);
        return true;
    }
    return mouse(app, word, arguments, err);
}

bool script_run(App *app, const char *file, const char *text, Text *out, Err *err)
{
    app_draw(app);
    for (int number = 1; *text != '\0' && !app->wants_quit; number++) {
        char line[LINE_BYTES];
        size_t length = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        if (!run_line(app, line, out, err)) return err_at(err, file, number, 0);
        text += length;
        if (*text == '\n') text++;
    }
    return true;
}
