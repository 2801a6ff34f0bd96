/* Finance exports: one table row per format.
 *
 * Layer: view.
 */
#ifndef TOKENTCO_EXPORT_H
#define TOKENTCO_EXPORT_H

#include "tokentco/answer.h"
#include "tokentco/postings.h"
#include "tokentco/table.h"

typedef struct ExportRequest {
    const Answer *answer;
    const Postings *postings;
    CsvDialect dialect;
    bool is_unguarded;
    int n_guarded; /* out: text cells that got a guard against formulas */
} ExportRequest;

typedef struct ExportFormat {
    const char *name;
    const char *doc; /* one line for help */
    bool has_curves; /* shows costs over volume: the answer must have them (answer_add_curves) */
    /* Appends the whole file to `out`; bytes, not text, for a workbook. */
    bool (*write)(ExportRequest *request, Text *out, Err *err);
} ExportFormat;

extern const ExportFormat export_formats[];
extern const int n_export_formats;
const ExportFormat *export_find(const char *name);

#endif
