/* Files: whole reads, atomic writes, and where things are found.
 *
 * Layer: base.
 */
#ifndef TOKENTCO_FILE_H
#define TOKENTCO_FILE_H

#include "tokentco/err.h"
#include "tokentco/text.h"

#include <stdbool.h>
#include <stddef.h>

/* Reads all of `path` ("-": standard input) into a terminated buffer that the caller frees. Refuses folders
 * and more than `max_bytes`. */
bool file_read(const char *path, size_t max_bytes, char **out, size_t *n_bytes, Err *err);

/* Writes a file so that a reader, or a crash, sees the old content or the new one and nothing between:
 * temporary file in the same folder, fsync, rename, fsync of the folder. "-" writes to standard output. */
bool file_write_atomic(const char *path, const void *data, size_t n_bytes, Err *err);

/* The same for a file that is made part by part: `next` adds to the text, which is emptied after each call,
 * and returns false after the last. `is_cancelled` (may be NULL) is asked at the end: then nothing is left
 * behind and the answer is false. */
bool file_write_parts(const char *path, bool (*next)(void *context, Text *out), bool (*is_cancelled)(void),
                      void *context, Err *err);

/* The steps of both, for a writer of its own: what is written to `fd` takes the place of a plain file, or
 * makes a new one, at the end; where it is not ok, or cannot be kept, the old file stays and nothing is left
 * behind. The end closes `fd`. */
enum { FILE_PATH_BYTES = 4096, FILE_ENDING_BYTES = 16 };
typedef struct FileReplacement {
    char target[FILE_PATH_BYTES], temporary[FILE_PATH_BYTES + FILE_ENDING_BYTES];
    int fd;
} FileReplacement;
bool file_replace_begin(const char *path, FileReplacement *out, Err *err);
bool file_replace_end(const char *path, const FileReplacement *file, bool is_ok, Err *err);

/* Is this the name of a temporary file of these? A writer that was killed leaves one behind. */
bool file_is_temporary(const char *name);

bool file_exists(const char *path);

/* Makes the folder and its parents (mode 0700 for new ones). */
bool folder_make(const char *path, Err *err);

/* The shipped data folder that holds pricing/ and scenarios/: $TOKENTCO_DATA, else the tree that the program
 * was built in, else the installed share folder. `kind` is "pricing" or "scenarios". Writes
 * "<folder>/<kind>". */
bool shipped_folder_find(const char *kind, char *out, size_t size, Err *err);

typedef enum UserFolder { USER_DATA, USER_STATE, USER_CONFIG, USER_CACHE } UserFolder;

/* The user's own folder by the XDG rules: $XDG_x_HOME if absolute, else under $HOME; then "/tokentco". */
bool user_folder_find(UserFolder kind, char *out, size_t size, Err *err);

#endif
