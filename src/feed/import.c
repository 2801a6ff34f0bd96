/* Importing what others measured: the table of formats, and the way from a file to its reader. Layer: feed.
 */
#include "feed/import.h"

#include "feed/input.h"
#include "feed/json_in.h"
#include "tokentco/text.h"

#include <nettle/sha2.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* Result files are small unless someone saved every token's time; those are refused before they fill memory.
 */
#define IMPORT_MAX_BYTES ((size_t)128 << 20)
enum { DOCS_MAX = 2000000 };

/* In this order files are looked at: the more special first. */
static const ImportReader readers[] = {
    {{"llama-bench", "llama.cpp llama-bench: json, jsonl, csv, sql or md", 1}, llama_sniff, llama_read},
    {{"trtllm-bench", "TensorRT-LLM trtllm-bench --report_json", 1}, trtllm_sniff, trtllm_read},
    {{"inferencex", "InferenceX agg_*.json and its client results", 1}, inferencex_sniff, inferencex_read},
    {{"aiperf", "aiperf profile_export: json, csv, jsonl", 1}, perf_sniff_aiperf, perf_read},
    {{"genai-perf", "genai-perf profile_export: json, csv", 1}, perf_sniff_genai, perf_read},
    {{"sglang", "SGLang bench_serving jsonl; a later line replaces an earlier one of the same load", 1},
     sglang_sniff,
     sglang_read},
    {{"vllm", "vLLM bench serve: json, or jsonl with --append-result", 1}, vllm_sniff, vllm_read},
    {{"vllm-throughput", "vLLM bench throughput: json, or its .pytorch.json", 1},
     vllm_throughput_sniff,
     vllm_throughput_read},
    {{"vllm-latency", "vLLM bench latency: json, or its .pytorch.json", 1},
     vllm_latency_sniff,
     vllm_latency_read},
    {{"mlperf", "MLPerf mlperf_log_summary.txt and the system description", 2}, mlperf_sniff, mlperf_read},
    {{"vllm-metrics", "two scrapes of vLLM's /metrics, the earlier first", 2}, scrape_sniff, scrape_read},
};
enum { N_READERS = sizeof readers / sizeof readers[0] };

const ImportFormat *import_format_at(int i)
{
    return i >= 0 && i < N_READERS ? &readers[i].format : NULL;
}

bool import_fault(ImportJob *job, const ImportPlace *place, const char *format, ...)
{
    char text[400];
    va_list args;
    va_start(args, format);
    vsnprintf(text, sizeof text, format, args);
    va_end(args);
    bool has_pointer = place->pointer != NULL && place->pointer[0] != '\0';
    return err_list_addf(job->errors, ERR_DATA, place->file, place->line, 0,
                         has_pointer ? place->pointer : NULL, "%s", text);
}

/* ---- files ---- */

static void add_doc(ImportFile *file, json_t *value, int line, int element)
{
    ImportDoc *doc = &file->docs[file->n_docs++];
    *doc = (ImportDoc){.value = value, .line = line};
    if (element >= 0) snprintf(doc->place, sizeof doc->place, "/%d", element);
}

/* One document, or the elements of a list. */
static bool split_whole(ImportFile *file, json_t *root, Err *err)
{
    size_t n = json_is_array(root) ? json_array_size(root) : 1;
    if (n > DOCS_MAX) return err_set(err, ERR_DATA, "holds more than %d results", DOCS_MAX);
    file->docs = calloc(n + 1, sizeof *file->docs);
    if (file->docs == NULL) return err_set(err, ERR_BUG, "out of memory");
    if (!json_is_array(root)) add_doc(file, json_incref(root), 0, -1);
    for (size_t i = 0; json_is_array(root) && i < n; i++)
        add_doc(file, json_incref(json_array_get(root, i)), 0, (int)i);
    return true;
}

static size_t line_length(const char *text, size_t n)
{
    const char *end = memchr(text, '\n', n);
    return end != NULL ? (size_t)(end - text) : n;
}

