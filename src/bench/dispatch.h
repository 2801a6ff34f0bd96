/* Which kernels run: CPU features, the order of sets, and the override.
 *
 * Layer: bench (private).
 */
#ifndef TOKENTCO_BENCH_DISPATCH_H
#define TOKENTCO_BENCH_DISPATCH_H

#include "kernel.h"
#include "tokentco/err.h"

/* CpuFeature bits that the processor has and the operating system lets us use. */
unsigned cpu_features(void);

/* Their names as the operating system shows them: "avx2 fma f16c". */
void cpu_features_list(char *out, size_t size);

/* Sets that this build has, newest first, "ref" last. */
int kernels_count(void);
const KernelSet *kernels_at(int index);

/* The set `name`, or the newest that runs here when `name` is NULL. Functions and formats that the set lacks,
 * or whose features the CPU lacks, are those of the next older set that runs. False: unknown, not in this
 * build, or not on this CPU; the message lists what can be chosen. */
bool kernels_choose(const char *name, KernelSet *out, Err *err);

/* The same on a processor with these features. */
bool kernels_choose_on(unsigned features, const char *name, KernelSet *out, Err *err);

/* kernels_choose with the name from TOKENTCO_ISA, when that is set and not empty. */
bool kernels_choose_default(KernelSet *out, Err *err);

#endif
