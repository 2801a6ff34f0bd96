/* `uncertain` and `correlations` of a scenario. Layer: feed, private. */
#ifndef FEED_SCENARIO_UNCERTAIN_H
#define FEED_SCENARIO_UNCERTAIN_H

#include "feed/scenario_doc.h"

/* Fills r->out->uncertainty; faults go to the list. After references, so that every base value is there. Both
 * values may be NULL. */
void resolve_uncertain(Resolving *r, const json_t *uncertain, const json_t *correlations);

/* A distribution from its object, or from "0.4 to 2.5": the 5 and 95 % quantiles, in the unit of the field.
 * False: faults are in the list. */
bool uncertain_read_spec(Resolving *r, const json_t *object, const char *place, DistSpec *spec);
bool uncertain_read_range(Resolving *r, const char *text, const char *unit, const char *place,
                          DistSpec *spec);

/* Reads `correlations` (NULL: the defaults) and prepares the copula. */
void uncertain_correlate(Resolving *r, const json_t *correlations);

/* The paths of a forecast for the item's targets, which must be one price; faults go to the list. */
bool uncertain_forecast(Resolving *r, const char *place, Uncertain *item);

/* Members of a distribution, for the schema. */
extern const MemberRow uncertain_members[];
extern const int n_uncertain_members;

#endif
