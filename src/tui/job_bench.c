/* The benchmark as a child process. Layer: tui (no curses). */
#include "tui/job_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { CANCEL_CHECK_MS = 50 };
static const char own_program[] = "/proc/self/exe", nowhere[] = "/dev/null";

BenchJob *bench_job_new(const char *records)
{
    BenchJob *job = malloc(sizeof *job);
    if (job == NULL) abort();
    *job = (BenchJob){records};
    return job;
}

static void publish(Worker *worker, BenchResult result, double done_frac)
{
    BenchResult *copy = malloc(sizeof *copy);
    if (copy == NULL) abort();
    *copy = result;
    worker_publish(worker, copy, done_frac);
}

/* Starts `tokentco bench --quick --progress` with its messages in `errors`. False: no such process. */
static bool start_child(const BenchJob *job, int errors, pid_t *child)
{
    char words[6][16] = {"tokentco", "bench", "--quick", "--progress", "--quiet", "--records"};
    char *arguments[8];
    int n = job->records != NULL ? 6 : 5;
    for (int i = 0; i < n; i++) arguments[i] = words[i];
    char *folder = job->records != NULL ? strdup(job->records) : NULL;
    if (folder != NULL) arguments[n++] = folder;
    arguments[n] = NULL;
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_addopen(&files, STDIN_FILENO, nowhere, O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, nowhere, O_WRONLY, 0);
    posix_spawn_file_actions_adddup2(&files, errors, STDERR_FILENO);
    /* The worker's thread takes no signals; its child must, or it could not be cancelled. */
    sigset_t none, defaults;
    sigemptyset(&none);
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    bool ok = posix_spawn(child, own_program, &files, &attributes, arguments, environ) == 0;
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
    free(folder);
    return ok;
}

/* "0.425 prefill 128": a line of --progress; anything else is the fault that ended it. */
static void take_line(Worker *worker, const char *line, BenchResult *last)
{
    char *rest = NULL;
    double share = strtod(line, &rest);
    bool is_progress = rest != line && *rest == ' ';
    snprintf(last->text, sizeof last->text, "%s", is_progress ? rest + 1 : line);
    if (is_progress) publish(worker, *last, share);
}

/* Reads the child's messages until it ends. False: cancelled meanwhile. */
static bool follow(Worker *worker, int messages, BenchResult *last)
{
    char line[256];
    size_t n = 0;
    while (!worker_is_cancelled(worker)) {
        struct pollfd source = {messages, POLLIN, 0};
        int ready = poll(&source, 1, CANCEL_CHECK_MS);
        if (ready == 0 || (ready < 0 && errno == EINTR)) continue;
        char c;
        if (read(messages, &c, 1) != 1) return true;
        if (c != '\n' && n + 1 < sizeof line) line[n++] = c;
        if (c != '\n') continue;
        line[n] = '\0';
        n = 0;
        take_line(worker, line, last);
    }
    return false;
}

static void work(Worker *worker, void *at)
{
    int ends[2];
    pid_t child;
    BenchResult last = {.text = "starting"};
    publish(worker, last, 0.0);
    if (pipe(ends) != 0) return;
    for (int i = 0; i < 2; i++) fcntl(ends[i], F_SETFD, FD_CLOEXEC);
    bool is_started = start_child(at, ends[1], &child);
    close(ends[1]);
    if (is_started) {
        bool is_whole = follow(worker, ends[0], &last);
        int status = 0;
        if (!is_whole) kill(child, SIGTERM);
        while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
        }
        last.is_done = true;
        last.is_failed = !WIFEXITED(status) || WEXITSTATUS(status) != 0;
    } else {
        last = (BenchResult){true, true, "the benchmark could not be started"};
    }
    close(ends[0]);
    publish(worker, last, 1.0);
}

const WorkKind bench_work = {"bench", work, free, free};
