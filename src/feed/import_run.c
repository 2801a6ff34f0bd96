/* Runs: what a load generator reports, from field names to a point of a record. Layer: feed. */
#include "feed/import.h"

#include "feed/json_in.h"
#include "feed/time_in.h"
#include "tokentco/parse.h"

#include <ctype.h>
#include <math.h>
#include <string.h>
#include <strings.h>

/* Totals over duration and a stated rate may differ by rounding and by warm-up, not by more. */
#define AGREE_FRAC 0.05
#define VALUE_MAX  1e15
enum { POINTER_BYTES = 160 };

/* ---- units and formats ---- */

double import_unit_factor(const char *unit)
{
    static const struct {
        const char *name;
        double factor;
    } units[] = {
        {"ns", 1e-9},
        {"us", 1e-6},
        {"\xc2\xb5s", 1e-6},
        {"ms", 1e-3},
        {"s", 1.0},
        {"sec", 1.0},
        {"seconds", 1.0},
        {"tokens", 1.0},
        {"requests", 1.0},
        {"count", 1.0},
        {"tokens/sec", 1.0},
        {"tokens/s", 1.0},
        {"requests/sec", 1.0},
        {"per sec", 1.0},
        {"requests/s", 1.0},
        {"tokens/sec/user", 1.0},
    };
    for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
        if (strcasecmp(units[i].name, unit) == 0) return units[i].factor;
    return 0.0;
}

/* Number formats: their names, and bytes per value with the scales of their blocks. */
static const struct {
    const char *name;
    double bytes;
    const char *others[3];
} formats[] = {
    {"f32", 4.0, {"float32", "fp32", NULL}},       {"bf16", 2.0, {"bfloat16", NULL, NULL}},
    {"f16", 2.0, {"float16", "fp16", "half"}},     {"fp8", 1.0, {"fp8_e4m3", "fp8_e5m2", "float8"}},
    {"int8", 1.0, {"w8a8", NULL, NULL}},           {"q8_0", 34.0 / 32.0, {NULL, NULL, NULL}},
    {"q6_k", 210.0 / 256.0, {NULL, NULL, NULL}},   {"q5_k_m", 176.0 / 256.0, {NULL, NULL, NULL}},
    {"q4_k_m", 144.0 / 256.0, {NULL, NULL, NULL}}, {"q5_0", 22.0 / 32.0, {NULL, NULL, NULL}},
    {"q4_0", 18.0 / 32.0, {NULL, NULL, NULL}},     {"q4_1", 20.0 / 32.0, {NULL, NULL, NULL}},
    {"mxfp4", 17.0 / 32.0, {"fp4", NULL, NULL}},   {"nvfp4", 9.0 / 16.0, {NULL, NULL, NULL}},
    {"int4", 0.5, {"w4a16", "awq", "gptq"}},
};

const char *import_format_name(Arena *arena, const char *text)
{
    if (text == NULL || strcasecmp(text, "auto") == 0 || strcasecmp(text, "none") == 0) return "";
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++) {
        if (strcasecmp(formats[i].name, text) == 0) return formats[i].name;
        for (size_t j = 0; j < 3 && formats[i].others[j] != NULL; j++)
            if (strcasecmp(formats[i].others[j], text) == 0) return formats[i].name;
    }
    char *lower = arena_strdup(arena, text);
    for (char *c = lower; *c != '\0'; c++) *c = (char)tolower((unsigned char)*c);
    return lower;
}

double import_format_bytes(const char *name)
{
    for (size_t i = 0; i < sizeof formats / sizeof formats[0]; i++)
        if (strcmp(formats[i].name, name) == 0) return formats[i].bytes;
    return 0.0;
}

const char *import_time(Arena *arena, const char *text)
{
    double unix_s;
    char out[TIME_TEXT_BYTES];
    if (text == NULL || !time_parse(text, &unix_s)) return "";
    time_format(unix_s, out);
    return arena_strdup(arena, out);
}

/* ---- JSON members ---- */

