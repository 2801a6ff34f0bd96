/* The scenario document and the reading of its parts. Layer: feed, private. */
#ifndef FEED_SCENARIO_DOC_H
#define FEED_SCENARIO_DOC_H

#include "feed/json_in.h"
#include "tokentco/scenario.h"

struct Scenario {
    json_t *root; /* owned */
    char path[1024];
    char sha256[65];
};

enum { SCENARIO_SCHEMA = 1, POINTER_BYTES = 256 };

/* What is in hand while a document is resolved. */
typedef struct Resolving {
    const Scenario *scenario;
    const ResolveSources *sources;
    Resolved *out;
    ErrList *errors;
    bool is_accepted_all;   /* accept_defaults: true */
    const json_t *accepted; /* list of accepted defaults, or NULL */
} Resolving;

void resolve_fault(Resolving *r, const char *pointer, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Reads the members of a group object into its struct; origins of what is set are written with `kind`.
 * Unknown keys, wrong types and ranges are faults. `skip` names members that are read elsewhere, ended by
 * NULL; may be NULL. */
void resolve_group(Resolving *r, const json_t *object, const char *pointer, GroupId group, int index,
                   OriginKind kind, const char *const *skip);

/* A text member of the document, copied; the fallback when it is left out. */
const char *resolve_text(Resolving *r, const char *key, const char *fallback);

/* The scenario's currency and its rate: the scenario's own, else that of fx.csv on the day of the prices. */
void resolve_currency(Resolving *r);

/* Origin slot of a field. */
Origin *origin_slot(Resolved *out, GroupId group, int index, int row);

/* The option whose references are being filled. */
typedef struct Filling {
    Resolving *r;
    OptionInputs *option;
    int index;
} Filling;

/* Makes the option infeasible with a reason; the first one stays. */
void reference_block(Filling *f, const char *format, ...) __attribute__((format(printf, 2, 3)));
/* Where a field of the option is from, and whether the scenario wrote it. */
Origin *reference_origin(Filling *f, GroupId group, const char *name);
bool reference_is_written(Filling *f, GroupId group, const char *name);
/* "gpu_rental.csv:812 (WHAT; from DATE; SOURCE)". */
const char *reference_row_text(Filling *f, const PriceRow *row, const char *what);

/* The contract that `contract/provider` and `contract/customer` name. */
void fill_contract(Filling *f, PriceBook *book);

/* Fills what options refer to: models, accelerators, prices, records; then says which needed figures are
 * missing. */
void resolve_references(Resolving *r);

/* The events of the document as factor paths. */
void resolve_events(Resolving *r, const json_t *events);

/* Targets of events for the schema and the manual. Most move a series by a factor or set it to a value; the
 * others write fields of the input tables: when it happens, and what factor and value of the event mean for
 * it. */
typedef struct EventTarget {
    const char *path; /* behind "/options/N/" or "/workloads/N/" */
    bool is_workload;
    PriceSeries series;
    const char *doc;
    const char *month_field; /* NULL: a series; else the field that the event's month is written to, */
    const char *factor_field, *value_field; /* and those of its factor and its value; NULL: it has none */
} EventTarget;
extern const EventTarget event_targets[];
extern const int n_event_targets;

/* Members of the document and of an option that are not groups. */
typedef struct MemberRow {
    const char *name, *type, *doc; /* type as in JSON Schema */
} MemberRow;
extern const MemberRow scenario_members[];
extern const int n_scenario_members;
extern const MemberRow option_members[];
extern const int n_option_members;

#endif
