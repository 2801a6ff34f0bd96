/* App: what is on the screen and what keys do to it.
 *
 * Layer: tui (no curses). Keys and clicks go in, a drawn canvas comes out; `term` and `script` are its two
 * drivers. A screen is one row of `screens`: it draws, takes actions, and names the field under its cursor;
 * everything that screens share (edits, undo, prompts, help, export) lives here.
 */
#ifndef TOKENTCO_TUI_APP_H
#define TOKENTCO_TUI_APP_H

#include "tui/actions.h"
#include "tui/canvas.h"
#include "tui/editor.h"
#include "tui/jobs.h"
#include "tui/session.h"

#include "tokentco/chart.h"
#include "tokentco/format.h"

typedef struct App App;

enum { WIDTH_FULL = 80, HEIGHT_FULL = 24, WIDTH_LEAST = 60, HEIGHT_LEAST = 16, ZONES_MAX = 256 };

/* A field under the cursor. `is_shared`: it stands for the field of every option, and edits write the shared
 * value. */
typedef struct FieldAt {
    FieldRef ref;
    bool is_shared;
} FieldAt;

typedef struct Screen {
    char key;
    const char *name, *title, *brief, *doc; /* brief: the tab where there is little room */
    size_t state_bytes;                     /* zeroed memory of the screen's own */
    void (*draw)(App *app, void *state, Rect rect);
    bool (*handle)(App *app, void *state, ActionId action);                   /* false: not for this screen */
    bool (*field)(App *app, void *state, FieldAt *out);                       /* NULL: edits nothing */
    void (*export)(App *app, void *state, Text *csv);                         /* NULL: exports nothing */
    void (*click)(App *app, void *state, int pane, int row);                  /* NULL: takes no clicks */
    void (*search)(App *app, void *state, const char *needle, int direction); /* NULL: no search */
    void (*filter)(App *app, void *state, const char *needle);                /* NULL: no filter */
    /* The answer to what the screen asked with app_ask; NULL: it asks nothing. */
    bool (*answer)(App *app, void *state, int question, const char *text, Err *err);
    void (*start)(void *state); /* what is not zero at first; NULL: all is */
    void (*end)(void *state);   /* frees what the state owns; NULL: nothing */
} Screen;
extern const Screen screens[N_SCREENS];

typedef enum Mode { MODE_NORMAL, MODE_PROMPT, MODE_HELP, MODE_POPUP, MODE_CONFIRM } Mode;
typedef enum PromptKind {
    PROMPT_FIELD,
    PROMPT_COMMAND,
    PROMPT_SEARCH,
    PROMPT_FILTER,
    PROMPT_SAVE_AS,
    PROMPT_EXPORT,
    PROMPT_GOAL,
    PROMPT_SPREAD,
    PROMPT_SCREEN
} PromptKind;
typedef enum ConfirmKind { CONFIRM_QUIT, CONFIRM_OVERWRITE, CONFIRM_RELOAD } ConfirmKind;

/* What a click at a place means. */
typedef enum ZoneKind { ZONE_SCREEN, ZONE_ROW, ZONE_SLIDER } ZoneKind;
typedef struct Zone {
    Rect rect;
    ZoneKind kind;
    int pane, row;
    double low, high; /* SLIDER: values at its ends */
    bool is_log;
    FieldAt field;
} Zone;

typedef struct ListView {
    int cursor, top;
} ListView;

typedef enum Theme { THEME_DARK, THEME_LIGHT, THEME_CONTRAST, THEME_MONO, N_THEMES } Theme;
const char *theme_name(Theme theme);

