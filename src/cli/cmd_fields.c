/* `fields`: every value that a scenario can set, printed from the field tables. Layer: cli. */
#include "cli/commands.h"

#include "tokentco/inputs.h"
#include "tokentco/scenario.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 512 };

/* All fields of the scope and kinds, in the order of the group table. */
typedef struct FieldList {
    int n;
    struct {
        GroupId group;
        const FieldRow *row;
    } items[FIELDS_MAX];
} FieldList;

static const char *const type_names[] = {
    [FIELD_NUM] = "number",    [FIELD_OPT] = "number?", [FIELD_INT] = "integer",   [FIELD_FLAG] = "flag",
    [FIELD_CHOICE] = "choice", [FIELD_TEXT] = "text",   [FIELD_ARRAY] = "numbers",
};

static const FieldRow *row_at(const void *context, int row)
{
    return ((const FieldList *)context)->items[row].row;
}

static bool has_range(const FieldRow *row)
{
    return row->type == FIELD_NUM || row->type == FIELD_OPT || row->type == FIELD_INT ||
           row->type == FIELD_ARRAY;
}

static void get_symbol(const void *context, int row, Cell *out)
{
    cell_set_text(out, row_at(context, row)->symbol);
}

/* "*" stands for the number of an option. */
static void get_pointer(const void *context, int row, Cell *out)
{
    const FieldList *list = context;
    const GroupRow *group = &input_groups[list->items[row].group];
    const char *name = row_at(context, row)->name;
    switch (group->scope) {
    case SCOPE_SCENARIO:
        cell_printf(out, "/%s", name);
        return;
    case SCOPE_WORKLOAD:
        cell_printf(out, "/workloads/0/%s", name);
        return;
    case SCOPE_OPTION:
        cell_printf(out, "/options/*/%s/%s", group->name, name);
        return;
    }
}

static void get_type(const void *context, int row, Cell *out)
{
    cell_set_text(out, type_names[row_at(context, row)->type]);
}

/* Choices name their words here; the unit of a text is its default and not a unit. */
static void get_unit(const void *context, int row, Cell *out)
{
    const FieldRow *field = row_at(context, row);
    if (field->type != FIELD_TEXT && field->type != FIELD_CHOICE) cell_set_text(out, field->unit);
}

static void get_choices(const void *context, int row, Cell *out)
{
    const FieldRow *field = row_at(context, row);
    if (field->type == FIELD_CHOICE) cell_set_text(out, field->unit);
}

static void get_min(const void *context, int row, Cell *out)
{
    if (has_range(row_at(context, row))) cell_set_number(out, row_at(context, row)->min);
}

static void get_max(const void *context, int row, Cell *out)
{
    if (has_range(row_at(context, row))) cell_set_number(out, row_at(context, row)->max);
}

static void get_default(const void *context, int row, Cell *out)
{
    const FieldRow *field = row_at(context, row);
    switch (field->type) {
    case FIELD_NUM:
    case FIELD_INT:
        cell_set_number(out, field->default_value);
        return;
    case FIELD_FLAG:
        cell_set_flag(out, field->default_value != 0.0);
        return;
    case FIELD_CHOICE:
        field_choice_name(field, (int)field->default_value, out->buffer, sizeof out->buffer);
        cell_set_text(out, out->buffer);
        return;
    case FIELD_TEXT:
        cell_set_text(out, field->unit);
        return;
    case FIELD_OPT:
    case FIELD_ARRAY:
        return;
    }
}

static void get_above_min(const void *context, int row, Cell *out)
{
    cell_set_flag(out, (row_at(context, row)->flags & FIELD_OPEN_MIN) != 0);
}

static void get_needed(const void *context, int row, Cell *out)
{
    cell_set_flag(out, (row_at(context, row)->flags & FIELD_NEEDED) != 0);
}

static void get_doc(const void *context, int row, Cell *out)
{
    cell_set_text(out, row_at(context, row)->doc);
}

#define POINTER_COLUMN                                                                                       \
    {                                                                                                        \
        "pointer", "field", "", "where it stands in a scenario; * is every option", ALIGN_LEFT,              \
            SHOW_SHORTEST, 0, get_pointer                                                                    \
    }
