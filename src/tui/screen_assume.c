/* Assumptions: the tree of every field. Layer: tui (no curses).
 *
 * The lines are made anew from input_groups at each use: sections (scenario, workloads, values that all plans
 * share, each plan), groups, fields.
 */
#include "tui/find.h"
#include "tui/screens.h"
#include "tui/spread.h"

#include "tokentco/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum LineKind { LINE_SECTION, LINE_GROUP, LINE_FIELD } LineKind;

typedef struct Line {
    LineKind kind;
    int section; /* index into is_folded */
    FieldAt field;
} Line;

enum {
    LINES_MAX = 4096,
    SECTION_SCENARIO = 0,
    SECTION_SHARED = 1,
    SECTION_WORKLOADS = 2,
    SECTION_OPTIONS = SECTION_WORKLOADS + INPUT_WORKLOADS_MAX
};

typedef struct Lines {
    int n;
    Line *items; /* owned */
} Lines;

/* Plans and the values that they share are folded until they are opened. Place 0 is the section, then its
 * groups. */
static bool is_folded(const AssumeState *state, int section, int place)
{
    bool is_plan = section == SECTION_SHARED || section >= SECTION_OPTIONS;
    return (state->is_toggled[section][place] != 0) != (place == 0 && is_plan);
}

static bool field_matches(const Line *line, const char *needle)
{
    const FieldRow *row = field_ref_row(&line->field.ref);
    return text_holds(row->name, needle) || text_holds(row->doc, needle) || text_holds(row->symbol, needle) ||
           text_holds(input_groups[line->field.ref.group].title, needle);
}

static void add_line(Lines *lines, Line line)
{
    if (lines->n < LINES_MAX) lines->items[lines->n++] = line;
}

static void add_group(const AssumeState *state, Lines *lines, int section, GroupId group, int index,
                      bool is_shared)
{
    bool is_filtered = state->filter[0] != '\0';
    int head = lines->n;
    /* Scenario and workloads have one group each, which needs no line of its own. */
    bool has_head = input_groups[group].scope == SCOPE_OPTION;
    if (has_head) add_line(lines, (Line){LINE_GROUP, section, {{index, group, 0}, is_shared}});
    if (has_head && !is_filtered && is_folded(state, section, (int)group + 1)) return;
    int n_fields = 0;
    for (int r = 0; r < (int)input_groups[group].n_rows; r++) {
        Line line = {LINE_FIELD, section, {{index, group, r}, is_shared}};
        if (is_filtered && !field_matches(&line, state->filter)) continue;
        add_line(lines, line);
        n_fields++;
    }
    if (is_filtered && n_fields == 0) lines->n = head;
}

static void add_section(const App *app, const AssumeState *state, Lines *lines, int section, GroupScope scope,
                        int index, bool is_shared)
{
    const Inputs *inputs = session_inputs(app->session);
    int head = lines->n;
    add_line(lines, (Line){LINE_SECTION, section, {{index, GROUP_SCENARIO, 0}, is_shared}});
    bool is_filtered = state->filter[0] != '\0';
    if (!is_filtered && is_folded(state, section, 0)) return;
    for (int g = 0; g < N_GROUPS; g++) {
        const GroupRow *group = &input_groups[g];
        if (group->scope != scope) continue;
        if (is_shared && (group->kinds & KIND_SERVES) != KIND_SERVES) continue;
        if (scope == SCOPE_OPTION && !is_shared && (group->kinds & (1u << inputs->options[index].kind)) == 0)
            continue;
        add_group(state, lines, section, (GroupId)g, index, is_shared);
    }
    if (is_filtered && lines->n == head + 1) lines->n = head;
}

static Lines lines_build(const App *app, const AssumeState *state)
{
    const Inputs *inputs = session_inputs(app->session);
    Lines lines = {0, calloc(LINES_MAX, sizeof *lines.items)};
    if (lines.items == NULL) return lines;
    add_section(app, state, &lines, SECTION_SCENARIO, SCOPE_SCENARIO, 0, false);
    for (int i = 0; i < inputs->n_workloads; i++)
        add_section(app, state, &lines, SECTION_WORKLOADS + i, SCOPE_WORKLOAD, i, false);
    if (inputs->n_options > 0) add_section(app, state, &lines, SECTION_SHARED, SCOPE_OPTION, 0, true);
    for (int i = 0; i < inputs->n_options; i++)
        add_section(app, state, &lines, SECTION_OPTIONS + i, SCOPE_OPTION, i, false);
    return lines;
}

