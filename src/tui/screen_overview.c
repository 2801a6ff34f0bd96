/* Overview: plans side by side and the assumptions that matter; its charts are in overview_charts.c. Layer:
 * tui (no curses). */
#include "tui/risk_panels.h"
#include "tui/screens.h"

#include "tokentco/answer.h"
#include "tokentco/format.h"
#include "tokentco/move.h"
#include "tokentco/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    PLAN_WIDE = 86, /* the first month is shown too */
    PLAN_FULL = 70, /* money to the dollar */
    NAME_X = 4,
    WIDE_COLUMNS = 100,
    WIDE_ROWS = 30,
    NAME_COLUMNS_MIN = 12,
    LEVER_NAME_COLUMNS = 24,
    LEVER_NAME_FEW = 16,
    LEVER_VALUE_COLUMNS = 13,
    LEVER_VALUE_FEW = 11,
    FLIP_COLUMNS = 9
};

static bool is_narrow(const App *app)
{
    return app->canvas->width < WIDTH_FULL || app->canvas->height < HEIGHT_FULL;
}

/* ---- plans ---- */

static int plan_at(const App *app, const OverviewState *state, int place)
{
    const Inputs *inputs = session_inputs(app->session);
    if (state->order == 0) return place;
    /* By NPV: the plan that `place` others are cheaper than; infeasible plans come last. */
    for (int i = 0; i < inputs->n_options; i++) {
        const OptionResult *a = session_result(app->session, i);
        int n_before = 0;
        for (int j = 0; j < inputs->n_options; j++) {
            const OptionResult *b = session_result(app->session, j);
            bool is_before = b->is_feasible && (!a->is_feasible || b->npv_usd < a->npv_usd);
            bool is_tied = b->is_feasible == a->is_feasible && (!a->is_feasible || b->npv_usd == a->npv_usd);
            if (is_before || (is_tied && j < i)) n_before++;
        }
        if (n_before == place) return i;
    }
    return place;
}

static int place_of(const App *app, const OverviewState *state, int option)
{
    for (int i = 0; i < session_inputs(app->session)->n_options; i++)
        if (plan_at(app, state, i) == option) return i;
    return 0;
}

/* Columns of figures. Where the pane is narrow, money is in thousands, so that names keep their room. */
typedef struct PlanColumns {
    int name, npv, delta, price, first, best;
    bool is_short;
} PlanColumns;

static PlanColumns plan_columns(int width)
{
    PlanColumns out = {.npv = 13, .delta = 12, .price = 9, .first = width >= PLAN_WIDE ? 11 : 0, .best = 13};
    if (width < PLAN_FULL)
        out = (PlanColumns){.npv = 9, .delta = 9, .price = 8, .best = 13, .is_short = true};
    out.name = width - NAME_X - out.npv - out.delta - out.price - out.first - out.best;
    if (out.name < NAME_COLUMNS_MIN) out.name = NAME_COLUMNS_MIN;
    return out;
}

/* "1,496 k" or "1,496,246". */
static void format_usd(double usd, bool is_short, char out[FORMAT_BYTES])
{
    char digits[FORMAT_BYTES];
    format_grouped(is_short ? usd / 1e3 : usd, digits);
    bool is_nothing = strcmp(digits, "0") == 0 || strcmp(digits, "-0") == 0;
    snprintf(out, FORMAT_BYTES, "%.40s%s", is_nothing ? "0" : digits, is_short && !is_nothing ? " k" : "");
}

static void format_change(double usd, bool is_short, char out[FORMAT_BYTES])
{
    char digits[FORMAT_BYTES];
    format_usd(usd, is_short, digits);
    bool is_same = fabs(usd) < 0.5;
    snprintf(out, FORMAT_BYTES, "%s%.40s", usd > 0.0 && !is_same ? "+" : "", is_same ? "=" : digits);
}

/* "best", and in how many draws the plan is the cheapest. */
static void draw_chance(App *app, int option, bool is_best, int x, int y, int width)
{
    const RiskStudy *risk = app_risk_study(app);
    if (session_inputs(app->session)->options[option].is_part) {
        canvas_text_right(app->canvas, x + 5, y, width - 5, LOOK_DIM, "part");
        return;
    }
    if (is_best) canvas_text(app->canvas, x + 1, y, LOOK_GOOD, "best");
    if (risk == NULL || risk->result.n_items == 0 || !risk->result.options[option].has_figures) return;
    char share[FORMAT_BYTES];
    format_share(risk->result.options[option].best_frac.value, share);
    bool is_late = risk->revision != app->session->revision;
    canvas_text_right(app->canvas, x + 5, y, width - 5, is_late ? LOOK_DIM : LOOK_PLAIN, share);
}

