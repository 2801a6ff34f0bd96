/* Reading logs: names of columns and members to the few figures that a workload needs. Layer: feed. */
#include "feed/log_rows.h"

#include "feed/json_in.h"
#include "feed/time_in.h"
#include "tokentco/csv_in.h"
#include "tokentco/parse.h"
#include "tokentco/text.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>
#include <zlib.h>

enum { LINE_MAX_BYTES = 16 << 20, CHUNK_BYTES = 1 << 18, PATH_BYTES = 96 };
#define TOKENS_MAX 1e15

typedef enum LogField {
    LOG_TIME,
    LOG_END,
    LOG_INPUT,
    LOG_OUTPUT,
    LOG_CACHED,
    LOG_CACHE_EXTRA,
    LOG_COUNT,
    LOG_STATUS,
    N_LOG_FIELDS
} LogField;

/* Names in order of preference; '/' steps into JSON objects. From: Azure's inference traces, usage exports
 * and responses of OpenAI and Anthropic, spend logs of LiteLLM, request logs and traces of vLLM, BurstGPT. */
static const struct {
    LogField field;
    const char *name;
} names[] = {
    {LOG_TIME, "TIMESTAMP"},
    {LOG_TIME, "timestamp"},
    {LOG_TIME, "startTime"},
    {LOG_TIME, "start_time"},
    {LOG_TIME, "created_at"},
    {LOG_TIME, "created"},
    {LOG_TIME, "arrival_time"},
    {LOG_TIME, "request_time"},
    {LOG_TIME, "time"},
    {LOG_TIME, "ts"},
    {LOG_TIME, "start_time_unix_nano"},
    {LOG_TIME, "startTimeUnixNano"},
    {LOG_TIME, "Timestamp"},
    {LOG_TIME, "start_time_iso"},
    {LOG_END, "end_time"},
    {LOG_INPUT, "ContextTokens"},
    {LOG_INPUT, "prompt_tokens"},
    {LOG_INPUT, "input_tokens"},
    {LOG_INPUT, "num_prompt_tokens"},
    {LOG_INPUT, "usage/prompt_tokens"},
    {LOG_INPUT, "usage/input_tokens"},
    {LOG_INPUT, "n_context_tokens_total"},
    {LOG_INPUT, "attributes/gen_ai.usage.prompt_tokens"},
    {LOG_INPUT, "gen_ai.usage.prompt_tokens"},
    {LOG_INPUT, "gen_ai.usage.input_tokens"},
    {LOG_INPUT, "Request tokens"},
    {LOG_INPUT, "input_length"},
    {LOG_OUTPUT, "GeneratedTokens"},
    {LOG_OUTPUT, "completion_tokens"},
    {LOG_OUTPUT, "output_tokens"},
    {LOG_OUTPUT, "num_generation_tokens"},
    {LOG_OUTPUT, "usage/completion_tokens"},
    {LOG_OUTPUT, "usage/output_tokens"},
    {LOG_OUTPUT, "n_generated_tokens_total"},
    {LOG_OUTPUT, "attributes/gen_ai.usage.completion_tokens"},
    {LOG_OUTPUT, "gen_ai.usage.completion_tokens"},
    {LOG_OUTPUT, "gen_ai.usage.output_tokens"},
    {LOG_OUTPUT, "Response tokens"},
    {LOG_OUTPUT, "output_length"},
    {LOG_CACHED, "cached_tokens"},
    {LOG_CACHED, "input_cached_tokens"},
    {LOG_CACHED, "num_cached_tokens"},
    {LOG_CACHED, "prompt_cached_tokens"},
    {LOG_CACHED, "usage/prompt_tokens_details/cached_tokens"},
    {LOG_CACHED, "usage/input_tokens_details/cached_tokens"},
    {LOG_CACHED, "n_cached_context_tokens_total"},
    /* Here the input does not count what was read from the cache. */
    {LOG_CACHE_EXTRA, "cache_read_input_tokens"},
    {LOG_CACHE_EXTRA, "usage/cache_read_input_tokens"},
    {LOG_COUNT, "num_model_requests"},
    {LOG_COUNT, "n_requests"},
    {LOG_STATUS, "status"},
};
enum { N_NAMES = sizeof names / sizeof names[0] };

typedef struct LogReader {
    const char *file;
    LogVisitor visit;
    void *context;
    LogStats *stats;
    ErrList *errors;
    int name_of[N_LOG_FIELDS]; /* row of `names` in use; -1: none */
    int column[N_LOG_FIELDS];  /* CSV */
    bool is_chosen;
    bool is_stopped;
} LogReader;

