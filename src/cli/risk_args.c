/* Options that `risk` and `sensitivity` share. Layer: cli. */
#include "cli/risk_args.h"

#include "tokentco/parallel.h"

static bool read_number(const Cli *cli, OptionId id, long least, long most, long *out)
{
    Err err = {0};
    if (!cli_has(cli, id)) return true;
    if (parse_integer(cli->values[id], least, most, out, &err)) return true;
    cli_usage_error(cli->command, "--%s: %s", cli_options[id].name, err.text);
    return false;
}

int risk_args_read(const Cli *cli, long n_default, long n_most, RiskArgs *out)
{
    const long seed_most = 1L << 53;
    long seed = 1, threads = 0;
    *out = (RiskArgs){.n_draws = n_default};
    if (!read_number(cli, OPT_SAMPLES, RISK_DRAWS_MIN, n_most, &out->n_draws) ||
        !read_number(cli, OPT_SEED, 0, seed_most, &seed) ||
        !read_number(cli, OPT_THREADS, 1, PARALLEL_THREADS_MAX, &threads))
        return ERR_USAGE;
    if ((out->n_draws & (out->n_draws - 1)) != 0)
        return cli_usage_error(cli->command, "--samples: %ld is no power of two", out->n_draws);
    out->settings = (RiskSettings){
        .is_random = cli_has(cli, OPT_RANDOM), .seed = (unsigned long long)seed, .n_threads = (int)threads};
    return ERR_NONE;
}

int risk_args_check(const Cli *cli, const Resolved *resolved)
{
    if (resolved->uncertainty.n > 0) return ERR_NONE;
    fprintf(
        stderr,
        "tokentco: nothing in %s is uncertain: give it `uncertain`, as in \"/workloads/0/growth_per_month\": "
        "\"0 to 0.05\" (tokentco help %s)\n",
        resolved->inputs.name, cli->command->name);
    return ERR_NO;
}
