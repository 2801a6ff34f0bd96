/* The overlay folder: the user's own price rows and the quarantine. Layer: feed.
 *
 * Files are only ever appended to, under an exclusive lock, by writing the whole file anew beside the old one
 * and renaming it: a crash leaves the old file or the new one. The quarantine is a log as well: the last line
 * of an id is its state.
 */
#include "feed/overlay.h"

#include "feed/input.h"
#include "feed/name_index.h"
#include "feed/offer.h"
#include "tokentco/csv_in.h"
#include "tokentco/file.h"
#include "tokentco/price_tables.h"

#include <errno.h>
#include <fcntl.h>
#include <nettle/sha2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

enum { PATH_BYTES = 1024, SHORT_HASH = 12, CLOSED_COLUMNS = 2 };
static const char quarantine_file[] = "quarantine.csv";
static const char quarantine_header[] = "id,status,table,row,rule,detail,source,place,note\n";
enum { Q_ID, Q_STATUS, Q_TABLE, Q_ROW, Q_RULE, Q_DETAIL, Q_SOURCE, Q_PLACE, Q_NOTE, Q_COLUMNS };

void overlay_key_text(PriceKind kind, const PriceCell *cells, char *out, size_t size)
{
    size_t used = 0;
    out[used++] = (char)('A' + (int)kind);
    for (int i = 0; i < price_key_columns(kind); i++) {
        char plain[32];
        const char *text = cells[i].text;
        if (text[0] == '\0') {
            number_plain(cells[i].number, plain);
            text = plain;
        }
        if (used + 2 > size) break;
        size_t n = strlen(text);
        if (used + n + 2 > size) n = size - used - 2;
        out[used++] = '|';
        memcpy(out + used, text, n);
        used += n;
    }
    out[used] = '\0';
}

void csv_field_add(Text *out, const char *field)
{
    bool is_plain = strpbrk(field, ",\"\r\n") == NULL && field[0] != ' ';
    if (is_plain) {
        text_add(out, field);
        return;
    }
    text_add_char(out, '"', 1);
    for (; *field != '\0'; field++) text_add_char(out, *field, *field == '"' ? 2 : 1);
    text_add_char(out, '"', 1);
}

void overlay_row_add(Text *out, PriceKind kind, const PriceCell *cells, Date valid_from, bool has_end,
                     Date seen_until)
{
    char date[32];
    for (int i = 0; i < price_own_columns(kind); i++) {
        const PriceCell *cell = &cells[i];
        char plain[32] = "";
        if (cell->has && cell->text[0] == '\0') number_plain(cell->number, plain);
        csv_field_add(out, cell->text[0] != '\0' ? cell->text : plain);
        text_add(out, ",");
    }
    date_format(valid_from, date);
    text_addf(out, "%s,", date);
    if (has_end) {
        date_format(seen_until, date);
        text_add(out, date);
    }
}

void overlay_header_add(Text *out, PriceKind kind)
{
    for (int i = 0; i < price_own_columns(kind); i++)
        text_addf(out, "%s,", price_tables[kind].columns[i].name);
    text_add(out, "valid_from,seen_until,source,retrieved_on,note\n");
}

static void hash_hex(const struct sha256_ctx *state, char *out, size_t n_hex)
{
    struct sha256_ctx copy = *state;
    uint8_t digest[SHA256_DIGEST_SIZE];
    sha256_digest(&copy, sizeof digest, digest);
    for (size_t i = 0; i < n_hex / 2; i++) snprintf(out + 2 * i, 3, "%02x", digest[i]);
}

void overlay_quarantine_id(const char *feed, Quarantined *entry)
{
    Text text;
    text_init(&text);
    text_addf(&text, "%s|%s|%s|", feed, entry->rule, price_tables[entry->kind].name);
    overlay_row_add(&text, entry->kind, entry->cells, 0, false, 0);
    if (!entry->cells[price_key_columns(entry->kind)].has) text_add(&text, entry->detail);
    struct sha256_ctx state;
    sha256_init(&state);
    sha256_update(&state, text.n_bytes, (const uint8_t *)text_str(&text));
    hash_hex(&state, entry->id, SHORT_HASH);
    text_free(&text);
}

