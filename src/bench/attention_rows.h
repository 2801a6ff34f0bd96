/* What the attention kernels of all sets have in common: a task is opened alike, and where the number of rows
 * is a constant of the code, a table chooses it.
 *
 * Layer: bench (private to attention_*.c).
 */
#ifndef TOKENTCO_BENCH_ATTENTION_ROWS_H
#define TOKENTCO_BENCH_ATTENTION_ROWS_H

#include "kernel.h"

#include <float.h>

/* Scaled queries to packed_q, [head_dim][n_rows]; output, peaks and sums as before the first token. */
static inline void attention_open(AttentionTask *task, float packed_q[ATTENTION_ROWS_MAX * HEAD_DIM_MAX])
{
    int n = task->n_rows, dim = task->head->head_dim;
    for (int r = 0; r < n; r++) {
        for (int d = 0; d < dim; d++) {
            packed_q[d * n + r] = task->q[r][d] * task->scale;
            task->out[r][d] = 0.0f;
        }
        task->peak[r] = -FLT_MAX;
        task->sum[r] = 0.0f;
    }
}

/* Defines attend_by_rows[n_rows][is_bf16] by calls of `attend(kind, n_rows, task, packed_q)`, to be inlined,
 * with TILE_F16 and TILE_BF16 as kinds. */
#define ATTENTION_ROW_COUNTS(_) _(1) _(2) _(3) _(4) _(5) _(6) _(7) _(8) _(9) _(10) _(11) _(12)
#define DEFINE_ATTEND(rows)                                                                                  \
    static void attend_f16_##rows(AttentionTask *task, const float *q)                                       \
    {                                                                                                        \
        attend(TILE_F16, rows, task, q);                                                                     \
    }                                                                                                        \
    static void attend_bf16_##rows(AttentionTask *task, const float *q)                                      \
    {                                                                                                        \
        attend(TILE_BF16, rows, task, q);                                                                    \
    }
#define ATTEND_ENTRY(rows) [rows] = {attend_f16_##rows, attend_bf16_##rows},
#define DEFINE_ATTEND_BY_ROWS()                                                                              \
    ATTENTION_ROW_COUNTS(DEFINE_ATTEND)                                                                      \
    static void (*const attend_by_rows[ATTENTION_ROWS_MAX + 1][2])(AttentionTask *, const float *) = {       \
        ATTENTION_ROW_COUNTS(ATTEND_ENTRY)}

#endif
