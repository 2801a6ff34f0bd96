/* The processor of the tests with emulated AVX-512: it has everything that this set can use. There is no AVX2
 * set, whose files are compiled for the processor itself, so that the tests run on any x86-64.
 */
#include "bench/dispatch.h"

unsigned cpu_features(void)
{
    return CPU_AVX2 | CPU_FMA | CPU_F16C | CPU_AVX512F | CPU_AVX512BW | CPU_AVX512DQ | CPU_AVX512VL |
           CPU_AVX512VNNI | CPU_AVX512BF16;
}

const KernelSet kernels_avx2 = {.name = "none", .features = ~0u};
