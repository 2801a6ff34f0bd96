/* `bench list`, `show`, `compare` and `import`: the store of measurement records. Layer: cli. */
#include "cli/commands.h"

#include "tokentco/record.h"

#include "tokentco/parse.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ID_SHOWN = 12 };

/* What the tables below show. */
typedef struct RecordView {
    bool is_file; /* for machines: ids in full */
    RecordList list;
    const Measurement *record;
    const Measurement *other;
    int n_pairs;
    const RecordPair *pairs;
} RecordView;

typedef struct RecordRun {
    Arena arena;
    ErrList errors;
    RecordView view;
} RecordRun;

static void run_begin(RecordRun *run, const Cli *cli) {
    *run = (RecordRun){0};
    arena_init(&run->arena);
    err_list_init(&run->errors);
    run->view.is_file = cli_has(cli, OPT_JSON) || cli_has(cli, OPT_CSV);
}

/* Prints the faults; the status is that of the first of them when the command failed. */
static int run_end(RecordRun *run, bool is_ok, int status) {
    err_list_print(&run->errors, stderr);
    if (!is_ok) status = (int)err_list_code(&run->errors);
    err_list_free(&run->errors);
    arena_free(&run->arena);
    return status;
}

/* ---- columns of records ---- */

static const Measurement *record_at(const void *context, int row) {
    return &((const RecordView *)context)->list.items[row];
}

static void get_id(const void *context, int row, Cell *out) {
    int digits = ((const RecordView *)context)->is_file ? 64 : ID_SHOWN;
    cell_printf(out, "%.*s", digits, record_at(context, row)->id);
}
static void get_when(const void *context, int row, Cell *out) {
    const char *when = record_at(context, row)->when;
    if (((const RecordView *)context)->is_file || when[0] == '\0')
        cell_set_text(out, when);
    else
        cell_printf(out, "%.10s %.5s", when, when + strlen("2026-11-25T"));
}
static void get_origin(const void *context, int row, Cell *out) {
    const Measurement *record = record_at(context, row);
    cell_set_text(out, record->origin == MEASURED_HERE ? "measured here" : record->tool);
}
static void get_hardware(const void *context, int row, Cell *out) {
    const Measurement *record = record_at(context, row);
    if (record->hardware[0] == '\0') return;
    if (record->n_devices > 1)
        cell_printf(out, "%d x %s", record->n_devices, record->hardware);
    else
        cell_set_text(out, record->hardware);
}
static void get_model(const void *context, int row, Cell *out) {
    cell_set_text(out, record_at(context, row)->model);
}
static void get_weights(const void *context, int row, Cell *out) {
    cell_set_text(out, record_at(context, row)->weight_format);
}
static void get_engine(const void *context, int row, Cell *out) {
    cell_set_text(out, record_at(context, row)->engine);
}
static void get_n_points(const void *context, int row, Cell *out) {
    cell_set_number(out, record_at(context, row)->n_points);
}
/* Rates that a plan would start from. */
static void get_prefill(const void *context, int row, Cell *out) {
    MeasuredRates rates;
    if (measurement_rates(record_at(context, row), &rates)) cell_set_number(out, rates.prefill_tok_s);
}
static void get_decode(const void *context, int row, Cell *out) {
    MeasuredRates rates;
    if (measurement_rates(record_at(context, row), &rates)) cell_set_number(out, rates.decode_tok_s);
}
static void get_noise(const void *context, int row, Cell *out) {
    const Measurement *record = record_at(context, row);
    if (record->noise != NOISE_UNKNOWN) cell_set_text(out, measure_noise_name(record->noise));
}

