/* NEON with the matrix product of bytes (i8mm) and, where present, the bf16 dot product: both optional from
 * Armv8.2, usual from Armv8.6.
 *
 * Layer: bench. One instruction multiplies two rows by two outputs over eight k, so eight k of an output lie
 * together and sums are 2 x 2 squares: {r0 o0, r0 o1, r1 o0, r1 o1}. An odd last row is paired with itself. A
 * single row takes the dot product over the same weights, at half the squares' waste.
 */
#include "integer_neon.h"

enum { GROUP = 8, OUTPUT_PAIRS = INTEGER_COLUMNS / 2, SQUARES = INTEGER_ROWS / 2 * OUTPUT_PAIRS };

/* Eight k of two rows, or of one row twice. */
INLINE int8x16_t load_rows(const int8_t *first, const int8_t *second)
{
    return vcombine_s8(vld1_s8(first), vld1_s8(second));
}

/* sum += the 2 x 2 products, or for a single row two half sums for each of the two outputs. */
INLINE int32x4_t square_add(bool is_single, int32x4_t sum, int8x16_t values, int8x16_t weights)
{
    return is_single ? vdotq_s32(sum, weights, values) : vmmlaq_s32(sum, values, weights);
}

/* The four outputs of vector v, of row r, out of the squares. */
INLINE int32x4_t squares_row(int n_rows, const int32x4_t *square, int r, int v)
{
    int at = r / 2 * OUTPUT_PAIRS + 2 * v;
    if (n_rows == 1) return vpaddq_s32(square[at], square[at + 1]);
    int64x2_t left = vreinterpretq_s64_s32(square[at]), right = vreinterpretq_s64_s32(square[at + 1]);
    return vreinterpretq_s32_s64(r % 2 ? vtrn2q_s64(left, right) : vtrn1q_s64(left, right));
}

/* The correction of a row's sums: a single row keeps two half sums, and it belongs to one of them. */
INLINE int32x4_t squares_start(int n_rows, const int32_t *corrections, int pair)
{
    if (n_rows == 1) return (int32x4_t){corrections[0], 0, corrections[0], 0};
    int32_t first = corrections[2 * pair], second = 2 * pair + 1 < n_rows ? corrections[2 * pair + 1] : first;
    return (int32x4_t){first, first, second, second};
}

/* Eight k of all outputs and rows. `row_bytes` apart: the rows' own eight k. */
INLINE void add_group(int n_rows, const int8x16_t weights[OUTPUT_PAIRS], const int8_t *a, int row_bytes,
                      int32x4_t *square)
{
#pragma GCC unroll 2
    for (int r = 0; r < n_rows; r += 2) {
        const int8_t *one = a + r * row_bytes;
        int8x16_t value = load_rows(one, r + 1 < n_rows ? one + row_bytes : one);
#pragma GCC unroll 4
        for (int o = 0; o < OUTPUT_PAIRS; o++) {
            int32x4_t *to = &square[r / 2 * OUTPUT_PAIRS + o];
            *to = square_add(n_rows == 1, *to, value, weights[o]);
        }
    }
}

INLINE void load_group(const uint8_t *values, int8x16_t weights[OUTPUT_PAIRS])
{
#pragma GCC unroll 4
    for (int o = 0; o < OUTPUT_PAIRS; o++) weights[o] = vreinterpretq_s8_u8(vld1q_u8(values + 16 * o));
}

/* One block: all of its groups, of which nibbles hold g low and g + 2 high. */
INLINE void add_block(WeightFormat format, int n_rows, const uint8_t *values, const int8_t *a,
                      int32x4_t *square)
{
    const int n_stored = BLOCK_VALUES / GROUP / (format == WEIGHT_Q4_0 ? 2 : 1);
#pragma GCC unroll 1
    for (int g = 0; g < n_stored; g++, values += OUTPUT_PAIRS * 16, a += GROUP) {
        int8x16_t stored[OUTPUT_PAIRS], part[OUTPUT_PAIRS];
        load_group(values, stored);
        if (format == WEIGHT_Q8_0) {
            add_group(n_rows, stored, a, BLOCK_VALUES, square);
            continue;
        }
#pragma GCC unroll 4
        for (int o = 0; o < OUTPUT_PAIRS; o++) part[o] = vandq_s8(stored[o], vdupq_n_s8(0x0f));
        add_group(n_rows, part, a, BLOCK_VALUES, square);
#pragma GCC unroll 4
        for (int o = 0; o < OUTPUT_PAIRS; o++)
            part[o] = vreinterpretq_s8_u8(vshrq_n_u8(vreinterpretq_u8_s8(stored[o]), 4));
        add_group(n_rows, part, a + BLOCK_VALUES / 2, BLOCK_VALUES, square);
    }
}

