/* `rerun`: which decisions flip when prices move. Layer: cli. */
#include "cli/commands.h"
#include "cli/context.h"
#include "cli/sheet.h"

#include "tokentco/rerun.h"

#include <stdlib.h>

enum {
    R_SCENARIO,
    R_OPTION,
    R_FROM,
    R_TO,
    R_NPV_BEFORE,
    R_NPV_AFTER,
    R_CHANGE,
    R_MTOK_BEFORE,
    R_MTOK_AFTER,
    R_RANK_BEFORE,
    R_RANK_AFTER,
    R_EVEN_BEFORE,
    R_EVEN_AFTER,
    R_FLIP,
    R_FLIPPED,
    R_MOVED,
    R_REASON,
    R_COLUMNS
};
static const SheetColumn rerun_columns[R_COLUMNS] = {{"scenario", NULL, SHOW_TEXT},
                                                     {"option", "option", SHOW_TEXT},
                                                     {"from", NULL, SHOW_TEXT},
                                                     {"to", NULL, SHOW_TEXT},
                                                     {"npv_before_usd", "NPV before", SHOW_GROUPED},
                                                     {"npv_after_usd", "NPV after", SHOW_GROUPED},
                                                     {"change_frac", "change", SHOW_PERCENT},
                                                     {"usd_per_mtok_before", NULL, SHOW_PRICE},
                                                     {"usd_per_mtok_after", "$/Mtok", SHOW_PRICE},
                                                     {"rank_before", "rank", SHOW_SHORTEST},
                                                     {"rank_after", "now", SHOW_SHORTEST},
                                                     {"break_even_requests_before", NULL, SHOW_SI},
                                                     {"break_even_requests_after", NULL, SHOW_SI},
                                                     {"flip_price_factor", "flips at", SHOW_SI},
                                                     {"decision_flipped", NULL, SHOW_SHORTEST},
                                                     {"prices_moved", NULL, SHOW_TEXT},
                                                     {"reason", NULL, SHOW_TEXT}};

/* One scenario at both days. */
typedef struct Pair {
    Case before, after;
    Rerun rerun;
} Pair;

static void pair_close(Pair *pair)
{
    case_close(&pair->before);
    case_close(&pair->after);
}

/* The days to compare: --to or the scenario's own, --from or the day before the last change of a price it
 * uses. */
static int pair_open(const Cli *cli, const char *name, Sources *sources, Pair *out)
{
    Date from = 0;
    Err err = {0};
    sources->resolve.has_as_of = cli_has(cli, OPT_TO);
    if (cli_has(cli, OPT_TO) && !parse_date(cli->values[OPT_TO], &sources->resolve.as_of, &err))
        return cli_usage_error(cli->command, "--to: %s", err.text);
    int status = case_open(name, sources, &out->after);
    if (status != ERR_NONE) return status;
    if (cli_has(cli, OPT_FROM)) {
        if (!parse_date(cli->values[OPT_FROM], &from, &err))
            return cli_usage_error(cli->command, "--from: %s", err.text);
    } else if (rerun_last_change(&out->after.resolved, &from)) {
        from--;
    } else {
        from = out->after.resolved.as_of;
    }
    sources->resolve.has_as_of = true;
    sources->resolve.as_of = from;
    status = case_open(name, sources, &out->before);
    if (status != ERR_NONE) return status;
    /* Searching for break-even takes longer than all the rest, so a batch goes without. */
    bool is_batch = cli->n_words > 1;
    bool is_ok = is_batch || (answer_add_curves(&out->before.answer, &err) &&
                              answer_add_curves(&out->after.answer, &err));
    if (!is_ok || !rerun_build(&out->before.answer, &out->after.answer, &out->rerun, &err)) {
        status = cli_fail(&err);
    }
    return status;
}

static void add_results(Sheet *sheet, int before_column, int mtok_column, const Answer *answer, int option)
{
    const OptionResult *result = workspace_result(answer->workspace, option);
    if (!result->is_feasible) return;
    sheet_set_number(sheet, before_column, result->npv_usd);
    if (result->has_levelised) sheet_set_number(sheet, mtok_column, result->levelised_usd_per_mtok);
}

/* The lowest volume at which two options cost the same. */
static bool break_even(const Answer *answer, int a, int b, double *requests)
{
    const Duel *duel = a < 0 || a == b ? NULL : answer_find_duel(answer, a, b);
    if (duel == NULL || !duel->has_crossings || duel->crossings.n == 0) return false;
    *requests = duel->crossings.items[0].requests_per_month;
    return true;
}

