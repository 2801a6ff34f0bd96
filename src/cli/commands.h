/* The commands that exist, one file each. Layer: cli, private. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

#include "cli/command.h"

extern const Command command_bench;
extern const Command command_bench_list;
extern const Command command_bench_show;
extern const Command command_bench_compare;
extern const Command command_bench_predict;
extern const Command command_bench_import;
extern const Command command_workload_from_log;
extern const Command command_workload_from_people;
extern const Command command_check;
extern const Command command_costs;
extern const Command command_curve;
extern const Command command_needs;
extern const Command command_explain;
extern const Command command_export;
extern const Command command_fields;
extern const Command command_calibrate;
extern const Command command_help;
extern const Command command_compare;
extern const Command command_search;
extern const Command command_search_merge;
extern const Command command_rerun;
extern const Command command_watch;
extern const Command command_prices_list;
extern const Command command_prices_show;
extern const Command command_prices_find;
extern const Command command_prices_history;
extern const Command command_prices_plot;
extern const Command command_prices_diff;
extern const Command command_prices_spread;
extern const Command command_prices_quote;
extern const Command command_prices_forecast;
extern const Command command_prices_import;
extern const Command command_prices_quarantine;
extern const Command command_prices_fold;
extern const Command command_risk;
extern const Command command_run;
extern const Command command_sensitivity;
extern const Command command_throughput;
extern const Command command_tui;

#endif
