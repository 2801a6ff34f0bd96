/* The store: a folder with one file a record. Layer: feed.
 *
 * A record's file name holds its time and the beginning of its id, so two writers at once never write the
 * same file with different content, and file_write_atomic never leaves half of one.
 */
#include "tokentco/record.h"

#include "tokentco/file.h"
#include "tokentco/parallel.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum { NAME_ID_DIGITS = 16, PREFIX_MIN = 4, SUFFIX_BYTES = 5, TIME_BYTES = 16 };
static const char undated[] = "undated";

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
    snprintf(out, size, "%s-%.*s.json", n > 0 ? when : undated, NAME_ID_DIGITS, record->id);
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

void records_sweep(const char *given)
{
    enum { OLD_S = 3600 }; /* nobody writes for an hour */
    char place[RECORD_PATH_BYTES];
    DIR *folder = records_folder_find(given, place, sizeof place, NULL) ? opendir(place) : NULL;
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

/* Files of a folder, read on all processors: each thread has an arena of its own. */
typedef struct Loading {
    const char *place;
    struct dirent **names;
    int n;
    Listed *listed;
    bool *is_good;
    Arena arenas[PARALLEL_THREADS_MAX];
} Loading;
enum { FILES_A_BLOCK = 32 };

static bool load_one(const Loading *loading, int i, Arena *arena, ErrList *faults)
{
    char path[RECORD_PATH_BYTES + 256];
    Listed *listed = &loading->listed[i];
    snprintf(path, sizeof path, "%s/%s", loading->place, loading->names[i]->d_name);
    if (!record_load(path, arena, &listed->record, faults)) return false;
    listed->path = arena_strdup(arena, path);
    return true;
}

static bool load_block(void *context, int thread, long block)
{
    Loading *loading = context;
    ErrList unused; /* bad files are read again for their faults, in order */
    err_list_init(&unused);
    for (int i = (int)block * FILES_A_BLOCK; i < loading->n && i < ((int)block + 1) * FILES_A_BLOCK; i++)
        loading->is_good[i] = load_one(loading, i, &loading->arenas[thread], &unused);
    err_list_free(&unused);
    return true;
}

/* Reads all files; returns how many are records, which come first in `listed`. */
static int load_all(Loading *loading, Arena *arena, ErrList *faults)
{
    int n_threads = parallel_threads(), n_good = 0;
    for (int t = 0; t < n_threads; t++) arena_init(&loading->arenas[t]);
    (void)parallel_for((loading->n + FILES_A_BLOCK - 1) / FILES_A_BLOCK, n_threads, load_block, loading);
    for (int t = 0; t < n_threads; t++) arena_join(arena, &loading->arenas[t]);
    for (int i = 0; i < loading->n; i++) {
        if (loading->is_good[i] || load_one(loading, i, arena, faults))
            loading->listed[n_good++] = loading->listed[i];
        free(loading->names[i]);
    }
    return n_good;
}

bool records_list(const char *folder, Arena *arena, RecordList *out, ErrList *faults)
{
    char place[RECORD_PATH_BYTES];
    Err err = {0};
    *out = (RecordList){0};
    if (!records_folder_find(folder, place, sizeof place, &err)) {
        err_list_add(faults, &err);
        return false;
    }
    Loading loading = {.place = place};
    loading.n = scandir(place, &loading.names, is_record_name, alphasort);
    if (loading.n < 0 && errno == ENOENT) return true;
    if (loading.n < 0)
        return err_list_addf(faults, ERR_NO_INPUT, place, 0, 0, NULL, "cannot read the folder: %s",
                             strerror(errno));
    loading.listed = arena_array(arena, (size_t)loading.n, sizeof *loading.listed);
    loading.is_good = arena_array(arena, (size_t)loading.n, sizeof *loading.is_good);
    out->n = load_all(&loading, arena, faults);
    free(loading.names);
    qsort(loading.listed, (size_t)out->n, sizeof *loading.listed, compare_listed);
    out->items = arena_array(arena, (size_t)out->n, sizeof *out->items);
    out->paths = arena_array(arena, (size_t)out->n, sizeof *out->paths);
    for (int i = 0; i < out->n; i++) {
        out->items[i] = loading.listed[i].record;
        out->paths[i] = loading.listed[i].path;
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

/* The digits of the id in a file name that file_name made; NULL in a name of another shape. */
static const char *id_in_name(const char *file)
{
    size_t n = strlen(file), tail = NAME_ID_DIGITS + SUFFIX_BYTES;
    if (n <= tail || file[n - tail - 1] != '-') return NULL;
    const char *id = file + n - tail;
    return strspn(id, "0123456789abcdef") == NAME_ID_DIGITS ? id : NULL;
}

typedef struct Search {
    const char *name, *place;
    bool is_latest;
    Arena *arena;
    Measurement *found;
    int n_found;
    ErrList faults;
} Search;

/* Can the file hold the record? A name of our own says so, and thousands of records need not be read. What
 * was measured here has a time. */
static bool is_candidate(const Search *search, const char *file)
{
    const char *id = id_in_name(file);
    size_t n = strlen(search->name);
    if (id == NULL) return true;
    if (search->is_latest) return strncmp(file, undated, sizeof undated - 1) != 0;
    return strncmp(id, search->name, n < NAME_ID_DIGITS ? n : NAME_ID_DIGITS) == 0;
}

static bool is_before(const Measurement *a, const Measurement *b)
{
    int by_time = strcmp(b->when, a->when);
    return by_time != 0 ? by_time < 0 : strcmp(a->id, b->id) < 0;
}

static void look_into(Search *search, const char *file)
{
    char path[RECORD_PATH_BYTES + 256];
    Measurement record;
    if (!is_candidate(search, file)) return;
    snprintf(path, sizeof path, "%s/%s", search->place, file);
    if (!record_load(path, search->arena, &record, &search->faults)) return;
    bool is_match = search->is_latest ? record.origin == MEASURED_HERE
                                      : strncmp(record.id, search->name, strlen(search->name)) == 0;
    if (!is_match) return;
    if (search->n_found == 0 || is_before(&record, search->found)) *search->found = record;
    search->n_found++;
}

/* Our names begin with the time: from the newest back, the first that was measured here is the latest, up to
 * others of its second. Files named otherwise may hold a newer one, and are all looked into. */
static bool search_folder(Search *search, ErrList *errors)
{
    struct dirent **files = NULL;
    char second[TIME_BYTES + 1] = "";
    int n = scandir(search->place, &files, is_record_name, alphasort);
    if (n < 0 && errno != ENOENT)
        return err_list_addf(errors, ERR_NO_INPUT, search->place, 0, 0, NULL, "cannot read the folder: %s",
                             strerror(errno));
    for (int i = n; i-- > 0;) {
        const char *file = files[i]->d_name;
        bool is_ours = id_in_name(file) != NULL;
        bool is_older = is_ours && second[0] != '\0' && strncmp(file, second, TIME_BYTES) != 0;
        int n_before = search->n_found;
        if (!is_older) look_into(search, file);
        if (search->is_latest && is_ours && search->n_found > n_before)
            snprintf(second, sizeof second, "%.*s", TIME_BYTES, file);
        free(files[i]);
    }
    free(files);
    return true;
}

static bool judge_search(const Search *search, ErrList *errors)
{
    const char *name = search->name;
    if (search->n_found == 1 || (search->is_latest && search->n_found > 0)) return true;
    if (search->n_found > 1)
        return err_list_addf(errors, ERR_DATA, NULL, 0, 0, NULL,
                             "record '%s': %d records begin so; give more digits", name, search->n_found);
    if (search->is_latest)
        return err_list_addf(errors, ERR_NO_INPUT, search->place, 0, 0, NULL,
                             "nothing was measured here yet; run 'tokentco bench'");
    return err_list_addf(errors, ERR_NO_INPUT, search->place, 0, 0, NULL,
                         "no record '%s' here; 'tokentco bench list' shows what there is", name);
}

bool record_find(const char *folder, const char *name, Arena *arena, Measurement *out, ErrList *errors)
{
    char place[RECORD_PATH_BYTES];
    Err err = {0};
    Search search = {.name = name, .place = place, .arena = arena, .found = out};
    search.is_latest = strcmp(name, "latest") == 0;
    if (is_path(name)) return record_load(name, arena, out, errors);
    if (!search.is_latest && !is_id_prefix(name))
        return err_list_addf(
            errors, ERR_DATA, NULL, 0, 0, NULL,
            "'%s' names no record: give 'latest', %d or more digits of an id, or a .json file", name,
            PREFIX_MIN);
    if (!records_folder_find(folder, place, sizeof place, &err)) {
        err_list_add(errors, &err);
        return false;
    }
    err_list_init(&search.faults);
    bool is_ok = search_folder(&search, errors) && judge_search(&search, errors);
    /* A broken neighbour is no reason to refuse the record that was asked for. */
    for (size_t i = 0; i < search.faults.n_items && !is_ok; i++)
        err_list_add(errors, &search.faults.items[i]);
    err_list_free(&search.faults);
    return is_ok;
}
