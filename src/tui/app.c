/* App: dispatch of keys and clicks, and the frame around every screen. Layer: tui (no curses). */
#include "tui/app.h"

#include "tokentco/file.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *theme_name(Theme theme)
{
    static const char *const names[N_THEMES] = {"dark", "light", "contrast", "mono"};
    return names[theme];
}

void app_init(App *app, Session *session, Canvas *canvas)
{
    *app = (App){.session = session, .canvas = canvas, .has_mouse = true};
    for (int i = 0; i < N_SCREENS; i++) {
        app->states[i] = calloc(1, screens[i].state_bytes + 1);
        if (app->states[i] == NULL) abort();
    }
    int best = session_best_option(session);
    app->option = best < 0 ? 0 : best;
}

void app_free(App *app)
{
    for (int i = 0; i < N_SCREENS; i++) free(app->states[i]);
    text_free(&app->popup);
    text_free(&app->clipboard);
}

void app_say(App *app, Look look, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vsnprintf(app->message, sizeof app->message, format, args);
    va_end(args);
    app->message_look = look;
}

bool app_is_too_small(const App *app)
{
    return app->canvas->width < WIDTH_LEAST || app->canvas->height < HEIGHT_LEAST;
}

bool app_is_editing(const App *app, const FieldAt *field)
{
    return app->mode == MODE_PROMPT && app->prompt == PROMPT_FIELD &&
           app->field.is_shared == field->is_shared && app->field.ref.group == field->ref.group &&
           app->field.ref.row == field->ref.row &&
           (field->is_shared || app->field.ref.index == field->ref.index);
}

void app_popup(App *app, const char *title)
{
    snprintf(app->popup_title, sizeof app->popup_title, "%s", title);
    app->popup_top = 0;
    app->mode = MODE_POPUP;
}

/* ---- edits ---- */

static void log_set(App *app, const char *pointer, const char *value)
{
    if (app->log == NULL) return;
    char line[POINTER_BYTES + FIELD_TEXT_BYTES + 8];
    snprintf(line, sizeof line, "set %s %s", pointer, value);
    app->log(app->log_context, line);
}

bool app_set_number(App *app, const FieldAt *field, double value, Err *err)
{
    char pointer[POINTER_BYTES], text[40];
    session_pointer(&field->ref, field->is_shared, pointer);
    if (!session_set_number(app->session, pointer, field_ref_row(&field->ref), value, err)) return false;
    number_format(value, text, sizeof text);
    log_set(app, pointer, text);
    return true;
}

static bool flag_parse(const char *text, double *out, Err *err)
{
    static const char *const words[] = {"no", "yes", "false", "true", "0", "1", "off", "on"};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++) {
        if (strcmp(words[i], text) != 0) continue;
        *out = (double)(i % 2);
        return true;
    }
    return err_set(err, ERR_DATA, "write yes or no");
}

static bool is_choice(const FieldRow *row, const char *text)
{
    char name[FIELD_TEXT_BYTES];
    for (int i = 0; field_choice_name(row, i, name, sizeof name); i++)
        if (strcmp(name, text) == 0) return true;
    return false;
}

bool app_set_field(App *app, const FieldAt *field, const char *text, Err *err)
{
    const FieldRow *row = field_ref_row(&field->ref);
    char pointer[POINTER_BYTES];
    double value = 0.0;
    switch (row->type) {
    case FIELD_NUM:
    case FIELD_OPT:
    case FIELD_INT:
        return parse_quantity(text, row->unit, &value, err) && app_set_number(app, field, value, err);
    case FIELD_FLAG:
        return flag_parse(text, &value, err) && app_set_number(app, field, value, err);
    case FIELD_ARRAY:
        return err_set(err, ERR_DATA, "lists are edited in the file");
    case FIELD_CHOICE:
        if (!is_choice(row, text)) return err_set(err, ERR_DATA, "'%.40s' is not one of %s", text, row->unit);
        break;
    case FIELD_TEXT:
        break;
    }
    session_pointer(&field->ref, field->is_shared, pointer);
    if (!session_set_text(app->session, pointer, text, err)) return false;
    log_set(app, pointer, text);
    return true;
}

