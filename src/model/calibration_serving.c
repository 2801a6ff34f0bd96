/* Calibrated efficiencies for a model that is served for a workload. Layer: model. */
#include "tokentco/calibration_serving.h"

const char *weight_format_of(double weight_bytes)
{
    if (weight_bytes > 1.5) return "bf16";
    return weight_bytes > 0.75 ? "fp8" : "fp4";
}

void calibration_serving_engine(const char *software, char out[THROUGHPUT_NAME_BYTES])
{
    const char *default_engine = "vllm";
    throughput_engine_normalise(software[0] != '\0' ? software : default_engine, "", false, out);
}

bool calibration_serving_find(const CalibrationTable *table, const ModelFacts *model, const GpuFacts *gpu,
                              const char *engine, const ServingSetup *serving, const Workload *workload,
                              Efficiency *eff, ThroughputBand *band)
{
    ThroughputCase c = {.model = *model,
                        .gpu = *gpu,
                        .gpus = 1,
                        .pipeline = 1,
                        .attention_groups = 1,
                        .load = LOAD_CONCURRENCY,
                        .kv_bytes = serving->kv_bytes,
                        .input_tok = workload->input_tok,
                        .output_tok = workload->output_tok,
                        .hit_frac = workload->cache_hit_frac};
    if (table == NULL || table->n_rows == 0 || gpu->is_cpu) return false;
    if (!throughput_format_set(&c, weight_format_of(serving->weight_bytes), NULL)) return false;
    calibration_serving_engine(engine, c.engine);
    return calibration_find(table, &c, eff, band);
}
