/* Saving, exporting, and the questions before something is lost. Layer: tui (no curses). */
#include "tui/parts.h"

#include "tokentco/file.h"

#include <stdio.h>
#include <string.h>

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

void confirm_start(App *app, ConfirmKind kind, const char *question)
{
    app->mode = MODE_CONFIRM;
    app->confirm = kind;
    app_say(app, LOOK_WARN, "%s", question);
}

void ask_to_quit(App *app)
{
    if (!session_is_dirty(app->session)) {
        app->wants_quit = true;
        return;
    }
    confirm_start(app, CONFIRM_QUIT, "unsaved edits: s save and leave, y leave without saving, n stay");
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
    if (!is_yes) {
        session_drop_stage(app->session);
        return;
    }
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
        reload_files(app);
        break;
    }
}

static void export_text(App *app, Text *csv)
{
    const Screen *screen = &screens[app->screen];
    if (screen->export != NULL) screen->export(app, app->states[app->screen], csv);
}

void write_export(App *app, const char *path)
{
    Text csv;
    text_init(&csv);
    export_text(app, &csv);
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

void copy_view(App *app)
{
    text_clear(&app->clipboard);
    export_text(app, &app->clipboard);
    if (app->clipboard.n_bytes == 0) canvas_dump(app->canvas, false, &app->clipboard);
    app_say(app, LOOK_PLAIN, "copied %zu bytes to the terminal's clipboard", app->clipboard.n_bytes);
}
