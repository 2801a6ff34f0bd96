/* Prompts, commands, questions and the help text. Layer: tui (no curses). */
#include "tui/app.h"

#include "tokentco/file.h"
#include "tokentco/format.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const prompt_labels[] = {
    [PROMPT_FIELD] = "set",          [PROMPT_COMMAND] = ":",       [PROMPT_SEARCH] = "/",
    [PROMPT_FILTER] = "only",        [PROMPT_SAVE_AS] = "save as", [PROMPT_EXPORT] = "write CSV to",
    [PROMPT_GOAL] = "NPV wanted of",
};

/* Words that the palette takes besides the names of actions and screens. */
static const struct {
    const char *name, *arguments, *help;
} commands[] = {
    {"set", "POINTER VALUE", "set a field: set /options/0/rent/decline_per_year 20%"},
    {"unset", "POINTER", "take a value out of the scenario"},
    {"save-as", "FILE", "write the scenario to a file"},
    {"export", "FILE", "write what is shown as CSV"},
    {"screen", "NAME", "go to a screen"},
    {"plan", "NAME", "look at a plan"},
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

static void check_value(App *app);

void prompt_start(App *app, PromptKind kind, const char *text, bool is_fresh)
{
    app->mode = MODE_PROMPT;
    app->prompt = kind;
    app->prompt_error[0] = '\0';
    app->message[0] = '\0';
    editor_start(&app->editor, text, is_fresh);
}

void confirm_start(App *app, ConfirmKind kind, const char *question)
{
    app->mode = MODE_CONFIRM;
    app->confirm = kind;
    app_say(app, LOOK_WARN, "%s", question);
}

/* ---- saving ---- */

static bool is_shipped(const char *path)
{
    char folder[512];
    if (!shipped_folder_find("scenarios", folder, sizeof folder, NULL)) return false;
    return strncmp(path, folder, strlen(folder)) == 0;
}

void save_to(App *app, const char *path, bool is_asked)
{
    Session *session = app->session;
    bool is_other = strcmp(path, session->path) != 0;
    snprintf(app->pending_path, sizeof app->pending_path, "%s", path);
    if (strcmp(path, "-") == 0) {
        prompt_start(app, PROMPT_SAVE_AS, "", false);
        return;
    }
    if (!is_asked && is_shipped(path)) {
        confirm_start(app, CONFIRM_OVERWRITE,
                      "this is a shipped example: y overwrite it, n no (W saves under another name)");
        return;
    }
    if (!is_asked && is_other && file_exists(path)) {
        confirm_start(app, CONFIRM_OVERWRITE, "the file exists: y overwrite it, n no");
        return;
    }
    char kept[512];
    snprintf(kept, sizeof kept, "%s", path);
    Err err = {0};
    if (session_save(session, kept, &err)) {
        app->is_file_changed = false;
        app_say(app, LOOK_GOOD, "saved %s", session->path);
    } else {
        char text[256];
        err_format(&err, text, sizeof text);
        app_say(app, LOOK_BAD, "not saved: %s", text);
    }
}

void confirm_key(App *app, Key key)
{
    bool is_yes = key == 'y' || key == 'Y', is_save = key == 's' && app->confirm == CONFIRM_QUIT;
    if (!is_yes && !is_save && key != 'n' && key != 'N' && key != KEY_OF_ESCAPE) return;
    app->mode = MODE_NORMAL;
    app->message[0] = '\0';
    if (is_save) {
        save_to(app, app->session->path, false);
        if (app->mode == MODE_NORMAL && !session_is_dirty(app->session)) app->wants_quit = true;
        return;
    }
    if (!is_yes) return;
    Err err = {0};
    char path[512];
    switch (app->confirm) {
    case CONFIRM_QUIT:
        app->wants_quit = true;
        break;
    case CONFIRM_OVERWRITE:
        snprintf(path, sizeof path, "%s", app->pending_path);
        save_to(app, path, true);
        break;
    case CONFIRM_RELOAD:
        app->is_file_changed = false;
        if (session_reload(app->session, &err)) {
            app_say(app, LOOK_GOOD, "read again; the baseline shows what changed, u goes back");
        } else {
            app_say(app, LOOK_BAD, "not read: %s", err.text);
        }
        break;
    }
}

/* ---- commands ---- */

static void write_export(App *app, const char *path)
{
    const Screen *screen = &screens[app->screen];
    Text csv;
    text_init(&csv);
    if (screen->export != NULL) screen->export(app, app->states[app->screen], &csv);
    Err err = {0};
    if (csv.n_bytes == 0) {
        app_say(app, LOOK_WARN, "this screen has nothing to export");
    } else if (file_write_atomic(path, csv.data, csv.n_bytes, &err)) {
        app_say(app, LOOK_GOOD, "wrote %s (%zu bytes)", path, csv.n_bytes);
    } else {
        app_say(app, LOOK_BAD, "not written: %s", err.text);
    }
    text_free(&csv);
}

/* "/options/1/rent/x", or "/rent/x" for the value that all options share. */
static bool field_at_parse(const Session *session, const char *pointer, FieldAt *out, Err *err)
{
    if (field_ref_parse(pointer, &out->ref, err)) {
        out->is_shared = false;
        GroupScope scope = input_groups[out->ref.group].scope;
        const Inputs *inputs = session_inputs(session);
        int n = scope == SCOPE_OPTION ? inputs->n_options : scope == SCOPE_WORKLOAD ? inputs->n_workloads : 1;
        if (out->ref.index < n) return true;
        return err_set(err, ERR_DATA, "%s: there is none with this number", pointer);
    }
    for (int g = 0; g < N_GROUPS; g++) {
        const GroupRow *group = &input_groups[g];
        size_t length = strlen(group->name);
        if (group->scope != SCOPE_OPTION || strncmp(pointer + 1, group->name, length) != 0) continue;
        if (pointer[0] != '/' || pointer[1 + length] != '/') continue;
        const FieldRow *row = field_find(group->rows, group->n_rows, pointer + 2 + length);
        if (row == NULL) continue;
        *out = (FieldAt){{0, (GroupId)g, (int)(row - group->rows)}, true};
        if (err != NULL) *err = (Err){0};
        return true;
    }
    return false;
}

static bool set_by_pointer(App *app, const char *arguments, Err *err)
{
    char pointer[POINTER_BYTES];
    size_t length = strcspn(arguments, " ");
    FieldAt field;
    if (length == 0 || length >= sizeof pointer || arguments[length] == '\0')
        return err_set(err, ERR_USAGE, "write: set POINTER VALUE");
    snprintf(pointer, sizeof pointer, "%.*s", (int)length, arguments);
    return field_at_parse(app->session, pointer, &field, err) &&
           app_set_field(app, &field, arguments + length + strspn(arguments + length, " "), err);
}

static bool go_to_screen(App *app, const char *name)
{
    for (int i = 0; i < N_SCREENS; i++) {
        if (strcmp(screens[i].name, name) != 0) continue;
        app->screen = (ScreenId)i;
        return true;
    }
    return false;
}

static bool look_at_plan(App *app, const char *name)
{
    const Inputs *inputs = session_inputs(app->session);
    for (int i = 0; i < inputs->n_options; i++) {
        if (strcmp(inputs->options[i].name, name) != 0) continue;
        app->option = i;
        return true;
    }
    return false;
}

bool app_command(App *app, const char *line, Err *err)
{
    char word[48];
    size_t length = strcspn(line, " ");
    const char *arguments = line + length + strspn(line + length, " ");
    if (length == 0) return true;
    if (length >= sizeof word) return err_set(err, ERR_USAGE, "unknown command; Tab completes");
    snprintf(word, sizeof word, "%.*s", (int)length, line);
    bool has_arguments = arguments[0] != '\0';
    if (strcmp(word, "set") == 0) return set_by_pointer(app, arguments, err);
    if (strcmp(word, "unset") == 0) return session_unset(app->session, arguments, err);
    if (strcmp(word, "save-as") == 0 && has_arguments) {
        save_to(app, arguments, false);
        return true;
    }
    if (strcmp(word, "export") == 0 && has_arguments) {
        write_export(app, arguments);
        return true;
    }
    if (strcmp(word, "screen") == 0)
        return go_to_screen(app, arguments) || err_set(err, ERR_USAGE, "no screen '%.40s'", arguments);
    if (strcmp(word, "plan") == 0)
        return look_at_plan(app, arguments) || err_set(err, ERR_USAGE, "no plan '%.40s'", arguments);
    ActionId action = action_find(word);
    if (action != ACTION_NONE && !has_arguments) {
        if ((actions[action].screens & (1u << app->screen)) == 0)
            return err_set(err, ERR_USAGE, "%s does nothing on this screen", word);
        app_perform(app, action);
        return true;
    }
    if (!has_arguments && go_to_screen(app, word)) return true;
    return err_set(err, ERR_USAGE, "unknown command '%.40s'; Tab completes, ? shows the keys", word);
}

/* ---- completion ---- */

/* Do the letters of `part` come in this order in `name`? */
static bool is_fuzzy(const char *name, const char *part)
{
    for (; *part != '\0'; part++) {
        name = strchr(name, *part);
        if (name == NULL) return false;
        name++;
    }
    return true;
}

typedef struct Candidates {
    const char *names[N_ACTIONS + N_SCREENS + N_COMMANDS];
    int n;
} Candidates;

static void offer(Candidates *list, const char *name, const char *part, bool is_start)
{
    bool starts = strncmp(name, part, strlen(part)) == 0;
    if (starts == is_start && is_fuzzy(name, part)) list->names[list->n++] = name;
}

/* Names that start with the text first, then those that hold its letters. */
static Candidates complete(const App *app)
{
    Candidates list = {.n = 0};
    const char *part = app->editor.text;
    for (int pass = 0; pass < 2; pass++) {
        bool is_start = pass == 0;
        for (int i = 0; i < N_COMMANDS; i++) offer(&list, commands[i].name, part, is_start);
        for (int i = 0; i < N_SCREENS; i++) offer(&list, screens[i].name, part, is_start);
        for (int i = ACTION_NONE + 1; i < N_ACTIONS; i++) {
            bool is_command =
                strcmp(actions[i].name, "save-as") == 0 || strcmp(actions[i].name, "export") == 0;
            if (!is_command && (actions[i].screens & (1u << app->screen)) != 0)
                offer(&list, actions[i].name, part, is_start);
        }
    }
    return list;
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
    case PROMPT_COMMAND: {
        Candidates list = complete(app);
        bool is_exact = strchr(text, ' ') != NULL || list.n == 0 || strcmp(list.names[0], text) == 0;
        app->mode = MODE_NORMAL;
        bool ok = app_command(app, is_exact ? text : list.names[0], err);
        if (!ok) app->mode = MODE_PROMPT;
        return ok;
    }
    }
    return true;
}

