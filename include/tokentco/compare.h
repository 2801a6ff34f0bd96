/* Two scenarios side by side: what differs in them, what differs in their results, and which difference costs
 * what.
 *
 * Layer: view.
 */
#ifndef TOKENTCO_COMPARE_H
#define TOKENTCO_COMPARE_H

#include "tokentco/answer.h"
#include "tokentco/difference.h"
#include "tokentco/table.h"

typedef struct Comparison {
    const Answer *a, *b;         /* borrowed */
    const char *name_a, *name_b; /* borrowed */
    Difference difference;
    int n_rows;
    int *rows; /* owned: differences as people are shown them, one a change; the others are told with it */
    int n_shares;
    Attribution *shares; /* owned: one a matched option; then the cheapest, where there are several */
} Comparison;

bool comparison_build(const Answer *a, const char *name_a, const Answer *b, const char *name_b,
                      Comparison *out, Err *err);
void comparison_free(Comparison *comparison);

void comparison_add_text(const Comparison *comparison, const Style *style, Text *out);
/* One table: a row an input, a result or a share of a difference; all comparisons below one header. Money of
 * shares in exact decimals. */
void comparisons_add_csv(const Comparison *comparisons, int n, Text *out);
void comparisons_add_json(const Comparison *comparisons, int n, Text *out);

#endif
