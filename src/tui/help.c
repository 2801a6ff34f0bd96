/* Help text, from the tables of actions and screens. Layer: tui (no curses). */
#include "tui/parts.h"

#include <stdio.h>
#include <string.h>

void help_fill(App *app)
{
    Text *out = &app->popup;
    text_clear(out);
    text_addf(out, "%s\n", screens[app->screen].doc);
    const char *group = "";
    for (int i = ACTION_NONE + 1; i < N_ACTIONS; i++) {
        const Action *action = &actions[i];
        if ((action->screens & (1u << app->screen)) == 0) continue;
        if (strcmp(group, action->group) != 0) text_addf(out, "%s\n", action->group);
        group = action->group;
        text_addf(out, "  %-10s %s\n", action->keys, action->help);
    }
    text_add(out, "Screens\n");
    for (int i = 0; i < N_SCREENS; i++)
        text_addf(out, "  %-10c %s: %s\n", screens[i].key, screens[i].title, screens[i].doc);
    text_add(
        out,
        "Values\n  2.49/h  8x  70%  1.5k  3.2M  36mo  50ms are all understood, where they fit the unit\n");
}
