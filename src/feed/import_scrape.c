/* Two scrapes of vLLM's /metrics: what was served between them. Layer: feed.
 *
 * Prometheus text: name{label="value",...} value [milliseconds]. Counters only grow while a server lives, so
 * a smaller second value means that it was started again, and the difference means nothing.
 */
#include "feed/import.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_BYTES = 128, MODEL_BYTES = 128 };

typedef enum Series {
    SERIES_OUTPUT,
    SERIES_PROMPT,
    SERIES_DONE,
    SERIES_TTFT_SUM,
    SERIES_TTFT_COUNT,
    SERIES_TPOT_SUM,
    SERIES_TPOT_COUNT,
    SERIES_LATENCY_SUM,
    SERIES_LATENCY_COUNT,
    SERIES_HITS,
    SERIES_QUERIES,
    SERIES_RUNNING,
    SERIES_STARTED,
    N_SERIES
} Series;

/* Newer names first; a scrape has one of them. All but `running` and `started` are counters, summed over
 * engines. */
static const struct {
    const char *name;
    Series series;
} names[] = {
    {"vllm:generation_tokens_total", SERIES_OUTPUT},
    {"vllm:prompt_tokens_total", SERIES_PROMPT},
    {"vllm:request_success_total", SERIES_DONE},
    {"vllm:time_to_first_token_seconds_sum", SERIES_TTFT_SUM},
    {"vllm:time_to_first_token_seconds_count", SERIES_TTFT_COUNT},
    {"vllm:request_time_per_output_token_seconds_sum", SERIES_TPOT_SUM},
    {"vllm:request_time_per_output_token_seconds_count", SERIES_TPOT_COUNT},
    {"vllm:inter_token_latency_seconds_sum", SERIES_TPOT_SUM},
    {"vllm:inter_token_latency_seconds_count", SERIES_TPOT_COUNT},
    {"vllm:time_per_output_token_seconds_sum", SERIES_TPOT_SUM},
    {"vllm:time_per_output_token_seconds_count", SERIES_TPOT_COUNT},
    {"vllm:e2e_request_latency_seconds_sum", SERIES_LATENCY_SUM},
    {"vllm:e2e_request_latency_seconds_count", SERIES_LATENCY_COUNT},
    {"vllm:prefix_cache_hits_total", SERIES_HITS},
    {"vllm:prefix_cache_queries_total", SERIES_QUERIES},
    {"vllm:num_requests_running", SERIES_RUNNING},
    {"process_start_time_seconds", SERIES_STARTED},
};
enum { N_NAMES = sizeof names / sizeof names[0] };

typedef struct Scrape {
    bool has[N_SERIES];
    double value[N_SERIES];
    int from[N_SERIES]; /* the row of `names` that a series was read from */
    char model[MODEL_BYTES];
    double time_ms; /* 0: the samples carry no time */
} Scrape;

/* The end of "{...}", quotes and escapes respected; NULL when it does not end. Copies the label model_name.
 */
static const char *skip_labels(const char *at, char model[MODEL_BYTES])
{
    static const char label[] = "model_name=\"";
    bool is_quoted = false;
    for (const char *c = at; *c != '\0' && *c != '\n'; c++) {
        if (!is_quoted && strncmp(c, label, sizeof label - 1) == 0)
            snprintf(model, MODEL_BYTES, "%.*s", (int)strcspn(c + sizeof label - 1, "\"\n"),
                     c + sizeof label - 1);
        if (is_quoted && *c == '\\' && c[1] != '\0') {
            c++;
        } else if (*c == '"') {
            is_quoted = !is_quoted;
        } else if (!is_quoted && *c == '}') {
            return c + 1;
        }
    }
    return NULL;
}

static int find_name(const char *name)
{
    for (int i = 0; i < N_NAMES; i++)
        if (strcmp(names[i].name, name) == 0) return i;
    return -1;
}

static bool add_sample(ImportJob *job, Scrape *scrape, int row, double value, const char *model,
                       const ImportPlace *place)
{
    Series series = names[row].series;
    if (!isfinite(value) || value < 0.0) return import_fault(job, place, "%s is %g", names[row].name, value);
    if (scrape->has[series] && scrape->from[series] < row) return true;
    if (!scrape->has[series] || scrape->from[series] > row) scrape->value[series] = 0.0;
    scrape->has[series] = true;
    scrape->from[series] = row;
    scrape->value[series] = series == SERIES_STARTED ? value : scrape->value[series] + value;
    if (model[0] == '\0') return true;
    if (scrape->model[0] != '\0' && strcmp(scrape->model, model) != 0)
        return import_fault(job, place, "holds two models, %.40s and %.40s: scrape one server", scrape->model,
                            model);
    snprintf(scrape->model, sizeof scrape->model, "%s", model);
    return true;
}

static bool read_sample(ImportJob *job, const char *line, const ImportPlace *place, Scrape *scrape)
{
    char name[NAME_BYTES], model[MODEL_BYTES] = "";
    size_t n = strcspn(line, "{ \t\r\n");
    if (n == 0 || n >= sizeof name || line[0] == '#') return true;
    snprintf(name, sizeof name, "%.*s", (int)n, line);
    int row = find_name(name);
    if (row < 0) return true;
    const char *at = line + n;
    if (*at == '{') at = skip_labels(at, model);
    if (at == NULL) return import_fault(job, place, "%s: the labels do not end", name);
    char *end = NULL;
    double value = strtod(at, &end);
    if (end == at) return import_fault(job, place, "%s has no value", name);
    double time_ms = strtod(end, NULL);
    if (time_ms > scrape->time_ms) scrape->time_ms = time_ms;
    return add_sample(job, scrape, row, value, model, place);
}

