/* Snapshots: a document as it was resolved and evaluated at one time.
 *
 * Layer: tui (no curses). A snapshot does not change; it is shared by those who hold it, in other threads
 * too.
 */
#ifndef TOKENTCO_TUI_SNAPSHOT_H
#define TOKENTCO_TUI_SNAPSHOT_H

#include "tokentco/evaluate.h"
#include "tokentco/scenario.h"

#include <stdatomic.h>

typedef struct Snapshot {
    Resolved resolved;
    Workspace *workspace; /* owned; scratch of the main thread besides */
    atomic_int holders;
} Snapshot;

/* Held once. NULL: the faults are in the list. */
Snapshot *snapshot_new(const ResolveSources *sources, const Scenario *scenario, ErrList *errors);
Snapshot *snapshot_hold(Snapshot *snapshot);
/* The last holder frees it. NULL is fine. */
void snapshot_drop(Snapshot *snapshot);

/* The values of `b` that differ from those of `a`, a line each ("pointer: before -> after"), at most
 * `n_max`; returns how many there are. Plans are compared by their numbers. */
int snapshot_differences(const Snapshot *a, const Snapshot *b, int n_max, Text *out);

#endif
