/* Risk: how sure the comparison is, and what it hangs on. Layer: tui (no curses).
 *
 * The table of plans stays; below it are panels (risk_panels.c), as many as there is room for.
 */
#include "tui/risk_panels.h"
#include "tui/screens.h"

#include "tokentco/table.h"

#include <stdio.h>
#include <string.h>

enum { WIDE_COLUMNS = 100, WIDE_ROWS = 30, FIGURE_COLUMNS = 9, N_FIGURES = 7, NAME_X = 4 };

static const struct {
    const char *title;
    int least_columns; /* of the screen; narrower ones leave it out */
} figures[N_FIGURES] = {{"mean", 0},    {"p5", 70},  {"p50", 100}, {"p95", 0},
                        {"CVaR95", 90}, {"best", 0}, {"regret", 0}};

static void figure_text(const RiskOption *option, int figure, char out[FORMAT_BYTES])
{
    const double values[N_FIGURES] = {option->mean.value,
                                      option->quantiles[RISK_P5].value,
                                      option->quantiles[RISK_P50].value,
                                      option->quantiles[RISK_P95].value,
                                      option->cvar95.value,
                                      0.0,
                                      option->mean_regret_usd};
    if (figure == 5)
        format_share(option->best_frac.value, out);
    else
        format_si(values[figure], out);
}

static void draw_plan(App *app, const RiskStudy *study, int o, Rect row, int name_columns)
{
    const RiskOption *option = &study->result.options[o];
    const char *name = study->snapshot->resolved.inputs.options[o].name;
    bool is_here = o == app->option, is_best = o == study->result.best;
    canvas_text(app->canvas, row.x, row.y, LOOK_KEY, is_here ? "▸" : " ");
    canvas_textf(app->canvas, row.x + 1, row.y, look_of_series(o), "%2d", o + 1);
    canvas_text_fit(app->canvas, row.x + NAME_X, row.y, name_columns, is_here ? LOOK_BOLD : LOOK_PLAIN, name);
    int x = row.x + NAME_X + name_columns;
    if (!option->has_figures) {
        canvas_text_fit(app->canvas, x + 1, row.y, row.x + row.width - x - 2, LOOK_DIM, option->reason);
        return;
    }
    for (int f = 0; f < N_FIGURES; f++) {
        char text[FORMAT_BYTES];
        if (app->canvas->width < figures[f].least_columns) continue;
        figure_text(option, f, text);
        canvas_text_right(app->canvas, x, row.y, FIGURE_COLUMNS, is_best ? LOOK_BOLD : LOOK_PLAIN, text);
        x += FIGURE_COLUMNS;
    }
    if (is_best) canvas_text(app->canvas, x + 1, row.y, LOOK_GOOD, "choose");
    if (!is_best && option->feasible_frac < 1.0) {
        char share[FORMAT_BYTES];
        format_share(option->feasible_frac, share);
        canvas_textf(app->canvas, x + 1, row.y, LOOK_WARN, "serves %s", share);
    }
}

static void draw_table(App *app, const RiskStudy *study, Rect rect)
{
    int n_figures = 0;
    for (int f = 0; f < N_FIGURES; f++) n_figures += app->canvas->width >= figures[f].least_columns;
    int name_columns = rect.width - NAME_X - n_figures * FIGURE_COLUMNS - 8,
        x = rect.x + NAME_X + name_columns;
    canvas_text(app->canvas, rect.x + NAME_X, rect.y, LOOK_DIM, "NPV, USD");
    for (int f = 0; f < N_FIGURES; f++) {
        if (app->canvas->width < figures[f].least_columns) continue;
        canvas_text_right(app->canvas, x, rect.y, FIGURE_COLUMNS, LOOK_DIM, figures[f].title);
        x += FIGURE_COLUMNS;
    }
    int page = rect.height - 1, n = study->result.n_options;
    ListView view = {app->option, 0};
    int top = list_top(&view, n, page);
    for (int i = 0; i < page && top + i < n; i++) {
        Rect row = {rect.x, rect.y + 1 + i, rect.width, 1};
        draw_plan(app, study, top + i, row, name_columns);
        app_zone_row(app, row, RISK_PANE_PLANS, top + i);
    }
}

/* How many draws, whether more are on their way, and who is cheapest how often. */
static void draw_head(App *app, const RiskStudy *study, Rect row)
{
    char text[300], draws[FORMAT_BYTES];
    bool is_late = study == NULL || study->revision != app->session->revision;
    bool is_busy = jobs_is_busy(&app->jobs, JOB_RISK) || jobs_is_busy(&app->jobs, JOB_MATTER);
    if (study == NULL) {
        canvas_text_fit(app->canvas, row.x + 1, row.y, row.width - 2, LOOK_DIM, "drawing ...");
        return;
    }
    format_grouped((double)study->result.n_draws, draws);
    int used = snprintf(text, sizeof text, "%s draws of %d uncertain inputs", draws, study->result.n_items);
    if (study->result.best >= 0) {
        char share[FORMAT_BYTES], evpi[FORMAT_BYTES];
        format_share(study->result.options[study->result.best].best_frac.value, share);
        format_si(study->result.evpi.value, evpi);
        snprintf(text + used, sizeof text - (size_t)used,
                 "; %d is cheapest in %s; knowing all would be worth %s USD", study->result.best + 1, share,
                 evpi);
    }
    const char *state = is_late ? "drawing anew" : is_busy ? "more to come" : "";
    int room = row.width - 2 - text_columns(state) - (state[0] != '\0');
    canvas_text_fit(app->canvas, row.x + 1, row.y, room, LOOK_PLAIN, text);
    canvas_text_right(app->canvas, row.x + 1, row.y, row.width - 2, LOOK_WARN, state);
}