static void draw_plan(App *app, Rect row, int option, bool is_here)
{
    Canvas *canvas = app->canvas;
    const Inputs *inputs = session_inputs(app->session);
    const OptionResult *result = session_result(app->session, option);
    const OptionResult *base = session_base_result(app->session, option);
    PlanColumns columns = plan_columns(row.width);
    int x = row.x;
    canvas_text(canvas, x, row.y, LOOK_KEY, is_here ? "▸" : " ");
    canvas_textf(canvas, x + 1, row.y, look_of_series(option), "%2d", option + 1);
    canvas_text_fit(canvas, x + NAME_X, row.y, columns.name, is_here ? LOOK_BOLD : LOOK_PLAIN,
                    inputs->options[option].name);
    x += NAME_X + columns.name;
    int room = row.x + row.width - x;
    if (!result->is_feasible) {
        canvas_text(canvas, x + 1, row.y, LOOK_BAD, "no: ");
        canvas_text_fit(canvas, x + 5, row.y, room - 5, LOOK_DIM, result->reason);
        return;
    }
    char text[FORMAT_BYTES];
    bool is_best = option == session_best_option(app->session);
    format_usd(result->npv_usd, columns.is_short, text);
    canvas_text_right(canvas, x, row.y, columns.npv, is_best ? LOOK_BOLD : LOOK_PLAIN, text);
    x += columns.npv;
    snprintf(text, sizeof text, "new");
    if (base != NULL) format_change(result->npv_usd - base->npv_usd, columns.is_short, text);
    Look look = base == NULL || strcmp(text, "=") == 0 ? LOOK_DIM : text[0] == '-' ? LOOK_GOOD : LOOK_BAD;
    canvas_text_right(canvas, x, row.y, columns.delta, look, text);
    x += columns.delta;
    snprintf(text, sizeof text, "n/a");
    if (result->has_levelised) format_price(result->levelised_usd_per_mtok, text);
    canvas_text_right(canvas, x, row.y, columns.price, LOOK_PLAIN, text);
    x += columns.price;
    format_grouped(result->months[0].total_usd, text);
    if (columns.first > 0) canvas_text_right(canvas, x, row.y, columns.first, LOOK_PLAIN, text);
    draw_chance(app, option, is_best, x + columns.first, row.y, columns.best);
}

/* What the plan under the cursor brings against the present bill, on the lower edge. */
static void draw_move(App *app, Rect rect)
{
    Move move;
    if (!move_build(session_inputs(app->session), app->session->now->workspace, app->option, &move)) return;
    Text text;
    text_init(&text);
    text_addf(&text, " leaving %d: ", move.present + 1);
    move_format(&move, &text);
    text_add(&text, " ");
    canvas_text_fit(app->canvas, rect.x + 2, rect.y + rect.height - 1, rect.width - 4,
                    move.saved_npv_usd >= 0.0 ? LOOK_GOOD : LOOK_PLAIN, text_str(&text));
    text_free(&text);
}

static void draw_plans(App *app, OverviewState *state, Rect rect)
{
    const Inputs *inputs = session_inputs(app->session);
    bool is_focus = state->pane == OVERVIEW_PLANS;
    canvas_box(app->canvas, rect, is_focus ? LOOK_KEY : LOOK_DIM, "Plans");
    Rect inner = rect_inset(rect, 1, 1);
    PlanColumns columns = plan_columns(inner.width);
    int x = inner.x + NAME_X + columns.name;
    canvas_text(app->canvas, inner.x + NAME_X, inner.y, LOOK_DIM, "plan");
    char head[CURRENCY_NAME_BYTES];
    format_currency_name("NPV USD", inputs->currency, head);
    canvas_text_right(app->canvas, x, inner.y, columns.npv, LOOK_DIM, head);
    x += columns.npv;
    canvas_text_right(app->canvas, x, inner.y, columns.delta, LOOK_DIM,
                      columns.is_short ? "Δ base" : "Δ baseline");
    x += columns.delta;
    bool is_usd = strcmp(inputs->currency, "USD") == 0;
    canvas_text_right(app->canvas, x, inner.y, columns.price, LOOK_DIM, is_usd ? "$/Mtok" : "/Mtok");
    x += columns.price;
    if (columns.first > 0) canvas_text_right(app->canvas, x, inner.y, columns.first, LOOK_DIM, "1st month");
    const RiskStudy *risk = app_risk_study(app);
    if (risk != NULL && risk->result.n_items > 0)
        canvas_text_right(app->canvas, x + columns.first, inner.y, columns.best, LOOK_DIM, "chance");
    int page = inner.height - 1;
    ListView view = {place_of(app, state, app->option), 0};
    int top = list_top(&view, inputs->n_options, page);
    for (int i = 0; i < page && top + i < inputs->n_options; i++) {
        int option = plan_at(app, state, top + i);
        Rect row = {inner.x, inner.y + 1 + i, inner.width, 1};
        draw_plan(app, row, option, option == app->option);
        app_zone_row(app, row, OVERVIEW_PLANS, option);
    }
    draw_scrollbar(app->canvas, (Rect){rect.x + rect.width - 1, inner.y + 1, 1, page}, top,
                   inputs->n_options);
    draw_move(app, rect);
}

