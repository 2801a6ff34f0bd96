/* llama-bench: prompt processing and generation of one stream, in five syntaxes. Layer: feed.
 *
 * Columns come and go with every release, so all are found by name. A row with n_gen = 0 is prefill, one with
 * n_prompt = 0 is decode, and one with both is their mix.
 */
#include "feed/import_rows.h"

#include "tokentco/parse.h"

#include <gsl/gsl_sort_double.h>
#include <gsl/gsl_statistics_double.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Tokens over mean time is the mean rate up to the spread of the samples; a shifted column is far from it. */
#define AGREE_FRAC 0.25
#define Z_90       1.2815515655446004
#define GIB_BYTES  1073741824.0
enum { COUNT_MAX = 1000000000 };

typedef struct LlamaRow {
    Run run;
    int threads, n_prompt, n_gen, depth;
    double size_bytes, params;
    double rate, deviation, time_ns; /* time_ns 0: not given */
} LlamaRow;

static bool take_number(ImportJob *job, const ImportRow *row, const char *name, bool is_needed, double *out)
{
    const char *text = row_value(row, name);
    Err err = {0};
    *out = 0.0;
    if (text == NULL || text[0] == '\0')
        return is_needed ? import_fault(job, &row->place, "has no %s", name) : true;
    if (!parse_number(text, out, &err)) return import_fault(job, &row->place, "%s: %s", name, err.text);
    return *out >= 0.0 ? true : import_fault(job, &row->place, "%s: %g is below zero", name, *out);
}

static bool take_count(ImportJob *job, const ImportRow *row, const char *name, bool is_needed, int *out)
{
    double number;
    *out = 0;
    if (!take_number(job, row, name, is_needed, &number)) return false;
    if (number != floor(number) || number > COUNT_MAX)
        return import_fault(job, &row->place, "%s: %g is no count", name, number);
    *out = (int)number;
    return true;
}

/* "llama 7B mostly Q4_0", "qwen2 7B Q4_K - Medium", "llama 1B all F32": the name before the format, and the
 * format. */
static void split_type(ImportJob *job, const char *type, Run *run)
{
    static const char *const starts[] = {"Q1", "Q2", "Q3",  "Q4",   "Q5",  "Q6",   "Q8",
                                         "IQ", "TQ", "F16", "BF16", "F32", "MXFP4"};
    const char *found = NULL;
    for (const char *word = type; word != NULL && found == NULL; word = strchr(word, ' ')) {
        while (*word == ' ') word++;
        for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++)
            if (strncmp(word, starts[i], strlen(starts[i])) == 0) found = word;
    }
    size_t n_name = found != NULL ? (size_t)(found - type) : strlen(type);
    static const char *const fillers[] = {" mostly ", " all ", " "};
    for (size_t i = 0; i < sizeof fillers / sizeof fillers[0]; i++) {
        size_t n = strlen(fillers[i]);
        if (n_name > n && strncmp(type + n_name - n, fillers[i], n) == 0) n_name -= n;
    }
    run->text[RUN_MODEL] = arena_strndup(job->arena, type, n_name);
    if (found == NULL) return;
    char format[32];
    snprintf(format, sizeof format, "%.*s", (int)strcspn(found, " "), found);
    static const struct {
        const char *word, *ending;
    } sizes[] = {{"- Small", "_S"}, {"- Medium", "_M"}, {"- Large", "_L"}};
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
        if (strstr(found, sizes[i].word) != NULL)
            strncat(format, sizes[i].ending, sizeof format - strlen(format) - 1);
    run->text[RUN_WEIGHT_FORMAT] = arena_strdup(job->arena, format);
}

static bool is_zero(const char *text)
{
    return text == NULL || strcmp(text, "0") == 0 || strcmp(text, "") == 0;
}

