/* Market search as a job. Layer: tui (no curses). */
#include "tui/job_search.h"

#include "tokentco/search_input.h"

#include <stdlib.h>
#include <string.h>

enum { TOP_SHOWN = 400, STEPS = 40 }; /* a result is handed over after each step */

typedef struct SearchJob {
    unsigned revision;
    Resolved base;
    /* The tables as they were: the session may read others meanwhile, or put another book in its place. */
    PriceBook book;
    const CalibrationTable *calibration; /* borrowed: lives as long as the session */
    SearchWish wish;
} SearchJob;

void search_wish_init(SearchWish *wish)
{
    SearchQuery query;
    search_query_init(&query);
    *wish = (SearchWish){.privacy = query.privacy, .licence = query.licence, .min_class = query.min_class};
}

void *search_job_new(Session *session, const SearchWish *wish, Err *err)
{
    SearchJob *job = calloc(1, sizeof *job);
    if (job == NULL) abort();
    ErrList errors;
    err_list_init(&errors);
    bool ok = search_base_resolve(session->scenario, &session->sources, &job->base, &errors);
    if (!ok && err != NULL && errors.n_items > 0) *err = errors.items[0];
    err_list_free(&errors);
    if (!ok) {
        free(job);
        return NULL;
    }
    job->revision = session->revision;
    job->book = session->book;
    job->calibration = &session->calibration;
    job->wish = *wish;
    return job;
}

static void job_free(void *at)
{
    SearchJob *job = at;
    resolved_free(&job->base);
    free(job);
}

static void study_free(void *at)
{
    SearchStudy *study = at;
    if (study->fault[0] == '\0') search_result_free(&study->result);
    free(study);
}

/* An API names no GPU: a pattern that is there at all leaves APIs out. */
static const char *pattern_of(const char *text)
{
    return text[0] != '\0' ? text : NULL;
}

static void query_of(const SearchJob *job, SearchQuery *query)
{
    const SearchWish *wish = &job->wish;
    search_query_init(query);
    query->privacy = wish->privacy;
    query->licence = wish->licence;
    query->min_class = wish->min_class;
    query->providers = pattern_of(wish->providers);
    query->gpus = pattern_of(wish->gpus);
    query->models = pattern_of(wish->models);
    query->regions = pattern_of(wish->regions);
    query->has_tpot = wish->has_tpot;
    query->tpot_s = wish->tpot_s;
    query->has_ttft = wish->has_ttft;
    query->ttft_s = wish->ttft_s;
    query->top = TOP_SHOWN;
}

static void publish(Worker *worker, const SearchJob *job, const Search *search, const char *fault)
{
    SearchStudy *study = calloc(1, sizeof *study);
    if (study == NULL) abort();
    study->revision = job->revision;
    long all = search != NULL ? search_blocks(search) : 1;
    long done = search != NULL ? search_blocks_done(search) : 1;
    study->is_done = done == all;
    snprintf(study->fault, sizeof study->fault, "%s", fault);
    if (search != NULL && !search_result(search, &study->result)) abort();
    worker_publish(worker, study, (double)done / (double)(all > 0 ? all : 1));
}

static void work(Worker *worker, void *at)
{
    const SearchJob *job = at;
    SearchQuery query;
    Err err = {0};
    query_of(job, &query);
    Search *search =
        search_new(&query, &job->base.inputs, &job->book, job->calibration, job->base.as_of, &err);
    if (search == NULL) {
        publish(worker, job, NULL, err.text[0] != '\0' ? err.text : "nothing fits");
        return;
    }
    long step = search_blocks(search) / STEPS + 1;
    while (!worker_is_cancelled(worker)) {
        bool goes_on = search_advance(search, step, 0);
        publish(worker, job, search, "");
        if (!goes_on) break;
    }
    search_free(search);
}

const WorkKind search_work = {"search", work, job_free, study_free};
