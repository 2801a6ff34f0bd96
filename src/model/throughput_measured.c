/* Own measurements beside the calibration.
 *
 * Layer: model. With r_i the log of measured over predicted of point i and weights w_i (1 for the same model
 * and format, less for others), the curve moves by sum(w r) / (sum(w) + w0) and the band shrinks by sqrt(w0 /
 * (sum(w) + w0)), never below what repeated measurements differ by: the mean of a normal with a prior of
 * weight w0.
 */
#include "tokentco/throughput_measured.h"

#include "tokentco/throughput_facts.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double PRIOR_WEIGHT = 0.25, OTHER_WEIGHT = 0.25;
static const double LEAST_HALF_BAND = 0.05; /* of the log: what a repeated run differs by */

const char *source_rung_name(SourceRung rung)
{
    static const char *const names[N_SOURCE_RUNGS] = {"measured here",
                                                      "measured elsewhere and imported",
                                                      "calibrated, re-centred by own measurements",
                                                      "calibrated",
                                                      "projected from this machine's shares of its limits",
                                                      "uncalibrated"};
    return names[rung];
}

/* Rates of what the engine could do, counted as predictions count them: at a given arrival rate it did what
 * was asked for. */
static bool is_comparable(const MeasurePoint *point)
{
    RateCounts wanted = point->phase == PHASE_PREFILL ? RATE_PROMPT : RATE_OUTPUT;
    bool has_load = point->phase != PHASE_SERVING || (!point->has_arrival && point->batch > 0);
    return point->rate_tok_s > 0 && has_load && point->counts == wanted;
}

static void add_reason(char why[RECORD_REASON_BYTES], const char *reason)
{
    size_t used = strlen(why);
    snprintf(why + used, RECORD_REASON_BYTES - used, "%s%s", used > 0 ? "; " : "", reason);
}

bool throughput_record_is_usable(const Measurement *record, char why[RECORD_REASON_BYTES])
{
    const struct {
        const char *text, *missing;
    } facts[] = {{record->hardware, "no hardware (--hardware)"},
                 {record->model, "no model (--model)"},
                 {record->engine, "no engine (--engine)"},
                 {record->weight_format, "no weight format (--weights)"}};
    bool has_arrival = false, has_rate = false;
    why[0] = '\0';
    for (size_t i = 0; i < sizeof facts / sizeof facts[0]; i++)
        if (!facts[i].text || facts[i].text[0] == '\0') add_reason(why, facts[i].missing);
    for (int i = 0; i < record->n_points; i++) {
        has_rate = has_rate || is_comparable(&record->points[i]);
        has_arrival = has_arrival || record->points[i].has_arrival;
    }
    if (!has_rate)
        add_reason(why, has_arrival ? "runs at a given arrival rate show that load, not what is possible"
                                    : "no rate of answer tokens alone");
    return why[0] == '\0';
}

/* Is the record about this chip, engine and model? Then `out` is its configuration. */
static bool record_case(const PriceBook *book, Date as_of, const Measurement *record,
                        const ThroughputCase *wanted, ThroughputCase *out)
{
    if (!record->hardware || !record->engine || !record->model) return false;
    GpuFacts gpu;
    bool is_chip = strcmp(pricebook_resolve(book, "gpu", record->hardware), wanted->gpu.id) == 0 ||
                   (throughput_gpu_find(book, record->hardware, as_of, &gpu, NULL) &&
                    strcmp(gpu.id, wanted->gpu.id) == 0);
    if (!is_chip) return false;
    *out = *wanted;
    snprintf(out->version, sizeof out->version, "%s", record->engine_version ? record->engine_version : "");
    throughput_engine_normalise(record->engine, out->version, wanted->gpu.is_cpu, out->engine);
    if (strcmp(out->engine, wanted->engine) != 0) return false;
    return throughput_model_find(book, record->model, as_of, &out->model, NULL);
}

/* Takes the record's formats and degrees into its case; false when it does not say its weight format. */
static bool record_degrees(const Measurement *record, ThroughputCase *out)
{
    if (!record->weight_format || !throughput_format_set(out, record->weight_format, NULL)) return false;
    if (record->weight_bytes > 0) out->weight_bytes = record->weight_bytes;
    if (record->kv_bytes > 0) out->kv_bytes = record->kv_bytes;
    int stages = record->pipeline_parallel > 0 ? record->pipeline_parallel : 1;
    int tensor = record->tensor_parallel > 0 ? record->tensor_parallel : 1;
    out->pipeline = stages;
    out->gpus = record->n_devices > stages * tensor ? record->n_devices : stages * tensor;
    out->attention_groups = 1;
    out->threads = record->n_threads;
    out->hit_frac = 0;
    return true;
}

