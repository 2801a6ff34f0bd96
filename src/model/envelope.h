/* Symmetric positive definite matrices whose rows begin where their first entry is.
 *
 * Layer: model. Cholesky's factor of such a matrix has no entries before them either, so that unknowns which
 * meet late cost little: order them so.
 */
#ifndef TOKENTCO_MODEL_ENVELOPE_H
#define TOKENTCO_MODEL_ENVELOPE_H

#include "tokentco/arena.h"

#include <stdbool.h>

typedef struct Envelope {
    int n;
    int *first;   /* of each row: its first column, at most the row itself */
    double **row; /* entries of row i from column first[i] to the diagonal: the lower half */
    double *values;
    size_t n_values;
} Envelope;

/* Takes `first` over as it is. All entries are zero. */
Envelope envelope_new(int n, int *first, Arena *arena);
void envelope_clear(Envelope *matrix);
/* Entry (i, j); first[i] <= j <= i. */
static inline double *envelope_at(const Envelope *matrix, int i, int j)
{
    return matrix->row[i] + (j - matrix->first[i]);
}

void envelope_copy(const Envelope *from, Envelope *to);

/* Puts the lower factor in the place of the matrix; false when it is not positive definite. */
bool envelope_factor(Envelope *matrix);

/* Solves with a factored matrix; x holds the right side and then the solution. */
void envelope_solve(const Envelope *factor, double *x);

/* The diagonal of the inverse of the factored matrix. */
void envelope_inverse_diagonal(const Envelope *factor, double *scratch, double *diagonal);

#endif
