/* Fan, histogram, tornado, indices, worth of knowing. Layer: tui (no curses). */
#include "tui/risk_panels.h"

#include "tokentco/format.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const char *const panel_titles[N_RISK_PANELS] = {
    [RISK_FAN] = "Cost by month, p5 to p95",
    [RISK_HISTOGRAM] = "NPV, how often",
    [RISK_TORNADO] = "One input alone, p5 to p95",
    [RISK_INDICES] = "Share of the variance (Sobol)",
    [RISK_VALUE] = "Worth of knowing, and what flips it",
    [RISK_CONVERGENCE] = "More draws, same answer?",
};

enum { LABEL_COLUMNS = 26, LABEL_FEW = 20 };

void format_share(double share, char out[FORMAT_BYTES])
{
    const double least = 0.001;
    if (share > 0.0 && share < least)
        snprintf(out, FORMAT_BYTES, "<0.1 %%");
    else if (share < 1.0 && share > 1.0 - least)
        snprintf(out, FORMAT_BYTES, ">99.9 %%");
    else
        snprintf(out, FORMAT_BYTES, "%.3g %%", share * 100.0);
}

const RiskStudy *app_risk_study(const App *app)
{
    const RiskStudy *risk = app->jobs.results[JOB_RISK];
    bool fits = risk != NULL && risk->result.n_options == session_inputs(app->session)->n_options;
    return fits ? risk : NULL;
}

bool risk_view_fill(const App *app, RiskView *out)
{
    const RiskStudy *risk = app->jobs.results[JOB_RISK];
    const MatterStudy *matter = app->jobs.results[JOB_MATTER];
    if (risk == NULL) return false;
    bool is_same = matter != NULL && matter->revision == risk->revision;
    *out = (RiskView){.resolved = &risk->snapshot->resolved,
                      .risk = &risk->result,
                      .tornado = is_same && matter->has_flips ? &matter->tornado : NULL,
                      .indices = is_same && matter->has_indices ? &matter->indices : NULL,
                      .seed = RISK_SEED};
    return true;
}

/* The newest tornado, even of the document before the last edit: bars that jump out and in would be worse. */
static const MatterStudy *matter_of(const App *app)
{
    const MatterStudy *matter = app->jobs.results[JOB_MATTER];
    bool fits = matter != NULL && matter->has_tornado &&
                matter->tornado.n_items == session_uncertainty(app->session)->n &&
                matter->tornado.n_options == session_inputs(app->session)->n_options;
    return fits ? matter : NULL;
}

int risk_item_order(const App *app, int order[UNCERTAIN_MAX])
{
    const MatterStudy *matter = matter_of(app);
    if (matter != NULL && matter->tornado.best >= 0) return risk_tornado_order(&matter->tornado, order);
    int n = session_uncertainty(app->session)->n;
    for (int i = 0; i < n; i++) order[i] = i;
    return n;
}

static void say_waiting(App *app, Rect rect)
{
    canvas_text_fit(app->canvas, rect.x + 1, rect.y, rect.width - 2, LOOK_DIM,
                    jobs_is_busy(&app->jobs, JOB_MATTER) ? "on its way ..." : "nothing to show");
}

/* ---- draws ---- */

static void draw_fan(App *app, const RiskState *state, Rect rect)
{
    RiskView view;
    RiskFan fan;
    if (!risk_view_fill(app, &view) || app->option >= view.risk->n_options ||
        !risk_fan_build(&view, app->option, (FanKind)state->fan_kind, &fan)) {
        canvas_text_fit(app->canvas, rect.x + 1, rect.y, rect.width - 2, LOOK_DIM,
                        "this plan cannot serve in any draw");
        return;
    }
    draw_chart(app->canvas, rect, fan.chart);
    risk_fan_free(&fan);
}

/* One column of the histogram at the height that its count has. */
static void draw_column(Canvas *canvas, int x, int bottom, int height, double share, Look look)
{
    static const char *const eighths[] = {" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"};
    enum { STEPS = 8 };
    int steps = (int)ceil(share * height * STEPS);
    for (int y = 0; y < height && steps > 0; y++, steps -= STEPS)
        canvas_text(canvas, x, bottom - y, look, eighths[steps < STEPS ? steps : STEPS]);
}

