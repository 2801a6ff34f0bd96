/* What the writers of a comparison share. Layer: view, private. */
#ifndef VIEW_COMPARE_ROWS_H
#define VIEW_COMPARE_ROWS_H

#include "tokentco/compare.h"

/* "llama on H100: rent/decline_per_year", and its value on either side as people read it. */
void compare_place(const Comparison *comparison, const FieldDifference *field, char *out, size_t size);
void compare_value(const Comparison *comparison, const FieldDifference *field, bool is_b, char *out,
                   size_t size);

/* The option's name, or "the cheapest". */
const char *compare_share_name(const Comparison *comparison, const Attribution *share);

/* The result of a pair's option; NULL when there is none, or it cannot serve. */
const OptionResult *compare_result(const Comparison *comparison, int pair, bool is_b);

/* Exact decimals. */
void compare_money(int64_t micro_usd, char out[FORMAT_BYTES]);

#endif
