/* Text builder. Layer: base. */
#include "tokentco/text.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_BYTES = 256 };

void text_init(Text *text)
{
    *text = (Text){0};
}

void text_free(Text *text)
{
    free(text->data);
    *text = (Text){0};
}

void text_clear(Text *text)
{
    text->n_bytes = 0;
    if (text->data != NULL) text->data[0] = '\0';
}

static void reserve(Text *text, size_t n_more)
{
    size_t need = text->n_bytes + n_more + 1;
    if (need <= text->capacity) return;
    size_t capacity = text->capacity == 0 ? FIRST_BYTES : text->capacity;
    while (capacity < need) capacity *= 2;
    char *data = realloc(text->data, capacity);
    if (data == NULL) {
        fprintf(stderr, "tokentco: out of memory (%zu bytes wanted)\n", capacity);
        exit(70);
    }
    text->data = data;
    text->capacity = capacity;
}

void text_addn(Text *text, const char *part, size_t n)
{
    reserve(text, n);
    memcpy(text->data + text->n_bytes, part, n);
    text->n_bytes += n;
    text->data[text->n_bytes] = '\0';
}

void text_add(Text *text, const char *part)
{
    text_addn(text, part, strlen(part));
}

void text_add_char(Text *text, char c, size_t times)
{
    reserve(text, times);
    memset(text->data + text->n_bytes, c, times);
    text->n_bytes += times;
    text->data[text->n_bytes] = '\0';
}

void text_addf(Text *text, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int n = vsnprintf(NULL, 0, format, args);
    va_end(args);
    if (n > 0) {
        reserve(text, (size_t)n);
        vsnprintf(text->data + text->n_bytes, (size_t)n + 1, format, again);
        text->n_bytes += (size_t)n;
    }
    va_end(again);
}

const char *text_str(const Text *text)
{
    return text->data != NULL ? text->data : "";
}

bool text_is_plain(const char *text)
{
    for (const unsigned char *c = (const unsigned char *)text; *c != '\0'; c++) {
        bool is_c1 = c[0] == 0xC2 && c[1] >= 0x80 && c[1] < 0xA0; /* U+0080 to U+009F in UTF-8 */
        if (*c < ' ' || *c == 0x7F || is_c1) return false;
    }
    return true;
}
