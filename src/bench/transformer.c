/* The transformer step on a pool of threads.
 *
 * Layer: bench. Every product is a phase: rows are normalised and packed tile by tile, then panels of weights
 * are taken from the shared counter in small pieces, so that a slow thread holds nobody up; a barrier follows
 * each phase.
 */
#include "transformer.h"

#include "formats.h"
#include "timing.h"
#include "topology.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef enum LayerWeight {
    WEIGHT_QKV,
    WEIGHT_OUT,
    WEIGHT_GATE,
    WEIGHT_UP,
    WEIGHT_DOWN,
    N_LAYER_WEIGHTS
} LayerWeight;

typedef struct Layer {
    PackedWeights weights[N_LAYER_WEIGHTS];
    uint16_t *keys, *values; /* [sequence][key-value head] panels, see kernel.h */
} Layer;

/* Memory in large pieces, all given back together. */
typedef struct Piece {
    void *memory;
    size_t n_bytes;
} Piece;
enum { PIECES_MAX = 64 };

struct Transformer {
    BenchShape shape;
    TransformerPlan plan;
    WeightFormat format;
    const KernelSet *set;
    Pool *pool;
    unsigned long long seed;
    Layer *layers; /* owned */
    PackedWeights head;
    float *norm, *cosines, *sines; /* [hidden] ones; [context][head_dim / 2] */
    float *source, *x, *normed, *qkv, *attended, *gate, *up, *logits;
    float *scratch; /* [thread] */
    void *packed_values;
    float *packed_scales;
    int32_t *packed_corrections;
    size_t head_kv_values; /* 16-bit values of one cache head */
    Piece pieces[PIECES_MAX];
    int n_pieces;
    bool is_short_of_memory;
    StepTime time;
};

static int qkv_width(const BenchShape *s)
{
    return (s->heads + 2 * s->kv_heads) * s->head_dim;
}

static void weight_size(const BenchShape *s, LayerWeight which, int *n, int *k)
{
    int inner = s->heads * s->head_dim;
    switch (which) {
    case WEIGHT_QKV:
        *n = qkv_width(s), *k = s->hidden;
        break;
    case WEIGHT_OUT:
        *n = s->hidden, *k = inner;
        break;
    case WEIGHT_GATE:
    case WEIGHT_UP:
        *n = s->intermediate, *k = s->hidden;
        break;
    case WEIGHT_DOWN:
        *n = s->hidden, *k = s->intermediate;
        break;
    case N_LAYER_WEIGHTS:
        *n = *k = 0;
        break;
    }
}

double transformer_layer_bytes(const BenchShape *shape, WeightFormat format)
{
    double values = 0.0;
    for (int w = 0; w < N_LAYER_WEIGHTS; w++) {
        int n, k;
        weight_size(shape, (LayerWeight)w, &n, &k);
        values += (double)n * k;
    }
    return values * weight_format_bytes(format);
}

double transformer_head_bytes(const BenchShape *shape, WeightFormat format)
{
    return (double)shape->vocab * shape->hidden * weight_format_bytes(format);
}

double transformer_kv_bytes(const BenchShape *shape, int n_layers)
{
    return 2.0 * sizeof(uint16_t) * shape->kv_heads * shape->head_dim * n_layers;
}

static int round_up(int value, int step)
{
    return (value + step - 1) / step * step;
}

static void *take(Transformer *t, size_t n_bytes)
{
    if (t->n_pieces == PIECES_MAX || t->is_short_of_memory) {
        t->is_short_of_memory = true;
        return NULL;
    }
    n_bytes = n_bytes / KERNEL_ALIGN * KERNEL_ALIGN + KERNEL_ALIGN;
    void *memory = topology_memory_take(n_bytes);
    if (!memory)
        t->is_short_of_memory = true;
    else
        t->pieces[t->n_pieces++] = (Piece){memory, n_bytes};
    return memory;
}

static float *take_floats(Transformer *t, size_t n)
{
    return take(t, n * sizeof(float));
}

/* ---- building ---- */

