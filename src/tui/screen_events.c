/* Events: what changes in a month, and what that does to the plan under view. Layer: tui (no curses). */
#include "tui/event_rows.h"
#include "tui/screens.h"

#include "tokentco/format.h"
#include "tokentco/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum EventColumn {
    EVENT_MONTH,
    EVENT_FACTOR,
    EVENT_VALUE,
    EVENT_TARGET,
    EVENT_NOTE,
    N_EVENT_COLUMNS
} EventColumn;

static const struct {
    const char *title, *hint;
    int x, width;
    bool is_number;
} columns[N_EVENT_COLUMNS] = {
    [EVENT_MONTH] = {"month", "a month, 2027-06, or how many months after the start, 12", 2, 7, false},
    [EVENT_FACTOR] = {"factor", "1.1 or +10% raises by a tenth, 0.8 or -20% lowers", 10, 8, true},
    [EVENT_VALUE] = {"value", "what it is from then on, as in 2.49/h; it takes the place of the factor", 19,
                     8, true},
    [EVENT_TARGET] = {"of what", "as in /options/*/rent/on_demand_usd_per_gpu_h; + and - choose", 41, 0,
                      false},
    [EVENT_NOTE] = {"note", "why", 0, 0, false},
};
enum {
    EFFECT_X = 28,
    EFFECT_WIDTH = 12,
    NOTE_SHARE = 3, /* of what is right of the effect, the note takes one part in so many */
    MONTHS_MAX = INPUT_MONTHS_MAX,
    MONTHS_IN_YEAR = 12
};
static const double factor_step = 0.05, factor_max = 1e6, first_factor = 0.8;

/* ---- what an event does ---- */

/* NPV of the plan with the event less without it; the document is resolved once, whatever the events. */
static void measure_effects(App *app, EventsState *state, int n)
{
    if (state->revision == app->session->revision && state->option == app->option) return;
    const Snapshot *now = app->session->now;
    const Inputs *inputs = session_inputs(app->session);
    const OptionResult *with = session_result(app->session, app->option);
    state->revision = app->session->revision;
    state->option = app->option;
    state->n = n < EVENTS_SHOWN_MAX ? n : EVENTS_SHOWN_MAX;
    Workspace *workspace = workspace_new(inputs->horizon_months, inputs->n_options);
    if (workspace == NULL) abort();
    for (int row = 0; row < state->n; row++) {
        Resolved without;
        state->has_effect[row] = false;
        if (!scenario_without_event(app->session->scenario, &now->resolved, row, &without)) continue;
        evaluate(&without.inputs, workspace, NULL);
        const OptionResult *other = workspace_result(workspace, app->option);
        state->has_effect[row] = with->is_feasible && other->is_feasible;
        if (state->has_effect[row]) state->effect_usd[row] = with->npv_usd - other->npv_usd;
        resolved_free(&without);
    }
    workspace_free(workspace);
}

/* ---- drawing ---- */

static void column_place(int column, int width, int *x, int *columns_wide)
{
    int right = width - columns[EVENT_TARGET].x - 1, note = right / NOTE_SHARE;
    *x = columns[column].x;
    *columns_wide = columns[column].width;
    if (column == EVENT_TARGET) *columns_wide = right - note - 1;
    if (column == EVENT_NOTE) {
        *x = width - note - 1;
        *columns_wide = note;
    }
}

static void column_text(const App *app, const EventRow *event, int column, char *out, size_t size)
{
    char text[FORMAT_BYTES];
    snprintf(out, size, "-");
    switch ((EventColumn)column) {
    case EVENT_MONTH:
        month_format(session_inputs(app->session)->start + (Month)event->month, text);
        snprintf(out, size, "%s", text);
        break;
    case EVENT_FACTOR:
        if (event->has_factor) snprintf(out, size, "x %.4g", event->factor);
        break;
    case EVENT_VALUE:
        if (!event->has_value) break;
        format_price(event->value, text);
        snprintf(out, size, "%s", text);
        break;
    case EVENT_TARGET:
        snprintf(out, size, "%s", event->target);
        break;
    case EVENT_NOTE:
    case N_EVENT_COLUMNS:
        if (event->note[0] != '\0') snprintf(out, size, "%s", event->note);
        break;
    }
}

