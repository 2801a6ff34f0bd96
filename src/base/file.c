/* Files: whole reads, atomic writes, folders. Layer: base. */
#include "tokentco/file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { READ_STEP_BYTES = 1 << 16, PATH_BYTES = FILE_PATH_BYTES };

bool file_exists(const char *path)
{
    struct stat info;
    return stat(path, &info) == 0;
}

/* Grows the buffer until the descriptor is exhausted. */
static bool read_all(int fd, const char *path, size_t max_bytes, char **out, size_t *n_bytes, Err *err)
{
    size_t capacity = READ_STEP_BYTES, used = 0;
    char *buffer = malloc(capacity + 1);
    bool is_ok = buffer != NULL;
    if (!is_ok) err_set(err, ERR_BUG, "out of memory");
    while (is_ok) {
        ssize_t n = read(fd, buffer + used, capacity - used);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) is_ok = err_set(err, ERR_NO_INPUT, "cannot read: %s", strerror(errno));
        if (n <= 0) break;
        used += (size_t)n;
        if (used > max_bytes) is_ok = err_set(err, ERR_DATA, "larger than the limit of %zu bytes", max_bytes);
        if (used < capacity) continue;
        char *grown = realloc(buffer, 2 * capacity + 1);
        if (grown == NULL) {
            is_ok = err_set(err, ERR_BUG, "out of memory");
        } else {
            buffer = grown;
            capacity *= 2;
        }
    }
    if (!is_ok) {
        free(buffer);
        return err_at(err, path, 0, 0);
    }
    buffer[used] = '\0';
    *out = buffer;
    *n_bytes = used;
    return true;
}

bool file_read(const char *path, size_t max_bytes, char **out, size_t *n_bytes, Err *err)
{
    if (strcmp(path, "-") == 0) return read_all(STDIN_FILENO, "standard input", max_bytes, out, n_bytes, err);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        err_set(err, ERR_NO_INPUT, "cannot open: %s", strerror(errno));
        return err_at(err, path, 0, 0);
    }
    struct stat info;
    bool is_ok = true;
    if (fstat(fd, &info) == 0 && S_ISDIR(info.st_mode)) {
        err_set(err, ERR_NO_INPUT, "is a folder, not a file");
        is_ok = err_at(err, path, 0, 0);
    }
    is_ok = is_ok && read_all(fd, path, max_bytes, out, n_bytes, err);
    close(fd);
    return is_ok;
}

static bool write_all(int fd, const char *data, size_t n_bytes)
{
    while (n_bytes > 0) {
        ssize_t n = write(fd, data, n_bytes);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0) return false;
        data += n;
        n_bytes -= (size_t)n;
    }
    return true;
}

/* After a rename, the folder itself must reach the disk; a file system that cannot sync folders is no fault.
 */
static void sync_folder_of(const char *path)
{
    char folder[PATH_BYTES];
    snprintf(folder, sizeof folder, "%s", path);
    char *slash = strrchr(folder, '/');
    if (slash == NULL) {
        snprintf(folder, sizeof folder, ".");
    } else {
        slash[slash == folder ? 1 : 0] = '\0';
    }
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0) return;
    fsync(fd);
    close(fd);
}

/* Behind the target's name; mkstemp fills in the last six. */
static const char TEMPORARY_ENDING[] = ".tmp-XXXXXX";
enum { MKSTEMP_BYTES = 6 };
_Static_assert(sizeof TEMPORARY_ENDING <= FILE_ENDING_BYTES, "a temporary's name has room for its ending");

bool file_is_temporary(const char *name)
{
    size_t n = strlen(name), n_ending = sizeof TEMPORARY_ENDING - 1, n_fixed = n_ending - MKSTEMP_BYTES;
    return n > n_ending && strncmp(name + n - n_ending, TEMPORARY_ENDING, n_fixed) == 0 &&
           strchr(name + n - MKSTEMP_BYTES, '.') == NULL;
}

bool file_replace_begin(const char *path, FileReplacement *out, Err *err)
{
    if (strlen(path) >= sizeof out->target) return err_set(err, ERR_IO, "path too long");
    /* A link is written through, so that the link stays one. */
    char *resolved = realpath(path, NULL);
    snprintf(out->target, sizeof out->target, "%s", resolved != NULL ? resolved : path);
    free(resolved);
    struct stat info;
    bool is_old = stat(out->target, &info) == 0;
    if (is_old && !S_ISREG(info.st_mode)) {
        err_set(err, ERR_IO, "exists and is not a plain file");
        return err_at(err, path, 0, 0);
    }
    snprintf(out->temporary, sizeof out->temporary, "%s%s", out->target, TEMPORARY_ENDING);
    out->fd = mkstemp(out->temporary);
    if (out->fd < 0) {
        err_set(err, ERR_IO, "cannot write: %s", strerror(errno));
        return err_at(err, path, 0, 0);
    }
    mode_t mask = umask(0);
    umask(mask);
    if (fchmod(out->fd, is_old ? info.st_mode & 07777 : 0666 & ~mask) == 0) return true;
    err_set(err, ERR_IO, "cannot write: %s", strerror(errno));
    close(out->fd);
    unlink(out->temporary);
    return err_at(err, path, 0, 0);
}

