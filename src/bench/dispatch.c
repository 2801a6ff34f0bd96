/* Choosing kernels: newest first, ref last.
 *
 * Layer: bench. __builtin_cpu_supports also checks that the operating system saves the wide registers.
 */
#include "dispatch.h"

#include <stdlib.h>
#include <string.h>
#ifdef __aarch64__
#include <sys/auxv.h>
#endif

static const KernelSet *const sets[] = {
#ifdef __x86_64__
    &kernels_avx512, &kernels_avx2,
#endif
#ifdef __aarch64__
    &kernels_i8mm,   &kernels_dotprod, &kernels_neon,
#endif
    &kernels_ref,
};

enum { N_SETS = sizeof sets / sizeof *sets };

int kernels_count(void)
{
    return N_SETS;
}

const KernelSet *kernels_at(int index)
{
    return sets[index];
}

unsigned cpu_features(void)
{
    unsigned found = 0;
#ifdef __x86_64__
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2")) found |= CPU_AVX2;
    if (__builtin_cpu_supports("fma")) found |= CPU_FMA;
    /* Every processor with AVX2 has F16C, which gcc 12 cannot ask for by name. */
    if (__builtin_cpu_supports("avx2")) found |= CPU_F16C;
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

void cpu_features_list(char *out, size_t size)
{
    static const char *const names[N_CPU_FEATURES] = {
#define CPU_FEATURE_NAME(id, name) name,
        CPU_FEATURES(CPU_FEATURE_NAME)
#undef CPU_FEATURE_NAME
    };
    unsigned found = cpu_features();
    out[0] = '\0';
    for (int i = 0; i < N_CPU_FEATURES; i++) {
        size_t used = strlen(out);
        if (found & 1u << i) (void)snprintf(out + used, size - used, "%s%s", used ? " " : "", names[i]);
    }
}

static bool runs_here(unsigned needed)
{
    return (cpu_features() & needed) == needed;
}

#define TAKE_MISSING(field)                                                                                  \
    if (!out->field) out->field = older->field

static void take_missing(KernelSet *out, const KernelSet *older)
{
    for (int f = 0; f < N_WEIGHT_FORMATS; f++) {
        bool is_usable = out->formats[f].gemm && runs_here(out->formats[f].features);
        if (!is_usable) out->formats[f] = older->formats[f];
    }
    TAKE_MISSING(attention);
    TAKE_MISSING(rms_norm);
    TAKE_MISSING(rope);
    TAKE_MISSING(swiglu);
    TAKE_MISSING(softmax);
    TAKE_MISSING(peak_f32);
    TAKE_MISSING(peak_bf16);
    TAKE_MISSING(peak_int8);
    TAKE_MISSING(read_bytes);
}

static void list_sets(char *out, size_t size)
{
    out[0] = '\0';
    for (int i = 0; i < N_SETS; i++) {
        if (!runs_here(sets[i]->features)) continue;
        size_t used = strlen(out);
        (void)snprintf(out + used, size - used, "%s%s", used ? ", " : "", sets[i]->name);
    }
}

bool kernels_choose(const char *name, KernelSet *out, Err *err)
{
    int chosen = -1;
    char usable[128];
    for (int i = 0; i < N_SETS && chosen < 0; i++) {
        if (name ? strcmp(name, sets[i]->name) == 0 : runs_here(sets[i]->features)) chosen = i;
    }
    list_sets(usable, sizeof usable);
    if (chosen < 0)
        return err_set(err, ERR_USAGE, "no instruction set '%s' in this build; choose from %s", name, usable);
    if (!runs_here(sets[chosen]->features)) {
        return err_set(err, ERR_USAGE, "this processor cannot run '%s'; choose from %s", name, usable);
    }
    *out = *sets[chosen];
    /* A peak loop of a format that the CPU lacks would stop the program: the older set's is true of what
     * runs. */
    if (out->formats[WEIGHT_INT8].features && !runs_here(out->formats[WEIGHT_INT8].features))
        out->peak_int8 = NULL;
    if (out->formats[WEIGHT_BF16].features && !runs_here(out->formats[WEIGHT_BF16].features))
        out->peak_bf16 = NULL;
    for (int i = chosen + 1; i < N_SETS; i++) {
        if (runs_here(sets[i]->features)) take_missing(out, sets[i]);
    }
    return true;
}

bool kernels_choose_default(KernelSet *out, Err *err)
{
    const char *name = getenv("TOKENTCO_ISA");
    return kernels_choose(name && *name ? name : NULL, out, err);
}
