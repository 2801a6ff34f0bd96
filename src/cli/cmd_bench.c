/* `bench`: measure this machine and keep the record. Layer: cli. */
#include "cli/commands.h"
#include "tokentco/bench.h"
#include "tokentco/parse.h"
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

static bool read_options(const Cli *cli, Arena *arena, BenchOptions *out, Err *err)
{
    const char *model = given(cli, OPT_MODEL, default_model), *format = default_format;
    const BenchShape *shape = bench_shape_find(model);
    BenchShape from_file;
    if (cli_has(cli, OPT_GGUF)) {
        if (!bench_gguf_read(cli->values[OPT_GGUF], arena, &from_file, &format, err)) return false;
        shape = &from_file;
    }
    if (!shape) {
        char names[400] = "";
        for (int i = 0; i < bench_shape_count(); i++) {
            size_t used = strlen(names);
            (void)snprintf(names + used, sizeof names - used, "%s%s", i ? ", " : "", bench_shape_at(i)->name);
        }
        return err_set(err, ERR_USAGE, "no shape named '%s'; choose from %s", model, names);
    }
    *out = (BenchOptions){.shape = *shape,
                          .weight_format = given(cli, OPT_QUANT, format),
                          .isa = cli->values[OPT_ISA],
                          .is_quick = cli_has(cli, OPT_QUICK),
                          .seed = 1};
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
    if (cli_has(cli, OPT_QUIET)) return;
    printf("%s, %s, %d threads, %s kernels\n", record->hardware, record->topology, record->n_threads,
           record->isa);
    printf("%s in %s%s%s\n\n", record->model, record->weight_format, record->note[0] ? ": " : "",
           record->note);
    for (int i = 0; i < record->n_limits; i++) {
        const MeasureLimit *limit = &record->limits[i];
        printf("  %-10s %8.1f G%s\n", limit->name, limit->value / 1e9, limit->unit);
    }
    printf("\n  phase    prompt   depth   batch     tok/s       p10       p90  noise\n");
    for (int i = 0; i < record->n_points; i++) {
        const MeasurePoint *p = &record->points[i];
        printf("  %-8s %6d  %6d  %6.0f  %8.1f  %8.1f  %8.1f  %s\n", measure_phase_name(p->phase),
               p->prompt_tok, p->depth_tok, p->batch, p->rate_tok_s, p->rate_p10_tok_s, p->rate_p90_tok_s,
               measure_noise_name(p->noise));
    }
    printf("\nrecord %.16s in %s\n", record->id, path);
    if (record->noise == NOISE_NOISY) printf("the machine was noisy: %s\n", record->noise_note);
}

static int run_bench(const Cli *cli)
{
    Arena arena;
    Measurement record;
    BenchOptions options;
    Err err = {0};
    char folder[RECORD_PATH_BYTES], path[RECORD_PATH_BYTES];
    arena_init(&arena);
    bool is_ok = read_options(cli, &arena, &options, &err);
    if (is_ok && cli_has(cli, OPT_WRITE_GGUF)) {
        is_ok = bench_gguf_write(cli->values[OPT_WRITE_GGUF], &options.shape, options.weight_format,
                                 options.seed, &err);
        if (!is_ok) err_print(&err, stderr);
        arena_free(&arena);
        return is_ok ? ERR_NONE : (int)err.code;
    }
    is_ok = is_ok && records_folder_find(cli->values[OPT_RECORDS], folder, sizeof folder, &err) &&
            bench_run(&options, show_progress, (void *)(uintptr_t)cli, &arena, &record, &err) &&
            record_save(folder, &record, path, &err);
    if (is_ok && cli_has(cli, OPT_JSON)) {
        char *text = record_dump(&record, &err);
        if (text) (void)puts(text);
        is_ok = text != NULL;
        free(text);
    } else if (is_ok) {
        print_summary(cli, &record, path);
    }
    if (!is_ok) err_print(&err, stderr);
    arena_free(&arena);
    return is_ok ? ERR_NONE : (int)err.code;
}

const Command command_bench = {
    .name = "bench",
    .arguments = "",
    .summary = "measure how many tokens a second this machine serves",
    .details = "Runs real layers of the model with random weights, prefill and decode, beside the\n"
               "limits of the machine, and keeps the record. Models: llama-3.1-8b (when left out),\n"
               "llama-3.2-1b, llama-3.2-3b, llama-3.3-70b, tinyllama-1.1b, smollm-135m,\n"
               "qwen2.5-0.5b, qwen2.5-7b, mistral-7b. Formats: f32, f16, bf16, int8, q8_0, q4_0.\n"
               "TOKENTCO_ISA chooses the kernels too.",
    .run = run_bench,
    .n_options = 10,
    .options = {OPT_QUICK, OPT_MODEL, OPT_QUANT, OPT_GGUF, OPT_WRITE_GGUF, OPT_THREADS, OPT_ISA, OPT_RECORDS,
                OPT_PROGRESS, OPT_JSON},
};
