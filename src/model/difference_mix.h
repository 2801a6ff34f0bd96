/* Inputs with some of the changes made. Layer: model, private. */
#ifndef MODEL_DIFFERENCE_MIX_H
#define MODEL_DIFFERENCE_MIX_H

#include "tokentco/difference.h"

/* The option of the first scenario that a difference is of; -1: it concerns all. */
int difference_option(const FieldDifference *field);

/* Is it the profile of a workload or its hours, from which the week is made? They are one change. */
bool difference_is_week(const FieldDifference *field);

/* The path of a difference on either side; NULL: none. */
const double *difference_path(const Inputs *inputs, const FieldDifference *field, bool is_b);

#endif
