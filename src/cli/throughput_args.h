/* What `throughput` and `calibrate` are asked: their options, one row each.
 *
 * Layer: cli, private.
 */
#ifndef CLI_THROUGHPUT_ARGS_H
#define CLI_THROUGHPUT_ARGS_H

#include "cli/command.h"

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

/* Options, one row each: member, type (TEXT, NUMBER, FLAG), option, letter, argument, help. Parsing, help,
 * manual and completion are made from them. First those of `throughput`, then those of `calibrate`, then what
 * both take. */
#define THROUGHPUT_ONLY_ARGS(_)                                                                              \
    _(model, TEXT, "model", 0, "NAME", "model: Hugging Face id, name in the price book, or alias")           \
    _(gpu, TEXT, "gpu", 0, "NAME", "accelerator: name in the price book, or alias")                          \
    _(tensor, NUMBER, "tp", 0, "N", "tensor parallel degree (1)")                                            \
    _(pipeline, NUMBER, "pp", 0, "N", "pipeline stages (1)")                                                 \
    _(expert, NUMBER, "ep", 0, "N", "expert parallel degree (1)")                                            \
    _(data, NUMBER, "dp", 0, "N",                                                                            \
      "data parallel: attention groups of an expert model, else whole replicas (1)")                         \
    _(quant, TEXT, "quant", 0, "FORMAT",                                                                     \
      "weights: fp16, bf16, fp8, nvfp4, int4, q4_k_m, ... (what the model's name says, else fp16)")          \
    _(kv, TEXT, "kv", 0, "FORMAT", "cache: fp16 or fp8 (fp16)")                                              \
    _(engine, TEXT, "engine", 0, "NAME", "vllm, sglang, tensorrt-llm, llama.cpp, ... (vllm)")                \
    _(engine_version, TEXT, "engine-version", 0, "V", "its version; empty: current")                         \
    _(input_tok, NUMBER, "isl", 0, "TOK", "mean prompt tokens (1024)")                                       \
    _(output_tok, NUMBER, "osl", 0, "TOK", "mean answer tokens (1024)")                                      \
    _(hit_frac, NUMBER, "hit", 0, "SHARE", "share of prompt tokens in the prefix cache, 0 to 1 (0)")         \
    _(batch, NUMBER, "batch", 0, "B", "a static batch of B")                                                 \
    _(concurrency, NUMBER, "concurrency", 0, "N", "N requests always in flight")                             \
    _(rate, NUMBER, "rate", 0, "REQ_S", "requests that arrive a second")                                     \
    _(slo_ttft_s, NUMBER, "slo-ttft", 0, "S", "most load whose p95 time to first token stays below")         \
    _(slo_tpot_s, NUMBER, "slo-tpot", 0, "S", "most load whose time per output token stays below")           \
    _(batch_limit, NUMBER, "max-batch", 0, "B", "most sequences that the engine runs at once")               \
    _(arrival_scv, NUMBER, "arrival-scv", 0, "X",                                                            \
      "squared coefficient of variation of arrivals (1: Poisson)")                                           \
    _(input_cv, NUMBER, "cv-in", 0, "X", "coefficient of variation of prompt lengths (0)")                   \
    _(output_cv, NUMBER, "cv-out", 0, "X", "coefficient of variation of answer lengths (0)")                 \
    _(threads, NUMBER, "threads", 0, "N", "threads, on a CPU")                                               \
    _(usd_per_h, NUMBER, "price-per-hour", 0, "USD",                                                         \
      "price of one accelerator and hour, instead of the book's")                                            \
    _(basis, TEXT, "basis", 0, "NAME", "force a source:" BASIS_NAMES)                                        \
    _(curve, FLAG, "curve", 0, NULL, "draw throughput against interactivity and cost against load")          \
    _(score, TEXT, "score", 0, "FILE", "predict every measurement of a CSV file and score the predictions")  \
    _(records, TEXT, "records", 0, "DIR", "folder of measurement records instead of your own")

#define CALIBRATE_ONLY_ARGS(_)                                                                               \
    _(cross_validate, TEXT, "cross-validate", 0, "KEY", "leave one gpu, model, source or row out")

#define THROUGHPUT_SHARED_ARGS(_)                                                                            \
    _(as_of, TEXT, "as-of", 0, "DATE", "take prices and facts as of this day")                               \
    _(pricing, TEXT, "pricing", 0, "DIR", "folder of your own prices, laid over the shipped ones")           \
    _(output, TEXT, "output", 'o', "FILE", "write there; for --score the rows, for calibrate the folder")    \
    _(json, FLAG, "json", 0, NULL, "print JSON")                                                             \
    _(csv, FLAG, "csv", 0, NULL, "print CSV only")                                                           \
    _(help, FLAG, "help", 'h', NULL, "explain the command")

#define ARG_ONE(name, type, option, letter, argument, doc) +1
enum {
    N_THROUGHPUT_OPTIONS = 0 THROUGHPUT_ONLY_ARGS(ARG_ONE) THROUGHPUT_SHARED_ARGS(ARG_ONE),
    N_CALIBRATE_OPTIONS = 0 CALIBRATE_ONLY_ARGS(ARG_ONE) THROUGHPUT_SHARED_ARGS(ARG_ONE)
};
#undef ARG_ONE
extern const OptionRow throughput_options[N_THROUGHPUT_OPTIONS];
extern const OptionRow calibrate_options[N_CALIBRATE_OPTIONS];

#define ARG_MEMBER_TEXT(name) const char *name;
#define ARG_MEMBER_NUMBER(name)                                                                              \
    double name;                                                                                             \
    bool has_##name;
#define ARG_MEMBER_FLAG(name)                                 bool name;
#define ARG_MEMBER(name, type, option, letter, argument, doc) ARG_MEMBER_##type(name)

typedef struct ThroughputArgs {
    THROUGHPUT_ONLY_ARGS(ARG_MEMBER)
    CALIBRATE_ONLY_ARGS(ARG_MEMBER)
    THROUGHPUT_SHARED_ARGS(ARG_MEMBER)
    const char *word; /* the file of `calibrate`; NULL: none */
    Date day;         /* as_of parsed, or today */
} ThroughputArgs;

/* Reads the command line of a command by its own options; false after a message or its help, with the exit
 * status. */
bool throughput_args_read(int argc, char **argv, const Command *command, ThroughputArgs *out, int *status);

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
/* Rows as CSV and a summary by regime, gpu, model, source and metric, as the options ask; with `centred`
 * (NULL: none) also what would be left were one factor per left-out group known. */
int throughput_score_print(const ThroughputArgs *args, const TruthRow *rows, int n_rows,
                           const double *predicted, const double *low, const double *high,
                           const double *centred);

#endif
