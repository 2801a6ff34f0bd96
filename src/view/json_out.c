/* Tables as JSON. Layer: view. */
#include "tokentco/json_out.h"

#include "json_build.h"

#include <stdlib.h>
#include <string.h>

void json_add_document(json_t *document, Text *out)
{
    /* 17 digits: every double reads back to itself. */
    char *dump = json_dumps(document, JSON_INDENT(1) | JSON_REAL_PRECISION(17));
    json_decref(document);
    if (dump == NULL) {
        fprintf(stderr, "tokentco: out of memory\n");
        exit(ERR_BUG);
    }
    text_add(out, dump);
    text_add(out, "\n");
    free(dump);
}

json_t *json_name_currency(json_t *value, const char *currency)
{
    if (strcmp(currency, "USD") == 0 || (!json_is_object(value) && !json_is_array(value))) return value;
    json_t *renamed = json_is_array(value) ? json_array() : json_object();
    for (size_t i = 0; json_is_array(value) && i < json_array_size(value); i++)
        json_array_append_new(renamed, json_name_currency(json_incref(json_array_get(value, i)), currency));
    void *at = json_is_object(value) ? json_object_iter(value) : NULL;
    for (; at != NULL; at = json_object_iter_next(value, at)) {
        const char *key = json_object_iter_key(at);
        char name[CURRENCY_NAME_BYTES];
        format_currency_name(key, currency, name);
        /* "currency_per_usd" names the dollar that it means. */
        bool is_rate = strstr(key, "per_usd") != NULL;
        json_t *item = json_name_currency(json_incref(json_object_iter_value(at)), currency);
        json_object_set_new(renamed, is_rate ? key : name, item);
    }
    json_decref(value);
    return renamed;
}

static json_t *json_of_cell(const Cell *cell)
{
    switch (cell->kind) {
    case CELL_NONE:
        return json_null();
    case CELL_TEXT:
        return json_string(cell->text);
    case CELL_NUMBER:
        return json_number_or_null(cell->number);
    case CELL_FLAG:
        return json_boolean(cell->number != 0.0);
    }
    return json_null();
}

void json_out_table(const Table *table, const char *schema, const char *key, Text *out)
{
    json_t *rows = json_array();
    for (int row = 0; row < table->n_rows; row++) {
        json_t *object = json_object();
        for (int c = 0; c < table->n_columns; c++) {
            Cell cell = {0};
            table->columns[c].get(table->context, row, &cell);
            json_object_set_new(object, table->columns[c].name, json_of_cell(&cell));
        }
        json_array_append_new(rows, object);
    }
    json_t *document = json_object();
    json_object_set_new(document, "schema", json_string(schema));
    json_object_set_new(document, key, rows);
    json_add_document(document, out);
}
