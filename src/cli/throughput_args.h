/* What `throughput` and `calibrate` are asked: their options, one row each.
 *
 * Layer: cli, private.
 */
#ifndef CLI_THROUGHPUT_ARGS_H
#define CLI_THROUGHPUT_ARGS_H

#include "tokentco/calibration.h"
#include "tokentco/calibration_fit.h"
#include "tokentco/err.h"
#include "tokentco/pricebook.h"
#include "tokentco/throughput.h"

/* Sources that --basis can force. Projected: with the shares of its own limits that this machine measured. */
#define THROUGHPUT_BASES(_)                                                                                  \
    _(MEASURED, "measured")                                                                                  \
    _(IMPORTED, "imported")                                                                                  \
    _(CALIBRATED, "calibrated")                                                                              \
    _(PROJECTED, "projected")                                                                                \
    _(UNCALIBRATED, "uncalibrated")

#define FORCED_BASIS_ID(id, name) FORCED_##id,
typedef enum ForcedBasis { THROUGHPUT_BASES(FORCED_BASIS_ID) N_FORCED_BASES } ForcedBasis;
#define BASIS_WORD(id, name) " " name
#define BASIS_NAMES          THROUGHPUT_BASES(BASIS_WORD)

/* Member, type (TEXT, NUMBER, FLAG), option, argument, help. */
#define THROUGHPUT_ARGS(_)                                                                                   \
    _(model, TEXT, "model", "NAME", "model: Hugging Face id, name in the price book, or alias")              \
    _(gpu, TEXT, "gpu", "NAME", "accelerator: name in the price book, or alias")                             \
    _(tensor, NUMBER, "tp", "N", "tensor parallel degree (1)")                                               \
    _(pipeline, NUMBER, "pp", "N", "pipeline stages (1)")                                                    \
    _(expert, NUMBER, "ep", "N", "expert parallel degree (1)")                                               \
    _(data, NUMBER, "dp", "N",                                                                               \
      "data parallel: attention groups of an expert model, else whole replicas (1)")                         \
    _(quant, TEXT, "quant", "FORMAT", "weights: fp16, bf16, fp8, nvfp4, int4, q4_k_m, ... (fp16)")           \
    _(kv, TEXT, "kv", "FORMAT", "cache: fp16 or fp8 (fp16)")                                                 \
    _(engine, TEXT, "engine", "NAME", "vllm, sglang, tensorrt-llm, llama.cpp, ... (vllm)")                   \
    _(engine_version, TEXT, "engine-version", "V", "its version; empty: current")                            \
    _(input_tok, NUMBER, "isl", "TOK", "mean prompt tokens (1024)")                                          \
    _(output_tok, NUMBER, "osl", "TOK", "mean answer tokens (1024)")                                         \
    _(hit_frac, NUMBER, "hit", "SHARE", "share of prompt tokens in the prefix cache, 0 to 1 (0)")            \
    _(batch, NUMBER, "batch", "B", "a static batch of B")                                                    \
    _(concurrency, NUMBER, "concurrency", "N", "N requests always in flight")                                \
    _(rate, NUMBER, "rate", "REQ_S", "requests that arrive a second")                                        \
    _(slo_ttft_s, NUMBER, "slo-ttft", "S", "most load whose p95 time to first token stays below")            \
    _(slo_tpot_s, NUMBER, "slo-tpot", "S", "most load whose time per output token stays below")              \
    _(batch_limit, NUMBER, "max-batch", "B", "most sequences that the engine runs at once")                  \
    _(arrival_scv, NUMBER, "arrival-scv", "X", "squared coefficient of variation of arrivals (1: Poisson)")  \
    _(input_cv, NUMBER, "cv-in", "X", "coefficient of variation of prompt lengths (0)")                      \
    _(output_cv, NUMBER, "cv-out", "X", "coefficient of variation of answer lengths (0)")                    \
    _(threads, NUMBER, "threads", "N", "threads, on a CPU")                                                  \
    _(usd_per_h, NUMBER, "price-per-hour", "USD",                                                            \
      "price of one accelerator and hour, instead of the book's")                                            \
    _(basis, TEXT, "basis", "NAME", "force a source:" BASIS_NAMES)                                           \
    _(curve, FLAG, "curve", NULL, "draw throughput against interactivity and cost against load")             \
    _(score, TEXT, "score", "FILE", "predict every measurement of a CSV file and score the predictions")     \
    _(cross_validate, TEXT, "cross-validate", "KEY", "leave one gpu, model, source or row out")              \
    _(as_of, TEXT, "as-of", "DATE", "take prices and facts as of this day")                                  \
    _(pricing, TEXT, "pricing", "DIR", "folder of your own prices, laid over the shipped ones")              \
    _(records, TEXT, "records", "DIR", "folder of measurement records instead of your own")                  \
    _(output, TEXT, "output", "FILE", "write there; for --score the rows, for calibrate the folder")         \
    _(json, FLAG, "json", NULL, "print JSON")                                                                \
    _(csv, FLAG, "csv", NULL, "print CSV only")                                                              \
    _(help, FLAG, "help", NULL, "explain the command")

#define ARG_MEMBER_TEXT(name) const char *name;
#define ARG_MEMBER_NUMBER(name)                                                                              \
    double name;                                                                                             \
    bool has_##name;
#define ARG_MEMBER_FLAG(name)                         bool name;
#define ARG_MEMBER(name, type, option, argument, doc) ARG_MEMBER_##type(name)

typedef struct ThroughputArgs {
    THROUGHPUT_ARGS(ARG_MEMBER)
    const char *word; /* the file of `calibrate`; NULL: none */
    Date day;         /* as_of parsed, or today */
} ThroughputArgs;

/* Reads the command line; false after a message, with the exit status. */
bool throughput_args_read(int argc, char **argv, const char *usage, ThroughputArgs *out, int *status);

/* The price book with models, accelerators and aliases, and the calibration that ships with it. */
typedef struct ThroughputBook {
    PriceBook book;
    Arena arena;
    CalibrationTable table;
} ThroughputBook;
bool throughput_book_open(const ThroughputArgs *args, ThroughputBook *out, int *status);
void throughput_book_close(ThroughputBook *book);

/* The case that the options describe, checked. */
bool throughput_case_build(const ThroughputArgs *args, const PriceBook *book, ThroughputCase *out, Err *err);

/* `throughput --score`, and the scores of `calibrate --cross-validate`. */
int throughput_score_run(const ThroughputArgs *args);
/* Rows as CSV and a summary by regime, gpu, model, source and metric, as the options ask. */
int throughput_score_print(const ThroughputArgs *args, const TruthRow *rows, int n_rows,
                           const double *predicted, const double *low, const double *high);

#endif
