/* The AVX2 set: FMA and F16C for floating point, byte products for the integer formats.
 *
 * Layer: bench. Tiles are 6 rows by two vectors of 8 outputs (12 accumulators of 16 registers), and 4 rows by
 * one vector for integers. maddubs adds two products in 16 bits: signed weights therefore go in as magnitudes
 * with their sign moved to the activation, which keeps every pair below 2 x 127 x 127.
 */
#include "attention_avx2.h"

#include <immintrin.h>

#define INLINE static inline __attribute__((always_inline))

enum { ROWS = 6, VECTOR = 8, COLUMNS = 16, INTEGER_ROWS = 4, QUADS = 8, FETCH_AHEAD = 2048 };

INLINE __m256 load_dense(WeightFormat format, const uint8_t *at)
{
    if (format == WEIGHT_F16) return _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)at));
    if (format == WEIGHT_BF16) {
        __m128i half = _mm_loadu_si128((const __m128i *)(const void *)at);
        return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16));
    }
    return _mm256_loadu_ps((const float *)(const void *)at);
}

/* Columns beyond n are computed on zero weights and not stored. */
INLINE void store_columns(__m256 value, float *out, int n_columns, bool is_added)
{
    float lanes[VECTOR];
    if (n_columns >= VECTOR) {
        _mm256_storeu_ps(out, is_added ? _mm256_add_ps(value, _mm256_loadu_ps(out)) : value);
        return;
    }
    _mm256_storeu_ps(lanes, value);
    for (int i = 0; i < n_columns; i++) out[i] = is_added ? out[i] + lanes[i] : lanes[i];
}

INLINE void dense_tile(WeightFormat format, int n_rows, int k, const float *a, const uint8_t *b, float *c,
                       size_t ldc, int n_columns, bool is_added)
{
    const size_t bytes = format == WEIGHT_F32 ? 32 : 16;
    __m256 sum[ROWS][2];
#pragma GCC unroll 6
    for (int r = 0; r < n_rows; r++) sum[r][0] = sum[r][1] = _mm256_setzero_ps();
    for (int i = 0; i < k; i++) {
        __m256 b0 = load_dense(format, b), b1 = load_dense(format, b + bytes);
        _mm_prefetch((const char *)b + FETCH_AHEAD, _MM_HINT_T0);
#pragma GCC unroll 6
        for (int r = 0; r < n_rows; r++) {
            __m256 value = _mm256_broadcast_ss(a + r);
            sum[r][0] = _mm256_fmadd_ps(value, b0, sum[r][0]);
            sum[r][1] = _mm256_fmadd_ps(value, b1, sum[r][1]);
        }
        a += n_rows;
        b += 2 * bytes;
    }
#pragma GCC unroll 6
    for (int r = 0; r < n_rows; r++) {
        store_columns(sum[r][0], c + (size_t)r * ldc, n_columns, is_added);
        if (n_columns > VECTOR)
            store_columns(sum[r][1], c + (size_t)r * ldc + VECTOR, n_columns - VECTOR, is_added);
    }
}

/* Eight outputs' sums of four products each. `magnitude` is unsigned; `sign_of` carries the sign of signed
 * weights. */