/* ---- levers ---- */

static void lever_name(const App *app, const Lever *lever, char *out, size_t size)
{
    const Inputs *inputs = session_inputs(app->session);
    const char *name = field_ref_row(&lever->ref)->name;
    GroupScope scope = input_groups[lever->ref.group].scope;
    if (scope == SCOPE_OPTION && !lever->is_shared)
        snprintf(out, size, "%d %s", lever->ref.index + 1, name);
    else if (scope == SCOPE_WORKLOAD && inputs->n_workloads > 1)
        snprintf(out, size, "w%d %s", lever->ref.index + 1, name);
    else
        snprintf(out, size, "%s", name);
}

/* How far the lever alone must move to change the winner. */
static void draw_flip(App *app, int i, int x, int y)
{
    const MatterStudy *matter = app->jobs.results[JOB_MATTER];
    if (matter == NULL || !matter->has_lever_flips || matter->n_levers != app->session->n_levers) return;
    bool is_late = matter->revision != app->session->revision;
    char text[FORMAT_BYTES];
    flip_text(&matter->lever_flips[i], session_lever_value(app->session, &app->session->levers[i]), text);
    canvas_text_fit(app->canvas, x, y, FLIP_COLUMNS - 1,
                    is_late || !matter->lever_flips[i].has_flip ? LOOK_DIM : LOOK_PLAIN, text);
}

static void draw_lever(App *app, OverviewState *state, Rect row, int i)
{
    Session *session = app->session;
    const Lever *lever = &session->levers[i];
    FieldAt field = {lever->ref, lever->is_shared};
    bool is_here = state->levers.cursor == i && state->pane == OVERVIEW_LEVERS;
    char name[96];
    lever_name(app, lever, name, sizeof name);
    bool is_wide = row.width > 48;
    int name_columns = row.width > 64 ? LEVER_NAME_COLUMNS + 4
                       : is_wide      ? LEVER_NAME_FEW + 2
                                      : LEVER_NAME_FEW;
    int value_columns = is_wide ? LEVER_VALUE_COLUMNS : LEVER_VALUE_FEW;
    canvas_text(app->canvas, row.x, row.y, LOOK_KEY, is_here ? "▸" : " ");
    canvas_text_fit(app->canvas, row.x + 1, row.y, name_columns, is_here ? LOOK_BOLD : LOOK_PLAIN, name);
    bool is_changed = session_lever_value(session, lever) != lever->start;
    draw_value(app, &field, row.x + name_columns + 2, row.y, value_columns,
               is_changed ? LOOK_BOLD : LOOK_PLAIN);
    app_zone_row(app, row, OVERVIEW_LEVERS, i);
    int x = row.x + name_columns + value_columns + 3;
    int width = row.x + row.width - x - 1 - (is_wide ? FLIP_COLUMNS : 0);
    if (is_wide) draw_flip(app, i, x + width + 1, row.y);
    double low, high;
    bool is_log;
    slider_range(field_ref_row(&lever->ref), lever->start, &low, &high, &is_log);
    draw_slider(app->canvas, x, row.y, width, low, high, is_log, lever->start,
                session_lever_value(session, lever));
    if (width >= 5) app_zone_slider(app, (Rect){x, row.y, width, 1}, &field, low, high, is_log);
}

