/* Errors as values, and lists of them.
 *
 * Layer: base. A fallible call returns bool and takes `Err *` last; the first error set wins, callers add
 * where it happened and never replace the cause. Loaders collect every fault of a file in an ErrList.
 */
#ifndef TOKENTCO_ERR_H
#define TOKENTCO_ERR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* The value is the exit status that the program ends with. */
typedef enum ErrCode {
    ERR_NONE = 0,
    ERR_NO = 1,        /* the answer is "no" or "changed" */
    ERR_USAGE = 2,     /* the command line is wrong */
    ERR_DATA = 65,     /* a file's content is wrong */
    ERR_NO_INPUT = 66, /* a file is missing or cannot be read */
    ERR_BUG = 70,      /* a fault of the program, or no memory */
    ERR_IO = 74        /* writing failed */
} ErrCode;

typedef struct Err {
    ErrCode code;
    char file[256];  /* empty: not about a file */
    int line;        /* 1-based; 0: unknown */
    int column;      /* 1-based byte column; 0: unknown */
    char place[192]; /* JSON pointer, CSV column or option name; empty: none */
    char text[512];  /* one sentence: what is wrong and what to do */
} Err;

/* Sets code and text unless an error is already set. Always returns false, so that `return err_set(...)`
 * reads well. `err` may be NULL: then only the return value tells. */
bool err_set(Err *err, ErrCode code, const char *format, ...) __attribute__((format(printf, 3, 4)));

/* Adds the file, line and column of a set error where they are still unknown. Returns false. */
bool err_at(Err *err, const char *file, int line, int column);

/* Adds the place of a set error where it is still unknown. Returns false. */
bool err_place(Err *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Writes "file:line:column: place: text" without the parts that are unknown and without a newline. */
void err_format(const Err *err, char *out, size_t size);

/* All faults of one load. At most ERR_LIST_MAX are kept; the others are counted. */
enum { ERR_LIST_MAX = 200 };
typedef struct ErrList {
    Err *items; /* owned */
    size_t n_items;
    size_t capacity;
    size_t n_dropped; /* faults beyond ERR_LIST_MAX */
} ErrList;

void err_list_init(ErrList *list);
void err_list_free(ErrList *list);
void err_list_add(ErrList *list, const Err *err);

/* Formats and appends one fault with its position; file and place may be NULL. Returns false. */
bool err_list_addf(ErrList *list, ErrCode code, const char *file, int line, int column, const char *place,
                   const char *format, ...) __attribute__((format(printf, 7, 8)));

/* The exit status for a list: the code of its first fault; ERR_NONE for an empty one. */
ErrCode err_list_code(const ErrList *list);

/* Prints one line a fault, "tokentco: ..." each, and how many more there were. */
void err_list_print(const ErrList *list, FILE *out);
void err_print(const Err *err, FILE *out);

/* The static analyzer looks at one file at a time and cannot see that these return false. */
#if defined(__clang_analyzer__) && !defined(ERR_IMPLEMENTATION)
#define err_set(...)       ((void)err_set(__VA_ARGS__), false)
#define err_at(...)        ((void)err_at(__VA_ARGS__), false)
#define err_place(...)     ((void)err_place(__VA_ARGS__), false)
#define err_list_addf(...) ((void)err_list_addf(__VA_ARGS__), false)
#endif

#endif
