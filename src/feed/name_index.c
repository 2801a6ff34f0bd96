/* Names to numbers: open addressing, linear probing. Layer: feed. */
#include "feed/name_index.h"

#include <string.h>

enum { FIRST_SLOTS = 256 };

/* Eight bytes a step: a multiplication for each byte was a tenth of the time of a large catalogue. */
static uint64_t key_hash(const char *key)
{
    static const uint64_t factor = 0x9e3779b97f4a7c15u; /* 2^64 over the golden ratio: odd, well mixed */
    enum { HALF_BITS = 32 };
    size_t n = strlen(key);
    uint64_t hash = n, word;
    for (; n >= sizeof word; n -= sizeof word, key += sizeof word) {
        memcpy(&word, key, sizeof word);
        hash = (hash ^ word) * factor;
        hash ^= hash >> HALF_BITS;
    }
    word = 0;
    memcpy(&word, key, n);
    hash = (hash ^ word) * factor;
    return hash ^ hash >> HALF_BITS;
}

void name_index_init(NameIndex *index, Arena *arena)
{
    *index = (NameIndex){.arena = arena};
}

/* The slot that holds the key or the empty one where it belongs. */
static NameSlot *slot_of(const NameIndex *index, const char *key, uint64_t hash)
{
    size_t mask = index->n_slots - 1;
    for (size_t i = hash & mask;; i = (i + 1) & mask) {
        NameSlot *slot = &index->slots[i];
        if (slot->key == NULL || (slot->hash == hash && strcmp(slot->key, key) == 0)) return slot;
    }
}

/* Memory is doubled before more than half of the slots are in use. */
static void grow(NameIndex *index)
{
    NameIndex wider = *index;
    wider.n_slots = index->n_slots == 0 ? FIRST_SLOTS : 2 * index->n_slots;
    wider.slots = arena_array(index->arena, wider.n_slots, sizeof *wider.slots);
    for (size_t i = 0; i < index->n_slots; i++) {
        const NameSlot *old = &index->slots[i];
        if (old->key != NULL) *slot_of(&wider, old->key, old->hash) = *old;
    }
    *index = wider;
}

intptr_t *name_index_find(const NameIndex *index, const char *key)
{
    if (index->n_slots == 0) return NULL;
    NameSlot *slot = slot_of(index, key, key_hash(key));
    return slot->key == NULL ? NULL : &slot->value;
}

intptr_t *name_index_get(NameIndex *index, const char *key)
{
    if (2 * (index->n_used + 1) > index->n_slots) grow(index);
    uint64_t hash = key_hash(key);
    NameSlot *slot = slot_of(index, key, hash);
    if (slot->key == NULL) {
        *slot = (NameSlot){.key = arena_strdup(index->arena, key), .hash = hash, .value = -1};
        index->n_used++;
    }
    return &slot->value;
}
