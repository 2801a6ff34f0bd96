/* Published throughput measurements: CSV rows to cases.
 *
 * Layer: feed. What a source means by its columns is settled here: lengths that run shorter than stated,
 * cache precision that it does not state, degrees and thread counts that it keeps in its notes, and how many
 * requests a saturated benchmark sent.
 */
#include "tokentco/truth_in.h"

#include "tokentco/csv_in.h"
#include "tokentco/file.h"

#include <ctype.h>
#include <math.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* clang-format off */
#define TRUTH_COLUMNS(_)                                                                                     \
    _(id)                                                                                                    \
    _(regime)                                                                                                \
    _(model) _(gpu) _(gpus) _(tp) _(pp) _(precision_weights_kv) _(engine) _(engine_version) _(isl) _(osl)    \
        _(batch_or_concurrency) _(metric) _(value) _(published_at) _(source_repo) _(notes)
/* clang-format on */
#define TRUTH_COLUMN_ID(name)   TRUTH_##name,
#define TRUTH_COLUMN_NAME(name) #name,
enum { TRUTH_COLUMNS(TRUTH_COLUMN_ID) N_TRUTH_COLUMNS };
static const char *const column_names[N_TRUTH_COLUMNS] = {TRUTH_COLUMNS(TRUTH_COLUMN_NAME)};

static bool column_is_needed(int column)
{
    return column == TRUTH_model || column == TRUTH_gpu || column == TRUTH_metric || column == TRUTH_value;
}

/* What stands for an empty cell. Lengths: those of llama-bench. */
static const char DEFAULT_PRECISION[] = "fp16";
enum { MAX_COUNT = 10000 };
static const double DEFAULT_INPUT_TOK = 512, DEFAULT_OUTPUT_TOK = 128;

/* The aiconfigurator sample draws lengths that average 0.9 of the nominal ones. */
static const char SHORT_LENGTHS_PREFIX[] = "sil-", SHORT_LENGTHS_REPO[] = "ai-dynamo/aiconfigurator";
static const double SHORT_LENGTH_FRAC = 0.9;

/* Requests of the TensorRT-LLM throughput tables by prompt and answer length (NVIDIA/TensorRT-LLM,
 * docs/source/performance/perf-overview.md @ 00f37686, "Preparing a Dataset"): with few long requests the
 * last ones run in a smaller batch. */
typedef struct BenchmarkSize {
    int input_tok, output_tok, n_requests;
} BenchmarkSize;
static const BenchmarkSize benchmark_sizes[] = {
    {128, 128, 30000},  {128, 2048, 3000}, {128, 4096, 1500},  {500, 2000, 3000}, {1000, 1000, 3000},
    {1000, 2000, 1500}, {2048, 128, 3000}, {2048, 2048, 1500}, {5000, 500, 1500}, {20000, 2000, 1000},
};
enum { N_BENCHMARK_SIZES = sizeof benchmark_sizes / sizeof benchmark_sizes[0] };

typedef struct TruthReader {
    const PriceBook *book;
    Date as_of;
    Arena *arena;
    TruthSet *set;
    int capacity;
    int column[N_TRUTH_COLUMNS]; /* -1: not in the file */
    ErrList *errors;
    bool is_bad; /* header lacks a needed column */
} TruthReader;

static const char *cell(const TruthReader *reader, const CsvRecord *record, int column)
{
    int at = reader->column[column];
    return at >= 0 && at < record->n_fields ? record->fields[at] : "";
}

/* "name=8" or "name 8" anywhere in a note; `fallback` when it is not there. */
static double note_number(const char *notes, const char *name, double fallback)
{
    const char *at = strstr(notes, name);
    if (!at) {
        return fallback;
    }
    at += strlen(name);
    if (*at != '=' && *at != ' ') {
        return fallback;
    }
    char *end;
    double value = strtod(at + 1, &end);
    return end == at + 1 ? fallback : value;
}

static bool row_number(const TruthReader *reader, const CsvRecord *record, int column, double fallback,
                       double *out, Err *err)
{
    const char *text = cell(reader, record, column);
    if (*text == '\0') {
        *out = fallback;
        return true;
    }
    return parse_number(text, out, err) || err_place(err, "%s", column_names[column]);
}

