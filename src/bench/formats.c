/* Weight formats: sizes, rounding, packing.
 *
 * Layer: bench. Q8_0: scale = max |x| / 127; Q4_0: scale = (value of largest magnitude) / -8; both in blocks
 * of 32 with an f16 scale (the definitions of the GGUF format). bf16 and f16 round to nearest even.
 */
#include "formats.h"

#include "tokentco/bench.h"

#include <math.h>
#include <string.h>

typedef struct FormatRow {
    const char *name;
    double bytes;
} FormatRow;

static const FormatRow format_rows[N_WEIGHT_FORMATS] = {
#define WEIGHT_FORMAT_ROW(id, name, bytes) [WEIGHT_##id] = {name, bytes},
    WEIGHT_FORMATS(WEIGHT_FORMAT_ROW)
#undef WEIGHT_FORMAT_ROW
};

const char *weight_format_name(WeightFormat format)
{
    return format_rows[format].name;
}

double weight_format_bytes(WeightFormat format)
{
    return format_rows[format].bytes;
}

bool weight_format_find(const char *name, WeightFormat *out)
{
    for (int i = 0; i < N_WEIGHT_FORMATS; i++) {
        if (strcmp(name, format_rows[i].name) == 0) {
            *out = (WeightFormat)i;
            return true;
        }
    }
    return false;
}

bool bench_format_bytes(const char *format, double *out)
{
    WeightFormat found;
    if (!weight_format_find(format, &found)) return false;
    *out = weight_format_bytes(found);
    return true;
}

bool weight_format_is_block(WeightFormat format)
{
    return format == WEIGHT_Q8_0 || format == WEIGHT_Q4_0;
}

