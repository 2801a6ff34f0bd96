/* Search: every plan that the market offers, ranked, and what the limits cost. Layer: tui (no curses). */
#include "tui/grid.h"
#include "tui/job_search.h"
#include "tui/pick.h"
#include "tui/screens.h"

#include "tokentco/search_report.h"

#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct SearchList {
    const char *name;
    Table (*table)(const SearchResult *result);
    const SearchPlans *(*plans)(const SearchResult *result); /* NULL: its rows are no plans */
} SearchList;

static const SearchPlans *ranked(const SearchResult *result)
{
    return &result->ranked;
}

static const SearchPlans *by_latency(const SearchResult *result)
{
    return &result->by_latency;
}

static const SearchList lists[] = {
    {"cheapest", search_ranking_table, ranked},
    {"cost against latency", search_latency_table, by_latency},
    {"limits", search_constraint_table, NULL},
    {"size classes", search_class_table, NULL},
};
enum { N_LISTS = sizeof lists / sizeof lists[0], GAUGE_COLUMNS = 24 };

static const SearchStudy *study_of(const App *app)
{
    const SearchStudy *study = app->jobs.results[JOB_SEARCH];
    return study != NULL && study->fault[0] == '\0' ? study : NULL;
}

/* The rows of the list that is shown. The caller frees `*order`. */
static int rows_shown(const SearchState *state, const SearchStudy *study, Table *table, int **order)
{
    *table = lists[state->which].table(&study->result);
    *order = calloc((size_t)table->n_rows + 1, sizeof **order);
    if (*order == NULL) abort();
    return grid_order(table, state->filter, state->sort, false, *order);
}

void search_start(void *at)
{
    SearchState *state = at;
    search_wish_init(&state->wish);
    state->sort = -1;
}

/* ---- drawing ---- */

static void wish_format(const SearchWish *wish, char *out, size_t size)
{
    char limits[64] = "";
    if (wish->has_tpot) snprintf(limits, sizeof limits, ", %.3g ms a token", wish->tpot_s * 1e3);
    const char *class_name = wish->min_class == SEARCH_CLASS_AUTO   ? "size as in the scenario"
                             : wish->min_class == SEARCH_CLASS_NONE ? "any size"
                                                                    : search_classes[wish->min_class].name;
    const struct {
        const char *name, *value;
    } asked[] = {
        {"model", wish->models}, {"GPU", wish->gpus}, {"seller", wish->providers}, {"region", wish->regions}};
    int used = snprintf(out, size, "%s%s, licence %s, privacy %s%s", class_name,
                        wish->min_class < SEARCH_CLASS_NONE ? " or more" : "",
                        search_licence_names[wish->licence], search_privacy_names[wish->privacy], limits);
    for (size_t i = 0; i < sizeof asked / sizeof asked[0] && (size_t)used < size; i++)
        if (asked[i].value[0] != '\0')
            used += snprintf(out + used, size - (size_t)used, ", %s %s", asked[i].name, asked[i].value);
}

static void draw_head(App *app, const SearchState *state, Rect rect)
{
    Canvas *canvas = app->canvas;
    const SearchStudy *study = app->jobs.results[JOB_SEARCH];
    char text[500];
    int x = rect.x + 1;
    if (jobs_is_busy(&app->jobs, JOB_SEARCH)) {
        double done = jobs_progress(&app->jobs, JOB_SEARCH);
        draw_gauge(canvas, x, rect.y, GAUGE_COLUMNS, done);
        canvas_textf(canvas, x + GAUGE_COLUMNS + 1, rect.y, LOOK_PLAIN, "%3.0f %% of the market   c cancels",
                     done * 100.0);
    } else if (study == NULL) {
        canvas_text_fit(canvas, x, rect.y, rect.width - 2, LOOK_PLAIN,
                        "r looks at every price, model, format, engine, GPU count and hybrid of the book");
    } else if (study->fault[0] != '\0') {
        canvas_text_fit(canvas, x, rect.y, rect.width - 2, LOOK_BAD, study->fault);
    } else {
        char all[FORMAT_BYTES], fit[FORMAT_BYTES];
        format_grouped((double)study->result.n_combinations, all);
        format_grouped((double)search_n_feasible(&study->result), fit);
        snprintf(text, sizeof text, "%s combinations, %s can serve%s", all, fit,
                 study->revision != app->session->revision ? "; edited since: r searches again" : "");
        canvas_text_fit(canvas, x, rect.y, rect.width - 2,
                        study->revision != app->session->revision ? LOOK_WARN : LOOK_PLAIN, text);
    }
    wish_format(&state->wish, text, sizeof text);
    canvas_text_fit(canvas, x, rect.y + 1, rect.width - 2, LOOK_DIM, text);
    for (int i = 0; i < N_LISTS; i++) {
        bool is_here = i == state->which;
        x += canvas_textf(canvas, x, rect.y + 2, is_here ? LOOK_SELECTED : LOOK_DIM,
                          is_here ? "[%s]" : " %s ", lists[i].name);
    }
    if (state->filter[0] != '\0')
        canvas_textf(canvas, x + 1, rect.y + 2, LOOK_WARN, "only '%s' (Esc shows all)", state->filter);
}