/* The member at a path, null included. */
static json_t *find_member(const json_t *object, const char *path)
{
    char key[64];
    while (json_is_object(object)) {
        size_t n = strcspn(path, "/");
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        json_t *value = json_object_get(object, key);
        if (path[n] == '\0') return value;
        path += n + 1;
        object = value;
    }
    return NULL;
}

json_t *import_member(const json_t *object, const char *path)
{
    json_t *value = find_member(object, path);
    return json_is_null(value) ? NULL : value;
}

bool import_has_all(const json_t *object, const char *const *paths, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (find_member(object, paths[i]) == NULL) return false;
    return n > 0;
}

bool run_set(ImportJob *job, Run *run, Quantity what, double value, const ImportPlace *place)
{
    if (!isfinite(value) || value < 0.0 || value > VALUE_MAX)
        return import_fault(job, place, "%g is out of range", value);
    if (run->has[what]) return true;
    run->has[what] = true;
    run->value[what] = value;
    return true;
}

static bool is_unlimited(const char *text)
{
    return strcasecmp(text, "inf") == 0 || strcasecmp(text, "infinity") == 0 || text[0] == '\0';
}

static bool read_field(ImportJob *job, const FieldMap *row, const json_t *value, const ImportPlace *place,
                       Run *run)
{
    const char *text = json_string_value(value);
    double number = 0.0;
    Err err = {0};
    if (row->is_text) {
        if (text == NULL) return import_fault(job, place, "must be text, not %s", json_in_type_name(value));
        if (run->text[row->target] == NULL && text[0] != '\0')
            run->text[row->target] = arena_strdup(job->arena, text);
        return true;
    }
    if (text != NULL && is_unlimited(text)) return true;
    if (json_is_null(value)) return import_fault(job, place, "is NaN, infinite or null");
    bool is_ok = text != NULL ? parse_number(text, &number, &err) : json_in_number(value, &number, &err);
    if (!is_ok) return import_fault(job, place, "%s", err.text);
    return run_set(job, run, (Quantity)row->target, number * row->factor, place);
}

/* What was measured is there as a number: a null there was NaN. What was asked for may be left open. */
static bool may_be_null(const FieldMap *row)
{
    return row->is_text || row->target > QTY_LATENCY_MEDIAN;
}

bool run_read(ImportJob *job, const ImportFile *file, const ImportDoc *doc, const FieldMap *map, size_t n,
              Run *run)
{
    bool is_ok = true;
    for (size_t i = 0; i < n; i++) {
        const json_t *value = find_member(doc->value, map[i].path);
        if (value == NULL || (json_is_null(value) && may_be_null(&map[i]))) continue;
        char pointer[POINTER_BYTES];
        snprintf(pointer, sizeof pointer, "%s/%s", doc->place, map[i].path);
        ImportPlace place = {file->path, doc->line, pointer};
        is_ok = read_field(job, &map[i], value, &place, run) && is_ok;
    }
    return is_ok;
}

/* ---- records ---- */

static int whole(const Run *run, Quantity what)
{
    return run->has[what] ? (int)fmin(round(run->value[what]), 2e9) : 0;
}

static const char *text_or(const char *text, const char *other)
{
    return text != NULL ? text : other != NULL ? other : "";
}

/* "auto" is what the person left to the engine. */
static const char *stated_format(const char *text)
{
    return text != NULL && strcasecmp(text, "auto") == 0 ? NULL : text;
}