bool file_replace_end(const char *path, const FileReplacement *file, bool is_ok, Err *err)
{
    is_ok = is_ok && fsync(file->fd) == 0;
    is_ok = close(file->fd) == 0 && is_ok;
    is_ok = is_ok && rename(file->temporary, file->target) == 0;
    if (!is_ok) {
        err_set(err, ERR_IO, "cannot write: %s", strerror(errno));
        unlink(file->temporary);
        return err_at(err, path, 0, 0);
    }
    sync_folder_of(file->target);
    return true;
}

static bool write_stdout(const void *data, size_t n_bytes, Err *err)
{
    if (fwrite(data, 1, n_bytes, stdout) == n_bytes && fflush(stdout) == 0) return true;
    return err_set(err, ERR_IO, "cannot write to standard output: %s", strerror(errno));
}

bool file_write_atomic(const char *path, const void *data, size_t n_bytes, Err *err)
{
    FileReplacement file;
    if (strcmp(path, "-") == 0) return write_stdout(data, n_bytes, err);
    if (!file_replace_begin(path, &file, err)) return false;
    return file_replace_end(path, &file, write_all(file.fd, data, n_bytes), err);
}

bool file_write_parts(const char *path, bool (*next)(void *context, Text *out), bool (*is_cancelled)(void),
                      void *context, Err *err)
{
    FileReplacement file;
    Text part;
    bool is_stdout = strcmp(path, "-") == 0, is_ok = true, has_more = true;
    if (!is_stdout && !file_replace_begin(path, &file, err)) return false;
    text_init(&part);
    while (is_ok && has_more) {
        text_clear(&part);
        has_more = next(context, &part);
        is_ok = is_stdout ? write_stdout(text_str(&part), part.n_bytes, err)
                          : write_all(file.fd, text_str(&part), part.n_bytes);
    }
    text_free(&part);
    if (is_cancelled != NULL && is_cancelled()) {
        is_ok = false;
        err_set(err, ERR_NO, "cancelled");
    }
    return is_stdout ? is_ok : file_replace_end(path, &file, is_ok, err);
}

bool folder_make(const char *path, Err *err)
{
    char part[PATH_BYTES];
    if (strlen(path) >= sizeof part) return err_set(err, ERR_IO, "path too long");
    for (size_t i = 1; i <= strlen(path); i++) {
        if (path[i] != '/' && path[i] != '\0') continue;
        memcpy(part, path, i);
        part[i] = '\0';
        if (mkdir(part, 0700) != 0 && errno != EEXIST) {
            err_set(err, ERR_IO, "cannot make the folder: %s", strerror(errno));
            return err_at(err, part, 0, 0);
        }
    }
    struct stat info;
    if (stat(path, &info) != 0 || !S_ISDIR(info.st_mode)) {
        err_set(err, ERR_IO, "is not a folder");
        return err_at(err, path, 0, 0);
    }
    return true;
}

/* The tree above the running program, when it still sits in a build folder of it: .../build/tokentco,
 * .../build/asan/tokentco, .../build/tests/test_x. */
static bool tree_find(const char *kind, char *out, size_t size)
{
    char exe[PATH_BYTES];
    ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
    if (n <= 0) return false;
    exe[n] = '\0';
    for (int up = 0; up < 4; up++) {
        char *slash = strrchr(exe, '/');
        if (slash == NULL || slash == exe) return false;
        *slash = '\0';
        int length = snprintf(out, size, "%s/%s", exe, kind);
        if (length > 0 && (size_t)length < size && up > 0 && file_exists(out)) {
            char mark[PATH_BYTES + 16];
            snprintf(mark, sizeof mark, "%s/Makefile", exe);
            if (file_exists(mark)) return true;
        }
    }
    return false;
}

bool shipped_folder_find(const char *kind, char *out, size_t size, Err *err)
{
    const char *data = getenv("TOKENTCO_DATA");
    if (data != NULL && data[0] != '\0') {
        snprintf(out, size, "%s/%s", data, kind);
        if (file_exists(out)) return true;
        return err_set(err, ERR_NO_INPUT, "TOKENTCO_DATA is '%s', which has no folder '%s'", data, kind);
    }
    if (tree_find(kind, out, size)) return true;
    snprintf(out, size, "%s/%s", TOKENTCO_DATADIR, kind);
    if (file_exists(out)) return true;
    return err_set(err, ERR_NO_INPUT,
                   "the shipped folder '%s' is not there (looked in %s); set TOKENTCO_DATA", kind,
                   TOKENTCO_DATADIR);
}

bool user_folder_find(UserFolder kind, char *out, size_t size, Err *err)
{
    static const struct {
        const char *variable, *below_home;
    } places[] = {
        [USER_DATA] = {"XDG_DATA_HOME", ".local/share"},
        [USER_STATE] = {"XDG_STATE_HOME", ".local/state"},
        [USER_CONFIG] = {"XDG_CONFIG_HOME", ".config"},
        [USER_CACHE] = {"XDG_CACHE_HOME", ".cache"},
    };
    const char *base = getenv(places[kind].variable);
    /* The XDG rules say that a relative value is to be ignored. */
    if (base != NULL && base[0] == '/') {
        snprintf(out, size, "%s/tokentco", base);
        return true;
    }
    const char *home = getenv("HOME");
    if (home == NULL || home[0] != '/')
        return err_set(err, ERR_NO_INPUT, "neither %s nor HOME names a folder", places[kind].variable);
    snprintf(out, size, "%s/%s/tokentco", home, places[kind].below_home);
    return true;
}
