/* Prompts and questions. Layer: tui (no curses). */
#include "tui/parts.h"
#include "tui/spread.h"

#include "tokentco/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const prompt_labels[] = {
    [PROMPT_FIELD] = "set",          [PROMPT_COMMAND] = ":",       [PROMPT_SEARCH] = "/",
    [PROMPT_FILTER] = "only",        [PROMPT_SAVE_AS] = "save as", [PROMPT_EXPORT] = "write CSV to",
    [PROMPT_GOAL] = "NPV wanted of", [PROMPT_SPREAD] = "",         [PROMPT_SCREEN] = "",
};

void prompt_start(App *app, PromptKind kind, const char *text, bool is_fresh)
{
    app->mode = MODE_PROMPT;
    app->prompt = kind;
    app->prompt_error[0] = '\0';
    app->message[0] = '\0';
    editor_start(&app->editor, text, is_fresh);
}

/* ---- prompts ---- */

/* Says what is wrong with the value while it is typed. */
static void check_value(App *app)
{
    app->prompt_error[0] = '\0';
    const FieldRow *row = field_ref_row(&app->field.ref);
    bool is_number = row->type == FIELD_NUM || row->type == FIELD_INT || row->type == FIELD_OPT;
    if (app->prompt == PROMPT_FIELD && !is_number) return;
    Err err = {0};
    double value;
    const char *unit = app->prompt == PROMPT_GOAL ? "USD" : row->unit;
    bool ok = parse_quantity(app->editor.text, unit, &value, &err);
    if (ok && app->prompt == PROMPT_FIELD) ok = field_check(row, value, &err);
    if (!ok && app->editor.n_bytes > 0)
        snprintf(app->prompt_error, sizeof app->prompt_error, "%.255s", err.text);
}

static void check_spread(App *app)
{
    Err err = {0};
    Text json;
    text_init(&json);
    if (!spread_parse(app->editor.text, field_ref_row(&app->field.ref), &json, &err))
        snprintf(app->prompt_error, sizeof app->prompt_error, "%.255s", err.text);
    text_free(&json);
}

static bool accept_goal(App *app, Err *err)
{
    double target, low, high, value;
    bool is_log;
    if (!parse_quantity(app->editor.text, "USD", &target, err)) return false;
    const FieldRow *row = field_ref_row(&app->field.ref);
    double now = field_get(
        row, inputs_group_const(session_inputs(app->session), app->field.ref.group, app->field.ref.index));
    slider_range(row, now, &low, &high, &is_log);
    if (is_log) {
        low = fmax(row->min, now / 1000.0);
        high = fmin(row->max, now * 1000.0);
    }
    if (!session_seek(app->session, &app->field.ref, app->field.is_shared, app->option, target, low, high,
                      &value, err) ||
        !app_set_number(app, &app->field, value, err))
        return false;
    char text[64];
    format_field(app->session, &app->field, text, sizeof text);
    app_say(app, LOOK_GOOD, "%s = %s reaches it", row->name, text);
    return true;
}

static bool accept(App *app, Err *err)
{
    char text[EDITOR_BYTES];
    snprintf(text, sizeof text, "%s", app->editor.text);
    const Screen *screen = &screens[app->screen];
    switch (app->prompt) {
    case PROMPT_FIELD:
        session_begin_gesture(app->session);
        return app_set_field(app, &app->field, text, err);
    case PROMPT_GOAL:
        session_begin_gesture(app->session);
        return accept_goal(app, err);
    case PROMPT_SEARCH:
        snprintf(app->needle, sizeof app->needle, "%s", text);
        if (screen->search != NULL) screen->search(app, app->states[app->screen], text, 0);
        return true;
    case PROMPT_FILTER:
        if (screen->filter != NULL) screen->filter(app, app->states[app->screen], text);
        return true;
    case PROMPT_SAVE_AS:
        if (text[0] == '\0') return err_set(err, ERR_USAGE, "write a file name");
        app->mode = MODE_NORMAL;
        save_to(app, text, false);
        return true;
    case PROMPT_EXPORT:
        if (text[0] == '\0') return err_set(err, ERR_USAGE, "write a file name");
        write_export(app, text);
        return true;
    case PROMPT_SPREAD:
        session_begin_gesture(app->session);
        return spread_answer(app, text, err);
    case PROMPT_SCREEN:
        session_begin_gesture(app->session);
        return screen->answer == NULL ||
               screen->answer(app, app->states[app->screen], app->question, text, err);
    case PROMPT_COMMAND:
        return palette_run(app, text, err);
    }
    return true;
}

void app_ask(App *app, int question, const char *text, const char *label, const char *hint)
{
    prompt_start(app, PROMPT_SCREEN, text, true);
    app->question = question;
    snprintf(app->question_label, sizeof app->question_label, "%s", label);
    snprintf(app->question_hint, sizeof app->question_hint, "%s", hint);
}