static bool is_same_configuration(const ThroughputCase *a, const ThroughputCase *b)
{
    return strcmp(a->model.id, b->model.id) == 0 && strcmp(a->format, b->format) == 0 && a->gpus == b->gpus &&
           a->pipeline == b->pipeline;
}

/* Log of measured over predicted for one point; false when the point has no counterpart in the model. */
static bool point_ratio(const CalibrationTable *table, ThroughputCase c, const MeasurePoint *point,
                        double *ratio)
{
    if (!is_comparable(point)) return false;
    c.batch = fmax(point->batch, 1);
    c.input_tok = point->prompt_tok + point->depth_tok;
    c.output_tok = point->output_tok;
    double predicted = 0;
    switch (point->phase) {
    case PHASE_PREFILL:
        c.load = LOAD_PREFILL;
        break;
    case PHASE_DECODE:
        c.load = LOAD_DECODE;
        break;
    case PHASE_SERVING:
        c.load = LOAD_CONCURRENCY;
        break;
    }
    if (point->phase == PHASE_PREFILL && c.input_tok < 1) return false;
    ThroughputParams params = calibration_params(table, &c);
    if (point->phase == PHASE_DECODE) {
        predicted = c.batch / throughput_step(&c, &params, c.batch, NULL);
    } else {
        ThroughputPrediction p = throughput_predict(&c, &params);
        predicted = point->phase == PHASE_PREFILL ? p.prefill_tok_s : p.out_tok_s;
    }
    *ratio = log(point->rate_tok_s / predicted);
    return isfinite(*ratio);
}

static void band_move(ThroughputBand *band, double shrink)
{
    double low = fmax(-log(band->p10 / band->p50) * shrink, LEAST_HALF_BAND);
    double high = fmax(log(band->p90 / band->p50) * shrink, LEAST_HALF_BAND);
    band->p50 = 1;
    band->p10 = exp(-low);
    band->p90 = exp(high);
}

ThroughputSource throughput_source_find(const CalibrationTable *table, const PriceBook *book, Date as_of,
                                        const Measurement *records, int n_records, const ThroughputCase *c)
{
    ThroughputSource source = {.params = calibration_params(table, c), .band = calibration_band(table, c)};
    bool is_calibrated = table && table->n_rows > 0;
    source.rung = is_calibrated ? RUNG_CALIBRATED : RUNG_UNCALIBRATED;
    double sum = 0, weight = 0;
    for (int r = 0; r < n_records; r++) {
        ThroughputCase own;
        char why[RECORD_REASON_BYTES];
        if (!record_case(book, as_of, &records[r], c, &own)) continue;
        if (!throughput_record_is_usable(&records[r], why) && strcmp(own.model.id, c->model.id) == 0)
            snprintf(source.passed_over, sizeof source.passed_over, "%.8s: %.140s", records[r].id, why);
        if (!record_degrees(&records[r], &own)) continue;
        bool is_same = is_same_configuration(&own, c);
        for (int i = 0; i < records[r].n_points; i++) {
            double ratio;
            if (!point_ratio(table, own, &records[r].points[i], &ratio)) continue;
            double w = is_same ? 1 : OTHER_WEIGHT;
            sum += w * ratio;
            weight += w;
            source.n_points++;
            SourceRung rung = !is_same                             ? RUNG_RECENTRED
                              : records[r].origin == MEASURED_HERE ? RUNG_MEASURED_HERE
                                                                   : RUNG_IMPORTED;
            source.rung = rung < source.rung ? rung : source.rung;
        }
    }
    if (weight > 0) {
        source.params.v[PARAM_ALL] *= exp(-sum / (weight + PRIOR_WEIGHT));
        band_move(&source.band, sqrt(PRIOR_WEIGHT / (weight + PRIOR_WEIGHT)));
    }
    if (source.n_points > 0)
        snprintf(source.text, sizeof source.text, "%s (%d point%s)", source_rung_name(source.rung),
                 source.n_points, source.n_points == 1 ? "" : "s");
    else if (is_calibrated)
        snprintf(source.text, sizeof source.text, "%s on %d published measurements",
                 source_rung_name(source.rung), table->n_rows);
    else
        snprintf(source.text, sizeof source.text, "%s: constants of the method",
                 source_rung_name(source.rung));
    return source;
}
