/* Edits: the value under the cursor is typed, stepped, reset, undone. Layer: tui (no curses). */
#include "tui/parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The journal's line: the command of the palette that does the same. */
static void log_edit(App *app, const char *command, const char *pointer, const char *value)
{
    if (app->log == NULL) return;
    Text line;
    text_init(&line);
    text_addf(&line, "%s %s%s%s", command, pointer, value[0] != '\0' ? " " : "", value);
    app->log(app->log_context, text_str(&line));
    text_free(&line);
}

bool app_put_raw(App *app, const char *pointer, const char *json, Err *err)
{
    bool is_out = json[0] == '\0';
    bool ok = is_out ? session_unset(app->session, pointer, err)
                     : session_set_raw(app->session, pointer, json, err);
    if (ok) log_edit(app, is_out ? "unset" : "put", pointer, json);
    return ok;
}

bool app_set_number(App *app, const FieldAt *field, double value, Err *err)
{
    char pointer[POINTER_BYTES], text[40];
    session_pointer(&field->ref, field->is_shared, pointer);
    if (!session_set_number(app->session, pointer, field_ref_row(&field->ref), value, err)) return false;
    number_format(value, text, sizeof text);
    log_edit(app, "set", pointer, text);
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
        session_pointer(&field->ref, field->is_shared, pointer);
        return err_set(err, ERR_DATA, "a list: edit it in the file, or type : put %s [1, 2]", pointer);
    case FIELD_CHOICE:
        if (!is_choice(row, text)) return err_set(err, ERR_DATA, "'%.40s' is not one of %s", text, row->unit);
        break;
    case FIELD_TEXT:
        break;
    }
    session_pointer(&field->ref, field->is_shared, pointer);
    if (!session_set_text(app->session, pointer, text, err)) return false;
    log_edit(app, "set", pointer, text);
    return true;
}

bool field_at_cursor(App *app, FieldAt *out)
{
    const Screen *screen = &screens[app->screen];
    return screen->field != NULL && screen->field(app, app->states[app->screen], out);
}

/* Moves the value under the cursor; choices and switches go to the next. */
void step_field(App *app, int n)
{
    FieldAt field;
    if (!field_at_cursor(app, &field)) {
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

void reset_field(App *app)
{
    FieldAt field;
    char pointer[POINTER_BYTES];
    Err err = {0};
    if (!field_at_cursor(app, &field)) return;
    session_pointer(&field.ref, field.is_shared, pointer);
    session_begin_gesture(app->session);
    if (!app_put_raw(app, pointer, "", &err)) {
        app_say(app, LOOK_WARN, "%s", err.text);
        return;
    }
    app_say(app, LOOK_PLAIN, "%s: taken out of the scenario", pointer);
}

void undo_or_redo(App *app, bool is_undo)
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

void start_field_prompt(App *app, PromptKind kind)
{
    if (!field_at_cursor(app, &app->field)) {
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