/* On the processor alone: no layer on a GPU, or no GPU at all. */
static void take_hardware(const ImportRow *row, Run *run)
{
    const char *gpu = row_value(row, "gpu_info"), *cpu = row_value(row, "cpu_info"),
               *backends = row_value(row, "backends");
    const char *layers = row_value(row, "n_gpu_layers");
    if (layers == NULL) layers = row_value(row, "ngl");
    if (backends == NULL) backends = row_value(row, "backend");
    bool has_gpu = gpu != NULL
                       ? gpu[0] != '\0'
                       : backends != NULL && strcmp(backends, "CPU") != 0 && strcmp(backends, "BLAS") != 0;
    run->is_cpu = !has_gpu || (layers != NULL && is_zero(layers));
    run->text[RUN_HARDWARE] = run->is_cpu ? cpu : gpu;
    if (!run->is_cpu && gpu == NULL) return;
    /* "A, B": one name a device. */
    double n = 1.0;
    for (const char *c = run->is_cpu ? "" : gpu; *c != '\0'; c++) n += *c == ',';
    run->has[QTY_DEVICES] = true;
    run->value[QTY_DEVICES] = n;
}

static void take_formats(ImportJob *job, const ImportRow *row, Run *run)
{
    const char *k = row_value(row, "type_k"), *v = row_value(row, "type_v"), *f16 = row_value(row, "f16_kv");
    if (k != NULL && v != NULL && strcmp(k, v) != 0) {
        char both[64];
        snprintf(both, sizeof both, "%.20s/%.20s", k, v);
        run->text[RUN_KV_FORMAT] = arena_strdup(job->arena, both);
    } else if (k != NULL) {
        run->text[RUN_KV_FORMAT] = k;
    } else if (f16 != NULL) {
        run->text[RUN_KV_FORMAT] = is_zero(f16) ? "f32" : "f16";
    }
}

static void quantiles(const double *samples, int n, Arena *arena, MeasurePoint *point)
{
    double *sorted = arena_array(arena, (size_t)n, sizeof *sorted);
    memcpy(sorted, samples, (size_t)n * sizeof *sorted);
    gsl_sort(sorted, 1, (size_t)n);
    point->rate_tok_s = gsl_stats_median_from_sorted_data(sorted, 1, (size_t)n);
    point->rate_p10_tok_s = gsl_stats_quantile_from_sorted_data(sorted, 1, (size_t)n, 0.1);
    point->rate_p90_tok_s = gsl_stats_quantile_from_sorted_data(sorted, 1, (size_t)n, 0.9);
    point->n_samples = n;
    point->samples_tok_s = samples;
}

static void add_point(ImportJob *job, const ImportRow *row, const LlamaRow *llama)
{
    Measurement *record = import_record(job, &llama->run, &row->place);
    if (record == NULL) return;
    if (llama->size_bytes > 0.0 && llama->params > 0.0)
        record->weight_bytes = llama->size_bytes / llama->params;
    if (llama->threads > record->n_threads) record->n_threads = llama->threads;
    bool is_prefill = llama->n_gen == 0, is_decode = llama->n_prompt == 0;
    /* Below a hundredth of the rate the tenth percentile of so wide a normal says nothing. */
    double low = fmax(llama->rate - Z_90 * llama->deviation, llama->rate / 100.0);
    MeasurePoint point = {.phase = is_prefill  ? PHASE_PREFILL
                                   : is_decode ? PHASE_DECODE
                                               : PHASE_SERVING,
                          .counts = is_prefill  ? RATE_PROMPT
                                    : is_decode ? RATE_OUTPUT
                                                : RATE_TOTAL,
                          .threads = llama->threads,
                          .prompt_tok = llama->n_prompt,
                          .output_tok = llama->n_gen,
                          .depth_tok = llama->depth,
                          .batch = 1.0,
                          .rate_tok_s = llama->rate,
                          .rate_p10_tok_s = low,
                          .rate_p90_tok_s = llama->rate + Z_90 * llama->deviation,
                          .note = ""};
    if (row->n_samples > 0) quantiles(row->samples, row->n_samples, job->arena, &point);
    import_add_point(job, record, &point, true);
}

