/* `watch`: stays up and says what a changed file does to the decisions. Layer: cli. */
#include "cli/commands.h"
#include "cli/context.h"

#include "tokentco/format.h"
#include "tokentco/watch.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { QUIET_MS = 100, SCENARIOS_MAX = WATCH_MAX - 2 };

/* What a scenario's last evaluation said. */
typedef struct Watched {
    const char *name; /* borrowed */
    int item;         /* of its file in the watch; -1 none */
    bool has_answer;
    bool has_best;
    char best[FIELD_TEXT_BYTES];
    char currency[CURRENCY_BYTES];
    double npv_usd;
} Watched;

static volatile sig_atomic_t is_stopped;

static void stop(int signal)
{
    (void)signal;
    is_stopped = 1;
}

static void time_text(char out[32])
{
    time_t now = time(NULL);
    struct tm utc;
    gmtime_r(&now, &utc);
    strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static void print_line(const Watched *before, const Watched *now)
{
    char time[32], usd[FORMAT_BYTES], change[FORMAT_BYTES] = "";
    bool is_flipped =
        before->has_answer && (before->has_best != now->has_best || strcmp(before->best, now->best) != 0);
    time_text(time);
    format_grouped(now->npv_usd, usd);
    printf("%s  %s: ", time, now->name);
    if (!now->has_best) {
        printf("%sno option is feasible\n", is_flipped ? "FLIPPED, " : "");
        return;
    }
    printf("%s%s is the cheapest, NPV %s %s", is_flipped ? "FLIPPED, " : "", now->best, usd, now->currency);
    if (before->has_best && before->npv_usd > 0.0) {
        format_percent(now->npv_usd / before->npv_usd - 1.0, change);
        if (is_flipped) {
            printf(", it was %s", before->best);
        } else {
            printf(", %s", fabs(now->npv_usd - before->npv_usd) > 0.0 ? change : "unchanged");
        }
    }
    printf("\n");
}

/* Evaluates a scenario again; faults are printed and the last answer stays. */
static void evaluate_again(const Sources *sources, Watched *watched)
{
    Case one;
    Watched now = {.name = watched->name, .item = watched->item};
    /* NOLINTNEXTLINE(clang-analyzer-core.CallAndMessage): watch_all names every one first */
    if (case_open(watched->name, sources, &one) != ERR_NONE) return;
    now.has_answer = true;
    if (one.answer.best >= 0) {
        now.has_best = true;
        memcpy(now.currency, one.resolved.inputs.currency, sizeof now.currency);
        now.npv_usd = workspace_result(one.answer.workspace, one.answer.best)->npv_usd;
        snprintf(now.best, sizeof now.best, "%s", one.resolved.inputs.options[one.answer.best].name);
    }
    print_line(watched, &now);
    *watched = now;
    case_close(&one);
}

/* Watches the files of the scenarios and the folders of prices; `*n_items` tells prices (below it) from
 * scenarios. */
static bool watch_all(const Cli *cli, const Sources *sources, Watched *watched, Watch *watch,
                      int *n_price_items, Err *err)
{
    int item;
    if (!watch_open(watch, err) || !watch_add(watch, sources->book.folder, &item, err)) return false;
    *n_price_items = 1;
    if (sources->book.overlay[0] != '\0') {
        if (!watch_add(watch, sources->book.overlay, &item, err)) return false;
        *n_price_items = 2;
    }
    for (int i = 0; i < cli->n_words; i++) {
        ErrList errors;
        err_list_init(&errors);
        Scenario *scenario = scenario_load(cli->words[i], &errors);
        watched[i] = (Watched){.name = cli->words[i], .item = -1};
        bool is_ok = watch_add(watch, scenario != NULL ? scenario_path(scenario) : cli->words[i],
                               &watched[i].item, err);
        scenario_free(scenario);
        err_list_free(&errors);
        if (!is_ok) return false;
    }
    return true;
}

/* Evaluates what the changed items touch: everything after a change of prices, else the scenarios that
 * changed. */
static int evaluate_changed(const Cli *cli, Watched *watched, const bool changed[WATCH_MAX],
                            int n_price_items)
{
    Sources sources;
    int status = sources_open(cli, &sources);
    bool has_new_prices = false;
    for (int i = 0; i < n_price_items; i++) has_new_prices = has_new_prices || changed[i];
    for (int i = 0; status == ERR_NONE && i < cli->n_words; i++)
        /* NOLINTNEXTLINE(clang-analyzer-core.uninitialized.ArraySubscript): watch_all sets it */
        if (has_new_prices || changed[watched[i].item]) evaluate_again(&sources, &watched[i]);
    sources_close(&sources);
    return fflush(stdout) == 0 ? status : ERR_IO;
}

static int run_watch(const Cli *cli)
{
    Watched watched[SCENARIOS_MAX];
    Watch watch = {.fd = -1};
    Sources sources;
    Err err = {0};
    int n_price_items = 0;
    int status = sources_open(cli, &sources);
    if (status == ERR_NONE && !watch_all(cli, &sources, watched, &watch, &n_price_items, &err)) {
        status = cli_fail(&err);
    }
    sources_close(&sources);
    static const bool everything[WATCH_MAX] = {true};
    if (status == ERR_NONE) status = evaluate_changed(cli, watched, everything, n_price_items);
    struct sigaction action = {.sa_handler = stop};
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    while (status == ERR_NONE && !is_stopped) {
        bool changed[WATCH_MAX];
        if (!watch_wait(&watch, QUIET_MS, changed, &err)) break;
        /* A price file or scenario in the middle of an edit may be broken: say so and go on. */
        (void)evaluate_changed(cli, watched, changed, n_price_items);
    }
    if (err.code != ERR_NONE && status == ERR_NONE) {
        status = cli_fail(&err);
    }
    watch_close(&watch);
    return status;
}

const Command command_watch = {
    .name = "watch",
    .arguments = "SCENARIO...",
    .summary = "stay up and say what a changed price or scenario file does to the decisions",
    .details =
        "Prints a line for each scenario at the start and whenever a file that it rests on changes:\n"
        "the scenario itself, the shipped prices or your own. A flipped decision says FLIPPED. Ends on\n"
        "interrupt (Ctrl-C).",
    .min_words = 1,
    .max_words = SCENARIOS_MAX,
    .run = run_watch,
    .n_options = 3,
    .options = {OPT_AS_OF, OPT_PRICING, OPT_RECORDS},
};
