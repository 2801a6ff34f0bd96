/* The key table: every key of the terminal app, once.
 *
 * Layer: tui (no curses). Dispatch, footer, help, command palette and manual all read it, so that none can
 * disagree.
 */
#ifndef TOKENTCO_TUI_ACTIONS_H
#define TOKENTCO_TUI_ACTIONS_H

#include "tui/key.h"

#include "tokentco/text.h"

typedef enum ScreenId {
    SCREEN_OVERVIEW,
    SCREEN_ASSUME,
    SCREEN_LEDGER,
    SCREEN_CAPACITY,
    SCREEN_PRICES,
    SCREEN_COMPARE,
    SCREEN_EVENTS,
    SCREEN_RISK,
    SCREEN_SEARCH,
    SCREEN_BENCH,
    N_SCREENS
} ScreenId;

/* Where a key is valid. */
enum {
    ON_OVERVIEW = 1 << SCREEN_OVERVIEW,
    ON_ASSUME = 1 << SCREEN_ASSUME,
    ON_LEDGER = 1 << SCREEN_LEDGER,
    ON_CAPACITY = 1 << SCREEN_CAPACITY,
    ON_PRICES = 1 << SCREEN_PRICES,
    ON_COMPARE = 1 << SCREEN_COMPARE,
    ON_EVENTS = 1 << SCREEN_EVENTS,
    ON_RISK = 1 << SCREEN_RISK,
    ON_SEARCH = 1 << SCREEN_SEARCH,
    ON_BENCH = 1 << SCREEN_BENCH,
    ON_ALL = (1 << N_SCREENS) - 1,
    ON_FIELDS = ON_OVERVIEW | ON_ASSUME | ON_RISK,
    ON_EDITS = ON_FIELDS | ON_EVENTS,
    ON_LISTS = ON_ASSUME | ON_PRICES | ON_SEARCH | ON_BENCH, /* that can be searched */
    ON_RUNS = ON_SEARCH | ON_BENCH,                          /* that start long work */
    ON_PICKS = ON_PRICES | ON_SEARCH | ON_BENCH              /* whose rows go into a plan */
};

/* id, keys separated by blanks, command name, short label, group, screens, rank in the footer (0: not there),
 * help. */
