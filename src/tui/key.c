/* Key names. Layer: tui (no curses). */
#include "tui/key.h"

#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

static const struct {
    Key key;
    const char *name;
} named[] = {{KEY_OF_TAB, "Tab"},        {KEY_OF_ENTER, "Enter"}, {KEY_OF_ESCAPE, "Esc"},
             {KEY_OF_BACKSPACE, "Bksp"}, {' ', "Space"},
#define KEY_ROW(id, name) {KEY_OF_##id, name},
             SPECIAL_KEYS(KEY_ROW)
#undef KEY_ROW
};

bool key_is_text(Key key)
{
    return key >= ' ' && key != KEY_OF_BACKSPACE && key < KEY_SPECIAL_FIRST && !(key >= 0x80 && key < 0xa0) &&
           utf8proc_codepoint_valid((utf8proc_int32_t)key);
}

Key key_parse(const char *name, size_t n_bytes)
{
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        if (strlen(named[i].name) == n_bytes && memcmp(named[i].name, name, n_bytes) == 0)
            return named[i].key;
    if (n_bytes == 3 && name[0] == 'C' && name[1] == '-' && name[2] >= 'a' && name[2] <= 'z')
        return KEY_CTRL(name[2]);
    utf8proc_int32_t code;
    utf8proc_ssize_t used =
        utf8proc_iterate((const utf8proc_uint8_t *)name, (utf8proc_ssize_t)n_bytes, &code);
    if (used != (utf8proc_ssize_t)n_bytes || !key_is_text((Key)code)) return KEY_OF_NONE;
    return (Key)code;
}

void key_format(Key key, char *out, size_t size)
{
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++) {
        if (named[i].key != key) continue;
        snprintf(out, size, "%s", named[i].name);
        return;
    }
    if (key < ' ') {
        snprintf(out, size, "C-%c", (char)('a' + key - 1));
        return;
    }
    utf8proc_uint8_t bytes[5] = {0};
    utf8proc_encode_char((utf8proc_int32_t)key, bytes);
    snprintf(out, size, "%s", (const char *)bytes);
}
