/* Bench: what was measured, here and elsewhere; measuring anew. Layer: tui (no curses). */
#include "tui/screens.h"

#include "tui/find.h"
#include "tui/job_bench.h"

#include "tokentco/format.h"
#include "tokentco/machine_text.h"
#include "tokentco/record.h"
#include "tokentco/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    LIST_ROWS_MAX = 12,
    WHEN_BYTES = 17, /* "2026-11-25 17:43" */
    ID_DIGITS = 16,  /* of an id, enough to name it */
    BAR_COLUMNS_MIN = 8,
    POINT_COLUMNS = 58,
    ROOF_ROWS_MIN = 9,   /* of a picture worth its place */
    KERNEL_COLUMNS = 40, /* beside the picture */
    GAUGE_COLUMNS = 24
};

struct BenchRecords {
    Arena arena;
    RecordList list;
};

/* ---- the list ---- */

static void records_drop(BenchState *state)
{
    if (state->records == NULL) return;
    arena_free(&state->records->arena);
    free(state->records);
    state->records = NULL;
}

void bench_end(void *at)
{
    records_drop(at);
}

/* The records of the folder, read once; again after a run. A file that is none is counted, not shown. */
static const RecordList *records_of(App *app, BenchState *state)
{
    bool is_news = state->n_measured != app->n_measured;
    state->n_measured = app->n_measured;
    if (is_news) records_drop(state);
    if (state->records != NULL) return &state->records->list;
    state->records = calloc(1, sizeof *state->records);
    if (state->records == NULL) abort();
    arena_init(&state->records->arena);
    ErrList faults;
    err_list_init(&faults);
    char folder[RECORD_PATH_BYTES];
    if (records_folder_find(app->session->sources.records, folder, sizeof folder, NULL))
        records_list(folder, &state->records->arena, &state->records->list, &faults);
    if (faults.n_items > 0)
        app_say(app, LOOK_WARN, "%zu files are no records: %s", faults.n_items, faults.items[0].text);
    err_list_free(&faults);
    if (is_news) state->list = (ListView){0, 0};
    return &state->records->list;
}

static void when_format(const char *when, char out[WHEN_BYTES])
{
    snprintf(out, WHEN_BYTES, "%.16s", when[0] != '\0' ? when : "-");
    char *t = strchr(out, 'T');
    if (t != NULL) *t = ' ';
}

static void rate_format(const Measurement *record, MeasurePhase phase, char out[FORMAT_BYTES])
{
    const MeasurePoint *point = measurement_headline(record, phase);
    /* What others measured while serving is mostly decoding. */
    if (point == NULL && phase == PHASE_DECODE) point = measurement_headline(record, PHASE_SERVING);
    snprintf(out, FORMAT_BYTES, "-");
    if (point != NULL) format_si(point->rate_tok_s, out);
}

static void draw_record(App *app, const Measurement *record, Rect row, bool is_here)
{
    Canvas *canvas = app->canvas;
    Look look = is_here ? LOOK_BOLD : LOOK_PLAIN;
    char when[WHEN_BYTES], text[FORMAT_BYTES];
    canvas_text(canvas, row.x, row.y, LOOK_KEY, is_here ? "▸" : " ");
    when_format(record->when, when);
    canvas_text_fit(canvas, row.x + 1, row.y, 16, look, when);
    canvas_text_fit(canvas, row.x + 18, row.y, 14, look, record->model);
    canvas_text_fit(canvas, row.x + 33, row.y, 6, look, record->weight_format);
    rate_format(record, PHASE_PREFILL, text);
    canvas_text_right(canvas, row.x + 40, row.y, 8, look, text);
    rate_format(record, PHASE_DECODE, text);
    canvas_text_right(canvas, row.x + 49, row.y, 8, look, text);
    canvas_text_fit(canvas, row.x + 59, row.y, row.width - 60, LOOK_DIM,
                    record->origin == MEASURED_HERE ? record->hardware : record->engine);
}

