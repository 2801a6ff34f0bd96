/* Up to which share a cascade may pass requests on (E64).
 *
 * Layer: model. Pure; calls the evaluator. A cascade asks a small option first and a share e of the requests
 * again of a large one: c_small + e c_large. Passing on more than e* costs more than asking the large one
 * alone.
 */
#ifndef TOKENTCO_CASCADE_H
#define TOKENTCO_CASCADE_H

#include "tokentco/evaluate.h"

typedef struct CascadeLimit {
    /* E64: 1 - c_small / c_large, from the NPVs of both alone with every request; below 0 when the small one
     * costs more than the large one. */
    double ratio_frac;
    /* The same with the steps and the fixed costs of both as they are: the share at which the cascade costs
     * what its large option costs alone. */
    bool is_found; /* else the cascade costs more even when nothing is passed on */
    double frac;   /* 0..1; 1: it costs less whatever is passed on */
} CascadeLimit;

/* False when the option is no cascade or it or its large option cannot serve. `scratch` is room for a copy of
 * the inputs. */
bool cascade_limit(const Inputs *inputs, int option, Workspace *workspace, Inputs *scratch,
                   CascadeLimit *out);

#endif
