/* Shapley values: how a difference is shared among the changes that made it.
 *
 * Layer: model. The value of a set of changes is what the whole is worth when these changes have been made
 * and no other; a change's share is its marginal value, averaged over all orders in which the changes can be
 * made. Shares sum to the difference between all changes and none.
 */
#ifndef TOKENTCO_SHAPLEY_H
#define TOKENTCO_SHAPLEY_H

#include <stdbool.h>
#include <stdint.h>

enum {
    SHAPLEY_EXACT_MAX = 12, /* up to so many changes all 2^n sets are looked at */
    SHAPLEY_CHANGES_MAX = 64,
    SHAPLEY_ORDERS = 1000 /* drawn beyond that, each with its reverse */
};

/* Value of a set (bit i: change i is made). False: it has none, and nothing can be shared. */
typedef bool (*ShapleyValue)(void *context, uint64_t set, double *value);

typedef struct ShapleyShares {
    int n;
    bool is_exact;
    double none, all; /* value of no change and of all */
    double share[SHAPLEY_CHANGES_MAX];
    double error[SHAPLEY_CHANGES_MAX]; /* standard error of a drawn share; 0 when exact */
    long n_values;                     /* that were asked for */
    bool is_undefined;                 /* some set has no value */
    uint64_t undefined_set;            /* the first that was met */
} ShapleyShares;

/* The same shares for the same values: orders are drawn from a fixed stream. False when some set has no value
 * (or memory is out: then is_undefined is not set). */
bool shapley_build(int n, ShapleyValue value, void *context, ShapleyShares *out);

/* Whole units that sum exactly: each share in `unit`s, rounded so that the sum is the rounded difference
 * (largest remainders first, then the earlier change). `out` has n places; returns the sum. */
int64_t shapley_round(const ShapleyShares *shares, double unit, int64_t *out);

#endif
