/* Rows of names and values out of JSON, CSV, SQL and Markdown. Layer: feed. */
#include "feed/import_rows.h"

#include "feed/json_in.h"
#include "tokentco/csv_in.h"
#include "tokentco/field.h"

#include <stdlib.h>
#include <string.h>

enum { NUMBER_BYTES = 40, SAMPLES_MAX = 100000 };

const char *row_value(const ImportRow *row, const char *name)
{
    for (int i = 0; i < row->n; i++)
        if (strcmp(row->names[i], name) == 0) return row->values[i];
    return NULL;
}

/* ---- JSON ---- */

/* Scalars as text; NULL for what has no place in a table. */
static const char *scalar_text(Arena *arena, const json_t *value)
{
    char text[NUMBER_BYTES];
    if (json_is_string(value)) return json_string_value(value);
    if (json_is_boolean(value)) return json_is_true(value) ? "1" : "0";
    if (json_is_integer(value)) {
        snprintf(text, sizeof text, "%lld", (long long)json_integer_value(value));
    } else if (json_is_real(value)) {
        number_format(json_real_value(value), text, sizeof text);
    } else {
        return NULL;
    }
    return arena_strdup(arena, text);
}

static bool take_samples(ImportJob *job, const json_t *list, const ImportPlace *place, ImportRow *row)
{
    size_t n = json_array_size(list);
    if (n == 0) return true;
    if (n > SAMPLES_MAX) return import_fault(job, place, "more than %d samples", SAMPLES_MAX);
    double *samples = arena_array(job->arena, n, sizeof *samples);
    for (size_t i = 0; i < n; i++) {
        Err err = {0};
        if (!json_in_number(json_array_get(list, i), &samples[i], &err))
            return import_fault(job, place, "samples_ts: %s", err.text);
        if (!(samples[i] > 0.0)) return import_fault(job, place, "samples_ts holds %g", samples[i]);
    }
    row->samples = samples;
    row->n_samples = (int)n;
    return true;
}

void rows_read_json(ImportJob *job, ImportRowVisitor visit)
{
    const ImportFile *file = &job->files[0];
    for (int d = 0; d < file->n_docs; d++) {
        const ImportDoc *doc = &file->docs[d];
        const char *names[ROW_NAMES_MAX], *values[ROW_NAMES_MAX];
        ImportRow row = {.place = {file->path, doc->line, doc->place}, .names = names, .values = values};
        const char *key;
        json_t *value;
        if (!json_is_object(doc->value) || json_object_size(doc->value) > ROW_NAMES_MAX) {
            import_fault(job, &row.place, "must be an object of at most %d members", ROW_NAMES_MAX);
            continue;
        }
        json_object_foreach(doc->value, key, value)
        {
            names[row.n] = key;
            values[row.n] = scalar_text(job->arena, value);
            if (values[row.n] != NULL) row.n++;
        }
        if (take_samples(job, json_object_get(doc->value, "samples_ts"), &row.place, &row)) visit(job, &row);
    }
}

/* ---- CSV ---- */

typedef struct CsvRows {
    ImportJob *job;
    ImportRowVisitor visit;
    const char *names[ROW_NAMES_MAX];
    int n_names;
} CsvRows;

static bool visit_csv(void *context, const CsvRecord *record, bool is_header)
{
    CsvRows *rows = context;
    ImportPlace place = {record->file, record->line, NULL};
    if (is_header) {
        if (record->n_fields > ROW_NAMES_MAX)
            return import_fault(rows->job, &place, "more than %d columns", ROW_NAMES_MAX);
        for (int i = 0; i < record->n_fields; i++)
            rows->names[i] = arena_strdup(rows->job->arena, record->fields[i]);
        rows->n_names = record->n_fields;
        return true;
    }
    ImportRow row = {.place = place, .n = rows->n_names, .names = rows->names, .values = record->fields};
    rows->visit(rows->job, &row);
    return true;
}

void rows_read_csv(ImportJob *job, ImportRowVisitor visit)
{
    const ImportFile *file = &job->files[0];
    CsvRows rows = {.job = job, .visit = visit};
    csv_read_text(file->path, file->text, file->n_bytes, NULL, visit_csv, &rows, job->errors);
}

/* ---- SQL: INSERT INTO t (names) VALUES ('values') ---- */

typedef struct SqlText {
    const char *at;
    int line;
} SqlText;

static void skip_blank(SqlText *sql)
{
    for (; *sql->at != '\0' && strchr(" \t\r\n", *sql->at) != NULL; sql->at++) sql->line += *sql->at == '\n';
}

static bool take_char(SqlText *sql, char c)
{
    skip_blank(sql);
    if (*sql->at != c) return false;
    sql->at++;
    return true;
}

