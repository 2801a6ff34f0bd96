/* NEON with the dot-product instruction (optional from Armv8.2): the integer formats.
 *
 * Layer: bench. Everything else is that of the plain NEON set.
 */
#include "quads_neon.h"

INLINE int32x4_t dot_quads(int32x4_t sum, int8x16_t weights, int8x16_t values)
{
    return vdotq_s32(sum, weights, values);
}

DEFINE_PEAK(peak_int8_dotprod, int32x4_t, int8x16_t, vdupq_n_s32(0), vdupq_n_s8(1), vdotq_s32, vgetq_lane_s32,
            2 * 16)

const KernelSet kernels_dotprod = {
    .name = "neon-dotprod",
    .flags = TOKENTCO_ISA_FLAGS,
    .features = CPU_NEON | CPU_DOTPROD,
    .formats = {[WEIGHT_INT8] = INTEGER_OPS(4, 0),
                [WEIGHT_Q8_0] = INTEGER_OPS(4, 0),
                [WEIGHT_Q4_0] = INTEGER_OPS(4, 8)},
    .peak_int8 = peak_int8_dotprod,
};
