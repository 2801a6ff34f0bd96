/* Help, manual page and shell completion, printed from the tables. Layer: cli. */
#include "cli/commands.h"

#include <stdio.h>
#include <string.h>

enum { OPTION_COLUMN = 24, COMMAND_COLUMN = 34, LINE_WIDTH = 100 };

/* "-o, --output FILE" */
static void option_usage(const OptionRow *row, char *out, size_t size)
{
    char letter[8] = "    ";
    if (row->letter != 0) snprintf(letter, sizeof letter, "-%c, ", row->letter);
    snprintf(out, size, "%s--%s%s%s", letter, row->name, row->argument != NULL ? " " : "",
             row->argument != NULL ? row->argument : "");
}

/* Text broken at blanks so that lines end before LINE_WIDTH; later lines start at `column`. */
static void add_wrapped(Text *out, int at, int column, const char *text)
{
    bool is_first = true;
    while (*text != '\0') {
        int length = (int)strcspn(text, " ");
        if (!is_first && at + 1 + length > LINE_WIDTH) {
            text_add(out, "\n");
            text_add_char(out, ' ', (size_t)column);
            at = column;
        } else if (!is_first) {
            text_add(out, " ");
            at++;
        }
        text_addn(out, text, (size_t)length);
        at += length;
        text += length + (text[length] == ' ');
        is_first = false;
    }
    text_add(out, "\n");
}

static void add_two_columns(Text *out, const char *left, int column, const char *right)
{
    text_addf(out, "  %s", left);
    int at = (int)strlen(left) + 2;
    if (at >= column) {
        text_add(out, "\n");
        at = 0;
    }
    text_add_char(out, ' ', (size_t)(column - at));
    add_wrapped(out, column, column, right);
}

static void add_options(const Command *command, Text *out)
{
    text_add(out, "\nOptions:\n");
    const OptionRow *rows[COMMAND_ROWS_MAX];
    int n = command_option_rows(command, rows);
    for (int i = 0; i < n; i++) {
        char usage[64];
        option_usage(rows[i], usage, sizeof usage);
        add_two_columns(out, usage, OPTION_COLUMN, rows[i]->doc);
    }
}

static void add_one(const Command *command, Text *out)
{
    text_addf(out, "tokentco %s %s%s: %s.\n", command->name, command->arguments,
              command->arguments[0] != '\0' ? " [OPTION...]" : "[OPTION...]", command->summary);
    if (command->details[0] != '\0') text_addf(out, "\n%s\n", command->details);
    add_options(command, out);
}

bool help_add_command(const char *name, Text *out)
{
    bool is_found = false;
    size_t n = strlen(name);
    for (int i = 0; i < n_cli_commands; i++) {
        const char *here = cli_commands[i]->name;
        if (strncmp(here, name, n) != 0 || (here[n] != '\0' && here[n] != ' ')) continue;
        if (is_found) text_add(out, "\n");
        add_one(cli_commands[i], out);
        is_found = true;
    }
    return is_found;
}

void help_add_overview(Text *out)
{
    text_add(
        out,
        "tokentco compares what LLM inference costs on your own hardware, on rented GPUs and at an API.\n\n"
        "Usage: tokentco COMMAND [OPTION...] [ARGUMENT...]\n\nCommands:\n");
    for (int i = 0; i < n_cli_commands; i++) {
        char usage[128];
        snprintf(usage, sizeof usage, "%s %s", cli_commands[i]->name, cli_commands[i]->arguments);
        add_two_columns(out, usage, COMMAND_COLUMN, cli_commands[i]->summary);
    }
    text_add(out, "\nExit status:\n");
    for (int i = 0; i < n_cli_exits; i++) text_addf(out, "  %-3d %s\n", cli_exits[i].code, cli_exits[i].doc);
    text_add(out, "\n`tokentco help COMMAND` explains a command and its options.\n");
}

/* ---- the manual page ---- */

/* mdoc: a line that starts with a dot or an apostrophe is a request, and a backslash escapes. */
static void add_roff(Text *out, const char *text)
{
    bool is_line_start = true;
    for (; *text != '\0'; text++) {
        if (is_line_start && (*text == '.' || *text == '\'')) text_add(out, "\\&");
        text_add(out, *text == '\\' ? "\\e" : "");
        if (*text != '\\') text_addn(out, text, 1);
        is_line_start = *text == '\n';
    }
}

static void add_man_option(const OptionRow *row, Text *out)
{
    text_add(out, ".It ");
    if (row->letter != 0) text_addf(out, "Fl %c , ", row->letter);
    text_addf(out, "Fl -%s%s%s\n", row->name, row->argument != NULL ? " Ar " : "",
              row->argument != NULL ? row->argument : "");
    add_roff(out, row->doc);
    text_add(out, "\n");
}

