/* What an engine delivers of what the machine can do. Layer: feed.
 *
 * Our kernels may beat an engine, and a plan must not count on them. The shipped table says, by engine, phase
 * and weight format, which share of a limit of the machine (peak arithmetic in prefill, read bandwidth in
 * decode of one sequence) the engine reached. Our own share of the same limit follows from the record, so
 *
 *     engine's rate = our rate x (engine's share of the limit) / (our share of the limit)
 *
 * Our share is that of our kernel where the record has it, else of the whole model: 2 P rate / limit in
 * prefill and P bytes rate / limit in decode, with all active parameters P. That counts the embedding too,
 * and so understates the engine by its part of the model. A share measured in the same run as the record is
 * of our rate already, and comes first.
 *
 * With B sequences the engine's step is the weights' pass and the arithmetic of B tokens, B / (1 / r_1 + B /
 * (0.8 r_pf)): llama.cpp's batched decode of TinyLlama-1.1B Q4_0 (53, 70, 69, 92, 95 tok/s at 2, 4, 8, 16, 32
 * sequences, r_1 = 49, r_pf = 125) is met within 16 per cent, and within 8 but for one.
 */
#include "tokentco/record.h"

#include "tokentco/csv_in.h"
#include "tokentco/file.h"
#include "tokentco/parse.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#define DEFAULT_ENGINE "llama.cpp"
#define CAPABILITY     "capability"

/* Arithmetic of a batch of a few rows, relative to a long prompt. */
#define BATCH_SHARE 0.8

/* The same set-up measured again differs by 7.7 % in the median of published serving points: 80 % lie within
 * these. */
#define REPEAT_P10 0.86
#define REPEAT_P90 1.15

enum { SHARE_ROWS_MAX = 1000 };

/* ---- the shipped table ---- */

typedef enum ShareColumn {
    COL_ENGINE,
    COL_PHASE,
    COL_FORMAT,
    COL_LIMIT,
    COL_SHARE,
    COL_P10,
    COL_P90,
    COL_SOURCE,
    N_SHARE_COLUMNS
} ShareColumn;

static const char *const column_names[N_SHARE_COLUMNS] = {
    "engine", "phase", "weight_format", "limit", "share_frac", "share_p10", "share_p90", "source"};

typedef struct ShareReader {
    Arena *arena;
    EngineShareTable *table;
    ErrList *errors;
    int column[N_SHARE_COLUMNS];
} ShareReader;

static bool find_columns(ShareReader *r, const CsvRecord *record)
{
    for (int c = 0; c < N_SHARE_COLUMNS; c++) {
        r->column[c] = -1;
        for (int i = 0; i < record->n_fields; i++)
            if (strcmp(record->fields[i], column_names[c]) == 0) r->column[c] = i;
        if (r->column[c] < 0)
            return err_list_addf(r->errors, ERR_DATA, record->file, record->line, 0, column_names[c],
                                 "the column is missing");
    }
    return true;
}

static bool parse_phase(const char *text, MeasurePhase *out)
{
    for (int p = PHASE_PREFILL; p <= PHASE_SERVING; p++) {
        *out = (MeasurePhase)p;
        if (strcmp(measure_phase_name(*out), text) == 0) return true;
    }
    return false;
}

static bool read_share(ShareReader *r, const CsvRecord *record, ShareColumn column, double *out)
{
    Err err = {0};
    if (parse_number(record->fields[r->column[column]], out, &err) && *out > 0.0) return true;
    return err_list_addf(r->errors, ERR_DATA, record->file, record->line, 0, column_names[column],
                         "must be a number above 0");
}

static bool visit_share(void *context, const CsvRecord *record, bool is_header)
{
    ShareReader *r = context;
    EngineShareTable *table = r->table;
    if (is_header) return find_columns(r, record);
    if (table->n == SHARE_ROWS_MAX)
        return err_list_addf(r->errors, ERR_DATA, record->file, record->line, 0, NULL, "more than %d rows",
                             SHARE_ROWS_MAX);
    EngineShare *share = &table->items[table->n];
    const char *phase = record->fields[r->column[COL_PHASE]];
    if (!parse_phase(phase, &share->phase))
        return err_list_addf(r->errors, ERR_DATA, record->file, record->line, 0, "phase", "'%s' is no phase",
                             phase) ||
               true;
    bool is_ok = read_share(r, record, COL_SHARE, &share->share_frac);
    is_ok = read_share(r, record, COL_P10, &share->share_p10) && is_ok;
    is_ok = read_share(r, record, COL_P90, &share->share_p90) && is_ok;
    if (is_ok && !(share->share_p10 <= share->share_frac && share->share_frac <= share->share_p90))
        is_ok = err_list_addf(r->errors, ERR_DATA, record->file, record->line, 0, "share_frac",
                              "must lie between share_p10 and share_p90");
    share->engine = arena_strdup(r->arena, record->fields[r->column[COL_ENGINE]]);
    share->engine_version = "";
    share->weight_format = arena_strdup(r->arena, record->fields[r->column[COL_FORMAT]]);
    share->source = arena_strdup(r->arena, record->fields[r->column[COL_SOURCE]]);
    table->limits[table->n] = arena_strdup(r->arena, record->fields[r->column[COL_LIMIT]]);
    table->n += is_ok;
    return true;
}

