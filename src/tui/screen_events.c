/* Events: what changes in a month, and what that does to the plan under view. Layer: tui (no curses). */
#include "tui/screens.h"

#include "tokentco/format.h"
#include "tokentco/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum EventColumn { EVENT_MONTH, EVENT_FACTOR, EVENT_TARGET, EVENT_NOTE, N_EVENT_COLUMNS } EventColumn;

static const struct {
    const char *name, *title, *hint;
    int x, width;
} columns[N_EVENT_COLUMNS] = {
    [EVENT_MONTH] = {"month", "month", "a month, 2027-06, or how many months after the start, 12", 2, 14},
    [EVENT_FACTOR] = {"factor", "factor", "1.1 or +10% raises by a tenth, 0.8 or -20% lowers", 17, 8},
    [EVENT_TARGET] = {"target", "of what", "as in /options/*/rent/on_demand_usd_per_gpu_h; + and - choose",
                      41, 0},
    [EVENT_NOTE] = {"note", "note", "why", 0, 0},
};
enum {
    EFFECT_X = 26,
    EFFECT_WIDTH = 13,
    NOTE_SHARE = 3, /* of what is right of the effect, the note takes one part in so many */
    MONTHS_MAX = INPUT_MONTHS_MAX,
    MONTHS_IN_YEAR = 12
};
static const double factor_step = 0.05, factor_max = 1e6, first_factor = 0.8;

typedef struct EventRow {
    double month, factor;
    char target[128], note[128];
} EventRow;

static int count_events(const App *app)
{
    return scenario_count(app->session->scenario, "/events");
}

static void event_pointer(int row, const char *member, char out[POINTER_BYTES])
{
    snprintf(out, POINTER_BYTES, "/events/%d%s%s", row, member[0] != '\0' ? "/" : "", member);
}

static EventRow read_event(const App *app, int row)
{
    EventRow event = {.factor = 1.0};
    char pointer[POINTER_BYTES];
    const Scenario *scenario = app->session->scenario;
    event_pointer(row, "month", pointer);
    scenario_get_number(scenario, pointer, &event.month);
    event_pointer(row, "factor", pointer);
    scenario_get_number(scenario, pointer, &event.factor);
    event_pointer(row, "target", pointer);
    scenario_get_text(scenario, pointer, event.target, sizeof event.target);
    event_pointer(row, "note", pointer);
    scenario_get_text(scenario, pointer, event.note, sizeof event.note);
    return event;
}

/* The list without one of its elements. */
static void list_without(const App *app, int row, Text *out)
{
    int n = count_events(app), n_kept = 0;
    text_add(out, "[");
    for (int i = 0; i < n; i++) {
        char pointer[POINTER_BYTES];
        if (i == row) continue;
        event_pointer(i, "", pointer);
        char *raw = scenario_get_raw(app->session->scenario, pointer);
        text_addf(out, "%s%s", n_kept++ > 0 ? ", " : "", raw);
        free(raw);
    }
    text_add(out, "]");
}

/* ---- what an event does ---- */

static void measure_effects(App *app, EventsState *state, int n)
{
    if (state->revision == app->session->revision && state->n == n) return;
    state->revision = app->session->revision;
    state->n = n < EVENTS_SHOWN_MAX ? n : EVENTS_SHOWN_MAX;
    for (int row = 0; row < state->n; row++) {
        Text list;
        text_init(&list);
        list_without(app, row, &list);
        Snapshot *without = session_preview(app->session, "/events", text_str(&list), NULL);
        text_free(&list);
        for (int i = 0; i < session_inputs(app->session)->n_options; i++) {
            const OptionResult *now = session_result(app->session, i);
            const OptionResult *other = without != NULL ? workspace_result(without->workspace, i) : NULL;
            state->has_effect[row][i] = now->is_feasible && other != NULL && other->is_feasible;
            state->effect_usd[row][i] = state->has_effect[row][i] ? now->npv_usd - other->npv_usd : 0.0;
        }
        snapshot_drop(without);
    }
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
    char month[16];
    switch ((EventColumn)column) {
    case EVENT_MONTH:
        month_format(session_inputs(app->session)->start + (Month)event->month, month);
        snprintf(out, size, "%s  m%.0f", month, event->month);
        break;
    case EVENT_FACTOR:
        snprintf(out, size, "x %.4g", event->factor);
        break;
    case EVENT_TARGET:
        snprintf(out, size, "%s", event->target);
        break;
    case EVENT_NOTE:
    case N_EVENT_COLUMNS:
        snprintf(out, size, "%s", event->note);
        break;
    }
}

