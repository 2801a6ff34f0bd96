/* MLPerf inference: the log summary, and the system description for the hardware. Layer: feed.
 *
 * Lines are "key : value". Only a valid result counts. Times are in nanoseconds.
 */
#include "feed/import.h"

#include "tokentco/parse.h"

#include <stdlib.h>
#include <string.h>

#define NS 1e-9
enum { KEY_BYTES = 96, VALUE_BYTES = 160 };

/* Keys of the summary, without the blanks before the colon. Server, then offline. */
static const struct {
    const char *key;
    Quantity what;
    double factor;
} rows[] = {
    {"Completed tokens per second", QTY_OUTPUT_RATE, 1.0},   {"Tokens per second", QTY_OUTPUT_RATE, 1.0},
    {"Completed samples per second", QTY_REQUEST_RATE, 1.0}, {"Samples per second", QTY_REQUEST_RATE, 1.0},
    {"Mean First Token latency (ns)", QTY_TTFT, NS},         {"Mean Time to Output Token (ns)", QTY_TPOT, NS},
};

typedef struct Summary {
    Run run;
    bool is_valid, has_result, is_offline, has_scenario;
} Summary;

/* Splits "key : value" at the first colon; false for other lines. */
static bool split_line(const char *line, size_t n, char key[KEY_BYTES], char value[VALUE_BYTES])
{
    const char *colon = memchr(line, ':', n);
    if (colon == NULL) return false;
    size_t n_key = (size_t)(colon - line), from = n_key + 1;
    while (n_key > 0 && line[n_key - 1] == ' ') n_key--;
    while (from < n && line[from] == ' ') from++;
    while (n > from && (line[n - 1] == ' ' || line[n - 1] == '\r')) n--;
    if (n_key >= KEY_BYTES || n - from >= VALUE_BYTES) return false;
    snprintf(key, KEY_BYTES, "%.*s", (int)n_key, line);
    snprintf(value, VALUE_BYTES, "%.*s", (int)(n - from), line + from);
    return true;
}

static void take_line(ImportJob *job, const char *key, const char *value, const ImportPlace *place,
                      Summary *out)
{
    if (strcmp(key, "Result is") == 0) {
        out->has_result = true;
        out->is_valid = strcmp(value, "VALID") == 0;
    } else if (strcmp(key, "Scenario") == 0) {
        out->has_scenario = true;
        out->is_offline = strcmp(value, "Offline") == 0;
    }
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        double number = 0.0;
        Err err = {0};
        if (strcmp(rows[i].key, key) != 0) continue;
        if (!parse_number(value, &number, &err)) {
            import_fault(job, place, "%s: %s", key, err.text);
        } else {
            run_set(job, &out->run, rows[i].what, number * rows[i].factor, place);
        }
    }
}

static void read_summary(ImportJob *job, const ImportFile *file, Summary *out)
{
    int line = 0;
    for (const char *at = file->text; *at != '\0';) {
        char key[KEY_BYTES], value[VALUE_BYTES];
        size_t n = strcspn(at, "\n");
        ImportPlace place = {file->path, ++line, NULL};
        if (split_line(at, n, key, value)) take_line(job, key, value, &place, out);
        at += n + (at[n] == '\n');
    }
}

/* "141 GB", "80 GiB" */
static double memory_bytes(const char *text)
{
    char *end = NULL;
    double number = strtod(text, &end);
    if (strcmp(end, " GB") == 0) return number * 1e9;
    return strcmp(end, " GiB") == 0 ? number * 1073741824.0 : 0.0;
}

static bool read_system(ImportJob *job, const ImportFile *file, Run *run)
{
    static const FieldMap map[] = {
        {"accelerator_model_name", RUN_HARDWARE, 1.0, true},
        {"framework", RUN_ENGINE, 1.0, true},
        {"system_name", RUN_NOTE, 1.0, true},
        {"accelerators_per_node", QTY_DEVICES, 1.0, false},
    };
    ImportPlace place = {file->path, 0, NULL};
    if (file->n_docs != 1) return import_fault(job, &place, "is no system description");
    const ImportDoc *doc = &file->docs[0];
    if (!run_read(job, file, doc, map, sizeof map / sizeof map[0], run)) return false;
    const json_t *nodes = import_member(doc->value, "number_of_nodes");
    double n_nodes =
        json_is_string(nodes) ? strtod(json_string_value(nodes), NULL) : json_number_value(nodes);
    if (!run->has[QTY_DEVICES] || !(run->value[QTY_DEVICES] > 0.0) || !(n_nodes >= 1.0 && n_nodes <= 1e6))
        return import_fault(job, &place, "does not say accelerators_per_node and number_of_nodes");
    run->value[QTY_DEVICES] *= n_nodes;
    const char *memory = json_string_value(import_member(doc->value, "accelerator_memory_capacity"));
    if (memory != NULL && memory_bytes(memory) > 0.0)
        run_set(job, run, QTY_MEMORY, memory_bytes(memory), &place);
    return true;
}

bool mlperf_sniff(const ImportFile *file)
{
    return strstr(file->text, "MLPerf Results Summary") != NULL;
}

void mlperf_read(ImportJob *job)
{
    Summary summary = {0};
    ImportPlace place = {job->files[0].path, 0, NULL};
    read_summary(job, &job->files[0], &summary);
    if (!summary.has_result || !summary.has_scenario) {
        import_fault(job, &place, "has no line 'Result is' and 'Scenario': not a whole summary");
        return;
    }
    if (!summary.is_valid) {
        import_fault(job, &place, "the result is not VALID");
        return;
    }
    if (!summary.run.has[QTY_OUTPUT_RATE]) {
        import_fault(job, &place, "has no tokens per second: not a language model run");
        return;
    }
    if (job->n_files == 2 && !read_system(job, &job->files[1], &summary.run)) return;
    /* Offline, all samples are there at once: their latency is the run's length and says nothing of the
     * batch. */
    if (summary.is_offline)
        summary.run.text[RUN_NOTE] = "offline scenario: the number of sequences at once is not stated";
    import_serving(job, &summary.run, &place);
}