static void draw_blame(App *app, const SearchStudy *study, Rect rect)
{
    Text text;
    text_init(&text);
    if (study->is_done && search_n_feasible(&study->result) == 0) {
        text_add(&text, "nothing can serve under these limits; they stop: ");
        search_blame_add(&study->result, &text);
    } else {
        text_add(&text, study->is_done ? "nothing has this text" : "nothing yet");
    }
    canvas_text_fit(app->canvas, rect.x + 1, rect.y, rect.width - 2, LOOK_WARN, text_str(&text));
    text_free(&text);
}

/* What the scenario's own best costs: what a find has to beat. */
static void draw_foot(App *app, Rect row)
{
    int best = session_best_option(app->session);
    char text[300], npv[FORMAT_BYTES];
    if (best >= 0) {
        format_grouped(session_result(app->session, best)->npv_usd, npv);
        snprintf(text, sizeof text,
                 "to beat: %d %.60s, %s USD.  p adds the plan to the scenario, Enter shows all of it",
                 best + 1, session_inputs(app->session)->options[best].name, npv);
        canvas_text_fit(app->canvas, row.x + 1, row.y, row.width - 2, LOOK_DIM, text);
    }
}

void search_draw(App *app, void *at, Rect rect)
{
    SearchState *state = at;
    draw_head(app, state, (Rect){rect.x, rect.y, rect.width, 3});
    const SearchStudy *study = study_of(app);
    Rect body = {rect.x, rect.y + 4, rect.width, rect.height - 6};
    draw_foot(app, (Rect){rect.x, rect.y + rect.height - 1, rect.width, 1});
    if (study == NULL) return;
    Table table;
    int *order, n = rows_shown(state, study, &table, &order);
    draw_grid(app, body, &table, order, n, &state->list, state->sort);
    if (n == 0) draw_blame(app, study, (Rect){body.x, body.y + 1, body.width, 1});
    free(order);
}

/* ---- keys ---- */

static void run_search(App *app, const SearchState *state)
{
    Err err = {0};
    void *job = search_job_new(app->session, &state->wish, &err);
    if (job == NULL) {
        app_say(app, LOOK_BAD, "%s", err.text);
        return;
    }
    jobs_start(&app->jobs, JOB_SEARCH, job);
}

/* The plan under the cursor. NULL: there is none. Valid until results are taken. */
static const SearchPlan *plan_at_cursor(App *app, const SearchState *state)
{
    const SearchStudy *study = study_of(app);
    if (study == NULL || lists[state->which].plans == NULL) return NULL;
    Table table;
    int *order, n = rows_shown(state, study, &table, &order);
    const SearchPlan *plan = NULL;
    if (state->list.cursor < n)
        plan = &lists[state->which].plans(&study->result)->items[order[state->list.cursor]];
    free(order);
    return plan;
}

static void explain_plan(App *app, const SearchPlan *plan)
{
    text_clear(&app->popup);
    for (int i = 0; i < n_search_plan_rows; i++) {
        const FieldRow *row = &search_plan_rows[i];
        char value[FIELD_TEXT_BYTES];
        if ((row->type == FIELD_TEXT || row->type == FIELD_OPT) && !field_is_given(row, plan)) continue;
        field_format(row, plan, value, sizeof value);
        text_addf(&app->popup, "  %-16s %-28s %s\n", row->name, value, row->doc);
    }
    app_popup(app, plan->model);
}

enum { QUESTION_NARROW = N_SEARCH_CONSTRAINTS };