static bool read_scrape(ImportJob *job, const ImportFile *file, Scrape *scrape)
{
    bool is_ok = true;
    int line = 0;
    *scrape = (Scrape){0};
    for (const char *at = file->text; *at != '\0';) {
        size_t n = strcspn(at, "\n");
        ImportPlace place = {file->path, ++line, NULL};
        is_ok = read_sample(job, at, &place, scrape) && is_ok;
        at += n + (at[n] == '\n');
    }
    return is_ok;
}

/* ---- between two scrapes ---- */

static bool check_pair(ImportJob *job, const Scrape *a, const Scrape *b)
{
    ImportPlace place = {job->files[1].path, 0, NULL};
    if (strcmp(a->model, b->model) != 0)
        return import_fault(job, &place, "serves another model than the first scrape");
    if (a->has[SERIES_STARTED] && b->has[SERIES_STARTED] &&
        a->value[SERIES_STARTED] != b->value[SERIES_STARTED])
        return import_fault(job, &place, "the server was started again between the scrapes");
    for (int s = 0; s < N_SERIES; s++) {
        if (s == SERIES_RUNNING || s == SERIES_STARTED || !a->has[s] || !b->has[s]) continue;
        if (a->from[s] != b->from[s])
            return import_fault(job, &place, "%s has another name in the first scrape",
                                names[b->from[s]].name);
        if (b->value[s] < a->value[s])
            return import_fault(
                job, &place,
                "%s fell from %g to %g: the server was started again, or the scrapes are in the wrong order",
                names[b->from[s]].name, a->value[s], b->value[s]);
    }
    if (!a->has[SERIES_OUTPUT] || !b->has[SERIES_OUTPUT])
        return import_fault(job, &place, "vllm:generation_tokens_total is not in both scrapes");
    return true;
}

static double delta(const Scrape *a, const Scrape *b, Series s)
{
    return a->has[s] && b->has[s] ? b->value[s] - a->value[s] : 0.0;
}

static void set_mean(ImportJob *job, Run *run, Quantity what, const Scrape *a, const Scrape *b, Series sum,
                     Series count, const ImportPlace *place)
{
    double n = delta(a, b, count);
    if (n > 0.0 && delta(a, b, sum) > 0.0) run_set(job, run, what, delta(a, b, sum) / n, place);
}

static void add_run(ImportJob *job, const Scrape *a, const Scrape *b, double seconds)
{
    ImportPlace place = {job->files[1].path, 0, NULL};
    Run run = {0};
    char note[96] = "";
    run_set(job, &run, QTY_DURATION, seconds, &place);
    run_set(job, &run, QTY_OUTPUT_TOTAL, delta(a, b, SERIES_OUTPUT), &place);
    if (delta(a, b, SERIES_PROMPT) > 0.0)
        run_set(job, &run, QTY_INPUT_TOTAL, delta(a, b, SERIES_PROMPT), &place);
    if (delta(a, b, SERIES_DONE) > 0.0) run_set(job, &run, QTY_COMPLETED, delta(a, b, SERIES_DONE), &place);
    set_mean(job, &run, QTY_TTFT, a, b, SERIES_TTFT_SUM, SERIES_TTFT_COUNT, &place);
    set_mean(job, &run, QTY_TPOT, a, b, SERIES_TPOT_SUM, SERIES_TPOT_COUNT, &place);
    set_mean(job, &run, QTY_LATENCY, a, b, SERIES_LATENCY_SUM, SERIES_LATENCY_COUNT, &place);
    if (!run.has[QTY_LATENCY] && a->has[SERIES_RUNNING] && b->has[SERIES_RUNNING])
        run_set(job, &run, QTY_CONCURRENCY, (a->value[SERIES_RUNNING] + b->value[SERIES_RUNNING]) / 2.0,
                &place);
    if (delta(a, b, SERIES_QUERIES) > 0.0)
        snprintf(note, sizeof note, "prefix cache hits: %.3f of the prompt tokens asked for",
                 delta(a, b, SERIES_HITS) / delta(a, b, SERIES_QUERIES));
    run.text[RUN_NOTE] = arena_strdup(job->arena, note);
    run.text[RUN_ENGINE] = "vllm";
    if (b->model[0] != '\0') run.text[RUN_MODEL] = arena_strdup(job->arena, b->model);
    if (!(run.value[QTY_OUTPUT_TOTAL] > 0.0)) {
        import_fault(job, &place, "no token was generated between the scrapes");
        return;
    }
    import_serving(job, &run, &place);
}

bool scrape_sniff(const ImportFile *file)
{
    return file->n_docs == 0 && strstr(file->text, "vllm:") != NULL && strstr(file->text, "_total") != NULL;
}

void scrape_read(ImportJob *job)
{
    Scrape a, b;
    ImportPlace place = {job->files[0].path, 0, NULL};
    if (job->n_files != 2) {
        import_fault(job, &place,
                     "one scrape holds totals since the server started; give a second, later one");
        return;
    }
    bool is_ok = read_scrape(job, &job->files[0], &a);
    is_ok = read_scrape(job, &job->files[1], &b) && is_ok;
    if (!is_ok || !check_pair(job, &a, &b)) return;
    double seconds = job->hints->seconds > 0.0 ? job->hints->seconds : (b.time_ms - a.time_ms) * 1e-3;
    if (a.time_ms <= 0.0 && job->hints->seconds <= 0.0) {
        import_fault(job, &place, "the scrapes do not say when they were taken; give --seconds between them");
    } else if (!(seconds > 0.0)) {
        import_fault(job, &place, "the scrapes are %g seconds apart", seconds);
    } else {
        add_run(job, &a, &b, seconds);
    }
}
