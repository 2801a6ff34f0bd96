/* The overlay folder: rows as text, the lock, appending. Layer: feed, private. */
#ifndef FEED_OVERLAY_H
#define FEED_OVERLAY_H

#include "tokentco/price_import.h"
#include "tokentco/text.h"

/* "kind|cell|cell|...": the key of a row, as a map key. */
void overlay_key_text(PriceKind kind, const PriceCell *cells, char *out, size_t size);

/* Fills in the id of a quarantined price: a hash of feed, reason and row. */
void overlay_quarantine_id(const char *feed, Quarantined *entry);

/* Appends one CSV field, quoted when it must be. */
void csv_field_add(Text *out, const char *field);

/* Appends the cells and dates of a row, without source and what follows, and without an end of line. */
void overlay_row_add(Text *out, PriceKind kind, const PriceCell *cells, Date valid_from, bool has_end,
                     Date seen_until);
void overlay_header_add(Text *out, PriceKind kind);

/* Takes the folder's lock, waiting for it; the folder is made if missing. The descriptor of the lock, or -1.
 * Closing it lets go. */
int overlay_lock(const char *overlay, Err *err);

#endif
