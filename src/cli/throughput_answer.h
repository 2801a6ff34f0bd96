/* Building the answer of `throughput` from its options.
 *
 * Layer: cli, private.
 */
#ifndef CLI_THROUGHPUT_ANSWER_H
#define CLI_THROUGHPUT_ANSWER_H

#include "cli/throughput_args.h"

#include "tokentco/throughput_answer.h"

/* Answers the options. False when they are wrong; an infeasible configuration is an answer. */
bool throughput_answer_build(const ThroughputArgs *args, const ThroughputBook *book,
                             const Measurement *records, int n_records, ThroughputAnswer *out, Err *err);

#endif
