/* Reading a feed: what format it is, and its records into offers. Layer: feed. */
#include "feed/feed_format.h"
#include "feed/input.h"
#include "feed/json_in.h"
#include "tokentco/csv_in.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <zlib.h>

enum { SNIFF_BYTES = 1024, TAR_MAGIC = 257, PREAMBLE_MAX = 8 };

/* A catalogue row of a megabyte is no catalogue row; a header has at most a few hundred names. */
static const CsvLimits csv_limits = {
    .max_record_bytes = 1 << 20, .max_fields = 2000, .is_ragged = true, .is_any_dialect = true};

/* --- CSV --- */

typedef struct CsvImport {
    FeedReader *reader;
    const FeedFormat *forced;
    FeedRow row;
    int slots[FEED_COLUMNS_MAX]; /* field of each wanted column; -1: the file lacks it */
    int n_header, n_records;
    bool is_gone; /* no header was found */
} CsvImport;

/* The field called `names`, "a|b": a where the file has both. -1: none. */
static int column_find(const char *names, const CsvRecord *record)
{
    while (true) {
        size_t n = strcspn(names, "|");
        for (int i = 0; i < record->n_fields; i++) {
            if (strncasecmp(names, record->fields[i], n) == 0 && record->fields[i][n] == '\0') return i;
        }
        if (names[n] == '\0') return -1;
        names += n + 1;
    }
}

static bool header_fits(const FeedFormat *format, const CsvRecord *record, int *slots)
{
    if (format->is_header != NULL) return format->is_header(record->fields, record->n_fields);
    if (format->columns == NULL) return false;
    for (int c = 0; c < format->n_columns; c++) {
        bool is_optional = format->columns[c][0] == '?';
        slots[c] = column_find(format->columns[c] + is_optional, record);
        if (slots[c] < 0 && !is_optional) return false;
    }
    return true;
}

static bool take_header(CsvImport *import, const CsvRecord *record)
{
    FeedReader *reader = import->reader;
    for (int i = 0; i < n_feed_formats && reader->format == NULL; i++) {
        const FeedFormat *format = &feed_formats[i];
        if (format->read_row == NULL || (import->forced != NULL && import->forced != format)) continue;
        if (header_fits(format, record, import->slots)) reader->format = format;
    }
    if (reader->format == NULL) return false;
    const char **header = arena_array(&reader->set->arena, (size_t)record->n_fields, sizeof *header);
    for (int i = 0; i < record->n_fields; i++)
        header[i] = arena_strdup(&reader->set->arena, record->fields[i]);
    reader->header = header;
    reader->n_header = import->n_header = record->n_fields;
    return true;
}

static bool visit_record(void *context, const CsvRecord *record, bool is_header)
{
    CsvImport *import = context;
    FeedReader *reader = import->reader;
    (void)is_header;
    if (reader->format == NULL) {
        if (take_header(import, record)) return true;
        import->is_gone = ++import->n_records >= PREAMBLE_MAX;
        return !import->is_gone;
    }
    if (record->n_fields != import->n_header) {
        if (record->n_fields == 1 && record->fields[0][0] == '\0') return true;
        Offer offer = offer_draft(PRICE_GPU_RENTAL);
        offer_set_text(&offer, RENTAL_PROVIDER, record->fields[0]);
        offer_fault(&offer, GATE_FIELD_COUNT, "%d fields, the header has %d", record->n_fields,
                    import->n_header);
        feed_add(reader, &offer, record->line);
        return true;
    }
    import->row.line = record->line;
    import->row.all = record->fields;
    import->row.n_all = record->n_fields;
    for (int c = 0; c < reader->format->n_columns; c++) {
        import->row.cells[c] = import->slots[c] < 0 ? "" : record->fields[import->slots[c]];
    }
    reader->format->read_row(reader, &import->row);
    return true;
}

static bool read_csv(FeedReader *reader, const char *text, size_t n_bytes, const FeedFormat *forced,
                     const char *path)
{
    CsvImport import = {.reader = reader, .forced = forced};
    bool is_ok = text != NULL ? csv_read_text(reader->file, text, n_bytes, &csv_limits, visit_record, &import,
                                              reader->errors)
                              : csv_read_file(path, &csv_limits, visit_record, &import, reader->errors);
    if (!is_ok) return false;
    if (reader->format != NULL) return true;
    return err_list_addf(
        reader->errors, ERR_DATA, reader->file, 1, 0, NULL,
        "no header of a known price feed; `tokentco prices import --help` lists the formats. A table of "
        "your own needs the columns provider, gpu and price_per_gpu_hour, or provider, model and "
        "input_price_per_mtok and output_price_per_mtok");
}

