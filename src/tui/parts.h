/* What the parts of the app ask of each other; screens do not need it. Layer: tui (no curses). */
#ifndef TOKENTCO_TUI_PARTS_H
#define TOKENTCO_TUI_PARTS_H

#include "tui/app.h"

/* ---- app.c ---- */

void switch_screen(App *app, int screen);
bool go_to_screen(App *app, const char *name);

/* ---- edit.c: the value under the cursor ---- */

bool field_at_cursor(App *app, FieldAt *out);
void step_field(App *app, int n);
void reset_field(App *app);
void undo_or_redo(App *app, bool is_undo);
void start_field_prompt(App *app, PromptKind kind);

/* ---- prompt.c, palette.c, help.c ---- */

void prompt_start(App *app, PromptKind kind, const char *text, bool is_fresh);
void prompt_key(App *app, Key key);
void prompt_draw(App *app, int y);
/* Completes the command that is typed, or runs it (the best fit when it is not whole). */
void palette_complete(App *app);
bool palette_run(App *app, const char *text, Err *err);
void palette_draw(App *app, int y);
void help_fill(App *app);

/* ---- save.c ---- */

void confirm_start(App *app, ConfirmKind kind, const char *question);
void confirm_key(App *app, Key key);
void ask_to_quit(App *app);
void save_to(App *app, const char *path, bool is_asked);
void write_export(App *app, const char *path);
void copy_view(App *app);

/* ---- reload.c ---- */

void ask_to_reload(App *app);
void reload_files(App *app);

/* ---- mouse.c ---- */

void zone_add(App *app, Zone zone);

#endif
