/* `search` and `search merge`: every plan that the price book offers. Layer: cli. */
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/long_run.h"

#include "tokentco/parallel.h"
#include "tokentco/search_input.h"
#include "tokentco/search_report.h"

#include <stdlib.h>
#include <string.h>

/* ---- the question ---- */

static int find_name(const char *const *names, int n, const char *word)
{
    for (int i = 0; i < n; i++)
        if (strcmp(names[i], word) == 0) return i;
    return -1;
}

/* "any", or the name of a class with or without "to": its lower end is what people say, as in 50B. */
static bool parse_class(const char *word, SearchClass *out)
{
    if (strcmp(word, "any") == 0) {
        *out = SEARCH_CLASS_NONE;
        return true;
    }
    for (int k = 0; k < N_SEARCH_CLASSES; k++) {
        const char *name = search_classes[k].name;
        size_t n = strcspn(name, " ");
        bool is_lower_end = strlen(word) == n && strncmp(name, word, n) == 0;
        if (strcmp(name, word) != 0 && !is_lower_end) continue;
        *out = (SearchClass)k;
        return true;
    }
    return false;
}

static int read_choices(const Cli *cli, SearchQuery *query)
{
    if (cli_has(cli, OPT_PRIVACY)) {
        int i = find_name(search_privacy_names, N_SEARCH_PRIVACIES, cli->values[OPT_PRIVACY]);
        if (i < 0) return cli_usage_error(cli->command, "--privacy takes any, rented or owned");
        query->privacy = (SearchPrivacy)i;
    }
    if (cli_has(cli, OPT_LICENCE)) {
        int i = find_name(search_licence_names, N_SEARCH_LICENCES, cli->values[OPT_LICENCE]);
        if (i < 0) return cli_usage_error(cli->command, "--licence takes any, commercial or hosting");
        query->licence = (SearchLicence)i;
    }
    if (cli_has(cli, OPT_SIZE) && !parse_class(cli->values[OPT_SIZE], &query->min_class))
        return cli_usage_error(cli->command,
                               "--size takes any or the lower end of a class: 2B, 10B, 20B, 50B, 150B");
    return ERR_NONE;
}

static int read_limit(const Cli *cli, OptionId option, const char *unit, bool *has, double *out)
{
    Err err = {0};
    if (!cli_has(cli, option)) return ERR_NONE;
    *has = true;
    bool is_ok = unit[0] != '\0' ? parse_quantity(cli->values[option], unit, out, &err)
                                 : parse_number(cli->values[option], out, &err);
    if (is_ok && unit[0] != '\0' && !(*out > 0.0)) is_ok = err_set(&err, ERR_USAGE, "must be above 0");
    return is_ok ? ERR_NONE : cli_usage_error(cli->command, "--%s: %s", cli_options[option].name, err.text);
}

static int read_counts(const Cli *cli, SearchQuery *query, int *n_threads)
{
    Err err = {0};
    long number = 0;
    if (cli_has(cli, OPT_TOP)) {
        if (!parse_integer(cli->values[OPT_TOP], 1, SEARCH_TOP_MAX, &number, &err))
            return cli_usage_error(cli->command, "--top: %s", err.text);
        query->top = (int)number;
    }
    if (cli_has(cli, OPT_THREADS)) {
        if (!parse_integer(cli->values[OPT_THREADS], 1, PARALLEL_THREADS_MAX, &number, &err))
            return cli_usage_error(cli->command, "--threads: %s", err.text);
        *n_threads = (int)number;
    }
    if (cli_has(cli, OPT_SHARD)) {
        const long shards_max = 1000000;
        long shard = 0, n_shards = 0;
        char first[32];
        const char *text = cli->values[OPT_SHARD], *slash = strchr(text, '/');
        bool is_ok = slash != NULL && (size_t)(slash - text) < sizeof first;
        if (is_ok) {
            snprintf(first, sizeof first, "%.*s", (int)(slash - text), text);
            is_ok = parse_integer(slash + 1, 1, shards_max, &n_shards, NULL) &&
                    parse_integer(first, 1, n_shards, &shard, NULL);
        }
        if (!is_ok)
            return cli_usage_error(cli->command, "--shard takes a part and a number of parts, as in 2/8");
        query->shard = (int)shard - 1;
        query->n_shards = (int)n_shards;
    }
    return ERR_NONE;
}

