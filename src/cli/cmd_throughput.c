/* `throughput`: what a model on accelerators serves. Layer: cli. */
#include "cli/commands.h"
#include "cli/throughput_args.h"

static const char usage[] =
    "usage: tokentco throughput --model NAME --gpu NAME [--tp N] [--quant FORMAT] [--isl TOK] [--osl TOK]\n"
    "                           [--batch B | --concurrency N | --rate REQ_S | --slo-ttft S --slo-tpot S]\n"
    "       tokentco throughput --score FILE.csv [--json]\n\n"
    "Predicts tokens a second, time per output token, time to first token, memory and cost of a served model,\n"
    "with a band. Speculative decoding is not modelled.";

static int run(int argc, char **argv) {
    ThroughputArgs args;
    int status = ERR_NONE;
    if (!throughput_args_read(argc, argv, usage, &args, &status)) return status;
    if (args.score) return throughput_score_run(&args);
    return ERR_USAGE;
}

const Command command_throughput = {
    .name = "throughput",
    .arguments = "--model NAME --gpu NAME [OPTION...] | --score FILE.csv",
    .summary = "what a model on accelerators serves: tokens a second, latency, memory, cost, with a band",
    .details = usage,
    .max_words = WORDS_ANY,
    .run_raw = run,
};
