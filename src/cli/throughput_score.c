/* Scores of throughput predictions: rows as CSV, summary as table or JSON. Layer: cli. */
#include "cli/throughput_args.h"

#include "tokentco/file.h"
#include "tokentco/table.h"
#include "tokentco/throughput_answer.h"
#include "tokentco/truth_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What the summary groups by. */
typedef struct GroupBy {
    const char *name;
    size_t offset; /* of the text in TruthRow */
} GroupBy;

static const GroupBy group_bys[] = {
    {"regime", offsetof(TruthRow, regime)}, {"gpu", offsetof(TruthRow, gpu)},
    {"model", offsetof(TruthRow, model)},   {"source", offsetof(TruthRow, source)},
    {"metric", offsetof(TruthRow, metric)},
};
enum { N_GROUP_BYS = sizeof group_bys / sizeof group_bys[0] };

typedef struct ScoreTable {
    ScoreRow *rows;
    int n;
} ScoreTable;

typedef struct Predictions {
    const TruthRow *rows;
    const double *predicted, *low, *high;
} Predictions;

static const ScoreRow *score_at(const void *context, int row)
{
    return &((const ScoreTable *)context)->rows[row];
}
static void get_by(const void *context, int row, Cell *out)
{
    cell_set_text(out, score_at(context, row)->by);
}
static void get_key(const void *context, int row, Cell *out)
{
    cell_set_text(out, score_at(context, row)->score.key);
}
#define SCORE_GETTER(member)                                                                                 \
    static void get_##member(const void *context, int row, Cell *out)                                        \
    {                                                                                                        \
        cell_set_number(out, score_at(context, row)->score.member);                                          \
    }
SCORE_GETTER(n_total)
SCORE_GETTER(n)
SCORE_GETTER(median_ape)
SCORE_GETTER(p90_ape)
SCORE_GETTER(bias)
SCORE_GETTER(within20)
SCORE_GETTER(coverage)

static const Column score_columns[] = {
    {"by", "by", "", "what the group has in common", ALIGN_LEFT, SHOW_SHORTEST, 0, get_by},
    {"key", "group", "", "its value", ALIGN_LEFT, SHOW_SHORTEST, 0, get_key},
    {"n_total", "rows", "", "measurements", ALIGN_RIGHT, SHOW_GROUPED, 0, get_n_total},
    {"n", "predicted", "", "those that could be predicted", ALIGN_RIGHT, SHOW_GROUPED, 0, get_n},
    {"median_ape", "median error", "frac", "median absolute error; a row without prediction counts as 1",
     ALIGN_RIGHT, SHOW_PERCENT, 0, get_median_ape},
    {"p90_ape", "p90 error", "frac", "nine of ten rows have a smaller one", ALIGN_RIGHT, SHOW_PERCENT, 0,
     get_p90_ape},
    {"bias", "bias", "", "median of log(predicted / measured)", ALIGN_RIGHT, SHOW_PERCENT, 0, get_bias},
    {"within20", "within 20 %", "frac", "share of rows with an error below 0.2", ALIGN_RIGHT, SHOW_PERCENT, 0,
     get_within20},
    {"coverage", "in band", "frac", "share of rows between p10 and p90; 0.8 is right", ALIGN_RIGHT,
     SHOW_PERCENT, 0, get_coverage},
};
enum { N_SCORE_COLUMNS = sizeof score_columns / sizeof score_columns[0] };

#define ROW_TEXT(member)                                                                                     \
    static void row_##member(const void *context, int row, Cell *out)                                        \
    {                                                                                                        \
        cell_set_text(out, ((const Predictions *)context)->rows[row].member);                                \
    }
ROW_TEXT(id)
ROW_TEXT(regime)
ROW_TEXT(model)
ROW_TEXT(gpu)
ROW_TEXT(metric)
ROW_TEXT(reason)

static void row_measured(const void *context, int row, Cell *out)
{
    const Predictions *p = context;
    if (p->rows[row].value > 0) cell_set_number(out, p->rows[row].value);
}
#define ROW_NUMBER(member)                                                                                   \
    static void row_##member(const void *context, int row, Cell *out)                                        \
    {                                                                                                        \
        const Predictions *p = context;                                                                      \
        if (p->predicted[row] > 0) cell_set_number(out, p->member[row]);                                     \
    }
