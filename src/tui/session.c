/* Session: document, results, undo. Layer: tui (no curses). */
#include "tui/session.h"

#include "tokentco/calibration_table.h"
#include "tokentco/file.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *checked(void *memory)
{
    if (memory == NULL) {
        fprintf(stderr, "tokentco: out of memory\n");
        exit(ERR_BUG);
    }
    return memory;
}

static char *copy_text(const char *text)
{
    return checked(strdup(text));
}

/* Resolves and evaluates the document as it stands. False: `now` is untouched and `err` says why. */
static bool refresh(Session *session, Err *err)
{
    ErrList errors;
    err_list_init(&errors);
    Snapshot *snapshot = snapshot_new(&session->sources, session->scenario, &errors);
    if (snapshot != NULL) {
        snapshot_drop(session->now);
        session->now = snapshot;
        session->revision++;
    } else if (err != NULL && errors.n_items > 0) {
        *err = errors.items[0];
    } else {
        err_set(err, ERR_DATA, "the scenario cannot be resolved");
    }
    err_list_free(&errors);
    return snapshot != NULL;
}

Session *session_open(const SessionOptions *options, ErrList *errors)
{
    Session *session = checked(calloc(1, sizeof *session));
    session->zoom = 1.5;
    session->overlay = options->overlay;
    arena_init(&session->arena);
    if (!pricebook_open(&session->book, options->overlay, errors)) goto fail;
    if (!calibration_table_find(session->book.folder, session->book.overlay, &session->arena,
                                &session->calibration, errors))
        goto fail;
    session->sources = (ResolveSources){.book = &session->book,
                                        .has_as_of = options->has_as_of,
                                        .as_of = options->as_of,
                                        .records = options->records,
                                        .calibration = &session->calibration};
    session->scenario = scenario_load(options->scenario, errors);
    if (session->scenario == NULL) goto fail;
    snprintf(session->path, sizeof session->path, "%s", scenario_path(session->scenario));
    session_note_file(session);
    session->now = snapshot_new(&session->sources, session->scenario, errors);
    if (session->now == NULL) goto fail;
    session->trial = checked(malloc(sizeof *session->trial));
    session->traced = checked(malloc(sizeof *session->traced));
    session_pin(session);
    return session;
fail:
    session_close(session);
    return NULL;
}

static void edits_drop(Session *session, int from)
{
    for (int i = from; i < session->n_edits; i++) {
        free(session->edits[i].pointer);
        free(session->edits[i].before);
        free(session->edits[i].after);
    }
    session->n_edits = from;
    if (session->n_saved > from) session->n_saved = -1;
}

void session_close(Session *session)
{
    if (session == NULL) return;
    edits_drop(session, 0);
    free(session->edits);
    session_drop_stage(session);
    snapshot_drop(session->now);
    snapshot_drop(session->base);
    workspace_free(session->trial_workspace);
    free(session->trial);
    free(session->traced);
    scenario_free(session->scenario);
    pricebook_close(&session->book);
    for (int i = 0; i < session->n_retired; i++) pricebook_close(&session->retired[i]);
    free(session->retired);
    free(session->disk_text);
    arena_free(&session->arena);
    free(session);
}

const Inputs *session_inputs(const Session *session)
{
    return &session->now->resolved.inputs;
}

const Uncertainty *session_uncertainty(const Session *session)
{
    return &session->now->resolved.uncertainty;
}

const OptionResult *session_result(const Session *session, int option)
{
    return workspace_result(session->now->workspace, option);
}

const OptionResult *session_base_result(const Session *session, int option)
{
    const char *name = session_inputs(session)->options[option].name;
    const Inputs *base = &session->base->resolved.inputs;
    for (int i = 0; i < base->n_options; i++) {
        if (strcmp(base->options[i].name, name) != 0) continue;
        const OptionResult *result = workspace_result(session->base->workspace, i);
        return result->is_feasible ? result : NULL;
    }
    return NULL;
}

