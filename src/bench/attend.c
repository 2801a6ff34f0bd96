/* Attention of a step: queries and keys are rotated, keys and values stored, and queries meet the cache.
 *
 * Layer: bench. A unit of work is a key-value head of a sequence with the queries that share it, for as many
 * tokens as fit in one task of the kernel. More queries than that share a head in some models: they are taken
 * in turns.
 */
#include "attention_split.h"
#include "transformer_state.h"

#include <math.h>

static KvHead kv_head(const Transformer *t, const Layer *layer, int sequence, int head)
{
    size_t at = (size_t)(sequence * t->shape.kv_heads + head) * t->head_kv_values;
    return (KvHead){layer->keys + at, layer->values + at, t->shape.head_dim, t->plan.max_context,
                    t->plan.is_kv_bf16};
}

/* Turns queries and keys of one key-value head and stores its keys and values. */
static void store_head(const Step *step, const Layer *layer, int sequence, int head)
{
    Transformer *t = step->model;
    const ArchShape *s = &t->shape;
    int dim = s->head_dim, group = s->heads / s->kv_heads;
    uint16_t (*round)(float) = t->plan.is_kv_bf16 ? f32_to_bf16 : f32_to_f16;
    KvHead cache = kv_head(t, layer, sequence, head);
    for (int i = 0; i < step->n_tokens; i++) {
        int at = step->depth + i;
        float *row = t->qkv + (size_t)(sequence * step->n_tokens + i) * (size_t)qkv_width(s);
        const float *cosines = t->cosines + at * (dim / 2), *sines = t->sines + at * (dim / 2);
        float *key = row + (s->heads + head) * dim, *value = row + (s->heads + s->kv_heads + head) * dim;
        for (int g = 0; g < group; g++) t->set->rope(row + (head * group + g) * dim, cosines, sines, dim);
        t->set->rope(key, cosines, sines, dim);
        for (int d = 0; d < dim; d++) {
            cache.keys[(at / KV_PANEL * dim + d) * KV_PANEL + at % KV_PANEL] = round(key[d]);
            cache.values[(d / KV_PANEL * cache.capacity + at) * KV_PANEL + d % KV_PANEL] = round(value[d]);
        }
    }
}

/* Queries that one task takes: of a whole group, or part of a group of one token. */
static int queries_at_once(const Transformer *t)
{
    int group = t->shape.heads / t->shape.kv_heads;
    return group < ATTENTION_ROWS_MAX ? group : ATTENTION_ROWS_MAX;
}

static int tokens_at_once(const Transformer *t)
{
    return ATTENTION_ROWS_MAX / queries_at_once(t);
}

/* `n_queries` queries from `query` on, of `n_tokens` tokens from `token` on, that share a key-value head. */
static AttentionTask task_of(const Step *step, const KvHead *cache, int sequence, int query, int n_queries,
                             int token, int n_tokens)
{
    const Transformer *t = step->model;
    const ArchShape *s = &t->shape;
    int dim = s->head_dim;
    AttentionTask task = {.head = cache,
                          .n_rows = n_tokens * n_queries,
                          .token_to = step->depth + token + n_tokens,
                          .scale = 1.0f / sqrtf((float)dim)};
    for (int r = 0; r < task.n_rows; r++) {
        size_t row = (size_t)(sequence * step->n_tokens + token + r / n_queries);
        int at = (query + r % n_queries) * dim;
        task.q[r] = t->qkv + row * (size_t)qkv_width(s) + at;
        task.out[r] = t->attended + row * (size_t)(s->heads * dim) + at;
        task.n_visible[r] = step->depth + token + r / n_queries + 1;
    }
    return task;
}

static float *scratch_of(const Transformer *t, int thread)
{
    return t->scratch + (size_t)thread * ATTENTION_SCRATCH;
}

static void attend_task(const Step *step, AttentionTask task, int thread)
{
    task.scratch = scratch_of(step->model, thread);
    step->model->set->attention(&task);
    for (int r = 0; r < task.n_rows; r++) {
        for (int d = 0; d < task.head->head_dim; d++) task.out[r][d] /= task.sum[r];
    }
}

