/* Building a transformer: memory, random weights, tables.
 *
 * Layer: bench.
 */
#include "attention_split.h"
#include "transformer_state.h"

#include "formats.h"
#include "room.h"
#include "topology.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

double transformer_layer_bytes(const ArchShape *shape, LayerKind kind, WeightFormat format)
{
    double values = arch_layer_params(shape, kind);
    if (kind == LAYER_EXPERTS) values += shape->experts * arch_expert_params(shape);
    return values * weight_format_bytes(format);
}

double transformer_head_bytes(const ArchShape *shape, WeightFormat format)
{
    return arch_head_params(shape) * weight_format_bytes(format);
}

double transformer_layers_bytes(const ArchShape *shape, const TransformerPlan *plan, WeightFormat format)
{
    double bytes = 0.0;
    for (LayerKind kind = LAYER_DENSE; kind < N_LAYER_KINDS; kind++)
        bytes += plan->n_layers[kind] * transformer_layer_bytes(shape, kind, format);
    return bytes;
}

double transformer_built_bytes(const Transformer *t)
{
    return transformer_layers_bytes(&t->shape, &t->plan, t->format);
}

static int round_up(int value, int step)
{
    return (value + step - 1) / step * step;
}

static void *take(Transformer *t, size_t n_bytes)
{
    n_bytes = n_bytes / KERNEL_ALIGN * KERNEL_ALIGN + KERNEL_ALIGN;
    if (t->is_counted) {
        t->counted_bytes += (double)n_bytes;
        return NULL;
    }
    if (t->n_pieces == PIECES_MAX || t->is_short_of_memory) {
        t->is_short_of_memory = true;
        return NULL;
    }
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

/* ---- weights ---- */

/* What is done with each weight of a layer: its size is counted, or it gets its place. */
typedef void (*WeightFn)(Transformer *t, PackedWeights *w, WeightFormat format, int n, int k, void *context);

static void layer_weights(Transformer *t, Layer *layer, WeightFn fn, void *context)
{
    const ArchShape *s = &t->shape;
    int inner = s->heads * s->head_dim;
    fn(t, &layer->qkv, t->format, qkv_width(s), s->hidden, context);
    fn(t, &layer->out, t->format, s->hidden, inner, context);
    if (layer->kind == LAYER_EXPERTS) fn(t, &layer->router, WEIGHT_F32, s->experts, s->hidden, context);
    for (int b = 0; b < block_count(s, layer->kind); b++) {
        PackedWeights *w = layer->blocks[b].weights;
        int width = block_width(s, layer->kind, b);
        fn(t, &w[BLOCK_GATE], t->format, width, s->hidden, context);
        fn(t, &w[BLOCK_UP], t->format, width, s->hidden, context);
        fn(t, &w[BLOCK_DOWN], t->format, s->hidden, width, context);
    }
}

static size_t padded_bytes(const PackedWeights *w)
{
    return (weights_bytes(w) + KERNEL_ALIGN - 1) / KERNEL_ALIGN * KERNEL_ALIGN;
}

static void plan_weight(Transformer *t, PackedWeights *w, WeightFormat format, int n, int k, void *context)
{
    size_t *total = context;
    weights_plan(format, &t->set->formats[format].layout, n, k, w);
    *total += padded_bytes(w);
}

static void place_weight(Transformer *t, PackedWeights *w, WeightFormat format, int n, int k, void *context)
{
    uint8_t **at = context;
    (void)t;
    (void)n;
    (void)k;
    w->panels = *at;
    *at += padded_bytes(w);
    if (format != WEIGHT_INT8) return;
    w->scales = (float *)(void *)*at;
    *at += round_up(w->n_panels * w->layout.nr * (int)sizeof(float), KERNEL_ALIGN);
}

static size_t scale_bytes(const Transformer *t, LayerKind kind)
{
    /* INT8 only: a scale for each output, and a panel of padding for each weight. */
    const ArchShape *s = &t->shape;
    double outputs = qkv_width(s) + s->hidden, n_weights = 3.0;
    for (int b = 0; b < block_count(s, kind); b++) {
        outputs += 2.0 * block_width(s, kind, b) + s->hidden;
        n_weights += N_BLOCK_WEIGHTS;
    }
    double padding = t->set->formats[t->format].layout.nr + KERNEL_ALIGN;
    return t->format == WEIGHT_INT8 ? (size_t)((outputs + n_weights * padding) * sizeof(float)) : 0;
}

static void weights_take(Transformer *t)
{
    size_t n_bytes = KERNEL_READ_AHEAD,
           head_scales = t->format == WEIGHT_INT8 ? (size_t)t->shape.vocab * 8 : 0;
    Block *blocks = t->blocks;
    for (int i = 0; i < plan_layers(&t->plan); i++) {
        Layer *layer = &t->layers[i];
        layer->kind = i < t->plan.n_layers[LAYER_DENSE] ? LAYER_DENSE : LAYER_EXPERTS;
        layer->blocks = blocks;
        blocks += block_count(&t->shape, layer->kind);
        layer_weights(t, layer, plan_weight, &n_bytes);
        n_bytes += scale_bytes(t, layer->kind);
    }
    plan_weight(t, &t->head, t->format, t->shape.vocab, t->shape.hidden, &n_bytes);
    uint8_t *at = take(t, n_bytes + head_scales + KERNEL_ALIGN);
    if (!at) return;
    for (int i = 0; i < plan_layers(&t->plan); i++) layer_weights(t, &t->layers[i], place_weight, &at);
    place_weight(t, &t->head, t->format, t->shape.vocab, t->shape.hidden, &at);
}

/* ---- cache and buffers ---- */

static void cache_take(Transformer *t)
{
    const ArchShape *s = &t->shape;
    t->plan.max_context = round_up(t->plan.max_context, KV_PANEL);
    t->head_kv_values = (size_t)t->plan.max_context * (size_t)round_up(s->head_dim, KV_PANEL);
    size_t layer_values = t->head_kv_values * (size_t)(s->kv_heads * t->plan.max_sequences);
    uint16_t *at = take(t, 2 * layer_values * (size_t)plan_layers(&t->plan) * sizeof *at);
    for (int i = 0; at && i < plan_layers(&t->plan); i++) {
        t->layers[i].keys = at;
        t->layers[i].values = at + layer_values;
        at += 2 * layer_values;
    }
}

/* Room for packed rows of at most k values; `extra` rows of padding. */
static RowBuffers row_buffers_take(Transformer *t, int m, int k, int copies, size_t *value_bytes,
                                   size_t *scale_count)
{
    PackedRows packed;
    rows_plan(t->format, &t->set->formats[t->format].layout, m, k, &packed);
    size_t bytes = (rows_value_bytes(&packed) + KERNEL_ALIGN - 1) / KERNEL_ALIGN * KERNEL_ALIGN;
    size_t count = (rows_scale_bytes(&packed) / sizeof(float) / 16 + 1) * 16;
    if (value_bytes) *value_bytes = bytes;
    if (scale_count) *scale_count = count;
    bytes *= (size_t)copies;
    count *= (size_t)copies;
    return (RowBuffers){take(t, bytes), take_floats(t, count), take(t, count * sizeof(int32_t))};
}

static int widest_input(const ArchShape *s)
{
    int widest = s->hidden > s->heads * s->head_dim ? s->hidden : s->heads * s->head_dim;
    for (LayerKind kind = LAYER_DENSE; kind < N_LAYER_KINDS; kind++)
        for (int b = 0; arch_layers_of(s, kind) > 0 && b < block_count(s, kind); b++)
            if (block_width(s, kind, b) > widest) widest = block_width(s, kind, b);
    return widest;
}

static void routing_take(Transformer *t, size_t rows)
{
    const ArchShape *s = &t->shape;
    Routing *r = &t->routing;
    size_t active = (size_t)visits_a_row(s, LAYER_EXPERTS), pairs = rows * active;
    r->scores = take_floats(t, rows * (size_t)s->experts);
    r->chosen = take(t, rows * active * sizeof *r->chosen);
    r->shares = take_floats(t, rows * active);
    r->pair_at = take(t, pairs * sizeof *r->pair_at);
    r->gathered = take_floats(t, pairs * (size_t)s->hidden);
    r->found = take_floats(t, pairs * (size_t)s->hidden);
    r->visits = take(t, (size_t)block_count(s, LAYER_EXPERTS) * sizeof *r->visits);
    /* A row and a line for each block: their parts of the buffers begin on lines. */
    int m = (int)pairs + block_count(s, LAYER_EXPERTS);
    t->packed_inner = row_buffers_take(t, m, widest_input(s), 1, NULL, NULL);
}

static void buffers_take(Transformer *t)
{
    const ArchShape *s = &t->shape;
    size_t rows = (size_t)t->plan.max_rows, hidden = (size_t)s->hidden,
           inner = (size_t)(s->heads * s->head_dim), half = (size_t)s->head_dim / 2,
           threads = (size_t)t->n_threads;
    LayerKind widest_kind = s->experts > 0 ? LAYER_EXPERTS : LAYER_DENSE;
    int m = t->plan.max_rows * visits_a_row(s, widest_kind) + block_count(s, widest_kind);
    int widest = widest_input(s),
        routed = s->experts_active * s->expert_intermediate + s->shared_intermediate;
    size_t widths = (size_t)(routed > s->intermediate ? routed : s->intermediate);
    t->norm = take_floats(t, hidden);
    t->cosines = take_floats(t, (size_t)t->plan.max_context * half);
    t->sines = take_floats(t, (size_t)t->plan.max_context * half);
    t->source = take_floats(t, rows * hidden);
    t->x = take_floats(t, rows * hidden);
    t->normed = take_floats(t, rows * hidden);
    t->qkv = take_floats(t, rows * (size_t)qkv_width(s));
    t->attended = take_floats(t, rows * inner);
    t->gate = take_floats(t, rows * widths);
    t->up = take_floats(t, rows * widths);
    t->logits = take_floats(t, (size_t)t->plan.max_sequences * (size_t)s->vocab);
    t->scratch = take_floats(t, threads * ATTENTION_SCRATCH);
    t->attention_parts = take_floats(t, threads * ATTENTION_PIECES_A_THREAD *
                                            attention_part_floats(ATTENTION_ROWS_MAX, s->head_dim));
    t->own_normed = take_floats(t, threads * PRIVATE_ROWS * hidden);
    t->packed = row_buffers_take(t, m, widest, 1, NULL, NULL);
    t->own_packed =
        row_buffers_take(t, PRIVATE_ROWS, widest, (int)threads, &t->own_value_bytes, &t->own_scale_count);
    if (s->experts > 0) routing_take(t, rows);
}

/* ---- filling ---- */

static void fill_weight(Transformer *t, PackedWeights *w, WeightFormat format, int n, int k, void *context)
{
    unsigned long long *seed = context;
    int from, to;
    (void)format;
    (void)n;
    (void)k;
    while (pool_take(t->pool, w->n_panels, 16, &from, &to)) weights_fill_panels(w, *seed, from, to);
    pool_wait(t->pool);
    *seed += 1000003u;
}

/* Written by the thread that takes the panels first, so that its memory is near. */
static void fill_all(void *context, Pool *pool, int thread)
{
    Transformer *t = context;
    unsigned long long seed = t->seed;
    int from, to;
    (void)thread;
    for (int i = 0; i < plan_layers(&t->plan); i++) layer_weights(t, &t->layers[i], fill_weight, &seed);
    fill_weight(t, &t->head, t->format, t->shape.vocab, t->shape.hidden, &seed);
    size_t values = 2 * t->head_kv_values * (size_t)(t->shape.kv_heads * t->plan.max_sequences);
    /* 0.5 to 1 and both signs, as cached values of unit size are. */
    unsigned base = t->plan.is_kv_bf16 ? 0x3f00u : 0x3800u, varied = t->plan.is_kv_bf16 ? 0x807fu : 0x83ffu;
    while (pool_take(pool, plan_layers(&t->plan), 1, &from, &to)) {
        for (size_t i = 0; i < values; i++)
            t->layers[from].keys[i] = (uint16_t)(base | (i * 2654435761u >> 7 & varied));
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

/* ---- a model of its parts ---- */

/* Tables of the layers, and no memory yet; NULL: there was none for the tables. */
static Transformer *tables_new(const ArchShape *shape, WeightFormat format, const TransformerPlan *plan,
                               const KernelSet *set)
{
    Transformer *t = calloc(1, sizeof *t);
    int n_layers = plan_layers(plan), n_blocks = 0;
    for (LayerKind kind = LAYER_DENSE; kind < N_LAYER_KINDS; kind++)
        n_blocks += plan->n_layers[kind] * block_count(shape, kind);
    Layer *layers = calloc((size_t)n_layers, sizeof *layers);
    Block *blocks = calloc((size_t)n_blocks, sizeof *blocks);
    if (!t || !layers || !blocks) {
        free(t);
        free(layers);
        free(blocks);
        return NULL;
    }
    *t = (Transformer){
        .shape = *shape, .plan = *plan, .format = format, .set = set, .layers = layers, .blocks = blocks};
    return t;
}

static void all_take(Transformer *t)
{
    weights_take(t);
    cache_take(t);
    buffers_take(t);
}

double transformer_bytes(const ArchShape *shape, WeightFormat format, const TransformerPlan *plan,
                         const KernelSet *set, int n_threads)
{
    Transformer *t = tables_new(shape, format, plan, set);
    if (!t) return INFINITY;
    t->is_counted = true;
    t->n_threads = n_threads;
    all_take(t);
    double bytes = t->counted_bytes;
    transformer_free(t);
    return bytes;
}

Transformer *transformer_new(const ArchShape *shape, WeightFormat format, const TransformerPlan *plan,
                             const KernelSet *set, Pool *pool, unsigned long long seed, Err *err)
{
    MemoryRoom room = memory_room("");
    bool is_room = transformer_bytes(shape, format, plan, set, pool_threads(pool)) <= room.bytes;
    Transformer *t = is_room ? tables_new(shape, format, plan, set) : NULL;
    if (t) {
        t->pool = pool;
        t->n_threads = pool_threads(pool);
        t->seed = seed;
        all_take(t);
    }
    if (!t || t->is_short_of_memory) {
        err_set(err, ERR_NO, "%s in %s does not fit with %d layers: %s leaves %.0f MiB", shape->name,
                weight_format_name(format), plan_layers(plan), room.limit, room.bytes / 0x1p20);
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
    free(t->blocks);
    free(t);
}