bool engine_shares_read(const char *path, Arena *arena, EngineShareTable *out, ErrList *errors)
{
    size_t n_before = errors->n_items;
    *out = (EngineShareTable){.items = arena_array(arena, SHARE_ROWS_MAX, sizeof *out->items),
                              .limits = arena_array(arena, SHARE_ROWS_MAX, sizeof *out->limits)};
    ShareReader reader = {.arena = arena, .table = out, .errors = errors};
    return csv_read_file(path, NULL, visit_share, &reader, errors) && errors->n_items == n_before;
}

bool engine_shares_load(Arena *arena, EngineShareTable *out, ErrList *errors)
{
    char folder[RECORD_PATH_BYTES], path[RECORD_PATH_BYTES + 32];
    Err err = {0};
    *out = (EngineShareTable){0};
    if (!shipped_folder_find("pricing", folder, sizeof folder, &err)) {
        err_list_add(errors, &err);
        return false;
    }
    snprintf(path, sizeof path, "%s/engine_shares.csv", folder);
    return engine_shares_read(path, arena, out, errors);
}

/* ---- applying it ---- */

/* The kernel that does the phase's work in the record's format: the largest GEMM, or the GEMV, at the
 * headline threads. */
static const MeasureKernel *find_kernel(const Measurement *record, MeasurePhase phase)
{
    char name[64];
    const MeasureKernel *best = NULL;
    snprintf(name, sizeof name, "%s_%s", phase == PHASE_PREFILL ? "gemm" : "gemv", record->weight_format);
    for (int i = 0; i < record->n_kernels; i++) {
        const MeasureKernel *kernel = &record->kernels[i];
        if (strcmp(kernel->name, name) != 0 || !(kernel->share_frac > 0.0)) continue;
        if (record->n_threads > 0 && kernel->threads != record->n_threads) continue;
        if (best == NULL || kernel->m > best->m) best = kernel;
    }
    return best;
}

static bool is_wanted(const EngineShare *share, const char *engine, MeasurePhase phase, const char *format)
{
    return share->phase == phase && strcasecmp(share->engine, engine) == 0 &&
           strcmp(share->weight_format, format) == 0;
}

/* The decode point of one sequence; the headline point when there is none. */
static const MeasurePoint *find_single(const Measurement *record)
{
    const MeasurePoint *headline = measurement_headline(record, PHASE_DECODE);
    for (int i = 0; i < record->n_points && headline != NULL; i++) {
        const MeasurePoint *point = &record->points[i];
        if (point->phase == PHASE_DECODE && point->batch <= 1.0 && point->threads == headline->threads &&
            point->depth_tok == headline->depth_tok)
            return point;
    }
    return headline;
}

static double limit_value(const Measurement *record, const char *name)
{
    for (int i = 0; i < record->n_limits; i++)
        if (strcmp(record->limits[i].name, name) == 0 &&
            (record->n_threads == 0 || record->limits[i].threads == record->n_threads))
            return record->limits[i].value;
    return 0.0;
}

/* Our share of a limit. Where the record does not tell, our rate is taken for the limit itself: the engine is
 * then understated, never overstated. */
static double our_share(const Measurement *record, MeasurePhase phase, const char *limit_name)
{
    const MeasureKernel *kernel = find_kernel(record, phase);
    if (kernel != NULL) return kernel->share_frac;
    const MeasurePoint *point =
        phase == PHASE_PREFILL ? measurement_headline(record, phase) : find_single(record);
    double limit = limit_value(record, limit_name);
    if (point == NULL || !(limit > 0.0) || !record->has_shape || !(record->weight_bytes > 0.0)) return 1.0;
    double work_per_tok = record->shape.params_active * (phase == PHASE_PREFILL ? 2.0 : record->weight_bytes);
    double share = point->rate_tok_s * work_per_tok / limit;
    return share > 0.0 ? fmin(share, 1.0) : 1.0;
}

