/* Reading a scenario document by pointer, for editors of lists. Layer: feed. */
#include "feed/scenario_doc.h"

#include <stdlib.h>
#include <string.h>

/* The value at a pointer, owned by the document's text: NULL when there is none. The caller decrefs. */
static json_t *value_at(const Scenario *scenario, const char *pointer)
{
    char *raw = scenario_get_raw(scenario, pointer);
    json_t *value = raw != NULL ? json_loads(raw, JSON_DECODE_ANY, NULL) : NULL;
    free(raw);
    return value;
}

int scenario_count(const Scenario *scenario, const char *pointer)
{
    json_t *value = value_at(scenario, pointer);
    int n = (int)json_array_size(value);
    json_decref(value);
    return n;
}

bool scenario_get_number(const Scenario *scenario, const char *pointer, double *out)
{
    json_t *value = value_at(scenario, pointer);
    bool is_number = json_is_number(value);
    if (is_number) *out = json_number_value(value);
    json_decref(value);
    return is_number;
}

bool scenario_get_text(const Scenario *scenario, const char *pointer, char *out, size_t size)
{
    json_t *value = value_at(scenario, pointer);
    bool is_text = json_is_string(value);
    if (is_text) snprintf(out, size, "%s", json_string_value(value));
    json_decref(value);
    return is_text;
}

void scenario_quote(Text *out, const char *text)
{
    json_t *value = json_string(text);
    char *raw = value != NULL ? json_dumps(value, JSON_ENCODE_ANY) : NULL;
    text_add(out, raw != NULL ? raw : "\"\"");
    free(raw);
    json_decref(value);
}

bool scenario_event_target(int i, char *pattern, size_t size, const char **doc)
{
    if (i < 0 || i >= n_event_targets) return false;
    snprintf(pattern, size, "/%s/*/%s", event_targets[i].is_workload ? "workloads" : "options",
             event_targets[i].path);
    *doc = event_targets[i].doc;
    return true;
}