static void section_title(const App *app, const Line *line, char *out, size_t size)
{
    const Inputs *inputs = session_inputs(app->session);
    int index = line->field.ref.index;
    if (line->section == SECTION_SCENARIO)
        snprintf(out, size, "Scenario");
    else if (line->section == SECTION_SHARED)
        snprintf(out, size, "All plans (where a plan has no value of its own)");
    else if (line->section < SECTION_OPTIONS)
        snprintf(out, size, "Workload %d: %s", index + 1, inputs->workloads[index].name);
    else
        snprintf(out, size, "Plan %d: %s (%s)", index + 1, inputs->options[index].name,
                 option_kind_name(inputs->options[index].kind));
}

static void field_default(const FieldRow *row, char *out, size_t size)
{
    if (row->type == FIELD_CHOICE)
        field_choice_name(row, (int)row->default_value, out, size);
    else if (row->type == FIELD_FLAG)
        snprintf(out, size, "%s", row->default_value != 0.0 ? "yes" : "no");
    else if (row->type == FIELD_NUM || row->type == FIELD_INT)
        number_format(row->default_value, out, size);
    else
        snprintf(out, size, "-");
}

static void field_range(const FieldRow *row, char *out, size_t size)
{
    bool is_number = row->type == FIELD_NUM || row->type == FIELD_INT || row->type == FIELD_OPT;
    if (is_number)
        snprintf(out, size, "%g to %g", row->min, row->max);
    else
        snprintf(out, size, "%s", row->type == FIELD_CHOICE ? row->unit : "");
}

static const char *origin_text(const App *app, const Line *line)
{
    const Origin *origin = resolved_origin(&app->session->now->resolved, &line->field.ref);
    return origin == NULL || origin->text == NULL ? "" : origin->text;
}

static void draw_field(App *app, const Line *line, Rect row, bool is_here)
{
    Canvas *canvas = app->canvas;
    const FieldRow *field = field_ref_row(&line->field.ref);
    bool is_wide = row.width >= 110;
    int name_columns = is_wide ? 32 : row.width >= 78 ? 28 : 24, value_columns = is_wide ? 24 : 18;
    const Origin *origin = resolved_origin(&app->session->now->resolved, &line->field.ref);
    bool is_stated = origin != NULL && origin->kind != ORIGIN_DEFAULT;
    int x = row.x + 5;
    canvas_text_fit(canvas, x, row.y, name_columns, is_here ? LOOK_SELECTED : LOOK_PLAIN, field->name);
    x += name_columns + 1;
    draw_value(app, &line->field, x, row.y, value_columns, is_stated ? LOOK_BOLD : LOOK_DIM);
    x += value_columns + 1;
    char text[FIELD_TEXT_BYTES];
    if (is_wide) {
        field_default(field, text, sizeof text);
        canvas_text_fit(canvas, x, row.y, 12, LOOK_DIM, text);
        field_range(field, text, sizeof text);
        canvas_text_fit(canvas, x + 13, row.y, 18, LOOK_DIM, text);
        x += 32;
    }
    const Uncertain *item = spread_find(app->session, &line->field);
    if (item != NULL) {
        spread_format(item, false, text, sizeof text);
        x += canvas_text(canvas, x, row.y, LOOK_KEY, "~ ");
        x += canvas_text(canvas, x, row.y, LOOK_PLAIN, text) + 2;
    }
    canvas_text_fit(canvas, x, row.y, row.x + row.width - x - 1, is_stated ? LOOK_PLAIN : LOOK_DIM,
                    origin_text(app, line));
}

static int place_of_line(const Line *line)
{
    return line->kind == LINE_SECTION ? 0 : (int)line->field.ref.group + 1;
}

static void draw_line(App *app, const AssumeState *state, const Line *line, Rect row, bool is_here)
{
    char text[256];
    canvas_text(app->canvas, row.x, row.y, LOOK_KEY, is_here ? "▸" : " ");
    if (line->kind == LINE_FIELD) {
        draw_field(app, line, row, is_here);
        return;
    }
    bool is_section = line->kind == LINE_SECTION;
    bool is_shut = state->filter[0] == '\0' && is_folded(state, line->section, place_of_line(line));
    if (is_section)
        section_title(app, line, text, sizeof text);
    else
        snprintf(text, sizeof text, "%s", input_groups[line->field.ref.group].title);
    int x = row.x + (is_section ? 1 : 3);
    canvas_text(app->canvas, x, row.y, LOOK_KEY, is_shut ? "▸" : "▾");
    canvas_text_fit(app->canvas, x + 2, row.y, row.width - 6,
                    is_here      ? LOOK_SELECTED
                    : is_section ? LOOK_BOLD
                                 : LOOK_TITLE,
                    text);
}