static void mark_quantile(Canvas *canvas, Rect axis, const RiskHistogram *histogram, const char *name,
                          double value)
{
    double share = (value - histogram->low) / (histogram->high - histogram->low);
    int x = axis.x + (int)(fmin(fmax(share, 0.0), 1.0) * (axis.width - 1));
    char text[FORMAT_BYTES];
    format_si(value, text);
    canvas_text(canvas, x, axis.y, LOOK_KEY, "▲");
    int at = x + text_columns(name) + 1 < axis.x + axis.width ? x + 1 : x - text_columns(name);
    canvas_text(canvas, at, axis.y, LOOK_DIM, name);
    int start = x + text_columns(text) < axis.x + axis.width ? x : axis.x + axis.width - text_columns(text);
    canvas_text(canvas, start, axis.y + 1, LOOK_PLAIN, text);
}

static void draw_histogram(App *app, Rect rect)
{
    const RiskStudy *study = app->jobs.results[JOB_RISK];
    if (study == NULL || app->option >= study->result.n_options) return;
    const RiskOption *option = &study->result.options[app->option];
    if (!option->has_figures || rect.height < 4) {
        canvas_text_fit(app->canvas, rect.x + 1, rect.y, rect.width - 2, LOOK_DIM, option->reason);
        return;
    }
    const RiskHistogram *histogram = &option->histogram;
    long most = 1;
    for (int b = 0; b < RISK_BINS; b++)
        if (histogram->counts[b] > most) most = histogram->counts[b];
    Rect axis = {rect.x + 1, rect.y + rect.height - 2, rect.width - 2, 1};
    for (int x = 0; x < axis.width; x++) {
        long count = histogram->counts[x * RISK_BINS / axis.width];
        draw_column(app->canvas, axis.x + x, axis.y - 1, rect.height - 2, (double)count / (double)most,
                    look_of_series(app->option));
    }
    mark_quantile(app->canvas, axis, histogram, "p5", option->quantiles[RISK_P5].value);
    mark_quantile(app->canvas, axis, histogram, "p50", option->quantiles[RISK_P50].value);
    mark_quantile(app->canvas, axis, histogram, "p95", option->quantiles[RISK_P95].value);
}

static void draw_convergence(App *app, Rect rect)
{
    const RiskStudy *study = app->jobs.results[JOB_RISK];
    if (study == NULL || study->result.best < 0) return;
    canvas_text_fit(app->canvas, rect.x + 1, rect.y, rect.width - 2, LOOK_DIM,
                    "  draws    mean of the choice       cheapest       EVPI");
    for (int i = 0; i < study->result.n_levels && i + 1 < rect.height; i++) {
        const RiskLevel *level = &study->result.levels[i];
        char mean[FORMAT_BYTES], error[FORMAT_BYTES], share[FORMAT_BYTES], evpi[FORMAT_BYTES], line[300];
        format_grouped(level->mean.value, mean);
        format_grouped(level->mean.error, error);
        format_share(level->best_frac.value, share);
        format_si(level->evpi.value, evpi);
        snprintf(line, sizeof line, "%7ld  %12s +- %-8s  %9s  %9s", level->n_draws, mean, error, share, evpi);
        canvas_text_fit(app->canvas, rect.x + 1, rect.y + 1 + i, rect.width - 2, LOOK_PLAIN, line);
    }
}

/* ---- items ---- */

static void draw_bar_pair(Canvas *canvas, int x, int y, int width, double low, double high, double reach)
{
    int half = (width - 1) / 2, middle = x + half;
    const double ends[2] = {low, high};
    for (int e = 0; e < 2; e++) {
        int n = (int)lround(fabs(ends[e]) / reach * half), step = ends[e] < 0.0 ? -1 : 1;
        for (int i = 1; i <= n && i <= half; i++)
            canvas_text(canvas, middle + step * i, y, ends[e] < 0.0 ? LOOK_GOOD : LOOK_BAD,
                        e == 0 ? "▒" : "█");
    }
    canvas_text(canvas, middle, y, LOOK_DIM, "│");
}

