/* Field rows: one row per value that a user can set.
 *
 * Layer: base. A list of fields is an X-macro: `#define GROUP_FIELDS(_) _(type, name, symbol, unit, min, max,
 * default, step, flags, doc) ...`. The same list declares the struct (FIELD_DECLARE) and the table of
 * FieldRow (FIELD_ROWS), and the table drives loader, range checks, defaults, editor, schema, sensitivity,
 * exports and manual.
 *
 * Types, and the member that each declares:
 *   NUM     double
 *   OPT     double and `bool has_<name>`: a number that may be absent; it has no default
 *   INT     int
 *   FLAG    bool
 *   CHOICE  int, index into the names of `unit`, which are separated by '|'
 *   TEXT    char[FIELD_TEXT_BYTES]; the default is in `unit`
 *   ARRAY   FieldArray; min and max hold for each value
 */
#ifndef TOKENTCO_FIELD_H
#define TOKENTCO_FIELD_H

#include "tokentco/err.h"

#include <stdbool.h>
#include <stddef.h>

enum { FIELD_TEXT_BYTES = 96, FIELD_ARRAY_MAX = 600 };

typedef enum FieldType {
    FIELD_NUM,
    FIELD_OPT,
    FIELD_INT,
    FIELD_FLAG,
    FIELD_CHOICE,
    FIELD_TEXT,
    FIELD_ARRAY
} FieldType;

typedef struct FieldArray {
    int n; /* 0: not given */
    double values[FIELD_ARRAY_MAX];
} FieldArray;

/* Flags of a row. */
enum {
    FIELD_PLAIN = 0,
    FIELD_PRICE = 1 << 0,   /* money: scales with all prices */
    FIELD_NEEDED = 1 << 1,  /* a cost driver: its default counts only when accepted by name */
    FIELD_FIXED = 1 << 2,   /* never drawn or varied (structure, identity) */
    FIELD_OPEN_MIN = 1 << 3 /* the value must be greater than min, not equal to it */
};

typedef struct FieldRow {
    const char *name;   /* JSON key, also the member's name */
    const char *symbol; /* name in the method's notation, "rent.p_od"; "" where it has none */
    const char *unit;   /* unit; choice names for CHOICE; default for TEXT */
    const char *doc;    /* one sentence without a full stop */
    FieldType type;
    unsigned flags;
    double min, max, default_value, step; /* step above 1 with min >= 0 multiplies, else adds */
    size_t offset;                        /* in the group's struct */
    size_t has_offset;                    /* OPT: of has_<name> */
} FieldRow;

#define FIELD_DECLARE_NUM(name) double name;
#define FIELD_DECLARE_OPT(name)                                                                              \
    double name;                                                                                             \
    bool has_##name;
#define FIELD_DECLARE_INT(name)    int name;
#define FIELD_DECLARE_FLAG(name)   bool name;
#define FIELD_DECLARE_CHOICE(name) int name;
#define FIELD_DECLARE_TEXT(name)   char name[FIELD_TEXT_BYTES];
#define FIELD_DECLARE_ARRAY(name)  FieldArray name;
/* Use: struct { LIST(FIELD_DECLARE) } */
#define FIELD_DECLARE(type, name, symbol, unit, min, max, default, step, flags, doc)                         \
    FIELD_DECLARE_##type(name)

#define FIELD_HAS_NUM(group, name)    0
#define FIELD_HAS_OPT(group, name)    offsetof(group, has_##name)
#define FIELD_HAS_INT(group, name)    0
#define FIELD_HAS_FLAG(group, name)   0
#define FIELD_HAS_CHOICE(group, name) 0
#define FIELD_HAS_TEXT(group, name)   0
#define FIELD_HAS_ARRAY(group, name)  0
/* Use, with FIELD_GROUP defined as the struct's type: static const FieldRow rows[] = { LIST(FIELD_ROW) }; */
#define FIELD_ROW(type, name, symbol, unit, min, max, default, step, flags, doc)                             \
    {#name,                                                                                                  \
     symbol,                                                                                                 \
     unit,                                                                                                   \
     doc,                                                                                                    \
     FIELD_##type,                                                                                           \
     flags,                                                                                                  \
     min,                                                                                                    \
     max,                                                                                                    \
     default,                                                                                                \
     step,                                                                                                   \
     offsetof(FIELD_GROUP, name),                                                                            \
     FIELD_HAS_##type(FIELD_GROUP, name)},

/* Sets every member of a group struct to its default. */
void field_set_defaults(const FieldRow *rows, size_t n_rows, void *group);

/* The number behind NUM, OPT, INT, FLAG and CHOICE (index); 0 for the others. */
double field_get(const FieldRow *row, const void *group);
bool field_is_given(const FieldRow *row,
                    const void *group); /* false for an absent OPT or an empty ARRAY or TEXT */

/* Writes a number after checking type and range; the value is refused, never clamped. */
bool field_set(const FieldRow *row, void *group, double value, Err *err);
bool field_set_text(const FieldRow *row, void *group, const char *text,
                    Err *err); /* TEXT and CHOICE by name */
bool field_set_array(const FieldRow *row, void *group, const double *values, size_t n, Err *err);

/* The value of one group struct into another; are the values of two the same, to the last bit? */
void field_copy(const FieldRow *row, const void *from, void *to);
bool field_is_same(const FieldRow *row, const void *a, const void *b);

/* Is the number inside the row's range? Says what the range is when not. */
bool field_check(const FieldRow *row, double value, Err *err);

/* The i-th choice name into `out`; false when there is none. */
bool field_choice_name(const FieldRow *row, int index, char *out, size_t size);

/* The value as a person reads it: number with its unit, choice name, text, "8 values". */
void field_format(const FieldRow *row, const void *group, char *out, size_t size);

/* A number in %.17g-free short form: the fewest digits that read back to the same double. */
void number_format(double value, char *out, size_t size);

const FieldRow *field_find(const FieldRow *rows, size_t n_rows, const char *name);

/* The row whose name is nearest to `name`, for "did you mean"; NULL when none is near. */
const FieldRow *field_nearest(const FieldRow *rows, size_t n_rows, const char *name);

#endif
