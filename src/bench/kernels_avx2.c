/* The AVX2 set: its table, and the loops that find the machine's limits.
 *
 * Layer: bench. FMA and F16C for floating point, byte products for the integer formats.
 */
#include "attention_avx2.h"
#include "tile_avx2.h"

enum { CHAINS = 10, ROUNDS = 8 };

static float peak_f32_avx2(long n, double *n_ops)
{
    __m256 sum[CHAINS], a = _mm256_set1_ps(0.5f), b = _mm256_set1_ps(0.25f);
    __asm__ volatile("" : "+x"(a), "+x"(b));
#pragma GCC unroll 10
    for (int c = 0; c < CHAINS; c++) sum[c] = b; /* every loop unrolled, or the sums live in memory */
    for (long i = 0; i < n; i++) {
#pragma GCC unroll 8
        for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 10
            for (int c = 0; c < CHAINS; c++) {
                sum[c] = _mm256_fmadd_ps(a, b, sum[c]);
                __asm__ volatile("" : "+x"(sum[c]));
            }
        }
    }
#pragma GCC unroll 10
    for (int c = 1; c < CHAINS; c++) sum[0] = _mm256_add_ps(sum[0], sum[c]);
    *n_ops = (double)n * ROUNDS * CHAINS * 16;
    return _mm256_cvtss_f32(sum[0]);
}

/* What this set can do in bytes: a byte product, the pairing, and the sum. */
static float peak_int8_avx2(long n, double *n_ops)
{
    __m256i sum[CHAINS], a = _mm256_set1_epi8(1), b = _mm256_set1_epi8(3);
    __asm__ volatile("" : "+x"(a), "+x"(b));
#pragma GCC unroll 10
    for (int c = 0; c < CHAINS; c++) sum[c] = b;
    for (long i = 0; i < n; i++) {
#pragma GCC unroll 8
        for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 10
            for (int c = 0; c < CHAINS; c++) {
                __m256i pairs = _mm256_madd_epi16(_mm256_maddubs_epi16(a, b), _mm256_set1_epi16(1));
                sum[c] = _mm256_add_epi32(sum[c], pairs);
                __asm__ volatile("" : "+x"(a), "+x"(sum[c])); /* none of it may be kept for the next round */
            }
        }
    }
#pragma GCC unroll 10
    for (int c = 1; c < CHAINS; c++) sum[0] = _mm256_add_epi32(sum[0], sum[c]);
    *n_ops = (double)n * ROUNDS * CHAINS * 64;
    return (float)_mm256_extract_epi32(sum[0], 0);
}

INLINE __m256i read_streams(const uint8_t *at, size_t each, int n_streams, size_t ahead)
{
    enum { SUMS = 4, STEP = 2 * LINE_BYTES };
    __m256i sum[SUMS] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                         _mm256_setzero_si256()};
    for (size_t from = 0; from + STEP <= each; from += STEP) {
#pragma GCC unroll 4
        for (int i = 0; i < n_streams; i++) {
            const uint8_t *here = at + (size_t)i * each + from;
            if (ahead > 0) {
                _mm_prefetch((const char *)here + ahead, _MM_HINT_T0);
                _mm_prefetch((const char *)here + ahead + LINE_BYTES, _MM_HINT_T0);
            }
#pragma GCC unroll 4
            for (int j = 0; j < SUMS; j++) {
                __m256i value = _mm256_loadu_si256((const __m256i *)(const void *)here + j);
                sum[j] = _mm256_xor_si256(sum[j], value);
            }
        }
    }
    return _mm256_xor_si256(_mm256_xor_si256(sum[0], sum[1]), _mm256_xor_si256(sum[2], sum[3]));
}

static float read_bytes_avx2(const void *memory, size_t n_bytes, ReadPattern pattern)
{
    enum { AHEAD = 2048 };
    __m256i sum = _mm256_setzero_si256();
    switch (pattern) {
    case READ_PLAIN:
        sum = read_streams(memory, n_bytes, 1, 0);
        break;
    case READ_FETCHED:
        sum = read_streams(memory, n_bytes, 1, AHEAD);
        break;
    case READ_SIDE_BY_SIDE:
        sum = read_streams(memory, n_bytes / READ_STREAMS, READ_STREAMS, 0);
        break;
    case N_READ_PATTERNS:
        break;
    }
    return (float)_mm256_extract_epi32(sum, 0);
}

#define DENSE                                                                                                \
    {                                                                                                        \
        .nr = TILE_COLUMNS, .mr = TILE_ROWS, .kg = 1, .offset = 0                                            \
    }

const KernelSet kernels_avx2 = {
    .name = "avx2",
    .flags = TOKENTCO_ISA_FLAGS,
    .features = CPU_AVX2 | CPU_FMA | CPU_F16C,
    .formats =
        {[WEIGHT_F32] = {0, DENSE, pack_rows_avx2, gemm_f32_avx2},
         [WEIGHT_F16] = {0, DENSE, pack_rows_avx2, gemm_f16_avx2},
         [WEIGHT_BF16] = {0, DENSE, pack_rows_avx2, gemm_bf16_avx2},
         [WEIGHT_INT8] = {0, {VECTOR, INT8_ROWS, 4, 0, MANY, MANY_ROWS}, pack_rows_avx2, gemm_int8_avx2},
         [WEIGHT_Q8_0] = {0, {VECTOR, BLOCK_ROWS, 4, 0, MANY, MANY_ROWS}, pack_rows_avx2, gemm_q8_0_avx2},
         [WEIGHT_Q4_0] = {0, {VECTOR, BLOCK_ROWS, 4, 8, 0, 0}, pack_rows_avx2, gemm_q4_0_avx2}},
    .attention = attention_avx2,
    .rms_norm = rms_norm_avx2,
    .rope = rope_avx2,
    .swiglu = swiglu_avx2,
    .softmax = softmax_avx2,
    .peak_f32 = peak_f32_avx2,
    .peak_bf16 = peak_f32_avx2,
    .peak_int8 = peak_int8_avx2,
    .read_bytes = read_bytes_avx2,
};
