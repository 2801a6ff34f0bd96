/* What tests of measurement files share: loading one or two of them. */
#ifndef TEST_LOADED_CASE_H
#define TEST_LOADED_CASE_H

#include "test.h"
#include "tokentco/record.h"

#define FOLDER "tests/feed/measurements/"

typedef struct Loaded {
    Arena arena;
    ErrList errors;
    Measurement *records;
    int n;
    bool is_ok;
} Loaded;

static inline void load(Loaded *out, const char *first, const char *second, const ImportHints *hints)
{
    char paths[2][256];
    snprintf(paths[0], sizeof paths[0], "%s%s", first[0] == '/' ? "" : FOLDER, first);
    snprintf(paths[1], sizeof paths[1], FOLDER "%s", second != NULL ? second : "");
    const char *const list[] = {paths[0], paths[1]};
    arena_init(&out->arena);
    err_list_init(&out->errors);
    out->is_ok =
        record_import(list, second != NULL ? 2 : 1, hints, &out->arena, &out->records, &out->n, &out->errors);
}

static inline void unload(Loaded *loaded)
{
    err_list_free(&loaded->errors);
    arena_free(&loaded->arena);
}

#endif
