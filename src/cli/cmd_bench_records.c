/* `bench list`, `show` and `import`: the store of measurement records. Layer: cli. */
#include "cli/commands.h"
#include "cli/records.h"

#include "tokentco/machine_text.h"
#include "tokentco/parse.h"
#include "tokentco/throughput_measured.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int print_records(const Cli *cli, const RecordView *view)
{
    Table table = records_table(view);
    return cli_print_table(cli, &table, "tokentco/records/1", "records");
}

/* ---- show ---- */

static void add_fact(Text *out, const char *name, const char *text)
{
    if (text != NULL && text[0] != '\0') text_addf(out, "%-12s %s\n", name, text);
}

static void add_facts(const Measurement *record, Text *out)
{
    Cell cell = {0};
    RecordView view = {.is_file = true, .list = {.n = 1}};
    view.list.items = malloc(sizeof *view.list.items);
    if (view.list.items == NULL) return;
    *view.list.items = *record;
    add_fact(out, "record", record->id);
    for (int c = 1; c < N_RECORD_COLUMNS; c++) {
        cell = (Cell){0};
        record_columns[c].get(&view, 0, &cell);
        if (cell.kind == CELL_TEXT) add_fact(out, record_columns[c].title, cell.text);
    }
    free(view.list.items);
    add_fact(out, "version", record->engine_version);
    add_fact(out, "topology", record->topology);
    add_fact(out, "instructions", record->isa);
    add_fact(out, "compiler", record->compiler);
    add_fact(out, "flags", record->flags);
    add_fact(out, "governor", record->governor);
    add_fact(out, "KV cache", record->kv_format);
    MachinePace pace = measurement_pace(record);
    if (pace.read_b_s > 0.0)
        text_addf(out, "%-12s reads %.1f GB/s beside the points\n", "memory", pace.read_b_s * 1e-9);
    if (pace.arithmetic_op_s > 0.0)
        text_addf(out, "%-12s %.1f GOP/s beside the points\n", "arithmetic", pace.arithmetic_op_s * 1e-9);
    add_fact(out, "what noise", record->noise_note);
    add_fact(out, "note", record->note);
    if (record->has_shape && record->layers_run > 0 && record->layers_run < record->shape.layers)
        text_addf(out, "%-12s %d of %d were run; times of the whole model are extrapolated\n", "layers",
                  record->layers_run, record->shape.layers);
}

static void add_fit(const Measurement *record, Text *out)
{
    char value[FORMAT_BYTES], error[FORMAT_BYTES];
    for (int i = 0; record->has_fit && i < record->fit.n; i++) {
        if (i == 0) {
            format_percent(record->fit.median_error_frac, value);
            format_percent(record->fit.worst_error_frac, error);
            text_addf(out, "\nstep time fitted to the points; median error %s, worst %s\n", value, error);
        }
        double variance = record->fit.covariance[i][i];
        text_addf(out, "  %-16s %.4g +- %.2g\n", record->fit.names[i], record->fit.values[i],
                  variance > 0.0 ? sqrt(variance) : 0.0);
    }
    if (record->n_shares > 0) text_add(out, "\nwhat engines deliver of these rates\n");
    for (int i = 0; i < record->n_shares; i++) {
        const EngineShare *share = &record->shares[i];
        text_addf(out, "  %s %s %s: %.2f (%.2f to %.2f), %s\n", share->engine,
                  measure_phase_name(share->phase), share->weight_format, share->share_frac, share->share_p10,
                  share->share_p90, share->source);
    }
}

static int show_text(const Cli *cli, const RecordView *view)
{
    Text out;
    text_init(&out);
    Style style = cli_style(cli);
    Table table = points_table(view);
    add_facts(view->record, &out);
    text_add(&out, "\n");
    table_add_text(&table, &style, 0, &out);
    text_add(&out, "\n");
    machine_add_limits(view->record, &out);
    text_add(&out, view->record->n_limits > 0 && view->record->n_kernels > 0 ? "\n" : "");
    if (machine_add_roofline(view->record, &style, &out)) text_add(&out, "\n");
    machine_add_kernels(view->record, &style, &out);
    add_fit(view->record, &out);
    int status = cli_write(cli, &out);
    text_free(&out);
    return status;
}

/* The record itself, as it is stored. */
static int show_json(const Cli *cli, const Measurement *record)
{
    Err err = {0};
    Text out;
    char *text = record_dump(record, &err);
    if (text == NULL) return cli_fail(&err);
    text_init(&out);
    text_addf(&out, "%s\n", text);
    int status = cli_write(cli, &out);
    text_free(&out);
    free(text);
    return status;
}