void prompt_key(App *app, Key key)
{
    if (key == KEY_OF_ESCAPE || key == KEY_CTRL('c') || key == KEY_CTRL('g')) {
        app->mode = MODE_NORMAL;
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
        Candidates list = complete(app);
        if (list.n > 0) editor_start(&app->editor, list.names[0], false);
        return;
    }
    if (!editor_key(&app->editor, key)) return;
    app->prompt_error[0] = '\0';
    if (app->prompt == PROMPT_FIELD || app->prompt == PROMPT_GOAL) check_value(app);
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

static void draw_candidates(App *app, int y)
{
    Candidates list = complete(app);
    int room = app->canvas->height - 4 < 10 ? app->canvas->height - 4 : 10;
    int n = list.n < room ? list.n : room;
    if (strchr(app->editor.text, ' ') != NULL) n = 0;
    Rect box = {1, y - n - 1, 58 < app->canvas->width - 2 ? 58 : app->canvas->width - 2, n + 1};
    if (n > 0) canvas_fill(app->canvas, box, LOOK_PLAIN);
    for (int i = 0; i < n; i++) {
        const char *help = "go to this screen";
        ActionId action = action_find(list.names[i]);
        if (action != ACTION_NONE) help = actions[action].help;
        for (int j = 0; j < N_COMMANDS; j++)
            if (strcmp(commands[j].name, list.names[i]) == 0) help = commands[j].help;
        canvas_text_fit(app->canvas, 2, y - n + i, 16, i == 0 ? LOOK_SELECTED : LOOK_BOLD, list.names[i]);
        canvas_text_fit(app->canvas, 19, y - n + i, box.width - 20, LOOK_DIM, help);
    }
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
    if (app->prompt == PROMPT_COMMAND) draw_candidates(app, y);
    char label[160];
    snprintf(label, sizeof label, "%s", prompt_labels[app->prompt]);
    if (app->prompt == PROMPT_GOAL)
        snprintf(label, sizeof label, "NPV wanted of %.40s, by moving %.60s:",
                 session_inputs(app->session)->options[app->option].name,
                 field_ref_row(&app->field.ref)->name);
    canvas_fill(app->canvas, (Rect){0, y, app->canvas->width, 1}, LOOK_PLAIN);
    int x = 1 + canvas_text(app->canvas, 1, y, LOOK_KEY, label) + 1;
    int room = app->canvas->width - x - 1;
    int error_columns = app->prompt_error[0] != '\0' ? room / 2 : 0;
    editor_draw(&app->editor, app->canvas, x, y, room - error_columns);
    canvas_text_fit(app->canvas, x + room - error_columns + 1, y, error_columns - 1, LOOK_BAD,
                    app->prompt_error);
}

/* ---- help ---- */

void help_fill(App *app)
{
    Text *out = &app->popup;
    text_clear(out);
    text_addf(out, "%s\n", screens[app->screen].doc);
    const char *group = "";
    for (int i = ACTION_NONE + 1; i < N_ACTIONS; i++) {
        const Action *action = &actions[i];
        if ((action->screens & (1u << app->screen)) == 0) continue;
        if (strcmp(group, action->group) != 0) text_addf(out, "%s\n", action->group);
        group = action->group;
        text_addf(out, "  %-10s %s\n", action->keys, action->help);
    }
    text_add(out, "Screens\n");
    for (int i = 0; i < N_SCREENS; i++)
        text_addf(out, "  %-10c %s: %s\n", screens[i].key, screens[i].title, screens[i].doc);
    text_add(
        out,
        "Values\n  2.49/h  8x  70%  1.5k  3.2M  36mo  50ms are all understood, where they fit the unit\n");
}
