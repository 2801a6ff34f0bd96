/* The command line: one row per command, one row per option. Everything else is printed from them.
 *
 * Layer: cli, private. Dispatch, `help`, the manual page and the shell completion read the same two tables.
 */
#ifndef CLI_COMMAND_H
#define CLI_COMMAND_H

#include "tokentco/cli.h"
#include "tokentco/style.h"
#include "tokentco/table.h"

/* Options: id, name, short letter (0 none), argument (NULL: a flag), doc. */
#define CLI_OPTIONS(_)                                                                                       \
    _(AS_OF, "as-of", 0, "DATE", "take prices as of this day (YYYY-MM-DD) instead of the scenario's own")    \
    _(PRICING, "pricing", 0, "DIR", "folder of your own prices, laid over the shipped ones")                 \
    _(RECORDS, "records", 0, "DIR", "folder of measurement records instead of your own")                     \
    _(PROVIDER, "provider", 0, "NAME", "seller; `x*` fits every name that starts with x")                    \
    _(REGION, "region", 0, "NAME", "region of the seller; `any` where no region is stated")                  \
    _(GPU, "gpu", 0, "ID", "accelerator, as named in accelerators.csv or an alias")                          \
    _(MODEL, "model", 0, "NAME", "model, as its seller names it or an alias")                                \
    _(TERM, "term", 0, "TERM", "on_demand, spot, marketplace, reserved_12mo, reserved_36mo, capacity_block") \
    _(TIER, "tier", 0, "TIER", "base, over_200000, priority, flex, ...")                                     \
    _(MIN, "min", 0, "USD", "least price")                                                                   \
    _(MAX, "max", 0, "USD", "highest price")                                                                 \
    _(FROM, "from", 0, "DATE", "first day")                                                                  \
    _(TO, "to", 0, "DATE", "last day; today when left out")                                                  \
    _(FEED, "feed", 0, "FORMAT", "format of the file instead of what its content says")                      \
    _(APPLY, "apply", 0, NULL, "write what is shown; without it nothing is written")                         \
    _(ACCEPT, "accept", 0, "ID", "take this price out of quarantine")                                        \
    _(NOTE, "note", 0, "TEXT", "who vouches for it, and why")                                                \
    _(IN, "in", 0, "N", "input tokens, cached ones included")                                                \
    _(CACHED, "cached", 0, "N", "of the input: read from the seller's cache")                                \
    _(WRITTEN, "written", 0, "N", "of the input: written to that cache")                                     \
    _(OUT, "out", 0, "N", "output tokens")                                                                   \
    _(MULTIPLIER, "multiplier", 0, "X", "billed over visible output tokens (hidden reasoning)")              \
    _(BATCH, "batch", 0, NULL, "at the price of asynchronous batches")                                       \
    _(SERVICE, "service", 0, "NAME", "priority or flex")                                                     \
    _(AT, "at", 0, "HH:MM", "time of day of the request, UTC")                                               \
    _(FILE, "file", 0, "FILE", "requests as CSV: provider,model,in,cached,written,out")                      \
    _(MONTHS, "months", 0, "N", "how many months ahead")                                                     \
    _(JSON, "json", 0, NULL, "print JSON; every document carries a `schema` key, unknown is null")           \
    _(CSV, "csv", 0, NULL, "print CSV")                                                                      \
    _(COLOR, "color", 0, "WHEN", "colour: auto, always or never; auto obeys NO_COLOR")                       \
    _(QUIET, "quiet", 'q', NULL, "leave out notes on standard error")                                        \
    _(OUTPUT, "output", 'o', "FILE", "write there, whole or not at all; - is standard output")               \
    _(FORMAT, "format", 'f', "FORMAT", "what to write, see below")                                           \
    _(DIALECT, "dialect", 0, "NAME",                                                                         \
      "CSV dialect: rfc4180, excel (with byte order mark) or excel-eu (semicolons)")                         \
    _(NO_GUARD, "no-guard", 0, NULL, "leave text that a spreadsheet would run as a formula as it is")        \
    _(HARDWARE, "hardware", 0, "NAME", "accelerator or processor, where a file does not say")                \
    _(GPUS, "gpus", 0, "N", "number of accelerators, where a file does not say")                             \
    _(ENGINE, "engine", 0, "NAME", "serving engine, where a file does not say")                              \
    _(WEIGHTS, "weights", 0, "FORMAT",                                                                       \
      "format of the weights: bf16, fp8, q4_0, ...; for an import, where the file does not say")             \
    _(QUICK, "quick", 0, NULL, "under ten seconds: fewer points, fewer layers")                              \
    _(ROOFLINE, "roofline", 0, NULL, "every kernel beside its limit, and the picture of that")               \
    _(PROGRESS, "progress", 0, NULL,                                                                         \
      "a line on standard error at each step: share done, and what is measured")                             \
    _(PROMPTS, "prompts", 'p', "LIST", "tokens of the prompts, as in 128,512")                               \
    _(BATCHES, "batches", 'b', "LIST", "sequences that decode at once, as in 1,4,16")                        \
    _(DEPTHS, "depths", 'd', "LIST", "tokens in the cache before decode, as in 0,2048")                      \
    _(QUANT, "quant", 0, "FORMAT", "format of the weights: f32, f16, bf16, int8, q8_0, q4_0")                \
    _(KV, "kv", 0, "FORMAT", "format of the cache: f16 or bf16")                                             \
    _(CONFIG, "config", 0, "FILE", "dimensions of this Hugging Face config.json")                            \
    _(GGUF, "gguf", 0, "FILE", "shape and format of this GGUF file")                                         \
    _(WRITE_GGUF, "write-gguf", 0, "FILE", "write a GGUF file of random weights instead of measuring")       \
    _(ENGINE_BENCH, "engine-bench", 0, "PROGRAM",                                                            \
      "llama-bench; measure it too and keep the share of this machine that it delivers")                     \
    _(THREADS, "threads", 0, "N", "threads; the physical cores that the quota allows when left out")         \
    _(ISA, "isa", 0, "NAME", "instruction set: avx512, avx2, neon-i8mm, neon-dotprod, neon, ref")            \
    _(BANDWIDTH, "bandwidth", 0, "GB/S",                                                                     \
      "memory bandwidth to predict for, instead of what the record measured")                                \
    _(ARITHMETIC, "arithmetic", 0, "GOP/S", "as if the processors were so fast beside the steps")            \
    _(ISL, "isl", 0, "TOK", "mean prompt tokens of a request, where a file does not say")                    \
    _(OSL, "osl", 0, "TOK", "mean answer tokens of a request, where a file does not say")                    \
    _(CONCURRENCY, "concurrency", 0, "N", "requests in flight, where a file does not say")                   \
    _(SECONDS, "seconds", 0, "S", "time between two scrapes")                                                \
    _(NAME, "name", 0, "TEXT", "what the requests are")                                                      \
    _(USERS, "users", 0, "N", "people who use it in a month")                                                \
    _(SESSIONS, "sessions", 0, "N", "conversations of one of them in a month")                               \
    _(TURNS, "turns", 0, "N", "messages of the person in a conversation")                                    \
    _(STEPS, "steps", 0, "N", "calls of the model in a turn; an agent takes several")                        \
    _(VERIFY, "verify", 0, "N", "extra calls at the end of a turn that check the answer")                    \
    _(SYSTEM_TOK, "system-tok", 0, "N", "tokens of the system prompt, tools and shared documents")           \
    _(USER_TOK, "user-tok", 0, "N", "tokens of a message of the person")                                     \
    _(OUTPUT_TOK, "output-tok", 0, "N", "tokens that one call writes")                                       \
    _(TOOL_TOK, "tool-tok", 0, "N", "tokens of a tool's result")                                             \
    _(CONTEXT_TOK, "context-tok", 0, "N", "longest context; what is older is dropped")                       \
    _(KEEP, "keep", 0, "SHARE",                                                                              \
      "chance that the cache still holds what was sent before, 0 to 1 or per cent")                          \
    _(RETRY, "retry", 0, "SHARE", "requests sent again, as a share of requests")                             \
    _(CURRENCY, "currency", 0, "CODE", "currency of all amounts, at the rate of fx.csv: EUR, GBP, JPY, ...") \
    _(LENS, "lens", 0, "LENS", "cash, accrual or marginal; csv and csv-wide")                                \
    _(OVER, "over", 0, "AXIS", "what changes along the curve, see below")                                    \
    _(SHOW, "show", 0, "WHAT", "what is drawn: total, mtok or category")                                     \
    _(OPTION, "option", 0, "OPTION", "one option alone, by name or number from 1")                           \
    _(RANGE, "range", 0, "LOW:HIGH", "from where to where, in the unit of the axis")                         \
    _(SVG, "svg", 0, NULL, "print SVG")                                                                      \
    _(DEPTH, "depth", 0, "N", "levels that a figure is taken apart; all for the whole")                      \
    _(TRACE, "trace", 0, "FILE", "write the derivation of every total there: JSON, or text as *.txt")        \
    _(SAMPLES, "samples", 0, "N", "number of draws, a power of two")                                         \
    _(DRAWS, "draws", 0, "FILE", "write every draw there as CSV: inputs, then the NPV of each option")       \
    _(RANDOM, "random", 0, NULL, "plain random numbers instead of a scrambled Sobol' sequence")              \
    _(SEED, "seed", 0, "N", "another seed gives other draws")                                                \
    _(TOP, "top", 0, "N", "plans of the ranking; 20 when left out")                                          \
    _(SHARD, "shard", 0, "I/N", "look at part I of N only")                                                  \
    _(PRIVACY, "privacy", 0, "WHO",                                                                          \
      "who may see prompts: any, rented (no API, no marketplace), owned (own servers only)")                 \
    _(LICENCE, "licence", 0, "USE", "what the model's licence must allow: any, commercial, hosting")         \
    _(SIZE, "size", 0, "CLASS", "least size class of a model: any, 2B, 10B, 20B, 50B, 150B")                 \
    _(TPOT, "tpot", 0, "TIME", "limit of the time per output token, as in 50ms, instead of the scenario's")  \
    _(TTFT, "ttft", 0, "TIME", "limit of the time to first token, as in 2s, instead of the scenario's")      \
    _(QUALITY, "quality", 0, "FILE", "your scores of models as CSV: model,score")                            \
    _(MIN_QUALITY, "min-quality", 0, "SCORE", "least score of a model")                                      \
    _(SCHEMA, "schema", 0, NULL, "print the JSON Schema of scenario files")                                  \
    _(MAN, "man", 0, NULL, "print the manual page (mdoc)")                                                   \
    _(BASH, "bash", 0, NULL, "print a bash completion script")                                               \
    _(HELP, "help", 'h', NULL, "explain the command")                                                        \
    _(VERSION, "version", 0, NULL, "print the version")

