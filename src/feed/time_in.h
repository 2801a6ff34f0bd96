/* Points in time as logs and tools write them. Layer: feed, private. */
#ifndef FEED_TIME_IN_H
#define FEED_TIME_IN_H

#include <stdbool.h>
#include <stddef.h>

enum { TIME_TEXT_BYTES = 24 };

/* Seconds since 1970 UTC of "2026-11-25T16:02:09.25Z", "2026-11-25 16:02:09+01:00", "20261125-160209", or of
 * a number of seconds, milliseconds, microseconds or nanoseconds since 1970 (told by its size). A time
 * without a zone counts as UTC. False for anything else, or outside the years 1990 to 2199. */
bool time_parse(const char *text, double *unix_s);

/* The same for a number of seconds, milli-, micro- or nanoseconds. */
bool time_of_number(double number, double *unix_s);

/* "2026-11-25T16:02:09Z" */
void time_format(double unix_s, char out[TIME_TEXT_BYTES]);

#endif
