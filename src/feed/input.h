/* Reading a file that may be gzipped or UTF-16. Layer: feed, private. */
#ifndef FEED_INPUT_H
#define FEED_INPUT_H

#include "tokentco/err.h"

#include <stdbool.h>
#include <stddef.h>

/* Largest document that is read whole: well above any public feed, well below memory. */
#define INPUT_MAX_BYTES ((size_t)512 << 20)

/* Do the bytes begin with the byte order mark of UTF-16? */
bool input_is_utf16(const char *bytes, size_t n_bytes);

/* All of `path` ("-": standard input), unpacked when it is gzip, in UTF-8 when it is UTF-16; terminated; the
 * caller frees. A byte order mark is left out. */
bool input_read(const char *path, char **out, size_t *n_bytes, Err *err);

#endif
