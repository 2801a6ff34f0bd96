/* Search in lists. Layer: tui (no curses). */
#include "tui/find.h"

#include <string.h>
#include <strings.h>

bool text_holds(const char *text, const char *part)
{
    size_t length = strlen(part);
    if (length == 0) return true;
    for (; *text != '\0'; text++)
        if (strncasecmp(text, part, length) == 0) return true;
    return false;
}

int find_row(int cursor, int n_rows, int direction, bool (*fits)(const void *context, int row),
             const void *context)
{
    int step = direction < 0 ? -1 : 1, first = direction == 0 ? 0 : 1;
    for (int i = first; i < n_rows + first; i++) {
        int row = ((cursor + step * i) % n_rows + n_rows) % n_rows;
        if (fits(context, row)) return row;
    }
    return -1;
}
