/* Text builder: a string that grows.
 *
 * Layer: base. Views build their output in one and write it at once, so that nothing is half-written.
 */
#ifndef TOKENTCO_TEXT_H
#define TOKENTCO_TEXT_H

#include <stdbool.h>
#include <stddef.h>

typedef struct Text {
    char *data; /* owned, always terminated once something was added; NULL while empty */
    size_t n_bytes;
    size_t capacity;
} Text;

void text_init(Text *text);
void text_free(Text *text);
void text_clear(Text *text); /* empties, keeps the memory */
void text_add(Text *text, const char *part);
void text_addn(Text *text, const char *part, size_t n);
void text_addf(Text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_char(Text *text, char c, size_t times);

/* No control characters: safe on a terminal, and one line. */
bool text_is_plain(const char *text);

/* The content, never NULL. Borrowed: valid until the next change. */
const char *text_str(const Text *text);

#endif
