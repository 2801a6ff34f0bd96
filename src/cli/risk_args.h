/* Options that `risk` and `sensitivity` share. Layer: cli, private. */
#ifndef CLI_RISK_ARGS_H
#define CLI_RISK_ARGS_H

#include "cli/command.h"
#include "tokentco/scenario.h"
#include "tokentco/sensitivity.h"

typedef struct RiskArgs {
    RiskSettings settings;
    long n_draws;
} RiskArgs;

/* --samples, --seed, --random, --threads. Prints its fault and returns the exit status. */
int risk_args_read(const Cli *cli, long n_default, long n_most, RiskArgs *out);

/* A scenario in which nothing is uncertain has no risk to show. */
int risk_args_check(const Cli *cli, const Resolved *resolved);

/* Kinds of distributions, a line each, from their table. */
#define RISK_DIST_HELP(id, name, members, doc) "  " name " (" members "): " doc "\n"
#define RISK_DISTRIBUTIONS_HELP                DISTRIBUTIONS(RISK_DIST_HELP)

#endif