static void draw_effect(App *app, const EventsState *state, Rect row, int i)
{
    char delta[FORMAT_BYTES] = "-";
    Look look = LOOK_DIM;
    if (i < state->n && state->has_effect[i]) {
        format_delta(state->effect_usd[i], delta);
        if (delta[0] == '+') look = LOOK_BAD;
        if (delta[0] == '-') look = LOOK_GOOD;
    }
    canvas_text_right(app->canvas, row.x + EFFECT_X, row.y, EFFECT_WIDTH, look, delta);
}

static void draw_event(App *app, const EventsState *state, Rect row, int i)
{
    EventRow event = event_read(app, i);
    bool is_here = i == state->list.cursor;
    canvas_text(app->canvas, row.x, row.y, LOOK_KEY, is_here ? "▸" : " ");
    bool is_late = event.month >= session_inputs(app->session)->horizon_months;
    for (int c = 0; c < N_EVENT_COLUMNS; c++) {
        char text[EDITOR_BYTES];
        int x, width;
        column_place(c, row.width, &x, &width);
        column_text(app, &event, c, text, sizeof text);
        Look look = is_here && c == state->column ? LOOK_SELECTED : is_late ? LOOK_DIM : LOOK_PLAIN;
        if (columns[c].is_number)
            canvas_text_right(app->canvas, row.x + x, row.y, width, look, text);
        else
            canvas_text_fit(app->canvas, row.x + x, row.y, width, look, text);
    }
    draw_effect(app, state, row, i);
}

/* What the event does, as a sentence. */
static void detail_text(const App *app, const EventRow *event, Text *out)
{
    const Inputs *inputs = session_inputs(app->session);
    char month[16], what[200], value[FORMAT_BYTES];
    month_format(inputs->start + (Month)event->month, month);
    if (event->month >= inputs->horizon_months) {
        text_addf(out, "%s is behind the last month that is compared: no effect", month);
        return;
    }
    event_target_text(event->target, what, sizeof what);
    text_addf(out, "%s, month %.0f: %s", month, event->month, what);
    if (event->has_value) {
        format_price(event->value, value);
        text_addf(out, ": %s %s", value, event->takes.value_unit);
    }
    if (event->has_factor && event->takes.is_either)
        text_addf(out, ": %+.4g %%", (event->factor - 1.0) * 100.0);
    else if (event->has_factor)
        text_addf(out, ", x %.4g", event->factor);
    if (event->note[0] != '\0') text_addf(out, "; %s", event->note);
}

static void draw_detail(App *app, const EventsState *state, Rect rect, int n)
{
    if (n == 0) return;
    EventRow event = event_read(app, state->list.cursor);
    Text text;
    text_init(&text);
    detail_text(app, &event, &text);
    canvas_text_fit(app->canvas, rect.x + 1, rect.y, rect.width - 2, LOOK_PLAIN, text_str(&text));
    text_free(&text);
    canvas_text_fit(app->canvas, rect.x + 1, rect.y + 1, rect.width - 2, LOOK_DIM,
                    "left, right: column; + - next step, month or target; a adds, Del removes");
}

void events_draw(App *app, void *at, Rect rect)
{
    EventsState *state = at;
    int n = events_count(app);
    measure_effects(app, state, n);
    draw_plan_head(app, rect, "what changes, and what that does to this plan");
    Rect body = {rect.x, rect.y + 3, rect.width - 1, rect.height - 6};
    for (int c = 0; c < N_EVENT_COLUMNS; c++) {
        int x, width;
        column_place(c, rect.width, &x, &width);
        if (columns[c].is_number)
            canvas_text_right(app->canvas, rect.x + x, rect.y + 2, width, LOOK_DIM, columns[c].title);
        else
            canvas_text_fit(app->canvas, rect.x + x, rect.y + 2, width, LOOK_DIM, columns[c].title);
    }
    canvas_text_right(app->canvas, rect.x + EFFECT_X, rect.y + 2, EFFECT_WIDTH, LOOK_DIM, "NPV effect");
    int top = list_top(&state->list, n, body.height);
    for (int i = 0; i < body.height && top + i < n; i++) {
        Rect row = {body.x, body.y + i, rect.width, 1};
        draw_event(app, state, row, top + i);
        app_zone_row(app, row, 0, top + i);
    }
    draw_scrollbar(app->canvas, (Rect){body.x + body.width, body.y, 1, body.height}, top, n);
    if (n == 0)
        canvas_text_fit(app->canvas, body.x + 2, body.y, body.width - 4, LOOK_DIM,
                        "no events: prices and volumes go their steady way. a adds one");
    draw_detail(app, state, (Rect){rect.x, rect.y + rect.height - 2, rect.width, 2}, n);
}

