/* The least squares behind a calibration: its rows, its unknowns, and where each is.
 *
 * Layer: model. Unknowns are deviations in units of their prior spread, so that the prior rows of the
 * residual vector are the unknowns themselves. Residual of a measurement: (log predicted - log measured) /
 * spread of its regime, widened for long series, whose errors are alike, and weighted for a Student's t with
 * 4 degrees of freedom (re-weighted least squares).
 */
#ifndef TOKENTCO_MODEL_CALIBRATION_PROBLEM_H
#define TOKENTCO_MODEL_CALIBRATION_PROBLEM_H

#include "tokentco/calibration_fit.h"

/* Where the deviations are in the vector of unknowns. */
typedef struct FitLayout {
    int n_keys[N_CALIBRATION_LEVELS];
    const char **keys[N_CALIBRATION_LEVELS];            /* sorted */
    int *at[N_THROUGHPUT_PARAMS][N_CALIBRATION_LEVELS]; /* unknown of each key; NULL: does not vary there */
    int n_unknowns;
    double *sd; /* n_unknowns */
} FitLayout;

enum { FIT_COLUMNS_MAX = N_THROUGHPUT_PARAMS * N_CALIBRATION_LEVELS };

/* An entry of the Jacobian. */
typedef struct FitColumn {
    int at;
    double slope; /* d residual / d unknown */
} FitColumn;

typedef struct FitRow {
    const TruthRow *truth;
    double log_value, spread;
    int key[N_CALIBRATION_LEVELS];
    int n_params; /* that move it, with d residual / d log of the parameter */
    int params[N_THROUGHPUT_PARAMS];
    double slopes[N_THROUGHPUT_PARAMS];
    int n_columns; /* of its row of the Jacobian, those that are not zero, in rising order */
    FitColumn *columns;
} FitRow;

typedef struct FitProblem {
    FitLayout layout;
    FitRow *rows;
    int n_rows;
} FitProblem;

/* The most likely unknowns, from x on; standard errors of the deviations unless NULL. */
bool fit_solve(FitProblem *problem, double *x, double *standard_error, Arena *arena, Err *err);

#endif
