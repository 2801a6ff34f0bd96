/* The workbook: assumptions, ledger, months, summary and checks, with live formulas. Layer: view.
 *
 * Every formula is stored with its value, so that a reader that does not recalculate shows right figures, and
 * one that does must come to the same: the sheet "Checks" compares them with the evaluator's results. What is
 * live: the discount rate, quantities and unit prices of the ledger, and everything that sums them. What is
 * not: how a change of the scenario changes quantities; that takes the program.
 */
#include "export_formats.h"
#include "xlsx_sheets.h"

#include "tokentco/file.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FORMULA_BYTES = 512, WORKBOOK_BYTES_MAX = 1 << 30 };

void xlsx_formula(lxw_worksheet *sheet, lxw_row_t row, lxw_col_t column, lxw_format *format, double value,
                  const char *formula, ...)
{
    char text[FORMULA_BYTES];
    va_list args;
    va_start(args, formula);
    vsnprintf(text, sizeof text, formula, args);
    va_end(args);
    worksheet_write_formula_num(sheet, row, column, text, format, value);
}

static lxw_format *format_new(Book *book, const char *number_format, bool is_bold)
{
    lxw_format *format = workbook_add_format(book->workbook);
    if (number_format != NULL) format_set_num_format(format, number_format);
    if (is_bold) format_set_bold(format);
    return format;
}

static void add_formats(Book *book)
{
    book->head = format_new(book, NULL, true);
    format_set_bottom(book->head, LXW_BORDER_THIN);
    book->title = format_new(book, NULL, true);
    format_set_font_size(book->title, 14);
    book->money = format_new(book, "#,##0", false);
    book->micro = format_new(book, "#,##0.000000", false);
    book->rate = format_new(book, "#,##0.0000", false);
    book->number = format_new(book, "General", false);
    book->percent = format_new(book, "0.0%", false);
    /* Blue figures are inputs: the custom of financial models. */
    book->input = format_new(book, "General", false);
    format_set_font_color(book->input, 0x1F4E9E);
    book->faint = format_new(book, NULL, false);
    format_set_font_color(book->faint, 0x6B6B6B);
}

/* The date of the prices, not of the run: the same input gives the same bytes. */
static void set_properties(Book *book)
{
    const Resolved *resolved = book->request->answer->resolved;
    const int seconds_per_day = 86400;
    char comments[160];
    snprintf(comments, sizeof comments, "tokentco " TOKENTCO_VERSION ", scenario %s", resolved->sha256);
    char title[FIELD_TEXT_BYTES];
    snprintf(title, sizeof title, "%s", book->inputs->name);
    lxw_doc_properties properties = {.title = title, .comments = comments};
    properties.created = (time_t)resolved->as_of * seconds_per_day;
    workbook_set_properties(book->workbook, &properties);
}

static bool write_workbook(Book *book, const char *path, Err *err)
{
    book->workbook = workbook_new(path);
    if (book->workbook == NULL) return err_set(err, ERR_BUG, "out of memory");
    add_formats(book);
    set_properties(book);
    lxw_worksheet *summary = workbook_add_worksheet(book->workbook, "Summary");
    xlsx_add_assumptions(book);
    xlsx_add_ledger(book);
    xlsx_add_months(book);
    xlsx_add_summary(book, summary);
    xlsx_add_checks(book);
    lxw_error fault = workbook_close(book->workbook);
    if (fault != LXW_NO_ERROR)
        return err_set(err, ERR_IO, "cannot make the workbook: %s", lxw_strerror(fault));
    return true;
}

bool export_xlsx(ExportRequest *request, Text *out, Err *err)
{
    Book book = {.request = request, .inputs = &request->answer->resolved->inputs};
    /* The library writes to a path only; the bytes go through a file of its own to the atomic writer. */
    const char *folder = getenv("TMPDIR");
    char path[1024];
    snprintf(path, sizeof path, "%s/tokentco-XXXXXX", folder != NULL && folder[0] != '\0' ? folder : "/tmp");
    int fd = mkstemp(path);
    if (fd < 0) return err_set(err, ERR_IO, "cannot make a file in the folder for temporary files");
    close(fd);
    char *bytes = NULL;
    size_t n_bytes = 0;
    bool is_ok =
        write_workbook(&book, path, err) && file_read(path, WORKBOOK_BYTES_MAX, &bytes, &n_bytes, err);
    if (is_ok) text_addn(out, bytes, n_bytes);
    free(bytes);
    unlink(path);
    return is_ok;
}
