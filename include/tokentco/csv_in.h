/* CSV reading, strict, with the place of every fault. The only user of libcsv for reading.
 *
 * Layer: feed. RFC 4180; a UTF-8 byte order mark is skipped; blanks belong to the fields; records may span
 * lines; every record must have as many fields as the header. Lines are counted as physical lines.
 */
#ifndef TOKENTCO_CSV_IN_H
#define TOKENTCO_CSV_IN_H

#include "tokentco/err.h"

#include <stdbool.h>
#include <stddef.h>

/* One record. Fields are terminated and valid during the call only; an unquoted empty field is "". */
typedef struct CsvRecord {
    const char *file;
    int line; /* of its first byte, 1-based */
    const char *const *fields;
    const size_t *lengths;
    int n_fields;
} CsvRecord;

/* Called for each record, header included (is_header). Returns false to stop reading. */
typedef bool (*CsvVisitor)(void *context, const CsvRecord *record, bool is_header);

typedef struct CsvLimits {
    size_t max_record_bytes; /* 0: 1 MiB */
    int max_fields;          /* 0: 10000 */
    char separator;          /* 0: comma */
    bool is_ragged;          /* records of another length than the header are visited, not refused */
    /* The separator is the one of comma, semicolon and tab that the first lines have most of. Where it is not
     * the comma, a field that is a number with a decimal comma ("1.234,5") is given with a point ("1234.5").
     */
    bool is_any_dialect;
} CsvLimits;

/* Reads text in memory (`name` for messages), or a file ("-": standard input; gzip is read through). False
 * when anything was wrong: each fault is in the list, and good records after a bad one were still visited. */
bool csv_read_text(const char *name, const char *text, size_t n_bytes, const CsvLimits *limits,
                   CsvVisitor visit, void *context, ErrList *errors);
bool csv_read_file(const char *path, const CsvLimits *limits, CsvVisitor visit, void *context,
                   ErrList *errors);

#endif
