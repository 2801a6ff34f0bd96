/* The store: a folder with one file a record. Layer: feed.
 *
 * A record's file name holds its time and the beginning of its id, so two writers at once never write the
 * same file with different content, and file_write_atomic never leaves half of one.
 */
#include "tokentco/record.h"

#include "tokentco/file.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NAME_ID_DIGITS = 16, PREFIX_MIN = 4, SUFFIX_BYTES = 5 };

bool records_folder_find(const char *given, char *out, size_t size, Err *err)
{
    if (given != NULL && given[0] != '\0') {
        snprintf(out, size, "%s", given);
        return true;
    }
    if (!user_folder_find(USER_DATA, out, size, err)) return false;
    size_t used = strlen(out);
    snprintf(out + used, size - used, "/records");
    return true;
}

/* "20261125T160209Z-0123456789abcdef.json" */
static void file_name(const Measurement *record, char *out, size_t size)
{
    char when[32];
    size_t n = 0;
    for (const char *c = record->when; *c != '\0' && n + 1 < sizeof when; c++)
        if (*c != '-' && *c != ':') when[n++] = *c;
    when[n] = '\0';
    snprintf(out, size, "%s-%.*s.json", n > 0 ? when : "undated", NAME_ID_DIGITS, record->id);
}

/* Nothing is stored that cannot be read back. */
static bool check_readable(const char *text, Err *err)
{
    Arena arena;
    ErrList errors;
    Measurement copy;
    arena_init(&arena);
    err_list_init(&errors);
    bool is_ok = record_parse(NULL, text, strlen(text), &arena, &copy, &errors);
    if (!is_ok && errors.n_items > 0 && err != NULL && err->code == ERR_NONE) *err = errors.items[0];
    err_list_free(&errors);
    arena_free(&arena);
    return is_ok;
}

/* Removes what killed writers left: nobody writes for an hour. */
static void sweep(const char *place)
{
    enum { OLD_S = 3600 };
    DIR *folder = opendir(place);
    for (const struct dirent *entry = folder ? readdir(folder) : NULL; entry; entry = readdir(folder)) {
        char path[RECORD_PATH_BYTES + 256];
        struct stat info;
        if (!file_is_temporary(entry->d_name)) continue;
        snprintf(path, sizeof path, "%s/%s", place, entry->d_name);
        if (lstat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_mtime + OLD_S < time(NULL))
            (void)unlink(path);
    }
    if (folder) closedir(folder);
}

bool record_save(const char *folder, Measurement *record, char *path, Err *err)
{
    char name[64], place[RECORD_PATH_BYTES], full[RECORD_PATH_BYTES + sizeof name + 1];
    if (!records_folder_find(folder, place, sizeof place, err) || !record_seal(record, err)) return false;
    char *text = record_dump(record, err);
    if (text == NULL) return false;
    file_name(record, name, sizeof name);
    int n = snprintf(full, sizeof full, "%s/%s", place, name);
    bool is_ok = check_readable(text, err) && folder_make(place, err);
    if (is_ok && n >= RECORD_PATH_BYTES) is_ok = err_set(err, ERR_IO, "path too long: %.80s...", place);
    if (is_ok) sweep(place);
    is_ok = is_ok && file_write_atomic(full, text, strlen(text), err);
    free(text);
    if (is_ok && path != NULL) memcpy(path, full, (size_t)n + 1);
    return is_ok;
}

/* ---- listing ---- */

static int is_record_name(const struct dirent *entry)
{
    size_t n = strlen(entry->d_name);
    return n > SUFFIX_BYTES && entry->d_name[0] != '.' &&
           strcmp(entry->d_name + n - SUFFIX_BYTES, ".json") == 0;
}

typedef struct Listed {
    Measurement record;
    const char *path;
} Listed;

/* Newest first. The times are of one shape, so text order is time order; "" comes last. */
static int compare_listed(const void *a, const void *b)
{
    const Listed *x = a, *y = b;
    int by_time = strcmp(y->record.when, x->record.when);
    return by_time != 0 ? by_time : strcmp(x->record.id, y->record.id);
}