/* Moves the value under the cursor; choices and switches go to the next. */
static void step_field(App *app, int n)
{
    const Screen *screen = &screens[app->screen];
    FieldAt field;
    if (screen->field == NULL || !screen->field(app, app->states[app->screen], &field)) {
        app_say(app, LOOK_DIM, "no value under the cursor");
        return;
    }
    const FieldRow *row = field_ref_row(&field.ref);
    const void *group = inputs_group_const(session_inputs(app->session), field.ref.group, field.ref.index);
    double value = field_get(row, group), next;
    char name[FIELD_TEXT_BYTES];
    Err err = {0};
    bool ok = false;
    switch (row->type) {
    case FIELD_NUM:
    case FIELD_OPT:
    case FIELD_INT:
        next = field_step_value(row, value, n);
        if (next == value) {
            err_set(&err, ERR_DATA, "at the end of its range");
        } else {
            ok = app_set_number(app, &field, next, &err);
        }
        break;
    case FIELD_FLAG:
        ok = app_set_number(app, &field, value == 0.0 ? 1.0 : 0.0, &err);
        break;
    case FIELD_CHOICE:
        ok = field_choice_name(row, (int)value + (n > 0 ? 1 : -1), name, sizeof name) &&
             app_set_field(app, &field, name, &err);
        if (!ok) err_set(&err, ERR_DATA, "no further choice");
        break;
    case FIELD_TEXT:
    case FIELD_ARRAY:
        err_set(&err, ERR_DATA, "press Enter to edit");
        break;
    }
    if (!ok) {
        app_say(app, LOOK_WARN, "%s: %s", row->name, err.text);
        return;
    }
    char text[FIELD_TEXT_BYTES + 32];
    format_field(app->session, &field, text, sizeof text);
    app_say(app, LOOK_PLAIN, "%s = %s", row->name, text);
}

static void reset_field(App *app)
{
    const Screen *screen = &screens[app->screen];
    FieldAt field;
    char pointer[POINTER_BYTES];
    Err err = {0};
    if (screen->field == NULL || !screen->field(app, app->states[app->screen], &field)) return;
    session_pointer(&field.ref, field.is_shared, pointer);
    session_begin_gesture(app->session);
    if (!session_unset(app->session, pointer, &err)) {
        app_say(app, LOOK_WARN, "%s", err.text);
        return;
    }
    if (app->log != NULL) {
        char line[POINTER_BYTES + 8];
        snprintf(line, sizeof line, "unset %s", pointer);
        app->log(app->log_context, line);
    }
    app_say(app, LOOK_PLAIN, "%s: taken out of the scenario", pointer);
}

static void undo_or_redo(App *app, bool is_undo)
{
    char what[POINTER_BYTES];
    bool ok = is_undo ? session_undo(app->session, what) : session_redo(app->session, what);
    if (!ok) {
        app_say(app, LOOK_DIM, is_undo ? "nothing to undo" : "nothing to redo");
        return;
    }
    if (app->log != NULL) app->log(app->log_context, is_undo ? "undo" : "redo");
    app_say(app, LOOK_PLAIN, "%s %s (%d of %d edits)", is_undo ? "undid" : "did again",
            what[0] != '\0' ? what : "all", app->session->n_done, app->session->n_edits);
}

static void start_field_prompt(App *app, PromptKind kind)
{
    const Screen *screen = &screens[app->screen];
    if (screen->field == NULL || !screen->field(app, app->states[app->screen], &app->field)) {
        app_say(app, LOOK_DIM, "no value under the cursor");
        return;
    }
    const FieldRow *row = field_ref_row(&app->field.ref);
    const void *group =
        inputs_group_const(session_inputs(app->session), app->field.ref.group, app->field.ref.index);
    char text[FIELD_TEXT_BYTES] = "";
    if (kind == PROMPT_GOAL) {
        const OptionResult *result = session_result(app->session, app->option);
        if (result->is_feasible) snprintf(text, sizeof text, "%.0f", result->npv_usd);
    } else if (row->type == FIELD_TEXT || row->type == FIELD_CHOICE || row->type == FIELD_FLAG) {
        field_format(row, group, text, sizeof text);
        if (strcmp(text, "-") == 0) text[0] = '\0';
    } else if (field_is_given(row, group)) {
        number_format(field_get(row, group), text, sizeof text);
    }
    prompt_start(app, kind, text, true);
}

/* ---- actions ---- */

static void switch_screen(App *app, int screen)
{
    app->screen = (ScreenId)((screen + N_SCREENS) % N_SCREENS);
    app->message[0] = '\0';
}

static void export_text(App *app, Text *csv)
{
    const Screen *screen = &screens[app->screen];
    if (screen->export != NULL) screen->export(app, app->states[app->screen], csv);
}

static void copy_view(App *app)
{
    text_clear(&app->clipboard);
    export_text(app, &app->clipboard);
    if (app->clipboard.n_bytes == 0) canvas_dump(app->canvas, false, &app->clipboard);
    app_say(app, LOOK_PLAIN, "copied %zu bytes to the terminal's clipboard", app->clipboard.n_bytes);
}

