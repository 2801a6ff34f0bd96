/* `throughput`: what a model on accelerators serves. Layer: cli. */
#include "cli/commands.h"
#include "cli/throughput_answer.h"

#include "tokentco/file.h"
#include "tokentco/record.h"

#include <stdio.h>

static const char details[] =
    "usage: tokentco throughput --model NAME --gpu NAME [--tp N] [--quant FORMAT] [--isl TOK] [--osl TOK]\n"
    "                           [--batch B | --concurrency N | --rate REQ_S | --slo-ttft S --slo-tpot S]\n"
    "       tokentco throughput --score FILE.csv [--json]\n\n"
    "Predicts tokens a second, time per output token, time to first token, memory and cost of a served "
    "model,\n"
    "each with a band. Without a load it answers for a saturated server. Speculative decoding is not "
    "modelled.";

static bool loads_agree(const ThroughputArgs *args)
{
    int n = args->has_batch + args->has_concurrency + args->has_rate +
            (args->has_slo_ttft_s || args->has_slo_tpot_s);
    return n <= 1;
}

/* Own records; a folder that cannot be read is no reason to give no answer. */
static RecordList records_read(const ThroughputArgs *args, Arena *arena)
{
    RecordList list = {.n = 0};
    char folder[RECORD_PATH_BYTES];
    Err err = {.code = ERR_NONE};
    ErrList faults;
    err_list_init(&faults);
    if (records_folder_find(args->records, folder, sizeof folder, &err))
        records_list(folder, arena, &list, &faults);
    if (args->records && faults.n_items > 0) err_list_print(&faults, stderr);
    err_list_free(&faults);
    return list;
}

static int answer_print(const ThroughputArgs *args, const ThroughputAnswer *answer)
{
    Text text;
    text_init(&text);
    if (args->json) {
        throughput_answer_add_json(answer, &text);
    } else {
        throughput_answer_add_text(answer, &text);
        if (args->curve) throughput_curve_add(answer, args->batch_limit, &text);
    }
    Err err = {.code = ERR_NONE};
    if (!file_write_atomic(args->output ? args->output : "-", text_str(&text), text.n_bytes, &err))
        err_print(&err, stderr);
    text_free(&text);
    return (int)err.code;
}

static int run(int argc, char **argv)
{
    ThroughputArgs args;
    ThroughputBook book;
    int status = ERR_NONE;
    if (!throughput_args_read(argc, argv, &command_throughput, &args, &status)) return status;
    if (args.score) return throughput_score_run(&args);
    if (!loads_agree(&args)) {
        fprintf(stderr, "tokentco: --batch, --concurrency, --rate and --slo-* exclude each other\n");
        return ERR_USAGE;
    }
    if (!throughput_book_open(&args, &book, &status)) return status;
    Err err = {.code = ERR_NONE};
    RecordList records = records_read(&args, &book.arena);
    ThroughputAnswer answer;
    if (throughput_answer_build(&args, &book, records.items, records.n, &answer, &err)) {
        status = answer_print(&args, &answer);
        if (status == ERR_NONE && !answer.is_feasible) status = ERR_NO;
    } else {
        err_print(&err, stderr);
        status = (int)err.code;
    }
    throughput_book_close(&book);
    return status;
}

const Command command_throughput = {
    .name = "throughput",
    .arguments = "--model NAME --gpu NAME | --score FILE.csv",
    .summary = "what a model on accelerators serves: tokens a second, latency, memory, cost, with a band",
    .details = details,
    .max_words = WORDS_ANY,
    .run_raw = run,
    .own_options = throughput_options,
    .n_own_options = N_THROUGHPUT_OPTIONS,
};
