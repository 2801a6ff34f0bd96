/* Throughput under load: what a replica does at an arrival rate, at a concurrency, or at the most that its
 * latency limits allow.
 *
 * Layer: model. The mean number n of running sequences solves n = rate x L_o x TPOT(n); when it has no
 * solution up to the largest batch the replica is saturated. Time to first token is a queueing approximation
 * (src/model/README.md). Checked against a step-by-step simulation of continuous batching in
 * tests/unit/test_load_sim.c.
 */
#ifndef TOKENTCO_THROUGHPUT_LOAD_H
#define TOKENTCO_THROUGHPUT_LOAD_H

#include "tokentco/throughput.h"

typedef struct LoadQuery {
    double arrival_scv; /* squared coefficient of variation of the times between requests; 1: Poisson */
    double input_cv, output_cv; /* coefficients of variation of the lengths */
    double batch_limit;         /* most sequences at once; 0: what memory and the engine's cap allow */
} LoadQuery;

typedef struct LoadResult {
    bool is_saturated;
    double rate_req_s;       /* that is served */
    double saturation_req_s; /* most that could be */
    double utilisation_frac; /* offered rate over that, at most 1 */
    double running;          /* mean number of sequences in decode */
    double batch_limit;
    double tpot_s;
    double ttft_mean_s, ttft_p50_s, ttft_p95_s; /* not finite when saturated by an open load */
    double out_tok_s, total_tok_s;
} LoadResult;

/* Open load: requests arrive at `rate_req_s`. */
LoadResult throughput_at_rate(const ThroughputCase *c, const ThroughputParams *params, const LoadQuery *query,
                              double rate_req_s);

/* Closed load: `concurrency` requests are always in flight. */
LoadResult throughput_at_concurrency(const ThroughputCase *c, const ThroughputParams *params,
                                     const LoadQuery *query, double concurrency);

/* The largest open load whose TPOT and p95 TTFT keep the limits (infinite: none). rate_req_s is 0 when even a
 * lone request breaks them. */
LoadResult throughput_at_slo(const ThroughputCase *c, const ThroughputParams *params, const LoadQuery *query,
                             double slo_ttft_s, double slo_tpot_s);

#endif