/* Facts of the run and the hints; what a run states wins. */
static void fill_record(const ImportJob *job, const Run *run, Measurement *out)
{
    const ImportHints *hints = job->hints;
    int degree =
        whole(run, QTY_TP) > 0 ? whole(run, QTY_TP) * (whole(run, QTY_PP) > 0 ? whole(run, QTY_PP) : 1) : 0;
    *out = (Measurement){
        .when = import_time(job->arena, run->text[RUN_WHEN]),
        .origin = MEASURED_IMPORTED,
        .tool = job->tool,
        .tool_version = "",
        .file_hash = arena_strdup(job->arena, job->files[0].sha256),
        .hardware = text_or(run->text[RUN_HARDWARE], hints->hardware),
        .is_cpu = run->is_cpu,
        .memory_bytes = run->has[QTY_MEMORY] ? run->value[QTY_MEMORY] : 0.0,
        .topology = "",
        .compiler = "",
        .flags = "",
        .isa = "",
        .governor = "",
        .noise_note = "",
        .engine = text_or(run->text[RUN_ENGINE], hints->engine),
        .engine_version = text_or(run->text[RUN_ENGINE_VERSION], NULL),
        .model = text_or(run->text[RUN_MODEL], hints->model),
        .weight_format = import_format_name(
            job->arena, text_or(stated_format(run->text[RUN_WEIGHT_FORMAT]), hints->weight_format)),
        .kv_format = import_format_name(job->arena, text_or(run->text[RUN_KV_FORMAT], NULL)),
        .tensor_parallel = whole(run, QTY_TP),
        .pipeline_parallel = whole(run, QTY_PP),
        .note = text_or(run->text[RUN_NOTE], NULL),
    };
    out->n_devices = whole(run, QTY_DEVICES) > 0 ? whole(run, QTY_DEVICES)
                     : hints->n_devices > 0      ? hints->n_devices
                                                 : degree;
    out->weight_bytes = import_format_bytes(out->weight_format);
    out->kv_bytes = import_format_bytes(out->kv_format);
}

static bool is_same_setup(const Measurement *a, const Measurement *b)
{
    return strcmp(a->model, b->model) == 0 && strcmp(a->hardware, b->hardware) == 0 &&
           strcmp(a->engine, b->engine) == 0 && strcmp(a->engine_version, b->engine_version) == 0 &&
           strcmp(a->weight_format, b->weight_format) == 0 && strcmp(a->kv_format, b->kv_format) == 0 &&
           a->n_devices == b->n_devices && a->is_cpu == b->is_cpu &&
           a->tensor_parallel == b->tensor_parallel && a->pipeline_parallel == b->pipeline_parallel &&
           strcmp(a->note, b->note) == 0;
}

Measurement *import_record(ImportJob *job, const Run *run, const ImportPlace *place)
{
    Measurement wanted;
    fill_record(job, run, &wanted);
    if (run->text[RUN_WHEN] != NULL && wanted.when[0] == '\0') {
        import_fault(job, place, "'%.40s' is not a time", run->text[RUN_WHEN]);
        return NULL;
    }
    for (int i = 0; i < job->n; i++) {
        if (!is_same_setup(&job->records[i], &wanted)) continue;
        /* The record carries the time of its newest run. */
        if (strcmp(wanted.when, job->records[i].when) > 0) job->records[i].when = wanted.when;
        return &job->records[i];
    }
    if (job->n == job->capacity) {
        int capacity = job->capacity > 0 ? 2 * job->capacity : 4;
        Measurement *grown = arena_array(job->arena, (size_t)capacity, sizeof *grown);
        if (job->n > 0) memcpy(grown, job->records, (size_t)job->n * sizeof *grown);
        job->records = grown;
        job->capacity = capacity;
    }
    job->records[job->n] = wanted;
    return &job->records[job->n++];
}

static bool is_same_load(const MeasurePoint *a, const MeasurePoint *b)
{
    return a->phase == b->phase && a->counts == b->counts && a->threads == b->threads &&
           a->prompt_tok == b->prompt_tok && a->output_tok == b->output_tok && a->depth_tok == b->depth_tok &&
           a->has_arrival == b->has_arrival && a->arrival_req_s == b->arrival_req_s &&
           fabs(a->batch - b->batch) < 0.5;
}

void import_add_point(ImportJob *job, Measurement *record, const MeasurePoint *point, bool replaces_same)
{
    for (int i = 0; i < record->n_points && replaces_same; i++) {
        if (!is_same_load(&record->points[i], point)) continue;
        record->points[i] = *point;
        return;
    }
    /* Room doubles at powers of two: no capacity need be kept. */
    if ((record->n_points & (record->n_points - 1)) == 0) {
        size_t room = record->n_points > 0 ? 2 * (size_t)record->n_points : 1;
        MeasurePoint *grown = arena_array(job->arena, room, sizeof *grown);
        if (record->n_points > 0) memcpy(grown, record->points, (size_t)record->n_points * sizeof *grown);
        record->points = grown;
    }
    record->points[record->n_points++] = *point;
}

