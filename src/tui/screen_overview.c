/* Overview: plans side by side, the assumptions that matter, cost by volume and by month. Layer: tui (no
 * curses). */
#include "tui/screens.h"

#include "tokentco/format.h"
#include "tokentco/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum OverviewPane { PANE_PLANS, PANE_LEVERS, PANE_CHART, N_PANES } OverviewPane;

enum {
    PLAN_WIDE = 72,
    PLAN_FIGURE_COLUMNS = 55,
    PLAN_FEW_COLUMNS = 44,
    WIDE_COLUMNS = 100,
    WIDE_ROWS = 30,
    NAME_COLUMNS_MIN = 12,
    LEVER_NAME_COLUMNS = 24,
    LEVER_VALUE_COLUMNS = 16
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

/* Where the figures start: the names take what is left, and the first month's cost goes where it does not
 * fit. */
static int name_columns_of(int width)
{
    int columns = width - (width >= PLAN_WIDE ? PLAN_FIGURE_COLUMNS : PLAN_FEW_COLUMNS);
    return columns < NAME_COLUMNS_MIN ? NAME_COLUMNS_MIN : columns;
}

static void draw_plan(App *app, Rect row, int option, bool is_here)
{
    Canvas *canvas = app->canvas;
    const Inputs *inputs = session_inputs(app->session);
    const OptionResult *result = session_result(app->session, option);
    const OptionResult *base = session_base_result(app->session, option);
    int name_columns = name_columns_of(row.width);
    int x = row.x;
    canvas_text(canvas, x, row.y, LOOK_KEY, is_here ? "▸" : " ");
    canvas_textf(canvas, x + 1, row.y, look_of_series(option), "%2d", option + 1);
    canvas_text_fit(canvas, x + 4, row.y, name_columns, is_here ? LOOK_BOLD : LOOK_PLAIN,
                    inputs->options[option].name);
    x += 4 + name_columns;
    int room = row.x + row.width - x;
    if (!result->is_feasible) {
        canvas_text(canvas, x + 1, row.y, LOOK_BAD, "no: ");
        canvas_text_fit(canvas, x + 5, row.y, room - 5, LOOK_DIM, result->reason);
        return;
    }
    char text[64];
    bool is_best = option == session_best_option(app->session);
    format_grouped(result->npv_usd, text);
    canvas_text_right(canvas, x, row.y, 13, is_best ? LOOK_BOLD : LOOK_PLAIN, text);
    snprintf(text, sizeof text, "new");
    if (base != NULL) format_delta(result->npv_usd - base->npv_usd, text);
    Look look = base == NULL || strcmp(text, "=") == 0 ? LOOK_DIM : text[0] == '-' ? LOOK_GOOD : LOOK_BAD;
    canvas_text_right(canvas, x + 13, row.y, 12, look, text);
    snprintf(text, sizeof text, "n/a");
    if (result->has_levelised) format_price(result->levelised_usd_per_mtok, text);
    canvas_text_right(canvas, x + 25, row.y, 9, LOOK_PLAIN, text);
    bool is_wide = row.width >= PLAN_WIDE;
    format_grouped(result->months[0].total_usd, text);
    if (is_wide) canvas_text_right(canvas, x + 34, row.y, 11, LOOK_PLAIN, text);
    if (is_best) canvas_text(canvas, x + (is_wide ? 46 : 35), row.y, LOOK_GOOD, "best");
}

static void draw_plans(App *app, OverviewState *state, Rect rect)
{
    const Inputs *inputs = session_inputs(app->session);
    bool is_focus = state->pane == PANE_PLANS;
    canvas_box(app->canvas, rect, is_focus ? LOOK_KEY : LOOK_DIM, "Plans");
    Rect inner = rect_inset(rect, 1, 1);
    int name_columns = name_columns_of(inner.width);
    int x = inner.x + 4 + name_columns;
    canvas_text(app->canvas, inner.x + 4, inner.y, LOOK_DIM, "plan");
    canvas_text_right(app->canvas, x, inner.y, 13, LOOK_DIM, "NPV USD");
    canvas_text_right(app->canvas, x + 13, inner.y, 12, LOOK_DIM, "Δ baseline");
    canvas_text_right(app->canvas, x + 25, inner.y, 9, LOOK_DIM, "$/Mtok");
    if (inner.width >= PLAN_WIDE) canvas_text_right(app->canvas, x + 34, inner.y, 11, LOOK_DIM, "1st month");
    int page = inner.height - 1;
    ListView view = {place_of(app, state, app->option), 0};
    int top = list_top(&view, inputs->n_options, page);
    for (int i = 0; i < page && top + i < inputs->n_options; i++) {
        int option = plan_at(app, state, top + i);
        Rect row = {inner.x, inner.y + 1 + i, inner.width, 1};
        draw_plan(app, row, option, option == app->option);
        app_zone_row(app, row, PANE_PLANS, option);
    }
    draw_scrollbar(app->canvas, (Rect){rect.x + rect.width - 1, inner.y + 1, 1, page}, top,
                   inputs->n_options);
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

static void draw_lever(App *app, OverviewState *state, Rect row, int i)
{
    Session *session = app->session;
    const Lever *lever = &session->levers[i];
    FieldAt field = {lever->ref, lever->is_shared};
    bool is_here = state->levers.cursor == i && state->pane == PANE_LEVERS;
    char name[96];
    lever_name(app, lever, name, sizeof name);
    int name_columns = row.width > 60 ? LEVER_NAME_COLUMNS + 6 : row.width > 48 ? LEVER_NAME_COLUMNS : 16;
    int value_columns = row.width > 48 ? LEVER_VALUE_COLUMNS : 11;
    canvas_text(app->canvas, row.x, row.y, LOOK_KEY, is_here ? "▸" : " ");
    canvas_text_fit(app->canvas, row.x + 1, row.y, name_columns, is_here ? LOOK_BOLD : LOOK_PLAIN, name);
    bool is_changed = session_lever_value(session, lever) != lever->start;
    draw_value(app, &field, row.x + name_columns + 2, row.y, value_columns,
               is_changed ? LOOK_BOLD : LOOK_PLAIN);
    app_zone_row(app, row, PANE_LEVERS, i);
    int x = row.x + name_columns + value_columns + 3;
    int width = row.x + row.width - x - 1;
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
    bool is_focus = state->pane == PANE_LEVERS;
    canvas_box(app->canvas, rect, is_focus ? LOOK_KEY : LOOK_DIM, "Assumptions that matter");
    Rect inner = rect_inset(rect, 1, 1);
    int n = app->session->n_levers;
    int top = list_top(&state->levers, n, inner.height);
    for (int i = 0; i < inner.height && top + i < n; i++)
        draw_lever(app, state, (Rect){inner.x, inner.y + i, inner.width, 1}, top + i);
    if (n == 0) canvas_text(app->canvas, inner.x + 1, inner.y, LOOK_DIM, "no number moves any plan");
    draw_scrollbar(app->canvas, (Rect){rect.x + rect.width - 1, inner.y, 1, inner.height}, top, n);
}

/* ---- charts ---- */

static char series_labels[INPUT_OPTIONS_MAX][4] = {"1", "2",  "3",  "4",  "5",  "6",  "7",  "8",
                                                   "9", "10", "11", "12", "13", "14", "15", "16"};

static double volume_of(const Inputs *inputs)
{
    double total = 0.0;
    for (int i = 0; i < inputs->n_workloads; i++) total += inputs->workloads[i].requests_per_month;
    return total;
}

static void volume_read_out(const App *app, const Curves *curves, int point, char *out, size_t size)
{
    const Inputs *inputs = session_inputs(app->session);
    char number[FORMAT_BYTES];
    format_si(curves->volumes[point], number);
    int used = snprintf(out, size, "%s req/mo:", number);
    for (int i = 0; i < inputs->n_options && used > 0 && (size_t)used < size; i++) {
        if (!curves->has[i * TREND_POINTS + point]) continue;
        format_si(curves->npv_usd[i * TREND_POINTS + point], number);
        used += snprintf(out + used, size - (size_t)used, " %d=%s", i + 1, number);
    }
}

static void crossing_read_out(const Curves *curves, char *out, size_t size)
{
    char number[FORMAT_BYTES];
    if (curves->n_crossings == 0) {
        snprintf(out, size, "no break-even in this range");
        return;
    }
    int used = snprintf(out, size, "break-even");
    for (int i = 0; i < curves->n_crossings && used > 0 && (size_t)used < size; i++) {
        format_si(curves->crossings[i].requests_per_month, number);
        used += snprintf(out + used, size - (size_t)used, "%s %s: %d beats %d", i > 0 ? "," : "", number,
                         curves->crossings[i].to + 1, curves->crossings[i].from + 1);
    }
}

static void draw_bottom_text(App *app, Rect rect, const char *text)
{
    int room = rect.width - 4;
    canvas_text(app->canvas, rect.x + 1, rect.y + rect.height - 1, LOOK_DIM, " ");
    canvas_text_fit(app->canvas, rect.x + 2, rect.y + rect.height - 1, room, LOOK_PLAIN, text);
    int columns = text_columns(text);
    canvas_text(app->canvas, rect.x + 2 + (columns < room ? columns : room), rect.y + rect.height - 1,
                LOOK_DIM, " ");
}

static void draw_volume_chart(App *app, OverviewState *state, Rect rect)
{
    const Inputs *inputs = session_inputs(app->session);
    const Curves *curves = session_curves(app->session);
    Scale scale = state->is_linear ? SCALE_LINEAR : SCALE_LOG;
    Chart chart = {.x = {.scale = scale, .title = "requests/month"}, .y = {.scale = scale, .title = "USD"}};
    for (int i = 0; i < inputs->n_options; i++) {
        chart.series[chart.n_series++] = (ChartSeries){inputs->options[i].name,
                                                       series_labels[i],
                                                       i,
                                                       TREND_POINTS,
                                                       curves->volumes,
                                                       &curves->npv_usd[i * TREND_POINTS],
                                                       &curves->has[i * TREND_POINTS]};
    }
    for (int i = 0; i < curves->n_crossings; i++)
        chart.marks[chart.n_marks++] =
            (ChartMark){curves->crossings[i].requests_per_month, curves->crossings[i].npv_usd, ""};
    int best = session_best_option(app->session);
    int point = state->pane == PANE_CHART ? state->point : 0;
    int at = point > 0 ? point - 1 : TREND_POINTS / 2;
    double y = point > 0 && curves->has[app->option * TREND_POINTS + at]
                   ? curves->npv_usd[app->option * TREND_POINTS + at]
               : best >= 0 ? session_result(app->session, best)->npv_usd
                           : 0.0;
    if (y > 0.0 && volume_of(inputs) > 0.0)
        chart.marks[chart.n_marks++] =
            (ChartMark){point > 0 ? curves->volumes[at] : volume_of(inputs), y, point > 0 ? "here" : "now"};
    bool is_focus = state->pane == PANE_CHART;
    canvas_box(app->canvas, rect, is_focus ? LOOK_KEY : LOOK_DIM, "NPV by volume");
    draw_chart(app->canvas, rect_inset(rect, 1, 1), &chart);
    char text[256];
    if (point > 0)
        volume_read_out(app, curves, at, text, sizeof text);
    else
        crossing_read_out(curves, text, sizeof text);
    draw_bottom_text(app, rect, text);
}

static void payback_read_out(const App *app, char *out, size_t size)
{
    const Inputs *inputs = session_inputs(app->session);
    int best = session_best_option(app->session);
    snprintf(out, size, "no plan is feasible");
    if (best < 0) return;
    int first = 0;
    for (int i = 0; i < inputs->n_options; i++) {
        if (i == best || !session_result(app->session, i)->is_feasible) continue;
        int month = breakeven_month(app->session->now->workspace, best, i, inputs->horizon_months);
        if (month > first) first = month;
    }
    if (first == 0)
        snprintf(out, size, "%d is the cheapest from the first month on", best + 1);
    else
        snprintf(out, size, "%d stays the cheapest from month %d on", best + 1, first + 1);
}

static void draw_month_chart(App *app, OverviewState *state, Rect rect)
{
    const Inputs *inputs = session_inputs(app->session);
    int n = inputs->horizon_months;
    double *x = calloc((size_t)n * (INPUT_OPTIONS_MAX + 1), sizeof *x);
    if (x == NULL) return;
    for (int m = 0; m < n; m++) x[m] = m + 1;
    Chart chart = {.x = {.scale = SCALE_LINEAR, .title = "month"},
                   .y = {.scale = SCALE_LINEAR, .title = "USD"}};
    for (int i = 0; i < inputs->n_options; i++) {
        const OptionResult *result = session_result(app->session, i);
        if (!result->is_feasible) continue;
        double *y = x + (size_t)n * (size_t)(i + 1);
        for (int m = 0; m < n; m++) y[m] = result->months[m].cumulative_npv_usd;
        chart.series[chart.n_series++] =
            (ChartSeries){inputs->options[i].name, series_labels[i], i, n, x, y, NULL};
    }
    canvas_box(app->canvas, rect, state->pane == PANE_CHART ? LOOK_KEY : LOOK_DIM,
               "Cumulative cost, discounted");
    draw_chart(app->canvas, rect_inset(rect, 1, 1), &chart);
    char text[128];
    payback_read_out(app, text, sizeof text);
    draw_bottom_text(app, rect, text);
    free(x);
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
    int n_options = session_inputs(app->session)->n_options;
    Rect rest, top, left;
    if (rect.width >= WIDE_COLUMNS && rect.height >= WIDE_ROWS) {
        int rows = n_options + 3 < 10 ? 10 : n_options + 3;
        top = rect_split_rows(rect, rows < rect.height / 2 ? rows : rect.height / 2, &rest);
        Rect right;
        left = rect_split_columns(top, top.width * 55 / 100, &right);
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
        if (state->pane == PANE_CHART)
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
    double now = volume_of(inputs), target = 0.0;
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
        state->pane = (state->pane + 1) % N_PANES;
    else if (action == ACTION_PREVIOUS_PANE)
        state->pane = (state->pane + N_PANES - 1) % N_PANES;
    else if (action == ACTION_BACK && state->point > 0)
        state->point = 0;
    else if (state->pane == PANE_CHART && (action == ACTION_LEFT || action == ACTION_RIGHT)) {
        int from = state->point > 0 ? state->point : TREND_POINTS / 2 + 1;
        int to = from + (action == ACTION_RIGHT ? 1 : -1);
        state->point = to < 1 ? 1 : to > TREND_POINTS ? TREND_POINTS : to;
    } else if (state->pane == PANE_LEVERS) {
        if (action == ACTION_LEFT || action == ACTION_RIGHT) {
            app_perform(app, action == ACTION_RIGHT ? ACTION_STEP_UP : ACTION_STEP_DOWN);
            return true;
        }
        return list_handle(&state->levers, action, app->session->n_levers, 8);
    } else {
        ListView view = {place_of(app, state, app->option), 0};
        bool is_open = action == ACTION_ENTER && state->pane == PANE_PLANS;
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
    state->pane = PANE_LEVERS;
    return true;
}

void overview_click(App *app, void *at, int pane, int row)
{
    OverviewState *state = at;
    state->pane = pane;
    if (pane == PANE_PLANS) app->option = row;
    if (pane == PANE_LEVERS) state->levers.cursor = row;
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
