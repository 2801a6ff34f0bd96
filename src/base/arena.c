/* Arena allocator. Layer: base. */
#include "tokentco/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Blocks grow with what the arena holds, so that a large one has few and a small one is small. */
enum { BLOCK_BYTES = 1 << 16, BLOCK_BYTES_MAX = 1 << 20 };

struct ArenaBlock {
    ArenaBlock *next;
    size_t used;
    size_t size;
    _Alignas(max_align_t) unsigned char data[];
};

static void die_of_memory(size_t n)
{
    fprintf(stderr, "tokentco: out of memory (%zu bytes wanted)\n", n);
    exit(70);
}

void arena_init(Arena *arena)
{
    *arena = (Arena){0};
}

void arena_free(Arena *arena)
{
    for (ArenaBlock *block = arena->head; block != NULL;) {
        ArenaBlock *next = block->next;
        free(block);
        block = next;
    }
    *arena = (Arena){0};
}

static ArenaBlock *block_new(const Arena *arena, size_t n)
{
    size_t size = arena->n_bytes < BLOCK_BYTES       ? BLOCK_BYTES
                  : arena->n_bytes < BLOCK_BYTES_MAX ? arena->n_bytes
                                                     : BLOCK_BYTES_MAX;
    if (size < n) size = n;
    ArenaBlock *block = calloc(1, sizeof *block + size);
    if (block == NULL) die_of_memory(size);
    block->size = size;
    return block;
}

void *arena_alloc(Arena *arena, size_t n)
{
    if (n > SIZE_MAX / 2) die_of_memory(n);
    size_t aligned = (n + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);
    ArenaBlock *block = arena->head;
    if (block == NULL || block->size - block->used < aligned) {
        block = block_new(arena, aligned);
        block->next = arena->head;
        arena->head = block;
    }
    void *out = block->data + block->used;
    block->used += aligned;
    arena->n_bytes += aligned;
    return out;
}

void *arena_array(Arena *arena, size_t n_items, size_t size)
{
    if (size != 0 && n_items > SIZE_MAX / 2 / size) die_of_memory(SIZE_MAX);
    return arena_alloc(arena, n_items * size);
}

void arena_join(Arena *arena, Arena *from)
{
    ArenaBlock **end = &arena->head;
    while (*end != NULL) end = &(*end)->next;
    *end = from->head;
    arena->n_bytes += from->n_bytes;
    *from = (Arena){0};
}

char *arena_strndup(Arena *arena, const char *text, size_t n)
{
    char *out = arena_alloc(arena, n + 1);
    memcpy(out, text, n);
    return out;
}

char *arena_strdup(Arena *arena, const char *text)
{
    return arena_strndup(arena, text, strlen(text));
}
