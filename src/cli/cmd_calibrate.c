/* `calibrate`: fit the throughput model to measurements. Layer: cli. */
#include "cli/commands.h"
#include "cli/throughput_args.h"

#include "tokentco/calibration_table.h"
#include "tokentco/file.h"
#include "tokentco/truth_in.h"

#include <stdio.h>
#include <string.h>

static const char details[] =
    "Fits the shares of peak and overheads of the throughput model to published measurements: for all, by\n"
    "engine, hardware family, format, model and chip, each level held to the one above where data are few.\n"
    "With -o it writes DIR/calibration.csv. --cross-validate prints how well rows are predicted by fits\n"
    "that have not seen their group; beside that, as rows `repeats`, what measurements of one configuration\n"
    "differ by (no model errs less), and as rows `factor known` what is left when one factor per left-out\n"
    "group and regime is known, which one measurement of that chip, model or source would tell.";

static bool cross_validate(const ThroughputArgs *args, const TruthSet *set, Arena *arena, Err *err,
                           int *status)
{
    LeaveOut key = LEAVE_GPU;
    while (key < N_LEAVE_OUT && strcmp(args->cross_validate, leave_out_name(key)) != 0) key++;
    if (key == N_LEAVE_OUT)
        return err_set(err, ERR_USAGE, "--cross-validate is \"%s\"; it is gpu, model, source or row",
                       args->cross_validate);
    size_t n = (size_t)set->n_rows;
    double *predicted = arena_array(arena, n, sizeof *predicted);
    double *low = arena_array(arena, n, sizeof *low), *high = arena_array(arena, n, sizeof *high);
    if (!calibration_cross_validate(set->rows, set->n_rows, key, arena, predicted, err)) return false;
    calibration_bands_left_out(set->rows, set->n_rows, key, arena, predicted, low, high);
    double *centred = arena_array(arena, n, sizeof *centred);
    calibration_centre(set->rows, set->n_rows, key, arena, predicted, centred);
    *status = throughput_score_print(args, set->rows, set->n_rows, predicted, low, high, centred);
    return true;
}

static bool fit_and_write(const ThroughputArgs *args, const TruthSet *set, Arena *arena, Err *err)
{
    size_t n = (size_t)set->n_rows;
    CalibrationTable table = {.n_rows = 0};
    double *by_row = arena_array(arena, n, sizeof *by_row), *by_gpu = arena_array(arena, n, sizeof *by_gpu);
    if (!calibration_fit(set->rows, set->n_rows, NULL, true, arena, &table, err) ||
        !calibration_cross_validate(set->rows, set->n_rows, LEAVE_ROW, arena, by_row, err) ||
        !calibration_cross_validate(set->rows, set->n_rows, LEAVE_GPU, arena, by_gpu, err))
        return false;
    calibration_bands_build(set->rows, set->n_rows, by_row, by_gpu, arena, &table);
    snprintf(table.data_sha256, sizeof table.data_sha256, "%s", set->sha256);
    char path[1024];
    snprintf(path, sizeof path, "%s/calibration.csv", args->output ? args->output : ".");
    const char *slash = strrchr(args->word, '/');
    if (args->output && !folder_make(args->output, err)) return false;
    if (!calibration_table_write(path, &table, slash ? slash + 1 : args->word, set->newest, err))
        return false;
    printf("%s: %d of %d measurements, sha256 %.12s\n", path, table.n_rows, set->n_rows, table.data_sha256);
    return true;
}

static int run(int argc, char **argv)
{
    ThroughputArgs args;
    ThroughputBook book;
    int status = ERR_NONE;
    if (!throughput_args_read(argc, argv, &command_calibrate, &args, &status)) return status;
    if (!args.word) {
        fprintf(stderr,
                "tokentco: `calibrate` needs a file of measurements; see `tokentco calibrate --help`\n");
        return ERR_USAGE;
    }
    if (!throughput_book_open(&args, &book, &status)) return status;
    ErrList errors;
    err_list_init(&errors);
    Err err = {.code = ERR_NONE};
    TruthSet set;
    bool ok = truth_read(args.word, &book.book, args.day, &book.arena, &set, &errors);
    if (!ok) {
        err_list_print(&errors, stderr);
        status = (int)err_list_code(&errors);
    } else {
        ok = args.cross_validate ? cross_validate(&args, &set, &book.arena, &err, &status)
                                 : fit_and_write(&args, &set, &book.arena, &err);
        if (!ok) {
            err_print(&err, stderr);
            status = (int)err.code;
        }
    }
    err_list_free(&errors);
    throughput_book_close(&book);
    return status;
}

const Command command_calibrate = {
    .name = "calibrate",
    .arguments = "FILE.csv",
    .summary = "fit the throughput model to measurements, or show how well it predicts what it has not seen",
    .details = details,
    .max_words = WORDS_ANY,
    .run_raw = run,
    .own_options = calibrate_options,
    .n_own_options = N_CALIBRATE_OPTIONS,
};
