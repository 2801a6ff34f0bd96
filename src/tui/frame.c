/* Frame: tabs, body, footer and what lies over them. Layer: tui (no curses). */
#include "tui/parts.h"

#include <stdio.h>
#include <string.h>

static void draw_tabs(App *app)
{
    Canvas *canvas = app->canvas;
    char head[160];
    snprintf(head, sizeof head, " %s%s ", session_inputs(app->session)->name,
             session_is_dirty(app->session) ? "*" : "");
    bool is_wide = canvas->width >= 100;
    int width = 0;
    for (int i = 0; i < N_SCREENS; i++) width += text_columns(screens[i].title) + (is_wide ? 5 : 3);
    int x = canvas->width - width;
    if (x > 6)
        canvas_text_fit(canvas, 0, 0, x - 1, LOOK_BOLD, head);
    else if (session_is_dirty(app->session))
        canvas_text(canvas, 0, 0, LOOK_BOLD, "*");
    for (int i = 0; i < N_SCREENS; i++) {
        bool is_here = i == (int)app->screen;
        int start = x;
        x += canvas_textf(canvas, x, 0, is_here ? LOOK_SELECTED : LOOK_KEY, is_here ? "[%c " : " %c ",
                          screens[i].key) -
             (is_wide ? 0 : 1);
        x += canvas_text(canvas, x, 0, is_here ? LOOK_SELECTED : LOOK_PLAIN, screens[i].title);
        if (is_here) canvas_text(canvas, x, 0, LOOK_SELECTED, "]");
        x += is_wide ? 2 : 1;
        zone_add(app, (Zone){.rect = {start, 0, x - start, 1}, .kind = ZONE_SCREEN, .row = i});
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
    if (app->mode == MODE_HELP || app->mode == MODE_POPUP) draw_popup(app);
    if (app->mode == MODE_PROMPT) {
        prompt_draw(app, y);
    } else if (app->message[0] != '\0') {
        canvas_text_fit(canvas, 1, y, canvas->width - 2, app->message_look, app->message);
    } else if (app->is_file_changed) {
        canvas_text_fit(canvas, 1, y, canvas->width - 2, LOOK_WARN,
                        "the scenario file has changed on disk; R reads it again");
    }
}