static void draw_share_bar(Canvas *canvas, int x, int y, int width, double share, const char *mark, Look look)
{
    int n = (int)lround(fmin(fmax(share, 0.0), 1.0) * width);
    for (int i = 0; i < n; i++) canvas_text(canvas, x + i, y, look, mark);
}

static void tornado_row(App *app, const MatterStudy *matter, int item, Rect row, int x)
{
    const Tornado *tornado = &matter->tornado;
    int o = app->option < tornado->n_options && tornado->has_base[app->option] ? app->option : tornado->best;
    const TornadoBar *bar = &tornado->bars[item];
    if (o < 0 || !bar->has_low[o] || !bar->has_high[o]) {
        canvas_text_fit(app->canvas, x, row.y, row.x + row.width - x, LOOK_WARN, "cannot serve at an end");
        return;
    }
    double reach = 1e-9;
    for (int i = 0; i < tornado->n_items; i++) {
        if (tornado->bars[i].has_low[o])
            reach = fmax(reach, fabs(tornado->bars[i].low_usd[o] - tornado->base_usd[o]));
        if (tornado->bars[i].has_high[o])
            reach = fmax(reach, fabs(tornado->bars[i].high_usd[o] - tornado->base_usd[o]));
    }
    double low = bar->low_usd[o] - tornado->base_usd[o], high = bar->high_usd[o] - tornado->base_usd[o];
    int figures = row.width > 56 ? 18 : 0, width = row.x + row.width - x - figures;
    draw_bar_pair(app->canvas, x, row.y, width, low, high, reach);
    char text[2 * FORMAT_BYTES + 4], at_low[FORMAT_BYTES], at_high[FORMAT_BYTES];
    format_si(low, at_low);
    format_si(high, at_high);
    snprintf(text, sizeof text, "%s to %s", at_low, at_high);
    if (figures > 0) canvas_text_right(app->canvas, x + width, row.y, figures, LOOK_PLAIN, text);
}

static void index_row(App *app, const MatterStudy *matter, int item, Rect row, int x)
{
    if (!matter->has_indices) return;
    const Indices *indices = &matter->indices;
    int output = app->option < indices->n_outputs ? app->option : 0;
    const SobolRow *sobol = &indices->sobol[item * indices->n_outputs + output];
    int width = row.x + row.width - x - 17;
    if (width < 8) width = 8;
    draw_share_bar(app->canvas, x, row.y, width, sobol->total.value, "░", LOOK_DIM);
    draw_share_bar(app->canvas, x, row.y, width, sobol->first.value, "█", LOOK_SERIES_2);
    canvas_textf(app->canvas, x + width + 1, row.y, LOOK_PLAIN, "%5.2f %5.2f±%.2f",
                 fmax(sobol->first.value, 0.0), fmax(sobol->total.value, 0.0),
                 SOBOL_T90 * sobol->total.error);
}

void flip_text(const Flip *flip, double base, char out[FORMAT_BYTES])
{
    if (!flip->has_flip) {
        snprintf(out, FORMAT_BYTES, "never");
        return;
    }
    char number[FORMAT_BYTES];
    bool is_ratio = base > 0.0 && flip->value > 0.0;
    if (is_ratio) {
        double ratio = flip->value / base;
        snprintf(number, sizeof number, ratio < 0.01 || ratio >= 100.0 ? "%.1e" : "%.2g", ratio);
        snprintf(out, FORMAT_BYTES, "%s %.20sx", ratio > 1.0 ? "↑" : "↓", number);
    } else {
        format_si(flip->value, number);
        snprintf(out, FORMAT_BYTES, "%s %.20s", flip->value > base ? "↑" : "↓", number);
    }
}

static void value_row(App *app, const MatterStudy *matter, int item, Rect row, int x)
{
    const RiskStudy *risk = app->jobs.results[JOB_RISK];
    char text[FORMAT_BYTES];
    if (risk != NULL && item < risk->result.n_items) {
        format_si(risk->result.items[item].evppi.value, text);
        canvas_text_right(app->canvas, x, row.y, 9, LOOK_PLAIN, text);
    }
    if (!matter->has_flips) return;
    const Flip *flip = &matter->tornado.flips[item];
    flip_text(flip, matter->tornado.bars[item].base, text);
    canvas_text(app->canvas, x + 11, row.y, flip->is_inside ? LOOK_WARN : LOOK_PLAIN, text);
    char winner[80] = "";
    if (flip->has_flip && flip->winner >= 0)
        snprintf(winner, sizeof winner, "then %d%s", flip->winner + 1,
                 flip->is_inside ? ", likely enough" : "");
    else if (flip->has_flip)
        snprintf(winner, sizeof winner, "then none serves");
    canvas_text_fit(app->canvas, x + 21, row.y, row.x + row.width - x - 21, LOOK_DIM, winner);
}

