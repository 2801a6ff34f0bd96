/* Panels of the Risk screen. Layer: tui (no curses). */
#ifndef TOKENTCO_TUI_RISK_PANELS_H
#define TOKENTCO_TUI_RISK_PANELS_H

#include "tui/job_risk.h"
#include "tui/screens.h"

#include "tokentco/risk_report.h"

typedef enum RiskPanel {
    RISK_FAN,
    RISK_HISTOGRAM,
    RISK_TORNADO,
    RISK_INDICES,
    RISK_VALUE,
    RISK_CONVERGENCE,
    N_RISK_PANELS
} RiskPanel;
enum { RISK_PANE_PLANS = N_RISK_PANELS }; /* clicks on the table */

void draw_risk_panel(App *app, RiskState *state, RiskPanel panel, Rect rect, bool is_focus);

/* What is uncertain, what moves most first; returns how many. */
int risk_item_order(const App *app, int order[UNCERTAIN_MAX]);

/* The newest results as the reports take them. False: there are none yet. */
bool risk_view_fill(const App *app, RiskView *out);

/* The newest draws, when they are of the plans that are there now; of an older edit perhaps. Else NULL. */
const RiskStudy *app_risk_study(const App *app);

/* How far an input must move to change the winner: "↑ 4.2x", "never". */
void flip_text(const Flip *flip, double base, char out[FORMAT_BYTES]);

/* "71 %", "<0.1 %". */
void format_share(double share, char out[FORMAT_BYTES]);

#endif
