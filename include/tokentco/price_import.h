/* Importing outside price feeds into the user's overlay of the price book.
 *
 * Layer: feed. Reading a feed changes nothing: it yields a report of what would change, what was set aside
 * and why, and what was left out. Applying it appends to the overlay under a lock; nothing is ever
 * overwritten. A price that looks wrong is quarantined: kept in quarantine.csv with its reason and place
 * until someone accepts it.
 */
#ifndef TOKENTCO_PRICE_IMPORT_H
#define TOKENTCO_PRICE_IMPORT_H

#include "tokentco/pricebook.h"

enum { QUARANTINE_ID_BYTES = 13, FILE_HASH_BYTES = 65 };

typedef struct ImportOptions {
    const char *feed;     /* word of a format; NULL: recognised by content */
    const char *provider; /* seller, for files that do not name one; NULL: guessed from the file's name */
    bool has_date;
    Date retrieved_on; /* default: today */
} ImportOptions;

typedef enum ChangeWhat {
    CHANGE_NEW,
    CHANGE_PRICE,
    CHANGE_ANNOUNCED,
    CHANGE_WITHDRAWN,
    CHANGE_ENDED
} ChangeWhat;

/* "new", "changed", "announced", "withdrawn", "ended". */
const char *change_word(ChangeWhat what);

/* One row that applying would append. */
typedef struct PriceChange {
    ChangeWhat what;
    PriceKind kind;
    const PriceRow *before; /* the row in force; NULL for a new one. Borrowed from the book */
    const PriceCell *cells; /* of the row to write, own columns of the table */
    Date valid_from;
    bool has_end;
    Date seen_until;
    const char *note;
} PriceChange;

/* A price that was set aside. */
typedef struct Quarantined {
    char id[QUARANTINE_ID_BYTES]; /* same price from the same feed: same id */
    PriceKind kind;
    const PriceCell *cells;
    Date valid_from;
    const char *rule, *detail; /* why: word of the rule, and figures */
    int line;                  /* 0 unknown */
    const char *place;         /* JSON pointer or path; "" unknown */
} Quarantined;

/* How many entries were left out for a reason, and where the first one was. */
typedef struct ImportCount {
    const char *rule, *doc;
    long n;
    int line;
    const char *place;
} ImportCount;

typedef struct ImportReport {
    Arena arena, offers_arena; /* everything that is pointed to below, but the book's rows */
    const char *file, *feed, *title;
    Date retrieved_on;
    PriceChange *changes;
    int n_changes;
    Quarantined *quarantined;
    int n_quarantined;
    ImportCount *rejected;
    int n_rejected_rules;
    long n_read, n_folded, n_unchanged, n_accepted, n_rejected;
    bool has_more; /* the file is a page, and says that another follows */
    int n_missing; /* series of this feed in force that the file lacks, too many to believe that they ended */
} ImportReport;

/* Reads a file, folder or "-". The tables of rentals, API prices,
 * contracts, accelerators and aliases must be loaded. False when the input is
 * broken as a whole; then every fault is listed and the report holds nothing. */
bool import_read(const PriceBook *book, const char *path, const ImportOptions *options, ImportReport *out,
                 ErrList *errors);
void import_free(ImportReport *report);

/* Appends changes and quarantined prices to the overlay folder, which is made if it is missing. Rows that are
 * already there are not repeated. `n_rows` receives how many rows were added. */
bool import_apply(const ImportReport *report, const char *overlay, int *n_rows, Err *err);

/* The known formats, for help: word and title, NULL after the last. */
const char *import_format_word(int i);
const char *import_format_title(int i);

/* --- the quarantine --- */

typedef struct QuarantineEntry {
    const char *id, *status; /* "open" or "accepted" */
    const char *table, *row; /* the row as it would be in that table */
    const char *rule, *detail, *source, *place, *note;
} QuarantineEntry;

typedef struct Quarantine {
    Arena arena;
    QuarantineEntry *entries; /* the newest state of each id, in the order of first appearance */
    int n_entries;
} Quarantine;

bool quarantine_load(const char *overlay, Quarantine *out, ErrList *errors);
void quarantine_free(Quarantine *quarantine);

/* Moves the price with that id into its table, with a note that says who vouches and why. */
bool quarantine_accept(const char *overlay, const char *id, const char *note, Err *err);

/* --- folding --- */

/* Merges the overlay into the price files of `folder`: rows of both, sorted, ends of series filled in, each
 * file written at once. `n_rows` receives how many rows the folder gained. */
bool overlay_fold(PriceBook *book, const char *overlay, const char *folder, int *n_rows, ErrList *errors);

#endif
