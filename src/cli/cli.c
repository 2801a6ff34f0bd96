/* Reading the command line, and dispatch. Layer: cli. */
#include "cli/command.h"

#include "tokentco/file.h"
#include "tokentco/json_out.h"
#include "tokentco/parse.h"

#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* getopt's values of long options start above every character. */
enum { LONG_BASE = 256, NEAR_ENOUGH = 4 };

int cli_usage_error(const Command *command, const char *format, ...)
{
    va_list args;
    fprintf(stderr, "tokentco: ");
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fprintf(stderr, "; see `tokentco help%s%s`\n", command != NULL ? " " : "",
            command != NULL ? command->name : "");
    return ERR_USAGE;
}

int cli_fail(const Err *err)
{
    err_print(err, stderr);
    return (int)err->code;
}

int cli_write(const Cli *cli, const Text *text)
{
    const char *path = cli_has(cli, OPT_OUTPUT) ? cli->values[OPT_OUTPUT] : "-";
    Err err = {0};
    return file_write_atomic(path, text_str(text), text->n_bytes, &err) ? ERR_NONE : cli_fail(&err);
}

static bool is_to_file(const Cli *cli)
{
    return cli_has(cli, OPT_OUTPUT) && strcmp(cli->values[OPT_OUTPUT], "-") != 0;
}

Style cli_style(const Cli *cli)
{
    bool is_wanted = !is_to_file(cli) || cli->colour == COLOUR_ALWAYS;
    return style_for(stdout, is_wanted ? cli->colour : COLOUR_NEVER);
}

Style cli_list_style(const Cli *cli)
{
    Style style = cli_style(cli);
    style.width = is_to_file(cli) ? NO_WIDTH_LIMIT : style_columns(stdout);
    return style;
}

void cli_note(const Cli *cli, const char *format, ...)
{
    if (cli_has(cli, OPT_QUIET)) return;
    va_list args;
    va_start(args, format);
    fprintf(stderr, "tokentco: ");
    vfprintf(stderr, format, args);
    fprintf(stderr, "\n");
    va_end(args);
}

int cli_print_table(const Cli *cli, const Table *table, const char *schema, const char *key)
{
    Text out;
    text_init(&out);
    if (cli_has(cli, OPT_JSON)) {
        json_out_table(table, schema, key, &out);
    } else if (cli_has(cli, OPT_CSV)) {
        table_add_csv(table, CSV_RFC4180, &out);
    } else {
        Style style = cli_list_style(cli);
        table_add_text(table, &style, 0, &out);
    }
    int status = cli_write(cli, &out);
    text_free(&out);
    return status;
}

static void make_getopt_tables(struct option long_options[N_OPTIONS + 1], char *letters)
{
    *letters++ = '+';
    *letters++ = ':';
    for (int i = 0; i < N_OPTIONS; i++) {
        const OptionRow *row = &cli_options[i];
        int has_argument = row->argument != NULL ? required_argument : no_argument;
        long_options[i] = (struct option){row->name, has_argument, NULL, LONG_BASE + i};
        if (row->letter == 0) continue;
        *letters++ = row->letter;
        if (row->argument != NULL) *letters++ = ':';
    }
    long_options[N_OPTIONS] = (struct option){0};
    *letters = '\0';
}

static int option_of(int code)
{
    if (code >= LONG_BASE) return code - LONG_BASE;
    for (int i = 0; i < N_OPTIONS; i++)
        if (cli_options[i].letter == code) return i;
    return N_OPTIONS;
}

static const char *nearest_option(const char *name)
{
    const char *best = NULL;
    int best_distance = NEAR_ENOUGH;
    for (int i = 0; i < N_OPTIONS; i++) {
        int distance = edit_distance(cli_options[i].name, name);
        if (distance >= best_distance) continue;
        best = cli_options[i].name;
        best_distance = distance;
    }
    return best;
}

static int unknown_option(const Cli *cli, const char *word)
{
    bool is_long = strncmp(word, "--", 2) == 0;
    if (!is_long) return cli_usage_error(cli->command, "there is no option '-%c'", optopt);
    const char *near = nearest_option(word + 2);
    if (near == NULL) return cli_usage_error(cli->command, "there is no option '%s'", word);
    return cli_usage_error(cli->command, "there is no option '%s'; did you mean '--%s'?", word, near);
}