static void draw_list(App *app, BenchState *state, const RecordList *list, Rect rect)
{
    Canvas *canvas = app->canvas;
    canvas_text(canvas, rect.x + 1, rect.y, LOOK_DIM, "when");
    canvas_text(canvas, rect.x + 18, rect.y, LOOK_DIM, "model");
    canvas_text(canvas, rect.x + 33, rect.y, LOOK_DIM, "weights");
    canvas_text_right(canvas, rect.x + 40, rect.y, 8, LOOK_DIM, "prefill");
    canvas_text_right(canvas, rect.x + 49, rect.y, 8, LOOK_DIM, "decode");
    canvas_text_fit(canvas, rect.x + 59, rect.y, rect.width - 60, LOOK_DIM, "tok/s, on");
    int page = rect.height - 1;
    int top = list_top(&state->list, list->n, page);
    for (int i = 0; i < page && top + i < list->n; i++) {
        Rect row = {rect.x, rect.y + 1 + i, rect.width - 1, 1};
        draw_record(app, &list->items[top + i], row, top + i == state->list.cursor);
        app_zone_row(app, row, 0, top + i);
    }
    draw_scrollbar(canvas, (Rect){rect.x + rect.width - 1, rect.y + 1, 1, page}, top, list->n);
    if (list->n == 0)
        canvas_text_fit(canvas, rect.x + 2, rect.y + 1, rect.width - 3, LOOK_DIM,
                        "nothing was measured here yet: r measures this machine in under ten seconds");
}

/* ---- one record ---- */

static int draw_points(Canvas *canvas, const Measurement *record, Rect rect)
{
    canvas_text_fit(canvas, rect.x + 1, rect.y, rect.width - 1, LOOK_DIM,
                    "phase   prompt  depth batch     tok/s   p10    p90  noise");
    int i = 0;
    for (; i < record->n_points && i + 1 < rect.height; i++) {
        const MeasurePoint *point = &record->points[i];
        char line[256], rate[FORMAT_BYTES], low[FORMAT_BYTES], high[FORMAT_BYTES];
        format_si(point->rate_tok_s, rate);
        format_si(point->rate_p10_tok_s, low);
        format_si(point->rate_p90_tok_s, high);
        snprintf(line, sizeof line, "%-7s %6d %6d %5.0f  %8s %6s %6s  %s", measure_phase_name(point->phase),
                 point->prompt_tok, point->depth_tok, point->batch, rate, low, high,
                 measure_noise_name(point->noise));
        canvas_text_fit(canvas, rect.x + 1, rect.y + 1 + i, rect.width - 1, LOOK_PLAIN, line);
    }
    return i + 1;
}

/* What each kernel reaches of the limit that binds it. */
static int draw_kernels(Canvas *canvas, const Measurement *record, Rect rect)
{
    canvas_text_fit(canvas, rect.x + 1, rect.y, rect.width - 1, LOOK_DIM,
                    record->n_kernels > 0 ? "kernel, share of the limit that binds it"
                                          : "this record has no kernels");
    int name = rect.width > 44 ? 19 : 16, i = 0;
    int bar = rect.width - name - 19;
    for (; i < record->n_kernels && i + 1 < rect.height; i++) {
        const MeasureKernel *kernel = &record->kernels[i];
        int y = rect.y + 1 + i;
        canvas_textf(canvas, rect.x + 1, y, LOOK_KEY, "%c", machine_kernel_letter(record, i));
        canvas_text_fit(canvas, rect.x + 3, y, name - 2, LOOK_PLAIN, kernel->name);
        canvas_textf(canvas, rect.x + name + 2, y, LOOK_BOLD, "%3.0f %%", kernel->share_frac * 100.0);
        canvas_text_fit(canvas, rect.x + name + 8, y, 10, LOOK_DIM, kernel->limit_name);
        if (bar >= BAR_COLUMNS_MIN) draw_gauge(canvas, rect.x + name + 18, y, bar, kernel->share_frac);
    }
    return i + 1;
}

static void draw_limits(Canvas *canvas, const Measurement *record, Rect rect)
{
    int x = rect.x + 1;
    for (int i = 0; i < record->n_limits && rect.height > 0; i++) {
        const MeasureLimit *limit = &record->limits[i];
        char text[96], value[FORMAT_BYTES];
        format_si(limit->value, value);
        snprintf(text, sizeof text, "%s %s%s", limit->name, value, limit->unit);
        int columns = text_columns(text);
        if (x + columns > rect.x + rect.width - 1) break;
        canvas_text(canvas, x, rect.y, LOOK_DIM, text);
        x += columns + 3;
    }
}

/* What the machine can do at most, and what the kernels reach of it. */
static void draw_roofline(Canvas *canvas, const Measurement *record, Rect rect)
{
    Roofline roofline;
    if (!machine_draw_roofline(record, &roofline)) {
        canvas_text_fit(canvas, rect.x + 1, rect.y, rect.width - 2, LOOK_DIM,
                        "no roofline: this record has no limits and kernels (r measures them)");
        return;
    }
    canvas_box(canvas, rect, LOOK_DIM, "roofline: op/s by operations per byte");
    draw_chart(canvas, rect_inset(rect, 1, 1), &roofline.chart);
}

