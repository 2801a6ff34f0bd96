/* Mouse: the places that take clicks, and sliders that are dragged. Layer: tui (no curses). */
#include "tui/parts.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

void zone_add(App *app, Zone zone)
{
    if (app->n_zones < ZONES_MAX) app->zones[app->n_zones++] = zone;
}

void app_zone_row(App *app, Rect rect, int pane, int row)
{
    zone_add(app, (Zone){.rect = rect, .kind = ZONE_ROW, .pane = pane, .row = row});
}

void app_zone_slider(App *app, Rect rect, const FieldAt *field, double low, double high, bool is_log)
{
    zone_add(
        app,
        (Zone){
            .rect = rect, .kind = ZONE_SLIDER, .low = low, .high = high, .is_log = is_log, .field = *field});
}

static void drag_slider(App *app, int x)
{
    const Zone *zone = &app->drag;
    const FieldRow *row = field_ref_row(&zone->field.ref);
    double share = zone->rect.width > 1 ? (double)(x - zone->rect.x) / (zone->rect.width - 1) : 0.0;
    share = share < 0.0 ? 0.0 : share > 1.0 ? 1.0 : share;
    double value = zone->is_log ? zone->low * pow(zone->high / zone->low, share)
                                : zone->low + share * (zone->high - zone->low);
    char digits[40];
    snprintf(digits, sizeof digits, "%.3g", value);
    value = row->type == FIELD_INT ? round(value) : strtod(digits, NULL);
    if (value < row->min || value > row->max) value = fmin(fmax(value, row->min), row->max);
    Err err = {0};
    if (!app_set_number(app, &zone->field, value, &err))
        app_say(app, LOOK_WARN, "%s: %s", row->name, err.text);
}

void app_mouse(App *app, MouseKind kind, int x, int y)
{
    if (app_is_too_small(app) || app->mode == MODE_PROMPT || app->mode == MODE_CONFIRM) return;
    if (kind == MOUSE_WHEEL_UP || kind == MOUSE_WHEEL_DOWN) {
        app_key(app, kind == MOUSE_WHEEL_UP ? KEY_OF_UP : KEY_OF_DOWN);
        return;
    }
    if (kind == MOUSE_RELEASE && app->is_dragging) {
        app->is_dragging = false;
        session_begin_gesture(app->session);
    }
    if (kind == MOUSE_DRAG && app->is_dragging) drag_slider(app, x);
    if (kind != MOUSE_PRESS || app->mode != MODE_NORMAL) {
        if (kind == MOUSE_PRESS) app->mode = MODE_NORMAL;
        return;
    }
    for (int i = app->n_zones - 1; i >= 0; i--) {
        const Zone *zone = &app->zones[i];
        if (!rect_contains(zone->rect, x, y)) continue;
        if (zone->kind == ZONE_SCREEN) {
            switch_screen(app, zone->row);
        } else if (zone->kind == ZONE_SLIDER) {
            session_begin_gesture(app->session);
            app->drag = *zone;
            app->is_dragging = true;
            drag_slider(app, x);
        } else if (screens[app->screen].click != NULL) {
            screens[app->screen].click(app, app->states[app->screen], zone->pane, zone->row);
        }
        return;
    }
}