/* The option's prices that moved: "rent/on_demand_usd_per_gpu_h 2.99 to 2.49; ...". */
static void add_moved(Sheet *sheet, const Rerun *rerun, int option)
{
    Text moved;
    text_init(&moved);
    for (int i = 0; i < rerun->n_moves; i++) {
        const InputMove *move = &rerun->moves[i];
        char before[FORMAT_BYTES], after[FORMAT_BYTES];
        if (move->option != option) continue;
        number_format(move->before, before, sizeof before);
        number_format(move->after, after, sizeof after);
        text_addf(&moved, "%s%s/%s %s to %s", moved.n_bytes > 0 ? "; " : "", move->group, move->row->name,
                  before, after);
    }
    sheet_set(sheet, R_MOVED, text_str(&moved));
    text_free(&moved);
}

static void add_option(Sheet *sheet, const char *scenario, const Rerun *rerun, int option)
{
    const OptionChange *change = &rerun->options[option];
    const OptionResult *before = workspace_result(rerun->answer_before->workspace, option);
    const OptionResult *after = workspace_result(rerun->answer_after->workspace, option);
    char date[16];
    sheet_row(sheet);
    sheet_set(sheet, R_SCENARIO, scenario);
    sheet_set(sheet, R_OPTION, rerun->after->inputs.options[option].name);
    date_format(rerun->before->as_of, date);
    sheet_set(sheet, R_FROM, date);
    date_format(rerun->after->as_of, date);
    sheet_set(sheet, R_TO, date);
    add_results(sheet, R_NPV_BEFORE, R_MTOK_BEFORE, rerun->answer_before, option);
    add_results(sheet, R_NPV_AFTER, R_MTOK_AFTER, rerun->answer_after, option);
    if (before->is_feasible && after->is_feasible && before->npv_usd > 0.0)
        sheet_set_number(sheet, R_CHANGE, after->npv_usd / before->npv_usd - 1.0);
    if (change->rank_before > 0) sheet_set_number(sheet, R_RANK_BEFORE, change->rank_before);
    if (change->rank_after > 0) sheet_set_number(sheet, R_RANK_AFTER, change->rank_after);
    double requests;
    if (break_even(rerun->answer_before, rerun->answer_after->best, option, &requests))
        sheet_set_number(sheet, R_EVEN_BEFORE, requests);
    if (break_even(rerun->answer_after, rerun->answer_after->best, option, &requests))
        sheet_set_number(sheet, R_EVEN_AFTER, requests);
    if (change->has_flip) sheet_set_number(sheet, R_FLIP, change->flip_factor);
    sheet_set_flag(sheet, R_FLIPPED, rerun->is_flipped);
    add_moved(sheet, rerun, option);
    if (!after->is_feasible) sheet_set(sheet, R_REASON, after->reason);
}

static const char *option_name(const Resolved *resolved, int option)
{
    return option < 0 ? "no option" : resolved->inputs.options[option].name;
}

/* What stands above and below a scenario's table. */
static void add_head(const char *name, const Rerun *rerun, Text *out)
{
    char from[16], to[16];
    date_format(rerun->before->as_of, from);
    date_format(rerun->after->as_of, to);
    text_addf(out, "%s: prices of %s against %s\n", name, to, from);
    for (int i = 0; i < rerun->n_moves; i++) {
        const InputMove *move = &rerun->moves[i];
        char before[FORMAT_BYTES], after[FORMAT_BYTES], change[FORMAT_BYTES] = "";
        format_price(move->before, before);
        format_price(move->after, after);
        if (move->before > 0.0) format_percent(move->after / move->before - 1.0, change);
        text_addf(out, "  moved: %s, %s/%s %s to %s%s%s\n    %s\n", option_name(rerun->after, move->option),
                  move->group, move->row->name, before, after, change[0] != '\0' ? ", " : "", change,
                  move->origin->text);
    }
    if (rerun->n_moves == 0) text_add(out, "  no price that it uses moved\n");
}

/* How the break-even of an option with the cheapest one moved. */
static void add_break_even(const Rerun *rerun, int option, Text *out)
{
    double before, after;
    int best = rerun->answer_after->best;
    bool has_before = break_even(rerun->answer_before, best, option, &before);
    bool has_after = break_even(rerun->answer_after, best, option, &after);
    if (!has_before && !has_after) return;
    char from[FORMAT_BYTES] = "none", to[FORMAT_BYTES] = "none";
    if (has_before) format_si(before, from);
    if (has_after) format_si(after, to);
    text_addf(out, "  break-even with %s: %s requests a month, was %s\n", option_name(rerun->after, option),
              to, from);
}

