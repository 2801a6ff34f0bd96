/* Calibration: what the parameters of the throughput model are for an engine, a chip, a format, a model.
 *
 * Layer: model. A parameter is its value before calibration times exp(sum of deviations), one deviation for
 * each level that a case belongs to: all, engine, engine version and kind of load, hardware family, ...
 * Deviations of the same level share a prior spread (shrinkage), so that a level with few data stays at the
 * one above. The table also holds the residual bands by regime.
 */
#ifndef TOKENTCO_CALIBRATION_H
#define TOKENTCO_CALIBRATION_H

#include "tokentco/arena.h"
#include "tokentco/throughput.h"

/* Levels: id, name in the table, what its key is made of. */
#define CALIBRATION_LEVELS(_)                                                                                \
    _(ALL, "all", "every case")                                                                              \
    _(ENGINE, "engine", "engine")                                                                            \
    _(VERSION, "version", "engine, its version, kind of load")                                               \
    _(FAMILY, "family", "hardware family")                                                                   \
    _(ENGINE_FAMILY, "engine+family", "engine and hardware family")                                          \
    _(ENGINE_MEMORY, "engine+memory", "engine and kind of memory: HBM, GDDR, LPDDR, DDR")                    \
    _(BITS, "bits", "class of weight format")                                                                \
    _(ENGINE_BITS, "engine+bits", "engine and class of weight format")                                       \
    _(ENGINE_FAMILY_BITS, "engine+family+bits", "engine, hardware family and class of weight format")        \
    _(LINK, "link", "kind of link between GPUs")                                                             \
    _(ENGINE_FORMAT, "engine+format", "engine and exact weight format, CPUs only")                           \
    _(MODEL, "model", "model")                                                                               \
    _(GPU, "gpu", "accelerator")                                                                             \
    _(VERSION_MODEL, "version+model", "engine, version, kind of load and model")                             \
    _(VERSION_GPU, "version+gpu", "engine, version, kind of load and accelerator")

#define CALIBRATION_LEVEL_ID(id, name, doc) LEVEL_##id,
typedef enum CalibrationLevel {
    CALIBRATION_LEVELS(CALIBRATION_LEVEL_ID) N_CALIBRATION_LEVELS
} CalibrationLevel;
const char *calibration_level_name(CalibrationLevel level);

/* Spread of a parameter's deviations at a level; 0: the parameter does not vary there. The prior of the fit.
 */
double calibration_level_sd(ThroughputParam param, CalibrationLevel level);

enum { CALIBRATION_KEY_BYTES = 192 };

/* The keys of a case at every level. */
typedef struct CalibrationKeys {
    char text[N_CALIBRATION_LEVELS][CALIBRATION_KEY_BYTES];
} CalibrationKeys;
void calibration_keys_build(const ThroughputCase *c, CalibrationKeys *out);

/* One key of a level with the deviations of all parameters (of the log). */
typedef struct CalibrationEntry {
    char key[CALIBRATION_KEY_BYTES];
    double deviation[N_THROUGHPUT_PARAMS];
    double standard_error[N_THROUGHPUT_PARAMS];
    int n_rows; /* measurements behind it */
} CalibrationEntry;

/* Regimes of the residual bands. */
typedef enum ThroughputRegime {
    REGIME_DENSE_CONCURRENCY,
    REGIME_DENSE_SATURATED,
    REGIME_DENSE_STATIC,
    REGIME_EXPERT_CONCURRENCY,
    REGIME_EXPERT_SATURATED,
    REGIME_EXPERT_STATIC,
    REGIME_DECODE,
    REGIME_PREFILL,
    N_THROUGHPUT_REGIMES
} ThroughputRegime;
const char *throughput_regime_name(ThroughputRegime regime);
ThroughputRegime throughput_regime(const ThroughputCase *c);

/* How near the case is to what was measured: the same series (engine, chip, model, format), or something new.
 */
typedef enum Familiarity { FAMILIAR_SERIES, FAMILIAR_NOT, N_FAMILIARITIES } Familiarity;

/* Measured over predicted, quantiles over left-out rows. */
typedef struct ThroughputBand {
    double p10, p50, p90;
    int n_rows;
} ThroughputBand;

typedef struct CalibrationTable {
    CalibrationEntry *entries[N_CALIBRATION_LEVELS]; /* sorted by key; owned by the arena that filled it */
    int n_entries[N_CALIBRATION_LEVELS];
    ThroughputBand bands[N_THROUGHPUT_REGIMES][N_FAMILIARITIES];
    const char **series; /* sorted keys of the measured series; owned like the entries */
    int n_series;
    char data_sha256[65]; /* of the measurements that it was fitted to */
    int n_rows;
} CalibrationTable;

/* The parameters of a case. A NULL or empty table gives the values before calibration. */
ThroughputParams calibration_params(const CalibrationTable *table, const ThroughputCase *c);

/* Key of the series that a case belongs to. */
void calibration_series_key(const ThroughputCase *c, char out[CALIBRATION_KEY_BYTES]);
ThroughputBand calibration_band(const CalibrationTable *table, const ThroughputCase *c);

/* Efficiencies for the equations of the cost model: the calibrated shares and overheads of an engine on a
 * chip. False when the table is empty. */
bool calibration_find(const CalibrationTable *table, const ThroughputCase *c, Efficiency *out,
                      ThroughputBand *band);

#endif
