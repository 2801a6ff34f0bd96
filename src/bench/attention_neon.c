/* Attention over a 16-bit cache, and the element-wise kernels, on NEON.
 *
 * Layer: bench. As on AVX-512 both products of attention are register tiles, scores = Q K^T with tokens as
 * outputs and out = P V with head dimensions as outputs, in blocks of ATTENTION_BLOCK tokens with the running
 * maximum and sum of the online softmax (Milakov and Gimelshein, arXiv 1805.02867).
 */
#include "attention_rows.h"
#include "tile_neon.h"

#include <float.h>

enum { PANEL_VECTORS = KV_PANEL / VECTOR };

/* All ones in the lanes below `left`. */
INLINE uint32x4_t lanes_left(int left)
{
    static const int32_t lanes[VECTOR] = {0, 1, 2, 3};
    return vcltq_s32(vld1q_s32(lanes), vdupq_n_s32(left));
}

INLINE float32x4_t keep(uint32x4_t mask, float32x4_t value)
{
    return vreinterpretq_f32_u32(vandq_u32(mask, vreinterpretq_u32_f32(value)));
}

/* One block's scores become weights; returns the factor by which what was summed before must shrink. */
INLINE float soften_row(AttentionTask *task, int r, int token, int n_tokens)
{
    float *score = task->scratch + r * ATTENTION_LD;
    int seen = task->n_visible[r] - token;
    if (seen > task->token_to - token) seen = task->token_to - token;
    float32x4_t largest = vdupq_n_f32(task->peak[r]);
    for (int i = 0; i < n_tokens; i += VECTOR) {
        float32x4_t value = vbslq_f32(lanes_left(seen - i), vld1q_f32(score + i), vdupq_n_f32(-FLT_MAX));
        largest = vmaxq_f32(largest, value);
    }
    float peak = vmaxvq_f32(largest);
    float32x4_t shift = vdupq_n_f32(peak), sum = vdupq_n_f32(0.0f);
    for (int i = 0; i < n_tokens; i += VECTOR) {
        float32x4_t weight = keep(lanes_left(seen - i), exp_vector(vsubq_f32(vld1q_f32(score + i), shift)));
        sum = vaddq_f32(sum, weight);
        vst1q_f32(score + i, weight);
    }
    float shrink = vgetq_lane_f32(exp_vector(vdupq_n_f32(task->peak[r] - peak)), 0);
    task->peak[r] = peak;
    task->sum[r] = task->sum[r] * shrink + vaddvq_f32(sum);
    return shrink;
}

INLINE void score_tokens(TileKind kind, int n_rows, int n_vectors, const AttentionTask *task, int token,
                         int n_tokens, const float *packed_q)
{
    const size_t step = KV_PANEL * sizeof(uint16_t);
    int dim = task->head->head_dim;
    for (int i = 0; i < n_tokens; i += n_vectors * VECTOR) {
        float32x4_t sum[TILE_SUMS];
        int at = token + i;
        const uint8_t *keys = (const uint8_t *)task->head->keys +
                              (size_t)(at / KV_PANEL) * (size_t)dim * step +
                              (size_t)(at % KV_PANEL) * sizeof(uint16_t);
#pragma GCC unroll 24
        for (int s = 0; s < n_rows * n_vectors; s++) sum[s] = vdupq_n_f32(0.0f);
        tile_run(kind, n_rows, n_vectors, 1, n_rows, dim, packed_q, keys, step, sum);
#pragma GCC unroll 24
        for (int s = 0; s < n_rows * n_vectors; s++)
            vst1q_f32(task->scratch + s / n_vectors * ATTENTION_LD + i + s % n_vectors * VECTOR, sum[s]);
    }
}

INLINE void add_values(TileKind kind, int n_rows, int n_vectors, AttentionTask *task, int token, int n_tokens,
                       const float *shrink)
{
    const size_t step = KV_PANEL * sizeof(uint16_t);
    int dim = task->head->head_dim;
    for (int d = 0; d < dim; d += n_vectors * VECTOR) {
        float32x4_t sum[TILE_SUMS];
        const uint8_t *values =
            (const uint8_t *)task->head->values +
            ((size_t)(d / KV_PANEL) * (size_t)task->head->capacity + (size_t)token) * step +
            (size_t)(d % KV_PANEL) * sizeof(uint16_t);
#pragma GCC unroll 24
        for (int s = 0; s < n_rows * n_vectors; s++) {
            int r = s / n_vectors, at = d + s % n_vectors * VECTOR;
            sum[s] = vmulq_n_f32(load_some(task->out[r] + at, dim - at), shrink[r]);
        }
        tile_run(kind, n_rows, n_vectors, ATTENTION_LD, 1, n_tokens, task->scratch, values, step, sum);
#pragma GCC unroll 24
        for (int s = 0; s < n_rows * n_vectors; s++) {
            int at = d + s % n_vectors * VECTOR;
            store_some(task->out[s / n_vectors] + at, sum[s], dim - at);
        }
    }
}

