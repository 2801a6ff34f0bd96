/* JSON reading. Layer: feed. The only reader that touches jansson's parser. */
#include "feed/json_in.h"

#include "feed/input.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A copy with the bare words NaN, Infinity and -Infinity outside strings written as null; jansson refuses
 * them. Columns of later faults on the same line may move by a few. NULL when memory is out. */
static char *null_nonfinite(const char *text, size_t n_bytes, size_t *n_out)
{
    static const char *const words[] = {"-Infinity", "Infinity", "NaN"};
    enum { N_WORDS = sizeof words / sizeof words[0] };
    char *out = malloc(n_bytes + n_bytes / 3 + 2); /* NaN grows by one byte in three */
    if (out == NULL) return NULL;
    bool in_string = false;
    size_t used = 0;
    for (size_t i = 0; i < n_bytes;) {
        size_t length = 0;
        for (size_t w = 0; w < N_WORDS && !in_string && length == 0; w++)
            if (n_bytes - i >= strlen(words[w]) && memcmp(text + i, words[w], strlen(words[w])) == 0)
                length = strlen(words[w]);
        if (length > 0) {
            /* NOLINTNEXTLINE(bugprone-not-null-terminated-result): the length travels beside the text */
            memcpy(out + used, "null", 4);
            used += 4;
            i += length;
            continue;
        }
        if (text[i] == '"') in_string = !in_string;
        if (in_string && text[i] == '\\' && i + 1 < n_bytes) out[used++] = text[i++];
        out[used++] = text[i++];
    }
    *n_out = used;
    return out;
}

/* A list of the documents of all lines; NULL when one of them is none. */
static json_t *load_lines(const char *text, size_t n_bytes, size_t load)
{
    const char *const end = text + n_bytes;
    json_t *list = json_array();
    while (text < end) {
        const char *newline = memchr(text, '\n', (size_t)(end - text));
        const char *stop = newline != NULL ? newline : end;
        size_t n = (size_t)(stop - text);
        bool is_blank = n == 0 || (n == 1 && *text == '\r');
        json_t *document = is_blank ? NULL : json_loadb(text, n, load, NULL);
        if (!is_blank && json_array_append_new(list, document) != 0) {
            json_decref(list);
            return NULL;
        }
        text = stop + 1;
    }
    return list;
}

json_t *json_in_text(const char *file, const char *text, size_t n_bytes, unsigned flags, Err *err)
{
    json_error_t fault;
    char *copy = NULL;
    if ((flags & JSON_IN_NONFINITE) != 0) {
        copy = null_nonfinite(text, n_bytes, &n_bytes);
        if (copy == NULL) {
            err_set(err, ERR_BUG, "out of memory");
            return NULL;
        }
    }
    size_t load = (flags & JSON_IN_DUPLICATES) != 0 ? 0 : JSON_REJECT_DUPLICATES;
    const char *source = copy != NULL ? copy : text;
    json_t *root = json_loadb(source, n_bytes, load, &fault);
    if (root == NULL && (flags & JSON_IN_LINES) != 0) root = load_lines(source, n_bytes, load);
    free(copy);
    if (root != NULL) return root;
    err_set(err, ERR_DATA, "not valid JSON: %s", fault.text);
    err_at(err, file, fault.line > 0 ? fault.line : 1, fault.column > 0 ? fault.column : 1);
    return NULL;
}

/* Where jansson's values of this thread go; NULL: to the heap. */
static _Thread_local Arena *value_arena;

static void *value_alloc(size_t n_bytes)
{
    return value_arena != NULL ? arena_alloc(value_arena, n_bytes) : malloc(n_bytes);
}

static void value_free(void *value)
{
    if (value_arena == NULL) free(value);
}

json_t *json_in_arena(const char *file, const char *text, size_t n_bytes, unsigned flags, Arena *arena,
                      Err *err)
{
    json_set_alloc_funcs(value_alloc, value_free);
    value_arena = arena;
    json_t *root = json_in_text(file, text, n_bytes, flags, err);
    value_arena = NULL;
    return root;
}

json_t *json_in_file(const char *path, unsigned flags, Err *err)
{
    char *text;
    size_t n_bytes;
    if (!input_read(path, &text, &n_bytes, err)) return NULL;
    json_t *root = json_in_text(path, text, n_bytes, flags, err);
    free(text);
    return root;
}

const char *json_in_type_name(const json_t *value)
{
    if (value == NULL) return "nothing";
    switch (json_typeof(value)) {
    case JSON_OBJECT:
        return "an object";
    case JSON_ARRAY:
        return "a list";
    case JSON_STRING:
        return "text";
    case JSON_INTEGER:
    case JSON_REAL:
        return "a number";
    case JSON_TRUE:
    case JSON_FALSE:
        return "true or false";
    case JSON_NULL:
        return "null";
    }
    return "something unknown";
}

bool json_in_number(const json_t *value, double *out, Err *err)
{
    if (!json_is_number(value))
        return err_set(err, ERR_DATA, "must be a number, not %s", json_in_type_name(value));
    *out = json_number_value(value);
    if (!isfinite(*out)) return err_set(err, ERR_DATA, "must be a finite number");
    return true;
}

bool json_in_integer(const json_t *value, long min, long max, long *out, Err *err)
{
    if (!json_is_number(value))
        return err_set(err, ERR_DATA, "must be a whole number, not %s", json_in_type_name(value));
    double number = json_number_value(value);
    if (number != floor(number)) return err_set(err, ERR_DATA, "%g is not a whole number", number);
    if (number < (double)min || number > (double)max)
        return err_set(err, ERR_DATA, "%.0f is outside %ld to %ld", number, min, max);
    *out = (long)number;
    return true;
}

bool json_in_string(const json_t *value, const char **out, Err *err)
{
    if (!json_is_string(value))
        return err_set(err, ERR_DATA, "must be text, not %s", json_in_type_name(value));
    *out = json_string_value(value);
    return true;
}

json_t *json_in_member(const json_t *object, const char *key)
{
    return json_object_get(object, key);
}

void json_in_pointer_add(char *pointer, size_t size, const char *key)
{
    size_t used = strlen(pointer);
    if (used + 1 < size) pointer[used++] = '/';
    for (const char *c = key; *c != '\0' && used + 2 < size; c++) {
        if (*c == '~' || *c == '/') {
            pointer[used++] = '~';
            pointer[used++] = *c == '~' ? '0' : '1';
        } else {
            pointer[used++] = *c;
        }
    }
    if (used < size) pointer[used] = '\0';
}