int records_show(const Cli *cli, const RecordView *view)
{
    if (cli_has(cli, OPT_JSON)) return show_json(cli, view->record);
    if (!cli_has(cli, OPT_CSV)) return show_text(cli, view);
    Table table = points_table(view);
    return cli_print_table(cli, &table, "tokentco/points/1", "points");
}

static int run_show(const Cli *cli)
{
    RecordRun run;
    Measurement record;
    records_begin(&run, cli);
    const char *name = cli->n_words > 0 ? cli->words[0] : "latest";
    bool is_ok = record_find(cli->values[OPT_RECORDS], name, &run.arena, &record, &run.errors);
    run.view.record = &record;
    int status = is_ok ? records_show(cli, &run.view) : ERR_NONE;
    return records_end(&run, is_ok, status);
}

/* ---- list ---- */

static int run_list(const Cli *cli)
{
    RecordRun run;
    records_begin(&run, cli);
    bool is_ok = records_list(cli->values[OPT_RECORDS], &run.arena, &run.view.list, &run.errors);
    int status = is_ok ? print_records(cli, &run.view) : ERR_NONE;
    if (is_ok && run.view.list.n == 0)
        cli_note(
            cli,
            "no records yet; measure with `tokentco bench` or take some in with `tokentco bench import`");
    /* A broken file among good ones is shown and makes the status, but hides none of them. */
    return records_end(&run, is_ok && run.errors.n_items == 0, status);
}

/* ---- import ---- */

/* A value in the file wins over an option; say so where they differ. */
static void note_unused_hints(const Cli *cli, const ImportHints *hints, const Measurement *record,
                              const char *path)
{
    const struct {
        const char *option, *given, *stated;
    } texts[] = {{"--hardware", hints->hardware, record->hardware},
                 {"--model", hints->model, record->model},
                 {"--engine", hints->engine, record->engine},
                 {"--weights", hints->weight_format, record->weight_format}};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (texts[i].given != NULL && !names_alike(texts[i].given, texts[i].stated))
            cli_note(cli, "%s says '%s' itself; %s %s is not used", path, texts[i].stated, texts[i].option,
                     texts[i].given);
    if (hints->n_devices > 0 && hints->n_devices != record->n_devices)
        cli_note(cli, "%s says %d GPUs itself; --gpus %d is not used", path, record->n_devices,
                 hints->n_devices);
}

/* A record that `tokentco throughput` passes over is still listed, shown and compared. */
static void note_unusable(const Cli *cli, const Measurement *record, const char *path)
{
    char why[RECORD_REASON_BYTES];
    if (!throughput_record_is_usable(record, why))
        cli_note(cli, "%s: predictions will pass over this record: %s", path, why);
}

/* Takes in the next file or pair and adds its records to the list. Returns how many files it was. */
static int import_next(const Cli *cli, RecordRun *run, const ImportHints *hints, int at, bool *is_ok)
{
    const char *const *paths = cli->words + at;
    RecordList *list = &run->view.list;
    Measurement *records;
    int n = 0, n_files = import_count_together(paths, cli->n_words - at, hints);
    *is_ok = record_import(paths, n_files, hints, &run->arena, &records, &n, &run->errors);
    Measurement *all = arena_array(&run->arena, (size_t)(list->n + n), sizeof *all);
    if (list->n > 0) memcpy(all, list->items, (size_t)list->n * sizeof *all);
    list->items = all;
    for (int i = 0; i < n && *is_ok; i++) {
        Err err = {0};
        char path[RECORD_PATH_BYTES];
        *is_ok = record_save(cli->values[OPT_RECORDS], &records[i], path, &err);
        if (!*is_ok) {
            err_list_add(&run->errors, &err);
            break;
        }
        cli_note(cli, "%s", path);
        note_unused_hints(cli, hints, &records[i], paths[0]);
        note_unusable(cli, &records[i], paths[0]);
        list->items[list->n++] = records[i];
    }
    return n_files;
}

static bool read_amount(const Cli *cli, OptionId option, const char *name, double *out, ErrList *errors)
{
    Err err = {0};
    if (!cli_has(cli, option)) return true;
    if (parse_number(cli->values[option], out, &err) && *out > 0.0) return true;
    return err_list_addf(errors, ERR_USAGE, NULL, 0, 0, name, "must be a number above 0");
}

