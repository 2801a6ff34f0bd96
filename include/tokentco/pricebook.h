/* Price book: dated tables of prices and facts, and the question "what held on that day?".
 *
 * Layer: model. Tables are filled by feed; here they are only searched. The schema of every table is a list
 * of columns, which drives the loader, the checks, `prices list` and pricing/README.md. All tables end with
 * the same five columns (PRICE_TAIL_COLUMNS).
 *
 * As of day d the row of a key is the one with the newest valid_from <= d, unless it ended (seen_until before
 * d). A row whose valid_from lies after its retrieved_on was announced when it was read.
 */
#ifndef TOKENTCO_PRICEBOOK_H
#define TOKENTCO_PRICEBOOK_H

#include "tokentco/arena.h"
#include "tokentco/inputs.h"
#include "tokentco/parse.h"

#include <stddef.h>

typedef enum PriceKind {
    PRICE_GPU_RENTAL,
    PRICE_API,
    PRICE_ACCELERATORS,
    PRICE_MODELS,
    PRICE_LICENCES,
    PRICE_NETWORKING,
    PRICE_STAFFING,
    PRICE_FACILITY,
    PRICE_ALIASES,
    PRICE_PROFILES,
    PRICE_FX,
    PRICE_CONTRACTS,
    N_PRICE_KINDS
} PriceKind;

typedef enum ColumnType { COLUMN_TEXT, COLUMN_NUMBER, COLUMN_DATE } ColumnType;
enum { COLUMN_KEY = 1 << 0, COLUMN_OPTIONAL = 1 << 1 }; /* flags: part of the key; may be empty */

typedef struct PriceColumn {
    const char *name;
    ColumnType type;
    unsigned flags;
    double min, max;
    const char *doc;
} PriceColumn;

typedef struct PriceTableRow {
    const char *name; /* file name without .csv, also the word of the command line */
    const char *title;
    const PriceColumn *columns;
    int n_columns;
} PriceTableRow;
extern const PriceTableRow price_tables[N_PRICE_KINDS];

/* One cell. Text for text columns (never NULL, "" when empty), number for the others; `has` is false when
 * empty. */
typedef struct PriceCell {
    const char *text;
    double number; /* a Date for date columns */
    bool has;
} PriceCell;

typedef struct PriceRow {
    const PriceCell *cells; /* n_columns of the table */
    Date valid_from;
    bool has_end;
    Date seen_until;
    Date retrieved_on;
    const char *source, *note;
    const char *file; /* borrowed; where it was read */
    int line;
    bool is_overlay; /* from the user's overlay, not the shipped book */
} PriceRow;

typedef struct PriceTable {
    bool is_loaded;
    PriceRow
        *rows; /* sorted by key columns, then valid_from, overlay after shipped; owned by the book's arena */
    int n_rows;
} PriceTable;

typedef struct PriceBook {
    Arena arena;
    char folder[512];  /* the shipped book */
    char overlay[512]; /* "" when there is none */
    PriceTable tables[N_PRICE_KINDS];
} PriceBook;

