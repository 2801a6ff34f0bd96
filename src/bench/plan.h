/* How much of a model is built: all its layers, or as many as memory and effort allow.
 *
 * Layer: bench (private).
 */
#ifndef TOKENTCO_BENCH_PLAN_H
#define TOKENTCO_BENCH_PLAN_H

#include "cases.h"
#include "room.h"
#include "transformer.h"

/* What there is for a run. */
typedef struct PlanRoom {
    MemoryRoom memory;        /* once the threads are there */
    double most_weight_bytes; /* of the weights that are built; the head and one layer of each kind are at
                                 least */
    const KernelSet *set;
    int n_threads;
} PlanRoom;

/* A plan for the largest of the cases, and how much of the memory may be read to find its bandwidth. Layers
 * of both kinds keep the proportion that the model has, with one of each at least. False when memory does not
 * even hold those and the head, beside a little to measure with. */
bool plan_transformer(const ArchShape *shape, WeightFormat format, const Case *cases, int n_cases,
                      const PlanRoom *room, TransformerPlan *out, double *reading_bytes, Err *err);

/* Bytes of the weights that a plan builds. */
double plan_weight_bytes(const ArchShape *shape, WeightFormat format, const TransformerPlan *plan);

/* How fast the kernels were seen to be, and what is asked of a quick run. */
typedef struct PlanPace {
    double pass_s;             /* a weight that one row meets */
    double row_s;              /* a weight and each of many rows */
    double least_weight_bytes; /* of weights that no cache holds; 0 where arithmetic is so slow that it does
                                  not matter */
    int n_runs;                /* of each case */
    double seconds;            /* for all of them */
    bool may_cut_cases;        /* they are our own, not what somebody asked for */
} PlanPace;

/* Cuts layers, then prompts, then batches, until the cases take no longer than they may, or nothing is left
 * to cut. The cases that are left. */
int plan_cut(const ArchShape *shape, WeightFormat format, const PlanPace *pace, Case *cases, int n_cases,
             TransformerPlan *plan);

#endif
