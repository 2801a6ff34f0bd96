/* The AVX-512 set: its table, and the loops that find the machine's limits.
 *
 * Layer: bench. VNNI and BF16 are named per format: where the CPU lacks one, dispatch takes that format from
 * AVX2. So it does with the loop that reads memory, since loads of 256 bits read it fastest.
 */
#include "tile_avx512.h"

/* Independent chains: latency (4) times issue rate (at most 2) needs eight, but with twelve each the two
 * halves of a double-pumped unit are seen to miss 4 % of their slots. */
enum { CHAINS = 24, ROUNDS = 4 };

/* The empty statement makes each operand opaque, or the compiler would hoist repeated products out of the
 * loop. In memory only where AVX-512 is emulated (tests/cross) and there is no such register. */
#ifdef __AVX512F__
#define OPAQUE(x) __asm__ volatile("" : "+v"(x))
#else
#define OPAQUE(x) __asm__ volatile("" : "+m"(x))
#endif

#define DEFINE_PEAK(name, type, zero, step, ops_per_step)                                                    \
    static float name(long n, double *n_ops)                                                                 \
    {                                                                                                        \
        type sum[CHAINS], a = zero, b = zero;                                                                \
        OPAQUE(a);                                                                                           \
        OPAQUE(b);                                                                                           \
        for (int c = 0; c < CHAINS; c++) {                                                                   \
            sum[c] = zero;                                                                                   \
            OPAQUE(sum[c]);                                                                                  \
        }                                                                                                    \
        for (long i = 0; i < n; i++) {                                                                       \
            _Pragma("GCC unroll 4") for (int round = 0; round < ROUNDS; round++)                             \
            {                                                                                                \
                _Pragma("GCC unroll 24") for (int c = 0; c < CHAINS; c++)                                    \
                {                                                                                            \
                    sum[c] = step(sum[c], a, b);                                                             \
                    OPAQUE(sum[c]);                                                                          \
                }                                                                                            \
            }                                                                                                \
        }                                                                                                    \
        for (int c = 1; c < CHAINS; c++) sum[0] = ADD_##name(sum[0], sum[c]);                                \
        *n_ops = (double)n * ROUNDS * CHAINS * (ops_per_step);                                               \
        return FIRST_##name(sum[0]);                                                                         \
    }

#define FMA_F32(sum, a, b)        _mm512_fmadd_ps(a, b, sum)
#define ADD_peak_f32_avx512(a, b) _mm512_add_ps(a, b)
#define FIRST_peak_f32_avx512(a)  _mm512_cvtss_f32(a)
DEFINE_PEAK(peak_f32_avx512, __m512, _mm512_set1_ps(0.25f), FMA_F32, 32)

#define DOT_BF16(sum, a, b)        _mm512_dpbf16_ps(sum, (__m512bh)(a), (__m512bh)(b))
#define ADD_peak_bf16_avx512(a, b) _mm512_add_ps(a, b)
#define FIRST_peak_bf16_avx512(a)  _mm512_cvtss_f32(a)
DEFINE_PEAK(peak_bf16_avx512, __m512, _mm512_set1_ps(0.25f), DOT_BF16, 64)

#define DOT_INT8(sum, a, b)        _mm512_dpbusd_epi32(sum, a, b)
#define ADD_peak_int8_avx512(a, b) _mm512_add_epi32(a, b)
#define FIRST_peak_int8_avx512(a)  ((float)_mm512_cvtsi512_si32(a))
DEFINE_PEAK(peak_int8_avx512, __m512i, _mm512_set1_epi8(1), DOT_INT8, 128)

#define DENSE(group)                                                                                         \
    {                                                                                                        \
        .nr = TILE_COLUMNS, .mr = TILE_ROWS, .kg = group, .offset = 0                                        \
    }

const KernelSet kernels_avx512 = {
    .name = "avx512",
    .flags = TOKENTCO_ISA_FLAGS,
    .features = CPU_AVX2 | CPU_FMA | CPU_F16C | CPU_AVX512F | CPU_AVX512BW | CPU_AVX512DQ | CPU_AVX512VL,
    .formats = {[WEIGHT_F32] = {0, DENSE(1), pack_rows_avx512, gemm_f32_avx512},
                [WEIGHT_F16] = {0, DENSE(1), pack_rows_avx512, gemm_f16_avx512},
                [WEIGHT_BF16] = {CPU_AVX512BF16, DENSE(2), pack_rows_avx512, gemm_bf16_avx512},
                [WEIGHT_INT8] =
                    {CPU_AVX512VNNI, {TILE_COLUMNS, TILE_ROWS, 4, 128}, pack_rows_avx512, gemm_int8_avx512},
                [WEIGHT_Q8_0] = {CPU_AVX512VNNI, {16, 16, 4, 128}, pack_rows_avx512, gemm_q8_0_avx512},
                [WEIGHT_Q4_0] = {CPU_AVX512VNNI, {16, 16, 4, 8}, pack_rows_avx512, gemm_q4_0_avx512}},
    .attention = attention_avx512,
    .rms_norm = rms_norm_avx512,
    .rope = rope_avx512,
    .swiglu = swiglu_avx512,
    .softmax = softmax_avx512,
    .peak_f32 = peak_f32_avx512,
    .peak_bf16 = peak_bf16_avx512,
    .peak_int8 = peak_int8_avx512,
};
