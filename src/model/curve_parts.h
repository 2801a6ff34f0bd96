/* What costs over volume are made of, shared by the evaluation of points and the bounds between them.
 * Layer: model, private to curves.c and curve_bounds.c.
 */
#ifndef MODEL_CURVE_PARTS_H
#define MODEL_CURVE_PARTS_H

#include "model/curves.h"

typedef struct DegreeAt {
    int degree;
    bool is_bound; /* at least so many hours */
    bool has_npv;
    long long hours;
    double npv_usd;
} DegreeAt;

typedef struct PieceAt {
    bool is_known;
    int degree, replicas_cap;
    double npv_usd;
    int n;
    DegreeAt *degrees; /* degree_count of its option */
} PieceAt;

typedef struct Curve {
    int option;
    int least_cap; /* 1: a hybrid with at least one replica */
    bool is_proven, never_falls;
    int n_alternatives; /* months that a plan may move in, or 1 */
    int n_pieces;       /* of each alternative */
    Part *pieces;       /* [n_alternatives * n_pieces]; one without months is nothing */
    CurvePoint **slots; /* by volume */
    int n_slots, n_points;
} Curve;

struct CostCurves {
    const Inputs *inputs;
    Inputs *scaled;
    Workspace *workspace;
    double volume; /* that `scaled` and the workspace are prepared for; 0: none */
    Curve curves[2 * INPUT_OPTIONS_MAX];
};

/* NPV of a part at a volume, with a far corner or NULL; HUGE_VAL when infeasible. */
double curve_run_part(CostCurves *curves, const Curve *curve, Part part, double volume, const FarCorner *far);

/* The cheapest fleet of a hybrid; its degree and number of replicas go into the part. */
double curve_run_search(CostCurves *curves, const Curve *curve, Part *part, double volume, CapQuery *query);

/* Only runs with a far corner bound the cost of this option: batch work, hiring. */
bool curve_needs_far(const Inputs *inputs, const OptionInputs *option);

bool curve_never_falls(const Inputs *inputs, const OptionInputs *option);

#endif
