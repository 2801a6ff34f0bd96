/* `tokentco tui`: options, session, and one of two drivers: the terminal or a script. Layer: tui. */
#include "tokentco/tui.h"

#include "tui/app.h"
#include "tui/journal.h"
#include "tui/script.h"
#include "tui/term.h"

#include "tokentco/file.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { SCRIPT_BYTES_MAX = 4 << 20 };

static const char default_scenario[] = "support-chat";

typedef struct TuiOptions {
    SessionOptions session;
    const char *script; /* NULL: the terminal */
    int width, height;
    bool is_ascii, is_mono, is_recovering, wants_help;
    Theme theme;
} TuiOptions;

/* name, argument (NULL: a flag), doc */
#define TUI_OPTIONS(_)                                                                                       \
    _(AS_OF, "--as-of", "DATE", "take prices as of this day instead of the scenario's own")                  \
    _(PRICING, "--pricing", "DIR", "folder of your own prices, laid over the shipped ones")                  \
    _(RECORDS, "--records", "DIR", "folder of measurement records instead of your own")                      \
    _(RECOVER, "--recover", NULL, "take up the session that was cut off last")                               \
    _(THEME, "--theme", "NAME", "dark, light, contrast or mono")                                             \
    _(ASCII, "--ascii", NULL, "draw with ASCII characters only")                                             \
    _(MONO, "--mono", NULL, "no colour")                                                                     \
    _(SCRIPT, "--script", "FILE", "run without a terminal: commands of FILE, dumps on standard output")      \
    _(SIZE, "--size", "WxH", "size of the screen of a script; 80x24 when left out")                          \
    _(HELP, "--help", NULL, "print this")

typedef enum TuiOptionId {
#define TUI_ENUM(id, name, argument, doc) TUI_##id,
    TUI_OPTIONS(TUI_ENUM)
#undef TUI_ENUM
        N_TUI_OPTIONS
} TuiOptionId;

static const struct {
    const char *name, *argument, *doc;
} tui_options[N_TUI_OPTIONS] = {
#define TUI_ROW(id, name, argument, doc) [TUI_##id] = {name, argument, doc},
    TUI_OPTIONS(TUI_ROW)
#undef TUI_ROW
};

static void print_help(void)
{
    Text out;
    text_init(&out);
    text_add(&out, "tokentco tui [SCENARIO] [options]\n\nChange assumptions and see what they do. SCENARIO "
                   "is a file or the "
                   "name of a shipped scenario.\n\nOptions:\n");
    for (int i = 0; i < N_TUI_OPTIONS; i++) {
        char name[32];
        snprintf(name, sizeof name, "%s %s", tui_options[i].name,
                 tui_options[i].argument != NULL ? tui_options[i].argument : "");
        text_addf(&out, "  %-16s %s\n", name, tui_options[i].doc);
    }
    text_add(&out, "\nScreens:\n");
    for (int i = 0; i < N_SCREENS; i++)
        text_addf(&out, "  %c  %-10s %s\n", screens[i].key, screens[i].name, screens[i].doc);
    text_add(&out, "\n");
    actions_add_manual(&out);
    fputs(text_str(&out), stdout);
    text_free(&out);
}

/* A line that begins with a dot or a quote would be a request to roff, and a backslash an escape. */
static void add_roff(Text *out, const char *text)
{
    if (text[0] == '.' || text[0] == '\'') text_add(out, "\\&");
    for (; *text != '\0'; text++) text_addf(out, *text == '\\' ? "\\e" : "%c", *text);
}

void tui_manual_add(Text *out)
{
    text_add(out, ".Sh TERMINAL APP\n.Nm tokentco Cm tui\n.Op Ar scenario\n.Op Ar option ...\n.Pp\nOptions:\n"
                  ".Bl -tag -width Ds\n");
    for (int i = 0; i < N_TUI_OPTIONS; i++)
        text_addf(out, ".It Fl %s%s%s\n%s\n", tui_options[i].name + 1,
                  tui_options[i].argument != NULL ? " Ar " : "",
                  tui_options[i].argument != NULL ? tui_options[i].argument : "", tui_options[i].doc);
    text_add(out, ".El\n.Pp\nScreens:\n.Bl -tag -width Ds\n");
    for (int i = 0; i < N_SCREENS; i++)
        text_addf(out, ".It %c %s\n%s\n", screens[i].key, screens[i].title, screens[i].doc);
    const char *group = "";
    for (int i = ACTION_NONE + 1; i < N_ACTIONS; i++) {
        if (strcmp(group, actions[i].group) != 0)
            text_addf(out, ".El\n.Pp\nKeys, %s:\n.Bl -tag -width Ds\n", group = actions[i].group);
        text_add(out, ".It ");
        add_roff(out, actions[i].keys);
        text_addf(out, " (%s)\n", actions[i].name);
        add_roff(out, actions[i].help);
        text_add(out, "\n");
    }
    text_add(out, ".El\n");
}

static bool theme_parse(const char *name, Theme *out, Err *err)
{
    for (int i = 0; i < N_THEMES; i++) {
        if (strcmp(theme_name((Theme)i), name) != 0) continue;
        *out = (Theme)i;
        return true;
    }
    return err_set(err, ERR_USAGE, "no theme '%.40s'; there are dark, light, contrast and mono", name);
}

