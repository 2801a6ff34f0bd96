/* What the processor can do.
 *
 * Layer: bench. A file of its own, because the tests with emulated AVX-512 (tests/cross) put another in its
 * place. __builtin_cpu_supports also checks that the operating system saves the wide registers.
 */
#include "dispatch.h"

#ifdef __aarch64__
#include <sys/auxv.h>
#endif
#ifdef __x86_64__
#include <cpuid.h>
#endif

#ifdef __x86_64__
/* gcc 12 cannot ask for it by name. Its registers are saved where those of AVX2 are. */
static bool has_f16c(void)
{
    unsigned a, b, c, d;
    return __builtin_cpu_supports("avx2") && __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
#endif

unsigned cpu_features(void)
{
    unsigned found = 0;
#ifdef __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2")) found |= CPU_AVX2;
    if (__builtin_cpu_supports("fma")) found |= CPU_FMA;
    if (has_f16c()) found |= CPU_F16C;
    if (__builtin_cpu_supports("avx512f")) found |= CPU_AVX512F;
    if (__builtin_cpu_supports("avx512bw")) found |= CPU_AVX512BW;
    if (__builtin_cpu_supports("avx512dq")) found |= CPU_AVX512DQ;
    if (__builtin_cpu_supports("avx512vl")) found |= CPU_AVX512VL;
    if (__builtin_cpu_supports("avx512vnni")) found |= CPU_AVX512VNNI;
    if (__builtin_cpu_supports("avx512bf16")) found |= CPU_AVX512BF16;
#endif
#ifdef __aarch64__
    /* Bits of AT_HWCAP and AT_HWCAP2 in the Linux ABI. */
    const unsigned long asimd = 1ul << 1, asimd_dp = 1ul << 20, i8mm = 1ul << 13, bf16 = 1ul << 14;
    if (getauxval(AT_HWCAP) & asimd) found |= CPU_NEON;
    if (getauxval(AT_HWCAP) & asimd_dp) found |= CPU_DOTPROD;
    if (getauxval(AT_HWCAP2) & i8mm) found |= CPU_I8MM;
    if (getauxval(AT_HWCAP2) & bf16) found |= CPU_BF16;
#endif
    return found;
}