static bool read_hints(const Cli *cli, ImportHints *out, ErrList *errors)
{
    Err err = {0};
    long n_devices = 0;
    *out = (ImportHints){.format = cli->values[OPT_FORMAT],
                         .hardware = cli->values[OPT_HARDWARE],
                         .model = cli->values[OPT_MODEL],
                         .engine = cli->values[OPT_ENGINE],
                         .weight_format = cli->values[OPT_WEIGHTS]};
    if (cli_has(cli, OPT_GPUS) && !parse_integer(cli->values[OPT_GPUS], 1, 1000000, &n_devices, &err))
        return err_list_addf(errors, ERR_USAGE, NULL, 0, 0, "--gpus", "%s", err.text);
    out->n_devices = (int)n_devices;
    bool is_ok = read_amount(cli, OPT_SECONDS, "--seconds", &out->seconds, errors);
    is_ok = read_amount(cli, OPT_ISL, "--isl", &out->input_tok, errors) && is_ok;
    is_ok = read_amount(cli, OPT_OSL, "--osl", &out->output_tok, errors) && is_ok;
    return read_amount(cli, OPT_CONCURRENCY, "--concurrency", &out->concurrency, errors) && is_ok;
}

/* Every file stands for itself: a bad one is named and makes the status, the others are taken in. */
static int run_import(const Cli *cli)
{
    RecordRun run;
    ImportHints hints;
    int status = ERR_NONE;
    records_begin(&run, cli);
    bool is_ok = read_hints(cli, &hints, &run.errors), is_good = true;
    for (int at = 0; at < cli->n_words && (is_ok || at > 0);) {
        at += import_next(cli, &run, &hints, at, &is_good);
        is_ok = is_ok && is_good;
    }
    records_sweep(cli->values[OPT_RECORDS]);
    if (run.view.list.n > 0) status = print_records(cli, &run.view);
    return records_end(&run, is_ok, status);
}

/* ---- the commands ---- */

const Command command_bench_list = {
    .name = "bench list",
    .arguments = "",
    .summary = "list the measurement records, newest first",
    .details = "A file of the folder that is no record is named on standard error, and the status is\n"
               "65; the others are listed all the same.",
    .run = run_list,
    .n_options = 4,
    .options = {OPT_RECORDS, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};

const Command command_bench_show = {
    .name = "bench show",
    .arguments = "[RECORD]",
    .summary = "show one measurement record",
    .details = "RECORD is `latest` (the newest measured here, also when it is left out), the\n"
               "beginning of an id (4 digits or more), or a file. With --json: the record as it\n"
               "is stored; with --csv: its points.",
    .max_words = 1,
    .run = run_show,
    .n_options = 4,
    .options = {OPT_RECORDS, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};

const Command command_bench_import = {
    .name = "bench import",
    .arguments = "FILE...",
    .summary = "take in what another tool measured",
    .details = "Formats, told by the content of the file or named with --format:\n"
               "  llama-bench   llama.cpp's llama-bench: json, jsonl, csv, sql or md\n"
               "  vllm          vLLM bench serve: json, or jsonl with --append-result\n"
               "  vllm-throughput, vllm-latency  vLLM's offline benchmarks: json, or .pytorch.json\n"
               "  sglang        SGLang bench_serving: jsonl\n"
               "  genai-perf    profile_export_genai_perf: json, csv\n"
               "  aiperf        profile_export_aiperf: json, csv; profile_export: jsonl\n"
               "  trtllm-bench  TensorRT-LLM's --report_json\n"
               "  inferencex    InferenceX agg_*.json and its client results\n"
               "  mlperf        mlperf_log_summary.txt, and the system description after it\n"
               "  vllm-metrics  two scrapes of /metrics, the earlier first; --seconds between them\n"
               "\n"
               "A file is taken in whole or not at all; of several, the good ones are taken in.\n"
               "What a file does not say by itself can be given: --hardware, --gpus, --model,\n"
               "--engine, --weights, --isl, --osl, --concurrency.",
    .min_words = 1,
    .max_words = WORDS_ANY,
    .run = run_import,
    .n_options = 14,
    .options = {OPT_RECORDS, OPT_FORMAT, OPT_HARDWARE, OPT_GPUS, OPT_MODEL, OPT_ENGINE, OPT_WEIGHTS, OPT_ISL,
                OPT_OSL, OPT_CONCURRENCY, OPT_SECONDS, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};
