/* Picks: a row of prices or of the market goes into the scenario, as one step of undo.
 *
 * Layer: tui (no curses). Each says what it did, or why not.
 */
#ifndef TOKENTCO_TUI_PICK_H
#define TOKENTCO_TUI_PICK_H

#include "tui/app.h"

#include "tokentco/search.h"

/* Puts a row of the price book into the plan under view: a rental price or an API's, a model, an accelerator.
 */
void pick_price(App *app, PriceKind kind, const PriceRow *row);
/* Adds a plan of the search to the scenario and looks at it. */
void pick_plan(App *app, const SearchPlan *plan);

#endif