static void add_man_command(const Command *command, Text *out)
{
    text_addf(out, ".It Cm %s", command->name);
    if (command->arguments[0] != '\0') text_addf(out, " %s", command->arguments);
    text_add(out, "\n");
    add_roff(out, command->summary);
    text_add(out, ".\n");
    if (command->details[0] != '\0') {
        text_add(out, ".Bd -literal\n");
        add_roff(out, command->details);
        text_add(out, "\n.Ed\n");
    }
    if (command->own_options != NULL) {
        text_add(out, "Options:\n.Bl -tag -width Ds\n");
        for (int i = 0; i < command->n_own_options; i++) add_man_option(&command->own_options[i], out);
        text_add(out, ".El\n");
        return;
    }
    if (command->n_options == 0) return;
    text_add(out, "Options:");
    for (int i = 0; i < command->n_options; i++)
        text_addf(out, "\n.Fl -%s%s", cli_options[command->options[i]].name,
                  i < command->n_options - 1 ? " ," : " .");
    text_add(out, "\n");
}

void help_add_man(Text *out)
{
    text_add(
        out,
        ".Dd $Mdocdate$\n.Dt TOKENTCO 1\n.Os\n.Sh NAME\n.Nm tokentco\n"
        ".Nd total cost of ownership of LLM inference\n.Sh SYNOPSIS\n.Nm\n.Ar command\n.Op Ar option ...\n"
        ".Op Ar argument ...\n.Sh COMMANDS\n.Bl -tag -width Ds\n");
    for (int i = 0; i < n_cli_commands; i++) add_man_command(cli_commands[i], out);
    text_add(out, ".El\n.Sh OPTIONS\n.Bl -tag -width Ds\n");
    for (int i = 0; i < N_OPTIONS; i++) add_man_option(&cli_options[i], out);
    text_add(out, ".El\n.Sh EXIT STATUS\n.Bl -tag -width Ds\n");
    for (int i = 0; i < n_cli_exits; i++) text_addf(out, ".It %d\n%s\n", cli_exits[i].code, cli_exits[i].doc);
    text_add(out, ".El\n");
}

/* ---- completion ---- */

void help_add_bash(Text *out)
{
    text_add(out, "# bash completion for tokentco\n_tokentco() {\n"
                  "    local word=${COMP_WORDS[COMP_CWORD]} options=\n"
                  "    case \"${COMP_WORDS[1]} ${COMP_WORDS[2]}\" in\n");
    for (int pass = 0; pass < 2; pass++) { /* two-word commands first: `case` takes the first match */
        for (int i = 0; i < n_cli_commands; i++) {
            const Command *command = cli_commands[i];
            if ((strchr(command->name, ' ') != NULL) != (pass == 0)) continue;
            text_addf(out, "    \"%s\"*) options=\"", command->name);
            const OptionRow *rows[COMMAND_ROWS_MAX];
            int n = command_option_rows(command, rows);
            for (int o = 0; o < n; o++) text_addf(out, "--%s ", rows[o]->name);
            text_add(out, "\" ;;\n");
        }
    }
    text_add(out, "    esac\n    if [ \"$COMP_CWORD\" -eq 1 ]; then\n        COMPREPLY=($(compgen -W \"");
    for (int i = 0; i < n_cli_commands; i++) {
        size_t n = strcspn(cli_commands[i]->name, " ");
        bool is_repeat = i > 0 && strncmp(cli_commands[i - 1]->name, cli_commands[i]->name, n) == 0;
        if (!is_repeat) text_addf(out, "%.*s ", (int)n, cli_commands[i]->name);
    }
    text_add(out, "\" -- \"$word\"))\n    elif [[ $word == -* ]]; then\n"
                  "        COMPREPLY=($(compgen -W \"$options\" -- \"$word\"))\n    else\n"
                  "        COMPREPLY=($(compgen -f -- \"$word\"))\n    fi\n}\ncomplete -o filenames -F "
                  "_tokentco tokentco\n");
}

static int run_help(const Cli *cli)
{
    Text out;
    text_init(&out);
    char name[64];
    snprintf(name, sizeof name, "%s%s%s", cli->n_words > 0 ? cli->words[0] : "", cli->n_words > 1 ? " " : "",
             cli->n_words > 1 ? cli->words[1] : "");
    int status = ERR_NONE;
    if (cli_has(cli, OPT_MAN)) {
        help_add_man(&out);
        if (cli->hooks != NULL && cli->hooks->tui_manual != NULL) cli->hooks->tui_manual(&out);
    } else if (cli_has(cli, OPT_BASH)) {
        help_add_bash(&out);
    } else if (cli->n_words == 0) {
        help_add_overview(&out);
    } else if (!help_add_command(name, &out)) {
        status = cli_usage_error(NULL, "there is no command '%s'", name);
    }
    if (status == ERR_NONE) status = cli_write(cli, &out);
    text_free(&out);
    return status;
}

const Command command_help = {
    .name = "help",
    .arguments = "[COMMAND]",
    .summary = "explain the program or a command; manual page and shell completion",
    .details = "",
    .max_words = 2,
    .run = run_help,
    .n_options = 3,
    .options = {OPT_MAN, OPT_BASH, OPT_OUTPUT},
};