/* ---- serving points ---- */

/* A quantity that follows from two others, where the run does not state it. */
static void derive(Run *run, Quantity what, Quantity total, Quantity over)
{
    if (run->has[what] || !run->has[total] || !run->has[over] || run->value[over] <= 0.0) return;
    run->has[what] = true;
    run->value[what] = run->value[total] / run->value[over];
}

static bool check_rate(ImportJob *job, const Run *run, Quantity rate, Quantity total, const char *name,
                       const ImportPlace *place)
{
    if (!run->has[rate] || !run->has[total] || !run->has[QTY_DURATION] || run->value[QTY_DURATION] <= 0.0)
        return true;
    double derived = run->value[total] / run->value[QTY_DURATION];
    if (fabs(derived - run->value[rate]) <= AGREE_FRAC * derived) return true;
    return import_fault(job, place, "the %s rate of %g tok/s is not the %s tokens over the duration, %g",
                        name, run->value[rate], name, derived);
}

/* Mean number of requests in flight: as measured, else by Little's law, else the cap, else as the person
 * says. */
static double concurrency_of(const Run *run, const ImportHints *hints)
{
    if (run->has[QTY_CONCURRENCY]) return run->value[QTY_CONCURRENCY];
    double latency_s = run->value[QTY_LATENCY];
    if (!run->has[QTY_LATENCY] && run->has[QTY_TTFT] && run->has[QTY_TPOT] && run->has[QTY_OUTPUT_LEN])
        latency_s = run->value[QTY_TTFT] + fmax(0.0, run->value[QTY_OUTPUT_LEN] - 1.0) * run->value[QTY_TPOT];
    if (run->has[QTY_REQUEST_RATE] && latency_s > 0.0) return run->value[QTY_REQUEST_RATE] * latency_s;
    return run->has[QTY_CONCURRENCY_MAX] ? run->value[QTY_CONCURRENCY_MAX] : hints->concurrency;
}

static void set_unless(Run *run, Quantity what, double value)
{
    if (run->has[what] || !(value > 0.0)) return;
    run->has[what] = true;
    run->value[what] = value;
}

/* Where only tokens in all are counted, the lengths of a request part them. */
static bool part_tokens(ImportJob *job, Run *run, const ImportPlace *place)
{
    if (run->has[QTY_OUTPUT_RATE] || !run->has[QTY_REQUEST_RATE]) return true;
    set_unless(run, QTY_OUTPUT_LEN, job->hints->output_tok);
    if (!run->has[QTY_OUTPUT_LEN]) return true;
    double request_rate = run->value[QTY_REQUEST_RATE], output = run->value[QTY_OUTPUT_LEN];
    double both =
        run->has[QTY_TOTAL_RATE] && request_rate > 0.0 ? run->value[QTY_TOTAL_RATE] / request_rate : 0.0;
    set_unless(run, QTY_INPUT_LEN, job->hints->input_tok);
    set_unless(run, QTY_INPUT_LEN, both - output);
    set_unless(run, QTY_OUTPUT_RATE, request_rate * output);
    double told = run->value[QTY_INPUT_LEN] + output;
    if (both == 0.0 || fabs(told - both) <= AGREE_FRAC * both) return true;
    return import_fault(job, place, "a request has %g tokens in all, not the %g of its prompt and answer",
                        both, told);
}

