/* Packing of activation rows on AVX2: rounding and interleaving as kernel.h describes.
 *
 * Layer: bench.
 */
#include "tile_avx2.h"

enum { BYTE_QUADS = VECTOR, INT8_MOST = 127 };

INLINE __m256 magnitude_of(__m256 x)
{
    return _mm256_andnot_ps(_mm256_set1_ps(-0.0f), x);
}

INLINE int32_t reduce_add(__m256i x)
{
    __m128i half = _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
    half = _mm_add_epi32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(1, 0, 3, 2)));
    return _mm_cvtsi128_si32(_mm_add_epi32(half, _mm_shuffle_epi32(half, _MM_SHUFFLE(2, 3, 0, 1))));
}

/* What turns values of this largest magnitude into bytes. */
INLINE float inverse_of(float largest)
{
    return largest > 0.0f ? (float)INT8_MOST / largest : 0.0f;
}

/* Rounds 32 values to bytes, nearest even, in their order; adds them to four sums a lane. */
INLINE __m256i round_bytes(const __m256 x[4], __m256 inverse, __m256i *sum)
{
    __m256i q[4];
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        q[i] = _mm256_cvtps_epi32(_mm256_mul_ps(x[i], inverse));
        *sum = _mm256_add_epi32(*sum, q[i]);
    }
    /* Packing works on halves of 128 bits: the quads come out as 0 2 4 6 1 3 5 7. */
    __m256i mixed = _mm256_packs_epi16(_mm256_packs_epi32(q[0], q[1]), _mm256_packs_epi32(q[2], q[3]));
    return _mm256_permutevar8x32_epi32(mixed, _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7));
}