bool session_is_dirty(const Session *session)
{
    return session->n_done != session->n_saved;
}

int session_best_option(const Session *session)
{
    const Inputs *inputs = session_inputs(session);
    return workspace_cheapest(session->now->workspace, inputs, inputs_candidates(inputs));
}

void session_pointer(const FieldRef *ref, bool is_shared, char out[POINTER_BYTES])
{
    if (is_shared) {
        snprintf(out, POINTER_BYTES, "/%s/%s", input_groups[ref->group].name, field_ref_row(ref)->name);
    } else {
        field_ref_format(ref, out, POINTER_BYTES);
    }
}

/* The pointer "" is the whole document. */
static char *raw_get(const Session *session, const char *pointer)
{
    return checked(pointer[0] == '\0' ? scenario_dump(session->scenario)
                                      : scenario_get_raw(session->scenario, pointer));
}

/* The part of a document that an edit at `pointer` changes: the topmost object on the way that is not there
 * yet, so that undo takes out again what the edit had to make. */
static void find_anchor(const Session *session, const char *pointer, char out[POINTER_BYTES])
{
    for (const char *slash = strchr(pointer + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(out, POINTER_BYTES, "%.*s", (int)(slash - pointer), pointer);
        char *raw = raw_get(session, out);
        bool is_absent = raw[0] == '\0';
        free(raw);
        if (is_absent) return;
    }
    snprintf(out, POINTER_BYTES, "%s", pointer);
}

static bool document_replace(Session *session, const char *text, Err *err)
{
    ErrList errors;
    err_list_init(&errors);
    Scenario *fresh = scenario_parse(session->path, text, strlen(text), &errors);
    if (fresh != NULL) {
        scenario_free(session->scenario);
        session->scenario = fresh;
    } else if (err != NULL && errors.n_items > 0) {
        *err = errors.items[0];
    }
    err_list_free(&errors);
    return fresh != NULL;
}

static bool raw_restore(Session *session, const char *pointer, const char *raw, Err *err)
{
    if (pointer[0] == '\0') return document_replace(session, raw, err);
    if (raw[0] == '\0') return scenario_unset(session->scenario, pointer, err);
    return scenario_set_raw(session->scenario, pointer, raw, err);
}

static void edit_push(Session *session, const char *anchor, char *before, char *after)
{
    Edit *last = session->n_done > 0 ? &session->edits[session->n_done - 1] : NULL;
    edits_drop(session, session->n_done);
    bool is_same = last != NULL && session->gesture != 0 && last->gesture == session->gesture &&
                   session->n_saved != session->n_done && strcmp(last->pointer, anchor) == 0;
    if (is_same) {
        free(last->after);
        last->after = after;
        free(before);
        return;
    }
    if (session->n_edits == session->n_capacity) {
        session->n_capacity = session->n_capacity == 0 ? 64 : session->n_capacity * 2;
        session->edits =
            checked(realloc(session->edits, (size_t)session->n_capacity * sizeof *session->edits));
    }
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): checked() ends the program when memory is out */
    session->edits[session->n_edits++] = (Edit){copy_text(anchor), before, after, session->gesture};
    session->n_done = session->n_edits;
}

typedef bool (*Change)(Session *session, const char *pointer, const void *value, Err *err);

/* Applies a change at `pointer`, which alters the document at `anchor` and nowhere else. */
static bool apply(Session *session, const char *anchor, const char *pointer, Change change, const void *value,
                  Err *err)
{
    char *before = raw_get(session, anchor);
    if (!change(session, pointer, value, err) || !refresh(session, err)) {
        raw_restore(session, anchor, before, NULL);
        free(before);
        return false;
    }
    char *after = raw_get(session, anchor);
    if (strcmp(before, after) == 0) {
        free(before);
        free(after);
        return true;
    }
    edit_push(session, anchor, before, after);
    return true;
}