static void ask_to_quit(App *app)
{
    if (!session_is_dirty(app->session)) {
        app->wants_quit = true;
        return;
    }
    confirm_start(app, CONFIRM_QUIT, "unsaved edits: s save and leave, y leave without saving, n stay");
}

static bool perform_common(App *app, ActionId action)
{
    const Screen *screen = &screens[app->screen];
    switch ((int)action) {
    case ACTION_HELP:
        help_fill(app);
        app_popup(app, screen->title);
        app->mode = MODE_HELP;
        return true;
    case ACTION_PALETTE:
        prompt_start(app, PROMPT_COMMAND, "", false);
        return true;
    case ACTION_QUIT:
        ask_to_quit(app);
        return true;
    case ACTION_INTERRUPT:
        confirm_start(app, CONFIRM_QUIT, "leave? s save first, y yes, n no");
        return true;
    case ACTION_BACK:
        app->message[0] = '\0';
        return true;
    case ACTION_SAVE:
        save_to(app, app->session->path, false);
        return true;
    case ACTION_SAVE_AS:
        prompt_start(app, PROMPT_SAVE_AS, app->session->path, false);
        return true;
    case ACTION_EXPORT: {
        char name[128];
        snprintf(name, sizeof name, "%.64s-%s.csv", session_inputs(app->session)->name, screen->name);
        prompt_start(app, PROMPT_EXPORT, name, false);
        return true;
    }
    case ACTION_COPY:
        copy_view(app);
        return true;
    case ACTION_THEME:
        app->theme = (Theme)((app->theme + 1) % N_THEMES);
        app->wants_redraw = true;
        app_say(app, LOOK_PLAIN, "theme %s", theme_name(app->theme));
        return true;
    case ACTION_MOUSE:
        app->has_mouse = !app->has_mouse;
        app_say(app, LOOK_PLAIN, app->has_mouse ? "mouse on" : "mouse off: the terminal selects text");
        return true;
    case ACTION_REDRAW:
        app->wants_redraw = true;
        return true;
    case ACTION_RELOAD:
        confirm_start(app, CONFIRM_RELOAD, "read the file again? y yes, n no (u undoes it)");
        return true;
    case ACTION_NEXT_SCREEN:
        switch_screen(app, (int)app->screen + 1);
        return true;
    case ACTION_PREVIOUS_SCREEN:
        switch_screen(app, (int)app->screen - 1);
        return true;
    case ACTION_UNDO:
        undo_or_redo(app, true);
        return true;
    case ACTION_REDO:
        undo_or_redo(app, false);
        return true;
    case ACTION_PIN:
        session_pin(app->session);
        app_say(app, LOOK_PLAIN, "baseline pinned: deltas count from here");
        return true;
    case ACTION_STEP_UP:
        step_field(app, 1);
        return true;
    case ACTION_STEP_DOWN:
        step_field(app, -1);
        return true;
    case ACTION_TEN_UP:
        step_field(app, 10);
        return true;
    case ACTION_TEN_DOWN:
        step_field(app, -10);
        return true;
    case ACTION_RESET:
        reset_field(app);
        return true;
    case ACTION_ENTER:
        start_field_prompt(app, PROMPT_FIELD);
        return true;
    case ACTION_GOAL:
        start_field_prompt(app, PROMPT_GOAL);
        return true;
    case ACTION_SEARCH:
        prompt_start(app, PROMPT_SEARCH, "", false);
        return true;
    case ACTION_FILTER:
        prompt_start(app, PROMPT_FILTER, "", false);
        return true;
    case ACTION_SEARCH_NEXT:
    case ACTION_SEARCH_PREVIOUS:
        if (screen->search != NULL && app->needle[0] != '\0')
            screen->search(app, app->states[app->screen], app->needle, action == ACTION_SEARCH_NEXT ? 1 : -1);
        return true;
    default:
        return false;
    }
}

void app_perform(App *app, ActionId action)
{
    const Screen *screen = &screens[app->screen];
    if (action == ACTION_NONE || app_is_too_small(app)) return;
    /* Moving about ends a run of small steps: what follows is another step of undo. */
    if (action != ACTION_STEP_UP && action != ACTION_STEP_DOWN) session_begin_gesture(app->session);
    if (screen->handle(app, app->states[app->screen], action)) return;
    perform_common(app, action);
}

