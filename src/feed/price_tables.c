/* Loading the price book. Layer: feed. */
#include "tokentco/price_tables.h"

#include "tokentco/csv_in.h"
#include "tokentco/file.h"

#include <stdlib.h>
#include <string.h>

enum { COLUMNS_MAX = 40, PATH_BYTES = 1024 };

typedef struct TableReader {
    PriceBook *book;
    const PriceTableRow *schema;
    const char *file; /* in the book's arena */
    bool is_overlay;
    int column_of_field[COLUMNS_MAX]; /* field number to column number */
    bool has_header;
    PriceRow *rows; /* owned until handed over */
    int n_rows, capacity;
    ErrList *errors;
    bool is_faulty;
} TableReader;

static void fault(TableReader *reader, int line, const char *column, const char *text)
{
    reader->is_faulty = true;
    err_list_addf(reader->errors, ERR_DATA, reader->file, line, 0, column, "%s", text);
}

static bool read_header(TableReader *reader, const CsvRecord *record)
{
    const PriceTableRow *schema = reader->schema;
    bool is_seen[COLUMNS_MAX] = {false};
    bool is_ok = true;
    for (int f = 0; f < record->n_fields; f++) {
        int column = -1;
        for (int c = 0; c < schema->n_columns && column < 0; c++)
            if (strcmp(schema->columns[c].name, record->fields[f]) == 0) column = c;
        if (column < 0 || is_seen[column] || f >= COLUMNS_MAX) {
            fault(reader, record->line, record->fields[f],
                  column < 0 ? "unknown column" : "column named twice");
            is_ok = false;
            continue;
        }
        is_seen[column] = true;
        reader->column_of_field[f] = column;
    }
    for (int c = 0; c < schema->n_columns; c++) {
        if (is_seen[c]) continue;
        fault(reader, record->line, schema->columns[c].name, "this column is missing");
        is_ok = false;
    }
    reader->has_header = is_ok;
    return is_ok;
}

/* `cell` has its text already. */
static bool read_cell(TableReader *reader, const CsvRecord *record, int field, PriceCell *cell)
{
    const PriceColumn *column = &reader->schema->columns[reader->column_of_field[field]];
    const char *text = cell->text;
    Err err = {0};
    cell->has = text[0] != '\0';
    if (!cell->has) {
        if ((column->flags & COLUMN_OPTIONAL) != 0) return true;
        fault(reader, record->line, column->name, "is empty; this column needs a value");
        return false;
    }
    bool is_ok = true;
    Date date;
    switch (column->type) {
    case COLUMN_TEXT:
        break;
    case COLUMN_DATE:
        is_ok = parse_date(text, &date, &err);
        if (is_ok) cell->number = date;
        break;
    case COLUMN_NUMBER:
        is_ok = parse_number(text, &cell->number, &err);
        if (is_ok && (cell->number < column->min || cell->number > column->max))
            is_ok = err_set(&err, ERR_DATA, "%s is outside %g to %g", text, column->min, column->max);
        break;
    }
    if (!is_ok) fault(reader, record->line, column->name, err.text);
    return is_ok;
}

static PriceRow *next_row(TableReader *reader)
{
    if (reader->n_rows == reader->capacity) {
        int capacity = reader->capacity == 0 ? 256 : 2 * reader->capacity;
        PriceRow *rows = realloc(reader->rows, (size_t)capacity * sizeof *rows);
        if (rows == NULL) return NULL;
        reader->rows = rows;
        reader->capacity = capacity;
    }
    return &reader->rows[reader->n_rows];
}

/* Gives every cell its text: all of a record in one piece of memory. */
static void keep_texts(TableReader *reader, const CsvRecord *record, PriceCell *cells)
{
    size_t n_bytes = 0;
    for (int f = 0; f < record->n_fields; f++) n_bytes += record->lengths[f] + 1;
    char *to = arena_alloc(&reader->book->arena, n_bytes);
    for (int f = 0; f < record->n_fields; f++) {
        memcpy(to, record->fields[f], record->lengths[f] + 1);
        cells[reader->column_of_field[f]].text = to;
        to += record->lengths[f] + 1;
    }
}

