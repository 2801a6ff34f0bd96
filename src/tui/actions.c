/* Key table. Layer: tui (no curses). */
#include "tui/actions.h"

#include <string.h>

const Action actions[N_ACTIONS] = {
#define ACTION_ROW(id, keys, name, label, group, screens, rank, help)                                        \
    [ACTION_##id] = {keys, name, label, group, screens, rank, help},
    ACTIONS(ACTION_ROW)
#undef ACTION_ROW
};

ActionId action_of_key(Key key, ScreenId screen)
{
    for (int i = ACTION_NONE + 1; i < N_ACTIONS; i++) {
        if ((actions[i].screens & (1u << screen)) == 0) continue;
        for (const char *at = actions[i].keys; *at != '\0';) {
            size_t length = strcspn(at, " ");
            if (key_parse(at, length) == key) return (ActionId)i;
            at += length;
            at += strspn(at, " ");
        }
    }
    return ACTION_NONE;
}

ActionId action_find(const char *name)
{
    for (int i = ACTION_NONE + 1; i < N_ACTIONS; i++)
        if (strcmp(actions[i].name, name) == 0) return (ActionId)i;
    return ACTION_NONE;
}

void actions_add_manual(Text *out)
{
    const char *group = "";
    for (int i = ACTION_NONE + 1; i < N_ACTIONS; i++) {
        if (strcmp(group, actions[i].group) != 0) {
            text_addf(out, "%s%s:\n", group[0] != '\0' ? "\n" : "", actions[i].group);
            group = actions[i].group;
        }
        text_addf(out, "  %-10s %-16s %s\n", actions[i].keys, actions[i].name, actions[i].help);
    }
}
