/* What the machine is and how much of it is ours: cores, caches, cpuset, quota, memory.
 *
 * Layer: bench (private). The only user of hwloc, with places.c.
 */
#ifndef TOKENTCO_BENCH_TOPOLOGY_H
#define TOKENTCO_BENCH_TOPOLOGY_H

#include <stddef.h>

typedef struct Topology {
    int n_cores, n_threads; /* physical cores and hardware threads that we may use */
    int n_packages, n_nodes;
    size_t l1_bytes, l2_bytes, l3_bytes; /* of one cache; 0: unknown */
    double quota_cores;                  /* of the control groups; 0: none */
    double memory_bytes;                 /* of the machine; what can be taken is in room.h */
    char cpu[128];
    char text[160];    /* "2 cores, ..., L3 32 MiB, CPU quota 1.5" */
    char system[160];  /* "Linux 6.1.0, huge pages madvise" */
    char governor[96]; /* with the range of clocks, where the system shows them */
} Topology;

/* Found once, at the first call. Not for several threads at once. */
const Topology *topology_get(void);

/* Threads of a run: physical cores, and no more than the quota (0: none) rounded down, at least 1; and the
 * most that can be asked for: hardware threads, and no more than the quota rounded up. */
int threads_default(int n_cores, double quota_cores);
int threads_most(int n_threads, double quota_cores);

/* Binds the calling thread to the i-th place: physical cores first, then their further hardware threads. Does
 * nothing where the system does not allow it. */
void topology_pin(int i);
void topology_unpin(void);

/* Memory in huge pages where allowed; not touched, so that the thread that writes first owns it. NULL: none
 * left. */
void *topology_memory_take(size_t n_bytes);
void topology_memory_give(void *memory, size_t n_bytes);

#endif