static int read_query(const Cli *cli, SearchQuery *query, int *n_threads)
{
    search_query_init(query);
    query->providers = cli->values[OPT_PROVIDER];
    query->gpus = cli->values[OPT_GPU];
    query->models = cli->values[OPT_MODEL];
    query->terms = cli->values[OPT_TERM];
    query->engines = cli->values[OPT_ENGINE];
    query->weights = cli->values[OPT_WEIGHTS];
    query->regions = cli->values[OPT_REGION];
    int status = read_choices(cli, query);
    if (status == ERR_NONE) status = read_limit(cli, OPT_TPOT, "s", &query->has_tpot, &query->tpot_s);
    if (status == ERR_NONE) status = read_limit(cli, OPT_TTFT, "s", &query->has_ttft, &query->ttft_s);
    if (status == ERR_NONE)
        status = read_limit(cli, OPT_MIN_QUALITY, "", &query->has_min_quality, &query->min_quality);
    if (status == ERR_NONE) status = read_counts(cli, query, n_threads);
    if (status == ERR_NONE && query->has_min_quality && !cli_has(cli, OPT_QUALITY))
        status = cli_usage_error(cli->command, "--min-quality needs the scores: --quality FILE");
    return status;
}

/* ---- the run ---- */

static int print_result(const Cli *cli, const SearchResult *result)
{
    Text out;
    text_init(&out);
    if (cli_has(cli, OPT_JSON)) {
        search_json_add(result, &out);
    } else if (cli_has(cli, OPT_CSV)) {
        search_csv_add(result, CSV_RFC4180, &out);
    } else {
        Style style = cli_style(cli);
        search_report_add(result, &style, &out);
    }
    int status = cli_write(cli, &out);
    text_free(&out);
    if (status != ERR_NONE) return status;
    /* A part says nothing about the whole. */
    return result->n_shards == 1 && search_n_feasible(result) == 0 ? ERR_NO : ERR_NONE;
}

/* Stopped by Ctrl-C, it prints what it found until then, marked as a part of the search. */
static int search_now(const Cli *cli, Search *search, int n_threads)
{
    LongRun run;
    long_run_begin(cli, "search", &run);
    SearchProgress progress = {run.progress.report, run.progress.context};
    bool is_done = search_run(search, n_threads, &progress);
    long_run_close(&run);
    SearchResult result;
    if (!search_result(search, &result)) return ERR_BUG;
    int status = print_result(cli, &result);
    if (!is_done) {
        fprintf(stderr,
                "tokentco: interrupted after %ld of %ld blocks; what was found until then is printed\n",
                result.n_blocks_done, result.n_blocks);
        long_run_interrupt();
    }
    search_result_free(&result);
    return status;
}

static int search_with(const Cli *cli, SearchQuery *query, Scenario *scenario, Sources *sources,
                       int n_threads, ErrList *errors)
{
    Arena arena;
    Resolved *base = calloc(1, sizeof *base);
    int status = ERR_BUG;
    if (base == NULL) return status;
    arena_init(&arena);
    bool is_ok = search_base_resolve(scenario, &sources->resolve, base, errors);
    if (is_ok && cli_has(cli, OPT_QUALITY))
        is_ok =
            search_scores_load(cli->values[OPT_QUALITY], &arena, &query->scores, &query->n_scores, errors);
    if (is_ok) {
        Err err = {0};
        query->scenario_sha256 = base->sha256;
        Search *search =
            search_new(query, &base->inputs, &sources->book, &sources->calibration, base->as_of, &err);
        if (search != NULL) {
            status = search_now(cli, search, n_threads);
        } else {
            err_list_add(errors, &err);
        }
        search_free(search);
    }
    if (base->arena.head != NULL) resolved_free(base);
    arena_free(&arena);
    free(base);
    return status;
}

