/* JSON documents for programs: full double precision, null for what is not known, a `schema` key in every
 * document.
 *
 * Layer: view.
 */
#ifndef TOKENTCO_JSON_OUT_H
#define TOKENTCO_JSON_OUT_H

#include "tokentco/table.h"

/* {"schema": SCHEMA, KEY: [{column: value, ...}, ...]} with a line break at the end. */
void json_out_table(const Table *table, const char *schema, const char *key, Text *out);

#endif
