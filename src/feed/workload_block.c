/* A workload block: some members of a workload with their notes, and its JSON. Layer: feed. */
#include "tokentco/worklog.h"

#include <jansson.h>
#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define FIELD_GROUP Workload
static const FieldRow rows[] = {WORKLOAD_FIELDS(FIELD_ROW)};
#undef FIELD_GROUP
enum { N_ROWS = sizeof rows / sizeof rows[0], DIGITS = 6 };
_Static_assert((int)N_ROWS <= (int)WORKLOAD_ROWS_MAX, "a flag for every row");

void workload_block_init(WorkloadBlock *block)
{
    memset(block, 0, sizeof *block);
    field_set_defaults(rows, N_ROWS, &block->values);
}

/* To the digits that a fit is good for, so that a person can read the block. */
static double rounded(double value)
{
    char text[40];
    snprintf(text, sizeof text, "%.*g", DIGITS, value);
    return strtod(text, NULL);
}

bool workload_block_set(WorkloadBlock *block, const char *name, double value, Err *err)
{
    const FieldRow *row = field_find(rows, N_ROWS, name);
    if (row == NULL) return err_set(err, ERR_BUG, "a workload has no member '%s'", name);
    if (!field_set(row, &block->values, row->type == FIELD_NUM ? rounded(value) : value, err))
        return err_place(err, "%s", name);
    block->is_set[row - rows] = true;
    return true;
}

void workload_block_note(WorkloadBlock *block, const char *format, ...)
{
    va_list args;
    if (block->n_notes == WORKLOAD_NOTES_MAX) return;
    va_start(args, format);
    vsnprintf(block->notes[block->n_notes++], WORKLOAD_NOTE_BYTES, format, args);
    va_end(args);
}

static json_t *array_value(const FieldArray *array)
{
    json_t *list = json_array();
    for (int i = 0; i < array->n; i++) json_array_append_new(list, json_real(array->values[i]));
    return list;
}

static json_t *row_value(const FieldRow *row, const Workload *values)
{
    char text[FIELD_TEXT_BYTES];
    const char *at = (const char *)values + row->offset;
    double number = field_get(row, values);
    switch (row->type) {
    case FIELD_NUM:
    case FIELD_OPT:
        return number == floor(number) && fabs(number) < 1e15 ? json_integer((json_int_t)number)
                                                              : json_real(number);
    case FIELD_INT:
        return json_integer((json_int_t)number);
    case FIELD_FLAG:
        return json_boolean(number != 0.0);
    case FIELD_CHOICE:
        return json_string(field_choice_name(row, (int)number, text, sizeof text) ? text : "");
    case FIELD_TEXT:
        return json_string(at);
    case FIELD_ARRAY:
        return array_value((const FieldArray *)(const void *)at);
    }
    return json_null();
}

char *workload_block_dump(const WorkloadBlock *block)
{
    json_t *object = json_object();
    for (size_t i = 0; i < N_ROWS; i++) {
        bool is_profile = rows[i].type == FIELD_ARRAY && field_is_given(&rows[i], &block->values);
        bool is_name = rows[i].type == FIELD_TEXT && field_is_given(&rows[i], &block->values);
        if (block->is_set[i] || is_profile || is_name)
            json_object_set_new(object, rows[i].name, row_value(&rows[i], &block->values));
    }
    char *text = json_dumps(object, JSON_INDENT(2) | JSON_REAL_PRECISION(15));
    json_decref(object);
    return text;
}
