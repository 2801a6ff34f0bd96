/* Spreads. Layer: tui (no curses). */
#include "tui/spread.h"

#include "tui/parts.h"

#include <stdio.h>
#include <string.h>

static bool is_target(const UncertainTarget *target, const FieldAt *field)
{
    return !target->is_series && target->field.group == field->ref.group &&
           target->field.row == field->ref.row && target->field.index == field->ref.index;
}

const Uncertain *spread_find(const Session *session, const FieldAt *field)
{
    const Uncertainty *uncertainty = session_uncertainty(session);
    for (int i = 0; i < uncertainty->n; i++) {
        const Uncertain *item = &uncertainty->items[i];
        /* What all plans share is written once, whatever plan the line was made for. */
        bool is_shared = item->n_targets > 1 && field->is_shared;
        for (int t = 0; t < item->n_targets; t++) {
            const UncertainTarget *target = &item->targets[t];
            bool is_same_row = !target->is_series && target->field.group == field->ref.group &&
                               target->field.row == field->ref.row;
            if (is_target(target, field) || (is_shared && is_same_row)) return item;
        }
    }
    return NULL;
}

/* ---- reading it ---- */

static void add_number(char *out, size_t size, const char *before, double value, bool is_exact)
{
    char number[FORMAT_BYTES];
    size_t used = strlen(out);
    if (is_exact)
        number_format(value, number, sizeof number);
    else
        format_si(value, number);
    snprintf(out + used, size - used, "%s%s", before, number);
}

void spread_format(const Uncertain *item, bool is_exact, char *out, size_t size)
{
    const DistSpec *spec = &item->spec;
    out[0] = '\0';
    switch (spec->kind) {
    case DIST_LOGNORMAL:
    case DIST_NORMAL:
        if (is_exact && spec->kind == DIST_NORMAL && spec->low > 0.0) snprintf(out, size, "normal ");
        add_number(out, size, "", spec->low, is_exact);
        add_number(out, size, " to ", spec->high, is_exact);
        break;
    case DIST_TRIANGULAR:
    case DIST_PERT:
        if (is_exact) {
            snprintf(out, size, "%s", dist_rows[spec->kind].name);
            add_number(out, size, " ", spec->min, true);
            add_number(out, size, " ", spec->mode, true);
            add_number(out, size, " ", spec->max, true);
        } else {
            add_number(out, size, "", spec->min, false);
            add_number(out, size, " to ", spec->max, false);
        }
        break;
    case DIST_UNIFORM:
        if (is_exact) snprintf(out, size, "uniform");
        add_number(out, size, is_exact ? " " : "", spec->min, is_exact);
        add_number(out, size, is_exact ? " " : " to ", spec->max, is_exact);
        break;
    case DIST_DISCRETE:
    case DIST_EMPIRICAL:
        snprintf(out, size, "%d values", spec->n);
        break;
    case DIST_FORECAST:
    case N_DIST_KINDS:
        snprintf(out, size, "forecast");
        break;
    }
    size_t used = strlen(out);
    if (!is_exact && item->is_relative) snprintf(out + used, size - used, " x");
}

/* ---- writing it ---- */

/* Takes words off the front as quantities of the field. */
static bool take_quantities(const char *text, const FieldRow *row, int n, double *out, Err *err)
{
    for (int i = 0; i < n; i++) {
        char word[48];
        text += strspn(text, " ,");
        size_t length = strcspn(text, " ,");
        snprintf(word, sizeof word, "%.*s", (int)(length < 47 ? length : 47), text);
        if (length == 0) return err_set(err, ERR_DATA, "%d numbers are needed, %d are there", n, i);
        if (!parse_quantity(word, row->unit, &out[i], err)) return false;
        text += length;
    }
    return text[strspn(text, " ")] == '\0' || err_set(err, ERR_DATA, "'%.30s' is too much", text);
}

static void add_member(Text *json, const char *name, double value)
{
    char number[FORMAT_BYTES];
    number_format(value, number, sizeof number);
    text_addf(json, "%s\"%s\": %s", json->data[json->n_bytes - 1] == '{' ? "" : ", ", name, number);
}

