/* The answer to "what does this configuration serve?": figures with their band, and how they are shown.
 *
 * Layer: view.
 */
#ifndef TOKENTCO_THROUGHPUT_ANSWER_H
#define TOKENTCO_THROUGHPUT_ANSWER_H

#include "tokentco/calibration_fit.h"
#include "tokentco/err.h"
#include "tokentco/text.h"
#include "tokentco/throughput_measured.h"

/* Figures: member and JSON key, what people read, unit. */
#define THROUGHPUT_FIGURES(_)                                                                                \
    _(out_tok_s, "output", "tok/s")                                                                          \
    _(total_tok_s, "input and output", "tok/s")                                                              \
    _(tpot_s, "time per output token", "s")                                                                  \
    _(ttft_mean_s, "time to first token, mean", "s")                                                         \
    _(ttft_p50_s, "time to first token, p50", "s")                                                           \
    _(ttft_p95_s, "time to first token, p95", "s")                                                           \
    _(running, "sequences running", "")                                                                      \
    _(rate_req_s, "requests served", "req/s")                                                                \
    _(saturation_req_s, "requests at saturation", "req/s")                                                   \
    _(utilisation_frac, "utilisation", "frac")                                                               \
    _(usd_per_mtok_out, "cost of output", "USD/Mtok")

#define FIGURE_ID(name, title, unit) FIGURE_##name,
typedef enum FigureId { THROUGHPUT_FIGURES(FIGURE_ID) N_FIGURES } FigureId;

typedef struct ThroughputAnswer {
    ThroughputCase c;
    ThroughputSource source;
    bool is_format_named; /* the weight format is the one in the model's name */
    bool is_feasible;
    Err reason;   /* when not */
    int replicas; /* whole copies of the model (data parallel of a dense one) */
    bool has_price;
    double usd_per_h; /* one accelerator */
    char price_note[128];
    bool is_saturated;
    double v[N_FIGURES], low[N_FIGURES], high[N_FIGURES]; /* not finite: unknown */
    ThroughputTerms terms;
    ThroughputMemory memory;
} ThroughputAnswer;

typedef struct FigureRow {
    const char *name, *title, *unit;
} FigureRow;
extern const FigureRow throughput_figures[N_FIGURES];

void throughput_answer_add_text(const ThroughputAnswer *answer, Text *out);
void throughput_answer_add_json(const ThroughputAnswer *answer, Text *out);

/* Throughput against interactivity and cost against load, as two charts. `batch_limit` as in LoadQuery. */
void throughput_curve_add(const ThroughputAnswer *answer, double batch_limit, Text *out);

/* Scores of predictions: one row for all, then one for each distinct value of what they are grouped by, then
 * how well repeats of a configuration predict each other, by regime, and, of a cross-validation, what would
 * be left were one factor per left-out group known. In JSON: `all`, `groups`, `repeats`, `factor_known`. */
typedef enum ScoreKind { SCORE_OF_GROUP, SCORE_OF_REPEATS, SCORE_FACTOR_KNOWN } ScoreKind;
typedef struct ScoreRow {
    const char *by;
    ThroughputScore score;
    ScoreKind kind;
} ScoreRow;
void throughput_scores_add_json(const ScoreRow *rows, int n, Text *out);

#endif