/* The share of the record's own rate; false when neither the run nor the table knows one. */
static bool find_share(const Measurement *record, const EngineShareTable *shipped, const char *engine,
                       MeasurePhase phase, EngineShare *out)
{
    for (int i = 0; i < record->n_shares; i++) {
        if (!is_wanted(&record->shares[i], engine, phase, record->weight_format)) continue;
        *out = record->shares[i];
        return true;
    }
    for (int i = 0; shipped != NULL && i < shipped->n; i++) {
        if (!is_wanted(&shipped->items[i], engine, phase, record->weight_format)) continue;
        double ours = our_share(record, phase, shipped->limits[i]);
        *out = shipped->items[i];
        out->share_frac /= ours;
        out->share_p10 /= ours;
        out->share_p90 /= ours;
        return true;
    }
    return false;
}

/* The engine's rates from its shares of ours. */
static void apply_shares(const Measurement *record, DeliveredRates *out)
{
    const MeasurePoint *single = find_single(record);
    double batch = out->rates.batch;
    out->rates.prefill_tok_s *= out->prefill.share_frac;
    if (single == NULL || single->batch > 1.0 || batch <= 1.0) {
        /* A token is never decoded faster than it is prefilled. */
        out->rates.decode_tok_s =
            fmin(out->rates.decode_tok_s * out->decode.share_frac, out->rates.prefill_tok_s);
    } else {
        double weights_s = 1.0 / (single->rate_tok_s * out->decode.share_frac);
        out->rates.decode_tok_s = batch / (weights_s + batch / (BATCH_SHARE * out->rates.prefill_tok_s));
    }
}

static void widen(DeliveredRates *out, double p10, double p90)
{
    out->band_p10 = fmin(out->band_p10, p10);
    out->band_p90 = fmax(out->band_p90, p90);
}

/* The spread of the samples; where there are none, what repetitions of published runs differ by. */
static void widen_by_samples(const Measurement *record, MeasurePhase phase, DeliveredRates *out)
{
    const MeasurePoint *point = measurement_headline(record, phase);
    if (point == NULL) return;
    if (point->rate_p10_tok_s < point->rate_p90_tok_s) {
        widen(out, point->rate_p10_tok_s / point->rate_tok_s, point->rate_p90_tok_s / point->rate_tok_s);
    } else if (record->origin == MEASURED_IMPORTED) {
        widen(out, REPEAT_P10, REPEAT_P90);
    }
}

static void widen_by_share(const EngineShare *share, DeliveredRates *out)
{
    widen(out, share->share_p10 / share->share_frac, share->share_p90 / share->share_frac);
}

bool record_delivered_rates(const Measurement *record, const EngineShareTable *shipped, const char *engine,
                            DeliveredRates *out, Err *err)
{
    *out =
        (DeliveredRates){.band_p10 = 1.0, .band_p90 = 1.0, .degree = record->is_cpu ? 1 : record->n_devices};
    if (engine == NULL || engine[0] == '\0') engine = DEFAULT_ENGINE;
    if (!measurement_rates(record, &out->rates))
        return err_set(
            err, ERR_DATA,
            "the record %.12s has no rates that a plan can use: it needs prefill and decode, or serving "
            "points with lengths, TTFT and TPOT",
            record->id);
    for (int p = PHASE_PREFILL; p <= PHASE_SERVING; p++) widen_by_samples(record, (MeasurePhase)p, out);
    if (record->origin == MEASURED_IMPORTED) {
        snprintf(out->basis, sizeof out->basis, "measured elsewhere with %s, imported from %s",
                 record->engine[0] != '\0' ? record->engine : "an engine that the file does not name",
                 record->tool);
        return true;
    }
    if (strcasecmp(engine, CAPABILITY) == 0) {
        snprintf(out->basis, sizeof out->basis,
                 "measured here: what the machine can do, not what an engine delivers");
        return true;
    }
    if (!find_share(record, shipped, engine, PHASE_PREFILL, &out->prefill) ||
        !find_share(record, shipped, engine, PHASE_DECODE, &out->decode))
        return err_set(
            err, ERR_DATA,
            "which share of this machine %s delivers with %s weights is not known; import what the "
            "engine measured on it, or plan with '" CAPABILITY "'",
            engine, record->weight_format);
    out->is_engine = true;
    apply_shares(record, out);
    widen_by_share(&out->prefill, out);
    widen_by_share(&out->decode, out);
    snprintf(out->basis, sizeof out->basis,
             "measured here x the share that %s delivers: %.2f prefill, %.2f decode", engine,
             out->prefill.share_frac, out->decode.share_frac);
    return true;
}
