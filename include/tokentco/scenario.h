/* Scenarios: the document that a user edits, and the inputs that it resolves to.
 *
 * Layer: feed. A Scenario is the JSON document, kept as written (key order, notes), with edits by JSON
 * pointer. Resolving it looks prices, shapes and speeds up and yields checked Inputs, with the origin of
 * every figure beside them.
 *
 * Precedence of a figure: the option's own value, the scenario's shared value (a group at the top level), the
 * price book or measurement that the option refers to, the default of the field table. A needed figure
 * (FIELD_NEEDED) that would fall back to its default makes the option infeasible, unless the scenario lists
 * it under `accept_defaults`.
 */
#ifndef TOKENTCO_SCENARIO_H
#define TOKENTCO_SCENARIO_H

#include "tokentco/calibration.h"
#include "tokentco/inputs.h"
#include "tokentco/measure.h"
#include "tokentco/price_tables.h"
#include "tokentco/text.h"
#include "tokentco/uncertain.h"

typedef enum OriginKind {
    ORIGIN_DEFAULT,   /* the field table */
    ORIGIN_OPTION,    /* written in the option */
    ORIGIN_SHARED,    /* written at the top level of the scenario */
    ORIGIN_PRICEBOOK, /* a row of pricing/ */
    ORIGIN_RECORD,    /* a measurement record */
    ORIGIN_CALIBRATED /* pricing/calibration.csv */
} OriginKind;

typedef struct Origin {
    OriginKind kind;
    const char *
        text; /* for people: "default", "support-chat.json", "gpu_rental.csv:812 (lambda list, 2026-08-21)" */
    const PriceRow *row; /* ORIGIN_PRICEBOOK; else NULL */
} Origin;

/* What a scenario resolves to. Strings and paths are owned by its arena. */
typedef struct Resolved {
    Arena arena;
    Inputs inputs;
    const Inputs *before_events; /* as they were when the events were applied; NULL: the scenario has none */
    Uncertainty uncertainty;     /* what is not known for sure: `uncertain`, and the bands of throughputs */
    Date as_of;
    const char *title, *notes;
    Origin fx; /* where the exchange rate is from; text NULL for USD */
    Date fx_date;
    Origin *option_origins; /* [option * option_field_count() + option_field_index(group, row)] */
    Origin *shared_origins; /* scenario and workload fields: see resolved_origin */
    char sha256[65];        /* of the document as read */
} Resolved;

typedef struct Scenario Scenario;

/* What resolving needs besides the document. Either may be NULL: then references to it are faults. */
typedef struct ResolveSources {
    PriceBook *book;
    bool has_as_of; /* overrides the document's own date */
    Date as_of;
    const char *records;                 /* folder of measurement records; NULL: the user's own */
    const CalibrationTable *calibration; /* NULL or empty: the efficiencies of the field table */
    const char *currency;                /* of the results, instead of the document's; NULL: the document's */
} ResolveSources;

/* `name` is a path, "-", or the name of a shipped scenario ("support-chat", "reference/S0"). */
Scenario *scenario_load(const char *name, ErrList *errors);
Scenario *scenario_parse(const char *file, const char *text, size_t n_bytes, ErrList *errors);
void scenario_free(Scenario *scenario);
const char *scenario_path(const Scenario *scenario); /* where it was read */

/* Resolves into `out` (resolved_free it). False: faults are in the list and `out` holds nothing. */
bool scenario_resolve(const Scenario *scenario, const ResolveSources *sources, Resolved *out,
                      ErrList *errors);
void resolved_free(Resolved *resolved);
/* The inputs as they would be without one of the document's events, without resolving anew: `out`
 * (resolved_free it) has inputs and no origins. `resolved` is what this document resolved to, and must
 * outlive `out`. False: they cannot be, and `out` holds nothing. */
bool scenario_without_event(const Scenario *scenario, const Resolved *resolved, int event, Resolved *out);
const Origin *resolved_origin(const Resolved *resolved, const FieldRef *ref);

/* Edits by JSON pointer to a field ("/options/1/rent/decline_per_year"). Type and range are checked against
 * the field's row; missing objects on the way are made. */
bool scenario_set_number(Scenario *scenario, const char *pointer, double value, Err *err);
bool scenario_set_text(Scenario *scenario, const char *pointer, const char *value, Err *err);
bool scenario_unset(Scenario *scenario, const char *pointer, Err *err); /* back to what it would be without */

/* The value at a pointer as JSON text, "" when absent; and its restoration (for undo). Caller frees. */
char *scenario_get_raw(const Scenario *scenario, const char *pointer);
bool scenario_set_raw(Scenario *scenario, const char *pointer, const char *json, Err *err);

/* What stands at a pointer: elements of a list (0: there is none), a number, a text. False: not of this type.
 */
int scenario_count(const Scenario *scenario, const char *pointer);
bool scenario_get_number(const Scenario *scenario, const char *pointer, double *out);
bool scenario_get_text(const Scenario *scenario, const char *pointer, char *out, size_t size);
/* Adds a text as a JSON string, with its quotes. */
void scenario_quote(Text *out, const char *text);

/* The i-th thing that events move, for all plans or workloads ("/options/x/rent/..." with * for x), and what
 * it is. False after the last. */
bool scenario_event_target(int i, char *pattern, size_t size, const char **doc);

/* What an event on a target states: a factor or a value (`is_either`), or each of them if it likes. */
typedef struct EventTakes {
    bool factor, value, is_either;
    const char *value_unit; /* "" when there is no value */
} EventTakes;
/* Nothing for what is no target. */
EventTakes scenario_event_takes(const char *target);

/* The document as JSON text, key order kept. Caller frees. */
char *scenario_dump(const Scenario *scenario);
bool scenario_save(const Scenario *scenario, const char *path, Err *err);

/* A copy that can be edited apart. */
Scenario *scenario_copy(const Scenario *scenario);

/* JSON Schema of scenario files, made from the field tables. Caller frees. */
char *scenario_schema(void);

#endif
