/* TOML reading: one pass, recursive descent over values. Layer: feed. Grammar: toml.io v1.0. */
#include "feed/toml_in.h"

#include "tokentco/parse.h"
#include "tokentco/text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH_MAX = 32, BARE_BYTES = 64 };

typedef struct Toml {
    const char *file;
    const char *at, *end;
    int line, depth;
    Err *err;
} Toml;

static json_t *fault(Toml *toml, const char *text)
{
    err_set(toml->err, ERR_DATA, "%s", text);
    err_at(toml->err, toml->file, toml->line, 0);
    return NULL;
}

static bool is_bare(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-';
}

static void skip_blanks(Toml *toml)
{
    while (toml->at < toml->end && (*toml->at == ' ' || *toml->at == '\t')) toml->at++;
}

/* Blanks, comments and ends of lines. */
static void skip_lines(Toml *toml)
{
    while (toml->at < toml->end) {
        char c = *toml->at;
        if (c == '\n') {
            toml->line++;
        } else if (c == '#') {
            while (toml->at < toml->end && *toml->at != '\n') toml->at++;
            continue;
        } else if (c != ' ' && c != '\t' && c != '\r') {
            return;
        }
        toml->at++;
    }
}

/* Nothing but a comment may follow on the line. */
static bool finish_line(Toml *toml)
{
    skip_blanks(toml);
    if (toml->at < toml->end && strchr("#\r\n", *toml->at) == NULL) {
        fault(toml, "text after the value; one key a line");
        return false;
    }
    skip_lines(toml);
    return true;
}

static void add_codepoint(Text *out, unsigned long code)
{
    if (code < 0x80) {
        text_add_char(out, (char)code, 1);
        return;
    }
    char bytes[4];
    size_t n = code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
    static const unsigned char heads[] = {0, 0, 0xC0, 0xE0, 0xF0};
    for (size_t i = n - 1; i > 0; i--, code >>= 6) bytes[i] = (char)(0x80 | (code & 0x3F));
    bytes[0] = (char)(heads[n] | code);
    text_addn(out, bytes, n);
}

/* One escape after a backslash. */
static bool read_escape(Toml *toml, Text *out)
{
    static const char from[] = "btnfre\"\\", to[] = "\b\t\n\f\r\033\"\\";
    char c = toml->at < toml->end ? *toml->at++ : '\0';
    const char *known = c == '\0' ? NULL : strchr(from, c);
    if (known != NULL) {
        text_add_char(out, to[known - from], 1);
        return true;
    }
    size_t n = c == 'u' ? 4 : c == 'U' ? 8 : 0;
    if (n == 0 || (size_t)(toml->end - toml->at) < n) {
        fault(toml, "unknown escape in a string");
        return false;
    }
    char digits[9] = {0};
    memcpy(digits, toml->at, n);
    toml->at += n;
    add_codepoint(out, strtoul(digits, NULL, 16));
    return true;
}

/* A string of either quote, single or triple. */
static bool read_string(Toml *toml, Text *out)
{
    char quote = *toml->at;
    bool is_long = toml->end - toml->at >= 3 && toml->at[1] == quote && toml->at[2] == quote;
    toml->at += is_long ? 3 : 1;
    if (is_long && toml->at < toml->end && *toml->at == '\n') {
        toml->line++;
        toml->at++;
    }
    while (toml->at < toml->end) {
        char c = *toml->at;
        if (c == quote && !is_long) {
            toml->at++;
            return true;
        }
        if (c == quote && toml->end - toml->at >= 3 && toml->at[1] == quote && toml->at[2] == quote) {
            toml->at += 3;
            return true;
        }
        if (c == '\n' && !is_long) break;
        toml->at++;
        if (c == '\n') toml->line++;
        if (c == '\\' && quote == '"') {
            if (is_long && toml->at < toml->end && isspace((unsigned char)*toml->at))
                skip_lines(toml);
            else if (!read_escape(toml, out))
                return false;
        } else {
            text_add_char(out, c, 1);
        }
    }
    fault(toml, "a string without its closing quote");
    return false;
}

static json_t *read_value(Toml *toml);
static bool read_pair(Toml *toml, json_t *table);

static json_t *read_array(Toml *toml)
{
    json_t *array = json_array();
    toml->at++;
    for (;;) {
        skip_lines(toml);
        if (toml->at >= toml->end) break;
        if (*toml->at == ']') {
            toml->at++;
            return array;
        }
        json_t *item = read_value(toml);
        if (item == NULL || json_array_append_new(array, item) != 0) break;
        skip_lines(toml);
        if (toml->at < toml->end && *toml->at == ',')
            toml->at++;
        else if (toml->at >= toml->end || *toml->at != ']')
            break;
    }
    json_decref(array);
    return fault(toml, "an array without its closing bracket");
}

static json_t *read_inline_table(Toml *toml)
{
    json_t *table = json_object();
    toml->at++;
    for (;;) {
        skip_lines(toml);
        if (toml->at >= toml->end) break;
        if (*toml->at == '}') {
            toml->at++;
            return table;
        }
        if (!read_pair(toml, table)) break;
        skip_lines(toml);
        if (toml->at < toml->end && *toml->at == ',')
            toml->at++;
        else if (toml->at >= toml->end || *toml->at != '}')
            break;
    }
    json_decref(table);
    return fault(toml, "an inline table without its closing brace");
}

