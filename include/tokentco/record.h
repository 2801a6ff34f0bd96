/* Measurement records on disk: JSON in both directions, the store, what others measured, and what engines
 * deliver.
 *
 * Layer: feed. Everything loaded is owned by the arena that the caller gives.
 */
#ifndef TOKENTCO_RECORD_H
#define TOKENTCO_RECORD_H

#include "tokentco/arena.h"
#include "tokentco/err.h"
#include "tokentco/measure.h"

#include <stdbool.h>
#include <stddef.h>

enum { RECORD_PATH_BYTES = 4096 };

/* ---- one record as JSON (schema 1) ---- */

/* Sets the id: SHA-256 of the canonical JSON without the id. Fails when the record holds what JSON cannot say
 * (NaN, infinity, text that is not UTF-8). */
bool record_seal(Measurement *record, Err *err);

/* The record as JSON text, doubles exact, keys in a fixed order, or NULL. The caller frees. */
char *record_dump(const Measurement *record, Err *err);

/* Reads what record_dump writes and nothing else: unknown, missing or mistyped members are faults with their
 * JSON pointer, and so is an id that the content does not have. All faults are collected. */
bool record_parse(const char *file, const char *text, size_t n_bytes, Arena *arena, Measurement *out,
                  ErrList *errors);
bool record_load(const char *path, Arena *arena, Measurement *out, ErrList *errors);

/* Does the file look like a record, good or bad, rather than another JSON document? */
bool record_is_file(const char *path);

/* ---- the store: a folder of records, one file each, named "<when>-<first 16 of the id>.json" ---- */

/* `given` if not NULL, else the user's own folder (USER_DATA "/records"). */
bool records_folder_find(const char *given, char *out, size_t size, Err *err);

/* Seals the record and writes it, whole or not at all; two writers at once do not meet. The same record twice
 * is one file. `path` (of RECORD_PATH_BYTES) receives where it is; may be NULL. */
bool record_save(const char *folder, Measurement *record, char *path, Err *err);

/* Removes what killed writers left in the store an hour ago or more. For those who write to it, once. */
void records_sweep(const char *folder);

typedef struct RecordList {
    int n;
    Measurement *items; /* newest first, then by id; undated ones last */
    const char **paths;
} RecordList;

/* All records of a folder; one that does not exist is empty. A file that is no record is a fault in the list,
 * and the others are still there: the result is false only when the folder itself cannot be read. */
bool records_list(const char *folder, Arena *arena, RecordList *out, ErrList *faults);

/* One record: by "latest" (the newest measured here), by id or a unique beginning of it (4 digits or more),
 * or by the path of a .json file. `folder` as in records_folder_find. */
bool record_find(const char *folder, const char *name, Arena *arena, Measurement *out, ErrList *errors);

/* ---- what others measured ---- */

/* What a file may not say by itself; zero and NULL: not given. A value in the file wins. */
typedef struct ImportHints {
    const char *format; /* name of an import format; NULL: found by looking at the file */
    const char *hardware, *model, *engine, *weight_format;
    int n_devices;
    double seconds;                            /* between two scrapes of /metrics */
    double input_tok, output_tok, concurrency; /* mean of a request, and requests in flight */
} ImportHints;

typedef struct ImportFormat {
    const char *name; /* "llama-bench", "vllm-bench", ... */
    const char *title;
    int n_files; /* files that belong together: 1, or 2 for pairs */
} ImportFormat;

/* The i-th format that can be read; NULL after the last. */
const ImportFormat *import_format_at(int i);

/* How many of the paths, from the first on, belong together: 2 when the first is of a format of pairs and the
 * second is not itself the beginning of another import; else 1. */
int import_count_together(const char *const *paths, int n_paths, const ImportHints *hints);

/* Reads one file (or a pair, as the format wants) into records, one for each model and set-up in it. Units
 * are converted here and nowhere else. Any fault refuses the whole file. The records are sealed. */
bool record_import(const char *const *paths, int n_paths, const ImportHints *hints, Arena *arena,
                   Measurement **records, int *n_records, ErrList *errors);

/* ---- what an engine delivers of what the machine can do ---- */

typedef struct EngineShareTable {
    int n;
    EngineShare *items;
    const char **limits; /* the limit that each share is of: "read_dram", ... */
} EngineShareTable;

/* pricing/engine_shares.csv: shares of the machine's limits, by engine, phase and weight format. */
bool engine_shares_load(Arena *arena, EngineShareTable *out, ErrList *errors);

/* The same from a file. */
bool engine_shares_read(const char *path, Arena *arena, EngineShareTable *out, ErrList *errors);

/* Where the rates of a plan come from. */
typedef struct DeliveredRates {
    MeasuredRates rates;
    int degree; /* accelerators that the rates are of, a machine without any counting as one; 0: not known */
    bool is_engine; /* false: the capability itself, or an imported record, which an engine delivered */
    EngineShare prefill, decode; /* share of the record's own rates, when is_engine */
    double band_p10,
        band_p90;    /* factors on the request rate: the wider of the two shares and of the samples */
    char basis[160]; /* one line for people */
} DeliveredRates;

/* The rates that `engine` (NULL or "": llama.cpp) delivers on the machine of the record: a share measured in
 * the same run, else the shipped share. "capability" asks for the machine's own rates. False when the record
 * has no rates, or when it was measured here and no share is known for the engine and format. */
bool record_delivered_rates(const Measurement *record, const EngineShareTable *shipped, const char *engine,
                            DeliveredRates *out, Err *err);

/* ---- two records beside each other ---- */

typedef struct RecordPair {
    const MeasurePoint *a, *b;    /* same phase, counts, prompt, output, depth, batch, threads */
    double ratio;                 /* b over a, of medians */
    double ratio_low, ratio_high; /* p10 of b over p90 of a; p90 of b over p10 of a */
    bool has_scaled;
    double scaled; /* where both bandwidths are known: the ratio, had b's memory and arithmetic been as fast
                      as a's */
    bool is_noisy; /* one of the two was taken on a noisy machine */
    bool is_clear; /* 1 is outside low..high */
} RecordPair;

/* Was the machine the same as before? Compares the limits that were measured between the points with those of
 * the record before it on this machine (same processor, threads and instructions; `earlier` is newest first)
 * and with the best quiet one. A change beyond 5 % makes `record` noisy, and its noise_note says against
 * which record. */
void record_judge_repeat(const RecordList *earlier, Arena *arena, Measurement *record);

/* Every point of `a` that `b` has too, in the order of `a`. Owned by the arena. */
int record_compare(const Measurement *a, const Measurement *b, Arena *arena, RecordPair **out);

#endif
