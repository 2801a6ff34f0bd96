/* Figures as people read them, and the width of text on a screen.
 *
 * Layer: view. Every `out` holds FORMAT_BYTES. These forms are for eyes: files for machines take
 * number_format (tokentco/field.h) or exact decimals.
 */
#ifndef TOKENTCO_FORMAT_H
#define TOKENTCO_FORMAT_H

#include "tokentco/text.h"

#include <stddef.h>

enum { FORMAT_BYTES = 48 };

/* "1,194,086", "-3": whole units with a comma at the thousands. */
void format_grouped(double value, char out[FORMAT_BYTES]);

/* "6.55", "0.0123", "1,234": two decimals, more below 0.1 so that two digits count, none from 1000 on. */
void format_price(double value, char out[FORMAT_BYTES]);

/* "12.6 M", "300 k", "0.05", "1 G": three digits that count and a decimal prefix, trailing zeros dropped. */
void format_si(double value, char out[FORMAT_BYTES]);

/* "66 %", "0.4 %": of a fraction. */
void format_percent(double fraction, char out[FORMAT_BYTES]);

/* A name or unit with its currency: "npv_usd" becomes "npv_eur", "USD/Mtok" and "$/Mtok" become "EUR/Mtok".
 * As it is for "USD" and NULL. */
enum { CURRENCY_NAME_BYTES = 96 };
void format_currency_name(const char *name, const char *currency, char out[CURRENCY_NAME_BYTES]);

/* Columns that UTF-8 text takes on a terminal. Control characters and broken bytes count as one. */
int width_of(const char *text);

/* Bytes of the longest start of `text` that takes at most `columns`; whole grapheme clusters only. */
size_t width_fit(const char *text, int columns);

/* Adds `text` cut to `columns` (the last one an ellipsis, or '~' without UTF-8) and filled with blanks. */
typedef enum Align { ALIGN_LEFT, ALIGN_RIGHT } Align;
void width_add(Text *out, const char *text, int columns, Align align, int is_utf8);

#endif
