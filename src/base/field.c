/* Field rows: generic reading and writing of group structs. Layer: base. */
#include "tokentco/field.h"

#include "tokentco/parse.h"
#include "tokentco/text.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *member(const FieldRow *row, void *group)
{
    return (unsigned char *)group + row->offset;
}

static const void *member_const(const FieldRow *row, const void *group)
{
    return (const unsigned char *)group + row->offset;
}

static void put(const FieldRow *row, void *group, double value)
{
    switch (row->type) {
    case FIELD_OPT:
        *(bool *)((unsigned char *)group + row->has_offset) = true; /* fall through */
    case FIELD_NUM:
        *(double *)member(row, group) = value;
        break;
    case FIELD_INT:
    case FIELD_CHOICE:
        *(int *)member(row, group) = (int)value;
        break;
    case FIELD_FLAG:
        *(bool *)member(row, group) = value != 0.0;
        break;
    case FIELD_TEXT:
    case FIELD_ARRAY:
        break;
    }
}

/* Bytes of a row's member; of an array those that are given. */
static size_t member_size(const FieldRow *row, const void *group)
{
    switch (row->type) {
    case FIELD_NUM:
    case FIELD_OPT:
        return sizeof(double);
    case FIELD_INT:
    case FIELD_CHOICE:
        return sizeof(int);
    case FIELD_FLAG:
        return sizeof(bool);
    case FIELD_TEXT:
        return strlen(member_const(row, group)) + 1;
    case FIELD_ARRAY:
        break;
    }
    const FieldArray *array = member_const(row, group);
    return offsetof(FieldArray, values) + (size_t)array->n * sizeof array->values[0];
}

void field_copy(const FieldRow *row, const void *from, void *to)
{
    memcpy(member(row, to), member_const(row, from), member_size(row, from));
    if (row->type == FIELD_OPT)
        *(bool *)((unsigned char *)to + row->has_offset) =
            *(const bool *)((const unsigned char *)from + row->has_offset);
}

bool field_is_same(const FieldRow *row, const void *a, const void *b)
{
    if (row->type == FIELD_OPT && field_is_given(row, a) != field_is_given(row, b)) return false;
    if (row->type == FIELD_OPT && !field_is_given(row, a)) return true;
    size_t n = member_size(row, a);
    return n == member_size(row, b) && memcmp(member_const(row, a), member_const(row, b), n) == 0;
}

void field_set_defaults(const FieldRow *rows, size_t n_rows, void *group)
{
    for (size_t i = 0; i < n_rows; i++) {
        const FieldRow *row = &rows[i];
        switch (row->type) {
        case FIELD_NUM:
        case FIELD_INT:
        case FIELD_FLAG:
        case FIELD_CHOICE:
            put(row, group, row->default_value);
            break;
        case FIELD_OPT:
            *(bool *)((unsigned char *)group + row->has_offset) = false;
            *(double *)member(row, group) = 0.0;
            break;
        case FIELD_TEXT:
            snprintf(member(row, group), FIELD_TEXT_BYTES, "%s", row->unit);
            break;
        case FIELD_ARRAY:
            ((FieldArray *)member(row, group))->n = 0;
            break;
        }
    }
}

double field_get(const FieldRow *row, const void *group)
{
    const void *at = member_const(row, group);
    switch (row->type) {
    case FIELD_NUM:
    case FIELD_OPT:
        return *(const double *)at;
    case FIELD_INT:
    case FIELD_CHOICE:
        return *(const int *)at;
    case FIELD_FLAG:
        return *(const bool *)at ? 1.0 : 0.0;
    case FIELD_TEXT:
    case FIELD_ARRAY:
        return 0.0;
    }
    return 0.0;
}

bool field_is_given(const FieldRow *row, const void *group)
{
    switch (row->type) {
    case FIELD_OPT:
        return *(const bool *)((const unsigned char *)group + row->has_offset);
    case FIELD_ARRAY:
        return ((const FieldArray *)member_const(row, group))->n > 0;
    case FIELD_TEXT:
        return ((const char *)member_const(row, group))[0] != '\0';
    case FIELD_NUM:
    case FIELD_INT:
    case FIELD_FLAG:
    case FIELD_CHOICE:
        return true;
    }
    return true;
}

static int choice_count(const FieldRow *row)
{
    int n = 1;
    for (const char *c = row->unit; *c != '\0'; c++)
        if (*c == '|') n++;
    return n;
}

bool field_check(const FieldRow *row, double value, Err *err)
{
    if (!isfinite(value)) return err_set(err, ERR_DATA, "must be a finite number");
    switch (row->type) {
    case FIELD_FLAG:
        if (value != 0.0 && value != 1.0) return err_set(err, ERR_DATA, "must be true or false");
        return true;
    case FIELD_CHOICE:
        if (value != floor(value) || value < 0.0 || value >= choice_count(row))
            return err_set(err, ERR_DATA, "must be one of %s", row->unit);
        return true;
    case FIELD_TEXT:
        return err_set(err, ERR_DATA, "must be text");
    case FIELD_INT:
        if (value != floor(value)) return err_set(err, ERR_DATA, "%g is not a whole number", value);
        break;
    case FIELD_NUM:
    case FIELD_OPT:
    case FIELD_ARRAY:
        break;
    }
    bool is_open = (row->flags & FIELD_OPEN_MIN) != 0;
    if (value < row->min || value > row->max || (is_open && value == row->min)) {
        char got[32], low[32], high[32];
        number_format(value, got, sizeof got);
        number_format(row->min, low, sizeof low);
        number_format(row->max, high, sizeof high);
        return err_set(err, ERR_DATA, "%s is outside %s%s to %s%s%s", got, is_open ? "more than " : "", low,
                       high, row->unit[0] != '\0' ? " " : "", row->unit);
    }
    return true;
}

