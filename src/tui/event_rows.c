/* Events as rows of the document. Layer: tui (no curses). */
#include "tui/event_rows.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PERCENT_DIGITS_MAX = 60 };
static const double factor_max = 1e6;

int events_count(const App *app)
{
    return scenario_count(app->session->scenario, "/events");
}

static void event_pointer(int row, const char *member, char out[POINTER_BYTES])
{
    snprintf(out, POINTER_BYTES, "/events/%d%s%s", row, member[0] != '\0' ? "/" : "", member);
}

EventRow event_read(const App *app, int row)
{
    EventRow event = {.factor = 1.0};
    char pointer[POINTER_BYTES];
    const Scenario *scenario = app->session->scenario;
    event_pointer(row, "month", pointer);
    scenario_get_number(scenario, pointer, &event.month);
    event_pointer(row, "factor", pointer);
    event.has_factor = scenario_get_number(scenario, pointer, &event.factor);
    event_pointer(row, "value", pointer);
    event.has_value = scenario_get_number(scenario, pointer, &event.value);
    event_pointer(row, "target", pointer);
    scenario_get_text(scenario, pointer, event.target, sizeof event.target);
    event_pointer(row, "note", pointer);
    scenario_get_text(scenario, pointer, event.note, sizeof event.note);
    event.takes = scenario_event_takes(event.target);
    return event;
}

/* ---- writing ---- */

static void add_number(Text *json, const char *member, double value)
{
    char text[40];
    number_format(value, text, sizeof text);
    text_addf(json, ", \"%s\": %s", member, text);
}

static void add_note(const App *app, int row, const EventRow *event, Text *json)
{
    char pointer[POINTER_BYTES];
    event_pointer(row, "note", pointer);
    char *raw = scenario_get_raw(app->session->scenario, pointer);
    if (event->is_note_new ? event->note[0] != '\0' : raw[0] != '\0') {
        text_add(json, ", \"note\": ");
        if (event->is_note_new)
            scenario_quote(json, event->note);
        else
            text_add(json, raw);
    }
    free(raw);
}

/* The list without one of its elements; its closing bracket is left to the caller. */
static int list_open(const App *app, int without, Text *out)
{
    int n = events_count(app), n_kept = 0;
    text_add(out, "[");
    for (int i = 0; i < n; i++) {
        char pointer[POINTER_BYTES];
        if (i == without) continue;
        event_pointer(i, "", pointer);
        char *raw = scenario_get_raw(app->session->scenario, pointer);
        text_addf(out, "%s%s", n_kept++ > 0 ? ", " : "", raw);
        free(raw);
    }
    return n_kept;
}

bool event_put(App *app, int row, const EventRow *event, Err *err)
{
    bool is_new = row >= events_count(app);
    char pointer[POINTER_BYTES] = "/events";
    Text json;
    text_init(&json);
    if (is_new && list_open(app, -1, &json) > 0) text_add(&json, ", ");
    if (!is_new) event_pointer(row, "", pointer);
    text_addf(&json, "{\"month\": %.0f, \"target\": ", event->month);
    scenario_quote(&json, event->target);
    if (event->has_factor) add_number(&json, "factor", event->factor);
    if (event->has_value) add_number(&json, "value", event->value);
    add_note(app, row, event, &json);
    text_add(&json, is_new ? "}]" : "}");
    bool ok = app_put_raw(app, pointer, text_str(&json), err);
    text_free(&json);
    return ok;
}

bool event_take_out(App *app, int row, Err *err)
{
    Text json;
    text_init(&json);
    bool is_last = list_open(app, row, &json) == 0;
    text_add(&json, "]");
    bool ok = app_put_raw(app, "/events", is_last ? "" : text_str(&json), err);
    text_free(&json);
    return ok;
}

/* ---- what an event says ---- */

void event_aim(EventRow *event, const char *target)
{
    snprintf(event->target, sizeof event->target, "%s", target);
    event->takes = scenario_event_takes(target);
    event->has_factor = event->has_factor && event->takes.factor;
    event->has_value =
        event->has_value && event->takes.value && !(event->takes.is_either && event->has_factor);
    if (event->takes.is_either && !event->has_factor && !event->has_value) event_set_factor(event, 1.0);
}