/* Column numbers, in the order of the schema tables. */
enum { RENTAL_PROVIDER, RENTAL_REGION, RENTAL_GPU, RENTAL_GPUS, RENTAL_TERM, RENTAL_USD_PER_GPU_H };
enum {
    APIP_PROVIDER,
    APIP_MODEL,
    APIP_TIER,
    APIP_INPUT,
    APIP_OUTPUT,
    APIP_CACHED,
    APIP_CACHE_WRITE,
    APIP_BATCH_INPUT,
    APIP_BATCH_OUTPUT
};
enum {
    ACC_GPU,
    ACC_NAME,
    ACC_VENDOR,
    ACC_MEMORY_GB,
    ACC_BANDWIDTH_GB_S,
    ACC_TFLOPS_16,
    ACC_TFLOPS_8,
    ACC_TFLOPS_4,
    ACC_LINK_GB_S,
    ACC_GPUS_PER_NODE,
    ACC_TDP_W
};
enum {
    MODEL_ID,
    MODEL_HF_ID,
    MODEL_PARAMS,
    MODEL_PARAMS_ACTIVE,
    MODEL_LAYERS,
    MODEL_HIDDEN,
    MODEL_INTERMEDIATE,
    MODEL_HEADS,
    MODEL_KV_HEADS,
    MODEL_HEAD_DIM,
    MODEL_VOCAB,
    MODEL_CONTEXT,
    MODEL_EXPERTS,
    MODEL_EXPERTS_ACTIVE,
    MODEL_SHARED_EXPERTS,
    MODEL_MOE_INTERMEDIATE,
    MODEL_PARAMS_ROUTED,
    MODEL_KV_VALUES,
    MODEL_KV_SHARDS,
    MODEL_KV_LAYER_FRAC,
    MODEL_WINDOW,
    MODEL_WINDOW_LAYER_FRAC,
    MODEL_TIED,
    MODEL_LICENCE
};
enum { NETP_PROVIDER, NETP_ITEM, NETP_REGION, NETP_FROM_GB, NETP_TO_GB, NETP_USD, NETP_UNIT };
enum {
    STAFFP_ROLE,
    STAFFP_COUNTRY,
    STAFFP_LEVEL,
    STAFFP_MEASURE,
    STAFFP_VALUE,
    STAFFP_P25,
    STAFFP_P75,
    STAFFP_N,
    STAFFP_UNIT
};
enum { FACP_ITEM, FACP_REGION, FACP_VALUE, FACP_UNIT };
enum { ALIAS_KIND, ALIAS_NAME, ALIAS_ID };
enum {
    CONP_PROVIDER,
    CONP_CUSTOMER,
    CONP_RULE,
    CONP_ITEM,
    CONP_USD,
    CONP_DISCOUNT,
    CONP_MONTHS,
    CONP_COVERS
};
enum { FX_CURRENCY, FX_UNITS_PER_USD };
enum { PROFILE_HOUR, PROFILE_FLAT, PROFILE_CONVERSATION, PROFILE_CODING };
enum {
    LIC_NAME,
    LIC_MODELS,
    LIC_COMMERCIAL,
    LIC_THRESHOLD,
    LIC_THRESHOLD_UNIT,
    LIC_RULE,
    LIC_OTHER,
    LIC_HOSTING,
    LIC_ROYALTY
};

/* The canonical name behind an alias of a kind ("gpu", "model", "provider"), ignoring case; `name` itself
 * when there is none. Borrowed. */
const char *pricebook_resolve(const PriceBook *book, const char *kind, const char *name);

/* Does the row hold on that day, looked at alone? */
bool price_row_holds(const PriceRow *row, Date as_of);
bool price_row_is_announced(const PriceRow *row);

/* The row of `table` whose first key columns equal `keys[0..n_keys-1]` (NULL: any) as of a day; with several
 * matches the one with the lowest number in column `by_column` (-1: the first). NULL when nothing holds; then
 * `*ended` (may be NULL) points to the newest row that has ended, if there is one. */
const PriceRow *pricebook_find(const PriceBook *book, PriceKind kind, const char *const *keys, int n_keys,
                               Date as_of, int by_column, const PriceRow **ended);

/* Rows that hold as of a day for each distinct key, in key order: fills `out` with up to `max`, returns how
 * many there are. `keys` filters as in pricebook_find. */
int pricebook_list(const PriceBook *book, PriceKind kind, const char *const *keys, int n_keys, Date as_of,
                   const PriceRow **out, int max);

/* A model's shape and an accelerator's figures as the step-time equations want them. */
bool pricebook_shape(const PriceBook *book, const char *model, Date as_of, ModelShape *out,
                     const PriceRow **row, Err *err);
bool pricebook_accelerator(const PriceBook *book, const char *gpu, Date as_of, AccelSpec *out,
                           const PriceRow **row, Err *err);

/* The name in column `column` nearest to `name`, for "did you mean"; NULL when none is near. */
const char *pricebook_nearest(const PriceBook *book, PriceKind kind, int column, const char *name);

/* Columns of a table that are its key, and all before those that every table ends with. */
enum { PRICE_TAIL_COLUMNS = 5 };
int price_key_columns(PriceKind kind);
int price_own_columns(PriceKind kind);

/* Do two rows of a table have the same key? */
bool price_same_series(PriceKind kind, const PriceRow *a, const PriceRow *b);

/* A key column's number by name; -1 when the table has no such column. */
int price_column_find(PriceKind kind, const char *name);

#endif