static bool metric_parse(const char *text, ThroughputMetric *out, Err *err)
{
    for (int i = 0; i < N_THROUGHPUT_METRICS; i++) {
        if (strcmp(text, throughput_metric_name((ThroughputMetric)i)) == 0) {
            *out = (ThroughputMetric)i;
            return true;
        }
    }
    return err_set(
        err, ERR_DATA,
        "metric \"%s\" is not one of offline_out_tok_s, per_user_tok_s, decode_tok_s, prefill_tok_s", text);
}

/* The regime says how the load was put on; without one, metric and batch do. */
static LoadKind load_of(const char *regime, ThroughputMetric metric, const char *batch, const char *notes)
{
    if (metric == METRIC_PREFILL_TOK_S) {
        return LOAD_PREFILL;
    }
    if (metric == METRIC_DECODE_TOK_S) {
        return LOAD_DECODE;
    }
    if (strstr(regime, "saturated") || strcmp(batch, "max") == 0 || *batch == '\0') {
        return LOAD_SATURATED;
    }
    if (strstr(regime, "static") || strstr(notes, "static batch")) {
        return LOAD_BATCH;
    }
    return metric == METRIC_OUT_TOK_S && *regime == '\0' ? LOAD_BATCH : LOAD_CONCURRENCY;
}

/* Cache precision where the source does not state it ("?"): what the engine chooses for these weights. */
static double cache_bytes(const char *kv, const ThroughputCase *c)
{
    if (strcmp(kv, "fp8") == 0 || strcmp(kv, "int8") == 0) {
        return 1;
    }
    bool is_unknown = strcmp(kv, "?") == 0;
    bool is_narrow = strcmp(c->engine, "tensorrt-llm") == 0 || c->weights == WEIGHTS_FLOAT_4;
    return is_unknown && is_narrow ? 1 : 2;
}

/* A row that states no precision has the one in its model's name, else 16 bits. */
static bool row_formats(const TruthReader *reader, const char *precision, const char *model,
                        ThroughputCase *c, Err *err)
{
    if (*precision == '\0' && throughput_format_of_name(c, model)) {
        reader->set->n_named_formats++;
        c->kv_bytes = cache_bytes("?", c);
        return true;
    }
    if (*precision == '\0') precision = DEFAULT_PRECISION;
    char weights[THROUGHPUT_NAME_BYTES];
    snprintf(weights, sizeof weights, "%s", precision);
    char *slash = strrchr(weights, '/');
    if (slash) {
        *slash = '\0';
    }
    if (!throughput_format_set(c, weights, err)) {
        return false;
    }
    c->kv_bytes = cache_bytes(slash ? slash + 1 : "?", c);
    return true;
}

static double requests_of(const ThroughputCase *c)
{
    if (strcmp(c->engine, "tensorrt-llm") != 0 || c->load != LOAD_SATURATED) {
        return 0;
    }
    for (int i = 0; i < N_BENCHMARK_SIZES; i++) {
        if (c->input_tok == benchmark_sizes[i].input_tok && c->output_tok == benchmark_sizes[i].output_tok) {
            return benchmark_sizes[i].n_requests;
        }
    }
    return 0;
}

static bool row_degrees(const TruthReader *reader, const CsvRecord *record, int named, ThroughputCase *c,
                        Err *err)
{
    double gpus, tensor, pipeline;
    const char *notes = cell(reader, record, TRUTH_notes);
    if (!row_number(reader, record, TRUTH_tp, 1, &tensor, err) ||
        !row_number(reader, record, TRUTH_pp, 1, &pipeline, err) ||
        !row_number(reader, record, TRUTH_gpus, fmax(fmax(tensor * pipeline, named), 1), &gpus, err)) {
        return false;
    }
    c->gpus = (int)gpus;
    c->pipeline = pipeline >= 1 ? (int)pipeline : 1;
    c->attention_groups = (int)note_number(notes, "attn_dp", 1);
    if (c->attention_groups < 1 || c->gpus % (c->pipeline * c->attention_groups) != 0) {
        c->attention_groups = 1;
    }
    c->expert_groups = c->model.shape.experts > 0 ? (int)note_number(notes, "moe_ep", 1) : 1;
    c->threads = c->gpu.is_cpu ? (int)note_number(notes, "threads", 0) : 0;
    static const double GIB = 1073741824.0;
    c->file_bytes = c->gpu.is_cpu ? note_number(notes, "size", 0) * GIB : 0;
    return true;
}

