/* Slices of attention and their sum. Layer: bench. */
#include "attention_split.h"

#include <float.h>
#include <math.h>

/* Shorter slices would spend more on their softmax and merging than they spread. */
enum { SLICE_TOKENS_MIN = 256 };

int attention_slices(int n_tasks, int n_threads, int n_tokens)
{
    int wanted = ATTENTION_PIECES_A_THREAD * n_threads, most = n_tokens / SLICE_TOKENS_MIN;
    if (n_threads == 1 || n_tasks >= wanted || most < 2) return 1;
    int each = wanted / n_tasks;
    return each > most ? most : each;
}

size_t attention_part_floats(int n_rows, int head_dim)
{
    return (size_t)n_rows * (size_t)(head_dim + 2);
}

/* First token of a slice: kernels begin at a panel. */
static int slice_start(const AttentionTask *task, int slice, int n_slices)
{
    if (slice == n_slices) return task->token_to;
    long panels = (task->token_to - task->token_from + KV_PANEL - 1) / KV_PANEL;
    return task->token_from + (int)(panels * slice / n_slices) * KV_PANEL;
}

void attention_slice(const KernelSet *set, const AttentionTask *task, int slice, int n_slices, float *scratch,
                     float *part)
{
    AttentionTask own = *task;
    int dim = task->head->head_dim;
    own.token_from = slice_start(task, slice, n_slices);
    own.token_to = slice_start(task, slice + 1, n_slices);
    own.scratch = scratch;
    for (int r = 0; r < own.n_rows; r++) own.out[r] = part + attention_part_floats(r, dim);
    set->attention(&own);
    for (int r = 0; r < own.n_rows; r++) {
        own.out[r][dim] = own.peak[r];
        own.out[r][dim + 1] = own.sum[r];
    }
}

void attention_merge(const AttentionTask *task, int n_slices, const float *parts)
{
    int dim = task->head->head_dim;
    size_t stride = attention_part_floats(task->n_rows, dim);
    for (int r = 0; r < task->n_rows; r++) {
        const float *row = parts + attention_part_floats(r, dim);
        float peak = -FLT_MAX, sum = 0.0f;
        for (int s = 0; s < n_slices; s++) peak = fmaxf(peak, row[(size_t)s * stride + (size_t)dim]);
        for (int d = 0; d < dim; d++) task->out[r][d] = 0.0f;
        for (int s = 0; s < n_slices; s++) {
            const float *part = row + (size_t)s * stride;
            /* A row that sees nothing of a slice has a sum of nothing there. */
            if (part[dim + 1] <= 0.0f) continue;
            float weight = expf(part[dim] - peak);
            sum += weight * part[dim + 1];
            for (int d = 0; d < dim; d++) task->out[r][d] += weight * part[d];
        }
        for (int d = 0; d < dim; d++) task->out[r][d] /= sum;
    }
}