/* Block of 32: largest magnitude to 127, and the correction of its sum. */
INLINE void quantise_block(const float *x, int left, int offset, int8_t *q, float *scale, int32_t *correction)
{
    __m256 value[4], most = _mm256_setzero_ps();
    __m256i sum = _mm256_setzero_si256();
#pragma GCC unroll 4
    for (int i = 0; i < 4; i++) {
        value[i] = load_left(x + i * VECTOR, left - i * VECTOR);
        most = _mm256_max_ps(most, magnitude_of(value[i]));
    }
    float largest = reduce_max(most);
    __m256i bytes = round_bytes(value, _mm256_set1_ps(inverse_of(largest)), &sum);
    _mm256_storeu_si256((__m256i *)(void *)q, bytes);
    *scale = largest / (float)INT8_MOST;
    *correction = -offset * reduce_add(sum);
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

/* Eight rows of eight 32-bit units become eight columns. */
INLINE void transpose(__m256 line[VECTOR])
{
    __m256 pair[VECTOR], four[VECTOR];
#pragma GCC unroll 4
    for (int i = 0; i < VECTOR; i += 2) {
        pair[i] = _mm256_unpacklo_ps(line[i], line[i + 1]);
        pair[i + 1] = _mm256_unpackhi_ps(line[i], line[i + 1]);
    }
#pragma GCC unroll 2
    for (int i = 0; i < VECTOR; i += 4) {
#pragma GCC unroll 2
        for (int j = 0; j < 2; j++) {
            four[i + 2 * j] = _mm256_shuffle_ps(pair[i + j], pair[i + j + 2], _MM_SHUFFLE(1, 0, 1, 0));
            four[i + 2 * j + 1] = _mm256_shuffle_ps(pair[i + j], pair[i + j + 2], _MM_SHUFFLE(3, 2, 3, 2));
        }
    }
#pragma GCC unroll 4
    for (int i = 0; i < VECTOR / 2; i++) {
        line[i] = _mm256_permute2f128_ps(four[i], four[i + 4], 0x20);
        line[i + 4] = _mm256_permute2f128_ps(four[i], four[i + 4], 0x31);
    }
}

/* Interleaves the first eight of `n_left` 32-bit units of all rows of a tile: unit i of row r goes to
 * out[i * n_rows + r]. A store of eight reaches into the places of later units; where the tile ends before,
 * it must not. */
INLINE void interleave(__m256 line[VECTOR], int n_rows, int n_left, float *out)
{
    transpose(line);
    if ((n_left - (VECTOR - 1)) * n_rows >= VECTOR) {
#pragma GCC unroll 8
        for (int i = 0; i < VECTOR; i++) _mm256_storeu_ps(out + i * n_rows, line[i]);
        return;
    }
    for (int i = 0; i < VECTOR && i < n_left; i++)
        _mm256_maskstore_ps(out + i * n_rows, lanes_left(n_rows), line[i]);
}

static float largest_of(const float *x, int n)
{
    __m256 most = _mm256_setzero_ps();
    for (int k = 0; k < n; k += VECTOR) most = _mm256_max_ps(most, magnitude_of(load_left(x + k, n - k)));
    return reduce_max(most);
}

static void pack_int8(const PanelLayout *layout, const float *x, size_t ldx, PackedRows *out, int first,
                      int n_rows)
{
    float *to = (float *)out->values + (size_t)first * (size_t)(out->k_padded / 4);
    float inverse[INT8_ROWS];
    __m256i sum[INT8_ROWS];
    for (int r = 0; r < n_rows; r++) {
        float largest = largest_of(x + (size_t)r * ldx, out->k);
        inverse[r] = inverse_of(largest);
        out->scales[first + r] = largest / (float)INT8_MOST;
        sum[r] = _mm256_setzero_si256();
    }
    for (int unit = 0; unit < out->k_padded / 4; unit += BYTE_QUADS) {
        __m256 line[VECTOR] = {_mm256_setzero_ps()};
        int left = out->k - unit * 4, n_left = out->k_padded / 4 - unit;
        for (int r = 0; r < n_rows; r++) {
            const float *from = x + (size_t)r * ldx + unit * 4;
            const __m256 value[4] = {load_left(from, left), load_left(from + VECTOR, left - VECTOR),
                                     load_left(from + 2 * VECTOR, left - 2 * VECTOR),
                                     load_left(from + 3 * VECTOR, left - 3 * VECTOR)};
            __m256i bytes = round_bytes(value, _mm256_set1_ps(inverse[r]), &sum[r]);
            line[r] = _mm256_castsi256_ps(bytes);
        }
        interleave(line, n_rows, n_left, to + unit * n_rows);
    }
    for (int r = 0; r < n_rows; r++) out->corrections[first + r] = -layout->offset * reduce_add(sum[r]);
}

/* To the nearest bf16, ties to even, as an f32; what is no number stays so. */
INLINE __m256 round_bf16(__m256 x)
{
    __m256i bits = _mm256_castps_si256(x),
            odd = _mm256_and_si256(_mm256_srli_epi32(bits, 16), _mm256_set1_epi32(1)),
            rounded = _mm256_add_epi32(_mm256_add_epi32(bits, _mm256_set1_epi32(0x7fff)), odd);
    rounded = _mm256_and_si256(rounded, _mm256_set1_epi32((int)0xffff0000u));
    return _mm256_blendv_ps(_mm256_castsi256_ps(rounded), x, _mm256_cmp_ps(x, x, _CMP_UNORD_Q));
}

static void pack_dense(WeightFormat format, const float *x, size_t ldx, PackedRows *out, int first,
                       int n_rows)
{
    float *to = (float *)out->values + (size_t)first * (size_t)out->k_padded;
    for (int k = 0; k < out->k; k += VECTOR) {
        __m256 line[VECTOR] = {_mm256_setzero_ps()};
        int left = out->k - k;
        for (int r = 0; r < n_rows; r++) {
            __m256 value = load_left(x + (size_t)r * ldx + k, left);
            if (format == WEIGHT_BF16) value = round_bf16(value);
            line[r] = value;
        }
        interleave(line, n_rows, left, to + k * n_rows);
    }
}

void pack_rows_avx2(const PanelLayout *layout, WeightFormat format, const float *x, size_t ldx,
                    PackedRows *out, int tile_from, int tile_to)
{
    for (int t = tile_from; t < tile_to; t++) {
        int first = tile_row(out, t), n_rows = tile_row(out, t + 1) - first;
        const float *rows = x + (size_t)first * ldx;
        if (format == WEIGHT_Q8_0 || format == WEIGHT_Q4_0) {
            pack_blocks(layout, rows, ldx, out, first, n_rows);
        } else if (format == WEIGHT_INT8) {
            pack_int8(layout, rows, ldx, out, first, n_rows);
        } else {
            pack_dense(format, rows, ldx, out, first, n_rows);
        }
    }
}