/* "model=llama* gpu=H100,H200": what the market is narrowed to. */
static const struct {
    const char *name;
    size_t offset; /* in SearchWish, of a text of PATTERN_BYTES */
} patterns[] = {
    {"model", offsetof(SearchWish, models)},
    {"gpu", offsetof(SearchWish, gpus)},
    {"seller", offsetof(SearchWish, providers)},
    {"region", offsetof(SearchWish, regions)},
};
enum { N_PATTERNS = sizeof patterns / sizeof patterns[0] };

static char *pattern_at(SearchWish *wish, int i)
{
    return (char *)wish + patterns[i].offset;
}

static void ask_to_narrow(App *app, SearchState *state)
{
    char text[EDITOR_BYTES] = "";
    for (int i = 0, used = 0; i < N_PATTERNS && used < (int)sizeof text; i++)
        if (pattern_at(&state->wish, i)[0] != '\0')
            used += snprintf(text + used, sizeof text - (size_t)used, "%s%s=%s", used > 0 ? " " : "",
                             patterns[i].name, pattern_at(&state->wish, i));
    app_ask(app, QUESTION_NARROW, text, "only",
            "model=llama* gpu=H100,H200 seller=runpod region=eu*; empty is the whole market");
}

static bool take_patterns(SearchWish *wish, const char *text, Err *err)
{
    SearchWish fresh = *wish;
    for (int i = 0; i < N_PATTERNS; i++) pattern_at(&fresh, i)[0] = '\0';
    while (*text != '\0') {
        size_t length = strcspn(text, " "), name = strcspn(text, "=");
        int i = 0;
        while (i < N_PATTERNS &&
               (strlen(patterns[i].name) != name || strncmp(patterns[i].name, text, name) != 0))
            i++;
        if (i == N_PATTERNS || name >= length)
            return err_set(err, ERR_DATA, "'%.*s': write model=, gpu=, seller= or region=", (int)length,
                           text);
        snprintf(pattern_at(&fresh, i), PATTERN_BYTES, "%.*s", (int)(length - name - 1), text + name + 1);
        text += length;
        text += strspn(text, " ");
    }
    *wish = fresh;
    return true;
}

/* Questions of Enter on a line of the limits: which pattern or limit it asks for. */
static bool ask_limit(App *app, const SearchState *state, int constraint)
{
    char text[64] = "";
    const SearchWish *wish = &state->wish;
    switch (constraint) {
    case SEARCH_TPOT:
        if (wish->has_tpot) snprintf(text, sizeof text, "%gms", wish->tpot_s * 1e3);
        break;
    case SEARCH_TTFT:
        if (wish->has_ttft) snprintf(text, sizeof text, "%gs", wish->ttft_s);
        break;
    case SEARCH_REGION:
        snprintf(text, sizeof text, "%.60s", wish->regions);
        break;
    default:
        return false;
    }
    app_ask(app, constraint, text, search_constraints[constraint].name,
            "empty: as the scenario has it. Regions are patterns with commas between: eu*,us-east-1");
    return true;
}

bool search_answer(App *app, void *at, int question, const char *text, Err *err)
{
    SearchState *state = at;
    SearchWish *wish = &state->wish;
    double value = 0.0;
    bool is_given = text[0] != '\0';
    if (question == QUESTION_NARROW) {
        if (!take_patterns(wish, text, err)) return false;
    } else if (question == SEARCH_REGION) {
        snprintf(wish->regions, sizeof wish->regions, "%s", text);
    } else {
        if (is_given && !parse_quantity(text, "s", &value, err)) return false;
        if (is_given && !(value > 0.0)) return err_set(err, ERR_DATA, "must be above 0");
        bool *has = question == SEARCH_TPOT ? &wish->has_tpot : &wish->has_ttft;
        double *limit = question == SEARCH_TPOT ? &wish->tpot_s : &wish->ttft_s;
        *has = is_given;
        *limit = value;
    }
    run_search(app, state);
    return true;
}

/* One step of the limit under the cursor. */
static void step_limit(App *app, SearchState *state, int step)
{
    SearchWish *wish = &state->wish;
    const int n_classes = SEARCH_CLASS_AUTO + 1;
    switch (state->list.cursor) {
    case SEARCH_PRIVACY:
        wish->privacy =
            (SearchPrivacy)(((int)wish->privacy + step + N_SEARCH_PRIVACIES) % N_SEARCH_PRIVACIES);
        break;
    case SEARCH_LICENCE:
        wish->licence = (SearchLicence)(((int)wish->licence + step + N_SEARCH_LICENCES) % N_SEARCH_LICENCES);
        break;
    case SEARCH_SIZE:
        wish->min_class = (SearchClass)(((int)wish->min_class + step + n_classes) % n_classes);
        break;
    default:
        if (!ask_limit(app, state, state->list.cursor))
            app_say(app, LOOK_DIM, "this limit comes from the scenario; +- change licence, privacy and size");
        return;
    }
    run_search(app, state);
}

