/* Palette: commands by name, as scripts and the journal write them too, and their completion. Layer: tui (no
 * curses). */
#include "tui/parts.h"

#include "tokentco/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Words that the palette takes besides the names of actions and screens. */
static const struct {
    const char *name, *arguments, *help;
} commands[] = {
    {"set", "POINTER VALUE", "set a field: set /options/0/rent/decline_per_year 20%"},
    {"unset", "POINTER", "take a value out of the scenario"},
    {"put", "POINTER JSON", "put JSON at a place of the scenario: put /events [...]"},
    {"reload-now", "", "read the files again without asking"},
    {"save-as", "FILE", "write the scenario to a file"},
    {"export", "FILE", "write what is shown as CSV"},
    {"screen", "NAME", "go to a screen"},
    {"plan", "NAME", "look at a plan"},
};
enum { N_COMMANDS = sizeof commands / sizeof commands[0] };

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

static bool put_by_pointer(App *app, const char *arguments, Err *err)
{
    char pointer[POINTER_BYTES];
    size_t length = strcspn(arguments, " ");
    if (length == 0 || length >= sizeof pointer || arguments[length] == '\0')
        return err_set(err, ERR_USAGE, "write: put POINTER JSON");
    snprintf(pointer, sizeof pointer, "%.*s", (int)length, arguments);
    return app_put_raw(app, pointer, arguments + length + 1, err);
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
    session_begin_gesture(app->session);
    if (length >= sizeof word) return err_set(err, ERR_USAGE, "unknown command; Tab completes");
    snprintf(word, sizeof word, "%.*s", (int)length, line);
    bool has_arguments = arguments[0] != '\0';
    if (strcmp(word, "set") == 0) return set_by_pointer(app, arguments, err);
    if (strcmp(word, "unset") == 0) return app_put_raw(app, arguments, "", err);
    if (strcmp(word, "put") == 0) return put_by_pointer(app, arguments, err);
    if (strcmp(word, "reload-now") == 0) {
        reload_files(app);
        return true;
    }
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

void palette_complete(App *app)
{
    Candidates list = complete(app);
    if (list.n > 0) editor_start(&app->editor, list.names[0], false);
}

bool palette_run(App *app, const char *text, Err *err)
{
    Candidates list = complete(app);
    bool is_exact = strchr(text, ' ') != NULL || list.n == 0 || strcmp(list.names[0], text) == 0;
    app->mode = MODE_NORMAL;
    bool ok = app_command(app, is_exact ? text : list.names[0], err);
    if (!ok) app->mode = MODE_PROMPT;
    return ok;
}

void palette_draw(App *app, int y)
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
