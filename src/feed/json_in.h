/* JSON reading: strict, with line and column of syntax errors and JSON pointers for the rest.
 *
 * Layer: feed, private. jansson values leave this room only inside opaque types.
 */
#ifndef FEED_JSON_IN_H
#define FEED_JSON_IN_H

#include "tokentco/arena.h"
#include "tokentco/err.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    JSON_IN_STRICT = 0,
    JSON_IN_NONFINITE =
        1 << 0, /* bare NaN, Infinity, -Infinity outside strings read as null (some tools write them) */
    JSON_IN_DUPLICATES =
        1 << 1,            /* a repeated key is no fault: its last value counts, as most readers have it */
    JSON_IN_LINES = 1 << 2 /* documents one after the other, each on a line of its own, are read as a list */
};

/* The document, duplicate keys refused unless allowed, or NULL with the place of the first fault. The caller
 * owns the reference. */
json_t *json_in_text(const char *file, const char *text, size_t n_bytes, unsigned flags, Err *err);
json_t *json_in_file(const char *path, unsigned flags, Err *err);

/* The same, with the whole tree in the arena: it is gone with the arena and must neither be released, changed
 * nor kept longer. Releasing the values of a large feed one by one took a seventh of the time of its import.
 */
json_t *json_in_arena(const char *file, const char *text, size_t n_bytes, unsigned flags, Arena *arena,
                      Err *err);

/* A finite number (integer or real). The fault names what is there instead. */
bool json_in_number(const json_t *value, double *out, Err *err);
bool json_in_integer(const json_t *value, long min, long max, long *out, Err *err);
bool json_in_string(const json_t *value, const char **out,
                    Err *err); /* borrowed from the value; no NUL inside */

/* "a string", "a number", "an object", ... for messages. */
const char *json_in_type_name(const json_t *value);

/* Member of an object or NULL; the object may be NULL or of another type. */
json_t *json_in_member(const json_t *object, const char *key);

/* Appends "/key" to a pointer, with ~ and / escaped (RFC 6901). */
void json_in_pointer_add(char *pointer, size_t size, const char *key);

#endif
