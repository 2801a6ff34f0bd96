/* Compare: baseline against now, by category, and the edits between them. Layer: tui (no curses). */
#include "tui/screens.h"

#include "tokentco/format.h"
#include "tokentco/table.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static void draw_categories(App *app, CompareState *state, Rect rect)
{
    Canvas *canvas = app->canvas;
    const OptionResult *now = session_result(app->session, app->option);
    const OptionResult *base = session_base_result(app->session, app->option);
    canvas_text(canvas, rect.x + 1, rect.y, LOOK_DIM, "category");
    canvas_text_right(canvas, rect.x + 18, rect.y, 14, LOOK_DIM, "baseline");
    canvas_text_right(canvas, rect.x + 32, rect.y, 14, LOOK_DIM, "now");
    canvas_text_right(canvas, rect.x + 46, rect.y, 13, LOOK_DIM, "Δ");
    double largest = 1.0;
    for (int c = 0; c < N_CATEGORIES; c++)
        largest = fmax(largest, fabs(now->category_usd[c] - (base != NULL ? base->category_usd[c] : 0.0)));
    int y = rect.y + 1, last = rect.y + rect.height;
    int n_skipped = state->list.cursor;
    for (int c = 0; c <= N_CATEGORIES && y < last; c++) {
        double before = base == NULL ? 0.0 : c < N_CATEGORIES ? base->category_usd[c] : base->npv_usd;
        double after = c < N_CATEGORIES ? now->category_usd[c] : now->npv_usd;
        if (before == 0.0 && after == 0.0) continue;
        if (n_skipped-- > 0) continue;
        bool is_total = c == N_CATEGORIES;
        char text[FORMAT_BYTES];
        canvas_text(canvas, rect.x + 1, y, is_total ? LOOK_BOLD : LOOK_PLAIN,
                    is_total ? "NPV" : cost_categories[c].name);
        format_grouped(before, text);
        canvas_text_right(canvas, rect.x + 18, y, 14, LOOK_DIM, base != NULL ? text : "-");
        format_grouped(after, text);
        canvas_text_right(canvas, rect.x + 32, y, 14, is_total ? LOOK_BOLD : LOOK_PLAIN, text);
        format_delta(after - before, text);
        bool is_same = strcmp(text, "=") == 0;
        Look look = is_same ? LOOK_DIM : after < before ? LOOK_GOOD : LOOK_BAD;
        canvas_text_right(canvas, rect.x + 46, y, 13, look, text);
        int width = rect.width - 62, bar = is_total ? 0 : (int)(fabs(after - before) / largest * width);
        for (int i = 0; i < bar; i++)
            canvas_text(canvas, rect.x + 60 + i, y, look, after < before ? "▒" : "█");
        y++;
    }
}

static void draw_edits(App *app, Rect rect)
{
    const Session *session = app->session;
    canvas_textf(app->canvas, rect.x + 1, rect.y, LOOK_DIM,
                 "%d edits since the file was read (u undoes, C-r does again)", session->n_done);
    for (int i = 0; i + 1 < rect.height && i < session->n_done; i++) {
        const Edit *edit = &session->edits[session->n_done - 1 - i];
        bool is_long = strlen(edit->before) > 60 || strlen(edit->after) > 60;
        char text[512];
        snprintf(text, sizeof text, "%.120s: %.60s -> %.60s",
                 edit->pointer[0] != '\0' ? edit->pointer : "(whole file)",
                 is_long                   ? "..."
                 : edit->before[0] != '\0' ? edit->before
                                           : "(not stated)",
                 is_long                  ? "..."
                 : edit->after[0] != '\0' ? edit->after
                                          : "(not stated)");
        canvas_text_fit(app->canvas, rect.x + 2, rect.y + 1 + i, rect.width - 4, LOOK_PLAIN, text);
    }
}

void compare_draw(App *app, void *at, Rect rect)
{
    CompareState *state = at;
    const OptionResult *now = session_result(app->session, app->option);
    draw_plan_head(app, rect, "baseline against now");
    Rect body, edits, rest;
    rect_split_rows(rect, 2, &rest);
    int n_edits = app->session->n_done + 1 < 6 ? app->session->n_done + 1 : 6;
    body = rect_split_rows(rest, rest.height - n_edits, &edits);
    if (now->is_feasible)
        draw_categories(app, state, body);
    else
        canvas_text_fit(app->canvas, body.x + 1, body.y, body.width - 2, LOOK_BAD, now->reason);
    draw_edits(app, edits);
}

bool compare_handle(App *app, void *at, ActionId action)
{
    CompareState *state = at;
    return handle_plan_choice(app, action) ||
           list_handle(&state->list, action, N_CATEGORIES, app->canvas->height - 8);
}

void compare_export(App *app, void *at, Text *out)
{
    (void)at;
    const Inputs *inputs = session_inputs(app->session);
    CsvOut csv;
    csv_out_init(&csv, out, CSV_RFC4180);
    static const char *const head[] = {"plan", "category", "baseline_usd", "now_usd"};
    for (size_t i = 0; i < sizeof head / sizeof head[0]; i++) csv_out_text(&csv, head[i]);
    csv_out_end_line(&csv);
    for (int i = 0; i < inputs->n_options; i++) {
        const OptionResult *now = session_result(app->session, i),
                           *base = session_base_result(app->session, i);
        for (int c = 0; c < N_CATEGORIES && now->is_feasible; c++) {
            csv_out_text(&csv, inputs->options[i].name);
            csv_out_text(&csv, cost_categories[c].name);
            if (base != NULL)
                csv_out_number(&csv, base->category_usd[c]);
            else
                csv_out_null(&csv);
            csv_out_number(&csv, now->category_usd[c]);
            csv_out_end_line(&csv);
        }
    }
}
