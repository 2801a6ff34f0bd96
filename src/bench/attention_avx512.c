/* Attention over a 16-bit cache, and the element-wise kernels, on AVX-512.
 *
 * Layer: bench. Both products of attention have the form of the register tile: scores = Q K^T with tokens as
 * outputs, and out = P V with head dimensions as outputs. Tokens pass in blocks of ATTENTION_BLOCK with the
 * running maximum and sum of the online softmax (Milakov and Gimelshein, arXiv 1805.02867), so scores never
 * leave the cache.
 */
#include "attention_rows.h"
#include "tile_avx512.h"

#include <float.h>

enum { KV_AHEAD = 4096 };

/* exp by 2^n times a polynomial of degree 6 on [-ln2/2, ln2/2]; relative error below 3e-7. */
INLINE __m512 exp_vector(__m512 x)
{
    const __m512 log2e = _mm512_set1_ps(1.44269504f), ln2_high = _mm512_set1_ps(0.693359375f),
                 ln2_low = _mm512_set1_ps(-2.12194440e-4f);
    x = _mm512_max_ps(_mm512_min_ps(x, _mm512_set1_ps(88.0f)), _mm512_set1_ps(-104.0f));
    __m512 n = _mm512_roundscale_ps(_mm512_mul_ps(x, log2e), _MM_FROUND_TO_NEAREST_INT | _MM_FROUND_NO_EXC);
    __m512 r = _mm512_fnmadd_ps(n, ln2_high, x);
    r = _mm512_fnmadd_ps(n, ln2_low, r);
    __m512 p = _mm512_set1_ps(1.0f / 720.0f);
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0f / 120.0f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0f / 24.0f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0f / 6.0f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(0.5f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0f));
    p = _mm512_fmadd_ps(p, r, _mm512_set1_ps(1.0f));
    return _mm512_scalef_ps(p, n);
}

INLINE __mmask16 lanes_left(int left)
{
    return (__mmask16)(left >= VECTOR ? 0xffff : left <= 0 ? 0 : (1 << left) - 1);
}

/* One block's scores become weights; returns the factor by which what was summed before must shrink. */
INLINE float soften_row(AttentionTask *task, int r, int token, int n_tokens)
{
    float *score = task->scratch + r * ATTENTION_LD;
    int seen = task->n_visible[r] - token;
    if (seen > task->token_to - token) seen = task->token_to - token;
    __m512 largest = _mm512_set1_ps(task->peak[r]);
    for (int i = 0; i < n_tokens; i += VECTOR) {
        largest = _mm512_mask_max_ps(largest, lanes_left(seen - i), largest, _mm512_loadu_ps(score + i));
    }
    float peak = _mm512_reduce_max_ps(largest);
    __m512 shift = _mm512_set1_ps(peak), sum = _mm512_setzero_ps();
    for (int i = 0; i < n_tokens; i += VECTOR) {
        __m512 weight = exp_vector(_mm512_sub_ps(_mm512_loadu_ps(score + i), shift));
        weight = _mm512_maskz_mov_ps(lanes_left(seen - i), weight);
        sum = _mm512_add_ps(sum, weight);
        _mm512_storeu_ps(score + i, weight);
    }
    float shrink = _mm512_cvtss_f32(exp_vector(_mm512_set1_ps(task->peak[r] - peak)));
    task->peak[r] = peak;
    task->sum[r] = task->sum[r] * shrink + _mm512_reduce_add_ps(sum);
    return shrink;
}

INLINE void attend(TileKind kind, int n_rows, AttentionTask *task, const float *packed_q)
{
    const KvHead *head = task->head;
    const size_t step_bytes = KV_PANEL * sizeof(uint16_t);
    int dim = head->head_dim, first = task->token_from / KV_PANEL * KV_PANEL;
    float shrink[ATTENTION_ROWS_MAX];
    for (int token = first; token < task->token_to; token += ATTENTION_BLOCK) {
        int n_tokens = task->token_to - token;
        if (n_tokens > ATTENTION_BLOCK) n_tokens = ATTENTION_BLOCK;
        for (int i = 0; i < n_tokens; i += KV_PANEL) {
            __m512 sum[TILE_ROWS][2];
#pragma GCC unroll 12
            for (int r = 0; r < n_rows; r++) sum[r][0] = sum[r][1] = _mm512_setzero_ps();
            const uint8_t *keys =
                (const uint8_t *)head->keys + (size_t)(token + i) * (size_t)dim * sizeof(uint16_t);
            tile_run(kind, n_rows, 1, n_rows, dim, packed_q, keys, (Fetch){keys + KV_AHEAD, 0}, sum);
#pragma GCC unroll 12
            for (int r = 0; r < n_rows; r++) {
                _mm512_storeu_ps(task->scratch + r * ATTENTION_LD + i, sum[r][0]);
                _mm512_storeu_ps(task->scratch + r * ATTENTION_LD + i + VECTOR, sum[r][1]);
            }
        }
        for (int r = 0; r < n_rows; r++) shrink[r] = soften_row(task, r, token, n_tokens);
        for (int d = 0; d < dim; d += KV_PANEL) {
            __m512 sum[TILE_ROWS][2];
#pragma GCC unroll 12
            for (int r = 0; r < n_rows; r++) {
                for (int j = 0; j < 2; j++) {
                    __m512 before = _mm512_maskz_loadu_ps(lanes_left(dim - d - j * VECTOR),
                                                          task->out[r] + d + j * VECTOR);
                    sum[r][j] = _mm512_mul_ps(before, _mm512_set1_ps(shrink[r]));
                }
            }
            const uint8_t *values =
                (const uint8_t *)head->values +
                ((size_t)d * (size_t)head->capacity / KV_PANEL + (size_t)token) * step_bytes;
            tile_run(kind, n_rows, ATTENTION_LD, 1, n_tokens, task->scratch, values,
                     (Fetch){values + KV_AHEAD, 0}, sum);
#pragma GCC unroll 12
            for (int r = 0; r < n_rows; r++) {
                for (int j = 0; j < 2; j++) {
                    _mm512_mask_storeu_ps(task->out[r] + d + j * VECTOR, lanes_left(dim - d - j * VECTOR),
                                          sum[r][j]);
                }
            }
        }
    }
}