int overlay_lock(const char *overlay, Err *err)
{
    char path[PATH_BYTES];
    if (!folder_make(overlay, err)) return -1;
    snprintf(path, sizeof path, "%s/.lock", overlay);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    while (fd >= 0 && flock(fd, LOCK_EX) != 0) {
        if (errno == EINTR) continue;
        close(fd);
        fd = -1;
    }
    if (fd < 0) {
        err_set(err, ERR_IO, "cannot lock the folder: %s", strerror(errno));
        err_at(err, path, 0, 0);
    }
    return fd;
}

/* The text of a file of the overlay, or its header when there is none yet. */
static bool overlay_text(const char *path, const char *header, Text *out, Err *err)
{
    text_init(out);
    if (!file_exists(path)) {
        text_add(out, header);
        return true;
    }
    char *data;
    size_t n_bytes;
    if (!file_read(path, INPUT_MAX_BYTES, &data, &n_bytes, err)) return false;
    text_addn(out, data, n_bytes);
    if (n_bytes > 0 && data[n_bytes - 1] != '\n') text_add(out, "\n");
    free(data);
    return true;
}

/* "feed file sha256:0123456789ab": where a row came from. Files read from standard input have no hash. */
static bool source_text(const ImportReport *report, char *out, size_t size, Err *err)
{
    const char *base = strrchr(report->file, '/');
    int used = snprintf(out, size, "%s %.80s", report->feed, base != NULL ? base + 1 : report->file);
    FILE *file = fopen(report->file, "rb");
    if (file == NULL) return true;
    struct sha256_ctx state;
    sha256_init(&state);
    uint8_t block[1 << 15];
    for (size_t n; (n = fread(block, 1, sizeof block, file)) > 0;) sha256_update(&state, n, block);
    bool is_ok = ferror(file) == 0 || errno == EISDIR;
    bool is_folder = ferror(file) != 0;
    fclose(file);
    if (!is_ok) return err_set(err, ERR_NO_INPUT, "cannot read %s again", report->file);
    if (is_folder) return true;
    char hex[SHORT_HASH + 1];
    hash_hex(&state, hex, SHORT_HASH);
    snprintf(out + used, size - (size_t)used, " sha256:%s", hex);
    return true;
}

/* Rows that are there already, by their text up to the source. */
static void learn_rows(NameIndex *index, const Text *text, int n_columns)
{
    const char *at = text_str(text);
    while (*at != '\0') {
        const char *start = at;
        int n = 0;
        bool is_quoted = false;
        for (; *at != '\0' && (*at != '\n' || is_quoted); at++) {
            if (*at == '"') is_quoted = !is_quoted;
            if (*at != ',' || is_quoted || ++n != n_columns) continue;
            char *row = arena_strndup(index->arena, start, (size_t)(at - start));
            *name_index_get(index, row) = 1;
        }
        if (*at == '\n') at++;
    }
}

/* Appends the report's changes of one table. */
static bool append_changes(const ImportReport *report, PriceKind kind, const char *overlay,
                           const char *source, int *n_rows, Err *err)
{
    char path[PATH_BYTES], date[16];
    Text text, header, row;
    text_init(&header);
    text_init(&row);
    overlay_header_add(&header, kind);
    snprintf(path, sizeof path, "%s/%s.csv", overlay, price_tables[kind].name);
    bool is_ok = overlay_text(path, text_str(&header), &text, err);
    size_t n_before = text.n_bytes;
    int n_added = 0;
    Arena arena;
    NameIndex there;
    arena_init(&arena);
    name_index_init(&there, &arena);
    if (is_ok) learn_rows(&there, &text, price_own_columns(kind) + CLOSED_COLUMNS);
    date_format(report->retrieved_on, date);
    for (int i = 0; is_ok && i < report->n_changes; i++) {
        const PriceChange *change = &report->changes[i];
        if (change->kind != kind) continue;
        text_clear(&row);
        overlay_row_add(&row, kind, change->cells, change->valid_from, change->has_end, change->seen_until);
        intptr_t *known = name_index_get(&there, text_str(&row));
        if (*known != -1) continue;
        *known = 1;
        text_addf(&text, "%s,", text_str(&row));
        csv_field_add(&text, source);
        text_addf(&text, ",%s,", date);
        csv_field_add(&text, change->note);
        text_add(&text, "\n");
        n_added++;
    }
    text_addn(&header, text_str(&text) + n_before, text.n_bytes - n_before);
    if (is_ok && n_added > 0)
        is_ok = price_rows_check(kind, path, &header, err) &&
                file_write_atomic(path, text_str(&text), text.n_bytes, err);
    *n_rows += n_added;
    arena_free(&arena);
    text_free(&row);
    text_free(&header);
    text_free(&text);
    return is_ok;
}

