/* Events of the scenario as rows: read, put and taken out as one edit each.
 *
 * Layer: tui (no curses). An edit writes the whole event, so that a factor can give way to a value in one
 * step.
 */
#ifndef TOKENTCO_TUI_EVENT_ROWS_H
#define TOKENTCO_TUI_EVENT_ROWS_H

#include "tui/app.h"

typedef struct EventRow {
    double month; /* after the start */
    char target[POINTER_BYTES], note[EDITOR_BYTES];
    bool is_note_new; /* else the document's own stays, however long */
    bool has_factor, has_value;
    double factor, value;
    EventTakes takes; /* what an event on this target states */
} EventRow;

int events_count(const App *app);
EventRow event_read(const App *app, int row);
/* Writes an event; the row after the last one is a new event. False: the scenario refuses it, as `err` says.
 */
bool event_put(App *app, int row, const EventRow *event, Err *err);
bool event_take_out(App *app, int row, Err *err);

/* Moves an event to a target; what that one does not take is dropped, and what it needs is added. */
void event_aim(EventRow *event, const char *target);
void event_set_factor(EventRow *event, double factor);
void event_set_value(EventRow *event, double value);
int event_targets_count(void);
/* The i-th target after (before) the event's own in the list of what events move, for the same plan. */
void event_target_after(const EventRow *event, int step, char out[POINTER_BYTES]);
/* What events move that this plan feels first: its own kind's prices. */
void event_first_target(const App *app, char out[POINTER_BYTES]);
/* What an event on the target moves, in words; "" when it is none. */
void event_target_text(const char *target, char *out, size_t size);

/* "2027-06", or months after the start. */
bool event_month_parse(const Inputs *inputs, const char *text, double *out, Err *err);
/* "0.8", "x0.8", "+10%", "-20%". */
bool event_factor_parse(const char *text, double *out, Err *err);

#endif
