/* Sheets: rows of cells that a command fills one by one, printed as a table, CSV or JSON by the view.
 *
 * Layer: cli, private. For tables whose columns are only known at run time.
 */
#ifndef CLI_SHEET_H
#define CLI_SHEET_H

#include "cli/command.h"
#include "tokentco/arena.h"
#include "tokentco/table.h"

enum { SHEET_COLUMNS_MAX = 24 };

typedef struct SheetColumn {
    const char *name;  /* JSON key and CSV header */
    const char *title; /* header for people; NULL: only in files */
    CellFormat format; /* texts stand left, numbers right; files have numbers in full */
} SheetColumn;

typedef struct SheetCell {
    const char *text; /* NULL: empty or a number */
    double number;
    bool has, is_flag;
} SheetCell;

typedef struct Sheet {
    const SheetColumn *columns; /* borrowed */
    int n_columns;
    Arena arena;
    SheetCell *cells; /* n_rows x n_columns, in the arena */
    int n_rows, capacity;
} Sheet;

void sheet_init(Sheet *sheet, const SheetColumn *columns, int n_columns);
void sheet_free(Sheet *sheet);

/* Starts a row of empty cells, then fills them by place. Texts are copied; "" leaves a cell empty. */
void sheet_row(Sheet *sheet);
void sheet_set(Sheet *sheet, int column, const char *text);
void sheet_set_number(Sheet *sheet, int column, double value);
void sheet_set_flag(Sheet *sheet, int column, bool flag);

/* Appends the sheet as the terminal wants it. */
void sheet_add_text(const Cli *cli, const Sheet *sheet, int indent, Text *out);

/* Prints the sheet as --json, --csv or the terminal want it, behind `head` (for the terminal alone), and
 * frees it. Returns the exit status. */
int sheet_print(const Cli *cli, Sheet *sheet, const char *schema, const char *key, const Text *head);

#endif
