/* Folding an overlay into a folder of price files. Layer: feed.
 *
 * Rows of both are merged and sorted by key and date; of rows with one key and day the overlay's last one
 * stays; a row that a later one follows without an end gets the day before as its end.
 */
#include "feed/overlay.h"

#include "feed/offer.h"
#include "tokentco/file.h"
#include "tokentco/price_tables.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 1024 };

typedef struct FoldRow {
    PriceKind kind;
    int order; /* of reading: later wins */
    PriceRow row;
} FoldRow;

static int key_compare(const FoldRow *a, const FoldRow *b)
{
    for (int i = 0; i < price_key_columns(a->kind); i++) {
        const PriceCell *x = &a->row.cells[i], *y = &b->row.cells[i];
        bool is_number = price_tables[a->kind].columns[i].type == COLUMN_NUMBER;
        int order = is_number ? (x->number > y->number) - (x->number < y->number) : strcmp(x->text, y->text);
        if (order != 0) return order;
    }
    return 0;
}

static int fold_compare(const void *a, const void *b)
{
    const FoldRow *x = a, *y = b;
    int order = key_compare(x, y);
    if (order != 0) return order;
    if (x->row.valid_from != y->row.valid_from) return x->row.valid_from < y->row.valid_from ? -1 : 1;
    return (x->order > y->order) - (x->order < y->order);
}

static void row_text(Text *out, const FoldRow *fold)
{
    char date[16];
    overlay_row_add(out, fold->kind, fold->row.cells, fold->row.valid_from, fold->row.has_end,
                    fold->row.seen_until);
    text_add(out, ",");
    csv_field_add(out, fold->row.source);
    date_format(fold->row.retrieved_on, date);
    text_addf(out, ",%s,", date);
    csv_field_add(out, fold->row.note);
    text_add(out, "\n");
}

/* The merged file. `rows` are sorted here. Returns how many rows it has. */
static int merge(FoldRow *rows, int n, Text *out)
{
    int n_kept = 0;
    qsort(rows, (size_t)n, sizeof *rows, fold_compare);
    for (int i = 0; i < n; i++) {
        bool is_followed = i + 1 < n && key_compare(&rows[i], &rows[i + 1]) == 0;
        if (is_followed && rows[i].row.valid_from == rows[i + 1].row.valid_from) continue;
        if (is_followed && !rows[i].row.has_end) {
            rows[i].row.has_end = true;
            rows[i].row.seen_until = rows[i + 1].row.valid_from - 1;
        }
        row_text(out, &rows[i]);
        n_kept++;
    }
    return n_kept;
}

static bool fold_table(PriceBook *book, PriceKind kind, const char *overlay, const char *folder, int *n_rows,
                       ErrList *errors)
{
    char paths[2][PATH_BYTES];
    PriceRow *read[2] = {NULL, NULL};
    int n_read[2] = {0, 0};
    snprintf(paths[0], sizeof paths[0], "%s/%s.csv", folder, price_tables[kind].name);
    snprintf(paths[1], sizeof paths[1], "%s/%s.csv", overlay, price_tables[kind].name);
    if (!file_exists(paths[1])) return true;
    for (int i = 0; i < 2; i++) {
        if (!file_exists(paths[i])) continue;
        if (!price_file_read(book, kind, paths[i], i == 1, &read[i], &n_read[i], errors)) {
            free(read[0]);
            return false;
        }
    }
    FoldRow *rows = arena_array(&book->arena, (size_t)(n_read[0] + n_read[1]) + 1, sizeof *rows);
    int n = 0;
    for (int i = 0; i < 2; i++) {
        for (int k = 0; k < n_read[i]; k++, n++) rows[n] = (FoldRow){kind, n, read[i][k]};
        free(read[i]);
    }
    Text out;
    Err err = {0};
    text_init(&out);
    overlay_header_add(&out, kind);
    *n_rows += merge(rows, n, &out) - n_read[0];
    bool is_ok = file_write_atomic(paths[0], text_str(&out), out.n_bytes, &err);
    if (!is_ok) err_list_add(errors, &err);
    text_free(&out);
    return is_ok;
}

bool overlay_fold(PriceBook *book, const char *overlay, const char *folder, int *n_rows, ErrList *errors)
{
    Err err = {0};
    *n_rows = 0;
    int lock = folder_make(folder, &err) ? overlay_lock(overlay, &err) : -1;
    if (lock < 0) {
        err_list_add(errors, &err);
        return false;
    }
    bool is_ok = true;
    for (int kind = 0; is_ok && kind < N_PRICE_KINDS; kind++) {
        is_ok = fold_table(book, (PriceKind)kind, overlay, folder, n_rows, errors);
    }
    close(lock);
    return is_ok;
}
