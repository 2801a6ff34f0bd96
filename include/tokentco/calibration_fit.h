/* Fitting the calibration to published measurements, cross-validation, and scoring.
 *
 * Layer: model. Robust nonlinear least squares (Student's t weights, damped Gauss-Newton) on the
 * log of the rates, with one prior row for each deviation. Deterministic.
 */
#ifndef TOKENTCO_CALIBRATION_FIT_H
#define TOKENTCO_CALIBRATION_FIT_H

#include "tokentco/calibration.h"

/* One published measurement. Text is owned by the arena that it was read into. */
typedef struct TruthRow {
    const char *id, *regime, *model, *gpu, *source, *metric; /* as written in the file */
    int line;
    bool is_usable;
    const char *reason; /* why it cannot be predicted; NULL when usable */
    double value;
    ThroughputMetric metric_id;
    ThroughputCase c;
} TruthRow;

/* Fits a table to the rows for which `use` is true (NULL: all usable ones). `has_errors` asks for standard
 * errors, which cost a matrix inversion. Bands are not set. */
bool calibration_fit(const TruthRow *rows, int n_rows, const bool *use, bool has_errors, Arena *arena,
                     CalibrationTable *out, Err *err);

typedef enum LeaveOut { LEAVE_GPU, LEAVE_MODEL, LEAVE_SOURCE, LEAVE_ROW, N_LEAVE_OUT } LeaveOut;
const char *leave_out_name(LeaveOut key);

/* Predicts each usable row from a fit that has not seen its group: predicted[i], 0 where not usable. The fits
 * run on all threads; what they find does not depend on how many. */
bool calibration_cross_validate(const TruthRow *rows, int n_rows, LeaveOut key, Arena *arena,
                                double *predicted, Err *err);

/* What a left-out prediction would be, were the median error of its group known in its regime: how much of
 * the error is one factor per chip, model or source, which no other chip, model or source can tell. */
void calibration_centre(const TruthRow *rows, int n_rows, LeaveOut key, Arena *arena, const double *predicted,
                        double *centred);

/* Sets the bands and the list of known series: left-out rows of a known series, and left-out chips. */
void calibration_bands_build(const TruthRow *rows, int n_rows, const double *by_row, const double *by_gpu,
                             Arena *arena, CalibrationTable *table);

/* Low and high end of each left-out prediction, from the residuals of all other groups. */
void calibration_bands_left_out(const TruthRow *rows, int n_rows, LeaveOut key, Arena *arena,
                                const double *predicted, double *low, double *high);

/* What repeats of one configuration say of each other: predicted[i] is the median of the other measurements
 * of the same model, chips, formats, engine, lengths, load and metric, whatever their date, version or
 * source; 0 where there is no other. No model that does not know the date can err less. */
void throughput_repeats(const TruthRow *rows, int n_rows, Arena *arena, double *predicted);

/* One line of a score: errors as fractions. A row that cannot be predicted counts as an error of 1. */
typedef struct ThroughputScore {
    const char *key;
    int n_total, n; /* rows, and those predicted */
    double median_ape, p90_ape, bias, within20, coverage;
} ThroughputScore;

/* Scores rows[i] with `keys[i]` equal to `key` (NULL: all). low and high: the p10 and p90 of each prediction.
 */
ThroughputScore throughput_score(const TruthRow *rows, int n_rows, const char *const *keys, const char *key,
                                 const double *predicted, const double *low, const double *high,
                                 double *scratch);

#endif
