/* Keys: a code for every key that the program knows, and names for them.
 *
 * Layer: tui (no curses). A Key is a Unicode code point, a control character, or one of the codes above
 * Unicode. The same names stand in the key table, in scripts, in the help and in the manual.
 */
#ifndef TOKENTCO_TUI_KEY_H
#define TOKENTCO_TUI_KEY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint32_t Key;

/* id, name */
/* clang-format off */
#define SPECIAL_KEYS(_)                                                                                                \
    _(UP, "Up") _(DOWN, "Down") _(LEFT, "Left") _(RIGHT, "Right") _(PAGE_UP, "PgUp") _(PAGE_DOWN, "PgDn")              \
    _(HOME, "Home") _(END, "End") _(DELETE, "Del") _(INSERT, "Ins") _(BACK_TAB, "S-Tab") _(F1, "F1") _(F2, "F2")       \
    _(F3, "F3") _(F4, "F4") _(F5, "F5") _(F6, "F6") _(F7, "F7") _(F8, "F8") _(F9, "F9") _(F10, "F10")
/* clang-format on */

enum {
    KEY_OF_NONE = 0,
    KEY_OF_TAB = 9,
    KEY_OF_ENTER = 13,
    KEY_OF_ESCAPE = 27,
    KEY_OF_BACKSPACE = 127,
    KEY_SPECIAL_FIRST = 0x110000,
#define KEY_ENUM(id, name) KEY_OF_##id,
    SPECIAL_KEYS(KEY_ENUM)
#undef KEY_ENUM
        KEY_SPECIAL_END
};

#define KEY_CTRL(letter) ((Key)((letter)&0x1f))

/* A character that a person types into a line. */
bool key_is_text(Key key);

/* "x", "Enter", "C-r", "Space", "PgUp". KEY_OF_NONE for an unknown name. */
Key key_parse(const char *name, size_t n_bytes);
void key_format(Key key, char *out, size_t size);

#endif
