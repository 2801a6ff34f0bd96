/* Pieces of the terminal app: search in lists, workers, spreads, grids, groups of edits, files read anew. */
#include "test.h"
#include "tui/find.h"
#include "tui/grid.h"
#include "tui/spread.h"
#include "tui/worker.h"

#include "tokentco/file.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

/* ---- find ---- */

static void text_is_found_whatever_its_case(void **state)
{
    (void)state;
    assert_true(text_holds("Llama-70B hosted", "70b"));
    assert_true(text_holds("abc", ""));
    assert_true(text_holds("", ""));
    assert_false(text_holds("", "a"));
    assert_false(text_holds("H10", "h100"));
    assert_true(text_holds("xh1h100", "H100"));
}

static bool is_marked(const void *context, int row)
{
    return ((const char *)context)[row] == 'x';
}

static void rows_are_found_around_the_ends(void **state)
{
    (void)state;
    static const char rows[] = "..x..x.";
    assert_int_equal(find_row(2, 7, 0, is_marked, rows), 2);
    assert_int_equal(find_row(2, 7, 1, is_marked, rows), 5);
    assert_int_equal(find_row(5, 7, 1, is_marked, rows), 2);
    assert_int_equal(find_row(2, 7, -1, is_marked, rows), 5);
    assert_int_equal(find_row(6, 7, 0, is_marked, rows), 2);
    assert_int_equal(find_row(0, 7, 1, is_marked, "......."), -1);
    assert_int_equal(find_row(0, 0, 1, is_marked, ""), -1);
    assert_int_equal(find_row(3, 4, 1, is_marked, "...x"), 3);
}

/* ---- workers ---- */

static atomic_int n_jobs_freed, n_results_freed, n_ended;

static void free_job(void *job)
{
    atomic_fetch_add(&n_jobs_freed, 1);
    free(job);
}

static void free_result(void *result)
{
    atomic_fetch_add(&n_results_freed, 1);
    free(result);
}

static int *new_number(int value)
{
    int *number = malloc(sizeof *number);
    assert_non_null(number);
    *number = value;
    return number;
}

/* Hands over as many numbers as the job says; a negative job goes on until it is cancelled. */
static void count_up(Worker *worker, void *job)
{
    int n = *(const int *)job;
    for (int i = 1; i <= n; i++) {
        int *number = malloc(sizeof *number);
        if (number == NULL) abort();
        *number = i;
        worker_publish(worker, number, (double)i / n);
    }
    while (n < 0 && !worker_is_cancelled(worker)) {
        struct timespec pause = {0, 1000000};
        nanosleep(&pause, NULL);
    }
    atomic_fetch_add(&n_ended, 1);
}

static const WorkKind counting = {"counting", count_up, free_job, free_result};

static void a_worker_hands_over_its_newest_result(void **state)
{
    (void)state;
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    Worker *worker = worker_new(&counting, ends[1]);
    assert_null(worker_take(worker));
    assert_false(worker_is_busy(worker));
    worker_start(worker, new_number(7));
    worker_wait(worker);
    assert_false(worker_is_busy(worker));
    assert_close(worker_progress(worker), 1.0, 0.0);
    int *newest = worker_take(worker);
    assert_non_null(newest);
    assert_int_equal(*newest, 7);
    free(newest);
    assert_null(worker_take(worker));
    char byte;
    assert_int_equal(read(ends[0], &byte, 1), 1); /* the main loop was woken */
    worker_free(worker);
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(atomic_load(&n_jobs_freed), 1);
    assert_int_equal(atomic_load(&n_results_freed), 6);
}

static void a_new_job_cancels_the_one_before(void **state)
{
    (void)state;
    atomic_store(&n_jobs_freed, 0);
    atomic_store(&n_ended, 0);
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    Worker *worker = worker_new(&counting, ends[1]);
    worker_start(worker, new_number(-1)); /* would never end by itself */
    while (!worker_is_busy(worker)) {
    }
    worker_start(worker, new_number(3));
    worker_wait(worker);
    int *newest = worker_take(worker);
    assert_int_equal(*newest, 3);
    free(newest);
    worker_start(worker, new_number(-1));
    worker_cancel(worker);
    worker_wait(worker);
    assert_null(worker_take(worker));
    worker_start(worker, new_number(-1));
    worker_free(worker); /* cancels and waits */
    close(ends[0]);
    close(ends[1]);
    assert_int_equal(atomic_load(&n_jobs_freed), 4);
}