static void draw_levers(App *app, OverviewState *state, Rect rect)
{
    session_rank_levers(app->session);
    bool is_focus = state->pane == OVERVIEW_LEVERS;
    canvas_box(app->canvas, rect, is_focus ? LOOK_KEY : LOOK_DIM,
               app->jobs.results[JOB_MATTER] != NULL && rect.width > 50
                   ? "Assumptions that matter, and where they flip it"
                   : "Assumptions that matter");
    Rect inner = rect_inset(rect, 1, 1);
    int n = app->session->n_levers;
    int top = list_top(&state->levers, n, inner.height);
    for (int i = 0; i < inner.height && top + i < n; i++)
        draw_lever(app, state, (Rect){inner.x, inner.y + i, inner.width, 1}, top + i);
    if (n == 0) canvas_text(app->canvas, inner.x + 1, inner.y, LOOK_DIM, "no number moves any plan");
    draw_scrollbar(app->canvas, (Rect){rect.x + rect.width - 1, inner.y, 1, inner.height}, top, n);
}

static void draw_one_chart(App *app, OverviewState *state, Rect rect)
{
    if (state->chart == 0)
        draw_volume_chart(app, state, rect);
    else
        draw_month_chart(app, state, rect);
}

void overview_draw(App *app, void *at, Rect rect)
{
    OverviewState *state = at;
    app_want_risk(app);
    int n_options = session_inputs(app->session)->n_options;
    Rect rest, top, left;
    if (rect.width >= WIDE_COLUMNS && rect.height >= WIDE_ROWS) {
        int rows = n_options + 3 < 10 ? 10 : n_options + 3;
        top = rect_split_rows(rect, rows < rect.height / 2 ? rows : rect.height / 2, &rest);
        Rect right;
        left = rect_split_columns(top, top.width * 52 / 100, &right);
        draw_plans(app, state, left);
        draw_levers(app, state, right);
        left = rect_split_columns(rest, rest.width / 2, &right);
        draw_volume_chart(app, state, left);
        draw_month_chart(app, state, right);
        return;
    }
    int rows = n_options + 3;
    int most = is_narrow(app) ? rect.height - 7 : rect.height - 12;
    top = rect_split_rows(rect, rows < most ? rows : most, &rest);
    draw_plans(app, state, top);
    if (is_narrow(app)) {
        if (state->pane == OVERVIEW_CHART)
            draw_one_chart(app, state, rest);
        else
            draw_levers(app, state, rest);
        return;
    }
    Rect right;
    left = rect_split_columns(rest, rest.width / 2, &right);
    draw_levers(app, state, left);
    draw_one_chart(app, state, right);
}

/* ---- keys ---- */

static void jump_to_break_even(App *app)
{
    const Inputs *inputs = session_inputs(app->session);
    const Curves *curves = session_curves(app->session);
    double now = inputs_volume(inputs), target = 0.0;
    for (int i = 0; i < curves->n_crossings; i++) {
        double v = curves->crossings[i].requests_per_month;
        if (target == 0.0 || (v > now * 1.001 && (target <= now * 1.001 || v < target))) target = v;
    }
    if (target == 0.0 || inputs->n_workloads == 0 || now <= 0.0) {
        app_say(app, LOOK_WARN, "no break-even within the range of the chart; Z widens it");
        return;
    }
    FieldRef ref;
    Err err = {0};
    int n_workloads = inputs->n_workloads; /* an edit makes new inputs */
    for (int i = 0; i < n_workloads; i++) {
        char pointer[64];
        snprintf(pointer, sizeof pointer, "/workloads/%d/requests_per_month", i);
        if (!field_ref_parse(pointer, &ref, &err)) continue;
        double volume = session_inputs(app->session)->workloads[i].requests_per_month * target / now;
        app_set_number(app, &(FieldAt){ref, false}, volume, &err);
    }
    char number[FORMAT_BYTES];
    format_si(target, number);
    if (err.code == ERR_NONE)
        app_say(app, LOOK_PLAIN, "volume set to the break-even: %s requests a month", number);
    else
        app_say(app, LOOK_WARN, "%s", err.text);
}

static bool handle_chart(App *app, OverviewState *state, ActionId action)
{
    if (action == ACTION_CHART)
        state->chart = 1 - state->chart;
    else if (action == ACTION_SCALE)
        state->is_linear = !state->is_linear;
    else if (action == ACTION_ZOOM_IN)
        app->session->zoom = fmax(0.25, app->session->zoom / 1.5);
    else if (action == ACTION_ZOOM_OUT)
        app->session->zoom = fmin(4.0, app->session->zoom * 1.5);
    else if (action == ACTION_BREAK_EVEN)
        jump_to_break_even(app);
    else if (action == ACTION_SORT)
        state->order = 1 - state->order;
    else
        return false;
    return true;
}