static void draw_picture(Canvas *canvas, const Measurement *record, Rect rect)
{
    Rect right, left = rect_split_columns(rect, rect.width - KERNEL_COLUMNS, &right);
    bool is_wide = rect.width >= POINT_COLUMNS + KERNEL_COLUMNS && record->n_kernels > 0;
    draw_roofline(canvas, record, is_wide ? left : rect);
    if (is_wide) draw_kernels(canvas, record, right);
}

/* Where there is room, the picture stands below the points. */
static void draw_tables(Canvas *canvas, const Measurement *record, Rect rect)
{
    Rect right, left = rect;
    bool is_wide = rect.width >= POINT_COLUMNS + KERNEL_COLUMNS;
    if (is_wide) left = rect_split_columns(rect, POINT_COLUMNS + 2, &right);
    int rows = draw_points(canvas, record, left);
    Rect below = {left.x, left.y + rows + 1, left.width, left.height - rows - 1};
    if (!is_wide) right = below;
    if (right.height > 1) draw_kernels(canvas, record, right);
    if (is_wide && record->n_kernels > 0 && below.height >= ROOF_ROWS_MIN)
        draw_roofline(canvas, record, below);
}

static void draw_record_detail(App *app, const BenchState *state, const Measurement *record, Rect rect)
{
    Canvas *canvas = app->canvas;
    char text[400], threads[24] = "";
    if (record->n_threads > 0) snprintf(threads, sizeof threads, "%d threads", record->n_threads);
    const char *const parts[] = {record->hardware, record->topology, threads,
                                 record->isa,      record->engine,   record->note};
    int used = snprintf(text, sizeof text, "%.*s", ID_DIGITS, record->id);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0] && (size_t)used < sizeof text; i++)
        if (parts[i][0] != '\0') used += snprintf(text + used, sizeof text - (size_t)used, "  %s", parts[i]);
    canvas_text_fit(canvas, rect.x + 1, rect.y, rect.width - 2, LOOK_PLAIN, text);
    if (record->noise == NOISE_NOISY) {
        snprintf(text, sizeof text, "the machine was noisy: %s", record->noise_note);
        canvas_text_fit(canvas, rect.x + 1, rect.y + 1, rect.width - 2, LOOK_WARN, text);
    } else {
        draw_limits(canvas, record, (Rect){rect.x, rect.y + 1, rect.width, 1});
    }
    Rect rest = {rect.x, rect.y + 3, rect.width, rect.height - 3};
    if (state->is_roofline)
        draw_picture(canvas, record, rest);
    else
        draw_tables(canvas, record, rest);
}

static void draw_run(App *app, Rect row)
{
    const BenchResult *result = app->jobs.results[JOB_BENCH];
    char text[320];
    if (jobs_is_busy(&app->jobs, JOB_BENCH)) {
        double done = jobs_progress(&app->jobs, JOB_BENCH);
        draw_gauge(app->canvas, row.x + 1, row.y, GAUGE_COLUMNS, done);
        snprintf(text, sizeof text, "%3.0f %%  %s   c cancels", done * 100.0,
                 result != NULL && !result->is_done ? result->text : "starting");
        canvas_text_fit(app->canvas, row.x + GAUGE_COLUMNS + 2, row.y, row.width - GAUGE_COLUMNS - 3,
                        LOOK_PLAIN, text);
    } else if (result != NULL && result->is_failed) {
        snprintf(text, sizeof text, "not measured: %s", result->text);
        canvas_text_fit(app->canvas, row.x + 1, row.y, row.width - 2, LOOK_BAD, text);
    } else {
        canvas_text_fit(app->canvas, row.x + 1, row.y, row.width - 2, LOOK_DIM,
                        "r measures this machine; p gives a record's speed to the plan; v roofline");
    }
}

void bench_draw(App *app, void *at, Rect rect)
{
    BenchState *state = at;
    const RecordList *list = records_of(app, state);
    draw_run(app, (Rect){rect.x, rect.y, rect.width, 1});
    int rows = list->n + 1 < 2 ? 2 : list->n + 1;
    int most = rect.height / 3 < LIST_ROWS_MAX ? rect.height / 3 : LIST_ROWS_MAX;
    Rect top = {rect.x, rect.y + 2, rect.width, rows < most ? rows : most};
    draw_list(app, state, list, top);
    Rect rest = {rect.x, top.y + top.height + 1, rect.width, rect.height - top.height - 3};
    if (list->n > 0) draw_record_detail(app, state, &list->items[state->list.cursor], rest);
}

/* ---- keys ---- */