static int run_search(const Cli *cli)
{
    SearchQuery query;
    int n_threads = 0;
    int status = read_query(cli, &query, &n_threads);
    if (status != ERR_NONE) return status;
    Sources sources;
    ErrList errors;
    err_list_init(&errors);
    status = sources_open(cli, &sources);
    if (status == ERR_NONE) {
        Scenario *scenario = scenario_load(cli->words[0], &errors);
        if (scenario != NULL) status = search_with(cli, &query, scenario, &sources, n_threads, &errors);
        scenario_free(scenario);
    }
    if (errors.n_items > 0) status = (int)err_list_code(&errors);
    err_list_print(&errors, stderr);
    err_list_free(&errors);
    sources_close(&sources);
    return status;
}

const Command command_search = {
    .name = "search",
    .arguments = "SCENARIO",
    .summary = "find the cheapest way of serving a scenario among all prices of the book",
    .details = "Every rental price, open model, weight format, engine and number of GPUs a replica,\n"
               "with the best number of reserved replicas and the best split of a hybrid; the\n"
               "scenario's own servers; every API price. Staff, network and the rest are the\n"
               "scenario's. Lists are comma-separated; `x*` fits every name that starts with x.\n"
               "\n"
               "--provider --gpu --model --term --engine --weights say what is looked at at all.\n"
               "--region --privacy --licence --size --tpot --ttft --min-quality are constraints: the\n"
               "report says what each one stops and what the best plan would save without it.\n"
               "--size is the class of the scenario's largest model when left out; a model of the\n"
               "scenario's API options passes. --quality FILE is your own CSV: model,score.\n"
               "\n"
               "--shard 2/8 looks at a part, for another machine; write it with --json -o and join\n"
               "the parts with `search merge`. Ctrl-C prints what was found until then, marked as\n"
               "partial. The exit status is 1 when no plan is feasible.",
    .min_words = 1,
    .max_words = 1,
    .run = run_search,
    .n_options = 22,
    .options = {OPT_AS_OF,   OPT_PRICING, OPT_PROVIDER, OPT_GPU,         OPT_MODEL,   OPT_TERM,
                OPT_ENGINE,  OPT_WEIGHTS, OPT_REGION,   OPT_PRIVACY,     OPT_LICENCE, OPT_SIZE,
                OPT_TPOT,    OPT_TTFT,    OPT_QUALITY,  OPT_MIN_QUALITY, OPT_TOP,     OPT_SHARD,
                OPT_THREADS, OPT_JSON,    OPT_CSV,      OPT_OUTPUT},
};

static int run_merge(const Cli *cli)
{
    SearchResult *parts = calloc((size_t)cli->n_words, sizeof *parts);
    if (parts == NULL) return ERR_BUG;
    ErrList errors;
    err_list_init(&errors);
    int n = 0;
    for (; n < cli->n_words; n++)
        if (!search_result_load(cli->words[n], &parts[n], &errors)) break;
    int status = (int)err_list_code(&errors);
    SearchResult whole = {0};
    Err err = {0};
    if (status == ERR_NONE && !search_merge(parts, n, &whole, &err)) {
        err_list_add(&errors, &err);
        status = (int)err.code;
    }
    if (status == ERR_NONE) status = print_result(cli, &whole);
    err_list_print(&errors, stderr);
    err_list_free(&errors);
    for (int i = 0; i < n; i++) search_result_free(&parts[i]);
    search_result_free(&whole);
    free(parts);
    return status;
}

const Command command_search_merge = {
    .name = "search merge",
    .arguments = "FILE...",
    .summary = "join the parts of a search",
    .details = "FILE is what `search --shard I/N --json` wrote. All parts of one search are needed,\n"
               "in any order; the result is the same as without --shard.",
    .min_words = 1,
    .max_words = WORDS_ANY,
    .run = run_merge,
    .n_options = 3,
    .options = {OPT_JSON, OPT_CSV, OPT_OUTPUT},
};
