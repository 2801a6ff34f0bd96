/* What could be in force: previews of edits, and files that were read anew. Layer: tui (no curses). */
#include "tui/session.h"

#include "tokentco/file.h"

#include <stdlib.h>
#include <string.h>

enum { SCENARIO_BYTES_MAX = 16 << 20 };

static Snapshot *preview_of(const ResolveSources *sources, const Scenario *scenario, Err *err)
{
    ErrList errors;
    err_list_init(&errors);
    Snapshot *snapshot = snapshot_new(sources, scenario, &errors);
    if (snapshot == NULL && err != NULL && errors.n_items > 0) *err = errors.items[0];
    err_list_free(&errors);
    return snapshot;
}

Snapshot *session_preview(const Session *session, const char *pointer, const char *json, Err *err)
{
    Scenario *copy = scenario_copy(session->scenario);
    if (copy == NULL) abort();
    bool is_set =
        json[0] == '\0' ? scenario_unset(copy, pointer, err) : scenario_set_raw(copy, pointer, json, err);
    Snapshot *snapshot = is_set ? preview_of(&session->sources, copy, err) : NULL;
    scenario_free(copy);
    return snapshot;
}

/* ---- files that were read anew ---- */

void session_note_file(Session *session)
{
    size_t n_bytes;
    free(session->disk_text);
    session->disk_text = NULL;
    if (strcmp(session->path, "-") != 0)
        file_read(session->path, SCENARIO_BYTES_MAX, &session->disk_text, &n_bytes, NULL);
}

void session_drop_stage(Session *session)
{
    if (session->staged == NULL) return;
    snapshot_drop(session->staged);
    session->staged = NULL;
    free(session->staged_text);
    session->staged_text = NULL;
    pricebook_close(&session->staged_book);
}

static Snapshot *snapshot_of_text(Session *session, const char *text, size_t n_bytes, Err *err)
{
    ErrList errors;
    err_list_init(&errors);
    ResolveSources sources = session->sources;
    sources.book = &session->staged_book;
    Scenario *fresh = scenario_parse(session->path, text, n_bytes, &errors);
    if (fresh == NULL && err != NULL && errors.n_items > 0) *err = errors.items[0];
    err_list_free(&errors);
    Snapshot *snapshot = fresh != NULL ? preview_of(&sources, fresh, err) : NULL;
    scenario_free(fresh);
    return snapshot;
}

bool session_stage(Session *session, Err *err)
{
    session_drop_stage(session);
    size_t n_bytes = 0;
    if (!file_read(session->path, SCENARIO_BYTES_MAX, &session->staged_text, &n_bytes, err)) return false;
    session->is_staged_file =
        session->disk_text == NULL || strcmp(session->disk_text, session->staged_text) != 0;
    if (!session->is_staged_file) {
        free(session->staged_text);
        session->staged_text = scenario_dump(session->scenario);
        n_bytes = strlen(session->staged_text);
    }
    ErrList errors;
    err_list_init(&errors);
    bool is_open = pricebook_open(&session->staged_book, session->overlay, &errors);
    if (!is_open && err != NULL && errors.n_items > 0) *err = errors.items[0];
    err_list_free(&errors);
    if (is_open) session->staged = snapshot_of_text(session, session->staged_text, n_bytes, err);
    if (session->staged != NULL) return true;
    if (is_open) pricebook_close(&session->staged_book);
    free(session->staged_text);
    session->staged_text = NULL;
    return false;
}

bool session_take_stage(Session *session, Err *err)
{
    if (session->staged == NULL) return err_set(err, ERR_BUG, "nothing was read");
    PriceBook *retired =
        realloc(session->retired, (size_t)(session->n_retired + 1) * sizeof *session->retired);
    if (retired == NULL) abort();
    session->retired = retired;
    session->retired[session->n_retired++] = session->book;
    session->book = session->staged_book;
    char *text = session->staged_text;
    snapshot_drop(session->staged);
    session->staged = NULL;
    session->staged_text = NULL;
    bool ok = session_replace(session, text, err);
    if (ok && session->is_staged_file) {
        session->n_saved = session->n_done;
        session_note_file(session);
    }
    free(text);
    return ok;
}
