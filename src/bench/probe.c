/* Probes of the step time: a narrow model of many layers, where overheads weigh, and a wide one of few, where
 * weights do.
 *
 * Layer: bench. Their weights exceed the caches, as those of real models do.
 */
#include "probe.h"

#include "topology.h"

#include <math.h>

static const ArchShape probes[] = {
    {"narrow", 0, 512, 1536, 8, 2, 64, 32768, true, 0, 0, 0, 0, 0},
    {"wide", 0, 2048, 7168, 16, 8, 128, 8192, true, 0, 0, 0, 0, 0},
};

static const MachineLoad loads[] = {{1, 1, 128, 0}, {2, 1, 128, 0},  {4, 1, 128, 0},
                                    {8, 1, 128, 0}, {2, 1, 1024, 0}, {1, 128, 0, 0}};

enum { LAYERS_MIN = 2, LAYERS_MAX = 96, PROBE_SEQUENCES = 8, PROBE_CONTEXT = 1040, PROBE_ROWS = 128 };

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

int probe_measure(const ProbeSetup *setup, Arena *arena, FitPoint *points, int n)
{
    const StepSetup *how = &setup->steps;
    StepSamples *steps = arena_array(arena, 1, sizeof *steps);
    for (size_t p = 0; p < sizeof probes / sizeof *probes; p++) {
        FitPoint point = {.arch = probes[p]};
        point.arch.layers = layers_of(&point.arch, setup->format);
        TransformerPlan plan = {
            {point.arch.layers, 0}, PROBE_ROWS, PROBE_SEQUENCES, PROBE_CONTEXT, setup->is_kv_bf16};
        Transformer *model =
            transformer_new(&point.arch, setup->format, &plan, how->set, how->pool, setup->seed, NULL);
        for (size_t l = 0; model && l < sizeof loads / sizeof *loads; l++) {
            point.load = loads[l];
            point.load.n_threads = pool_threads(how->pool);
            steps_measure(model, &point.load, how, steps);
            n = fit_add_steps(points, n, &point, steps, setup->weight_bytes);
        }
        transformer_free(model);
    }
    return n;
}