static void draw_detail(App *app, const Line *line, Rect rect)
{
    if (line->kind != LINE_FIELD || rect.height < 2) return;
    const FieldRow *row = field_ref_row(&line->field.ref);
    char range[FIELD_TEXT_BYTES], standard[FIELD_TEXT_BYTES], text[512];
    field_range(row, range, sizeof range);
    field_default(row, standard, sizeof standard);
    canvas_text_fit(app->canvas, rect.x + 1, rect.y, rect.width - 2, LOOK_PLAIN, row->doc);
    bool has_unit = row->type != FIELD_CHOICE && row->type != FIELD_TEXT && row->unit[0] != '\0';
    snprintf(text, sizeof text, "%s%s%s  default %s  from %s%s%s", range, has_unit ? " " : "",
             has_unit ? row->unit : "", standard, origin_text(app, line),
             row->symbol[0] != '\0' ? "  symbol " : "", row->symbol);
    canvas_text_fit(app->canvas, rect.x + 1, rect.y + 1, rect.width - 2, LOOK_DIM, text);
}

void assume_draw(App *app, void *at, Rect rect)
{
    AssumeState *state = at;
    Lines lines = lines_build(app, state);
    if (lines.items == NULL) return;
    Rect body, rest, detail;
    Rect head = rect_split_rows(rect, 1, &rest);
    body = rect_split_rows(rest, rest.height - 3, &detail);
    int top = list_top(&state->list, lines.n, body.height);
    if (state->filter[0] != '\0')
        canvas_textf(app->canvas, head.x + 1, head.y, LOOK_WARN, "only lines with '%s' (Esc shows all)",
                     state->filter);
    else
        canvas_text(app->canvas, head.x + 1, head.y, LOOK_DIM,
                    "bold: stated or looked up; dim: default. Enter folds and edits");
    for (int i = 0; i < body.height && top + i < lines.n; i++) {
        Rect row = {body.x, body.y + i, body.width - 1, 1};
        draw_line(app, state, &lines.items[top + i], row, top + i == state->list.cursor);
        app_zone_row(app, row, 0, top + i);
    }
    draw_scrollbar(app->canvas, (Rect){body.x + body.width - 1, body.y, 1, body.height}, top, lines.n);
    for (int x = 0; x < detail.width; x++) canvas_text(app->canvas, detail.x + x, detail.y, LOOK_DIM, "─");
    if (lines.n > 0)
        draw_detail(app, &lines.items[state->list.cursor],
                    (Rect){detail.x, detail.y + 1, detail.width, detail.height - 1});
    else
        canvas_text(app->canvas, body.x + 2, body.y, LOOK_DIM, "nothing has this text");
    free(lines.items);
}

typedef enum Fold { FOLD_OPEN, FOLD_SHUT, FOLD_TOGGLE } Fold;

static void fold(AssumeState *state, const Line *line, Fold how)
{
    if (line->kind == LINE_FIELD) return;
    int place = place_of_line(line);
    bool is_shut = is_folded(state, line->section, place);
    if (how == FOLD_TOGGLE || (how == FOLD_SHUT) != is_shut) state->is_toggled[line->section][place] ^= 1;
}

