/* Price book lookups. Layer: model. */
#include "tokentco/pricebook.h"

#include "model/price_name.h"

#include <math.h>
#include <stdint.h>
#include <string.h>
#include <strings.h>

enum { NEAR_ENOUGH = 4 };

int price_column_find(PriceKind kind, const char *name)
{
    for (int i = 0; i < price_tables[kind].n_columns; i++)
        if (strcmp(price_tables[kind].columns[i].name, name) == 0) return i;
    return -1;
}

bool price_row_is_announced(const PriceRow *row)
{
    return row->valid_from > row->retrieved_on;
}

/* An announcement that a later retrieval no longer had: it ended before it began. */
static bool is_cancelled(const PriceRow *row)
{
    return row->has_end && row->seen_until < row->valid_from;
}

bool price_row_holds(const PriceRow *row, Date as_of)
{
    return row->valid_from <= as_of && !(row->has_end && row->seen_until < as_of);
}

int price_key_columns(PriceKind kind)
{
    int n = 0;
    while (n < price_tables[kind].n_columns && (price_tables[kind].columns[n].flags & COLUMN_KEY) != 0) n++;
    return n;
}

int price_own_columns(PriceKind kind)
{
    return price_tables[kind].n_columns - PRICE_TAIL_COLUMNS;
}

static bool same_key(const PriceRow *a, const PriceRow *b, int n_keys)
{
    for (int i = 0; i < n_keys; i++)
        if (strcmp(a->cells[i].text, b->cells[i].text) != 0) return false;
    return true;
}

bool price_same_series(PriceKind kind, const PriceRow *a, const PriceRow *b)
{
    return same_key(a, b, price_key_columns(kind));
}

/* Of rows of one key and day the last one counts: it may end or take back the one before it. */
static bool is_replaced(const PriceTable *table, int i, int n_keys)
{
    const PriceRow *row = &table->rows[i];
    return i + 1 < table->n_rows && row[1].valid_from == row->valid_from && same_key(row, row + 1, n_keys);
}

static bool key_matches(const PriceRow *row, const char *const *keys, int n_keys)
{
    for (int i = 0; i < n_keys; i++)
        if (keys[i] != NULL && strcmp(row->cells[i].text, keys[i]) != 0) return false;
    return true;
}

/* Compares a row with the leading keys that are text and given: rows are sorted by them. */
static int compare_prefix(const PriceTableRow *schema, const PriceRow *row, const char *const *keys,
                          int n_keys)
{
    for (int i = 0; i < n_keys && keys[i] != NULL && schema->columns[i].type == COLUMN_TEXT; i++) {
        int order = strcmp(row->cells[i].text, keys[i]);
        if (order != 0) return order;
    }
    return 0;
}