DEFINE_ATTEND_BY_ROWS();

/* token_from must be a multiple of KV_PANEL, as slices of a cache are. */
void attention_avx512(AttentionTask *task)
{
    float packed_q[ATTENTION_ROWS_MAX * HEAD_DIM_MAX];
    attention_open(task, packed_q);
    attend_by_rows[task->n_rows][task->head->is_bf16](task, packed_q);
}

void rms_norm_avx512(const float *x, const float *weight, int n, float eps, float *out)
{
    __m512 square = _mm512_setzero_ps();
    for (int i = 0; i < n; i += VECTOR) {
        __m512 value = _mm512_maskz_loadu_ps(lanes_left(n - i), x + i);
        square = _mm512_fmadd_ps(value, value, square);
    }
    float mean = _mm512_reduce_add_ps(square) / (float)n + eps;
    __m512 factor = _mm512_div_ps(_mm512_set1_ps(1.0f), _mm512_sqrt_ps(_mm512_set1_ps(mean)));
    for (int i = 0; i < n; i += VECTOR) {
        __mmask16 lanes = lanes_left(n - i);
        __m512 value = _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, x + i), factor);
        _mm512_mask_storeu_ps(out + i, lanes, _mm512_mul_ps(value, _mm512_maskz_loadu_ps(lanes, weight + i)));
    }
}

void rope_avx512(float *x, const float *cosines, const float *sines, int n)
{
    int half = n / 2;
    for (int i = 0; i < half; i += VECTOR) {
        __mmask16 lanes = lanes_left(half - i);
        __m512 a = _mm512_maskz_loadu_ps(lanes, x + i), b = _mm512_maskz_loadu_ps(lanes, x + half + i);
        __m512 c = _mm512_maskz_loadu_ps(lanes, cosines + i), s = _mm512_maskz_loadu_ps(lanes, sines + i);
        _mm512_mask_storeu_ps(x + i, lanes, _mm512_fmsub_ps(a, c, _mm512_mul_ps(b, s)));
        _mm512_mask_storeu_ps(x + half + i, lanes, _mm512_fmadd_ps(a, s, _mm512_mul_ps(b, c)));
    }
}

void swiglu_avx512(float *gate, const float *up, int n)
{
    const __m512 one = _mm512_set1_ps(1.0f);
    for (int i = 0; i < n; i += VECTOR) {
        __mmask16 lanes = lanes_left(n - i);
        __m512 g = _mm512_maskz_loadu_ps(lanes, gate + i), u = _mm512_maskz_loadu_ps(lanes, up + i);
        __m512 below = _mm512_add_ps(one, exp_vector(_mm512_sub_ps(_mm512_setzero_ps(), g)));
        _mm512_mask_storeu_ps(gate + i, lanes, _mm512_mul_ps(_mm512_div_ps(g, below), u));
    }
}

void softmax_avx512(float *x, int n)
{
    __m512 largest = _mm512_set1_ps(-FLT_MAX), sum = _mm512_setzero_ps();
    for (int i = 0; i < n; i += VECTOR) {
        largest = _mm512_mask_max_ps(largest, lanes_left(n - i), largest,
                                     _mm512_maskz_loadu_ps(lanes_left(n - i), x + i));
    }
    __m512 shift = _mm512_set1_ps(_mm512_reduce_max_ps(largest));
    for (int i = 0; i < n; i += VECTOR) {
        __mmask16 lanes = lanes_left(n - i);
        __m512 value = exp_vector(_mm512_sub_ps(_mm512_maskz_loadu_ps(lanes, x + i), shift));
        sum = _mm512_mask_add_ps(sum, lanes, sum, value);
        _mm512_mask_storeu_ps(x + i, lanes, value);
    }
    __m512 factor = _mm512_set1_ps(1.0f / _mm512_reduce_add_ps(sum));
    for (int i = 0; i < n; i += VECTOR) {
        __mmask16 lanes = lanes_left(n - i);
        _mm512_mask_storeu_ps(x + i, lanes, _mm512_mul_ps(_mm512_maskz_loadu_ps(lanes, x + i), factor));
    }
}
