/* Steps between readings of the machine's pace. Layer: bench. */
#include "steps.h"

#include <math.h>

/* A reading takes about two milliseconds, so that many fit in; steps between two of them take ten times that.
 */
static const size_t reading_bytes = (size_t)32 << 20;
static const double between_readings_s = 0.02;

/* Two readings that differ by more stand around a change: nobody knows how much of it each step saw. */
static const double change_max = 0.1;

/* So many rows keep the arithmetic busy whatever else happens: a long step of them says as much of one layer
 * in this time as in a longer one. */
enum { MANY_ROWS = 64 };
static const double long_step_s = 0.1, beyond_cache = 2.0;

double steps_share(int n_rows, double step_s, double layer_bytes, double cache_bytes)
{
    if (n_rows < MANY_ROWS) return 1.0;
    return fmin(1.0, fmax(long_step_s / step_s, beyond_cache * cache_bytes / layer_bytes));
}

static StepTime run_step(Transformer *model, const MachineLoad *load, double share)
{
    return transformer_step_part(model, load->n_sequences, load->n_tokens, load->depth, share);
}

static double step_s(const StepTime *time)
{
    return step_layers_s(time) + time->head_s;
}

/* Warms caches, pages and the clock with a step that is not timed. The share of the layers that steps take.
 */
static double warm_up(Transformer *model, const MachineLoad *load, double cache_bytes)
{
    const double one_layer = 0.0;
    double share = 1.0;
    int n_rows = load->n_sequences * load->n_tokens;
    if (n_rows >= MANY_ROWS) {
        StepTime of_one = run_step(model, load, one_layer);
        share = steps_share(n_rows, step_s(&of_one), transformer_built_bytes(model), cache_bytes);
    }
    (void)run_step(model, load, share);
    return share;
}

/* Readings go round the memory: what the one before left in a cache is not read again. */
static MachinePace read_pace(const StepSetup *setup, size_t *at)
{
    size_t n = reading_bytes < setup->memory->piece ? reading_bytes : setup->memory->piece;
    if (*at + n > setup->memory->piece) *at = 0;
    MachinePace pace = {limit_read_at(setup->pool, setup->set, setup->memory, *at, n),
                        limit_arithmetic_now(setup->pool, setup->set, setup->arithmetic)};
    *at += n;
    return pace;
}

static bool is_change(double before, double after)
{
    return fmax(before, after) > (1.0 + change_max) * fmin(before, after);
}

/* A few steps. How many there are now. */
static int run_between(Transformer *model, const MachineLoad *load, double share, StepSamples *out)
{
    int n = out->n;
    double start = clock_s();
    do {
        out->times[n++] = run_step(model, load, share);
    } while (n < SAMPLES_MAX && clock_s() - start < between_readings_s);
    return n;
}

/* Of whole steps as they were: good enough to know when to stop. */
static double uncertainty(const StepSamples *steps)
{
    Samples times = {.n = steps->n};
    for (int i = 0; i < steps->n; i++) times.values[i] = step_s(&steps->times[i]);
    return samples_uncertainty(&times);
}

void steps_measure(Transformer *model, const MachineLoad *load, const StepSetup *setup, StepSamples *out)
{
    enum { LATE_ENOUGH = 2, KNOWN_ENOUGH = 4 };
    out->n = out->n_dropped = 0;
    double share = warm_up(model, load, setup->cache_bytes);
    out->n_layers = transformer_part_layers(model, share);
    size_t at = 0;
    double start = clock_s();
    MachinePace before = read_pace(setup, &at);
    while (out->n < SAMPLES_MAX) {
        int n = run_between(model, load, share, out);
        MachinePace after = read_pace(setup, &at);
        double spent_s = clock_s() - start;
        bool is_late = spent_s > 2.0 * setup->cap_s;
        /* On a machine that others keep busy a disturbed step is better than none. */
        bool is_steady = !is_change(before.read_b_s, after.read_b_s) &&
                         !is_change(before.arithmetic_op_s, after.arithmetic_op_s);
        bool is_kept = is_steady || (is_late && out->n < LATE_ENOUGH);
        for (int i = out->n; i < n; i++)
            out->paces[i] = (MachinePace){0.5 * (before.read_b_s + after.read_b_s),
                                          0.5 * (before.arithmetic_op_s + after.arithmetic_op_s)};
        before = after;
        if (is_kept)
            out->n = n;
        else
            out->n_dropped += n - out->n;
        if (is_late && out->n >= LATE_ENOUGH) break;
        if (out->n < setup->enough) continue;
        if (spent_s > setup->cap_s) break;
        if (out->n >= KNOWN_ENOUGH * setup->enough && uncertainty(out) < setup->wanted_uncertainty) break;
    }
}

MachinePace steps_pace(const StepSamples *steps)
{
    Samples reads = {.n = steps->n}, arithmetic = {.n = steps->n};
    for (int i = 0; i < steps->n; i++) {
        reads.values[i] = steps->paces[i].read_b_s;
        arithmetic.values[i] = steps->paces[i].arithmetic_op_s;
    }
    return (MachinePace){samples_quantile(&reads, 0.5), samples_quantile(&arithmetic, 0.5)};
}

double steps_part_s(const StepSamples *steps, MachinePart part, double bytes, MachinePace at)
{
    Samples times = {.n = steps->n};
    for (int i = 0; i < steps->n; i++) {
        double time = part == PART_HEAD ? steps->times[i].head_s : step_layers_s(&steps->times[i]);
        times.values[i] = machine_rebase_s(time, bytes, steps->paces[i], at);
    }
    return samples_quantile(&times, 0.5);
}