/* Options that can be had on one of the days only. */
static void add_feasibility(const Rerun *rerun, Text *out)
{
    for (int i = 0; i < rerun->after->inputs.n_options; i++) {
        const OptionResult *before = workspace_result(rerun->answer_before->workspace, i);
        const OptionResult *after = workspace_result(rerun->answer_after->workspace, i);
        if (before->is_feasible == after->is_feasible) continue;
        const char *name = option_name(rerun->after, i);
        if (after->is_feasible) {
            text_addf(out, "  possible now: %s (before: %s)\n", name, before->reason);
        } else {
            text_addf(out, "  no longer possible: %s (%s)\n", name, after->reason);
        }
    }
}

static void add_verdict(const Rerun *rerun, Text *out)
{
    const char *now = option_name(rerun->after, rerun->answer_after->best);
    if (rerun->is_flipped) {
        text_addf(out, "  FLIPPED: %s is the cheapest, it was %s\n", now,
                  option_name(rerun->before, rerun->answer_before->best));
    } else {
        text_addf(out, "  unchanged: %s is the cheapest\n", now);
    }
    for (int i = 0; i < rerun->after->inputs.n_options; i++) {
        const OptionChange *change = &rerun->options[i];
        if (!change->has_flip) continue;
        bool is_best = i == rerun->answer_after->best;
        text_addf(out, "  %s %s at %.3g times its prices\n", option_name(rerun->after, i),
                  is_best ? "would be overtaken" : "would be the cheapest", change->flip_factor);
    }
}

static void add_pair(const Cli *cli, const char *name, const Pair *pair, Text *out)
{
    Sheet sheet;
    sheet_init(&sheet, rerun_columns, R_COLUMNS);
    /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): pair_open has set it */
    for (int i = 0; i < pair->rerun.after->inputs.n_options; i++) add_option(&sheet, name, &pair->rerun, i);
    add_head(name, &pair->rerun, out);
    add_feasibility(&pair->rerun, out);
    sheet_add_text(cli, &sheet, 2, out);
    add_verdict(&pair->rerun, out);
    for (int i = 0; i < pair->rerun.after->inputs.n_options; i++) add_break_even(&pair->rerun, i, out);
    sheet_free(&sheet);
}

static int run_rerun(const Cli *cli)
{
    bool is_file = cli_has(cli, OPT_JSON) || cli_has(cli, OPT_CSV), is_flipped = false;
    Sources sources;
    Sheet all;
    Text out;
    text_init(&out);
    sheet_init(&all, rerun_columns, R_COLUMNS);
    int status = sources_open(cli, &sources), fault = ERR_NONE;
    /* What prices did is asked for, not what exchange rates did. */
    sources.resolve.currency = "USD";
    for (int i = 0; i < cli->n_words && status == ERR_NONE; i++) {
        Pair *pair = calloc(1, sizeof *pair);
        if (pair == NULL) {
            status = ERR_BUG;
            break;
        }
        int here = pair_open(cli, cli->words[i], &sources, pair);
        if (here == ERR_NONE) {
            is_flipped = is_flipped || pair->rerun.is_flipped;
            /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): pair_open has set it */
            for (int o = 0; is_file && o < pair->rerun.after->inputs.n_options; o++)
                add_option(&all, cli->words[i], &pair->rerun, o);
            if (!is_file && i > 0) text_add(&out, "\n");
            if (!is_file) add_pair(cli, cli->words[i], pair, &out);
        } else if (fault == ERR_NONE) {
            fault = here; /* the others are still looked at */
        }
        pair_close(pair);
        free(pair);
    }
    if (status == ERR_NONE)
        status = is_file ? sheet_print(cli, &all, "tokentco/rerun/1", "options", NULL) : cli_write(cli, &out);
    if (!is_file) sheet_free(&all);
    sources_close(&sources);
    text_free(&out);
    if (status != ERR_NONE) return status;
    return fault != ERR_NONE ? fault : is_flipped ? ERR_NO : ERR_NONE;
}

const Command command_rerun = {
    .name = "rerun",
    .arguments = "SCENARIO...",
    .summary = "evaluate scenarios at two days' prices and say which decisions flipped",
    .details =
        "Compares the day --to (the scenario's own when left out) with --from (the day before the last\n"
        "change of a price that the scenario uses). Shows the prices that moved, cost and rank of each\n"
        "option, and how far the decision is from flipping: by which factor on one option's own prices.\n"
        "For a single scenario break-even volumes are compared as well.\n"
        "The exit status is 1 when a decision flipped, so that a scheduled job can raise the alarm.",
    .min_words = 1,
    .max_words = WORDS_ANY,
    .run = run_rerun,
    .n_options = 7,
    .options = {OPT_FROM, OPT_TO, OPT_PRICING, OPT_RECORDS, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};