static void popup_key(App *app, Key key)
{
    ActionId action = action_of_key(key, app->screen);
    int page = app->canvas->height - 6;
    ListView view = {app->popup_top, app->popup_top};
    if (list_handle(&view, action, app->popup_lines, page)) {
        int last = app->popup_lines - page;
        app->popup_top = view.cursor > last ? (last > 0 ? last : 0) : view.cursor;
        return;
    }
    app->mode = MODE_NORMAL;
}

static int screen_of_key(Key key)
{
    for (int i = 0; i < N_SCREENS; i++)
        if ((Key)screens[i].key == key) return i;
    return -1;
}

void app_key(App *app, Key key)
{
    if (app_is_too_small(app)) {
        if (key == 'q' || key == KEY_CTRL('c')) ask_to_quit(app);
        if (app->mode == MODE_CONFIRM && key != 'q') confirm_key(app, key);
        return;
    }
    switch (app->mode) {
    case MODE_PROMPT:
        prompt_key(app, key);
        return;
    case MODE_CONFIRM:
        confirm_key(app, key);
        return;
    case MODE_HELP:
    case MODE_POPUP:
        popup_key(app, key);
        return;
    case MODE_NORMAL:
        break;
    }
    int screen = screen_of_key(key);
    if (screen >= 0) {
        switch_screen(app, screen);
        return;
    }
    ActionId action = action_of_key(key, app->screen);
    if (action != ACTION_NONE) {
        app_perform(app, action);
        return;
    }
    char name[16];
    key_format(key, name, sizeof name);
    app_say(app, LOOK_DIM, "%s means nothing here; ? shows the keys", name);
}

/* ---- mouse ---- */

static void add_zone(App *app, Zone zone)
{
    if (app->n_zones < ZONES_MAX) app->zones[app->n_zones++] = zone;
}

void app_zone_row(App *app, Rect rect, int pane, int row)
{
    add_zone(app, (Zone){.rect = rect, .kind = ZONE_ROW, .pane = pane, .row = row});
}

void app_zone_slider(App *app, Rect rect, const FieldAt *field, double low, double high, bool is_log)
{
    add_zone(
        app,
        (Zone){
            .rect = rect, .kind = ZONE_SLIDER, .low = low, .high = high, .is_log = is_log, .field = *field});
}

static void drag_slider(App *app, int x)
{
    const Zone *zone = &app->drag;
    const FieldRow *row = field_ref_row(&zone->field.ref);
    double share = zone->rect.width > 1 ? (double)(x - zone->rect.x) / (zone->rect.width - 1) : 0.0;
    share = share < 0.0 ? 0.0 : share > 1.0 ? 1.0 : share;
    double value = zone->is_log ? zone->low * pow(zone->high / zone->low, share)
                                : zone->low + share * (zone->high - zone->low);
    char digits[40];
    snprintf(digits, sizeof digits, "%.3g", value);
    value = row->type == FIELD_INT ? round(value) : strtod(digits, NULL);
    if (value < row->min || value > row->max) value = fmin(fmax(value, row->min), row->max);
    Err err = {0};
    if (!app_set_number(app, &zone->field, value, &err))
        app_say(app, LOOK_WARN, "%s: %s", row->name, err.text);
}

void app_mouse(App *app, MouseKind kind, int x, int y)
{
    if (app_is_too_small(app) || app->mode == MODE_PROMPT || app->mode == MODE_CONFIRM) return;
    if (kind == MOUSE_WHEEL_UP || kind == MOUSE_WHEEL_DOWN) {
        app_key(app, kind == MOUSE_WHEEL_UP ? KEY_OF_UP : KEY_OF_DOWN);
        return;
    }
    if (kind == MOUSE_RELEASE) app->is_dragging = false;
    if (kind == MOUSE_DRAG && app->is_dragging) drag_slider(app, x);
    if (kind != MOUSE_PRESS || app->mode != MODE_NORMAL) {
        if (kind == MOUSE_PRESS) app->mode = MODE_NORMAL;
        return;
    }
    for (int i = app->n_zones - 1; i >= 0; i--) {
        const Zone *zone = &app->zones[i];
        if (!rect_contains(zone->rect, x, y)) continue;
        if (zone->kind == ZONE_SCREEN) {
            switch_screen(app, zone->row);
        } else if (zone->kind == ZONE_SLIDER) {
            session_begin_gesture(app->session);
            app->drag = *zone;
            app->is_dragging = true;
            drag_slider(app, x);
        } else if (screens[app->screen].click != NULL) {
            screens[app->screen].click(app, app->states[app->screen], zone->pane, zone->row);
        }
        return;
    }
}

/* ---- frame ---- */

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
        add_zone(app, (Zone){.rect = {start, 0, x - start, 1}, .kind = ZONE_SCREEN, .row = i});
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
