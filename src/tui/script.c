/* Script driver. Layer: tui (no curses). */
#include "tui/script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { SIDE_MAX = 1000, TIMINGS_MAX = 100000, LINE_BYTES = 1024 };

bool size_parse(const char *text, int *width, int *height, Err *err)
{
    char copy[32];
    snprintf(copy, sizeof copy, "%s", text);
    char *x = strchr(copy, 'x');
    long w, h;
    if (x == NULL || strlen(text) >= sizeof copy)
        return err_set(err, ERR_USAGE, "'%.30s' is not a size; write 80x24", text);
    *x = '\0';
    if (!parse_integer(copy, 1, SIDE_MAX, &w, err) || !parse_integer(x + 1, 1, SIDE_MAX, &h, err))
        return false;
    *width = (int)w;
    *height = (int)h;
    return true;
}

static bool press_keys(App *app, const char *names, Err *err)
{
    while (*names != '\0') {
        size_t length = strcspn(names, " ");
        Key key = key_parse(names, length);
        if (key == KEY_OF_NONE) return err_set(err, ERR_DATA, "no key is named '%.*s'", (int)length, names);
        app_key(app, key);
        app_draw(app);
        names += length;
        names += strspn(names, " ");
    }
    return true;
}

static void type_text(App *app, const char *text)
{
    int columns;
    for (int n; (n = text_grapheme(text, &columns)) > 0; text += n) {
        Key key = key_parse(text, (size_t)n);
        app_key(app, key == KEY_OF_NONE ? ' ' : key);
    }
    app_draw(app);
}

static void dump(App *app, const char *name, bool with_looks, Text *out)
{
    app_draw(app);
    text_addf(out, "== %s%s%dx%d\n", name, name[0] != '\0' ? " " : "", app->canvas->width,
              app->canvas->height);
    canvas_dump(app->canvas, with_looks, out);
}

/* ---- timings ---- */

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

static bool time_keys(App *app, const char *arguments, Text *out, Err *err)
{
    size_t length = strcspn(arguments, " ");
    char count[32];
    long n;
    snprintf(count, sizeof count, "%.*s", (int)length, arguments);
    if (!parse_integer(count, 1, TIMINGS_MAX, &n, err)) return false;
    const char *names = arguments + length + strspn(arguments + length, " ");
    double *times = calloc((size_t)n, sizeof *times);
    if (times == NULL) return err_set(err, ERR_BUG, "out of memory");
    const char *at = names;
    bool ok = *at != '\0' || err_set(err, ERR_DATA, "time needs a count and keys");
    for (long i = 0; ok && i < n; i++) {
        if (*at == '\0') at = names;
        size_t key_length = strcspn(at, " ");
        Key key = key_parse(at, key_length);
        ok = key != KEY_OF_NONE || err_set(err, ERR_DATA, "no key is named '%.*s'", (int)key_length, at);
        double start = now_ms();
        if (ok) {
            app_key(app, key);
            app_draw(app);
        }
        times[i] = now_ms() - start;
        at += key_length;
        at += strspn(at, " ");
    }
    qsort(times, (size_t)n, sizeof *times, compare_times);
    if (ok)
        text_addf(out, "%s at %dx%d, %s: %ld frames, ms p50 %.2f p90 %.2f p99 %.2f max %.2f\n",
                  screens[app->screen].name, app->canvas->width, app->canvas->height, names, n, times[n / 2],
                  times[n * 9 / 10], times[n * 99 / 100], times[n - 1]);
    free(times);
    return ok;
}

/* ---- monkey ---- */

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += 0x9e3779b97f4a7c15u);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
    z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
    return z ^ (z >> 31);
}

static bool canvas_is_full(const Canvas *canvas)
{
    for (int y = 0; y < canvas->height; y++) {
        int columns = 0;
        for (int x = 0; x < canvas->width; x++) columns += canvas_cell(canvas, x, y)->width;
        if (columns != canvas->width) return false;
    }
    return true;
}

static bool groups_in_range(const Inputs *inputs, GroupId g, int index, Err *err)
{
    const GroupRow *group = &input_groups[g];
    const void *values = inputs_group_const(inputs, g, index);
    for (size_t r = 0; r < group->n_rows; r++) {
        const FieldRow *row = &group->rows[r];
        bool is_number = row->type == FIELD_NUM || row->type == FIELD_INT;
        if (is_number && !field_check(row, field_get(row, values), err))
            return err_place(err, "%s/%s", group->name, row->name);
    }
    return true;
}

static bool fields_in_range(const Inputs *inputs, Err *err)
{
    bool ok = groups_in_range(inputs, GROUP_SCENARIO, 0, err);
    for (int i = 0; i < inputs->n_workloads; i++) ok = ok && groups_in_range(inputs, GROUP_WORKLOAD, i, err);
    for (int i = 0; i < inputs->n_options; i++)
        for (int g = 0; g < N_GROUPS; g++)
            if (input_groups[g].scope == SCOPE_OPTION) ok = ok && groups_in_range(inputs, (GroupId)g, i, err);
    return ok;
}

/* Keys that write or read files are left out, the benchmark too, and questions are answered with no: a monkey
 * must not touch the disk. */