static size_t plan_weights(Transformer *t, PackedWeights *w, int n, int k)
{
    weights_plan(t->format, &t->set->formats[t->format].layout, n, k, w);
    return (weights_bytes(w) + KERNEL_ALIGN - 1) / KERNEL_ALIGN * KERNEL_ALIGN;
}

static void place_weights(Transformer *t, PackedWeights *w, uint8_t **at, size_t n_bytes)
{
    w->panels = *at;
    *at += n_bytes;
    if (t->format == WEIGHT_INT8) w->scales = take_floats(t, (size_t)(w->n_panels * w->layout.nr));
}

static void weights_take(Transformer *t)
{
    size_t sizes[N_LAYER_WEIGHTS], layer_bytes = 0;
    PackedWeights weights[N_LAYER_WEIGHTS];
    for (int w = 0; w < N_LAYER_WEIGHTS; w++) {
        int n, k;
        weight_size(&t->shape, (LayerWeight)w, &n, &k);
        layer_bytes += sizes[w] = plan_weights(t, &weights[w], n, k);
    }
    size_t head_bytes = plan_weights(t, &t->head, t->shape.vocab, t->shape.hidden);
    uint8_t *at = take(t, layer_bytes * (size_t)t->plan.n_layers + head_bytes);
    if (!at) return;
    for (int i = 0; i < t->plan.n_layers; i++) {
        for (int w = 0; w < N_LAYER_WEIGHTS; w++) {
            t->layers[i].weights[w] = weights[w];
            place_weights(t, &t->layers[i].weights[w], &at, sizes[w]);
        }
    }
    place_weights(t, &t->head, &at, head_bytes);
}

static void cache_take(Transformer *t)
{
    const BenchShape *s = &t->shape;
    t->plan.max_context = round_up(t->plan.max_context, KV_PANEL);
    t->head_kv_values = (size_t)t->plan.max_context * (size_t)round_up(s->head_dim, KV_PANEL);
    size_t layer_values = t->head_kv_values * (size_t)(s->kv_heads * t->plan.max_sequences);
    uint16_t *at = take(t, 2 * layer_values * (size_t)t->plan.n_layers * sizeof *at);
    for (int i = 0; at && i < t->plan.n_layers; i++) {
        t->layers[i].keys = at;
        t->layers[i].values = at + layer_values;
        at += 2 * layer_values;
    }
}

static void buffers_take(Transformer *t)
{
    const BenchShape *s = &t->shape;
    size_t rows = (size_t)t->plan.max_rows, hidden = (size_t)s->hidden,
           inner = (size_t)(s->heads * s->head_dim);
    size_t half = (size_t)s->head_dim / 2,
           widest = (size_t)s->intermediate > inner ? (size_t)s->intermediate : inner;
    if (hidden > widest) widest = hidden;
    t->norm = take_floats(t, hidden);
    t->cosines = take_floats(t, (size_t)t->plan.max_context * half);
    t->sines = take_floats(t, (size_t)t->plan.max_context * half);
    t->source = take_floats(t, rows * hidden);
    t->x = take_floats(t, rows * hidden);
    t->normed = take_floats(t, rows * hidden);
    t->qkv = take_floats(t, rows * (size_t)qkv_width(s));
    t->attended = take_floats(t, rows * inner);
    t->gate = take_floats(t, rows * (size_t)s->intermediate);
    t->up = take_floats(t, rows * (size_t)s->intermediate);
    t->logits = take_floats(t, (size_t)t->plan.max_sequences * (size_t)s->vocab);
    t->scratch = take_floats(t, (size_t)pool_threads(t->pool) * ATTENTION_SCRATCH);
    PackedRows packed;
    rows_plan(t->format, &t->set->formats[t->format].layout, t->plan.max_rows, (int)widest, &packed);
    t->packed_values = take(t, rows_value_bytes(&packed));
    t->packed_scales = take(t, rows_scale_bytes(&packed));
    t->packed_corrections = take(t, rows_scale_bytes(&packed));
}

