/* Timings of the terminal app, taken by the program itself. Layer: tui (no curses). */
#include "tui/job_risk.h"
#include "tui/script_parts.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { TIMINGS_MAX = 100000, WAIT_MS = 10000 };

static double now_ms(void)
{
    struct timespec at;
    clock_gettime(CLOCK_MONOTONIC, &at);
    return (double)at.tv_sec * 1e3 + (double)at.tv_nsec / 1e6;
}

static int compare_times(const void *a, const void *b)
{
    double x, y;
    memcpy(&x, a, sizeof x);
    memcpy(&y, b, sizeof y);
    return (x > y) - (x < y);
}

/* Keys of a script, over and over. */
typedef struct KeyRing {
    const char *names, *at;
} KeyRing;

static bool next_key(KeyRing *ring, Key *out, Err *err)
{
    if (*ring->at == '\0') ring->at = ring->names;
    size_t length = strcspn(ring->at, " ");
    *out = key_parse(ring->at, length);
    if (*out == KEY_OF_NONE) return err_set(err, ERR_DATA, "no key is named '%.*s'", (int)length, ring->at);
    ring->at += length;
    ring->at += strspn(ring->at, " ");
    return true;
}

/* "N KEY...". */
static bool read_arguments(const char *arguments, long *n, KeyRing *ring, Err *err)
{
    size_t length = strcspn(arguments, " ");
    char count[32];
    snprintf(count, sizeof count, "%.*s", (int)length, arguments);
    if (!parse_integer(count, 1, TIMINGS_MAX, n, err)) return false;
    ring->names = ring->at = arguments + length + strspn(arguments + length, " ");
    return ring->names[0] != '\0' || err_set(err, ERR_DATA, "it takes a count and keys");
}

static void add_distribution(const App *app, const char *what, const char *keys, double *times, long n,
                             Text *out)
{
    qsort(times, (size_t)n, sizeof *times, compare_times);
    text_addf(out, "%s at %dx%d, %s: %ld %s, ms p50 %.2f p90 %.2f p99 %.2f max %.2f\n",
              screens[app->screen].name, app->canvas->width, app->canvas->height, keys, n, what, times[n / 2],
              times[n * 9 / 10], times[n * 99 / 100], times[n - 1]);
}

static double *new_times(long n)
{
    double *times = calloc((size_t)n, sizeof *times);
    if (times == NULL) abort();
    return times;
}

bool script_time_keys(App *app, const char *arguments, Text *out, Err *err)
{
    long n;
    KeyRing ring;
    if (!read_arguments(arguments, &n, &ring, err)) return false;
    double *times = new_times(n);
    bool ok = true;
    for (long i = 0; ok && i < n; i++) {
        Key key;
        ok = next_key(&ring, &key, err);
        if (!ok) break;
        app_tick(app);
        double start = now_ms();
        app_key(app, key);
        app_draw(app);
        times[i] = now_ms() - start;
    }
    if (ok) add_distribution(app, "frames", ring.names, times, n, out);
    free(times);
    return ok;
}

/* Waits as the terminal does, until draws of the present state are on the screen. */
static bool wait_for_draws(App *app, long n_draws, Err *err)
{
    for (;;) {
        const RiskStudy *study = app->jobs.results[JOB_RISK];
        bool is_fresh = study != NULL && study->revision == app->session->revision;
        if (is_fresh && study->result.n_draws >= n_draws) break;
        struct pollfd source = {app->jobs.wake_read, POLLIN, 0};
        if (poll(&source, 1, WAIT_MS) <= 0) return err_set(err, ERR_BUG, "no draws came");
        app_tick(app);
    }
    app_draw(app);
    return true;
}

bool script_time_fans(App *app, const char *arguments, Text *out, Err *err)
{
    long n;
    KeyRing ring;
    if (!read_arguments(arguments, &n, &ring, err)) return false;
    double *first = new_times(n), *all = new_times(n);
    bool ok = true;
    for (long i = 0; ok && i < n; i++) {
        Key key;
        ok = next_key(&ring, &key, err);
        if (!ok) break;
        double start = now_ms();
        app_key(app, key);
        app_draw(app);
        ok = wait_for_draws(app, RISK_FIRST_DRAWS, err);
        first[i] = now_ms() - start;
        ok = ok && wait_for_draws(app, RISK_DRAWS_DEFAULT, err);
        all[i] = now_ms() - start;
    }
    if (ok) {
        add_distribution(app, "fans of 512 draws", ring.names, first, n, out);
        add_distribution(app, "fans of 4,096 draws", ring.names, all, n, out);
    }
    free(first);
    free(all);
    return ok;
}
