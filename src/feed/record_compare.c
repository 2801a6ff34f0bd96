/* Two records beside each other, point by point. Layer: feed. */
#include "tokentco/machine.h"
#include "tokentco/record.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Mean concurrency of a served load is never the same twice; static batches are whole numbers. */
#define BATCH_SAME 0.5

/* Our decode takes as many steps as the time allows, each at the same depth: how many is no part of what was
 * asked. */
static int output_asked(const MeasurePoint *point)
{
    return point->phase == PHASE_DECODE && point->output_tok == point->n_samples ? 0 : point->output_tok;
}

static bool is_same(const MeasurePoint *a, const MeasurePoint *b)
{
    return a->phase == b->phase && a->counts == b->counts && a->prompt_tok == b->prompt_tok &&
           output_asked(a) == output_asked(b) && a->depth_tok == b->depth_tok && a->threads == b->threads &&
           fabs(a->batch - b->batch) < BATCH_SAME;
}

static const MeasurePoint *find_same(const Measurement *record, const MeasurePoint *point)
{
    for (int i = 0; i < record->n_points; i++)
        if (is_same(&record->points[i], point)) return &record->points[i];
    return NULL;
}

/* Tokens that a step of the point computes: prompts whole, or one of each sequence. 0: not known, or served.
 */
static double step_tokens(const MeasurePoint *point)
{
    if (point->phase == PHASE_DECODE) return point->batch;
    return point->phase == PHASE_PREFILL ? point->batch * point->prompt_tok : 0.0;
}

/* Weights that so many rows pass, in bytes: those of W(B) of E8. 0: not known. */
static double step_bytes(const Measurement *record, double rows)
{
    const ModelShape *s = &record->shape;
    if (!record->has_shape) return 0.0;
    if (s->experts == 0) return s->params_active * record->weight_bytes;
    double chance = (double)s->experts_active / s->experts;
    return (s->params_total - s->params_routed * pow(1.0 - chance, rows)) * record->weight_bytes;
}

static void rescale(const Measurement *a, const Measurement *b, RecordPair *pair)
{
    MachinePace of_a = measurement_pace(a), of_b = measurement_pace(b);
    double tokens = step_tokens(pair->b), bytes = step_bytes(b, tokens);
    pair->has_scaled = tokens > 0.0 && bytes > 0.0 && of_a.read_b_s > 0.0 && of_b.read_b_s > 0.0;
    if (!pair->has_scaled) return;
    double step_s = tokens / pair->b->rate_tok_s;
    pair->scaled = pair->ratio * step_s / machine_rebase_s(step_s, bytes, of_b, of_a);
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
        rescale(a, b, pair);
        pair->is_clear = pair->ratio_low > 1.0 || pair->ratio_high < 1.0;
    }
    return n;
}

/* ---- the same machine again ---- */

static const double repeat_change_max = 0.05;

static bool is_same_machine(const Measurement *a, const Measurement *b)
{
    return a->origin == MEASURED_HERE && b->origin == MEASURED_HERE && a->n_threads == b->n_threads &&
           a->n_cores == b->n_cores && fabs(a->cpu_quota - b->cpu_quota) < 0.005 &&
           strcmp(a->hardware, b->hardware) == 0 && strcmp(a->isa, b->isa) == 0;
}

/* Mean of the probes of that name; 0 without any. */
static double probe_mean(const Measurement *record, const char *name)
{
    double sum = 0.0;
    int n = 0;
    for (int i = 0; i < record->n_limits; i++) {
        if (strcmp(record->limits[i].name, name) != 0) continue;
        sum += record->limits[i].value;
        n++;
    }
    return n > 0 ? sum / n : 0.0;
}

static void judge_probe(const char *what, double now, double then, const Measurement *other, Arena *arena,
                        Measurement *record)
{
    char text[200];
    if (!(now > 0.0) || !(then > 0.0) || fmax(now, then) / fmin(now, then) - 1.0 <= repeat_change_max) return;
    int used = snprintf(text, sizeof text, "%s is %.0f %% %s that of record %.10s", what,
                        100.0 * fabs(now / then - 1.0), now < then ? "below" : "above", other->id);
    size_t n = strlen(record->noise_note) + (size_t)used + 3;
    char *note = arena_alloc(arena, n);
    (void)snprintf(note, n, "%s%s%s", record->noise_note, record->noise_note[0] != '\0' ? "; " : "", text);
    record->noise = NOISE_NOISY;
    record->noise_note = note;
}

void record_judge_repeat(const RecordList *earlier, Arena *arena, Measurement *record)
{
    static const struct {
        const char *probe, *what;
    } limits[] = {{"probe_read_dram", "memory bandwidth"}, {"probe_fma_f32", "the arithmetic rate"}};
    for (size_t l = 0; l < sizeof limits / sizeof *limits; l++) {
        const Measurement *before = NULL, *best = NULL;
        double now = probe_mean(record, limits[l].probe), most = 0.0;
        for (int i = 0; i < earlier->n; i++) {
            const Measurement *other = &earlier->items[i];
            double then = probe_mean(other, limits[l].probe);
            if (!is_same_machine(record, other) || !(then > 0.0)) continue;
            if (before == NULL) before = other;
            if (other->noise == NOISE_QUIET && then > most) {
                most = then;
                best = other;
            }
        }
        if (before != NULL)
            judge_probe(limits[l].what, now, probe_mean(before, limits[l].probe), before, arena, record);
        if (best != NULL && best != before && now < most)
            judge_probe(limits[l].what, now, most, best, arena, record);
    }
}
