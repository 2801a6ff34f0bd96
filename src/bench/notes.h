/* What a reader of a record must know of the run besides its figures: what was left out, and what bound it.
 *
 * Layer: bench (private).
 */
#ifndef TOKENTCO_BENCH_NOTES_H
#define TOKENTCO_BENCH_NOTES_H

#include "room.h"
#include "transformer.h"

typedef struct RunNotes {
    const ArchShape *shape;
    const TransformerPlan *plan;
    int fewest_layers;    /* of those that were built, that a step went through */
    double weight_bytes;  /* of the weights that are built */
    double reading_bytes; /* memory that each thread reads to find its bandwidth */
    double cache_bytes;   /* the last level's */
    MemoryRoom room;      /* before anything was taken */
    double quota_cores;   /* 0: none */
    int n_threads;
    bool is_cut;      /* cases were cut, since kernels are slow */
    bool has_kernels; /* kernels were measured beside their limits */
} RunNotes;

/* The notes in one line, "" when there is nothing to say. In `arena`. */
const char *notes_write(const RunNotes *run, Arena *arena);

#endif
