/* Watching files for changes: inotify. Layer: base. */
#include "tokentco/watch.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 4096, EVENT_BYTES = 1 << 14 };

bool watch_open(Watch *watch, Err *err)
{
    *watch = (Watch){.fd = inotify_init1(IN_CLOEXEC | IN_NONBLOCK)};
    if (watch->fd >= 0) return true;
    return err_set(err, ERR_IO, "cannot watch files: %s", strerror(errno));
}

void watch_close(Watch *watch)
{
    if (watch->fd >= 0) close(watch->fd);
    watch->fd = -1;
}

bool watch_add(Watch *watch, const char *path, int *item, Err *err)
{
    char folder[PATH_BYTES];
    const char *file = "";
    struct stat info;
    if (watch->n == WATCH_MAX) return err_set(err, ERR_USAGE, "at most %d files can be watched", WATCH_MAX);
    snprintf(folder, sizeof folder, "%s", path);
    if (stat(path, &info) == 0 && !S_ISDIR(info.st_mode)) {
        char *slash = strrchr(folder, '/');
        const char *name = strrchr(path, '/');
        file = name != NULL ? name + 1 : path;
        if (slash == NULL) {
            snprintf(folder, sizeof folder, ".");
        } else {
            slash[slash == folder] = '\0'; /* "/x" lies in "/" */
        }
    }
    int id = inotify_add_watch(watch->fd, folder, IN_CLOSE_WRITE | IN_MOVED_TO | IN_DELETE);
    if (id < 0) {
        err_set(err, ERR_NO_INPUT, "cannot watch: %s", strerror(errno));
        return err_at(err, folder, 0, 0);
    }
    *item = watch->n++;
    watch->items[*item].id = id;
    snprintf(watch->items[*item].file, WATCH_NAME_BYTES, "%.255s", file);
    return true;
}

/* Marks the items that an event is about. */
static bool mark(const Watch *watch, const struct inotify_event *event, bool changed[WATCH_MAX])
{
    bool is_marked = false;
    /* Names that start with a dot are locks and files on their way. */
    if (event->len == 0 || event->name[0] == '.') return false;
    for (int i = 0; i < watch->n; i++) {
        const char *file = watch->items[i].file;
        if (watch->items[i].id != event->wd || (file[0] != '\0' && strcmp(file, event->name) != 0)) continue;
        changed[i] = is_marked = true;
    }
    return is_marked;
}

static bool read_events(const Watch *watch, bool changed[WATCH_MAX])
{
    _Alignas(struct inotify_event) char buffer[EVENT_BYTES];
    bool is_marked = false;
    for (ssize_t n; (n = read(watch->fd, buffer, sizeof buffer)) > 0;) {
        for (ssize_t at = 0; at < n;) {
            struct inotify_event event;
            memcpy(&event, buffer + at, sizeof event);
            const struct inotify_event *whole = (const struct inotify_event *)(const void *)(buffer + at);
            is_marked = mark(watch, whole, changed) || is_marked;
            at += (ssize_t)sizeof event + (ssize_t)event.len;
        }
    }
    return is_marked;
}

bool watch_wait(Watch *watch, int quiet_ms, bool changed[WATCH_MAX], Err *err)
{
    struct pollfd poll_fd = {.fd = watch->fd, .events = POLLIN};
    bool is_marked = false;
    memset(changed, 0, WATCH_MAX * sizeof *changed);
    for (;;) {
        int n = poll(&poll_fd, 1, is_marked ? quiet_ms : -1);
        if (n < 0 && errno == EINTR) return false;
        if (n < 0) return err_set(err, ERR_IO, "cannot watch files: %s", strerror(errno));
        if (n == 0) return true;
        is_marked = read_events(watch, changed) || is_marked;
    }
}
