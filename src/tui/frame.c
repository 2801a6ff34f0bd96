/* Frame: tabs, body, footer and what lies over them. Layer: tui (no curses). */
#include "tui/parts.h"

#include <stdio.h>
#include <string.h>

/* How much of the tabs is said: all titles with room between them, close together, short, or keys only. */
typedef enum TabStyle { TABS_WIDE, TABS_CLOSE, TABS_BRIEF, TABS_KEYS, N_TAB_STYLES } TabStyle;

enum { NAME_COLUMNS_MIN = 5 }; /* of the scenario, left of the tabs */

static const char *tab_text(const App *app, int screen, TabStyle style)
{
    bool is_here = screen == (int)app->screen;
    if (style <= TABS_CLOSE || is_here) return screens[screen].title;
    return style == TABS_BRIEF ? screens[screen].brief : "";
}

static int tab_columns(const App *app, int screen, TabStyle style)
{
    int gap = style == TABS_WIDE ? 4 : style == TABS_CLOSE ? 3 : 2;
    return text_columns(tab_text(app, screen, style)) + gap + (screen == (int)app->screen);
}

static void draw_tabs(App *app)
{
    Canvas *canvas = app->canvas;
    char head[160];
    snprintf(head, sizeof head, " %s%s ", session_inputs(app->session)->name,
             session_is_dirty(app->session) ? "*" : "");
    TabStyle style = TABS_WIDE;
    int width = 0;
    for (;; style++) {
        width = 0;
        for (int i = 0; i < N_SCREENS; i++) width += tab_columns(app, i, style);
        int name = text_columns(head) < 24 ? text_columns(head) : 24;
        if (style == TABS_KEYS || width + name <= canvas->width) break;
    }
    int x = canvas->width - width;
    if (x >= NAME_COLUMNS_MIN)
        canvas_text_fit(canvas, 0, 0, x, LOOK_BOLD, head);
    else if (session_is_dirty(app->session))
        canvas_text(canvas, 0, 0, LOOK_BOLD, "*");
    for (int i = 0; i < N_SCREENS; i++) {
        bool is_here = i == (int)app->screen;
        int start = x, columns = tab_columns(app, i, style);
        Look look = is_here ? LOOK_SELECTED : LOOK_PLAIN;
        const char *text = tab_text(app, i, style);
        x += canvas_textf(canvas, x, 0, is_here ? LOOK_SELECTED : LOOK_KEY, is_here ? "[%c" : " %c",
                          screens[i].key);
        if (style <= TABS_CLOSE && text[0] != '\0') x += canvas_text(canvas, x, 0, look, " ");
        x += canvas_text(canvas, x, 0, look, text);
        if (is_here) canvas_text(canvas, x, 0, look, "]");
        x = start + columns;
        zone_add(app, (Zone){.rect = {start, 0, columns, 1}, .kind = ZONE_SCREEN, .row = i});
    }
}

/* The keys that matter most here; it shrinks with the width, and the way to all of them comes first. */
static void draw_footer(App *app, int y)
{
    Canvas *canvas = app->canvas;
    int x = 1;
    for (int rank = 1; rank <= 10; rank++) {
        for (int i = ACTION_NONE + 1; i < N_ACTIONS; i++) {
            const Action *action = &actions[i];
            if (action->rank != rank || (action->screens & (1u << app->screen)) == 0) continue;
            char keys[32] = "";
            size_t length = strcspn(action->keys, " ");
            bool has_own_keys = strchr(action->label, ' ') != NULL; /* "+- step" names its keys itself */
            if (!has_own_keys) snprintf(keys, sizeof keys, "%.*s ", (int)length, action->keys);
            if (x + text_columns(keys) + text_columns(action->label) > canvas->width - 1) continue;
            x += canvas_text(canvas, x, y, LOOK_KEY, keys);
            x += canvas_text(canvas, x, y, LOOK_DIM, action->label) + 2;
        }
    }
}

static void draw_popup(App *app)
{
    Canvas *canvas = app->canvas;
    int n_lines = 0, widest = text_columns(app->popup_title) + 4;
    for (const char *at = text_str(&app->popup); *at != '\0'; n_lines++) {
        size_t length = strcspn(at, "\n");
        char line[512];
        snprintf(line, sizeof line, "%.*s", (int)length, at);
        int columns = text_columns(line);
        if (columns > widest) widest = columns;
        at += length + (at[length] == '\n');
    }
    app->popup_lines = n_lines;
    int width = widest + 4 < canvas->width - 2 ? widest + 4 : canvas->width - 2;
    int height = n_lines + 2 < canvas->height - 4 ? n_lines + 2 : canvas->height - 4;
    Rect box = {(canvas->width - width) / 2, (canvas->height - height) / 2, width, height};
    canvas_fill(canvas, box, LOOK_PLAIN);
    canvas_box(canvas, box, LOOK_TITLE, app->popup_title);
    const char *at = text_str(&app->popup);
    for (int i = 0; *at != '\0' && i < app->popup_top + height - 2; i++) {
        size_t length = strcspn(at, "\n");
        char line[512];
        snprintf(line, sizeof line, "%.*s", (int)length, at);
        if (i >= app->popup_top)
            canvas_text_fit(canvas, box.x + 2, box.y + 1 + i - app->popup_top, width - 4,
                            line[0] != ' ' ? LOOK_BOLD : LOOK_PLAIN, line);
        at += length + (at[length] == '\n');
    }
    draw_scrollbar(canvas, (Rect){box.x + width - 1, box.y + 1, 1, height - 2}, app->popup_top, n_lines);
    canvas_text(canvas, box.x + 2, box.y + height - 1, LOOK_DIM,
                n_lines > height - 2 ? " j k more, Esc back " : " Esc back ");
}

void app_draw(App *app)
{
    Canvas *canvas = app->canvas;
    canvas_clear(canvas);
    app->n_zones = 0;
    if (app->option >= session_inputs(app->session)->n_options) app->option = 0;
    if (app_is_too_small(app)) {
        canvas_textf(canvas, 0, 0, LOOK_BOLD, "too small: %dx%d", canvas->width, canvas->height);
        canvas_textf(canvas, 0, 1, LOOK_PLAIN, "need %dx%d", WIDTH_LEAST, HEIGHT_LEAST);
        if (app->mode == MODE_CONFIRM) canvas_text(canvas, 0, 2, LOOK_WARN, "leave? y n s=save");
        return;
    }
    draw_tabs(app);
    Rect body = {0, 1, canvas->width, canvas->height - 3};
    Rect old = canvas_clip(canvas, body);
    screens[app->screen].draw(app, app->states[app->screen], body);
    canvas_unclip(canvas, old);
    int y = canvas->height - 2;
    draw_footer(app, y + 1);
    bool is_reload = app->mode == MODE_CONFIRM && app->confirm == CONFIRM_RELOAD;
    if (app->mode == MODE_HELP || app->mode == MODE_POPUP || is_reload) draw_popup(app);
    if (app->mode == MODE_PROMPT) {
        prompt_draw(app, y);
    } else if (app->message[0] != '\0') {
        canvas_text_fit(canvas, 1, y, canvas->width - 2, app->message_look, app->message);
    } else if (app->is_file_changed) {
        canvas_text_fit(canvas, 1, y, canvas->width - 2, LOOK_WARN, app->notice);
    }
}