static void quarantine_line(Text *out, const QuarantineEntry *entry)
{
    const char *const fields[Q_COLUMNS] = {entry->id,     entry->status, entry->table,
                                           entry->row,    entry->rule,   entry->detail,
                                           entry->source, entry->place,  entry->note};
    for (int i = 0; i < Q_COLUMNS; i++) {
        csv_field_add(out, fields[i]);
        text_add(out, i + 1 < Q_COLUMNS ? "," : "\n");
    }
}

static bool append_quarantined(const ImportReport *report, const char *overlay, const char *source, Err *err)
{
    char path[PATH_BYTES], place[256], date[16];
    Text text, row;
    text_init(&row);
    snprintf(path, sizeof path, "%s/%s", overlay, quarantine_file);
    bool is_ok = overlay_text(path, quarantine_header, &text, err);
    size_t n_before = text.n_bytes;
    Arena arena;
    NameIndex there;
    arena_init(&arena);
    name_index_init(&there, &arena);
    if (is_ok) learn_rows(&there, &text, 1);
    date_format(report->retrieved_on, date);
    for (int i = 0; is_ok && i < report->n_quarantined; i++) {
        const Quarantined *entry = &report->quarantined[i];
        intptr_t *known = name_index_get(&there, entry->id);
        if (*known != -1) continue;
        *known = 1;
        text_clear(&row);
        overlay_row_add(&row, entry->kind, entry->cells, entry->valid_from, false, 0);
        text_add(&row, ",");
        csv_field_add(&row, source);
        text_addf(&row, ",%s", date);
        snprintf(place, sizeof place, "%.0d%s%.200s", entry->line,
                 entry->line != 0 && entry->place[0] != '\0' ? " " : "", entry->place);
        quarantine_line(&text,
                        &(QuarantineEntry){entry->id, "open", price_tables[entry->kind].name, text_str(&row),
                                           entry->rule, entry->detail, source, place, ""});
    }
    if (is_ok && (text.n_bytes > n_before))
        is_ok = file_write_atomic(path, text_str(&text), text.n_bytes, err);
    arena_free(&arena);
    text_free(&row);
    text_free(&text);
    return is_ok;
}

bool import_apply(const ImportReport *report, const char *overlay, int *n_rows, Err *err)
{
    char source[256];
    *n_rows = 0;
    if (!source_text(report, source, sizeof source, err)) return false;
    int lock = overlay_lock(overlay, err);
    if (lock < 0) return false;
    bool kinds[N_PRICE_KINDS] = {false};
    for (int i = 0; i < report->n_changes; i++) kinds[report->changes[i].kind] = true;
    bool is_ok = report->n_quarantined == 0 || append_quarantined(report, overlay, source, err);
    for (int kind = 0; is_ok && kind < N_PRICE_KINDS; kind++) {
        if (kinds[kind]) is_ok = append_changes(report, (PriceKind)kind, overlay, source, n_rows, err);
    }
    close(lock);
    return is_ok;
}

/* --- the quarantine --- */

typedef struct QuarantineReader {
    Quarantine *out;
    NameIndex by_id;
    int capacity;
} QuarantineReader;

static bool quarantine_visit(void *context, const CsvRecord *record, bool is_header)
{
    QuarantineReader *reader = context;
    Quarantine *out = reader->out;
    if (is_header || record->n_fields != Q_COLUMNS) return true;
    intptr_t *at = name_index_get(&reader->by_id, record->fields[Q_ID]);
    if (*at == -1) {
        if (out->n_entries == reader->capacity) {
            reader->capacity = reader->capacity == 0 ? 64 : 2 * reader->capacity;
            QuarantineEntry *grown = arena_array(&out->arena, (size_t)reader->capacity, sizeof *grown);
            if (out->n_entries > 0) memcpy(grown, out->entries, (size_t)out->n_entries * sizeof *grown);
            out->entries = grown;
        }
        *at = out->n_entries++;
    }
    const char *fields[Q_COLUMNS];
    for (int i = 0; i < Q_COLUMNS; i++) fields[i] = arena_strdup(&out->arena, record->fields[i]);
    out->entries[*at] =
        (QuarantineEntry){fields[Q_ID],     fields[Q_STATUS], fields[Q_TABLE], fields[Q_ROW], fields[Q_RULE],
                          fields[Q_DETAIL], fields[Q_SOURCE], fields[Q_PLACE], fields[Q_NOTE]};
    return true;
}

