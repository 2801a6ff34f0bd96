/* Timings of Monte Carlo and tornado on the default scenario, and beside them the same draws in numpy.
 *
 * Five options over 36 months with 12 uncertain inputs: support-chat, whose last option (this machine, which
 * may not be measured) is taken for the rented one with 30 % spot. With BENCH_JSON=FILE the rows are added to
 * the list there.
 */
#include "tokentco/calibration_table.h"
#include "tokentco/parallel.h"
#include "tokentco/scenario.h"
#include "tokentco/sensitivity.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { REPEATS = 21, TURNS = 3, N_FULL = 1 << 20, N_NUMPY = 1 << 16 };

static const char spot_option[] =
    "{\"name\": \"llama-70b on spot H100\", \"kind\": \"rent\","
    " \"engine\": {\"model\": \"llama-3.3-70b\", \"gpu\": \"H100\", \"software\": \"vllm\"},"
    " \"serving\": {\"weight_bytes\": 1},"
    " \"rent\": {\"provider\": \"runpod\", \"term\": \"on_demand\", \"spot_share_frac\": 0.3}}";

static FILE *json;

static double seconds(clockid_t clock)
{
    struct timespec t;
    clock_gettime(clock, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool load(Resolved *out)
{
    ErrList errors;
    err_list_init(&errors);
    static PriceBook book;
    static CalibrationTable calibration;
    Err err = {0};
    Scenario *scenario = scenario_load("support-chat", &errors);
    ResolveSources sources = {.book = &book, .calibration = &calibration};
    bool is_ok = scenario != NULL && pricebook_open(&book, NULL, &errors) &&
                 calibration_table_find(book.folder, book.overlay, &book.arena, &calibration, &errors) &&
                 scenario_set_raw(scenario, "/options/4", spot_option, &err) &&
                 scenario_resolve(scenario, &sources, out, &errors);
    err_list_print(&errors, stderr);
    if (err.code != ERR_NONE) err_print(&err, stderr);
    return is_ok;
}

/* The list that another benchmark began is opened again for more rows. */
static void json_open(const char *path)
{
    if (path == NULL) return;
    json = fopen(path, "r+");
    long end = -1;
    for (int c, at = 0; json != NULL && (c = fgetc(json)) != EOF; at++)
        if (c == ']') end = at;
    if (json == NULL) json = fopen(path, "w");
    if (json == NULL) return;
    if (end >= 0) fseek(json, end, SEEK_SET);
    fprintf(json, end >= 0 ? "" : "[");
}

static void json_row(const char *name, int threads, double value, const char *unit, const char *more)
{
    if (json == NULL) return;
    if (ftell(json) > 1) fprintf(json, ", ");
    fprintf(json, "{\"name\": \"%s\", \"threads\": %d, \"ours\": %.6g, \"unit\": \"%s\"%s}", name, threads,
            value, unit, more);
}

/* First draws, or all: from nothing to results, the median of some repeats. */
static void measure_first(const Resolved *resolved, const char *name, long n, bool has_tornado)
{
    static Tornado tornado;
    double samples[REPEATS], check = 0.0;
    int threads = parallel_threads();
    for (int r = 0; r < REPEATS; r++) {
        double start = seconds(CLOCK_MONOTONIC);
        if (has_tornado) tornado_build(&resolved->inputs, &resolved->uncertainty, &tornado);
        Risk *risk = risk_new(&resolved->inputs, &resolved->uncertainty, &(RiskSettings){.seed = 1});
        risk_advance(risk, n, NULL);
        check += risk_result(risk)->options[0].mean.value;
        risk_free(risk);
        samples[r] = 1e3 * (seconds(CLOCK_MONOTONIC) - start);
    }
    qsort(samples, REPEATS, sizeof *samples, compare);
    printf("%-44s median %7.2f ms   p10 %7.2f   p90 %7.2f   (%d threads, %d x, check %.6g)\n", name,
           samples[REPEATS / 2], samples[REPEATS / 10], samples[REPEATS - 1 - REPEATS / 10], threads, REPEATS,
           check / REPEATS);
    json_row(name, threads, samples[REPEATS / 2], "ms", "");
}

static void measure_full(const Resolved *resolved)
{
    static const char name[] = "1,048,576 draws, 5 options, 36 months";
    int threads = parallel_threads();
    double start = seconds(CLOCK_MONOTONIC), cpu = seconds(CLOCK_PROCESS_CPUTIME_ID);
    Risk *risk = risk_new(&resolved->inputs, &resolved->uncertainty, &(RiskSettings){.seed = 1});
    risk_advance(risk, N_FULL, NULL);
    double wall = seconds(CLOCK_MONOTONIC) - start;
    cpu = seconds(CLOCK_PROCESS_CPUTIME_ID) - cpu;
    char more[64];
    snprintf(more, sizeof more, ", \"cpu_s\": %.4g", cpu);
    printf("%-44s %14.2f s    processor time %.2f s, %.1f us a draw   (%d threads)\n", name, wall, cpu,
           1e6 * cpu / N_FULL, threads);
    json_row(name, threads, wall, "s", more);
    risk_free(risk);
}

/* ---- numpy on the same draws ---- */

static void write_fields(FILE *file, const GroupRow *group, const void *values)
{
    bool is_first = true;
    fprintf(file, "{");
    for (size_t i = 0; i < group->n_rows; i++) {
        const FieldRow *row = &group->rows[i];
        if (row->type == FIELD_TEXT || row->type == FIELD_ARRAY) continue;
        fprintf(file, "%s\"%s\": %.17g", is_first ? "" : ", ", row->name, field_get(row, values));
        is_first = false;
    }
    fprintf(file, "}");
}

static void write_case(const Resolved *resolved, FILE *file)
{
    const Inputs *inputs = &resolved->inputs;
    const char *rate_item = "";
    fprintf(file, "{\"horizon_months\": %d, \"discount_per_year\": %.17g, \"items\": [",
            inputs->horizon_months, inputs->discount_per_year);
    for (int i = 0; i < resolved->uncertainty.n; i++) {
        const Uncertain *item = &resolved->uncertainty.items[i];
        fprintf(file, "%s\"%s\"", i > 0 ? ", " : "", item->pointer);
        if (item->is_band) rate_item = item->pointer;
    }
    fprintf(file, "], \"rate_item\": \"%s\", \"week\": [", rate_item);
    for (int h = 0; h < HOURS_PER_WEEK; h++) fprintf(file, "%s%.17g", h > 0 ? ", " : "", inputs->week[0][h]);
    fprintf(file, "], \"workload\": ");
    write_fields(file, &input_groups[GROUP_WORKLOAD], &inputs->workloads[0]);
    fprintf(file, ", \"options\": [");
    for (int o = 0; o < inputs->n_options; o++) {
        fprintf(file, "%s{\"kind\": \"%s\"", o > 0 ? ", " : "", option_kind_name(inputs->options[o].kind));
        for (int g = 0; g < N_GROUPS; g++) {
            if (input_groups[g].scope != SCOPE_OPTION) continue;
            fprintf(file, ", \"%s\": ", input_groups[g].name);
            write_fields(file, &input_groups[g], inputs_group_const(inputs, (GroupId)g, o));
        }
        fprintf(file, "}");
    }
    fprintf(file, "]}\n");
}

static FILE *open_in(const char *folder, const char *name)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return fopen(path, "wb");
}

static bool write_draws(const Resolved *resolved, const Risk *risk, const char *folder)
{
    FILE *about = open_in(folder, "case.json"), *draws = open_in(folder, "draws.f64"),
         *npv = open_in(folder, "npv.f64");
    if (about == NULL || draws == NULL || npv == NULL) return false;
    write_case(resolved, about);
    for (long j = 0; j < N_NUMPY; j++) {
        double values[UNCERTAIN_MAX], costs[INPUT_OPTIONS_MAX] = {0};
        risk_draw_values(risk, j, values);
        for (int o = 0; o < resolved->inputs.n_options; o++) risk_draw_npv(risk, j, o, &costs[o]);
        fwrite(values, sizeof *values, (size_t)resolved->uncertainty.n, draws);
        fwrite(costs, sizeof *costs, (size_t)resolved->inputs.n_options, npv);
    }
    bool is_ok = fclose(about) == 0;
    is_ok = fclose(draws) == 0 && is_ok;
    return fclose(npv) == 0 && is_ok;
}

/* Seconds that numpy takes; how far its NPVs are from ours is printed once. */
static bool run_numpy(const char *folder, const char *script, bool is_first, double *out)
{
    char command[1024], line[1024] = "";
    snprintf(command, sizeof command, "OMP_NUM_THREADS=1 /usr/bin/python3 %s %s", script, folder);
    FILE *pipe = popen(command, "r");
    if (pipe == NULL) return false;
    bool is_ok = fgets(line, sizeof line, pipe) != NULL;
    is_ok = pclose(pipe) == 0 && is_ok && sscanf(line, "{\"seconds\": %lf", out) == 1;
    if (is_ok && is_first) printf("  numpy says %s", line);
    return is_ok;
}

static void compare_with_numpy(const Resolved *resolved, const char *script)
{
    static const char name[] = "65,536 draws, one thread, beside numpy";
    char folder[] = "/tmp/bench-risk-XXXXXX", path[512], more[96];
    if (script == NULL || mkdtemp(folder) == NULL) return;
    double ours[TURNS], theirs[TURNS], ratio[TURNS];
    bool is_ok = true;
    for (int turn = 0; turn < TURNS && is_ok; turn++) {
        double start = seconds(CLOCK_MONOTONIC);
        Risk *risk =
            risk_new(&resolved->inputs, &resolved->uncertainty, &(RiskSettings){.seed = 1, .n_threads = 1});
        risk_advance(risk, N_NUMPY, NULL);
        ours[turn] = seconds(CLOCK_MONOTONIC) - start;
        is_ok = (turn > 0 || write_draws(resolved, risk, folder)) &&
                run_numpy(folder, script, turn == 0, &theirs[turn]);
        ratio[turn] = theirs[turn] / ours[turn];
        risk_free(risk);
    }
    if (is_ok) {
        qsort(ours, TURNS, sizeof *ours, compare);
        qsort(theirs, TURNS, sizeof *theirs, compare);
        qsort(ratio, TURNS, sizeof *ratio, compare);
        printf("%-44s ours %.3f s, numpy %.3f s: %.1f times as fast (%.1f to %.1f, %d turns)\n", name,
               ours[TURNS / 2], theirs[TURNS / 2], ratio[TURNS / 2], ratio[0], ratio[TURNS - 1], TURNS);
        snprintf(more, sizeof more, ", \"numpy\": %.6g, \"ratio\": %.4g", theirs[TURNS / 2],
                 ratio[TURNS / 2]);
        json_row(name, 1, ours[TURNS / 2], "s", more);
    } else {
        printf("%-44s not done: python3-numpy is not there\n", name);
    }
    const char *const files[] = {"case.json", "draws.f64", "npv.f64"};
    for (size_t f = 0; f < sizeof files / sizeof *files; f++) {
        snprintf(path, sizeof path, "%s/%s", folder, files[f]);
        unlink(path);
    }
    rmdir(folder);
}

/* Argument: the numpy script; without it that comparison is left out. */
int main(int argc, char **argv)
{
    static Resolved resolved;
    if (!load(&resolved)) return 65;
    json_open(getenv("BENCH_JSON"));
    measure_first(&resolved, "tornado and 512 draws", RISK_FIRST_DRAWS, true);
    measure_first(&resolved, "4,096 draws", RISK_DRAWS_DEFAULT, false);
    measure_full(&resolved);
    compare_with_numpy(&resolved, argc > 1 ? argv[1] : NULL);
    if (json != NULL) {
        fprintf(json, "]\n");
        fclose(json);
    }
    resolved_free(&resolved);
    return 0;
}
