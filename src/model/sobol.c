/* Scrambled Sobol points. Layer: model.
 *
 * Direction numbers: S. Joe and F. Y. Kuo, "Constructing Sobol sequences with better two-dimensional
 * projections", SIAM J. Sci. Comput. 30 (2008), set new-joe-kuo-6, dimensions 2 to 64. Scramble: J.
 * Matousek's random linear scramble with a digital shift, which keeps a net a net and leaves every point
 * uniform (A. Owen, arXiv 2008.08051: n = 2^k, and the first point stays).
 */
#include "model/sobol.h"

enum { DEGREE_MAX = 9 };

/* Primitive polynomial x^s + a_1 x^(s-1) + ... + 1, the a as bits of `a`, and the first s direction numbers.
 */
typedef struct Direction {
    int s;
    uint32_t a;
    uint32_t m[DEGREE_MAX];
} Direction;

static const Direction directions[SOBOL_DIMS_MAX - 1] = {
    {1, 0, {1}},
    {2, 1, {1, 3}},
    {3, 1, {1, 3, 1}},
    {3, 2, {1, 1, 1}},
    {4, 1, {1, 1, 3, 3}},
    {4, 4, {1, 3, 5, 13}},
    {5, 2, {1, 1, 5, 5, 17}},
    {5, 4, {1, 1, 5, 5, 5}},
    {5, 7, {1, 1, 7, 11, 19}},
    {5, 11, {1, 1, 5, 1, 1}},
    {5, 13, {1, 1, 1, 3, 11}},
    {5, 14, {1, 3, 5, 5, 31}},
    {6, 1, {1, 3, 3, 9, 7, 49}},
    {6, 13, {1, 1, 1, 15, 21, 21}},
    {6, 16, {1, 3, 1, 13, 27, 49}},
    {6, 19, {1, 1, 1, 15, 7, 5}},
    {6, 22, {1, 3, 1, 15, 13, 25}},
    {6, 25, {1, 1, 5, 5, 19, 61}},
    {7, 1, {1, 3, 7, 11, 23, 15, 103}},
    {7, 4, {1, 3, 7, 13, 13, 15, 69}},
    {7, 7, {1, 1, 3, 13, 7, 35, 63}},
    {7, 8, {1, 3, 5, 9, 1, 25, 53}},
    {7, 14, {1, 3, 1, 13, 9, 35, 107}},
    {7, 19, {1, 3, 1, 5, 27, 61, 31}},
    {7, 21, {1, 1, 5, 11, 19, 41, 61}},
    {7, 28, {1, 3, 5, 3, 3, 13, 69}},
    {7, 31, {1, 1, 7, 13, 1, 19, 1}},
    {7, 32, {1, 3, 7, 5, 13, 19, 59}},
    {7, 37, {1, 1, 3, 9, 25, 29, 41}},
    {7, 41, {1, 3, 5, 13, 23, 1, 55}},
    {7, 42, {1, 3, 7, 3, 13, 59, 17}},
    {7, 50, {1, 3, 1, 3, 5, 53, 69}},
    {7, 55, {1, 1, 5, 5, 23, 33, 13}},
    {7, 56, {1, 1, 7, 7, 1, 61, 123}},
    {7, 59, {1, 1, 7, 9, 13, 61, 49}},
    {7, 62, {1, 3, 3, 5, 3, 55, 33}},
    {8, 14, {1, 3, 1, 15, 31, 13, 49, 245}},
    {8, 21, {1, 3, 5, 15, 31, 59, 63, 97}},
    {8, 22, {1, 3, 1, 11, 11, 11, 77, 249}},
    {8, 38, {1, 3, 1, 11, 27, 43, 71, 9}},
    {8, 47, {1, 1, 7, 15, 21, 11, 81, 45}},
    {8, 49, {1, 3, 7, 3, 25, 31, 65, 79}},
    {8, 50, {1, 3, 1, 1, 19, 11, 3, 205}},
    {8, 52, {1, 1, 5, 9, 19, 21, 29, 157}},
    {8, 56, {1, 3, 7, 11, 1, 33, 89, 185}},
    {8, 67, {1, 3, 3, 3, 15, 9, 79, 71}},
    {8, 70, {1, 3, 7, 11, 15, 39, 119, 27}},
    {8, 84, {1, 1, 3, 1, 11, 31, 97, 225}},
    {8, 97, {1, 1, 1, 3, 23, 43, 57, 177}},
    {8, 103, {1, 3, 7, 7, 17, 17, 37, 71}},
    {8, 115, {1, 3, 1, 5, 27, 63, 123, 213}},
    {8, 122, {1, 1, 3, 5, 11, 43, 53, 133}},
    {9, 8, {1, 3, 5, 5, 29, 17, 47, 173, 479}},
    {9, 13, {1, 3, 3, 11, 3, 1, 109, 9, 69}},
    {9, 16, {1, 1, 1, 5, 17, 39, 23, 5, 343}},
    {9, 22, {1, 3, 1, 5, 25, 15, 31, 103, 499}},
    {9, 25, {1, 1, 1, 11, 11, 17, 63, 105, 183}},
    {9, 44, {1, 1, 5, 11, 9, 29, 97, 231, 363}},
    {9, 47, {1, 1, 5, 15, 19, 45, 41, 7, 383}},
    {9, 52, {1, 3, 7, 7, 31, 19, 83, 137, 221}},
    {9, 55, {1, 1, 1, 3, 23, 15, 111, 223, 83}},
    {9, 59, {1, 1, 5, 13, 31, 15, 55, 25, 161}},
    {9, 62, {1, 1, 3, 13, 25, 47, 39, 87, 257}},
};