void risk_draw(App *app, void *at, Rect rect)
{
    RiskState *state = at;
    app_want_risk(app);
    const RiskStudy *study = app->jobs.results[JOB_RISK];
    draw_head(app, study, (Rect){rect.x, rect.y, rect.width, 1});
    if (study == NULL) return;
    if (session_uncertainty(app->session)->n == 0) {
        canvas_text_fit(app->canvas, rect.x + 1, rect.y + 2, rect.width - 2, LOOK_PLAIN,
                        "nothing is uncertain here: d on a field of Assume gives it a range, as 0.4 to 2.5");
        return;
    }
    Rect rest, top, left, right;
    rect_split_rows(rect, 2, &rest);
    bool is_small = app->canvas->width < WIDTH_FULL || app->canvas->height < HEIGHT_FULL;
    int rows = study->result.n_options + 1, most = is_small ? 3 : rest.height - 12;
    top = rect_split_rows(rest, rows < most ? rows : most, &rest);
    draw_table(app, study, top);
    rect_split_rows(rest, is_small ? 0 : 1, &rest);
    if (rect.width < WIDE_COLUMNS || rect.height < WIDE_ROWS) {
        draw_risk_panel(app, state, (RiskPanel)state->panel, rest, true);
        return;
    }
    Rect upper = rect_split_rows(rest, rest.height / 2, &rest);
    left = rect_split_columns(upper, upper.width / 2, &right);
    draw_risk_panel(app, state, RISK_FAN, left, state->panel == RISK_FAN);
    draw_risk_panel(app, state, RISK_HISTOGRAM, right, state->panel == RISK_HISTOGRAM);
    left = rect_split_columns(rest, rest.width / 2, &right);
    bool is_right_value = state->panel == RISK_VALUE || state->panel == RISK_CONVERGENCE;
    draw_risk_panel(app, state, RISK_TORNADO, left, state->panel == RISK_TORNADO);
    draw_risk_panel(app, state, is_right_value ? (RiskPanel)state->panel : RISK_INDICES, right,
                    is_right_value || state->panel == RISK_INDICES);
}

/* ---- keys ---- */

static const Uncertain *item_at_cursor(App *app, RiskState *state)
{
    const Uncertainty *uncertainty = session_uncertainty(app->session);
    int order[UNCERTAIN_MAX], n = risk_item_order(app, order);
    return state->items.cursor < n && order[state->items.cursor] < uncertainty->n
               ? &uncertainty->items[order[state->items.cursor]]
               : NULL;
}

/* The field behind the item: an edit moves its central value. */
bool risk_field(App *app, void *at, FieldAt *out)
{
    const Uncertain *item = item_at_cursor(app, at);
    if (item == NULL || item->n_targets == 0 || item->targets[0].is_series) return false;
    const FieldRef *ref = &item->targets[0].field;
    bool is_option = input_groups[ref->group].scope == SCOPE_OPTION;
    *out = (FieldAt){*ref, is_option && item->n_targets > 1 && session_is_shared_in(app->session, ref)};
    return true;
}

bool risk_handle(App *app, void *at, ActionId action)
{
    RiskState *state = at;
    int order[UNCERTAIN_MAX];
    bool is_item = state->panel >= RISK_TORNADO && state->panel <= RISK_VALUE;
    if (is_item && list_handle(&state->items, action, risk_item_order(app, order), app->canvas->height / 3))
        return true;
    switch ((int)action) {
    case ACTION_UP:
        return handle_plan_choice(app, ACTION_PREVIOUS_PANE);
    case ACTION_DOWN:
        return handle_plan_choice(app, ACTION_NEXT_PANE);
    case ACTION_LEFT:
        state->panel = (state->panel + N_RISK_PANELS - 1) % N_RISK_PANELS;
        return true;
    case ACTION_RIGHT:
    case ACTION_CHART:
        state->panel = (state->panel + 1) % N_RISK_PANELS;
        return true;
    case ACTION_SCALE:
        state->fan_kind = 1 - state->fan_kind;
        return true;
    default:
        return handle_plan_choice(app, action);
    }
}

void risk_click(App *app, void *at, int pane, int row)
{
    RiskState *state = at;
    if (pane == RISK_PANE_PLANS) {
        app->option = row;
    } else {
        state->panel = pane;
        if (row >= 0) state->items.cursor = row;
    }
}

void risk_export(App *app, void *at, Text *out)
{
    const RiskState *state = at;
    RiskView view;
    if (!risk_view_fill(app, &view)) return;
    bool is_items = state->panel >= RISK_TORNADO && view.tornado != NULL;
    Table table = is_items ? sensitivity_table(&view, false) : risk_table(&view, false);
    table_add_csv(&table, CSV_RFC4180, out);
}