/* Numbers, booleans, dates: everything up to a separator. */
static json_t *read_bare(Toml *toml)
{
    char word[BARE_BYTES], number[BARE_BYTES];
    size_t n = 0, k = 0;
    while (toml->at < toml->end && strchr(",]}#\r\n", *toml->at) == NULL && n + 1 < sizeof word)
        word[n++] = *toml->at++;
    while (n > 0 && (word[n - 1] == ' ' || word[n - 1] == '\t')) n--;
    word[n] = '\0';
    if (strcmp(word, "true") == 0) return json_true();
    if (strcmp(word, "false") == 0) return json_false();
    for (size_t i = word[0] == '+' ? 1 : 0; i < n; i++) {
        if (word[i] != '_') number[k++] = word[i];
    }
    number[k] = '\0';
    long whole;
    double real;
    if (parse_integer(number, -4000000000000000, 4000000000000000, &whole, NULL)) return json_integer(whole);
    if (parse_number(number, &real, NULL)) return json_real(real);
    if (n >= 8 && (word[4] == '-' || word[2] == ':')) return json_string(word);
    return fault(toml, "a value that is no string, number, boolean, date, array or table");
}

static json_t *read_value(Toml *toml)
{
    skip_blanks(toml);
    if (toml->at >= toml->end) return fault(toml, "a key without a value");
    if (toml->depth == DEPTH_MAX) return fault(toml, "nested too deeply");
    toml->depth++;
    json_t *value = NULL;
    if (*toml->at == '"' || *toml->at == '\'') {
        Text text;
        text_init(&text);
        if (read_string(toml, &text)) value = json_string(text_str(&text));
        if (value == NULL) fault(toml, "a string that is not UTF-8");
        text_free(&text);
    } else if (*toml->at == '[') {
        value = read_array(toml);
    } else if (*toml->at == '{') {
        value = read_inline_table(toml);
    } else {
        value = read_bare(toml);
    }
    toml->depth--;
    return value;
}

static bool read_key_part(Toml *toml, Text *key)
{
    skip_blanks(toml);
    text_clear(key);
    if (toml->at < toml->end && (*toml->at == '"' || *toml->at == '\'')) return read_string(toml, key);
    const char *start = toml->at;
    while (toml->at < toml->end && is_bare(*toml->at)) toml->at++;
    if (toml->at == start) {
        fault(toml, "no key where one belongs");
        return false;
    }
    text_addn(key, start, (size_t)(toml->at - start));
    return true;
}

/* The table that a dotted key leads to, made where it is missing; `key` receives the last part. In an array
 * of tables the last one is meant. */
static json_t *walk_key(Toml *toml, json_t *table, Text *key)
{
    for (;;) {
        if (!read_key_part(toml, key)) return NULL;
        skip_blanks(toml);
        if (toml->at >= toml->end || *toml->at != '.') return table;
        toml->at++;
        json_t *next = json_object_get(table, text_str(key));
        if (json_is_array(next)) next = json_array_get(next, json_array_size(next) - 1);
        if (next == NULL) {
            next = json_object();
            json_object_set_new(table, text_str(key), next);
        }
        if (!json_is_object(next)) return fault(toml, "a key that is a value and a table");
        table = next;
    }
}

static bool read_pair(Toml *toml, json_t *table)
{
    Text key;
    text_init(&key);
    bool is_ok = false;
    json_t *owner = walk_key(toml, table, &key);
    if (owner != NULL) {
        if (toml->at >= toml->end || *toml->at != '=') {
            fault(toml, "a key without '='");
        } else if (json_object_get(owner, text_str(&key)) != NULL) {
            fault(toml, "the same key twice");
        } else {
            toml->at++;
            json_t *value = read_value(toml);
            is_ok = value != NULL && json_object_set_new(owner, text_str(&key), value) == 0;
        }
    }
    text_free(&key);
    return is_ok;
}

/* "[a.b]" and "[[a.b]]": the table that follows. */
static json_t *read_header(Toml *toml, json_t *root)
{
    bool is_array = toml->end - toml->at >= 2 && toml->at[1] == '[';
    toml->at += is_array ? 2 : 1;
    Text key;
    text_init(&key);
    json_t *owner = walk_key(toml, root, &key), *table = NULL;
    if (owner != NULL) {
        json_t *there = json_object_get(owner, text_str(&key));
        if (is_array && there == NULL) {
            there = json_array();
            json_object_set_new(owner, text_str(&key), there);
        }
        if (is_array && json_is_array(there)) {
            table = json_object();
            json_array_append_new(there, table);
        } else if (!is_array && there == NULL) {
            table = json_object();
            json_object_set_new(owner, text_str(&key), table);
        } else if (!is_array && json_is_object(there)) {
            table = there;
        } else {
            fault(toml, "a key that is a value and a table");
        }
    }
    text_free(&key);
    size_t n = is_array ? 2 : 1;
    if (table == NULL) return NULL;
    if ((size_t)(toml->end - toml->at) < n || memcmp(toml->at, "]]", n) != 0)
        return fault(toml, "a table header without ']'");
    toml->at += n;
    return finish_line(toml) ? table : NULL;
}

json_t *toml_in_text(const char *file, const char *text, size_t n_bytes, Err *err)
{
    Toml toml = {.file = file, .at = text, .end = text + n_bytes, .line = 1, .err = err};
    json_t *root = json_object(), *table = root;
    skip_lines(&toml);
    while (table != NULL && toml.at < toml.end) {
        if (*toml.at == '[')
            table = read_header(&toml, root);
        else if (!read_pair(&toml, table) || !finish_line(&toml))
            table = NULL;
    }
    if (table != NULL) return root;
    json_decref(root);
    return NULL;
}
