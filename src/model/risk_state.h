/* What a Monte Carlo run keeps between its steps. Layer: model, private. */
#ifndef MODEL_RISK_STATE_H
#define MODEL_RISK_STATE_H

#include "model/sobol.h"
#include "tokentco/montecarlo.h"
#include "tokentco/parallel.h"

/* Sequences with a scramble of their own; draw j is point j / 8 of sequence j % 8. */
enum { REPLICATES = 8 };
/* Bins of a monthly fan, and of the unit interval of an item (for what it is worth to know it). */
enum { FAN_BINS = 256, ITEM_BINS = 64 };

/* Edges of one month's histogram of one option. They are fixed by the first draws, before any is counted. */
typedef struct FanEdges {
    double low, width; /* width 0: no value among the first draws */
} FanEdges;

struct Risk {
    const Inputs *inputs;           /* borrowed */
    const Uncertainty *uncertainty; /* borrowed */
    RiskSettings settings;
    int n_threads, n_options, n_items, n_months;
    Sobol sequences[REPLICATES];
    Trial **trials; /* [n_threads], owned, each with its workspace */
    Workspace **workspaces;

    long n_done, n_room;
    double *npv_usd;         /* [draw * n_options + option]; NaN: could not serve */
    unsigned char *item_bin; /* [draw * n_items + item] */

    /* Fans: cell (option * N_FAN_KINDS + kind) * n_months + month. */
    long n_cells;
    double *first_values; /* [cell * RISK_FIRST_DRAWS + draw]; NaN: none */
    bool has_edges;
    FanEdges *edges;          /* [cell] */
    unsigned *counts;         /* [cell * FAN_BINS + bin], draws in all steps so far */
    unsigned **thread_counts; /* [n_threads] of the same shape: the step at hand */
    double *sorting;          /* room for n_room values */
    RiskResult result;
};

/* A draw's point, and the values of the items at it; `u` comes back as their quantiles. */
void risk_point(const Risk *risk, long draw, double *u, double *values);

/* Statistics of the first n_done draws into risk->result. */
void risk_summarise(Risk *risk);

/* E58 and after: choice, regret, perfect information, and what knowing one item is worth. */
void risk_summarise_choice(Risk *risk);

/* Mean and standard error of a figure of each replicate. */
Estimate estimate_of(const double figure[REPLICATES], double whole);

#endif
