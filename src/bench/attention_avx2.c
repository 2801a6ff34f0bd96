/* Attention over a 16-bit cache, and the element-wise kernels, on AVX2.
 *
 * Layer: bench. The scheme of the AVX-512 set with narrower registers: a panel of 32 tokens (or 32 head
 * dimensions) is four vectors, which three rows share (12 sums of 16 registers). Softmax runs online over
 * blocks of tokens (Milakov and Gimelshein, arXiv 1805.02867).
 */
#include "attention_avx2.h"
#include "attention_rows.h"
#include "lanes_avx2.h"

#include <float.h>

enum { PANEL_VECTORS = KV_PANEL / VECTOR, ROWS = 3, KV_AHEAD = 2048 };

/* exp by 2^n times a polynomial of degree 6 on [-ln2/2, ln2/2]; relative error below 3e-7. Below -87 it gives
 * the smallest normal numbers instead of less. */
INLINE __m256 exp_vector(__m256 x)
{
    const __m256 log2e = _mm256_set1_ps(1.44269504f), ln2_high = _mm256_set1_ps(0.693359375f),
                 ln2_low = _mm256_set1_ps(-2.12194440e-4f);
    enum { EXPONENT_BIAS = 127, MANTISSA_BITS = 23 };
    x = _mm256_max_ps(_mm256_min_ps(x, _mm256_set1_ps(88.0f)), _mm256_set1_ps(-87.0f));
    __m256 n = _mm256_round_ps(_mm256_mul_ps(x, log2e), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m256 r = _mm256_fnmadd_ps(n, ln2_low, _mm256_fnmadd_ps(n, ln2_high, x));
    __m256 p = _mm256_set1_ps(1.0f / 720.0f);
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f / 120.0f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f / 24.0f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f / 6.0f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(0.5f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f));
    p = _mm256_fmadd_ps(p, r, _mm256_set1_ps(1.0f));
    __m256i power = _mm256_add_epi32(_mm256_cvtps_epi32(n), _mm256_set1_epi32(EXPONENT_BIAS));
    return _mm256_mul_ps(p, _mm256_castsi256_ps(_mm256_slli_epi32(power, MANTISSA_BITS)));
}

INLINE __m256 keep_lanes(__m256 value, __m256i lanes)
{
    return _mm256_and_ps(value, _mm256_castsi256_ps(lanes));
}

INLINE float reduce_add(__m256 x)
{
    __m128 half = _mm_add_ps(_mm256_castps256_ps128(x), _mm256_extractf128_ps(x, 1));
    half = _mm_add_ps(half, _mm_movehl_ps(half, half));
    return _mm_cvtss_f32(_mm_add_ss(half, _mm_movehdup_ps(half)));
}

INLINE __m256 load_half(bool is_bf16, const uint16_t *at)
{
    __m128i half = _mm_loadu_si128((const __m128i *)(const void *)at);
    if (is_bf16) return _mm256_castsi256_ps(_mm256_slli_epi32(_mm256_cvtepu16_epi32(half), 16));
    return _mm256_cvtph_ps(half);
}

/* sum[r][v] += over `steps`: a[r * row_stride + step * step_stride] times the panel's line of that step. */
INLINE void panel_run(bool is_bf16, int n_rows, int row_stride, int step_stride, int steps, const float *a,
                      const uint16_t *panel, __m256 sum[ROWS][PANEL_VECTORS])
{
    for (int s = 0; s < steps; s++) {
        _mm_prefetch((const char *)panel + KV_AHEAD, _MM_HINT_T0);
#pragma GCC unroll 4
        for (int v = 0; v < PANEL_VECTORS; v++) {
            __m256 line = load_half(is_bf16, panel + v * VECTOR);
#pragma GCC unroll 3
            for (int r = 0; r < n_rows; r++)
                sum[r][v] = _mm256_fmadd_ps(_mm256_broadcast_ss(a + r * row_stride), line, sum[r][v]);
        }
        a += step_stride;
        panel += KV_PANEL;
    }
}

