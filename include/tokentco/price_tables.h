/* Loading the price book from its CSV files.
 *
 * Layer: feed.
 */
#ifndef TOKENTCO_PRICE_TABLES_H
#define TOKENTCO_PRICE_TABLES_H

#include "tokentco/pricebook.h"
#include "tokentco/text.h"

/* Opens the shipped book and an overlay folder (NULL: $TOKENTCO_PRICING, else the user's data folder, if they
 * exist; a folder named explicitly must exist). Tables are read when first asked for by pricebook_need. */
bool pricebook_open(PriceBook *book, const char *overlay, ErrList *errors);
void pricebook_close(PriceBook *book);

/* Reads a table if it is not there yet; every fault of its files goes to the list, with file, line and column
 * name. */
bool pricebook_need(PriceBook *book, PriceKind kind, ErrList *errors);
bool pricebook_need_all(PriceBook *book, ErrList *errors);

/* Reads one CSV file of a kind without adding it to the book (for `check` and imports). The caller frees
 * `*rows`; what they point to is owned by the arena of the book. */
bool price_file_read(PriceBook *book, PriceKind kind, const char *path, bool is_overlay, PriceRow **rows,
                     int *n_rows, ErrList *errors);

/* Would rows under their header be read as a file of this kind? Asked before they are written. */
bool price_rows_check(PriceKind kind, const char *name, const Text *csv, Err *err);

#endif