static bool is_blank(const char *text, size_t n)
{
    for (size_t i = 0; i < n; i++)
        if (strchr(" \t\r\n", text[i]) == NULL) return false;
    return true;
}

/* One document a line. Every bad line is a fault. */
static bool split_lines(ImportFile *file, ErrList *errors)
{
    int n_lines = 1, line = 0;
    bool is_ok = true;
    for (size_t i = 0; i < file->n_bytes; i++) n_lines += file->text[i] == '\n';
    if (n_lines > DOCS_MAX) n_lines = DOCS_MAX;
    file->docs = calloc((size_t)n_lines, sizeof *file->docs);
    if (file->docs == NULL) return err_list_addf(errors, ERR_BUG, file->path, 0, 0, NULL, "out of memory");
    for (size_t at = 0, n; at < file->n_bytes && line < n_lines; at += n + 1) {
        n = line_length(file->text + at, file->n_bytes - at);
        line++;
        if (is_blank(file->text + at, n)) continue;
        Err err = {0};
        json_t *value = json_in_text(file->path, file->text + at, n, JSON_IN_NONFINITE, &err);
        if (value != NULL) {
            add_doc(file, value, line, -1);
            continue;
        }
        err.line = line;
        err_list_add(errors, &err);
        is_ok = false;
    }
    return is_ok;
}

/* Does the file begin with a line that is a whole object, and go on after it? */
static bool is_lines(const ImportFile *file)
{
    size_t n = line_length(file->text, file->n_bytes);
    if (n == file->n_bytes || is_blank(file->text + n, file->n_bytes - n)) return false;
    json_t *first = json_in_text(NULL, file->text, n, JSON_IN_NONFINITE, NULL);
    bool is_object = json_is_object(first);
    json_decref(first);
    return is_object;
}

/* Fills the documents of a file that looks like JSON. */
static bool read_docs(ImportFile *file, ErrList *errors)
{
    const char *start = file->text + strspn(file->text, " \t\r\n");
    if (*start != '{' && *start != '[') return true;
    if (is_lines(file)) return split_lines(file, errors);
    Err err = {0};
    json_t *root = json_in_text(file->path, file->text, file->n_bytes, JSON_IN_NONFINITE, &err);
    bool is_ok = root != NULL && split_whole(file, root, &err);
    json_decref(root);
    if (!is_ok) {
        err_at(&err, file->path, 0, 0);
        err_list_add(errors, &err);
    }
    return is_ok;
}