#define ACTIONS(_)                                                                                           \
    _(HELP, "? F1", "help", "help", "General", ON_ALL, 1, "show the keys that are valid here")               \
    _(PALETTE, ":", "command", "command", "General", ON_ALL, 9, "type a command by name; Tab completes")     \
    _(QUIT, "q", "quit", "quit", "General", ON_ALL, 2, "leave; asks when there are unsaved edits")           \
    _(INTERRUPT, "C-c", "leave", "leave", "General", ON_ALL, 0, "leave, after asking")                       \
    _(BACK, "Esc", "back", "back", "General", ON_ALL, 0, "close what is open, clear a filter; never leaves") \
    _(SAVE, "w C-s", "save", "save", "General", ON_ALL, 0, "write the scenario to its file")                 \
    _(SAVE_AS, "W", "save-as", "save as", "General", ON_ALL, 0, "write the scenario to another file")        \
    _(EXPORT, "E", "export", "export", "General", ON_ALL, 10, "write what is shown to a CSV file")           \
    _(COPY, "y", "copy", "copy", "General", ON_ALL, 0,                                                       \
      "copy what is shown to the clipboard, through the terminal")                                           \
    _(THEME, "T", "theme", "theme", "General", ON_ALL, 0, "next theme: dark, light, contrast, mono")         \
    _(MOUSE, "m", "mouse", "mouse", "General", ON_ALL, 0,                                                    \
      "mouse on or off; off lets the terminal select text")                                                  \
    _(REDRAW, "C-l", "redraw", "redraw", "General", ON_ALL, 0, "draw the whole screen again")                \
    _(RELOAD, "R", "reload", "reload", "General", ON_ALL, 0, "read the scenario file again")                 \
    _(NEXT_SCREEN, "}", "next-screen", "next", "General", ON_ALL, 0, "next screen; digits choose one")       \
    _(PREVIOUS_SCREEN, "{", "previous-screen", "previous", "General", ON_ALL, 0, "previous screen")          \
    _(UP, "k Up", "up", "up", "Moving", ON_ALL, 0, "one line up")                                            \
    _(DOWN, "j Down", "down", "down", "Moving", ON_ALL, 0, "one line down")                                  \
    _(LEFT, "h Left", "left", "left", "Moving", ON_ALL, 0,                                                   \
      "one column left; a chart's cursor left; fold a branch")                                               \
    _(RIGHT, "l Right", "right", "right", "Moving", ON_ALL, 0,                                               \
      "one column right; a chart's cursor right; unfold")                                                    \
    _(PAGE_UP, "PgUp C-u", "page-up", "page up", "Moving", ON_ALL, 0, "one page up")                         \
    _(PAGE_DOWN, "PgDn C-d", "page-down", "page down", "Moving", ON_ALL, 0, "one page down")                 \
    _(TOP, "g Home", "top", "top", "Moving", ON_ALL, 0, "first line")                                        \
    _(BOTTOM, "G End", "bottom", "bottom", "Moving", ON_ALL, 0, "last line")                                 \
    _(NEXT_PANE, "Tab", "next-pane", "pane", "Moving", ON_ALL, 0, "next pane or plan")                       \
    _(PREVIOUS_PANE, "S-Tab", "previous-pane", "pane", "Moving", ON_ALL, 0, "previous pane or plan")         \
    _(SEARCH, "/", "search", "search", "Moving", ON_LISTS, 8, "search; n and N go on")                       \
    _(SEARCH_NEXT, "n", "search-next", "next hit", "Moving", ON_LISTS, 0, "next hit")                        \
    _(SEARCH_PREVIOUS, "N", "search-previous", "previous hit", "Moving", ON_LISTS, 0, "previous hit")        \
    _(FILTER, "\\ F4", "filter", "filter", "Moving", ON_ASSUME | ON_PRICES | ON_SEARCH, 8,                   \
      "show only lines with this text")                                                                      \
    _(ENTER, "Enter", "edit", "edit", "Editing", ON_EDITS, 3,                                                \
      "edit the value; open a plan's ledger, a branch")                                                      \
    _(OPEN, "Enter", "explain", "explain", "Moving", ON_LEDGER | ON_PRICES | ON_SEARCH, 3,                   \
      "show what is behind the line")                                                                        \
    _(STEP_UP, "+", "step-up", "+- step", "Editing", ON_EDITS | ON_SEARCH, 4, "one step up")                 \
    _(STEP_DOWN, "-", "step-down", "", "Editing", ON_EDITS | ON_SEARCH, 0, "one step down")                  \
    _(TEN_DOWN, "[", "ten-down", "[] x10", "Editing", ON_EDITS, 5, "ten steps down")                         \
    _(TEN_UP, "]", "ten-up", "", "Editing", ON_EDITS, 0, "ten steps up")                                     \
    _(RESET, "Del", "reset", "reset", "Editing", ON_FIELDS, 0,                                               \
      "take the value out, so that its source counts again")                                                 \
    _(ADD, "a", "add", "add", "Editing", ON_EVENTS, 4, "add an event")                                       \
    _(REMOVE, "Del", "remove", "remove", "Editing", ON_EVENTS, 5, "remove the event")                        \
    _(PICK, "p", "pick", "pick", "Editing", ON_PICKS, 4, "put what is under the cursor into the plan")       \
    _(SPREAD, "d", "spread", "spread", "Editing", ON_FIELDS, 9,                                              \
      "say how sure the value is: 0.4 to 2.5 is 5 % to 95 %")                                                \
    _(UNDO, "u", "undo", "undo", "Editing", ON_ALL, 6, "undo one edit, without limit")                       \
    _(REDO, "C-r U", "redo", "redo", "Editing", ON_ALL, 0, "do the undone edit again")                       \
    _(PIN, "b", "baseline", "baseline", "What if", ON_ALL, 7,                                                \
      "pin the present state as baseline; deltas count from it")                                             \
    _(GOAL, "=", "goal", "goal", "What if", ON_FIELDS, 7,                                                    \
      "find the value at which this plan's NPV is a given amount")                                           \
    _(BREAK_EVEN, "x", "break-even", "break-even", "What if", ON_OVERVIEW, 8,                                \
      "set volume to the next break-even")                                                                   \
    _(CHART, "v", "chart", "chart", "Charts", ON_OVERVIEW | ON_RISK | ON_BENCH, 8, "the next chart")         \
    _(SCALE, "L", "scale", "scale", "Charts", ON_OVERVIEW | ON_RISK, 0,                                      \
      "logarithmic or linear; sums or USD per Mtok")                                                         \
    _(ZOOM_IN, "z", "zoom-in", "zoom", "Charts", ON_OVERVIEW, 0, "a narrower range of volumes")              \
    _(ZOOM_OUT, "Z", "zoom-out", "zoom out", "Charts", ON_OVERVIEW, 0, "a wider range of volumes")           \
    _(RUN, "r", "run", "run", "Charts", ON_RUNS, 3, "start it, in the background")                           \
    _(NARROW, "i", "narrow", "only", "Charts", ON_SEARCH, 5,                                                 \
      "look only at some models, GPUs, sellers or regions")                                                  \
    _(CANCEL, "c", "cancel", "cancel", "Charts", ON_RUNS, 4, "end what runs in the background")              \
    _(SORT, "s", "sort", "sort", "Charts", ON_OVERVIEW | ON_LEDGER | ON_SEARCH, 0, "next order of the lines")

typedef enum ActionId {
    ACTION_NONE,
#define ACTION_ENUM(id, keys, name, label, group, screens, rank, help) ACTION_##id,
    ACTIONS(ACTION_ENUM)
#undef ACTION_ENUM
        N_ACTIONS
} ActionId;

typedef struct Action {
    const char *keys, *name, *label, *group;
    unsigned screens;
    int rank;
    const char *help;
} Action;
extern const Action actions[N_ACTIONS];

/* The action of a key on a screen; ACTION_NONE when the key means nothing there. */
ActionId action_of_key(Key key, ScreenId screen);
ActionId action_find(const char *name);

/* The key table as text, by group: for `help tui` and the manual. */
void actions_add_manual(Text *out);

#endif
