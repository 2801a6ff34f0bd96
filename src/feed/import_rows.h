/* llama-bench rows, whatever the syntax they were written in: names beside values as text. Layer: feed,
 * private. */
#ifndef FEED_IMPORT_ROWS_H
#define FEED_IMPORT_ROWS_H

#include "feed/import.h"

enum { ROW_NAMES_MAX = 256 };

typedef struct ImportRow {
    ImportPlace place;
    int n;
    const char *const *names;
    const char *const *values;
    const double *samples; /* tok/s; NULL when the syntax has none */
    int n_samples;
} ImportRow;

typedef void (*ImportRowVisitor)(ImportJob *job, const ImportRow *row);

/* Calls `visit` for each row of the job's first file. Rows with more or fewer values than names are faults.
 */
void rows_read_json(ImportJob *job, ImportRowVisitor visit);
void rows_read_csv(ImportJob *job, ImportRowVisitor visit);
void rows_read_sql(ImportJob *job, ImportRowVisitor visit);
void rows_read_markdown(ImportJob *job, ImportRowVisitor visit);

/* The value under a name; NULL when the row has no such name. */
const char *row_value(const ImportRow *row, const char *name);

#endif