static bool is_harmless(const App *app, Key key)
{
    if (app->mode == MODE_PROMPT)
        return key != KEY_OF_ENTER || (app->prompt != PROMPT_SAVE_AS && app->prompt != PROMPT_EXPORT &&
                                       app->prompt != PROMPT_COMMAND);
    ActionId action = action_of_key(key, app->screen);
    if (action == ACTION_RUN && app->screen == SCREEN_BENCH) return false;
    return action != ACTION_SAVE && action != ACTION_RELOAD;
}

static Key random_key(uint64_t *state)
{
    uint64_t pick = next_random(state);
    if (pick % 16 == 0)
        return KEY_SPECIAL_FIRST + 1 + (Key)((pick >> 8) % (KEY_SPECIAL_END - KEY_SPECIAL_FIRST - 1));
    if (pick % 16 == 1) return (Key)((pick >> 8) % 32);
    if (pick % 16 == 2) return KEY_OF_ESCAPE;
    if (pick % 16 == 3) return (Key)(0xa1 + (pick >> 8) % 0x2f00);
    if (pick % 16 == 4) return KEY_OF_ENTER;
    return (Key)(' ' + (pick >> 8) % 95);
}

static bool run_monkey(App *app, const char *arguments, Text *out, Err *err)
{
    char *rest = NULL;
    unsigned long n = strtoul(arguments, &rest, 10);
    uint64_t state = strtoul(rest, NULL, 10);
    char *first = scenario_dump(app->session->scenario);
    bool ok = true;
    unsigned long n_edits = 0;
    unsigned revision = app->session->revision;
    for (unsigned long i = 0; ok && i < n; i++) {
        uint64_t pick = next_random(&state);
        if (pick % 97 == 0) {
            canvas_resize(app->canvas, 20 + (int)((pick >> 8) % 140), 5 + (int)((pick >> 20) % 50));
        } else if (pick % 13 == 0) {
            app_mouse(app, (MouseKind)((pick >> 8) % 5), (int)((pick >> 12) % 160), (int)((pick >> 20) % 50));
        } else {
            Key key = app->mode == MODE_CONFIRM ? 'n' : random_key(&state);
            if (is_harmless(app, key)) app_key(app, key);
        }
        n_edits += app->session->revision != revision;
        revision = app->session->revision;
        if (pick % 16 == 0) app_tick(app); /* what threads hand over comes when it comes */
        app_draw(app);
        if (!canvas_is_full(app->canvas)) ok = err_set(err, ERR_BUG, "key %lu of seed: a row is not full", i);
        ok = ok && fields_in_range(session_inputs(app->session), err);
        app->wants_quit = false;
        text_clear(&app->clipboard);
    }
    char what[POINTER_BYTES];
    while (session_undo(app->session, what)) {
    }
    char *last = scenario_dump(app->session->scenario);
    if (ok && strcmp(first, last) != 0)
        ok = err_set(err, ERR_BUG, "undo to the start does not give the first document");
    if (ok)
        text_addf(out, "monkey: %lu keys, %s\n", n, n_edits > 0 ? "edits among them, all undone" : "no edit");
    free(first);
    free(last);
    app->mode = MODE_NORMAL;
    return ok;
}

/* ---- lines ---- */

static bool mouse(App *app, const char *word, const char *arguments, Err *err)
{
    static const char *const kinds[] = {"click", "drag", "release", "wheel-up", "wheel-down"};
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        if (strcmp(kinds[i], word) != 0) continue;
        char *rest = NULL;
        int x = (int)strtol(arguments, &rest, 10);
        app_mouse(app, (MouseKind)i, x, (int)strtol(rest, NULL, 10));
        app_draw(app);
        return true;
    }
    return err_set(err, ERR_DATA, "unknown script command '%.40s'", word);
}

static bool run_line(App *app, const char *line, Text *out, Err *err)
{
    char word[32];
    size_t length = strcspn(line, " ");
    const char *arguments = line + length + strspn(line + length, " ");
    if (length == 0 || line[0] == '#') return true;
    snprintf(word, sizeof word, "%.*s", (int)length, line);
    if (strcmp(word, "keys") == 0) return press_keys(app, arguments, err);
    if (strcmp(word, "wait") == 0) {
        app_wait(app);
        app_draw(app);
        return true;
    }
    if (strcmp(word, ":") == 0) return app_command(app, arguments, err);
    if (strcmp(word, "time") == 0) return time_keys(app, arguments, out, err);
    if (strcmp(word, "monkey") == 0) return run_monkey(app, arguments, out, err);
    if (strcmp(word, "type") == 0) {
        type_text(app, arguments);
        return true;
    }
    if (strcmp(word, "dump") == 0 || strcmp(word, "looks") == 0) {
        dump(app, arguments, word[0] == 'l', out);
        return true;
    }
    if (strcmp(word, "size") == 0) {
        int width, height;
        if (!size_parse(arguments, &width, &height, err)) return false;
        canvas_resize(app->canvas, width, height);
        app_draw(app);
        return true;
    }
    return mouse(app, word, arguments, err);
}

bool script_run(App *app, const char *file, const char *text, Text *out, Err *err)
{
    app_draw(app);
    for (int number = 1; *text != '\0' && !app->wants_quit; number++) {
        char line[LINE_BYTES];
        size_t length = strcspn(text, "\n");
        snprintf(line, sizeof line, "%.*s", (int)length, text);
        if (!run_line(app, line, out, err)) return err_at(err, file, number, 0);
        text += length;
        if (*text == '\n') text++;
    }
    return true;
}
