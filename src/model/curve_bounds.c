/* Bounds of costs between two volumes. Layer: model.
 *
 * What a part costs at a given degree and fleet rises with the volume, but for batch work, which finds new
 * room when a fleet grows, and hiring, which counts on the month before. Both are bounded between two volumes
 * by runs with a far corner (workspace.h). With several degrees the one with the fewest GPU-hours serves
 * (E11). GPU-hours of a degree rise too, so between two volumes only those can serve whose hours at the lower
 * volume do not exceed the fewest at the upper one: the cost lies between the least of theirs below and the
 * most of theirs above.
 */
#include "model/curve_parts.h"

#include <limits.h>
#include <math.h>
#include <stdlib.h>

/* ---- parts of a point ---- */

static bool point_open(const CostCurves *curves, const Curve *curve, CurvePoint *point)
{
    size_t n = (size_t)(curve->n_alternatives * curve->n_pieces), n_degrees = 0;
    if (point->known != NULL) return true;
    for (size_t i = 0; i < n; i++)
        n_degrees += (size_t)degree_count(&curves->inputs->options[curve->pieces[i].option]);
    PieceAt *known = calloc(n, sizeof *known);
    DegreeAt *degrees = calloc(n_degrees, sizeof *degrees);
    if (known == NULL || degrees == NULL) {
        free(known);
        free(degrees);
        return false;
    }
    for (size_t i = 0; i < n; i++) {
        known[i].degrees = degrees;
        degrees += degree_count(&curves->inputs->options[curve->pieces[i].option]);
    }
    point->known = known;
    return true;
}

/* What was found about degrees in the last run. */
static void note_degrees(const CostCurves *curves, PieceAt *at)
{
    const DegreeHours *all = &curves->workspace->degrees;
    at->n = all->n;
    for (int i = 0; i < all->n; i++)
        at->degrees[i] = (DegreeAt){
            .degree = all->items[i].degree, .is_bound = all->items[i].is_bound, .hours = all->items[i].hours};
}

static const PieceAt *piece_at(CostCurves *curves, const Curve *curve, CurvePoint *point, int i)
{
    PieceAt *at = &point->known[i];
    if (at->is_known) return at;
    Part part = curve->pieces[i];
    const OptionInputs *option = &curves->inputs->options[part.option];
    at->is_known = true;
    if (seeks_fleet(option)) {
        CapQuery query = {.limit_usd = HUGE_VAL};
        at->npv_usd = curve_run_search(curves, curve, &part, point->volume, &query);
        at->degree = part.degree;
        at->replicas_cap = part.replicas_cap;
        return at;
    }
    at->npv_usd = curve_run_part(curves, curve, part, point->volume, NULL);
    at->degree = curves->workspace->results[curve->option].replica.degree;
    note_degrees(curves, at);
    for (int k = 0; k < at->n; k++) {
        at->degrees[k].has_npv = at->degrees[k].degree == at->degree;
        at->degrees[k].npv_usd = at->npv_usd;
    }
    return at;
}

/* ---- between two points ---- */

/* A part between two volumes: runs that bound it (`far` there), or the costs at both ends. */
typedef struct Span {
    CostCurves *curves;
    const Curve *curve;
    const Part *part;
    double low, high;
    bool has_far;
    PieceAt *below, *above; /* what is known of the degrees at the ends */
} Span;

static double end_npv_usd(const Span *span, DegreeAt *degree, bool is_below)
{
    if (degree->has_npv) return degree->npv_usd;
    Part part = *span->part;
    double volume = is_below ? span->low : span->high, other = is_below ? span->high : span->low;
    FarCorner far = {other / volume, part.replicas_cap};
    part.degree = degree->degree;
    degree->npv_usd = curve_run_part(span->curves, span->curve, part, volume, span->has_far ? &far : NULL);
    degree->has_npv = true;
    return degree->npv_usd;
}

/* The fewest hours at the upper end, and the smallest degree that bills them. */
static const DegreeAt *fewest_above(const PieceAt *above)
{
    const DegreeAt *best = NULL;
    for (int i = 0; i < above->n; i++) {
        const DegreeAt *at = &above->degrees[i];
        if (at->is_bound) continue;
        bool is_better = best == NULL || at->hours < best->hours;
        if (is_better || (at->hours == best->hours && at->degree < best->degree)) best = at;
    }
    return best;
}

static DegreeAt *degree_find(PieceAt *at, int degree)
{
    for (int i = 0; i < at->n; i++)
        if (at->degrees[i].degree == degree) return &at->degrees[i];
    return NULL;
}

