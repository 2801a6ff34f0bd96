/* `bench`: measure this machine and keep the record. Layer: cli. */
#include "cli/commands.h"
#include "cli/engine_bench.h"
#include "cli/model_choice.h"
#include "tokentco/bench.h"
#include "tokentco/machine_text.h"
#include "tokentco/record.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char default_model[] = "llama-3.1-8b", default_format[] = "q4_0";

static void show_progress(void *context, const char *what, double done)
{
    const Cli *cli = context;
    if (cli_has(cli, OPT_PROGRESS)) {
        (void)fprintf(stderr, "%.3f %s\n", done, what);
        return;
    }
    if (cli_has(cli, OPT_QUIET) || !isatty(STDERR_FILENO)) return;
    (void)fprintf(stderr, "\r\033[K%3.0f %%  %s%s", 100.0 * done, what, done >= 1.0 ? "\r\033[K" : "");
}

static const char *given(const Cli *cli, OptionId id, const char *otherwise)
{
    return cli->values[id] ? cli->values[id] : otherwise;
}

/* "128,512" */
static bool read_list(const Cli *cli, OptionId id, long min, long max, BenchList *out, Err *err)
{
    const char *text = cli->values[id];
    char *end = NULL;
    for (const char *at = text; at; at = *end == ',' ? end + 1 : NULL) {
        long value = strtol(at, &end, 10);
        if (end == at || (*end != '\0' && *end != ',') || value < min || value > max ||
            out->n == BENCH_LIST_MAX)
            return err_set(err, ERR_USAGE,
                           "--%s %.60s: give up to %d whole numbers from %ld to %ld, as in 1,4,16",
                           cli_options[id].name, text, BENCH_LIST_MAX, min, max);
        out->values[out->n++] = (int)value;
    }
    return true;
}

static bool read_lists(const Cli *cli, BenchOptions *out, Err *err)
{
    enum { TOKENS_MAX = 131072, BATCH_MAX = 512 };
    return read_list(cli, OPT_PROMPTS, 1, TOKENS_MAX, &out->prompts, err) &&
           read_list(cli, OPT_BATCHES, 1, BATCH_MAX, &out->batches, err) &&
           read_list(cli, OPT_DEPTHS, 0, TOKENS_MAX, &out->depths, err);
}

static bool read_threads(const Cli *cli, BenchOptions *out, Err *err)
{
    const char *threads = cli->values[OPT_THREADS];
    if (!threads) return true;
    char *end = NULL;
    long n = strtol(threads, &end, 10);
    if (end == threads || *end != '\0' || n < 1 || n > 512) {
        return err_set(err, ERR_USAGE, "--threads %s: give a whole number from 1 to 512", threads);
    }
    out->threads = (int)n;
    return true;
}

static void print_summary(const Cli *cli, const Measurement *record, const char *path)
{
    Text out;
    Style style = cli_style(cli);
    if (cli_has(cli, OPT_QUIET)) return;
    text_init(&out);
    text_addf(&out, "%s, %s, %d threads, %s kernels\n", record->hardware, record->topology, record->n_threads,
              record->isa);
    text_addf(&out, "%s in %s%s%s\n\n", record->model, record->weight_format, record->note[0] ? ": " : "",
              record->note);
    machine_add_limits(record, &out);
    text_add(&out, "\n");
    if (cli_has(cli, OPT_ROOFLINE) && machine_add_roofline(record, &style, &out)) text_add(&out, "\n");
    machine_add_kernels(record, &style, &out);
    text_add(&out, "\n  phase    prompt   depth   batch     tok/s       p10       p90  noise\n");
    for (int i = 0; i < record->n_points; i++) {
        const MeasurePoint *p = &record->points[i];
        text_addf(&out, "  %-8s %6d  %6d  %6.0f  %8.1f  %8.1f  %8.1f  %s\n", measure_phase_name(p->phase),
                  p->prompt_tok, p->depth_tok, p->batch, p->rate_tok_s, p->rate_p10_tok_s, p->rate_p90_tok_s,
                  measure_noise_name(p->noise));
    }
    for (int i = 0; i < record->n_shares; i++)
        text_addf(&out, "%s  %s delivers %.2f of %s (%.2f to %.2f)\n", i ? "" : "\n",
                  record->shares[i].engine, record->shares[i].share_frac,
                  measure_phase_name(record->shares[i].phase), record->shares[i].share_p10,
                  record->shares[i].share_p90);
    if (record->has_fit)
        text_addf(
            &out,
            "\nstep time fitted within %.1f %% in the median, %.0f %% at worst; `tokentco bench predict` "
            "says what\nthis machine does with another model\n",
            100.0 * record->fit.median_error_frac, 100.0 * record->fit.worst_error_frac);
    text_addf(&out, "\nrecord %.16s in %s\n", record->id, path);
    if (record->noise == NOISE_NOISY) text_addf(&out, "the machine was noisy: %s\n", record->noise_note);
    (void)fputs(text_str(&out), stdout);
    text_free(&out);
}