/* ---- sessions ---- */

static Session *open_session(const char *name)
{
    ErrList errors;
    err_list_init(&errors);
    Session *session = session_open(&(SessionOptions){.scenario = name}, &errors);
    err_list_print(&errors, stderr);
    err_list_free(&errors);
    assert_non_null(session);
    return session;
}

static void edits_of_one_gesture_are_undone_together(void **state)
{
    (void)state;
    Session *session = open_session("reference/S0");
    char *first = scenario_dump(session->scenario), what[POINTER_BYTES];
    FieldRef ref;
    assert_true(field_ref_parse("/discount_per_year", &ref, NULL));
    session_begin_gesture(session);
    assert_true(session_set_number(session, "/discount_per_year", field_ref_row(&ref), 0.2, NULL));
    session_begin_gesture(session);
    assert_true(session_set_raw(session, "/rent/region", "\"eu\"", NULL));
    assert_true(session_set_raw(session, "/rent/provider", "\"lambda\"", NULL));
    assert_true(session_set_raw(session, "/engine/gpu", "\"H200\"", NULL));
    char *last = scenario_dump(session->scenario);
    int n_edits = session->n_done;
    assert_true(n_edits > 2);
    assert_true(session_undo(session, what));
    assert_int_equal(session->n_done, 1);
    assert_close(session_inputs(session)->discount_per_year, 0.2, 0.0);
    assert_true(session_undo(session, what));
    char *back = scenario_dump(session->scenario);
    assert_string_equal(back, first);
    assert_true(session_redo(session, what));
    assert_int_equal(session->n_done, 1);
    assert_true(session_redo(session, what));
    assert_int_equal(session->n_done, n_edits);
    char *again = scenario_dump(session->scenario);
    assert_string_equal(again, last);
    free(first);
    free(last);
    free(back);
    free(again);
    session_close(session);
}

/* Each kind of event: a series by factor and by value, on prices and volumes, and every moment. */
static void an_event_less_is_a_document_less_one_event(void **state)
{
    static const char events[] =
        "[{\"month\": 5, \"target\": \"/options/*/rent/on_demand_usd_per_gpu_h\", \"factor\": 0.7},"
        " {\"month\": 9, \"target\": \"/options/*/rent/on_demand_usd_per_gpu_h\", \"value\": 1.9},"
        " {\"month\": 7, \"target\": \"/options/*/api/prices\", \"factor\": 0.6},"
        " {\"month\": 11, \"target\": \"/workloads/0/requests_per_month\", \"value\": 4e6},"
        " {\"month\": 2, \"target\": \"/workloads/*/begin\"},"
        " {\"month\": 33, \"target\": \"/workloads/*/end\"},"
        " {\"month\": 13, \"target\": \"/options/*/api/retirement\", \"factor\": 1.3, \"value\": 5000},"
        " {\"month\": 17, \"target\": \"/options/*/fleet/generation\", \"factor\": 1.7, \"value\": 9000}]";
    enum { N_EVENTS = 8 };
    (void)state;
    Session *session = open_session("reference/S0");
    Err err = {0};
    if (!session_set_raw(session, "/events", events, &err)) fail_msg("%s", err.text);
    const Inputs *inputs = session_inputs(session);
    Workspace *workspace = workspace_new(inputs->horizon_months, inputs->n_options);
    for (int e = 0; e < N_EVENTS; e++) {
        char pointer[40];
        char *rest = strdup("["), *raw;
        for (int k = 0; k < N_EVENTS; k++) {
            if (k == e) continue;
            snprintf(pointer, sizeof pointer, "/events/%d", k);
            raw = scenario_get_raw(session->scenario, pointer);
            rest = realloc(rest, strlen(rest) + strlen(raw) + 4);
            assert_non_null(rest);
            if (strlen(rest) > 1) strcat(rest, ",");
            strcat(rest, raw);
            free(raw);
        }
        strcat(rest, "]");
        Snapshot *anew = session_preview(session, "/events", rest, &err);
        free(rest);
        assert_non_null(anew);
        Resolved without;
        assert_true(scenario_without_event(session->scenario, &session->now->resolved, e, &without));
        evaluate(&without.inputs, workspace, NULL);
        bool is_felt = false;
        for (int i = 0; i < inputs->n_options; i++) {
            double expected = workspace_result(anew->workspace, i)->npv_usd;
            double npv_usd = workspace_result(workspace, i)->npv_usd;
            if (memcmp(&npv_usd, &expected, sizeof expected) != 0)
                fail_msg("event %d, option %d: %.17g, not %.17g", e, i, npv_usd, expected);
            is_felt = is_felt || fabs(expected - session_result(session, i)->npv_usd) > 1.0;
        }
        if (!is_felt && e != 0) fail_msg("event %d moves nothing: the case tests nothing", e);
        snapshot_drop(anew);
        resolved_free(&without);
    }
    workspace_free(workspace);
    session_close(session);
}

