/* A machine's limits, and kernels beside them, for people: tables, and the roofline picture.
 *
 * Layer: view.
 */
#ifndef TOKENTCO_MACHINE_TEXT_H
#define TOKENTCO_MACHINE_TEXT_H

#include "tokentco/measure.h"
#include "tokentco/style.h"

/* One line a limit with its value on each number of threads, and how the probes between the points moved. */
void machine_add_limits(const Measurement *record, Text *out);

/* One line a kernel: what it reached, its limit, the share as a bar. Those in the picture carry its letter.
 */
void machine_add_kernels(const Measurement *record, const Style *style, Text *out);

/* Arithmetic rate over operations per byte: the roof of each type (memory bandwidth, then peak), and the
 * kernels as letters, on the record's threads. False, and nothing added, when the record has no roof or no
 * kernel. */
bool machine_add_roofline(const Measurement *record, const Style *style, Text *out);

#endif
