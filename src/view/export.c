/* The table of export formats. Layer: view. */
#include "export_formats.h"

#include <string.h>

const ExportFormat export_formats[] = {
    {"csv", "ledger, one line a posting", false, export_ledger_csv},
    {"csv-wide", "lines by months, with totals", false, export_wide_csv},
    {"xlsx", "workbook with live formulas", false, export_xlsx},
    {"html", "report as one page, to read and to print", true, export_html},
    {"ledger", "journal for ledger and hledger", false, export_ledger_journal},
    {"beancount", "journal for beancount", false, export_beancount},
    {"focus-1.2", "FOCUS 1.2 cost and usage rows", false, export_focus_1_2},
    {"focus-1.4", "FOCUS 1.4 cost and usage rows", false, export_focus_1_4},
};
const int n_export_formats = (int)(sizeof export_formats / sizeof *export_formats);

const ExportFormat *export_find(const char *name)
{
    for (int i = 0; i < n_export_formats; i++)
        if (strcmp(export_formats[i].name, name) == 0) return &export_formats[i];
    return NULL;
}
