/* Probes of the step time: a narrow model of many layers, where overheads weigh, and a wide one of few, where
 * weights do.
 *
 * Layer: bench. Their weights exceed the caches, as those of real models do.
 */
#include "probe.h"

#include "timing.h"
#include "topology.h"

#include <math.h>

static const ArchShape probes[] = {
    {"narrow", 0, 512, 1536, 8, 2, 64, 32768, true, 0, 0, 0, 0, 0},
    {"wide", 0, 2048, 7168, 16, 8, 128, 8192, true, 0, 0, 0, 0, 0},
};

static const MachineLoad loads[] = {{1, 1, 128}, {8, 1, 128}, {2, 1, 1024}, {1, 128, 0}};

enum {
    LAYERS_MIN = 2,
    LAYERS_MAX = 96,
    PROBE_SEQUENCES = 8,
    PROBE_CONTEXT = 1040,
    PROBE_ROWS = 128,
    PROBE_SAMPLES = 3
};

/* Weights in all, as multiples of the last-level cache. */
static const double caches = 5.0, unknown_cache_bytes = 32e6, most_bytes = 4e8;

static int layers_of(const ArchShape *probe, WeightFormat format)
{
    size_t l3 = topology_get()->l3_bytes;
    double wanted = fmin(most_bytes, caches * (l3 > 0 ? (double)l3 : unknown_cache_bytes));
    double layers = (wanted - transformer_head_bytes(probe, format)) /
                    transformer_layer_bytes(probe, LAYER_DENSE, format);
    return (int)fmin(LAYERS_MAX, fmax(LAYERS_MIN, ceil(layers)));
}

/* Medians of a few steps, after one that warms up. */
static StepTime time_step(Transformer *model, const MachineLoad *load, double seconds)
{
    Samples layers = {0}, head = {0};
    double start = clock_s();
    (void)transformer_step(model, load->n_sequences, load->n_tokens, load->depth);
    while (layers.n < SAMPLES_MAX && (layers.n < PROBE_SAMPLES || clock_s() - start < seconds)) {
        StepTime time = transformer_step(model, load->n_sequences, load->n_tokens, load->depth);
        layers.values[layers.n++] = step_layers_s(&time);
        head.values[head.n++] = time.head_s;
    }
    return (StepTime){{samples_quantile(&layers, 0.5)}, samples_quantile(&head, 0.5)};
}

static double bandwidth(const ProbeSetup *setup)
{
    enum { TRIES = 3 };
    Samples reads = limit_reads(setup->pool, setup->set, setup->memory, setup->memory->piece,
                                pool_threads(setup->pool), TRIES);
    return samples_quantile(&reads, 0.5);
}

int probe_measure(const ProbeSetup *setup, FitPoint *points, int n)
{
    for (size_t p = 0; p < sizeof probes / sizeof *probes; p++) {
        ArchShape arch = probes[p];
        arch.layers = layers_of(&arch, setup->format);
        TransformerPlan plan = {
            {arch.layers, 0}, PROBE_ROWS, PROBE_SEQUENCES, PROBE_CONTEXT, setup->is_kv_bf16};
        Transformer *model =
            transformer_new(&arch, setup->format, &plan, setup->set, setup->pool, setup->seed, NULL);
        double before_b_s = bandwidth(setup);
        for (size_t l = 0; model && l < sizeof loads / sizeof *loads; l++) {
            StepTime time = time_step(model, &loads[l], setup->seconds_a_case);
            double after_b_s = bandwidth(setup), beside_b_s = 0.5 * (before_b_s + after_b_s);
            points[n++] = (FitPoint){arch, loads[l], PART_LAYERS, step_layers_s(&time), beside_b_s};
            points[n++] = (FitPoint){arch, loads[l], PART_HEAD, time.head_s, beside_b_s};
            before_b_s = after_b_s;
        }
        transformer_free(model);
    }
    return n;
}
