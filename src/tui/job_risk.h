/* How sure and what matters, in the background: draws, and one input at a time.
 *
 * Layer: tui (no curses). Two jobs, so that the fan does not wait for the rest: `risk` first hands over 512
 * draws, then 4,096; `matters` waits until a person pauses, then does the tornado, flips and indices.
 */
#ifndef TOKENTCO_TUI_JOB_RISK_H
#define TOKENTCO_TUI_JOB_RISK_H

#include "tui/session.h"
#include "tui/worker.h"

#include "tokentco/sensitivity.h"

enum { RISK_SEED = 1, INDEX_ROWS = 512, MORRIS_PATHS = 16 };

/* Fans of `result` are owned by the study; everything else that it points to is the snapshot's. */
typedef struct RiskStudy {
    unsigned revision; /* of the session that it is about */
    Snapshot *snapshot;
    RiskResult result;
    void *fans; /* owned; the memory behind result.options[].fan and has_fan */
} RiskStudy;

typedef struct MatterStudy {
    unsigned revision;
    Snapshot *snapshot;
    bool has_tornado, has_flips, has_indices; /* as they come */
    Tornado tornado;
    Indices indices;
    bool has_lever_flips;
    int n_levers;
    Flip lever_flips[LEVERS_MAX]; /* as the session's levers */
} MatterStudy;

/* A job about the session as it is. */
void *risk_job_new(Session *session);
void *matter_job_new(Session *session);
extern const WorkKind risk_work, matter_work;

#endif