static void a_preview_changes_nothing(void **state)
{
    (void)state;
    Session *session = open_session("reference/S0");
    char *first = scenario_dump(session->scenario);
    Err err = {0};
    Snapshot *preview = session_preview(session, "/horizon_months", "24", &err);
    assert_non_null(preview);
    assert_int_equal(preview->resolved.inputs.horizon_months, 24);
    assert_int_equal(session_inputs(session)->horizon_months, 36);
    Text text;
    text_init(&text);
    assert_int_equal(snapshot_differences(session->now, preview, 9, &text), 1);
    assert_string_equal(text_str(&text), "/horizon_months: 36 mo -> 24 mo\n");
    text_free(&text);
    snapshot_drop(preview);
    assert_null(session_preview(session, "/horizon_months", "-3", &err));
    assert_int_equal(err.code, ERR_DATA);
    char *after = scenario_dump(session->scenario);
    assert_string_equal(after, first);
    free(first);
    free(after);
    session_close(session);
}

static void a_file_that_changed_is_shown_before_it_is_taken(void **state)
{
    (void)state;
    char path[] = "/tmp/tokentco-stage-XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    close(fd);
    Session *session = open_session("reference/S0");
    Err err = {0};
    assert_true(session_save(session, path, &err));
    FieldRef ref;
    assert_true(field_ref_parse("/discount_per_year", &ref, NULL));
    assert_true(session_set_number(session, "/discount_per_year", field_ref_row(&ref), 0.07, NULL));
    /* Only prices could have changed: what is under edit stays. */
    assert_true(session_stage(session, &err));
    assert_false(session->is_staged_file);
    assert_close(session->staged->resolved.inputs.discount_per_year, 0.07, 0.0);
    assert_true(session_set_number(session, "/discount_per_year", field_ref_row(&ref), 0.31, NULL));
    char *text = scenario_dump(session->scenario);
    assert_true(file_write_atomic(path, text, strlen(text), &err));
    free(text);
    assert_true(session_set_number(session, "/discount_per_year", field_ref_row(&ref), 0.07, NULL));
    assert_true(session_stage(session, &err));
    assert_true(session->is_staged_file);
    assert_close(session_inputs(session)->discount_per_year, 0.07, 0.0);
    assert_true(session_take_stage(session, &err));
    assert_close(session_inputs(session)->discount_per_year, 0.31, 0.0);
    assert_false(session_is_dirty(session));
    char what[POINTER_BYTES];
    assert_true(session_undo(session, what));
    assert_close(session_inputs(session)->discount_per_year, 0.07, 0.0);
    assert_true(file_write_atomic(path, "{", 1, &err));
    assert_false(session_stage(session, &err));
    assert_null(session->staged);
    session_close(session);
    unlink(path);
}

/* ---- spreads ---- */

static void expect_spread(const char *text, const char *unit, const char *json)
{
    FieldRow row = {.name = "x", .unit = unit, .type = FIELD_NUM, .min = -1e9, .max = 1e9};
    Text out;
    Err err = {0};
    text_init(&out);
    bool ok = spread_parse(text, &row, &out, &err);
    if (json == NULL) {
        if (ok) fail_msg("'%s' was taken as %s", text, text_str(&out));
        assert_true(strlen(err.text) > 5);
    } else {
        if (!ok) fail_msg("'%s': %s", text, err.text);
        assert_string_equal(text_str(&out), json);
    }
    text_free(&out);
}

