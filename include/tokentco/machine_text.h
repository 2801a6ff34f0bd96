/* A machine's limits, and kernels beside them, for people: tables, and the roofline picture.
 *
 * Layer: view.
 */
#ifndef TOKENTCO_MACHINE_TEXT_H
#define TOKENTCO_MACHINE_TEXT_H

#include "tokentco/chart.h"
#include "tokentco/measure.h"
#include "tokentco/style.h"

/* One line a limit with its value on each number of threads, and how the probes between the points moved. */
void machine_add_limits(const Measurement *record, Text *out);

/* One line a kernel: what it reached, its limit, the share as a bar. Those in the picture carry its letter.
 */
void machine_add_kernels(const Measurement *record, const Style *style, Text *out);

/* The letter that stands for a kernel in the picture; ' ' when it is not there. */
char machine_kernel_letter(const Measurement *record, int kernel);

/* Arithmetic rate over operations per byte, both logarithmic: the roof of each type (memory bandwidth, then
 * peak), and the kernels as letters, on the record's threads. The chart points into its own struct, so this
 * stays where it is made. */
enum { ROOF_POINTS = 64, ROOFS_MAX = 3 };
typedef struct Roofline {
    double x[ROOF_POINTS], y[ROOFS_MAX][ROOF_POINTS];
    char labels[CHART_MARKS_MAX][2];
    Chart chart;
} Roofline;

/* False when the record has no roof or no kernel. */
bool machine_draw_roofline(const Measurement *record, Roofline *out);
/* The same as text; nothing is added when there is none. */
bool machine_add_roofline(const Measurement *record, const Style *style, Text *out);

#endif