static void enter(App *app, SearchState *state)
{
    const SearchPlan *plan = plan_at_cursor(app, state);
    if (plan != NULL)
        explain_plan(app, plan);
    else if (study_of(app) == NULL)
        run_search(app, state);
    else if (state->which == 2)
        step_limit(app, state, 1);
}

static void pick(App *app, const SearchState *state)
{
    const SearchPlan *plan = plan_at_cursor(app, state);
    if (plan == NULL) {
        app_say(app, LOOK_DIM, "no plan under the cursor");
        return;
    }
    SearchPlan copy = *plan;
    pick_plan(app, &copy);
}

static bool handle_list(App *app, SearchState *state, ActionId action)
{
    const SearchStudy *study = study_of(app);
    if (study == NULL) return false;
    Table table;
    int *order, n = rows_shown(state, study, &table, &order);
    bool is_handled = list_handle(&state->list, action, n, app->canvas->height - 10);
    if (action == ACTION_SORT) {
        state->sort = grid_next_sort(&table, state->sort);
        app_say(app, LOOK_PLAIN, "sorted by %s",
                state->sort < 0 ? "NPV, as found" : table.columns[state->sort].doc);
        is_handled = true;
    }
    free(order);
    return is_handled;
}

static void change_list(SearchState *state, int step)
{
    state->which = (state->which + step + N_LISTS) % N_LISTS;
    state->list = (ListView){0, 0};
    state->sort = -1;
}

bool search_handle(App *app, void *at, ActionId action)
{
    SearchState *state = at;
    if (handle_list(app, state, action)) return true;
    switch ((int)action) {
    case ACTION_LEFT:
    case ACTION_RIGHT:
    case ACTION_NEXT_PANE:
    case ACTION_PREVIOUS_PANE:
        change_list(state, action == ACTION_RIGHT || action == ACTION_NEXT_PANE ? 1 : -1);
        return true;
    case ACTION_RUN:
        run_search(app, state);
        return true;
    case ACTION_CANCEL:
        jobs_cancel(&app->jobs, JOB_SEARCH);
        return true;
    case ACTION_OPEN:
        enter(app, state);
        return true;
    case ACTION_STEP_UP:
    case ACTION_STEP_DOWN:
        if (state->which == 2) step_limit(app, state, action == ACTION_STEP_UP ? 1 : -1);
        return true;
    case ACTION_NARROW:
        ask_to_narrow(app, state);
        return true;
    case ACTION_PICK:
        pick(app, state);
        return true;
    case ACTION_BACK:
        if (state->filter[0] == '\0') return false;
        state->filter[0] = '\0';
        return true;
    default:
        return false;
    }
}

void search_click(App *app, void *at, int pane, int row)
{
    (void)pane;
    SearchState *state = at;
    bool is_again = state->list.cursor == row;
    state->list.cursor = row;
    if (is_again) app_perform(app, ACTION_OPEN);
}

void search_search(App *app, void *at, const char *needle, int direction)
{
    SearchState *state = at;
    const SearchStudy *study = study_of(app);
    if (study == NULL) return;
    Table table;
    int *order, n = rows_shown(state, study, &table, &order);
    int found = grid_find(&table, order, n, state->list.cursor, direction, needle);
    free(order);
    if (found >= 0)
        state->list.cursor = found;
    else
        app_say(app, LOOK_WARN, "'%.60s' is not in this list", needle);
}

void search_filter(App *app, void *at, const char *needle)
{
    (void)app;
    SearchState *state = at;
    snprintf(state->filter, sizeof state->filter, "%s", needle);
    state->list = (ListView){0, 0};
}

void search_export(App *app, void *at, Text *out)
{
    const SearchState *state = at;
    const SearchStudy *study = study_of(app);
    if (study == NULL) return;
    if (state->which == 0) {
        search_csv_add(&study->result, CSV_RFC4180, out);
        return;
    }
    Table table = lists[state->which].table(&study->result);
    table_add_csv(&table, CSV_RFC4180, out);
}
