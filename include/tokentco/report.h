/* The report on a terminal: one screen of 100 columns.
 *
 * Layer: view.
 */
#ifndef TOKENTCO_REPORT_H
#define TOKENTCO_REPORT_H

#include "tokentco/answer.h"
#include "tokentco/chart.h"
#include "tokentco/style.h"
#include "tokentco/table.h"

/* Header, workloads, comparison, where the money goes, NPV by volume, break-even, what to do next. The answer
 * has its curves. `name` is how the scenario was asked for. */
void report_add(const Answer *answer, const char *name, const Style *style, Text *out);

/* The comparison alone, as a table over an Answer (its context): one row an option. */
Table comparison_table(const Answer *answer);

/* "3 beats 1 above 12.6 M requests/month" for one duel; several crossings in one sentence. */
void duel_format(const Answer *answer, const Duel *duel, Text *out);

/* The sentence that no crossing is missed, when that is proven for every pair; else "": duel_format says what
 * may be. */
const char *crossings_proof(const Answer *answer);

/* The chart of NPV over volume with its crossings marked. The caller frees it with

 * volume_chart_free after drawing. */
typedef struct VolumeChart {
    Chart *chart;       /* owned */
    double *y;          /* owned */
    bool *has;          /* owned */
    char (*labels)[16]; /* owned */
    char (*marks)[96];  /* owned */
    char titles[2][64]; /* with the currency: the chart points to them, so the struct must stay where it is */
} VolumeChart;
bool volume_chart_build(const Answer *answer, VolumeChart *out);
void volume_chart_free(VolumeChart *chart);

#endif