static bool change_number(Session *session, const char *pointer, const void *value, Err *err)
{
    return scenario_set_number(session->scenario, pointer, *(const double *)value, err);
}

static bool change_text(Session *session, const char *pointer, const void *value, Err *err)
{
    return scenario_set_text(session->scenario, pointer, value, err);
}

static bool change_raw(Session *session, const char *pointer, const void *value, Err *err)
{
    return raw_restore(session, pointer, value, err);
}

static bool change_unset(Session *session, const char *pointer, const void *value, Err *err)
{
    (void)value;
    return scenario_unset(session->scenario, pointer, err);
}

bool session_set_number(Session *session, const char *pointer, const FieldRow *row, double value, Err *err)
{
    if (!field_check(row, value, err)) return false;
    char anchor[POINTER_BYTES];
    find_anchor(session, pointer, anchor);
    return apply(session, anchor, pointer, change_number, &value, err);
}

bool session_set_text(Session *session, const char *pointer, const char *text, Err *err)
{
    char anchor[POINTER_BYTES];
    find_anchor(session, pointer, anchor);
    return apply(session, anchor, pointer, change_text, text, err);
}

bool session_set_raw(Session *session, const char *pointer, const char *json, Err *err)
{
    char anchor[POINTER_BYTES];
    find_anchor(session, pointer, anchor);
    return apply(session, anchor, pointer, change_raw, json, err);
}

bool session_unset(Session *session, const char *pointer, Err *err)
{
    char *raw = scenario_get_raw(session->scenario, pointer);
    bool is_absent = raw[0] == '\0';
    free(raw);
    if (is_absent) return err_set(err, ERR_DATA, "the scenario does not state this value");
    /* The whole parent is kept: put back alone, the key would come last in it. */
    char parent[POINTER_BYTES];
    snprintf(parent, sizeof parent, "%s", pointer);
    *strrchr(parent, '/') = '\0';
    return apply(session, parent, pointer, change_unset, NULL, err);
}

static bool replay(Session *session, const Edit *edit, const char *raw, char what[POINTER_BYTES])
{
    snprintf(what, POINTER_BYTES, "%s", edit->pointer);
    return raw_restore(session, edit->pointer, raw, NULL) && refresh(session, NULL);
}

bool session_undo(Session *session, char what[POINTER_BYTES])
{
    if (session->n_done == 0) return false;
    unsigned gesture = session->edits[session->n_done - 1].gesture;
    bool ok = true;
    session->gesture++;
    do {
        const Edit *edit = &session->edits[--session->n_done];
        ok = replay(session, edit, edit->before, what) && ok;
    } while (gesture != 0 && session->n_done > 0 && session->edits[session->n_done - 1].gesture == gesture);
    return ok;
}

bool session_redo(Session *session, char what[POINTER_BYTES])
{
    if (session->n_done == session->n_edits) return false;
    unsigned gesture = session->edits[session->n_done].gesture;
    bool ok = true;
    session->gesture++;
    do {
        const Edit *edit = &session->edits[session->n_done++];
        ok = replay(session, edit, edit->after, what) && ok;
    } while (gesture != 0 && session->n_done < session->n_edits &&
             session->edits[session->n_done].gesture == gesture);
    return ok;
}

void session_begin_gesture(Session *session)
{
    session->gesture++;
}

void session_pin(Session *session)
{
    snapshot_drop(session->base);
    session->base = snapshot_hold(session->now);
    session->base_revision = session->revision;
}

void session_refresh(Session *session)
{
    refresh(session, NULL);
}

bool session_save(Session *session, const char *path, Err *err)
{
    if (!scenario_save(session->scenario, path, err)) return false;
    if (path != session->path) snprintf(session->path, sizeof session->path, "%s", path);
    session->n_saved = session->n_done;
    session->gesture++;
    session_note_file(session);
    return true;
}

bool session_replace(Session *session, const char *text, Err *err)
{
    session->gesture++;
    return apply(session, "", "", change_raw, text, err);
}