static bool check_row(ImportJob *job, const ImportRow *row, const LlamaRow *llama)
{
    int n_tokens = llama->n_prompt + llama->n_gen;
    if (n_tokens == 0) return import_fault(job, &row->place, "neither prompt nor generated tokens");
    if (!(llama->rate > 0.0)) return import_fault(job, &row->place, "the rate is zero");
    if (!(llama->time_ns > 0.0)) return true;
    double derived = n_tokens / (llama->time_ns * 1e-9);
    if (fabs(derived - llama->rate) <= AGREE_FRAC * derived) return true;
    return import_fault(job, &row->place,
                        "avg_ts is %g tok/s but %d tokens in avg_ns are %g: columns are shifted or mixed up",
                        llama->rate, n_tokens, derived);
}

static void visit_row(ImportJob *job, const ImportRow *row)
{
    LlamaRow llama = {0};
    const char *type = row_value(row, "model_type"), *build = row_value(row, "build_commit");
    if (type == NULL) {
        import_fault(job, &row->place, "has no model_type");
        return;
    }
    bool is_ok = take_count(job, row, "n_prompt", true, &llama.n_prompt);
    is_ok = take_count(job, row, "n_gen", true, &llama.n_gen) && is_ok;
    is_ok = take_count(job, row, "n_depth", false, &llama.depth) && is_ok;
    is_ok = take_count(job, row, "n_threads", false, &llama.threads) && is_ok;
    is_ok = take_number(job, row, "avg_ts", true, &llama.rate) && is_ok;
    is_ok = take_number(job, row, "stddev_ts", false, &llama.deviation) && is_ok;
    is_ok = take_number(job, row, "avg_ns", false, &llama.time_ns) && is_ok;
    is_ok = take_number(job, row, "model_size", false, &llama.size_bytes) && is_ok;
    is_ok = take_number(job, row, "model_n_params", false, &llama.params) && is_ok;
    if (!is_ok || !check_row(job, row, &llama)) return;
    split_type(job, type, &llama.run);
    take_hardware(row, &llama.run);
    take_formats(job, row, &llama.run);
    llama.run.text[RUN_ENGINE] = "llama.cpp";
    llama.run.text[RUN_ENGINE_VERSION] = build;
    llama.run.text[RUN_WHEN] = row_value(row, "test_time");
    for (int i = 0; i < N_RUN_TEXTS; i++)
        if (llama.run.text[i] != NULL) llama.run.text[i] = arena_strdup(job->arena, llama.run.text[i]);
    add_point(job, row, &llama);
}

/* ---- the table for people ---- */

/* "3.56 GiB" and "6.74 B" to bytes and parameters. */
static double scaled(const char *text)
{
    static const struct {
        const char *unit;
        double factor;
    } units[] = {{" GiB", GIB_BYTES}, {" MiB", GIB_BYTES / 1024.0}, {" B", 1e9}, {" M", 1e6}, {" T", 1e12}};
    char *end = NULL;
    double number = text != NULL ? strtod(text, &end) : 0.0;
    for (size_t i = 0; i < sizeof units / sizeof units[0] && end != NULL; i++)
        if (strcmp(end, units[i].unit) == 0 && number > 0.0) return number * units[i].factor;
    return 0.0;
}

/* "pp512", "tg128", "pp512+tg128", each with " @ d2048". */
static bool parse_test(const char *test, LlamaRow *llama)
{
    int n_prompt = 0, n_gen = 0, depth = 0, used = 0;
    const char *at = test;
    if (sscanf(at, "pp%9d%n", &n_prompt, &used) == 1) at += used;
    if (at != test && *at == '+') at++;
    used = 0;
    if (sscanf(at, "tg%9d%n", &n_gen, &used) == 1) at += used;
    used = 0;
    if (sscanf(at, " @ d%9d%n", &depth, &used) == 1) at += used;
    if (at == test || *at != '\0' || n_prompt < 0 || n_gen < 0 || depth < 0) return false;
    llama->n_prompt = n_prompt;
    llama->n_gen = n_gen;
    llama->depth = depth;
    return true;
}