static const Column record_columns[] = {
    {"id", "id", "", "SHA-256 of the content", ALIGN_LEFT, SHOW_SHORTEST, 0, get_id},
    {"when", "when", "", "time of the newest sample, UTC", ALIGN_LEFT, SHOW_SHORTEST, 0, get_when},
    {"origin", "origin", "", "measured here, or the format that it was imported from", ALIGN_LEFT,
     SHOW_SHORTEST, 0, get_origin},
    {"hardware", "hardware", "", "processor or accelerators", ALIGN_LEFT, SHOW_SHORTEST, 24, get_hardware},
    {"model", "model", "", "model", ALIGN_LEFT, SHOW_SHORTEST, 22, get_model},
    {"weights", "weights", "", "format of the weights", ALIGN_LEFT, SHOW_SHORTEST, 0, get_weights},
    {"prefill_tok_s", "prefill", "tok/s", "prefill rate that a plan starts from", ALIGN_RIGHT, SHOW_SI, 0,
     get_prefill},
    {"decode_tok_s", "decode", "tok/s", "decode rate that a plan starts from", ALIGN_RIGHT, SHOW_SI, 0,
     get_decode},
    {"noise", "noise", "", "quiet or noisy machine", ALIGN_LEFT, SHOW_SHORTEST, 0, get_noise},
    {"engine", "engine", "", "what ran the model", ALIGN_LEFT, SHOW_SHORTEST, 0, get_engine},
    {"points", "points", "", "number of points", ALIGN_RIGHT, SHOW_SHORTEST, 0, get_n_points},
};
/* The last columns are for machines, and for `show`. */
enum { N_FILE_ONLY = 2 };
#define N_COLUMNS(columns) (int)(sizeof(columns) / sizeof(columns)[0])

static int print_records(const Cli *cli, const RecordView *view) {
    Table table = {.columns = record_columns,
                   .n_columns = N_COLUMNS(record_columns) - (view->is_file ? 0 : N_FILE_ONLY),
                   .n_rows = view->list.n,
                   .context = view};
    return cli_print_table(cli, &table, "tokentco/records/1", "records");
}

/* ---- columns of points ---- */

static const MeasurePoint *point_at(const void *context, int row) {
    return &((const RecordView *)context)->record->points[row];
}
static void set_count(Cell *out, double count) {
    if (count > 0.0) cell_set_number(out, count);
}
static void get_phase(const void *context, int row, Cell *out) {
    cell_set_text(out, measure_phase_name(point_at(context, row)->phase));
}
static void get_counts(const void *context, int row, Cell *out) {
    cell_set_text(out, measure_counts_name(point_at(context, row)->counts));
}
static void get_threads(const void *context, int row, Cell *out) {
    set_count(out, point_at(context, row)->threads);
}
static void get_prompt(const void *context, int row, Cell *out) {
    set_count(out, point_at(context, row)->prompt_tok);
}
static void get_output(const void *context, int row, Cell *out) {
    set_count(out, point_at(context, row)->output_tok);
}
static void get_depth(const void *context, int row, Cell *out) {
    cell_set_number(out, point_at(context, row)->depth_tok);
}
static void get_batch(const void *context, int row, Cell *out) {
    set_count(out, point_at(context, row)->batch);
}
static void get_rate(const void *context, int row, Cell *out) {
    cell_set_number(out, point_at(context, row)->rate_tok_s);
}
static void get_p10(const void *context, int row, Cell *out) {
    cell_set_number(out, point_at(context, row)->rate_p10_tok_s);
}
static void get_p90(const void *context, int row, Cell *out) {
    cell_set_number(out, point_at(context, row)->rate_p90_tok_s);
}
static void get_ttft(const void *context, int row, Cell *out) {
    if (point_at(context, row)->has_ttft) cell_set_number(out, point_at(context, row)->ttft_s);
}
static void get_tpot(const void *context, int row, Cell *out) {
    if (point_at(context, row)->has_tpot) cell_set_number(out, point_at(context, row)->tpot_s);
}
static void get_samples(const void *context, int row, Cell *out) {
    set_count(out, point_at(context, row)->n_samples);
}
static void get_point_note(const void *context, int row, Cell *out) {
    const MeasurePoint *point = point_at(context, row);
    cell_printf(out, "%s%s%s", point->noise == NOISE_NOISY ? "noisy" : "",
                point->noise == NOISE_NOISY && point->note[0] != '\0' ? "; " : "", point->note);
    if (out->buffer[0] == '\0') cell_set_text(out, NULL);
}

