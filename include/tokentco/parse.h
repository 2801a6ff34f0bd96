/* Strict reading of numbers, dates and quantities with units.
 *
 * Layer: base. Nothing is clamped, trimmed or defaulted: text that is not wholly the thing asked for is an
 * error. Requires LC_NUMERIC "C" (main sets it).
 */
#ifndef TOKENTCO_PARSE_H
#define TOKENTCO_PARSE_H

#include "tokentco/err.h"

#include <stdbool.h>
#include <stdint.h>

/* A finite decimal number, whole text. Refuses "", blanks, hex, NaN, infinity and overflow. */
bool parse_number(const char *text, double *out, Err *err);

/* A whole number within [min, max]. */
bool parse_integer(const char *text, long min, long max, long *out, Err *err);

/* Days since 1970-01-01, proleptic Gregorian. */
typedef int32_t Date;
/* Months since year 0: 12 * year + month - 1. */
typedef int32_t Month;

bool parse_date(const char *text, Date *out,
                Err *err); /* YYYY-MM-DD, a day that exists, years 1900 to 2199 */
bool parse_month(const char *text, Month *out, Err *err); /* YYYY-MM */
void date_format(Date date, char out[16]);                /* YYYY-MM-DD */
void month_format(Month month, char out[16]);             /* YYYY-MM */
Date date_of(int year, int month, int day);
void date_split(Date date, int *year, int *month, int *day);
Month month_of_date(Date date);
Date date_of_month(Month month); /* its first day */
Date date_today(void);           /* UTC */

/* A quantity as a person types it, in the unit of the field that is edited: "2.49/h", "$2.49", "8x", "70%",
 * "1.5k", "3.2M", "36mo", "50ms". `unit` is the field's unit ("USD/GPU-h", "frac", "s", ...). Per cent is for
 * fractions and rates only; time suffixes only for times. The value comes back in the field's own unit. */
bool parse_quantity(const char *text, const char *unit, double *out, Err *err);

/* "A to B": two quantities with A < B. */
bool parse_range(const char *text, const char *unit, double *low, double *high, Err *err);

/* Distance for "did you mean": least number of edits between two words, case ignored, capped at 99. */
int edit_distance(const char *a, const char *b);

/* Do two names have the same letters and digits in the same order? Case, spaces and punctuation are ignored:
 * "llama31-8b" and "Llama 3.1 8B" are alike. */
bool names_alike(const char *a, const char *b);

#endif
