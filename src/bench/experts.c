/* Mixture of experts: each row goes to the few experts that the router scores highest.
 *
 * Layer: bench. Rows are gathered by expert, so that an expert's weights are read once for all rows that
 * chose it; pieces of all experts are handed out from one counter. The shared experts are one more block that
 * every row visits with a share of 1. Shares are the softmax over the chosen scores.
 */
#include "transformer_state.h"

#include "formats.h"

#include <math.h>
#include <string.h>

/* ---- routing ---- */

/* Normalised rows and the router's scores, in f32. */
static void score_rows(const Step *step, const Layer *layer)
{
    Transformer *t = step->model;
    const ArchShape *s = &t->shape;
    const FormatOps *ops = &t->set->formats[WEIGHT_F32];
    PackedRows packed;
    int from, to;
    rows_plan(WEIGHT_F32, &ops->layout, step->n_rows, s->hidden, &packed);
    /* The gathered rows are not needed yet: their memory holds the packed f32 rows. */
    packed.values = t->routing.gathered;
    while (pool_take(t->pool, packed.n_tiles, 1, &from, &to)) {
        for (int r = tile_row(&packed, from); r < tile_row(&packed, to); r++) {
            size_t at = (size_t)r * (size_t)s->hidden;
            t->set->rms_norm(t->x + at, t->norm, s->hidden, 1e-5f, t->normed + at);
        }
        ops->pack_rows(&ops->layout, WEIGHT_F32, t->normed, (size_t)s->hidden, &packed, from, to);
    }
    pool_wait(t->pool);
    while (pool_take(t->pool, layer->router.n_panels, 1, &from, &to))
        ops->gemm(&packed, &layer->router, from, to, t->routing.scores, (size_t)s->experts, false);
    pool_wait(t->pool);
}

/* The highest scores first; chosen ones are struck out. */
static void choose_experts(const Transformer *t, int row)
{
    const ArchShape *s = &t->shape;
    const Routing *r = &t->routing;
    float *scores = r->scores + (size_t)row * (size_t)s->experts;
    size_t at = (size_t)row * (size_t)visits_a_row(s, LAYER_EXPERTS);
    for (int a = 0; a < s->experts_active; a++) {
        int best = 0;
        for (int e = 1; e < s->experts; e++)
            if (scores[e] > scores[best]) best = e;
        r->chosen[at + (size_t)a] = best;
        r->shares[at + (size_t)a] = scores[best];
        scores[best] = -HUGE_VALF;
    }
    t->set->softmax(r->shares + at, s->experts_active);
    if (s->shared_intermediate == 0) return;
    r->chosen[at + (size_t)s->experts_active] = s->experts;
    r->shares[at + (size_t)s->experts_active] = 1.0f;
}

/* ---- visits ---- */

/* Part of the shared buffers that begins on a line. */
static PackedRows packed_part(const Transformer *t, const RowBuffers *buffers, int n_rows, int k,
                              size_t *value_at, size_t *scale_at)
{
    PackedRows packed;
    rows_plan(t->format, &t->set->formats[t->format].layout, n_rows, k, &packed);
    packed.values = buffers->values + *value_at;
    packed.scales = buffers->scales + *scale_at;
    packed.corrections = buffers->corrections + *scale_at;
    *value_at += (rows_value_bytes(&packed) + KERNEL_ALIGN - 1) / KERNEL_ALIGN * KERNEL_ALIGN;
    *scale_at += (size_t)n_rows * (size_t)packed.n_blocks;
    return packed;
}

/* Sorts the pairs of row and expert by expert. One thread. */
static void plan_visits(const Step *step, const Layer *layer)
{
    Transformer *t = step->model;
    const ArchShape *s = &t->shape;
    Routing *r = &t->routing;
    int n_blocks = block_count(s, LAYER_EXPERTS), n_pairs = step->n_rows * visits_a_row(s, LAYER_EXPERTS),
        pair = 0;
    size_t in_values = 0, in_scales = 0, inner_values = 0, inner_scales = 0, inner_at = 0;
    r->n_visits = 0;
    for (int b = 0; b < n_blocks; b++) {
        Visit visit = {.block = &layer->blocks[b], .first = pair, .inner_at = inner_at};
        for (int p = 0; p < n_pairs; p++)
            if (r->chosen[p] == b) r->pair_at[p] = pair++;
        visit.n_rows = pair - visit.first;
        if (visit.n_rows == 0) continue;
        int width = block_width(s, LAYER_EXPERTS, b);
        inner_at += (size_t)visit.n_rows * (size_t)width;
        visit.in = packed_part(t, &t->packed, visit.n_rows, s->hidden, &in_values, &in_scales);
        visit.inner = packed_part(t, &t->packed_inner, visit.n_rows, width, &inner_values, &inner_scales);
        r->visits[r->n_visits++] = visit;
    }
}