static const Column point_columns[] = {
    {"phase", "phase", "", "prefill, decode, or serving: both mixed", ALIGN_LEFT, SHOW_SHORTEST, 0,
     get_phase},
    {"counts", "counts", "", "which tokens the rate counts", ALIGN_LEFT, SHOW_SHORTEST, 0, get_counts},
    {"threads", "threads", "", "threads", ALIGN_RIGHT, SHOW_SHORTEST, 0, get_threads},
    {"prompt_tok", "prompt", "tok", "tokens prefilled", ALIGN_RIGHT, SHOW_GROUPED, 0, get_prompt},
    {"output_tok", "output", "tok", "tokens generated", ALIGN_RIGHT, SHOW_GROUPED, 0, get_output},
    {"depth_tok", "depth", "tok", "tokens in the cache before", ALIGN_RIGHT, SHOW_GROUPED, 0, get_depth},
    {"batch", "batch", "", "sequences at once", ALIGN_RIGHT, SHOW_SI, 0, get_batch},
    {"rate_tok_s", "rate", "tok/s", "median rate", ALIGN_RIGHT, SHOW_SI, 0, get_rate},
    {"rate_p10_tok_s", "p10", "tok/s", "tenth percentile", ALIGN_RIGHT, SHOW_SI, 0, get_p10},
    {"rate_p90_tok_s", "p90", "tok/s", "ninetieth percentile", ALIGN_RIGHT, SHOW_SI, 0, get_p90},
    {"ttft_s", "TTFT", "s", "time to first token", ALIGN_RIGHT, SHOW_PRICE, 0, get_ttft},
    {"tpot_s", "TPOT", "s", "time per output token", ALIGN_RIGHT, SHOW_PRICE, 0, get_tpot},
    {"samples", "samples", "", "number of samples", ALIGN_RIGHT, SHOW_SHORTEST, 0, get_samples},
    {"note", "note", "", "what is to be said", ALIGN_LEFT, SHOW_SHORTEST, 24, get_point_note},
};

/* ---- show ---- */

static void add_fact(Text *out, const char *name, const char *text) {
    if (text != NULL && text[0] != '\0') text_addf(out, "%-12s %s\n", name, text);
}

static void add_facts(const Measurement *record, Text *out) {
    Cell cell = {0};
    RecordView view = {.list = {.n = 1}};
    view.list.items = malloc(sizeof *view.list.items);
    if (view.list.items == NULL) return;
    *view.list.items = *record;
    add_fact(out, "record", record->id);
    for (int c = 1; c < N_COLUMNS(record_columns); c++) {
        cell = (Cell){0};
        record_columns[c].get(&view, 0, &cell);
        if (cell.kind == CELL_TEXT) add_fact(out, record_columns[c].title, cell.text);
    }
    free(view.list.items);
    add_fact(out, "version", record->engine_version);
    add_fact(out, "topology", record->topology);
    add_fact(out, "instructions", record->isa);
    add_fact(out, "compiler", record->compiler);
    add_fact(out, "KV cache", record->kv_format);
    add_fact(out, "what noise", record->noise_note);
    add_fact(out, "note", record->note);
    if (record->has_shape && record->layers_run > 0 && record->layers_run < record->shape.layers)
        text_addf(out, "%-12s %d of %d were run; times of the whole model are extrapolated\n", "layers",
                  record->layers_run, record->shape.layers);
}

