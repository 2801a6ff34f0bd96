/* The tables of options, commands and exit statuses. Layer: cli. */
#include "cli/commands.h"

const OptionRow cli_options[N_OPTIONS] = {
#define OPTION_ROW(id, name, letter, argument, doc) [OPT_##id] = {name, letter, argument, doc},
    CLI_OPTIONS(OPTION_ROW)
#undef OPTION_ROW
};

const Command *const cli_commands[] = {
    &command_run,
    &command_risk,
    &command_sensitivity,
    &command_export,
    &command_explain,
    &command_costs,
    &command_curve,
    &command_needs,
    &command_check,
    &command_fields,
    &command_bench,
    &command_bench_list,
    &command_bench_show,
    &command_bench_compare,
    &command_bench_predict,
    &command_bench_import,
    &command_workload_from_log,
    &command_workload_from_people,
    &command_compare,
    &command_search,
    &command_search_merge,
    &command_rerun,
    &command_watch,
    &command_prices_list,
    &command_prices_show,
    &command_prices_find,
    &command_prices_history,
    &command_prices_plot,
    &command_prices_diff,
    &command_prices_spread,
    &command_prices_quote,
    &command_prices_forecast,
    &command_prices_import,
    &command_prices_quarantine,
    &command_prices_fold,
    &command_throughput,
    &command_calibrate,
    &command_tui,
    &command_help,
};
const int n_cli_commands = (int)(sizeof cli_commands / sizeof *cli_commands);

const ExitRow cli_exits[] = {
    {0, "done; an infeasible option is an answer, not an error"},
    {1, "the answer is \"no\" or \"changed\""},
    {2, "the command line is wrong"},
    {65, "the content of a file is wrong"},
    {66, "a file is missing or cannot be read"},
    {70, "a fault of the program, or no memory"},
    {74, "writing failed"},
};
const int n_cli_exits = (int)(sizeof cli_exits / sizeof *cli_exits);