/* --- JSON --- */

static bool read_document(FeedReader *reader, json_t *root, const FeedFormat *forced)
{
    reader->format = forced;
    for (int i = 0; i < n_feed_formats && reader->format == NULL; i++) {
        if (feed_formats[i].is_document != NULL && feed_formats[i].is_document(root))
            reader->format = &feed_formats[i];
    }
    if (reader->format == NULL) {
        return err_list_addf(
            reader->errors, ERR_DATA, reader->file, 0, 0, NULL,
            "no price feed that is known; `tokentco prices import --help` lists the formats");
    }
    if (reader->format->read_document == NULL) {
        return err_list_addf(reader->errors, ERR_DATA, reader->file, 0, 0, NULL,
                             "JSON, but %s is a CSV format", reader->format->word);
    }
    return reader->format->read_document(reader, root);
}

static bool read_json(FeedReader *reader, const char *text, size_t n_bytes, const FeedFormat *forced)
{
    Err err = {0};
    Arena values;
    arena_init(&values);
    /* Public price files do repeat keys within an entry. */
    json_t *root =
        json_in_arena(reader->file, text, n_bytes, JSON_IN_DUPLICATES | JSON_IN_LINES, &values, &err);
    if (root == NULL) err_list_add(reader->errors, &err);
    bool is_ok = root != NULL && read_document(reader, root, forced);
    arena_free(&values);
    return is_ok;
}

/* --- which of them --- */

static bool is_tar(const char *bytes, size_t n_bytes)
{
    return n_bytes > TAR_MAGIC + 5 && memcmp(bytes + TAR_MAGIC, "ustar", 5) == 0;
}

static bool is_json(const char *text, size_t n_bytes)
{
    size_t i = n_bytes >= 3 && memcmp(text, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
    while (i < n_bytes && strchr(" \t\r\n", text[i]) != NULL && text[i] != '\0') i++;
    return i < n_bytes && (text[i] == '{' || text[i] == '[');
}

static bool read_bytes(FeedReader *reader, const char *bytes, size_t n_bytes, const FeedFormat *forced)
{
    if (is_tar(bytes, n_bytes)) {
        Err err = {0};
        reader->format = feed_format_find("models.dev");
        if (modelsdev_read_tar(reader, bytes, n_bytes, &err)) return true;
        if (err.code != ERR_NONE) err_at(&err, reader->file, 0, 0);
        if (err.code != ERR_NONE) err_list_add(reader->errors, &err);
        return false;
    }
    if (is_json(bytes, n_bytes)) return read_json(reader, bytes, n_bytes, forced);
    return read_csv(reader, bytes, n_bytes, forced, NULL);
}

static bool read_whole(FeedReader *reader, const char *path, const FeedFormat *forced)
{
    char *bytes;
    size_t n_bytes;
    Err err = {0};
    if (!input_read(path, &bytes, &n_bytes, &err)) {
        err_list_add(reader->errors, &err);
        return false;
    }
    bool is_ok = read_bytes(reader, bytes, n_bytes, forced);
    free(bytes);
    return is_ok;
}

/* A models.dev tree or a file of it. */
static bool read_tree(FeedReader *reader, const char *path,
                      bool (*read)(FeedReader *reader, const char *path, Err *err))
{
    Err err = {0};
    reader->format = feed_format_find("models.dev");
    if (read(reader, path, &err)) return true;
    if (err.code == ERR_NONE) return false; /* the faults are in the list */
    if (err.file[0] == '\0') err_at(&err, path, 0, 0);
    err_list_add(reader->errors, &err);
    return false;
}

/* Large catalogues are read as a stream; only their first bytes decide here. */
bool feed_read(FeedReader *reader, const char *path, const FeedFormat *forced)
{
    struct stat info;
    if (strcmp(path, "-") == 0) return read_whole(reader, path, forced);
    if (stat(path, &info) == 0 && S_ISDIR(info.st_mode))
        return read_tree(reader, path, modelsdev_read_folder);
    size_t n_path = strlen(path);
    if (n_path > 5 && strcasecmp(path + n_path - 5, ".toml") == 0)
        return read_tree(reader, path, modelsdev_read_file);
    char head[SNIFF_BYTES];
    gzFile file = gzopen(path, "rb");
    int n = file == NULL ? 0 : gzread(file, head, sizeof head);
    if (file != NULL) gzclose(file);
    bool is_stream =
        n > 0 && !is_tar(head, (size_t)n) && !is_json(head, (size_t)n) && !input_is_utf16(head, (size_t)n);
    return is_stream ? read_csv(reader, NULL, 0, forced, path) : read_whole(reader, path, forced);
}
