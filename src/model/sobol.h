/* Scrambled Sobol points. Layer: model, private. */
#ifndef MODEL_SOBOL_H
#define MODEL_SOBOL_H

#include <stdint.h>

enum { SOBOL_DIMS_MAX = 64, SOBOL_BITS = 32 };

/* One scramble: the sequence's generator columns after a random linear scramble, and a digital shift. */
typedef struct Sobol {
    int n_dims;
    uint32_t columns[SOBOL_DIMS_MAX][SOBOL_BITS];
    uint32_t shift[SOBOL_DIMS_MAX];
} Sobol;

/* n_dims <= SOBOL_DIMS_MAX. The same seed gives the same points. */
void sobol_init(Sobol *sobol, int n_dims, uint64_t seed);

/* Point `index` of the sequence, each coordinate inside (0, 1). Any 2^k points from a multiple of 2^k on are
 * a net. */
void sobol_point(const Sobol *sobol, uint32_t index, double *u);

/* SplitMix64 (rule viii of the method): the i-th number after a seed, and the same as a fraction in (0, 1).
 */
uint64_t splitmix_at(uint64_t seed, uint64_t i);
double splitmix_fraction(uint64_t seed, uint64_t i);

#endif