static bool row_load(const TruthReader *reader, const CsvRecord *record, TruthRow *row, Err *err)
{
    ThroughputCase *c = &row->c;
    const char *notes = cell(reader, record, TRUTH_notes),
               *batch = cell(reader, record, TRUTH_batch_or_concurrency);
    c->load = load_of(row->regime, row->metric_id, batch, notes);
    if (c->load != LOAD_SATURATED &&
        !row_number(reader, record, TRUTH_batch_or_concurrency, 1, &c->batch, err)) {
        return false;
    }
    double input_tok = c->load == LOAD_DECODE ? 0 : DEFAULT_INPUT_TOK;
    double output_tok = c->load == LOAD_PREFILL ? 0 : DEFAULT_OUTPUT_TOK;
    if (!row_number(reader, record, TRUTH_isl, input_tok, &c->input_tok, err) ||
        !row_number(reader, record, TRUTH_osl, output_tok, &c->output_tok, err)) {
        return false;
    }
    c->n_requests = requests_of(c);
    c->is_end_to_end = c->load == LOAD_BATCH && row->metric_id == METRIC_PER_USER_TOK_S;
    if (strncmp(row->id, SHORT_LENGTHS_PREFIX, strlen(SHORT_LENGTHS_PREFIX)) == 0 ||
        strcmp(cell(reader, record, TRUTH_source_repo), SHORT_LENGTHS_REPO) == 0) {
        c->input_tok *= SHORT_LENGTH_FRAC;
        c->output_tok *= SHORT_LENGTH_FRAC;
    }
    return true;
}

/* An accelerator, maybe with how many: "8xH100-SXM", "H100x8", "TPU v6e-8"; a name that is known as it is
 * wins. `n` stays 0 when no number is said. */
static bool gpu_find(const TruthReader *reader, const char *name, int *n, GpuFacts *out, Err *err)
{
    Err unknown = {.code = ERR_NONE};
    if (throughput_gpu_find(reader->book, name, reader->as_of, out, &unknown)) {
        return true;
    }
    char *rest, bare[THROUGHPUT_NAME_BYTES] = "";
    long count = strtol(name, &rest, 10);
    rest += strspn(rest, " ");
    size_t length = strlen(name);
    if (count > 0 && (*rest == 'x' || *rest == 'X')) {
        snprintf(bare, sizeof bare, "%s", rest + 1 + strspn(rest + 1, " "));
    } else {
        while (length > 0 && isdigit((unsigned char)name[length - 1])) length--;
        count = strtol(name + length, NULL, 10);
        if (length > 1 && strchr("xX-", name[length - 1])) {
            snprintf(bare, sizeof bare, "%.*s", (int)length - 1, name);
        }
    }
    if (count > 0 && count <= MAX_COUNT &&
        throughput_gpu_find(reader->book, bare, reader->as_of, out, &unknown)) {
        *n = (int)count;
        return true;
    }
    return throughput_gpu_find(reader->book, name, reader->as_of, out, err);
}

static bool row_case(const TruthReader *reader, const CsvRecord *record, TruthRow *row, Err *err)
{
    ThroughputCase *c = &row->c;
    int n_named = 0;
    const char *precision = cell(reader, record, TRUTH_precision_weights_kv);
    if (!parse_number(cell(reader, record, TRUTH_value), &row->value, err) ||
        !metric_parse(row->metric, &row->metric_id, err) ||
        !throughput_model_find(reader->book, row->model, reader->as_of, &c->model, err) ||
        !gpu_find(reader, row->gpu, &n_named, &c->gpu, err)) {
        return false;
    }
    if (!(row->value > 0)) {
        return err_set(err, ERR_DATA, "the measured value is %g; a rate is positive", row->value);
    }
    snprintf(c->version, sizeof c->version, "%s", cell(reader, record, TRUTH_engine_version));
    throughput_engine_normalise(cell(reader, record, TRUTH_engine), c->version, c->gpu.is_cpu, c->engine);
    if (!row_formats(reader, precision, row->model, c, err) ||
        !row_degrees(reader, record, n_named, c, err) || !row_load(reader, record, row, err)) {
        return false;
    }
    ThroughputParams params = throughput_params_default();
    return throughput_check(c, &params, err);
}

