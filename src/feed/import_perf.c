/* genai-perf and aiperf: the same metrics as JSON, as CSV and, for aiperf, one line a request. Layer: feed.
 *
 * Units are read from the file: they stand beside each value, or in brackets behind each name.
 */
#include "feed/import.h"

#include "feed/json_in.h"
#include "tokentco/csv_in.h"
#include "tokentco/parse.h"

#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { NAME_BYTES = 96, TABLE_COLUMNS_MAX = 64 };

/* Metric names as JSON keys; CSV names become these in lower case with '_' for blanks. */
static const struct {
    const char *name;
    Quantity what;
} metrics[] = {
    {"request_throughput", QTY_REQUEST_RATE},
    {"request_count", QTY_COMPLETED},
    {"error_request_count", QTY_FAILED},
    {"request_latency", QTY_LATENCY},
    {"time_to_first_token", QTY_TTFT},
    {"inter_token_latency", QTY_TPOT},
    {"output_token_throughput", QTY_OUTPUT_RATE},
    {"total_token_throughput", QTY_TOTAL_RATE},
    {"output_sequence_length", QTY_OUTPUT_LEN},
    {"input_sequence_length", QTY_INPUT_LEN},
    {"benchmark_duration", QTY_DURATION},
    {"total_output_tokens", QTY_OUTPUT_TOTAL},
    {"total_osl", QTY_OUTPUT_TOTAL},
    {"total_isl", QTY_INPUT_TOTAL},
};

static const Quantity *find_metric(const char *name)
{
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++)
        if (strcmp(metrics[i].name, name) == 0) return &metrics[i].what;
    return NULL;
}

static bool set_metric(ImportJob *job, Run *run, Quantity what, double value, const char *unit,
                       const ImportPlace *place)
{
    double factor = import_unit_factor(unit);
    if (!(factor > 0.0)) return import_fault(job, place, "the unit '%.40s' is not known", unit);
    return run_set(job, run, what, value * factor, place);
}

/* ---- JSON ---- */

static bool read_metric(ImportJob *job, const ImportFile *file, const ImportDoc *doc, size_t m,
                        const char *value_key, Run *run)
{
    char path[NAME_BYTES], pointer[2 * NAME_BYTES];
    const json_t *parent = doc->value;
    snprintf(path, sizeof path, "%s", metrics[m].name);
    snprintf(pointer, sizeof pointer, "%s/%s/%s", doc->place, path, value_key);
    ImportPlace place = {file->path, doc->line, pointer};
    const json_t *metric = import_member(parent, path);
    if (metric == NULL) return true;
    const char *unit = json_string_value(import_member(metric, "unit"));
    double value = 0.0;
    Err err = {0};
    if (!json_in_number(import_member(metric, value_key), &value, &err))
        return import_fault(job, &place, "%s", err.text);
    if (unit == NULL) return import_fault(job, &place, "has no unit");
    return set_metric(job, run, metrics[m].what, value, unit, &place);
}

static void read_config(ImportJob *job, const ImportFile *file, const ImportDoc *doc, Run *run)
{
    static const FieldMap map[] = {
        {"start_time", RUN_WHEN, 1.0, true},
        {"input_config/endpoint/type", RUN_NOTE, 1.0, true},
        {"input_config/loadgen/concurrency", QTY_CONCURRENCY_MAX, 1.0, false},
        {"input_config/loadgen/request_rate", QTY_ARRIVAL, 1.0, false},
        {"input_config/perf_analyzer/stimulus/concurrency", QTY_CONCURRENCY_MAX, 1.0, false},
        {"input_config/concurrency", QTY_CONCURRENCY_MAX, 1.0, false},
    };
    run_read(job, file, doc, map, sizeof map / sizeof map[0], run);
    const json_t *models = import_member(doc->value, "input_config/endpoint/model_names");
    if (models == NULL) models = import_member(doc->value, "input_config/model_names");
    const char *model =
        json_is_array(models) ? json_string_value(json_array_get(models, 0)) : json_string_value(models);
    if (model != NULL) run->text[RUN_MODEL] = arena_strdup(job->arena, model);
}

static void read_summary(ImportJob *job, const ImportFile *file, const ImportDoc *doc)
{
    Run run = {0};
    bool is_ok = true;
    ImportPlace place = {file->path, doc->line, doc->place};
    if (json_is_true(import_member(doc->value, "was_cancelled"))) {
        import_fault(job, &place, "the run was cancelled: its rates are of a part only");
        return;
    }
    for (size_t m = 0; m < sizeof metrics / sizeof metrics[0]; m++)
        is_ok = read_metric(job, file, doc, m, "avg", &run) && is_ok;
    read_config(job, file, doc, &run);
    if (is_ok) import_serving(job, &run, &place);
}