uint64_t splitmix_at(uint64_t seed, uint64_t i)
{
    const uint64_t step = 0x9e3779b97f4a7c15U;
    uint64_t x = seed + (i + 1) * step;
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9U;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebU;
    return x ^ (x >> 31);
}

double splitmix_fraction(uint64_t seed, uint64_t i)
{
    return ((double)(splitmix_at(seed, i) >> 11) + 0.5) * 0x1p-53;
}

/* The generator columns of one dimension, the first digit in the highest bit. */
static void fill_columns(int dim, uint32_t columns[SOBOL_BITS])
{
    if (dim == 0) {
        for (int k = 0; k < SOBOL_BITS; k++) columns[k] = UINT32_C(1) << (SOBOL_BITS - 1 - k);
        return;
    }
    const Direction *d = &directions[dim - 1];
    for (int k = 0; k < d->s; k++) columns[k] = d->m[k] << (SOBOL_BITS - 1 - k);
    for (int k = d->s; k < SOBOL_BITS; k++) {
        columns[k] = columns[k - d->s] ^ (columns[k - d->s] >> d->s);
        for (int i = 1; i < d->s; i++)
            if ((d->a >> (d->s - 1 - i) & 1) != 0) columns[k] ^= columns[k - i];
    }
}

/* Digit r of the result is digit r of the column plus a random sum of the digits before it. */
static uint32_t scramble(const uint32_t rows[SOBOL_BITS], uint32_t column)
{
    uint32_t out = 0;
    for (int r = 0; r < SOBOL_BITS; r++) out = out << 1 | (uint32_t)__builtin_parity(rows[r] & column);
    return out;
}

void sobol_init(Sobol *sobol, int n_dims, uint64_t seed)
{
    uint64_t at = 0;
    sobol->n_dims = n_dims;
    for (int dim = 0; dim < n_dims; dim++) {
        uint32_t rows[SOBOL_BITS], plain[SOBOL_BITS];
        for (int r = 0; r < SOBOL_BITS; r++) {
            uint32_t diagonal = UINT32_C(1) << (SOBOL_BITS - 1 - r);
            uint32_t before = ~(diagonal | (diagonal - 1));
            rows[r] = diagonal | ((uint32_t)(splitmix_at(seed, at++) >> 32) & before);
        }
        fill_columns(dim, plain);
        for (int k = 0; k < SOBOL_BITS; k++) sobol->columns[dim][k] = scramble(rows, plain[k]);
        sobol->shift[dim] = (uint32_t)(splitmix_at(seed, at++) >> 32);
    }
}

void sobol_point(const Sobol *sobol, uint32_t index, double *u)
{
    for (int dim = 0; dim < sobol->n_dims; dim++) {
        const uint32_t *columns = sobol->columns[dim];
        uint32_t x = sobol->shift[dim];
        for (uint32_t rest = index; rest != 0; rest &= rest - 1) x ^= columns[__builtin_ctz(rest)];
        u[dim] = ((double)x + 0.5) * 0x1p-32;
    }
}
