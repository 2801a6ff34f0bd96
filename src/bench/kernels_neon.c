/* The NEON set of every 64-bit Arm processor: its table, its byte products, and the limits of the machine.
 *
 * Layer: bench. Without dot-product instructions four products of bytes pass through 16 bits: two pairs of
 * 128 x 127 just fit.
 */
#include "quads_neon.h"

INLINE int32x4_t dot_quads(int32x4_t sum, int8x16_t weights, int8x16_t values)
{
    int16x8_t low = vmull_s8(vget_low_s8(weights), vget_low_s8(values));
    int16x8_t high = vmull_high_s8(weights, values);
    return vpadalq_s16(sum, vpaddq_s16(low, high));
}

#define DEFINE_DENSE(name, kind)                                                                             \
    static void name(const PackedRows *rows, const PackedWeights *w, int from, int to, float *c, size_t ldc, \
                     bool is_added)                                                                          \
    {                                                                                                        \
        dense_gemm(kind, rows, w, from, to, c, ldc, is_added);                                               \
    }
DEFINE_DENSE(gemm_f32, TILE_F32)
DEFINE_DENSE(gemm_f16, TILE_F16)
DEFINE_DENSE(gemm_bf16, TILE_BF16)

DEFINE_PEAK(peak_f32_neon, float32x4_t, float32x4_t, vdupq_n_f32(0.0f), vdupq_n_f32(0.25f), vfmaq_f32,
            vgetq_lane_f32, 2 * VECTOR)
DEFINE_PEAK(peak_int8_neon, int32x4_t, int8x16_t, vdupq_n_s32(0), vdupq_n_s8(1), dot_quads, vgetq_lane_s32,
            2 * 16)

INLINE uint8x16_t read_streams(const uint8_t *at, size_t each, int n_streams, uint8x16_t sum[4])
{
    for (const uint8_t *end = at + each / 64 * 64; at < end; at += 64) {
#pragma GCC unroll 4
        for (int i = 0; i < n_streams; i++) {
#pragma GCC unroll 4
            for (int j = 0; j < 4; j++) sum[j] = veorq_u8(sum[j], vld1q_u8(at + (size_t)i * each + 16 * j));
        }
    }
    return veorq_u8(veorq_u8(sum[0], sum[1]), veorq_u8(sum[2], sum[3]));
}

/* Fetching ahead by software is left to the hardware. */
static float read_bytes_neon(const void *memory, size_t n_bytes, ReadPattern pattern)
{
    uint8x16_t sum[4] = {vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0), vdupq_n_u8(0)};
    uint8x16_t all = pattern == READ_SIDE_BY_SIDE
                         ? read_streams(memory, n_bytes / READ_STREAMS, READ_STREAMS, sum)
                         : read_streams(memory, n_bytes, 1, sum);
    return (float)vgetq_lane_u8(all, 0);
}

#define DENSE(gemm)                                                                                          \
    {                                                                                                        \
        0, {DENSE_COLUMNS, DENSE_ROWS, 1, 0}, pack_rows_neon, gemm                                           \
    }

const KernelSet kernels_neon = {
    .name = "neon",
    .flags = TOKENTCO_ISA_FLAGS,
    .features = CPU_NEON,
    .formats = {[WEIGHT_F32] = DENSE(gemm_f32),
                [WEIGHT_F16] = DENSE(gemm_f16),
                [WEIGHT_BF16] = DENSE(gemm_bf16),
                [WEIGHT_INT8] = INTEGER_OPS(4, 0),
                [WEIGHT_Q8_0] = INTEGER_OPS(4, 0),
                [WEIGHT_Q4_0] = INTEGER_OPS(4, 8)},
    .attention = attention_neon,
    .rms_norm = rms_norm_neon,
    .rope = rope_neon,
    .swiglu = swiglu_neon,
    .softmax = softmax_neon,
    .peak_f32 = peak_f32_neon,
    .peak_bf16 = peak_f32_neon, /* bf16 weights are widened and meet the f32 unit */
    .peak_int8 = peak_int8_neon,
    .read_bytes = read_bytes_neon,
};