static void draw_event(App *app, const EventsState *state, Rect row, int i)
{
    EventRow event = read_event(app, i);
    bool is_here = i == state->list.cursor;
    canvas_text(app->canvas, row.x, row.y, LOOK_KEY, is_here ? "▸" : " ");
    bool is_late = event.month >= session_inputs(app->session)->horizon_months;
    for (int c = 0; c < N_EVENT_COLUMNS; c++) {
        char text[160];
        int x, width;
        column_place(c, row.width, &x, &width);
        column_text(app, &event, c, text, sizeof text);
        Look look = is_here && c == state->column ? LOOK_SELECTED : is_late ? LOOK_DIM : LOOK_PLAIN;
        if (text[0] == '\0') snprintf(text, sizeof text, "-");
        canvas_text_fit(app->canvas, row.x + x, row.y, width, look, text);
    }
    char delta[FORMAT_BYTES] = "-";
    Look look = LOOK_DIM;
    if (i < state->n && state->has_effect[i][app->option]) {
        format_delta(state->effect_usd[i][app->option], delta);
        if (delta[0] == '+') look = LOOK_BAD;
        if (delta[0] == '-') look = LOOK_GOOD;
    }
    canvas_text_right(app->canvas, row.x + EFFECT_X, row.y, EFFECT_WIDTH, look, delta);
}

static const char *target_doc(const char *target)
{
    static char text[96];
    char pattern[POINTER_BYTES];
    const char *doc;
    const char *tail = target[0] == '/' ? strchr(target + 1, '/') : NULL; /* "/0/rent/..." */
    tail = tail != NULL ? strchr(tail + 1, '/') : NULL;
    for (int i = 0; tail != NULL && scenario_event_target(i, pattern, sizeof pattern, &doc); i++) {
        if (strcmp(strchr(pattern, '*') + 1, tail) != 0) continue;
        snprintf(text, sizeof text, "%s%s", doc, strchr(target, '*') != NULL ? ", everywhere" : "");
        return text;
    }
    return "";
}

static void draw_detail(App *app, const EventsState *state, Rect rect, int n)
{
    if (n == 0) return;
    EventRow event = read_event(app, state->list.cursor);
    char text[400], month[16];
    const Inputs *inputs = session_inputs(app->session);
    month_format(inputs->start + (Month)event.month, month);
    if (event.month >= inputs->horizon_months)
        snprintf(text, sizeof text, "%s is behind the last month that is compared: no effect", month);
    else
        snprintf(text, sizeof text, "from %s on: %s %s %.4g %%%s%s", month, target_doc(event.target),
                 event.factor >= 1.0 ? "+" : "-", fabs(event.factor - 1.0) * 100.0,
                 event.note[0] != '\0' ? "; " : "", event.note);
    canvas_text_fit(app->canvas, rect.x + 1, rect.y, rect.width - 2, LOOK_PLAIN, text);
    canvas_text_fit(app->canvas, rect.x + 1, rect.y + 1, rect.width - 2, LOOK_DIM,
                    "left, right: column; + - next step, month or target; a adds, Del removes");
}

