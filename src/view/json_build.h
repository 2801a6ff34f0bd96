/* Private to the JSON writers: jansson values that know "unknown". Layer: view. */
#ifndef TOKENTCO_JSON_BUILD_H
#define TOKENTCO_JSON_BUILD_H

#include "tokentco/text.h"

#include <jansson.h>
#include <math.h>

/* A number, or null where there is none: JSON has no word for infinity. */
static inline json_t *json_number_or_null(double value)
{
    return isfinite(value) ? json_real(value) : json_null();
}

static inline json_t *json_text_or_null(const char *text)
{
    return text != NULL && text[0] != '\0' ? json_string(text) : json_null();
}

/* The document with the currency in its keys ("npv_usd" becomes "npv_eur"); takes the value, gives the new
 * one. As it is for USD. */
json_t *json_name_currency(json_t *value, const char *currency);

/* Appends the document, indented, with a line break, and lets it go. */
void json_add_document(json_t *document, Text *out);

#endif