ROW_NUMBER(predicted)
ROW_NUMBER(low)
ROW_NUMBER(high)
static void row_error(const void *context, int row, Cell *out)
{
    const Predictions *p = context;
    if (p->predicted[row] > 0) cell_set_number(out, p->predicted[row] / p->rows[row].value - 1);
}

static const Column row_columns[] = {
    {"id", "id", "", "id of the measurement", ALIGN_LEFT, SHOW_SHORTEST, 0, row_id},
    {"regime", "regime", "", "kind of measurement", ALIGN_LEFT, SHOW_SHORTEST, 0, row_regime},
    {"model", "model", "", "model", ALIGN_LEFT, SHOW_SHORTEST, 0, row_model},
    {"gpu", "gpu", "", "accelerator", ALIGN_LEFT, SHOW_SHORTEST, 0, row_gpu},
    {"metric", "metric", "", "what was measured", ALIGN_LEFT, SHOW_SHORTEST, 0, row_metric},
    {"measured", "measured", "tok/s", "measured rate", ALIGN_RIGHT, SHOW_PRICE, 0, row_measured},
    {"predicted", "predicted", "tok/s", "predicted rate", ALIGN_RIGHT, SHOW_PRICE, 0, row_predicted},
    {"p10", "p10", "tok/s", "low end of the band", ALIGN_RIGHT, SHOW_PRICE, 0, row_low},
    {"p90", "p90", "tok/s", "high end of the band", ALIGN_RIGHT, SHOW_PRICE, 0, row_high},
    {"error", "error", "frac", "predicted over measured, less 1", ALIGN_RIGHT, SHOW_PERCENT, 0, row_error},
    {"reason", "reason", "", "why it could not be predicted", ALIGN_LEFT, SHOW_SHORTEST, 0, row_reason},
};
enum { N_ROW_COLUMNS = sizeof row_columns / sizeof row_columns[0] };