static uint32_t bits_of(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static float float_of(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

enum {
    F16_MANTISSA_SHIFT = 13,
    F16_BIAS_SHIFT = 112, /* 127 - 15 */
    F16_INFINITY = 0x7c00,
    BF16_SHIFT = 16
};

float f16_to_f32(uint16_t half)
{
    uint32_t sign = (uint32_t)(half & 0x8000u) << 16, exponent = (half >> 10) & 0x1fu,
             mantissa = half & 0x3ffu;
    if (exponent == 0) return (sign ? -1.0f : 1.0f) * ldexpf((float)mantissa, -24);
    if (exponent == 0x1f) return float_of(sign | 0x7f800000u | mantissa << F16_MANTISSA_SHIFT);
    return float_of(sign | (exponent + F16_BIAS_SHIFT) << 23 | mantissa << F16_MANTISSA_SHIFT);
}

uint16_t f32_to_f16(float value)
{
    uint32_t bits = bits_of(value), sign = bits >> 16 & 0x8000u, magnitude = bits & 0x7fffffffu;
    if (magnitude > 0x7f800000u) return (uint16_t)(sign | F16_INFINITY | 0x200u);
    if (magnitude >= 0x477ff000u) return (uint16_t)(sign | F16_INFINITY);
    if (magnitude < 0x38800000u) {
        /* Subnormal: adding 0.5 lets the float unit round at the weight of the last half-precision bit,
         * 2^-24. */
        float rounded = float_of(magnitude) + 0.5f;
        return (uint16_t)(sign | (bits_of(rounded) - bits_of(0.5f)));
    }
    uint32_t odd = magnitude >> F16_MANTISSA_SHIFT & 1u;
    uint32_t rounded = magnitude - ((uint32_t)F16_BIAS_SHIFT << 23) + 0xfffu + odd;
    return (uint16_t)(sign | rounded >> F16_MANTISSA_SHIFT);
}

float bf16_to_f32(uint16_t value)
{
    return float_of((uint32_t)value << BF16_SHIFT);
}

uint16_t f32_to_bf16(float value)
{
    uint32_t bits = bits_of(value);
    if ((bits & 0x7fffffffu) > 0x7f800000u) return (uint16_t)(bits >> BF16_SHIFT | 0x40u);
    return (uint16_t)((bits + 0x7fffu + (bits >> BF16_SHIFT & 1u)) >> BF16_SHIFT);
}

size_t weight_row_bytes(WeightFormat format, int k)
{
    size_t count = (size_t)k;
    switch (format) {
    case WEIGHT_F32:
        return count * sizeof(float);
    case WEIGHT_F16:
    case WEIGHT_BF16:
        return count * sizeof(uint16_t);
    case WEIGHT_INT8:
        return count;
    case WEIGHT_Q8_0:
        return count / BLOCK_VALUES * sizeof(BlockQ8);
    case WEIGHT_Q4_0:
        return count / BLOCK_VALUES * sizeof(BlockQ4);
    case N_WEIGHT_FORMATS:
        break;
    }
    return 0;
}

static float largest_magnitude(const float *x, int n)
{
    float largest = 0.0f;
    for (int i = 0; i < n; i++) largest = fmaxf(largest, fabsf(x[i]));
    return largest;
}

static void block_q8_quantise(const float *x, BlockQ8 *block)
{
    float scale = largest_magnitude(x, BLOCK_VALUES) / 127.0f;
    block->scale = f32_to_f16(scale);
    for (int i = 0; i < BLOCK_VALUES; i++) block->q[i] = (int8_t)(scale > 0.0f ? lrintf(x[i] / scale) : 0);
}

static void block_q4_quantise(const float *x, BlockQ4 *block)
{
    float extreme = 0.0f;
    for (int i = 0; i < BLOCK_VALUES; i++) {
        if (fabsf(x[i]) > fabsf(extreme)) extreme = x[i];
    }
    float scale = extreme / -8.0f;
    unsigned q[BLOCK_VALUES];
    for (int i = 0; i < BLOCK_VALUES; i++) {
        long level = scale != 0.0f ? (long)floorf(x[i] / scale + 8.5f) : 8;
        q[i] = (unsigned)(level < 0 ? 0 : level > 15 ? 15 : level);
    }
    block->scale = f32_to_f16(scale);
    for (int i = 0; i < BLOCK_VALUES / 2; i++) block->q[i] = (uint8_t)(q[i] | q[i + BLOCK_VALUES / 2] << 4);
}

void weight_row_quantise(WeightFormat format, const float *x, int k, void *row, float *scale)
{
    float row_scale = 1.0f;
    switch (format) {
    case WEIGHT_F32:
        memcpy(row, x, (size_t)k * sizeof *x);
        break;
    case WEIGHT_F16:
        for (int i = 0; i < k; i++) ((uint16_t *)row)[i] = f32_to_f16(x[i]);
        break;
    case WEIGHT_BF16:
        for (int i = 0; i < k; i++) ((uint16_t *)row)[i] = f32_to_bf16(x[i]);
        break;
    case WEIGHT_INT8:
        row_scale = largest_magnitude(x, k) / 127.0f;
        for (int i = 0; i < k; i++)
            ((int8_t *)row)[i] = (int8_t)(row_scale > 0 ? lrintf(x[i] / row_scale) : 0);
        break;
    case WEIGHT_Q8_0:
        for (int b = 0; b < k / BLOCK_VALUES; b++)
            block_q8_quantise(x + b * BLOCK_VALUES, (BlockQ8 *)row + b);
        break;
    case WEIGHT_Q4_0:
        for (int b = 0; b < k / BLOCK_VALUES; b++)
            block_q4_quantise(x + b * BLOCK_VALUES, (BlockQ4 *)row + b);
        break;
    case N_WEIGHT_FORMATS:
        break;
    }
    if (scale) *scale = row_scale;
}

static int block_q4_value(const BlockQ4 *block, int i)
{
    int half = BLOCK_VALUES / 2;
    return i < half ? block->q[i] & 0xf : block->q[i - half] >> 4;
}

void weight_row_expand(WeightFormat format, const void *row, int k, float scale, float *x)
{
    for (int i = 0; i < k; i++) {
        int b = i / BLOCK_VALUES, j = i % BLOCK_VALUES;
        switch (format) {
        case WEIGHT_F32:
            x[i] = ((const float *)row)[i];
            break;
        case WEIGHT_F16:
            x[i] = f16_to_f32(((const uint16_t *)row)[i]);
            break;
        case WEIGHT_BF16:
            x[i] = bf16_to_f32(((const uint16_t *)row)[i]);
            break;
        case WEIGHT_INT8:
            x[i] = scale * (float)((const int8_t *)row)[i];
            break;
        case WEIGHT_Q8_0: {
            const BlockQ8 *block = (const BlockQ8 *)row + b;
            x[i] = f16_to_f32(block->scale) * (float)block->q[j];
            break;
        }
        case WEIGHT_Q4_0: {
            const BlockQ4 *block = (const BlockQ4 *)row + b;
            x[i] = f16_to_f32(block->scale) * (float)(block_q4_value(block, j) - 8);
            break;
        }
        case N_WEIGHT_FORMATS:
            break;
        }
    }
}

static int round_up(int value, int step)
{
    return (value + step - 1) / step * step;
}

static int k_padded_of(WeightFormat format, const PanelLayout *layout, int k)
{
    return round_up(k, weight_format_is_block(format) ? PAIR_VALUES : layout->kg);
}

void weights_plan(WeightFormat format, const PanelLayout *layout, int n, int k, PackedWeights *out)
{
    int k_padded = k_padded_of(format, layout, k);
    size_t bytes = weight_row_bytes(format, k_padded) * (size_t)layout->nr;
    size_t panel_bytes = (bytes + KERNEL_ALIGN - 1) / KERNEL_ALIGN * KERNEL_ALIGN;
    *out = (PackedWeights){.format = format,
                           .layout = *layout,
                           .n = n,
                           .k = k,
                           .k_padded = k_padded,
                           .n_panels = (n + layout->nr - 1) / layout->nr,
                           .panel_bytes = panel_bytes};
}

size_t weights_bytes(const PackedWeights *weights)
{
    return (size_t)weights->n_panels * weights->panel_bytes + KERNEL_READ_AHEAD;
}

/* Where value (column, k) of a pair of blocks lies, counted in values after the scales. */
static size_t pair_index(const PanelLayout *layout, int column, int k_in_pair)
{
    int block = k_in_pair / BLOCK_VALUES, j = k_in_pair % BLOCK_VALUES;
    return (size_t)block * BLOCK_VALUES * (size_t)layout->nr +
           (size_t)((j / layout->kg * layout->nr + column) * layout->kg + j % layout->kg);
}

static void pack_blocks(const PackedWeights *w, uint8_t *panel, int column, const void *row)
{
    const PanelLayout *layout = &w->layout;
    size_t nr = (size_t)layout->nr, pair_bytes = weight_row_bytes(w->format, PAIR_VALUES) * nr;
    for (int k = 0; k < w->k_padded; k++) {
        uint8_t *pair = panel + (size_t)(k / PAIR_VALUES) * pair_bytes;
        uint16_t *scales = (uint16_t *)(void *)pair;
        uint8_t *values = pair + 2 * nr * sizeof(uint16_t);
        int in_pair = k % PAIR_VALUES, block = k / BLOCK_VALUES, j = k % BLOCK_VALUES;
        bool is_inside = row && k < w->k;
        size_t scale_at = (size_t)(in_pair / BLOCK_VALUES) * nr + (size_t)column;
        size_t at = pair_index(layout, column, in_pair);
        if (w->format == WEIGHT_Q8_0) {
            const BlockQ8 *source = is_inside ? (const BlockQ8 *)row + block : NULL;
            scales[scale_at] = source ? source->scale : 0;
            values[at] = (uint8_t)((source ? source->q[j] : 0) + layout->offset);
        } else {
            const BlockQ4 *source = is_inside ? (const BlockQ4 *)row + block : NULL;
            scales[scale_at] = source ? source->scale : 0;
            /* Value j shares its byte with value j + 16, in the place that j has among the first sixteen. */
            int half = BLOCK_VALUES / 2, is_high = j >= half, kg = layout->kg;
            size_t byte = (size_t)(in_pair / BLOCK_VALUES) * (size_t)half * nr +
                          (size_t)((j % half / kg * layout->nr + column) * kg + j % kg);
            unsigned q = source ? (unsigned)block_q4_value(source, j) : 8u;
            values[byte] = (uint8_t)(is_high ? (values[byte] & 0x0fu) | q << 4 : q);
        }
    }
}

static void pack_dense(const PackedWeights *w, uint8_t *panel, int column, const void *row)
{
    const PanelLayout *layout = &w->layout;
    for (int k = 0; k < w->k_padded; k++) {
        size_t at = (size_t)((k / layout->kg * layout->nr + column) * layout->kg + k % layout->kg);
        bool is_inside = row && k < w->k;
        switch (w->format) {
        case WEIGHT_F32:
            ((float *)(void *)panel)[at] = is_inside ? ((const float *)row)[k] : 0.0f;
            break;
        case WEIGHT_F16:
        case WEIGHT_BF16:
            ((uint16_t *)(void *)panel)[at] = is_inside ? ((const uint16_t *)row)[k] : 0;
            break;
        case WEIGHT_INT8:
            panel[at] = (uint8_t)((is_inside ? ((const int8_t *)row)[k] : 0) + layout->offset);
            break;
        case WEIGHT_Q8_0:
        case WEIGHT_Q4_0:
        case N_WEIGHT_FORMATS:
            break;
        }
    }
}

void weights_pack(const void *rows, const float *scales, PackedWeights *out)
{
    size_t row_bytes = weight_row_bytes(out->format, out->k);
    for (int column = 0; column < out->n_panels * out->layout.nr; column++) {
        uint8_t *panel = out->panels + (size_t)(column / out->layout.nr) * out->panel_bytes;
        const void *row = column < out->n ? (const uint8_t *)rows + (size_t)column * row_bytes : NULL;
        if (weight_format_is_block(out->format)) {
            pack_blocks(out, panel, column % out->layout.nr, row);
        } else {
            pack_dense(out, panel, column % out->layout.nr, row);
        }
        if (out->format == WEIGHT_INT8) out->scales[column] = row ? scales[column] : 0.0f;
    }
}

void rows_plan(WeightFormat format, const PanelLayout *layout, int m, int k, PackedRows *out)
{
    int k_padded = k_padded_of(format, layout, k), n_blocks = 0,
        mr = layout->many > 0 && m >= layout->many ? layout->mr_many : layout->mr;
    if (weight_format_is_block(format)) n_blocks = k_padded / BLOCK_VALUES;
    if (format == WEIGHT_INT8) n_blocks = 1;
    *out = (PackedRows){
        .m = m, .k = k, .k_padded = k_padded, .n_tiles = (m + mr - 1) / mr, .n_blocks = n_blocks};
}

size_t rows_value_bytes(const PackedRows *rows)
{
    size_t count = (size_t)rows->m * (size_t)rows->k_padded;
    return rows->n_blocks > 0 ? count : count * sizeof(float);
}

size_t rows_scale_bytes(const PackedRows *rows)
{
    return (size_t)rows->m * (size_t)rows->n_blocks * sizeof(float);
}