/* Reads options up to the next plain word. False after a message. */
static bool read_options(Cli *cli, int argc, char **argv, int *status)
{
    struct option long_options[N_OPTIONS + 1];
    char letters[2 * N_OPTIONS + 3];
    make_getopt_tables(long_options, letters);
    int code;
    while ((code = getopt_long(argc, argv, letters, long_options, NULL)) != -1) {
        const char *word = argv[optind - 1];
        if (code == ':') {
            *status = cli_usage_error(cli->command, "option '%s' needs a value", word);
            return false;
        }
        int id = code == '?' ? N_OPTIONS : option_of(code);
        if (id == N_OPTIONS) {
            *status = unknown_option(cli, word);
            return false;
        }
        cli->values[id] = optarg != NULL ? optarg : "";
    }
    return true;
}

/* Options and words may be mixed; after "--" there are words only. */
static bool read_line(Cli *cli, int argc, char **argv, const char **words, int *status)
{
    bool is_words_only = false;
    while (is_words_only || read_options(cli, argc, argv, status)) {
        is_words_only = is_words_only || strcmp(argv[optind - 1], "--") == 0;
        if (optind >= argc) return true;
        words[cli->n_words++] = argv[optind++];
    }
    return false;
}

/* The command whose name is the longest match of the words at argv[at]; *n_words is how many it takes. */
static const Command *find_command(int argc, char **argv, int at, int *n_words)
{
    const Command *best = NULL;
    *n_words = 0;
    for (int i = 0; i < n_cli_commands; i++) {
        const char *name = cli_commands[i]->name, *space = strchr(name, ' ');
        int n = space != NULL ? 2 : 1;
        if (at + n > argc || n <= *n_words) continue;
        size_t first = strcspn(name, " ");
        bool is_match = strlen(argv[at]) == first && strncmp(argv[at], name, first) == 0;
        if (n == 2) is_match = is_match && strcmp(argv[at + 1], space + 1) == 0;
        if (!is_match) continue;
        best = cli_commands[i];
        *n_words = n;
    }
    return best;
}

/* The second word of a command of two words that begins with this one: NULL where it does not. */
static const char *second_word(const Command *command, const char *first)
{
    const char *space = strchr(command->name, ' ');
    size_t n = space != NULL ? (size_t)(space - command->name) : 0;
    return space != NULL && strlen(first) == n && strncmp(command->name, first, n) == 0 ? space + 1 : NULL;
}

/* `prices` or `prices lst`: the first word begins commands, but no command is meant yet. */
static int unfinished_command(const char *first, const char *second)
{
    Text words;
    text_init(&words);
    for (int i = 0; i < n_cli_commands; i++) {
        const char *word = second_word(cli_commands[i], first);
        if (word != NULL) text_addf(&words, "%s%s", words.n_bytes > 0 ? ", " : "", word);
    }
    const char *list = text_str(&words);
    int status = second == NULL
                     ? cli_usage_error(NULL, "'%s' wants one of: %s", first, list)
                     : cli_usage_error(NULL, "'%s' is none of the words after '%s': %s", second, first, list);
    text_free(&words);
    return status;
}

static int unknown_command(int n_words, char **words)
{
    const char *word = words[0], *best = NULL;
    int best_distance = NEAR_ENOUGH;
    for (int i = 0; i < n_cli_commands; i++) {
        if (second_word(cli_commands[i], word) != NULL)
            return unfinished_command(word, n_words > 1 && words[1][0] != '-' ? words[1] : NULL);
        int distance = edit_distance(cli_commands[i]->name, word);
        if (distance >= best_distance) continue;
        best = cli_commands[i]->name;
        best_distance = distance;
    }
    if (best == NULL) return cli_usage_error(NULL, "there is no command '%s'", word);
    return cli_usage_error(NULL, "there is no command '%s'; did you mean '%s'?", word, best);
}

bool command_takes(const Command *command, OptionId id)
{
    for (int i = 0; i < command->n_options; i++)
        if (command->options[i] == id) return true;
    return id == OPT_HELP || id == OPT_COLOR || id == OPT_QUIET;
}

