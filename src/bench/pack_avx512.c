/* Packing of activation rows on AVX-512: rounding and interleaving as kernel.h describes.
 *
 * Layer: bench.
 */
#include "tile_avx512.h"

enum { LINE = 16 };

INLINE __mmask16 mask_left(int left)
{
    return (__mmask16)(left >= LINE ? 0xffff : left <= 0 ? 0 : (1 << left) - 1);
}

/* Block of 32: largest magnitude to 127, nearest even, and the correction of its sum. */
INLINE void quantise_block(const float *x, int left, int offset, int8_t *q, float *scale, int32_t *correction)
{
    __m512 low = _mm512_maskz_loadu_ps(mask_left(left), x),
           high = _mm512_maskz_loadu_ps(mask_left(left - LINE), x + LINE);
    float largest = _mm512_reduce_max_ps(_mm512_max_ps(_mm512_abs_ps(low), _mm512_abs_ps(high)));
    __m512 inverse = _mm512_set1_ps(largest > 0.0f ? 127.0f / largest : 0.0f);
    __m512i a = _mm512_cvtps_epi32(_mm512_mul_ps(low, inverse)),
            b = _mm512_cvtps_epi32(_mm512_mul_ps(high, inverse));
    _mm_storeu_si128((__m128i *)(void *)q, _mm512_cvtepi32_epi8(a));
    _mm_storeu_si128((__m128i *)(void *)(q + LINE), _mm512_cvtepi32_epi8(b));
    *scale = largest / 127.0f;
    *correction = -offset * _mm512_reduce_add_epi32(_mm512_add_epi32(a, b));
}

static void pack_blocks(const PanelLayout *layout, const float *x, size_t ldx, PackedRows *out, int first,
                        int n_rows)
{
    int8_t *q = (int8_t *)out->values + (size_t)first * (size_t)out->k_padded;
    size_t meta = (size_t)first * (size_t)out->n_blocks;
    for (int b = 0; b < out->n_blocks; b++) {
        for (int r = 0; r < n_rows; r++, meta++, q += BLOCK_VALUES) {
            quantise_block(x + (size_t)r * ldx + b * BLOCK_VALUES, out->k - b * BLOCK_VALUES, layout->offset,
                           q, &out->scales[meta], &out->corrections[meta]);
        }
    }
}

/* Interleaves 32-bit units of all rows of a tile: lines[r][i] goes to out[i * n_rows + r]. */
INLINE void interleave(const int32_t lines[TILE_ROWS][LINE], int n_rows, int n_units, int32_t *out)
{
    for (int i = 0; i < n_units; i++) {
        for (int r = 0; r < n_rows; r++) out[i * n_rows + r] = lines[r][i];
    }
}

static int units_at(const PackedRows *out, int kg, int unit)
{
    int left = out->k_padded / kg - unit;
    return left < LINE ? left : LINE;
}

static void pack_f32(const float *x, size_t ldx, PackedRows *out, int first, int n_rows)
{
    float *to = (float *)out->values + (size_t)first * (size_t)out->k_padded;
    for (int k = 0; k < out->k; k++) {
        for (int r = 0; r < n_rows; r++) *to++ = x[(size_t)r * ldx + (size_t)k];
    }
}

static void pack_int8(const PanelLayout *layout, const float *x, size_t ldx, PackedRows *out, int first,
                      int n_rows)
{
    int32_t lines[TILE_ROWS][LINE],
        *to = (int32_t *)out->values + (size_t)first * (size_t)(out->k_padded / 4);
    __m512 inverse[TILE_ROWS];
    __m512i sum[TILE_ROWS];
    for (int r = 0; r < n_rows; r++) {
        __m512 largest = _mm512_setzero_ps();
        for (int k = 0; k < out->k; k += LINE) {
            largest = _mm512_max_ps(largest, _mm512_abs_ps(_mm512_maskz_loadu_ps(mask_left(out->k - k),
                                                                                 x + (size_t)r * ldx + k)));
        }
        float value = _mm512_reduce_max_ps(largest);
        inverse[r] = _mm512_set1_ps(value > 0.0f ? 127.0f / value : 0.0f);
        out->scales[first + r] = value / 127.0f;
        sum[r] = _mm512_setzero_si512();
    }
    for (int unit = 0; unit < out->k_padded / 4; unit += LINE) {
        for (int r = 0; r < n_rows; r++) {
            for (int part = 0; part < 4; part++) {
                int k = unit * 4 + part * LINE;
                __m512 value = _mm512_maskz_loadu_ps(mask_left(out->k - k), x + (size_t)r * ldx + k);
                __m512i q = _mm512_cvtps_epi32(_mm512_mul_ps(value, inverse[r]));
                sum[r] = _mm512_add_epi32(sum[r], q);
                _mm_storeu_si128((__m128i *)(void *)&lines[r][part * 4], _mm512_cvtepi32_epi8(q));
            }
        }
        int n_units = units_at(out, 4, unit);
        interleave((const int32_t(*)[LINE])lines, n_rows, n_units, to + unit * n_rows);
    }
    for (int r = 0; r < n_rows; r++)
        out->corrections[first + r] = -layout->offset * _mm512_reduce_add_epi32(sum[r]);
}

static void pack_bf16(const float *x, size_t ldx, PackedRows *out, int first, int n_rows)
{
    int32_t lines[TILE_ROWS][LINE],
        *to = (int32_t *)out->values + (size_t)first * (size_t)(out->k_padded / 2);
    for (int unit = 0; unit < out->k_padded / 2; unit += LINE) {
        for (int r = 0; r < n_rows; r++) {
            const float *from = x + (size_t)r * ldx + unit * 2;
            __m512 low = _mm512_maskz_loadu_ps(mask_left(out->k - unit * 2), from);
            __m512 high = _mm512_maskz_loadu_ps(mask_left(out->k - unit * 2 - LINE), from + LINE);
            _mm512_storeu_si512(lines[r], (__m512i)_mm512_cvtne2ps_pbh(high, low));
        }
        int n_units = units_at(out, 2, unit);
        interleave((const int32_t(*)[LINE])lines, n_rows, n_units, to + unit * n_rows);
    }
}

void pack_rows_avx512(const PanelLayout *layout, WeightFormat format, const float *x, size_t ldx,
                      PackedRows *out, int tile_from, int tile_to)
{
    for (int t = tile_from; t < tile_to; t++) {
        int first = tile_row(out, t), n_rows = tile_row(out, t + 1) - first;
        const float *rows = x + (size_t)first * ldx;
        if (format == WEIGHT_Q8_0 || format == WEIGHT_Q4_0)
            pack_blocks(layout, rows, ldx, out, first, n_rows);
        if (format == WEIGHT_INT8) pack_int8(layout, rows, ldx, out, first, n_rows);
        if (format == WEIGHT_F32 || format == WEIGHT_F16) pack_f32(rows, ldx, out, first, n_rows);
        if (format == WEIGHT_BF16) pack_bf16(rows, ldx, out, first, n_rows);
    }
}
