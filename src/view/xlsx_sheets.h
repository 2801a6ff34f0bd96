/* The sheets of the workbook. Layer: view, private. */
#ifndef VIEW_XLSX_SHEETS_H
#define VIEW_XLSX_SHEETS_H

#include "tokentco/export.h"

#include <xlsxwriter.h>

/* What all sheets share. Row and column numbers count from 0, as the library does. */
typedef struct Book {
    lxw_workbook *workbook;
    const ExportRequest *request;
    const Inputs *inputs;
    lxw_format *head, *title, *money, *micro, *rate, *number, *percent, *input, *faint;
    int n_written; /* postings on the ledger sheet */
} Book;

enum { LEDGER_FIRST_ROW = 1, MONTHS_FIRST_COLUMN = 2 };

void xlsx_add_assumptions(Book *book);
void xlsx_add_ledger(Book *book);
void xlsx_add_months(Book *book);
void xlsx_add_summary(Book *book, lxw_worksheet *sheet);
void xlsx_add_checks(Book *book);

/* A formula with the value that the program computed: readers that do not recalculate show that. */
void xlsx_formula(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t column, lxw_format *format, double value,
                  const char *formula, ...) __attribute__((format(printf, 6, 7)));

/* E41: factor of a flow in its month. */
double xlsx_discount_factor(const Inputs *inputs, const Posting *posting);

#endif