typedef void (*ItemRow)(App *app, const MatterStudy *matter, int item, Rect row, int x);

static void draw_items(App *app, RiskState *state, RiskPanel panel, Rect rect, bool is_focus)
{
    static const struct {
        ItemRow draw;
        const char *head;
    } rows[N_RISK_PANELS] = {
        [RISK_TORNADO] = {tornado_row, "▒ at p5   █ at p95   of the plan under view"},
        [RISK_INDICES] = {index_row, "█ alone   ░ with others   first, total"},
        [RISK_VALUE] = {value_row, "   USD      flips at  winner"},
    };
    const MatterStudy *matter = matter_of(app);
    int order[UNCERTAIN_MAX], n = risk_item_order(app, order);
    if (matter == NULL || (panel == RISK_INDICES && !matter->has_indices)) {
        say_waiting(app, rect);
        return;
    }
    int label = rect.width > 56 ? LABEL_COLUMNS : LABEL_FEW;
    /* The head stands over its column, or further left where it is longer. */
    int columns = text_columns(rows[panel].head), x = rect.x + label + 2;
    if (x + columns > rect.x + rect.width) x = rect.x + rect.width - columns;
    canvas_text_fit(app->canvas, x > rect.x ? x : rect.x, rect.y, rect.width, LOOK_DIM, rows[panel].head);
    int page = rect.height - 1, top = list_top(&state->items, n, page);
    const Uncertainty *uncertainty = session_uncertainty(app->session);
    for (int i = 0; i < page && top + i < n; i++) {
        Rect row = {rect.x, rect.y + 1 + i, rect.width, 1};
        int item = order[top + i];
        bool is_here = is_focus && top + i == state->items.cursor;
        canvas_text(app->canvas, row.x, row.y, LOOK_KEY, is_here ? "▸" : " ");
        canvas_text_fit(app->canvas, row.x + 1, row.y, label, is_here ? LOOK_BOLD : LOOK_PLAIN,
                        uncertainty->items[item].label);
        rows[panel].draw(app, matter, item, row, rect.x + label + 2);
        app_zone_row(app, row, (int)panel, top + i);
    }
}

static void draw_advice(App *app, Rect row)
{
    RiskView view;
    Text text;
    if (!risk_view_fill(app, &view)) return;
    text_init(&text);
    risk_advice_format(&view, &text);
    canvas_text_fit(app->canvas, row.x + 1, row.y, row.width - 2, LOOK_PLAIN, text_str(&text));
    text_free(&text);
}

void draw_risk_panel(App *app, RiskState *state, RiskPanel panel, Rect rect, bool is_focus)
{
    char title[96];
    snprintf(title, sizeof title, "%s", panel_titles[panel]);
    if (panel == RISK_FAN && state->fan_kind == FAN_USD_PER_MTOK)
        snprintf(title, sizeof title, "USD per Mtok by month, p5 to p95");
    app_zone_row(app, rect, (int)panel, -1);
    canvas_box(app->canvas, rect, is_focus ? LOOK_KEY : LOOK_DIM, title);
    Rect inner = rect_inset(rect, 1, 1);
    if (panel == RISK_FAN) {
        draw_fan(app, state, inner);
    } else if (panel == RISK_HISTOGRAM) {
        draw_histogram(app, inner);
    } else if (panel == RISK_CONVERGENCE) {
        draw_convergence(app, inner);
    } else {
        Rect advice = {inner.x, inner.y + inner.height - 1, inner.width, 1};
        bool has_advice = panel == RISK_VALUE && inner.height > 4;
        if (has_advice) inner.height--;
        draw_items(app, state, panel, inner, is_focus);
        if (has_advice) draw_advice(app, advice);
    }
}
