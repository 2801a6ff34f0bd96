/* Draws in the background. Layer: tui (no curses). */
#include "tui/job_risk.h"

#include <stdlib.h>
#include <string.h>

typedef struct RiskJob {
    unsigned revision;
    Snapshot *snapshot; /* held */
} RiskJob;

void *risk_job_new(Session *session)
{
    RiskJob *job = malloc(sizeof *job);
    if (job == NULL) abort();
    *job = (RiskJob){session->revision, snapshot_hold(session->now)};
    return job;
}

static void job_free(void *at)
{
    RiskJob *job = at;
    snapshot_drop(job->snapshot);
    free(job);
}

static void study_free(void *at)
{
    RiskStudy *study = at;
    snapshot_drop(study->snapshot);
    free(study->fans);
    free(study);
}

/* The fans live in the Risk and change with its next draws: the study keeps its own. */
static void copy_fans(RiskStudy *study)
{
    RiskResult *result = &study->result;
    size_t n_values = (size_t)result->n_months * N_RISK_QUANTILES, n_months = (size_t)result->n_months;
    size_t n_fans = (size_t)result->n_options * N_FAN_KINDS;
    double *values = malloc(n_fans * (n_values * sizeof *values + n_months * sizeof(bool)) + 1);
    if (values == NULL) abort();
    bool *flags = (bool *)(values + n_fans * n_values);
    study->fans = values;
    for (int o = 0; o < result->n_options; o++) {
        for (int kind = 0; kind < N_FAN_KINDS; kind++) {
            RiskOption *option = &result->options[o];
            if (option->fan[kind] == NULL) continue;
            memcpy(values, option->fan[kind], n_values * sizeof *values);
            option->fan[kind] = values;
            values += n_values;
            if (option->has_fan[kind] == NULL) continue;
            memcpy(flags, option->has_fan[kind], n_months * sizeof *flags);
            option->has_fan[kind] = flags;
            flags += n_months;
        }
    }
}

static void publish(Worker *worker, const RiskJob *job, const Risk *risk, double done_frac)
{
    RiskStudy *study = calloc(1, sizeof *study);
    if (study == NULL) abort();
    *study = (RiskStudy){job->revision, snapshot_hold(job->snapshot), *risk_result(risk), NULL};
    copy_fans(study);
    worker_publish(worker, study, done_frac);
}

static bool goes_on(void *context, long done, long all)
{
    (void)done;
    (void)all;
    return !worker_is_cancelled(context);
}

static void work(Worker *worker, void *at)
{
    const RiskJob *job = at;
    const Resolved *resolved = &job->snapshot->resolved;
    RiskSettings settings = {.seed = RISK_SEED};
    RiskProgress progress = {goes_on, worker};
    Risk *risk = risk_new(&resolved->inputs, &resolved->uncertainty, &settings);
    if (risk != NULL && risk_advance(risk, RISK_FIRST_DRAWS, &progress)) {
        publish(worker, job, risk, (double)RISK_FIRST_DRAWS / RISK_DRAWS_DEFAULT);
        if (risk_advance(risk, RISK_DRAWS_DEFAULT, &progress)) publish(worker, job, risk, 1.0);
    }
    risk_free(risk);
}

const WorkKind risk_work = {"risk", work, job_free, study_free};