static bool parse_shape(const char *name, const char *rest, const FieldRow *row, Text *json, Err *err)
{
    double values[3];
    bool has_mode = strcmp(name, "pert") == 0 || strcmp(name, "triangular") == 0;
    bool is_range = strcmp(name, "normal") == 0 || strcmp(name, "lognormal") == 0;
    if (!has_mode && !is_range && strcmp(name, "uniform") != 0)
        return err_set(err, ERR_DATA,
                       "'%.30s': write 0.4 to 2.5, or pert, triangular, uniform, normal with numbers", name);
    text_addf(json, "{\"dist\": \"%s\"", name);
    if (is_range) {
        if (!parse_range(rest, row->unit, &values[0], &values[1], err)) return false;
        add_member(json, "p5", values[0]);
        add_member(json, "p95", values[1]);
        return true;
    }
    if (!take_quantities(rest, row, has_mode ? 3 : 2, values, err)) return false;
    add_member(json, "min", values[0]);
    if (has_mode) add_member(json, "mode", values[1]);
    add_member(json, "max", values[has_mode ? 2 : 1]);
    return true;
}

bool spread_parse(const char *text, const FieldRow *row, Text *json, Err *err)
{
    if (text[0] == '\0') return true;
    bool is_named = (text[0] >= 'a' && text[0] <= 'z') || (text[0] >= 'A' && text[0] <= 'Z');
    if (is_named) {
        char name[32];
        size_t length = strcspn(text, " ");
        snprintf(name, sizeof name, "%.*s", (int)(length < 31 ? length : 31), text);
        if (!parse_shape(name, text + length + strspn(text + length, " "), row, json, err)) return false;
    } else {
        double low, high;
        if (!parse_range(text, row->unit, &low, &high, err)) return false;
        text_add(json, "{");
        add_member(json, "p5", low);
        add_member(json, "p95", high);
    }
    text_add(json, "}");
    return true;
}

/* ---- asking for it ---- */

/* "/uncertain/~1rent~1decline_per_year": the field's pointer is a key there. */
static void place_of(const char *pointer, char out[POINTER_BYTES])
{
    int used = snprintf(out, POINTER_BYTES, "/uncertain/");
    for (; *pointer != '\0' && used + 2 < POINTER_BYTES; pointer++) {
        if (*pointer == '/' || *pointer == '~') {
            out[used++] = '~';
            out[used++] = *pointer == '/' ? '1' : '0';
        } else {
            out[used++] = *pointer;
        }
    }
    out[used] = '\0';
}

void spread_ask(App *app)
{
    if (!field_at_cursor(app, &app->field)) {
        app_say(app, LOOK_DIM, "no value under the cursor");
        return;
    }
    const FieldRow *row = field_ref_row(&app->field.ref);
    bool is_number = row->type == FIELD_NUM || row->type == FIELD_INT || row->type == FIELD_OPT;
    if (!is_number || (row->flags & FIELD_FIXED) != 0) {
        app_say(app, LOOK_DIM, "%s is not a number that varies", row->name);
        return;
    }
    const Uncertain *item = spread_find(app->session, &app->field);
    char text[EDITOR_BYTES] = "";
    if (item != NULL) spread_format(item, true, text, sizeof text);
    prompt_start(app, PROMPT_SPREAD, text, true);
}

bool spread_answer(App *app, const char *text, Err *err)
{
    const FieldRow *row = field_ref_row(&app->field.ref);
    const Uncertain *item = spread_find(app->session, &app->field);
    char pointer[POINTER_BYTES], place[POINTER_BYTES];
    Text json;
    text_init(&json);
    session_pointer(&app->field.ref, app->field.is_shared, pointer);
    place_of(item != NULL && !item->is_band ? item->pointer : pointer, place);
    bool ok = spread_parse(text, row, &json, err);
    if (ok && json.n_bytes == 0 && (item == NULL || item->is_band))
        ok = err_set(err, ERR_DATA, "write a range, as in 0.4 to 2.5");
    ok = ok && app_put_raw(app, place, text_str(&json), err);
    if (ok && json.n_bytes > 0) app_say(app, LOOK_GOOD, "%s: %s, from now on in every draw", row->name, text);
    if (ok && json.n_bytes == 0) app_say(app, LOOK_PLAIN, "%s is taken as known", row->name);
    text_free(&json);
    return ok;
}
