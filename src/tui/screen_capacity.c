/* Capacity: replicas by hour of the week, and what limits a replica. Layer: tui (no curses). */
#include "tui/screens.h"

#include "tokentco/format.h"
#include "tokentco/table.h"

#include <stdio.h>
#include <string.h>

enum { HOURS_PER_DAY = 24, DAYS_PER_WEEK = 7, SHADES = 5 };

static const char *const day_names[DAYS_PER_WEEK] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

static bool is_self_hosted(const App *app)
{
    return (KIND_SELF & 1u << session_inputs(app->session)->options[app->option].kind) != 0;
}

static int month_shown(const App *app, CapacityState *state)
{
    int n = session_inputs(app->session)->horizon_months;
    if (state->month >= n) state->month = n - 1;
    return state->month;
}

/* Seven rows of the week. Where there is room every hour shows its number of replicas beside its shade. */
static void draw_week(App *app, Rect rect, const int week[HOURS_PER_WEEK])
{
    static const char *const shades[SHADES] = {"·", "░", "▒", "▓", "█"};
    int low = week[0], high = week[0];
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        if (week[h] < low) low = week[h];
        if (week[h] > high) high = week[h];
    }
    int cell = rect.width >= HOURS_PER_DAY * 4 + 6 ? 4 : rect.width >= HOURS_PER_DAY * 3 + 6 ? 3 : 2;
    for (int hour = 0; hour < HOURS_PER_DAY; hour += 3)
        canvas_textf(app->canvas, rect.x + 5 + hour * cell, rect.y, LOOK_DIM, "%02d", hour);
    for (int day = 0; day < DAYS_PER_WEEK; day++) {
        canvas_text(app->canvas, rect.x + 1, rect.y + 1 + day, LOOK_DIM, day_names[day]);
        for (int hour = 0; hour < HOURS_PER_DAY; hour++) {
            int n = week[day * HOURS_PER_DAY + hour];
            int shade = n == 0 ? 0 : high == low ? 1 : 1 + (n - low) * (SHADES - 2) / (high - low);
            int x = rect.x + 5 + hour * cell;
            Look look = shade == 0 ? LOOK_DIM : (Look)(LOOK_HEAT_1 + shade - 1);
            if (cell == 2 || n > 99) {
                canvas_textf(app->canvas, x, rect.y + 1 + day, look, "%s%s", shades[shade], shades[shade]);
            } else {
                canvas_text(app->canvas, x, rect.y + 1 + day, look, shades[shade]);
                canvas_textf(app->canvas, x + 1, rect.y + 1 + day, LOOK_PLAIN, "%-2d", n);
            }
        }
    }
    canvas_textf(app->canvas, rect.x + 5, rect.y + 8, LOOK_DIM,
                 "replicas billed: %d at the trough, %d at the peak", low, high);
}

static const char *draw_bar(App *app, int x, int y, int width, double share)
{
    int n = (int)(share * width + 0.5);
    for (int i = 0; i < n && i < width; i++) canvas_text(app->canvas, x + i, y, LOOK_SERIES_2, "█");
    return "";
}

static RequestMix mix_of(const Inputs *inputs)
{
    /* The load of the first workload stands for the step; with several, the plan itself mixes them (E67). */
    const Workload *load = &inputs->workloads[0];
    return (RequestMix){
        .input_tok = load->input_tok,
        .input_cv = load->input_cv,
        .output_tok = load->output_tok,
        .output_cv = load->output_cv,
        .resident_tok = step_resident_tok(load->input_tok, load->output_tok, load->output_cv),
        .cache_hit_frac = load->cache_hit_frac,
        .max_context_tok = load->max_context_tok,
        .slo_tpot_s = load->slo_tpot_s,
        .slo_ttft_s = load->slo_ttft_s,
    };
}

