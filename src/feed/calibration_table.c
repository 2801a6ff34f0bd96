/* The calibration as CSV.
 *
 * Layer: feed. Kinds of rows: `data` (hash and size of the measurements), `parameter` (at level "all" the
 * value itself, elsewhere the factor on the value of the levels above), `band` (p10, p50, p90 of measured
 * over predicted by regime, for known series and for new ones), `series` (what counts as known).
 */
#include "tokentco/calibration_table.h"

#include "tokentco/csv_in.h"
#include "tokentco/file.h"
#include "tokentco/parse.h"
#include "tokentco/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    COL_KIND,
    COL_NAME,
    COL_LEVEL,
    COL_KEY,
    COL_VALUE,
    COL_SE,
    COL_ROWS,
    COL_P10,
    COL_P50,
    COL_P90,
    N_OWN_COLUMNS
};
static const char header[] =
    "kind,name,level,key,value,standard_error,n_rows,p10,p50,p90,valid_from,seen_until,source,"
    "retrieved_on,note\n";
static const char *const familiarity_names[N_FAMILIARITIES] = {"known", "new"};

typedef struct TableReader {
    Arena *arena;
    CalibrationTable *table;
    int capacity[N_CALIBRATION_LEVELS], series_capacity;
    ErrList *errors;
} TableReader;

/* Room for one more of `n` items. */
static void *grow(Arena *arena, void *items, int n, int *capacity, size_t size)
{
    if (n < *capacity) {
        return items;
    }
    *capacity = *capacity ? 2 * *capacity : 64;
    void *grown = arena_array(arena, (size_t)*capacity, size);
    if (n > 0) {
        memcpy(grown, items, (size_t)n * size);
    }
    return grown;
}

static CalibrationEntry *entry_find(TableReader *reader, int level, const char *key)
{
    CalibrationTable *table = reader->table;
    for (int i = table->n_entries[level] - 1; i >= 0; i--) {
        if (strcmp(table->entries[level][i].key, key) == 0) {
            return &table->entries[level][i];
        }
    }
    table->entries[level] = grow(reader->arena, table->entries[level], table->n_entries[level],
                                 &reader->capacity[level], sizeof(CalibrationEntry));
    CalibrationEntry *entry = &table->entries[level][table->n_entries[level]++];
    snprintf(entry->key, sizeof entry->key, "%s", key);
    return entry;
}

static bool number_at(const CsvRecord *record, int column, double *out, Err *err)
{
    return parse_number(record->fields[column], out, err);
}

static bool read_parameter(TableReader *reader, const CsvRecord *record, Err *err)
{
    int level = 0, param = 0;
    while (level < N_CALIBRATION_LEVELS &&
           strcmp(record->fields[COL_LEVEL], calibration_level_name((CalibrationLevel)level)) != 0) {
        level++;
    }
    while (param < N_THROUGHPUT_PARAMS &&
           strcmp(record->fields[COL_NAME], throughput_params[param].name) != 0) {
        param++;
    }
    if (level == N_CALIBRATION_LEVELS || param == N_THROUGHPUT_PARAMS) {
        return err_set(err, ERR_DATA, "no parameter \"%s\" at level \"%s\"", record->fields[COL_NAME],
                       record->fields[COL_LEVEL]);
    }
    double value, error, n_rows;
    if (!number_at(record, COL_VALUE, &value, err) || !number_at(record, COL_SE, &error, err) ||
        !number_at(record, COL_ROWS, &n_rows, err)) {
        return false;
    }
    if (!(value > 0)) {
        return err_set(err, ERR_DATA, "the value is %g; it must be positive", value);
    }
    CalibrationEntry *entry = entry_find(reader, level, record->fields[COL_KEY]);
    double base = level == LEVEL_ALL ? throughput_params[param].value : 1;
    entry->deviation[param] = log(value / base);
    entry->standard_error[param] = error;
    entry->n_rows = (int)n_rows;
    return true;
}

static bool read_band(TableReader *reader, const CsvRecord *record, Err *err)
{
    int regime = 0, familiarity = 0;
    while (regime < N_THROUGHPUT_REGIMES &&
           strcmp(record->fields[COL_NAME], throughput_regime_name((ThroughputRegime)regime)) != 0) {
        regime++;
    }
    while (familiarity < N_FAMILIARITIES &&
           strcmp(record->fields[COL_KEY], familiarity_names[familiarity]) != 0) {
        familiarity++;
    }
    if (regime == N_THROUGHPUT_REGIMES || familiarity == N_FAMILIARITIES) {
        return err_set(err, ERR_DATA, "no band \"%s\" for \"%s\"", record->fields[COL_NAME],
                       record->fields[COL_KEY]);
    }
    double n_rows;
    ThroughputBand *band = &reader->table->bands[regime][familiarity];
    if (!number_at(record, COL_P10, &band->p10, err) || !number_at(record, COL_P50, &band->p50, err) ||
        !number_at(record, COL_P90, &band->p90, err) || !number_at(record, COL_ROWS, &n_rows, err)) {
        return false;
    }
    band->n_rows = (int)n_rows;
    return true;
}

