/* The step time of this machine: what a fit of measured steps says about a model that was not run.
 *
 * Layer: step. A finer E7 and E8 for a machine that was measured step by step. The time of a step is a sum of
 * coefficients times counts that follow from the dimensions:
 *
 *   t = sum over products of (weights x g(rows) + outputs x h(rows)) + t_kv x cache values passed
 *       + t_query x scores times head width + t_packed x activation values + t_phase x phases
 *
 * g(n) is the time of one weight when n rows meet it: linear between the counts of rows that were measured,
 * and proportional to the rows beyond the largest. g(1) is the weight's pass through memory (e_w of E8 is its
 * bytes over bandwidth x g(1)), the last one is arithmetic alone (e_pf of E7). An expert's weights meet the
 * rows that chose it, and are passed when at least one did, W(B) of E8. h(n) is what an output of the product
 * costs beside its weights, so that narrow models, whose weights end sooner, take longer a weight: memory
 * starts a stream anew where a panel ends, and sums are closed and stored. It is linear between counts of
 * rows, too, and the same beyond. Phases are what lies between two barriers; their sum over a layer is
 * t_layer of E8.
 */
#ifndef TOKENTCO_MACHINE_H
#define TOKENTCO_MACHINE_H

#include "tokentco/arch.h"
#include "tokentco/arena.h"
#include "tokentco/measure.h"

/* Counts of rows at which g may be known. */
#define MACHINE_ROWS(_) _(1) _(2) _(4) _(8) _(16) _(32) _(128) _(512)
/* Counts of rows at which h may be known. */
#define MACHINE_OUTPUTS(_) _(1) _(2) _(8)

/* id, name, meaning; all in seconds for one of what is counted. t_value is of records that do not know h: new
 * fits have t_packed instead, which counts less. */
#define MACHINE_TERMS(_)                                                                                     \
    _(KV, "t_kv", "a cache value passed by a query's group")                                                 \
    _(QUERY, "t_query", "a value of a query against one token of its context")                               \
    _(VALUE, "t_value", "an activation value normalised, rounded, gated or stored")                          \
    _(PACKED, "t_packed", "an activation value normalised and rounded for a product")                        \
    _(PHASE, "t_phase", "a phase between two barriers")

typedef enum MachineTerm {
#define MACHINE_ROWS_ENUM(n) TERM_ROWS_##n,
    MACHINE_ROWS(MACHINE_ROWS_ENUM)
#undef MACHINE_ROWS_ENUM
#define MACHINE_OUTPUTS_ENUM(n) TERM_OUTPUTS_##n,
        MACHINE_OUTPUTS(MACHINE_OUTPUTS_ENUM)
#undef MACHINE_OUTPUTS_ENUM
#define MACHINE_TERM_ENUM(id, name, doc) TERM_##id,
            MACHINE_TERMS(MACHINE_TERM_ENUM)
#undef MACHINE_TERM_ENUM
                N_MACHINE_TERMS
} MachineTerm;
#define N_MACHINE_ROWS    ((int)TERM_OUTPUTS_1)
#define N_MACHINE_OUTPUTS ((int)TERM_KV - N_MACHINE_ROWS)

/* "rows_1", ..., "outputs_1", ..., "t_phase"; as in MeasureFit. */
const char *machine_term_name(MachineTerm term);
int machine_term_rows(MachineTerm term); /* of rows_n and outputs_n: n; else 0 */

/* A step: new tokens for each of some sequences, behind tokens already in the cache. */
typedef struct MachineLoad {
    int n_sequences, n_tokens, depth;
    int n_threads; /* that share it; 0 is 1 */
} MachineLoad;

/* The layers, and the output head, which only the last token of each sequence meets. */
typedef enum MachinePart { PART_LAYERS, PART_HEAD } MachinePart;

/* What a part of a step counts of each term. `known` says at which rows g is known (at least at one), and h
 * (it is left out where it is known nowhere). */
void machine_counts(const ArchShape *arch, const MachineLoad *load, MachinePart part,
                    const bool known[N_MACHINE_TERMS], double out[N_MACHINE_TERMS]);

/* Weights that a part of a step passes at least once. */
double machine_weights(const ArchShape *arch, const MachineLoad *load, MachinePart part);

/* A step that took `step_s` at one pace, passing so many bytes of weights: its time at another. Memory and
 * the rest overlap: their squares add up, so that a step that waits for nothing else takes memory's other
 * time, and one of arithmetic follows the rate of arithmetic. A pace that is not known changes nothing. */
double machine_rebase_s(double step_s, double weight_bytes, MachinePace from, MachinePace to);

/* Time of a whole step, and its standard error (`error_s` may be NULL). False when the fit has other
 * coefficients than these. */
bool machine_step_s(const MeasureFit *fit, const ArchShape *arch, const MachineLoad *load, double *step_s,
                    double *error_s, Err *err);

/* The record as it would be, had this model been measured instead: the same points, predicted by the record's
 * fit, p10 and p90 from the standard error and the errors of the fit. At the pace `at`; what of it is 0 is
 * as the record measured it beside its points. In `arena`; its id is empty. False when the record has no
 * fit, points of serving, or no pace of its own where `at` asks for another. */
bool measurement_project(const Measurement *record, const ArchShape *arch, MachinePace at, Arena *arena,
                         Measurement *out, Err *err);

#endif
