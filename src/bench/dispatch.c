/* Choosing kernels: newest first, ref last.
 *
 * Layer: bench.
 */
#include "dispatch.h"

#include <stdlib.h>
#include <string.h>

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

static bool has_all(unsigned features, unsigned needed)
{
    return (features & needed) == needed;
}

#define TAKE_MISSING(field)                                                                                  \
    if (!out->field) out->field = older->field

static void take_missing(unsigned features, KernelSet *out, const KernelSet *older)
{
    for (int f = 0; f < N_WEIGHT_FORMATS; f++) {
        bool is_usable = out->formats[f].gemm && has_all(features, out->formats[f].features);
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

static void list_sets(unsigned features, char *out, size_t size)
{
    out[0] = '\0';
    for (int i = 0; i < N_SETS; i++) {
        if (!has_all(features, sets[i]->features)) continue;
        size_t used = strlen(out);
        (void)snprintf(out + used, size - used, "%s%s", used ? ", " : "", sets[i]->name);
    }
}

bool kernels_choose_on(unsigned features, const char *name, KernelSet *out, Err *err)
{
    int chosen = -1;
    char usable[128];
    for (int i = 0; i < N_SETS && chosen < 0; i++) {
        if (name ? strcmp(name, sets[i]->name) == 0 : has_all(features, sets[i]->features)) chosen = i;
    }
    list_sets(features, usable, sizeof usable);
    if (chosen < 0)
        return err_set(err, ERR_USAGE, "no instruction set '%s' in this build; choose from %s", name, usable);
    if (!has_all(features, sets[chosen]->features)) {
        return err_set(err, ERR_USAGE, "this processor cannot run '%s'; choose from %s", name, usable);
    }
    *out = *sets[chosen];
    /* A peak loop of a format that the CPU lacks would stop the program: the older set's is true of what
     * runs. */
    if (out->formats[WEIGHT_INT8].features && !has_all(features, out->formats[WEIGHT_INT8].features))
        out->peak_int8 = NULL;
    if (out->formats[WEIGHT_BF16].features && !has_all(features, out->formats[WEIGHT_BF16].features))
        out->peak_bf16 = NULL;
    for (int i = chosen + 1; i < N_SETS; i++) {
        if (has_all(features, sets[i]->features)) take_missing(features, out, sets[i]);
    }
    return true;
}

bool kernels_choose(const char *name, KernelSet *out, Err *err)
{
    return kernels_choose_on(cpu_features(), name, out, err);
}

bool kernels_choose_default(KernelSet *out, Err *err)
{
    const char *name = getenv("TOKENTCO_ISA");
    return kernels_choose(name && *name ? name : NULL, out, err);
}
