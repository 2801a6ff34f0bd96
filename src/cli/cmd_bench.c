/* `bench`: measure this machine and keep the record. Layer: cli. */
#include "cli/commands.h"
#include "tokentco/bench.h"
#include "tokentco/machine_text.h"
#include "tokentco/model_config.h"
#include "tokentco/parse.h"
#include "tokentco/price_tables.h"
#include "tokentco/record.h"
#include "tokentco/throughput_facts.h"

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

/* What a command line asks for. The book stays open as long as the shape: names are borrowed from it. */
typedef struct Request {
    Arena arena;
    PriceBook book;
    BenchOptions options;
    ErrList errors; /* of files with many faults */
    Err err;        /* the one fault of anything else */
} Request;

static bool find_model(const char *name, Request *r)
{
    bool is_ok = pricebook_open(&r->book, NULL, &r->errors) &&
                 pricebook_need(&r->book, PRICE_MODELS, &r->errors) &&
                 pricebook_need(&r->book, PRICE_ALIASES, &r->errors);
    if (!is_ok || throughput_arch_find(&r->book, name, date_today(), &r->options.shape, &r->err))
        return is_ok;
    r->err.code = ERR_USAGE; /* of the command line, not of the book */
    return false;
}

static bool find_shape(const Cli *cli, Request *r)
{
    if (cli_has(cli, OPT_GGUF) + cli_has(cli, OPT_CONFIG) + cli_has(cli, OPT_MODEL) > 1)
        return err_set(&r->err, ERR_USAGE, "--model, --gguf and --config exclude each other");
    if (cli_has(cli, OPT_CONFIG))
        return model_config_read(cli->values[OPT_CONFIG], &r->arena, &r->options.shape, &r->errors);
    if (!cli_has(cli, OPT_GGUF)) return find_model(given(cli, OPT_MODEL, default_model), r);
    return bench_gguf_read(cli->values[OPT_GGUF], &r->arena, &r->options.shape, &r->options.weight_format,
                           &r->err);
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
    Style style = style_for(stdout, cli->colour);
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
    text_addf(&out, "\nrecord %.16s in %s\n", record->id, path);
    if (record->noise == NOISE_NOISY) text_addf(&out, "the machine was noisy: %s\n", record->noise_note);
    (void)fputs(text_str(&out), stdout);
    text_free(&out);
}

static bool read_request(const Cli *cli, Request *r)
{
    r->options = (BenchOptions){.weight_format = default_format,
                                .isa = cli->values[OPT_ISA],
                                .is_quick = cli_has(cli, OPT_QUICK),
                                .is_every_kernel = cli_has(cli, OPT_ROOFLINE),
                                .is_kv_bf16 = strcmp(given(cli, OPT_KV, "f16"), "bf16") == 0,
                                .seed = 1};
    if (!find_shape(cli, r)) return false;
    r->options.weight_format = given(cli, OPT_QUANT, r->options.weight_format);
    if (!r->options.is_kv_bf16 && strcmp(given(cli, OPT_KV, "f16"), "f16") != 0)
        return err_set(&r->err, ERR_USAGE, "--kv %s: choose f16 or bf16", cli->values[OPT_KV]);
    return read_threads(cli, &r->options, &r->err);
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
static void judge_repeat(const char *folder, Request *r, Measurement *record)
{
    RecordList earlier;
    ErrList faults;
    err_list_init(&faults);
    if (records_list(folder, &r->arena, &earlier, &faults)) record_judge_repeat(&earlier, &r->arena, record);
    err_list_free(&faults);
}

static bool measure(const Cli *cli, Request *r)
{
    Measurement record;
    char folder[RECORD_PATH_BYTES], path[RECORD_PATH_BYTES];
    const BenchOptions *options = &r->options;
    if (cli_has(cli, OPT_WRITE_GGUF)) {
        return bench_gguf_write(cli->values[OPT_WRITE_GGUF], &options->shape, options->weight_format,
                                options->seed, &r->err);
    }
    if (!records_folder_find(cli->values[OPT_RECORDS], folder, sizeof folder, &r->err) ||
        !bench_run(options, show_progress, (void *)(uintptr_t)cli, &r->arena, &record, &r->err))
        return false;
    judge_repeat(folder, r, &record);
    return record_save(folder, &record, path, &r->err) && print_record(cli, &record, path, &r->err);
}

static int run_bench(const Cli *cli)
{
    Request r;
    memset(&r, 0, sizeof r);
    arena_init(&r.arena);
    err_list_init(&r.errors);
    bool is_ok = read_request(cli, &r) && measure(cli, &r);
    if (!is_ok && r.errors.n_items == 0) err_list_add(&r.errors, &r.err);
    if (!is_ok) err_list_print(&r.errors, stderr);
    int status = is_ok ? ERR_NONE : (int)err_list_code(&r.errors);
    err_list_free(&r.errors);
    pricebook_close(&r.book);
    arena_free(&r.arena);
    return status;
}

const Command command_bench = {
    .name = "bench",
    .arguments = "",
    .summary = "measure how many tokens a second this machine serves",
    .details = "Runs real layers of the model with random weights, prefill and decode, beside the\n"
               "limits of the machine, and keeps the record. The model is one of models.csv (llama-3.1-8b\n"
               "when left out), or has the dimensions of a config.json or of a GGUF file; dense, or with\n"
               "experts. Formats: f32, f16, bf16, int8, q8_0, q4_0. TOKENTCO_ISA chooses the kernels too.",
    .run = run_bench,
    .n_options = 13,
    .options = {OPT_QUICK, OPT_ROOFLINE, OPT_MODEL, OPT_QUANT, OPT_KV, OPT_CONFIG, OPT_GGUF, OPT_WRITE_GGUF,
                OPT_THREADS, OPT_ISA, OPT_RECORDS, OPT_PROGRESS, OPT_JSON},
};