void event_set_factor(EventRow *event, double factor)
{
    event->has_factor = true;
    event->factor = factor;
    if (event->takes.is_either) event->has_value = false;
}

void event_set_value(EventRow *event, double value)
{
    event->has_value = true;
    event->value = value;
    if (event->takes.is_either) event->has_factor = false;
}

/* ---- targets ---- */

/* "/options/" and "rent/..." around the index of a target. False: it has none. */
static bool target_split(const char *target, size_t *scope, size_t *index)
{
    const char *first = target[0] == '/' ? strchr(target + 1, '/') : NULL;
    const char *second = first != NULL ? strchr(first + 1, '/') : NULL;
    if (second == NULL) return false;
    *scope = (size_t)(first + 1 - target);
    *index = (size_t)(second - first - 1);
    return true;
}

/* The row of the list of targets; -1 when it is none. */
static int target_find(const char *target)
{
    char pattern[POINTER_BYTES];
    const char *doc;
    size_t scope, index;
    if (!target_split(target, &scope, &index)) return -1;
    for (int i = 0; scenario_event_target(i, pattern, sizeof pattern, &doc); i++)
        if (strncmp(pattern, target, scope) == 0 && strcmp(pattern + scope + 1, target + scope + index) == 0)
            return i;
    return -1;
}

int event_targets_count(void)
{
    char pattern[POINTER_BYTES];
    const char *doc;
    int n = 0;
    while (scenario_event_target(n, pattern, sizeof pattern, &doc)) n++;
    return n;
}

void event_target_after(const EventRow *event, int step, char out[POINTER_BYTES])
{
    char next[POINTER_BYTES];
    const char *doc;
    size_t scope, index;
    int n = event_targets_count(), here = target_find(event->target);
    if (here < 0) here = step > 0 ? -1 : 0; /* before the first, or behind the last */
    scenario_event_target(((here + step) % n + n) % n, next, sizeof next, &doc);
    if (target_split(event->target, &scope, &index) && strncmp(next, event->target, scope) == 0)
        snprintf(out, POINTER_BYTES, "%.*s%s", (int)(scope + index), event->target, next + scope + 1);
    else
        snprintf(out, POINTER_BYTES, "%s", next);
}

void event_first_target(const App *app, char out[POINTER_BYTES])
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

void event_target_text(const char *target, char *out, size_t size)
{
    char pattern[POINTER_BYTES];
    const char *doc = "";
    int row = target_find(target);
    snprintf(out, size, "%s", "");
    if (row < 0 || !scenario_event_target(row, pattern, sizeof pattern, &doc)) return;
    snprintf(out, size, "%s%s", doc, strchr(target, '*') != NULL ? ", everywhere" : "");
}

/* ---- as people type them ---- */

bool event_month_parse(const Inputs *inputs, const char *text, double *out, Err *err)
{
    Month month;
    long number;
    if (strchr(text, '-') != NULL && text[0] != '-') {
        if (!parse_month(text, &month, err)) return false;
        if (month < inputs->start) return err_set(err, ERR_DATA, "is before the first month");
        *out = month - inputs->start;
        return true;
    }
    if (!parse_integer(text, 0, INPUT_MONTHS_MAX, &number, err)) return false;
    *out = (double)number;
    return true;
}

bool event_factor_parse(const char *text, double *out, Err *err)
{
    char digits[64];
    size_t n = strlen(text);
    bool is_change = n > 1 && text[n - 1] == '%' && (text[0] == '+' || text[0] == '-');
    if (is_change) {
        int taken = (int)(n - 2 < PERCENT_DIGITS_MAX ? n - 2 : PERCENT_DIGITS_MAX);
        snprintf(digits, sizeof digits, "%.*s", taken, text + 1);
        if (!parse_number(digits, out, err)) return false;
        *out = 1.0 + (text[0] == '-' ? -*out : *out) / 100.0;
        snprintf(digits, sizeof digits, "%.9g", *out);
        *out = strtod(digits, NULL);
    } else if (!parse_quantity(text[0] == 'x' ? text + 1 : text, "x", out, err)) {
        return false;
    }
    return (*out >= 0.0 && *out <= factor_max) || err_set(err, ERR_DATA, "0 to %g", factor_max);
}