static void add_limits(const Measurement *record, Text *out) {
    char value[FORMAT_BYTES];
    if (record->n_limits > 0) text_add(out, "\nlimits of the machine\n");
    for (int i = 0; i < record->n_limits; i++) {
        const MeasureLimit *limit = &record->limits[i];
        format_si(limit->value, value);
        text_addf(out, "  %-16s %d thread%s  %s%s\n", limit->name, limit->threads,
                  limit->threads == 1 ? " " : "s", value, limit->unit);
    }
    if (record->n_kernels > 0) text_add(out, "\nkernels beside their limits\n");
    for (int i = 0; i < record->n_kernels; i++) {
        const MeasureKernel *kernel = &record->kernels[i];
        format_percent(kernel->share_frac, value);
        text_addf(out, "  %-16s %d x %d x %d, %d thread%s: %s of %s\n", kernel->name, kernel->m, kernel->n,
                  kernel->k, kernel->threads, kernel->threads == 1 ? "" : "s", value, kernel->limit_name);
    }
}

static void add_fit(const Measurement *record, Text *out) {
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

static int show_text(const Cli *cli, const RecordView *view) {
    Text out;
    text_init(&out);
    Style style = style_for(stdout, cli->colour);
    Table table = {.columns = point_columns,
                   .n_columns = N_COLUMNS(point_columns),
                   .n_rows = view->record->n_points,
                   .context = view};
    add_facts(view->record, &out);
    text_add(&out, "\n");
    table_add_text(&table, &style, 0, &out);
    add_limits(view->record, &out);
    add_fit(view->record, &out);
    int status = cli_write(cli, &out);
    text_free(&out);
    return status;
}

/* The record itself, as it is stored. */
static int show_json(const Cli *cli, const Measurement *record) {
    Err err = {0};
    Text out;
    char *text = record_dump(record, &err);
    if (text == NULL) {
        err_print(&err, stderr);
        return (int)err.code;
    }
    text_init(&out);
    text_addf(&out, "%s\n", text);
    int status = cli_write(cli, &out);
    text_free(&out);
    free(text);
    return status;
}

static int run_show(const Cli *cli) {
    RecordRun run;
    Measurement record;
    run_begin(&run, cli);
    const char *name = cli->n_words > 0 ? cli->words[0] : "latest";
    bool is_ok = record_find(cli->values[OPT_RECORDS], name, &run.arena, &record, &run.errors);
    int status = ERR_NONE;
    run.view.record = &record;
    if (is_ok && cli_has(cli, OPT_CSV)) {
        Table table = {.columns = point_columns,
                       .n_columns = N_COLUMNS(point_columns),
                       .n_rows = record.n_points,
                       .context = &run.view};
        status = cli_print_table(cli, &table, "tokentco/points/1", "points");
    } else if (is_ok) {
        status = cli_has(cli, OPT_JSON) ? show_json(cli, &record) : show_text(cli, &run.view);
    }
    return run_end(&run, is_ok, status);
}

/* ---- list ---- */

static int run_list(const Cli *cli) {
    RecordRun run;
    run_begin(&run, cli);
    bool is_ok = records_list(cli->values[OPT_RECORDS], &run.arena, &run.view.list, &run.errors);
    int status = is_ok ? print_records(cli, &run.view) : ERR_NONE;
    if (is_ok && run.view.list.n == 0)
        cli_note(
            cli,
            "no records yet; measure with `tokentco bench` or take some in with `tokentco bench import`");
    /* A broken file among good ones is shown and makes the status, but hides none of them. */
    return run_end(&run, is_ok && run.errors.n_items == 0, status);
}

/* ---- import ---- */

static bool save_all(const Cli *cli, RecordRun *run, Measurement *records, int n) {
    bool is_ok = true;
    for (int i = 0; i < n && is_ok; i++) {
        Err err = {0};
        char path[RECORD_PATH_BYTES];
        is_ok = record_save(cli->values[OPT_RECORDS], &records[i], path, &err);
        if (is_ok)
            cli_note(cli, "%s", path);
        else
            err_list_add(&run->errors, &err);
    }
    return is_ok;
}

static bool read_hints(const Cli *cli, ImportHints *out, ErrList *errors) {
    Err err = {0};
    long n_devices = 0;
    *out = (ImportHints){.format = cli->values[OPT_FORMAT],
                         .hardware = cli->values[OPT_HARDWARE],
                         .model = cli->values[OPT_MODEL],
                         .engine = cli->values[OPT_ENGINE],
                         .weight_format = cli->values[OPT_WEIGHTS]};
    if (cli_has(cli, OPT_GPUS) && !parse_integer(cli->values[OPT_GPUS], 1, 1000000, &n_devices, &err))
        return err_list_addf(errors, ERR_USAGE, NULL, 0, 0, "--gpus", "%s", err.text);
    if (cli_has(cli, OPT_SECONDS) &&
        (!parse_number(cli->values[OPT_SECONDS], &out->seconds, &err) || !(out->seconds > 0.0)))
        return err_list_addf(errors, ERR_USAGE, NULL, 0, 0, "--seconds",
                             "must be a number of seconds above 0");
    out->n_devices = (int)n_devices;
    return true;
}

static int run_import(const Cli *cli) {
    RecordRun run;
    ImportHints hints;
    Measurement *records;
    int n = 0, status = ERR_NONE;
    run_begin(&run, cli);
    bool is_ok = read_hints(cli, &hints, &run.errors) &&
                 record_import(cli->words, cli->n_words, &hints, &run.arena, &records, &n, &run.errors) &&
                 save_all(cli, &run, records, n);
    if (is_ok) {
        run.view.list = (RecordList){.n = n, .items = records};
        status = print_records(cli, &run.view);
    }
    return run_end(&run, is_ok, status);
}

/* ---- compare ---- */

static const RecordPair *pair_at(const void *context, int row) {
    return &((const RecordView *)context)->pairs[row];
}
/* The columns that name a point, of the pair's first record. */
#define PAIR_COLUMN(name)                                                                                    \
    static void pair_##name(const void *context, int row, Cell *out) {                                       \
        Measurement one = {.points = NULL};                                                                  \
        RecordView view = {.record = &one};                                                                  \
        MeasurePoint point = *pair_at(context, row)->a;                                                      \
        one.points = &point;                                                                                 \
        get_##name(&view, 0, out);                                                                           \
    }
