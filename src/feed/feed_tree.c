/* The TOML tree of models.dev, from a folder or a tar archive. Layer: feed.
 *
 * providers/<seller>/models/<model>.toml, where <model> may contain slashes. An entry may be a symbolic link
 * to another one (in checkouts without links: a file that holds only the path), and may inherit from
 * base_model.
 */
#include "feed/feed_format.h"
#include "feed/input.h"
#include "feed/toml_in.h"

#include <fts.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_BYTES = 1024, LINK_DEPTH_MAX = 8, TAR_BLOCK = 512 };
static const size_t TREE_FILE_MAX_BYTES = 1 << 20;

typedef struct TreeFile {
    const char *path;
    const char *text; /* terminated; a link: its target */
    size_t n_bytes;
    bool is_link;
} TreeFile;

typedef struct Tree {
    Arena arena;
    NameIndex by_path; /* path from "providers/" or "models/" on -> TreeFile */
    TreeFile **files;
    int n_files, capacity;
} Tree;

/* The part of a path that is the same wherever the tree was unpacked. */
static const char *path_in_tree(const char *path)
{
    static const char *const tops[] = {"providers/", "models/"};
    for (size_t i = 0; i < sizeof tops / sizeof tops[0]; i++) {
        for (const char *at = strstr(path, tops[i]); at != NULL; at = strstr(at + 1, tops[i])) {
            if (at == path || at[-1] == '/') return at;
        }
    }
    return NULL;
}

static void tree_add(Tree *tree, const char *path, const char *text, size_t n_bytes, bool is_link)
{
    const char *inside = path_in_tree(path);
    size_t n = strlen(path);
    static const char ending[] = ".toml";
    if (inside == NULL || n < sizeof ending || strcmp(path + n - sizeof ending + 1, ending) != 0) return;
    TreeFile *file = arena_alloc(&tree->arena, sizeof *file);
    *file = (TreeFile){arena_strdup(&tree->arena, inside), arena_strndup(&tree->arena, text, n_bytes),
                       n_bytes, is_link};
    /* A link that a checkout wrote as a file. */
    if (!is_link && n_bytes < PATH_BYTES && memchr(text, '=', n_bytes) == NULL &&
        strstr(file->text, ending) != NULL) {
        file->is_link = true;
    }
    if (tree->n_files == tree->capacity) {
        int wider = tree->capacity == 0 ? 1024 : 2 * tree->capacity;
        TreeFile **grown = arena_array(&tree->arena, (size_t)wider, sizeof(TreeFile *));
        if (tree->n_files > 0) memcpy(grown, tree->files, (size_t)tree->n_files * sizeof(TreeFile *));
        tree->files = grown;
        tree->capacity = wider;
    }
    tree->files[tree->n_files++] = file;
    *name_index_get(&tree->by_path, file->path) = (intptr_t)file;
}

static const TreeFile *tree_find(const Tree *tree, const char *path)
{
    const intptr_t *found = name_index_find(&tree->by_path, path);
    return found == NULL ? NULL : (const TreeFile *)*found;
}

/* "a/b/c.toml" and "../x/d.toml" to "a/x/d.toml". */
static void link_target(const char *path, const char *target, char out[PATH_BYTES])
{
    snprintf(out, PATH_BYTES, "%s", path);
    char *slash = strrchr(out, '/');
    if (slash != NULL) *slash = '\0';
    while (strncmp(target, "../", 3) == 0 || strncmp(target, "./", 2) == 0) {
        if (target[1] == '.') {
            slash = strrchr(out, '/');
            if (slash != NULL)
                *slash = '\0';
            else
                out[0] = '\0';
        }
        target = strchr(target, '/') + 1;
    }
    size_t n = strlen(out);
    snprintf(out + n, PATH_BYTES - n, "%s%.*s", n > 0 ? "/" : "", (int)strcspn(target, "\r\n"), target);
}

/* Follows links; NULL when one leads nowhere or in a circle. */
static const TreeFile *tree_follow(const Tree *tree, const TreeFile *file)
{
    for (int depth = 0; file != NULL && file->is_link; depth++) {
        char path[PATH_BYTES];
        if (depth == LINK_DEPTH_MAX) return NULL;
        link_target(file->path, file->text, path);
        file = tree_find(tree, path);
    }
    return file;
}

static bool is_omitted(const json_t *entry, const char *key)
{
    size_t i;
    json_t *item;
    char full[64];
    snprintf(full, sizeof full, "cost.%.50s", key);
    json_array_foreach(json_object_get(entry, "base_model_omit"), i, item)
    {
        const char *name = json_string_value(item);
        if (name != NULL && (strcmp(name, full) == 0 || strcmp(name, "cost") == 0)) return true;
    }
    return false;
}