/* Scores of rows [row, row + n_rows) with the tokens of one key panel. */
INLINE void score_panel(bool is_bf16, int n_rows, const AttentionTask *task, int row, const float *packed_q,
                        const uint16_t *keys, int token_in_block)
{
    __m256 sum[ROWS][PANEL_VECTORS];
#pragma GCC unroll 3
    for (int r = 0; r < n_rows; r++) {
#pragma GCC unroll 4
        for (int v = 0; v < PANEL_VECTORS; v++) sum[r][v] = _mm256_setzero_ps();
    }
    panel_run(is_bf16, n_rows, 1, task->n_rows, task->head->head_dim, packed_q + row, keys, sum);
#pragma GCC unroll 3
    for (int r = 0; r < n_rows; r++) {
#pragma GCC unroll 4
        for (int v = 0; v < PANEL_VECTORS; v++)
            _mm256_storeu_ps(task->scratch + (row + r) * ATTENTION_LD + token_in_block + v * VECTOR,
                             sum[r][v]);
    }
}

/* Weighted values of one panel of head dimensions, added to the shrunk outputs. */
INLINE void value_panel(bool is_bf16, int n_rows, const AttentionTask *task, int row, const float *shrink,
                        const uint16_t *values, int d, int n_tokens)
{
    __m256 sum[ROWS][PANEL_VECTORS];
    int dim = task->head->head_dim;
#pragma GCC unroll 3
    for (int r = 0; r < n_rows; r++) {
#pragma GCC unroll 4
        for (int v = 0; v < PANEL_VECTORS; v++) {
            int at = d + v * VECTOR;
            __m256 before = at < dim ? load_left(task->out[row + r] + at, dim - at) : _mm256_setzero_ps();
            sum[r][v] = _mm256_mul_ps(before, _mm256_set1_ps(shrink[row + r]));
        }
    }
    panel_run(is_bf16, n_rows, ATTENTION_LD, 1, n_tokens, task->scratch + row * ATTENTION_LD, values, sum);
#pragma GCC unroll 3
    for (int r = 0; r < n_rows; r++) {
#pragma GCC unroll 4
        for (int v = 0; v < PANEL_VECTORS; v++) {
            int at = d + v * VECTOR;
            if (at < dim) store_left(task->out[row + r] + at, dim - at, sum[r][v]);
        }
    }
}

/* One block's scores become weights; returns the factor by which what was summed before must shrink. */
static float soften_row(AttentionTask *task, int r, int token, int n_tokens)
{
    float *score = task->scratch + r * ATTENTION_LD;
    int seen = task->n_visible[r] - token;
    if (seen > n_tokens) seen = n_tokens;
    __m256 largest = _mm256_set1_ps(task->peak[r]);
    for (int i = 0; i < seen; i += VECTOR) {
        __m256i lanes = lanes_left(seen - i);
        __m256 value = _mm256_blendv_ps(largest, _mm256_loadu_ps(score + i), _mm256_castsi256_ps(lanes));
        largest = _mm256_max_ps(largest, value);
    }
    float peak = reduce_max(largest);
    __m256 shift = _mm256_set1_ps(peak), sum = _mm256_setzero_ps();
    for (int i = 0; i < n_tokens; i += VECTOR) {
        __m256 weight = exp_vector(_mm256_sub_ps(_mm256_loadu_ps(score + i), shift));
        weight = keep_lanes(weight, lanes_left(seen - i));
        sum = _mm256_add_ps(sum, weight);
        _mm256_storeu_ps(score + i, weight);
    }
    float shrink = _mm256_cvtss_f32(exp_vector(_mm256_set1_ps(task->peak[r] - peak)));
    task->peak[r] = peak;
    task->sum[r] = task->sum[r] * shrink + reduce_add(sum);
    return shrink;
}

/* Calls `call` with the number of rows as a constant, so that sums live in registers. */
#define BY_ROWS(call, kind, left, ...)                                                                       \
    do {                                                                                                     \
        if ((left) >= ROWS)                                                                                  \
            call(kind, ROWS, __VA_ARGS__);                                                                   \
        else if ((left) == 2)                                                                                \
            call(kind, 2, __VA_ARGS__);                                                                      \
        else                                                                                                 \
            call(kind, 1, __VA_ARGS__);                                                                      \
    } while (0)