#define DEFAULT_COLUMN                                                                                       \
    {                                                                                                        \
        "default", "default", "", "what holds when it is left out", ALIGN_RIGHT, SHOW_SHORTEST, 0,           \
            get_default                                                                                      \
    }
#define UNIT_COLUMN                                                                                          \
    {                                                                                                        \
        "unit", "unit", "", "unit", ALIGN_LEFT, SHOW_SHORTEST, 0, get_unit                                   \
    }
#define DOC_COLUMN                                                                                           \
    {                                                                                                        \
        "doc", "meaning", "", "meaning", ALIGN_LEFT, SHOW_SHORTEST, 0, get_doc                               \
    }

static const Column screen_columns[] = {POINTER_COLUMN, DEFAULT_COLUMN, UNIT_COLUMN, DOC_COLUMN};

static const Column file_columns[] = {
    {"symbol", "symbol", "", "name in the method's notation", ALIGN_LEFT, SHOW_SHORTEST, 0, get_symbol},
    POINTER_COLUMN,
    {"type", "type", "", "number, number? (may be absent), integer, flag, choice, text, numbers", ALIGN_LEFT,
     SHOW_SHORTEST, 0, get_type},
    UNIT_COLUMN,
    {"min", "min", "", "least value", ALIGN_RIGHT, SHOW_SHORTEST, 0, get_min},
    {"max", "max", "", "greatest value", ALIGN_RIGHT, SHOW_SHORTEST, 0, get_max},
    DEFAULT_COLUMN,
    {"above_min", "above min", "", "the value must be greater than min", ALIGN_LEFT, SHOW_SHORTEST, 0,
     get_above_min},
    {"needed", "needed", "", "a cost driver: must be given, found, or its default accepted", ALIGN_LEFT,
     SHOW_SHORTEST, 0, get_needed},
    {"choices", "choices", "", "words of a choice", ALIGN_LEFT, SHOW_SHORTEST, 0, get_choices},
    DOC_COLUMN,
};

static void list_fields(const char *filter, FieldList *out)
{
    out->n = 0;
    for (int g = 0; g < N_GROUPS; g++) {
        for (size_t i = 0; i < input_groups[g].n_rows && out->n < FIELDS_MAX; i++) {
            const FieldRow *row = &input_groups[g].rows[i];
            out->items[out->n].group = (GroupId)g;
            out->items[out->n].row = row;
            Cell pointer = {0};
            get_pointer(out, out->n, &pointer);
            bool is_wanted = filter == NULL || strstr(pointer.text, filter) != NULL ||
                             strstr(row->symbol, filter) != NULL || strstr(row->doc, filter) != NULL;
            if (is_wanted) out->n++;
        }
    }
}

static int print_schema(const Cli *cli)
{
    char *schema = scenario_schema();
    Text out;
    text_init(&out);
    if (schema != NULL) text_add(&out, schema);
    int status = schema != NULL ? cli_write(cli, &out) : ERR_BUG;
    free(schema);
    text_free(&out);
    return status;
}

static int run_fields(const Cli *cli)
{
    if (cli_has(cli, OPT_SCHEMA)) return print_schema(cli);
    FieldList *list = calloc(1, sizeof *list);
    if (list == NULL) return ERR_BUG;
    list_fields(cli->n_words > 0 ? cli->words[0] : NULL, list);
    bool is_file = cli_has(cli, OPT_JSON) || cli_has(cli, OPT_CSV);
    Table table = {.n_rows = list->n, .context = list};
    table.columns = is_file ? file_columns : screen_columns;
    table.n_columns = (int)(is_file ? sizeof file_columns / sizeof *file_columns
                                    : sizeof screen_columns / sizeof *screen_columns);
    int status = list->n > 0 ? cli_print_table(cli, &table, "tokentco/fields/1", "fields") : ERR_NO;
    if (list->n == 0) cli_note(cli, "no field has '%s' in its name, symbol or meaning", cli->words[0]);
    free(list);
    return status;
}

const Command command_fields = {
    .name = "fields",
    .arguments = "[WORD]",
    .summary = "list every value that a scenario can set",
    .details = "With WORD: the fields that have it in their name, symbol or meaning.",
    .max_words = 1,
    .run = run_fields,
    .n_options = 4,
    .options = {OPT_JSON, OPT_CSV, OPT_SCHEMA, OPT_OUTPUT},
};