PAIR_COLUMN(phase)
PAIR_COLUMN(threads)
PAIR_COLUMN(prompt)
PAIR_COLUMN(output)
PAIR_COLUMN(depth)
PAIR_COLUMN(batch)

static void get_rate_a(const void *context, int row, Cell *out) {
    cell_set_number(out, pair_at(context, row)->a->rate_tok_s);
}
static void get_rate_b(const void *context, int row, Cell *out) {
    cell_set_number(out, pair_at(context, row)->b->rate_tok_s);
}
static void get_ratio(const void *context, int row, Cell *out) {
    cell_set_number(out, pair_at(context, row)->ratio);
}
static void get_ratio_low(const void *context, int row, Cell *out) {
    cell_set_number(out, pair_at(context, row)->ratio_low);
}
static void get_ratio_high(const void *context, int row, Cell *out) {
    cell_set_number(out, pair_at(context, row)->ratio_high);
}
static void get_verdict(const void *context, int row, Cell *out) {
    const RecordPair *pair = pair_at(context, row);
    const char *verdict = !pair->is_clear ? "within the spread" : pair->ratio > 1.0 ? "faster" : "slower";
    cell_printf(out, "%s%s", verdict, pair->is_noisy ? ", noisy" : "");
}

static const Column pair_columns[] = {
    {"phase", "phase", "", "prefill, decode, or serving", ALIGN_LEFT, SHOW_SHORTEST, 0, pair_phase},
    {"threads", "threads", "", "threads", ALIGN_RIGHT, SHOW_SHORTEST, 0, pair_threads},
    {"prompt_tok", "prompt", "tok", "tokens prefilled", ALIGN_RIGHT, SHOW_GROUPED, 0, pair_prompt},
    {"output_tok", "output", "tok", "tokens generated", ALIGN_RIGHT, SHOW_GROUPED, 0, pair_output},
    {"depth_tok", "depth", "tok", "tokens in the cache before", ALIGN_RIGHT, SHOW_GROUPED, 0, pair_depth},
    {"batch", "batch", "", "sequences at once", ALIGN_RIGHT, SHOW_SI, 0, pair_batch},
    {"rate_a_tok_s", "A", "tok/s", "median rate of the first record", ALIGN_RIGHT, SHOW_SI, 0, get_rate_a},
    {"rate_b_tok_s", "B", "tok/s", "median rate of the second record", ALIGN_RIGHT, SHOW_SI, 0, get_rate_b},
    {"ratio", "B/A", "x", "ratio of the medians", ALIGN_RIGHT, SHOW_PRICE, 0, get_ratio},
    {"ratio_low", "low", "x", "p10 of B over p90 of A", ALIGN_RIGHT, SHOW_PRICE, 0, get_ratio_low},
    {"ratio_high", "high", "x", "p90 of B over p10 of A", ALIGN_RIGHT, SHOW_PRICE, 0, get_ratio_high},
    {"verdict", "verdict", "", "what the spread allows to say", ALIGN_LEFT, SHOW_SHORTEST, 0, get_verdict},
};

