/* CSV writing: a thin typed writer. Layer: view.
 *
 * libcsv's writer quotes every field, so that numbers turn to text and an unknown becomes an empty text; here
 * text is quoted where RFC 4180 asks for it, numbers and unknowns stay bare.
 *
 * Spreadsheets run text that starts with = + - @ (or a tab or line break before them) as a formula, quoted or
 * not. Such text gets an apostrophe in front. Numbers are never touched: -5.25 stays a number.
 */
#include "tokentco/table.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct DialectRow {
    const char *name;
    const char *mark; /* byte order mark: without it Excel reads UTF-8 as the local code page */
    char separator, decimal;
} DialectRow;

static const DialectRow dialects[N_CSV_DIALECTS] = {
    [CSV_RFC4180] = {"rfc4180", "", ',', '.'},
    [CSV_EXCEL] = {"excel", "\xEF\xBB\xBF", ',', '.'},
    [CSV_EXCEL_EU] = {"excel-eu", "\xEF\xBB\xBF", ';', ','},
};

bool csv_dialect_parse(const char *text, CsvDialect *out, Err *err)
{
    for (int i = 0; i < N_CSV_DIALECTS; i++) {
        if (strcmp(text, dialects[i].name) != 0) continue;
        *out = (CsvDialect)i;
        return true;
    }
    return err_set(err, ERR_USAGE, "'%.40s' is not one of rfc4180, excel, excel-eu", text);
}

void csv_out_init(CsvOut *csv, Text *out, CsvDialect dialect)
{
    *csv = (CsvOut){.out = out, .dialect = dialect};
    text_add(out, dialects[dialect].mark);
}

static void begin_field(CsvOut *csv)
{
    if (csv->is_line_begun) text_add_char(csv->out, dialects[csv->dialect].separator, 1);
    csv->is_line_begun = true;
}

static bool is_formula(const char *text)
{
    return text[0] != '\0' && strchr("=+-@\t\r\n", text[0]) != NULL;
}

void csv_out_text(CsvOut *csv, const char *text)
{
    begin_field(csv);
    bool is_guarded = !csv->is_unguarded && is_formula(text);
    if (is_guarded) csv->n_guarded++;
    char special[] = {'"', '\r', '\n', dialects[csv->dialect].separator, '\0'};
    bool is_quoted = text[0] == '\0' || strpbrk(text, special) != NULL;
    if (is_quoted) text_add(csv->out, "\"");
    if (is_guarded) text_add(csv->out, "'");
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == '"') text_add(csv->out, "\"");
        text_addn(csv->out, at, 1);
    }
    if (is_quoted) text_add(csv->out, "\"");
}

void csv_out_decimal(CsvOut *csv, const char *decimal)
{
    begin_field(csv);
    for (const char *at = decimal; *at != '\0'; at++)
        text_add_char(csv->out, *at == '.' ? dialects[csv->dialect].decimal : *at, 1);
}

/* The shortest decimal that reads back to the same double, without an exponent while it is short: readers of
 * CSV take "3e+06" for a text or lose its digits. */
static void format_plain(double number, char out[FORMAT_BYTES])
{
    enum { DIGITS_MAX = 17, EXPONENT_MIN = -9, EXPONENT_MAX = 17 };
    int precision = 0;
    snprintf(out, FORMAT_BYTES, "%.*e", precision, number);
    while (strtod(out, NULL) != number && precision < DIGITS_MAX)
        snprintf(out, FORMAT_BYTES, "%.*e", ++precision, number);
    int exponent = (int)strtol(strchr(out, 'e') + 1, NULL, 10);
    if (exponent < EXPONENT_MIN || exponent > EXPONENT_MAX) return;
    snprintf(out, FORMAT_BYTES, "%.*f", precision > exponent ? precision - exponent : 0, number);
}

void csv_out_number(CsvOut *csv, double number)
{
    char text[FORMAT_BYTES];
    if (!isfinite(number)) {
        csv_out_null(csv);
        return;
    }
    format_plain(number, text);
    csv_out_decimal(csv, text);
}

void csv_out_null(CsvOut *csv)
{
    begin_field(csv);
}

void csv_out_end_line(CsvOut *csv)
{
    text_add(csv->out, "\r\n");
    csv->is_line_begun = false;
}

void table_add_csv(const Table *table, CsvDialect dialect, Text *out)
{
    CsvOut csv;
    csv_out_init(&csv, out, dialect);
    for (int c = 0; c < table->n_columns; c++) csv_out_text(&csv, table->columns[c].name);
    csv_out_end_line(&csv);
    for (int row = 0; row < table->n_rows; row++) {
        for (int c = 0; c < table->n_columns; c++) {
            Cell cell = {0};
            table->columns[c].get(table->context, row, &cell);
            switch (cell.kind) {
            case CELL_NONE:
                csv_out_null(&csv);
                break;
            case CELL_TEXT:
                csv_out_text(&csv, cell.text);
                break;
            case CELL_NUMBER:
                csv_out_number(&csv, cell.number);
                break;
            case CELL_FLAG:
                csv_out_text(&csv, cell.number != 0.0 ? "true" : "false");
                break;
            }
        }
        csv_out_end_line(&csv);
    }
}
