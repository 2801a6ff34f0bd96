/* Rows of request logs and usage exports, whatever their layout. Layer: feed, private. */
#ifndef FEED_LOG_ROWS_H
#define FEED_LOG_ROWS_H

#include "tokentco/err.h"

#include <stdbool.h>

typedef struct LogRow {
    double start_s;  /* since 1970 UTC */
    double end_s;    /* of an aggregated row; else start_s */
    bool is_whole_s; /* the time has no fraction of a second */
    double n;        /* requests; more than 1, or is_sum: an aggregated row with totals */
    bool is_sum;
    double input_tok, output_tok;
    bool has_cached;
    double cached_tok; /* of input_tok */
} LogRow;

typedef struct LogStats {
    unsigned long long n_failed; /* requests that the log calls failed, or that have no tokens */
    char layout[160];            /* the names that were used, for people */
} LogStats;

typedef void (*LogVisitor)(void *context, const LogRow *row);

/* Streams a file through `visit`. Faults are collected; false when there was one. */
bool log_read(const char *path, const char *format, LogVisitor visit, void *context, LogStats *stats,
              ErrList *errors);

#endif
