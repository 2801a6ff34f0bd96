/* What the readers of measurement formats share. Layer: feed, private.
 *
 * A reader turns its file into runs: quantities in our units, found by field name. Runs of one model on one
 * set-up become the points of one record.
 */
#ifndef FEED_IMPORT_H
#define FEED_IMPORT_H

#include "tokentco/record.h"

#include <jansson.h>

/* One JSON document of a file: the whole of it, an element of its list, or a line. */
typedef struct ImportDoc {
    json_t *value;  /* owned */
    int line;       /* 0: the whole file */
    char place[24]; /* "/3" for an element of a list */
} ImportDoc;

typedef struct ImportFile {
    const char *path;
    char *text; /* owned, terminated */
    size_t n_bytes;
    char sha256[65];
    ImportDoc *docs; /* owned; what of it is JSON */
    int n_docs;
} ImportFile;

typedef struct ImportJob {
    const ImportFile *files;
    int n_files;
    const char *tool;
    const ImportHints *hints;
    Arena *arena;
    ErrList *errors;
    Measurement *records; /* owned by the arena, grows */
    int n, capacity;
} ImportJob;

/* A reader: one row of the table in import.c. `sniff` looks at one file; `read` reports faults in
 * job->errors. */
typedef struct ImportReader {
    ImportFormat format;
    bool (*sniff)(const ImportFile *file);
    void (*read)(ImportJob *job);
} ImportReader;

/* Where something was read, for messages. */
typedef struct ImportPlace {
    const char *file;
    int line;
    const char *pointer; /* or column; "" for none */
} ImportPlace;

/* Adds a fault; returns false. */
bool import_fault(ImportJob *job, const ImportPlace *place, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* ---- quantities, in seconds, tokens, bytes and requests ---- */

typedef enum Quantity {
    QTY_DURATION,
    QTY_COMPLETED,
    QTY_FAILED,
    QTY_INPUT_TOTAL,
    QTY_OUTPUT_TOTAL,
    QTY_TOKENS_TOTAL, /* prompt and answer */
    QTY_INPUT_LEN,
    QTY_OUTPUT_LEN,
    QTY_REQUEST_RATE,
    QTY_INPUT_RATE,
    QTY_OUTPUT_RATE,
    QTY_TOTAL_RATE,
    QTY_TTFT,
    QTY_TTFT_MEDIAN,
    QTY_TPOT,
    QTY_TPOT_MEDIAN,
    QTY_LATENCY,
    QTY_LATENCY_MEDIAN,
    QTY_CONCURRENCY,
    QTY_CONCURRENCY_MAX,
    QTY_ARRIVAL,
    QTY_DEVICES,
    QTY_TP,
    QTY_PP,
    QTY_DP,
    QTY_MEMORY,
    QTY_INPUT_RATE_PER_GPU,
    QTY_OUTPUT_RATE_PER_GPU,
    QTY_TOTAL_RATE_PER_GPU,
    QTY_PREFILL_GPUS,
    QTY_DECODE_GPUS,
    N_QUANTITIES
} Quantity;

typedef enum RunText {
    RUN_WHEN,
    RUN_MODEL,
    RUN_ENGINE,
    RUN_ENGINE_VERSION,
    RUN_HARDWARE,
    RUN_WEIGHT_FORMAT,
    RUN_KV_FORMAT,
    RUN_NOTE,
    N_RUN_TEXTS
} RunText;

typedef struct Run {
    bool has[N_QUANTITIES];
    double value[N_QUANTITIES];
    const char *text[N_RUN_TEXTS]; /* NULL: not given */
    bool is_cpu;
} Run;

/* A JSON member to a quantity (text RUN_x when is_text). `path` steps into objects at '/'. Rows are tried in
 * order and the first that is there wins, so older names follow newer ones. */
typedef struct FieldMap {
    const char *path;
    int target; /* Quantity, or RunText when is_text */
    double factor;
    bool is_text;
} FieldMap;

/* Sets a quantity unless it is set; refuses negative and non-finite values with their place. */
bool run_set(ImportJob *job, Run *run, Quantity what, double value, const ImportPlace *place);

/* Reads all rows of the map that the document has. Numbers may be text; null and "inf" mean: not given. */
bool run_read(ImportJob *job, const ImportFile *file, const ImportDoc *doc, const FieldMap *map, size_t n,
              Run *run);

/* The document's member at a path; NULL when it is not there or null. */
json_t *import_member(const json_t *object, const char *path);

/* A run of a load generator as a serving point of the record that it belongs to. A later run of the same load
 * replaces an earlier one. Checks that rates, totals and duration agree. */
bool import_serving(ImportJob *job, const Run *run, const ImportPlace *place);

/* The record for a run's model and set-up: found, or begun with its facts. */
Measurement *import_record(ImportJob *job, const Run *run, const ImportPlace *place);

/* Appends a point; the array is the arena's. */
void import_add_point(ImportJob *job, Measurement *record, const MeasurePoint *point, bool replaces_same);

/* ---- small helpers ---- */

/* A weight or cache format by any of its names, as we write it ("bfloat16": "bf16"); the text itself in lower
 * case when it is not known. */
const char *import_format_name(Arena *arena, const char *text);
double import_format_bytes(const char *name); /* per value, scales included; 0: unknown */

/* Factor that takes a unit of time, rate or count to ours ("ms": 0.001, "tokens/sec": 1); 0 when unknown. */
double import_unit_factor(const char *unit);

const char *import_time(Arena *arena, const char *text); /* RFC 3339; "" when it is no time */

/* Are all these members there, null or not? */
bool import_has_all(const json_t *object, const char *const *paths, size_t n);

/* Readers of tables with more than one syntax. */
bool llama_sniff(const ImportFile *file);
void llama_read(ImportJob *job);
bool perf_sniff_genai(const ImportFile *file);
bool perf_sniff_aiperf(const ImportFile *file);
void perf_read(ImportJob *job);
bool vllm_sniff(const ImportFile *file);
void vllm_read(ImportJob *job);
bool vllm_throughput_sniff(const ImportFile *file);
void vllm_throughput_read(ImportJob *job);
bool vllm_latency_sniff(const ImportFile *file);
void vllm_latency_read(ImportJob *job);
bool sglang_sniff(const ImportFile *file);
void sglang_read(ImportJob *job);
bool trtllm_sniff(const ImportFile *file);
void trtllm_read(ImportJob *job);
bool inferencex_sniff(const ImportFile *file);
void inferencex_read(ImportJob *job);
bool mlperf_sniff(const ImportFile *file);
void mlperf_read(ImportJob *job);
bool scrape_sniff(const ImportFile *file);
void scrape_read(ImportJob *job);

#endif
