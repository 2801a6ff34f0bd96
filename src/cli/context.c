/* What commands share. Layer: cli. */
#include "cli/context.h"

#include <string.h>

int sources_open(const Cli *cli, Sources *out)
{
    *out = (Sources){0};
    ErrList errors;
    err_list_init(&errors);
    out->has_book = pricebook_open(&out->book, cli->values[OPT_PRICING], &errors);
    bool is_ok = out->has_book && calibration_table_find(out->book.folder, out->book.overlay,
                                                         &out->book.arena, &out->calibration, &errors);
    int status = ERR_NONE;
    if (!is_ok) {
        err_list_print(&errors, stderr);
        status = (int)err_list_code(&errors);
    } else {
        out->resolve.calibration = &out->calibration;
        out->resolve.book = &out->book;
        out->resolve.records = cli->values[OPT_RECORDS];
        out->resolve.currency = cli->values[OPT_CURRENCY];
        out->resolve.has_as_of = cli_has(cli, OPT_AS_OF);
        /* The form was checked with the command line. */
        if (out->resolve.has_as_of) parse_date(cli->values[OPT_AS_OF], &out->resolve.as_of, NULL);
    }
    err_list_free(&errors);
    return status;
}

void sources_close(Sources *sources)
{
    if (sources->has_book) pricebook_close(&sources->book);
    *sources = (Sources){0};
}

int case_open(const char *name, const Sources *sources, Case *out)
{
    *out = (Case){0};
    ErrList errors;
    err_list_init(&errors);
    Err err = {0};
    out->scenario = scenario_load(name, &errors);
    out->is_resolved =
        out->scenario != NULL && scenario_resolve(out->scenario, &sources->resolve, &out->resolved, &errors);
    if (out->is_resolved) {
        out->has_answer = answer_build(&out->resolved, &out->answer, &err);
        if (!out->has_answer) err_list_add(&errors, &err);
    }
    int status = (int)err_list_code(&errors);
    if (!out->has_answer && status == ERR_NONE) status = ERR_BUG;
    err_list_print(&errors, stderr);
    err_list_free(&errors);
    if (status != ERR_NONE) case_close(out);
    return status;
}

void case_close(Case *one)
{
    if (one->has_answer) answer_free(&one->answer);
    if (one->is_resolved) resolved_free(&one->resolved);
    scenario_free(one->scenario);
    *one = (Case){0};
}

int case_run(const Cli *cli, const char *currency, int (*run)(const Cli *cli, Case *one, void *context),
             void *context)
{
    Sources sources;
    Case one = {0};
    int status = sources_open(cli, &sources);
    if (currency != NULL) sources.resolve.currency = currency;
    if (status == ERR_NONE) status = case_open(cli->words[0], &sources, &one);
    if (status == ERR_NONE) status = run(cli, &one, context);
    case_close(&one);
    sources_close(&sources);
    return status;
}

int case_find_option(const Case *one, const char *word, int *out)
{
    const Inputs *inputs = &one->resolved.inputs;
    long number = 0;
    if (parse_integer(word, 1, inputs->n_options, &number, NULL)) {
        *out = (int)number - 1;
        return ERR_NONE;
    }
    for (int i = 0; i < inputs->n_options; i++) {
        if (strcmp(inputs->options[i].name, word) != 0) continue;
        *out = i;
        return ERR_NONE;
    }
    fprintf(stderr, "tokentco: there is no option '%s'; the scenario has:\n", word);
    for (int i = 0; i < inputs->n_options; i++) fprintf(stderr, "  %d  %s\n", i + 1, inputs->options[i].name);
    return ERR_USAGE;
}
