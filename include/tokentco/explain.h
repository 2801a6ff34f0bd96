/* Explaining a figure: formula, numbers, sources.
 *
 * Layer: view.
 */
#ifndef TOKENTCO_EXPLAIN_H
#define TOKENTCO_EXPLAIN_H

#include "tokentco/answer.h"
#include "tokentco/style.h"

/* What is explained: a category of an option in a month. */
typedef struct ExplainRequest {
    const Answer *answer;
    int option;
    CategoryId category;
    int month;
} ExplainRequest;

/* False when the option has no such cost in that month; then nothing is added. */
bool explain_add_text(const ExplainRequest *request, const Style *style, Text *out);
bool explain_add_json(const ExplainRequest *request, Text *out);

/* The first month in which an option has a cost of the category; -1 none. */
int explain_first_month(const Answer *answer, int option, CategoryId category);

#endif
