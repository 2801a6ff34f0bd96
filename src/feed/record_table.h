/* The members of a measurement record: one table that the writer and the reader share. Layer: feed, private.
 */
#ifndef FEED_RECORD_TABLE_H
#define FEED_RECORD_TABLE_H

#include "tokentco/field.h"
#include "tokentco/measure.h"

#include <stddef.h>

typedef enum MemberKind {
    MEMBER_TEXT,     /* const char * */
    MEMBER_NUMBER,   /* double, 0 or more */
    MEMBER_POSITIVE, /* double above 0 */
    MEMBER_OPTIONAL, /* double above 0 with a bool beside it; null when absent */
    MEMBER_COUNT,    /* int, 0 or more */
    MEMBER_FLAG,     /* bool */
    MEMBER_WORD,     /* enum, by name */
    MEMBER_NUMBERS,  /* const double * with an int count beside it */
    MEMBER_LATER     /* the same, unknown to older records: absent when there are none */
} MemberKind;

typedef struct Member {
    const char *key;
    MemberKind kind;
    size_t offset;
    size_t beside;              /* of the bool or the count */
    const char *(*word)(int i); /* MEMBER_WORD: i-th name, NULL after the last */
} Member;

/* Groups of members of the record itself; the first has no key of its own. */
typedef struct Section {
    const char *key;
    const Member *members;
    size_t n_members;
} Section;

/* Lists of items of one kind. */
typedef struct ListRow {
    const char *key;
    const Member *members;
    size_t n_members, item_bytes, count_offset, items_offset;
} ListRow;

enum { N_RECORD_SECTIONS = 6, N_RECORD_LISTS = 4, N_FIT_MEMBERS = 2 };
extern const Section record_sections[N_RECORD_SECTIONS];
extern const ListRow record_lists[N_RECORD_LISTS];

/* The members of a fit beside its names, values and covariance. */
extern const Member record_fit_members[N_FIT_MEMBERS];

/* The shape's rows, as in the method; `n` receives how many. */
const FieldRow *record_shape_rows(size_t *n);

#endif