/* ---- CSV: two tables apart by a blank line; "Name (unit)" in the first column ---- */

typedef struct PerfTable {
    ImportJob *job;
    Run *run;
    int n_columns; /* of the table at hand */
    int value_column;
    bool is_ok;
} PerfTable;

/* "Time to First Token (ms)" to "time_to_first_token" and "ms". */
static void split_name(const char *text, char name[NAME_BYTES], char unit[NAME_BYTES])
{
    const char *open = strrchr(text, '(');
    size_t n = open != NULL ? (size_t)(open - text) : strlen(text), used = 0;
    while (n > 0 && text[n - 1] == ' ') n--;
    for (size_t i = 0; i < n && used + 1 < NAME_BYTES; i++)
        name[used++] = text[i] == ' ' ? '_' : (char)tolower((unsigned char)text[i]);
    name[used] = '\0';
    snprintf(unit, NAME_BYTES, "%s", open != NULL ? open + 1 : "count");
    unit[strcspn(unit, ")")] = '\0';
}

static bool begin_table(PerfTable *table, const CsvRecord *record, const ImportPlace *place)
{
    table->n_columns = record->n_fields;
    table->value_column = -1;
    for (int i = 1; i < record->n_fields; i++)
        if (strcasecmp(record->fields[i], "avg") == 0 || strcasecmp(record->fields[i], "value") == 0)
            table->value_column = i;
    if (table->value_column > 0) return true;
    return import_fault(table->job, place, "the table has no column 'avg' or 'Value'");
}

static bool read_line(PerfTable *table, const CsvRecord *record, const ImportPlace *place)
{
    char name[NAME_BYTES], unit[NAME_BYTES];
    double value = 0.0;
    Err err = {0};
    if (table->value_column < 0) return false; /* said of the header */
    if (record->n_fields != table->n_columns)
        return import_fault(table->job, place, "%d columns but %d values", table->n_columns,
                            record->n_fields);
    split_name(record->fields[0], name, unit);
    const Quantity *what = find_metric(name);
    if (what == NULL) return true;
    if (!parse_number(record->fields[table->value_column], &value, &err))
        return import_fault(table->job, place, "%s: %s", name, err.text);
    return set_metric(table->job, table->run, *what, value, unit, place);
}

static bool visit_csv(void *context, const CsvRecord *record, bool is_header)
{
    PerfTable *table = context;
    ImportPlace place = {record->file, record->line, NULL};
    (void)is_header;
    if (record->n_fields == 1 && record->fields[0][0] == '\0') return true; /* the line between the tables */
    bool is_start = strcmp(record->fields[0], "Metric") == 0;
    table->is_ok =
        (is_start ? begin_table(table, record, &place) : read_line(table, record, &place)) && table->is_ok;
    return true;
}

static void read_csv(ImportJob *job, const ImportFile *file)
{
    static const CsvLimits limits = {.max_fields = TABLE_COLUMNS_MAX, .is_ragged = true};
    Run run = {0};
    PerfTable table = {.job = job, .run = &run, .value_column = -1, .is_ok = true};
    ImportPlace place = {file->path, 0, NULL};
    if (csv_read_text(file->path, file->text, file->n_bytes, &limits, visit_csv, &table, job->errors) &&
        table.is_ok)
        import_serving(job, &run, &place);
}

/* ---- one line a request ---- */

typedef struct RequestSums {
    double first_ns, last_ns, n, n_failed, input, output;
    double ttft_s, tpot_s, latency_s, n_tpot;
} RequestSums;

static double metric_of(ImportJob *job, const json_t *request, const char *name, const ImportPlace *place)
{
    char path[NAME_BYTES];
    snprintf(path, sizeof path, "metrics/%s", name);
    const json_t *metric = import_member(request, path);
    if (metric == NULL) return 0.0;
    const char *unit = json_string_value(import_member(metric, "unit"));
    double factor = unit != NULL ? import_unit_factor(unit) : 0.0, value = 0.0;
    Err err = {0};
    if (!json_in_number(import_member(metric, "value"), &value, &err)) {
        import_fault(job, place, "%s: %s", name, err.text);
    } else if (!(factor > 0.0) || value < 0.0) {
        import_fault(job, place, "%s: %g %s cannot be used", name, value,
                     unit != NULL ? unit : "without a unit");
    }
    return value * factor;
}

