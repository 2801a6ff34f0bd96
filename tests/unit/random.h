/* A generator that gives the same draws everywhere: SplitMix64, published with its first numbers. */
#ifndef RANDOM_H
#define RANDOM_H

#include <math.h>
#include <stdint.h>

static uint64_t seed = 7;

/* In (0, 1), ends excluded. */
static inline double uniform(void)
{
    seed += 0x9e3779b97f4a7c15u;
    uint64_t z = seed;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    z ^= z >> 31;
    return ((double)(z >> 11) + 0.5) * 0x1p-53;
}

static inline double between(double low, double high)
{
    return low + (high - low) * uniform();
}

static inline double between_log(double low, double high)
{
    return low * pow(high / low, uniform());
}

#endif