/* "sil" of "sil-00012"; the repository when the id has no family. */
static const char *source_of(const TruthReader *reader, const CsvRecord *record)
{
    const char *id = cell(reader, record, TRUTH_id), *dash = strchr(id, '-');
    return dash ? arena_strndup(reader->arena, id, (size_t)(dash - id))
                : arena_strdup(reader->arena, cell(reader, record, TRUTH_source_repo));
}

static bool header_read(TruthReader *reader, const CsvRecord *record)
{
    for (int column = 0; column < N_TRUTH_COLUMNS; column++) {
        reader->column[column] = -1;
        for (int i = 0; i < record->n_fields; i++) {
            if (strcmp(record->fields[i], column_names[column]) == 0) {
                reader->column[column] = i;
            }
        }
        if (reader->column[column] < 0 && column_is_needed(column)) {
            reader->is_bad = true;
            err_list_addf(reader->errors, ERR_DATA, record->file, record->line, 0, column_names[column],
                          "the header has no such column; it is needed");
        }
    }
    return !reader->is_bad;
}

static TruthRow *row_new(TruthReader *reader)
{
    TruthSet *set = reader->set;
    if (set->n_rows == reader->capacity) {
        enum { FIRST = 1024 };
        reader->capacity = reader->capacity ? 2 * reader->capacity : FIRST;
        TruthRow *grown = arena_array(reader->arena, (size_t)reader->capacity, sizeof *grown);
        if (set->n_rows > 0) {
            memcpy(grown, set->rows, (size_t)set->n_rows * sizeof *grown);
        }
        set->rows = grown;
    }
    return &set->rows[set->n_rows++];
}

static bool record_visit(void *context, const CsvRecord *record, bool is_header)
{
    TruthReader *reader = context;
    if (is_header) {
        return header_read(reader, record);
    }
    TruthRow *row = row_new(reader);
    row->line = record->line;
    row->id = arena_strdup(reader->arena, cell(reader, record, TRUTH_id));
    row->regime = arena_strdup(reader->arena, cell(reader, record, TRUTH_regime));
    row->model = arena_strdup(reader->arena, cell(reader, record, TRUTH_model));
    row->gpu = arena_strdup(reader->arena, cell(reader, record, TRUTH_gpu));
    row->metric = arena_strdup(reader->arena, cell(reader, record, TRUTH_metric));
    row->source = source_of(reader, record);
    Err err = {.code = ERR_NONE};
    row->is_usable = row_case(reader, record, row, &err);
    if (!row->is_usable) {
        row->reason = arena_strdup(reader->arena, err.text);
    } else if (*row->regime == '\0') {
        row->regime = throughput_regime_name(throughput_regime(&row->c));
    }
    /* Months sort like days; a bare month stands for its first day. */
    const char *published = cell(reader, record, TRUTH_published_at);
    char day[16];
    snprintf(day, sizeof day, "%.10s%s", published, strlen(published) == strlen("2025-01") ? "-01" : "");
    if (strcmp(day, reader->set->newest) > 0) {
        snprintf(reader->set->newest, sizeof reader->set->newest, "%s", day);
    }
    return true;
}

static void hash_text(const char *text, size_t n_bytes, char out[65])
{
    struct sha256_ctx hash;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_init(&hash);
    sha256_update(&hash, n_bytes, (const uint8_t *)text);
    sha256_digest(&hash, sizeof digest, digest);
    for (size_t i = 0; i < sizeof digest; i++) {
        snprintf(out + 2 * i, 3, "%02x", digest[i]);
    }
}

bool truth_read(const char *path, const PriceBook *book, Date as_of, Arena *arena, TruthSet *out,
                ErrList *errors)
{
    enum { MAX_BYTES = 256 << 20 };
    char *text = NULL;
    size_t n_bytes = 0;
    Err err = {.code = ERR_NONE};
    memset(out, 0, sizeof *out);
    if (!file_read(path, MAX_BYTES, &text, &n_bytes, &err)) {
        err_list_add(errors, &err);
        return false;
    }
    hash_text(text, n_bytes, out->sha256);
    TruthReader reader = {.book = book, .as_of = as_of, .arena = arena, .set = out, .errors = errors};
    bool ok = csv_read_text(path, text, n_bytes, NULL, record_visit, &reader, errors);
    free(text);
    return ok && !reader.is_bad;
}
