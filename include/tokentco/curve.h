/* Curves: what the options cost over volume, time, context length, utilisation or a price.
 *
 * Layer: view. It asks the evaluator at each point. A self-hosted option whose throughput has a band gets the
 * cost at both ends of it: at its p10 (slow, dear) and at its p90.
 */
#ifndef TOKENTCO_CURVE_H
#define TOKENTCO_CURVE_H

#include "tokentco/answer.h"
#include "tokentco/axis.h"
#include "tokentco/chart.h"
#include "tokentco/table.h"

enum { CURVE_STEPS = 61, CURVE_SERIES_MAX = 16, CURVE_TIME = N_AXES };

typedef enum CurveShow { CURVE_TOTAL, CURVE_PER_MTOK, CURVE_BY_CATEGORY, N_CURVE_SHOWS } CurveShow;
const char *curve_show_name(int show);

typedef struct CurveRequest {
    int over; /* an AxisId, or CURVE_TIME */
    CurveShow show;
    int option; /* one option alone; -1 all. Categories are those of one option */
    bool has_range;
    double low, high;
} CurveRequest;

typedef struct CurveLine {
    char name[FIELD_TEXT_BYTES + 24];
    int option, slot;
    bool has_band;
    double *y, *y_slow, *y_fast; /* [n]; the band's ends */
    bool *has, *has_slow, *has_fast;
} CurveLine;

typedef struct CurveSet {
    Arena arena; /* of the lines' values */
    const Answer *answer;
    CurveRequest request;
    char x_title[64], y_title[64];
    int n; /* points */
    double *x;
    int n_lines;
    CurveLine lines[CURVE_SERIES_MAX];
} CurveSet;

/* False when nothing can be drawn, with the reason: no option has the axis, the range is empty. */
bool curve_build(const Answer *answer, const CurveRequest *request, CurveSet *out, Err *err);
void curve_free(CurveSet *set);

/* Chart with a legend that says where each speed comes from and its band. */
void curve_add_text(const CurveSet *set, const Style *style, Text *out);
void curve_add_svg(const CurveSet *set, Text *out);
/* Long: curve, option, x, y, and the band's ends where there is one; empty where the option cannot serve. */
void curve_add_csv(const CurveSet *set, Text *out);
void curve_add_json(const CurveSet *set, Text *out);

#endif