/* ---- edits ---- */

static double rounded(double value)
{
    char digits[40];
    snprintf(digits, sizeof digits, "%.6g", value);
    return strtod(digits, NULL);
}

/* The next target that this event can have, as others refuse its month. */
static bool put_next_target(App *app, int row, const EventRow *event, int step, Err *err)
{
    char target[POINTER_BYTES];
    for (int n = event_targets_count(), tried = 1; tried <= n; tried++) {
        EventRow next = *event;
        event_target_after(event, step * tried, target);
        if (strcmp(target, event->target) == 0) break;
        event_aim(&next, target);
        if (event_put(app, row, &next, err)) return true;
    }
    return false;
}

static void step_event(App *app, const EventsState *state, int n)
{
    Err err = {0};
    int row = state->list.cursor;
    EventRow event = event_read(app, row);
    bool ok = true;
    switch ((EventColumn)state->column) {
    case EVENT_MONTH: {
        int step = n == 10 ? MONTHS_IN_YEAR : n == -10 ? -MONTHS_IN_YEAR : n;
        event.month = fmin(fmax(event.month + step, 0.0), MONTHS_MAX);
        ok = event_put(app, row, &event, &err);
        break;
    }
    case EVENT_FACTOR:
        if (!event.takes.factor)
            ok = err_set(&err, ERR_DATA, "this only happens: it has no factor");
        else {
            event_set_factor(&event, rounded(fmin(fmax(event.factor + n * factor_step, 0.0), factor_max)));
            ok = event_put(app, row, &event, &err);
        }
        break;
    case EVENT_VALUE:
        if (!event.takes.value || !event.has_value)
            ok = err_set(&err, ERR_DATA,
                         event.takes.value ? "no value yet: Enter types one"
                                           : "what this moves takes no value");
        else {
            event_set_value(&event, rounded(event.value * (1.0 + n * factor_step)));
            ok = event_put(app, row, &event, &err);
        }
        break;
    case EVENT_TARGET:
        ok = put_next_target(app, row, &event, n > 0 ? 1 : -1, &err);
        break;
    case EVENT_NOTE:
    case N_EVENT_COLUMNS:
        break;
    }
    if (!ok) app_say(app, LOOK_WARN, "%s", err.text);
}

static void add_event(App *app, EventsState *state)
{
    Err err = {0};
    int n = events_count(app);
    char target[POINTER_BYTES];
    EventRow event = {.month = session_inputs(app->session)->horizon_months / 2,
                      .has_factor = true,
                      .factor = first_factor,
                      .is_note_new = true};
    event_first_target(app, target);
    event_aim(&event, target);
    if (!event_put(app, n, &event, &err)) {
        app_say(app, LOOK_WARN, "%s", err.text);
        return;
    }
    state->list.cursor = n;
    app_say(app, LOOK_PLAIN, "an event to start from: change its month, factor or value, and target");
}

static void remove_event(App *app, const EventsState *state)
{
    Err err = {0};
    if (event_take_out(app, state->list.cursor, &err))
        app_say(app, LOOK_PLAIN, "removed; u brings it back");
    else
        app_say(app, LOOK_WARN, "%s", err.text);
}

static void ask_column(App *app, const EventsState *state)
{
    EventRow event = event_read(app, state->list.cursor);
    char text[EDITOR_BYTES] = "";
    bool is_taken = state->column == EVENT_FACTOR  ? event.takes.factor
                    : state->column == EVENT_VALUE ? event.takes.value
                                                   : true;
    if (!is_taken) {
        app_say(app, LOOK_WARN, "what this moves takes no %s", columns[state->column].title);
        return;
    }
    switch ((EventColumn)state->column) {
    case EVENT_MONTH:
        snprintf(text, sizeof text, "%.0f", event.month);
        break;
    case EVENT_FACTOR:
        if (event.has_factor) number_format(event.factor, text, sizeof text);
        break;
    case EVENT_VALUE:
        if (event.has_value) number_format(event.value, text, sizeof text);
        break;
    case EVENT_TARGET:
        snprintf(text, sizeof text, "%s", event.target);
        break;
    case EVENT_NOTE:
    case N_EVENT_COLUMNS:
        snprintf(text, sizeof text, "%s", event.note);
        break;
    }
    app_ask(app, state->column, text, columns[state->column].title, columns[state->column].hint);
}

