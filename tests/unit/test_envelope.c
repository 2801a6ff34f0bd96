/* Envelope matrices against GSL's dense Cholesky. */
#include "test.h"

#include "model/envelope.h"

#include <gsl/gsl_linalg.h>

enum { N = 23 };

/* Rows that begin anywhere; strong diagonals make it positive definite. */
static Envelope sample(Arena *arena, gsl_matrix *dense)
{
    int *first = arena_array(arena, N, sizeof *first);
    for (int i = 0; i < N; i++) first[i] = i * (i % 5) / 5;
    Envelope matrix = envelope_new(N, first, arena);
    for (int i = 0; i < N; i++)
        for (int j = first[i]; j <= i; j++) {
            double entry = i == j ? N : cos(3.0 * i + 7.0 * j);
            *envelope_at(&matrix, i, j) = entry;
            gsl_matrix_set(dense, (size_t)i, (size_t)j, entry);
            gsl_matrix_set(dense, (size_t)j, (size_t)i, entry);
        }
    return matrix;
}

static void solves_and_inverts_as_a_dense_one(void **state)
{
    (void)state;
    Arena arena;
    arena_init(&arena);
    gsl_matrix *dense = gsl_matrix_calloc(N, N);
    gsl_vector *right = gsl_vector_alloc(N), *expected = gsl_vector_alloc(N);
    Envelope matrix = sample(&arena, dense);
    double x[N], scratch[N], diagonal[N];
    for (int i = 0; i < N; i++) {
        x[i] = sin(i);
        gsl_vector_set(right, (size_t)i, x[i]);
    }
    assert_true(envelope_factor(&matrix));
    envelope_solve(&matrix, x);
    envelope_inverse_diagonal(&matrix, scratch, diagonal);
    gsl_linalg_cholesky_decomp1(dense);
    gsl_linalg_cholesky_solve(dense, right, expected);
    gsl_linalg_cholesky_invert(dense);
    for (size_t i = 0; i < N; i++) {
        assert_close(x[i], gsl_vector_get(expected, i), 1e-12);
        assert_close(diagonal[i], gsl_matrix_get(dense, i, i), 1e-12);
    }
    gsl_matrix_free(dense);
    gsl_vector_free(right);
    gsl_vector_free(expected);
    arena_free(&arena);
}

static void indefinite_is_refused(void **state)
{
    (void)state;
    Arena arena;
    arena_init(&arena);
    int first[2] = {0, 0};
    Envelope matrix = envelope_new(2, first, &arena);
    *envelope_at(&matrix, 0, 0) = *envelope_at(&matrix, 1, 1) = 1;
    *envelope_at(&matrix, 1, 0) = 2;
    assert_false(envelope_factor(&matrix));
    arena_free(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(solves_and_inverts_as_a_dense_one),
        cmocka_unit_test(indefinite_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