static int text_order(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Adds one row for each distinct key. `keys` and `sorted` are of the n rows; `sorted` is put in order. */
static void scores_add(ScoreTable *table, const char *by, const TruthRow *rows, int n_rows, const char **keys,
                       const char **sorted, const double *predicted, const double *low, const double *high,
                       double *scratch)
{
    qsort(sorted, (size_t)n_rows, sizeof *sorted, text_order);
    for (int i = 0; i < n_rows; i++)
        if (i == 0 || strcmp(sorted[i - 1], sorted[i]) != 0)
            table->rows[table->n++] = (ScoreRow){
                .by = by,
                .score = throughput_score(rows, n_rows, keys, sorted[i], predicted, low, high, scratch)};
}

/* How far measurements of one configuration are from each other, by regime: what any prediction is held to.
 */
static void repeats_add(ScoreTable *table, Arena *arena, const TruthRow *rows, int n_rows, const double *low,
                        const double *high, double *scratch)
{
    size_t n = (size_t)n_rows;
    double *all = arena_array(arena, n, sizeof *all), *kept = arena_array(arena, n, sizeof *kept);
    double *kept_low = arena_array(arena, n, sizeof *kept_low);
    double *kept_high = arena_array(arena, n, sizeof *kept_high);
    TruthRow *kept_rows = arena_array(arena, n, sizeof *kept_rows);
    const char **keys = arena_array(arena, n, sizeof *keys), **sorted = arena_array(arena, n, sizeof *sorted);
    throughput_repeats(rows, n_rows, arena, all);
    int n_kept = 0;
    for (int i = 0; i < n_rows; i++) {
        if (!(all[i] > 0)) continue;
        kept_rows[n_kept] = rows[i];
        keys[n_kept] = sorted[n_kept] = rows[i].regime;
        kept[n_kept] = all[i];
        kept_low[n_kept] = low[i];
        kept_high[n_kept++] = high[i];
    }
    int first = table->n;
    scores_add(table, "repeats", kept_rows, n_kept, keys, sorted, kept, kept_low, kept_high, scratch);
    for (int i = first; i < table->n; i++) table->rows[i].kind = SCORE_OF_REPEATS;
}

/* One row for all, then one for each distinct value of each grouping, then the repeats, then by regime what
 * `centred` (may be NULL) errs. */
static ScoreTable scores_build(Arena *arena, const TruthRow *rows, int n_rows, const double *predicted,
                               const double *low, const double *high, const double *centred)
{
    size_t n = (size_t)n_rows;
    ScoreTable table = {.rows = arena_array(arena, 1 + (N_GROUP_BYS + 2) * n, sizeof *table.rows)};
    double *scratch = arena_array(arena, 2 * n, sizeof *scratch);
    const char **keys = arena_array(arena, n, sizeof *keys), **sorted = arena_array(arena, n, sizeof *sorted);
    table.rows[table.n++] = (ScoreRow){
        .by = "all", .score = throughput_score(rows, n_rows, NULL, NULL, predicted, low, high, scratch)};
    for (int by = 0; by < N_GROUP_BYS; by++) {
        for (int i = 0; i < n_rows; i++) {
            memcpy(&keys[i], (const char *)&rows[i] + group_bys[by].offset, sizeof keys[i]);
            sorted[i] = keys[i];
        }
        scores_add(&table, group_bys[by].name, rows, n_rows, keys, sorted, predicted, low, high, scratch);
    }
    repeats_add(&table, arena, rows, n_rows, low, high, scratch);
    int first = table.n;
    for (int i = 0; i < n_rows; i++) keys[i] = sorted[i] = rows[i].regime;
    if (centred) scores_add(&table, "factor known", rows, n_rows, keys, sorted, centred, low, high, scratch);
    for (int i = first; i < table.n; i++) table.rows[i].kind = SCORE_FACTOR_KNOWN;
    return table;
}

static bool write_text(const char *path, Text *text, int *status)
{
    Err err = {.code = ERR_NONE};
    bool ok = file_write_atomic(path, text_str(text), text->n_bytes, &err);
    if (!ok) {
        err_print(&err, stderr);
        *status = (int)err.code;
    }
    text_clear(text);
    return ok;
}

int throughput_score_print(const ThroughputArgs *args, const TruthRow *rows, int n_rows,
                           const double *predicted, const double *low, const double *high,
                           const double *centred)
{
    Arena arena;
    arena_init(&arena);
    ScoreTable scores = scores_build(&arena, rows, n_rows, predicted, low, high, centred);
    Predictions all = {rows, predicted, low, high};
    Table lines = {.columns = row_columns, .n_columns = N_ROW_COLUMNS, .n_rows = n_rows, .context = &all};
    Table summary = {
        .columns = score_columns, .n_columns = N_SCORE_COLUMNS, .n_rows = scores.n, .context = &scores};
    Text out;
    text_init(&out);
    int status = ERR_NONE;
    bool ok = true;
    if (args->output || !args->json) {
        table_add_csv(&lines, CSV_RFC4180, &out);
        ok = write_text(args->output ? args->output : "-", &out, &status);
    }
    if (args->json) {
        throughput_scores_add_json(scores.rows, scores.n, &out);
    } else if (!args->csv) {
        Style style = style_for(stdout, COLOUR_AUTO);
        if (!args->output) text_add(&out, "\n");
        table_add_text(&summary, &style, 0, &out);
    }
    if (ok && out.n_bytes > 0) write_text("-", &out, &status);
    text_free(&out);
    arena_free(&arena);
    return status;
}

int throughput_score_run(const ThroughputArgs *args)
{
    ThroughputBook book;
    int status = ERR_NONE;
    if (!throughput_book_open(args, &book, &status)) return status;
    ErrList errors;
    err_list_init(&errors);
    TruthSet set;
    if (!truth_read(args->score, &book.book, args->day, &book.arena, &set, &errors)) {
        err_list_print(&errors, stderr);
        status = (int)err_list_code(&errors);
    } else {
        size_t n = (size_t)set.n_rows;
        if (set.n_named_formats > 0)
            fprintf(stderr,
                    "tokentco: %d rows state no precision; their model's name gave the weight format\n",
                    set.n_named_formats);
        double *predicted = arena_array(&book.arena, n, sizeof *predicted);
        double *low = arena_array(&book.arena, n, sizeof *low),
               *high = arena_array(&book.arena, n, sizeof *high);
        for (int i = 0; i < set.n_rows; i++) {
            const TruthRow *row = &set.rows[i];
            if (!row->is_usable) continue;
            ThroughputParams params = calibration_params(&book.table, &row->c);
            ThroughputPrediction p = throughput_predict(&row->c, &params);
            ThroughputBand band = calibration_band(&book.table, &row->c);
            predicted[i] = throughput_metric(&p, row->metric_id);
            low[i] = predicted[i] * band.p10;
            high[i] = predicted[i] * band.p90;
        }
        status = throughput_score_print(args, set.rows, set.n_rows, predicted, low, high, NULL);
    }
    err_list_free(&errors);
    throughput_book_close(&book);
    return status;
}
