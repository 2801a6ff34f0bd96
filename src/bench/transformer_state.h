/* What the files of the transformer share: its memory, and the step that is being run.
 *
 * Layer: bench (private to transformer*.c, attend.c and experts.c).
 */
#ifndef TOKENTCO_BENCH_TRANSFORMER_STATE_H
#define TOKENTCO_BENCH_TRANSFORMER_STATE_H

#include "transformer.h"

/* A gated feed-forward block: the one of a dense layer, an expert, or the shared experts. */
enum { BLOCK_GATE, BLOCK_UP, BLOCK_DOWN, N_BLOCK_WEIGHTS };
typedef struct Block {
    PackedWeights weights[N_BLOCK_WEIGHTS];
} Block;

typedef struct Layer {
    LayerKind kind;
    PackedWeights qkv, out, router; /* the router's weights are f32, as in the field's files */
    Block *blocks;                  /* experts, then the shared block if there is one */
    uint16_t *keys, *values;        /* [sequence][key-value head] panels, see kernel.h */
} Layer;

/* Memory in large pieces, all given back together. */
typedef struct Piece {
    void *memory;
    size_t n_bytes;
} Piece;
enum { PIECES_MAX = 64 };

/* Packed activations: one shared set, or one of a few rows for each thread. */
typedef struct RowBuffers {
    uint8_t *values;
    float *scales;
    int32_t *corrections;
} RowBuffers;

/* So few rows are packed by every thread for itself: that costs less than a barrier. */
enum { PRIVATE_ROWS = 4 };

/* The rows that one block works on, gathered so that they lie together. */
typedef struct Visit {
    const Block *block;
    int first, n_rows;    /* in the gathered rows */
    size_t inner_at;      /* floats before its rows in gate and up */
    PackedRows in, inner; /* packed inputs of gate and up, and of down */
} Visit;

/* Routing of one step through one layer of experts. */
typedef struct Routing {
    float *scores;           /* [row][expert] */
    int *chosen;             /* [row][active] */
    float *shares;           /* [row][active] */
    int *pair_at;            /* [row][active (+ shared)]: where the gathered row lies */
    float *gathered, *found; /* [pair][hidden]: inputs and results of the blocks */
    Visit *visits;
    int n_visits;
} Routing;

struct Transformer {
    ArchShape shape;
    TransformerPlan plan;
    WeightFormat format;
    const KernelSet *set;
    Pool *pool;
    int n_threads; /* of the pool */
    unsigned long long seed;
    Layer *layers; /* owned: dense ones first */
    Block *blocks; /* owned: those of each layer in turn */
    PackedWeights head;
    float *norm, *cosines, *sines; /* [hidden] ones; [context][head_dim / 2] */
    float *source, *x, *normed, *qkv, *attended, *gate, *up, *logits;
    float *scratch, *own_normed; /* [thread] */
    float *attention_parts;      /* [slice of a task], decode with few heads */
    RowBuffers packed, own_packed, packed_inner;
    size_t own_value_bytes, own_scale_count; /* of one thread in own_packed */
    Routing routing;
    size_t head_kv_values; /* 16-bit values of one cache head */
    Piece pieces[PIECES_MAX];
    int n_pieces;
    bool is_short_of_memory;
    bool is_counted; /* nothing is taken, only counted */
    double counted_bytes;
    StepTime time;
};

typedef struct Step {
    Transformer *model;
    int n_sequences, n_tokens, depth, n_rows;
    int n_layers[N_LAYER_KINDS]; /* that are run */
} Step;

static inline int qkv_width(const ArchShape *s)
{
    return (s->heads + 2 * s->kv_heads) * s->head_dim;
}

/* Blocks of a layer, how many of them a row visits, and how wide they are. */
static inline int block_count(const ArchShape *s, LayerKind kind)
{
    return kind == LAYER_DENSE ? 1 : s->experts + (s->shared_intermediate > 0);
}
static inline int visits_a_row(const ArchShape *s, LayerKind kind)
{
    return kind == LAYER_DENSE ? 1 : s->experts_active + (s->shared_intermediate > 0);
}
static inline int block_width(const ArchShape *s, LayerKind kind, int block)
{
    return kind == LAYER_DENSE  ? s->intermediate
           : block < s->experts ? s->expert_intermediate
                                : s->shared_intermediate;
}

/* Pieces small enough that the last ones even out, large enough that the counter costs nothing. */
int piece_panels(const Transformer *model, const PackedWeights *weights);

/* Rotates, stores and attends: t->qkv to t->attended. All threads call it; it ends with a barrier. */
void attend_step(const Step *step, const Layer *layer, int thread);

/* Routes each row to its experts and adds what they say to t->x. All threads call it; it ends with a barrier.
 */
void experts_step(const Step *step, const Layer *layer);

#endif