static void hash_bytes(const char *data, size_t n_bytes, char out[65])
{
    struct sha256_ctx context;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&context);
    sha256_update(&context, n_bytes, (const uint8_t *)data);
    sha256_digest(&context, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

static bool file_open(ImportFile *file, const char *path, ErrList *errors)
{
    Err err = {0};
    *file = (ImportFile){.path = path};
    if (!input_read(path, &file->text, &file->n_bytes, &err)) {
        err_list_add(errors, &err);
        return false;
    }
    if (file->n_bytes > IMPORT_MAX_BYTES)
        return err_list_addf(errors, ERR_DATA, path, 0, 0, NULL,
                             "%zu MB is no summary; export it without the times of every request",
                             file->n_bytes >> 20);
    if (is_blank(file->text, file->n_bytes))
        return err_list_addf(errors, ERR_DATA, path, 0, 0, NULL, "is empty");
    if (strlen(file->text) != file->n_bytes)
        return err_list_addf(errors, ERR_DATA, path, 0, 0, NULL, "is not text (it has a zero byte)");
    hash_bytes(file->text, file->n_bytes, file->sha256);
    return read_docs(file, errors);
}

static void file_close(ImportFile *file)
{
    for (int i = 0; i < file->n_docs; i++) json_decref(file->docs[i].value);
    free(file->docs);
    free(file->text);
}

/* ---- choosing the reader ---- */

static void list_formats(Text *out)
{
    for (int i = 0; i < N_READERS; i++) text_addf(out, "%s%s", i > 0 ? ", " : "", readers[i].format.name);
}

static const ImportReader *choose_reader(const ImportFile *files, int n_files, const ImportHints *hints,
                                         ErrList *errors)
{
    Text names;
    const ImportReader *found = NULL;
    text_init(&names);
    list_formats(&names);
    for (int i = 0; i < N_READERS && found == NULL; i++) {
        if (hints->format != NULL ? strcmp(hints->format, readers[i].format.name) == 0
                                  : readers[i].sniff(&files[0]))
            found = &readers[i];
    }
    if (found == NULL && hints->format != NULL)
        err_list_addf(errors, ERR_USAGE, NULL, 0, 0, "--format", "'%s' is none of %s", hints->format,
                      text_str(&names));
    else if (found == NULL)
        err_list_addf(errors, ERR_DATA, files[0].path, 0, 0, NULL,
                      "is none of the formats that can be read: %s", text_str(&names));
    text_free(&names);
    if (found != NULL && n_files > found->format.n_files) {
        err_list_addf(errors, ERR_USAGE, NULL, 0, 0, NULL, "%s takes %d file%s, not %d", found->format.name,
                      found->format.n_files, found->format.n_files == 1 ? "" : "s", n_files);
        return NULL;
    }
    return found;
}

static void read_records(ImportJob *job, const ImportReader *reader)
{
    size_t n_before = job->errors->n_items;
    reader->read(job);
    if (job->n == 0 && job->errors->n_items == n_before)
        err_list_addf(job->errors, ERR_DATA, job->files[0].path, 0, 0, NULL,
                      "holds no result that can be used");
    for (int i = 0; i < job->n && job->errors->n_items == n_before; i++) {
        Err err = {0};
        if (record_seal(&job->records[i], &err)) continue;
        err_at(&err, job->files[0].path, 0, 0);
        err_list_add(job->errors, &err);
    }
}

bool record_import(const char *const *paths, int n_paths, const ImportHints *hints, Arena *arena,
                   Measurement **records, int *n_records, ErrList *errors)
{
    static const ImportHints no_hints = {0};
    ImportFile files[2] = {{0}};
    size_t n_before = errors->n_items + errors->n_dropped;
    if (hints == NULL) hints = &no_hints;
    *records = NULL;
    *n_records = 0;
    if (n_paths < 1 || n_paths > 2)
        return err_list_addf(errors, ERR_USAGE, NULL, 0, 0, NULL,
                             "give one file, or the two files of a pair");
    bool is_ok = true;
    for (int i = 0; i < n_paths; i++) is_ok = file_open(&files[i], paths[i], errors) && is_ok;
    const ImportReader *reader = is_ok ? choose_reader(files, n_paths, hints, errors) : NULL;
    if (reader != NULL) {
        ImportJob job = {.files = files,
                         .n_files = n_paths,
                         .tool = reader->format.name,
                         .hints = hints,
                         .arena = arena,
                         .errors = errors};
        read_records(&job, reader);
        *records = job.records;
        *n_records = job.n;
    }
    for (int i = 0; i < n_paths; i++) file_close(&files[i]);
    is_ok = errors->n_items + errors->n_dropped == n_before;
    if (!is_ok) *n_records = 0;
    return is_ok;
}

/* The format that a file would be read as; NULL when there is none. */
static const ImportReader *reader_of(const char *path, const ImportHints *hints)
{
    ImportFile file;
    ErrList errors;
    err_list_init(&errors);
    const ImportReader *reader =
        file_open(&file, path, &errors) ? choose_reader(&file, 1, hints, &errors) : NULL;
    file_close(&file);
    err_list_free(&errors);
    return reader;
}

int import_count_together(const char *const *paths, int n_paths, const ImportHints *hints)
{
    static const ImportHints no_hints = {0};
    if (n_paths < 2 || strcmp(paths[0], "-") == 0) return 1;
    const ImportReader *first = reader_of(paths[0], hints != NULL ? hints : &no_hints);
    if (first == NULL || first->format.n_files < 2) return 1;
    const ImportReader *second = reader_of(paths[1], &no_hints);
    /* A scrape follows a scrape; a system description is no import by itself. */
    return second == NULL || (second == first && first->read == scrape_read) ? 2 : 1;
}
