/* App: its life, and what keys and actions do. Layer: tui (no curses). */
#include "tui/job_bench.h"
#include "tui/job_risk.h"
#include "tui/parts.h"
#include "tui/spread.h"

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
    jobs_open(&app->jobs);
    for (int i = 0; i < N_SCREENS; i++) {
        app->states[i] = calloc(1, screens[i].state_bytes + 1);
        if (app->states[i] == NULL) abort();
        if (screens[i].start != NULL) screens[i].start(app->states[i]);
    }
    int best = session_best_option(session);
    app->option = best < 0 ? 0 : best;
}

void app_free(App *app)
{
    jobs_close(&app->jobs);
    for (int i = 0; i < N_SCREENS; i++) {
        if (screens[i].end != NULL) screens[i].end(app->states[i]);
        free(app->states[i]);
    }
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

void app_want_risk(App *app)
{
    if (app->has_risk && app->risk_revision == app->session->revision) return;
    session_rank_levers(app->session);
    app->has_risk = true;
    app->risk_revision = app->session->revision;
    jobs_start(&app->jobs, JOB_RISK, risk_job_new(app->session));
    jobs_start(&app->jobs, JOB_MATTER, matter_job_new(app->session));
}

/* A record that is new may be the one that a plan's speed comes from. */
static void take_measurement(App *app)
{
    const BenchResult *result = app->jobs.results[JOB_BENCH];
    if (result == NULL || !result->is_done || app->has_taken_measurement) return;
    app->has_taken_measurement = true;
    app->n_measured++;
    session_refresh(app->session);
    if (result->is_failed)
        app_say(app, LOOK_BAD, "not measured: %s", result->text);
    else
        app_say(app, LOOK_GOOD, "measured; plans that run on the latest record follow it");
}

void app_tick(App *app)
{
    if (!jobs_take(&app->jobs)) return;
    take_measurement(app);
}

void app_wait(App *app)
{
    jobs_wait(&app->jobs);
    take_measurement(app);
}

/* ---- actions ---- */

void switch_screen(App *app, int screen)
{
    app->screen = (ScreenId)((screen + N_SCREENS) % N_SCREENS);
    app->message[0] = '\0';
}

bool go_to_screen(App *app, const char *name)
{
    for (int i = 0; i < N_SCREENS; i++) {
        if (strcmp(screens[i].name, name) != 0) continue;
        switch_screen(app, i);
        return true;
    }
    return false;
}

/* Leaving, files and what is said about them. */
static void perform_on_file(App *app, ActionId action)
{
    switch ((int)action) {
    case ACTION_QUIT:
        ask_to_quit(app);
        return;
    case ACTION_INTERRUPT:
        confirm_start(app, CONFIRM_QUIT, "leave? s save first, y yes, n no");
        return;
    case ACTION_SAVE:
        save_to(app, app->session->path, false);
        return;
    case ACTION_SAVE_AS:
        prompt_start(app, PROMPT_SAVE_AS, app->session->path, false);
        return;
    case ACTION_EXPORT: {
        char name[128];
        snprintf(name, sizeof name, "%.64s-%s.csv", session_inputs(app->session)->name,
                 screens[app->screen].name);
        prompt_start(app, PROMPT_EXPORT, name, false);
        return;
    }
    case ACTION_COPY:
        copy_view(app);
        return;
    case ACTION_RELOAD:
        ask_to_reload(app);
        return;
    default:
        return;
    }
}

/* What is seen, and how: screens, help, colours, searching. */
static bool perform_on_view(App *app, ActionId action)
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
    case ACTION_BACK:
        app->message[0] = '\0';
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
    case ACTION_NEXT_SCREEN:
    case ACTION_PREVIOUS_SCREEN:
        switch_screen(app, (int)app->screen + (action == ACTION_NEXT_SCREEN ? 1 : -1));
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

/* What changes the scenario, or the baseline beside it. */
static bool perform_on_scenario(App *app, ActionId action)
{
    switch ((int)action) {
    case ACTION_UNDO:
    case ACTION_REDO:
        undo_or_redo(app, action == ACTION_UNDO);
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
    case ACTION_SPREAD:
        spread_ask(app);
        return true;
    case ACTION_GOAL:
        start_field_prompt(app, PROMPT_GOAL);
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
    if (!perform_on_view(app, action) && !perform_on_scenario(app, action)) perform_on_file(app, action);
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
