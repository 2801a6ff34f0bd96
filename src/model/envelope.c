/* Symmetric positive definite matrices whose rows begin where their first entry is.
 *
 * Layer: model.
 */
#include "model/envelope.h"

#include <math.h>
#include <string.h>

Envelope envelope_new(int n, int *first, Arena *arena)
{
    Envelope matrix = {.n = n, .first = first};
    for (int i = 0; i < n; i++) matrix.n_values += (size_t)(i - first[i] + 1);
    matrix.values = arena_array(arena, matrix.n_values, sizeof *matrix.values);
    matrix.row = arena_array(arena, (size_t)n, sizeof *matrix.row);
    double *next = matrix.values;
    for (int i = 0; i < n; i++) {
        matrix.row[i] = next;
        next += i - first[i] + 1;
    }
    return matrix;
}

void envelope_clear(Envelope *matrix)
{
    memset(matrix->values, 0, matrix->n_values * sizeof *matrix->values);
}

void envelope_copy(const Envelope *from, Envelope *to)
{
    memcpy(to->values, from->values, from->n_values * sizeof *from->values);
}

/* Four sums, which do not wait for each other. */
static double dot(const double *a, const double *b, int n)
{
    double s0 = 0, s1 = 0, s2 = 0, s3 = 0;
    int i = 0;
    for (; i + 4 <= n; i += 4) {
        s0 += a[i] * b[i];
        s1 += a[i + 1] * b[i + 1];
        s2 += a[i + 2] * b[i + 2];
        s3 += a[i + 3] * b[i + 3];
    }
    for (; i < n; i++) s0 += a[i] * b[i];
    return (s0 + s1) + (s2 + s3);
}

static double dot_before(const Envelope *m, int i, int j)
{
    int from = m->first[i] > m->first[j] ? m->first[i] : m->first[j];
    return from < j ? dot(envelope_at(m, i, from), envelope_at(m, j, from), j - from) : 0;
}

bool envelope_factor(Envelope *matrix)
{
    for (int i = 0; i < matrix->n; i++) {
        for (int j = matrix->first[i]; j < i; j++) {
            double *entry = envelope_at(matrix, i, j);
            *entry = (*entry - dot_before(matrix, i, j)) / *envelope_at(matrix, j, j);
        }
        double *diagonal = envelope_at(matrix, i, i), pivot = *diagonal - dot_before(matrix, i, i);
        if (!(pivot > 0)) return false;
        *diagonal = sqrt(pivot);
    }
    return true;
}

void envelope_solve(const Envelope *factor, double *x)
{
    for (int i = 0; i < factor->n; i++) {
        int first = factor->first[i];
        x[i] = (x[i] - dot(factor->row[i], x + first, i - first)) / *envelope_at(factor, i, i);
    }
    for (int i = factor->n - 1; i >= 0; i--) {
        x[i] /= *envelope_at(factor, i, i);
        for (int j = factor->first[i]; j < i; j++) x[j] -= *envelope_at(factor, i, j) * x[i];
    }
}

/* Column k of the factor's inverse begins at k; the diagonal is its squared length. */
void envelope_inverse_diagonal(const Envelope *factor, double *scratch, double *diagonal)
{
    for (int k = 0; k < factor->n; k++) {
        double sum = 0;
        for (int i = k; i < factor->n; i++) {
            int from = factor->first[i] > k ? factor->first[i] : k;
            double right = i == k ? 1 : 0;
            double known = from < i ? dot(envelope_at(factor, i, from), scratch + from, i - from) : 0;
            scratch[i] = (right - known) / *envelope_at(factor, i, i);
            sum += scratch[i] * scratch[i];
        }
        diagonal[k] = sum;
    }
}
