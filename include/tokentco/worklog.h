/* Demand from request logs, and from people and agents: a workload block for a scenario.
 *
 * Layer: feed.
 */
#ifndef TOKENTCO_WORKLOG_H
#define TOKENTCO_WORKLOG_H

#include "tokentco/err.h"
#include "tokentco/inputs.h"

#include <stdbool.h>

enum { WORKLOAD_ROWS_MAX = 40, WORKLOAD_NOTES_MAX = 32, WORKLOAD_NOTE_BYTES = 224 };

/* Some members of a workload, and how each came about. Members that are not set keep the scenario's own or
 * the default. */
typedef struct WorkloadBlock {
    Workload values;
    bool is_set[WORKLOAD_ROWS_MAX]; /* by row of WORKLOAD_FIELDS */
    int n_notes;
    char notes[WORKLOAD_NOTES_MAX][WORKLOAD_NOTE_BYTES]; /* for people, in the order of the derivation */
} WorkloadBlock;

/* All rows at their defaults, none set. */
void workload_block_init(WorkloadBlock *block);

/* Sets one member after the check of its row. */
bool workload_block_set(WorkloadBlock *block, const char *name, double value, Err *err);
void workload_block_note(WorkloadBlock *block, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* The members that are set, as the JSON object that goes into `workloads` of a scenario. The caller frees. */
char *workload_block_dump(const WorkloadBlock *block);

/* Reads a log of requests or of usage and fits the workload. The layout is told by the names of its columns
 * or members: times, input and output tokens, tokens read from a cache, requests of an aggregated row.
 * `format` is "csv", "jsonl" or "json"; NULL: told by the file's beginning. Lines stream: memory depends on
 * the days that the log spans, not on its lines. "-" is standard input and needs a format when it is not CSV.
 */
bool workload_from_log(const char *path, const char *format, WorkloadBlock *out, ErrList *errors);

/* What people and agents do. A session is one conversation whose context is sent again with every request: a
 * turn is one message of the person, a step one call of the model within a turn. */
#define PEOPLE_FIELDS(_)                                                                                     \
    _(NUM, users, "", "users", 0, 1e12, 1000, 1.1, FIELD_OPEN_MIN, "people who use it in a month")           \
    _(NUM, sessions, "", "1/mo", 0, 1e5, 20, 1.1, FIELD_OPEN_MIN, "conversations of one of them in a month") \
    _(INT, turns, "", "count", 1, 10000, 5, 1, FIELD_PLAIN, "messages of the person in a conversation")      \
    _(INT, steps, "", "count", 1, 1000, 1, 1, FIELD_PLAIN,                                                   \
      "calls of the model in a turn; an agent takes several, with a tool call between")                      \
    _(INT, verify, "", "count", 0, 1000, 0, 1, FIELD_PLAIN,                                                  \
      "extra calls at the end of a turn that check the answer")                                              \
    _(NUM, system_tok, "", "tok", 0, 1e7, 500, 1.1, FIELD_PLAIN,                                             \
      "system prompt, tools and shared documents, the same in all conversations")                            \
    _(NUM, user_tok, "", "tok", 0, 1e7, 150, 1.1, FIELD_OPEN_MIN,                                            \
      "a message of the person, with what is attached")                                                      \
    _(NUM, output_tok, "", "tok", 1, 1e6, 300, 1.1, FIELD_PLAIN, "what one call writes")                     \
    _(NUM, tool_tok, "", "tok", 0, 1e7, 0, 1.1, FIELD_PLAIN, "result of a tool call, put into the context")  \
    _(NUM, context_tok, "", "tok", 1, 1e9, 131072, 1.1, FIELD_PLAIN,                                         \
      "longest context; what is older is dropped")                                                           \
    _(NUM, keep_frac, "", "frac", 0, 1, 0.8, 0.05, FIELD_PLAIN,                                              \
      "chance that the cache still holds what was sent before")                                              \
    _(NUM, retry_frac, "", "frac", 0, 10, 0.01, 0.005, FIELD_PLAIN,                                          \
      "requests sent again, as a share of requests")

typedef struct People {
    PEOPLE_FIELDS(FIELD_DECLARE)
} People;

enum { N_PEOPLE_ROWS = 12 };
extern const FieldRow people_rows[N_PEOPLE_ROWS];

/* Requests and tokens of all of them; the notes show the arithmetic step by step. */
bool workload_from_people(const People *people, WorkloadBlock *out, Err *err);

#endif
