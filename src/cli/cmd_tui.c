/* tokentco tui: the terminal app, which lives in a room of its own. Layer: cli. */
#include "cli/commands.h"

static int run_tui(const CliHooks *hooks, int argc, char **argv)
{
    if (hooks == NULL || hooks->tui == NULL)
        return cli_usage_error(&command_tui, "this build has no terminal app");
    return hooks->tui(argc, argv);
}

const Command command_tui = {
    .name = "tui",
    .arguments = "[SCENARIO] [OPTION...]",
    .summary = "change assumptions and see what they do, in the terminal",
    .details =
        "Opens a scenario (support-chat when none is named), shows its plans side by side and evaluates\n"
        "them again at every key. `?` shows the keys, `u` undoes, `b` pins a baseline that every view\n"
        "compares with. `tokentco tui --help` lists its options, screens and keys.\n"
        "With --script FILE it runs without a terminal and prints the screens that the script dumps.\n",
    .min_words = 0,
    .max_words = 1,
    .run_hook = run_tui,
};
