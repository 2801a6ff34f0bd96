/* Figures as people read them, and the width of text. Layer: view. */
#include "tokentco/format.h"

#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <utf8proc.h>

/* From here on a double no longer holds every whole number, and grouped digits would pretend it did. */
static const double GROUPED_MAX = 9e15;

void format_grouped(double value, char out[FORMAT_BYTES])
{
    if (!(fabs(value) < GROUPED_MAX)) {
        snprintf(out, FORMAT_BYTES, "%.3g", value);
        return;
    }
    char digits[FORMAT_BYTES];
    snprintf(digits, sizeof digits, "%.0f", fabs(value));
    size_t n = strlen(digits), used = 0;
    if (value < 0.0 && strcmp(digits, "0") != 0) out[used++] = '-';
    for (size_t i = 0; i < n; i++) {
        if (i > 0 && (n - i) % 3 == 0) out[used++] = ',';
        out[used++] = digits[i];
    }
    out[used] = '\0';
}

void format_price(double value, char out[FORMAT_BYTES])
{
    double size = fabs(value);
    if (size >= 999.995) {
        format_grouped(value, out);
    } else if (size >= 0.0995 || size == 0.0) {
        snprintf(out, FORMAT_BYTES, "%.2f", value);
    } else {
        snprintf(out, FORMAT_BYTES, "%.2g", value);
    }
}

void format_si(double value, char out[FORMAT_BYTES])
{
    static const struct {
        double size;
        const char *prefix;
    } steps[] = {{1e12, " T"}, {1e9, " G"}, {1e6, " M"}, {1e3, " k"}};
    /* 999,500 must become "1 M", not "1e+03 k": the limit is where rounding to three digits carries over. */
    const double carry = 0.9995;
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
        if (fabs(value) < steps[i].size * carry) continue;
        double scaled = value / steps[i].size;
        if (fabs(scaled) >= 1000.0) {
            snprintf(out, FORMAT_BYTES, "%.3g", value);
        } else {
            snprintf(out, FORMAT_BYTES, "%.3g%s", scaled, steps[i].prefix);
        }
        return;
    }
    snprintf(out, FORMAT_BYTES, "%.3g", value);
}

void format_percent(double fraction, char out[FORMAT_BYTES])
{
    double percent = 100.0 * fraction;
    double size = fabs(percent);
    bool is_whole = fabs(percent - round(percent)) < 0.05;
    int decimals = size >= 9.95 || is_whole ? 0 : 1;
    if (size > 0.0 && size < 0.05) {
        snprintf(out, FORMAT_BYTES, percent > 0.0 ? "<0.1 %%" : ">-0.1 %%");
    } else {
        snprintf(out, FORMAT_BYTES, "%.*f %%", decimals, percent);
    }
}

/* One grapheme cluster: bytes it takes and its columns. */
typedef struct Cluster {
    size_t n_bytes;
    int columns;
} Cluster;

static Cluster next_cluster(const char *text)
{
    Cluster cluster = {0};
    utf8proc_int32_t previous = 0, state = 0;
    while (text[cluster.n_bytes] != '\0') {
        utf8proc_int32_t point;
        utf8proc_ssize_t n = utf8proc_iterate((const utf8proc_uint8_t *)text + cluster.n_bytes, -1, &point);
        if (n <= 0) {
            if (cluster.n_bytes == 0) cluster = (Cluster){1, 1};
            break;
        }
        if (cluster.n_bytes > 0 && utf8proc_grapheme_break_stateful(previous, point, &state)) break;
        int columns = utf8proc_charwidth(point);
        if (cluster.n_bytes == 0 && (point < ' ' || point == 0x7f)) columns = 1;
        if (columns > cluster.columns) cluster.columns = columns;
        cluster.n_bytes += (size_t)n;
        previous = point;
    }
    return cluster;
}

int width_of(const char *text)
{
    int columns = 0;
    while (*text != '\0') {
        Cluster cluster = next_cluster(text);
        columns += cluster.columns;
        text += cluster.n_bytes;
    }
    return columns;
}

size_t width_fit(const char *text, int columns)
{
    size_t used = 0;
    while (text[used] != '\0') {
        Cluster cluster = next_cluster(text + used);
        if (cluster.columns > columns) break;
        columns -= cluster.columns;
        used += cluster.n_bytes;
    }
    return used;
}

void width_add(Text *out, const char *text, int columns, Align align, int is_utf8)
{
    if (columns <= 0) return;
    int width = width_of(text);
    if (width > columns) {
        size_t n = width_fit(text, columns - 1);
        int gap = columns - 1;
        char *start = strndup(text, n);
        if (start != NULL) gap -= width_of(start);
        free(start);
        text_addn(out, text, n);
        text_add(out, is_utf8 ? "…" : "~");
        text_add_char(out, ' ', (size_t)gap);
        return;
    }
    size_t gap = (size_t)(columns - width);
    if (align == ALIGN_RIGHT) text_add_char(out, ' ', gap);
    text_add(out, text);
    if (align == ALIGN_LEFT) text_add_char(out, ' ', gap);
}

void format_currency_name(const char *name, const char *currency, char out[CURRENCY_NAME_BYTES])
{
    size_t n = 0;
    bool is_usd = currency == NULL || strcmp(currency, "USD") == 0;
    for (const char *at = name; *at != '\0' && n + sizeof "USD" < CURRENCY_NAME_BYTES;) {
        bool is_upper = strncmp(at, "USD", 3) == 0, is_lower = strncmp(at, "usd", 3) == 0,
             is_sign = *at == '$';
        if (is_usd || !(is_upper || is_lower || is_sign)) {
            out[n++] = *at++;
            continue;
        }
        for (const char *c = currency; *c != '\0'; c++) out[n++] = is_lower ? (char)(*c - 'A' + 'a') : *c;
        at += is_sign ? 1 : 3;
    }
    out[n] = '\0';
}