INLINE void attend(bool is_bf16, AttentionTask *task, const float *packed_q)
{
    const KvHead *head = task->head;
    int dim = head->head_dim, n = task->n_rows, first = task->token_from / KV_PANEL * KV_PANEL;
    float shrink[ATTENTION_ROWS_MAX];
    for (int token = first; token < task->token_to; token += ATTENTION_BLOCK) {
        int n_tokens = task->token_to - token;
        if (n_tokens > ATTENTION_BLOCK) n_tokens = ATTENTION_BLOCK;
        for (int i = 0; i < n_tokens; i += KV_PANEL) {
            const uint16_t *keys = head->keys + (size_t)(token + i) * (size_t)dim;
            for (int r = 0; r < n; r += ROWS)
                BY_ROWS(score_panel, is_bf16, n - r, task, r, packed_q, keys, i);
        }
        for (int r = 0; r < n; r++) shrink[r] = soften_row(task, r, token, n_tokens);
        for (int d = 0; d < dim; d += KV_PANEL) {
            const uint16_t *values =
                head->values + (size_t)d * (size_t)head->capacity + (size_t)token * KV_PANEL;
            for (int r = 0; r < n; r += ROWS)
                BY_ROWS(value_panel, is_bf16, n - r, task, r, shrink, values, d, n_tokens);
        }
    }
}

/* token_from must be a multiple of KV_PANEL, as slices of a cache are. */
void attention_avx2(AttentionTask *task)
{
    float packed_q[ATTENTION_ROWS_MAX * HEAD_DIM_MAX];
    attention_open(task, packed_q);
    if (task->head->is_bf16)
        attend(true, task, packed_q);
    else
        attend(false, task, packed_q);
}

void rms_norm_avx2(const float *x, const float *weight, int n, float eps, float *out)
{
    __m256 square = _mm256_setzero_ps();
    for (int i = 0; i < n; i += VECTOR) {
        __m256 value = load_left(x + i, n - i);
        square = _mm256_fmadd_ps(value, value, square);
    }
    __m256 mean = _mm256_set1_ps(reduce_add(square) / (float)n + eps);
    __m256 factor = _mm256_div_ps(_mm256_set1_ps(1.0f), _mm256_sqrt_ps(mean));
    for (int i = 0; i < n; i += VECTOR) {
        __m256 value = _mm256_mul_ps(load_left(x + i, n - i), factor);
        store_left(out + i, n - i, _mm256_mul_ps(value, load_left(weight + i, n - i)));
    }
}

void rope_avx2(float *x, const float *cosines, const float *sines, int n)
{
    int half = n / 2;
    for (int i = 0; i < half; i += VECTOR) {
        int left = half - i;
        __m256 a = load_left(x + i, left), b = load_left(x + half + i, left);
        __m256 c = load_left(cosines + i, left), s = load_left(sines + i, left);
        store_left(x + i, left, _mm256_fmsub_ps(a, c, _mm256_mul_ps(b, s)));
        store_left(x + half + i, left, _mm256_fmadd_ps(a, s, _mm256_mul_ps(b, c)));
    }
}

void swiglu_avx2(float *gate, const float *up, int n)
{
    const __m256 one = _mm256_set1_ps(1.0f);
    for (int i = 0; i < n; i += VECTOR) {
        __m256 g = load_left(gate + i, n - i), u = load_left(up + i, n - i);
        __m256 below = _mm256_add_ps(one, exp_vector(_mm256_sub_ps(_mm256_setzero_ps(), g)));
        store_left(gate + i, n - i, _mm256_mul_ps(_mm256_div_ps(g, below), u));
    }
}

void softmax_avx2(float *x, int n)
{
    __m256 largest = _mm256_set1_ps(-FLT_MAX), sum = _mm256_setzero_ps();
    for (int i = 0; i < n; i += VECTOR) {
        __m256i lanes = lanes_left(n - i);
        __m256 value = _mm256_blendv_ps(largest, load_left(x + i, n - i), _mm256_castsi256_ps(lanes));
        largest = _mm256_max_ps(largest, value);
    }
    __m256 shift = _mm256_set1_ps(reduce_max(largest));
    for (int i = 0; i < n; i += VECTOR) {
        __m256i lanes = lanes_left(n - i);
        __m256 value = exp_vector(_mm256_sub_ps(load_left(x + i, n - i), shift));
        sum = _mm256_add_ps(sum, keep_lanes(value, lanes));
        store_left(x + i, n - i, value);
    }
    __m256 factor = _mm256_set1_ps(1.0f / reduce_add(sum));
    for (int i = 0; i < n; i += VECTOR) {
        store_left(x + i, n - i, _mm256_mul_ps(load_left(x + i, n - i), factor));
    }
}
