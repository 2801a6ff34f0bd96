/* What a figure rests on: fields, other figures, events. Layer: view, private.
 *
 * A list of uses is words between blanks:
 *   group/field, group/prefix*   fields of the option ("own/server_*"); "workloads/..." of every workload
 *   field                        a field of the scenario
 *   @figure                      another figure
 *   ~series                      events on a price path: gpu_rent, api, server, wage; ~volume for the
 * requests
 */
#ifndef VIEW_FIGURES_H
#define VIEW_FIGURES_H

#include "tokentco/answer.h"

/* Where a figure is asked for. */
typedef struct FigurePlace {
    const Answer *answer;
    int option, month;
} FigurePlace;

/* A physical quantity behind costs; `get` reads it from the results, it computes no cost. */
typedef struct FigureRow {
    const char *name, *unit, *formula, *uses;
    unsigned kinds;     /* option kinds that have it */
    bool is_of_replica; /* the same in every month; not of a replica whose speed was measured as a whole */
    double (*get)(const FigurePlace *place);
} FigureRow;

extern const FigureRow figure_rows[];
extern const int n_figure_rows;
const FigureRow *figure_find(const char *name);

/* What the drivers use; the first field is that of the unit price. */
extern const char *const driver_uses[N_DRIVERS];

/* One word of a list of uses, resolved. */
typedef struct Use {
    enum { USE_FIELD, USE_FIGURE, USE_SERIES } kind;
    GroupId group;
    int row;
    const FigureRow *figure;
    int series; /* a PriceSeries, or SERIES_VOLUME */
} Use;
enum { SERIES_VOLUME = N_PRICE_SERIES };

/* Name of a series, and its factors by month; NULL when nothing moves it. Volume is that of workload 0. */
const char *series_name(int series);
const double *series_path(const Inputs *inputs, int option, int series);

/* Calls `visit` for each thing that the list names and that an option of this kind reads, in order. False
 * when a word names nothing: a fault of the table, which a test looks for. */
bool uses_visit(const char *uses, OptionKind kind, void (*visit)(void *context, const Use *use),
                void *context);

#endif