/* The cost of an entry with what it inherits; a new reference, or NULL when nobody states one. */
static json_t *entry_cost(const Tree *tree, const TreeFile *file, int depth, Err *err)
{
    json_t *entry = toml_in_text(file->path, file->text, file->n_bytes, err);
    if (entry == NULL) return NULL;
    json_t *own = json_object_get(entry, "cost"), *cost = own == NULL ? NULL : json_deep_copy(own);
    const char *base = json_string_value(json_object_get(entry, "base_model"));
    if (base != NULL && depth < LINK_DEPTH_MAX) {
        char path[PATH_BYTES];
        snprintf(path, sizeof path, "models/%s.toml", base);
        const TreeFile *parent = tree_find(tree, path);
        const char *slash = strchr(base, '/');
        if (parent == NULL && slash != NULL) {
            snprintf(path, sizeof path, "providers/%.*s/models/%s.toml", (int)(slash - base), base,
                     slash + 1);
            parent = tree_find(tree, path);
        }
        parent = parent == NULL || parent == file ? NULL : tree_follow(tree, parent);
        json_t *inherited = parent == NULL ? NULL : entry_cost(tree, parent, depth + 1, err), *value;
        const char *key;
        json_object_foreach(inherited, key, value)
        {
            if (cost == NULL) cost = json_object();
            if (json_object_get(cost, key) == NULL && !is_omitted(entry, key))
                json_object_set(cost, key, value);
        }
        json_decref(inherited);
    }
    json_decref(entry);
    return cost;
}

static bool read_file(FeedReader *reader, const Tree *tree, const TreeFile *file)
{
    static const char top[] = "providers/", models[] = "/models/";
    const char *provider = file->path + sizeof top - 1, *slash = strstr(provider, models);
    if (strncmp(file->path, top, sizeof top - 1) != 0 || slash == NULL)
        return true; /* facts about a seller */
    const char *model = slash + sizeof models - 1;
    char seller[PATH_BYTES], name[PATH_BYTES];
    snprintf(seller, sizeof seller, "%.*s", (int)(slash - provider), provider);
    snprintf(name, sizeof name, "%.*s", (int)(strlen(model) - strlen(".toml")), model);
    snprintf(reader->pointer, sizeof reader->pointer, "%s", file->path);
    const TreeFile *real = tree_follow(tree, file);
    if (real == NULL) {
        feed_reject(reader, GATE_NO_PRICE, 0);
        return true;
    }
    Err err = {0};
    json_t *cost = entry_cost(tree, real, 0, &err);
    if (err.code != ERR_NONE)
        err_list_add(reader->errors, &err);
    else
        modelsdev_read_cost(reader, seller, name, cost);
    json_decref(cost);
    return err.code == ERR_NONE;
}

static bool tree_read(FeedReader *reader, Tree *tree, Err *err)
{
    if (tree->n_files == 0) return err_set(err, ERR_DATA, "no providers/*/models/*.toml in there");
    bool is_ok = true;
    for (int i = 0; i < tree->n_files; i++) is_ok = read_file(reader, tree, tree->files[i]) && is_ok;
    return is_ok;
}

static void tree_init(Tree *tree)
{
    *tree = (Tree){0};
    arena_init(&tree->arena);
    name_index_init(&tree->by_path, &tree->arena);
}

bool modelsdev_read_file(FeedReader *reader, const char *path, Err *err)
{
    const char *base = strrchr(path, '/'), *inside = path_in_tree(path);
    char place[PATH_BYTES], *text;
    size_t n_bytes;
    base = base == NULL ? path : base + 1;
    bool has_seller = inside != NULL && strncmp(inside, "providers/", strlen("providers/")) == 0;
    if (!has_seller && reader->provider[0] == '\0') {
        return err_set(err, ERR_USAGE,
                       "the file does not say who sells the model; name the seller with --provider (the "
                       "model is called as the file), or import the tree's folder or a tar of it");
    }
    snprintf(place, sizeof place, "providers/%s/models/%s", reader->provider, base);
    if (!input_read(path, &text, &n_bytes, err)) return false;
    Tree tree;
    tree_init(&tree);
    tree_add(&tree, has_seller ? inside : place, text, n_bytes, false);
    free(text);
    bool is_ok = tree_read(reader, &tree, err);
    arena_free(&tree.arena);
    return is_ok;
}

/* --- tar: 512-byte headers; pax and GNU records carry long names --- */

enum {
    TAR_NAME = 0,
    TAR_NAME_BYTES = 100,
    TAR_SIZE = 124,
    TAR_SIZE_BYTES = 12,
    TAR_TYPE = 156,
    TAR_LINK = 157,
    TAR_PREFIX = 345,
    TAR_PREFIX_BYTES = 155
};

