/* What the commands about measurement records share. Layer: cli, private. */
#ifndef CLI_RECORDS_H
#define CLI_RECORDS_H

#include "cli/command.h"
#include "tokentco/record.h"

/* What the tables show. */
typedef struct RecordView {
    bool is_file; /* for machines: ids in full */
    RecordList list;
    const Measurement *record;
    const Measurement *other;
    int n_pairs;
    const RecordPair *pairs;
} RecordView;

typedef struct RecordRun {
    Arena arena;
    ErrList errors;
    RecordView view;
} RecordRun;

void records_begin(RecordRun *run, const Cli *cli);

/* Prints the faults; the status is that of the first of them when the command failed. */
int records_end(RecordRun *run, bool is_ok, int status);

/* Tables of the records of the view's list, and of the points of its record. */
enum { N_RECORD_COLUMNS = 11, N_RECORD_COLUMNS_SHOWN = 9, N_POINT_COLUMNS = 14 };
/* The columns of a point that name it. */
enum { POINT_PHASE, POINT_COUNTS, POINT_THREADS, POINT_PROMPT, POINT_OUTPUT, POINT_DEPTH, POINT_BATCH };
extern const Column record_columns[N_RECORD_COLUMNS]; /* the last are for machines, and for `show` */
extern const Column point_columns[N_POINT_COLUMNS];
Table records_table(const RecordView *view);
Table points_table(const RecordView *view);

/* Prints the view's record as text, or as --json and --csv ask. The exit status. */
int records_show(const Cli *cli, const RecordView *view);

#endif
