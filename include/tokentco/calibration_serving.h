/* Calibrated efficiencies for a model that is served for a workload.
 *
 * Layer: model.
 */
#ifndef TOKENTCO_CALIBRATION_SERVING_H
#define TOKENTCO_CALIBRATION_SERVING_H

#include "tokentco/calibration.h"
#include "tokentco/inputs.h"

/* The weight format that so many bytes a weight stand for: "bf16", "fp8", "fp4". */
const char *weight_format_of(double weight_bytes);

/* The engine's normalised name; "" is vLLM. */
void calibration_serving_engine(const char *software, char out[THROUGHPUT_NAME_BYTES]);

/* Efficiencies and band of an engine on an accelerator for the lengths of the workload. False when there
 * is no calibration, or the accelerator is a CPU: `eff` is then as it was. */
bool calibration_serving_find(const CalibrationTable *table, const ModelFacts *model, const GpuFacts *gpu,
                              const char *engine, const ServingSetup *serving, const Workload *workload,
                              Efficiency *eff, ThroughputBand *band);

#endif