INLINE __m256i dot_quads(__m256i sum, __m256i magnitude, __m256i sign_of, bool is_signed, const int8_t *a)
{
    __m256i value = _mm256_set1_epi32(*(const int32_t *)(const void *)a);
    if (is_signed) value = _mm256_sign_epi8(value, sign_of);
    __m256i pairs = _mm256_maddubs_epi16(magnitude, value);
    return _mm256_add_epi32(sum, _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
}

INLINE void block_tile(WeightFormat format, int n_rows, int n_blocks, const int8_t *a, const float *scales,
                       const int32_t *corrections, const uint8_t *panel, float *c, size_t ldc, int n_columns,
                       bool is_added)
{
    const bool is_signed = format == WEIGHT_Q8_0;
    const size_t value_bytes = is_signed ? 256 : 128, scale_bytes = 2 * VECTOR * sizeof(uint16_t);
    const __m256i low = _mm256_set1_epi8(0x0f);
    __m256 sum[ROWS];
#pragma GCC unroll 4
    for (int r = 0; r < n_rows; r++) sum[r] = _mm256_setzero_ps();
    for (int b = 0; b < n_blocks; b++) {
        const uint8_t *pair = panel + (size_t)(b / 2) * (scale_bytes + 2 * value_bytes);
        const uint8_t *values = pair + scale_bytes + (size_t)(b % 2) * value_bytes;
        __m256 w_scale =
            _mm256_cvtph_ps(_mm_loadu_si128((const __m128i *)(const void *)(pair + 16 * (b % 2))));
        __m256i dot[ROWS];
#pragma GCC unroll 4
        for (int r = 0; r < n_rows; r++) dot[r] = _mm256_set1_epi32(corrections[r]);
#pragma GCC unroll 8
        for (int q = 0; q < QUADS; q++) {
            __m256i w =
                _mm256_loadu_si256((const __m256i *)(const void *)(values + 32 * (is_signed ? q : q % 4)));
            _mm_prefetch((const char *)values + FETCH_AHEAD + 32 * q, _MM_HINT_T0);
            if (!is_signed) w = _mm256_and_si256(q < QUADS / 2 ? w : _mm256_srli_epi16(w, 4), low);
            __m256i magnitude = is_signed ? _mm256_abs_epi8(w) : w;
#pragma GCC unroll 4
            for (int r = 0; r < n_rows; r++) {
                dot[r] = dot_quads(dot[r], magnitude, w, is_signed, a + r * BLOCK_VALUES + 4 * q);
            }
        }
#pragma GCC unroll 4
        for (int r = 0; r < n_rows; r++) {
            sum[r] = _mm256_fmadd_ps(_mm256_cvtepi32_ps(dot[r]),
                                     _mm256_mul_ps(w_scale, _mm256_set1_ps(scales[r])), sum[r]);
        }
        a += n_rows * BLOCK_VALUES;
        scales += n_rows;
        corrections += n_rows;
    }
#pragma GCC unroll 4
    for (int r = 0; r < n_rows; r++) store_columns(sum[r], c + (size_t)r * ldc, n_columns, is_added);
}

INLINE void int8_tile(int n_rows, int steps, const int8_t *a, const uint8_t *b, const float *row_scales,
                      const float *column_scales, float *c, size_t ldc, int n_columns, bool is_added)
{
    __m256i sum[ROWS];
#pragma GCC unroll 4
    for (int r = 0; r < n_rows; r++) sum[r] = _mm256_setzero_si256();
    for (int s = 0; s < steps; s++) {
        __m256i w = _mm256_loadu_si256((const __m256i *)(const void *)(b + 32 * (size_t)s)),
                magnitude = _mm256_abs_epi8(w);
#pragma GCC unroll 4
        for (int r = 0; r < n_rows; r++)
            sum[r] = dot_quads(sum[r], magnitude, w, true, a + (s * n_rows + r) * 4);
    }
#pragma GCC unroll 4
    for (int r = 0; r < n_rows; r++) {
        __m256 scale = _mm256_mul_ps(_mm256_loadu_ps(column_scales), _mm256_set1_ps(row_scales[r]));
        store_columns(_mm256_mul_ps(_mm256_cvtepi32_ps(sum[r]), scale), c + (size_t)r * ldc, n_columns,
                      is_added);
    }
}

/* One tile with the number of rows as a constant, so that its sums live in registers. */
INLINE void any_tile(int n_rows, const PackedRows *rows, const PackedWeights *w, const uint8_t *panel,
                     int first, const float *column_scales, float *c, size_t ldc, int n_columns,
                     bool is_added)
{
    const int8_t *q = (const int8_t *)rows->values + (size_t)first * (size_t)rows->k_padded;
    const float *x = (const float *)rows->values + (size_t)first * (size_t)rows->k_padded;
    size_t meta = (size_t)first * (size_t)rows->n_blocks;
    int k = rows->k_padded;
    switch (w->format) {
    case WEIGHT_F32:
        dense_tile(WEIGHT_F32, n_rows, k, x, panel, c, ldc, n_columns, is_added);
        break;
    case WEIGHT_F16:
        dense_tile(WEIGHT_F16, n_rows, k, x, panel, c, ldc, n_columns, is_added);
        break;
    case WEIGHT_BF16:
        dense_tile(WEIGHT_BF16, n_rows, k, x, panel, c, ldc, n_columns, is_added);
        break;
    case WEIGHT_INT8:
        int8_tile(n_rows, k / 4, q, panel, rows->scales + first, column_scales, c, ldc, n_columns, is_added);
        break;
    case WEIGHT_Q8_0:
        block_tile(WEIGHT_Q8_0, n_rows, rows->n_blocks, q, rows->scales + meta, rows->corrections + meta,
                   panel, c, ldc, n_columns, is_added);
        break;
    case WEIGHT_Q4_0:
        block_tile(WEIGHT_Q4_0, n_rows, rows->n_blocks, q, rows->scales + meta, rows->corrections + meta,
                   panel, c, ldc, n_columns, is_added);
        break;
    case N_WEIGHT_FORMATS:
        break;
    }
}

static void gemm_avx2(const PackedRows *rows, const PackedWeights *w, int panel_from, int panel_to, float *c,
                      size_t ldc, bool is_added)
{
    int nr = w->layout.nr;
    for (int p = panel_from; p < panel_to; p++) {
        const uint8_t *panel = w->panels + (size_t)p * w->panel_bytes;
        const float *column_scales = w->scales ? w->scales + (size_t)p * (size_t)nr : NULL;
        for (int t = 0; t < rows->n_tiles; t++) {
            int first = tile_row(rows, t), n_rows = tile_row(rows, t + 1) - first, left = w->n - p * nr;
            float *out = c + (size_t)first * ldc + (size_t)p * (size_t)nr;
            switch (n_rows) {
            case 1:
                any_tile(1, rows, w, panel, first, column_scales, out, ldc, left, is_added);
                break;
            case 2:
                any_tile(2, rows, w, panel, first, column_scales, out, ldc, left, is_added);
                break;
            case 3:
                any_tile(3, rows, w, panel, first, column_scales, out, ldc, left, is_added);
                break;
            case 4:
                any_tile(4, rows, w, panel, first, column_scales, out, ldc, left, is_added);
                break;
            /* Only the floating-point layouts have tiles of five and six rows. */
            case 5:
                any_tile(5, rows, w, panel, first, column_scales, out, ldc, left, is_added);
                break;
            default:
                any_tile(6, rows, w, panel, first, column_scales, out, ldc, left, is_added);
                break;
            }
        }
    }
}

enum { CHAINS = 10, ROUNDS = 8 };

static float peak_f32_avx2(long n, double *n_ops)
{
    __m256 sum[CHAINS], a = _mm256_set1_ps(0.5f), b = _mm256_set1_ps(0.25f);
    __asm__ volatile("" : "+x"(a), "+x"(b));
    for (int c = 0; c < CHAINS; c++) sum[c] = b;
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
    for (int c = 1; c < CHAINS; c++) sum[0] = _mm256_add_ps(sum[0], sum[c]);
    *n_ops = (double)n * ROUNDS * CHAINS * 16;
    return _mm256_cvtss_f32(sum[0]);
}

/* What this set can do in bytes: a byte product, the pairing, and the sum. */
static float peak_int8_avx2(long n, double *n_ops)
{
    __m256i sum[CHAINS], a = _mm256_set1_epi8(1), b = _mm256_set1_epi8(3);
    __asm__ volatile("" : "+x"(a), "+x"(b));
    for (int c = 0; c < CHAINS; c++) sum[c] = b;
    for (long i = 0; i < n; i++) {
#pragma GCC unroll 8
        for (int round = 0; round < ROUNDS; round++) {
#pragma GCC unroll 10
            for (int c = 0; c < CHAINS; c++) {
                __m256i pairs = _mm256_maddubs_epi16(a, b);
                __asm__ volatile("" : "+x"(pairs));
                sum[c] = _mm256_add_epi32(sum[c], _mm256_madd_epi16(pairs, _mm256_set1_epi16(1)));
            }
        }
    }
    for (int c = 1; c < CHAINS; c++) sum[0] = _mm256_add_epi32(sum[0], sum[c]);
    *n_ops = (double)n * ROUNDS * CHAINS * 64;
    return (float)_mm256_extract_epi32(sum[0], 0);
}

static float read_bytes_avx2(const void *memory, size_t n_bytes)
{
    const __m256i *at = memory;
    __m256i sum[4] = {_mm256_setzero_si256(), _mm256_setzero_si256(), _mm256_setzero_si256(),
                      _mm256_setzero_si256()};
    for (size_t i = 0; i + 4 <= n_bytes / sizeof *at; i += 4) {
#pragma GCC unroll 4
        for (int j = 0; j < 4; j++) sum[j] = _mm256_xor_si256(sum[j], _mm256_loadu_si256(at + i + (size_t)j));
    }
    __m256i all = _mm256_xor_si256(_mm256_xor_si256(sum[0], sum[1]), _mm256_xor_si256(sum[2], sum[3]));
    return (float)_mm256_extract_epi32(all, 0);
}

#define DENSE_OPS                                                                                            \
    {                                                                                                        \
        0, {COLUMNS, ROWS, 1, 0}, pack_rows_ref, gemm_avx2                                                   \
    }

const KernelSet kernels_avx2 = {
    .name = "avx2",
    .flags = TOKENTCO_ISA_FLAGS,
    .features = CPU_AVX2 | CPU_FMA | CPU_F16C,
    .formats = {[WEIGHT_F32] = DENSE_OPS,
                [WEIGHT_F16] = DENSE_OPS,
                [WEIGHT_BF16] = DENSE_OPS,
                [WEIGHT_INT8] = {0, {VECTOR, INTEGER_ROWS, 4, 0}, pack_rows_ref, gemm_avx2},
                [WEIGHT_Q8_0] = {0, {VECTOR, INTEGER_ROWS, 4, 0}, pack_rows_ref, gemm_avx2},
                [WEIGHT_Q4_0] = {0, {VECTOR, INTEGER_ROWS, 4, 8}, pack_rows_ref, gemm_avx2}},
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