static void sum_request(ImportJob *job, const json_t *request, const ImportPlace *place, RequestSums *sums)
{
    const char *phase = json_string_value(import_member(request, "metadata/benchmark_phase"));
    if (phase != NULL && strcmp(phase, "profiling") != 0) return;
    double start_ns = json_number_value(import_member(request, "metadata/request_start_ns"));
    double end_ns = json_number_value(import_member(request, "metadata/request_end_ns"));
    if (!(start_ns > 0.0 && end_ns >= start_ns)) {
        import_fault(job, place, "has no request_start_ns and a later request_end_ns");
        return;
    }
    if (import_member(request, "error") != NULL ||
        json_is_true(import_member(request, "metadata/was_cancelled"))) {
        sums->n_failed += 1.0;
        return;
    }
    sums->first_ns = sums->n > 0.0 ? fmin(sums->first_ns, start_ns) : start_ns;
    sums->last_ns = fmax(sums->last_ns, end_ns);
    sums->n += 1.0;
    sums->input += metric_of(job, request, "input_sequence_length", place);
    sums->output += metric_of(job, request, "output_sequence_length", place);
    sums->ttft_s += metric_of(job, request, "time_to_first_token", place);
    sums->latency_s += metric_of(job, request, "request_latency", place);
    double tpot_s = metric_of(job, request, "inter_token_latency", place);
    sums->tpot_s += tpot_s;
    sums->n_tpot += tpot_s > 0.0;
}

static void read_requests(ImportJob *job, const ImportFile *file)
{
    RequestSums sums = {0};
    Run run = {0};
    ImportPlace whole = {file->path, 0, NULL};
    for (int i = 0; i < file->n_docs; i++) {
        ImportPlace place = {file->path, file->docs[i].line, file->docs[i].place};
        sum_request(job, file->docs[i].value, &place, &sums);
    }
    double duration_s = (sums.last_ns - sums.first_ns) * 1e-9;
    if (!(sums.n > 0.0 && duration_s > 0.0 && sums.output > 0.0)) {
        import_fault(job, &whole, "no request with a length and a duration completed");
        return;
    }
    run_set(job, &run, QTY_DURATION, duration_s, &whole);
    run_set(job, &run, QTY_COMPLETED, sums.n, &whole);
    run_set(job, &run, QTY_FAILED, sums.n_failed, &whole);
    run_set(job, &run, QTY_INPUT_TOTAL, sums.input, &whole);
    run_set(job, &run, QTY_OUTPUT_TOTAL, sums.output, &whole);
    run_set(job, &run, QTY_LATENCY, sums.latency_s / sums.n, &whole);
    if (sums.ttft_s > 0.0) run_set(job, &run, QTY_TTFT, sums.ttft_s / sums.n, &whole);
    if (sums.n_tpot > 0.0) run_set(job, &run, QTY_TPOT, sums.tpot_s / sums.n_tpot, &whole);
    char when[32];
    snprintf(when, sizeof when, "%.0f", floor(sums.first_ns * 1e-9));
    run.text[RUN_WHEN] = arena_strdup(job->arena, when);
    import_serving(job, &run, &whole);
}

/* ---- which file ---- */

static bool is_request_lines(const ImportFile *file)
{
    static const char *const keys[] = {"metadata", "metrics"};
    return file->n_docs > 0 && import_has_all(file->docs[0].value, keys, 2);
}

static bool is_summary(const ImportFile *file)
{
    static const char *const keys[] = {"request_throughput/unit"};
    return file->n_docs > 0 && import_has_all(file->docs[0].value, keys, 1);
}

static bool is_table(const ImportFile *file)
{
    return file->n_docs == 0 && strncmp(file->text, "Metric,", 7) == 0;
}

/* aiperf writes the spread of each metric, and the words of its names in lower case; its predecessor did
 * neither. */
bool perf_sniff_aiperf(const ImportFile *file)
{
    if (is_request_lines(file)) return true;
    if (is_table(file))
        return strstr(file->text, "Time to First Token") != NULL ||
               strstr(file->text, "Benchmark Duration") != NULL;
    const json_t *root = file->n_docs > 0 ? file->docs[0].value : NULL;
    return is_summary(file) &&
           (import_member(root, "benchmark_duration") != NULL ||
            import_member(root, "was_cancelled") != NULL || import_member(root, "aiperf_version") != NULL ||
            import_member(root, "input_config/perf_analyzer") == NULL);
}

bool perf_sniff_genai(const ImportFile *file)
{
    return is_table(file) || is_summary(file);
}

void perf_read(ImportJob *job)
{
    const ImportFile *file = &job->files[0];
    ImportPlace place = {file->path, 0, NULL};
    if (is_request_lines(file)) {
        read_requests(job, file);
    } else if (is_table(file)) {
        read_csv(job, file);
    } else if (is_summary(file)) {
        for (int i = 0; i < file->n_docs; i++) read_summary(job, file, &file->docs[i]);
    } else {
        import_fault(job, &place, "is no profile export");
    }
}
