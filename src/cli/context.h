/* What commands share: the price book, loaded and resolved scenarios, their answers.
 *
 * Layer: cli, private. Every function prints its faults on standard error and returns the exit status.
 */
#ifndef CLI_CONTEXT_H
#define CLI_CONTEXT_H

#include "cli/command.h"
#include "tokentco/answer.h"
#include "tokentco/calibration_table.h"
#include "tokentco/price_tables.h"
#include "tokentco/scenario.h"

/* Where figures come from for this command line: --pricing, --records, --as-of. */
typedef struct Sources {
    PriceBook book;
    bool has_book;
    CalibrationTable calibration; /* in the book's arena */
    ResolveSources resolve;
} Sources;

int sources_open(const Cli *cli, Sources *out);
void sources_close(Sources *sources);

/* One scenario, from the file to the evaluated plans. */
typedef struct Case {
    Scenario *scenario;
    Resolved resolved;
    bool is_resolved;
    Answer answer;
    bool has_answer;
} Case;

int case_open(const char *name, const Sources *sources, Case *out);
void case_close(Case *one);

/* Opens the scenario that is the command's first word, gives it to `run` and closes it. Amounts are in
 * `currency`; NULL: in that of --currency or of the scenario. */
int case_run(const Cli *cli, const char *currency, int (*run)(const Cli *cli, Case *one, void *context),
             void *context);

/* The option by its number (from 1) or its name. Status of a usage error when there is none. */
int case_find_option(const Case *one, const char *word, int *out);

#endif
