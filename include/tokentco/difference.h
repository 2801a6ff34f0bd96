/* What differs between two scenarios, and what is paid for each difference.
 *
 * Layer: model. Options and workloads are matched: options by name and kind, workloads by their place. Fields
 * that come from one look-up (the shape of a model, the figures of an accelerator, an engine's efficiencies)
 * change together and count as one change; so do the paths of events. A change is a part that the difference
 * in cost is shared among.
 */
#ifndef TOKENTCO_DIFFERENCE_H
#define TOKENTCO_DIFFERENCE_H

#include "tokentco/evaluate.h"
#include "tokentco/shapley.h"

/* A field that differs, or (row -1) the path of a price series or of a workload's volume. */
typedef struct FieldDifference {
    GroupId group;
    int row;
    int series; /* row -1: PriceSeries; N_PRICE_SERIES: volume */
    int a, b;   /* workload or option on either side; 0 for the scenario */
    int part;   /* -1: a name, on which no cost depends by itself */
} FieldDifference;

typedef struct OptionPair {
    int a, b; /* -1: only the other scenario has it */
} OptionPair;

typedef struct Difference {
    const Inputs *a, *b; /* borrowed */
    int n_fields;
    FieldDifference *fields; /* owned */
    int n_parts;
    char parts[SHAPLEY_CHANGES_MAX]
              [128]; /* names of changes: "input_tok", "llama on H100: rent/decline_per_year" */
    int workloads_part, start_part; /* another number of workloads; another first month; -1: no */
    bool is_merged;                 /* there were more changes than parts: those of a group are one part */
    int n_pairs;
    OptionPair pairs[2 * INPUT_OPTIONS_MAX];
} Difference;

/* Compares. Both inputs must outlive the difference. False when memory is out. */
bool difference_build(const Inputs *a, const Inputs *b, Difference *out);
void difference_free(Difference *difference);

/* The difference in NPV of one pair, or (pair -1) of the cheapest feasible option of all pairs, shared among
 * its parts. */
typedef struct Attribution {
    int pair;
    bool is_shared; /* false: see reason */
    char reason[256];
    bool is_exact,
        is_merged; /* merged: what runs where counts as one change, for a mix of both cannot serve */
    bool has_before, has_after;
    double before_usd, after_usd;
    int n;
    char names[SHAPLEY_CHANGES_MAX][128];
    int64_t micro_usd[SHAPLEY_CHANGES_MAX]; /* millionths; sum exactly to diff_micro_usd */
    int64_t diff_micro_usd;
    double error_usd[SHAPLEY_CHANGES_MAX]; /* standard error, 0 when exact */
} Attribution;
bool difference_share(const Difference *difference, int pair, Attribution *out, Err *err);

#endif