/* Fills what follows from what is there. */
static void complete(Run *run)
{
    derive(run, QTY_REQUEST_RATE, QTY_COMPLETED, QTY_DURATION);
    derive(run, QTY_OUTPUT_RATE, QTY_OUTPUT_TOTAL, QTY_DURATION);
    derive(run, QTY_INPUT_RATE, QTY_INPUT_TOTAL, QTY_DURATION);
    derive(run, QTY_TOTAL_RATE, QTY_TOKENS_TOTAL, QTY_DURATION);
    derive(run, QTY_OUTPUT_LEN, QTY_OUTPUT_TOTAL, QTY_COMPLETED);
    derive(run, QTY_INPUT_LEN, QTY_INPUT_TOTAL, QTY_COMPLETED);
    derive(run, QTY_OUTPUT_LEN, QTY_OUTPUT_RATE, QTY_REQUEST_RATE);
    derive(run, QTY_INPUT_LEN, QTY_INPUT_RATE, QTY_REQUEST_RATE);
    static const Quantity medians[][2] = {
        {QTY_TTFT, QTY_TTFT_MEDIAN}, {QTY_TPOT, QTY_TPOT_MEDIAN}, {QTY_LATENCY, QTY_LATENCY_MEDIAN}};
    for (size_t i = 0; i < sizeof medians / sizeof medians[0]; i++) {
        if (run->has[medians[i][0]] || !run->has[medians[i][1]]) continue;
        run->has[medians[i][0]] = true;
        run->value[medians[i][0]] = run->value[medians[i][1]];
    }
}

static bool check_run(ImportJob *job, const Run *run, const ImportPlace *place)
{
    if (run->has[QTY_COMPLETED] && run->value[QTY_COMPLETED] <= 0.0)
        return import_fault(job, place, "no request completed");
    if (run->has[QTY_DURATION] && run->value[QTY_DURATION] <= 0.0)
        return import_fault(job, place, "the duration is zero");
    bool has_rate = run->has[QTY_OUTPUT_RATE] || run->has[QTY_TOTAL_RATE];
    double rate = run->has[QTY_OUTPUT_RATE] ? run->value[QTY_OUTPUT_RATE] : run->value[QTY_TOTAL_RATE];
    if (!has_rate)
        return import_fault(job, place, "has no token throughput, and no tokens and duration to find one");
    if (!(rate > 0.0)) return import_fault(job, place, "the throughput is zero");
    return check_rate(job, run, QTY_OUTPUT_RATE, QTY_OUTPUT_TOTAL, "output", place) &&
           check_rate(job, run, QTY_TOTAL_RATE, QTY_TOKENS_TOTAL, "total", place);
}

bool import_serving(ImportJob *job, const Run *given, const ImportPlace *place)
{
    Run run = *given;
    complete(&run);
    if (!part_tokens(job, &run, place) || !check_run(job, &run, place)) return false;
    Measurement *record = import_record(job, &run, place);
    if (record == NULL) return false;
    bool is_output = run.has[QTY_OUTPUT_RATE];
    double rate = run.value[is_output ? QTY_OUTPUT_RATE : QTY_TOTAL_RATE];
    char note[96] = "";
    if (run.has[QTY_FAILED] && run.value[QTY_FAILED] > 0.0)
        snprintf(note, sizeof note, "%.0f requests failed beside %.0f that completed", run.value[QTY_FAILED],
                 run.value[QTY_COMPLETED]);
    MeasurePoint point = {
        .phase = PHASE_SERVING,
        .counts = is_output ? RATE_OUTPUT : RATE_TOTAL,
        .prompt_tok = whole(&run, QTY_INPUT_LEN),
        .output_tok = whole(&run, QTY_OUTPUT_LEN),
        .batch = concurrency_of(&run, job->hints),
        .has_arrival = run.has[QTY_ARRIVAL] && run.value[QTY_ARRIVAL] > 0.0,
        .arrival_req_s = run.value[QTY_ARRIVAL],
        .rate_tok_s = rate,
        .rate_p10_tok_s = rate,
        .rate_p90_tok_s = rate,
        .has_ttft = run.has[QTY_TTFT] && run.value[QTY_TTFT] > 0.0,
        .ttft_s = run.value[QTY_TTFT],
        .has_tpot = run.has[QTY_TPOT] && run.value[QTY_TPOT] > 0.0,
        .tpot_s = run.value[QTY_TPOT],
        .note = arena_strdup(job->arena, note),
    };
    import_add_point(job, record, &point, true);
    return true;
}
