/* Timings of the search: the whole space of support-chat on all processors and on one, and its rate.
 *
 * The first search of a process also pays for the tables; it is run once before the timing. With BENCH_JSON=FILE the
 * figures are added to the JSON list in that file, or written as a list of their own.
 */
#include "tokentco/calibration_table.h"
#include "tokentco/parallel.h"
#include "tokentco/search_input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { REPEATS = 5 };

static PriceBook book;
static CalibrationTable calibration;
static Resolved base;

static double now_s(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int compare(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static bool load(void)
{
    ErrList errors;
    err_list_init(&errors);
    ResolveSources sources = {.book = &book, .calibration = &calibration};
    sources.has_as_of = parse_date("2026-09-23", &sources.as_of, NULL);
    Scenario *scenario = scenario_load("support-chat", &errors);
    bool is_ok = scenario != NULL && pricebook_open(&book, NULL, &errors) &&
                 calibration_table_find(book.folder, "", &book.arena, &calibration, &errors) &&
                 search_base_resolve(scenario, &sources, &base, &errors);
    err_list_print(&errors, stderr);
    err_list_free(&errors);
    scenario_free(scenario);
    return is_ok;
}

static bool search_once(int n_threads, SearchResult *result, uint64_t *n_evaluations)
{
    SearchQuery query;
    Err err = {0};
    search_query_init(&query);
    Search *search = search_new(&query, &base.inputs, &book, &calibration, base.as_of, &err);
    if (search == NULL) err_print(&err, stderr);
    bool is_ok = search != NULL && search_run(search, n_threads, NULL) && search_result(search, result);
    if (search != NULL) *n_evaluations = search_evaluations(search);
    search_free(search);
    return is_ok;
}

/* Opens the list in the file for one more row, or a new one. */
static FILE *open_json(void)
{
    const char *path = getenv("BENCH_JSON");
    FILE *file = path != NULL ? fopen(path, "r+") : NULL;
    if (file == NULL) return path != NULL ? fopen(path, "w") : NULL;
    fseek(file, 0, SEEK_END);
    long at = ftell(file) - 1;
    int c = ' ';
    while (at >= 0 && c != ']') {
        fseek(file, at--, SEEK_SET);
        c = fgetc(file);
    }
    fseek(file, at + 1, SEEK_SET);
    return file;
}

static void measure(int n_threads)
{
    double samples[REPEATS];
    SearchResult result;
    uint64_t n_evaluations = 0;
    for (int r = 0; r < REPEATS; r++) {
        double start = now_s();
        if (!search_once(n_threads, &result, &n_evaluations)) exit(70);
        samples[r] = now_s() - start;
        if (r < REPEATS - 1) search_result_free(&result);
    }
    qsort(samples, REPEATS, sizeof samples[0], compare);
    double median = samples[REPEATS / 2], million = 1e6 * median / (double)result.n_combinations;
    char name[128];
    snprintf(name, sizeof name, "search, %llu combinations, %d threads", (unsigned long long)result.n_combinations, n_threads);
    printf("%-44s median %7.2f s    least %7.2f   most %7.2f  (%d x; %.2f s a million)\n", name, median, samples[0],
           samples[REPEATS - 1], REPEATS, million);
    printf("%-44s %llu feasible, %llu evaluated, the others left out by bounds; best %.2f USD\n", "",
           (unsigned long long)search_n_feasible(&result), (unsigned long long)n_evaluations, result.ranked.items[0].npv_usd);
    FILE *json = open_json();
    if (json != NULL) {
        fprintf(json, "%s{\"name\": \"%s\", \"threads\": %d, \"ours\": %.4f, \"unit\": \"s\", \"low\": %.4f, \"high\": %.4f}]\n",
                ftell(json) > 0 ? ", " : "[", name, n_threads, median, samples[0], samples[REPEATS - 1]);
        fclose(json);
    }
    search_result_free(&result);
}

int main(void)
{
    SearchResult result;
    uint64_t n_evaluations;
    if (!load() || !search_once(parallel_threads(), &result, &n_evaluations)) return 65;
    search_result_free(&result);
    measure(1);
    measure(parallel_threads());
    resolved_free(&base);
    pricebook_close(&book);
    return 0;
}
