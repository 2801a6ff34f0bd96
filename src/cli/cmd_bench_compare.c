/* `bench compare`: two measurement records point by point. Layer: cli. */
#include "cli/commands.h"
#include "cli/records.h"

#include <math.h>

static const RecordPair *pair_at(const void *context, int row)
{
    return &((const RecordView *)context)->pairs[row];
}
/* The columns that name a point are those of the first record's points. */
static void get_of_a(const void *context, int row, int column, Cell *out)
{
    MeasurePoint point = *pair_at(context, row)->a;
    Measurement record = {.n_points = 1, .points = &point};
    RecordView view = {.record = &record};
    point_columns[column].get(&view, 0, out);
}
static void get_phase(const void *context, int row, Cell *out)
{
    get_of_a(context, row, POINT_PHASE, out);
}
static void get_threads(const void *context, int row, Cell *out)
{
    get_of_a(context, row, POINT_THREADS, out);
}
static void get_prompt(const void *context, int row, Cell *out)
{
    get_of_a(context, row, POINT_PROMPT, out);
}
static void get_output(const void *context, int row, Cell *out)
{
    get_of_a(context, row, POINT_OUTPUT, out);
}
static void get_depth(const void *context, int row, Cell *out)
{
    get_of_a(context, row, POINT_DEPTH, out);
}
static void get_batch(const void *context, int row, Cell *out)
{
    get_of_a(context, row, POINT_BATCH, out);
}

static void get_rate_a(const void *context, int row, Cell *out)
{
    cell_set_number(out, pair_at(context, row)->a->rate_tok_s);
}
static void get_rate_b(const void *context, int row, Cell *out)
{
    cell_set_number(out, pair_at(context, row)->b->rate_tok_s);
}
static void get_ratio(const void *context, int row, Cell *out)
{
    cell_set_number(out, pair_at(context, row)->ratio);
}
static void get_ratio_low(const void *context, int row, Cell *out)
{
    cell_set_number(out, pair_at(context, row)->ratio_low);
}
static void get_ratio_high(const void *context, int row, Cell *out)
{
    cell_set_number(out, pair_at(context, row)->ratio_high);
}
static void get_scaled(const void *context, int row, Cell *out)
{
    const RecordPair *pair = pair_at(context, row);
    if (pair->has_scaled) cell_set_number(out, pair->scaled);
}
static void get_verdict(const void *context, int row, Cell *out)
{
    const RecordPair *pair = pair_at(context, row);
    const char *verdict = !pair->is_clear ? "within the spread" : pair->ratio > 1.0 ? "faster" : "slower";
    cell_printf(out, "%s%s", verdict, pair->is_noisy ? ", noisy" : "");
}

static const Column pair_columns[] = {
    {"phase", "phase", "", "prefill, decode, or serving", ALIGN_LEFT, SHOW_SHORTEST, 0, get_phase},
    {"threads", "threads", "", "threads", ALIGN_RIGHT, SHOW_SHORTEST, 0, get_threads},
    {"prompt_tok", "prompt", "tok", "tokens prefilled", ALIGN_RIGHT, SHOW_GROUPED, 0, get_prompt},
    {"output_tok", "output", "tok", "tokens generated", ALIGN_RIGHT, SHOW_GROUPED, 0, get_output},
    {"depth_tok", "depth", "tok", "tokens in the cache before", ALIGN_RIGHT, SHOW_GROUPED, 0, get_depth},
    {"batch", "batch", "", "sequences at once", ALIGN_RIGHT, SHOW_SI, 0, get_batch},
    {"rate_a_tok_s", "A", "tok/s", "median rate of the first record", ALIGN_RIGHT, SHOW_SI, 0, get_rate_a},
    {"rate_b_tok_s", "B", "tok/s", "median rate of the second record", ALIGN_RIGHT, SHOW_SI, 0, get_rate_b},
    {"ratio", "B/A", "x", "ratio of the medians", ALIGN_RIGHT, SHOW_PRICE, 0, get_ratio},
    {"ratio_low", "low", "x", "p10 of B over p90 of A", ALIGN_RIGHT, SHOW_PRICE, 0, get_ratio_low},
    {"ratio_high", "high", "x", "p90 of B over p10 of A", ALIGN_RIGHT, SHOW_PRICE, 0, get_ratio_high},
    {"ratio_scaled", "scaled", "x", "B/A, had B's memory and arithmetic been as fast as A's", ALIGN_RIGHT,
     SHOW_PRICE, 0, get_scaled},
    {"verdict", "verdict", "", "what the spread allows to say", ALIGN_LEFT, SHOW_SHORTEST, 0, get_verdict},
};

enum { N_PAIR_COLUMNS = sizeof pair_columns / sizeof pair_columns[0] };

/* Rates of two states of the machine differ for a reason; say it where it is one. */
static void note_pace(const Cli *cli, const char *what, const char *unit, double of_a, double of_b)
{
    const double giga = 1e-9, worth_saying = 0.03;
    if (!(of_a > 0.0 && of_b > 0.0) || fabs(of_b / of_a - 1.0) < worth_saying) return;
    cli_note(cli, "%s %.1f %s beside A and %.1f %s beside B, %.2f times; `scaled` is B/A without that", what,
             of_a * giga, unit, of_b * giga, unit, of_b / of_a);
}

static void note_paces(const Cli *cli, const Measurement *a, const Measurement *b)
{
    MachinePace of_a = measurement_pace(a), of_b = measurement_pace(b);
    note_pace(cli, "memory read", "GB/s", of_a.read_b_s, of_b.read_b_s);
    note_pace(cli, "arithmetic", "GOP/s", of_a.arithmetic_op_s, of_b.arithmetic_op_s);
}

static int run_compare(const Cli *cli)
{
    RecordRun run;
    Measurement a, b;
    RecordPair *pairs = NULL;
    int status = ERR_NONE;
    records_begin(&run, cli);
    bool is_ok = record_find(cli->values[OPT_RECORDS], cli->words[0], &run.arena, &a, &run.errors);
    is_ok = record_find(cli->values[OPT_RECORDS], cli->words[1], &run.arena, &b, &run.errors) && is_ok;
    if (is_ok) {
        run.view.n_pairs = record_compare(&a, &b, &run.arena, &pairs);
        run.view.pairs = pairs;
        Table table = {.columns = pair_columns,
                       .n_columns = N_PAIR_COLUMNS,
                       .n_rows = run.view.n_pairs,
                       .context = &run.view};
        status = cli_print_table(cli, &table, "tokentco/bench-compare/1", "points");
        note_paces(cli, &a, &b);
        cli_note(cli, "%d of %d and %d points are in both", run.view.n_pairs, a.n_points, b.n_points);
        if (status == ERR_NONE && run.view.n_pairs == 0) status = ERR_NO;
    }
    return records_end(&run, is_ok, status);
}

const Command command_bench_compare = {
    .name = "bench compare",
    .arguments = "A B",
    .summary = "compare two measurement records point by point",
    .details = "Points are the same when phase, lengths, depth, batch and threads are. The\n"
               "verdict says \"within the spread\" when 1 lies between p10 of B over p90 of A and\n"
               "p90 of B over p10 of A. `scaled` is B/A had B run at the pace\n"
               "of memory and arithmetic measured beside A. The status is 1 when the records share no point.",
    .min_words = 2,
    .max_words = 2,
    .run = run_compare,
    .n_options = 4,
    .options = {OPT_RECORDS, OPT_JSON, OPT_CSV, OPT_OUTPUT},
};
