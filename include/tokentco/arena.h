/* Arena: many small allocations, one free.
 *
 * Layer: base. Memory is zeroed and aligned for any type. Pointers stay valid until arena_free; nothing
 * moves.
 */
#ifndef TOKENTCO_ARENA_H
#define TOKENTCO_ARENA_H

#include <stddef.h>

typedef struct ArenaBlock ArenaBlock;
typedef struct Arena {
    ArenaBlock *head; /* owned */
    size_t n_bytes;   /* handed out so far */
} Arena;

void arena_init(Arena *arena);
void arena_free(Arena *arena);

/* `n` zeroed bytes. Ends the program with a message when memory is exhausted: nothing sensible can follow. */
void *arena_alloc(Arena *arena, size_t n);

/* `n_items` zeroed items of `size` bytes; the product is checked. */
void *arena_array(Arena *arena, size_t n_items, size_t size);

/* Everything of `from` becomes the other's; `from` is empty then. */
void arena_join(Arena *arena, Arena *from);

/* A copy of the first `n` bytes of `text`, terminated. */
char *arena_strndup(Arena *arena, const char *text, size_t n);
char *arena_strdup(Arena *arena, const char *text);

#endif