INLINE void attend(TileKind kind, int n_rows, AttentionTask *task, const float *packed_q)
{
    const int n_vectors = n_rows <= 3 ? PANEL_VECTORS : n_rows <= 6 ? PANEL_VECTORS / 2 : PANEL_VECTORS / 4;
    int first = task->token_from / KV_PANEL * KV_PANEL;
    float shrink[ATTENTION_ROWS_MAX];
    for (int token = first; token < task->token_to; token += ATTENTION_BLOCK) {
        int n_tokens = task->token_to - token;
        if (n_tokens > ATTENTION_BLOCK) n_tokens = ATTENTION_BLOCK;
        score_tokens(kind, n_rows, n_vectors, task, token, n_tokens, packed_q);
        for (int r = 0; r < n_rows; r++) shrink[r] = soften_row(task, r, token, n_tokens);
        add_values(kind, n_rows, n_vectors, task, token, n_tokens, shrink);
    }
}

DEFINE_ATTEND_BY_ROWS();

/* token_from must be a multiple of KV_PANEL, as slices of a cache are. */
void attention_neon(AttentionTask *task)
{
    float packed_q[ATTENTION_ROWS_MAX * HEAD_DIM_MAX];
    attention_open(task, packed_q);
    attend_by_rows[task->n_rows][task->head->is_bf16](task, packed_q);
}

void rms_norm_neon(const float *x, const float *weight, int n, float eps, float *out)
{
    float32x4_t square = vdupq_n_f32(0.0f);
    for (int i = 0; i < n; i += VECTOR) {
        float32x4_t value = load_some(x + i, n - i);
        square = vfmaq_f32(square, value, value);
    }
    float32x4_t mean = vdupq_n_f32(vaddvq_f32(square) / (float)n + eps);
    float32x4_t factor = vdivq_f32(vdupq_n_f32(1.0f), vsqrtq_f32(mean));
    for (int i = 0; i < n; i += VECTOR) {
        float32x4_t value = vmulq_f32(load_some(x + i, n - i), factor);
        store_some(out + i, vmulq_f32(value, load_some(weight + i, n - i)), n - i);
    }
}

void rope_neon(float *x, const float *cosines, const float *sines, int n)
{
    int half = n / 2;
    for (int i = 0; i < half; i += VECTOR) {
        int left = half - i;
        float32x4_t a = load_some(x + i, left), b = load_some(x + half + i, left);
        float32x4_t c = load_some(cosines + i, left), s = load_some(sines + i, left);
        store_some(x + i, vfmsq_f32(vmulq_f32(a, c), b, s), left);
        store_some(x + half + i, vfmaq_f32(vmulq_f32(a, s), b, c), left);
    }
}

void swiglu_neon(float *gate, const float *up, int n)
{
    const float32x4_t one = vdupq_n_f32(1.0f);
    for (int i = 0; i < n; i += VECTOR) {
        float32x4_t g = load_some(gate + i, n - i), u = load_some(up + i, n - i);
        float32x4_t below = vaddq_f32(one, exp_vector(vnegq_f32(g)));
        store_some(gate + i, vmulq_f32(vdivq_f32(g, below), u), n - i);
    }
}

void softmax_neon(float *x, int n)
{
    float32x4_t largest = vdupq_n_f32(-FLT_MAX), sum = vdupq_n_f32(0.0f);
    for (int i = 0; i < n; i += VECTOR) {
        float32x4_t value = load_some(x + i, n - i);
        largest = vmaxq_f32(largest, vbslq_f32(lanes_left(n - i), value, vdupq_n_f32(-FLT_MAX)));
    }
    float32x4_t shift = vdupq_n_f32(vmaxvq_f32(largest));
    for (int i = 0; i < n; i += VECTOR) {
        float32x4_t value = keep(lanes_left(n - i), exp_vector(vsubq_f32(load_some(x + i, n - i), shift)));
        sum = vaddq_f32(sum, value);
        store_some(x + i, value, n - i);
    }
    float32x4_t factor = vdupq_n_f32(1.0f / vaddvq_f32(sum));
    for (int i = 0; i < n; i += VECTOR) store_some(x + i, vmulq_f32(load_some(x + i, n - i), factor), n - i);
}
