/* A throughput projected from this machine's measured shares of its own limits.
 *
 * Layer: model. The step of the case keeps its form and the constants of the method; two of them come from a
 * record of this machine with fitted step times g(n), the time of a weight that n rows meet, and h(n), that
 * of an output beside its weights:
 *
 *   e_w  = bytes of a weight / ((g(1) + h(1) / K) x read bandwidth)   its pass through memory, E8
 *   e_pf = 2 n / (g(n) x peak), n the most rows fitted                arithmetic alone, E7
 *
 * K is the hidden size of the model that was measured: its share is known, that of wider ones would be
 * guessed.
 *
 * Nothing says that another machine reaches the same shares. The band is therefore that of the constants
 * before any calibration, widened (as a root of squares) by the larger distance between a share and the
 * constant that it replaces.
 */
#include "tokentco/machine.h"
#include "tokentco/throughput_measured.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* What is needed of a record; zero where it does not say. */
typedef struct MachineShares {
    double read_b_s, peak_op_s;
    double weight_s; /* g(1) + h(1) / K */
    double row_s;    /* g(n) / n */
} MachineShares;

/* The read bandwidth of all threads, and the peak that the format's products were measured against. */
static void limits_take(const Measurement *record, MachineShares *out)
{
    for (int i = 0; i < record->n_limits; i++) {
        const MeasureLimit *limit = &record->limits[i];
        if (limit->threads == record->n_threads && strcmp(limit->name, "read_dram") == 0)
            out->read_b_s = limit->value;
    }
    char product[THROUGHPUT_NAME_BYTES];
    snprintf(product, sizeof product, "gemm_%s", record->weight_format);
    for (int i = 0; i < record->n_kernels; i++) {
        const MeasureKernel *kernel = &record->kernels[i];
        bool is_arithmetic = strncmp(kernel->limit_name, "fma_", strlen("fma_")) == 0;
        if (is_arithmetic && kernel->threads == record->n_threads && strcmp(kernel->name, product) == 0)
            out->peak_op_s = kernel->limit;
    }
}

static void times_take(const Measurement *record, MachineShares *out)
{
    const MeasureFit *fit = &record->fit;
    const char *output = machine_term_name(TERM_OUTPUTS_1);
    int most = 1;
    for (int i = 0; i < fit->n; i++) {
        for (int t = 0; t < N_MACHINE_ROWS; t++) {
            int rows = machine_term_rows((MachineTerm)t);
            if (strcmp(fit->names[i], machine_term_name((MachineTerm)t)) != 0) continue;
            if (rows == 1) out->weight_s += fit->values[i];
            if (rows <= most) continue;
            most = rows;
            out->row_s = fit->values[i] / rows;
        }
        bool is_output = strcmp(fit->names[i], output) == 0 && record->has_shape && record->shape.hidden > 0;
        if (is_output) out->weight_s += fit->values[i] / record->shape.hidden;
    }
}

static bool record_shares(const Measurement *record, double *e_w, double *e_pf)
{
    MachineShares m = {0};
    if (record->origin != MEASURED_HERE || !record->has_fit || !record->weight_format) return false;
    limits_take(record, &m);
    times_take(record, &m);
    if (!(m.read_b_s > 0 && m.peak_op_s > 0 && m.weight_s > 0 && m.row_s > 0)) return false;
    *e_w = record->weight_bytes / (m.weight_s * m.read_b_s);
    *e_pf = 2 / (m.row_s * m.peak_op_s);
    return true;
}

bool throughput_source_project(const Measurement *records, int n_records, const ThroughputCase *c,
                               ThroughputSource *out, Err *err)
{
    double e_w = 0, e_pf = 0;
    int r = 0;
    while (r < n_records && !record_shares(&records[r], &e_w, &e_pf)) r++;
    if (r == n_records)
        return err_set(
            err, ERR_NO,
            "no record of this machine has its limits and fitted step times; run `tokentco bench`");
    if (e_w > 1 || e_pf > 1)
        return err_set(err, ERR_NO,
                       "record %.12s shows %.0f %% of its memory bandwidth and %.0f %% of its peak: a share "
                       "above 100 %% says nothing about another machine; measure again on a quiet machine",
                       records[r].id, 100 * e_w, 100 * e_pf);
    *out = (ThroughputSource){
        .params = throughput_params_default(), .band = calibration_band(NULL, c), .rung = RUNG_PROJECTED};
    double distance =
        fmax(fabs(log(e_w / out->params.v[PARAM_E_W])), fabs(log(e_pf / out->params.v[PARAM_E_PF])));
    out->params.v[PARAM_E_W] = e_w;
    out->params.v[PARAM_E_PF] = e_pf;
    out->band.p10 = exp(-hypot(log(out->band.p10), distance));
    out->band.p90 = exp(hypot(log(out->band.p90), distance));
    snprintf(out->text, sizeof out->text,
             "%s: %.0f %% of memory bandwidth, %.0f %% of peak (record %.12s); another machine may differ",
             source_rung_name(RUNG_PROJECTED), 100 * e_w, 100 * e_pf, records[r].id);
    return true;
}
