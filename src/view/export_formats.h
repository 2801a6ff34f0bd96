/* The writers behind the export formats. Layer: view, private. */
#ifndef VIEW_EXPORT_FORMATS_H
#define VIEW_EXPORT_FORMATS_H

#include "tokentco/export.h"

bool export_ledger_csv(ExportRequest *request, Text *out, Err *err);
bool export_wide_csv(ExportRequest *request, Text *out, Err *err);
bool export_xlsx(ExportRequest *request, Text *out, Err *err);
bool export_ledger_journal(ExportRequest *request, Text *out, Err *err);
bool export_beancount(ExportRequest *request, Text *out, Err *err);
bool export_html(ExportRequest *request, Text *out, Err *err);
bool export_focus_1_2(ExportRequest *request, Text *out, Err *err);
bool export_focus_1_4(ExportRequest *request, Text *out, Err *err);

#endif