/* Where a decode step's time goes, at the planning batch. */
static void draw_step(App *app, Rect rect, const OptionResult *result)
{
    const Inputs *inputs = session_inputs(app->session);
    const OptionInputs *option = &inputs->options[app->option];
    const Replica *replica = &result->replica;
    Canvas *canvas = app->canvas;
    char rate[FORMAT_BYTES];
    format_price(replica->rate_req_s, rate);
    canvas_textf(canvas, rect.x + 1, rect.y, LOOK_PLAIN,
                 "a replica: %d GPU%s, %d sequences, %s req/s, first token %.3f s, then %.1f ms a token",
                 replica->degree, replica->degree == 1 ? "" : "s", replica->batch, rate, replica->prefill_s,
                 replica->tpot_s * 1e3);
    if (option->engine.has_measured_decode_tok_s) {
        canvas_text(canvas, rect.x + 1, rect.y + 1, LOOK_DIM,
                    "speeds are measured; there is no breakdown of a step");
        return;
    }
    StepTerms terms = {0};
    RequestMix mix = mix_of(inputs);
    double step = step_decode_s(&option->shape, &option->accelerator, &option->efficiency, &option->serving,
                                &mix, replica->degree, replica->batch, &terms);
    const struct {
        const char *name;
        double seconds;
    } parts[] = {
        {"weights read", terms.weights_s},
        {"cache read", terms.kv_s},
        {"arithmetic", terms.compute_s},
        {"link", terms.link_s},
        {"all-reduce", terms.allreduce_latency_s},
        {"per layer", terms.layer_s},
        {"per sequence", terms.seq_s},
        {"other", terms.fix_s},
    };
    canvas_textf(canvas, rect.x + 1, rect.y + 1, LOOK_DIM,
                 "one decode step, %.2f ms (model, %s):", step * 1e3, basis_name(option->basis.basis));
    for (int i = 0; i < (int)(sizeof parts / sizeof parts[0]) && i + 2 < rect.height && step > 0.0; i++) {
        int y = rect.y + 2 + i;
        canvas_textf(canvas, rect.x + 1, y, LOOK_PLAIN, "  %-13s %8.3f ms %4.0f %%", parts[i].name,
                     parts[i].seconds * 1e3, parts[i].seconds / step * 100.0);
        draw_bar(app, rect.x + 36, y, rect.width - 38, parts[i].seconds / step);
    }
}

void capacity_draw(App *app, void *at, Rect rect)
{
    CapacityState *state = at;
    const Inputs *inputs = session_inputs(app->session);
    const OptionResult *result = session_result(app->session, app->option);
    int month = month_shown(app, state);
    draw_plan_head(app, rect, "left and right: month");
    Rect rest;
    rect_split_rows(rect, 2, &rest);
    if (!is_self_hosted(app) || !result->is_feasible) {
        canvas_text_fit(app->canvas, rest.x + 1, rest.y, rest.width - 2, LOOK_PLAIN,
                        result->is_feasible ? "the vendor plans the capacity of this plan" : result->reason);
        return;
    }
    int week[HOURS_PER_WEEK];
    capacity_week(inputs, app->option, month, app->session->now->workspace, week);
    const MonthResult *now = &result->months[month];
    char name[16], used[FORMAT_BYTES], hours[FORMAT_BYTES];
    month_format(inputs->start + month, name);
    format_percent(now->utilisation_frac, used);
    format_grouped(now->gpu_hours, hours);
    canvas_textf(app->canvas, rect.x + 1, rect.y + 1, LOOK_BOLD,
                 "%s  %s GPU-h  %s used  %d reserved  %d servers  %.2f FTE", name, hours, used,
                 now->reserved_replicas, now->servers, now->fte);
    Rect steps, map = rect_split_rows(rest, 9, &steps);
    draw_week(app, map, week);
    if (steps.height >= 3) draw_step(app, steps, result);
}

bool capacity_handle(App *app, void *at, ActionId action)
{
    CapacityState *state = at;
    int last = session_inputs(app->session)->horizon_months - 1;
    if (handle_plan_choice(app, action)) return true;
    if (action == ACTION_LEFT || action == ACTION_UP)
        state->month -= state->month > 0;
    else if (action == ACTION_RIGHT || action == ACTION_DOWN)
        state->month += state->month < last;
    else if (action == ACTION_TOP)
        state->month = 0;
    else if (action == ACTION_BOTTOM)
        state->month = last;
    else
        return false;
    return true;
}

void capacity_export(App *app, void *at, Text *out)
{
    CapacityState *state = at;
    const OptionResult *result = session_result(app->session, app->option);
    if (!is_self_hosted(app) || !result->is_feasible) return;
    int week[HOURS_PER_WEEK];
    capacity_week(session_inputs(app->session), app->option, month_shown(app, state),
                  app->session->now->workspace, week);
    CsvOut csv;
    csv_out_init(&csv, out, CSV_RFC4180);
    csv_out_text(&csv, "day");
    csv_out_text(&csv, "hour");
    csv_out_text(&csv, "replicas");
    csv_out_end_line(&csv);
    for (int h = 0; h < HOURS_PER_WEEK; h++) {
        csv_out_text(&csv, day_names[h / HOURS_PER_DAY]);
        csv_out_number(&csv, h % HOURS_PER_DAY);
        csv_out_number(&csv, week[h]);
        csv_out_end_line(&csv);
    }
}
