/* Costs of options over volume, evaluated once a volume, with bounds between volumes. Layer: model, private.
 */
#ifndef MODEL_CURVES_H
#define MODEL_CURVES_H

#include "model/evaluation.h"
#include "tokentco/breakeven.h"

/* A curve is an option, or a hybrid that must have at least one replica: that one is n_options further on. */

/* What an option costs at a volume. */
typedef struct CurvePoint {
    double volume; /* requests of the first month */
    bool is_feasible;
    double npv_usd;
    int alternative;       /* the month in which a plan moves, where it looks for one */
    int replicas_cap;      /* of a hybrid */
    struct PieceAt *known; /* owned by the curve: parts as far as a bound asked for them; NULL: none yet */
} CurvePoint;

/* NULL when memory is out. Valid as long as the curves. */
CurvePoint *curve_point(CostCurves *curves, int curve, double volume);

/* Between two volumes the NPV lies between that of `low` less `fall` and that of `high` plus `rise`. Both are
 * 0 where a cost never falls when the volume rises. False when memory is out. */
bool curve_bounds(CostCurves *curves, int curve, CurvePoint *low, CurvePoint *high, double *fall_usd,
                  double *rise_usd);

/* Do the bounds hold for this option? Else they are those of a cost that never falls. */
bool curve_is_proven(const CostCurves *curves, int curve);

/* Does the hybrid, sent to its API alone, cost what `api` costs, at every volume? */
bool curve_is_twin(CostCurves *curves, int api, int hybrid, double low, double high);

/* Months of an option at a volume, for looking into; overwritten by the next call. */
const OptionResult *curve_result(CostCurves *curves, int option, double volume);

/* Scales every workload so that the first month of `scaled`, a copy of `base`, has `volume` requests in all.
 */
void inputs_scale_volume(const Inputs *base, Inputs *scaled, double volume);

const Inputs *curves_inputs(const CostCurves *curves);

/* Months of parts that were run so far; those whose hours are gone through count for several. */
long curves_effort(const CostCurves *curves);

#endif
