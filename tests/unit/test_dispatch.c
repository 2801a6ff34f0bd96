/* Dispatch: whatever features a processor has, each format and function comes from the newest set that it can
 * run, whole. Every combination of the features that this build's sets ask for. */
#include "test.h"

#include "bench/dispatch.h"

static bool has_all(unsigned features, unsigned needed)
{
    return (features & needed) == needed;
}

/* The newest set from `from` on that runs and gives this format: dispatch must have taken it from there. */
static const KernelSet *giver(unsigned features, int from, WeightFormat f)
{
    for (int i = from; i < kernels_count(); i++) {
        const KernelSet *set = kernels_at(i);
        if (set->formats[f].gemm && has_all(features, set->features | set->formats[f].features)) return set;
    }
    fail_msg("features %#x: no set multiplies format %d", features, (int)f);
    return NULL;
}

static void check_formats(unsigned features, int from, const KernelSet *got)
{
    for (int f = 0; f < N_WEIGHT_FORMATS; f++) {
        const FormatOps *want = &giver(features, from, (WeightFormat)f)->formats[f];
        assert_true(got->formats[f].gemm == want->gemm && got->formats[f].pack_rows == want->pack_rows);
        assert_true(memcmp(&got->formats[f].layout, &want->layout, sizeof want->layout) == 0);
    }
}

/* A limit is that of the set which multiplies the format, or the processor may lack its instructions. */
static void check_functions(unsigned features, int from, const KernelSet *got)
{
    assert_true(got->peak_int8 == giver(features, from, WEIGHT_INT8)->peak_int8);
    assert_true(got->peak_bf16 == giver(features, from, WEIGHT_BF16)->peak_bf16);
    assert_true(got->peak_f32 == giver(features, from, WEIGHT_F32)->peak_f32);
#define CHECK_NEWEST(field)                                                                                  \
    for (int i = from; i < kernels_count(); i++) {                                                           \
        if (!kernels_at(i)->field || !has_all(features, kernels_at(i)->features)) continue;                  \
        assert_true(got->field == kernels_at(i)->field);                                                     \
        break;                                                                                               \
    }                                                                                                        \
    assert_non_null(got->field)
    CHECK_NEWEST(attention);
    CHECK_NEWEST(rms_norm);
    CHECK_NEWEST(rope);
    CHECK_NEWEST(swiglu);
    CHECK_NEWEST(softmax);
    CHECK_NEWEST(read_bytes);
#undef CHECK_NEWEST
}

static void check_features(unsigned features)
{
    KernelSet set;
    bool is_first = true;
    for (int i = 0; i < kernels_count(); i++) {
        Err err = {0};
        const char *name = kernels_at(i)->name;
        bool runs = has_all(features, kernels_at(i)->features);
        assert_int_equal(kernels_choose_on(features, name, &set, &err), runs);
        if (!runs) {
            assert_non_null(strstr(err.text, "this processor cannot run"));
            continue;
        }
        assert_string_equal(set.name, name);
        check_formats(features, i, &set);
        check_functions(features, i, &set);
        if (is_first) {
            assert_true(kernels_choose_on(features, NULL, &set, NULL));
            assert_string_equal(set.name, name);
            check_formats(features, i, &set);
        }
        is_first = false;
    }
    assert_false(is_first); /* ref always runs */
}

static void test_every_combination(void **state)
{
    (void)state;
    unsigned asked = 0;
    for (int i = 0; i < kernels_count(); i++) {
        asked |= kernels_at(i)->features;
        for (int f = 0; f < N_WEIGHT_FORMATS; f++) asked |= kernels_at(i)->formats[f].features;
    }
    assert_true(asked != 0);
    unsigned features = asked; /* counts down through the subsets of `asked` */
    for (;; features = (features - 1) & asked) {
        check_features(features);
        if (features == 0) break;
    }
}

/* Set names by format, f32 first, of what a processor with these features runs. */
static void expect(unsigned features, const char *name, const char *const givers[N_WEIGHT_FORMATS])
{
    KernelSet set;
    assert_true(kernels_choose_on(features, NULL, &set, NULL));
    assert_string_equal(set.name, name);
    for (int f = 0; f < N_WEIGHT_FORMATS; f++) {
        int i = 0;
        while (kernels_at(i)->formats[f].gemm != set.formats[f].gemm) i++;
        assert_string_equal(kernels_at(i)->name, givers[f]);
    }
}

#define ALL_FROM(set)                                                                                        \
    (const char *const[])                                                                                    \
    {                                                                                                        \
        set, set, set, set, set, set                                                                         \
    }

static void test_processors(void **state)
{
    (void)state;
#ifdef __x86_64__
    const unsigned haswell = CPU_AVX2 | CPU_FMA | CPU_F16C,
                   skylake_server = haswell | CPU_AVX512F | CPU_AVX512BW | CPU_AVX512DQ | CPU_AVX512VL,
                   cascade_lake = skylake_server | CPU_AVX512VNNI, zen_4 = cascade_lake | CPU_AVX512BF16;
    expect(zen_4, "avx512", ALL_FROM("avx512"));
    expect(cascade_lake, "avx512",
           (const char *const[]){"avx512", "avx512", "avx2", "avx512", "avx512", "avx512"});
    expect(skylake_server, "avx512",
           (const char *const[]){"avx512", "avx512", "avx2", "avx2", "avx2", "avx2"});
    expect(haswell | CPU_AVX512F, "avx2", ALL_FROM("avx2")); /* Knights Landing: no bytes, no short vectors */
    expect(haswell, "avx2", ALL_FROM("avx2"));
    expect(CPU_AVX2 | CPU_F16C, "ref", ALL_FROM("ref"));         /* no FMA: some VIA */
    expect(CPU_FMA | CPU_F16C, "ref", ALL_FROM("ref"));          /* no AVX2: Piledriver */
    expect(zen_4 & ~(unsigned)CPU_F16C, "ref", ALL_FROM("ref")); /* what a hypervisor may hide */
#endif
#ifdef __aarch64__
    const unsigned dotprod = CPU_NEON | CPU_DOTPROD, i8mm = dotprod | CPU_I8MM;
    expect(i8mm | CPU_BF16, "neon-i8mm",
           (const char *const[]){"neon", "neon", "neon-i8mm", "neon-i8mm", "neon-i8mm", "neon-i8mm"});
    expect(i8mm, "neon-i8mm",
           (const char *const[]){"neon", "neon", "neon", "neon-i8mm", "neon-i8mm", "neon-i8mm"});
    expect(dotprod, "neon-dotprod",
           (const char *const[]){"neon", "neon", "neon", "neon-dotprod", "neon-dotprod", "neon-dotprod"});
    expect(CPU_NEON, "neon", ALL_FROM("neon"));
#endif
    expect(0, "ref", ALL_FROM("ref"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_combination),
        cmocka_unit_test(test_processors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
