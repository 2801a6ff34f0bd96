/* What a search reads besides the price book: the scenario with an option of every kind, the user's quality
 * scores, files of parts.
 *
 * Layer: feed.
 */
#ifndef TOKENTCO_SEARCH_INPUT_H
#define TOKENTCO_SEARCH_INPUT_H

#include "tokentco/scenario.h"
#include "tokentco/search.h"

/* Resolves the scenario with an option added for each kind (rent, api, hybrid) that it lacks, so that the
 * groups at its top level reach them. Also loads the tables that a search needs. */
bool search_base_resolve(const Scenario *scenario, const ResolveSources *sources, Resolved *out,
                         ErrList *errors);

/* A CSV file with the columns model and score; more columns are passed over. Texts are kept in the arena. */
bool search_scores_load(const char *path, Arena *arena, const SearchScore **scores, int *n, ErrList *errors);

/* A search file, as `search --json` writes it; search_result_free the result. */
bool search_result_load(const char *path, SearchResult *out, ErrList *errors);

#endif
