/* The key table, and sessions: edits, undo, redo, baseline, goal seek. */
#include "test.h"
#include "tui/app.h"

#include <stdlib.h>

static bool every_key(const char *keys, void (*visit)(Key key, void *context), void *context)
{
    for (const char *at = keys; *at != '\0';) {
        size_t n = strcspn(at, " ");
        Key key = key_parse(at, n);
        if (key == KEY_OF_NONE) return false;
        visit(key, context);
        at += n;
        at += strspn(at, " ");
    }
    return true;
}

typedef struct Count {
    Key keys[256];
    int n;
} Count;

static void note_key(Key key, void *context)
{
    Count *count = context;
    for (int i = 0; i < count->n; i++)
        if (count->keys[i] == key) fail_msg("key %x is bound twice", key);
    count->keys[count->n++] = key;
}

static void no_key_is_bound_twice(void **state)
{
    (void)state;
    for (int s = 0; s < N_SCREENS; s++) {
        Count count = {.n = 0};
        for (int other = 0; other < N_SCREENS; other++) note_key((Key)screens[other].key, &count);
        for (int i = ACTION_NONE + 1; i < N_ACTIONS; i++)
            if ((actions[i].screens & (1u << s)) != 0)
                assert_true(every_key(actions[i].keys, note_key, &count));
    }
}

static void every_action_is_documented(void **state)
{
    (void)state;
    for (int i = ACTION_NONE + 1; i < N_ACTIONS; i++) {
        assert_true(strlen(actions[i].help) > 3);
        assert_true(strlen(actions[i].group) > 3);
        assert_int_not_equal(actions[i].screens, 0);
        assert_int_equal(action_find(actions[i].name), i);
    }
    for (int i = 0; i < N_SCREENS; i++) assert_true(strlen(screens[i].doc) > 10);
}

static Session *open_session(void)
{
    ErrList errors;
    err_list_init(&errors);
    Session *session = session_open(&(SessionOptions){.scenario = "reference/S0"}, &errors);
    err_list_print(&errors, stderr);
    err_list_free(&errors);
    assert_non_null(session);
    return session;
}

static const FieldRow *row_at(const char *pointer)
{
    FieldRef ref;
    assert_true(field_ref_parse(pointer, &ref, NULL));
    return field_ref_row(&ref);
}

static int option_named(const Session *session, const char *name)
{
    for (int i = 0; i < session_inputs(session)->n_options; i++)
        if (strcmp(session_inputs(session)->options[i].name, name) == 0) return i;
    fail_msg("no option %s", name);
    return -1;
}

static void an_edit_moves_the_results(void **state)
{
    (void)state;
    Session *session = open_session();
    int rent = option_named(session, "rent");
    char pointer[POINTER_BYTES], what[POINTER_BYTES];
    snprintf(pointer, sizeof pointer, "/options/%d/rent/on_demand_usd_per_gpu_h", rent);
    double before = session_result(session, rent)->npv_usd;
    assert_close(before, 1194086.34, 1e-8); /* the method's figure for S0 */
    Err err = {0};
    assert_true(session_set_number(session, pointer, row_at(pointer), 4.2385, &err));
    assert_true(session_result(session, rent)->npv_usd > before);
    assert_close(session_base_result(session, rent)->npv_usd, before, 0.0);
    assert_true(session_is_dirty(session));
    assert_false(session_set_number(session, pointer, row_at(pointer), -1.0, &err));
    assert_close(session_inputs(session)->options[rent].rent.on_demand_usd_per_gpu_h, 4.2385, 0.0);
    assert_true(session_undo(session, what));
    assert_close(session_result(session, rent)->npv_usd, before, 0.0);
    assert_false(session_is_dirty(session));
    assert_false(session_undo(session, what));
    assert_true(session_redo(session, what));
    assert_true(session_result(session, rent)->npv_usd > before);
    session_pin(session);
    assert_close(session_base_result(session, rent)->npv_usd, session_result(session, rent)->npv_usd, 0.0);
    session_close(session);
}

static uint32_t random_next(uint32_t *state)
{
    *state = *state * 1664525u + 1013904223u;
    return *state >> 8;
}

/* Sets, resets and undoes at random; undoing all gives the first document, redoing all the last, byte for
 * byte. */