bool overview_handle(App *app, void *at, ActionId action)
{
    OverviewState *state = at;
    int n_options = session_inputs(app->session)->n_options;
    if (handle_chart(app, state, action)) return true;
    if (action == ACTION_NEXT_PANE)
        state->pane = (state->pane + 1) % N_OVERVIEW_PANES;
    else if (action == ACTION_PREVIOUS_PANE)
        state->pane = (state->pane + N_OVERVIEW_PANES - 1) % N_OVERVIEW_PANES;
    else if (action == ACTION_BACK && state->point > 0)
        state->point = 0;
    else if (state->pane == OVERVIEW_CHART && (action == ACTION_LEFT || action == ACTION_RIGHT)) {
        int from = state->point > 0 ? state->point : TREND_POINTS / 2 + 1;
        int to = from + (action == ACTION_RIGHT ? 1 : -1);
        state->point = to < 1 ? 1 : to > TREND_POINTS ? TREND_POINTS : to;
    } else if (state->pane == OVERVIEW_LEVERS) {
        if (action == ACTION_LEFT || action == ACTION_RIGHT) {
            app_perform(app, action == ACTION_RIGHT ? ACTION_STEP_UP : ACTION_STEP_DOWN);
            return true;
        }
        return list_handle(&state->levers, action, app->session->n_levers, 8);
    } else {
        ListView view = {place_of(app, state, app->option), 0};
        bool is_open = action == ACTION_ENTER && state->pane == OVERVIEW_PLANS;
        if (is_open) app->screen = SCREEN_LEDGER;
        if (is_open) return true;
        if (!list_handle(&view, action, n_options, n_options)) return false;
        app->option = plan_at(app, state, view.cursor);
    }
    return true;
}

bool overview_field(App *app, void *at, FieldAt *out)
{
    OverviewState *state = at;
    session_rank_levers(app->session);
    if (app->session->n_levers == 0) return false;
    if (state->levers.cursor >= app->session->n_levers) state->levers.cursor = 0;
    const Lever *lever = &app->session->levers[state->levers.cursor];
    *out = (FieldAt){lever->ref, lever->is_shared};
    /* An edit key from another pane goes to the marked lever, and shows it. */
    state->pane = OVERVIEW_LEVERS;
    return true;
}

void overview_click(App *app, void *at, int pane, int row)
{
    OverviewState *state = at;
    state->pane = pane;
    if (pane == OVERVIEW_PLANS) app->option = row;
    if (pane == OVERVIEW_LEVERS) state->levers.cursor = row;
}

void overview_export(App *app, void *at, Text *out)
{
    (void)at;
    static const char *const head[] = {"plan",
                                       "kind",
                                       "feasible",
                                       "reason",
                                       "npv_usd",
                                       "baseline_npv_usd",
                                       "levelised_usd_per_mtok",
                                       "first_month_usd"};
    const Inputs *inputs = session_inputs(app->session);
    CsvOut csv;
    csv_out_init(&csv, out, CSV_RFC4180);
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) csv_out_text(&csv, head[i]);
    csv_out_end_line(&csv);
    for (int i = 0; i < inputs->n_options; i++) {
        const OptionResult *result = session_result(app->session, i),
                           *base = session_base_result(app->session, i);
        csv_out_text(&csv, inputs->options[i].name);
        csv_out_text(&csv, option_kind_name(inputs->options[i].kind));
        csv_out_text(&csv, result->is_feasible ? "yes" : "no");
        if (result->is_feasible)
            csv_out_null(&csv);
        else
            csv_out_text(&csv, result->reason);
        if (result->is_feasible)
            csv_out_number(&csv, result->npv_usd);
        else
            csv_out_null(&csv);
        if (base != NULL)
            csv_out_number(&csv, base->npv_usd);
        else
            csv_out_null(&csv);
        if (result->is_feasible && result->has_levelised)
            csv_out_number(&csv, result->levelised_usd_per_mtok);
        else
            csv_out_null(&csv);
        if (result->is_feasible)
            csv_out_number(&csv, result->months[0].total_usd);
        else
            csv_out_null(&csv);
        csv_out_end_line(&csv);
    }
}
