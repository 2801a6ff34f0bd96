/* Error values and lists. Layer: base. */
#define ERR_IMPLEMENTATION
#include "tokentco/err.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

bool err_set(Err *err, ErrCode code, const char *format, ...)
{
    if (err == NULL || err->code != ERR_NONE) return false;
    err->code = code;
    va_list args;
    va_start(args, format);
    vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    return false;
}

bool err_at(Err *err, const char *file, int line, int column)
{
    if (err == NULL || err->code == ERR_NONE) return false;
    if (err->file[0] == '\0' && file != NULL) snprintf(err->file, sizeof err->file, "%s", file);
    if (err->line == 0) {
        err->line = line;
        err->column = column;
    }
    return false;
}

bool err_place(Err *err, const char *format, ...)
{
    if (err == NULL || err->code == ERR_NONE || err->place[0] != '\0') return false;
    va_list args;
    va_start(args, format);
    vsnprintf(err->place, sizeof err->place, format, args);
    va_end(args);
    return false;
}

static void append(char *out, size_t size, size_t *used, const char *format, ...)
    __attribute__((format(printf, 4, 5)));

static void append(char *out, size_t size, size_t *used, const char *format, ...)
{
    if (*used >= size) return;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(out + *used, size - *used, format, args);
    va_end(args);
    if (n > 0) *used += (size_t)n;
}

void err_format(const Err *err, char *out, size_t size)
{
    size_t used = 0;
    if (size == 0) return;
    out[0] = '\0';
    if (err->file[0] != '\0') {
        append(out, size, &used, "%s:", err->file);
        if (err->line > 0) append(out, size, &used, "%d:", err->line);
        if (err->line > 0 && err->column > 0) append(out, size, &used, "%d:", err->column);
        append(out, size, &used, " ");
    }
    if (err->place[0] != '\0') append(out, size, &used, "%s: ", err->place);
    append(out, size, &used, "%s", err->text);
}

void err_list_init(ErrList *list)
{
    *list = (ErrList){0};
}

void err_list_free(ErrList *list)
{
    free(list->items);
    *list = (ErrList){0};
}

void err_list_add(ErrList *list, const Err *err)
{
    if (list->n_items == ERR_LIST_MAX) {
        list->n_dropped++;
        return;
    }
    if (list->n_items == list->capacity) {
        size_t capacity = list->capacity == 0 ? 8 : 2 * list->capacity;
        Err *items = realloc(list->items, capacity * sizeof *items);
        if (items == NULL) {
            list->n_dropped++;
            return;
        }
        list->items = items;
        list->capacity = capacity;
    }
    list->items[list->n_items++] = *err;
}

bool err_list_addf(ErrList *list, ErrCode code, const char *file, int line, int column, const char *place,
                   const char *format, ...)
{
    Err err = {.code = code, .line = line, .column = column};
    if (file != NULL) snprintf(err.file, sizeof err.file, "%s", file);
    if (place != NULL) snprintf(err.place, sizeof err.place, "%s", place);
    va_list args;
    va_start(args, format);
    vsnprintf(err.text, sizeof err.text, format, args);
    va_end(args);
    err_list_add(list, &err);
    return false;
}

ErrCode err_list_code(const ErrList *list)
{
    if (list->n_items > 0) return list->items[0].code;
    return list->n_dropped > 0 ? ERR_BUG : ERR_NONE;
}

void err_print(const Err *err, FILE *out)
{
    char line[sizeof *err + 64];
    err_format(err, line, sizeof line);
    fprintf(out, "tokentco: %s\n", line);
}

void err_list_print(const ErrList *list, FILE *out)
{
    for (size_t i = 0; i < list->n_items; i++) err_print(&list->items[i], out);
    if (list->n_dropped > 0) fprintf(out, "tokentco: and %zu more faults\n", list->n_dropped);
}
