/* What would have to be true: for each option that is not the cheapest, the value of each axis at which it
 * would be.
 *
 * Layer: view. Each axis is moved alone, from its present value outwards; found is the nearest value at which
 * the option costs no more than the cheapest one does there.
 */
#ifndef TOKENTCO_NEEDS_H
#define TOKENTCO_NEEDS_H

#include "tokentco/answer.h"
#include "tokentco/axis.h"
#include "tokentco/cascade.h"
#include "tokentco/table.h"

typedef struct Needs {
    const Answer *answer; /* borrowed */
    int n;                /* rows: feasible options that are not the cheapest */
    int options[INPUT_OPTIONS_MAX];
    AxisNeed items[INPUT_OPTIONS_MAX][N_AXES];
    int n_cascades; /* that can serve, the cheapest one too (E64) */
    int cascades[INPUT_OPTIONS_MAX];
    CascadeLimit limits[INPUT_OPTIONS_MAX];
} Needs;

bool needs_build(const Answer *answer, Needs *out, Err *err);

/* One row an option, one column an axis; "none" where no value in the range turns it. */
Table needs_table(const Needs *needs);
void needs_add_text(const Needs *needs, const Style *style, Text *out);
void needs_add_json(const Needs *needs, Text *out);

#endif
