/* What a search found, for people and for programs.
 *
 * Layer: view.
 */
#ifndef TOKENTCO_SEARCH_REPORT_H
#define TOKENTCO_SEARCH_REPORT_H

#include "tokentco/search.h"
#include "tokentco/table.h"

/* Tables for screens and the report; the context is the result, which must outlive them. */
Table search_ranking_table(const SearchResult *result);
Table search_latency_table(const SearchResult *result);
Table search_quality_table(const SearchResult *result);
Table search_constraint_table(
    const SearchResult *result); /* one row a constraint: how many it stops, what it costs */
Table search_class_table(const SearchResult *result); /* one row a size class: the step down */

/* All of them on a page. */
void search_report_add(const SearchResult *result, const Style *style, Text *out);

/* The ranking with every field of a plan, for programs. */
void search_csv_add(const SearchResult *result, CsvDialect dialect, Text *out);
void search_json_add(const SearchResult *result, Text *out);

/* "TPOT 12 %, memory 80 %, ...": which constraints stop how many, most first; when nothing is feasible. */
void search_blame_add(const SearchResult *result, Text *out);

#endif
