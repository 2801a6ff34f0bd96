/* What each screen gives to the table of screens. Layer: tui (no curses). */
#ifndef TOKENTCO_TUI_SCREENS_H
#define TOKENTCO_TUI_SCREENS_H

#include "tui/app.h"
#include "tui/job_search.h"

typedef enum OverviewPane { OVERVIEW_PLANS, OVERVIEW_LEVERS, OVERVIEW_CHART, N_OVERVIEW_PANES } OverviewPane;
typedef struct OverviewState {
    int pane; /* OverviewPane */
    ListView levers;
    int chart; /* 0: by volume, 1: by month; where only one fits */
    int point; /* the chart's cursor, 1-based; 0: none */
    bool is_linear;
    int order; /* of plans: as written, by NPV */
} OverviewState;
void overview_draw(App *app, void *state, Rect rect);
bool overview_handle(App *app, void *state, ActionId action);
bool overview_field(App *app, void *state, FieldAt *out);
void overview_export(App *app, void *state, Text *csv);
void draw_volume_chart(App *app, const OverviewState *state, Rect rect);
void draw_month_chart(App *app, const OverviewState *state, Rect rect);
void overview_click(App *app, void *state, int pane, int row);

typedef struct AssumeState {
    ListView list;
    unsigned char is_toggled[INPUT_OPTIONS_MAX + INPUT_WORKLOADS_MAX + 2]
                            [N_GROUPS + 1]; /* folded or opened by hand */
    char filter[EDITOR_BYTES];
} AssumeState;
void assume_draw(App *app, void *state, Rect rect);
bool assume_handle(App *app, void *state, ActionId action);
bool assume_field(App *app, void *state, FieldAt *out);
void assume_export(App *app, void *state, Text *csv);
void assume_click(App *app, void *state, int pane, int row);
void assume_search(App *app, void *state, const char *needle, int direction);
void assume_filter(App *app, void *state, const char *needle);

typedef struct LedgerState {
    ListView list;
    int column; /* of the cursor: 0 the total, then the months */
    int first_column;
    int order; /* of categories: as in the books, by size */
} LedgerState;
void ledger_draw(App *app, void *state, Rect rect);
bool ledger_handle(App *app, void *state, ActionId action);
void ledger_export(App *app, void *state, Text *csv);
void ledger_click(App *app, void *state, int pane, int row);

typedef struct CapacityState {
    int month;
} CapacityState;
void capacity_draw(App *app, void *state, Rect rect);
bool capacity_handle(App *app, void *state, ActionId action);
void capacity_export(App *app, void *state, Text *csv);

typedef struct PricesState {
    ListView list;
    int kind; /* PriceKind */
    char filter[EDITOR_BYTES];
} PricesState;
void price_screen_draw(App *app, void *state, Rect rect);
bool price_screen_handle(App *app, void *state, ActionId action);
void price_screen_export(App *app, void *state, Text *csv);
void price_screen_click(App *app, void *state, int pane, int row);
void price_screen_search(App *app, void *state, const char *needle, int direction);
void price_screen_filter(App *app, void *state, const char *needle);

typedef struct CompareState {
    ListView list;
} CompareState;
void compare_draw(App *app, void *state, Rect rect);
bool compare_handle(App *app, void *state, ActionId action);
void compare_export(App *app, void *state, Text *csv);

enum { EVENTS_SHOWN_MAX = 24 }; /* with their effect */
typedef struct EventsState {
    ListView list;
    int column;
    unsigned revision; /* of the session when the effects on the plan were measured */
    int option;
    int n;
    bool has_effect[EVENTS_SHOWN_MAX];
    double effect_usd[EVENTS_SHOWN_MAX]; /* NPV with the event less NPV without it */
} EventsState;
void events_draw(App *app, void *state, Rect rect);
bool events_handle(App *app, void *state, ActionId action);
bool events_answer(App *app, void *state, int question, const char *text, Err *err);
void events_export(App *app, void *state, Text *csv);
void events_click(App *app, void *state, int pane, int row);

typedef struct RiskState {
    int panel;      /* RiskPanel, that has the cursor */
    ListView items; /* uncertain inputs, what moves most first */
    int fan_kind;   /* FanKind */
} RiskState;
void risk_draw(App *app, void *state, Rect rect);
bool risk_handle(App *app, void *state, ActionId action);
bool risk_field(App *app, void *state, FieldAt *out);
void risk_export(App *app, void *state, Text *csv);
void risk_click(App *app, void *state, int pane, int row);

typedef struct SearchState {
    SearchWish wish;
    int which; /* list that is shown */
    ListView list;
    int sort; /* column; -1 as found */
    char filter[EDITOR_BYTES];
} SearchState;
void search_draw(App *app, void *state, Rect rect);
bool search_handle(App *app, void *state, ActionId action);
void search_export(App *app, void *state, Text *csv);
void search_click(App *app, void *state, int pane, int row);
void search_search(App *app, void *state, const char *needle, int direction);
void search_filter(App *app, void *state, const char *needle);
bool search_answer(App *app, void *state, int question, const char *text, Err *err);
void search_start(void *state);

typedef struct BenchRecords BenchRecords;
typedef struct BenchState {
    ListView list;
    BenchRecords *records; /* owned; NULL: not read yet */
    unsigned n_measured;   /* of the app when they were read */
    bool is_roofline;      /* the picture fills the place of the tables */
} BenchState;
void bench_draw(App *app, void *state, Rect rect);
bool bench_handle(App *app, void *state, ActionId action);
void bench_export(App *app, void *state, Text *csv);
void bench_click(App *app, void *state, int pane, int row);
void bench_search(App *app, void *state, const char *needle, int direction);
void bench_end(void *state);

/* "3 MONTHS" style heads shared by screens that look at one plan: its number, name and kind. */
void draw_plan_head(App *app, Rect rect, const char *what);
/* Next or previous plan on Tab. False for other actions. */
bool handle_plan_choice(App *app, ActionId action);

#endif