void events_draw(App *app, void *at, Rect rect)
{
    EventsState *state = at;
    int n = count_events(app);
    measure_effects(app, state, n);
    draw_plan_head(app, rect, "what changes, and what that does to this plan");
    Rect body = {rect.x, rect.y + 3, rect.width - 1, rect.height - 6};
    for (int c = 0; c < N_EVENT_COLUMNS; c++) {
        int x, width;
        column_place(c, rect.width, &x, &width);
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

static bool put_number(App *app, int row, const char *member, double value, Err *err)
{
    char pointer[POINTER_BYTES], text[40];
    event_pointer(row, member, pointer);
    number_format(value, text, sizeof text);
    return app_put_raw(app, pointer, text, err);
}

static bool put_text(App *app, int row, const char *member, const char *value, Err *err)
{
    char pointer[POINTER_BYTES];
    Text json;
    text_init(&json);
    scenario_quote(&json, value);
    event_pointer(row, member, pointer);
    bool ok = app_put_raw(app, pointer, text_str(&json), err);
    text_free(&json);
    return ok;
}

/* The target after (or before) this one in the list of what events move; the plan stays where one is named.
 */
static bool put_next_target(App *app, int row, const char *target, int step, Err *err)
{
    char pattern[POINTER_BYTES], next[POINTER_BYTES];
    const char *doc;
    int n = 0, here = 0;
    for (; scenario_event_target(n, pattern, sizeof pattern, &doc); n++)
        if (strstr(target, strchr(pattern, '*') + 1) != NULL) here = n;
    if (n == 0) return true;
    scenario_event_target((here + step + n) % n, next, sizeof next, &doc);
    return put_text(app, row, "target", next, err);
}

static void step_event(App *app, const EventsState *state, int n)
{
    Err err = {0};
    int row = state->list.cursor;
    EventRow event = read_event(app, row);
    bool ok = true;
    switch ((EventColumn)state->column) {
    case EVENT_MONTH: {
        int step = n == 10 ? MONTHS_IN_YEAR : n == -10 ? -MONTHS_IN_YEAR : n;
        ok = put_number(app, row, "month", fmin(fmax(event.month + step, 0.0), MONTHS_MAX), &err);
        break;
    }
    case EVENT_FACTOR: {
        char digits[40];
        snprintf(digits, sizeof digits, "%.6g", fmin(fmax(event.factor + n * factor_step, 0.0), factor_max));
        ok = put_number(app, row, "factor", strtod(digits, NULL), &err);
        break;
    }
    case EVENT_TARGET:
        ok = put_next_target(app, row, event.target, n > 0 ? 1 : -1, &err);
        break;
    case EVENT_NOTE:
    case N_EVENT_COLUMNS:
        break;
    }
    if (!ok) app_say(app, LOOK_WARN, "%s", err.text);
}

/* What events move that this plan feels first: its own kind's prices. */
static void first_target(const App *app, char out[POINTER_BYTES])
{
    char pattern[POINTER_BYTES], group[32];
    const char *doc;
    const OptionInputs *option = &session_inputs(app->session)->options[app->option];
    snprintf(group, sizeof group, "/*/%s/", option_kind_name(option->kind));
    scenario_event_target(0, out, POINTER_BYTES, &doc);
    for (int i = 0; scenario_event_target(i, pattern, sizeof pattern, &doc); i++) {
        if (strstr(pattern, group) == NULL) continue;
        snprintf(out, POINTER_BYTES, "%s", pattern);
        return;
    }
}

static void add_event(App *app, EventsState *state)
{
    char pattern[POINTER_BYTES] = "";
    int n = count_events(app), half = session_inputs(app->session)->horizon_months / 2;
    first_target(app, pattern);
    Text list;
    text_init(&list);
    list_without(app, -1, &list);
    list.data[--list.n_bytes] = '\0'; /* the closing bracket */
    text_addf(&list, "%s{\"month\": %d, \"target\": ", n > 0 ? ", " : "", half);
    scenario_quote(&list, pattern);
    text_addf(&list, ", \"factor\": %g}]", first_factor);
    Err err = {0};
    if (app_put_raw(app, "/events", text_str(&list), &err)) {
        state->list.cursor = n;
        app_say(app, LOOK_PLAIN, "an event to start from: change its month, factor and target");
    } else {
        app_say(app, LOOK_WARN, "%s", err.text);
    }
    text_free(&list);
}

static void remove_event(App *app, const EventsState *state)
{
    Text list;
    text_init(&list);
    list_without(app, state->list.cursor, &list);
    Err err = {0};
    bool is_last = count_events(app) == 1;
    if (app_put_raw(app, "/events", is_last ? "" : text_str(&list), &err))
        app_say(app, LOOK_PLAIN, "removed; u brings it back");
    else
        app_say(app, LOOK_WARN, "%s", err.text);
    text_free(&list);
}

static void ask_column(App *app, const EventsState *state)
{
    EventRow event = read_event(app, state->list.cursor);
    char text[160];
    if (state->column == EVENT_MONTH)
        snprintf(text, sizeof text, "%.0f", event.month);
    else if (state->column == EVENT_FACTOR)
        number_format(event.factor, text, sizeof text);
    else
        column_text(app, &event, state->column, text, sizeof text);
    app_ask(app, state->column, text, columns[state->column].title, columns[state->column].hint);
}

static bool month_parse(const Inputs *inputs, const char *text, double *out, Err *err)
{
    Month month;
    long number;
    if (strchr(text, '-') != NULL && text[0] != '-') {
        if (!parse_month(text, &month, err)) return false;
        if (month < inputs->start) return err_set(err, ERR_DATA, "is before the first month");
        *out = month - inputs->start;
        return true;
    }
    if (!parse_integer(text, 0, MONTHS_MAX, &number, err)) return false;
    *out = (double)number;
    return true;
}

/* "0.8", "x0.8", "+10%", "-20%". */
static bool factor_parse(const char *text, double *out, Err *err)
{
    char digits[64];
    size_t n = strlen(text);
    bool is_change = n > 1 && text[n - 1] == '%' && (text[0] == '+' || text[0] == '-');
    if (is_change) {
        snprintf(digits, sizeof digits, "%.*s", (int)(n - 2 < 60 ? n - 2 : 60), text + 1);
        if (!parse_number(digits, out, err)) return false;
        *out = 1.0 + (text[0] == '-' ? -*out : *out) / 100.0;
        snprintf(digits, sizeof digits, "%.9g", *out);
        *out = strtod(digits, NULL);
    } else if (!parse_quantity(text[0] == 'x' ? text + 1 : text, "x", out, err)) {
        return false;
    }
    return (*out >= 0.0 && *out <= factor_max) || err_set(err, ERR_DATA, "0 to %g", factor_max);
}

bool events_answer(App *app, void *at, int question, const char *text, Err *err)
{
    const EventsState *state = at;
    int row = state->list.cursor;
    double value;
    if (row >= count_events(app)) return true;
    if (question == EVENT_MONTH)
        return month_parse(session_inputs(app->session), text, &value, err) &&
               put_number(app, row, "month", value, err);
    if (question == EVENT_FACTOR)
        return factor_parse(text, &value, err) && put_number(app, row, "factor", value, err);
    return put_text(app, row, columns[question].name, text, err);
}

bool events_handle(App *app, void *at, ActionId action)
{
    EventsState *state = at;
    int n = count_events(app);
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
    int n = count_events(app);
    measure_effects(app, state, n);
    CsvOut csv;
    csv_out_init(&csv, out, CSV_RFC4180);
    static const char *const head[] = {"month", "factor", "target", "note", "plan", "npv_effect_usd"};
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) csv_out_text(&csv, head[i]);
    csv_out_end_line(&csv);
    for (int i = 0; i < n; i++) {
        EventRow event = read_event(app, i);
        csv_out_number(&csv, event.month);
        csv_out_number(&csv, event.factor);
        csv_out_text(&csv, event.target);
        csv_out_text(&csv, event.note);
        csv_out_text(&csv, session_inputs(app->session)->options[app->option].name);
        if (i < state->n && state->has_effect[i][app->option])
            csv_out_number(&csv, state->effect_usd[i][app->option]);
        else
            csv_out_null(&csv);
        csv_out_end_line(&csv);
    }
}
