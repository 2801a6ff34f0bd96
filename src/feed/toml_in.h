/* TOML reading into JSON values.
 *
 * Layer: feed, private. What configuration-like data files use: comments, bare, quoted and dotted keys,
 * tables, arrays of tables, inline tables, arrays, strings of all four kinds, integers with underscores,
 * floats, booleans; dates and times come back as strings. A repeated key is an error.
 */
#ifndef FEED_TOML_IN_H
#define FEED_TOML_IN_H

#include "tokentco/err.h"

#include <jansson.h>
#include <stddef.h>

/* An object that the caller owns, or NULL with file and line of the fault. `text` is terminated at `n_bytes`.
 */
json_t *toml_in_text(const char *file, const char *text, size_t n_bytes, Err *err);

#endif
