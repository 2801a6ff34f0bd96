/* The hardware threads that may be used, in the order in which threads are bound to them.
 *
 * Layer: bench (private to topology.c).
 */
#ifndef TOKENTCO_BENCH_PLACES_H
#define TOKENTCO_BENCH_PLACES_H

#include <hwloc.h>

enum { PLACES_MAX = 1024 };
typedef struct Places {
    int n, n_cores;               /* n_cores: that have one of them at least */
    unsigned numbers[PLACES_MAX]; /* the operating system's: one of each core, then their further ones */
} Places;

void places_find(hwloc_topology_t machine, hwloc_const_cpuset_t allowed, Places *out);

#endif