static bool read_request(const Cli *cli, ModelChoice *choice, BenchOptions *out)
{
    if (!model_choose(cli, default_model, choice)) return false;
    const char *kv = given(cli, OPT_KV, "f16"),
               *format = choice->weight_format ? choice->weight_format : default_format;
    *out = (BenchOptions){.shape = choice->arch,
                          .weight_format = given(cli, OPT_QUANT, format),
                          .isa = cli->values[OPT_ISA],
                          .is_quick = cli_has(cli, OPT_QUICK),
                          .is_every_kernel = cli_has(cli, OPT_ROOFLINE),
                          .is_kv_bf16 = strcmp(kv, "bf16") == 0,
                          .is_fitted = true,
                          .seed = 1};
    if (!out->is_kv_bf16 && strcmp(kv, "f16") != 0)
        return err_set(&choice->err, ERR_USAGE, "--kv %s: choose f16 or bf16", kv);
    return read_threads(cli, out, &choice->err) && read_lists(cli, out, &choice->err);
}

static bool print_record(const Cli *cli, const Measurement *record, const char *path, Err *err)
{
    if (!cli_has(cli, OPT_JSON)) {
        print_summary(cli, record, path);
        return true;
    }
    char *text = record_dump(record, err);
    if (text) (void)puts(text);
    free(text);
    return text != NULL;
}

/* A machine that reads faster or slower than last time is disturbed now, or was then. */
static void judge_repeat(const char *folder, Arena *arena, Measurement *record)
{
    RecordList earlier;
    ErrList faults;
    err_list_init(&faults);
    if (records_list(folder, arena, &earlier, &faults)) record_judge_repeat(&earlier, arena, record);
    err_list_free(&faults);
}

static bool measure(const Cli *cli, const BenchOptions *options, Arena *arena, Err *err)
{
    Measurement record;
    char folder[RECORD_PATH_BYTES], path[RECORD_PATH_BYTES];
    if (cli_has(cli, OPT_WRITE_GGUF)) {
        return bench_gguf_write(cli->values[OPT_WRITE_GGUF], &options->shape, options->weight_format,
                                options->seed, err);
    }
    const char *program = cli->values[OPT_ENGINE_BENCH];
    if (program && !engine_bench_check(program, err)) return false;
    if (!records_folder_find(cli->values[OPT_RECORDS], folder, sizeof folder, err) ||
        !bench_run(options, show_progress, (void *)(uintptr_t)cli, arena, &record, err))
        return false;
    if (program && !engine_bench_run(program, cli->values[OPT_GGUF], options, arena, &record, err))
        return false;
    judge_repeat(folder, arena, &record);
    records_sweep(folder);
    return record_save(folder, &record, path, err) && print_record(cli, &record, path, err);
}

static int run_bench(const Cli *cli)
{
    ModelChoice choice;
    BenchOptions options;
    bool is_ok = read_request(cli, &choice, &options) && measure(cli, &options, &choice.arena, &choice.err);
    return model_choice_end(&choice, is_ok);
}

const Command command_bench = {
    .name = "bench",
    .arguments = "",
    .summary = "measure how many tokens a second this machine serves",
    .details = "Runs real layers of the model with random weights, prefill and decode, beside the\n"
               "limits of the machine, and keeps the record. The model is one of models.csv (llama-3.1-8b\n"
               "when left out), or has the dimensions of a config.json or of a GGUF file; dense, or with\n"
               "experts. Formats: f32, f16, bf16, int8, q8_0, q4_0. TOKENTCO_ISA chooses the kernels too.\n"
               "Prompts are measured one at a time behind an empty cache, decode for each batch at each\n"
               "depth; when one list is given, the others are 128, 1,2,4,8 and 128.",
    .run = run_bench,
    .n_options = 17,
    .options = {OPT_QUICK, OPT_ROOFLINE, OPT_MODEL, OPT_QUANT, OPT_KV, OPT_PROMPTS, OPT_BATCHES, OPT_DEPTHS,
                OPT_CONFIG, OPT_GGUF, OPT_WRITE_GGUF, OPT_ENGINE_BENCH, OPT_THREADS, OPT_ISA, OPT_RECORDS,
                OPT_PROGRESS, OPT_JSON},
};