/* First row that is not before the leading keys. */
static int lower_bound(const PriceBook *book, PriceKind kind, const char *const *keys, int n_keys)
{
    const PriceTable *table = &book->tables[kind];
    int low = 0, high = table->n_rows;
    while (low < high) {
        int middle = low + (high - low) / 2;
        if (compare_prefix(&price_tables[kind], &table->rows[middle], keys, n_keys) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* One past the last row of the key group that starts at `first`; `newest` is its newest row as of the day, or
 * NULL. */
static int scan_group(const PriceTable *table, int first, int n_keys, Date as_of, const PriceRow **newest)
{
    int i = first;
    *newest = NULL;
    for (; i < table->n_rows && same_key(&table->rows[first], &table->rows[i], n_keys); i++) {
        const PriceRow *row = &table->rows[i];
        if (row->valid_from <= as_of && !is_replaced(table, i, n_keys) && !is_cancelled(row)) *newest = row;
    }
    return i;
}

const PriceRow *pricebook_find(const PriceBook *book, PriceKind kind, const char *const *keys, int n_keys,
                               Date as_of, int by_column, const PriceRow **ended)
{
    const PriceTable *table = &book->tables[kind];
    const PriceRow *best = NULL, *last_ended = NULL;
    int n_full = price_key_columns(kind);
    for (int i = lower_bound(book, kind, keys, n_keys); i < table->n_rows;) {
        if (compare_prefix(&price_tables[kind], &table->rows[i], keys, n_keys) != 0) break;
        const PriceRow *row;
        int next = scan_group(table, i, n_full, as_of, &row);
        bool is_match = row != NULL && key_matches(row, keys, n_keys);
        i = next;
        if (!is_match) continue;
        if (!price_row_holds(row, as_of)) {
            if (last_ended == NULL || row->seen_until > last_ended->seen_until) last_ended = row;
            continue;
        }
        if (by_column >= 0 && !row->cells[by_column].has) continue;
        if (best == NULL || (by_column >= 0 && row->cells[by_column].number < best->cells[by_column].number))
            best = row;
        if (by_column < 0) break;
    }
    if (ended != NULL) *ended = best == NULL ? last_ended : NULL;
    return best;
}

int pricebook_list(const PriceBook *book, PriceKind kind, const char *const *keys, int n_keys, Date as_of,
                   const PriceRow **out, int max)
{
    const PriceTable *table = &book->tables[kind];
    int n = 0, n_full = price_key_columns(kind);
    for (int i = 0; i < table->n_rows;) {
        const PriceRow *row;
        i = scan_group(table, i, n_full, as_of, &row);
        if (row == NULL || !price_row_holds(row, as_of) || !key_matches(row, keys, n_keys)) continue;
        if (n < max) out[n] = row;
        n++;
    }
    return n;
}

const char *pricebook_resolve(const PriceBook *book, const char *kind, const char *name)
{
    const PriceTable *aliases = &book->tables[PRICE_ALIASES];
    for (int i = 0; i < aliases->n_rows; i++) {
        const PriceCell *cells = aliases->rows[i].cells;
        if (strcmp(cells[ALIAS_KIND].text, kind) == 0 && strcasecmp(cells[ALIAS_NAME].text, name) == 0)
            return cells[ALIAS_ID].text;
    }
    return name;
}

const char *pricebook_nearest(const PriceBook *book, PriceKind kind, int column, const char *name)
{
    const PriceTable *table = &book->tables[kind];
    const char *best = NULL;
    int best_distance = NEAR_ENOUGH + 1;
    for (int i = 0; i < table->n_rows; i++) {
        const char *text = table->rows[i].cells[column].text;
        int distance = edit_distance(text, name);
        if (distance < best_distance) {
            best = text;
            best_distance = distance;
        }
    }
    return best;
}

static const PriceRow *row_named(const PriceTable *table, int column, const char *name, Date as_of,
                                 bool is_alike(const char *, const char *))
{
    for (int i = 0; i < table->n_rows; i++)
        if (is_alike(table->rows[i].cells[column].text, name) && price_row_holds(&table->rows[i], as_of))
            return &table->rows[i];
    return NULL;
}

static bool is_same_name(const char *a, const char *b)
{
    return strcasecmp(a, b) == 0;
}

/* Other weights of the same dimensions: an alias for speed and memory, not for prices. */
static const char ALIAS_OF_SHAPE[] = "shape";
/* "180GB" of a 192 GB card: what an engine may use of it. */
static const double MEMORY_SLACK = 0.1;

static const PriceRow *row_alike(const PriceBook *book, PriceKind kind, const char *alias_kind,
                                 const char *name, Date as_of)
{
    const PriceTable *table = &book->tables[kind], *aliases = &book->tables[PRICE_ALIASES];
    const PriceRow *row = row_named(table, 0, name, as_of, names_alike);
    for (int i = 0; row == NULL && i < aliases->n_rows; i++) {
        const PriceCell *cells = aliases->rows[i].cells;
        const char *alias = cells[ALIAS_NAME].text;
        bool is_kind = strcmp(cells[ALIAS_KIND].text, alias_kind) == 0 ||
                       (kind == PRICE_MODELS && strcmp(cells[ALIAS_KIND].text, ALIAS_OF_SHAPE) == 0);
        if (is_kind && (names_alike(alias, name) || names_alike(price_name_bare(alias), name)))
            row = row_named(table, 0, cells[ALIAS_ID].text, as_of, is_same_name);
    }
    return row;
}

/* The row of a one-key table for a name: its key, an alias of it, a model's Hugging Face id; else the same
 * letters and digits with other punctuation, with ever fewer of the words that may be left out. A fault
 * suggests the nearest. */
static const PriceRow *find_named(const PriceBook *book, PriceKind kind, const char *alias_kind,
                                  const char *name, Date as_of, Err *err)
{
    const PriceTable *table = &book->tables[kind];
    const PriceRow *row = row_named(table, 0, pricebook_resolve(book, alias_kind, name), as_of, is_same_name);
    if (row == NULL && kind == PRICE_MODELS) row = row_named(table, MODEL_HF_ID, name, as_of, is_same_name);
    if (row == NULL) row = row_alike(book, kind, alias_kind, name, as_of);
    PriceName shorter;
    bool is_model = kind == PRICE_MODELS;
    for (bool more = price_name_start(&shorter, name); row == NULL && more;
         more = price_name_shorten(&shorter, is_model)) {
        row = row_alike(book, kind, alias_kind, shorter.text, as_of);
        bool is_other_size = row != NULL && kind == PRICE_ACCELERATORS && shorter.memory_gb > 0 &&
                             fabs(row->cells[ACC_MEMORY_GB].number / shorter.memory_gb - 1) > MEMORY_SLACK;
        if (is_other_size) row = NULL;
    }
    if (row != NULL) return row;
    const char *near = pricebook_nearest(book, kind, 0, name);
    err_set(err, ERR_DATA, "no %s '%.60s' in %s.csv%s%s%s", alias_kind, name, price_tables[kind].name,
            near != NULL ? "; did you mean '" : "", near != NULL ? near : "", near != NULL ? "'?" : "");
    return NULL;
}

/* Number of an optional cell, or what stands for it. */
static double cell_or(const PriceRow *row, int column, double fallback)
{
    return row->cells[column].has ? row->cells[column].number : fallback;
}

bool pricebook_shape(const PriceBook *book, const char *model, Date as_of, ModelShape *out,
                     const PriceRow **row_out, Err *err)
{
    const PriceRow *row = find_named(book, PRICE_MODELS, "model", model, as_of, err);
    if (row_out != NULL) *row_out = row;
    if (row == NULL) return false;
    const PriceCell *cells = row->cells;
    *out = (ModelShape){
        .params_total = cells[MODEL_PARAMS].number,
        .params_active = cells[MODEL_PARAMS_ACTIVE].number,
        .params_routed = cell_or(row, MODEL_PARAMS_ROUTED, 0.0),
        .layers = (int)cells[MODEL_LAYERS].number,
        .hidden = (int)cells[MODEL_HIDDEN].number,
        .heads = (int)cells[MODEL_HEADS].number,
        .head_dim = (int)cells[MODEL_HEAD_DIM].number,
        /* Layers without a cache (linear attention) lower the mean per layer. */
        .kv_values_per_layer = cells[MODEL_KV_VALUES].number * cell_or(row, MODEL_KV_LAYER_FRAC, 1.0),
        .kv_shards = (int)cells[MODEL_KV_SHARDS].number,
        .experts = (int)cell_or(row, MODEL_EXPERTS, 0.0),
        .experts_active = (int)cell_or(row, MODEL_EXPERTS_ACTIVE, 0.0),
        .sliding_window_tok = (int)cell_or(row, MODEL_WINDOW, 0.0),
        .sliding_layer_frac = cell_or(row, MODEL_WINDOW_LAYER_FRAC, 0.0),
    };
    return true;
}

#define BYTES_PER_GB     1e9
#define FLOPS_PER_TFLOPS 1e12

bool pricebook_accelerator(const PriceBook *book, const char *gpu, Date as_of, AccelSpec *out,
                           const PriceRow **row_out, Err *err)
{
    const PriceRow *row = find_named(book, PRICE_ACCELERATORS, "gpu", gpu, as_of, err);
    if (row_out != NULL) *row_out = row;
    if (row == NULL) return false;
    const PriceCell *cells = row->cells;
    *out = (AccelSpec){
        .memory_bytes = cells[ACC_MEMORY_GB].number * BYTES_PER_GB,
        .bandwidth_bytes_s = cells[ACC_BANDWIDTH_GB_S].number * BYTES_PER_GB,
        .link_bytes_s = cells[ACC_LINK_GB_S].number * BYTES_PER_GB,
        .flops_16bit = cells[ACC_TFLOPS_16].number * FLOPS_PER_TFLOPS,
        .flops_8bit = cells[ACC_TFLOPS_8].number * FLOPS_PER_TFLOPS,
        .flops_4bit = cell_or(row, ACC_TFLOPS_4, 0.0) * FLOPS_PER_TFLOPS,
        .has_flops_4bit = cells[ACC_TFLOPS_4].has,
    };
    return true;
}
