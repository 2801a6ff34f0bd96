/* What matters, in the background: tornado, flips, Sobol indices. Layer: tui (no curses). */
#include "tui/job_risk.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct MatterJob {
    MatterStudy study; /* what is filled and copied out */
    Arena arena;
    Uncertainty levers; /* the assumptions on the overview as if they were uncertain, for their flips */
} MatterJob;

/* ---- levers as uncertain items ---- */

/* Half to one and a half of the value, within its range: where the search for a flip starts. */
static bool lever_distribution(const FieldRow *row, double value, Arena *arena, Uncertain *item)
{
    const double reach = 0.5;
    double width = value != 0.0 ? fabs(value) * reach : fmax(row->step, reach);
    item->spec = (DistSpec){.kind = DIST_UNIFORM,
                            .has_min = true,
                            .has_max = true,
                            .min = fmax(row->min, value - width),
                            .max = fmin(row->max, value + width),
                            .is_whole = row->type == FIELD_INT};
    return item->spec.min < item->spec.max && distribution_build(&item->spec, arena, &item->dist, NULL);
}

static void add_target(Uncertain *item, const FieldRef *ref, double value)
{
    item->targets[item->n_targets++] = (UncertainTarget){.field = *ref, .base = value};
    if (input_groups[ref->group].scope == SCOPE_OPTION) item->options |= 1u << ref->index;
}

static bool lever_item(const Session *session, const Lever *lever, Arena *arena, Uncertain *item)
{
    const Inputs *inputs = session_inputs(session);
    const FieldRow *row = field_ref_row(&lever->ref);
    double value = session_lever_value(session, lever);
    *item = (Uncertain){.pointer = "", .label = row->name, .unit = row->unit, .source = "", .base = value};
    if (!lever_distribution(row, value, arena, item)) return false;
    item->targets = arena_array(arena, INPUT_OPTIONS_MAX, sizeof *item->targets);
    if (input_groups[lever->ref.group].scope != SCOPE_OPTION) item->options = (1u << inputs->n_options) - 1u;
    for (int o = 0; lever->is_shared && o < inputs->n_options; o++) {
        FieldRef ref = {o, lever->ref.group, lever->ref.row};
        if (session_is_shared_in(session, &ref)) add_target(item, &ref, value);
    }
    if (!lever->is_shared) add_target(item, &lever->ref, value);
    return item->n_targets > 0;
}

void *matter_job_new(Session *session)
{
    MatterJob *job = calloc(1, sizeof *job);
    if (job == NULL) abort();
    arena_init(&job->arena);
    job->study.revision = session->revision;
    job->study.snapshot = snapshot_hold(session->now);
    job->study.n_levers = session->n_levers;
    job->levers.items = arena_array(&job->arena, LEVERS_MAX, sizeof *job->levers.items);
    /* A lever that cannot be varied keeps its place with no target: it never flips anything. */
    for (int i = 0; i < session->n_levers; i++) {
        Uncertain *item = &job->levers.items[job->levers.n++];
        if (lever_item(session, &session->levers[i], &job->arena, item)) continue;
        item->n_targets = 0;
        item->options = 0;
    }
    return job;
}

static void job_free(void *at)
{
    MatterJob *job = at;
    snapshot_drop(job->study.snapshot);
    arena_free(&job->arena);
    free(job);
}

static void study_free(void *at)
{
    MatterStudy *study = at;
    snapshot_drop(study->snapshot);
    free(study);
}

/* ---- the work ---- */

enum { PAUSE_MS = 120, PAUSE_STEPS = 12 };

/* While a person holds a key down nothing of this is wanted. */
static bool pause_goes_by(Worker *worker)
{
    struct timespec step = {0, PAUSE_MS * 1000000L / PAUSE_STEPS};
    for (int i = 0; i < PAUSE_STEPS && !worker_is_cancelled(worker); i++) nanosleep(&step, NULL);
    return !worker_is_cancelled(worker);
}

static bool goes_on(void *context, long done, long all)
{
    (void)done;
    (void)all;
    return !worker_is_cancelled(context);
}

static void publish(Worker *worker, const MatterJob *job, double done_frac)
{
    MatterStudy *copy = malloc(sizeof *copy);
    if (copy == NULL) abort();
    *copy = job->study;
    snapshot_hold(copy->snapshot);
    worker_publish(worker, copy, done_frac);
}

static void find_lever_flips(MatterJob *job, const Inputs *inputs)
{
    Tornado *tornado = calloc(1, sizeof *tornado);
    if (tornado == NULL) abort();
    job->study.has_lever_flips =
        tornado_build(inputs, &job->levers, tornado) && tornado_add_flips(inputs, &job->levers, tornado);
    for (int i = 0; i < job->levers.n; i++) job->study.lever_flips[i] = tornado->flips[i];
    free(tornado);
}

static void work(Worker *worker, void *at)
{
    MatterJob *job = at;
    MatterStudy *study = &job->study;
    const Inputs *inputs = &study->snapshot->resolved.inputs;
    const Uncertainty *uncertainty = &study->snapshot->resolved.uncertainty;
    if (!pause_goes_by(worker)) return;
    study->has_tornado = tornado_build(inputs, uncertainty, &study->tornado);
    publish(worker, job, 0.1);
    find_lever_flips(job, inputs);
    publish(worker, job, 0.3);
    if (worker_is_cancelled(worker) || !study->has_tornado) return;
    study->has_flips = tornado_add_flips(inputs, uncertainty, &study->tornado);
    publish(worker, job, 0.5);
    if (worker_is_cancelled(worker) || uncertainty->n == 0) return;
    RiskSettings settings = {.seed = RISK_SEED, .n_threads = 1};
    RiskProgress progress = {goes_on, worker};
    study->has_indices =
        indices_build(inputs, uncertainty, &settings, INDEX_ROWS, MORRIS_PATHS, &progress, &study->indices);
    if (study->has_indices) publish(worker, job, 1.0);
}

const WorkKind matter_work = {"what matters", work, job_free, study_free};
