/* How much memory can still be taken, and what bounds it.
 *
 * Layer: bench (private).
 */
#ifndef TOKENTCO_BENCH_ROOM_H
#define TOKENTCO_BENCH_ROOM_H

typedef struct MemoryRoom {
    double bytes;   /* INFINITY where the system says nothing */
    char limit[64]; /* what bounds it, "the address space limit (ulimit -v)" */
} MemoryRoom;

/* The smallest of what the machine has available, of what the memory limits of the control groups leave
 * (cgroup.h), and of the limits on address space and data less what the process maps already. Asked anew each
 * time. `root` as in cgroup.h. */
MemoryRoom memory_room(const char *root);

#endif
