/* The table of screens: a later one joins with a row here and an id in actions.h. Layer: tui (no curses). */
#include "tui/screens.h"

#include <stdio.h>

const Screen screens[N_SCREENS] = {
    [SCREEN_OVERVIEW] = {.key = '1',
                         .name = "overview",
                         .title = "Overview",
                         .brief = "Over",
                         .doc = "Plans side by side, the assumptions that matter, and cost by volume and by "
                                "month.",
                         .state_bytes = sizeof(OverviewState),
                         .draw = overview_draw,
                         .handle = overview_handle,
                         .field = overview_field,
                         .export = overview_export,
                         .click = overview_click},
    [SCREEN_ASSUME] = {.key = '2',
                       .name = "assume",
                       .title = "Assume",
                       .brief = "Assu",
                       .doc = "Every field of the scenario: value, default, range, and where it comes from.",
                       .state_bytes = sizeof(AssumeState),
                       .draw = assume_draw,
                       .handle = assume_handle,
                       .field = assume_field,
                       .export = assume_export,
                       .click = assume_click,
                       .search = assume_search,
                       .filter = assume_filter},
    [SCREEN_LEDGER] = {.key = '3',
                       .name = "ledger",
                       .title = "Ledger",
                       .brief = "Ledg",
                       .doc = "One plan's cost by category and month; Enter shows what a figure is made of.",
                       .state_bytes = sizeof(LedgerState),
                       .draw = ledger_draw,
                       .handle = ledger_handle,
                       .export = ledger_export,
                       .click = ledger_click},
    [SCREEN_CAPACITY] = {.key = '4',
                         .name = "capacity",
                         .title = "Capacity",
                         .brief = "Capa",
                         .doc = "Replicas by hour of the week, utilisation, and what a decode step spends "
                                "its time on.",
                         .state_bytes = sizeof(CapacityState),
                         .draw = capacity_draw,
                         .handle = capacity_handle,
                         .export = capacity_export},
    [SCREEN_PRICES] = {.key = '5',
                       .name = "prices",
                       .title = "Prices",
                       .brief = "Pric",
                       .doc = "The price book as of the scenario's date; left and right change the table.",
                       .state_bytes = sizeof(PricesState),
                       .draw = price_screen_draw,
                       .handle = price_screen_handle,
                       .export = price_screen_export,
                       .click = price_screen_click,
                       .search = price_screen_search,
                       .filter = price_screen_filter},
    [SCREEN_COMPARE] = {.key = '6',
                        .name = "compare",
                        .title = "Compare",
                        .brief = "Comp",
                        .doc = "Baseline against now: every plan's cost by category, and what was edited.",
                        .state_bytes = sizeof(CompareState),
                        .draw = compare_draw,
                        .handle = compare_handle,
                        .export = compare_export},
    [SCREEN_EVENTS] = {.key = '7',
                       .name = "events",
                       .title = "Events",
                       .brief = "Even",
                       .doc = "What changes in a month (prices, wages, volumes) and what that does to NPV.",
                       .state_bytes = sizeof(EventsState),
                       .draw = events_draw,
                       .handle = events_handle,
                       .export = events_export,
                       .click = events_click,
                       .answer = events_answer},
    [SCREEN_RISK] = {.key = '8',
                     .name = "risk",
                     .title = "Risk",
                     .brief = "Risk",
                     .doc =
                         "How sure it is: fan, histogram, tornado, Sobol indices, regret, worth of knowing, "
                         "flip distances.",
                     .state_bytes = sizeof(RiskState),
                     .draw = risk_draw,
                     .handle = risk_handle,
                     .field = risk_field,
                     .export = risk_export,
                     .click = risk_click},
    [SCREEN_SEARCH] = {.key = '9',
                       .name = "search",
                       .title = "Search",
                       .brief = "Sear",
                       .doc =
                           "Every plan that the market offers, cheapest first; p adds one to the scenario.",
                       .state_bytes = sizeof(SearchState),
                       .start = search_start,
                       .draw = search_draw,
                       .handle = search_handle,
                       .export = search_export,
                       .click = search_click,
                       .search = search_search,
                       .filter = search_filter,
                       .answer = search_answer},
    [SCREEN_BENCH] = {.key = '0',
                      .name = "bench",
                      .title = "Bench",
                      .brief = "Benc",
                      .doc = "Measured speeds: records, their points, what kernels reach; r measures here.",
                      .state_bytes = sizeof(BenchState),
                      .draw = bench_draw,
                      .handle = bench_handle,
                      .export = bench_export,
                      .click = bench_click,
                      .search = bench_search,
                      .end = bench_end},
};

void draw_plan_head(App *app, Rect rect, const char *what)
{
    const OptionInputs *option = &session_inputs(app->session)->options[app->option];
    int x = rect.x + 1;
    x += canvas_textf(app->canvas, x, rect.y, look_of_series(app->option), "%d ", app->option + 1);
    x += canvas_text(app->canvas, x, rect.y, LOOK_BOLD, option->name);
    x += canvas_textf(app->canvas, x, rect.y, LOOK_DIM, " (%s)  %s", option_kind_name(option->kind), what);
    static const char hint[] = "Tab: next plan";
    int room = rect.x + rect.width - x - 1;
    if (room > (int)sizeof hint) canvas_text_right(app->canvas, x, rect.y, room, LOOK_DIM, hint);
}

bool handle_plan_choice(App *app, ActionId action)
{
    int n = session_inputs(app->session)->n_options;
    if (action == ACTION_NEXT_PANE)
        app->option = (app->option + 1) % n;
    else if (action == ACTION_PREVIOUS_PANE)
        app->option = (app->option + n - 1) % n;
    else
        return false;
    return true;
}