/* Least and most of the degrees that may serve in between. */
static void bound_degrees(const Span *span, double *least_usd, double *most_usd)
{
    const DegreeAt *fewest = fewest_above(span->above);
    *least_usd = HUGE_VAL;
    *most_usd = -HUGE_VAL;
    for (int i = 0; fewest != NULL && i < span->below->n; i++) {
        DegreeAt *below = &span->below->degrees[i], *above = degree_find(span->above, below->degree);
        bool can_serve = below->hours < fewest->hours ||
                         (below->hours == fewest->hours && below->degree <= fewest->degree);
        if (!can_serve || below->hours == LLONG_MAX) continue;
        *least_usd = fmin(*least_usd, end_npv_usd(span, below, true));
        *most_usd = fmax(*most_usd, above != NULL ? end_npv_usd(span, above, false) : HUGE_VAL);
    }
}

/* A fleet with batch work or hiring: the degrees are found anew for these two volumes. */
static bool bound_far(Span *span, double *least_usd, double *most_usd)
{
    DegreeAt degrees[2][INPUT_DEGREES_MAX];
    PieceAt below = {.degrees = degrees[0]}, above = {.degrees = degrees[1]};
    FarCorner up = {span->high / span->low, span->part->replicas_cap};
    FarCorner down = {span->low / span->high, span->part->replicas_cap};
    if (!(curve_run_part(span->curves, span->curve, *span->part, span->low, &up) < HUGE_VAL)) return false;
    note_degrees(span->curves, &below);
    if (!(curve_run_part(span->curves, span->curve, *span->part, span->high, &down) < HUGE_VAL)) return false;
    note_degrees(span->curves, &above);
    span->below = &below;
    span->above = &above;
    bound_degrees(span, least_usd, most_usd);
    return true;
}

/* How far a part may fall below its cost at the lower volume, and rise above that at the upper one. */
static void bound_piece(CostCurves *curves, const Curve *curve, int i, CurvePoint *low, CurvePoint *high,
                        double *fall_usd, double *rise_usd)
{
    const Part *part = &curve->pieces[i];
    const OptionInputs *option = &curves->inputs->options[part->option];
    *fall_usd = *rise_usd = 0.0;
    if (part->from >= part->until || curve_never_falls(curves->inputs, option)) return;
    const PieceAt *below = piece_at(curves, curve, low, i), *above = piece_at(curves, curve, high, i);
    Span span = {curves,         curve,          part,
                 low->volume,    high->volume,   curve_needs_far(curves->inputs, option),
                 &low->known[i], &high->known[i]};
    double least_usd = -HUGE_VAL, most_usd = HUGE_VAL;
    if (seeks_fleet(option)) {
        Part trial = *part;
        CapQuery query = {.limit_usd = HUGE_VAL, .far_volume = high->volume / low->volume};
        least_usd = curve_run_search(curves, curve, &trial, low->volume, &query);
        FarCorner far = {low->volume / high->volume, above->replicas_cap};
        trial = *part;
        trial.degree = above->degree;
        trial.replicas_cap = above->replicas_cap;
        most_usd = curve_run_part(curves, curve, trial, high->volume, &far);
    } else if (span.has_far) {
        bound_far(&span, &least_usd, &most_usd);
    } else {
        bound_degrees(&span, &least_usd, &most_usd);
    }
    *fall_usd = fmax(0.0, below->npv_usd - least_usd);
    *rise_usd = fmax(0.0, most_usd - above->npv_usd);
}

bool curve_bounds(CostCurves *curves, int number, CurvePoint *low, CurvePoint *high, double *fall_usd,
                  double *rise_usd)
{
    const Curve *curve = &curves->curves[number];
    *fall_usd = *rise_usd = 0.0;
    if (curve->never_falls) return true;
    if (!point_open(curves, curve, low) || !point_open(curves, curve, high)) return false;
    for (int i = 0; i < curve->n_alternatives; i++) {
        double fall = 0.0, rise = 0.0;
        for (int k = 0; k < curve->n_pieces; k++) {
            double fall_k, rise_k;
            bound_piece(curves, curve, i * curve->n_pieces + k, low, high, &fall_k, &rise_k);
            fall += fall_k;
            rise += rise_k;
        }
        *fall_usd = fmax(*fall_usd, fall);
        if (i == high->alternative) *rise_usd = rise;
    }
    return true;
}