static bool visit(void *context, const CsvRecord *record, bool is_header)
{
    TableReader *reader = context;
    if (is_header) return read_header(reader, record);
    const int n = reader->schema->n_columns;
    PriceCell *cells = arena_array(&reader->book->arena, (size_t)n, sizeof *cells);
    keep_texts(reader, record, cells);
    bool is_ok = true;
    for (int f = 0; f < record->n_fields; f++)
        is_ok = read_cell(reader, record, f, &cells[reader->column_of_field[f]]) && is_ok;
    if (!is_ok) return true;
    PriceRow *row = next_row(reader);
    if (row == NULL) {
        fault(reader, record->line, NULL, "out of memory");
        return false;
    }
    const PriceCell *tail = &cells[n - PRICE_TAIL_COLUMNS];
    *row = (PriceRow){.cells = cells,
                      .valid_from = (Date)tail[0].number,
                      .has_end = tail[1].has,
                      .seen_until = (Date)tail[1].number,
                      .source = tail[2].text,
                      .retrieved_on = (Date)tail[3].number,
                      .note = tail[4].text,
                      .file = reader->file,
                      .line = record->line,
                      .is_overlay = reader->is_overlay};
    reader->n_rows++;
    return true;
}

bool price_file_read(PriceBook *book, PriceKind kind, const char *path, bool is_overlay, PriceRow **rows,
                     int *n_rows, ErrList *errors)
{
    TableReader reader = {.book = book,
                          .schema = &price_tables[kind],
                          .file = arena_strdup(&book->arena, path),
                          .is_overlay = is_overlay,
                          .errors = errors};
    bool is_ok = csv_read_file(path, NULL, visit, &reader, errors) && !reader.is_faulty;
    if (!is_ok) {
        free(reader.rows);
        return false;
    }
    *rows = reader.rows;
    *n_rows = reader.n_rows;
    return true;
}

bool price_rows_check(PriceKind kind, const char *name, const Text *csv, Err *err)
{
    PriceBook book = {0};
    ErrList errors;
    arena_init(&book.arena);
    err_list_init(&errors);
    TableReader reader = {.book = &book, .schema = &price_tables[kind], .file = name, .errors = &errors};
    bool is_ok =
        csv_read_text(name, text_str(csv), csv->n_bytes, NULL, visit, &reader, &errors) && !reader.is_faulty;
    if (!is_ok && err != NULL) *err = errors.items[0];
    free(reader.rows);
    err_list_free(&errors);
    arena_free(&book.arena);
    return is_ok;
}

/* ---- order and duplicates ---- */

static int compare_cells(const PriceColumn *column, const PriceCell *a, const PriceCell *b)
{
    if (column->type == COLUMN_TEXT) return strcmp(a->text, b->text);
    return (a->number > b->number) - (a->number < b->number);
}

/* qsort takes no context, so each row carries its schema while it is sorted. */
typedef struct SortRow {
    PriceRow row;
    const PriceTableRow *schema;
} SortRow;

static int compare_rows(const PriceTableRow *schema, const PriceRow *a, const PriceRow *b)
{
    for (int c = 0; c < schema->n_columns && (schema->columns[c].flags & COLUMN_KEY) != 0; c++) {
        int order = compare_cells(&schema->columns[c], &a->cells[c], &b->cells[c]);
        if (order != 0) return order;
    }
    if (a->valid_from != b->valid_from) return a->valid_from < b->valid_from ? -1 : 1;
    return (int)a->is_overlay - (int)b->is_overlay;
}

static int compare_sort_rows(const void *a, const void *b)
{
    const SortRow *x = a, *y = b;
    int order = compare_rows(x->schema, &x->row, &y->row);
    /* A stable order: as read. */
    return order != 0 ? order : (x->row.line > y->row.line) - (x->row.line < y->row.line);
}

static bool is_sorted(const PriceTableRow *schema, const PriceRow *rows, int n)
{
    for (int i = 1; i < n; i++)
        if (compare_rows(schema, &rows[i - 1], &rows[i]) > 0) return false;
    return true;
}

static bool sort_rows(const PriceTableRow *schema, PriceRow *rows, int n)
{
    if (n < 2 || is_sorted(schema, rows, n)) return true;
    SortRow *wrapped = malloc((size_t)n * sizeof *wrapped);
    if (wrapped == NULL) return false;
    for (int i = 0; i < n; i++) wrapped[i] = (SortRow){rows[i], schema};
    qsort(wrapped, (size_t)n, sizeof *wrapped, compare_sort_rows);
    for (int i = 0; i < n; i++) rows[i] = wrapped[i].row;
    free(wrapped);
    return true;
}

