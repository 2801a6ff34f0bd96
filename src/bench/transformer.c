/* The transformer step on a pool of threads.
 *
 * Layer: bench. Every product is a phase: rows are normalised and packed, then panels of weights are taken
 * from the shared counter in small pieces, so that a slow thread holds nobody up; a barrier follows each
 * phase. A few rows are packed by each thread for itself, which leaves five barriers a layer in decode.
 */
#include "transformer_state.h"

#include "formats.h"
#include "timing.h"

#include <math.h>
#include <string.h>

/* Rows of floats to be packed, with the kernels of one format. */
typedef struct Packing {
    const float *rows;
    int n, k;
    bool is_normed;
} Packing;

static void pack_tiles(const Transformer *t, const Packing *in, float *normed, PackedRows *out, int from,
                       int to)
{
    const FormatOps *ops = &t->set->formats[t->format];
    size_t k = (size_t)in->k;
    for (int r = tile_row(out, from); in->is_normed && r < tile_row(out, to); r++)
        t->set->rms_norm(in->rows + (size_t)r * k, t->norm, in->k, 1e-5f, normed + (size_t)r * k);
    ops->pack_rows(&ops->layout, t->format, in->is_normed ? normed : in->rows, k, out, from, to);
}

/* Packs rows for the next product, normalised first when wanted. All threads call it. */
static PackedRows pack_rows(const Step *step, Packing in, int thread)
{
    Transformer *t = step->model;
    PackedRows packed;
    int from, to;
    rows_plan(t->format, &t->set->formats[t->format].layout, in.n, in.k, &packed);
    if (in.n <= PRIVATE_ROWS) {
        size_t own = (size_t)thread;
        packed.values = t->own_packed.values + own * t->own_value_bytes;
        packed.scales = t->own_packed.scales + own * t->own_scale_count;
        packed.corrections = t->own_packed.corrections + own * t->own_scale_count;
        float *normed = t->own_normed + own * PRIVATE_ROWS * (size_t)t->shape.hidden;
        pack_tiles(t, &in, normed, &packed, 0, packed.n_tiles);
        return packed;
    }
    packed.values = t->packed.values;
    packed.scales = t->packed.scales;
    packed.corrections = t->packed.corrections;
    while (pool_take(t->pool, packed.n_tiles, 1, &from, &to))
        pack_tiles(t, &in, t->normed, &packed, from, to);
    pool_wait(t->pool);
    return packed;
}

int piece_panels(const Transformer *t, const PackedWeights *w)
{
    enum { PIECES_A_THREAD = 8, PANELS_MOST = 16, OUTPUTS_LEAST = 16 };
    int least = w->layout.nr < OUTPUTS_LEAST ? OUTPUTS_LEAST / w->layout.nr : 1,
        panels = w->n_panels / (PIECES_A_THREAD * pool_threads(t->pool)) / least * least;
    return panels < least ? least : panels > PANELS_MOST ? PANELS_MOST : panels;
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

/* Gate and up of the same columns by the same thread, which then applies SwiGLU to them while they are in its
 * cache. */
static void gate_and_up(const Step *step, const Block *block, const PackedRows *rows)
{
    Transformer *t = step->model;
    const PackedWeights *gate = &block->weights[BLOCK_GATE], *up = &block->weights[BLOCK_UP];
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

static void feed_forward(const Step *step, const Layer *layer, int thread)
{
    Transformer *t = step->model;
    const ArchShape *s = &t->shape;
    PackedRows rows = pack_rows(step, (Packing){t->x, step->n_rows, s->hidden, true}, thread);
    gate_and_up(step, layer->blocks, &rows);
    rows = pack_rows(step, (Packing){t->gate, step->n_rows, s->intermediate, false}, thread);
    multiply(step, &rows, &layer->blocks->weights[BLOCK_DOWN], t->x, true);
}

static void run_layer(const Step *step, const Layer *layer, int thread)
{
    Transformer *t = step->model;
    const ArchShape *s = &t->shape;
    PackedRows rows = pack_rows(step, (Packing){t->x, step->n_rows, s->hidden, true}, thread);
    multiply(step, &rows, &layer->qkv, t->qkv, false);
    attend_step(step, layer, thread);
    rows = pack_rows(step, (Packing){t->attended, step->n_rows, s->heads * s->head_dim, false}, thread);
    multiply(step, &rows, &layer->out, t->x, true);
    if (layer->kind == LAYER_EXPERTS)
        experts_step(step, layer);
    else
        feed_forward(step, layer, thread);
}

/* Time since `from`, which becomes now. */
static double lap(double *from)
{
    double before = *from;
    *from = clock_s();
    return *from - before;
}

static void run_step(void *context, Pool *pool, int thread)
{
    const Step *step = context;
    Transformer *t = step->model;
    size_t hidden = (size_t)t->shape.hidden;
    double from = clock_s();
    StepTime time;
    for (LayerKind kind = LAYER_DENSE; kind < N_LAYER_KINDS; kind++) {
        const Layer *layers = t->layers + (kind == LAYER_EXPERTS ? t->plan.n_layers[LAYER_DENSE] : 0);
        for (int i = 0; i < step->n_layers[kind]; i++) run_layer(step, &layers[i], thread);
        time.layers_s[kind] = lap(&from);
        if (step->n_layers[kind] > 0)
            time.layers_s[kind] *= (double)t->plan.n_layers[kind] / step->n_layers[kind];
    }
    /* Only the last token of a sequence is continued. */
    for (int i = 0; thread == 0 && step->n_tokens > 1 && i < step->n_sequences; i++) {
        memmove(t->x + (size_t)i * hidden, t->x + (size_t)((i + 1) * step->n_tokens - 1) * hidden,
                hidden * sizeof *t->x);
    }
    pool_wait(pool);
    PackedRows rows = pack_rows(step, (Packing){t->x, step->n_sequences, t->shape.hidden, true}, thread);
    multiply(step, &rows, &t->head, t->logits, false);
    time.head_s = lap(&from);
    if (thread == 0) t->time = time;
}

static int part_of(int n_layers, double share)
{
    int part = (int)fmax(1.0, ceil(share * n_layers));
    return part < n_layers ? part : n_layers;
}

int transformer_part_layers(const Transformer *t, double share)
{
    return part_of(t->plan.n_layers[LAYER_DENSE], share) + part_of(t->plan.n_layers[LAYER_EXPERTS], share);
}

StepTime transformer_step_part(Transformer *t, int n_sequences, int n_tokens, int depth, double share)
{
    Step step = {t, n_sequences, n_tokens, depth, n_sequences * n_tokens, {0}};
    for (LayerKind kind = LAYER_DENSE; kind < N_LAYER_KINDS; kind++)
        step.n_layers[kind] = part_of(t->plan.n_layers[kind], share);
    memcpy(t->x, t->source, (size_t)step.n_rows * (size_t)t->shape.hidden * sizeof *t->x);
    pool_run(t->pool, run_step, &step);
    return t->time;
}

StepTime transformer_step(Transformer *t, int n_sequences, int n_tokens, int depth)
{
    return transformer_step_part(t, n_sequences, n_tokens, depth, 1.0);
}