int command_option_rows(const Command *command, const OptionRow *out[COMMAND_ROWS_MAX])
{
    int n = 0;
    for (int i = 0; i < command->n_own_options && n < COMMAND_ROWS_MAX; i++)
        out[n++] = &command->own_options[i];
    if (command->own_options != NULL) return n;
    for (int i = 0; i < N_OPTIONS && n < COMMAND_ROWS_MAX; i++)
        if (command_takes(command, (OptionId)i)) out[n++] = &cli_options[i];
    return n;
}

static int check_line(Cli *cli)
{
    const Command *command = cli->command;
    for (int i = 0; i < N_OPTIONS; i++)
        if (cli_has(cli, (OptionId)i) && !command_takes(command, (OptionId)i))
            return cli_usage_error(command, "`%s` has no option '--%s'", command->name, cli_options[i].name);
    Err err = {0};
    Date day;
    if (cli_has(cli, OPT_COLOR) && !colour_mode_parse(cli->values[OPT_COLOR], &cli->colour, &err))
        return cli_usage_error(command, "--color: %s", err.text);
    if (cli_has(cli, OPT_AS_OF) && !parse_date(cli->values[OPT_AS_OF], &day, &err))
        return cli_usage_error(command, "--as-of: %s", err.text);
    if (cli_has(cli, OPT_JSON) && cli_has(cli, OPT_CSV))
        return cli_usage_error(command, "--json and --csv exclude each other");
    if (cli->n_words < command->min_words)
        return cli_usage_error(command, "`%s` needs %s", command->name, command->arguments);
    if (cli->n_words > command->max_words)
        return cli_usage_error(command, "`%s` does not take '%s'", command->name,
                               cli->words[command->max_words]);
    return ERR_NONE;
}

static int print_help(const char *name)
{
    static const Cli plain;
    bool is_known = true;
    Text out;
    text_init(&out);
    if (name == NULL) {
        help_add_overview(&out);
    } else {
        is_known = help_add_command(name, &out);
    }
    int status = is_known ? cli_write(&plain, &out) : cli_usage_error(NULL, "there is no command '%s'", name);
    text_free(&out);
    return status;
}

static int run_command(Cli *cli, int argc, char **argv)
{
    const char **words = calloc((size_t)argc + 1, sizeof *words);
    if (words == NULL) return ERR_BUG;
    int status = ERR_NONE;
    cli->words = words;
    if (read_line(cli, argc, argv, words, &status)) {
        if (cli_has(cli, OPT_HELP)) {
            status = print_help(cli->command->name);
        } else {
            status = check_line(cli);
            if (status == ERR_NONE) status = cli->command->run(cli);
        }
    }
    free(words);
    return status;
}

int cli_main(int argc, char **argv, const CliHooks *hooks)
{
    Cli cli = {.hooks = hooks};
    int status = ERR_NONE, n_words = 0;
    opterr = 0;
    if (!read_options(&cli, argc, argv, &status)) return status;
    if (cli_has(&cli, OPT_VERSION)) {
        printf("tokentco " TOKENTCO_VERSION "\n");
        return ERR_NONE;
    }
    if (optind >= argc && cli_has(&cli, OPT_HELP)) return print_help(NULL);
    if (optind >= argc) return cli_usage_error(NULL, "a command is wanted");
    cli.command = find_command(argc, argv, optind, &n_words);
    if (cli.command == NULL) {
        const char *next = optind + 1 < argc ? argv[optind + 1] : "";
        bool asks_for_help = strcmp(next, "--help") == 0 || strcmp(next, "-h") == 0;
        return asks_for_help ? print_help(argv[optind]) : unknown_command(argc - optind, argv + optind);
    }
    if (cli.command->run_raw != NULL || cli.command->run_hook != NULL) {
        int at = optind;
        optind = 0; /* glibc: the next getopt starts afresh */
        if (cli.command->run_hook != NULL) return cli.command->run_hook(hooks, argc - at, argv + at);
        return cli.command->run_raw(argc - at, argv + at);
    }
    optind += n_words;
    return run_command(&cli, argc, argv);
}
