/* JSON documents for programs: full double precision, null for what is not known, a `schema` key in every
 * document.
 *
 * Layer: view.
 */
#ifndef TOKENTCO_JSON_OUT_H
#define TOKENTCO_JSON_OUT_H

#include "tokentco/answer.h"
#include "tokentco/table.h"

/* {"schema": SCHEMA, KEY: [{column: value, ...}, ...]} with a line break at the end. */
void json_out_table(const Table *table, const char *schema, const char *key, Text *out);

/* `run --json`: the answers of one or more scenarios. One answer is a document of its own, several stand in
 * `runs`. An infeasible option has its reason and null where a number would be. Duels are there when the
 * answer has its curves. */
void json_out_runs(const Answer *answers, int n, Text *out);

#endif
