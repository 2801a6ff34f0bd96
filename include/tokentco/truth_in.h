/* Reading published throughput measurements.
 *
 * Layer: feed. One row one measurement, columns by name (pricing/README.md, throughput_truth.csv). Needed:
 * model, gpu, gpus, tp, pp, precision_weights_kv, engine, isl, osl, batch_or_concurrency, metric, value. Used
 * when there: id, regime, engine_version, published_at, source_repo, notes.
 */
#ifndef TOKENTCO_TRUTH_IN_H
#define TOKENTCO_TRUTH_IN_H

#include "tokentco/calibration_fit.h"
#include "tokentco/throughput_facts.h"

typedef struct TruthSet {
    TruthRow *rows; /* in file order; owned by the arena */
    int n_rows;
    char sha256[65];     /* of the file */
    int n_named_formats; /* rows without a precision whose model's name gave the weight format */
    char newest[16];     /* newest published_at, YYYY-MM-DD; "" when no row has one */
} TruthSet;

/* Reads a file. A row that cannot be predicted stays, with its reason; false only when the file cannot be
 * read or its header lacks a needed column. */
bool truth_read(const char *path, const PriceBook *book, Date as_of, Arena *arena, TruthSet *out,
                ErrList *errors);

#endif
