/* Names to numbers: a growing hash table with text keys.
 *
 * Layer: feed, private. Keys and slots live in the arena given at the start, so there is nothing to free.
 */
#ifndef FEED_NAME_INDEX_H
#define FEED_NAME_INDEX_H

#include "tokentco/arena.h"

#include <stdint.h>

typedef struct NameSlot {
    const char *key; /* NULL: empty */
    uint64_t hash;
    intptr_t value;
} NameSlot;

typedef struct NameIndex {
    Arena *arena;    /* borrowed */
    NameSlot *slots; /* in the arena */
    size_t n_slots, n_used;
} NameIndex;

void name_index_init(NameIndex *index, Arena *arena);

/* The value kept for a key, or NULL. The pointer is valid until the next insertion. */
intptr_t *name_index_find(const NameIndex *index, const char *key);

/* The value's place for a key, made with value -1 when the key is new. */
intptr_t *name_index_get(NameIndex *index, const char *key);

#endif
