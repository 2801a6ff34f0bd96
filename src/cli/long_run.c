/* Progress and Ctrl-C of long computations. Layer: cli. */
#include "cli/long_run.h"

#include <signal.h>
#include <stdio.h>
#include <unistd.h>

static volatile sig_atomic_t is_cancelled;

static void on_interrupt(int signal_number)
{
    (void)signal_number;
    is_cancelled = 1;
}

static void draw_bar(const LongRun *run)
{
    enum { WIDTH = 40, ALL = 100 };
    char bar[WIDTH + 1];
    for (int i = 0; i < WIDTH; i++) bar[i] = i * ALL < run->shown * WIDTH ? '#' : '.';
    bar[WIDTH] = '\0';
    fprintf(stderr, "\r%s [%s] %3d %%", run->what, bar, run->shown);
    fflush(stderr);
}

static bool report(void *context, long done, long all)
{
    LongRun *run = context;
    int percent = all > 0 ? (int)(100.0 * (double)done / (double)all) : 0;
    if (run->has_bar && percent > run->shown) {
        run->shown = percent;
        draw_bar(run);
    }
    return is_cancelled == 0;
}

static void set_handler(void (*handler)(int))
{
    struct sigaction action = {.sa_handler = handler};
    sigemptyset(&action.sa_mask);
    sigaction(SIGINT, &action, NULL);
}

void long_run_begin(const Cli *cli, const char *what, LongRun *out)
{
    *out = (LongRun){.has_bar = isatty(STDERR_FILENO) != 0 && !cli_has(cli, OPT_QUIET), .what = what};
    out->progress = (RiskProgress){report, out};
    is_cancelled = 0;
    set_handler(on_interrupt);
}

bool long_run_is_cancelled(void)
{
    return is_cancelled != 0;
}

void long_run_close(LongRun *run)
{
    if (run->shown > 0) fprintf(stderr, "\r\033[K");
    set_handler(SIG_DFL);
}

void long_run_interrupt(void)
{
    fflush(NULL);
    raise(SIGINT);
}

void long_run_end(LongRun *run)
{
    long_run_close(run);
    if (is_cancelled == 0) return;
    fprintf(stderr, "tokentco: interrupted; nothing was written\n");
    long_run_interrupt();
}