bool quarantine_load(const char *overlay, Quarantine *out, ErrList *errors)
{
    char path[PATH_BYTES];
    *out = (Quarantine){0};
    arena_init(&out->arena);
    snprintf(path, sizeof path, "%s/%s", overlay, quarantine_file);
    if (!file_exists(path)) return true;
    QuarantineReader reader = {.out = out};
    name_index_init(&reader.by_id, &out->arena);
    return csv_read_file(path, NULL, quarantine_visit, &reader, errors);
}

void quarantine_free(Quarantine *quarantine)
{
    arena_free(&quarantine->arena);
    *quarantine = (Quarantine){0};
}

static PriceKind table_named(const char *name)
{
    int kind = 0;
    while (kind < N_PRICE_KINDS && strcmp(price_tables[kind].name, name) != 0) kind++;
    return (PriceKind)kind;
}

/* Appends `line` to a file of the overlay. */
static bool append_line(const char *overlay, const char *file, const char *header, const char *line, Err *err)
{
    char path[PATH_BYTES];
    Text text;
    snprintf(path, sizeof path, "%s/%s", overlay, file);
    bool is_ok = overlay_text(path, header, &text, err);
    text_add(&text, line);
    is_ok = is_ok && file_write_atomic(path, text_str(&text), text.n_bytes, err);
    text_free(&text);
    return is_ok;
}

/* The row first: a crash between the two writes leaves the price in use and still listed, and accepting again
 * is safe because an identical row changes nothing. */
static bool accept_entry(const char *overlay, QuarantineEntry entry, const char *note, Err *err)
{
    PriceKind kind = table_named(entry.table);
    if (kind == N_PRICE_KINDS) return err_set(err, ERR_DATA, "no price table '%s'", entry.table);
    char file[64];
    Text header, row, line, why, alone;
    text_init(&header);
    text_init(&alone);
    text_init(&row);
    text_init(&line);
    text_init(&why);
    overlay_header_add(&header, kind);
    snprintf(file, sizeof file, "%s.csv", entry.table);
    text_addf(&why, "accepted from quarantine (%s): %s", entry.rule, note);
    text_addf(&row, "%s,", entry.row);
    csv_field_add(&row, text_str(&why));
    text_add(&row, "\n");
    entry.status = "accepted";
    entry.note = note;
    quarantine_line(&line, &entry);
    text_addf(&alone, "%s%s", text_str(&header), text_str(&row));
    bool is_ok = price_rows_check(kind, "the price as it was read", &alone, err) &&
                 append_line(overlay, file, text_str(&header), text_str(&row), err) &&
                 append_line(overlay, quarantine_file, quarantine_header, text_str(&line), err);
    text_free(&alone);
    text_free(&why);
    text_free(&line);
    text_free(&row);
    text_free(&header);
    return is_ok;
}

bool quarantine_accept(const char *overlay, const char *id, const char *note, Err *err)
{
    int lock = overlay_lock(overlay, err);
    if (lock < 0) return false;
    Quarantine quarantine;
    ErrList errors;
    err_list_init(&errors);
    bool is_ok = quarantine_load(overlay, &quarantine, &errors);
    if (!is_ok && errors.n_items > 0 && err != NULL) *err = errors.items[0];
    const QuarantineEntry *found = NULL;
    for (int i = 0; is_ok && i < quarantine.n_entries; i++) {
        if (strcmp(quarantine.entries[i].id, id) == 0) found = &quarantine.entries[i];
    }
    if (is_ok && found == NULL) is_ok = err_set(err, ERR_USAGE, "nothing in quarantine has the id '%s'", id);
    if (is_ok && strcmp(found->status, "open") != 0)
        is_ok = err_set(err, ERR_NO, "'%s' is %s already", id, found->status);
    is_ok = is_ok && accept_entry(overlay, *found, note, err);
    err_list_free(&errors);
    quarantine_free(&quarantine);
    close(lock);
    return is_ok;
}
