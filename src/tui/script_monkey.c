/* A monkey at the keys: whatever is pressed, frames stay full, fields in range, and undo goes all the way
 * back. Layer: tui (no curses). */
#include "tui/script_parts.h"

#include <stdlib.h>
#include <string.h>

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

/* The draws that an edit starts cost far more than the edit: in most stretches they are called off at once,
 * in the others they run, and hand results over in the midst of the keys. */
static void hold_draws(App *app, unsigned long i)
{
    enum { STRETCH_KEYS = 500, STRETCHES = 10 };
    if (i / STRETCH_KEYS % STRETCHES == 0) return;
    jobs_cancel(&app->jobs, JOB_RISK);
    jobs_cancel(&app->jobs, JOB_MATTER);
}

bool script_monkey(App *app, const char *arguments, Text *out, Err *err)
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
        hold_draws(app, i);
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