/* "2368.80 ± 93.24" */
static bool parse_spread(const char *text, LlamaRow *llama)
{
    static const char sign[] = " \xc2\xb1 ";
    char rate[40];
    const char *middle = strstr(text, sign);
    size_t n = middle != NULL ? (size_t)(middle - text) : strlen(text);
    if (n == 0 || n >= sizeof rate) return false;
    snprintf(rate, sizeof rate, "%.*s", (int)n, text);
    return parse_number(rate, &llama->rate, NULL) &&
           (middle == NULL || parse_number(middle + strlen(sign), &llama->deviation, NULL)) &&
           llama->deviation >= 0.0;
}

static void visit_cells(ImportJob *job, const ImportRow *row)
{
    LlamaRow llama = {0};
    const char *test = row_value(row, "test"), *rate = row_value(row, "t/s"),
               *model = row_value(row, "model");
    if (test == NULL || rate == NULL || model == NULL) {
        import_fault(job, &row->place, "the table needs the columns model, test and t/s");
        return;
    }
    if (!parse_test(test, &llama)) {
        import_fault(job, &row->place, "'%.40s' is no test like pp512, tg128 or pp512+tg128 @ d2048", test);
        return;
    }
    if (!parse_spread(rate, &llama)) {
        import_fault(job, &row->place, "'%.40s' is no rate like 131.42 \xc2\xb1 0.61", rate);
        return;
    }
    if (!take_count(job, row, "threads", false, &llama.threads) || !check_row(job, row, &llama)) return;
    llama.size_bytes = scaled(row_value(row, "size"));
    llama.params = scaled(row_value(row, "params"));
    split_type(job, model, &llama.run);
    take_hardware(row, &llama.run);
    take_formats(job, row, &llama.run);
    llama.run.text[RUN_ENGINE] = "llama.cpp";
    add_point(job, row, &llama);
}

/* ---- which syntax ---- */

typedef enum LlamaSyntax { LLAMA_NONE, LLAMA_JSON, LLAMA_CSV, LLAMA_SQL, LLAMA_MARKDOWN } LlamaSyntax;

static LlamaSyntax syntax_of(const ImportFile *file)
{
    static const char *const keys[] = {"model_type", "n_prompt", "n_gen", "avg_ts"};
    if (file->n_docs > 0)
        return import_has_all(file->docs[0].value, keys, sizeof keys / sizeof keys[0]) ? LLAMA_JSON
                                                                                       : LLAMA_NONE;
    const char *start = file->text + strspn(file->text, " \t\r\n");
    if (strstr(start, "INSERT INTO") != NULL && strstr(start, "n_prompt") != NULL) return LLAMA_SQL;
    size_t n = strcspn(start, "\n");
    char line[8192];
    snprintf(line, sizeof line, "%.*s", n < sizeof line ? (int)n : (int)sizeof line - 1, start);
    if (line[0] == '|' && strstr(line, " test ") != NULL && strstr(line, "t/s") != NULL)
        return LLAMA_MARKDOWN;
    bool is_csv =
        strstr(line, "n_prompt") != NULL && strstr(line, "avg_ts") != NULL && strchr(line, ',') != NULL;
    return is_csv ? LLAMA_CSV : LLAMA_NONE;
}

bool llama_sniff(const ImportFile *file)
{
    return syntax_of(file) != LLAMA_NONE;
}

void llama_read(ImportJob *job)
{
    ImportPlace place = {job->files[0].path, 0, NULL};
    switch (syntax_of(&job->files[0])) {
    case LLAMA_NONE:
        import_fault(job, &place, "is not llama-bench output");
        break;
    case LLAMA_JSON:
        rows_read_json(job, visit_row);
        break;
    case LLAMA_CSV:
        rows_read_csv(job, visit_row);
        break;
    case LLAMA_SQL:
        rows_read_sql(job, visit_row);
        break;
    case LLAMA_MARKDOWN:
        rows_read_markdown(job, visit_cells);
        break;
    }
}
