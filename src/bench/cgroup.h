/* What the control groups of this process leave it: processors, memory, and how long it was stopped.
 *
 * Layer: bench (private). Versions 1 and 2, by what /proc/self/mountinfo and /proc/self/cgroup say; a limit
 * of any folder from our own up to the mount binds. `root` is "" for the system; tests give a folder that
 * holds a proc and a sys of their own.
 */
#ifndef TOKENTCO_BENCH_CGROUP_H
#define TOKENTCO_BENCH_CGROUP_H

#include <stdbool.h>
#include <stddef.h>

/* Processors that the tightest quota grants; 0: no quota. */
double cgroup_quota_cores(const char *root);

/* Bytes that can still be taken under the tightest memory limit, what the system could drop of the files that
 * it keeps in memory included; `limit` names the limit. False: there is none. */
bool cgroup_memory_left(const char *root, double *bytes, char *limit, size_t limit_size);

/* Seconds that threads were stopped because the quota was used up, of all processors together. */
double cgroup_throttled_s(const char *root);

#endif