/* A name, a number, or text in quotes with '' for a quote; NULL when there is none. */
static const char *take_item(Arena *arena, SqlText *sql)
{
    skip_blank(sql);
    if (*sql->at != '\'') {
        size_t n = strcspn(sql->at, ",() \t\r\n;'");
        const char *item = n > 0 ? arena_strndup(arena, sql->at, n) : NULL;
        sql->at += n;
        return item;
    }
    const char *start = ++sql->at;
    char *item = arena_alloc(arena, strlen(start) < 4096 ? strlen(start) + 1 : 4097);
    size_t used = 0;
    for (; *sql->at != '\0' && used < 4096; sql->at++) {
        if (*sql->at == '\'' && sql->at[1] != '\'') break;
        if (*sql->at == '\'') sql->at++;
        sql->line += *sql->at == '\n';
        item[used++] = *sql->at;
    }
    if (*sql->at != '\'') return NULL;
    sql->at++;
    return item;
}

/* "(a, b, c)"; -1 when it is not one. */
static int take_list(Arena *arena, SqlText *sql, const char **items)
{
    int n = 0;
    if (!take_char(sql, '(')) return -1;
    do {
        if (n == ROW_NAMES_MAX || (items[n] = take_item(arena, sql)) == NULL) return -1;
        n++;
    } while (take_char(sql, ','));
    return take_char(sql, ')') ? n : -1;
}

static void read_insert(ImportJob *job, SqlText *sql, ImportRowVisitor visit)
{
    static const char insert[] = "INSERT INTO", values_word[] = "VALUES";
    const char *names[ROW_NAMES_MAX], *values[ROW_NAMES_MAX];
    ImportRow row = {.place = {job->files[0].path, sql->line, NULL}, .names = names, .values = values};
    sql->at += sizeof insert - 1;
    const char *table = take_item(job->arena, sql);
    int n_names = table != NULL ? take_list(job->arena, sql, names) : -1, n_values = -1;
    skip_blank(sql);
    if (n_names > 0 && strncmp(sql->at, values_word, sizeof values_word - 1) == 0) {
        sql->at += sizeof values_word - 1;
        n_values = take_list(job->arena, sql, values);
    }
    if (n_values < 0 || !take_char(sql, ';')) {
        import_fault(job, &row.place, "is no whole INSERT INTO table (names) VALUES (values);");
    } else if (n_names != n_values) {
        import_fault(job, &row.place, "%d names but %d values", n_names, n_values);
    } else {
        row.n = n_names;
        visit(job, &row);
    }
}

void rows_read_sql(ImportJob *job, ImportRowVisitor visit)
{
    SqlText sql = {job->files[0].text, 1};
    for (skip_blank(&sql); *sql.at != '\0'; skip_blank(&sql)) {
        if (strncmp(sql.at, "INSERT INTO", 11) == 0) read_insert(job, &sql, visit);
        for (; *sql.at != '\0' && *sql.at != '\n'; sql.at++) {
        }
    }
}

/* ---- Markdown tables ---- */

/* Cells of "| a | b |" into `cells`; 0 when the line is no table row. */
static int split_cells(Arena *arena, const char *line, size_t n, const char **cells)
{
    int n_cells = 0;
    size_t at = strspn(line, " \t");
    if (at >= n || line[at] != '|') return 0;
    for (at++; at < n && n_cells < ROW_NAMES_MAX;) {
        size_t end = at;
        while (end < n && line[end] != '|') end++;
        if (end == n) break;
        size_t from = at, to = end;
        while (from < to && line[from] == ' ') from++;
        while (to > from && line[to - 1] == ' ') to--;
        cells[n_cells++] = arena_strndup(arena, line + from, to - from);
        at = end + 1;
    }
    return n_cells;
}

static bool is_rule(const char *cell)
{
    return cell[0] != '\0' && cell[strspn(cell, "-: ")] == '\0';
}

void rows_read_markdown(ImportJob *job, ImportRowVisitor visit)
{
    const ImportFile *file = &job->files[0];
    const char *names[ROW_NAMES_MAX], *cells[ROW_NAMES_MAX];
    int n_names = 0, line = 0;
    for (const char *at = file->text; *at != '\0';) {
        size_t n = strcspn(at, "\n");
        line++;
        int n_cells = split_cells(job->arena, at, n, cells);
        ImportRow row = {.place = {file->path, line, NULL}, .n = n_names, .names = names, .values = cells};
        if (n_cells > 0 && n_names == 0) {
            memcpy(names, cells, (size_t)n_cells * sizeof *names);
            n_names = n_cells;
        } else if (n_cells > 0 && n_cells != n_names) {
            import_fault(job, &row.place, "%d columns but %d cells", n_names, n_cells);
        } else if (n_cells > 0 && !is_rule(cells[0])) {
            visit(job, &row);
        }
        at += n + (at[n] == '\n');
    }
}
