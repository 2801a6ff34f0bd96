/* Session: a scenario under edit, what it evaluates to, the baseline, and the way back.
 *
 * Layer: tui (no curses). Every change goes through session_set_*: it is applied to the document, resolved
 * and evaluated; a change that the model refuses is taken back and reported. One change is one step of undo;
 * changes of the same gesture (a drag) are one step together.
 */
#ifndef TOKENTCO_TUI_SESSION_H
#define TOKENTCO_TUI_SESSION_H

#include "tui/snapshot.h"

#include "tokentco/breakeven.h"

enum { POINTER_BYTES = 192, TREND_POINTS = 41, CURVE_CROSSINGS_MAX = 8, LEVERS_MAX = 24 };

typedef struct Edit {
    char *pointer; /* owned, as are before and after: JSON text, "" absent */
    char *before, *after;
    unsigned gesture;
} Edit;

/* NPV of every option by volume, and where the cheapest changes. */
typedef struct Curves {
    double volumes[TREND_POINTS];
    double npv_usd[TREND_POINTS * INPUT_OPTIONS_MAX]; /* [option * TREND_POINTS + point] */
    bool has[TREND_POINTS * INPUT_OPTIONS_MAX];
    int n_crossings;
    struct {
        int from, to; /* the cheapest option below and above */
        double requests_per_month;
        double npv_usd;
    } crossings[CURVE_CROSSINGS_MAX];
} Curves;

/* An assumption that moves the comparison. */
typedef struct Lever {
    FieldRef ref;
    bool is_shared;    /* stands for the same field of every option */
    double effect_usd; /* largest change of an option's NPV when the value moves by a tenth */
    double start;      /* value when the levers were ranked: the middle of its slider */
} Lever;

typedef struct Session {
    Scenario *scenario; /* owned */
    PriceBook book;
    const char *overlay; /* borrowed; as in SessionOptions */
    CalibrationTable calibration;
    Arena arena; /* of the calibration table */
    ResolveSources sources;
    Snapshot *now, *base; /* owned */
    Snapshot *staged;     /* owned; files as they are on disk now, or NULL */
    char *staged_text;    /* owned; the document that it was resolved from */
    bool is_staged_file;  /* that document is the file; else the one under edit: the file is as it was */
    char *disk_text;      /* owned; the file when it was read or saved last; NULL: not from a file */
    PriceBook staged_book;
    PriceBook *retired; /* owned; books before a reload: results of then still point into them */
    int n_retired;
    unsigned revision; /* grows with every change of the document */
    unsigned base_revision;
    Edit *edits; /* owned; n_done of n_edits are in force */
    int n_edits, n_done, n_capacity;
    int n_saved; /* n_done at the last save; -1 when that state is gone */
    unsigned gesture;
    char path[512]; /* where it was read and is saved */

    double zoom; /* decades shown each side of the present volume */
    bool has_curves;
    unsigned curves_revision;
    double curves_zoom;
    Curves curves;
    Inputs *traced; /* owned; what the curves were traced from */

    Inputs *trial; /* owned; a copy to try figures on */
    Workspace *trial_workspace;
    int trial_months, trial_options; /* that it has room for */
    int n_levers;
    Lever levers[LEVERS_MAX];
    bool has_levers;
} Session;

typedef struct SessionOptions {
    const char *scenario; /* path or shipped name */
    const char *overlay;  /* price overlay folder; NULL: as usual */
    const char *records;  /* folder of measurement records; NULL: the user's own */
    bool has_as_of;
    Date as_of;
} SessionOptions;

/* NULL: the faults are in the list. */
Session *session_open(const SessionOptions *options, ErrList *errors);
void session_close(Session *session);

const Inputs *session_inputs(const Session *session);
/* What is not known for sure. */
const Uncertainty *session_uncertainty(const Session *session);
const OptionResult *session_result(const Session *session, int option);
/* The baseline's result of the option with this name; NULL when it has none, or the option is infeasible
 * there. */
const OptionResult *session_base_result(const Session *session, int option);
bool session_is_dirty(const Session *session);
/* The feasible option with the lowest NPV; -1 when none is feasible. */
int session_best_option(const Session *session);

/* Where the value of a field is written: the shared group when `is_shared`, else the option's own. */
void session_pointer(const FieldRef *ref, bool is_shared, char out[POINTER_BYTES]);

bool session_set_number(Session *session, const char *pointer, const FieldRow *row, double value, Err *err);
bool session_set_text(Session *session, const char *pointer, const char *text, Err *err);
bool session_set_raw(Session *session, const char *pointer, const char *json, Err *err);
bool session_unset(Session *session, const char *pointer, Err *err);
bool session_undo(Session *session, char what[POINTER_BYTES]);
bool session_redo(Session *session, char what[POINTER_BYTES]);
/* Edits until the next call are one step of undo when they follow each other on the same field. */
void session_begin_gesture(Session *session);

void session_pin(Session *session);
/* Resolves again: what the scenario refers to has changed. */
void session_refresh(Session *session);
bool session_save(Session *session, const char *path, Err *err);

/* What the document would be with `json` at a pointer ("" takes it out; the pointer "" is the whole). The
 * caller drops it. NULL: it cannot be, and `err` says why. */
Snapshot *session_preview(const Session *session, const char *pointer, const char *json, Err *err);

/* Remembers what the scenario's file holds now. */
void session_note_file(Session *session);

/* Puts a whole document in place of this one, as one edit. */
bool session_replace(Session *session, const char *text, Err *err);

/* Reads the scenario's file and the price files anew beside what is in force; `staged` then shows what that
 * would give. False: they have faults, and nothing is staged. */
bool session_stage(Session *session, Err *err);
/* Puts what is staged in force: the document as one edit that can be undone, the prices for good. */
bool session_take_stage(Session *session, Err *err);
void session_drop_stage(Session *session);

const Curves *session_curves(Session *session);

/* Ranks the assumptions once; the ranking stays, so that lines do not jump while a person edits. */
void session_rank_levers(Session *session);
/* Does the option take this field from the place that a shared edit writes? */
bool session_is_shared_in(const Session *session, const FieldRef *ref);
double session_lever_value(const Session *session, const Lever *lever);

/* Value of a field at which the option's NPV is `target_usd`. False: no such value between `low` and `high`.
 */
bool session_seek(Session *session, const FieldRef *ref, bool is_shared, int option, double target_usd,
                  double low, double high, double *out, Err *err);

/* One step of a field from `value`, `n` times up (or down when negative), held within its range. */
double field_step_value(const FieldRow *row, double value, int n);

#endif
