/* Journal of a session. Layer: tui (no curses). */
#include "tui/journal.h"

#include "tokentco/file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { JOURNAL_BYTES_MAX = 64 << 20 };

static const char head[] = "tokentco journal 1";

static bool journal_folder(char *out, size_t size, Err *err)
{
    return user_folder_find(USER_STATE, out, size, err) && folder_make(out, err);
}

static void write_line(const Journal *journal, const char *line)
{
    size_t n = strlen(line);
    if (journal->fd < 0 || write(journal->fd, line, n) != (ssize_t)n) return;
    if (write(journal->fd, "\n", 1) == 1) fsync(journal->fd);
}

void journal_start(Journal *journal, const char *scenario)
{
    *journal = (Journal){.fd = -1};
    snprintf(journal->scenario, sizeof journal->scenario, "%s", scenario);
    char folder[512];
    if (strcmp(scenario, "-") == 0 || !journal_folder(folder, sizeof folder, NULL)) return;
    snprintf(journal->path, sizeof journal->path, "%s/session-%ld.journal", folder, (long)getpid());
}

/* The file is made at the first edit: a session that changes nothing leaves nothing. */
static void open_now(Journal *journal)
{
    journal->fd = open(journal->path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    char *absolute = realpath(journal->scenario, NULL);
    write_line(journal, head);
    write_line(journal, absolute != NULL ? absolute : journal->scenario);
    free(absolute);
}

void journal_log(void *context, const char *command)
{
    Journal *journal = context;
    if (journal->path[0] == '\0') return;
    if (journal->fd < 0) open_now(journal);
    write_line(journal, command);
}

void journal_end(Journal *journal)
{
    if (journal->fd >= 0) {
        close(journal->fd);
        unlink(journal->path);
    }
    journal->fd = -1;
}

static bool is_left_behind(const char *name)
{
    long pid = 0;
    return sscanf(name, "session-%ld.journal", &pid) == 1 && pid > 0 && kill((pid_t)pid, 0) != 0 &&
           errno == ESRCH;
}

bool journal_find(char *path, size_t size, char *scenario, size_t scenario_size, Err *err)
{
    char folder[512];
    if (!journal_folder(folder, sizeof folder, err)) return false;
    DIR *entries = opendir(folder);
    time_t newest = 0;
    path[0] = '\0';
    for (const struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        char candidate[900];
        struct stat status;
        snprintf(candidate, sizeof candidate, "%s/%s", folder, entry->d_name);
        if (!is_left_behind(entry->d_name) || stat(candidate, &status) != 0 || status.st_mtime < newest)
            continue;
        newest = status.st_mtime;
        snprintf(path, size, "%s", candidate);
    }
    if (entries != NULL) closedir(entries);
    if (path[0] == '\0') return err_set(err, ERR_NO_INPUT, "no session to recover");
    char *text;
    size_t n_bytes;
    if (!file_read(path, JOURNAL_BYTES_MAX, &text, &n_bytes, err)) return false;
    size_t length = strcspn(text, "\n");
    bool is_journal = length == strlen(head) && memcmp(text, head, length) == 0 && text[length] == '\n';
    if (is_journal) {
        const char *at = text + length + 1;
        snprintf(scenario, scenario_size, "%.*s", (int)strcspn(at, "\n"), at);
    }
    free(text);
    return is_journal || err_set(err, ERR_DATA, "%s is not a journal", path);
}

int journal_replay(App *app, const char *path, Err *err)
{
    char *text;
    size_t n_bytes;
    int n_done = 0;
    if (!file_read(path, JOURNAL_BYTES_MAX, &text, &n_bytes, err)) return 0;
    int number = 0;
    for (char *line = text; *line != '\0'; number++) {
        size_t length = strcspn(line, "\n");
        bool is_whole = line[length] == '\n'; /* the last line may have been cut by the crash */
        line[length] = '\0';
        if (number >= 2 && is_whole && app_command(app, line, NULL)) n_done++;
        line += length + (is_whole ? 1 : 0);
    }
    free(text);
    return n_done;
}