/* Written by the thread that takes the panels first, so that its memory is near. */
static void fill_all(void *context, Pool *pool, int thread)
{
    Transformer *t = context;
    (void)thread;
    int from, to;
    for (int i = 0; i <= t->plan.n_layers; i++) {
        bool is_head = i == t->plan.n_layers;
        for (int w = 0; w < (is_head ? 1 : N_LAYER_WEIGHTS); w++) {
            PackedWeights *weights = is_head ? &t->head : &t->layers[i].weights[w];
            unsigned long long seed = t->seed + (unsigned long long)(i * N_LAYER_WEIGHTS + w) * 1000003u;
            while (pool_take(pool, weights->n_panels, 16, &from, &to))
                weights_fill_panels(weights, seed, from, to);
            pool_wait(pool);
        }
    }
    size_t values = 2 * t->head_kv_values * (size_t)(t->shape.kv_heads * t->plan.max_sequences);
    while (pool_take(pool, t->plan.n_layers, 1, &from, &to)) {
        /* 0.5 to 1 and both signs, as cached values of unit size are. */
        for (size_t i = 0; i < values; i++)
            t->layers[from].keys[i] = (uint16_t)(0x3800u | (i * 2654435761u >> 7 & 0x83ffu));
    }
}

static void fill_tables(Transformer *t)
{
    const double theta = 10000.0;
    int half = t->shape.head_dim / 2;
    for (int i = 0; i < t->shape.hidden; i++) t->norm[i] = 1.0f;
    for (int p = 0; p < t->plan.max_context; p++) {
        for (int i = 0; i < half; i++) {
            double angle = p * pow(theta, -(double)i / half);
            t->cosines[p * half + i] = (float)cos(angle);
            t->sines[p * half + i] = (float)sin(angle);
        }
    }
    unsigned long long state = t->seed | 1u;
    for (size_t i = 0; i < (size_t)t->plan.max_rows * (size_t)t->shape.hidden; i++) {
        state = state * 6364136223846793005u + 1442695040888963407u;
        t->source[i] = (float)((double)(state >> 11) * 0x1p-52 - 1.0);
    }
}

Transformer *transformer_new(const BenchShape *shape, WeightFormat format, const TransformerPlan *plan,
                             const KernelSet *set, Pool *pool, unsigned long long seed, Err *err)
{
    Transformer *t = calloc(1, sizeof *t);
    Layer *layers = calloc((size_t)plan->n_layers, sizeof *layers);
    if (!t || !layers) {
        free(t);
        free(layers);
        err_set(err, ERR_BUG, "no memory for %d layers", plan->n_layers);
        return NULL;
    }
    *t = (Transformer){.shape = *shape,
                       .plan = *plan,
                       .format = format,
                       .set = set,
                       .pool = pool,
                       .seed = seed,
                       .layers = layers};
    weights_take(t);
    cache_take(t);
    buffers_take(t);
    if (t->is_short_of_memory) {
        err_set(err, ERR_BUG, "%s in %s does not fit in memory with %d layers", shape->name,
                weight_format_name(format), plan->n_layers);
        transformer_free(t);
        return NULL;
    }
    fill_tables(t);
    pool_run(pool, fill_all, t);
    return t;
}

void transformer_free(Transformer *t)
{
    if (!t) return;
    for (int i = 0; i < t->n_pieces; i++) topology_memory_give(t->pieces[i].memory, t->pieces[i].n_bytes);
    free(t->layers);
    free(t);
}

/* ---- one step ---- */

typedef struct Step {
    Transformer *model;
    int n_sequences, n_tokens, depth, n_rows;
} Step;

/* Packs `n` rows of k values for the next product, normalised first when `is_normed`. All threads call it. */
static PackedRows pack_rows(const Step *step, const float *rows, int n, int k, bool is_normed)
{
    Transformer *t = step->model;
    const FormatOps *ops = &t->set->formats[t->format];
    PackedRows packed;
    int from, to;
    rows_plan(t->format, &ops->layout, n, k, &packed);
    packed.values = t->packed_values;
    packed.scales = t->packed_scales;
    packed.corrections = t->packed_corrections;
    while (pool_take(t->pool, packed.n_tiles, 1, &from, &to)) {
        for (int r = tile_row(&packed, from); is_normed && r < tile_row(&packed, to); r++) {
            t->set->rms_norm(rows + (size_t)r * (size_t)k, t->norm, k, 1e-5f,
                             t->normed + (size_t)r * (size_t)k);
        }
        ops->pack_rows(&ops->layout, t->format, is_normed ? t->normed : rows, (size_t)k, &packed, from, to);
    }
    pool_wait(t->pool);
    return packed;
}

