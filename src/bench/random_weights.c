/* Random weights straight into packed memory: a benchmark needs operands that are random and cost little to
 * make.
 *
 * Layer: bench. SplitMix64 (Steele, Lea, Flood 2014) over fixed chunks, so that the content does not depend
 * on how panels are shared among threads.
 */
#include "formats.h"

#include <math.h>

static uint64_t splitmix_next(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

/* Both are uniform with a variance of 1 / k, which keeps the size of activations from layer to layer. */
static uint16_t random_sixteen_bit(WeightFormat format, uint64_t bits, float half_width)
{
    /* A sign, a mantissa, and one of the two binary orders below half_width: no conversion per value. */
    uint16_t top = format == WEIGHT_F16 ? f32_to_f16(half_width) : f32_to_bf16(half_width);
    unsigned mantissa_bits = format == WEIGHT_F16 ? 10 : 7;
    unsigned order = (unsigned)(top >> mantissa_bits) - 1u - (unsigned)(bits >> 60 & 1u);
    return (uint16_t)((bits >> 48 & 0x8000u) | order << mantissa_bits |
                      (bits & ((1u << mantissa_bits) - 1u)));
}

/* Nibbles stand for -8 to 7. Their mean of -0.5 would add up to a common direction that grows from layer to
 * layer until all rows are alike and choose the same experts: -8 is replaced by 0. */
static uint64_t balanced_nibbles(uint64_t bits)
{
    const uint64_t ones = 0x1111111111111111u;
    uint64_t is_zero = ~(bits | bits >> 1 | bits >> 2 | bits >> 3) & ones;
    return bits | is_zero << 3;
}

static void fill_values(WeightFormat format, uint8_t *bytes, size_t n_bytes, float half_width,
                        uint64_t *state)
{
    switch (format) {
    case WEIGHT_F32:
        for (size_t i = 0; i < n_bytes / sizeof(float); i++) {
            double unit = (double)(splitmix_next(state) >> 11) * 0x1p-52 - 1.0;
            ((float *)(void *)bytes)[i] = (float)(unit * (double)half_width);
        }
        break;
    case WEIGHT_F16:
    case WEIGHT_BF16:
        for (size_t i = 0; i < n_bytes / sizeof(uint16_t); i++) {
            ((uint16_t *)(void *)bytes)[i] = random_sixteen_bit(format, splitmix_next(state), half_width);
        }
        break;
    case WEIGHT_Q4_0:
        for (size_t i = 0; i < n_bytes / sizeof(uint64_t); i++)
            ((uint64_t *)(void *)bytes)[i] = balanced_nibbles(splitmix_next(state));
        break;
    case WEIGHT_INT8:
    case WEIGHT_Q8_0:
        for (size_t i = 0; i < n_bytes / sizeof(uint64_t); i++) {
            ((uint64_t *)(void *)bytes)[i] = splitmix_next(state);
        }
        break;
    case N_WEIGHT_FORMATS:
        break;
    }
}

/* Every scale is the same: the integers carry the variety. 73.9 and 4.2 are the deviations of uniform bytes
 * and of balanced nibbles. */
static void fill_pair_scales(const PackedWeights *w, uint8_t *panel, float deviation)
{
    size_t nr = (size_t)w->layout.nr, pair_bytes = weight_row_bytes(w->format, PAIR_VALUES) * nr;
    uint16_t scale = f32_to_f16(deviation / (w->format == WEIGHT_Q8_0 ? 73.9f : 4.2f));
    for (size_t at = 0; at + pair_bytes <= w->panel_bytes; at += pair_bytes) {
        uint16_t *scales = (uint16_t *)(void *)(panel + at);
        for (size_t i = 0; i < 2 * nr; i++) scales[i] = scale;
    }
}

void weights_fill_panels(PackedWeights *out, uint64_t seed, int panel_from, int panel_to)
{
    float deviation = 1.0f / sqrtf((float)out->k), half_width = deviation * sqrtf(3.0f);
    for (int p = panel_from; p < panel_to; p++) {
        uint64_t state = seed + (uint64_t)p * 0x632be59bd9b4e019u;
        uint8_t *panel = out->panels + (size_t)p * out->panel_bytes;
        fill_values(out->format, panel, out->panel_bytes, half_width, &state);
        if (weight_format_is_block(out->format)) fill_pair_scales(out, panel, deviation);
        for (int i = 0; out->format == WEIGHT_INT8 && i < out->layout.nr; i++) {
            out->scales[p * out->layout.nr + i] = deviation / 73.9f;
        }
    }
}

void weights_fill_random(PackedWeights *out, uint64_t seed)
{
    weights_fill_panels(out, seed, 0, out->n_panels);
}