static bool reader_fault(LogReader *r, int line, const char *place, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static bool reader_fault(LogReader *r, int line, const char *place, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    return err_list_addf(r->errors, ERR_DATA, r->file, line, 0, place, "%s", text);
}

/* The names in use, for people: "TIMESTAMP, ContextTokens, GeneratedTokens". Times and both lengths are
 * needed. */
static bool check_names(LogReader *r, int line)
{
    static const struct {
        LogField field;
        const char *what;
    } needed[] = {{LOG_TIME, "time (timestamp, start_time, created_at, ...)"},
                  {LOG_INPUT, "input tokens (ContextTokens, prompt_tokens, input_tokens, ...)"},
                  {LOG_OUTPUT, "output tokens (GeneratedTokens, completion_tokens, output_tokens, ...)"}};
    bool is_ok = true;
    for (size_t i = 0; i < sizeof needed / sizeof needed[0]; i++)
        if (r->name_of[needed[i].field] < 0) is_ok = reader_fault(r, line, NULL, "has no %s", needed[i].what);
    for (int f = 0; f < N_LOG_FIELDS; f++) {
        size_t used = strlen(r->stats->layout);
        if (r->name_of[f] >= 0)
            snprintf(r->stats->layout + used, sizeof r->stats->layout - used, "%s%s", used > 0 ? ", " : "",
                     names[r->name_of[f]].name);
    }
    r->is_chosen = true;
    r->is_stopped = !is_ok;
    return is_ok;
}

/* ---- one row ---- */

typedef struct RawRow {
    const char *text[N_LOG_FIELDS]; /* NULL: not there or null */
    char buffer[N_LOG_FIELDS][40];  /* for numbers of JSON */
} RawRow;

static bool has_failed(const RawRow *raw)
{
    const char *status = raw->text[LOG_STATUS];
    return status != NULL &&
           (strncasecmp(status, "fail", 4) == 0 || strncasecmp(status, "err", 3) == 0 ||
            strcmp(status, "500") == 0 || strcmp(status, "429") == 0 || strcmp(status, "503") == 0);
}

static bool take_tokens(LogReader *r, const RawRow *raw, LogField field, int line, double *out)
{
    Err err = {0};
    *out = 0.0;
    if (raw->text[field] == NULL) return true;
    if (!parse_number(raw->text[field], out, &err))
        return reader_fault(r, line, names[r->name_of[field]].name, "%s", err.text);
    if (*out >= 0.0 && *out <= TOKENS_MAX) return true;
    return reader_fault(r, line, names[r->name_of[field]].name, "%s is out of range", raw->text[field]);
}

static bool take_time(LogReader *r, const RawRow *raw, LogField field, int line, double *out)
{
    if (raw->text[field] != NULL && time_parse(raw->text[field], out)) return true;
    const char *place = r->name_of[field] >= 0 ? names[r->name_of[field]].name : NULL;
    return reader_fault(r, line, place, "'%s' is no time", raw->text[field] != NULL ? raw->text[field] : "");
}

static void take_row(LogReader *r, const RawRow *raw, int line)
{
    LogRow row = {.n = 1.0};
    double extra = 0.0;
    /* A length that is not known must not count as one of 0 tokens. */
    bool is_partial = raw->text[LOG_INPUT] == NULL || raw->text[LOG_OUTPUT] == NULL;
    if (has_failed(raw) || is_partial) {
        r->stats->n_failed++;
        return;
    }
    bool is_ok = take_time(r, raw, LOG_TIME, line, &row.start_s);
    is_ok = take_tokens(r, raw, LOG_INPUT, line, &row.input_tok) && is_ok;
    is_ok = take_tokens(r, raw, LOG_OUTPUT, line, &row.output_tok) && is_ok;
    is_ok = take_tokens(r, raw, LOG_CACHED, line, &row.cached_tok) && is_ok;
    is_ok = take_tokens(r, raw, LOG_CACHE_EXTRA, line, &extra) && is_ok;
    row.is_sum = raw->text[LOG_COUNT] != NULL;
    if (row.is_sum) is_ok = take_tokens(r, raw, LOG_COUNT, line, &row.n) && is_ok;
    row.end_s = row.start_s;
    if (is_ok && row.is_sum && raw->text[LOG_END] != NULL)
        is_ok = take_time(r, raw, LOG_END, line, &row.end_s);
    if (!is_ok || !(row.n > 0.0)) return;
    row.has_cached = raw->text[LOG_CACHED] != NULL || raw->text[LOG_CACHE_EXTRA] != NULL;
    row.input_tok += extra;
    row.cached_tok += extra;
    if (row.cached_tok > row.input_tok) {
        reader_fault(r, line, NULL, "more cached than input tokens");
        return;
    }
    row.is_whole_s = row.start_s == floor(row.start_s);
    row.end_s = fmax(row.end_s, row.start_s);
    r->visit(r->context, &row);
}

/* ---- CSV ---- */

static bool visit_csv(void *context, const CsvRecord *record, bool is_header)
{
    LogReader *r = context;
    RawRow raw;
    if (is_header) {
        for (int i = N_NAMES - 1; i >= 0; i--) {
            for (int c = 0; c < record->n_fields; c++) {
                if (strcmp(record->fields[c], names[i].name) != 0) continue;
                r->name_of[names[i].field] = i;
                r->column[names[i].field] = c;
            }
        }
        return check_names(r, record->line);
    }
    for (int f = 0; f < N_LOG_FIELDS; f++) {
        const char *text = r->name_of[f] >= 0 ? record->fields[r->column[f]] : NULL;
        raw.text[f] = text != NULL && text[0] != '\0' ? text : NULL;
    }
    take_row(r, &raw, record->line);
    return r->errors->n_dropped == 0;
}

/* ---- JSON ---- */

/* A key may hold dots but not '/': that steps inside. */
static const json_t *find_member(const json_t *object, const char *path)
{
    char key[PATH_BYTES];
    while (json_is_object(object)) {
        size_t n = strcspn(path, "/");
        if (path[n] == '\0') {
            const json_t *value = json_object_get(object, path);
            return json_is_null(value) ? NULL : value;
        }
        snprintf(key, sizeof key, "%.*s", (int)n, path);
        object = json_object_get(object, key);
        path += n + 1;
    }
    return NULL;
}

/* The first of a field's names that the object has. Later rows try the name in use first. */
static const json_t *find_field(LogReader *r, const json_t *object, LogField field)
{
    if (r->name_of[field] >= 0) {
        const json_t *value = find_member(object, names[r->name_of[field]].name);
        if (value != NULL) return value;
    }
    for (int i = 0; i < N_NAMES; i++) {
        const json_t *value = names[i].field == field ? find_member(object, names[i].name) : NULL;
        if (value == NULL) continue;
        r->name_of[field] = i;
        return value;
    }
    return NULL;
}

static const char *scalar_text(const json_t *value, char buffer[40])
{
    if (json_is_string(value)) return json_string_value(value)[0] != '\0' ? json_string_value(value) : NULL;
    if (json_is_integer(value)) {
        snprintf(buffer, 40, "%lld", (long long)json_integer_value(value));
    } else if (json_is_real(value)) {
        snprintf(buffer, 40, "%.17g", json_real_value(value));
    } else {
        return NULL;
    }
    return buffer;
}

/* `outer` holds what a list of results shares: the times of a bucket. */
static void take_object(LogReader *r, const json_t *object, const json_t *outer, int line)
{
    RawRow raw = {{NULL}, {""}};
    for (int f = 0; f < N_LOG_FIELDS; f++) {
        const json_t *value = find_field(r, object, (LogField)f);
        if (value == NULL && outer != NULL) value = find_field(r, outer, (LogField)f);
        raw.text[f] = scalar_text(value, raw.buffer[f]);
    }
    /* The first line with tokens settles that the layout is known. */
    bool has_tokens = raw.text[LOG_INPUT] != NULL || raw.text[LOG_OUTPUT] != NULL;
    if (!r->is_chosen && has_tokens && !check_names(r, line)) return;
    take_row(r, &raw, line);
}

static void take_document(LogReader *r, const json_t *value, const json_t *outer, int line)
{
    size_t i;
    json_t *item;
    const json_t *list = json_is_array(value) ? value : NULL;
    static const char *const lists[] = {"data", "results", "result"};
    for (size_t k = 0; k < sizeof lists / sizeof lists[0] && list == NULL; k++) {
        list = json_object_get(value, lists[k]);
        if (!json_is_array(list)) list = NULL;
    }
    if (list == NULL) {
        if (json_is_object(value))
            take_object(r, value, outer, line);
        else
            reader_fault(r, line, NULL, "must be an object, not %s", json_in_type_name(value));
        return;
    }
    json_array_foreach(list, i, item)
    {
        if (!r->is_stopped) take_document(r, item, json_is_object(value) ? value : outer, line);
    }
}

static void take_line(LogReader *r, const char *text, size_t n, int line)
{
    size_t blank = strspn(text, " \t\r");
    Err err = {0};
    if (blank >= n) return;
    json_t *value = json_in_text(r->file, text, n, JSON_IN_STRICT, NULL);
    /* Looking for bare NaN costs time that almost no line needs. */
    if (value == NULL) value = json_in_text(r->file, text, n, JSON_IN_NONFINITE, &err);
    if (value == NULL) {
        err.line = line;
        err_list_add(r->errors, &err);
        return;
    }
    take_document(r, value, NULL, line);
    json_decref(value);
}

/* Feeds whole lines of the stream. */
static bool read_lines(LogReader *r, gzFile stream)
{
    Text pending;
    int line = 0, n;
    bool is_ok = true;
    char *chunk = malloc(CHUNK_BYTES);
    if (chunk == NULL) return err_list_addf(r->errors, ERR_BUG, r->file, 0, 0, NULL, "out of memory");
    text_init(&pending);
    while (is_ok && !r->is_stopped && r->errors->n_dropped == 0 &&
           (n = gzread(stream, chunk, CHUNK_BYTES)) > 0) {
        const char *at = chunk, *end = chunk + n, *stop;
        while ((stop = memchr(at, '\n', (size_t)(end - at))) != NULL && !r->is_stopped) {
            text_addn(&pending, at, (size_t)(stop - at));
            take_line(r, text_str(&pending), pending.n_bytes, ++line);
            text_clear(&pending);
            at = stop + 1;
        }
        text_addn(&pending, at, (size_t)(end - at));
        if (pending.n_bytes > LINE_MAX_BYTES)
            is_ok = reader_fault(r, line + 1, NULL, "the line is longer than 16 MiB");
    }
    if (is_ok && !r->is_stopped && pending.n_bytes > 0)
        take_line(r, text_str(&pending), pending.n_bytes, line + 1);
    text_free(&pending);
    free(chunk);
    return is_ok;
}

/* ---- which syntax ---- */

static const char *sniff_format(const char *path, ErrList *errors)
{
    char head[4096];
    gzFile stream = gzopen(path, "rb");
    int n = stream != NULL ? gzread(stream, head, sizeof head - 1) : -1;
    if (stream != NULL) gzclose(stream);
    if (n < 0) {
        err_list_addf(errors, ERR_NO_INPUT, path, 0, 0, NULL, "cannot be read");
        return NULL;
    }
    head[n] = '\0';
    const char *start = head + strspn(head, " \t\r\n");
    if (*start == '[') return "json";
    if (*start != '{') return "csv";
    /* A line that begins and ends as an object is one of many; else the document spans lines. */
    const char *end = strchr(start, '\n');
    if (end == NULL) return "jsonl";
    while (end > start && strchr(" \r\n", *end) != NULL) end--;
    return *end == '}' ? "jsonl" : "json";
}

static bool read_json(LogReader *r, const char *path)
{
    Err err = {0};
    json_t *root = json_in_file(path, JSON_IN_NONFINITE, &err);
    if (root == NULL) {
        err_list_add(r->errors, &err);
        return false;
    }
    take_document(r, root, NULL, 0);
    json_decref(root);
    return true;
}

static bool read_jsonl(LogReader *r, const char *path)
{
    bool is_stdin = strcmp(path, "-") == 0;
    /* A copy, so that closing the stream leaves standard input open. */
    gzFile stream = is_stdin ? gzdopen(dup(STDIN_FILENO), "rb") : gzopen(path, "rb");
    if (stream == NULL) return err_list_addf(r->errors, ERR_NO_INPUT, path, 0, 0, NULL, "cannot be read");
    bool is_ok = read_lines(r, stream);
    if (gzclose(stream) != Z_OK)
        is_ok = reader_fault(r, 0, NULL, "the gzip data are damaged or end too early");
    return is_ok;
}

bool log_read(const char *path, const char *format, LogVisitor visit, void *context, LogStats *stats,
              ErrList *errors)
{
    size_t n_before = errors->n_items;
    LogReader reader = {.file = path, .visit = visit, .context = context, .stats = stats, .errors = errors};
    for (int f = 0; f < N_LOG_FIELDS; f++) reader.name_of[f] = -1;
    *stats = (LogStats){0};
    if (format == NULL) format = strcmp(path, "-") == 0 ? "csv" : sniff_format(path, errors);
    if (format == NULL) return false;
    if (strcmp(format, "csv") == 0) {
        const CsvLimits limits = {.is_any_dialect = true};
        csv_read_file(path, &limits, visit_csv, &reader, errors);
    } else if (strcmp(format, "jsonl") == 0) {
        read_jsonl(&reader, path);
    } else if (strcmp(format, "json") == 0) {
        read_json(&reader, path);
    } else {
        return err_list_addf(errors, ERR_USAGE, NULL, 0, 0, "--format", "'%s' is none of csv, jsonl, json",
                             format);
    }
    return errors->n_items == n_before;
}