bool field_set(const FieldRow *row, void *group, double value, Err *err)
{
    if (row->type == FIELD_ARRAY) return err_set(err, ERR_DATA, "must be a list of numbers");
    if (!field_check(row, value, err)) return false;
    put(row, group, value);
    return true;
}

bool field_set_text(const FieldRow *row, void *group, const char *text, Err *err)
{
    if (row->type == FIELD_TEXT) {
        if (strlen(text) >= FIELD_TEXT_BYTES)
            return err_set(err, ERR_DATA, "is longer than %d bytes", FIELD_TEXT_BYTES - 1);
        if (!text_is_plain(text)) return err_set(err, ERR_DATA, "holds a control character");
        snprintf(member(row, group), FIELD_TEXT_BYTES, "%s", text);
        return true;
    }
    if (row->type != FIELD_CHOICE) return err_set(err, ERR_DATA, "must be a number, not text");
    char name[FIELD_TEXT_BYTES];
    for (int i = 0; field_choice_name(row, i, name, sizeof name); i++) {
        if (strcmp(name, text) != 0) continue;
        put(row, group, i);
        return true;
    }
    return err_set(err, ERR_DATA, "'%.40s' is not one of %s", text, row->unit);
}

bool field_set_array(const FieldRow *row, void *group, const double *values, size_t n, Err *err)
{
    if (row->type != FIELD_ARRAY) return err_set(err, ERR_DATA, "must be one value, not a list");
    if (n > FIELD_ARRAY_MAX)
        return err_set(err, ERR_DATA, "has %zu values; at most %d fit", n, FIELD_ARRAY_MAX);
    for (size_t i = 0; i < n; i++)
        if (!field_check(row, values[i], err)) return err_place(err, "%s[%zu]", row->name, i);
    FieldArray *array = member(row, group);
    array->n = (int)n;
    if (n > 0) memcpy(array->values, values, n * sizeof *values);
    return true;
}

bool field_choice_name(const FieldRow *row, int index, char *out, size_t size)
{
    const char *at = row->unit;
    for (int i = 0; i < index; i++) {
        at = strchr(at, '|');
        if (at == NULL) return false;
        at++;
    }
    if (row->type != FIELD_CHOICE || index < 0) return false;
    size_t length = strcspn(at, "|");
    snprintf(out, size, "%.*s", (int)length, at);
    return true;
}

enum { SHORTEST_MIN_DIGITS = 6, DOUBLE_DIGITS = 17 };

void number_format(double value, char *out, size_t size)
{
    for (int digits = SHORTEST_MIN_DIGITS; digits <= DOUBLE_DIGITS; digits++) {
        snprintf(out, size, "%.*g", digits, value);
        if (strtod(out, NULL) == value) return;
    }
}

void field_format(const FieldRow *row, const void *group, char *out, size_t size)
{
    const void *at = member_const(row, group);
    char number[40];
    switch (row->type) {
    case FIELD_TEXT:
        snprintf(out, size, "%s", ((const char *)at)[0] != '\0' ? (const char *)at : "-");
        return;
    case FIELD_ARRAY:
        if (((const FieldArray *)at)->n == 0) {
            snprintf(out, size, "-");
        } else {
            snprintf(out, size, "%d values", ((const FieldArray *)at)->n);
        }
        return;
    case FIELD_CHOICE:
        field_choice_name(row, *(const int *)at, out, size);
        return;
    case FIELD_FLAG:
        snprintf(out, size, "%s", *(const bool *)at ? "yes" : "no");
        return;
    case FIELD_OPT:
        if (!field_is_given(row, group)) {
            snprintf(out, size, "-");
            return;
        }
        break;
    case FIELD_NUM:
    case FIELD_INT:
        break;
    }
    number_format(field_get(row, group), number, sizeof number);
    snprintf(out, size, "%s%s%s", number, row->unit[0] != '\0' ? " " : "", row->unit);
}

const FieldRow *field_find(const FieldRow *rows, size_t n_rows, const char *name)
{
    for (size_t i = 0; i < n_rows; i++)
        if (strcmp(rows[i].name, name) == 0) return &rows[i];
    return NULL;
}

const FieldRow *field_nearest(const FieldRow *rows, size_t n_rows, const char *name)
{
    const FieldRow *best = NULL;
    int best_distance = (int)strlen(name) / 2 + 1;
    for (size_t i = 0; i < n_rows; i++) {
        int distance = edit_distance(rows[i].name, name);
        if (distance >= best_distance) continue;
        best = &rows[i];
        best_distance = distance;
    }
    return best;
}