static void spreads_are_read_as_a_person_types_them(void **state)
{
    (void)state;
    expect_spread("0.4 to 2.5", "x", "{\"p5\": 0.4, \"p95\": 2.5}");
    expect_spread("10% to 35%", "frac", "{\"p5\": 0.1, \"p95\": 0.35}");
    expect_spread("1.5k to 3k", "req/mo", "{\"p5\": 1500, \"p95\": 3000}");
    expect_spread("pert 0 30% 70%", "frac", "{\"dist\": \"pert\", \"min\": 0, \"mode\": 0.3, \"max\": 0.7}");
    expect_spread("triangular 1, 2, 4", "x",
                  "{\"dist\": \"triangular\", \"min\": 1, \"mode\": 2, \"max\": 4}");
    expect_spread("uniform 1 2", "x", "{\"dist\": \"uniform\", \"min\": 1, \"max\": 2}");
    expect_spread("normal -1 to 3", "x", "{\"dist\": \"normal\", \"p5\": -1, \"p95\": 3}");
    expect_spread("", "x", "");
    expect_spread("2.5 to 0.4", "x", NULL);
    expect_spread("0.4", "x", NULL);
    expect_spread("pert 1 2", "x", NULL);
    expect_spread("uniform 1 2 3", "x", NULL);
    expect_spread("gauss 1 2", "x", NULL);
    expect_spread("1s to 2kg", "s", NULL);
}

static void a_spread_is_shown_as_it_was_typed(void **state)
{
    (void)state;
    Session *session = open_session("reference/S0");
    FieldAt field = {.is_shared = false};
    assert_true(field_ref_parse("/workloads/0/input_tok", &field.ref, NULL));
    assert_null(spread_find(session, &field));
    assert_true(session_set_raw(session, "/uncertain/~1workloads~10~1input_tok",
                                "{\"dist\": \"pert\", \"min\": 400, \"mode\": 1155, \"max\": 3000}", NULL));
    const Uncertain *item = spread_find(session, &field);
    assert_non_null(item);
    char text[96];
    spread_format(item, true, text, sizeof text);
    assert_string_equal(text, "pert 400 1155 3000");
    spread_format(item, false, text, sizeof text);
    assert_string_equal(text, "400 to 3 k");
    session_close(session);
}

/* ---- grids ---- */

static void get_name(const void *context, int row, Cell *out)
{
    cell_set_text(out, ((const char *const *)context)[row]);
}

static void get_length(const void *context, int row, Cell *out)
{
    const char *name = ((const char *const *)context)[row];
    if (name[0] != 'c') cell_set_number(out, (double)strlen(name));
}

static void grids_are_filtered_and_sorted(void **state)
{
    (void)state;
    static const char *const names[] = {"bbbb", "a", "cc", "AAA"};
    static const Column columns[] = {
        {"name", "name", "", "name", ALIGN_LEFT, SHOW_SHORTEST, 0, get_name},
        {"length", "length", "", "length", ALIGN_RIGHT, SHOW_SHORTEST, 0, get_length}};
    Table table = {columns, 2, 4, names, NULL};
    int order[4];
    assert_int_equal(grid_order(&table, "", -1, false, order), 4);
    assert_int_equal(order[3], 3);
    assert_int_equal(grid_order(&table, "a", -1, false, order), 2);
    assert_int_equal(order[0], 1);
    assert_int_equal(order[1], 3);
    assert_int_equal(grid_order(&table, "", 1, false, order), 4);
    assert_int_equal(order[0], 1);
    assert_int_equal(order[2], 0);
    assert_int_equal(order[3], 2); /* what has no number comes last */
    grid_order(&table, "", 1, true, order);
    assert_int_equal(order[0], 0);
    assert_int_equal(order[3], 2);
    assert_int_equal(grid_next_sort(&table, -1), 1);
    assert_int_equal(grid_next_sort(&table, 1), -1);
    assert_int_equal(grid_order(&table, "zz", -1, false, order), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(text_is_found_whatever_its_case),
        cmocka_unit_test(rows_are_found_around_the_ends),
        cmocka_unit_test(a_worker_hands_over_its_newest_result),
        cmocka_unit_test(a_new_job_cancels_the_one_before),
        cmocka_unit_test(edits_of_one_gesture_are_undone_together),
        cmocka_unit_test(an_event_less_is_a_document_less_one_event),
        cmocka_unit_test(a_preview_changes_nothing),
        cmocka_unit_test(a_file_that_changed_is_shown_before_it_is_taken),
        cmocka_unit_test(spreads_are_read_as_a_person_types_them),
        cmocka_unit_test(a_spread_is_shown_as_it_was_typed),
        cmocka_unit_test(grids_are_filtered_and_sorted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