static void attend_head(const Step *step, const Layer *layer, int sequence, int head, int token, int n_tokens,
                        int thread)
{
    Transformer *t = step->model;
    int group = t->shape.heads / t->shape.kv_heads, at_once = queries_at_once(t);
    KvHead cache = kv_head(t, layer, sequence, head);
    for (int g = 0; g < group; g += at_once) {
        int n_queries = group - g < at_once ? group - g : at_once;
        attend_task(step, task_of(step, &cache, sequence, head * group + g, n_queries, token, n_tokens),
                    thread);
    }
}

/* Slices of the cache for each head in decode; a group of queries that one task cannot take is not cut. */
static int decode_slices(const Step *step)
{
    const Transformer *t = step->model;
    int group = t->shape.heads / t->shape.kv_heads;
    if (step->n_tokens > 1 || group > ATTENTION_ROWS_MAX) return 1;
    return attention_slices(step->n_sequences * t->shape.kv_heads, pool_threads(t->pool), step->depth + 1);
}

/* Decode with fewer heads than keep the threads evenly busy: heads are cut along the cache. */
static void attend_sliced(const Step *step, const Layer *layer, int n_slices, int thread)
{
    Transformer *t = step->model;
    int kv_heads = t->shape.kv_heads, n_heads = step->n_sequences * kv_heads, from, to;
    int group = t->shape.heads / kv_heads;
    size_t part_floats = attention_part_floats(group, t->shape.head_dim);
    while (pool_take(t->pool, n_heads, 1, &from, &to))
        store_head(step, layer, from / kv_heads, from % kv_heads);
    pool_wait(t->pool);
    for (int is_merge = 0; is_merge < 2; is_merge++) {
        int each = is_merge ? 1 : n_slices;
        while (pool_take(t->pool, n_heads * each, 1, &from, &to)) {
            int at = from / each, sequence = at / kv_heads, head = at % kv_heads;
            KvHead cache = kv_head(t, layer, sequence, head);
            AttentionTask task = task_of(step, &cache, sequence, head * group, group, 0, 1);
            float *parts = t->attention_parts + (size_t)(at * n_slices) * part_floats;
            if (is_merge)
                attention_merge(&task, n_slices, parts);
            else
                attention_slice(t->set, &task, from % each, n_slices, scratch_of(t, thread),
                                parts + (size_t)(from % each) * part_floats);
        }
        pool_wait(t->pool);
    }
}

void attend_step(const Step *step, const Layer *layer, int thread)
{
    Transformer *t = step->model;
    int kv_heads = t->shape.kv_heads, n_heads = step->n_sequences * kv_heads, from, to;
    int at_once = tokens_at_once(t), pieces = (step->n_tokens + at_once - 1) / at_once;
    int n_slices = decode_slices(step);
    bool is_decode = step->n_tokens == 1;
    if (n_slices > 1) {
        attend_sliced(step, layer, n_slices, thread);
        return;
    }
    while (pool_take(t->pool, n_heads, 1, &from, &to)) {
        store_head(step, layer, from / kv_heads, from % kv_heads);
        /* One token needs only what its own head has just stored: no barrier between. */
        if (is_decode) attend_head(step, layer, from / kv_heads, from % kv_heads, 0, 1, thread);
    }
    pool_wait(t->pool);
    if (is_decode) return;
    /* Later tokens see more: taking them first leaves the short pieces for the end. */
    while (pool_take(t->pool, n_heads * pieces, 1, &from, &to)) {
        int piece = pieces - 1 - from / n_heads, head = from % n_heads, token = piece * at_once;
        int n_tokens = step->n_tokens - token < at_once ? step->n_tokens - token : at_once;
        attend_head(step, layer, head / kv_heads, head % kv_heads, token, n_tokens, thread);
    }
    pool_wait(t->pool);
}
