/* Watching files for changes.
 *
 * Layer: base. Folders are watched, because editors and this program replace files instead of writing into
 * them.
 */
#ifndef TOKENTCO_WATCH_H
#define TOKENTCO_WATCH_H

#include "tokentco/err.h"

enum { WATCH_MAX = 64, WATCH_NAME_BYTES = 256 };

typedef struct Watch {
    int fd; /* owned */
    int n;
    struct {
        int id;
        char file[WATCH_NAME_BYTES]; /* "" every file of the folder */
    } items[WATCH_MAX];
} Watch;

bool watch_open(Watch *watch, Err *err);
void watch_close(Watch *watch);

/* Watches a file, or every file of a folder when `path` is one. Returns its number (from 0) in `*item`. */
bool watch_add(Watch *watch, const char *path, int *item, Err *err);

/* Waits for a change and then until nothing changed for `quiet_ms` (writers replace several files). Sets
 * `changed[item]` for each item that changed. False without a fault set: a signal came. */
bool watch_wait(Watch *watch, int quiet_ms, bool changed[WATCH_MAX], Err *err);

#endif
