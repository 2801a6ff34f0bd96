/* The answer of `throughput`, and scores, as JSON. Layer: view. */
#include "tokentco/throughput_answer.h"

#include "view/json_build.h"

#include <stdio.h>

static void add_figures(json_t *document, const ThroughputAnswer *a)
{
    for (int i = 0; i < N_FIGURES; i++) {
        char name[64];
        const double unknown = HUGE_VAL;
        const char *figure = throughput_figures[i].name;
        json_object_set_new(document, figure, json_number_or_null(a->is_feasible ? a->v[i] : unknown));
        snprintf(name, sizeof name, "%s_p10", figure);
        json_object_set_new(document, name, json_number_or_null(a->is_feasible ? a->low[i] : unknown));
        snprintf(name, sizeof name, "%s_p90", figure);
        json_object_set_new(document, name, json_number_or_null(a->is_feasible ? a->high[i] : unknown));
    }
}

static json_t *memory_json(const ThroughputMemory *m)
{
    json_t *memory = json_object();
    json_object_set_new(memory, "total_bytes", json_number_or_null(m->total));
    json_object_set_new(memory, "weights_bytes", json_number_or_null(m->weights));
    json_object_set_new(memory, "reserve_bytes", json_number_or_null(m->reserve));
    json_object_set_new(memory, "cache_bytes", json_number_or_null(fmax(m->cache, 0)));
    json_object_set_new(memory, "cache_tokens", json_number_or_null(m->cache > 0 ? m->cache_tokens : 0));
    json_object_set_new(memory, "cache_bytes_per_tok", json_number_or_null(m->cache_per_token));
    json_object_set_new(memory, "batch_max", json_number_or_null(m->cache > 0 ? m->batch_max : 0));
    return memory;
}

void throughput_answer_add_json(const ThroughputAnswer *a, Text *out)
{
    json_t *document = json_object(), *terms = json_object();
    json_object_set_new(document, "schema", json_string("tokentco/throughput/1"));
    json_object_set_new(document, "model", json_string(a->c.model.id));
    json_object_set_new(document, "gpu", json_string(a->c.gpu.id));
    json_object_set_new(document, "gpus", json_integer(a->c.gpus * a->replicas));
    json_object_set_new(document, "engine", json_string(a->c.engine));
    json_object_set_new(document, "weight_format", json_string(a->c.format));
    json_object_set_new(document, "weight_format_from",
                        json_string(a->is_format_named ? "model name" : "option or default"));
    json_object_set_new(document, "basis", json_string(a->source.text));
    json_object_set_new(document, "feasible", json_boolean(a->is_feasible));
    json_object_set_new(document, "reason", a->is_feasible ? json_null() : json_string(a->reason.text));
    add_figures(document, a);
    json_object_set_new(document, "saturated", a->is_feasible ? json_boolean(a->is_saturated) : json_null());
    json_object_set_new(document, "usd_per_gpu_h",
                        json_number_or_null(a->has_price ? a->usd_per_h : HUGE_VAL));
    json_object_set_new(document, "memory_per_gpu", memory_json(&a->memory));
    for (int i = 0; i < N_THROUGHPUT_TERMS; i++)
        json_object_set_new(terms, throughput_term_name((ThroughputTerm)i),
                            json_number_or_null(a->is_feasible ? a->terms.v[i] : HUGE_VAL));
    json_object_set_new(document, "terms", terms);
    json_add_document(document, out);
}

static json_t *score_json(const ScoreRow *row)
{
    const ThroughputScore *s = &row->score;
    const double unknown = HUGE_VAL;
    json_t *score = json_object();
    json_object_set_new(score, "by", json_string(row->by));
    json_object_set_new(score, "key", json_string(s->key));
    json_object_set_new(score, "n_total", json_integer(s->n_total));
    json_object_set_new(score, "n", json_integer(s->n));
    json_object_set_new(score, "median_ape", json_number_or_null(s->n_total > 0 ? s->median_ape : unknown));
    json_object_set_new(score, "p90_ape", json_number_or_null(s->n_total > 0 ? s->p90_ape : unknown));
    json_object_set_new(score, "bias", json_number_or_null(s->n > 0 ? s->bias : unknown));
    json_object_set_new(score, "within20", json_number_or_null(s->n_total > 0 ? s->within20 : unknown));
    json_object_set_new(score, "coverage", json_number_or_null(s->n_total > 0 ? s->coverage : unknown));
    return score;
}

void throughput_scores_add_json(const ScoreRow *rows, int n, Text *out)
{
    json_t *document = json_object(), *lists[] = {json_array(), json_array(), json_array()};
    json_object_set_new(document, "schema", json_string("tokentco/throughput-score/1"));
    json_object_set_new(document, "all", score_json(&rows[0]));
    for (int i = 1; i < n; i++) json_array_append_new(lists[rows[i].kind], score_json(&rows[i]));
    json_object_set_new(document, "groups", lists[SCORE_OF_GROUP]);
    json_object_set_new(document, "repeats", lists[SCORE_OF_REPEATS]);
    json_object_set_new(document, "factor_known", lists[SCORE_FACTOR_KNOWN]);
    json_add_document(document, out);
}