/* Pieces small enough that the last ones even out, large enough that the counter costs nothing. */
static int piece_panels(const Transformer *t, const PackedWeights *w)
{
    int pieces = w->n_panels / (8 * pool_threads(t->pool));
    return pieces < 1 ? 1 : pieces > 16 ? 16 : pieces;
}

static void multiply(const Step *step, const PackedRows *rows, const PackedWeights *w, float *out,
                     bool is_added)
{
    Transformer *t = step->model;
    int from, to, piece = piece_panels(t, w);
    while (pool_take(t->pool, w->n_panels, piece, &from, &to)) {
        t->set->formats[t->format].gemm(rows, w, from, to, out, (size_t)w->n, is_added);
    }
    pool_wait(t->pool);
}

static KvHead kv_head(const Transformer *t, const Layer *layer, int sequence, int head)
{
    size_t at = (size_t)(sequence * t->shape.kv_heads + head) * t->head_kv_values;
    return (KvHead){layer->keys + at, layer->values + at, t->shape.head_dim, t->plan.max_context, false};
}

/* Turns queries and keys of one key-value head and stores its keys and values. */
static void store_head(const Step *step, const Layer *layer, int sequence, int head)
{
    Transformer *t = step->model;
    const BenchShape *s = &t->shape;
    int dim = s->head_dim, group = s->heads / s->kv_heads;
    KvHead cache = kv_head(t, layer, sequence, head);
    for (int i = 0; i < step->n_tokens; i++) {
        int at = step->depth + i;
        float *row = t->qkv + (size_t)(sequence * step->n_tokens + i) * (size_t)qkv_width(s);
        const float *cosines = t->cosines + at * (dim / 2), *sines = t->sines + at * (dim / 2);
        float *key = row + (s->heads + head) * dim, *value = row + (s->heads + s->kv_heads + head) * dim;
        for (int g = 0; g < group; g++) t->set->rope(row + (head * group + g) * dim, cosines, sines, dim);
        t->set->rope(key, cosines, sines, dim);
        for (int d = 0; d < dim; d++) {
            cache.keys[(at / KV_PANEL * dim + d) * KV_PANEL + at % KV_PANEL] = f32_to_f16(key[d]);
            cache.values[(d / KV_PANEL * cache.capacity + at) * KV_PANEL + d % KV_PANEL] =
                f32_to_f16(value[d]);
        }
    }
}

/* The queries of `n_tokens` tokens from `token` on that share a key-value head. */
static void attend(const Step *step, const Layer *layer, int sequence, int head, int token, int n_tokens,
                   int thread)
{
    Transformer *t = step->model;
    const BenchShape *s = &t->shape;
    int dim = s->head_dim, group = s->heads / s->kv_heads;
    KvHead cache = kv_head(t, layer, sequence, head);
    AttentionTask task = {.head = &cache,
                          .n_rows = n_tokens * group,
                          .token_to = step->depth + token + n_tokens,
                          .scale = 1.0f / sqrtf((float)dim),
                          .scratch = t->scratch + (size_t)thread * ATTENTION_SCRATCH};
    for (int r = 0; r < task.n_rows; r++) {
        size_t row = (size_t)(sequence * step->n_tokens + token + r / group);
        int query = head * group + r % group;
        task.q[r] = t->qkv + row * (size_t)qkv_width(s) + query * dim;
        task.out[r] = t->attended + row * (size_t)(s->heads * dim) + query * dim;
        task.n_visible[r] = step->depth + token + r / group + 1;
    }
    t->set->attention(&task);
    for (int r = 0; r < task.n_rows; r++) {
        for (int d = 0; d < dim; d++) task.out[r][d] /= task.sum[r];
    }
}