static int run_compare(const Cli *cli) {
    RecordRun run;
    Measurement a, b;
    RecordPair *pairs = NULL;
    int status = ERR_NONE;
    run_begin(&run, cli);
    bool is_ok = record_find(cli->values[OPT_RECORDS], cli->words[0], &run.arena, &a, &run.errors);
    is_ok = record_find(cli->values[OPT_RECORDS], cli->words[1], &run.arena, &b, &run.errors) && is_ok;
    if (is_ok) {
        run.view.n_pairs = record_compare(&a, &b, &run.arena, &pairs);
        run.view.pairs = pairs;
        Table table = {.columns = pair_columns,
                       .n_columns = N_COLUMNS(pair_columns),
                       .n_rows = run.view.n_pairs,
                       .context = &run.view};
        status = cli_print_table(cli, &table, "tokentco/compare/1", "points");
        cli_note(cli, "%d of %d and %d points are in both", run.view.n_pairs, a.n_points, b.n_points);
        if (status == ERR_NONE && run.view.n_pairs == 0) status = ERR_NO;
    }
    return run_end(&run, is_ok, status);
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

const Command command_bench_compare = {
    .name = "bench compare",
    .arguments = "A B",
    .summary = "compare two measurement records point by point",
    .details = "Points are the same when phase, lengths, depth, batch and threads are. The\n"
               "verdict says \"within the spread\" when 1 lies between p10 of B over p90 of A and\n"
               "p90 of B over p10 of A. The status is 1 when the records share no point.",
    .min_words = 2,
    .max_words = 2,
    .run = run_compare,
    .n_options = 4,
    .options = {OPT_RECORDS, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};

const Command command_bench_import = {
    .name = "bench import",
    .arguments = "FILE [FILE]",
    .summary = "take in what another tool measured",
    .details = "Formats, told by the content of the file or named with --format:\n"
               "  llama-bench   llama.cpp's llama-bench: json, jsonl, csv, sql or md\n"
               "  vllm          vLLM bench serve: json, or jsonl with --append-result\n"
               "  sglang        SGLang bench_serving: jsonl\n"
               "  genai-perf    profile_export_genai_perf: json, csv\n"
               "  aiperf        profile_export_aiperf: json, csv; profile_export: jsonl\n"
               "  trtllm-bench  TensorRT-LLM's --report_json\n"
               "  inferencex    InferenceX agg_*.json and its client results\n"
               "  mlperf        mlperf_log_summary.txt, and the system description as second FILE\n"
               "  vllm-metrics  two scrapes of /metrics, the earlier first; --seconds between them\n"
               "\n"
               "A file is taken in whole or not at all. What it does not say by itself can be\n"
               "given: --hardware, --gpus, --model, --engine, --weights.",
    .min_words = 1,
    .max_words = 2,
    .run = run_import,
    .n_options = 11,
    .options = {OPT_RECORDS, OPT_FORMAT, OPT_HARDWARE, OPT_GPUS, OPT_MODEL, OPT_ENGINE, OPT_WEIGHTS,
                OPT_SECONDS, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};