void prompt_key(App *app, Key key)
{
    if (key == KEY_OF_ESCAPE || key == KEY_CTRL('c') || key == KEY_CTRL('g')) {
        app->mode = MODE_NORMAL;
        /* The filter worked while it was typed. */
        if (app->prompt == PROMPT_SPREAD) check_spread(app);
        if (app->prompt == PROMPT_FILTER && screens[app->screen].filter != NULL)
            screens[app->screen].filter(app, app->states[app->screen], "");
        return;
    }
    if (key == KEY_OF_ENTER) {
        Err err = {0};
        PromptKind kind = app->prompt;
        if (accept(app, &err)) {
            bool is_open =
                kind == PROMPT_COMMAND || kind == PROMPT_SAVE_AS; /* these may have opened something else */
            if (!is_open) app->mode = MODE_NORMAL;
        } else {
            snprintf(app->prompt_error, sizeof app->prompt_error, "%.255s", err.text);
        }
        return;
    }
    if (key == KEY_OF_TAB && app->prompt == PROMPT_COMMAND) {
        palette_complete(app);
        return;
    }
    if (!editor_key(&app->editor, key)) return;
    app->prompt_error[0] = '\0';
    if (app->prompt == PROMPT_FIELD || app->prompt == PROMPT_GOAL) check_value(app);
    if (app->prompt == PROMPT_SPREAD) check_spread(app);
    if (app->prompt == PROMPT_FILTER && screens[app->screen].filter != NULL)
        screens[app->screen].filter(app, app->states[app->screen], app->editor.text);
}

static void draw_field_hint(App *app, int y)
{
    const FieldRow *row = field_ref_row(&app->field.ref);
    char low[40], high[40], hint[512];
    number_format(row->min, low, sizeof low);
    number_format(row->max, high, sizeof high);
    if (row->type == FIELD_CHOICE) {
        snprintf(hint, sizeof hint, "%s: %s", row->name, row->unit);
    } else if (row->type == FIELD_TEXT) {
        snprintf(hint, sizeof hint, "%s: %s", row->name, row->doc);
    } else if (row->type == FIELD_FLAG) {
        snprintf(hint, sizeof hint, "%s: yes or no; %s", row->name, row->doc);
    } else {
        snprintf(hint, sizeof hint, "%s: %s%s to %s %s; %s", row->name,
                 (row->flags & FIELD_OPEN_MIN) != 0 ? "more than " : "", low, high, row->unit, row->doc);
    }
    if (app->prompt_error[0] != '\0')
        canvas_text_fit(app->canvas, 1, y, app->canvas->width - 2, LOOK_BAD, app->prompt_error);
    else
        canvas_text_fit(app->canvas, 1, y, app->canvas->width - 2, LOOK_DIM, hint);
}

void prompt_draw(App *app, int y)
{
    if (app->prompt == PROMPT_FIELD) {
        draw_field_hint(app, y);
        /* A screen that has no room for the value leaves the editor to this line. */
        if (!app->canvas->has_cursor)
            editor_draw(&app->editor, app->canvas, 1, y + 1, app->canvas->width - 2);
        return;
    }
    if (app->prompt == PROMPT_COMMAND) palette_draw(app, y);
    char label[160];
    snprintf(label, sizeof label, "%s", prompt_labels[app->prompt]);
    if (app->prompt == PROMPT_GOAL)
        snprintf(label, sizeof label, "NPV wanted of %.40s, by moving %.60s:",
                 session_inputs(app->session)->options[app->option].name,
                 field_ref_row(&app->field.ref)->name);
    const char *hint = app->prompt == PROMPT_SCREEN ? app->question_hint : NULL;
    if (app->prompt == PROMPT_SCREEN) snprintf(label, sizeof label, "%s:", app->question_label);
    if (app->prompt == PROMPT_SPREAD) {
        snprintf(label, sizeof label, "spread of %.60s:", field_ref_row(&app->field.ref)->name);
        hint =
            "0.4 to 2.5 (5 % to 95 %), pert 0 0.3 0.7, triangular, uniform 1 2, normal -1 to 3; empty: none";
    }
    bool has_error = app->prompt_error[0] != '\0';
    if (hint != NULL || has_error) {
        canvas_fill(app->canvas, (Rect){0, y + 1, app->canvas->width, 1}, LOOK_PLAIN);
        canvas_text_fit(app->canvas, 1, y + 1, app->canvas->width - 2, has_error ? LOOK_BAD : LOOK_DIM,
                        has_error ? app->prompt_error : hint);
    }
    canvas_fill(app->canvas, (Rect){0, y, app->canvas->width, 1}, LOOK_PLAIN);
    int x = 1 + canvas_text(app->canvas, 1, y, LOOK_KEY, label) + 1;
    editor_draw(&app->editor, app->canvas, x, y, app->canvas->width - x - 1);
}