static void attention(const Step *step, const Layer *layer, int thread)
{
    Transformer *t = step->model;
    int n_heads = step->n_sequences * t->shape.kv_heads, group = t->shape.heads / t->shape.kv_heads, from, to;
    int at_once = ATTENTION_ROWS_MAX / group, pieces = (step->n_tokens + at_once - 1) / at_once;
    while (pool_take(t->pool, n_heads, 1, &from, &to)) {
        store_head(step, layer, from / t->shape.kv_heads, from % t->shape.kv_heads);
    }
    pool_wait(t->pool);
    /* Later tokens see more: taking them first leaves the short pieces for the end. */
    while (pool_take(t->pool, n_heads * pieces, 1, &from, &to)) {
        int piece = pieces - 1 - from / n_heads, head = from % n_heads, token = piece * at_once;
        int n_tokens = step->n_tokens - token < at_once ? step->n_tokens - token : at_once;
        attend(step, layer, head / t->shape.kv_heads, head % t->shape.kv_heads, token, n_tokens, thread);
    }
    pool_wait(t->pool);
}

/* Gate and up of the same columns by the same thread, which then applies SwiGLU to them while they are in its
 * cache. */
static void gate_and_up(const Step *step, const Layer *layer, const PackedRows *rows)
{
    Transformer *t = step->model;
    const PackedWeights *gate = &layer->weights[WEIGHT_GATE], *up = &layer->weights[WEIGHT_UP];
    GemmFn gemm = t->set->formats[t->format].gemm;
    size_t width = (size_t)gate->n;
    int from, to, piece = piece_panels(t, gate);
    while (pool_take(t->pool, gate->n_panels, piece, &from, &to)) {
        int first = from * gate->layout.nr,
            last = to * gate->layout.nr < gate->n ? to * gate->layout.nr : gate->n;
        gemm(rows, gate, from, to, t->gate, width, false);
        gemm(rows, up, from, to, t->up, width, false);
        for (int r = 0; r < step->n_rows; r++) {
            size_t at = (size_t)r * width + (size_t)first;
            t->set->swiglu(t->gate + at, t->up + at, last - first);
        }
    }
    pool_wait(t->pool);
}

static void run_layer(const Step *step, const Layer *layer, int thread)
{
    Transformer *t = step->model;
    const BenchShape *s = &t->shape;
    int n = step->n_rows;
    PackedRows rows = pack_rows(step, t->x, n, s->hidden, true);
    multiply(step, &rows, &layer->weights[WEIGHT_QKV], t->qkv, false);
    attention(step, layer, thread);
    rows = pack_rows(step, t->attended, n, s->heads * s->head_dim, false);
    multiply(step, &rows, &layer->weights[WEIGHT_OUT], t->x, true);
    rows = pack_rows(step, t->x, n, s->hidden, true);
    gate_and_up(step, layer, &rows);
    rows = pack_rows(step, t->gate, n, s->intermediate, false);
    multiply(step, &rows, &layer->weights[WEIGHT_DOWN], t->x, true);
}

static void run_step(void *context, Pool *pool, int thread)
{
    const Step *step = context;
    Transformer *t = step->model;
    size_t hidden = (size_t)t->shape.hidden;
    double start = clock_s();
    for (int i = 0; i < t->plan.n_layers; i++) run_layer(step, &t->layers[i], thread);
    double layers_done = clock_s();
    /* Only the last token of a sequence is continued. */
    for (int i = 0; thread == 0 && i < step->n_sequences; i++) {
        memmove(t->x + (size_t)i * hidden, t->x + (size_t)((i + 1) * step->n_tokens - 1) * hidden,
                hidden * sizeof *t->x);
    }
    pool_wait(pool);
    PackedRows rows = pack_rows(step, t->x, step->n_sequences, t->shape.hidden, true);
    multiply(step, &rows, &t->head, t->logits, false);
    if (thread == 0) t->time = (StepTime){layers_done - start, clock_s() - layers_done};
}

StepTime transformer_step(Transformer *t, int n_sequences, int n_tokens, int depth)
{
    Step step = {t, n_sequences, n_tokens, depth, n_sequences * n_tokens};
    memcpy(t->x, t->source, (size_t)step.n_rows * (size_t)t->shape.hidden * sizeof *t->x);
    pool_run(t->pool, run_step, &step);
    return t->time;
}