INLINE void block_tile(WeightFormat format, int n_rows, const PackedRows *rows, int first,
                       const uint8_t *panel, float *c, size_t ldc, int n_columns, bool is_added)
{
    const size_t value_bytes = (format == WEIGHT_Q8_0 ? BLOCK_VALUES : BLOCK_VALUES / 2) * INTEGER_COLUMNS,
                 scale_bytes = INTEGER_COLUMNS * sizeof(uint16_t);
    const int8_t *a = (const int8_t *)rows->values + (size_t)first * (size_t)rows->k_padded;
    size_t meta = (size_t)first * (size_t)rows->n_blocks;
    const int n_sums = n_rows * INTEGER_VECTORS, n_pairs = (n_rows + 1) / 2;
    float32x4_t sum[INTEGER_ROWS * INTEGER_VECTORS];
#pragma GCC unroll 8
    for (int i = 0; i < n_sums; i++) sum[i] = vdupq_n_f32(0.0f);
    for (int b = 0; b < rows->n_blocks; b++) {
        const uint8_t *pair = panel + (size_t)(b / 2) * 2 * (scale_bytes + value_bytes);
        const uint8_t *values = pair + 2 * scale_bytes + (size_t)(b % 2) * value_bytes;
        int32x4_t square[SQUARES];
#pragma GCC unroll 8
        for (int i = 0; i < n_pairs * OUTPUT_PAIRS; i++)
            square[i] = squares_start(n_rows, rows->corrections + meta, i / OUTPUT_PAIRS);
        add_block(format, n_rows, values, a, square);
#pragma GCC unroll 8
        for (int i = 0; i < n_sums; i++) {
            float32x4_t scale = tile_load(TILE_F16, pair + (size_t)(b % 2) * scale_bytes +
                                                        (size_t)(i % INTEGER_VECTORS) * VECTOR * 2);
            scale = vmulq_n_f32(scale, rows->scales[meta + (size_t)(i / INTEGER_VECTORS)]);
            int32x4_t dot = squares_row(n_rows, square, i / INTEGER_VECTORS, i % INTEGER_VECTORS);
            sum[i] = vfmaq_f32(sum[i], vcvtq_f32_s32(dot), scale);
        }
        a += n_rows * BLOCK_VALUES;
        meta += (size_t)n_rows;
    }
#pragma GCC unroll 8
    for (int i = 0; i < n_sums; i++) {
        int column = i % INTEGER_VECTORS * VECTOR;
        store_columns(c + (size_t)(i / INTEGER_VECTORS) * ldc + column, sum[i], n_columns - column, is_added);
    }
}

INLINE void int8_tile(int n_rows, const PackedRows *rows, const float *column_scales, int first,
                      const uint8_t *panel, float *c, size_t ldc, int n_columns, bool is_added)
{
    const int n_pairs = (n_rows + 1) / 2;
    const int8_t *a = (const int8_t *)rows->values + (size_t)first * (size_t)rows->k_padded;
    int32x4_t square[SQUARES];
#pragma GCC unroll 8
    for (int i = 0; i < n_pairs * OUTPUT_PAIRS; i++) square[i] = vdupq_n_s32(0);
    for (int g = 0; g < rows->k_padded / GROUP; g++) {
        int8x16_t weights[OUTPUT_PAIRS];
        load_group(panel, weights);
        add_group(n_rows, weights, a, GROUP, square);
        a += n_rows * GROUP;
        panel += GROUP * INTEGER_COLUMNS;
    }
#pragma GCC unroll 8
    for (int i = 0; i < n_rows * INTEGER_VECTORS; i++) {
        int column = i % INTEGER_VECTORS * VECTOR, r = i / INTEGER_VECTORS;
        float32x4_t scale = vmulq_n_f32(vld1q_f32(column_scales + column), rows->scales[first + r]);
        float32x4_t value = vcvtq_f32_s32(squares_row(n_rows, square, r, i % INTEGER_VECTORS));
        store_columns(c + (size_t)r * ldc + column, vmulq_f32(value, scale), n_columns - column, is_added);
    }
}

static void gemm_bf16_pairs(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to,
                            float *c, size_t ldc, bool is_added)
{
    dense_gemm(TILE_BF16_PAIR, rows, w, panel_from, panel_to, c, ldc, is_added);
}

#define DOT_BF16(sum, a, b) vbfdotq_f32(sum, vreinterpretq_bf16_f32(a), vreinterpretq_bf16_f32(b))
DEFINE_PEAK(peak_int8_i8mm, int32x4_t, int8x16_t, vdupq_n_s32(0), vdupq_n_s8(1), vmmlaq_s32, vgetq_lane_s32,
            2 * 32)
DEFINE_PEAK(peak_bf16_i8mm, float32x4_t, float32x4_t, vdupq_n_f32(0.0f), vdupq_n_f32(0.25f), DOT_BF16,
            vgetq_lane_f32, 2 * 8)

const KernelSet kernels_i8mm = {
    .name = "neon-i8mm",
    .flags = TOKENTCO_ISA_FLAGS,
    .features = CPU_NEON | CPU_DOTPROD | CPU_I8MM,
    .formats =
        {[WEIGHT_BF16] = {CPU_BF16, {DENSE_COLUMNS, DENSE_ROWS, 2, 0}, pack_rows_neon, gemm_bf16_pairs},
         [WEIGHT_INT8] = INTEGER_OPS(GROUP, 0),
         [WEIGHT_Q8_0] = INTEGER_OPS(GROUP, 0),
         [WEIGHT_Q4_0] = INTEGER_OPS(GROUP, 8)},
    .peak_bf16 = peak_bf16_i8mm,
    .peak_int8 = peak_int8_i8mm,
};