/* Long names that records before an entry announce. */
typedef struct TarNames {
    char path[PATH_BYTES], link[PATH_BYTES];
} TarNames;

/* "27 path=...\n" records. */
static void pax_read(TarNames *names, const char *data, size_t n)
{
    const char *end = data + n;
    while (data < end) {
        char *after;
        unsigned long length = strtoul(data, &after, 10);
        if (length == 0 || length > (size_t)(end - data) || *after != ' ') return;
        const char *key = after + 1;
        int n_value = (int)(data + length - 1 - key);
        if (strncmp(key, "path=", 5) == 0) snprintf(names->path, PATH_BYTES, "%.*s", n_value - 5, key + 5);
        if (strncmp(key, "linkpath=", 9) == 0)
            snprintf(names->link, PATH_BYTES, "%.*s", n_value - 9, key + 9);
        data += length;
    }
}

bool modelsdev_read_tar(FeedReader *reader, const char *bytes, size_t n_bytes, Err *err)
{
    Tree tree;
    tree_init(&tree);
    TarNames names = {"", ""};
    bool is_ok = true;
    for (size_t at = 0; is_ok && at + TAR_BLOCK <= n_bytes && bytes[at] != '\0';) {
        const char *header = bytes + at, *data = header + TAR_BLOCK;
        char octal[TAR_SIZE_BYTES + 1] = {0};
        memcpy(octal, header + TAR_SIZE, TAR_SIZE_BYTES);
        size_t size = strtoul(octal, NULL, 8);
        if (size > n_bytes - at - TAR_BLOCK) {
            is_ok = err_set(err, ERR_DATA, "the archive ends within an entry");
            break;
        }
        char type = header[TAR_TYPE];
        at += TAR_BLOCK + (size + TAR_BLOCK - 1) / TAR_BLOCK * TAR_BLOCK;
        if (type == 'x')
            pax_read(&names, data, size);
        else if (type == 'L')
            snprintf(names.path, PATH_BYTES, "%.*s", (int)size, data);
        else if (type == 'K')
            snprintf(names.link, PATH_BYTES, "%.*s", (int)size, data);
        if (strchr("xgLK", type) != NULL && type != '\0') continue;
        if (names.path[0] == '\0') {
            bool has_prefix = header[TAR_PREFIX] != '\0';
            snprintf(names.path, PATH_BYTES, "%.*s%s%.*s", TAR_PREFIX_BYTES, header + TAR_PREFIX,
                     has_prefix ? "/" : "", TAR_NAME_BYTES, header + TAR_NAME);
        }
        if (names.link[0] == '\0')
            snprintf(names.link, PATH_BYTES, "%.*s", TAR_NAME_BYTES, header + TAR_LINK);
        if (type == '2')
            tree_add(&tree, names.path, names.link, strlen(names.link), true);
        else if (type == '0' || type == '\0')
            tree_add(&tree, names.path, data, size, false);
        names = (TarNames){"", ""};
    }
    is_ok = is_ok && tree_read(reader, &tree, err);
    arena_free(&tree.arena);
    return is_ok;
}

/* --- folders --- */

/* Takes one entry of the walk; false with a fault when it cannot be read. */
static bool walk_take(Tree *tree, const FTSENT *entry, Err *err)
{
    char target[PATH_BYTES];
    if (entry->fts_info == FTS_SL || entry->fts_info == FTS_SLNONE) {
        ssize_t n = readlink(entry->fts_accpath, target, sizeof target - 1);
        if (n > 0) tree_add(tree, entry->fts_path, target, (size_t)n, true);
    } else if (entry->fts_info == FTS_F && (size_t)entry->fts_statp->st_size <= TREE_FILE_MAX_BYTES) {
        char *text;
        size_t n_bytes;
        if (!input_read(entry->fts_accpath, &text, &n_bytes, err)) return false;
        tree_add(tree, entry->fts_path, text, n_bytes, false);
        free(text);
    }
    return true;
}

bool modelsdev_read_folder(FeedReader *reader, const char *path, Err *err)
{
    char top[PATH_BYTES];
    snprintf(top, sizeof top, "%s", path);
    char *const tops[] = {top, NULL};
    FTS *walk = fts_open(tops, FTS_PHYSICAL | FTS_NOCHDIR, NULL);
    if (walk == NULL) return err_set(err, ERR_NO_INPUT, "cannot read the folder");
    Tree tree;
    tree_init(&tree);
    bool is_ok = true;
    for (FTSENT *entry; is_ok && (entry = fts_read(walk)) != NULL;) is_ok = walk_take(&tree, entry, err);
    fts_close(walk);
    is_ok = is_ok && tree_read(reader, &tree, err);
    arena_free(&tree.arena);
    return is_ok;
}