static void gather_row(const Transformer *t, int row)
{
    size_t hidden = (size_t)t->shape.hidden;
    int active = visits_a_row(&t->shape, LAYER_EXPERTS);
    for (int a = 0; a < active; a++) {
        memcpy(t->routing.gathered + (size_t)t->routing.pair_at[row * active + a] * hidden,
               t->normed + (size_t)row * hidden, hidden * sizeof(float));
    }
}

/* ---- the blocks ---- */

static void pack_visit(const Transformer *t, Visit *visit, bool is_inner)
{
    const FormatOps *ops = &t->set->formats[t->format];
    size_t hidden = (size_t)t->shape.hidden;
    PackedRows *out = is_inner ? &visit->inner : &visit->in;
    const float *rows =
        is_inner ? t->gate + visit->inner_at : t->routing.gathered + (size_t)visit->first * hidden;
    ops->pack_rows(&ops->layout, t->format, rows, (size_t)out->k, out, 0, out->n_tiles);
}

static void pack_visits(const Transformer *t, bool is_inner)
{
    int from, to;
    while (pool_take(t->pool, t->routing.n_visits, 1, &from, &to))
        pack_visit(t, &t->routing.visits[from], is_inner);
    pool_wait(t->pool);
}

static void visit_gate_and_up(const Transformer *t, const Visit *visit, int from, int to)
{
    const PackedWeights *gate = &visit->block->weights[BLOCK_GATE], *up = &visit->block->weights[BLOCK_UP];
    GemmFn gemm = t->set->formats[t->format].gemm;
    size_t width = (size_t)gate->n;
    int first = from * gate->layout.nr,
        last = to * gate->layout.nr < gate->n ? to * gate->layout.nr : gate->n;
    gemm(&visit->in, gate, from, to, t->gate + visit->inner_at, width, false);
    gemm(&visit->in, up, from, to, t->up + visit->inner_at, width, false);
    for (int r = 0; r < visit->n_rows; r++) {
        size_t at = visit->inner_at + (size_t)r * width + (size_t)first;
        t->set->swiglu(t->gate + at, t->up + at, last - first);
    }
}

static void visit_down(const Transformer *t, const Visit *visit, int from, int to)
{
    float *out = t->routing.found + (size_t)visit->first * (size_t)t->shape.hidden;
    t->set->formats[t->format].gemm(&visit->inner, &visit->block->weights[BLOCK_DOWN], from, to, out,
                                    (size_t)t->shape.hidden, false);
}

/* Hands out pieces of the panels of one weight of all visited blocks from one counter. */
static void multiply_visits(const Transformer *t, int weight,
                            void (*fn)(const Transformer *, const Visit *, int, int))
{
    const Routing *r = &t->routing;
    int total = 0, from, to;
    for (int v = 0; v < r->n_visits; v++) total += r->visits[v].block->weights[weight].n_panels;
    int step = piece_panels(t, &r->visits[0].block->weights[weight]);
    if (total / (8 * pool_threads(t->pool)) > step) step = total / (8 * pool_threads(t->pool));
    while (pool_take(t->pool, total, step, &from, &to)) {
        for (int v = 0, start = 0; v < r->n_visits && start < to; v++) {
            int n = r->visits[v].block->weights[weight].n_panels;
            int low = from > start ? from - start : 0, high = to - start < n ? to - start : n;
            if (low < high) fn(t, &r->visits[v], low, high);
            start += n;
        }
    }
    pool_wait(t->pool);
}

static void add_row(const Transformer *t, int row)
{
    const Routing *r = &t->routing;
    int hidden = t->shape.hidden, active = visits_a_row(&t->shape, LAYER_EXPERTS);
    float *x = t->x + (size_t)row * (size_t)hidden;
    for (int a = 0; a < active; a++) {
        const float *found = r->found + (size_t)r->pair_at[row * active + a] * (size_t)hidden;
        float share = r->shares[row * active + a];
        for (int i = 0; i < hidden; i++) x[i] += share * found[i];
    }
}

void experts_step(const Step *step, const Layer *layer)
{
    Transformer *t = step->model;
    int from, to;
    score_rows(step, layer);
    while (pool_take(t->pool, step->n_rows, 1, &from, &to)) choose_experts(t, from);
    pool_wait(t->pool);
    if (pool_take(t->pool, 1, 1, &from, &to)) plan_visits(step, layer);
    pool_wait(t->pool);
    while (pool_take(t->pool, step->n_rows, 1, &from, &to)) gather_row(t, from);
    pool_wait(t->pool);
    pack_visits(t, false);
    multiply_visits(t, BLOCK_GATE, visit_gate_and_up);
    pack_visits(t, true);
    multiply_visits(t, BLOCK_DOWN, visit_down);
    while (pool_take(t->pool, step->n_rows, 1, &from, &to)) add_row(t, from);
    pool_wait(t->pool);
}