static bool take_option(TuiOptions *options, TuiOptionId id, const char *value, Err *err)
{
    switch (id) {
    case TUI_AS_OF:
        options->session.has_as_of = true;
        if (parse_date(value, &options->session.as_of, err)) return true;
        err->code = ERR_USAGE;
        return false;
    case TUI_PRICING:
        options->session.overlay = value;
        return true;
    case TUI_RECORDS:
        options->session.records = value;
        return true;
    case TUI_RECOVER:
        options->is_recovering = true;
        return true;
    case TUI_THEME:
        return theme_parse(value, &options->theme, err);
    case TUI_ASCII:
        options->is_ascii = true;
        return true;
    case TUI_MONO:
        options->is_mono = true;
        return true;
    case TUI_SCRIPT:
        options->script = value;
        return true;
    case TUI_SIZE:
        return size_parse(value, &options->width, &options->height, err);
    case TUI_HELP:
        options->wants_help = true;
        return true;
    case N_TUI_OPTIONS:
        break;
    }
    return false;
}

static bool parse_arguments(int argc, char **argv, TuiOptions *out, Err *err)
{
    const char *no_colour = getenv("NO_COLOR");
    *out = (TuiOptions){.width = WIDTH_FULL,
                        .height = HEIGHT_FULL,
                        .is_ascii = !term_is_utf8(),
                        .is_mono = no_colour != NULL && no_colour[0] != '\0'};
    for (int i = 1; i < argc; i++) {
        const char *word = argv[i];
        if (word[0] != '-' || strcmp(word, "-") == 0) {
            if (out->session.scenario != NULL) return err_set(err, ERR_USAGE, "tui takes one scenario");
            out->session.scenario = word;
            continue;
        }
        int id = 0;
        size_t length = strcspn(word, "=");
        if (strcmp(word, "-h") == 0) word = "--help", length = strlen(word);
        while (id < N_TUI_OPTIONS &&
               (strlen(tui_options[id].name) != length || strncmp(tui_options[id].name, word, length) != 0))
            id++;
        if (id == N_TUI_OPTIONS)
            return err_set(err, ERR_USAGE, "tui: unknown option '%.60s'; see `tokentco tui --help`", word);
        const char *value = word[length] == '=' ? word + length + 1 : NULL;
        if (tui_options[id].argument != NULL && value == NULL) value = ++i < argc ? argv[i] : NULL;
        if (tui_options[id].argument != NULL && value == NULL)
            return err_set(err, ERR_USAGE, "%s needs %s", tui_options[id].name, tui_options[id].argument);
        if (!take_option(out, (TuiOptionId)id, value, err)) return false;
    }
    return true;
}

static bool run_script(App *app, const char *path, Err *err)
{
    char *text;
    size_t n_bytes;
    if (!file_read(path, SCRIPT_BYTES_MAX, &text, &n_bytes, err)) return false;
    Text out;
    text_init(&out);
    bool ok = script_run(app, path, text, &out, err);
    if (fwrite(text_str(&out), 1, out.n_bytes, stdout) != out.n_bytes || fflush(stdout) != 0)
        ok = err_set(err, ERR_IO, "writing to standard output failed");
    text_free(&out);
    free(text);
    return ok;
}

static bool run_terminal(App *app, const TuiOptions *options, const char *journal_path, Err *err)
{
    Journal journal;
    journal_start(&journal, app->session->path);
    app->log = journal_log;
    /* cppcheck-suppress autoVariables ; taken out again below */
    app->log_context = &journal;
    if (journal_path != NULL) {
        int n = journal_replay(app, journal_path, err);
        unlink(journal_path);
        app_say(app, LOOK_GOOD, "recovered: %d edits done again", n);
    }
    const char *path = app->session->path;
    TermOptions term = {!options->is_mono, strcmp(path, "-") != 0 ? path : NULL};
    bool ok = term_run(app, &term, err);
    /* Ended by a signal or a lost line with edits open: the journal stays, --recover takes it up. */
    if (app->wants_quit || !session_is_dirty(app->session)) journal_end(&journal);
    app->log = NULL;
    app->log_context = NULL;
    return ok;
}

static int run(const TuiOptions *options, const char *journal_path)
{
    ErrList errors;
    err_list_init(&errors);
    Err err = {0};
    Session *session = session_open(&options->session, &errors);
    err_list_print(&errors, stderr);
    int status = (int)err_list_code(&errors);
    err_list_free(&errors);
    if (session == NULL) return status != ERR_NONE ? status : (int)ERR_BUG;
    Canvas *canvas = canvas_new(options->width, options->height, options->is_ascii);
    App app;
    app_init(&app, session, canvas);
    app.theme = options->is_mono ? THEME_MONO : options->theme;
    bool ok = options->script != NULL ? run_script(&app, options->script, &err)
                                      : run_terminal(&app, options, journal_path, &err);
    app_free(&app);
    canvas_free(canvas);
    session_close(session);
    if (ok) return 0;
    err_print(&err, stderr);
    return (int)err.code;
}

int tui_main(int argc, char **argv)
{
    TuiOptions options;
    Err err = {0};
    char journal_path[900] = "", scenario[512];
    if (!parse_arguments(argc, argv, &options, &err)) {
        err_print(&err, stderr);
        return (int)err.code;
    }
    if (options.wants_help) {
        print_help();
        return 0;
    }
    if (options.is_recovering) {
        if (!journal_find(journal_path, sizeof journal_path, scenario, sizeof scenario, &err)) {
            err_print(&err, stderr);
            return (int)err.code;
        }
        options.session.scenario = scenario;
    }
    if (options.session.scenario == NULL) options.session.scenario = default_scenario;
    if (options.script == NULL && (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))) {
        fprintf(stderr, "tokentco: tui needs a terminal; `tokentco run` prints the answer, --script FILE "
                        "runs without one\n");
        return (int)ERR_USAGE;
    }
    return run(&options, journal_path[0] != '\0' ? journal_path : NULL);
}