bool records_list(const char *folder, Arena *arena, RecordList *out, ErrList *faults)
{
    char place[RECORD_PATH_BYTES];
    struct dirent **names = NULL;
    Err err = {0};
    *out = (RecordList){0};
    if (!records_folder_find(folder, place, sizeof place, &err)) {
        err_list_add(faults, &err);
        return false;
    }
    int n = scandir(place, &names, is_record_name, alphasort);
    if (n < 0 && errno == ENOENT) return true;
    if (n < 0)
        return err_list_addf(faults, ERR_NO_INPUT, place, 0, 0, NULL, "cannot read the folder: %s",
                             strerror(errno));
    Listed *listed = arena_array(arena, (size_t)n, sizeof *listed);
    for (int i = 0; i < n; i++) {
        char path[RECORD_PATH_BYTES + 256];
        snprintf(path, sizeof path, "%s/%s", place, names[i]->d_name);
        if (record_load(path, arena, &listed[out->n].record, faults))
            listed[out->n++].path = arena_strdup(arena, path);
        free(names[i]);
    }
    free(names);
    qsort(listed, (size_t)out->n, sizeof *listed, compare_listed);
    out->items = arena_array(arena, (size_t)out->n, sizeof *out->items);
    out->paths = arena_array(arena, (size_t)out->n, sizeof *out->paths);
    for (int i = 0; i < out->n; i++) {
        out->items[i] = listed[i].record;
        out->paths[i] = listed[i].path;
    }
    return true;
}

/* ---- finding ---- */

static bool is_path(const char *name)
{
    size_t n = strlen(name);
    return strchr(name, '/') != NULL || (n > SUFFIX_BYTES && strcmp(name + n - SUFFIX_BYTES, ".json") == 0);
}

static bool is_id_prefix(const char *name)
{
    size_t n = strspn(name, "0123456789abcdef");
    return name[n] == '\0' && n >= PREFIX_MIN && n <= 64;
}

static bool find_in(const RecordList *list, const char *name, const char *place, Measurement *out,
                    ErrList *errors)
{
    bool is_latest = strcmp(name, "latest") == 0;
    int n_found = 0, found = 0;
    for (int i = 0; i < list->n; i++) {
        bool is_match = is_latest ? list->items[i].origin == MEASURED_HERE
                                  : strncmp(list->items[i].id, name, strlen(name)) == 0;
        if (!is_match || (is_latest && n_found > 0)) continue;
        if (n_found++ == 0) found = i;
    }
    if (n_found == 1) {
        *out = list->items[found];
        return true;
    }
    if (n_found > 1)
        return err_list_addf(errors, ERR_DATA, NULL, 0, 0, NULL,
                             "record '%s': %d records begin so; give more digits", name, n_found);
    if (is_latest)
        return err_list_addf(errors, ERR_NO_INPUT, place, 0, 0, NULL,
                             "nothing was measured here yet; run 'tokentco bench'");
    return err_list_addf(errors, ERR_NO_INPUT, place, 0, 0, NULL,
                         "no record '%s' here; 'tokentco bench list' shows what there is", name);
}

bool record_find(const char *folder, const char *name, Arena *arena, Measurement *out, ErrList *errors)
{
    char place[RECORD_PATH_BYTES];
    Err err = {0};
    RecordList list;
    ErrList faults;
    if (is_path(name)) return record_load(name, arena, out, errors);
    if (strcmp(name, "latest") != 0 && !is_id_prefix(name))
        return err_list_addf(
            errors, ERR_DATA, NULL, 0, 0, NULL,
            "'%s' names no record: give 'latest', %d or more digits of an id, or a .json file", name,
            PREFIX_MIN);
    if (!records_folder_find(folder, place, sizeof place, &err)) {
        err_list_add(errors, &err);
        return false;
    }
    err_list_init(&faults);
    bool is_ok = records_list(place, arena, &list, &faults);
    if (is_ok) {
        /* A broken neighbour is no reason to refuse the record that was asked for. */
        is_ok = find_in(&list, name, place, out, errors);
    }
    for (size_t i = 0; i < faults.n_items && !is_ok; i++) err_list_add(errors, &faults.items[i]);
    err_list_free(&faults);
    return is_ok;
}
