/* How much of a model is built: all its layers, or as many as memory and effort allow.
 *
 * Layer: bench (private).
 */
#ifndef TOKENTCO_BENCH_PLAN_H
#define TOKENTCO_BENCH_PLAN_H

#include "cases.h"
#include "transformer.h"

typedef struct PlanRoom {
    double free_bytes;        /* of memory, all told */
    double most_weight_bytes; /* of the weights that are built; the head and one layer of each kind are at
                                 least */
} PlanRoom;

/* A plan for the largest of the cases. Layers of both kinds keep the proportion that the model has, with one
 * of each at least. False when memory does not even hold those and the head. */
bool plan_transformer(const ArchShape *shape, WeightFormat format, const Case *cases, int n_cases,
                      const PlanRoom *room, TransformerPlan *out, Err *err);

#endif
