/* Journal: every edit of a session on disk at once, so that a crash or a lost connection loses nothing.
 *
 * Layer: tui (no curses). One file in the user's state folder: the scenario's path, then one command a line,
 * as the palette and scripts take them. It is removed when the app is left properly.
 */
#ifndef TOKENTCO_TUI_JOURNAL_H
#define TOKENTCO_TUI_JOURNAL_H

#include "tui/app.h"

typedef struct Journal {
    char path[640];
    int fd; /* -1: not open */
    char scenario[512];
} Journal;

void journal_start(Journal *journal, const char *scenario);
void journal_log(void *journal, const char *command);
void journal_end(Journal *journal); /* removes it */

/* The newest journal that a session of this user left behind, other than running ones. False: there is none.
 */
bool journal_find(char *path, size_t size, char *scenario, size_t scenario_size, Err *err);
/* Does its commands again; returns how many did. */
int journal_replay(App *app, const char *path, Err *err);

#endif