static void run_bench(App *app)
{
    if (jobs_is_busy(&app->jobs, JOB_BENCH)) {
        app_say(app, LOOK_DIM, "it is measuring already; c cancels");
        return;
    }
    app->has_taken_measurement = false;
    jobs_start(&app->jobs, JOB_BENCH, bench_job_new(app->session->sources.records));
    app_say(app, LOOK_PLAIN, "measuring in the background; everything else works meanwhile");
}

static void pick_record(App *app, const Measurement *record)
{
    const OptionInputs *option = &session_inputs(app->session)->options[app->option];
    if ((KIND_SELF & 1u << option->kind) == 0) {
        app_say(app, LOOK_WARN, "%s has no engine of its own; Tab chooses another plan", option->name);
        return;
    }
    char line[POINTER_BYTES];
    snprintf(line, sizeof line, "set /options/%d/engine/record %.*s", app->option, ID_DIGITS, record->id);
    char name[FIELD_TEXT_BYTES];
    snprintf(name, sizeof name, "%s", option->name); /* the edit makes new inputs */
    Err err = {0};
    if (app_command(app, line, &err))
        app_say(app, LOOK_GOOD, "%.60s runs at the speed of this record now; u undoes it", name);
    else
        app_say(app, LOOK_WARN, "%s", err.text);
}

bool bench_handle(App *app, void *at, ActionId action)
{
    BenchState *state = at;
    const RecordList *list = records_of(app, state);
    if (list_handle(&state->list, action, list->n, LIST_ROWS_MAX)) return true;
    switch ((int)action) {
    case ACTION_CHART:
        state->is_roofline = !state->is_roofline;
        return true;
    case ACTION_RUN:
        run_bench(app);
        return true;
    case ACTION_CANCEL:
        if (jobs_is_busy(&app->jobs, JOB_BENCH)) app_say(app, LOOK_PLAIN, "cancelled; nothing was kept");
        jobs_cancel(&app->jobs, JOB_BENCH);
        return true;
    case ACTION_PICK:
        if (state->list.cursor < list->n) pick_record(app, &list->items[state->list.cursor]);
        return true;
    default:
        return handle_plan_choice(app, action);
    }
}

void bench_click(App *app, void *at, int pane, int row)
{
    (void)app;
    (void)pane;
    ((BenchState *)at)->list.cursor = row;
}

typedef struct RecordHunt {
    const RecordList *list;
    const char *needle;
} RecordHunt;

static bool hunt_fits(const void *context, int row)
{
    const RecordHunt *hunt = context;
    const Measurement *record = &hunt->list->items[row];
    return text_holds(record->model, hunt->needle) || text_holds(record->hardware, hunt->needle) ||
           text_holds(record->weight_format, hunt->needle) || text_holds(record->id, hunt->needle) ||
           text_holds(record->engine, hunt->needle) || text_holds(record->when, hunt->needle);
}

void bench_search(App *app, void *at, const char *needle, int direction)
{
    BenchState *state = at;
    RecordHunt hunt = {records_of(app, state), needle};
    int found = find_row(state->list.cursor, hunt.list->n, direction, hunt_fits, &hunt);
    if (found >= 0)
        state->list.cursor = found;
    else
        app_say(app, LOOK_WARN, "no record has '%.60s'", needle);
}

void bench_export(App *app, void *at, Text *out)
{
    BenchState *state = at;
    const RecordList *list = records_of(app, state);
    static const char *const head[] = {"id",        "when",       "model",     "weights", "hardware",
                                       "phase",     "prompt_tok", "depth_tok", "batch",   "rate_tok_s",
                                       "p10_tok_s", "p90_tok_s",  "noise"};
    CsvOut csv;
    csv_out_init(&csv, out, CSV_RFC4180);
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) csv_out_text(&csv, head[i]);
    csv_out_end_line(&csv);
    for (int r = 0; r < list->n; r++) {
        const Measurement *record = &list->items[r];
        for (int i = 0; i < record->n_points; i++) {
            const MeasurePoint *point = &record->points[i];
            const char *const texts[] = {record->id,       record->when,
                                         record->model,    record->weight_format,
                                         record->hardware, measure_phase_name(point->phase)};
            for (size_t t = 0; t < sizeof texts / sizeof texts[0]; t++) csv_out_text(&csv, texts[t]);
            const double numbers[] = {point->prompt_tok, point->depth_tok,      point->batch,
                                      point->rate_tok_s, point->rate_p10_tok_s, point->rate_p90_tok_s};
            for (size_t t = 0; t < sizeof numbers / sizeof numbers[0]; t++) csv_out_number(&csv, numbers[t]);
            csv_out_text(&csv, measure_noise_name(point->noise));
            csv_out_end_line(&csv);
        }
    }
}
