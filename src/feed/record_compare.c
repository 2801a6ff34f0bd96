/* Two records beside each other, point by point. Layer: feed. */
#include "tokentco/record.h"

#include <math.h>

/* Mean concurrency of a served load is never the same twice; static batches are whole numbers. */
#define BATCH_SAME 0.5

static bool is_same(const MeasurePoint *a, const MeasurePoint *b)
{
    return a->phase == b->phase && a->counts == b->counts && a->prompt_tok == b->prompt_tok &&
           a->output_tok == b->output_tok && a->depth_tok == b->depth_tok && a->threads == b->threads &&
           fabs(a->batch - b->batch) < BATCH_SAME;
}

static const MeasurePoint *find_same(const Measurement *record, const MeasurePoint *point)
{
    for (int i = 0; i < record->n_points; i++)
        if (is_same(&record->points[i], point)) return &record->points[i];
    return NULL;
}

int record_compare(const Measurement *a, const Measurement *b, Arena *arena, RecordPair **out)
{
    int n = 0;
    *out = arena_array(arena, (size_t)a->n_points, sizeof **out);
    for (int i = 0; i < a->n_points; i++) {
        const MeasurePoint *x = &a->points[i], *y = find_same(b, x);
        if (y == NULL) continue;
        RecordPair *pair = &(*out)[n++];
        *pair = (RecordPair){.a = x,
                             .b = y,
                             .ratio = y->rate_tok_s / x->rate_tok_s,
                             .ratio_low = y->rate_p10_tok_s / x->rate_p90_tok_s,
                             .ratio_high = y->rate_p90_tok_s / x->rate_p10_tok_s,
                             .is_noisy = x->noise == NOISE_NOISY || y->noise == NOISE_NOISY};
        pair->is_clear = pair->ratio_low > 1.0 || pair->ratio_high < 1.0;
    }
    return n;
}