typedef enum OptionId {
#define OPTION_ENUM(id, name, letter, argument, doc) OPT_##id,
    CLI_OPTIONS(OPTION_ENUM)
#undef OPTION_ENUM
        N_OPTIONS
} OptionId;

typedef struct OptionRow {
    const char *name;
    char letter;
    const char *argument;
    const char *doc;
} OptionRow;
extern const OptionRow cli_options[N_OPTIONS];

typedef struct Command Command;

/* A parsed command line. */
typedef struct Cli {
    const Command *command;
    const char *values[N_OPTIONS]; /* NULL: not given; "" for a flag; borrowed from argv */
    int n_words;
    const char *const *words; /* after the command's name; borrowed */
    ColourMode colour;
    const CliHooks *hooks;
} Cli;

enum { WORDS_ANY = 1 << 16, COMMAND_OPTIONS_MAX = 24 };

struct Command {
    const char *name;      /* one or two words: "run", "prices list" */
    const char *arguments; /* "SCENARIO..." */
    const char *summary;   /* one line without a full stop */
    const char *details;   /* paragraphs for `help NAME` and the manual; lines under 80 columns */
    int min_words, max_words;
    int (*run)(const Cli *cli);
    /* A command that reads its own options (argv[0] is its name): then `options` is empty, and help, manual
     * and completion print its own table. */
    int (*run_raw)(int argc, char **argv);
    const OptionRow *own_options;
    int n_own_options;
    /* A command that another room runs; it reads its own options too. */
    int (*run_hook)(const CliHooks *hooks, int argc, char **argv);
    int n_options;
    OptionId options[COMMAND_OPTIONS_MAX];
};
extern const Command *const cli_commands[];
extern const int n_cli_commands;