static bool check_duplicates(const PriceTableRow *schema, const PriceRow *rows, int n, ErrList *errors)
{
    bool is_ok = true;
    for (int i = 1; i < n; i++) {
        if (rows[i - 1].is_overlay || rows[i].is_overlay || compare_rows(schema, &rows[i - 1], &rows[i]) != 0)
            continue;
        is_ok = err_list_addf(errors, ERR_DATA, rows[i].file, rows[i].line, 0, NULL,
                              "same key and valid_from as line %d; keep one", rows[i - 1].line);
    }
    return is_ok;
}

/* ---- the book ---- */

bool pricebook_open(PriceBook *book, const char *overlay, ErrList *errors)
{
    *book = (PriceBook){0};
    arena_init(&book->arena);
    Err err = {0};
    if (!shipped_folder_find("pricing", book->folder, sizeof book->folder, &err)) {
        err_list_add(errors, &err);
        return false;
    }
    const char *from_environment = getenv("TOKENTCO_PRICING");
    if (overlay == NULL && from_environment != NULL && from_environment[0] != '\0')
        overlay = from_environment;
    if (overlay != NULL) {
        if (!file_exists(overlay))
            return err_list_addf(
                errors, ERR_NO_INPUT, overlay, 0, 0, NULL,
                "no such folder for the price overlay; make it, or `prices import --apply` does");
        snprintf(book->overlay, sizeof book->overlay, "%s", overlay);
        return true;
    }
    char folder[PATH_BYTES], path[PATH_BYTES + 16];
    if (user_folder_find(USER_DATA, folder, sizeof folder, NULL)) {
        snprintf(path, sizeof path, "%s/pricing", folder);
        if (file_exists(path) && strlen(path) < sizeof book->overlay)
            memcpy(book->overlay, path, strlen(path) + 1);
    }
    return true;
}

void pricebook_close(PriceBook *book)
{
    for (int k = 0; k < N_PRICE_KINDS; k++) free(book->tables[k].rows);
    arena_free(&book->arena);
    *book = (PriceBook){0};
}

/* Appends the rows of one file of a table. */
static bool append_file(PriceBook *book, PriceKind kind, const char *folder, bool is_overlay, ErrList *errors)
{
    char path[PATH_BYTES];
    PriceTable *table = &book->tables[kind];
    snprintf(path, sizeof path, "%s/%s.csv", folder, price_tables[kind].name);
    if (is_overlay && !file_exists(path)) return true;
    PriceRow *rows;
    int n_rows;
    if (!price_file_read(book, kind, path, is_overlay, &rows, &n_rows, errors)) return false;
    if (table->rows == NULL) {
        table->rows = rows;
        table->n_rows = n_rows;
        return true;
    }
    PriceRow *all = realloc(table->rows, (size_t)(table->n_rows + n_rows + 1) * sizeof *all);
    if (all == NULL) {
        free(rows);
        return err_list_addf(errors, ERR_BUG, path, 0, 0, NULL, "out of memory");
    }
    if (n_rows > 0) memcpy(all + table->n_rows, rows, (size_t)n_rows * sizeof *rows);
    free(rows);
    table->rows = all;
    table->n_rows += n_rows;
    return true;
}

bool pricebook_need(PriceBook *book, PriceKind kind, ErrList *errors)
{
    PriceTable *table = &book->tables[kind];
    if (table->is_loaded) return true;
    bool is_ok = append_file(book, kind, book->folder, false, errors);
    if (book->overlay[0] != '\0') is_ok = append_file(book, kind, book->overlay, true, errors) && is_ok;
    if (is_ok && !sort_rows(&price_tables[kind], table->rows, table->n_rows))
        is_ok = err_list_addf(errors, ERR_BUG, NULL, 0, 0, NULL, "out of memory");
    if (is_ok) is_ok = check_duplicates(&price_tables[kind], table->rows, table->n_rows, errors);
    if (!is_ok) {
        free(table->rows);
        *table = (PriceTable){0};
        return false;
    }
    table->is_loaded = true;
    return true;
}

bool pricebook_need_all(PriceBook *book, ErrList *errors)
{
    bool is_ok = true;
    for (int k = 0; k < N_PRICE_KINDS; k++) is_ok = pricebook_need(book, (PriceKind)k, errors) && is_ok;
    return is_ok;
}
