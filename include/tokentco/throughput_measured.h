/* A user's own measurements beside the calibration: the ladder of sources for a throughput.
 *
 * Layer: model. Measured here beats imported beats calibrated beats projected. A record of the same chip and
 * engine moves the whole predicted curve of its neighbours by the factor that it shows, and narrows the band;
 * one of the very configuration makes the figure a measured one.
 */
#ifndef TOKENTCO_THROUGHPUT_MEASURED_H
#define TOKENTCO_THROUGHPUT_MEASURED_H

#include "tokentco/calibration.h"
#include "tokentco/measure.h"
#include "tokentco/pricebook.h"

typedef enum SourceRung {
    RUNG_MEASURED_HERE,
    RUNG_IMPORTED,
    RUNG_RECENTRED,
    RUNG_CALIBRATED,
    RUNG_PROJECTED,
    RUNG_UNCALIBRATED,
    N_SOURCE_RUNGS
} SourceRung;
const char *source_rung_name(SourceRung rung);

enum { RECORD_REASON_BYTES = 160 };

typedef struct ThroughputSource {
    ThroughputParams params;
    ThroughputBand band; /* measured over predicted */
    SourceRung rung;
    int n_points;                          /* own measurements behind it */
    char text[160];                        /* one line for people */
    char passed_over[RECORD_REASON_BYTES]; /* why a record of this chip, engine and model gave no point; ""
                                              for none */
} ThroughputSource;

/* Can a prediction use the record, given a case that it fits? Else `why` says all that is missing. */
bool throughput_record_is_usable(const Measurement *record, char why[RECORD_REASON_BYTES]);

/* The best source for a case. Records of other chips or engines are passed over; `records` may be NULL.
 * Models and accelerators of the records are looked up in the book. */
ThroughputSource throughput_source_find(const CalibrationTable *table, const PriceBook *book, Date as_of,
                                        const Measurement *records, int n_records, const ThroughputCase *c);

/* The case on this machine, from the step times that its newest record fitted; takes memory, threads and
 * bytes a weight of the record into the case. False when there is no such record, or it is of another weight
 * format, or the benchmark does not run such a model. */
bool throughput_source_fitted(const Measurement *records, int n_records, const PriceBook *book, Date as_of,
                              ThroughputCase *c, ThroughputSource *out, Err *err);

/* The case with the shares of memory bandwidth and of peak arithmetic that the newest record of this machine
 * with fitted step times shows, and a band wider than that of the plain constants. False when there is no
 * such record, or when it shows more than its own limits. */
bool throughput_source_project(const Measurement *records, int n_records, const ThroughputCase *c,
                               ThroughputSource *out, Err *err);

#endif
