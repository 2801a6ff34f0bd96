/* The table of screens: a later one joins with a row here and an id in actions.h. Layer: tui (no curses). */
#include "tui/screens.h"

#include <stdio.h>

const Screen screens[N_SCREENS] = {
    [SCREEN_OVERVIEW] = {'1', "overview", "Overview",
                         "Plans side by side, the assumptions that matter, and cost by volume and by month.",
                         sizeof(OverviewState), overview_draw, overview_handle, overview_field,
                         overview_export, overview_click, NULL, NULL},
    [SCREEN_ASSUME] = {'2', "assume", "Assume",
                       "Every field of the scenario: value, default, range, and where it comes from.",
                       sizeof(AssumeState), assume_draw, assume_handle, assume_field, assume_export,
                       assume_click, assume_search, assume_filter},
    [SCREEN_LEDGER] = {'3', "ledger", "Ledger",
                       "One plan's cost by category and month; Enter shows what a figure is made of.",
                       sizeof(LedgerState), ledger_draw, ledger_handle, NULL, ledger_export, ledger_click,
                       NULL, NULL},
    [SCREEN_CAPACITY] =
        {'4', "capacity", "Capacity",
         "Replicas by hour of the week, utilisation, and what a decode step spends its time on.",
         sizeof(CapacityState), capacity_draw, capacity_handle, NULL, capacity_export, NULL, NULL, NULL},
    [SCREEN_PRICES] = {'5', "prices", "Prices",
                       "The price book as of the scenario's date; left and right change the table.",
                       sizeof(PricesState), price_screen_draw, price_screen_handle, NULL, price_screen_export,
                       price_screen_click, price_screen_search, price_screen_filter},
    [SCREEN_COMPARE] = {'6', "compare", "Compare",
                        "Baseline against now: every plan's cost by category, and what was edited.",
                        sizeof(CompareState), compare_draw, compare_handle, NULL, compare_export, NULL, NULL,
                        NULL},
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
