/* Options of `throughput` and `calibrate`. Layer: cli. */
#include "cli/throughput_args.h"

#include "tokentco/calibration_table.h"
#include "tokentco/file.h"
#include "tokentco/price_tables.h"
#include "tokentco/throughput_facts.h"

#include <getopt.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef enum ArgType { ARG_TEXT, ARG_NUMBER, ARG_FLAG } ArgType;

typedef struct ArgRow {
    const char *option;
    ArgType type;
    size_t offset, has_offset;
} ArgRow;

#define ARG_HAS_TEXT(name)   0
#define ARG_HAS_NUMBER(name) offsetof(ThroughputArgs, has_##name)
#define ARG_HAS_FLAG(name)   0
#define ARG_ROW(name, type, option, letter, argument, doc)                                                   \
    {option, ARG_##type, offsetof(ThroughputArgs, name), ARG_HAS_##type(name)},
static const ArgRow arg_rows[] = {THROUGHPUT_ONLY_ARGS(ARG_ROW) CALIBRATE_ONLY_ARGS(ARG_ROW)
                                      THROUGHPUT_SHARED_ARGS(ARG_ROW)};
enum { N_ARG_ROWS = sizeof arg_rows / sizeof arg_rows[0], LONG_BASE = 256, NEAR_ENOUGH = 4 };

#define ARG_OPTION(member, type, option, letter, argument, doc) {option, letter, argument, doc},
const OptionRow throughput_options[N_THROUGHPUT_OPTIONS] = {THROUGHPUT_ONLY_ARGS(ARG_OPTION)
                                                                THROUGHPUT_SHARED_ARGS(ARG_OPTION)};
const OptionRow calibrate_options[N_CALIBRATE_OPTIONS] = {CALIBRATE_ONLY_ARGS(ARG_OPTION)
                                                              THROUGHPUT_SHARED_ARGS(ARG_OPTION)};

static int print_help(const Command *command)
{
    Text out;
    Err err = {.code = ERR_NONE};
    text_init(&out);
    help_add_command(command->name, &out);
    if (!file_write_atomic("-", text_str(&out), out.n_bytes, &err)) err_print(&err, stderr);
    text_free(&out);
    return (int)err.code;
}

static bool fail(const char *text, int *status)
{
    fprintf(stderr, "tokentco: %s\n", text);
    *status = ERR_USAGE;
    return false;
}

static bool unknown_option(const Command *command, const char *word, int *status)
{
    const char *best = NULL;
    int best_distance = NEAR_ENOUGH;
    for (int i = 0; i < command->n_own_options; i++) {
        const char *name = command->own_options[i].name;
        int distance = edit_distance(name, word + (strncmp(word, "--", 2) == 0 ? 2 : 0));
        if (distance < best_distance) {
            best = name;
            best_distance = distance;
        }
    }
    *status = best ? cli_usage_error(command, "there is no option '%.80s'; did you mean '--%s'?", word, best)
                   : cli_usage_error(command, "there is no option '%.80s'", word);
    return false;
}

static bool set_option(ThroughputArgs *args, const char *option, const char *value, int *status)
{
    char *base = (char *)args;
    const ArgRow *row = arg_rows;
    while (strcmp(row->option, option) != 0) row++;
    switch (row->type) {
    case ARG_TEXT:
        memcpy(base + row->offset, &value, sizeof value);
        return true;
    case ARG_FLAG:
        *(bool *)(void *)(base + row->offset) = true;
        return true;
    case ARG_NUMBER:
        break;
    }
    Err err = {.code = ERR_NONE};
    double number = 0;
    if (!parse_number(value, &number, &err)) {
        char text[640];
        snprintf(text, sizeof text, "--%s: %s", row->option, err.text);
        return fail(text, status);
    }
    memcpy(base + row->offset, &number, sizeof number);
    *(bool *)(void *)(base + row->has_offset) = true;
    return true;
}

/* getopt's tables from the command's own; a letter is the value of its long option. */
static void make_getopt_tables(const Command *command, struct option *options, char *letters)
{
    *letters++ = ':';
    for (int i = 0; i < command->n_own_options; i++) {
        const OptionRow *row = &command->own_options[i];
        options[i] =
            (struct option){row->name, row->argument ? required_argument : no_argument, NULL, LONG_BASE + i};
        if (row->letter == 0) continue;
        *letters++ = row->letter;
        if (row->argument) *letters++ = ':';
    }
    options[command->n_own_options] = (struct option){0};
    *letters = '\0';
}

static const char *option_of(const Command *command, int code)
{
    int at = code - LONG_BASE;
    for (int i = 0; code < LONG_BASE; i++)
        if (command->own_options[i].letter == code) return command->own_options[i].name;
    return command->own_options[at].name;
}

bool throughput_args_read(int argc, char **argv, const Command *command, ThroughputArgs *out, int *status)
{
    struct option options[N_ARG_ROWS + 1];
    char letters[2 * N_ARG_ROWS + 2];
    make_getopt_tables(command, options, letters);
    *out = (ThroughputArgs){.day = date_today()};
    optind = 0;
    opterr = 0;
    int code;
    while ((code = getopt_long(argc, argv, letters, options, NULL)) != -1) {
        const char *word = argv[optind - 1];
        if (code == ':') {
            *status = cli_usage_error(command, "option '%s' needs a value", word);
            return false;
        }
        if (code == '?') return unknown_option(command, word, status);
        if (!set_option(out, option_of(command, code), optarg, status)) return false;
    }
    out->word = optind < argc ? argv[optind++] : NULL;
    if (optind < argc) {
        *status = cli_usage_error(command, "`%s` does not take '%s'", command->name, argv[optind]);
        return false;
    }
    if (out->help) {
        *status = print_help(command);
        return false;
    }
    Err err = {.code = ERR_NONE};
    if (out->as_of && !parse_date(out->as_of, &out->day, &err)) return fail(err.text, status);
    return true;
}

bool throughput_book_open(const ThroughputArgs *args, ThroughputBook *out, int *status)
{
    static const PriceKind needed[] = {PRICE_MODELS, PRICE_ACCELERATORS, PRICE_ALIASES, PRICE_GPU_RENTAL};
    ErrList errors;
    err_list_init(&errors);
    arena_init(&out->arena);
    bool ok = pricebook_open(&out->book, args->pricing, &errors);
    for (size_t i = 0; ok && i < sizeof needed / sizeof needed[0]; i++)
        ok = pricebook_need(&out->book, needed[i], &errors);
    bool is_plain = args->basis && strcmp(args->basis, "uncalibrated") == 0;
    memset(&out->table, 0, sizeof out->table);
    if (ok && !is_plain)
        ok = calibration_table_find(out->book.folder, out->book.overlay, &out->arena, &out->table, &errors);
    *status = (int)err_list_code(&errors);
    if (!ok) {
        err_list_print(&errors, stderr);
        throughput_book_close(out);
    }
    err_list_free(&errors);
    return ok;
}

void throughput_book_close(ThroughputBook *book)
{
    pricebook_close(&book->book);
    arena_free(&book->arena);
}

/* A whole number of at least 1, or its default when the option is not given. */
static bool degree(const char *name, bool is_given, double value, int *out, Err *err)
{
    static const double DEGREE_MAX = 4096;
    *out = is_given ? (int)value : 1;
    if (is_given && (value < 1 || value > DEGREE_MAX || value != *out))
        return err_set(err, ERR_USAGE, "--%s is %g; it is a whole number from 1", name, value);
    return true;
}

static bool check_precision(const ThroughputCase *c, Err *err)
{
    if (c->weights == WEIGHTS_FLOAT_8 && c->gpu.spec.flops_8bit <= c->gpu.spec.flops_16bit)
        return err_set(err, ERR_USAGE,
                       "%s has no 8-bit arithmetic; use fp16, or int4 weights, which are unpacked to 16 bits",
                       c->gpu.id);
    if (c->weights == WEIGHTS_FLOAT_4 && !c->gpu.spec.has_flops_4bit)
        return err_set(err, ERR_USAGE,
                       "%s has no 4-bit arithmetic; use fp8, or int4 weights, which are unpacked to 16 bits",
                       c->gpu.id);
    return true;
}

/* --quant, else what the model's name ends in, else 16 bits. */
static bool set_formats(const ThroughputArgs *args, ThroughputCase *c, Err *err)
{
    bool is_named = !args->quant && throughput_format_of_name(c, args->model);
    if (!is_named && !throughput_format_set(c, args->quant ? args->quant : "fp16", err)) return false;
    const char *kv = args->kv ? args->kv : "fp16";
    bool is_wide = strcasecmp(kv, "fp16") == 0 || strcasecmp(kv, "bf16") == 0;
    bool is_narrow = strcasecmp(kv, "fp8") == 0 || strcasecmp(kv, "int8") == 0;
    if (!is_wide && !is_narrow)
        return err_set(err, ERR_USAGE, "no cache format \"%s\"; it is fp16 or fp8", kv);
    c->kv_bytes = is_wide ? 2 : 1;
    return true;
}

static void set_load(const ThroughputArgs *args, ThroughputCase *c)
{
    c->load = args->has_batch ? LOAD_BATCH : LOAD_CONCURRENCY;
    c->batch = args->has_batch ? args->batch : args->has_concurrency ? args->concurrency : 1;
}

bool throughput_case_build(const ThroughputArgs *args, const PriceBook *book, ThroughputCase *out, Err *err)
{
    *out = (ThroughputCase){.hit_frac = args->hit_frac, .threads = (int)args->threads};
    int tensor, pipeline, expert, data;
    if (!args->model || !args->gpu) return err_set(err, ERR_USAGE, "say which --model and which --gpu");
    if (!throughput_model_find(book, args->model, args->day, &out->model, err) ||
        !throughput_gpu_find(book, args->gpu, args->day, &out->gpu, err)) {
        err->code = ERR_USAGE; /* the name came from the command line, not from a file */
        return false;
    }
    if (!set_formats(args, out, err) || !check_precision(out, err) ||
        !degree("tp", args->has_tensor, args->tensor, &tensor, err) ||
        !degree("pp", args->has_pipeline, args->pipeline, &pipeline, err) ||
        !degree("ep", args->has_expert, args->expert, &expert, err) ||
        !degree("dp", args->has_data, args->data, &data, err))
        return false;
    const ModelShape *s = &out->model.shape;
    out->pipeline = pipeline;
    out->expert_groups = expert;
    out->attention_groups = s->experts > 0 ? data : 1;
    out->gpus = tensor * pipeline * out->attention_groups;
    if (expert > 1 && (s->experts == 0 || s->experts % expert != 0 || out->gpus % expert != 0))
        return err_set(err, ERR_USAGE,
                       "expert parallel %d does not divide the %d experts of %s and its %d GPUs", expert,
                       s->experts, out->model.id, out->gpus);
    if (s->layers % pipeline != 0)
        return err_set(err, ERR_USAGE, "%s has %d layers, which %d pipeline stages do not divide",
                       out->model.id, s->layers, pipeline);
    static const double DEFAULT_TOK = 1024;
    out->input_tok = args->has_input_tok ? args->input_tok : DEFAULT_TOK;
    out->output_tok = args->has_output_tok ? args->output_tok : DEFAULT_TOK;
    snprintf(out->version, sizeof out->version, "%s", args->engine_version ? args->engine_version : "");
    if (args->engine && !throughput_engine_check(args->engine, err)) return false;
    throughput_engine_normalise(args->engine ? args->engine : "vllm", out->version, out->gpu.is_cpu,
                                out->engine);
    set_load(args, out);
    return true;
}
