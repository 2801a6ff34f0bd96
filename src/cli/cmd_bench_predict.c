/* `bench predict`: what this machine does with a model that was not run. Layer: cli. */
#include "cli/commands.h"
#include "cli/model_choice.h"
#include "cli/records.h"
#include "tokentco/machine.h"
#include "tokentco/parse.h"

/* In units of a second; 0 when left out. */
static bool read_giga(const Cli *cli, OptionId option, const char *what, double *out, Err *err)
{
    const double giga = 1e9, most = 1e7;
    const char *text = cli->values[option];
    *out = 0.0;
    if (!text) return true;
    Err fault = {0};
    if (!parse_number(text, out, &fault) || !(*out > 0.0 && *out <= most))
        return err_set(err, ERR_USAGE, "--%s %.40s: give %s above 0", cli_options[option].name, text, what);
    *out *= giga;
    return true;
}

static bool read_pace(const Cli *cli, MachinePace *out, Err *err)
{
    return read_giga(cli, OPT_BANDWIDTH, "GB/s", &out->read_b_s, err) &&
           read_giga(cli, OPT_ARITHMETIC, "GOP/s", &out->arithmetic_op_s, err);
}

static int run_predict(const Cli *cli)
{
    RecordRun run;
    ModelChoice choice;
    Measurement measured, predicted;
    records_begin(&run, cli);
    const char *name = cli->n_words > 0 ? cli->words[0] : "latest";
    int status = ERR_NONE;
    bool is_found = record_find(cli->values[OPT_RECORDS], name, &run.arena, &measured, &run.errors);
    if (is_found) {
        MachinePace at;
        bool is_ok = model_choose(cli, NULL, &choice) && read_pace(cli, &at, &choice.err) &&
                     measurement_project(&measured, &choice.arch, at, &run.arena, &predicted, &choice.err);
        run.view.record = &predicted;
        if (is_ok) status = records_show(cli, &run.view);
        int failed = model_choice_end(&choice, is_ok);
        if (failed) status = failed;
    }
    return records_end(&run, is_found, status);
}

const Command command_bench_predict = {
    .name = "bench predict",
    .arguments = "[RECORD]",
    .summary = "what this machine does with a model that was not run",
    .details =
        "Every `tokentco bench` fits the time of a step to what it measured: time of a weight by how\n"
        "many rows meet it, of the cache, of activations and of phases. This command applies the fit\n"
        "of a record (the newest when left out) to another model in the record's own format. It holds for\n"
        "the memory bandwidth and the rate of arithmetic that the record measured beside its points, or\n"
        "for others: --bandwidth moves the time that steps wait for their weights, --arithmetic the rest.",
    .max_words = 1,
    .run = run_predict,
    .n_options = 8,
    .options = {OPT_MODEL, OPT_CONFIG, OPT_GGUF, OPT_BANDWIDTH, OPT_ARITHMETIC, OPT_RECORDS, OPT_JSON,
                OPT_CSV},
};