bool assume_handle(App *app, void *at, ActionId action)
{
    AssumeState *state = at;
    Lines lines = lines_build(app, state);
    if (lines.items == NULL) return false;
    const Line *line = state->list.cursor < lines.n ? &lines.items[state->list.cursor] : NULL;
    bool is_handled = true;
    if (list_handle(&state->list, action, lines.n, app->canvas->height - 8)) {
    } else if (action == ACTION_BACK && state->filter[0] != '\0') {
        state->filter[0] = '\0';
    } else if (line != NULL && action == ACTION_ENTER && line->kind != LINE_FIELD) {
        fold(state, line, FOLD_TOGGLE);
    } else if (line != NULL && (action == ACTION_LEFT || action == ACTION_RIGHT)) {
        /* Left on a field goes to its group first, so that left twice folds it. */
        bool is_left = action == ACTION_LEFT;
        fold(state, line, is_left ? FOLD_SHUT : FOLD_OPEN);
        while (is_left && state->list.cursor > 0 && lines.items[state->list.cursor].kind == LINE_FIELD)
            state->list.cursor--;
    } else if (action == ACTION_NEXT_PANE || action == ACTION_PREVIOUS_PANE) {
        int step = action == ACTION_NEXT_PANE ? 1 : -1;
        for (int i = state->list.cursor + step; i >= 0 && i < lines.n; i += step) {
            if (lines.items[i].kind != LINE_SECTION) continue;
            state->list.cursor = i;
            break;
        }
    } else {
        is_handled = false;
    }
    free(lines.items);
    return is_handled;
}

bool assume_field(App *app, void *at, FieldAt *out)
{
    AssumeState *state = at;
    Lines lines = lines_build(app, state);
    bool is_field = state->list.cursor < lines.n && lines.items[state->list.cursor].kind == LINE_FIELD;
    if (is_field) *out = lines.items[state->list.cursor].field;
    free(lines.items);
    return is_field;
}

void assume_click(App *app, void *at, int pane, int row)
{
    (void)pane;
    AssumeState *state = at;
    bool is_again = state->list.cursor == row;
    state->list.cursor = row;
    if (is_again) app_perform(app, ACTION_ENTER);
}

typedef struct FieldHunt {
    const Lines *lines;
    const char *needle;
} FieldHunt;

static bool hunt_fits(const void *context, int row)
{
    const FieldHunt *hunt = context;
    const Line *line = &hunt->lines->items[row];
    return line->kind == LINE_FIELD && field_matches(line, hunt->needle);
}

void assume_search(App *app, void *at, const char *needle, int direction)
{
    AssumeState *state = at;
    Lines lines = lines_build(app, state);
    FieldHunt hunt = {&lines, needle};
    int found = find_row(state->list.cursor, lines.n, direction, hunt_fits, &hunt);
    if (found >= 0)
        state->list.cursor = found;
    else
        app_say(app, LOOK_WARN, "'%.60s' is nowhere in the open branches", needle);
    free(lines.items);
}

void assume_filter(App *app, void *at, const char *needle)
{
    (void)app;
    AssumeState *state = at;
    snprintf(state->filter, sizeof state->filter, "%s", needle);
    state->list = (ListView){0, 0};
}

void assume_export(App *app, void *at, Text *out)
{
    AssumeState *state = at;
    static const char *const head[] = {"pointer", "value", "unit", "default", "min", "max", "origin", "doc"};
    CsvOut csv;
    csv_out_init(&csv, out, CSV_RFC4180);
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) csv_out_text(&csv, head[i]);
    csv_out_end_line(&csv);
    Lines lines = lines_build(app, state);
    for (int i = 0; i < lines.n; i++) {
        const Line *line = &lines.items[i];
        if (line->kind != LINE_FIELD) continue;
        const FieldRow *row = field_ref_row(&line->field.ref);
        const void *group =
            inputs_group_const(session_inputs(app->session), line->field.ref.group, line->field.ref.index);
        char pointer[POINTER_BYTES], value[FIELD_TEXT_BYTES], standard[FIELD_TEXT_BYTES];
        session_pointer(&line->field.ref, line->field.is_shared, pointer);
        bool is_number = row->type == FIELD_NUM || row->type == FIELD_INT || row->type == FIELD_OPT;
        field_format(row, group, value, sizeof value);
        field_default(row, standard, sizeof standard);
        csv_out_text(&csv, pointer);
        if (is_number && field_is_given(row, group))
            csv_out_number(&csv, field_get(row, group));
        else
            csv_out_text(&csv, value);
        csv_out_text(&csv, row->type == FIELD_CHOICE || row->type == FIELD_TEXT ? "" : row->unit);
        csv_out_text(&csv, standard);
        if (is_number)
            csv_out_number(&csv, row->min);
        else
            csv_out_null(&csv);
        if (is_number)
            csv_out_number(&csv, row->max);
        else
            csv_out_null(&csv);
        csv_out_text(&csv, origin_text(app, line));
        csv_out_text(&csv, row->doc);
        csv_out_end_line(&csv);
    }
    free(lines.items);
}