struct App {
    Session *session; /* borrowed */
    Canvas *canvas;   /* borrowed */
    ScreenId screen;
    void *states[N_SCREENS]; /* owned */
    int option;              /* the plan that screens look at */
    Mode mode;
    PromptKind prompt;
    Editor editor;
    char prompt_error[256];
    int question; /* PROMPT_SCREEN: which of the screen's questions, and how it is put */
    char question_label[96], question_hint[256];
    FieldAt field; /* PROMPT_FIELD, PROMPT_GOAL, PROMPT_SPREAD: what is edited */
    char needle[EDITOR_BYTES];
    ConfirmKind confirm;
    char pending_path[512];
    Text popup; /* MODE_POPUP, MODE_HELP: lines shown over the screen */
    char popup_title[96];
    int popup_top, popup_lines;
    char notice[256]; /* is_file_changed: what the files would change */
    char message[256];
    Look message_look;
    Zone zones[ZONES_MAX];
    int n_zones;
    Zone drag; /* the slider that the mouse holds */
    bool is_dragging;
    bool wants_quit, wants_redraw, has_mouse, is_file_changed;
    Text clipboard; /* not empty: the terminal is asked to copy it */
    Theme theme;
    Jobs jobs;
    bool has_risk;                                   /* draws were started */
    unsigned risk_revision;                          /* of the session that they are about */
    bool has_taken_measurement;                      /* the end of the run whose result stands was seen */
    unsigned n_measured;                             /* benchmarks that have ended: records are read again */
    void (*log)(void *context, const char *command); /* journal; NULL: none */
    void *log_context;
};

void app_init(App *app, Session *session, Canvas *canvas);
void app_free(App *app);

void app_key(App *app, Key key);
typedef enum MouseKind { MOUSE_PRESS, MOUSE_DRAG, MOUSE_RELEASE, MOUSE_WHEEL_UP, MOUSE_WHEEL_DOWN } MouseKind;
void app_mouse(App *app, MouseKind kind, int x, int y);
void app_draw(App *app);
/* A file that was read has changed on disk: says what it would change. */
void notice_changes(App *app);
/* Takes what background work has handed over. */
void app_tick(App *app);
/* The same when all of it has ended. For scripts. */
void app_wait(App *app);
void app_perform(App *app, ActionId action);

/* "set /options/1/rent/decline_per_year 20%", "save-as FILE", or the name of an action or screen. */
bool app_command(App *app, const char *line, Err *err);

void app_say(App *app, Look look, const char *format, ...) __attribute__((format(printf, 3, 4)));
bool app_is_too_small(const App *app);

/* ---- for screens ---- */

/* Starts drawing anew when an edit has made the last draws old. Results are in app->jobs.results. */
void app_want_risk(App *app);

void app_popup(App *app, const char *title); /* shows app->popup, which the caller has filled */
/* Asks for a line of text; the answer goes to the screen. `hint` is shown below while it is typed. */
void app_ask(App *app, int question, const char *text, const char *label, const char *hint);
void app_zone_row(App *app, Rect rect, int pane, int row);
void app_zone_slider(App *app, Rect rect, const FieldAt *field, double low, double high, bool is_log);
bool app_is_editing(const App *app, const FieldAt *field);
/* Puts JSON at a pointer of the document ("" takes it out); logs it. */
bool app_put_raw(App *app, const char *pointer, const char *json, Err *err);
/* Sets a field as a person types it ("2.49/h", "true", "custom"); logs it. */
bool app_set_field(App *app, const FieldAt *field, const char *text, Err *err);
bool app_set_number(App *app, const FieldAt *field, double value, Err *err);

/* Moves a list's cursor. False when the action is not a move. */
bool list_handle(ListView *list, ActionId action, int n_rows, int page);
/* Keeps the cursor on the page, and tells the first row shown. */
int list_top(ListView *list, int n_rows, int page);
void draw_scrollbar(Canvas *canvas, Rect rect, int top, int n_rows);
/* A bar that is filled to a share. */
void draw_gauge(Canvas *canvas, int x, int y, int width, double share);
void draw_chart(Canvas *canvas, Rect rect, Chart *chart);
void draw_slider(Canvas *canvas, int x, int y, int width, double low, double high, bool is_log, double start,
                 double value);
/* A field's value, or the line editor when it is being edited. */
void draw_value(App *app, const FieldAt *field, int x, int y, int width, Look look);
void format_field(const Session *session, const FieldAt *field, char *out, size_t size);
/* Ends of a slider around the value that a field started with. */
void slider_range(const FieldRow *row, double start, double *low, double *high, bool *is_log);
/* A change of money with its sign: "-12,345"; "=" when nothing changed. */
void format_delta(double usd, char out[FORMAT_BYTES]);

#endif
