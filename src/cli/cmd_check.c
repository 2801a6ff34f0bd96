/* `check`: is a file good? Every fault of every file, with its place. Layer: cli. */
#include "cli/commands.h"
#include "cli/context.h"

#include "tokentco/calibration_table.h"
#include "tokentco/record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef enum FileKind { FILE_SCENARIO, FILE_PRICES, FILE_RECORD } FileKind;

/* Price files are told by their name, "gpu_rental.csv" or "gpu_rental-mine.csv". */
static bool price_kind_of(const char *path, PriceKind *out)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    for (int k = 0; k < N_PRICE_KINDS; k++) {
        size_t n = strlen(price_tables[k].name);
        if (strncmp(name, price_tables[k].name, n) != 0 || strchr(".-", name[n]) == NULL) continue;
        *out = (PriceKind)k;
        return true;
    }
    return false;
}

static bool has_suffix(const char *text, const char *suffix)
{
    size_t n = strlen(text), k = strlen(suffix);
    return n >= k && strcmp(text + n - k, suffix) == 0;
}

static bool check_prices(const char *path, Sources *sources, Text *out, ErrList *errors)
{
    PriceKind kind;
    PriceRow *rows = NULL;
    int n_rows = 0;
    if (!price_kind_of(path, &kind)) {
        Text names;
        text_init(&names);
        for (int k = 0; k < N_PRICE_KINDS; k++)
            text_addf(&names, "%s%s", k > 0 ? ", " : "", price_tables[k].name);
        err_list_addf(errors, ERR_DATA, path, 0, 0, NULL,
                      "the name tells no price table; it must start with one of %s", text_str(&names));
        text_free(&names);
        return false;
    }
    if (!price_file_read(&sources->book, kind, path, true, &rows, &n_rows, errors)) return false;
    free(rows);
    text_addf(out, "%s: good, %d rows of %s\n", path, n_rows, price_tables[kind].name);
    return true;
}

/* Tables beside the price book. */
static bool check_shares(const char *path, Arena *arena, int *n_rows, ErrList *errors)
{
    EngineShareTable table;
    bool is_ok = engine_shares_read(path, arena, &table, errors);
    *n_rows = table.n;
    return is_ok;
}

static bool check_calibration(const char *path, Arena *arena, int *n_rows, ErrList *errors)
{
    CalibrationTable table;
    bool is_ok = calibration_table_read(path, arena, &table, errors);
    *n_rows = is_ok ? table.n_rows : 0;
    return is_ok;
}

static const struct {
    const char *name, *counted;
    bool (*check)(const char *path, Arena *arena, int *n_rows, ErrList *errors);
} other_tables[] = {{"engine_shares", "shares of engines", check_shares},
                    {"calibration", "measurements behind it", check_calibration}};

/* False when the file is none of them. */
static bool check_other_table(const char *path, Text *out, ErrList *errors)
{
    const char *slash = strrchr(path, '/'), *name = slash != NULL ? slash + 1 : path;
    for (size_t i = 0; i < sizeof other_tables / sizeof other_tables[0]; i++) {
        if (strncmp(name, other_tables[i].name, strlen(other_tables[i].name)) != 0) continue;
        Arena arena;
        int n_rows = 0;
        arena_init(&arena);
        if (other_tables[i].check(path, &arena, &n_rows, errors))
            text_addf(out, "%s: good, %d %s\n", path, n_rows, other_tables[i].counted);
        arena_free(&arena);
        return true;
    }
    return false;
}

static bool check_record(const char *path, Text *out, ErrList *errors)
{
    Arena arena;
    Measurement record;
    arena_init(&arena);
    bool is_ok = record_load(path, &arena, &record, errors);
    if (is_ok) text_addf(out, "%s: good, a measurement record of %d points\n", path, record.n_points);
    arena_free(&arena);
    return is_ok;
}

static bool check_scenario(const char *path, const Sources *sources, Text *out, ErrList *errors)
{
    Resolved resolved;
    Scenario *scenario = scenario_load(path, errors);
    bool is_ok = scenario != NULL && scenario_resolve(scenario, &sources->resolve, &resolved, errors);
    if (is_ok) {
        text_addf(out, "%s: good, a scenario of %d options\n", path, resolved.inputs.n_options);
        resolved_free(&resolved);
    }
    scenario_free(scenario);
    return is_ok;
}

static int check_one(const char *path, Sources *sources, Text *out)
{
    ErrList errors;
    err_list_init(&errors);
    if (has_suffix(path, ".csv")) {
        if (!check_other_table(path, out, &errors)) check_prices(path, sources, out, &errors);
    } else if (record_is_file(path)) {
        check_record(path, out, &errors);
    } else {
        check_scenario(path, sources, out, &errors);
    }
    err_list_print(&errors, stderr);
    int status = (int)err_list_code(&errors);
    err_list_free(&errors);
    return status;
}

static int run_check(const Cli *cli)
{
    Sources sources;
    Text out;
    text_init(&out);
    int status = sources_open(cli, &sources);
    bool is_open = status == ERR_NONE;
    for (int i = 0; is_open && i < cli->n_words; i++) {
        int here = check_one(cli->words[i], &sources, &out);
        if (status == ERR_NONE) status = here;
    }
    if (!cli_has(cli, OPT_QUIET) && out.n_bytes > 0) {
        int written = cli_write(cli, &out);
        if (status == ERR_NONE) status = written;
    }
    sources_close(&sources);
    text_free(&out);
    return status;
}

const Command command_check = {
    .name = "check",
    .arguments = "FILE...",
    .summary = "say every fault of scenarios, price files and measurement records",
    .details = "A .csv is a price file, told by its name (gpu_rental.csv); JSON with points and\n"
               "hardware is a measurement record; everything else is a scenario.",
    .min_words = 1,
    .max_words = WORDS_ANY,
    .run = run_check,
    .n_options = 3,
    .options = {OPT_AS_OF, OPT_PRICING, OPT_RECORDS},
};