/* Nothing typed takes a factor or a value out, where the event can do without. */
static bool answer_number(EventRow *event, int question, const char *text, Err *err)
{
    double value;
    bool is_factor = question == EVENT_FACTOR;
    if (text[0] == '\0') {
        event->has_factor = event->has_factor && !is_factor;
        event->has_value = event->has_value && is_factor;
        return true;
    }
    if (!(is_factor ? event_factor_parse(text, &value, err)
                    : parse_quantity(text, event->takes.value_unit, &value, err)))
        return false;
    if (is_factor)
        event_set_factor(event, value);
    else
        event_set_value(event, value);
    return true;
}

bool events_answer(App *app, void *at, int question, const char *text, Err *err)
{
    const EventsState *state = at;
    int row = state->list.cursor;
    if (row >= events_count(app)) return true;
    EventRow event = event_read(app, row);
    switch ((EventColumn)question) {
    case EVENT_MONTH:
        if (!event_month_parse(session_inputs(app->session), text, &event.month, err)) return false;
        break;
    case EVENT_FACTOR:
    case EVENT_VALUE:
        if (!answer_number(&event, question, text, err)) return false;
        break;
    case EVENT_TARGET:
        event_aim(&event, text);
        break;
    case EVENT_NOTE:
    case N_EVENT_COLUMNS:
        snprintf(event.note, sizeof event.note, "%s", text);
        event.is_note_new = true;
        break;
    }
    return event_put(app, row, &event, err);
}

bool events_handle(App *app, void *at, ActionId action)
{
    EventsState *state = at;
    int n = events_count(app);
    bool has_row = state->list.cursor < n;
    if (list_handle(&state->list, action, n, app->canvas->height - 9)) return true;
    switch ((int)action) {
    case ACTION_LEFT:
        state->column -= state->column > 0;
        return true;
    case ACTION_RIGHT:
        state->column += state->column < N_EVENT_COLUMNS - 1;
        return true;
    case ACTION_ADD:
        add_event(app, state);
        return true;
    case ACTION_REMOVE:
        if (has_row) remove_event(app, state);
        return true;
    case ACTION_ENTER:
        if (has_row)
            ask_column(app, state);
        else
            add_event(app, state);
        return true;
    case ACTION_STEP_UP:
    case ACTION_STEP_DOWN:
        if (has_row) step_event(app, state, action == ACTION_STEP_UP ? 1 : -1);
        return true;
    case ACTION_TEN_UP:
    case ACTION_TEN_DOWN:
        if (has_row) step_event(app, state, action == ACTION_TEN_UP ? 10 : -10);
        return true;
    default:
        return handle_plan_choice(app, action);
    }
}

void events_click(App *app, void *at, int pane, int row)
{
    (void)app;
    (void)pane;
    ((EventsState *)at)->list.cursor = row;
}

void events_export(App *app, void *at, Text *out)
{
    EventsState *state = at;
    int n = events_count(app);
    measure_effects(app, state, n);
    CsvOut csv;
    csv_out_init(&csv, out, CSV_RFC4180);
    static const char *const head[] = {"month", "factor", "value",         "target",
                                       "note",  "plan",   "npv_effect_usd"};
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) csv_out_text(&csv, head[i]);
    csv_out_end_line(&csv);
    for (int i = 0; i < n; i++) {
        EventRow event = event_read(app, i);
        csv_out_number(&csv, event.month);
        if (event.has_factor)
            csv_out_number(&csv, event.factor);
        else
            csv_out_null(&csv);
        if (event.has_value)
            csv_out_number(&csv, event.value);
        else
            csv_out_null(&csv);
        csv_out_text(&csv, event.target);
        csv_out_text(&csv, event.note);
        csv_out_text(&csv, session_inputs(app->session)->options[app->option].name);
        if (i < state->n && state->has_effect[i])
            csv_out_number(&csv, state->effect_usd[i]);
        else
            csv_out_null(&csv);
        csv_out_end_line(&csv);
    }
}