static inline bool cli_has(const Cli *cli, OptionId id)
{
    return cli->values[id] != NULL;
}

/* The rows of the options that the command takes, at most COMMAND_ROWS_MAX, in the order of their table;
 * returns how many. */
enum { COMMAND_ROWS_MAX = 64 };
int command_option_rows(const Command *command, const OptionRow *out[COMMAND_ROWS_MAX]);

/* Does the command take the option? Help, colour and quiet go with every command. */
bool command_takes(const Command *command, OptionId id);

/* Prints "tokentco: ..." and where help is; returns the exit status of a usage error. */
int cli_usage_error(const Command *command, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Prints the fault on standard error; returns its exit status. */
int cli_fail(const Err *err);

/* How text for people looks: a file that --output names is seen by nobody yet, so it gets no colours unless
 * they are always wanted. */
Style cli_style(const Cli *cli);

/* The same for a list of rows: cut to the terminal, never in a pipe or a file. */
Style cli_list_style(const Cli *cli);

/* Writes what a command made to --output or standard output. Returns the exit status. */
int cli_write(const Cli *cli, const Text *text);

/* A note for people on standard error, unless --quiet. */
void cli_note(const Cli *cli, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A table in the form that --json and --csv ask for; `schema` "tokentco/NAME/1", `key` of the array of rows.
 */
int cli_print_table(const Cli *cli, const Table *table, const char *schema, const char *key);

/* What each exit status means, for help and the manual. */
typedef struct ExitRow {
    int code;
    const char *doc;
} ExitRow;
extern const ExitRow cli_exits[];
extern const int n_cli_exits;

/* Help about a command, or about all whose first word is `name`; false when there is none. */
bool help_add_command(const char *name, Text *out);
void help_add_overview(Text *out);
void help_add_man(Text *out);
void help_add_bash(Text *out);

#endif
