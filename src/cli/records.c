/* Columns of measurement records and their points. Layer: cli. */
#include "cli/records.h"

#include <string.h>

enum { ID_SHOWN = 8 };

void records_begin(RecordRun *run, const Cli *cli)
{
    *run = (RecordRun){0};
    arena_init(&run->arena);
    err_list_init(&run->errors);
    run->view.is_file = cli_has(cli, OPT_JSON) || cli_has(cli, OPT_CSV);
}

int records_end(RecordRun *run, bool is_ok, int status)
{
    err_list_print(&run->errors, stderr);
    if (!is_ok) status = (int)err_list_code(&run->errors);
    err_list_free(&run->errors);
    arena_free(&run->arena);
    return status;
}

/* ---- columns of records ---- */

static const Measurement *record_at(const void *context, int row)
{
    return &((const RecordView *)context)->list.items[row];
}

static void get_id(const void *context, int row, Cell *out)
{
    int digits = ((const RecordView *)context)->is_file ? 64 : ID_SHOWN;
    cell_printf(out, "%.*s", digits, record_at(context, row)->id);
}
/* The day is enough to tell records of a list apart; `show` and files have the time. */
static void get_when(const void *context, int row, Cell *out)
{
    const char *when = record_at(context, row)->when;
    if (((const RecordView *)context)->is_file || when[0] == '\0') {
        cell_set_text(out, when);
    } else {
        cell_printf(out, "%.10s", when);
    }
}
static void get_origin(const void *context, int row, Cell *out)
{
    const Measurement *record = record_at(context, row);
    cell_set_text(out, record->origin == MEASURED_HERE ? "here" : record->tool);
}
static void get_hardware(const void *context, int row, Cell *out)
{
    const Measurement *record = record_at(context, row);
    if (record->hardware[0] == '\0') return;
    if (record->n_devices > 1)
        cell_printf(out, "%d x %s", record->n_devices, record->hardware);
    else
        cell_set_text(out, record->hardware);
}
static void get_model(const void *context, int row, Cell *out)
{
    cell_set_text(out, record_at(context, row)->model);
}
static void get_weights(const void *context, int row, Cell *out)
{
    cell_set_text(out, record_at(context, row)->weight_format);
}
static void get_engine(const void *context, int row, Cell *out)
{
    cell_set_text(out, record_at(context, row)->engine);
}
static void get_n_points(const void *context, int row, Cell *out)
{
    cell_set_number(out, record_at(context, row)->n_points);
}
/* Rates that a plan would start from. */
static void get_prefill(const void *context, int row, Cell *out)
{
    MeasuredRates rates;
    if (measurement_rates(record_at(context, row), &rates)) cell_set_number(out, rates.prefill_tok_s);
}
static void get_decode(const void *context, int row, Cell *out)
{
    MeasuredRates rates;
    if (measurement_rates(record_at(context, row), &rates)) cell_set_number(out, rates.decode_tok_s);
}
static void get_noise(const void *context, int row, Cell *out)
{
    const Measurement *record = record_at(context, row);
    if (record->noise != NOISE_UNKNOWN) cell_set_text(out, measure_noise_name(record->noise));
}

const Column record_columns[N_RECORD_COLUMNS] = {
    {"id", "id", "", "SHA-256 of the content", ALIGN_LEFT, SHOW_SHORTEST, 0, get_id},
    {"when", "when", "", "time of the newest sample, UTC", ALIGN_LEFT, SHOW_SHORTEST, 0, get_when},
    {"origin", "origin", "", "measured here, or the format that the file was imported as", ALIGN_LEFT,
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

/* ---- columns of points ---- */

static const MeasurePoint *point_at(const void *context, int row)
{
    return &((const RecordView *)context)->record->points[row];
}
static void set_count(Cell *out, double count)
{
    if (count > 0.0) cell_set_number(out, count);
}
static void get_phase(const void *context, int row, Cell *out)
{
    cell_set_text(out, measure_phase_name(point_at(context, row)->phase));
}
static void get_counts(const void *context, int row, Cell *out)
{
    cell_set_text(out, measure_counts_name(point_at(context, row)->counts));
}
static void get_threads(const void *context, int row, Cell *out)
{
    set_count(out, point_at(context, row)->threads);
}
static void get_prompt(const void *context, int row, Cell *out)
{
    set_count(out, point_at(context, row)->prompt_tok);
}
static void get_output(const void *context, int row, Cell *out)
{
    set_count(out, point_at(context, row)->output_tok);
}
static void get_depth(const void *context, int row, Cell *out)
{
    cell_set_number(out, point_at(context, row)->depth_tok);
}
static void get_batch(const void *context, int row, Cell *out)
{
    set_count(out, point_at(context, row)->batch);
}
static void get_rate(const void *context, int row, Cell *out)
{
    cell_set_number(out, point_at(context, row)->rate_tok_s);
}
static void get_p10(const void *context, int row, Cell *out)
{
    cell_set_number(out, point_at(context, row)->rate_p10_tok_s);
}
static void get_p90(const void *context, int row, Cell *out)
{
    cell_set_number(out, point_at(context, row)->rate_p90_tok_s);
}
static void get_ttft(const void *context, int row, Cell *out)
{
    if (point_at(context, row)->has_ttft) cell_set_number(out, point_at(context, row)->ttft_s);
}
static void get_tpot(const void *context, int row, Cell *out)
{
    if (point_at(context, row)->has_tpot) cell_set_number(out, point_at(context, row)->tpot_s);
}
static void get_samples(const void *context, int row, Cell *out)
{
    set_count(out, point_at(context, row)->n_samples);
}
static void get_point_note(const void *context, int row, Cell *out)
{
    const MeasurePoint *point = point_at(context, row);
    cell_printf(out, "%s%s%s", point->noise == NOISE_NOISY ? "noisy" : "",
                point->noise == NOISE_NOISY && point->note[0] != '\0' ? "; " : "", point->note);
    if (out->buffer[0] == '\0') cell_set_text(out, NULL);
}

const Column point_columns[N_POINT_COLUMNS] = {
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

Table records_table(const RecordView *view)
{
    return (Table){.columns = record_columns,
                   .n_columns = view->is_file ? N_RECORD_COLUMNS : N_RECORD_COLUMNS_SHOWN,
                   .n_rows = view->list.n,
                   .context = view};
}

Table points_table(const RecordView *view)
{
    return (Table){.columns = point_columns,
                   .n_columns = N_POINT_COLUMNS,
                   .n_rows = view->record->n_points,
                   .context = view};
}