static void undo_of_all_gives_the_first_document(void **state)
{
    (void)state;
    Session *session = open_session();
    char *first = scenario_dump(session->scenario), what[POINTER_BYTES];
    uint32_t seed = 20263;
    int n_edits = 0;
    for (int i = 0; i < 400; i++) {
        GroupId g = (GroupId)(random_next(&seed) % N_GROUPS);
        const GroupRow *group = &input_groups[g];
        int n = group->scope == SCOPE_OPTION ? session_inputs(session)->n_options : 1;
        FieldRef ref = {(int)(random_next(&seed) % (uint32_t)n), g,
                        (int)(random_next(&seed) % group->n_rows)};
        const FieldRow *row = field_ref_row(&ref);
        bool is_shared = group->scope == SCOPE_OPTION && random_next(&seed) % 4 == 0;
        char pointer[POINTER_BYTES];
        session_pointer(&ref, is_shared, pointer);
        uint32_t pick = random_next(&seed) % 8;
        if (pick == 0)
            session_undo(session, what);
        else if (pick == 1)
            session_redo(session, what);
        else if (pick == 2)
            n_edits += session_unset(session, pointer, NULL);
        else if (row->type == FIELD_NUM || row->type == FIELD_INT) {
            double value = field_get(row, inputs_group_const(session_inputs(session), g, ref.index));
            double moved = field_step_value(row, value, (int)(random_next(&seed) % 7) - 3);
            n_edits += session_set_number(session, pointer, row, moved, NULL);
        }
    }
    assert_true(n_edits > 50);
    while (session_redo(session, what)) {
    }
    char *last = scenario_dump(session->scenario);
    assert_string_not_equal(first, last);
    while (session_undo(session, what)) {
    }
    char *back = scenario_dump(session->scenario);
    assert_string_equal(back, first);
    while (session_redo(session, what)) {
    }
    char *again = scenario_dump(session->scenario);
    assert_string_equal(again, last);
    free(first);
    free(last);
    free(back);
    free(again);
    session_close(session);
}

static void a_gesture_is_one_step_of_undo(void **state)
{
    (void)state;
    Session *session = open_session();
    const char *pointer = "/discount_per_year";
    char what[POINTER_BYTES];
    session_begin_gesture(session);
    for (int i = 1; i <= 5; i++)
        assert_true(session_set_number(session, pointer, row_at(pointer), 0.1 + 0.01 * i, NULL));
    assert_int_equal(session->n_done, 1);
    session_begin_gesture(session);
    assert_true(session_set_number(session, pointer, row_at(pointer), 0.3, NULL));
    assert_int_equal(session->n_done, 2);
    assert_true(session_undo(session, what));
    assert_close(session_inputs(session)->discount_per_year, 0.15, 1e-15);
    assert_true(session_undo(session, what));
    assert_close(session_inputs(session)->discount_per_year, 0.10, 0.0);
    session_close(session);
}

static void goal_seek_reaches_the_amount(void **state)
{
    (void)state;
    Session *session = open_session();
    int rent = option_named(session, "rent");
    FieldRef ref;
    char pointer[POINTER_BYTES];
    snprintf(pointer, sizeof pointer, "/options/%d/rent/on_demand_usd_per_gpu_h", rent);
    assert_true(field_ref_parse(pointer, &ref, NULL));
    double value = 0.0;
    Err err = {0};
    assert_true(session_seek(session, &ref, false, rent, 1300000.0, 0.3, 30.0, &value, &err));
    assert_true(session_set_number(session, pointer, row_at(pointer), value, &err));
    assert_close(session_result(session, rent)->npv_usd, 1300000.0, 1e-7);
    assert_false(session_seek(session, &ref, false, rent, -5.0, 0.3, 30.0, &value, &err));
    assert_int_equal(err.code, ERR_NO);
    session_close(session);
}

static void steps_stay_in_range(void **state)
{
    (void)state;
    for (int g = 0; g < N_GROUPS; g++) {
        for (size_t r = 0; r < input_groups[g].n_rows; r++) {
            const FieldRow *row = &input_groups[g].rows[r];
            if (row->type != FIELD_NUM && row->type != FIELD_INT) continue;
            double value = row->default_value;
            for (int n = -10; n <= 10; n += 5)
                for (int i = 0; i < 40; i++) {
                    value = field_step_value(row, value, n);
                    if (!field_check(row, value, NULL)) fail_msg("%s: stepped to %.17g", row->name, value);
                }
        }
    }
    assert_close(field_step_value(row_at("/discount_per_year"), 0.1, 2), 0.12, 0.0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_key_is_bound_twice),
        cmocka_unit_test(every_action_is_documented),
        cmocka_unit_test(an_edit_moves_the_results),
        cmocka_unit_test(undo_of_all_gives_the_first_document),
        cmocka_unit_test(a_gesture_is_one_step_of_undo),
        cmocka_unit_test(goal_seek_reaches_the_amount),
        cmocka_unit_test(steps_stay_in_range),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
