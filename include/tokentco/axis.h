/* Axes: the assumptions that curves run over, and that may turn a decision.
 *
 * Layer: model. One row an axis; each reads its present value from inputs and writes another one into a copy.
 * Values are absolute, in the axis's unit; the API price and the people are factors on what the inputs say.
 */
#ifndef TOKENTCO_AXIS_H
#define TOKENTCO_AXIS_H

#include "tokentco/evaluate.h"

/* id, name, unit, title, low and high over the present value, greatest value (0: none), doc */
#define AXES(_)                                                                                              \
    _(VOLUME, "volume", "requests/month", "requests a month", 0.01, 100, 0, "requests in the first month")   \
    _(CONTEXT, "context", "tok", "input tokens of a request", 0.1, 30, 0, "mean input tokens of a request")  \
    _(GPU_PRICE, "gpu-price", "USD/GPU-h", "price of a rented GPU-hour", 0.05, 20, 0,                        \
      "on-demand price of rented GPUs; for owned servers, their price")                                      \
    _(API_PRICE, "api-price", "x", "API prices, times today's", 0.01, 100, 0,                                \
      "all token prices of an API, as a factor")                                                             \
    _(UTILISATION, "utilisation", "frac", "highest planned utilisation", 0.1, 2, 1,                          \
      "highest planned utilisation of a replica")                                                            \
    _(STAFF, "staff", "x", "people, times what is planned", 0.001, 10, 0, "all people, as a factor")         \
    _(ESCALATION, "escalation", "frac", "share that a cascade passes on", 0.001, 1000, 1,                    \
      "share of the requests that a cascade asks again of its large option")

typedef enum AxisId {
#define AXIS_ENUM(id, name, unit, title, low, high, most, doc) AXIS_##id,
    AXES(AXIS_ENUM)
#undef AXIS_ENUM
        N_AXES
} AxisId;

typedef struct AxisRow {
    const char *name, *unit, *title;
    double low, high, most;
    const char *doc;
} AxisRow;
extern const AxisRow axes[N_AXES];

/* False when the option does not have the axis (an API has no GPUs). */
bool axis_get(const Inputs *inputs, int option, AxisId axis, double *value);

/* Writes the value into `inputs`, which was copied from `base`. Volume and context are those of all
 * workloads, whatever the option; the rest is the option's own. */
void axis_set(const Inputs *base, Inputs *inputs, int option, AxisId axis, double value);

/* Values that are looked at on each side of the present, in equal ratios to the end of the range. */
enum { AXIS_SEARCH_STEPS = 160 };

/* What would have to be true: the value of the axis nearest to the present at which `option` costs as much as
 * `winner`. The axis is that of the option; where it has none, that of the winner. On a staircase an option
 * may win between two values that are looked at and lose at both: such a window is not seen. */
typedef struct AxisNeed {
    bool applies;  /* either of the two has the axis */
    bool is_found; /* else at none of the values that were looked at, from `low` to `high` */
    int owner;     /* whose axis is moved */
    double present, value, low, high;
} AxisNeed;
AxisNeed axis_need(const Inputs *inputs, int option, int winner, AxisId axis, Workspace *workspace,
                   Inputs *scratch);

#endif