static bool read_row(TableReader *reader, const CsvRecord *record, Err *err)
{
    const char *kind = record->fields[COL_KIND];
    CalibrationTable *table = reader->table;
    if (strcmp(kind, "parameter") == 0) {
        return read_parameter(reader, record, err);
    }
    if (strcmp(kind, "band") == 0) {
        return read_band(reader, record, err);
    }
    if (strcmp(kind, "series") == 0) {
        table->series = grow(reader->arena, table->series, table->n_series, &reader->series_capacity,
                             sizeof *table->series);
        table->series[table->n_series++] = arena_strdup(reader->arena, record->fields[COL_KEY]);
        return true;
    }
    if (strcmp(kind, "data") == 0) {
        double n_rows;
        snprintf(table->data_sha256, sizeof table->data_sha256, "%s", record->fields[COL_KEY]);
        if (!number_at(record, COL_ROWS, &n_rows, err)) {
            return false;
        }
        table->n_rows = (int)n_rows;
        return true;
    }
    return err_set(err, ERR_DATA, "\"%s\" is not a kind of calibration row", kind);
}

static bool record_visit(void *context, const CsvRecord *record, bool is_header)
{
    TableReader *reader = context;
    Err err = {.code = ERR_NONE};
    if (is_header) {
        if (record->n_fields < N_OWN_COLUMNS || strcmp(record->fields[COL_KIND], "kind") != 0) {
            err_list_addf(reader->errors, ERR_DATA, record->file, record->line, 0, NULL,
                          "not a calibration table: its header starts kind,name,level,key");
            return false;
        }
        return true;
    }
    if (!read_row(reader, record, &err)) {
        err_at(&err, record->file, record->line, 0);
        err_list_add(reader->errors, &err);
    }
    return true;
}

static int entry_order(const void *a, const void *b)
{
    return strcmp(((const CalibrationEntry *)a)->key, ((const CalibrationEntry *)b)->key);
}

static int text_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

bool calibration_table_read(const char *path, Arena *arena, CalibrationTable *out, ErrList *errors)
{
    memset(out, 0, sizeof *out);
    TableReader reader = {.arena = arena, .table = out, .errors = errors};
    size_t n_before = errors->n_items;
    bool ok = csv_read_file(path, NULL, record_visit, &reader, errors) && errors->n_items == n_before;
    for (int level = 0; level < N_CALIBRATION_LEVELS; level++) {
        if (out->n_entries[level] > 0) {
            qsort(out->entries[level], (size_t)out->n_entries[level], sizeof(CalibrationEntry), entry_order);
        }
    }
    if (out->n_series > 0) {
        qsort(out->series, (size_t)out->n_series, sizeof *out->series, text_order);
    }
    return ok;
}

bool calibration_table_find(const char *folder, const char *overlay, Arena *arena, CalibrationTable *out,
                            ErrList *errors)
{
    const char *const folders[] = {overlay, folder};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char path[640];
        snprintf(path, sizeof path, "%s/calibration.csv", folders[i]);
        if (*folders[i] && file_exists(path)) {
            return calibration_table_read(path, arena, out, errors);
        }
    }
    memset(out, 0, sizeof *out);
    return true;
}

static void write_parameters(Text *text, const CalibrationTable *table, const char *tail)
{
    /* A factor this near to 1 says nothing; leaving it out keeps the file readable. */
    static const double LEAST_DEVIATION = 0.002;
    for (int p = 0; p < N_THROUGHPUT_PARAMS; p++) {
        for (int level = 0; level < N_CALIBRATION_LEVELS; level++) {
            if (!(calibration_level_sd((ThroughputParam)p, (CalibrationLevel)level) > 0)) {
                continue;
            }
            for (int k = 0; k < table->n_entries[level]; k++) {
                const CalibrationEntry *entry = &table->entries[level][k];
                if (level != LEVEL_ALL && fabs(entry->deviation[p]) < LEAST_DEVIATION) {
                    continue;
                }
                double base = level == LEVEL_ALL ? throughput_params[p].value : 1;
                text_addf(text, "parameter,%s,%s,%s,", throughput_params[p].name,
                          calibration_level_name((CalibrationLevel)level), entry->key);
                text_addf(text, "%.6g,", base * exp(entry->deviation[p]));
                text_addf(text, "%.3g,%d,,,,%s\n", entry->standard_error[p], entry->n_rows, tail);
            }
        }
    }
}

bool calibration_table_write(const char *path, const CalibrationTable *table, const char *data_name,
                             const char *date, Err *err)
{
    char tail[256];
    snprintf(tail, sizeof tail, "%s,,fit to %.100s,%s,", date, data_name, date);
    Text text;
    text_init(&text);
    text_add(&text, header);
    text_addf(&text, "data,sha256,,%s,,,%d,,,,%s\n", table->data_sha256, table->n_rows, tail);
    write_parameters(&text, table, tail);
    for (int r = 0; r < N_THROUGHPUT_REGIMES; r++) {
        for (int f = 0; f < N_FAMILIARITIES; f++) {
            const ThroughputBand *band = &table->bands[r][f];
            if (band->n_rows > 0) {
                text_addf(&text, "band,%s,series,%s,,,%d,%.4f,%.4f,%.4f,%s\n",
                          throughput_regime_name((ThroughputRegime)r), familiarity_names[f], band->n_rows,
                          band->p10, band->p50, band->p90, tail);
            }
        }
    }
    for (int i = 0; i < table->n_series; i++) {
        text_addf(&text, "series,,series,%s,,,,,,,%s\n", table->series[i], tail);
    }
    bool ok = file_write_atomic(path, text_str(&text), text.n_bytes, err);
    text_free(&text);
    return ok;
}
