/* Tables: rows x column descriptors to text cells, CSV and JSON, all from the same columns.
 *
 * Layer: view.
 */
#ifndef TOKENTCO_TABLE_H
#define TOKENTCO_TABLE_H

#include "tokentco/format.h"
#include "tokentco/style.h"

#include <stdbool.h>

typedef enum CellKind { CELL_NONE, CELL_TEXT, CELL_NUMBER, CELL_FLAG } CellKind;

/* One value. Made by a column's `get`; NONE is "unknown": "-" for people, empty in CSV, null in JSON. */
typedef struct Cell {
    CellKind kind;
    const char *text; /* TEXT: borrowed; may point to `buffer` */
    double number;    /* NUMBER; FLAG: 0 or 1 */
    char buffer[256];
} Cell;

void cell_set_text(Cell *cell, const char *text); /* borrowed; NULL and "" become NONE */
void cell_set_number(Cell *cell, double number);
void cell_set_flag(Cell *cell, bool flag);
void cell_printf(Cell *cell, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* How people see a value. */
typedef enum CellFormat {
    SHOW_SHORTEST, /* every digit; the default */
    SHOW_TEXT,     /* a text; a number in it has every digit */
    SHOW_DIGITS,   /* six that count */
    SHOW_GROUPED,
    SHOW_PRICE,
    SHOW_SI,
    SHOW_PERCENT
} CellFormat;

typedef struct Column {
    const char *name;  /* JSON key and CSV header */
    const char *title; /* header for people */
    const char *unit;  /* "" none */
    const char *doc;   /* one sentence without a full stop */
    Align align;
    CellFormat format;
    int max_width; /* columns of text for people; 0: as wide as needed */
    void (*get)(const void *context, int row, Cell *out);
} Column;

typedef struct Table {
    const Column *columns;
    int n_columns;
    int n_rows;
    const void *context;                                  /* handed to `get` */
    int (*ink)(const void *context, int row, int column); /* NULL: plain */
} Table;

/* The table with its names and titles in another currency ("npv_usd" as "npv_eur"); `room` must outlive it.
 */
enum { CURRENCY_COLUMNS_MAX = 24 };
typedef struct CurrencyColumns {
    Column columns[CURRENCY_COLUMNS_MAX];
    char names[CURRENCY_COLUMNS_MAX][2][CURRENCY_NAME_BYTES];
} CurrencyColumns;
Table table_in_currency(Table table, const char *currency, CurrencyColumns *room);

/* The cell as a person reads it. */
void cell_format(const Column *column, const Cell *cell, Text *out);

/* Header and rows, columns two blanks apart, each line behind `indent` blanks. When the whole is wider than
 * the style's width, the widest text columns are cut. Trailing blanks are dropped. */
void table_add_text(const Table *table, const Style *style, int indent, Text *out);

/* RFC 4180 with a header line; numbers in the shortest form that reads back to the same double. */
typedef enum CsvDialect { CSV_RFC4180, CSV_EXCEL, CSV_EXCEL_EU, N_CSV_DIALECTS } CsvDialect;
void table_add_csv(const Table *table, CsvDialect dialect, Text *out);

/* ---- CSV pieces, for writers that are not tables ---- */

/* Dialects: rfc4180 (comma, CRLF), excel (with byte order mark), excel-eu (mark, semicolon, decimal comma).
 */
bool csv_dialect_parse(const char *text, CsvDialect *out, Err *err);

typedef struct CsvOut {
    Text *out;
    CsvDialect dialect;
    bool is_unguarded; /* leave text that looks like a formula as it is */
    int n_guarded;     /* text cells that got a guard */
    bool is_line_begun;
} CsvOut;

void csv_out_init(CsvOut *csv, Text *out,
                  CsvDialect dialect); /* writes the byte order mark where there is one */
void csv_out_text(CsvOut *csv,
                  const char *text); /* quoted where needed; guarded against formulas; "" is quoted */
void csv_out_number(CsvOut *csv, double number);
void csv_out_decimal(CsvOut *csv, const char *decimal); /* digits already exact, with a point */
void csv_out_null(CsvOut *csv);
void csv_out_end_line(CsvOut *csv);

#endif
