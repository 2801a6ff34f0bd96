/* The market search in the background. Layer: tui (no curses). */
#ifndef TOKENTCO_TUI_JOB_SEARCH_H
#define TOKENTCO_TUI_JOB_SEARCH_H

#include "tui/session.h"
#include "tui/worker.h"

#include "tokentco/search.h"

typedef struct SearchStudy {
    unsigned revision; /* of the session that was searched for */
    bool is_done;
    char fault[256]; /* "" none; else there is no result */
    SearchResult result;
} SearchStudy;

enum { PATTERN_BYTES = 128 };

/* What a person asks beside the scenario. */
typedef struct SearchWish {
    SearchPrivacy privacy;
    SearchLicence licence;
    SearchClass min_class;
    /* Patterns as in SearchQuery; "" any. */
    char providers[PATTERN_BYTES], gpus[PATTERN_BYTES], models[PATTERN_BYTES], regions[PATTERN_BYTES];
    bool has_tpot, has_ttft;
    double tpot_s, ttft_s;
} SearchWish;
void search_wish_init(SearchWish *wish);

/* A job about the session as it is. NULL: the scenario cannot be searched for, and `err` says why. */
void *search_job_new(Session *session, const SearchWish *wish, Err *err);
extern const WorkKind search_work;

#endif
