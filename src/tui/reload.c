/* Files that changed on disk: what they would change here, and reading them again. Layer: tui (no curses). */
#include "tui/parts.h"

#include "tokentco/format.h"

#include <stdio.h>
#include <string.h>

enum { DIFFERENCES_MAX = 40 };

void notice_changes(App *app)
{
    Session *session = app->session;
    Err err = {0};
    app->is_file_changed = true;
    if (!session_stage(session, &err)) {
        char text[200];
        err_format(&err, text, sizeof text);
        snprintf(app->notice, sizeof app->notice, "changed on disk, but it has a fault: %s", text);
        return;
    }
    Text first;
    text_init(&first);
    int n = snapshot_differences(session->now, session->staged, 1, &first);
    session_drop_stage(session);
    char line[160], more[48] = "";
    snprintf(line, sizeof line, "%.*s", (int)strcspn(text_str(&first), "\n"), text_str(&first));
    if (n > 1) snprintf(more, sizeof more, " and %d more", n - 1);
    snprintf(app->notice, sizeof app->notice, "changed on disk: %s%s; R shows and reads it", line, more);
    /* Saving here changes the file too. */
    app->is_file_changed = n > 0;
    text_free(&first);
}

static void add_results(App *app)
{
    const Snapshot *staged = app->session->staged;
    const Inputs *after = &staged->resolved.inputs, *before = session_inputs(app->session);
    text_add(&app->popup, "NPV\n");
    for (int i = 0; i < after->n_options; i++) {
        const OptionResult *fresh = workspace_result(staged->workspace, i);
        char now[FORMAT_BYTES] = "-", then[FORMAT_BYTES] = "-", delta[FORMAT_BYTES] = "";
        bool has_now = i < before->n_options && session_result(app->session, i)->is_feasible;
        if (has_now) format_grouped(session_result(app->session, i)->npv_usd, now);
        if (fresh->is_feasible) format_grouped(fresh->npv_usd, then);
        if (has_now && fresh->is_feasible)
            format_delta(fresh->npv_usd - session_result(app->session, i)->npv_usd, delta);
        text_addf(&app->popup, "  %-26.26s %12s -> %12s  %s\n", after->options[i].name, now, then, delta);
    }
}

void ask_to_reload(App *app)
{
    Session *session = app->session;
    Err err = {0};
    if (!session_stage(session, &err)) {
        char text[220];
        err_format(&err, text, sizeof text);
        app_say(app, LOOK_BAD, "not read: %s", text);
        return;
    }
    Text lines;
    text_init(&lines);
    int n = snapshot_differences(session->now, session->staged, DIFFERENCES_MAX, &lines);
    text_clear(&app->popup);
    text_addf(&app->popup, "%d values would change\n", n);
    for (const char *at = text_str(&lines); *at != '\0';) {
        size_t length = strcspn(at, "\n");
        text_add(&app->popup, "  ");
        text_addn(&app->popup, at, length + 1);
        at += length + 1;
    }
    if (n > DIFFERENCES_MAX) text_addf(&app->popup, "  and %d more\n", n - DIFFERENCES_MAX);
    text_free(&lines);
    add_results(app);
    app_popup(app, "Read the files again");
    confirm_start(app, CONFIRM_RELOAD, "read the files again? y yes, n no (u undoes the scenario's part)");
}

void reload_files(App *app)
{
    Err err = {0};
    app->is_file_changed = false;
    if (app->session->staged == NULL && !session_stage(app->session, &err)) {
        app_say(app, LOOK_BAD, "not read: %s", err.text);
        return;
    }
    if (session_take_stage(app->session, &err)) {
        if (app->log != NULL) app->log(app->log_context, "reload-now");
        app_say(app, LOOK_GOOD, "read again; the baseline shows what changed, u goes back");
    } else {
        app_say(app, LOOK_BAD, "not read: %s", err.text);
    }
}
